//! Inference and sampling on the published networks, where they have been fetched.

use causal_graph::network::BayesianNetwork;
use run_control::Seed;

use crate::fetched;
use crate::sampling::assert_count;

/// Up to 1041 nodes and 429 409 parameters.
const NETWORKS: [&str; 17] = [
    "alarm",
    "andes",
    "barley",
    "child",
    "diabetes",
    "hailfinder",
    "hepar2",
    "insurance",
    "link",
    "mildew",
    "munin",
    "munin2",
    "pathfinder",
    "pigs",
    "sachs",
    "water",
    "win95pts",
];

#[test]
fn exact_marginals_are_what_samples_show() {
    const N: usize = 20_000;
    for (name, network) in networks() {
        let table = network.sample(N, Seed::new(7)).expect("a valid network");
        for node in (0..network.n_nodes()).step_by(network.n_nodes().div_ceil(10)) {
            let marginal = network.query(&[node], &[]).expect("within the limits");
            let mut counts = vec![0; network.n_states(node)];
            for &state in table.column(node) {
                counts[usize::from(state)] += 1;
            }
            for (&count, &probability) in counts.iter().zip(marginal.values()) {
                assert_count(count, N, probability.min(1.0), name);
            }
        }
    }
}

/// P(root = s | leaves) is also the ratio of two probabilities of evidence, which are sums in other orders.
#[test]
fn posteriors_are_ratios_of_probabilities_of_evidence() {
    for (name, network) in networks() {
        let dag = network.dag();
        let row = network.sample(1, Seed::new(3)).expect("a valid network");
        let is_leaf = |node: &usize| dag.children(*node).is_empty();
        let mut evidence: Vec<(usize, usize)> = (0..network.n_nodes())
            .filter(is_leaf)
            .map(|node| (node, usize::from(row.column(node)[0])))
            .take(8)
            .collect();
        let (leaf, _) = evidence[0];
        let Some(root) = dag
            .ancestors(leaf)
            .iter()
            .find(|&node| dag.parents(node).is_empty())
        else {
            continue;
        };
        let posterior = network.query(&[root], &evidence).expect("sampled, so possible");
        let ln_probability = network.ln_probability(&evidence).expect("within the limits");
        let likely = (0..network.n_states(root))
            .max_by(|&a, &b| posterior.values()[a].total_cmp(&posterior.values()[b]));
        let likely = likely.expect("a state");
        evidence.push((root, likely));
        let joint = network.ln_probability(&evidence).expect("within the limits");
        let ratio = (joint - ln_probability).exp();
        // Some 1e6 terms of one sign, a rounding for each of up to 1041 factors.
        assert!(
            (posterior.values()[likely] - ratio).abs() < 1e-11 * ratio,
            "{name}: {} {ratio}",
            posterior.values()[likely]
        );
    }
}

fn networks() -> impl Iterator<Item = (&'static str, BayesianNetwork)> {
    NETWORKS
        .into_iter()
        .filter_map(|name| Some((name, fetched::network(name)?)))
}
