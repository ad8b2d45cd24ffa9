//! The hardness of the target samples by the method asked for.

use clap::ValueEnum;
use hard_subset::{
    Activations, Aggregation, Assignment, ClassAgnostic, ClassSpecific, EmptyClass, Error, GramDeviation,
    GramParams, Hardness, Kernel, LayeredHardness, NearestSources, PrototypeFit, PrototypeOrigin, Prototypes,
    References, Result, output,
};
use serde_json::{Value, json};
use tensor_core::{Seed, convert};
use transferability_metrics::Probabilities;

use super::ScoreArguments;
use super::inputs::Inputs;
use super::methods::HardnessMethod;

/// Temperature of the energy: the softmax's own.
const TEMPERATURE: f64 = 1.0;

/// A similarity of activations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum KernelName {
    Cosine,
    Euclidean,
    Rbf,
}

/// What stands in for a source class without source samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum OnEmpty {
    Fallback,
    Error,
}

/// How hard each target sample is, and what is to be said about it.
pub(super) struct MeasuredHardness {
    pub(super) hardness: Hardness,
    pub(super) n_fallbacks: usize,
    pub(super) n_zero_rows: usize,
    pub(super) reads_target_labels: bool,
    pub(super) prototypes: Option<PrototypeOrigin>,
    /// What follows the warning of a constant hardness.
    pub(super) why_constant: &'static str,
    pub(super) parameters: Value,
}

impl MeasuredHardness {
    /// The hardness; `arguments` hold what it is computed from.
    pub(super) fn of(arguments: &ScoreArguments, inputs: &Inputs) -> Result<Self> {
        use HardnessMethod::{
            CaMean, CaTopk, CsGram, CsProto, CsProtoSoft, Easy, Eep, Energy, Entropy, File, Margin, Random,
        };
        match arguments.hardness {
            CaMean => ca_mean(arguments, inputs),
            Easy => {
                let hard = ca_mean(arguments, inputs)?;
                Ok(Self {
                    hardness: hard.hardness.easy(),
                    ..hard
                })
            }
            CaTopk => nearest(arguments, inputs, Aggregation::TopK(arguments.top_k)),
            CsProto => cs_prototypes(arguments, inputs, Assignment::Hard),
            CsProtoSoft => cs_prototypes(arguments, inputs, Assignment::Soft),
            CsGram => cs_gram(arguments, inputs),
            Entropy => Ok(output::entropy(probabilities(inputs)?)?.into()),
            Margin => Ok(output::margin(probabilities(inputs)?)?.into()),
            Energy => energy(inputs),
            Eep => Ok(Self {
                reads_target_labels: true,
                ..output::eep_loss(probabilities(inputs)?, &inputs.labels)?.into()
            }),
            Random => {
                let seed = Seed::new(arguments.run.seed);
                Ok(Hardness::random(inputs.labels.len(), seed, 0)?.into())
            }
            File => Ok(given("--hardness-file", inputs.hardness.as_ref())?.clone().into()),
        }
    }
}

impl From<Hardness> for MeasuredHardness {
    fn from(hardness: Hardness) -> Self {
        Self {
            hardness,
            n_fallbacks: 0,
            n_zero_rows: 0,
            reads_target_labels: false,
            prototypes: None,
            why_constant: "",
            parameters: Value::Null,
        }
    }
}

impl From<LayeredHardness> for MeasuredHardness {
    fn from(layered: LayeredHardness) -> Self {
        Self {
            n_fallbacks: layered.n_fallbacks,
            n_zero_rows: layered.n_zero_rows,
            reads_target_labels: layered.reads_target_labels,
            ..layered.combined.into()
        }
    }
}

/// By the mean similarity: for the cosine that to the source's mean direction.
fn ca_mean(arguments: &ScoreArguments, inputs: &Inputs) -> Result<MeasuredHardness> {
    if arguments.kernel != KernelName::Cosine {
        return nearest(arguments, inputs, Aggregation::Mean);
    }
    let prototypes = prototypes(arguments, inputs, None)?;
    let method = ClassAgnostic::default();
    let layered = method.hardness(&prototypes, target(inputs)?)?;
    Ok(MeasuredHardness {
        prototypes: Some(prototypes.origin()),
        parameters: json!({"class_agnostic": method, "centre": arguments.centre}),
        ..layered.into()
    })
}

fn nearest(
    arguments: &ScoreArguments,
    inputs: &Inputs,
    aggregation: Aggregation,
) -> Result<MeasuredHardness> {
    let method = NearestSources {
        aggregation,
        kernel: match (arguments.kernel, arguments.bandwidth) {
            (KernelName::Rbf, Some(bandwidth)) => Kernel::Rbf { bandwidth },
            (KernelName::Euclidean, _) => Kernel::Euclidean,
            _ => Kernel::Cosine,
        },
        centre: arguments.centre,
        ..NearestSources::default()
    };
    let references = References::all(source(inputs)?)?;
    let layered = method.hardness(&references, target(inputs)?)?;
    Ok(MeasuredHardness {
        parameters: json!({ "nearest_sources": method }),
        ..layered.into()
    })
}

fn cs_prototypes(
    arguments: &ScoreArguments,
    inputs: &Inputs,
    assignment: Assignment,
) -> Result<MeasuredHardness> {
    let probabilities = probabilities(inputs)?;
    let prototypes = prototypes(arguments, inputs, Some(probabilities.n_source_classes()))?;
    let method = ClassSpecific {
        assignment,
        on_empty: arguments.on_empty.into(),
        ..ClassSpecific::default()
    };
    let layered = method.hardness(&prototypes, target(inputs)?, probabilities)?;
    Ok(MeasuredHardness {
        prototypes: Some(prototypes.origin()),
        parameters: json!({"class_specific": method, "centre": arguments.centre}),
        ..layered.into()
    })
}

fn cs_gram(arguments: &ScoreArguments, inputs: &Inputs) -> Result<MeasuredHardness> {
    let probabilities = probabilities(inputs)?;
    let n_classes = probabilities.n_source_classes();
    let params = GramParams {
        seed: Seed::new(arguments.run.seed),
        on_empty: arguments.on_empty.into(),
        ..GramParams::default()
    };
    let source_classes = source_classes(inputs, n_classes)?;
    let deviation = GramDeviation::fit(source(inputs)?, &source_classes, n_classes, &params)?;
    // The first of the most probable classes.
    let predictions = convert::vector::<i64>("predictions", &probabilities.tensor().f_argmax(1, false)?)?;
    let predictions: Vec<usize> = predictions.into_iter().map(|class| class as usize).collect();
    let layered = deviation.hardness(target(inputs)?, &predictions)?;
    Ok(MeasuredHardness {
        parameters: json!({ "gram": params }),
        ..layered.into()
    })
}

/// Of the logits. The logarithms of probabilities are logits of energy 0, whatever the sample.
fn energy(inputs: &Inputs) -> Result<MeasuredHardness> {
    if let Some(logits) = &inputs.logits {
        return Ok(output::energy(logits, TEMPERATURE)?.into());
    }
    Ok(MeasuredHardness {
        why_constant: "; the energy of log P is 0, give the logits themselves as --logits Z.npy",
        ..Hardness::new(vec![0.0; inputs.labels.len()])?.into()
    })
}

/// Mean directions of the source: of all samples, and of each class if there is a number of classes.
fn prototypes(arguments: &ScoreArguments, inputs: &Inputs, n_classes: Option<usize>) -> Result<Prototypes> {
    let layers = target(inputs)?.layers();
    if let Some(weights) = &inputs.classifier {
        return Prototypes::from_classifier(layers[0].name(), weights);
    }
    let source = source(inputs)?;
    let classes = n_classes
        .map(|n_classes| source_classes(inputs, n_classes))
        .transpose()?;
    let shape: Vec<(&str, usize)> = layers
        .iter()
        .map(|layer| (layer.name(), layer.n_channels()))
        .collect();
    let new_fit = || PrototypeFit::new(&shape, n_classes.unwrap_or(1));
    let fitted = |mut fit: PrototypeFit| {
        match &classes {
            Some(classes) => fit.observe(source, classes)?,
            None => fit.observe_unlabelled(source)?,
        }
        fit.finish()
    };
    let prototypes = fitted(new_fit()?)?;
    if arguments.centre {
        return fitted(new_fit()?.with_centre(&prototypes)?);
    }
    Ok(prototypes)
}

fn source(inputs: &Inputs) -> Result<&Activations> {
    given("--source-acts", inputs.source.as_ref())
}

fn target(inputs: &Inputs) -> Result<&Activations> {
    given("--target-acts", inputs.target.as_ref())
}

fn probabilities(inputs: &Inputs) -> Result<&Probabilities> {
    given("--probs", inputs.probabilities.as_ref())
}

/// The source classes, each below their number.
fn source_classes(inputs: &Inputs, n_classes: usize) -> Result<Vec<usize>> {
    let (name, classes) = given("--source-preds", inputs.source_classes.as_ref())?;
    let in_range = |(row, &class): (usize, &i64)| match usize::try_from(class) {
        Ok(index) if index < n_classes => Ok(index),
        _ => Err(Error::ClassOutOfRange {
            what: name.clone(),
            row,
            class,
            n_classes,
        }),
    };
    classes.iter().enumerate().map(in_range).collect()
}

fn given<'a, T>(argument: &'static str, file: Option<&'a T>) -> Result<&'a T> {
    let missing = || tensor_core::Error::Parameter {
        name: argument,
        expected: "a file",
        got: "none".to_owned(),
    };
    Ok(file.ok_or_else(missing)?)
}

impl From<OnEmpty> for EmptyClass {
    fn from(on_empty: OnEmpty) -> Self {
        match on_empty {
            OnEmpty::Fallback => Self::Fallback,
            OnEmpty::Error => Self::Error,
        }
    }
}
