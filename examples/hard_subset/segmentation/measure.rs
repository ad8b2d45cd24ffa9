//! The hardnesses that are compared, and what they read of the source.

use hard_subset::{
    Aggregation, Assignment, ClassAgnostic, ClassSpecific, GramDeviation, GramParams, Hardness, LayeredHardness,
    NearestSources, PrototypeFit, Prototypes, References, TargetClass, TargetMargin, output,
};
use serde::{Deserialize, Serialize};
use tensor_core::Seed;
use transferability_metrics::Labels;

use super::pixels::Pixels;

/// A hardness by the name that it has on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Measure {
    /// Unlike the mean source pixel.
    CaMean,
    /// Unlike the most similar source pixels.
    CaTopk,
    /// Unlike the source class that is predicted.
    CsProto,
    /// Unlike the source classes, by their probabilities.
    CsProtoSoft,
    /// Channels outside the range that they keep to in the source class that is predicted.
    CsGram,
    /// Probabilities spread over the source classes.
    Entropy,
    /// Two source classes nearly as likely.
    Margin,
    /// Low scores of all source classes.
    Energy,
    /// Badly foretold by LEEP's empirical predictor: reads the labels.
    Eep,
    /// Nearer to another target class than to its own: reads the labels.
    TargetMargin,
}

/// What the hardnesses read of a source network's own pixels.
#[derive(Debug)]
pub(super) struct SourceStatistics {
    prototypes: Prototypes,
    references: References,
    gram: GramDeviation,
}

impl Measure {
    /// All of them, in the order of the tables.
    pub(crate) const ALL: [Self; 10] = [
        Self::CaMean,
        Self::CaTopk,
        Self::CsProto,
        Self::CsProtoSoft,
        Self::CsGram,
        Self::Entropy,
        Self::Margin,
        Self::Energy,
        Self::Eep,
        Self::TargetMargin,
    ];

    /// The name in tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::CaMean => "ca-mean",
            Self::CaTopk => "ca-topk",
            Self::CsProto => "cs-proto",
            Self::CsProtoSoft => "cs-proto-soft",
            Self::CsGram => "cs-gram",
            Self::Entropy => "entropy",
            Self::Margin => "margin",
            Self::Energy => "energy",
            Self::Eep => "eep",
            Self::TargetMargin => "target-margin",
        }
    }

    /// Whether it reads the target's labels.
    pub(crate) fn reads_labels(self) -> bool {
        matches!(self, Self::Eep | Self::TargetMargin)
    }
}

impl SourceStatistics {
    /// From pixels of the network's own task, whose classes are numbered as its head numbers them.
    pub(super) fn of(source: &Pixels, seed: Seed) -> anyhow::Result<Self> {
        let n_classes = source.probabilities.n_source_classes();
        let layers: Vec<(&str, usize)> = source
            .activations
            .layers()
            .iter()
            .map(|layer| (layer.name(), layer.n_channels()))
            .collect();
        let classes: Vec<usize> = source.labels.iter().map(|&label| label as usize).collect();
        let mut fit = PrototypeFit::new(&layers, n_classes)?;
        fit.observe(&source.activations, &classes)?;
        let gram = GramParams {
            seed,
            ..GramParams::default()
        };
        Ok(Self {
            prototypes: fit.finish()?,
            references: References::all(&source.activations)?,
            gram: GramDeviation::fit(&source.activations, &source.predictions, n_classes, &gram)?,
        })
    }

    /// How hard each pixel is; an output says the same of all layers, and has none.
    pub(super) fn hardness(&self, measure: Measure, target: &Pixels) -> anyhow::Result<LayeredHardness> {
        let Pixels {
            activations,
            probabilities,
            predictions,
            ..
        } = target;
        let labels = || Labels::new(&target.labels);
        let class_specific = |assignment| {
            let measure = ClassSpecific {
                assignment,
                ..ClassSpecific::default()
            };
            measure.hardness(&self.prototypes, activations, probabilities)
        };
        Ok(match measure {
            Measure::CaMean => ClassAgnostic::default().hardness(&self.prototypes, activations)?,
            Measure::CaTopk => {
                let nearest = NearestSources {
                    aggregation: Aggregation::TopK(10),
                    ..NearestSources::default()
                };
                nearest.hardness(&self.references, activations)?
            }
            Measure::CsProto => class_specific(Assignment::Hard)?,
            Measure::CsProtoSoft => class_specific(Assignment::Soft)?,
            Measure::CsGram => self.gram.hardness(activations, predictions)?,
            Measure::Entropy => of_outputs(output::entropy(probabilities)?),
            Measure::Margin => of_outputs(output::margin(probabilities)?),
            Measure::Energy => of_outputs(output::energy(&target.scores)?),
            Measure::Eep => of_outputs(output::eep_loss(probabilities, &labels()?)?),
            Measure::TargetMargin => {
                let margin = TargetClass {
                    margin: TargetMargin::Margin,
                    ..TargetClass::default()
                };
                margin.hardness(activations, &labels()?)?
            }
        })
    }
}

fn of_outputs(hardness: Hardness) -> LayeredHardness {
    LayeredHardness {
        combined: hardness,
        per_layer: Vec::new(),
        n_fallbacks: 0,
        n_zero_rows: 0,
        reads_target_labels: false,
    }
}
