//! Work that is saved in the middle and resumed as if it had never stopped.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use serde_json::Value;
use tch::Tensor;

use crate::array_io::atomic;
use crate::array_io::digest::{DIGEST_BYTES, Hashing};
use crate::array_io::fault::Fault;
use crate::array_io::safetensors::{Layout, metadata, read_header, read_tensors};
use crate::array_io::source::Source;
use crate::{Error, Result, check};

/// The state of long work: small values as JSON, large ones as tensors.
///
/// A checkpoint is one safetensors file, which any reader of that format opens: the tensors under their names, the
/// rest in the metadata, and as the last tensor, `checkpoint.sha256`, the digest of every byte before it. Saving
/// and loading keeps every bit, of tensors of any kind that
/// [`write_safetensors`](crate::array_io::write_safetensors) takes and of JSON numbers; a file that was cut short
/// or changed is refused.
///
/// # Examples
///
/// ```
/// use std::collections::BTreeMap;
///
/// use serde_json::json;
/// use tensor_core::{Tensor, checkpoint::Checkpoint};
///
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("training.ckpt");
/// let checkpoint = Checkpoint {
///     kind: "training".to_owned(),
///     version: 1,
///     state: json!({"epoch": 3, "loss": 0.1}),
///     tensors: BTreeMap::from([("weight".to_owned(), Tensor::from_slice(&[0.5_f32, 2.0]))]),
/// };
/// checkpoint.save(&path)?;
///
/// let resumed = Checkpoint::load(&path, "training", 1)?;
/// assert_eq!(resumed.state["epoch"], 3);
/// assert_eq!(resumed.tensors["weight"].double_value(&[1]), 2.0);
///
/// let error = Checkpoint::load(&path, "training", 2).unwrap_err().to_string();
/// assert!(error.ends_with("a checkpoint of version 1: expected version 2"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Checkpoint {
    /// What was being done: a name that the crate which saves it chooses.
    pub kind: String,
    /// Version of the layout of `state` and `tensors`, for this kind.
    pub version: u32,
    /// Counters, parameters, seeds: at most 127 levels deep, and with the names of the tensors at most 100 MB as text.
    pub state: Value,
    /// Weights, moments, samples, by name. The name `checkpoint.sha256` is taken.
    pub tensors: BTreeMap<String, Tensor>,
}

const KIND: &str = "checkpoint.kind";
const VERSION: &str = "checkpoint.version";
const STATE: &str = "checkpoint.state";
const DIGEST: &str = "checkpoint.sha256";

impl Checkpoint {
    /// Saves the checkpoint, whole or not at all, in the place of an older one if there is one.
    ///
    /// The same checkpoint gives the same bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] if a tensor has a name that is taken or the state is nested too deeply; otherwise those of
    /// [`write_safetensors`](crate::array_io::write_safetensors).
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        if self.tensors.contains_key(DIGEST) {
            let expected = "a name other than `checkpoint.sha256`";
            return Err(Error::Parameter {
                name: "tensor name",
                expected,
                got: DIGEST.to_owned(),
            });
        }
        let state = self.state.to_string();
        // The parser refuses deeper nesting, and nothing else that was written: better now than when resuming.
        let readable = serde_json::from_str::<Value>(&state).is_ok();
        let expected = "at most 127 levels of arrays and objects";
        check::parameter("state", readable, expected, "nested too deeply")?;
        let metadata = BTreeMap::from([
            (KIND.to_owned(), self.kind.clone()),
            (VERSION.to_owned(), self.version.to_string()),
            (STATE.to_owned(), state),
        ]);
        let layout = Layout::of(&self.tensors)?;
        atomic::replace(path.as_ref(), |file| {
            let mut hashing = Hashing::new(&mut *file);
            hashing.write_all(&layout.header(&metadata, Some((DIGEST, DIGEST_BYTES)))?)?;
            layout.write_tensors(&mut hashing)?;
            let digest = hashing.finish();
            Ok(file.write_all(&digest)?)
        })
    }

    /// Loads the checkpoint of a kind and a version.
    ///
    /// Whoever can resume from older versions too catches [`Error::CheckpointVersion`], which names the version
    /// found, and loads that one.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the file cannot be opened or read; [`Error::Format`] if it is no checkpoint, or was cut
    /// short or changed since it was saved; [`Error::CheckpointKind`] and [`Error::CheckpointVersion`] if it is
    /// whole and holds something else.
    pub fn load(path: impl AsRef<Path>, kind: &str, version: u32) -> Result<Self> {
        let path = path.as_ref();
        let checkpoint = read(path).map_err(|fault| fault.at(path))?;
        if checkpoint.kind != kind {
            let (expected, got) = (kind.to_owned(), checkpoint.kind);
            return Err(Error::CheckpointKind {
                path: path.to_owned(),
                expected,
                got,
            });
        }
        if checkpoint.version != version {
            let (expected, got) = (version, checkpoint.version);
            return Err(Error::CheckpointVersion {
                path: path.to_owned(),
                expected,
                got,
            });
        }
        Ok(checkpoint)
    }
}

/// Reads a checkpoint of any kind and version, and believes nothing in it before its digest agrees.
fn read(path: &Path) -> std::result::Result<Checkpoint, Fault> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let hashing = Hashing::limited(file, length.saturating_sub(DIGEST_BYTES as u64));
    let mut source = Source::new(hashing, Some(length));
    let header = read_header(&mut source)?;
    let mut metadata = metadata(&header);
    let mut field = |key| metadata.remove(key).ok_or_else(|| not_a_checkpoint(key));
    let (kind, version, state) = (field(KIND)?, field(VERSION)?, field(STATE)?);
    if header.offset_keys().last().map(String::as_str) != Some(DIGEST) {
        return Err(not_a_checkpoint(DIGEST));
    }
    let mut tensors = read_tensors(&mut source, &header)?;
    source.finish()?;
    let saved = tensors
        .remove(DIGEST)
        .map_or(Ok(Vec::new()), |digest| bytes(&digest))?;
    if saved != source.into_reader().finish() {
        return Err(Fault::Format(
            "the checkpoint was changed since it was saved: its digest differs".to_owned(),
        ));
    }
    let version = version.parse().map_err(|_| not_a_checkpoint(VERSION))?;
    let state = serde_json::from_str(&state).map_err(|_| not_a_checkpoint(STATE))?;
    Ok(Checkpoint {
        kind,
        version,
        state,
        tensors,
    })
}

fn not_a_checkpoint(missing: &str) -> Fault {
    Fault::Format(format!(
        "a safetensors file, but not a checkpoint: it has no valid `{missing}`"
    ))
}

fn bytes(vector: &Tensor) -> std::result::Result<Vec<u8>, Fault> {
    let n = vector.numel();
    let mut bytes = vec![0; n * vector.f_kind()?.elt_size_in_bytes()];
    vector.f_copy_data_u8(&mut bytes, n)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;
    use serde_json::json;
    use tch::Kind;

    use super::*;

    fn training() -> Checkpoint {
        Checkpoint {
            kind: "training".to_owned(),
            version: 3,
            state: json!({"epoch": 7, "loss": 0.1, "seed": u64::MAX}),
            tensors: BTreeMap::from([
                ("mask".to_owned(), Tensor::from_slice(&[true, false])),
                ("weight".to_owned(), Tensor::from_slice(&[f32::NAN, -0.0])),
            ]),
        }
    }

    fn saved(checkpoint: &Checkpoint) -> Vec<u8> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("x.ckpt");
        checkpoint.save(&path).expect("saved");
        fs::read(&path).expect("readable")
    }

    /// Loads what `content` would be as a file.
    fn load(content: &[u8], kind: &str, version: u32) -> Result<Checkpoint> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("x.ckpt");
        fs::write(&path, content).expect("written");
        Checkpoint::load(&path, kind, version)
    }

    #[test]
    fn a_file_cut_at_any_byte_is_refused() {
        let content = saved(&training());
        for length in 0..content.len() {
            let error = load(&content[..length], "training", 3).expect_err("cut short");
            assert!(matches!(error, Error::Format { .. }), "cut at {length}: {error}");
        }
    }

    #[test]
    fn a_file_with_any_byte_changed_is_refused() {
        let content = saved(&training());
        for position in 0..content.len() {
            for flip in [1, 0x20, 0x80] {
                let mut changed = content.clone();
                changed[position] ^= flip;
                let error = load(&changed, "training", 3).expect_err("changed");
                assert!(
                    matches!(error, Error::Format { .. }),
                    "byte {position} flipped by {flip}: {error}"
                );
            }
        }
    }

    #[test]
    fn other_kinds_and_versions_are_told_apart() {
        let content = saved(&training());
        let other = load(&content, "sampling", 3).expect_err("another kind");
        assert!(
            matches!(&other, Error::CheckpointKind { got, .. } if got == "training"),
            "{other}"
        );
        for asked in [2, 4] {
            let other = load(&content, "training", asked).expect_err("another version");
            assert!(matches!(other, Error::CheckpointVersion { expected, got: 3, .. } if expected == asked));
        }
    }

    #[test]
    fn a_plain_safetensors_file_is_no_checkpoint() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("x");
        crate::array_io::write_safetensors(&path, &training().tensors, &BTreeMap::new()).expect("written");
        let error = Checkpoint::load(&path, "training", 3).expect_err("no metadata");
        assert!(
            error
                .to_string()
                .ends_with("not a checkpoint: it has no valid `checkpoint.kind`"),
            "{error}"
        );
    }

    #[test]
    fn the_name_of_the_digest_is_taken() {
        let tensors = BTreeMap::from([(DIGEST.to_owned(), Tensor::from_slice(&[1_u8]))]);
        let error = Checkpoint {
            tensors,
            ..training()
        }
        .save("never-written")
        .expect_err("taken");
        assert!(matches!(error, Error::Parameter { .. }), "{error}");
    }

    #[test]
    fn a_state_that_could_not_be_read_again_is_not_saved() {
        let nested = |depth| (0..depth).fold(Value::Null, |inner, _| Value::from(vec![inner]));
        let checkpoint = |depth| Checkpoint {
            state: nested(depth),
            ..training()
        };
        let back = load(&saved(&checkpoint(127)), "training", 3).expect("as deep as it may be");
        assert_eq!(back.state, nested(127));
        let error = checkpoint(128).save("never-written").expect_err("too deep");
        assert_eq!(
            error.to_string(),
            "state is nested too deeply: expected at most 127 levels of arrays and objects"
        );
    }

    /// JSON of any shape, with the numbers that are hard to keep.
    fn any_state() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..4)
                    .prop_map(|map| map.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn saving_and_loading_is_the_identity_bit_for_bit(
            kind: String,
            version: u32,
            state in any_state(),
            // Any bits: NaN payloads and signed zeros included.
            columns in prop::collection::btree_map("[a-z.]{0,6}", prop::collection::vec(any::<u64>(), 0..6), 0..4),
        ) {
            let tensors = columns.iter().map(|(name, column)| {
                let bytes: Vec<u8> = column.iter().flat_map(|bits| bits.to_ne_bytes()).collect();
                let tensor = Tensor::from_data_size(&bytes, &[column.len() as i64], Kind::Double);
                (name.clone(), tensor)
            }).collect();
            let checkpoint = Checkpoint { kind: kind.clone(), version, state: state.clone(), tensors };
            let content = saved(&checkpoint);
            prop_assert_eq!(&content, &saved(&checkpoint));

            let back = load(&content, &kind, version).expect("whole");
            prop_assert_eq!(back.state, state);
            prop_assert!(back.tensors.keys().eq(columns.keys()));
            for (name, column) in &columns {
                let bits: Vec<u8> = column.iter().flat_map(|bits| bits.to_ne_bytes()).collect();
                prop_assert_eq!(bytes(&back.tensors[name]).expect("readable"), bits);
            }
        }
    }
}
