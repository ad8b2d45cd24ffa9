//! Separation in a known graph.

use causal_graph::{Dag, NodeSet};

use super::query::check_query;
use super::{IndependenceTest, TestResult};
use crate::Result;

/// What tests of an infinite sample of a faithful distribution would say: the p-value is 1 if `x` and `y` are
/// d-separated, 0 if they are not.
///
/// # Complexity
///
/// O(n + m) a test.
///
/// # Examples
///
/// ```
/// use causal_graph::{Dag, Nodes};
/// use causal_order::independence::{DSeparation, IndependenceTest};
///
/// let collider = Dag::from_edges(Nodes::numbered(3), [(0, 1), (2, 1)])?;
/// let oracle = DSeparation::new(collider);
/// assert!(oracle.is_independent(0, 2, &[], 0.05)?);
/// assert!(!oracle.is_independent(0, 2, &[1], 0.05)?);
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct DSeparation {
    dag: Dag,
}

impl DSeparation {
    /// The oracle of a graph.
    pub fn new(dag: Dag) -> Self {
        Self { dag }
    }

    /// The graph.
    pub fn dag(&self) -> &Dag {
        &self.dag
    }
}

impl IndependenceTest for DSeparation {
    fn name(&self) -> &'static str {
        "d-separation"
    }

    fn n_variables(&self) -> usize {
        self.dag.n_nodes()
    }

    fn test(&self, x: usize, y: usize, given: &[usize]) -> Result<TestResult> {
        check_query(self.dag.nodes(), x, y, given)?;
        let set = |nodes: &[usize]| NodeSet::with(self.dag.n_nodes(), nodes.iter().copied());
        let is_separated = self.dag.d_separated(&set(&[x]), &set(&[y]), &set(given))?;
        Ok(TestResult {
            statistic: f64::from(u8::from(!is_separated)),
            degrees_of_freedom: None,
            p_value: f64::from(u8::from(is_separated)),
        })
    }
}
