//! Exact effects against published values, enumeration, formulas and structural models.

use causal_graph::network::{BayesianNetwork, Cpt, Normalisation, published};
use causal_graph::{Error, Nodes};
use golden::{Golden, assert_close};
use proptest::prelude::*;

use crate::enumeration::{enumerate, joint_states, random_network, row};
use crate::fetched;

/// Sums of at most 3^7 products of 7 probabilities, in another order.
const SUMS: f64 = 1e-13;

fn golden() -> Golden {
    Golden::load("tests/golden/effects.json").expect("a golden file")
}

/// The effect of every node on every other, from state 1 to state 0, with the nodes in this order.
fn all_effects(network: &BayesianNetwork, order: &[usize]) -> Vec<f64> {
    let effect = |treatment: usize, outcome: usize| {
        if treatment == outcome {
            return 0.0;
        }
        network
            .average_causal_effect(treatment, 1, 0, outcome, 0)
            .expect("a small network")
    };
    order
        .iter()
        .flat_map(|&x| order.iter().map(move |&y| effect(x, y)))
        .collect()
}

fn index(network: &BayesianNetwork, name: &str) -> usize {
    network.nodes().index(name).expect("a node of the network")
}

#[test]
fn effects_are_those_of_enumeration() {
    let golden = golden();
    for (name, network) in [
        ("asia", published::asia()),
        ("cancer", published::cancer()),
        ("earthquake", published::earthquake()),
        ("survey", published::survey()),
    ] {
        let order: Vec<usize> = (0..network.n_nodes()).collect();
        golden.assert_array(&format!("{name}.effects"), &all_effects(&network, &order));
    }
}

#[test]
fn effects_on_sachs_are_those_of_enumeration() {
    let Some(network) = fetched::network("sachs") else {
        return;
    };
    let mut order: Vec<usize> = (0..network.n_nodes()).collect();
    order.sort_by_key(|&node| network.nodes().name(node).to_owned());
    let golden = golden();
    golden.assert_array("sachs.effects", &all_effects(&network, &order));

    let node = |name| index(&network, name);
    let evidence = [(node("Raf"), 0), (node("Jnk"), 2)];
    golden.assert_array(
        "sachs.akt_given_raf_jnk",
        network
            .query(&[node("Akt")], &evidence)
            .expect("possible")
            .values(),
    );
    let probability = network.ln_probability(&evidence).expect("small").exp();
    golden.assert_scalar("sachs.akt_given_raf_jnk.probability", probability);
    assert_mediation(
        &golden,
        "sachs.pka_raf_mek_erk",
        &network,
        "PKA",
        &["Raf", "Mek"],
        "Erk",
    );
}

#[test]
fn conditional_distributions_are_those_of_enumeration() -> Result<(), Error> {
    let golden = golden();
    let (asia, survey) = (published::asia(), published::survey());
    let of_asia = |name| index(&asia, name);
    let of_survey = |name| index(&survey, name);
    let queries = [
        (
            "asia.tub_lung_given_xray_dysp",
            &asia,
            vec![of_asia("tub"), of_asia("lung")],
            vec![(of_asia("xray"), 0), (of_asia("dysp"), 0)],
        ),
        (
            "asia.smoke_given_xray_no_tub",
            &asia,
            vec![of_asia("smoke")],
            vec![(of_asia("xray"), 0), (of_asia("tub"), 1)],
        ),
        (
            "survey.travel_age_given_big",
            &survey,
            vec![of_survey("T"), of_survey("A")],
            vec![(of_survey("R"), 1)],
        ),
    ];
    for (name, network, targets, evidence) in queries {
        golden.assert_array(name, network.query(&targets, &evidence)?.values());
        golden.assert_scalar(
            &format!("{name}.probability"),
            network.ln_probability(&evidence)?.exp(),
        );
    }
    let by_age: Vec<f64> = (0..3)
        .map(|age| survey.interventional_distribution(&[of_survey("T")], &[(of_survey("A"), age)], &[]))
        .collect::<Result<Vec<_>, _>>()?
        .iter()
        .flat_map(|distribution| distribution.values().to_vec())
        .collect();
    golden.assert_array("survey.travel_do_age", &by_age);
    assert_mediation(
        &golden,
        "asia.smoke_bronc_dysp",
        &asia,
        "smoke",
        &["bronc"],
        "dysp",
    );
    Ok(())
}

/// Asserts the natural effects of moving a treatment from state 1 to 0 and back.
fn assert_mediation(
    golden: &Golden,
    name: &str,
    network: &BayesianNetwork,
    treatment: &str,
    mediators: &[&str],
    outcome: &str,
) {
    let (x, y) = (index(network, treatment), index(network, outcome));
    let mediators: Vec<usize> = mediators.iter().map(|name| index(network, name)).collect();
    let direct = |from, to| {
        network
            .natural_direct_effect(x, from, to, y, 0, &mediators)
            .expect("identified")
    };
    let indirect = |from, to| {
        network
            .natural_indirect_effect(x, from, to, y, 0, &mediators)
            .expect("identified")
    };
    golden.assert_scalar(&format!("{name}.direct"), direct(1, 0));
    golden.assert_scalar(&format!("{name}.indirect"), indirect(1, 0));
    golden.assert_scalar(&format!("{name}.direct.back"), direct(0, 1));
    golden.assert_scalar(&format!("{name}.indirect.back"), indirect(0, 1));
    let total = network.average_causal_effect(x, 1, 0, y, 0).expect("small");
    assert_close(&[direct(1, 0) - indirect(0, 1)], &[total], 0.0, SUMS);
}

/// By hand from the published tables.
#[test]
fn effects_are_the_published_values() {
    let (asia, cancer, earthquake) = (published::asia(), published::cancer(), published::earthquake());
    for (network, treatment, outcome, expected) in [
        (&asia, "lung", "dysp", 0.79 - 0.4189),
        (&asia, "smoke", "dysp", 0.552_808 - 0.319_133_2),
        (&asia, "either", "dysp", 0.79 - 0.415),
        (&asia, "tub", "dysp", 0.79 - 0.432_25),
        (&cancer, "Cancer", "Dyspnoea", 0.65 - 0.30),
        (&cancer, "Smoker", "Dyspnoea", 0.3112 - 0.301_015),
        (&earthquake, "Alarm", "JohnCalls", 0.90 - 0.05),
    ] {
        let (x, y) = (index(network, treatment), index(network, outcome));
        let effect = network.average_causal_effect(x, 1, 0, y, 0).expect("small");
        assert_close(&[effect], &[expected], 0.0, 1e-15);
        assert_eq!(network.average_causal_effect(y, 1, 0, x, 0).expect("small"), 0.0);
    }
}

/// `Σ_z P(y | x, z) P(z)` over the joint states of `covariates`.
fn back_door(
    network: &BayesianNetwork,
    treatment: (usize, usize),
    outcome: usize,
    covariates: &[usize],
) -> Vec<f64> {
    let sizes: Vec<usize> = covariates.iter().map(|&node| network.n_states(node)).collect();
    let mut sum = vec![0.0; network.n_states(outcome)];
    for states in joint_states(&sizes) {
        let stratum: Vec<_> = covariates.iter().copied().zip(states).collect();
        let weight = network.ln_probability(&stratum).expect("small").exp();
        let evidence: Vec<_> = stratum.into_iter().chain([treatment]).collect();
        let distribution = network
            .query(&[outcome], &evidence)
            .expect("all states are possible");
        for (sum, probability) in sum.iter_mut().zip(distribution.values()) {
            *sum += weight * probability;
        }
    }
    sum
}

proptest! {
    #[test]
    fn adjustment_for_parents_or_predecessors_is_the_truth(seed: u64, n_nodes in 2_usize..7, state in 0_usize..2) {
        let network = random_network(n_nodes, 3, false, seed);
        let dag = network.dag();
        for (place, &treatment) in dag.topological_order().iter().enumerate() {
            let parents: Vec<usize> = dag.parents(treatment).iter().collect();
            let predecessors = dag.topological_order()[..place].to_vec();
            for outcome in dag.descendants(treatment).iter() {
                let truth = network.interventional_distribution(&[outcome], &[(treatment, state)], &[]).expect("small");
                for covariates in [&parents, &predecessors] {
                    let adjusted = back_door(&network, (treatment, state), outcome, covariates);
                    for (actual, expected) in adjusted.iter().zip(truth.values()) {
                        prop_assert!((actual - expected).abs() < 1e-12, "{actual} {expected}");
                    }
                }
            }
        }
    }

    #[test]
    fn doing_to_a_root_is_seeing(seed: u64, zeros: bool, n_nodes in 2_usize..8, state in 0_usize..2) {
        let network = random_network(n_nodes, 3, zeros, seed);
        for root in (0..n_nodes).filter(|&node| network.dag().parents(node).is_empty()) {
            let outcome = (root + 1) % n_nodes;
            let done = network.interventional_distribution(&[outcome], &[(root, state)], &[]).expect("small");
            if network.cpt(root).probabilities[state] > 0.0 {
                let seen = network.query(&[outcome], &[(root, state)]).expect("possible");
                for (done, seen) in done.values().iter().zip(seen.values()) {
                    prop_assert!((done - seen).abs() < SUMS);
                }
            }
        }
    }

    /// The effect is the mean of the effects within the states of nodes that the treatment does not affect.
    #[test]
    fn conditional_effects_average_to_the_effect(seed: u64, n_nodes in 3_usize..8) {
        let network = random_network(n_nodes, 3, false, seed);
        let order = network.dag().topological_order();
        let (group, treatment, outcome) = (order[0], order[1], order[n_nodes - 1]);
        let shares = network.query(&[group], &[]).expect("small");
        let mut mean = 0.0;
        for (state, share) in shares.values().iter().enumerate() {
            let given = [(group, state)];
            mean += share * network.conditional_average_causal_effect(treatment, 0, 1, outcome, 0, &given).expect("small");
        }
        let effect = network.average_causal_effect(treatment, 0, 1, outcome, 0).expect("small");
        prop_assert!((mean - effect).abs() < SUMS);
    }

    #[test]
    fn a_soft_intervention_is_a_mixture_of_hard_ones(seed: u64, n_nodes in 2_usize..8, share in 0.0_f64..=1.0) {
        let network = random_network(n_nodes, 3, true, seed);
        let order = network.dag().topological_order();
        let (treatment, outcome) = (order[n_nodes / 2 - usize::from(n_nodes == 2)], order[n_nodes - 1]);
        let mut row = vec![0.0; network.n_states(treatment)];
        (row[0], row[1]) = (share, 1.0 - share);
        let soft = network.with_cpt(treatment, Cpt::new([], row)).expect("a distribution").query(&[outcome], &[]);
        let hard = |state| enumerate(&network, &[outcome], &[], &[(treatment, state)]);
        for ((actual, first), second) in soft.expect("small").values().iter().zip(hard(0)).zip(hard(1)) {
            prop_assert!((actual - (share * first + (1.0 - share) * second)).abs() < SUMS);
        }
    }
}

#[test]
fn wrong_effects_are_errors() {
    let asia = published::asia();
    let node = |name| index(&asia, name);
    let (smoke, lung, dysp) = (node("smoke"), node("lung"), node("dysp"));
    assert!(matches!(
        asia.average_causal_effect(8, 0, 1, 0, 0),
        Err(Error::NodeOutOfRange { .. })
    ));
    assert!(matches!(
        asia.average_causal_effect(0, 0, 1, 8, 0),
        Err(Error::NodeOutOfRange { .. })
    ));
    assert!(matches!(
        asia.average_causal_effect(0, 0, 2, 1, 0),
        Err(Error::NoSuchState { state: 2, .. })
    ));
    assert!(matches!(
        asia.average_causal_effect(0, 0, 1, 1, 2),
        Err(Error::NoSuchState { state: 2, .. })
    ));
    assert!(matches!(
        asia.average_causal_effect(1, 0, 1, 1, 0),
        Err(Error::RepeatedVariable { .. })
    ));
    let conditional = asia.conditional_average_causal_effect(smoke, 1, 0, dysp, 0, &[(lung, 0)]);
    assert!(matches!(conditional, Err(Error::AffectedByTreatment { node, .. }) if node == "lung"));
    let on_mean = |values: &[f64]| asia.average_causal_effect_on_mean(smoke, 1, 0, dysp, values);
    assert!(matches!(
        on_mean(&[1.0]),
        Err(Error::ValueCount {
            got: 1,
            expected: 2,
            ..
        })
    ));
    assert!(matches!(on_mean(&[1.0, f64::NAN]), Err(Error::StateValue { .. })));
}

/// The order in which a table names the parents does not matter.
#[test]
fn the_order_of_the_parents_is_that_of_the_table() -> Result<(), Error> {
    let states = vec![
        vec!["a".to_owned(), "b".to_owned()],
        ["a", "b", "c"].map(str::to_owned).to_vec(),
        vec!["a".to_owned(), "b".to_owned()],
    ];
    let by = |parents: [usize; 2], rows: [f64; 6]| {
        let table = rows.iter().flat_map(|p| [*p, 1.0 - p]).collect::<Vec<_>>();
        let cpts = vec![
            Cpt::new([], [0.4, 0.6]),
            Cpt::new([0], [0.2, 0.3, 0.5, 0.5, 0.25, 0.25]),
            Cpt::new(parents, table),
        ];
        BayesianNetwork::new(Nodes::numbered(3), states.clone(), cpts, Normalisation::Refuse)
    };
    let one = by([0, 1], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6])?;
    let other = by([1, 0], [0.1, 0.4, 0.2, 0.5, 0.3, 0.6])?;
    assert_eq!(row(&one, 2, &[1, 0, 0]), row(&other, 2, &[1, 0, 0]));
    for treatment in 0..2 {
        assert_eq!(
            one.average_causal_effect(treatment, 0, 1, 2, 0)?,
            other.average_causal_effect(treatment, 0, 1, 2, 0)?
        );
    }
    Ok(())
}
