//! Path-specific effects against structural models.

use causal_graph::network::{BayesianNetwork, RandomTables, published};
use causal_graph::{Dag, Error, Nodes};
use proptest::prelude::*;
use run_control::Seed;

use crate::enumeration::{joint_states, random_network};

/// Sums of at most 5^6 products of 6 lengths, in another order.
const SUMS: f64 = 1e-13;

proptest! {
/// Whatever is identified is what a structural model says, and it does not matter which of those with these tables.
    #[test]
    fn path_specific_effects_are_nested_counterfactuals(seed: u64, coupling: u64, n_nodes in 3_usize..7) {
        let network = binary_random_network(n_nodes, seed);
        let order = network.dag().topological_order();
        let (treatment, outcome) = (order[0], order[n_nodes - 1]);
        let mut generator = Seed::new(seed).stream("test/active", 0);
        let active: Vec<_> = network.dag().edges().filter(|_| generator.random_bool(0.6)).collect();
        let model = StructuralModel::new(&network, coupling);
        match network.path_specific_effect(treatment, 1, 0, outcome, 0, &active) {
            Ok(effect) => {
                let truth = model.nested_effect(&network, treatment, outcome, &active);
                prop_assert!((effect - truth).abs() < SUMS, "{effect} {truth}");
            }
            Err(error) => {
                let is_open = matches!(error, Error::RecantingWitness { .. });
                prop_assert!(is_open, "{error}");
            }
        }
        // All edges are never a problem.
        let all: Vec<_> = network.dag().edges().collect();
        let total = network.path_specific_effect(treatment, 1, 0, outcome, 0, &all).expect("no witness");
        let effect = network.average_causal_effect(treatment, 1, 0, outcome, 0).expect("small");
        prop_assert!((total - effect).abs() < SUMS);
    }
}

fn binary_random_network(n_nodes: usize, seed: u64) -> BayesianNetwork {
    let dag = random_network(n_nodes, 2, false, seed).dag().clone();
    BayesianNetwork::random(&dag, &RandomTables::default(), Seed::new(seed)).expect("valid")
}

/// Binary nodes as functions of their parents and a uniform noise: state 0 where the noise is below P(0 | parents), or, in
/// rows that are turned around, where it is above P(1 | parents).
struct StructuralModel {
    /// For each node and each row of its table whether it is turned around.
    is_turned: Vec<Vec<bool>>,
    /// For each node the middles and the lengths of the intervals of the noise between which nothing changes.
    noise: Vec<Vec<(f64, f64)>>,
}

impl StructuralModel {
    fn new(network: &BayesianNetwork, coupling: u64) -> Self {
        let mut generator = Seed::new(coupling).stream("test/coupling", 0);
        let (mut is_turned, mut noise) = (Vec::new(), Vec::new());
        for node in 0..network.n_nodes() {
            let rows: Vec<f64> = network
                .cpt(node)
                .probabilities
                .chunks(2)
                .map(|row| row[0])
                .collect();
            let turned: Vec<bool> = rows.iter().map(|_| generator.random()).collect();
            let changes = rows
                .iter()
                .zip(&turned)
                .map(|(&p, &turned)| if turned { 1.0 - p } else { p });
            let mut ends: Vec<f64> = changes.chain([0.0, 1.0]).collect();
            ends.sort_by(f64::total_cmp);
            noise.push(
                ends.windows(2)
                    .map(|ends| (f64::midpoint(ends[0], ends[1]), ends[1] - ends[0]))
                    .collect(),
            );
            is_turned.push(turned);
        }
        Self { is_turned, noise }
    }

    fn state(&self, network: &BayesianNetwork, node: usize, parents: &[usize], noise: f64) -> usize {
        let row = parents.iter().fold(0, |row, state| row * 2 + state);
        let p = network.cpt(node).row(row, 2)[0];
        let is_zero = if self.is_turned[node][row] {
            noise > 1.0 - p
        } else {
            noise < p
        };
        usize::from(!is_zero)
    }

    /// P(Y(g) = 0) - P(Y(1) = 0) by running the model in both worlds for every noise.
    fn nested_effect(
        &self,
        network: &BayesianNetwork,
        treatment: usize,
        outcome: usize,
        active: &[(usize, usize)],
    ) -> f64 {
        let n_noises: Vec<usize> = self.noise.iter().map(Vec::len).collect();
        let order = network.dag().topological_order();
        let mut effect = 0.0;
        for noises in joint_states(&n_noises) {
            let (mut base, mut moved) = (vec![0; order.len()], vec![0; order.len()]);
            let mut weight = 1.0;
            for &node in &order {
                let (noise, length) = self.noise[node][noises[node]];
                weight *= length;
                if node == treatment {
                    (base[node], moved[node]) = (1, 0);
                    continue;
                }
                let parents = &network.cpt(node).parents;
                let of_base: Vec<usize> = parents.iter().map(|&parent| base[parent]).collect();
                let of_moved: Vec<usize> = parents
                    .iter()
                    .map(|&parent| {
                        if active.contains(&(parent, node)) {
                            moved[parent]
                        } else {
                            base[parent]
                        }
                    })
                    .collect();
                base[node] = self.state(network, node, &of_base, noise);
                moved[node] = self.state(network, node, &of_moved, noise);
            }
            let is_zero = |state: usize| f64::from(u8::from(state == 0));
            effect += weight * (is_zero(moved[outcome]) - is_zero(base[outcome]));
        }
        effect
    }
}

/// X -> W, W -> Y, W -> Z -> Y, with the path through Z alone: W would have to answer to both states of X at once.
#[test]
fn a_recanting_witness_is_an_error_and_leaves_the_effect_open() {
    let edges = [(0, 1), (1, 2), (1, 3), (2, 3)];
    let dag = Dag::from_edges(Nodes::new(["X", "W", "Z", "Y"]).expect("names"), edges).expect("a kite");
    let network = BayesianNetwork::random(&dag, &RandomTables::default(), Seed::new(4));
    let network = network.expect("valid parameters");
    let active = [(0, 1), (1, 2), (2, 3)];
    let error = network
        .path_specific_effect(0, 1, 0, 3, 0, &active)
        .expect_err("not identified");
    assert_eq!(
        error.to_string(),
        "the effect of `X` on `Y` along these edges is not identified: `W` is on an active path and leads to the outcome \
         along other edges too"
    );
    // Models with the same tables, so with the same answers to all experiments, differ in the effect.
    let effects: Vec<f64> = (0..20)
        .map(|coupling| StructuralModel::new(&network, coupling).nested_effect(&network, 0, 3, &active))
        .collect();
    let spread =
        effects.iter().copied().fold(f64::MIN, f64::max) - effects.iter().copied().fold(f64::MAX, f64::min);
    assert!(spread > 0.01, "{effects:?}");
    // With both paths from W there is no witness.
    let all = [(0, 1), (1, 2), (1, 3), (2, 3)];
    assert!(network.path_specific_effect(0, 1, 0, 3, 0, &all).is_ok());
}

/// An active edge that leads nowhere carries nothing.
#[test]
fn paths_that_break_off_have_no_effect() -> Result<(), Error> {
    let asia = published::asia();
    let node = |name| asia.nodes().index(name).expect("a node of asia");
    let (smoke, bronc, lung, dysp) = (node("smoke"), node("bronc"), node("lung"), node("dysp"));
    let effect = |active: &[(usize, usize)]| asia.path_specific_effect(smoke, 1, 0, dysp, 0, active);
    assert_eq!(effect(&[])?, 0.0);
    assert_eq!(effect(&[(smoke, bronc), (smoke, lung)])?, 0.0);
    assert_eq!(effect(&[(bronc, dysp)])?, 0.0);
    assert!(matches!(effect(&[(dysp, bronc)]), Err(Error::NotAnEdge { .. })));
    assert!(matches!(effect(&[(dysp, 9)]), Err(Error::NodeOutOfRange { .. })));
    let mediators = asia.natural_direct_effect(smoke, 1, 0, dysp, 0, &[dysp]);
    assert!(matches!(mediators, Err(Error::RepeatedVariable { .. })));
    Ok(())
}
