//! Exact inference against enumeration and closed forms, and what networks refuse.

use causal_graph::network::{BayesianNetwork, Cpt, Normalisation, VariableElimination, published};
use causal_graph::{Error, Nodes};
use golden::assert_close;
use proptest::prelude::*;
use run_control::Seed;
use run_control::progress::{CancelToken, Cancellable, Silent};

use crate::enumeration::{enumerate, random_network};

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
    let expected = N as f64 * likelihoods[1].ln() + f64::midpoint(1.0, odds).ln();
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
