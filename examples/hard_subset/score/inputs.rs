//! The files, read and checked under their names.

use std::path::{Path, PathBuf};

use hard_subset::{Activations, Hardness, Result};
use tensor_core::report::InputHash;
use tensor_core::{Kind, Tensor, array_io, check, convert, kind};
use transferability_metrics::{Features, Labels, Probabilities, Requirement, Sample};

use super::ScoreArguments;

/// Kinds that classes are stored in.
const LABEL_KINDS: &[Kind] = &[Kind::Int64, Kind::Int];

/// What was given; entries of one kind of sample have one length.
pub(super) struct Inputs {
    pub(super) labels: Labels,
    pub(super) source: Option<Activations>,
    /// With the name of the file.
    pub(super) source_classes: Option<(String, Vec<i64>)>,
    pub(super) target: Option<Activations>,
    pub(super) classifier: Option<Tensor>,
    pub(super) probabilities: Option<Probabilities>,
    pub(super) logits: Option<Tensor>,
    pub(super) hardness: Option<Hardness>,
    pub(super) hashes: Vec<InputHash>,
    features: Option<Features>,
}

/// A tensor and the name of its file.
struct Named {
    name: String,
    tensor: Tensor,
}

/// Reads files and remembers what was in them.
#[derive(Default)]
struct Reader {
    hashes: Vec<InputHash>,
}

impl Inputs {
    /// Reads and checks every file that was given.
    pub(super) fn read(arguments: &ScoreArguments) -> Result<Self> {
        let mut reader = Reader::default();
        let labels = reader.read("labels", &arguments.labels)?;
        let labels = Labels::named(&labels.name, &labels.classes()?)?;
        let one_a_label =
            |name: &str, length: usize| check::same_length(name, length, labels.name(), labels.len());

        let sources = reader.read_all("source-acts", &arguments.source_acts)?;
        let targets = reader.read_all("target-acts", &arguments.target_acts)?;
        for target in &targets {
            one_a_label(&target.name, target.n_rows())?;
        }
        for (source, target) in sources.iter().zip(&targets) {
            let channels = |side: &Named| (format!("a row of {}", side.name), side.n_channels());
            let ((source, n_source), (target, n_target)) = (channels(source), channels(target));
            check::same_length(&target, n_target, &source, n_source)?;
        }
        let source_classes = reader.read_one("source-preds", arguments.source_preds.as_ref())?;
        let source_classes = source_classes
            .map(|file| {
                let classes = file.classes()?;
                if let Some(source) = sources.first() {
                    check::same_length(&file.name, classes.len(), &source.name, source.n_rows())?;
                }
                check::labels(&file.name, &classes)?;
                Result::Ok((file.name, classes))
            })
            .transpose()?;

        let classifier = reader.read_one("classifier", arguments.classifier.as_ref())?;
        if let Some(classifier) = &classifier {
            check::matrix(&classifier.name, &classifier.tensor)?;
            check::finite(&classifier.name, &classifier.tensor)?;
            if let Some(target) = targets.first() {
                let (weights, layer) = (
                    format!("a row of {}", classifier.name),
                    format!("a row of {}", target.name),
                );
                check::same_length(&layer, target.n_channels(), &weights, classifier.n_channels())?;
            }
        }
        let features = reader
            .read_one("features", arguments.features.as_ref())?
            .map(|file| Features::named(&file.name, file.tensor))
            .transpose()?;
        let probabilities = reader
            .read_one("probs", arguments.probs.as_ref())?
            .map(|file| Probabilities::named(&file.name, file.tensor))
            .transpose()?;
        if let Some(probabilities) = &probabilities {
            one_a_label(probabilities.name(), probabilities.n_samples())?;
        }
        let logits = reader.read_one("logits", arguments.logits.as_ref())?;
        if let Some(logits) = &logits {
            let (n_rows, _) = check::matrix(&logits.name, &logits.tensor)?;
            one_a_label(&logits.name, n_rows)?;
            kind::require(&logits.name, &logits.tensor, kind::FLOATS)?;
            check::finite(&logits.name, &logits.tensor)?;
        }
        let hardness = reader
            .read_one("hardness-file", arguments.hardness_file.as_ref())?
            .map(|file| {
                kind::require(&file.name, &file.tensor, kind::FLOATS)?;
                let values = convert::vector::<f64>(&file.name, &file.tensor)?;
                one_a_label(&file.name, values.len())?;
                Hardness::named(&file.name, values)
            })
            .transpose()?;
        Ok(Self {
            source: layers(sources)?,
            target: layers(targets)?,
            labels,
            source_classes,
            classifier: classifier.map(|file| file.tensor),
            probabilities,
            logits: logits.map(|file| file.tensor),
            hardness,
            features,
            hashes: reader.hashes,
        })
    }

    /// What the metric reads: the features that were given, else the last layer's activations, or the probabilities.
    pub(super) fn into_sample(self, requirement: Requirement) -> Result<Sample> {
        let sample = Sample::new(self.labels);
        let last_layer = self.target.as_ref().and_then(|target| target.layers().last());
        Ok(
            match (requirement, self.features, self.probabilities, last_layer) {
                (Requirement::Features, Some(features), ..) => sample.with_features(features)?,
                (Requirement::Features, None, _, Some(layer)) => {
                    sample.with_features(Features::named(layer.name(), layer.pooled()?)?)?
                }
                (Requirement::Probabilities, _, Some(probabilities), _) => {
                    sample.with_probabilities(probabilities)?
                }
                // The metric will say what it lacks.
                _ => sample,
            },
        )
    }
}

impl Reader {
    fn read(&mut self, argument: &str, path: &Path) -> Result<Named> {
        let tensor = array_io::read_npy(path)?;
        self.hashes.push(InputHash::of_tensor(argument, &tensor)?);
        Ok(Named {
            name: path.display().to_string(),
            tensor,
        })
    }

    fn read_one(&mut self, argument: &str, path: Option<&PathBuf>) -> Result<Option<Named>> {
        path.map(|path| self.read(argument, path)).transpose()
    }

    /// Layers, each checked under the name of its file.
    fn read_all(&mut self, argument: &str, paths: &[PathBuf]) -> Result<Vec<Named>> {
        paths
            .iter()
            .map(|path| {
                let file = self.read(argument, path)?;
                Activations::single(&file.name, file.tensor.shallow_clone())?;
                Ok(file)
            })
            .collect()
    }
}

impl Named {
    fn n_rows(&self) -> usize {
        self.tensor.size()[0] as usize
    }

    /// Of a tensor of at least two dimensions.
    fn n_channels(&self) -> usize {
        self.tensor.size()[1] as usize
    }

    fn classes(&self) -> Result<Vec<i64>> {
        kind::require(&self.name, &self.tensor, LABEL_KINDS)?;
        Ok(convert::vector::<i64>(&self.name, &self.tensor)?)
    }
}

/// The files of one side, which share the names of the other side's layers.
fn layers(files: Vec<Named>) -> Result<Option<Activations>> {
    if files.is_empty() {
        return Ok(None);
    }
    let layers = files.into_iter().enumerate();
    Activations::new(
        layers
            .map(|(index, file)| (format!("layer {index}"), file.tensor))
            .collect(),
    )
    .map(Some)
}
