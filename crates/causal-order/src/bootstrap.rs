//! Frequencies of edges and orders over resamples.

mod edges;
mod orders;
mod resamples;

pub use edges::{AveragedDag, EdgeFrequencies};
pub use orders::OrderFrequencies;

use causal_graph::{CausalOrder, Pdag, Table};
use run_control::progress::{Progress, Silent};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// What becomes of a resample for which discovery fails, as of one in which a column is constant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailedResample {
    /// Its error is the error of the bootstrap. The default.
    #[default]
    Refuse,
    /// It is left out and counted; if all fail, the first error is the error of the bootstrap.
    Skip,
}

/// How tables are resampled.
///
/// | field | default | meaning | range | source |
/// |---|---|---|---|---|
/// | `n_resamples` | 200 | tables that are drawn | at least 1 | Friedman, Goldszmidt, Wyner 1999 |
/// | `n_rows` | none | rows of each; none stands for as many as the table has | at least 1 | |
/// | `seed` | 0 | the root of the draws | | |
/// | `failed` | `Refuse` | what becomes of a resample for which discovery fails | | |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BootstrapParams {
    /// Tables that are drawn.
    pub n_resamples: usize,
    /// Rows of each; none stands for as many as the table has.
    pub n_rows: Option<usize>,
    /// The root of the draws.
    pub seed: u64,
    /// What becomes of a resample for which discovery fails.
    pub failed: FailedResample,
}

impl Default for BootstrapParams {
    fn default() -> Self {
        Self {
            n_resamples: 200,
            n_rows: None,
            seed: 0,
            failed: FailedResample::Refuse,
        }
    }
}

impl BootstrapParams {
    /// Checks the numbers of resamples and rows.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] if one is 0.
    pub fn validate(&self) -> Result<()> {
        let at_least_1 = |name: &'static str, value: usize| {
            if value >= 1 {
                return Ok(());
            }
            Err(Error::Parameter {
                name,
                value: 0.0,
                expected: "at least 1",
            })
        };
        at_least_1("n_resamples", self.n_resamples)?;
        at_least_1("n_rows", self.n_rows.unwrap_or(1))
    }
}

/// How often edges are found when rows are drawn with replacement.
///
/// Resample `k` depends on the seed and `k` alone, and resamples are worked on in parallel: the result is the same for any
/// number of threads, if `discover` depends on its table alone.
///
/// # Errors
///
/// Those of [`BootstrapParams::validate`]; [`Error::TooFewRows`] for a table without rows; those of `discover`; a graph over
/// other nodes than the table's.
///
/// # Reference
///
/// Friedman, Goldszmidt, Wyner, *Data analysis with Bayesian networks: a bootstrap approach*, UAI 1999, arXiv:1301.6695.
///
/// # Examples
///
/// ```
/// use causal_graph::{ContinuousTable, Nodes, Pdag, Table};
/// use causal_order::{BootstrapParams, bootstrap_graphs};
///
/// let columns = vec![(0..50).map(f64::from).collect(), (0..50).map(|row| f64::from(row * row)).collect()];
/// let table = Table::Continuous(ContinuousTable::new(Nodes::numbered(2), columns)?);
/// // A discovery that finds the same in whatever table.
/// let found = bootstrap_graphs(&table, &BootstrapParams::default(), |resample| {
///     Ok(Pdag::from_edges(resample.nodes().clone(), [(0, 1)], [])?)
/// })?;
/// assert_eq!((found.n_graphs(), found.directed(0, 1), found.directed(1, 0)), (200, 1.0, 0.0));
/// # Ok::<(), causal_order::Error>(())
/// ```
pub fn bootstrap_graphs(
    table: &Table,
    params: &BootstrapParams,
    discover: impl Fn(&Table) -> Result<Pdag> + Sync,
) -> Result<EdgeFrequencies> {
    bootstrap_graphs_with(table, params, discover, &mut Silent)
}

/// [`bootstrap_graphs`] with progress: a step for each resample.
///
/// # Errors
///
/// Those of [`bootstrap_graphs`]; [`Error::Cancelled`].
pub fn bootstrap_graphs_with(
    table: &Table,
    params: &BootstrapParams,
    discover: impl Fn(&Table) -> Result<Pdag> + Sync,
    progress: &mut dyn Progress,
) -> Result<EdgeFrequencies> {
    let checked = |resample: &Table| {
        let graph = discover(resample)?;
        table
            .nodes()
            .check_same("the graph of a resample", graph.nodes())?;
        Ok(graph)
    };
    let mut frequencies = EdgeFrequencies::new(table.nodes().clone());
    let n_failed = resamples::for_each(table, params, checked, progress, |graph| {
        frequencies.count(&graph);
    })?;
    Ok(frequencies.with_failed(n_failed))
}

/// How often each node comes before each other when rows are drawn with replacement: [`bootstrap_graphs`] for a discovery
/// that returns an order.
///
/// # Errors
///
/// Those of [`bootstrap_graphs`].
///
/// # Examples
///
/// ```
/// use causal_graph::{CausalOrder, ContinuousTable, Nodes, Table};
/// use causal_order::{BootstrapParams, bootstrap_orders};
///
/// let table = Table::Continuous(ContinuousTable::new(Nodes::numbered(2), vec![vec![0.5; 9], vec![1.5; 9]])?);
/// let found = bootstrap_orders(&table, &BootstrapParams::default(), |resample| {
///     Ok(CausalOrder::new(resample.nodes().clone(), vec![1, 0])?)
/// })?;
/// assert_eq!(found.before(1, 0), 1.0);
/// assert_eq!(found.consensus()?.sequence(), [1, 0]);
/// # Ok::<(), causal_order::Error>(())
/// ```
pub fn bootstrap_orders(
    table: &Table,
    params: &BootstrapParams,
    discover: impl Fn(&Table) -> Result<CausalOrder> + Sync,
) -> Result<OrderFrequencies> {
    bootstrap_orders_with(table, params, discover, &mut Silent)
}

/// [`bootstrap_orders`] with progress: a step for each resample.
///
/// # Errors
///
/// Those of [`bootstrap_graphs`]; [`Error::Cancelled`].
pub fn bootstrap_orders_with(
    table: &Table,
    params: &BootstrapParams,
    discover: impl Fn(&Table) -> Result<CausalOrder> + Sync,
    progress: &mut dyn Progress,
) -> Result<OrderFrequencies> {
    let checked = |resample: &Table| {
        let order = discover(resample)?;
        table
            .nodes()
            .check_same("the order of a resample", order.nodes())?;
        Ok(order)
    };
    let mut frequencies = OrderFrequencies::new(table.nodes().clone());
    let n_failed = resamples::for_each(table, params, checked, progress, |order| {
        frequencies.count(&order);
    })?;
    Ok(frequencies.with_failed(n_failed))
}
