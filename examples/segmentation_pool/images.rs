//! The images that the scenes show, split so that no scene of one part shows an image of another.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context;
use tensor_core::Seed;

use super::plan::Plan;
use super::task::Task;
use crate::support::data_set::DataSet;
use crate::support::exit::bad_input;
use crate::support::image_set::{ImageSet, Split};

/// Where `cargo xtask data --pool` puts the silhouettes, from the workspace.
const ANIMALS: [&str; 2] = [
    ".local/data/pool/animals-images-idx3-ubyte",
    ".local/data/pool/animals-labels-idx1-ubyte",
];

/// Which scenes the images are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Those of the source tasks.
    Source,
    /// Those that a target is scored and fine-tuned on.
    TargetTrain,
    /// Those that measure what was reached.
    TargetTest,
}

/// Every data set that a plan shows, split.
#[derive(Debug)]
pub(crate) struct Images(BTreeMap<DataSet, Split>);

impl Images {
    /// Reads and splits the data sets of all tasks: the samples in `data/`, and what was fetched.
    pub(crate) fn read(plan: &Plan, workspace: &Path, seed: Seed) -> anyhow::Result<Self> {
        let tasks = plan.sources.iter().map(|source| &source.task);
        let shown: BTreeSet<DataSet> = tasks.chain(&plan.targets).flat_map(Task::data_sets).collect();
        let split = |data: DataSet| -> anyhow::Result<(DataSet, Split)> {
            let images = match data {
                DataSet::Animals => read_animals(workspace)?,
                _ => data.read_vendored(&workspace.join("data"))?,
            };
            let split = images.split(Plan::split_sizes(data), seed.derive(data.name()))?;
            Ok((data, split))
        };
        let splits = shown
            .into_iter()
            .map(|data| split(data).with_context(|| format!("cannot prepare {}", data.name())))
            .collect::<anyhow::Result<_>>()?;
        Ok(Self(splits))
    }

    /// One part of every data set.
    pub(crate) fn part<'s>(&'s self, part: Part) -> BTreeMap<DataSet, &'s ImageSet> {
        let of = |split: &'s Split| match part {
            Part::Source => &split.source,
            Part::TargetTrain => &split.target_train,
            Part::TargetTest => &split.target_test,
        };
        self.0.iter().map(|(&data, split)| (data, of(split))).collect()
    }
}

fn read_animals(workspace: &Path) -> anyhow::Result<ImageSet> {
    let [images, labels] = ANIMALS.map(|file| workspace.join(file));
    if !(images.is_file() && labels.is_file()) {
        return Err(bad_input(format_args!(
            "{} is not there: expected the silhouettes of animals, which `cargo xtask data --pool` fetches",
            images.display()
        )));
    }
    ImageSet::read(&images, &labels, None)
}
