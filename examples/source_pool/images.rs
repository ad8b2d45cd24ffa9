//! The images of the pool, split: from the samples in `data/`, or from the full sets in `.local/data/`.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use tensor_core::Seed;

use crate::support::data_set::DataSet;
use crate::support::exit::bad_input;
use crate::support::image_set::{ImageSet, SIDE, Split, SplitSizes};

/// Which files the images come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Store {
    /// The samples in `data/`: three data sets.
    Samples,
    /// The full sets in `.local/data/`: all.
    Full,
}

/// The workspace's folders.
#[derive(Debug, Clone)]
pub(crate) struct Folders {
    /// `data/`.
    samples: PathBuf,
    /// `.local/data/`.
    full: PathBuf,
}

impl Folders {
    /// Those of the workspace at `root`.
    pub(crate) fn of_workspace(root: &Path) -> Self {
        Self {
            samples: root.join("data"),
            full: root.join(".local/data"),
        }
    }

    /// Where the parameters of foreign networks lie.
    pub(crate) fn pool(&self) -> PathBuf {
        self.full.join("pool")
    }

    /// Fails with what to run unless everything of the full pool was fetched.
    pub(crate) fn require_full(&self) -> anyhow::Result<()> {
        let needed = [
            "mnist/t10k-images-idx3-ubyte",
            "fashion-mnist/t10k-images-idx3-ubyte.gz",
        ];
        for file in needed.into_iter().chain(["pool/samples.safetensors"]) {
            if !self.full.join(file).is_file() {
                let task = if file.starts_with("pool") {
                    "data --pool"
                } else {
                    "data"
                };
                return Err(bad_input(format_args!(
                    "{} is not there: expected the full data sets, which `cargo xtask {task}` fetches",
                    self.full.join(file).display()
                )));
            }
        }
        Ok(())
    }

    /// Reads a data set and splits it at random.
    pub(super) fn split(
        &self,
        data: DataSet,
        store: Store,
        sizes: SplitSizes,
        seed: Seed,
    ) -> anyhow::Result<Split> {
        match (store, data) {
            (Store::Samples, _) | (Store::Full, DataSet::Digits) => {
                data.read_vendored(&self.samples)?.split(sizes, seed)
            }
            (Store::Full, DataSet::Mnist) => self.split_files("mnist/train", "mnist/t10k", "", sizes, seed),
            (Store::Full, DataSet::Fashion) => {
                self.split_files("fashion-mnist/train", "fashion-mnist/t10k", ".gz", sizes, seed)
            }
            (Store::Full, DataSet::Animals) => self.read("pool/animals", "")?.split(sizes, seed),
            (Store::Full, DataSet::Faces) => {
                let Split {
                    source,
                    target_train,
                    target_test,
                } = self.read("pool/faces", "")?.split(sizes, seed)?;
                let [source, target_train, target_test] =
                    [source, target_train, target_test].map(with_mirror_images);
                Ok(Split {
                    source,
                    target_train,
                    target_test,
                })
            }
            (Store::Full, DataSet::Textures) => {
                let part = |name: &str, per_class: usize| -> anyhow::Result<ImageSet> {
                    let images = self.read(&format!("pool/textures-{name}"), "")?;
                    let classes: Vec<i64> = (0..images.n_classes()).collect();
                    Ok(images.of_classes(&classes, per_class))
                };
                Ok(Split {
                    source: part("source", sizes.source)?,
                    target_train: part("target-train", sizes.target_train)?,
                    target_test: part("target-test", sizes.target_test)?,
                })
            }
        }
    }

    /// Tests on images of the test file, everything else from the training file.
    fn split_files(
        &self,
        train: &str,
        test: &str,
        suffix: &str,
        sizes: SplitSizes,
        seed: Seed,
    ) -> anyhow::Result<Split> {
        let for_training = SplitSizes {
            target_test: 0,
            ..sizes
        };
        let for_testing = SplitSizes {
            target_test: sizes.target_test,
            source: 0,
            target_train: 0,
        };
        let mut split = self.read(train, suffix)?.split(for_training, seed)?;
        let test = self.read(test, suffix)?;
        split.target_test = test.split(for_testing, seed.derive("test file"))?.target_test;
        Ok(split)
    }

    fn read(&self, name: &str, suffix: &str) -> anyhow::Result<ImageSet> {
        let path = |what: &str| self.full.join(format!("{name}-{what}-ubyte{suffix}"));
        ImageSet::read(&path("images-idx3"), &path("labels-idx1"), None)
            .with_context(|| format!("cannot read {name}"))
    }
}

/// The images, and behind them their mirror images.
fn with_mirror_images(images: ImageSet) -> ImageSet {
    let mut both = images.clone();
    both.append(images.with_images(|image| image.chunks_exact_mut(SIDE).for_each(<[u8]>::reverse)));
    both
}
