//! The PC algorithm.

use causal_graph::Nodes;
use run_control::progress::{Progress, Silent};
use serde::{Deserialize, Serialize};

use crate::independence::IndependenceTest;
use crate::{Error, Knowledge, Result};

mod colliders;
mod conflict;
mod directions;
mod extension;
mod false_discovery;
mod levels;
mod pair_map;
mod propagation;
mod result;
mod separating_sets;
mod skeleton;
mod subsets;
mod triples;

pub use conflict::{Collider, Conflict};
pub use false_discovery::{FalseDiscoveryRate, MultipleTesting};
pub use pair_map::PairValues;
pub use result::PcResult;
pub use separating_sets::SeparatingSets;
pub use skeleton::Skeleton;

/// How PC decides whether the middle of an unshielded triple x - y - z is a collider, x -> y <- z.
///
/// The last four rules test x against z again, given every subset of the neighbours of x and of those of z in the final
/// skeleton, up to the greatest depth if there is one. That is exponential in the number of neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColliderRule {
    /// It is one if y is not in the set that separated x and z first (Spirtes, Glymour and Scheines 2000).
    #[default]
    SeparatingSet,
    /// It is one if y is in none of the sets that separate x and z among those of the level at which their edge went. All
    /// sets of that level are tested. This is rule 0 of causal-learn.
    EverySeparatingSet,
    /// It is one if the largest p-value of x against z is larger without y than with y in the set (Ramsey 2016). This is
    /// rule 1 of causal-learn.
    MaximalP,
    /// [`MaximalP`](Self::MaximalP), but a triple that some separating set holds y and some does not is undecided. This
    /// is rule 2 of causal-learn.
    DefiniteMaximalP,
    /// It is one if no set that separates x and z holds y, none if all do; otherwise the triple is undecided (Ramsey,
    /// Zhang and Spirtes 2006).
    Conservative,
    /// It is one if fewer than half of the sets that separate x and z hold y, none if more do; at half the triple is
    /// undecided (Colombo and Maathuis 2014).
    Majority,
}

/// What becomes of two colliders that direct one edge both ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConflictPolicy {
    /// The later one directs the edge; triples come by middle, then by ends. Priority 0 of causal-learn.
    Overwrite,
    /// The edge stays undirected. Priority 1 of causal-learn, which writes a bidirected edge.
    Undirected,
    /// The earlier one stands and the later one is not oriented at all. Priority 2 of causal-learn, its default.
    #[default]
    KeepFirst,
    /// As [`KeepFirst`](Self::KeepFirst), with the colliders in the order of their strength: the smaller the largest
    /// p-value of the ends given sets with the middle, the stronger. Priority 3 of causal-learn.
    StrongestDependence,
    /// As [`KeepFirst`](Self::KeepFirst), with the colliders in the order of their strength: the larger the largest
    /// p-value of the ends given sets without the middle, the stronger. Priority 4 of causal-learn.
    StrongestSeparation,
}

/// The PC algorithm: a CPDAG from tests of conditional independence.
///
/// Two nodes are adjacent unless a set of their neighbours separates them; sets are tried by size. Unshielded colliders
/// follow from the separating sets, further directions by Meek's rules.
///
/// | field | default | meaning | range |
/// |---|---|---|---|
/// | `alpha` | 0.05, as causal-learn and bnlearn | a p-value above it is independence | between 0 and 1 |
/// | `stable` | `true` | neighbours are those at the start of a level | |
/// | `max_depth` | `None` | the largest conditioning set | |
/// | `collider_rule` | `SeparatingSet` | how colliders are told | |
/// | `conflict_policy` | `KeepFirst`, as causal-learn | which of two clashing colliders stands | |
/// | `knowledge` | `None` | tiers, required and forbidden edges | over the same nodes |
/// | `false_discovery_rate` | `None` | drops edges whose largest p-value is not small among all | |
///
/// With `stable` the skeleton does not depend on the order of the columns, the pairs of a level are tested in parallel, and
/// no number depends on the number of threads. Without it an edge that is removed is gone at once (the algorithm as first
/// published): pairs are visited in ascending order, one at a time. Which separating set is found first depends on the order
/// of the columns in either form, and with it the colliders of [`ColliderRule::SeparatingSet`]; those of the other rules do
/// not if the skeleton does not. Which of two clashing colliders stands may depend on it under any rule.
///
/// The search for the skeleton makes no test twice: a set inside the neighbours of both nodes is tried once. A pair is done
/// at its first separating set, but for [`ColliderRule::EverySeparatingSet`]. Rules and policies that test more may ask for
/// tests of the skeleton again: [`Cached`](crate::independence::Cached) remembers them.
///
/// A pair that knowledge keeps apart is not tested and has no separating set: the triples between its nodes are
/// undecided, and no collider follows from the missing edge. Undecided triples are neither colliders nor used by Meek's
/// rules. Knowledge comes before colliders: one against it is reported and not oriented.
///
/// # Complexity
///
/// For n nodes and depth d up to O(n² · C(k, d)) tests at the neighbourhood size k that the data have.
///
/// # Reference
///
/// P. Spirtes, C. Glymour, R. Scheines, "Causation, Prediction, and Search", 2nd ed., 2000, section 5.4.2. D. Colombo,
/// M. H. Maathuis, "Order-independent constraint-based causal structure learning", JMLR 15, 2014, algorithm 4.1.
/// J. Ramsey, J. Zhang, P. Spirtes, "Adjacency-faithfulness and conservative causal inference", UAI 2006. J. Ramsey,
/// "Improving accuracy and scalability of the PC algorithm by maximizing p-value", 2016, arXiv:1610.00378.
///
/// # Examples
///
/// ```
/// use causal_graph::{Dag, Nodes};
/// use causal_order::independence::DSeparation;
/// use causal_order::Pc;
///
/// // a -> c <- b, c -> d: all directions follow from the independences.
/// let nodes = Nodes::new(["a", "b", "c", "d"])?;
/// let dag = Dag::from_names(nodes.clone(), [("a", "c"), ("b", "c"), ("c", "d")])?;
/// let result = Pc::default().run(&nodes, &DSeparation::new(dag.clone()))?;
/// assert_eq!(result.graph.to_dag()?, dag);
/// assert_eq!(result.separating_sets.get(0, 3), Some(&[2][..]));
/// assert_eq!(result.n_tests_by_depth, [6, 8, 3]);
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pc {
    /// A p-value above it is taken for independence.
    pub alpha: f64,
    /// Whether the neighbours of a level are those at its start.
    pub stable: bool,
    /// The size of the largest conditioning set; no limit if there is none.
    pub max_depth: Option<usize>,
    /// How colliders are told.
    pub collider_rule: ColliderRule,
    /// Which of two clashing colliders stands.
    pub conflict_policy: ConflictPolicy,
    /// What is known of the graph.
    pub knowledge: Option<Knowledge>,
    /// The control of the false-discovery rate of the edges.
    pub false_discovery_rate: Option<FalseDiscoveryRate>,
}

impl Default for Pc {
    fn default() -> Self {
        Self {
            alpha: 0.05,
            stable: true,
            max_depth: None,
            collider_rule: ColliderRule::default(),
            conflict_policy: ConflictPolicy::default(),
            knowledge: None,
            false_discovery_rate: None,
        }
    }
}

impl Pc {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] if alpha or the false-discovery rate is not between 0 and 1.
    pub fn validate(&self) -> Result<()> {
        check_rate("alpha", self.alpha)?;
        match &self.false_discovery_rate {
            Some(control) => check_rate("false_discovery_rate", control.rate),
            None => Ok(()),
        }
    }

    /// The graph that the tests imply.
    ///
    /// # Errors
    ///
    /// As [`run_with`](Self::run_with).
    pub fn run(&self, nodes: &Nodes, test: &dyn IndependenceTest) -> Result<PcResult> {
        self.run_with(nodes, test, &mut Silent)
    }

    /// [`run`](Self::run), counting pairs.
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate); [`Error::Graph`] if the nodes, the test and the knowledge are not over the same
    /// variables; [`Error::KnowledgeCycle`] if the edges found close a cycle in which knowledge directs every edge;
    /// [`Error::Cancelled`]; those of the test.
    pub fn run_with(
        &self,
        nodes: &Nodes,
        test: &dyn IndependenceTest,
        progress: &mut dyn Progress,
    ) -> Result<PcResult> {
        let skeleton = self.skeleton_with(nodes, test, progress)?;
        colliders::orient(self, skeleton, test, progress)
    }

    /// The skeleton alone, without directions.
    ///
    /// # Errors
    ///
    /// As [`run_with`](Self::run_with).
    pub fn skeleton(&self, nodes: &Nodes, test: &dyn IndependenceTest) -> Result<Skeleton> {
        self.skeleton_with(nodes, test, &mut Silent)
    }

    /// [`skeleton`](Self::skeleton), counting pairs.
    ///
    /// # Errors
    ///
    /// As [`run_with`](Self::run_with).
    pub fn skeleton_with(
        &self,
        nodes: &Nodes,
        test: &dyn IndependenceTest,
        progress: &mut dyn Progress,
    ) -> Result<Skeleton> {
        self.validate()?;
        if test.n_variables() != nodes.len() {
            return Err(causal_graph::Error::ColumnCount {
                got: test.n_variables(),
                expected: nodes.len(),
            }
            .into());
        }
        if let Some(knowledge) = &self.knowledge {
            nodes.check_same("knowledge", knowledge.nodes())?;
        }
        levels::search(self, nodes, test, progress)
    }
}

fn check_rate(name: &'static str, value: f64) -> Result<()> {
    if value > 0.0 && value < 1.0 {
        return Ok(());
    }
    Err(Error::Parameter {
        name,
        value,
        expected: "a number between 0 and 1, both excluded",
    })
}

#[cfg(test)]
mod tests;
