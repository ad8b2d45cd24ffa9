//! Which function of the counts a score is.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The function of the counts that a [`DiscreteScore`](super::DiscreteScore) is.
///
/// ```text
/// log-likelihood   L = sum over j, k of n_jk ln(n_jk / n_j)
/// AIC              L - penalty (r - 1) q
/// BIC              L - penalty (r - 1) q (ln n) / 2
/// BDeu             sum over j of lnG(a) - lnG(a + n_j) + sum over k of lnG(a / r + n_jk) - lnG(a / r),  a = iss / q
/// BDs              the same with a = iss / q', over the observed j
/// K2               the same with a / r = 1
/// MML              K2 - 0.17649 (r - 1) q
///
/// n_jk  rows with the parents in configuration j and the child in state k; n_j their sum over k
/// r     states of the child
/// q     configurations of the parents, observed or not; q' the observed ones
/// n     rows
/// iss   equivalent sample size, also called imaginary
/// lnG   logarithm of the gamma function
/// ```
///
/// MML is the message length of adaptive codes with the error of stating the parameters, its sign changed: larger is
/// better, here as everywhere.
///
/// # Reference
///
/// D. Heckerman, D. Geiger, D. M. Chickering, "Learning Bayesian networks: the combination of knowledge and
/// statistical data", Machine Learning 20, 1995. M. Scutari, "An empirical-Bayes score for discrete Bayesian networks",
/// PGM 2016. G. F. Cooper, E. Herskovits, "A Bayesian method for the induction of probabilistic networks from data",
/// Machine Learning 9, 1992. C. S. Wallace, K. B. Korb, "Learning linear causal models by MML sampling", 1999.
///
/// # Examples
///
/// ```
/// use causal_order::score::DiscreteCriterion;
///
/// assert_eq!(DiscreteCriterion::BIC, DiscreteCriterion::Bic { penalty: 1.0 });
/// assert!(DiscreteCriterion::BDeu { equivalent_sample_size: 0.0 }.validate().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum DiscreteCriterion {
    /// The log-likelihood at its maximum.
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
    /// The Bayesian-Dirichlet score that is the same for equivalent graphs.
    #[serde(rename = "bdeu")]
    BDeu {
        /// The rows that the prior is worth.
        equivalent_sample_size: f64,
    },
    /// The Bayesian-Dirichlet score that spreads the prior over the observed configurations.
    #[serde(rename = "bds")]
    BDs {
        /// The rows that the prior is worth.
        equivalent_sample_size: f64,
    },
    /// The Bayesian-Dirichlet score of a uniform prior of each distribution.
    K2,
    /// Minus the message length.
    Mml,
}

impl DiscreteCriterion {
    /// Akaike's criterion as he wrote it.
    pub const AIC: Self = Self::Aic { penalty: 1.0 };
    /// The Bayesian information criterion as Schwarz wrote it.
    pub const BIC: Self = Self::Bic { penalty: 1.0 };

    /// The name, as the command line has it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::LogLikelihood => "loglik",
            Self::Aic { .. } => "aic",
            Self::Bic { .. } => "bic",
            Self::BDeu { .. } => "bdeu",
            Self::BDs { .. } => "bds",
            Self::K2 => "k2",
            Self::Mml => "mml",
        }
    }

    /// Checks the parameter.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] for a penalty that is negative or not finite, and for an equivalent sample size that is
    /// not from 1e-6 to 1e6.
    pub fn validate(&self) -> Result<()> {
        match *self {
            Self::LogLikelihood | Self::K2 | Self::Mml => Ok(()),
            Self::Aic { penalty } | Self::Bic { penalty } => super::super::check_penalty(penalty),
            Self::BDeu {
                equivalent_sample_size: value,
            }
            | Self::BDs {
                equivalent_sample_size: value,
            } => {
                if (1e-6..=1e6).contains(&value) {
                    return Ok(());
                }
                Err(Error::Parameter {
                    name: "equivalent_sample_size",
                    value,
                    expected: "a number from 1e-6 to 1e6",
                })
            }
        }
    }
}
