//! Forward sampling against exact probabilities and another program.

use causal_graph::network::{
    BayesianNetwork, Cpt, LinearGaussianNetwork, LinearMechanism, Normalisation, RandomTables, published,
};
use causal_graph::{Dag, Nodes};
use golden::assert_close;
use run_control::Seed;

use crate::enumeration::{random_network, row};
use crate::linear_gaussian::golden_network;

/// The largest n · KL(observed frequency, p) that chance alone exceeds with a probability of 1e-12 at most, by the bound of
/// Chernoff and Hoeffding: P <= 2 exp(-n KL).
const CHANCE: f64 = 28.3;

/// Asserts that `count` of `n` draws is what an event of probability `p` can have.
pub(crate) fn assert_count(count: usize, n: usize, p: f64, what: &str) {
    let share = count as f64 / n as f64;
    let term = |a: f64, b: f64| if a == 0.0 { 0.0 } else { a * (a / b).ln() };
    let divergence = n as f64 * (term(share, p) + term(1.0 - share, 1.0 - p));
    assert!(
        divergence <= CHANCE,
        "{what}: {count} of {n} with probability {p}"
    );
}

#[test]
fn sampled_frequencies_are_the_exact_probabilities() {
    const N: usize = 100_000;
    let random = random_network(7, 3, true, 11);
    for (name, network) in [
        ("asia", published::asia()),
        ("survey", published::survey()),
        ("random", random),
    ] {
        let table = network.sample(N, Seed::new(5)).expect("a valid network");
        for a in 0..network.n_nodes() {
            for b in 0..a {
                let joint = network.query(&[a, b], &[]).expect("small");
                let mut counts = vec![0; joint.values().len()];
                for (&of_a, &of_b) in table.column(a).iter().zip(table.column(b)) {
                    counts[usize::from(of_a) * network.n_states(b) + usize::from(of_b)] += 1;
                }
                for (&count, &probability) in counts.iter().zip(joint.values()) {
                    assert_count(count, N, probability.min(1.0), name);
                }
            }
        }
    }
}

#[test]
fn samples_do_not_depend_on_threads_or_length() {
    let network = published::survey();
    let gaussian = golden_network().0;
    let with_threads = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build()
            .expect("threads");
        pool.install(|| {
            let discrete = network.sample(20_000, Seed::new(3)).expect("valid");
            (discrete, gaussian.sample(20_000, Seed::new(3)).expect("valid"))
        })
    };
    // Not assert_eq: the tables are long.
    let (discrete, continuous) = with_threads(1);
    assert!((discrete.clone(), continuous.clone()) == with_threads(3));
    let first: Vec<usize> = (0..5000).collect();
    let shorter = network.sample(5000, Seed::new(3)).expect("valid");
    assert!(shorter == discrete.select_rows(&first).expect("rows"));
    let shorter = gaussian.sample(5000, Seed::new(3)).expect("valid");
    assert!(shorter == continuous.select_rows(&first).expect("rows"));
    assert!(network.sample(20_000, Seed::new(4)).expect("valid") != discrete);
    assert_eq!(network.sample(0, Seed::new(3)).expect("valid").n_rows(), 0);
}

#[test]
fn an_intervention_leaves_the_noise_of_the_others_alone() {
    let (network, _) = golden_network();
    let shifted = network
        .shift(3, 2.5)
        .expect("a node")
        .sample(100, Seed::new(6))
        .expect("valid");
    let table = network.sample(100, Seed::new(6)).expect("valid");
    for node in 0..network.n_nodes() {
        let effect = if node == 3 {
            1.0
        } else {
            network.total_effect(3, node).expect("nodes")
        };
        for (after, before) in shifted.column(node).iter().zip(table.column(node)) {
            assert_close(&[*after], &[before + 2.5 * effect], 1e-12, 1e-12);
        }
    }
}

/// These numbers come from this code: they notice a change of the stream, which would change every user's samples.
#[test]
fn the_first_samples_are_pinned() {
    let table = published::survey().sample(12, Seed::new(42)).expect("valid");
    let noise = LinearGaussianNetwork::new(Nodes::numbered(1), vec![LinearMechanism::new([], [], 0.0, 1.0)]);
    let noise = noise.expect("valid").sample(3, Seed::new(42)).expect("valid");
    let drawn = (table.column(0), table.column(5), noise.column(0));
    assert_eq!(drawn, (&PINNED_AGES[..], &PINNED_TRAVELS[..], &PINNED_NOISE[..]));
}

const PINNED_AGES: [u16; 12] = [2, 1, 0, 2, 1, 1, 1, 1, 1, 0, 1, 1];
const PINNED_TRAVELS: [u16; 12] = [2, 1, 1, 0, 0, 0, 0, 1, 2, 0, 0, 1];
const PINNED_NOISE: [f64; 3] = [
    0.836_367_472_984_027_1,
    -0.088_125_304_485_547_38,
    -0.549_776_182_459_423_7,
];

#[test]
fn states_beyond_the_last_possible_one_are_never_drawn() {
    // The first three probabilities sum to 1 - 2^-53: rounding must not leave room for the fourth.
    let row = [0.7, 0.2, 0.1 - f64::EPSILON / 8.0, 0.0];
    let states = vec![(0..4).map(|state| state.to_string()).collect()];
    let network = BayesianNetwork::new(
        Nodes::numbered(1),
        states,
        vec![Cpt::new([], row)],
        Normalisation::Refuse,
    );
    let table = network
        .expect("off by rounding")
        .sample(200_000, Seed::new(9))
        .expect("valid");
    assert!(table.column(0).iter().all(|&state| state < 3));
}

#[test]
fn many_states_are_searched_as_few_are() {
    const N: usize = 50_000;
    let params = RandomTables {
        min_states: 40,
        max_states: 40,
        concentration: 0.5,
        ..RandomTables::default()
    };
    let dag = Dag::empty(Nodes::numbered(1));
    let network = BayesianNetwork::random(&dag, &params, Seed::new(2)).expect("valid parameters");
    let table = network.sample(N, Seed::new(2)).expect("valid");
    for (state, &probability) in network.cpt(0).probabilities.iter().enumerate() {
        let count = table
            .column(0)
            .iter()
            .filter(|&&drawn| usize::from(drawn) == state)
            .count();
        assert_count(count, N, probability, "a state of forty");
    }
}

/// Uniform numbers by `SplitMix64`: a stream that any language can produce.
struct SplitMix64(u64);

impl SplitMix64 {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 * (0.5_f64).powi(53)
    }
}

/// The tables of asia give the counts that another program drew from the published file: row by row, nodes in this order, a
/// uniform number a node, the first state whose cumulative probability exceeds it.
#[test]
fn the_tables_of_asia_draw_what_another_program_drew() {
    let network = published::asia();
    let mut stream = SplitMix64(42);
    let first: Vec<f64> = (0..3).map(|_| stream.uniform()).collect();
    assert_eq!(
        first,
        [
            0.741_564_878_771_823_3,
            0.159_910_392_876_920_1,
            0.278_601_130_255_138_66
        ]
    );

    let mut stream = SplitMix64(42);
    let mut counts = [0; 8];
    for _ in 0..2000 {
        let mut states = [0; 8];
        for node in 0..8 {
            let uniform = stream.uniform();
            let mut cumulative = 0.0;
            let mut exceeds = |probability: &f64| {
                cumulative += probability;
                uniform < cumulative
            };
            states[node] = row(&network, node, &states)
                .iter()
                .position(&mut exceeds)
                .expect("rows sum to 1");
            counts[node] += usize::from(states[node] == 0);
        }
    }
    assert_eq!(counts, [17, 22, 1016, 105, 890, 124, 221, 856]);
}
