//! What is believed of single edges, or of an order, before the data.

use causal_graph::{LevelOrder, Nodes};
use serde::{Deserialize, Serialize};

use super::{LocalScore, check_n_variables};
use crate::{Error, Result};

/// An additive term for each edge.
///
/// ```text
/// ln p(graph) = constant + sum over the edges (i, j) of w_ij
///
/// w_ij = ln(p_ij / (1 - p_ij - p_ji))   for a belief about the pair
///
/// p_ij  probability of the edge from i to j, p_ji of the other direction; otherwise the two are not joined
/// ```
///
/// A term of minus infinity forbids an edge. Beliefs about several things add up. Serde writes no number for minus
/// infinity, which some formats do not have.
///
/// # Examples
///
/// ```
/// use causal_graph::Nodes;
/// use causal_order::score::EdgePrior;
///
/// let mut prior = EdgePrior::neutral(Nodes::numbered(3));
/// prior.believe(0, 1, 0.5, 0.25)?;
/// assert!((prior.weight(0, 1) - 2.0_f64.ln()).abs() < 1e-15);
/// assert_eq!(prior.weight(1, 0), 0.0);
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "EdgePriorRows", into = "EdgePriorRows")]
pub struct EdgePrior {
    nodes: Nodes,
    /// The terms of the edges from each node to each.
    weights: Vec<Vec<f64>>,
}

impl EdgePrior {
    /// No belief: all terms are 0.
    pub fn neutral(nodes: Nodes) -> Self {
        let n = nodes.len();
        Self {
            nodes,
            weights: vec![vec![0.0; n]; n],
        }
    }

    /// Every two nodes are joined with a probability, either way alike.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] if the probability is not above 0 and below 1.
    pub fn sparse(nodes: Nodes, probability: f64) -> Result<Self> {
        if !(probability > 0.0 && probability < 1.0) {
            return Err(out_of_range(probability, "a number above 0 and below 1"));
        }
        let mut prior = Self::neutral(nodes);
        let weight = (0.5 * probability / (1.0 - probability)).ln();
        prior.weights.iter_mut().flatten().for_each(|slot| *slot = weight);
        Ok(prior)
    }

    /// An order by levels: an edge between two levels leads from the lower to the higher with a probability.
    ///
    /// ```text
    /// w_ij = ln(2 p)         i in a lower level than j
    ///      = ln(2 (1 - p))   i in a higher level
    ///      = 0               the same level
    /// ```
    ///
    /// 1/2 is no belief; 1 forbids the edges back.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] if the probability is not from 0 to 1.
    ///
    /// # Reference
    ///
    /// The tier prior of `CaMML`: K. B. Korb, A. E. Nicholson, "Bayesian Artificial Intelligence", 2010, chapter 9.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{LevelOrder, Nodes};
    /// use causal_order::score::EdgePrior;
    ///
    /// let levels = LevelOrder::new(Nodes::numbered(3), vec![0, 1, 1])?;
    /// let prior = EdgePrior::order(&levels, 1.0)?;
    /// assert_eq!(prior.weight(0, 1), 2.0_f64.ln());
    /// assert_eq!(prior.weight(1, 0), f64::NEG_INFINITY);
    /// assert_eq!(prior.weight(1, 2), 0.0);
    /// # Ok::<(), causal_order::Error>(())
    /// ```
    pub fn order(levels: &LevelOrder, probability: f64) -> Result<Self> {
        if !(0.0..=1.0).contains(&probability) {
            return Err(out_of_range(probability, "a number from 0 to 1"));
        }
        let mut prior = Self::neutral(levels.nodes().clone());
        let (along, back) = ((2.0 * probability).ln(), (2.0 * (1.0 - probability)).ln());
        for (from, row) in prior.weights.iter_mut().enumerate() {
            for (to, weight) in row.iter_mut().enumerate() {
                *weight = match levels.level(from).cmp(&levels.level(to)) {
                    std::cmp::Ordering::Less => along,
                    std::cmp::Ordering::Equal => 0.0,
                    std::cmp::Ordering::Greater => back,
                };
            }
        }
        Ok(prior)
    }

    /// Adds the belief that there is an edge from `a` to `b` with the probability `forward`, and one from `b` to `a`
    /// with the probability `backward`.
    ///
    /// # Errors
    ///
    /// A node that does not exist or is given twice; [`Error::Parameter`] if a probability is negative or both together are not below 1.
    pub fn believe(&mut self, a: usize, b: usize, forward: f64, backward: f64) -> Result<()> {
        for (from, to, probability, other) in [(a, b, forward, backward), (b, a, backward, forward)] {
            if !(probability >= 0.0 && probability + other < 1.0) {
                return Err(out_of_range(
                    probability,
                    "a number that is not negative, and below 1 with that of the other direction",
                ));
            }
            self.nodes.check(from)?;
            self.nodes.check(to)?;
        }
        if a == b {
            return Err(causal_graph::Error::SelfLoop {
                node: self.nodes.name(a).to_owned(),
            }
            .into());
        }
        let neither = 1.0 - forward - backward;
        self.weights[a][b] += (forward / neither).ln();
        self.weights[b][a] += (backward / neither).ln();
        Ok(())
    }

    /// Adds a term to an edge.
    ///
    /// # Errors
    ///
    /// A node that does not exist; [`Error::Parameter`] for NaN and for plus infinity.
    pub fn add(&mut self, from: usize, to: usize, weight: f64) -> Result<()> {
        self.nodes.check(from)?;
        self.nodes.check(to)?;
        let is_weight = weight < f64::INFINITY;
        if !is_weight {
            return Err(Error::Parameter {
                name: "weight",
                value: weight,
                expected: "a finite number or minus infinity",
            });
        }
        self.weights[from][to] += weight;
        Ok(())
    }

    /// The nodes.
    pub fn nodes(&self) -> &Nodes {
        &self.nodes
    }

    /// The term of an edge between two of the nodes.
    pub fn weight(&self, from: usize, to: usize) -> f64 {
        self.weights[from][to]
    }
}

/// The terms as serde reads and writes them: none for minus infinity.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EdgePriorRows {
    nodes: Nodes,
    weights: Vec<Vec<Option<f64>>>,
}

impl From<EdgePrior> for EdgePriorRows {
    fn from(prior: EdgePrior) -> Self {
        let row = |weights: &Vec<f64>| {
            weights
                .iter()
                .map(|&weight| weight.is_finite().then_some(weight))
                .collect()
        };
        Self {
            weights: prior.weights.iter().map(row).collect(),
            nodes: prior.nodes,
        }
    }
}

impl TryFrom<EdgePriorRows> for EdgePrior {
    type Error = Error;

    fn try_from(rows: EdgePriorRows) -> Result<Self> {
        let n = rows.nodes.len();
        let lengths = std::iter::once(rows.weights.len()).chain(rows.weights.iter().map(Vec::len));
        for got in lengths {
            if got != n {
                return Err(Error::WeightShape { got, expected: n });
            }
        }
        let mut prior = Self::neutral(rows.nodes);
        for (from, row) in rows.weights.iter().enumerate() {
            for (to, weight) in row.iter().enumerate() {
                prior.add(from, to, weight.unwrap_or(f64::NEG_INFINITY))?;
            }
        }
        Ok(prior)
    }
}

fn out_of_range(value: f64, expected: &'static str) -> Error {
    Error::Parameter {
        name: "probability",
        value,
        expected,
    }
}

/// A score and an [`EdgePrior`] together: the terms of a child's edges are added to its local score.
///
/// # Examples
///
/// ```
/// use causal_graph::{ContinuousTable, Nodes};
/// use causal_order::score::{EdgePrior, GaussianScore, LocalScore, WithEdgePrior};
///
/// let nodes = Nodes::numbered(2);
/// let table = ContinuousTable::new(nodes.clone(), vec![vec![1.0, 2.0, 4.0, 3.0], vec![0.0, 3.0, 2.0, 1.0]])?;
/// let score = GaussianScore::bic(&table)?;
/// let mut prior = EdgePrior::neutral(nodes);
/// prior.add(0, 1, -1.0)?;
/// let with_prior = WithEdgePrior::new(&score, prior)?;
/// assert_eq!(with_prior.local(1, &[0])?, score.local(1, &[0])? - 1.0);
/// assert_eq!(with_prior.local(0, &[1])?, score.local(0, &[1])?);
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct WithEdgePrior<S> {
    score: S,
    prior: EdgePrior,
}

impl<S: LocalScore> WithEdgePrior<S> {
    /// Adds a prior to a score.
    ///
    /// # Errors
    ///
    /// A prior over another number of variables.
    pub fn new(score: S, prior: EdgePrior) -> Result<Self> {
        check_n_variables(score.n_variables(), prior.nodes.len())?;
        Ok(Self { score, prior })
    }

    /// The terms of the edges from `parents`, added in ascending order.
    fn weight(&self, child: usize, parents: impl Iterator<Item = usize>) -> f64 {
        parents.map(|parent| self.prior.weight(parent, child)).sum()
    }
}

impl<S: LocalScore> LocalScore for WithEdgePrior<S> {
    fn name(&self) -> &'static str {
        self.score.name()
    }

    fn n_variables(&self) -> usize {
        self.score.n_variables()
    }

    fn local(&self, child: usize, parents: &[usize]) -> Result<f64> {
        Ok(self.score.local(child, parents)? + self.weight(child, parents.iter().copied()))
    }

    fn local_additions(&self, child: usize, parents: &[usize], candidates: &[usize]) -> Result<Vec<f64>> {
        let mut terms = self.score.local_additions(child, parents, candidates)?;
        for (term, &candidate) in terms.iter_mut().zip(candidates) {
            *term += self.weight(child, super::with_member(parents, candidate).into_iter());
        }
        Ok(terms)
    }

    fn local_removals(&self, child: usize, parents: &[usize]) -> Result<Vec<f64>> {
        let mut terms = self.score.local_removals(child, parents)?;
        for (term, &left_out) in terms.iter_mut().zip(parents) {
            *term += self.weight(
                child,
                parents.iter().copied().filter(|&parent| parent != left_out),
            );
        }
        Ok(terms)
    }
}
