use std::collections::BTreeMap;

use causal_graph::{Dag, Nodes, Pdag};
use run_control::progress::{CancelToken, Cancellable, Silent};

use super::*;
use crate::independence::{DSeparation, TestResult};

/// A test of given p-values; 0 where none is given.
struct Table {
    n_variables: usize,
    p_values: BTreeMap<(usize, usize, Vec<usize>), f64>,
}

impl Table {
    fn new(n_variables: usize, p_values: &[(usize, usize, &[usize], f64)]) -> Self {
        let entries = p_values
            .iter()
            .map(|&(x, y, given, p)| ((x, y, given.to_vec()), p));
        Self {
            n_variables,
            p_values: entries.collect(),
        }
    }
}

impl IndependenceTest for Table {
    fn name(&self) -> &'static str {
        "table"
    }

    fn n_variables(&self) -> usize {
        self.n_variables
    }

    fn test(&self, x: usize, y: usize, given: &[usize]) -> Result<TestResult> {
        let p = self.p_values.get(&(x.min(y), x.max(y), given.to_vec()));
        Ok(TestResult {
            statistic: 0.0,
            degrees_of_freedom: None,
            p_value: p.copied().unwrap_or(0.0),
        })
    }
}

fn run(pc: &Pc, test: &Table) -> PcResult {
    pc.run(&Nodes::numbered(test.n_variables), test).expect("runs")
}

fn directed(graph: &Pdag) -> Vec<(usize, usize)> {
    graph.directed_edges().collect()
}

/// The path 0 - 1 - 2 - 3 with colliders at both 1 and 2, which cannot be; 1 is the weaker separation.
fn clashing() -> Table {
    let given: [(usize, usize, &[usize], f64); 5] = [
        (0, 2, &[], 0.3),
        (1, 3, &[], 0.9),
        (0, 3, &[], 0.9),
        (0, 2, &[1], 0.01),
        (1, 3, &[2], 0.04),
    ];
    Table::new(4, &given)
}

#[test]
fn each_policy_settles_opposed_colliders_its_way() {
    let result = |conflict_policy| {
        run(
            &Pc {
                conflict_policy,
                ..Pc::default()
            },
            &clashing(),
        )
    };
    let first = result(ConflictPolicy::KeepFirst);
    assert_eq!(directed(&first.graph), [(0, 1), (2, 1)]);
    assert_eq!(first.graph.undirected_edges().collect::<Vec<_>>(), [(2, 3)]);
    let opposed = Conflict::OpposedColliders {
        collider: Collider {
            x: 1,
            middle: 2,
            z: 3,
        },
        edge: (1, 2),
    };
    assert_eq!(first.conflicts, std::slice::from_ref(&opposed));

    let overwritten = result(ConflictPolicy::Overwrite);
    assert_eq!(directed(&overwritten.graph), [(0, 1), (1, 2), (3, 2)]);
    assert_eq!(overwritten.conflicts, std::slice::from_ref(&opposed));

    let undirected = result(ConflictPolicy::Undirected);
    assert_eq!(directed(&undirected.graph), [(0, 1), (3, 2)]);
    assert!(
        undirected.graph.has_undirected(1, 2),
        "no rule touches a disputed edge"
    );
    assert!(undirected.conflicts.contains(&opposed));

    // 0.01 given the middle is the stronger dependence, 0.9 without it the stronger separation.
    let dependence = result(ConflictPolicy::StrongestDependence);
    assert_eq!(directed(&dependence.graph), [(0, 1), (2, 1)]);
    let separation = result(ConflictPolicy::StrongestSeparation);
    assert_eq!(directed(&separation.graph), [(1, 2), (3, 2)]);
    assert_eq!(
        separation.n_collider_tests, 8,
        "each pair given the four sets of neighbours of its one or other node"
    );
}

#[test]
fn the_rules_read_the_same_tests_differently() {
    // 0 - 1 - 2, separated by nothing at 0.1 and by 1 at 0.6.
    let both = Table::new(3, &[(0, 2, &[], 0.1), (0, 2, &[1], 0.6)]);
    let verdict = |collider_rule| {
        let result = run(
            &Pc {
                collider_rule,
                ..Pc::default()
            },
            &both,
        );
        (
            result.graph.directed_edges().count() == 2,
            result.undecided_triples,
        )
    };
    assert_eq!(verdict(ColliderRule::SeparatingSet), (true, vec![]));
    assert_eq!(
        verdict(ColliderRule::EverySeparatingSet),
        (true, vec![]),
        "of the level of the removal"
    );
    assert_eq!(verdict(ColliderRule::MaximalP), (false, vec![]));
    for rule in [
        ColliderRule::DefiniteMaximalP,
        ColliderRule::Conservative,
        ColliderRule::Majority,
    ] {
        assert_eq!(verdict(rule), (false, vec![[0, 1, 2]]));
    }
}

#[test]
fn all_sets_of_the_level_count_if_asked_for() {
    // 0 and 3 are separated by 1, found first, and by 2.
    let two = Table::new(4, &[(0, 3, &[1], 0.5), (0, 3, &[2], 0.5), (1, 2, &[], 0.5)]);
    let sets = |collider_rule| {
        let result = run(
            &Pc {
                collider_rule,
                ..Pc::default()
            },
            &two,
        );
        let sets: Vec<Vec<usize>> = result.separating_sets.all(3, 0).map(<[usize]>::to_vec).collect();
        assert_eq!(directed(&result.graph), [(1, 0), (1, 3), (2, 0), (2, 3)]);
        (sets, result.conflicts.len())
    };
    // By the first set alone 2 is a collider, which clashes with the one at 0.
    assert_eq!(sets(ColliderRule::SeparatingSet), (vec![vec![1]], 1));
    assert_eq!(
        sets(ColliderRule::EverySeparatingSet),
        (vec![vec![1], vec![2]], 0)
    );
}

#[test]
fn undecided_triples_direct_nothing() {
    // 3 -> 1 <- 0 is a collider; 0 - 1 - 2 and 3 - 1 - 2 are undecided, so rule 1 must not direct 1 - 2.
    let given: [(usize, usize, &[usize], f64); 6] = [
        (0, 3, &[], 0.5),
        (0, 2, &[], 0.5),
        (0, 2, &[1], 0.5),
        (2, 3, &[], 0.5),
        (2, 3, &[1], 0.5),
        (0, 3, &[1], 0.0),
    ];
    let pc = Pc {
        collider_rule: ColliderRule::Conservative,
        ..Pc::default()
    };
    let result = run(&pc, &Table::new(4, &given));
    assert_eq!(directed(&result.graph), [(0, 1), (3, 1)]);
    assert!(result.graph.has_undirected(1, 2));
    assert_eq!(result.undecided_triples, [[0, 1, 2], [2, 1, 3]]);
    assert!(result.conflicts.is_empty());
}

#[test]
fn a_pair_kept_apart_makes_no_collider() {
    // The chain 0 -> 1 -> 2: forbidding 0 - 2 must not turn 1 into a collider.
    let nodes = Nodes::numbered(3);
    let chain = DSeparation::new(Dag::from_edges(nodes.clone(), [(0, 1), (1, 2)]).expect("acyclic"));
    let knowledge = Knowledge::builder(nodes.clone())
        .forbid_adjacency(0, 2)
        .build()
        .expect("consistent");
    for collider_rule in [
        ColliderRule::SeparatingSet,
        ColliderRule::MaximalP,
        ColliderRule::Conservative,
    ] {
        let pc = Pc {
            collider_rule,
            knowledge: Some(knowledge.clone()),
            ..Pc::default()
        };
        let result = pc.run(&nodes, &chain).expect("runs");
        assert_eq!(
            result.graph.undirected_edges().collect::<Vec<_>>(),
            [(0, 1), (1, 2)]
        );
        assert_eq!(result.separating_sets.get(0, 2), None);
        assert_eq!(result.maximal_p_values.get(0, 2), None);
        assert_eq!(result.undecided_triples, [[0, 1, 2]]);
    }
}

#[test]
fn knowledge_comes_before_colliders() {
    let nodes = Nodes::numbered(3);
    let collider = DSeparation::new(Dag::from_edges(nodes.clone(), [(0, 1), (2, 1)]).expect("acyclic"));
    let pc = Pc {
        knowledge: Some(
            Knowledge::builder(nodes.clone())
                .require(1, 2)
                .build()
                .expect("consistent"),
        ),
        ..Pc::default()
    };
    let result = pc.run(&nodes, &collider).expect("runs");
    assert!(result.graph.has_directed(1, 2));
    let expected = Conflict::AgainstKnowledge {
        collider: Collider {
            x: 0,
            middle: 1,
            z: 2,
        },
        edge: (2, 1),
    };
    assert!(result.conflicts.contains(&expected), "{:?}", result.conflicts);
}

#[test]
fn a_collider_of_others_that_the_tests_deny_is_reported() {
    // 0 -> 2 <- 1 and 3 -> 2 <- 4 are colliders; 2 separates 0 and 3, so that 0 -> 2 <- 3 is none by itself.
    let pairs = [(0, 1), (3, 4), (0, 4), (1, 3), (1, 4)];
    let mut given: Vec<(usize, usize, &[usize], f64)> = pairs.map(|(a, b)| (a, b, &[][..], 0.5)).to_vec();
    given.push((0, 3, &[2], 0.5));
    let result = run(&Pc::default(), &Table::new(5, &given));
    assert_eq!(directed(&result.graph), [(0, 2), (1, 2), (3, 2), (4, 2)]);
    assert!(result.order().is_some());
    let collider = Collider {
        x: 0,
        middle: 2,
        z: 3,
    };
    assert_eq!(result.conflicts, [Conflict::DeniedCollider { collider }]);
}

#[test]
fn what_no_dag_extends_is_reported() {
    // The square 0 - 1 - 2 - 3 - 0 without colliders.
    let square = Table::new(4, &[(0, 2, &[1, 3], 0.5), (1, 3, &[0, 2], 0.5)]);
    let result = run(&Pc::default(), &square);
    assert_eq!(result.graph.undirected_edges().count(), 4);
    assert_eq!(
        result.conflicts,
        [Conflict::NoExtension {
            edges: vec![(0, 1), (0, 3), (1, 2), (2, 3)]
        }]
    );
    assert_eq!(result.order(), None);
}

#[test]
fn edges_of_known_direction_around_a_cycle_are_an_error() {
    let nodes = Nodes::numbered(3);
    let around = Knowledge::builder(nodes.clone())
        .forbid(1, 0)
        .forbid(2, 1)
        .forbid(0, 2);
    let pc = Pc {
        knowledge: Some(around.build().expect("the empty graph agrees")),
        ..Pc::default()
    };
    let error = pc.run(&nodes, &Table::new(3, &[])).expect_err("a cycle");
    assert!(matches!(error, Error::KnowledgeCycle { cycle } if cycle.len() == 3));
}

#[test]
fn the_false_discovery_rate_drops_edges_and_remembers_their_set() {
    // Edges of p 0.001 and 0.04; of three hypotheses 0.04 is above 2/3 of 0.05.
    let test = Table::new(
        3,
        &[
            (0, 1, &[], 0.0005),
            (0, 1, &[2], 0.001),
            (1, 2, &[], 0.03),
            (1, 2, &[0], 0.04),
            (0, 2, &[], 0.6),
        ],
    );
    let pc = |false_discovery_rate| Pc {
        false_discovery_rate,
        ..Pc::default()
    };
    assert_eq!(run(&pc(None), &test).skeleton.n_edges(), 2);
    let control = FalseDiscoveryRate {
        procedure: MultipleTesting::BenjaminiHochberg,
        rate: 0.05,
    };
    let result = run(&pc(Some(control)), &test);
    assert_eq!(result.skeleton.undirected_edges().collect::<Vec<_>>(), [(0, 1)]);
    assert_eq!(result.separating_sets.get(1, 2), Some(&[0][..]));
    assert_eq!(result.maximal_p_values.get(1, 2), Some(0.04));
}

#[test]
fn sets_shared_by_both_nodes_are_tested_once() {
    // All adjacent: 6 pairs, 2 sets of one and 1 set of two for each.
    let result = run(&Pc::default(), &Table::new(4, &[]));
    assert_eq!(result.n_tests_by_depth, [6, 12, 6]);
    assert_eq!(result.n_tests(), 24);
    let shallow = Pc {
        max_depth: Some(1),
        ..Pc::default()
    };
    assert_eq!(run(&shallow, &Table::new(4, &[])).n_tests_by_depth, [6, 12]);
}

#[test]
fn bad_parameters_and_other_variables_are_refused() {
    let nodes = Nodes::numbered(2);
    let test = Table::new(2, &[]);
    for alpha in [0.0, 1.0, -0.0, f64::NAN, f64::INFINITY] {
        let pc = Pc {
            alpha,
            ..Pc::default()
        };
        assert!(matches!(
            pc.run(&nodes, &test),
            Err(Error::Parameter { name: "alpha", .. })
        ));
        let rate = FalseDiscoveryRate {
            procedure: MultipleTesting::BenjaminiYekutieli,
            rate: alpha,
        };
        let pc = Pc {
            false_discovery_rate: Some(rate),
            ..Pc::default()
        };
        assert!(matches!(pc.run(&nodes, &test), Err(Error::Parameter { .. })));
    }
    let pc = Pc::default();
    assert!(matches!(pc.run(&Nodes::numbered(3), &test), Err(Error::Graph(_))));
    let pc = Pc {
        knowledge: Some(Knowledge::none(Nodes::new(["a", "b"]).expect("distinct"))),
        ..Pc::default()
    };
    assert!(matches!(pc.run(&nodes, &test), Err(Error::Graph(_))));
    for n_nodes in [0, 1] {
        let result = run(&Pc::default(), &Table::new(n_nodes, &[]));
        assert_eq!(result.graph.n_edges(), 0);
        assert_eq!(result.n_tests(), 0);
    }
}

#[test]
fn work_stops_when_asked_to() {
    let token = CancelToken::new();
    token.cancel();
    let mut progress = Cancellable::new(Silent, token);
    let result = Pc::default().run_with(&Nodes::numbered(3), &Table::new(3, &[]), &mut progress);
    assert!(matches!(result, Err(Error::Cancelled(_))));
}

#[test]
fn results_survive_serde() {
    // In the second the later pair is separated first.
    let levels = Table::new(4, &[(0, 2, &[1], 0.5), (1, 3, &[], 0.5)]);
    for test in [clashing(), levels] {
        let result = run(&Pc::default(), &test);
        let text = serde_json::to_string(&result).expect("writes");
        assert_eq!(serde_json::from_str::<PcResult>(&text).expect("reads"), result);
    }
    assert!(serde_json::from_str::<Pc>(r#"{"alfa":0.01}"#).is_err());
    let pc: Pc = serde_json::from_str(r#"{"alpha":0.01,"collider_rule":"maximal-p"}"#).expect("reads");
    assert_eq!(pc.collider_rule, ColliderRule::MaximalP);
}
