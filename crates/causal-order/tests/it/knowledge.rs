//! What is known holds in what PC finds.

use causal_graph::{Dag, Nodes, Pdag, generate};
use causal_order::independence::DSeparation;
use causal_order::{ColliderRule, ConflictPolicy, Error, Knowledge, KnowledgeBuilder, Pc};
use proptest::prelude::*;
use run_control::Seed;

use crate::seeded_tables::SplitMix64;

const N_NODES: usize = 8;

fn random_dag(seed: u64) -> Dag {
    generate::erdos_renyi(Nodes::numbered(N_NODES), 2.5, Seed::new(seed)).expect("a degree below n")
}

fn pairs() -> impl Iterator<Item = (usize, usize)> {
    (0..N_NODES).flat_map(|a| (a + 1..N_NODES).map(move |b| (a, b)))
}

/// True statements of a DAG: two tiers, some edges, some directions that it has not.
fn true_statements(dag: &Dag, draws: &mut SplitMix64) -> KnowledgeBuilder {
    let order = dag.topological_order();
    let (early, late) = order.split_at(draws.below(N_NODES));
    let mut builder = Knowledge::builder(dag.nodes().clone());
    if draws.below(2) == 0 {
        builder = builder.tier(early.iter().copied()).tier(late.iter().copied());
    }
    for (from, to) in dag.edges() {
        builder = match draws.below(6) {
            0 => builder.require(from, to),
            1 => builder.forbid(to, from),
            2 => builder.require_adjacency(to, from),
            _ => builder,
        };
    }
    builder
}

/// Statements that need not be true: those of an order drawn at random, which may join or separate any two nodes.
fn random_statements(nodes: &Nodes, draws: &mut SplitMix64) -> KnowledgeBuilder {
    let mut builder = Knowledge::builder(nodes.clone());
    let split = draws.below(N_NODES);
    if draws.below(2) == 0 {
        builder = builder.tier(0..split).tier(split..N_NODES);
    }
    for (a, b) in pairs() {
        builder = match draws.below(12) {
            0 => builder.require(a, b),
            1 => builder.forbid(b, a),
            2 => builder.forbid(a, b),
            3 => builder.forbid_adjacency(a, b),
            _ => builder,
        };
    }
    builder
}

/// Whether the graph has `x -> middle <- z` for some middle.
fn has_collider(graph: &Pdag, x: usize, z: usize) -> bool {
    !graph.children(x).is_disjoint(graph.children(z))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn true_knowledge_refines_the_equivalence_class(seed in any::<u64>()) {
        let dag = random_dag(seed);
        let knowledge = true_statements(&dag, &mut SplitMix64::new(seed)).build().expect("true, so consistent");
        let mut expected = dag.cpdag();
        knowledge.orient_known(&mut expected).expect("the same nodes");
        expected.apply_meek_rules();
        for stable in [true, false] {
            let pc = Pc { stable, knowledge: Some(knowledge.clone()), ..Pc::default() };
            let result = pc.run(dag.nodes(), &DSeparation::new(dag.clone())).expect("runs");
            prop_assert_eq!(&result.graph, &expected);
            prop_assert!(result.conflicts.is_empty());
            knowledge.check(&result.graph).expect("holds");
        }
    }

    #[test]
    fn pairs_kept_apart_make_no_collider_and_nothing_false(seed in any::<u64>()) {
        let dag = random_dag(seed);
        let mut draws = SplitMix64::new(seed);
        let mut builder = true_statements(&dag, &mut draws);
        let mut apart = Vec::new();
        for (a, b) in pairs().filter(|&(a, b)| !dag.is_adjacent(a, b)) {
            if draws.below(3) == 0 {
                builder = builder.forbid_adjacency(a, b);
                apart.push((a, b));
            }
        }
        let knowledge = builder.build().expect("true, so consistent");
        for collider_rule in [ColliderRule::SeparatingSet, ColliderRule::MaximalP, ColliderRule::Conservative] {
            let pc = Pc { collider_rule, knowledge: Some(knowledge.clone()), ..Pc::default() };
            let result = pc.run(dag.nodes(), &DSeparation::new(dag.clone())).expect("runs");
            prop_assert_eq!(&result.skeleton, &dag.cpdag().skeleton());
            prop_assert!(result.graph.directed_edges().all(|(from, to)| dag.has_edge(from, to)));
            prop_assert!(apart.iter().all(|&(a, b)| result.separating_sets.get(a, b).is_none()));
            prop_assert!(result.conflicts.is_empty() && result.order().is_some());
            knowledge.check(&result.graph).expect("holds");
        }
        // Alone, without anything else that is known, a forbidden adjacency gives no direction that the tests do not.
        let mut only_apart = Knowledge::builder(dag.nodes().clone());
        for &(a, b) in &apart {
            only_apart = only_apart.forbid_adjacency(a, b);
        }
        let pc = Pc { knowledge: Some(only_apart.build().expect("consistent")), ..Pc::default() };
        let result = pc.run(dag.nodes(), &DSeparation::new(dag.clone())).expect("runs");
        let cpdag = dag.cpdag();
        prop_assert!(result.graph.directed_edges().all(|(from, to)| cpdag.has_directed(from, to)));
        for &(a, b) in &apart {
            prop_assert!(!has_collider(&result.graph, a, b) || has_collider(&cpdag, a, b));
        }
    }

    #[test]
    fn false_knowledge_is_obeyed_or_refused(seed in any::<u64>()) {
        let dag = random_dag(seed);
        let mut draws = SplitMix64::new(seed);
        let knowledge = match random_statements(dag.nodes(), &mut draws).build() {
            Ok(knowledge) => knowledge,
            Err(Error::ContradictoryKnowledge { .. } | Error::KnowledgeCycle { .. }) => return Ok(()),
            Err(other) => return Err(TestCaseError::fail(other.to_string())),
        };
        for (collider_rule, conflict_policy) in [
            (ColliderRule::SeparatingSet, ConflictPolicy::KeepFirst),
            (ColliderRule::EverySeparatingSet, ConflictPolicy::Overwrite),
            (ColliderRule::Majority, ConflictPolicy::Undirected),
            (ColliderRule::MaximalP, ConflictPolicy::StrongestSeparation),
        ] {
            let pc = Pc { collider_rule, conflict_policy, knowledge: Some(knowledge.clone()), ..Pc::default() };
            match pc.run(dag.nodes(), &DSeparation::new(dag.clone())) {
                Ok(result) => {
                    knowledge.check(&result.graph).expect("holds");
                    prop_assert!(result.graph.directed_cycle().is_none());
                    prop_assert_eq!(result.graph.skeleton(), result.skeleton.clone());
                    prop_assert!(result.extension().is_some() || !result.conflicts.is_empty());
                }
                Err(Error::KnowledgeCycle { .. }) => {}
                Err(other) => return Err(TestCaseError::fail(other.to_string())),
            }
        }
    }
}
