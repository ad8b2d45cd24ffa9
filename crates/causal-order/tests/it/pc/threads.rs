//! The number of threads changes nothing.

use causal_order::independence::FisherZ;
use causal_order::{ColliderRule, FalseDiscoveryRate, MultipleTesting, Pc, PcResult};

use crate::seeded_tables::random_gaussian;

fn on_threads(n_threads: usize, pc: &Pc) -> PcResult {
    let (_, table) = random_gaussian(30, 400, 3.0, 21);
    let test = FisherZ::of(&table).expect("regular");
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(n_threads)
        .build()
        .expect("threads");
    pool.install(|| pc.run(table.nodes(), &test).expect("runs"))
}

#[test]
fn the_number_of_threads_changes_nothing() {
    for collider_rule in [ColliderRule::EverySeparatingSet, ColliderRule::Majority] {
        let pc = Pc {
            collider_rule,
            false_discovery_rate: Some(FalseDiscoveryRate {
                procedure: MultipleTesting::BenjaminiHochberg,
                rate: 0.05,
            }),
            ..Pc::default()
        };
        let one = on_threads(1, &pc);
        assert!(one.n_tests_by_depth.len() > 3, "the data ask for several levels");
        for n_threads in [2, 3, 8] {
            assert_eq!(on_threads(n_threads, &pc), one);
        }
    }
}

#[test]
fn the_skeleton_does_not_depend_on_the_order_of_the_columns() {
    let (_, table) = random_gaussian(30, 400, 3.0, 21);
    let n_nodes = table.nodes().len();
    let place = |node: usize| (11 * node + 5) % n_nodes;
    let mut columns = vec![Vec::new(); n_nodes];
    for node in 0..n_nodes {
        columns[place(node)] = table.column(node).to_vec();
    }
    let moved = causal_graph::ContinuousTable::new(table.nodes().clone(), columns).expect("finite");
    let skeleton = |table: &causal_graph::ContinuousTable| {
        let test = FisherZ::of(table).expect("regular");
        Pc::default().skeleton(table.nodes(), &test).expect("runs").graph
    };
    let (here, there) = (skeleton(&table), skeleton(&moved));
    for (a, b) in (0..n_nodes).flat_map(|a| (0..n_nodes).map(move |b| (a, b))) {
        assert_eq!(here.is_adjacent(a, b), there.is_adjacent(place(a), place(b)));
    }
}
