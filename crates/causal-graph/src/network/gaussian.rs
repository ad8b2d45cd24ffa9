//! Networks of linear mechanisms with Gaussian noise.

mod distribution;
mod effect;
mod intervention;
mod moments;
mod sampling;

pub use distribution::GaussianDistribution;

use serde::{Deserialize, Serialize};

use super::bayesian::dag_of;
use crate::{Dag, Error, Nodes, Result};

/// How a node of a [`LinearGaussianNetwork`] comes about.
///
/// ```text
/// x = intercept + sum over i of coefficients[i] · x_parents[i] + standard_deviation · e,    e ~ N(0, 1)
/// ```
///
/// # Examples
///
/// ```
/// use causal_graph::network::LinearMechanism;
///
/// let mechanism = LinearMechanism::new([0, 2], [0.5, -1.0], 3.0, 1.5);
/// assert_eq!(mechanism.parents.len(), mechanism.coefficients.len());
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearMechanism {
    /// The parents.
    pub parents: Vec<usize>,
    /// The coefficient of each parent.
    pub coefficients: Vec<f64>,
    /// The value where all parents and the noise are 0.
    pub intercept: f64,
    /// The standard deviation of the noise; 0 for a node that its parents determine.
    pub standard_deviation: f64,
}

impl LinearMechanism {
    /// A mechanism of these parameters; a network checks it.
    pub fn new(
        parents: impl Into<Vec<usize>>,
        coefficients: impl Into<Vec<f64>>,
        intercept: f64,
        standard_deviation: f64,
    ) -> Self {
        Self {
            parents: parents.into(),
            coefficients: coefficients.into(),
            intercept,
            standard_deviation,
        }
    }
}

/// A Bayesian network of real variables, each linear in its parents with independent Gaussian noise.
///
/// A network that can be seen is valid: the graph is acyclic and all parameters are finite. Serde writes nodes and
/// mechanisms; reading checks them.
///
/// # Examples
///
/// ```
/// use causal_graph::Nodes;
/// use causal_graph::network::{LinearGaussianNetwork, LinearMechanism};
///
/// // c = 1 + 2 a + b, with a ~ N(0, 1) and b = a + N(0, 1).
/// let mechanisms = vec![
///     LinearMechanism::new([], [], 0.0, 1.0),
///     LinearMechanism::new([0], [1.0], 0.0, 1.0),
///     LinearMechanism::new([0, 1], [2.0, 1.0], 1.0, 0.0),
/// ];
/// let network = LinearGaussianNetwork::new(Nodes::new(["a", "b", "c"])?, mechanisms)?;
/// let joint = network.joint();
/// assert_eq!(joint.mean(), [0.0, 0.0, 1.0]);
/// // c = 1 + 3 a + noise of b
/// assert_eq!(joint.covariance_of(2, 2), Some(10.0));
/// assert_eq!(network.total_effect(0, 2)?, 3.0);
/// # Ok::<(), causal_graph::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct LinearGaussianNetwork {
    dag: Dag,
    mechanisms: Vec<LinearMechanism>,
}

/// How serde writes a network.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    nodes: Nodes,
    mechanisms: Vec<LinearMechanism>,
}

impl LinearGaussianNetwork {
    /// The network of these nodes and the mechanism of each.
    ///
    /// # Errors
    ///
    /// [`Error::MechanismCount`] if mechanisms are not one for each node; [`Error::NodeOutOfRange`], [`Error::SelfLoop`],
    /// [`Error::RepeatedEdge`] or [`Error::Cycle`] for wrong parents; [`Error::CoefficientCount`]; [`Error::Mechanism`] for a
    /// number that is not finite or a standard deviation below 0.
    pub fn new(nodes: Nodes, mechanisms: Vec<LinearMechanism>) -> Result<Self> {
        let dag = dag_of(
            nodes,
            mechanisms.iter().map(|mechanism| mechanism.parents.as_slice()),
        )?;
        for (node, mechanism) in mechanisms.iter().enumerate() {
            check(dag.nodes().name(node), mechanism)?;
        }
        Ok(Self { dag, mechanisms })
    }

    /// The graph.
    pub fn dag(&self) -> &Dag {
        &self.dag
    }

    /// The nodes.
    pub fn nodes(&self) -> &Nodes {
        self.dag.nodes()
    }

    /// The number of nodes.
    pub fn n_nodes(&self) -> usize {
        self.dag.n_nodes()
    }

    /// The mechanism of a node, which is below [`n_nodes`](Self::n_nodes).
    pub fn mechanism(&self, node: usize) -> &LinearMechanism {
        &self.mechanisms[node]
    }

    /// Gives a node another mechanism, which may have other parents.
    fn replace_mechanism(&mut self, node: usize, mechanism: LinearMechanism) -> Result<()> {
        self.nodes().check(node)?;
        check(self.nodes().name(node), &mechanism)?;
        let old = std::mem::replace(&mut self.mechanisms[node], mechanism);
        if self.mechanisms[node].parents != old.parents {
            let parents = self
                .mechanisms
                .iter()
                .map(|mechanism| mechanism.parents.as_slice());
            self.dag = dag_of(self.nodes().clone(), parents)?;
        }
        Ok(())
    }
}

/// Checks the numbers of a mechanism.
fn check(node: &str, mechanism: &LinearMechanism) -> Result<()> {
    if mechanism.coefficients.len() != mechanism.parents.len() {
        return Err(Error::CoefficientCount {
            node: node.to_owned(),
            got: mechanism.coefficients.len(),
            expected: mechanism.parents.len(),
        });
    }
    let refuse = |parameter, value, expected| {
        Err(Error::Mechanism {
            node: node.to_owned(),
            parameter,
            value,
            expected,
        })
    };
    if !mechanism.intercept.is_finite() {
        return refuse("intercept", mechanism.intercept, "a finite number");
    }
    if let Some(&value) = mechanism.coefficients.iter().find(|value| !value.is_finite()) {
        return refuse("coefficient", value, "a finite number");
    }
    let deviation = mechanism.standard_deviation;
    if !(deviation >= 0.0 && deviation.is_finite()) {
        return refuse("standard deviation", deviation, "a finite number from 0");
    }
    Ok(())
}

impl TryFrom<Parts> for LinearGaussianNetwork {
    type Error = Error;

    fn try_from(parts: Parts) -> Result<Self> {
        Self::new(parts.nodes, parts.mechanisms)
    }
}

impl From<LinearGaussianNetwork> for Parts {
    fn from(network: LinearGaussianNetwork) -> Self {
        Self {
            nodes: network.dag.nodes().clone(),
            mechanisms: network.mechanisms,
        }
    }
}
