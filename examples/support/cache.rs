//! What is finished stays finished: each trained network and each accuracy is a file, named by a hash of everything
//! it depends on.
//!
//! Files appear whole or not at all, so a run may be killed at any moment; the next run takes up what is there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use tensor_core::Tensor;
use tensor_core::checkpoint::Checkpoint;

use super::output;

/// Raise it when the code that trains changes what it computes: older files are then passed over.
const VERSION: u32 = 1;

/// A folder of finished items.
#[derive(Debug, Clone)]
pub(crate) struct Cache {
    directory: PathBuf,
}

/// One item: what it depends on, and what came out.
#[derive(Debug)]
pub(crate) struct Item<S> {
    /// A few numbers.
    pub(crate) state: S,
    /// Tensors by name.
    pub(crate) tensors: BTreeMap<String, Tensor>,
}

impl Cache {
    /// Opens the folder, and makes it if need be.
    pub(crate) fn open(directory: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(directory)
            .with_context(|| format!("{}: cannot make this folder", directory.display()))?;
        Ok(Self {
            directory: directory.to_owned(),
        })
    }

    /// The item of this kind and key: read if it is finished, else computed and stored.
    pub(crate) fn item<S: Serialize + DeserializeOwned>(
        &self,
        kind: &str,
        key: &impl Serialize,
        compute: impl FnOnce() -> anyhow::Result<Item<S>>,
    ) -> anyhow::Result<Item<S>> {
        let path = self.path(kind, key)?;
        if let Some(item) = read(&path, kind) {
            return Ok(item);
        }
        let item = compute()?;
        let checkpoint = Checkpoint {
            kind: kind.to_owned(),
            version: VERSION,
            state: serde_json::to_value(&item.state)?,
            tensors: item.tensors,
        };
        checkpoint.save(&path)?;
        Ok(Item {
            state: item.state,
            tensors: checkpoint.tensors,
        })
    }

    fn path(&self, kind: &str, key: &impl Serialize) -> anyhow::Result<PathBuf> {
        let hash = Sha256::digest(serde_json::to_vec(&(kind, VERSION, key))?);
        // Half of it tells all items apart.
        let (half, _) = hash.split_first_chunk().expect("a SHA-256 has 32 bytes");
        Ok(self
            .directory
            .join(format!("{kind}-{:032x}.safetensors", u128::from_be_bytes(*half))))
    }
}

/// A file that is there but cannot be read is said so and made again.
fn read<S: DeserializeOwned>(path: &Path, kind: &str) -> Option<Item<S>> {
    if !path.exists() {
        return None;
    }
    let loaded = Checkpoint::load(path, kind, VERSION)
        .map_err(anyhow::Error::from)
        .and_then(|checkpoint| {
            let state = serde_json::from_value(checkpoint.state)?;
            Ok(Item {
                state,
                tensors: checkpoint.tensors,
            })
        });
    match loaded {
        Ok(item) => Some(item),
        Err(error) => {
            output::note(&format!("{error:#}: computing it again"));
            None
        }
    }
}
