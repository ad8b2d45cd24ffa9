//! What a search over orders returns.

use causal_graph::CausalOrder;
use serde::{Deserialize, Serialize};

use crate::DagSearch;

/// The graph that a search over orders found, and the order it was found in: parents come before their children.
///
/// # Examples
///
/// ```
/// use causal_graph::{ContinuousTable, Nodes};
/// use causal_order::score::GaussianScore;
/// use causal_order::{ExactSearch, Knowledge};
///
/// let columns = vec![vec![0.0, 1.0, 2.0, 3.0], vec![0.1, 1.0, 1.9, 3.0]];
/// let table = ContinuousTable::new(Nodes::numbered(2), columns)?;
/// let knowledge = Knowledge::builder(Nodes::numbered(2)).forbid(0, 1).build()?;
/// let found = ExactSearch::default().run(&GaussianScore::bic(&table)?, &knowledge)?;
/// assert_eq!(found.search.dag.edges().collect::<Vec<_>>(), [(1, 0)]);
/// assert_eq!(found.order.sequence(), [1, 0]);
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderedSearch {
    /// The graph, its score and how the search went.
    pub search: DagSearch,
    /// The order.
    pub order: CausalOrder,
}
