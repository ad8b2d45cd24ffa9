//! What the study finds, as it is stored and printed.

use ot_transferability::AgreementOverTasks;
use serde::{Deserialize, Serialize};

use super::scores::Part;
use crate::source_pool::group::Group;
use crate::support::data_set::DataSet;

/// How well the scores ranked the ensembles of every group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StudyResults {
    /// Members of an ensemble.
    pub(crate) size: usize,
    pub(crate) targets: Vec<DataSet>,
    pub(crate) networks: Vec<NetworkResults>,
    pub(crate) groups: Vec<GroupResults>,
}

/// What a network reached.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NetworkResults {
    pub(crate) name: String,
    /// On images like those it was trained on, where there are some.
    pub(crate) own_accuracy: Option<f64>,
    /// Mean test accuracy over the repeats on each target.
    pub(crate) fine_tuned: Vec<f64>,
    pub(crate) linear_probe: Vec<f64>,
}

/// One group of networks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct GroupResults {
    pub(crate) group: Group,
    /// The targets for which it has members enough, in the order of every list over targets below.
    pub(crate) targets: Vec<DataSet>,
    /// The number of networks for each target.
    pub(crate) n_members: Vec<usize>,
    /// The number of ensembles for each target.
    pub(crate) n_ensembles: Vec<usize>,
    /// The lowest and the highest accuracy of a fine-tuned ensemble for each target.
    pub(crate) accuracies: Vec<[f64; 2]>,
    pub(crate) rows: Vec<ScoreResults>,
}

/// One score in one group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ScoreResults {
    pub(crate) part: Part,
    pub(crate) score: String,
    /// Against networks fine-tuned as a whole.
    pub(crate) fine_tuned: AgreementOverTasks,
    /// Against linear heads on networks as they were.
    pub(crate) linear_probe: AgreementOverTasks,
}
