//! With d-separation instead of data PC finds the equivalence class exactly.

use std::io::Read;
use std::path::PathBuf;

use causal_graph::network::published;
use causal_graph::{Dag, Nodes, format, generate};
use causal_order::independence::DSeparation;
use causal_order::{ColliderRule, ConflictPolicy, Pc};
use flate2::read::GzDecoder;
use proptest::prelude::*;
use run_control::Seed;

/// The published networks that take seconds at most. In the other ten hundreds of nodes are marginally dependent, and the
/// sets of their neighbours are too many to try all.
const NETWORKS: [&str; 14] = [
    "alarm",
    "asia",
    "barley",
    "cancer",
    "child",
    "earthquake",
    "hailfinder",
    "hepar2",
    "insurance",
    "mildew",
    "munin1",
    "sachs",
    "survey",
    "win95pts",
];

/// Asserts that the graph of the oracle is the CPDAG.
fn assert_exact(name: &str, dag: &Dag, pc: &Pc) {
    let result = pc.run(dag.nodes(), &DSeparation::new(dag.clone())).expect("runs");
    assert_eq!(result.graph, dag.cpdag(), "{name}, {pc:?}");
    assert!(result.conflicts.is_empty(), "{name}: {:?}", result.conflicts);
    let order = result.order().expect("a CPDAG extends to a DAG");
    let extension = result
        .graph
        .consistent_extension()
        .expect("a CPDAG extends to a DAG");
    assert!(extension.edges().all(|(from, to)| order.precedes(from, to)));
}

#[test]
fn small_published_networks_are_found() {
    let networks = [
        ("asia", published::asia()),
        ("cancer", published::cancer()),
        ("earthquake", published::earthquake()),
        ("survey", published::survey()),
    ];
    for (name, network) in networks {
        for stable in [true, false] {
            assert_exact(
                name,
                network.dag(),
                &Pc {
                    stable,
                    ..Pc::default()
                },
            );
        }
    }
}

#[test]
#[allow(
    clippy::print_stderr,
    reason = "the networks are not part of the repository: says what was left out"
)]
fn larger_published_networks_are_found() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../.local/data/networks");
    for name in NETWORKS {
        let Ok(file) = std::fs::File::open(folder.join(format!("{name}.bif.gz"))) else {
            eprintln!("skipped: {name}.bif.gz is not in .local/data/networks");
            continue;
        };
        let mut text = String::new();
        GzDecoder::new(file).read_to_string(&mut text).expect("text");
        let network = format::bif::read(&text).expect("a network");
        let dag = network.dag();
        // The parents of one of two nodes that are not adjacent separate them: larger sets find nothing more.
        let max_depth = (0..dag.n_nodes()).map(|node| dag.parents(node).len()).max();
        assert_exact(
            name,
            dag,
            &Pc {
                max_depth,
                ..Pc::default()
            },
        );
    }
}

const RULES: [ColliderRule; 6] = [
    ColliderRule::SeparatingSet,
    ColliderRule::EverySeparatingSet,
    ColliderRule::MaximalP,
    ColliderRule::DefiniteMaximalP,
    ColliderRule::Conservative,
    ColliderRule::Majority,
];

const POLICIES: [ConflictPolicy; 5] = [
    ConflictPolicy::Overwrite,
    ConflictPolicy::Undirected,
    ConflictPolicy::KeepFirst,
    ConflictPolicy::StrongestDependence,
    ConflictPolicy::StrongestSeparation,
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn random_dags_are_found_by_every_rule(seed in any::<u64>(), n_nodes in 2_usize..12, degree in 0.0_f64..4.0) {
        let degree = degree.min(n_nodes as f64 - 1.0);
        let dag = generate::erdos_renyi(Nodes::numbered(n_nodes), degree, Seed::new(seed)).expect("a degree below n");
        for (rule_idx, collider_rule) in RULES.into_iter().enumerate() {
            let conflict_policy = POLICIES[(rule_idx + n_nodes) % POLICIES.len()];
            for stable in [true, false] {
                assert_exact("random", &dag, &Pc { stable, collider_rule, conflict_policy, ..Pc::default() });
            }
        }
    }
}
