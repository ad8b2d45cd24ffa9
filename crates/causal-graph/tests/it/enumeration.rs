//! Random networks, and their joint distribution by enumeration of all joint states.

use causal_graph::network::{BayesianNetwork, Cpt, Normalisation, RandomTables};
use causal_graph::{Dag, Nodes};
use rand::RngExt as _;
use run_control::Seed;

/// A network on a random DAG whose nodes are in a random order and have 2 or 3 states and at most `max_parents` parents.
/// With `zeros`, some rows rule states out.
pub(crate) fn random_network(n_nodes: usize, max_parents: usize, zeros: bool, seed: u64) -> BayesianNetwork {
    let mut generator = Seed::new(seed).stream("test/dag", 0);
    let mut order: Vec<usize> = (0..n_nodes).collect();
    for place in (1..n_nodes).rev() {
        order.swap(place, generator.random_range(0..=place));
    }
    let mut edges = Vec::new();
    for child in 1..n_nodes {
        let mut n_parents = 0;
        for parent in 0..child {
            if n_parents < max_parents && generator.random_bool(0.5) {
                edges.push((order[parent], order[child]));
                n_parents += 1;
            }
        }
    }
    let dag = Dag::from_edges(Nodes::numbered(n_nodes), edges).expect("edges follow the order");
    let params = RandomTables {
        max_states: 3,
        ..RandomTables::default()
    };
    let network = BayesianNetwork::random(&dag, &params, Seed::new(seed)).expect("valid parameters");
    if !zeros {
        return network;
    }
    let cpts = (0..n_nodes)
        .map(|node| {
            let Cpt {
                parents,
                mut probabilities,
            } = network.cpt(node).clone();
            for row in probabilities.chunks_exact_mut(network.n_states(node)) {
                if generator.random_bool(0.3) {
                    let certain = generator.random_range(0..row.len());
                    row.fill(0.0);
                    row[certain] = 1.0;
                }
            }
            // Parents in another order than their indices.
            if let ([a, b], false) = (&parents[..], parents.is_empty()) {
                let (n_a, n_b, n) = (network.n_states(*a), network.n_states(*b), network.n_states(node));
                let swapped = (0..n_b * n_a * n)
                    .map(|cell| (cell / (n_a * n), cell / n % n_a, cell % n))
                    .map(|(of_b, of_a, state)| probabilities[(of_a * n_b + of_b) * n + state])
                    .collect::<Vec<_>>();
                return Cpt::new([*b, *a], swapped);
            }
            Cpt::new(parents, probabilities)
        })
        .collect();
    let states = (0..n_nodes).map(|node| network.states(node).to_vec()).collect();
    BayesianNetwork::new(dag.nodes().clone(), states, cpts, Normalisation::Refuse)
        .expect("rows are distributions")
}

/// All joint states of nodes with so many states, the last fastest.
pub(crate) fn joint_states(n_states: &[usize]) -> Vec<Vec<usize>> {
    n_states.iter().fold(vec![Vec::new()], |states, &n| {
        states
            .iter()
            .flat_map(|state| (0..n).map(move |next| [state.as_slice(), &[next]].concat()))
            .collect()
    })
}

/// The probability of each state of `node` where all nodes are in `states`.
pub(crate) fn row<'a>(network: &'a BayesianNetwork, node: usize, states: &[usize]) -> &'a [f64] {
    let cpt = network.cpt(node);
    let row = cpt
        .parents
        .iter()
        .fold(0, |row, &parent| row * network.n_states(parent) + states[parent]);
    cpt.row(row, network.n_states(node))
}

/// P(targets, evidence | do) for all states of the targets, the last target fastest.
pub(crate) fn enumerate(
    network: &BayesianNetwork,
    targets: &[usize],
    evidence: &[(usize, usize)],
    set: &[(usize, usize)],
) -> Vec<f64> {
    let n_states: Vec<usize> = (0..network.n_nodes())
        .map(|node| network.n_states(node))
        .collect();
    let n_cells = targets.iter().map(|&target| n_states[target]).product();
    let mut sums = vec![0.0; n_cells];
    for states in joint_states(&n_states) {
        if evidence
            .iter()
            .chain(set)
            .any(|&(node, state)| states[node] != state)
        {
            continue;
        }
        let is_free = |node: &usize| !set.iter().any(|(other, _)| other == node);
        let probability: f64 = (0..n_states.len())
            .filter(is_free)
            .map(|node| row(network, node, &states)[states[node]])
            .product();
        let cell = targets
            .iter()
            .fold(0, |cell, &target| cell * n_states[target] + states[target]);
        sums[cell] += probability;
    }
    sums
}
