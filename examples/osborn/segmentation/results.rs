//! What the segmentation stage found.

use ot_transferability::AgreementOverTasks;
use serde::{Deserialize, Serialize};

use super::members::Distances;

/// All results of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Results {
    /// Members of an ensemble.
    pub(crate) ensemble_size: usize,
    pub(crate) n_ensembles: usize,
    /// One entry a source network, in the order of the pool.
    pub(crate) sources: Vec<SourceResults>,
    /// One entry a target.
    pub(crate) targets: Vec<TargetResults>,
    /// One entry a score, in the order of the catalogue.
    pub(crate) scores: Vec<ScoreResults>,
}

/// A source network on its own task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceResults {
    pub(crate) name: String,
    /// Classes of its task, background included.
    pub(crate) n_classes: usize,
    /// Mean intersection over union on other scenes of its own task.
    pub(crate) mean_iou: f64,
}

/// Results on one target.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TargetResults {
    pub(crate) target: String,
    /// The names of the classes, background first.
    pub(crate) classes: Vec<String>,
    /// One entry a source network, in the order of the pool.
    pub(crate) networks: Vec<NetworkResults>,
    /// Mean intersection over union of the ensembles of fine-tuned networks.
    pub(crate) fine_tuned: Range,
    /// The same with linear probes.
    pub(crate) linear_probe: Range,
}

/// A source network on a target.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NetworkResults {
    /// Mean intersection over union after each fine-tuning.
    pub(crate) fine_tuned: Vec<f64>,
    /// The same with a new head alone.
    pub(crate) linear_probe: f64,
    /// How far its features of the target lie from those of its source; one entry a draw.
    pub(crate) distances: Vec<Distances>,
}

/// The least, the mean and the greatest of the ensembles' numbers.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Range {
    pub(crate) least: f64,
    pub(crate) mean: f64,
    pub(crate) greatest: f64,
}

/// One score, on each target and in the mean over them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScoreResults {
    pub(crate) score: String,
    /// Against ensembles of fine-tuned networks.
    pub(crate) fine_tuned: AgreementOverTasks,
    /// Against ensembles of linear probes.
    pub(crate) linear_probe: AgreementOverTasks,
}

impl Range {
    /// Of at least one number.
    pub(crate) fn of(values: &[f64]) -> Self {
        Self {
            least: values.iter().copied().fold(f64::INFINITY, f64::min),
            mean: values.iter().sum::<f64>() / values.len() as f64,
            greatest: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        }
    }
}
