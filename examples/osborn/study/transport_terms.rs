//! What optimal transport says of one network and one target.

use std::collections::BTreeMap;

use ot_transferability::{
    DomainDistance, DomainEstimate, FeatureScale, GaussianFit, GroundCost, Joint, Marginals,
    SlicedWasserstein, Solver, SourceSample,
};
use serde::{Deserialize, Serialize};
use transferability_metrics::{Features, Labels, Sample};

use crate::source_pool::SourceOutputs;

/// A way to measure how far source and target features are apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Distance {
    /// The least transport cost of the features as they are.
    Raw,
    /// That cost over the total variance of both sides.
    TotalVariance,
    /// The least transport cost of features of length 1.
    UnitRows,
    /// The raw cost less what it is between halves of the source sample.
    AboveFloor,
    /// The Bures-Wasserstein distance of features of length 1.
    Bures,
    /// The sliced distance of features of length 1.
    Sliced,
}

/// The transport terms of one network and one target.
#[derive(Debug, Clone)]
pub(crate) struct TransportTerms {
    /// `W_D`, each way.
    pub(crate) distances: BTreeMap<Distance, f64>,
    /// How the plan of the raw features pairs source classes (rows) with target classes.
    pub(crate) coupling: Joint,
}

impl Distance {
    /// All of them, as tables list them.
    pub(crate) const ALL: [Self; 6] = [
        Self::Raw,
        Self::TotalVariance,
        Self::UnitRows,
        Self::AboveFloor,
        Self::Bures,
        Self::Sliced,
    ];

    /// The name in tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::TotalVariance => "over variance",
            Self::UnitRows => "unit rows",
            Self::AboveFloor => "above floor",
            Self::Bures => "Bures, unit rows",
            Self::Sliced => "sliced, unit rows",
        }
    }

    fn of_unit_rows(self) -> Option<DomainEstimate> {
        match self {
            Self::UnitRows => Some(DomainEstimate::Transport),
            Self::Bures => Some(DomainEstimate::Bures(GaussianFit::default())),
            Self::Sliced => Some(DomainEstimate::Sliced(SlicedWasserstein::default())),
            Self::Raw | Self::TotalVariance | Self::AboveFloor => None,
        }
    }
}

impl TransportTerms {
    /// The terms of a network with a source sample; nothing for one without.
    pub(crate) fn of(outputs: &SourceOutputs) -> anyhow::Result<Option<Self>> {
        let Some(sample) = &outputs.source_sample else {
            return Ok(None);
        };
        let (source, target) = (&sample.features, &outputs.target_features);
        let (source_labels, target_labels) =
            (Labels::new(&sample.labels)?, Labels::new(&outputs.target_labels)?);
        let marginals = Marginals::uniform(source_labels.len(), target_labels.len())?;
        let coupled = Solver::default().couple(
            (source, &source_labels),
            (target, &target_labels),
            GroundCost::SquaredEuclidean,
            &marginals,
        )?;

        let source = SourceSample::new(&Features::new(source.shallow_clone())?, source_labels)?;
        let target = Sample::new(target_labels).with_features(Features::new(target.shallow_clone())?)?;
        let measured = DomainDistance::default().measure(&source, &target)?;
        let mut distances = BTreeMap::from([
            (Distance::Raw, measured.raw),
            (Distance::TotalVariance, measured.raw / measured.total_variance),
            (Distance::AboveFloor, measured.raw - measured.floor),
        ]);
        for distance in Distance::ALL {
            if let Some(estimate) = distance.of_unit_rows() {
                let of_unit_rows = DomainDistance {
                    scale: FeatureScale::UnitRows,
                    estimate,
                    ..DomainDistance::default()
                };
                distances.insert(distance, of_unit_rows.measure(&source, &target)?.value);
            }
        }
        Ok(Some(Self {
            distances,
            coupling: coupled.joint,
        }))
    }
}
