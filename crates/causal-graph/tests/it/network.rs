//! Inference and sampling against enumeration, closed forms and another program.

use causal_graph::network::{
    BayesianNetwork, Cpt, LinearGaussianNetwork, LinearMechanism, Normalisation, RandomTables,
    VariableElimination, published,
};
use causal_graph::{Dag, Error, Nodes};
use golden::{Golden, assert_close};
use proptest::prelude::*;
use rand::RngExt as _;
use run_control::Seed;
use run_control::progress::{CancelToken, Cancellable, Silent};

use crate::enumeration::{enumerate, random_network, row};

/// Sums of at most 3^7 products of 7 probabilities, in another order.
const SUMS: f64 = 1e-13;

fn two_states(n_nodes: usize) -> Vec<Vec<String>> {
    vec![vec!["yes".to_owned(), "no".to_owned()]; n_nodes]
}

fn binary(cpts: Vec<Cpt>) -> BayesianNetwork {
    BayesianNetwork::new(
        Nodes::numbered(cpts.len()),
        two_states(cpts.len()),
        cpts,
        Normalisation::Refuse,
    )
    .expect("a valid network")
}

proptest! {
    #[test]
    fn elimination_is_enumeration(seed: u64, zeros: bool, n_nodes in 2_usize..8) {
        let network = random_network(n_nodes, 3, zeros, seed);
        let mut generator = Seed::new(seed).stream("test/query", 0);
        let (mut targets, mut evidence, mut set) = (Vec::new(), Vec::new(), Vec::new());
        for node in (0..n_nodes).rev() {
            let state = generator.random_range(0..network.n_states(node));
            match generator.random_range(0..4) {
                0 => targets.push(node),
                1 => evidence.push((node, state)),
                2 => set.push((node, state)),
                _ => (),
            }
        }
        let joint = enumerate(&network, &targets, &evidence, &set);
        let probability: f64 = joint.iter().sum();
        let answer = network.interventional_distribution(&targets, &set, &evidence);
        if probability == 0.0 {
            let is_refused = matches!(answer, Err(Error::ImpossibleEvidence { .. }));
            prop_assert!(is_refused);
        } else {
            let answer = answer.expect("the evidence is possible");
            prop_assert_eq!(answer.variables(), &targets[..]);
            for (actual, joint) in answer.values().iter().zip(&joint) {
                prop_assert!((actual - joint / probability).abs() < SUMS / probability, "{} {}", actual, joint / probability);
            }
        }
        let mutilated = network.intervene(&set).expect("states exist");
        let ln_probability = mutilated.ln_probability(&evidence).expect("states exist");
        prop_assert!((ln_probability.exp() - probability).abs() < SUMS);
    }
}

#[test]
fn evidence_that_is_very_unlikely_does_not_underflow() {
    // A cause with three states; state 0 is impossible but by far the best explanation of 1500 symptoms.
    const N: usize = 1500;
    let likelihoods = [0.9, 1e-3, 1.002e-3];
    let table: Vec<f64> = likelihoods.iter().flat_map(|p| [*p, 1.0 - p]).collect();
    let cpts: Vec<Cpt> = std::iter::once(Cpt::new([], [0.0, 0.5, 0.5]))
        .chain((0..N).map(|_| Cpt::new([0], table.clone())))
        .collect();
    let mut states = two_states(N + 1);
    states[0].push("maybe".to_owned());
    let network =
        BayesianNetwork::new(Nodes::numbered(N + 1), states, cpts, Normalisation::Refuse).expect("valid");
    let evidence: Vec<_> = (1..=N).map(|symptom| (symptom, 0)).collect();

    let odds = (N as f64 * (likelihoods[2] / likelihoods[1]).ln()).exp();
    let posterior = network.query(&[0], &evidence).expect("possible");
    // 1500 logarithms of about 7, each rounded.
    assert_close(
        posterior.values(),
        &[0.0, 1.0 / (1.0 + odds), odds / (1.0 + odds)],
        1e-11,
        0.0,
    );
    let ln_probability = network.ln_probability(&evidence).expect("possible");
    let expected = N as f64 * likelihoods[1].ln() + ((1.0 + odds) / 2.0).ln();
    assert_close(&[ln_probability], &[expected], 1e-14, 0.0);
}

#[test]
fn a_table_that_would_be_too_large_is_an_error_before_the_work() {
    // Every pair of 40 causes has a symptom: whoever sees all symptoms must look at all causes at once.
    const N: usize = 40;
    let pairs = || (0..N).flat_map(|b| (0..b).map(move |a| [a, b]));
    let cpts: Vec<Cpt> = (0..N)
        .map(|_| Cpt::new([], [0.5, 0.5]))
        .chain(pairs().map(|pair| Cpt::new(pair, [0.9, 0.1, 0.8, 0.2, 0.7, 0.3, 0.6, 0.4])))
        .collect();
    let network = binary(cpts);
    let evidence: Vec<_> = (N..network.n_nodes()).map(|symptom| (symptom, 0)).collect();
    let error = network.query(&[0], &evidence).expect_err("2^39 cells");
    assert!(
        matches!(error, Error::FactorTooLarge { n_variables, n_cells, limit }
            if n_cells == 1 << n_variables && n_cells >= 1 << 38 && limit == 1 << 26),
        "{error}"
    );
    // A cause of its own symptoms only is cheap.
    let few = network.query(&[0], &evidence[..1]).expect("three nodes");
    assert_close(few.values(), &[(0.9 + 0.8) / 3.0, (0.7 + 0.6) / 3.0], 1e-15, 0.0);
    let limits = VariableElimination { max_cells: 1 };
    let error = network.query_with(&[0], &[], &limits, &mut Silent);
    // One factor over the target itself: nothing is made.
    assert!(error.is_ok());
    let error = network.query_with(&[0], &evidence[..1], &limits, &mut Silent);
    assert!(
        matches!(
            error,
            Err(Error::FactorTooLarge {
                n_cells: 2,
                limit: 1,
                ..
            })
        ),
        "{error:?}"
    );
    assert!(
        network
            .query_with(&[0], &[], &VariableElimination { max_cells: 0 }, &mut Silent)
            .is_err()
    );
}

#[test]
fn a_long_chain_takes_no_stack() {
    const N: usize = 3000;
    let cpts = (0..N)
        .map(|node| match node {
            0 => Cpt::new([], [1.0, 0.0]),
            _ => Cpt::new([node - 1], [0.999, 0.001, 0.001, 0.999]),
        })
        .collect();
    let network = binary(cpts);
    let last = network.query(&[N - 1], &[]).expect("a chain");
    // The difference of the two probabilities shrinks by 0.998 a step.
    let expected = 0.5 + 0.5 * 0.998_f64.powi(N as i32 - 1);
    assert_close(&last.values()[..1], &[expected], 1e-12, 0.0);
}

#[test]
fn queries_and_samplers_can_be_stopped() {
    let token = CancelToken::new();
    token.cancel();
    let mut progress = Cancellable::new(Silent, token);
    let network = published::asia();
    let stopped = network.query_with(&[0], &[(7, 0)], &VariableElimination::default(), &mut progress);
    assert!(matches!(stopped, Err(Error::Cancelled(_))));
    assert!(matches!(
        network.sample_with(10, Seed::new(1), &mut progress),
        Err(Error::Cancelled(_))
    ));
}

#[test]
fn wrong_questions_are_errors() {
    let network = published::asia();
    let error = |targets: &[usize], evidence: &[(usize, usize)]| {
        network
            .query(targets, evidence)
            .expect_err("a wrong question")
            .to_string()
    };
    assert_eq!(
        error(&[8], &[]),
        "node 8 does not exist: the graph has 8 nodes, numbered from 0"
    );
    assert_eq!(
        error(&[0], &[(1, 2)]),
        "`tub` has no state 2: it has 2, numbered from 0"
    );
    for (targets, evidence) in [
        (&[0, 0][..], &[][..]),
        (&[0], &[(0, 1)]),
        (&[0], &[(1, 0), (1, 1)]),
    ] {
        assert!(error(targets, evidence).contains("comes more than once"));
    }
    assert_eq!(
        error(&[0], &[(1, 0), (5, 1)]),
        "`tub = yes`, `either = no` has probability 0: expected evidence that is possible"
    );
    assert_eq!(
        network.query(&[], &[(5, 0)]).expect("nothing asked").values(),
        [1.0]
    );
    assert_eq!(network.ln_probability(&[]).expect("nothing seen"), 0.0);
}

#[test]
fn wrong_networks_are_errors() {
    let network = |cpts: Vec<Cpt>| {
        BayesianNetwork::new(Nodes::numbered(2), two_states(2), cpts, Normalisation::Refuse)
            .expect_err("a wrong network")
            .to_string()
    };
    let half = || Cpt::new([], [0.5, 0.5]);
    assert!(network(vec![half()]).starts_with("there are 1 conditional distributions: expected 2"));
    assert!(network(vec![half(), Cpt::new([0], [0.5; 3])]).contains("has 3 probabilities: expected 4"));
    assert!(network(vec![half(), Cpt::new([2], [0.5; 4])]).contains("node 2 does not exist"));
    assert!(network(vec![half(), Cpt::new([0, 0], [0.5; 8])]).contains("joined already"));
    assert!(network(vec![Cpt::new([1], [0.5; 4]), Cpt::new([0], [0.5; 4])]).contains("form a cycle"));
    let bad_row = |row: [f64; 2]| network(vec![half(), Cpt::new([0], [0.5, 0.5, row[0], row[1]])]);
    assert_eq!(
        bad_row([0.5, 0.4]),
        "the table of `X1`, row 1: the probabilities sum to 0.9, expected 1 to within 1e-12"
    );
    for wrong in [f64::NAN, f64::INFINITY, -0.5, 1.5] {
        assert!(bad_row([wrong, 0.5]).contains("is not a probability"), "{wrong}");
    }
    let states = |states: Vec<Vec<String>>| {
        BayesianNetwork::new(
            Nodes::numbered(2),
            states,
            vec![half(), half()],
            Normalisation::Refuse,
        )
    };
    assert!(matches!(
        states(two_states(1)),
        Err(Error::ColumnCount { got: 1, expected: 2 })
    ));
    assert!(matches!(
        states(vec![vec![], vec![]]),
        Err(Error::NoStates { .. })
    ));
    assert!(matches!(
        states(vec![vec!["a".to_owned(); 2]; 2]),
        Err(Error::RepeatedState { .. })
    ));
    let many = (0..=65_536).map(|state| state.to_string()).collect();
    assert!(matches!(
        states(vec![many, vec![]]),
        Err(Error::TooManyStates { got: 65_537, .. })
    ));
}

#[test]
fn rows_are_rescaled_within_the_tolerance_only() {
    let of = |row: [f64; 2], normalisation| {
        BayesianNetwork::new(
            Nodes::numbered(1),
            two_states(1),
            vec![Cpt::new([], row)],
            normalisation,
        )
    };
    let printed = [0.333_333_3, 0.666_666_6];
    assert!(matches!(
        of(printed, Normalisation::Refuse),
        Err(Error::RowSum { .. })
    ));
    let rescaled = of(printed, Normalisation::PRINTED).expect("off by 1e-7");
    assert_close(
        &rescaled.cpt(0).probabilities,
        &[1.0 / 3.0, 2.0 / 3.0],
        1e-15,
        0.0,
    );
    assert!(matches!(
        of([0.333, 0.666], Normalisation::PRINTED),
        Err(Error::RowSum { .. })
    ));
    assert!(of([0.333, 0.666], Normalisation::Rescale { tolerance: 0.01 }).is_ok());
    let exact = [0.1 + 0.2, 0.7];
    let kept = of(exact, Normalisation::PRINTED).expect("off by rounding");
    assert_eq!(kept.cpt(0).probabilities, exact);
    for tolerance in [f64::NAN, -0.1, 1.0, f64::INFINITY] {
        let error = of([0.5, 0.5], Normalisation::Rescale { tolerance });
        assert!(matches!(error, Err(Error::Parameter { .. })), "{tolerance}");
    }
}

#[test]
fn serde_writes_what_it_reads_and_checks_it() -> Result<(), serde_json::Error> {
    for network in [
        published::asia(),
        published::cancer(),
        published::earthquake(),
        published::survey(),
    ] {
        let text = serde_json::to_string(&network)?;
        assert_eq!(serde_json::from_str::<BayesianNetwork>(&text)?, network);
    }
    let text = serde_json::to_string(&published::cancer())?;
    let error = serde_json::from_str::<BayesianNetwork>(&text.replace("0.65", "0.66"));
    assert!(error.is_err_and(|error| error.to_string().contains("the table of `Dyspnoea`, row 0")));
    Ok(())
}

/// The largest n · KL(observed frequency, p) that chance alone exceeds with a probability of 1e-12 at most, by the bound of
/// Chernoff and Hoeffding: P <= 2 exp(-n KL).
const CHANCE: f64 = 28.3;

/// Asserts that `count` of `n` draws is what an event of probability `p` can have.
fn assert_count(count: usize, n: usize, p: f64, what: &str) {
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
    assert_eq!(table.column(0), PINNED_AGES);
    assert_eq!(table.column(5), PINNED_TRAVELS);
    let noise = LinearGaussianNetwork::new(Nodes::numbered(1), vec![LinearMechanism::new([], [], 0.0, 1.0)]);
    let noise = noise.expect("valid").sample(3, Seed::new(42)).expect("valid");
    assert_eq!(noise.column(0), PINNED_NOISE);
}

const PINNED_AGES: [u16; 12] = [0; 12];
const PINNED_TRAVELS: [u16; 12] = [0; 12];
const PINNED_NOISE: [f64; 3] = [0.0; 3];

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

/// Uniform numbers by SplitMix64: a stream that any language can produce.
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

fn golden_network() -> (LinearGaussianNetwork, Golden) {
    let golden = Golden::load("tests/golden/network.json").expect("a golden file");
    let array = |name| golden.array(name).expect("a value").1;
    let (coefficients, intercepts, deviations) =
        (array("coefficients"), array("intercepts"), array("deviations"));
    let n_nodes = intercepts.len();
    let mechanisms = (0..n_nodes)
        .map(|node| {
            let row = &coefficients[node * n_nodes..(node + 1) * n_nodes];
            let parents: Vec<usize> = (0..n_nodes).filter(|&parent| row[parent] != 0.0).collect();
            let coefficients: Vec<f64> = parents.iter().map(|&parent| row[parent]).collect();
            LinearMechanism::new(parents, coefficients, intercepts[node], deviations[node])
        })
        .collect();
    let network = LinearGaussianNetwork::new(Nodes::numbered(n_nodes), mechanisms).expect("valid");
    (network, golden)
}

#[test]
fn linear_networks_have_the_moments_and_effects_of_the_inverse() -> Result<(), Error> {
    let (network, golden) = golden_network();
    let joint = network.joint();
    golden.assert_array("mean", joint.mean());
    golden.assert_array("covariance", joint.covariance());
    let seen = golden.integers("seen").expect("nodes");
    let values = golden.array("values_seen").expect("values").1;
    let evidence: Vec<_> = seen.iter().map(|&node| node as usize).zip(values).collect();
    let conditional = joint.conditional(&evidence)?;
    golden.assert_array("conditional_mean", conditional.mean());
    golden.assert_array("conditional_covariance", conditional.covariance());
    let others = conditional.variables().to_vec();
    let backwards: Vec<usize> = others.iter().copied().rev().collect();
    let queried = network.query(&backwards, &evidence)?;
    assert_eq!(
        queried.covariance_of(others[0], others[2]),
        conditional.covariance_of(others[0], others[2])
    );

    let avoided = golden.integers("avoided").expect("a node")[0] as usize;
    let around: Vec<_> = network
        .dag()
        .edges()
        .filter(|&(a, b)| a != avoided && b != avoided)
        .collect();
    let n_nodes = network.n_nodes();
    let (mut effects, mut effects_around) = (vec![1.0; n_nodes * n_nodes], vec![1.0; n_nodes * n_nodes]);
    for treatment in 0..n_nodes {
        for outcome in (0..n_nodes).filter(|&outcome| outcome != treatment) {
            let cell = treatment * n_nodes + outcome;
            effects[cell] = network.total_effect(treatment, outcome)?;
            effects_around[cell] = network.path_specific_effect(treatment, 0.5, 1.5, outcome, &around)?;
            let by_means =
                |value| Ok::<_, Error>(network.intervene(&[(treatment, value)])?.joint().mean()[outcome]);
            let ace = network.average_causal_effect(treatment, -1.0, 2.0, outcome)?;
            assert_close(&[ace], &[by_means(2.0)? - by_means(-1.0)?], 1e-12, 1e-12);
        }
    }
    golden.assert_array("effects", &effects);
    golden.assert_array("effects_around", &effects_around);
    Ok(())
}

#[test]
fn linear_samples_have_the_moments() {
    const N: usize = 100_000;
    let (network, _) = golden_network();
    let joint = network.joint();
    let table = network.sample(N, Seed::new(8)).expect("valid");
    let standard_error = |node| (joint.covariance_of(node, node).expect("a node") / N as f64).sqrt();
    for node in 0..network.n_nodes() {
        let mean = table.column(node).iter().sum::<f64>() / N as f64;
        // Seven standard errors: 2e-12 by chance.
        assert!(
            (mean - joint.mean()[node]).abs() <= 7.0 * standard_error(node),
            "mean of {node}"
        );
        for other in 0..=node {
            let centred = |node: usize| {
                let mean = joint.mean()[node];
                table.column(node).iter().map(move |x| x - mean)
            };
            let covariance = centred(node).zip(centred(other)).map(|(a, b)| a * b).sum::<f64>() / N as f64;
            let expected = joint.covariance_of(node, other).expect("nodes");
            // Of a product of Gaussians: (var_a var_b + cov²) / n.
            let variance = joint.covariance_of(node, node).expect("a node")
                * joint.covariance_of(other, other).expect("a node");
            let error = ((variance + expected * expected) / N as f64).sqrt();
            assert!(
                (covariance - expected).abs() <= 7.0 * error,
                "covariance of {node} and {other}"
            );
        }
    }
}

#[test]
fn wrong_linear_networks_and_questions_are_errors() -> Result<(), Error> {
    let of = |mechanism| {
        LinearGaussianNetwork::new(
            Nodes::numbered(2),
            vec![LinearMechanism::new([], [], 0.0, 1.0), mechanism],
        )
    };
    assert!(matches!(
        of(LinearMechanism::new([0], [], 0.0, 1.0)),
        Err(Error::CoefficientCount {
            got: 0,
            expected: 1,
            ..
        })
    ));
    for wrong in [f64::NAN, f64::INFINITY] {
        assert!(matches!(
            of(LinearMechanism::new([0], [wrong], 0.0, 1.0)),
            Err(Error::Mechanism { .. })
        ));
        assert!(matches!(
            of(LinearMechanism::new([0], [1.0], wrong, 1.0)),
            Err(Error::Mechanism { .. })
        ));
        assert!(matches!(
            of(LinearMechanism::new([0], [1.0], 0.0, wrong)),
            Err(Error::Mechanism { .. })
        ));
    }
    assert!(matches!(
        of(LinearMechanism::new([0], [1.0], 0.0, -1.0)),
        Err(Error::Mechanism { .. })
    ));
    let network = of(LinearMechanism::new([0], [2.0], 0.0, 0.0))?;
    assert!(matches!(
        network.query(&[0], &[(0, 1.0)]),
        Err(Error::NotAVariable { node: 0 })
    ));
    assert!(matches!(
        network.query(&[], &[(0, 1.0), (1, 2.0)]),
        Err(Error::DependentEvidence { node: 1 })
    ));
    assert!(matches!(
        network.query(&[], &[(0, f64::NAN)]),
        Err(Error::NonFiniteEvidence { node: 0, .. })
    ));
    assert!(matches!(
        network.total_effect(1, 1),
        Err(Error::RepeatedVariable { .. })
    ));
    assert!(matches!(
        network.path_specific_effect(0, 0.0, 1.0, 1, &[(1, 0)]),
        Err(Error::NotAnEdge { .. })
    ));
    assert!(matches!(network.shift(0, f64::NAN), Err(Error::Mechanism { .. })));
    assert!(matches!(
        network.scale_noise(0, -1.0),
        Err(Error::Mechanism { .. })
    ));
    assert!(matches!(
        network.intervene(&[(0, 1.0), (0, 2.0)]),
        Err(Error::RepeatedVariable { .. })
    ));
    let text = serde_json::to_string(&network).expect("numbers");
    assert_eq!(
        serde_json::from_str::<LinearGaussianNetwork>(&text).expect("as written"),
        network
    );
    Ok(())
}
