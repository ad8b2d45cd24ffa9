use causal_graph::{CausalOrder, Nodes, Pdag};
use proptest::prelude::*;

use super::{Knowledge, Statement};
use crate::Error;

fn nodes() -> Nodes {
    Nodes::new(["a", "b", "c", "d"]).expect("distinct")
}

#[test]
fn without_knowledge_everything_is_possible() {
    let knowledge = Knowledge::none(nodes());
    assert!(knowledge.is_empty());
    for from in 0..4 {
        for to in 0..4 {
            assert_eq!(knowledge.may_direct(from, to), from != to);
        }
    }
    assert!(!knowledge.may_direct(0, 4) && !knowledge.may_direct(9, 0));
    assert_eq!(
        knowledge.required().count() + knowledge.required_joins().count(),
        0
    );
}

#[test]
fn tiers_forbid_edges_back_and_closed_tiers_edges_within() {
    let knowledge = Knowledge::builder(nodes())
        .closed_tier(["a", "b"])
        .tier(["d"])
        .build()
        .expect("consistent");
    assert!(!knowledge.may_join(0, 1));
    assert!(knowledge.may_direct(0, 3) && !knowledge.may_direct(3, 0));
    assert!(
        knowledge.may_direct(2, 0) && knowledge.may_direct(3, 2),
        "c is in no tier"
    );
    assert_eq!(
        [0, 2, 3].map(|node| knowledge.tier(node)),
        [Some(0), None, Some(1)]
    );
}

#[test]
fn a_direction_is_not_an_adjacency() {
    let knowledge = Knowledge::builder(nodes())
        .forbid("a", "b")
        .forbid_adjacency("c", "d")
        .build()
        .expect("consistent");
    assert!(knowledge.may_join(0, 1) && knowledge.may_direct(1, 0) && !knowledge.may_direct(0, 1));
    assert!(!knowledge.may_join(2, 3) && !knowledge.may_join(3, 2));
}

#[test]
fn an_adjacency_of_one_possible_direction_is_a_required_edge() {
    let free = Knowledge::builder(nodes())
        .require_adjacency("a", "b")
        .build()
        .expect("consistent");
    assert_eq!(free.required().count(), 0);
    assert!(free.requires_join(1, 0));
    let fixed = Knowledge::builder(nodes())
        .require_adjacency("a", "b")
        .forbid("a", "b")
        .build()
        .expect("consistent");
    assert_eq!(fixed.required().collect::<Vec<_>>(), [(1, 0)]);
}

#[test]
fn contradictions_name_the_statements() {
    let message = |builder: super::KnowledgeBuilder| builder.build().expect_err("contradictory").to_string();
    let forbidden = Knowledge::builder(nodes()).require("a", "b").forbid("a", "b");
    assert_eq!(
        message(forbidden),
        "`a` -> `b` is required, but `a` -> `b` is forbidden"
    );
    let apart = Knowledge::builder(nodes())
        .require("a", "b")
        .forbid_adjacency("b", "a");
    assert_eq!(
        message(apart),
        "`a` -> `b` is required, but an edge between `a` and `b` is forbidden"
    );
    let closed = Knowledge::builder(nodes())
        .closed_tier(["a", "b"])
        .require_adjacency("b", "a");
    assert_eq!(
        message(closed),
        "an edge between `b` and `a` is required, but `b` and `a` are in one closed tier and `a` and `b` are in one closed tier"
    );
    let both = Knowledge::builder(nodes())
        .require_adjacency("a", "b")
        .forbid("a", "b")
        .tier(["a"])
        .tier(["b"]);
    assert_eq!(
        message(both),
        "an edge between `a` and `b` is required, but `a` -> `b` is forbidden and `a` is in an earlier tier than `b`"
    );
}

#[test]
fn cycles_are_found_also_through_tiers() {
    let cycle = |builder: super::KnowledgeBuilder| match builder.build() {
        Err(Error::KnowledgeCycle { mut cycle }) => {
            cycle.sort();
            cycle.concat()
        }
        other => format!("{other:?}"),
    };
    assert_eq!(
        cycle(Knowledge::builder(nodes()).require("a", "b").require("b", "a")),
        "ab"
    );
    let triangle = Knowledge::builder(nodes())
        .require("a", "b")
        .require("b", "c")
        .require("c", "a");
    assert_eq!(cycle(triangle), "abc");
    // d is in a later tier than a, and leads back to it through b, which is in none.
    let around = Knowledge::builder(nodes())
        .tier(["a"])
        .tier(["c"])
        .tier(["d"])
        .require("d", "b")
        .require("b", "a");
    let found = cycle(around);
    assert!(found.contains("ab") && found.contains('d'), "{found}");
}

#[test]
fn nodes_must_be_known_distinct_and_in_one_tier() {
    assert!(matches!(
        Knowledge::builder(nodes()).require("a", "e").build(),
        Err(Error::Graph(causal_graph::Error::UnknownNode { .. }))
    ));
    assert!(matches!(
        Knowledge::builder(nodes()).forbid(0, 4).build(),
        Err(Error::Graph(causal_graph::Error::NodeOutOfRange { .. }))
    ));
    for builder in [
        Knowledge::builder(nodes()).require("a", "a"),
        Knowledge::builder(nodes()).require_adjacency("a", "a"),
        Knowledge::builder(nodes()).forbid("a", "a"),
        Knowledge::builder(nodes()).forbid_adjacency("a", "a"),
    ] {
        let error = builder.build().expect_err("an edge to itself");
        assert!(matches!(
            error,
            Error::Graph(causal_graph::Error::SelfLoop { .. })
        ));
    }
    let twice = Knowledge::builder(nodes()).tier(["a"]).tier(["b", "a"]).build();
    assert!(matches!(
        twice,
        Err(Error::RepeatedTierNode {
            first: 0,
            second: 1,
            ..
        })
    ));
}

#[test]
fn the_check_names_what_a_graph_contradicts() {
    let knowledge = Knowledge::builder(nodes())
        .tier(["a"])
        .tier(["b"])
        .require("b", "c")
        .require_adjacency("c", "d")
        .build()
        .expect("consistent");
    let violated = |directed: &[(usize, usize)], undirected: &[(usize, usize)]| {
        let graph = Pdag::from_edges(nodes(), directed.to_vec(), undirected.to_vec()).expect("a graph");
        knowledge.check(&graph).err().and_then(|error| match error {
            Error::KnowledgeViolated { statement } => Some(statement),
            _ => None,
        })
    };
    assert_eq!(violated(&[(1, 2)], &[(2, 3)]), None);
    assert_eq!(violated(&[(0, 1), (1, 2), (3, 2)], &[]), None);
    let tiers = Statement::EarlierTier {
        earlier: "a".into(),
        later: "b".into(),
    };
    assert_eq!(violated(&[(1, 0), (1, 2)], &[(2, 3)]), Some(tiers.clone()));
    assert_eq!(
        violated(&[(1, 2)], &[(2, 3), (0, 1)]),
        Some(tiers),
        "the direction is known"
    );
    let required = Statement::RequiredEdge {
        from: "b".into(),
        to: "c".into(),
    };
    assert_eq!(violated(&[], &[(2, 3)]), Some(required.clone()));
    assert_eq!(violated(&[(2, 1)], &[(2, 3)]), Some(required));
    let adjacency = Statement::RequiredAdjacency {
        a: "c".into(),
        b: "d".into(),
    };
    assert_eq!(violated(&[(1, 2)], &[]), Some(adjacency));
    let other = Pdag::empty(Nodes::numbered(4));
    assert!(matches!(knowledge.check(&other), Err(Error::Graph(_))));
}

#[test]
fn knowledge_survives_serde_and_bad_knowledge_does_not() {
    let knowledge = Knowledge::builder(nodes())
        .tier(["a"])
        .closed_tier(["b", "c"])
        .require("a", "b")
        .require_adjacency("a", "d")
        .forbid("d", "c")
        .forbid_adjacency("b", "d")
        .build()
        .expect("consistent");
    let text = serde_json::to_string(&knowledge).expect("writes");
    assert_eq!(
        serde_json::from_str::<Knowledge>(&text).expect("reads"),
        knowledge
    );
    let contradictory =
        r#"{"nodes":["a","b"],"required_edges":[["a","b"]],"forbidden_directions":[["a","b"]]}"#;
    let error = serde_json::from_str::<Knowledge>(contradictory).expect_err("contradictory");
    assert!(error.to_string().contains("is required, but"), "{error}");
    assert!(
        serde_json::from_str::<Knowledge>(r#"{"nodes":["a"],"tier":[]}"#).is_err(),
        "unknown field"
    );
}

proptest! {
    #[test]
    fn an_order_permits_what_it_precedes(sequence in Just((0..7_usize).collect::<Vec<_>>()).prop_shuffle()) {
        let order = CausalOrder::new(Nodes::numbered(7), sequence).expect("a permutation");
        let knowledge = Knowledge::from_order(&order);
        for from in 0..7 {
            for to in 0..7 {
                prop_assert_eq!(knowledge.may_direct(from, to), from != to && order.precedes(from, to));
            }
        }
    }
}
