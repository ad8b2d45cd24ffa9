//! The file that describes a pool, and the files that it names.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use ot_transferability::{
    DomainDistance, EnsembleMethod, Error, Member, MemberInputs, Pool, Result, SourceSample,
};
use serde::Deserialize;
use tensor_core::report::InputHash;
use tensor_core::{Kind, Tensor, array_io, convert, kind};
use transferability_metrics::{Features, Labels, Probabilities};

use crate::ot::from_ot;
use crate::support::bars::Bars;
use crate::support::exit::bad_input;
use crate::support::workers::Workers;

/// Kinds that labels are stored in.
const LABEL_KINDS: &[Kind] = &[Kind::Int64, Kind::Int];

/// `pool.json`; its paths are relative to its own folder.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PoolFile {
    #[serde(skip)]
    path: PathBuf,
    target_labels: PathBuf,
    models: Vec<Model>,
}

/// The files of one model.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Model {
    name: String,
    source_features: Option<PathBuf>,
    source_labels: Option<PathBuf>,
    target_features: Option<PathBuf>,
    target_probabilities: Option<PathBuf>,
}

impl PoolFile {
    /// Reads the description, not yet the files that it names.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        let text = fs::read_to_string(path).map_err(|error| bad_input(format_args!("{shown}: {error}")))?;
        let file: Self = serde_json::from_str(&text)
            .map_err(|error| bad_input(format_args!("{shown} describes no pool: {error}")))?;
        Ok(Self {
            path: path.to_owned(),
            ..file
        })
    }

    /// An error for an ensemble that the pool cannot give, or a file that the score reads and that is not named: before
    /// the work starts.
    pub(crate) fn check(&self, size: usize, method: &EnsembleMethod) -> Result<()> {
        let n_members = self.models.len();
        if n_members == 0 {
            return Err(Error::EmptyPool);
        }
        if !(1..=n_members).contains(&size) {
            return Err(Error::EnsembleSize { size, n_members });
        }
        let mut names = BTreeSet::new();
        for model in &self.models {
            if !names.insert(&model.name) {
                return Err(tensor_core::Error::DuplicateName {
                    what: "the pool".to_owned(),
                    name: model.name.clone(),
                }
                .into());
            }
            let fields = [
                ("source_features", &model.source_features, reads_source(method)),
                ("source_labels", &model.source_labels, reads_source(method)),
                ("target_features", &model.target_features, reads_source(method)),
                (
                    "target_probabilities",
                    &model.target_probabilities,
                    reads_probabilities(method),
                ),
            ];
            for (input, path, is_read) in fields {
                if is_read && path.is_none() {
                    return Err(Error::MissingInput {
                        member: model.name.clone(),
                        input,
                    });
                }
            }
        }
        Ok(())
    }

    /// Reads what the score needs, and solves the transport problems if it needs them.
    pub(crate) fn load(
        &self,
        method: &EnsembleMethod,
        distance: &DomainDistance,
        workers: &Workers,
    ) -> anyhow::Result<(Pool, Vec<InputHash>)> {
        let mut hashes = vec![InputHash::of_file("pool", &self.path)?];
        let labels = self
            .labels("target_labels", &self.target_labels, &mut hashes)
            .map_err(from_ot)?;
        let reads_source = reads_source(method);
        let total = self.models.len() as u64;
        let read = workers.map(
            "models",
            &self.models,
            total,
            &mut Bars::default(),
            |model, advance| {
                let mut hashes = Vec::new();
                let member = self
                    .inputs(model, reads_source, &mut hashes)
                    .and_then(|inputs| inputs.member(&labels, distance))
                    .map_err(from_ot)?;
                advance(1);
                Ok((member, hashes))
            },
        )?;
        let (members, of_members): (Vec<Member>, Vec<_>) = read.into_iter().unzip();
        hashes.extend(of_members.into_iter().flatten());
        Ok((Pool::new(labels, members).map_err(from_ot)?, hashes))
    }

    fn inputs(&self, model: &Model, reads_source: bool, hashes: &mut Vec<InputHash>) -> Result<MemberInputs> {
        let argument = |field: &str| format!("{}/{field}", model.name);
        let mut features = |field: &str, path: &Option<PathBuf>| -> Result<Option<Features>> {
            let Some(path) = path.as_ref().filter(|_| reads_source) else {
                return Ok(None);
            };
            let (name, tensor) = self.tensor(&argument(field), path, hashes)?;
            Ok(Some(Features::named(&name, tensor)?))
        };
        let source_features = features("source_features", &model.source_features)?;
        let target_features = features("target_features", &model.target_features)?;
        let source = match (source_features, &model.source_labels) {
            (Some(features), Some(path)) => {
                let labels = self.labels(&argument("source_labels"), path, hashes)?;
                Some(SourceSample::new(&features, labels)?)
            }
            _ => None,
        };
        let target_probabilities = match &model.target_probabilities {
            None => None,
            Some(path) => {
                let (name, tensor) = self.tensor(&argument("target_probabilities"), path, hashes)?;
                Some(Probabilities::named(&name, tensor)?)
            }
        };
        Ok(MemberInputs {
            name: model.name.clone(),
            source,
            target_features,
            target_probabilities,
        })
    }

    fn labels(&self, argument: &str, path: &Path, hashes: &mut Vec<InputHash>) -> Result<Labels> {
        let (name, tensor) = self.tensor(argument, path, hashes)?;
        kind::require(&name, &tensor, LABEL_KINDS)?;
        Ok(Labels::named(&name, &convert::vector::<i64>(&name, &tensor)?)?)
    }

    /// A tensor and the name of its file.
    fn tensor(&self, argument: &str, path: &Path, hashes: &mut Vec<InputHash>) -> Result<(String, Tensor)> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let tensor = array_io::read_npy(folder.join(path))?;
        hashes.push(InputHash::of_tensor(argument, &tensor)?);
        Ok((path.display().to_string(), tensor))
    }
}

fn reads_source(method: &EnsembleMethod) -> bool {
    matches!(method, EnsembleMethod::Osborn(_))
}

fn reads_probabilities(method: &EnsembleMethod) -> bool {
    !matches!(method, EnsembleMethod::Osborn(osborn) if osborn.cohesion_weight == 0.0)
}
