//! Scores of linear Gaussian networks by their likelihood.

use std::f64::consts::PI;

use causal_graph::{ContinuousTable, Nodes};
use serde::{Deserialize, Serialize};

use super::LocalScore;
use super::families::{Families, usable_covariances};
use crate::data::SINGULAR;
use crate::{Covariances, Error, Result};

/// How the variance that a child's parents leave is estimated from the residual sum of squares.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResidualVariance {
    /// RSS / (n - k - 1) for k parents, as bnlearn does. The default.
    #[default]
    Unbiased,
    /// RSS / n, the maximum of the likelihood.
    MaximumLikelihood,
}

/// What a [`GaussianScore`] takes off the log-likelihood.
///
/// ```text
/// log-likelihood   L
/// AIC              L - penalty k
/// BIC              L - penalty k (ln n) / 2
///
/// L   log-likelihood of the child given its parents
/// k   parameters of the child: a coefficient for each parent, intercept and variance
/// n   rows
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum GaussianCriterion {
    /// Nothing.
    LogLikelihood,
    /// Akaike's criterion.
    Aic {
        /// A factor on its penalty, 1 in the original.
        penalty: f64,
    },
    /// The Bayesian information criterion.
    Bic {
        /// A factor on its penalty, 1 in the original.
        penalty: f64,
    },
}

impl GaussianCriterion {
    /// Akaike's criterion as he wrote it.
    pub const AIC: Self = Self::Aic { penalty: 1.0 };
    /// The Bayesian information criterion as Schwarz wrote it.
    pub const BIC: Self = Self::Bic { penalty: 1.0 };

    /// Checks the penalty.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] if it is negative or not finite.
    pub fn validate(&self) -> Result<()> {
        match *self {
            Self::LogLikelihood => Ok(()),
            Self::Aic { penalty } | Self::Bic { penalty } => super::check_penalty(penalty),
        }
    }
}

/// A score of linear Gaussian networks: the likelihood of each child's regression on its parents, less a penalty.
///
/// ```text
/// L = -n/2 ln(2 pi v) - RSS / (2 v)
///
/// n    rows
/// RSS  sum of squares that the regression leaves
/// v    the residual variance: see `ResidualVariance`
/// ```
///
/// # Complexity
///
/// O(n p²) once for p columns; after that O(k³) for a child with k parents, whatever the number of rows, and less
/// for one that differs from the last in a parent.
///
/// # Examples
///
/// ```
/// use causal_graph::{ContinuousTable, Nodes};
/// use causal_order::score::{GaussianCriterion, GaussianScore, LocalScore, ResidualVariance};
///
/// let table = ContinuousTable::new(Nodes::numbered(1), vec![vec![1.0, 2.0, 3.0, 6.0]])?;
/// let score = GaussianScore::new(&table, GaussianCriterion::LogLikelihood, ResidualVariance::MaximumLikelihood)?;
/// // The mean is 3 and the variance (4 + 1 + 0 + 9) / 4 = 3.5.
/// let expected = -2.0 * ((2.0 * std::f64::consts::PI * 3.5).ln() + 1.0);
/// assert!((score.local(0, &[])? - expected).abs() < 1e-12);
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct GaussianScore {
    nodes: Nodes,
    n_rows: usize,
    /// Sums of squares about the means.
    squares: Vec<f64>,
    /// Correlations, row after row.
    correlations: Vec<f64>,
    criterion: GaussianCriterion,
    variance: ResidualVariance,
}

impl GaussianScore {
    /// The score of a table.
    ///
    /// # Errors
    ///
    /// Those of [`GaussianCriterion::validate`] and [`Covariances::of`]; [`Error::ConstantColumn`].
    pub fn new(
        table: &ContinuousTable,
        criterion: GaussianCriterion,
        variance: ResidualVariance,
    ) -> Result<Self> {
        criterion.validate()?;
        let (squares, correlations) = standardised(&usable_covariances(table)?);
        Ok(Self {
            nodes: table.nodes().clone(),
            n_rows: table.n_rows(),
            squares,
            correlations,
            criterion,
            variance,
        })
    }

    /// BIC with unbiased residual variances: bnlearn's `bic-g`.
    ///
    /// # Errors
    ///
    /// Those of [`new`](Self::new).
    pub fn bic(table: &ContinuousTable) -> Result<Self> {
        Self::new(table, GaussianCriterion::BIC, ResidualVariance::Unbiased)
    }

    /// The correlations of the columns, row after row.
    pub(crate) fn correlations(&self) -> &[f64] {
        &self.correlations
    }

    /// The number of rows of the table.
    pub(crate) fn n_rows(&self) -> usize {
        self.n_rows
    }

    fn families<'a>(&'a self, child: usize, parents: &'a [usize]) -> Families<'a> {
        Families::new(&self.nodes, &self.correlations, SINGULAR, child, parents)
    }

    /// The term of a child by the pivots of its parents and itself, of which the last is the share of its variance that
    /// they leave.
    fn term(&self, child: usize, pivots: &[f64]) -> Result<f64> {
        let n_parents = pivots.len() - 1;
        self.term_of_share(child, n_parents, pivots[n_parents])
    }

    /// The term of a child by the share of its variance that its parents leave.
    pub(crate) fn term_of_share(&self, child: usize, n_parents: usize, share_left: f64) -> Result<f64> {
        let n_rows = self.n_rows;
        if n_rows < n_parents + 2 {
            return Err(Error::TooFewRows {
                got: n_rows,
                expected: n_parents + 2,
                purpose: "a regression on that many parents",
            });
        }
        let n = n_rows as f64;
        let left = self.squares[child] * share_left;
        let freedom = match self.variance {
            ResidualVariance::Unbiased => (n_rows - n_parents - 1) as f64,
            ResidualVariance::MaximumLikelihood => n,
        };
        let log_likelihood = -0.5 * (n * (2.0 * PI * left / freedom).ln() + freedom);
        let n_parameters = (n_parents + 2) as f64;
        Ok(match self.criterion {
            GaussianCriterion::LogLikelihood => log_likelihood,
            GaussianCriterion::Aic { penalty } => log_likelihood - penalty * n_parameters,
            GaussianCriterion::Bic { penalty } => log_likelihood - penalty * 0.5 * n.ln() * n_parameters,
        })
    }
}

impl LocalScore for GaussianScore {
    fn as_gaussian(&self) -> Option<&GaussianScore> {
        Some(self)
    }

    fn name(&self) -> &'static str {
        match self.criterion {
            GaussianCriterion::LogLikelihood => "loglik-g",
            GaussianCriterion::Aic { .. } => "aic-g",
            GaussianCriterion::Bic { .. } => "bic-g",
        }
    }

    fn n_variables(&self) -> usize {
        self.nodes.len()
    }

    fn local(&self, child: usize, parents: &[usize]) -> Result<f64> {
        self.families(child, parents)
            .term(|pivots| self.term(child, pivots))
    }

    fn local_additions(&self, child: usize, parents: &[usize], candidates: &[usize]) -> Result<Vec<f64>> {
        self.families(child, parents)
            .additions(candidates, |pivots| self.term(child, pivots))
    }

    fn local_removals(&self, child: usize, parents: &[usize]) -> Result<Vec<f64>> {
        self.families(child, parents)
            .removals(|pivots| self.term(child, pivots))
    }
}

/// The sums of squares, and the correlations row after row.
fn standardised(covariances: &Covariances) -> (Vec<f64>, Vec<f64>) {
    let n = covariances.n_variables();
    let squares: Vec<f64> = (0..n).map(|node| covariances.scatter(node, node)).collect();
    let norms: Vec<f64> = squares.iter().map(|square| square.sqrt()).collect();
    let mut correlations = vec![1.0; n * n];
    for i in 0..n {
        for j in (0..n).filter(|&j| j != i) {
            correlations[i * n + j] = covariances.scatter(i, j) / (norms[i] * norms[j]);
        }
    }
    (squares, correlations)
}
