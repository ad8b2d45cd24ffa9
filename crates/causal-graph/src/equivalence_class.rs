//! Markov equivalence classes: their size and their members.

use run_control::progress::{Progress, Silent};
use serde::{Deserialize, Serialize};

use crate::{Dag, Error, Pdag, Result};

mod chordal;
mod clique_picking;
mod count;
mod members;

pub use members::ConsistentExtensions;

/// Some or all of the DAGs that a partially directed graph stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EquivalenceClass {
    /// Different DAGs.
    pub dags: Vec<Dag>,
    /// Whether these are all.
    pub is_complete: bool,
}

impl Pdag {
    /// The number of DAGs that a CPDAG stands for.
    ///
    /// ```text
    /// size = product over the components of undirected edges of AMO(component)
    /// AMO(G) = sum over the maximal cliques K of G of phi(K) · product of AMO(H) over the H that K leaves undirected
    ///
    /// AMO(G)  acyclic orientations of the chordal graph G without colliders (moral orientations)
    /// phi(K)  orders of K that do not begin with a separator that a clique before K accounts for
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NoExtension`] or [`Error::NotCpdag`] if the graph is not a CPDAG: with background knowledge counting is
    /// as hard as counting linear extensions, and [`consistent_extensions`](Self::consistent_extensions) goes through
    /// them. [`Error::ClassTooLarge`] with the logarithm of the size if there are 2^128 members or more.
    ///
    /// # Complexity
    ///
    /// O(c² (n + m)), c the number of maximal cliques: at most 2 c - 1 different graphs H come up, and each is counted once.
    ///
    /// # Reference
    ///
    /// M. Wienöbst, M. Bannach, M. Liśkiewicz, "Polynomial-time algorithms for counting and sampling Markov equivalent
    /// DAGs with applications", JMLR 24, 2023, theorem 3.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{Nodes, Pdag};
    ///
    /// // A tree has a member for each choice of its root, a clique one for each order.
    /// let path = Pdag::from_edges(Nodes::numbered(3), [], [(0, 1), (1, 2)])?;
    /// assert_eq!(path.equivalence_class_size()?, 3);
    /// let triangle = Pdag::from_edges(Nodes::numbered(3), [], [(0, 1), (1, 2), (0, 2)])?;
    /// assert_eq!(triangle.equivalence_class_size()?, 6);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn equivalence_class_size(&self) -> Result<u128> {
        self.equivalence_class_size_with(&mut Silent)
    }

    /// [`equivalence_class_size`](Self::equivalence_class_size), with progress: a step for each graph H.
    ///
    /// # Errors
    ///
    /// Those of [`equivalence_class_size`](Self::equivalence_class_size), and [`Error::Cancelled`].
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{Nodes, Pdag};
    /// use run_control::progress::Silent;
    ///
    /// let edge = Pdag::from_edges(Nodes::numbered(2), [], [(0, 1)])?;
    /// assert_eq!(edge.equivalence_class_size_with(&mut Silent)?, 2);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn equivalence_class_size_with(&self, progress: &mut dyn Progress) -> Result<u128> {
        let count = self.count_members(progress)?;
        count.exact.ok_or(Error::ClassTooLarge { ln_size: count.ln })
    }

    /// The natural logarithm of [`equivalence_class_size`](Self::equivalence_class_size), also where that is too large.
    ///
    /// It is right to about 1e-12.
    ///
    /// # Errors
    ///
    /// [`Error::NoExtension`] or [`Error::NotCpdag`] if the graph is not a CPDAG.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{Nodes, Pdag};
    ///
    /// let edge = Pdag::from_edges(Nodes::numbered(2), [], [(0, 1)])?;
    /// assert!((edge.ln_equivalence_class_size()? - 2.0_f64.ln()).abs() < 1e-15);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn ln_equivalence_class_size(&self) -> Result<f64> {
        Ok(self.count_members(&mut Silent)?.ln)
    }

    /// All DAGs with the same adjacencies, the same colliders, and every directed edge as it is, one after the other.
    ///
    /// For a CPDAG these are the members of its Markov equivalence class, for a graph with background knowledge those
    /// that agree with it. Each comes once. The first undirected edge leads from the lesser node to the greater first.
    ///
    /// # Errors
    ///
    /// [`Error::NoExtension`] if there is no such DAG.
    ///
    /// # Complexity
    ///
    /// Before each: O(n² / 64 + m) and the time of [Meek's rules](Self::apply_meek_rules) for the edges that differ from
    /// the one before.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{Nodes, Pdag};
    ///
    /// let path = Pdag::from_edges(Nodes::numbered(3), [], [(0, 1), (1, 2)])?;
    /// let orders: Vec<_> = path.consistent_extensions()?.map(|dag| dag.topological_order()).collect();
    /// assert_eq!(orders, [[0, 1, 2], [1, 0, 2], [2, 1, 0]]);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn consistent_extensions(&self) -> Result<ConsistentExtensions> {
        Ok(ConsistentExtensions::new(self.maximally_oriented()?))
    }

    /// The first `cap` of the [consistent extensions](Self::consistent_extensions), and whether these are all.
    ///
    /// # Errors
    ///
    /// [`Error::NoExtension`] if there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{Nodes, Pdag};
    ///
    /// let edge = Pdag::from_edges(Nodes::numbered(2), [], [(0, 1)])?;
    /// assert_eq!(edge.members(1)?.dags.len(), 1);
    /// assert!(!edge.members(1)?.is_complete);
    /// assert!(edge.members(2)?.is_complete);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn members(&self, cap: usize) -> Result<EquivalenceClass> {
        let mut extensions = self.consistent_extensions()?;
        let dags = extensions.by_ref().take(cap).collect();
        Ok(EquivalenceClass {
            dags,
            is_complete: extensions.is_finished(),
        })
    }

    fn count_members(&self, progress: &mut dyn Progress) -> Result<count::Count> {
        let cpdag = self.consistent_extension()?.cpdag();
        if cpdag != *self {
            return Err(Error::NotCpdag {
                got: self.directed_edges().count(),
                n_directed: cpdag.directed_edges().count(),
            });
        }
        clique_picking::count_orientations(&cpdag, progress)
    }
}
