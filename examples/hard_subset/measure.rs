//! The hardnesses that are compared, and what they read of a source network.

use hard_subset::{
    Activations, Aggregation, Assignment, ClassAgnostic, ClassSpecific, GramDeviation, GramParams, Hardness,
    LayeredHardness, NearestSources, PrototypeFit, Prototypes, References, TargetClass, TargetMargin, output,
};
use serde::{Deserialize, Serialize};
use tensor_core::{Seed, Tensor};
use transferability_metrics::{Labels, Probabilities};

/// Source samples nearest to a target sample that it is compared with.
const N_NEAREST: usize = 10;

/// A hardness by the name that it has on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Measure {
    /// Unlike the mean source sample.
    CaMean,
    /// Unlike the most similar source samples.
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

/// What a network makes of some samples, and their classes.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) activations: Activations,
    /// The head's scores of the source classes (n, k), f64.
    pub(crate) scores: Tensor,
    pub(crate) probabilities: Probabilities,
    pub(crate) labels: Vec<i64>,
}

/// What the hardnesses read of a network's own samples.
#[derive(Debug)]
pub(crate) enum SourceStatistics {
    /// Of samples like those that it was trained on.
    Samples {
        prototypes: Prototypes,
        references: References,
        gram: GramDeviation,
    },
    /// Of the rows of its head's weights: there are no such samples.
    HeadWeights(Prototypes),
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
    /// From samples of a network's own classes and what its head says of them.
    pub(crate) fn of_samples(
        activations: &Activations,
        classes: &[usize],
        predictions: &[usize],
        n_classes: usize,
        seed: Seed,
    ) -> anyhow::Result<Self> {
        let layers = activations.layers().iter();
        let layers: Vec<(&str, usize)> = layers.map(|layer| (layer.name(), layer.n_channels())).collect();
        let mut fit = PrototypeFit::new(&layers, n_classes)?;
        fit.observe(activations, classes)?;
        let gram = GramParams {
            seed,
            ..GramParams::default()
        };
        Ok(Self::Samples {
            prototypes: fit.finish()?,
            references: References::all(activations)?,
            gram: GramDeviation::fit(activations, predictions, n_classes, &gram)?,
        })
    }

    /// From a head's weights (k, d) on the layer of this name.
    pub(crate) fn of_head_weights(layer: &str, weights: &Tensor) -> anyhow::Result<Self> {
        Ok(Self::HeadWeights(Prototypes::from_classifier(layer, weights)?))
    }

    /// How hard each target sample is; nothing where it cannot be known without source samples. A hardness of outputs
    /// has no layers.
    pub(crate) fn hardness(
        &self,
        measure: Measure,
        target: &Seen,
    ) -> anyhow::Result<Option<LayeredHardness>> {
        let Seen {
            activations,
            scores,
            probabilities,
            labels,
        } = target;
        let class_specific = |prototypes: &Prototypes, assignment| {
            let class_specific = ClassSpecific {
                assignment,
                ..ClassSpecific::default()
            };
            class_specific.hardness(prototypes, activations, probabilities)
        };
        Ok(Some(match (measure, self) {
            (Measure::Entropy, _) => of_outputs(output::entropy(probabilities)?, measure),
            (Measure::Margin, _) => of_outputs(output::margin(probabilities)?, measure),
            (Measure::Energy, _) => of_outputs(output::energy(scores, 1.0)?, measure),
            (Measure::Eep, _) => of_outputs(output::eep_loss(probabilities, &Labels::new(labels)?)?, measure),
            (Measure::TargetMargin, _) => {
                let target_class = TargetClass {
                    margin: TargetMargin::Margin,
                    ..TargetClass::default()
                };
                target_class.hardness(activations, &Labels::new(labels)?)?
            }
            (Measure::CsProto, Self::Samples { prototypes, .. } | Self::HeadWeights(prototypes)) => {
                class_specific(prototypes, Assignment::Hard)?
            }
            (_, Self::HeadWeights(_)) => return Ok(None),
            (Measure::CaMean, Self::Samples { prototypes, .. }) => {
                ClassAgnostic::default().hardness(prototypes, activations)?
            }
            (Measure::CaTopk, Self::Samples { references, .. }) => {
                let nearest = NearestSources {
                    aggregation: Aggregation::TopK(N_NEAREST),
                    ..NearestSources::default()
                };
                nearest.hardness(references, activations)?
            }
            (Measure::CsProtoSoft, Self::Samples { prototypes, .. }) => {
                class_specific(prototypes, Assignment::Soft)?
            }
            (Measure::CsGram, Self::Samples { gram, .. }) => {
                gram.hardness(activations, &most_probable(scores)?)?
            }
        }))
    }
}

/// The class of the greatest score in each row.
pub(crate) fn most_probable(scores: &Tensor) -> anyhow::Result<Vec<usize>> {
    let classes = scores.f_argmax(-1, false)?;
    let classes = tensor_core::convert::vector::<i64>("most probable classes", &classes)?;
    Ok(classes.into_iter().map(|class| class as usize).collect())
}

fn of_outputs(hardness: Hardness, measure: Measure) -> LayeredHardness {
    LayeredHardness {
        combined: hardness,
        per_layer: Vec::new(),
        n_fallbacks: 0,
        n_zero_rows: 0,
        reads_target_labels: measure.reads_labels(),
    }
}
