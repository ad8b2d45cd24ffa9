//! Linear Gaussian networks against matrix algebra.

use causal_graph::network::{LinearGaussianNetwork, LinearMechanism};
use causal_graph::{Error, Nodes};
use golden::{Golden, assert_close};
use run_control::Seed;

/// The network of the golden file, and the file.
pub(crate) fn golden_network() -> (LinearGaussianNetwork, Golden) {
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
