//! ICA-LiNGAM.

use causal_graph::{CausalOrder, ContinuousTable};
use run_control::Seed;
use run_control::progress::{Progress, Silent};
use serde::{Deserialize, Serialize};

use super::assignment::assign;
use super::fast_ica::{FastIcaStatus, Limits, unmixing};
use super::{LinearModel, Triangular};
use crate::sparse_regression::{EdgeRule, Standardized};
use crate::{AdaptiveLasso, Error, Result};

/// Finds independent components, matches them to the columns, and orders the columns so that the weights point forwards.
///
/// ```text
/// e = W x  by independent component analysis
/// rows of W are permuted so that sum_i 1 / |W_ii| is least, then divided by W_ii
/// B = I - W,  and the order is that in which B is most nearly lower triangular
/// ```
///
/// Then the adaptive lasso chooses the edges from the earlier to the later. The analysis finds a local optimum that depends on
/// the seed; that it has not converged is said in the result.
///
/// | name | default | meaning | range | source |
/// |---|---|---|---|---|
/// | `max_iterations` | 1000 | of the component analysis | > 0 | `lingam` 1.13 |
/// | `tolerance` | 1e-4 | change at which it has converged | > 0 | scikit-learn 1.9 |
/// | `triangular` | pruning | how the order is found | | Shimizu 2006, algorithm C |
/// | `pruning` | exponent 1 | how edges are chosen | | `lingam` 1.13 |
///
/// # Reference
///
/// Shimizu, Hoyer, Hyvärinen, Kerminen, *A Linear Non-Gaussian Acyclic Model for Causal Discovery*, JMLR 7, 2006.
///
/// # Examples
///
/// ```
/// # extern crate openblas_src;
/// use causal_graph::{ContinuousTable, Nodes};
/// use causal_order::IcaLingam;
/// use run_control::Seed;
///
/// let grid = |step: usize| (0..900).map(move |row| ((row / step) % 30) as f64 - 14.5);
/// let cause: Vec<f64> = grid(1).collect();
/// let effect: Vec<f64> = grid(1).zip(grid(30)).map(|(x, noise)| 2.0 * x + noise).collect();
/// let table = ContinuousTable::new(Nodes::new(["effect", "cause"])?, vec![effect, cause])?;
///
/// let result = IcaLingam::default().run(&table, Seed::new(1))?;
/// assert!(result.status.converged);
/// assert_eq!(result.model.order.names(), ["cause", "effect"]);
/// assert!((result.model.weights.get(1, 0) - 2.0).abs() < 1e-12);
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IcaLingam {
    /// The most iterations of the component analysis.
    pub max_iterations: usize,
    /// The change at which it has converged.
    pub tolerance: f64,
    /// How the order is found.
    pub triangular: Triangular,
    /// How the edges are chosen.
    pub pruning: AdaptiveLasso,
}

impl Default for IcaLingam {
    fn default() -> Self {
        Self {
            max_iterations: 1000,
            tolerance: 1e-4,
            triangular: Triangular::default(),
            pruning: AdaptiveLasso::default(),
        }
    }
}

/// The model, and how the component analysis ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IcaLingamResult {
    /// The model.
    pub model: LinearModel,
    /// How the component analysis ended.
    pub status: FastIcaStatus,
}

impl IcaLingam {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`].
    pub fn validate(&self) -> Result<()> {
        self.pruning.validate()?;
        if self.max_iterations == 0 {
            return Err(Error::Parameter {
                name: "max_iterations",
                value: 0.0,
                expected: "a positive number",
            });
        }
        if self.tolerance > 0.0 && self.tolerance.is_finite() {
            return Ok(());
        }
        Err(Error::Parameter {
            name: "tolerance",
            value: self.tolerance,
            expected: "a positive finite number",
        })
    }

    /// Finds the order, then the weights.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`], [`Error::TooFewRows`] unless there are two rows more than columns, [`Error::ConstantColumn`],
    /// [`Error::CollinearColumns`], [`Error::Lapack`].
    pub fn run(&self, table: &ContinuousTable, seed: Seed) -> Result<IcaLingamResult> {
        self.run_with(table, seed, &mut Silent)
    }

    /// [`run`](Self::run) with progress, a step for each iteration.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run), and [`Error::Cancelled`].
    pub fn run_with(
        &self,
        table: &ContinuousTable,
        seed: Seed,
        progress: &mut dyn Progress,
    ) -> Result<IcaLingamResult> {
        self.validate()?;
        self.triangular.check_columns(table.n_columns())?;
        let standardized = Standardized::new(table, "ICA-LiNGAM")?;
        let limits = Limits {
            max_iterations: self.max_iterations,
            tolerance: self.tolerance,
        };
        let (unmixing, status) = unmixing(&standardized, limits, seed, progress)?;
        // Of the columns as given: e = W diag(1 / deviation) x.
        let unmixing = unmixing / ndarray::ArrayView1::from(&standardized.deviations);
        let weights = matched_weights(&unmixing);
        let order = self.triangular.order(&weights, table.n_columns())?;
        let weights = self
            .pruning
            .along(&standardized, &order, |_, _| EdgeRule::Free, progress)?;
        let order = CausalOrder::new(table.nodes().clone(), order)?;
        Ok(IcaLingamResult {
            model: LinearModel::new(order, weights)?,
            status,
        })
    }
}

/// `I - W`, row-major, for the rows of `W` permuted and scaled so that the diagonal is 1.
fn matched_weights(unmixing: &ndarray::Array2<f64>) -> Vec<f64> {
    let n_nodes = unmixing.nrows();
    let costs: Vec<f64> = unmixing
        .iter()
        .map(|w| w.abs().max(f64::MIN_POSITIVE).recip())
        .collect();
    let mut weights = vec![0.0; n_nodes * n_nodes];
    for (component, node) in assign(&costs, n_nodes).into_iter().enumerate() {
        let own = unmixing[(component, node)];
        for (other, w) in unmixing.row(component).iter().enumerate() {
            weights[node * n_nodes + other] = if other == node { 0.0 } else { -w / own };
        }
    }
    weights
}
