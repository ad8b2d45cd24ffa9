//! The scores of ensembles by name.

use serde::{Deserialize, Serialize};

use super::{AveragedPredictions, ELeep, EnsembleScore, PairwiseScore, SoftIouEep, WithCohesion};
use crate::{Cohesion, Error, Osborn, Pool, Result, TermScaling};

/// A score of ensembles with its parameters.
///
/// | name | score | reads |
/// |---|---|---|
/// | `osborn` | [`Osborn::paper`] | domain difference, coupling, predictions |
/// | `osborn-otce` | [`Osborn::otce`] | domain difference, coupling, predictions |
/// | `osborn-nce` | [`Osborn::nce`] | domain difference, predictions |
/// | `otce-sum` | OSBORN without cohesiveness: the sum of the members' `-(W_D / s_D + W_T / s_T)`, `W_T` as OTCE has it, `s` the standard deviations over the pool | domain difference, coupling |
/// | `ms-leep` | the sum of the members' LEEP | probabilities |
/// | `e-leep` | [`ELeep`] | probabilities |
/// | `iou-eep` | [`AveragedPredictions::iou_eep`] | probabilities |
/// | `soft-iou-eep` | [`SoftIouEep`] | probabilities |
/// | `ms-leep+cohesion`, `e-leep+cohesion` | [`WithCohesion`], scaled, of weight 1 | probabilities |
///
/// Scores of OTCE with fitted coefficients, or of any other metric, make an ensemble's score as
/// [`PairwiseScore::modular`].
///
/// # Examples
///
/// ```
/// use ot_transferability::{EnsembleMethod, Osborn};
///
/// assert_eq!("osborn-nce".parse::<EnsembleMethod>()?, EnsembleMethod::Osborn(Osborn::nce()));
/// assert!("osborne".parse::<EnsembleMethod>().is_err());
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EnsembleMethod {
    /// OSBORN with its parameters.
    Osborn(Osborn),
    /// The sum of the members' LEEP.
    MsLeep,
    /// LEEP of the averaged expectations.
    ELeep,
    /// Mean intersection over union of the averaged expectations.
    IouEep,
    /// Mean soft intersection over union of the averaged expectations.
    SoftIouEep,
    /// The sum of the members' LEEP less their disagreement.
    #[serde(rename = "ms-leep+cohesion")]
    MsLeepCohesion,
    /// LEEP of the averaged expectations less the disagreement.
    #[serde(rename = "e-leep+cohesion")]
    ELeepCohesion,
}

/// The names that [`EnsembleMethod`] is parsed from.
pub const ENSEMBLE_METHODS: [&str; 10] = [
    "osborn",
    "osborn-otce",
    "osborn-nce",
    "otce-sum",
    "ms-leep",
    "e-leep",
    "iou-eep",
    "soft-iou-eep",
    "ms-leep+cohesion",
    "e-leep+cohesion",
];

impl std::str::FromStr for EnsembleMethod {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Ok(match name {
            "osborn" => Self::Osborn(Osborn::paper()),
            "osborn-otce" => Self::Osborn(Osborn::otce()),
            "osborn-nce" => Self::Osborn(Osborn::nce()),
            "otce-sum" => Self::Osborn(Osborn {
                cohesion_weight: 0.0,
                ..Osborn::otce()
            }),
            "ms-leep" => Self::MsLeep,
            "e-leep" => Self::ELeep,
            "iou-eep" => Self::IouEep,
            "soft-iou-eep" => Self::SoftIouEep,
            "ms-leep+cohesion" => Self::MsLeepCohesion,
            "e-leep+cohesion" => Self::ELeepCohesion,
            unknown => {
                return Err(Error::UnknownEnsembleScore {
                    got: unknown.to_owned(),
                    known: &ENSEMBLE_METHODS,
                });
            }
        })
    }
}

impl EnsembleMethod {
    /// The score of the ensembles of a pool.
    ///
    /// # Errors
    ///
    /// A parameter out of range, or a member without an input that the score reads.
    pub fn on(&self, pool: &Pool) -> Result<Box<dyn EnsembleScore + Send>> {
        let with_cohesion = |base: Box<dyn EnsembleScore + Send>| -> Result<Box<dyn EnsembleScore + Send>> {
            let hybrid = WithCohesion::new(base, pool, Cohesion::default(), 1.0, TermScaling::Scale)?;
            Ok(Box::new(hybrid))
        };
        let ms_leep = || PairwiseScore::modular("ms-leep", &pool.leep()?);
        match self {
            Self::Osborn(osborn) => Ok(Box::new(osborn.on(pool)?)),
            Self::MsLeep => Ok(Box::new(ms_leep()?)),
            Self::ELeep => Ok(Box::new(ELeep::new(pool)?)),
            Self::IouEep => Ok(Box::new(AveragedPredictions::iou_eep(pool)?)),
            Self::SoftIouEep => Ok(Box::new(SoftIouEep::new(pool)?)),
            Self::MsLeepCohesion => with_cohesion(Box::new(ms_leep()?)),
            Self::ELeepCohesion => with_cohesion(Box::new(ELeep::new(pool)?)),
        }
    }
}
