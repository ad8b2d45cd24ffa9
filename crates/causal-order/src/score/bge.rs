//! The posterior of linear Gaussian networks.

use std::f64::consts::PI;

use causal_graph::{ContinuousTable, Nodes};
use serde::{Deserialize, Serialize};
use statrs::function::gamma::ln_gamma;

use super::LocalScore;
use super::families::{Families, usable_covariances};
use crate::{Error, Result};

/// A pivot of at most this share of its own entry is rounding: the prior is lost beside columns of that size.
const SINGULAR: f64 = 1e-14;

/// The prior of [`BGe`].
///
/// | field | default | meaning | range | source |
/// |---|---|---|---|---|
/// | `alpha_mu` | 1 | rows that the prior mean is worth | above 0 | bnlearn's `iss.mu` |
/// | `alpha_w` | p + 2 for p columns | degrees of freedom of the Wishart prior | above p + 1 | bnlearn's `iss.w` |
///
/// The prior mean is the mean of the columns, as in bnlearn.
///
/// # Examples
///
/// ```
/// let prior = causal_order::score::BGePrior::default();
/// assert_eq!((prior.alpha_mu, prior.alpha_w), (1.0, None));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BGePrior {
    /// The rows that the prior mean is worth.
    pub alpha_mu: f64,
    /// The degrees of freedom of the Wishart prior; none stands for the number of columns and 2.
    pub alpha_w: Option<f64>,
}

impl Default for BGePrior {
    fn default() -> Self {
        Self {
            alpha_mu: 1.0,
            alpha_w: None,
        }
    }
}

impl BGePrior {
    /// Checks the parameters for a table of `n_columns` columns.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] for a value outside its range.
    pub fn validate(&self, n_columns: usize) -> Result<()> {
        let in_range = |name, value: f64, above: f64, expected| {
            if value > above && value.is_finite() {
                return Ok(());
            }
            Err(Error::Parameter {
                name,
                value,
                expected,
            })
        };
        in_range("alpha_mu", self.alpha_mu, 0.0, "a finite number above 0")?;
        in_range(
            "alpha_w",
            self.freedom(n_columns),
            n_columns as f64 + 1.0,
            "a finite number above the number of columns and 1",
        )
    }

    fn freedom(&self, n_columns: usize) -> f64 {
        self.alpha_w.unwrap_or(n_columns as f64 + 2.0)
    }
}

/// The logarithm of the probability of the data under a linear Gaussian network with a normal-Wishart prior (BGe).
///
/// ```text
/// ln p(child | parents) = -n/2 ln pi + 1/2 ln(a_mu / (a_mu + n))
///                         + lnG((a + n + l + 1) / 2) - lnG((a + l + 1) / 2) + (a + 2 l + 1) / 2 ln t
///                         + (a + n + l) / 2 ln|R_P| - (a + n + l + 1) / 2 ln|R_Q|
///
/// R = t I + S,   t = a_mu (a_w - p - 1) / (a_mu + 1),   a = a_w - p
///
/// n     rows
/// p     columns
/// P, Q  the l parents; the parents and the child
/// S     sums of squares and products about the means, which are the prior mean too
/// lnG   logarithm of the gamma function
/// ```
///
/// Equivalent graphs have the same score. Columns that are linear functions of others are no error, unless they are so
/// large that the prior is lost beside them.
///
/// # Complexity
///
/// As [`GaussianScore`](super::GaussianScore).
///
/// # Reference
///
/// D. Geiger, D. Heckerman, "Parameter priors for directed acyclic graphical models and the characterization of several
/// probability distributions", Annals of Statistics 30, 2002. J. Kuipers, G. Moffa, D. Heckerman, "Addendum on the
/// scoring of Gaussian directed acyclic graphical models", Annals of Statistics 42, 2014, equations 1 and A.17.
///
/// # Examples
///
/// ```
/// use causal_graph::{ContinuousTable, Nodes};
/// use causal_order::score::{BGe, BGePrior, LocalScore};
///
/// let table = ContinuousTable::new(Nodes::numbered(1), vec![vec![-1.0, 0.0, 1.0]])?;
/// let score = BGe::new(&table, BGePrior::default())?;
/// // n = 3, a = 2, t = 1/2 and R = 2.5: Student's density of the three values together.
/// // The gamma function is 2 at 3, and half the root of pi at 3/2.
/// let pi = std::f64::consts::PI;
/// let expected = -1.5 * pi.ln() + 0.5 * 0.25_f64.ln() + (4.0 / pi.sqrt()).ln()
///     + 1.5 * 0.5_f64.ln() - 3.0 * 2.5_f64.ln();
/// assert!((score.local(0, &[])? - expected).abs() < 1e-12);
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct BGe {
    nodes: Nodes,
    n_rows: usize,
    prior: BGePrior,
    /// R, row after row.
    posterior: Vec<f64>,
    /// t.
    scale: f64,
}

impl BGe {
    /// The score of a table.
    ///
    /// # Errors
    ///
    /// Those of [`BGePrior::validate`] and [`Covariances::of`](crate::Covariances::of); [`Error::ConstantColumn`].
    pub fn new(table: &ContinuousTable, prior: BGePrior) -> Result<Self> {
        let p = table.n_columns();
        prior.validate(p)?;
        let covariances = usable_covariances(table)?;
        let scale = prior.alpha_mu * (prior.freedom(p) - p as f64 - 1.0) / (prior.alpha_mu + 1.0);
        let mut posterior = covariances.scatter_matrix().to_vec();
        for node in 0..p {
            posterior[node * p + node] += scale;
        }
        Ok(Self {
            nodes: table.nodes().clone(),
            n_rows: table.n_rows(),
            prior,
            posterior,
            scale,
        })
    }

    fn families<'a>(&'a self, child: usize, parents: &'a [usize]) -> Families<'a> {
        Families::new(&self.nodes, &self.posterior, SINGULAR, child, parents)
    }

    /// The term of a child by the pivots of its parents and itself in R.
    fn term(&self, pivots: &[f64]) -> f64 {
        let n = self.n_rows as f64;
        let p = self.nodes.len();
        let alpha_mu = self.prior.alpha_mu;
        // a + l.
        let freedom = self.prior.freedom(p) - p as f64 + (pivots.len() - 1) as f64;
        let ln_pivot = pivots[pivots.len() - 1].ln();
        let ln_parents: f64 = pivots[..pivots.len() - 1].iter().map(|pivot| pivot.ln()).sum();
        let l = (pivots.len() - 1) as f64;
        -0.5 * n * PI.ln() + 0.5 * (alpha_mu / (alpha_mu + n)).ln() + ln_gamma(0.5 * (freedom + n + 1.0))
            - ln_gamma(0.5 * (freedom + 1.0))
            + 0.5 * (freedom + l + 1.0) * self.scale.ln()
            - 0.5 * ln_parents
            - 0.5 * (freedom + n + 1.0) * ln_pivot
    }
}

impl LocalScore for BGe {
    fn name(&self) -> &'static str {
        "bge"
    }

    fn n_variables(&self) -> usize {
        self.nodes.len()
    }

    fn local(&self, child: usize, parents: &[usize]) -> Result<f64> {
        self.families(child, parents).term(|pivots| Ok(self.term(pivots)))
    }

    fn local_additions(&self, child: usize, parents: &[usize], candidates: &[usize]) -> Result<Vec<f64>> {
        self.families(child, parents)
            .additions(candidates, |pivots| Ok(self.term(pivots)))
    }

    fn local_removals(&self, child: usize, parents: &[usize]) -> Result<Vec<f64>> {
        self.families(child, parents)
            .removals(|pivots| Ok(self.term(pivots)))
    }
}
