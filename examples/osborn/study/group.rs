//! Groups of networks within which ensembles are formed.

use serde::{Deserialize, Serialize};

use super::observed::Observed;
use crate::source_pool::source::Kind;
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
    /// The groups that are looked at, the most telling first.
    pub(crate) fn all(architectures: &[Architecture]) -> Vec<Self> {
        let mixed = [Relation::OtherData, Relation::Any, Relation::OtherSubject].map(|relation| Self {
            of: Members::Mixed,
            relation,
        });
        let by_architecture = architectures.iter().flat_map(|&architecture| {
            [Relation::OtherData, Relation::Any].map(|relation| Self {
                of: Members::Architecture(architecture),
                relation,
            })
        });
        let rest = [Members::SelfSupervised, Members::Everything].map(|of| Self {
            of,
            relation: Relation::OtherData,
        });
        mixed.into_iter().chain(by_architecture).chain(rest).collect()
    }

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

    /// The members of the group, as indices.
    pub(crate) fn members(self, networks: &[Observed]) -> Vec<usize> {
        let belongs = |network: &Observed| {
            let by_kind = match self.of {
                Members::Mixed => network.terms.is_some(),
                Members::Architecture(architecture) => {
                    network.terms.is_some() && network.architecture == architecture
                }
                Members::SelfSupervised => network.terms.is_some() && network.kind == Kind::SelfSupervised,
                Members::Everything => true,
            };
            by_kind
                && match self.relation {
                    Relation::Any => true,
                    Relation::OtherData => !network.same_family,
                    Relation::OtherSubject => !network.same_subject,
                }
        };
        (0..networks.len())
            .filter(|&network| belongs(&networks[network]))
            .collect()
    }
}
