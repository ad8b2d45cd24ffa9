//! Groups of networks within which scores are compared.

use serde::{Deserialize, Serialize};

use super::family::{Family, subject};
use super::plan::Plan;
use super::source::{Kind, Source};
use crate::support::data_set::DataSet;
use crate::support::network::Architecture;

/// Which networks of the pool take part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Group {
    pub(crate) of: Members,
    pub(crate) relation: Relation,
}

/// By what a network is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Members {
    /// All with a source sample.
    Mixed,
    /// Those of one architecture with a source sample.
    Architecture(Architecture),
    /// Those whose extractor learned without labels.
    SelfSupervised,
    /// All, those without a source sample among them: for scores that read none.
    Everything,
}

/// By what a network has to do with the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Relation {
    /// Whatever it was trained on.
    Any,
    /// Not trained on images of the target's data set: the protocol of the paper.
    OtherData,
    /// Not trained on images of what the target shows: digits of any data set, say.
    OtherSubject,
}

impl Group {
    /// The name in tables.
    pub(crate) fn name(self) -> String {
        let of = match self.of {
            Members::Mixed => "all architectures".to_owned(),
            Members::Architecture(architecture) => architecture.name().to_owned(),
            Members::SelfSupervised => "self-supervised".to_owned(),
            Members::Everything => "all, source sample or not".to_owned(),
        };
        match self.relation {
            Relation::Any => of,
            Relation::OtherData => format!("{of}, other data"),
            Relation::OtherSubject => format!("{of}, other subject"),
        }
    }

    /// Whether its members all have source samples.
    pub(crate) fn has_source_samples(self) -> bool {
        self.of != Members::Everything
    }

    /// The members of the group for a target, by their place in the plan.
    pub(crate) fn members(self, plan: &Plan, target: DataSet) -> Vec<usize> {
        let sources = plan.sources.iter().enumerate();
        sources
            .filter(|(_, source)| self.of.includes(source) && self.relation.holds(source, target))
            .map(|(index, _)| index)
            .collect()
    }
}

impl Members {
    fn includes(self, source: &Source) -> bool {
        match self {
            Self::Mixed => source.has_sample(),
            Self::Architecture(architecture) => source.has_sample() && source.architecture == architecture,
            Self::SelfSupervised => source.has_sample() && source.kind() == Kind::SelfSupervised,
            Self::Everything => true,
        }
    }
}

impl Relation {
    fn holds(self, source: &Source, target: DataSet) -> bool {
        let family = source.family();
        match self {
            Self::Any => true,
            Self::OtherData => family != Family::Here(target),
            Self::OtherSubject => family.subject() != subject(target),
        }
    }
}

/// The architectures of the networks with a source sample, each once.
pub(crate) fn architectures(plan: &Plan) -> Vec<Architecture> {
    let with_sample = plan.sources.iter().filter(|source| source.has_sample());
    let mut architectures: Vec<_> = with_sample.map(|source| source.architecture).collect();
    architectures.sort();
    architectures.dedup();
    architectures
}
