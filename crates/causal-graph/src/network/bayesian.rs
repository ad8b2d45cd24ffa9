//! Bayesian networks of finite variables.

use serde::{Deserialize, Serialize};

use super::cpt::{Cpt, Normalisation, normalise};
use crate::{Dag, Error, Nodes, Result};

/// A Bayesian network of variables with finitely many states.
///
/// ```text
/// P(x_1, ..., x_n) = product over i of P(x_i | x_pa(i))
///
/// pa(i)  parents of node i in the graph
/// ```
///
/// A network that can be seen is valid: the graph is acyclic, and every row of every table is a distribution. Nodes and
/// states are numbers in the order that they were given; names are at the edges.
///
/// Serde writes nodes, states and tables; reading checks them as [`Normalisation::Refuse`] does.
///
/// # Examples
///
/// ```
/// use causal_graph::Nodes;
/// use causal_graph::network::{BayesianNetwork, Cpt, Normalisation};
///
/// let nodes = Nodes::new(["rain", "wet"])?;
/// let states = vec![vec!["yes".to_owned(), "no".to_owned()]; 2];
/// let cpts = vec![Cpt::new([], [0.25, 0.75]), Cpt::new([0], [1.0, 0.0, 0.5, 0.5])];
/// let network = BayesianNetwork::new(nodes, states, cpts, Normalisation::Refuse)?;
///
/// assert!(network.dag().has_edge(0, 1));
/// assert_eq!(network.state(1, "no")?, 1);
/// assert_eq!(network.n_parameters(), 1 + 2);
/// // 1/4 · 1 + 3/4 · 1/2
/// assert_eq!(network.query(&[1], &[])?.values(), [0.625, 0.375]);
/// # Ok::<(), causal_graph::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct BayesianNetwork {
    dag: Dag,
    states: Vec<Vec<String>>,
    cpts: Vec<Cpt>,
}

/// How serde writes a network.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    nodes: Nodes,
    states: Vec<Vec<String>>,
    cpts: Vec<Cpt>,
}

impl BayesianNetwork {
    /// The network of these nodes, the names of the states of each, and the table of each.
    ///
    /// # Errors
    ///
    /// [`Error::ColumnCount`] or [`Error::MechanismCount`] if states or tables are not one for each node;
    /// [`Error::NoStates`], [`Error::TooManyStates`], [`Error::RepeatedState`]; [`Error::NodeOutOfRange`],
    /// [`Error::SelfLoop`], [`Error::RepeatedEdge`] or [`Error::Cycle`] for wrong parents; [`Error::ProbabilityCount`],
    /// [`Error::Probability`] or [`Error::RowSum`] for a wrong table; [`Error::Parameter`] for a wrong tolerance.
    pub fn new(
        nodes: Nodes,
        states: Vec<Vec<String>>,
        cpts: Vec<Cpt>,
        normalisation: Normalisation,
    ) -> Result<Self> {
        normalisation.validate()?;
        if states.len() != nodes.len() {
            return Err(Error::ColumnCount {
                got: states.len(),
                expected: nodes.len(),
            });
        }
        for (node, states) in states.iter().enumerate() {
            check_states(nodes.name(node), states)?;
        }
        let dag = dag_of(nodes, cpts.iter().map(|cpt| cpt.parents.as_slice()))?;
        let mut network = Self { dag, states, cpts };
        for node in 0..network.n_nodes() {
            network.check_table(node, normalisation)?;
        }
        Ok(network)
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

    /// The names of the states of a node, which is below [`n_nodes`](Self::n_nodes).
    pub fn states(&self, node: usize) -> &[String] {
        &self.states[node]
    }

    /// The number of states of a node, which is below [`n_nodes`](Self::n_nodes).
    pub fn n_states(&self, node: usize) -> usize {
        self.states[node].len()
    }

    /// The state of that name of a node.
    ///
    /// # Errors
    ///
    /// [`Error::NodeOutOfRange`] and [`Error::UnknownState`].
    pub fn state(&self, node: usize, name: &str) -> Result<usize> {
        self.nodes().check(node)?;
        let states = self.states(node);
        states
            .iter()
            .position(|state| state == name)
            .ok_or_else(|| Error::UnknownState {
                node: self.nodes().name(node).to_owned(),
                state: name.to_owned(),
                expected: states.to_vec(),
            })
    }

    /// The table of a node, which is below [`n_nodes`](Self::n_nodes).
    pub fn cpt(&self, node: usize) -> &Cpt {
        &self.cpts[node]
    }

    /// The number of free parameters: for each row of each table one less than the states.
    pub fn n_parameters(&self) -> usize {
        self.cpts
            .iter()
            .enumerate()
            .map(|(node, cpt)| cpt.probabilities.len() / self.n_states(node) * (self.n_states(node) - 1))
            .sum()
    }

    /// Gives a node another table, which may have other parents.
    pub(super) fn replace_cpt(&mut self, node: usize, cpt: Cpt) -> Result<()> {
        self.nodes().check(node)?;
        let old = std::mem::replace(&mut self.cpts[node], cpt);
        if self.cpts[node].parents != old.parents {
            self.dag = dag_of(
                self.nodes().clone(),
                self.cpts.iter().map(|cpt| cpt.parents.as_slice()),
            )?;
        }
        self.check_table(node, Normalisation::Refuse)
    }

    /// Checks that a state of a node exists.
    pub(super) fn check_state(&self, node: usize, state: usize) -> Result<()> {
        self.nodes().check(node)?;
        if state < self.n_states(node) {
            return Ok(());
        }
        Err(Error::NoSuchState {
            node: self.nodes().name(node).to_owned(),
            state,
            n_states: self.n_states(node),
        })
    }

    /// Checks that the table of a node has the right size, and its rows.
    fn check_table(&mut self, node: usize, normalisation: Normalisation) -> Result<()> {
        let cpt = &self.cpts[node];
        let sizes = cpt.parents.iter().map(|&parent| self.n_states(parent));
        let expected = sizes.fold(self.n_states(node), usize::saturating_mul);
        if cpt.probabilities.len() != expected {
            return Err(Error::ProbabilityCount {
                node: self.nodes().name(node).to_owned(),
                got: cpt.probabilities.len(),
                expected,
            });
        }
        let n_states = self.n_states(node);
        normalise(
            self.dag.nodes().name(node),
            &mut self.cpts[node],
            n_states,
            normalisation,
        )
    }
}

/// The graph in which every node has the given parents.
pub(super) fn dag_of<'a>(nodes: Nodes, parents: impl ExactSizeIterator<Item = &'a [usize]>) -> Result<Dag> {
    if parents.len() != nodes.len() {
        return Err(Error::MechanismCount {
            got: parents.len(),
            expected: nodes.len(),
        });
    }
    let edges = parents
        .enumerate()
        .flat_map(|(child, parents)| parents.iter().map(move |&parent| (parent, child)));
    Dag::from_edges(nodes, edges)
}

/// Checks the names of the states of a node, whose numbers are codes of a [`DiscreteTable`](crate::DiscreteTable).
fn check_states(node: &str, states: &[String]) -> Result<()> {
    if states.is_empty() {
        return Err(Error::NoStates {
            node: node.to_owned(),
        });
    }
    if states.len() > MAX_STATES {
        return Err(Error::TooManyStates {
            node: node.to_owned(),
            got: states.len(),
            expected: MAX_STATES,
        });
    }
    let mut seen = std::collections::HashSet::new();
    match states.iter().find(|state| !seen.insert(state.as_str())) {
        None => Ok(()),
        Some(state) => Err(Error::RepeatedState {
            node: node.to_owned(),
            state: state.clone(),
        }),
    }
}

/// The states that a code of 16 bits can tell apart.
const MAX_STATES: usize = 1 << u16::BITS;

impl TryFrom<Parts> for BayesianNetwork {
    type Error = Error;

    fn try_from(parts: Parts) -> Result<Self> {
        Self::new(parts.nodes, parts.states, parts.cpts, Normalisation::Refuse)
    }
}

impl From<BayesianNetwork> for Parts {
    fn from(network: BayesianNetwork) -> Self {
        Self {
            nodes: network.dag.nodes().clone(),
            states: network.states,
            cpts: network.cpts,
        }
    }
}
