//! A network of the pool before it is trained.

use serde::{Deserialize, Serialize};

use super::corruption::Corruption;
use super::family::Family;
use super::foreign;
use crate::support::data_set::DataSet;
use crate::support::network::Architecture;

/// Where a network's parameters come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    /// Unique in the pool.
    pub(crate) name: String,
    /// How images become features.
    pub(crate) architecture: Architecture,
    /// What it is trained on; nothing for a network that was trained elsewhere.
    pub(crate) training: Option<Training>,
}

/// What a network is trained on, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Training {
    /// The data set.
    pub(crate) data: DataSet,
    /// The classes of it.
    pub(crate) classes: Vec<i64>,
    /// Images of each class.
    pub(crate) per_class: usize,
    /// What is done to them first.
    pub(crate) corruption: Corruption,
    /// From what the extractor learns.
    pub(crate) learning: Learning,
}

/// From what an extractor learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Learning {
    /// The labels.
    Labels,
    /// How each image was turned; then a linear head is trained on the labels.
    Rotations(AfterPretext),
    /// Which two views show one image; then a linear head is trained on the labels.
    Views(AfterPretext),
}

/// What becomes of a self-supervised extractor when its head is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AfterPretext {
    /// It stays as it is.
    Frozen,
    /// It is trained on.
    FineTuned,
}

/// How a network came by what it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// From labels, here.
    Supervised,
    /// From a task without labels, here.
    SelfSupervised,
    /// From labels, elsewhere.
    External,
}

impl Source {
    /// A network trained on the labels of clean images.
    pub(super) fn supervised(
        architecture: Architecture,
        name: &str,
        data: DataSet,
        classes: &[i64],
        per_class: usize,
    ) -> Self {
        Self {
            name: full_name(name, architecture),
            architecture,
            training: Some(Training {
                data,
                classes: classes.to_vec(),
                per_class,
                corruption: Corruption::Clean,
                learning: Learning::Labels,
            }),
        }
    }

    /// The same network trained on corrupted images or labels.
    pub(super) fn corrupted(mut self, corruption: Corruption) -> Self {
        if let Some(training) = &mut self.training {
            training.corruption = corruption;
        }
        self
    }

    /// The same network with an extractor that learns from something else.
    pub(super) fn learning(mut self, learning: Learning) -> Self {
        if let Some(training) = &mut self.training {
            training.learning = learning;
        }
        self
    }

    /// A network that nobody here trained.
    pub(super) fn foreign(architecture: Architecture) -> Self {
        Self {
            name: architecture.name().to_owned(),
            architecture,
            training: None,
        }
    }

    /// The data set whose images it was trained on.
    pub(crate) fn family(&self) -> Family {
        self.training.as_ref().map_or_else(
            || foreign::family(self.architecture),
            |training| Family::Here(training.data),
        )
    }

    /// Whether it has a source sample: images like those that it was trained on, or of the nearest data set.
    pub(crate) fn has_sample(&self) -> bool {
        self.training.is_some() || foreign::sample_data(self.architecture).is_some()
    }

    /// Whether its source sample is of another data set than it was trained on.
    pub(crate) fn has_stand_in(&self) -> bool {
        self.training.is_none()
            && foreign::sample_data(self.architecture).is_some_and(|data| self.family() != Family::Here(data))
    }

    /// How it came by what it knows.
    pub(crate) fn kind(&self) -> Kind {
        match self.training.as_ref().map(|training| training.learning) {
            None => Kind::External,
            Some(Learning::Labels) => Kind::Supervised,
            Some(Learning::Rotations(_) | Learning::Views(_)) => Kind::SelfSupervised,
        }
    }
}

impl Training {
    /// Images that the network is trained on.
    pub(crate) fn n_images(&self) -> usize {
        self.classes.len() * self.per_class
    }
}

fn full_name(name: &str, architecture: Architecture) -> String {
    format!("{name} ({})", architecture.name())
}
