//! How well scores rank ensembles, once their accuracies are known.

mod agreement;
mod ensembles;
mod over_tasks;
mod resample;
mod standardized;
mod truth;

pub use agreement::{EnsembleAgreement, ensemble_agreement};
pub use ensembles::Ensembles;
pub(crate) use ensembles::count_ensembles;
pub use over_tasks::{AgreementOverTasks, ScoredEnsembles, agreement_over_tasks};
pub use standardized::standardized_osborn;
pub use truth::{ensemble_accuracy, ensemble_mean_iou};
