//! Safetensors files: named tensors and a map of strings.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use safetensors::Dtype;
use safetensors::tensor::Metadata;
use serde_json::Value;
use tch::{Kind, Tensor};

use super::atomic;
use super::elements::{self, ByteOrder};
use super::fault::Fault;
use super::source::Source;
use crate::{Error, Result, kind};

/// The key of the metadata in the header: no tensor can have this name.
const METADATA_KEY: &str = "__metadata__";

/// The limit of the reference implementation.
const MAX_HEADER_BYTES: u64 = 100_000_000;

/// The tensors start at a multiple of this.
const ALIGNMENT: usize = 8;

/// Reads all tensors of a safetensors file, by name.
///
/// The tensors are contiguous, on the processor, in the kinds of the file.
///
/// # Errors
///
/// [`Error::Io`] if the file cannot be opened or read. [`Error::Format`] if it is not a safetensors file, if its
/// header does not describe the bytes after it exactly, or if a tensor has an element type other than bool, uint8,
/// int8, int16, int32, int64, float16, bfloat16, float32 or float64.
///
/// # Reference
///
/// Hugging Face, "Safetensors", section "Format" of its read-me.
///
/// # Examples
///
/// ```
/// use std::collections::BTreeMap;
///
/// use tensor_core::{Tensor, array_io};
///
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("layer.safetensors");
/// let layer = BTreeMap::from([
///     ("weight".to_owned(), Tensor::from_slice(&[0.5_f32, 2.0])),
///     ("steps".to_owned(), Tensor::from_slice(&[7_i64])),
/// ]);
/// array_io::write_safetensors(&path, &layer, &BTreeMap::new())?;
/// let read = array_io::read_safetensors(&path)?;
/// assert_eq!(read.keys().collect::<Vec<_>>(), ["steps", "weight"]);
/// assert_eq!(read["steps"].int64_value(&[0]), 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_safetensors(path: impl AsRef<Path>) -> Result<BTreeMap<String, Tensor>> {
    let path = path.as_ref();
    let read = || {
        let mut source = Source::open(path)?;
        let header = read_header(&mut source)?;
        let tensors = read_tensors(&mut source, &header)?;
        source.finish()?;
        Ok(tensors)
    };
    read().map_err(|fault: Fault| fault.at(path))
}

/// Reads the metadata of a safetensors file, and none of its tensors.
///
/// # Errors
///
/// [`Error::Io`] if the file cannot be opened or read. [`Error::Format`] if it is not a safetensors file, or if
/// its header does not describe the bytes after it exactly.
///
/// # Examples
///
/// ```
/// use std::collections::BTreeMap;
///
/// use tensor_core::array_io;
///
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("empty.safetensors");
/// let metadata = BTreeMap::from([("format".to_owned(), "pt".to_owned())]);
/// array_io::write_safetensors(&path, &BTreeMap::new(), &metadata)?;
/// assert_eq!(array_io::read_safetensors_metadata(&path)?["format"], "pt");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_safetensors_metadata(path: impl AsRef<Path>) -> Result<BTreeMap<String, String>> {
    let path = path.as_ref();
    let read = || Ok(metadata(&read_header(&mut Source::<File>::open(path)?)?));
    read().map_err(|fault: Fault| fault.at(path))
}

/// Writes named tensors and a map of strings, which may be empty, to a safetensors file.
///
/// The same tensors and metadata give the same bytes.
///
/// # Errors
///
/// [`Error::Kind`] if a tensor is of a kind that [`read_safetensors`] does not read; [`Error::Parameter`] if one
/// is named `__metadata__`; [`Error::Format`] if names and metadata take more than 100 MB; [`Error::Io`] as [`write_atomically`](super::write_atomically).
///
/// # Examples
///
/// ```
/// use std::collections::BTreeMap;
///
/// use tensor_core::{Tensor, array_io};
///
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("one.safetensors");
/// let tensors = BTreeMap::from([("x".to_owned(), Tensor::from_slice(&[1.0_f64, 2.0]))]);
/// array_io::write_safetensors(&path, &tensors, &BTreeMap::new())?;
/// let bytes = std::fs::read(&path)?;
/// assert!(bytes[8..].starts_with(br#"{"x":{"dtype":"F64","shape":[2],"data_offsets":[0,16]}}"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_safetensors(
    path: impl AsRef<Path>,
    tensors: &BTreeMap<String, Tensor>,
    metadata: &BTreeMap<String, String>,
) -> Result<()> {
    let path = path.as_ref();
    let layout = Layout::of(tensors)?;
    atomic::replace(path, |file| {
        file.write_all(&layout.header(metadata, None)?)?;
        layout.write_tensors(file)
    })
}

/// Reads the header and checks that it describes the bytes after it, as far as their number is known.
pub(crate) fn read_header<R: Read>(source: &mut Source<R>) -> std::result::Result<Metadata, Fault> {
    let length = u64::from_le_bytes(source.array("the length of the safetensors header")?);
    if length > MAX_HEADER_BYTES {
        return Err(Fault::Format(format!(
            "not a safetensors file: a header of {length} bytes, expected at most {MAX_HEADER_BYTES}"
        )));
    }
    let bytes = source.bytes("the safetensors header", length)?;
    let header: Metadata = serde_json::from_slice(&bytes)
        .map_err(|error| Fault::Format(format!("the safetensors header cannot be read: {error}")))?;
    source.last_section("the tensors", header.data_len() as u64)?;
    Ok(header)
}

/// Reads the tensors that the header describes, in the order in which they lie.
pub(crate) fn read_tensors<R: Read>(
    source: &mut Source<R>,
    header: &Metadata,
) -> std::result::Result<BTreeMap<String, Tensor>, Fault> {
    // All of the header is checked before the first tensor is read.
    let mut entries = Vec::new();
    for name in header.offset_keys() {
        let (shape, kind) = shape_and_kind(header, &name).map_err(|fault| in_tensor(&name, fault))?;
        entries.push((name, shape, kind));
    }
    let mut tensors = BTreeMap::new();
    for (name, shape, kind) in entries {
        let n_bytes = elements::n_bytes(&shape, kind)?;
        let tensor = source
            .section("the data", n_bytes)
            .and_then(|()| elements::read(source, &shape, kind, ByteOrder::Little))
            .map_err(|fault| in_tensor(&name, fault))?;
        tensors.insert(name, tensor);
    }
    Ok(tensors)
}

/// The metadata of a header, in the order of their keys.
pub(crate) fn metadata(header: &Metadata) -> BTreeMap<String, String> {
    let pairs = header.metadata().iter().flatten();
    pairs.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// The order in which tensors lie in a file: wider elements first, so that all are aligned; then by name.
pub(crate) struct Layout<'a> {
    entries: Vec<(&'a str, Dtype, &'a Tensor)>,
}

impl<'a> Layout<'a> {
    /// Orders the tensors, and refuses those that cannot be written.
    pub(crate) fn of(tensors: &'a BTreeMap<String, Tensor>) -> Result<Self> {
        let mut entries = Vec::with_capacity(tensors.len());
        for (name, tensor) in tensors {
            if name == METADATA_KEY {
                let expected = "a name that the format does not reserve";
                return Err(Error::Parameter {
                    name: "tensor name",
                    expected,
                    got: name.clone(),
                });
            }
            let got = kind::require(name, tensor, kind::REAL)?;
            let dtype = dtype(got).ok_or(Error::Kind {
                what: name.clone(),
                expected: kind::REAL,
                got,
            })?;
            entries.push((name.as_str(), dtype, tensor));
        }
        // Stable: within a type the names stay in order.
        entries.sort_by(|(_, left, _), (_, right, _)| right.cmp(left));
        Ok(Self { entries })
    }

    /// The bytes before the tensors. A `trailer` is a vector of bytes, by name and length, after all tensors.
    pub(crate) fn header(
        &self,
        metadata: &BTreeMap<String, String>,
        trailer: Option<(&str, usize)>,
    ) -> std::result::Result<Vec<u8>, Fault> {
        let mut fields = Vec::new();
        if !metadata.is_empty() {
            let map: Value = metadata
                .iter()
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
            fields.push(format!("{}:{map}", Value::from(METADATA_KEY)));
        }
        let mut end = 0;
        for (name, dtype, tensor) in &self.entries {
            let start = end;
            end += tensor.numel() * dtype.bitsize() / 8;
            fields.push(entry(name, *dtype, &tensor.size(), start, end));
        }
        if let Some((name, length)) = trailer {
            fields.push(entry(name, Dtype::U8, &[length as i64], end, end + length));
        }
        let mut text = format!("{{{}}}", fields.join(",")).into_bytes();
        text.resize(text.len().next_multiple_of(ALIGNMENT), b' ');
        if text.len() as u64 > MAX_HEADER_BYTES {
            return Err(Fault::Format(format!(
                "names and metadata take {} bytes: safetensors allows {MAX_HEADER_BYTES}",
                text.len()
            )));
        }
        let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
        bytes.append(&mut text);
        Ok(bytes)
    }

    /// Writes the elements of all tensors.
    pub(crate) fn write_tensors(&self, writer: &mut dyn Write) -> std::result::Result<(), Fault> {
        self.entries
            .iter()
            .try_for_each(|(_, _, tensor)| elements::write(writer, tensor, ByteOrder::Little))
    }
}

/// One tensor's field of the header, its keys in the order of the reference implementation.
fn entry(name: &str, dtype: Dtype, shape: &[i64], start: usize, end: usize) -> String {
    let (name, shape) = (Value::from(name), Value::from(shape));
    format!(r#"{name}:{{"dtype":"{dtype}","shape":{shape},"data_offsets":[{start},{end}]}}"#)
}

fn shape_and_kind(header: &Metadata, name: &str) -> std::result::Result<(Vec<i64>, Kind), Fault> {
    let info = header
        .info(name)
        .ok_or_else(|| Fault::Format("not in the header".to_owned()))?;
    let kind = kind::REAL
        .iter()
        .copied()
        .find(|&kind| dtype(kind) == Some(info.dtype))
        .ok_or_else(|| {
            let expected = kind::list(kind::REAL);
            Fault::Format(format!(
                "element type {} is not supported: expected {expected}",
                info.dtype
            ))
        })?;
    // A length beyond i64 is one that no memory can hold, and so is the one put in its place.
    let shape = info
        .shape
        .iter()
        .map(|&length| i64::try_from(length).unwrap_or(i64::MAX))
        .collect::<Vec<_>>();
    elements::n_bytes(&shape, kind)?;
    Ok((shape, kind))
}

fn in_tensor(name: &str, fault: Fault) -> Fault {
    match fault {
        Fault::Format(reason) => Fault::Format(format!("tensor `{name}`: {reason}")),
        other => other,
    }
}

fn dtype(kind: Kind) -> Option<Dtype> {
    match kind {
        Kind::Bool => Some(Dtype::BOOL),
        Kind::Uint8 => Some(Dtype::U8),
        Kind::Int8 => Some(Dtype::I8),
        Kind::Int16 => Some(Dtype::I16),
        Kind::Half => Some(Dtype::F16),
        Kind::BFloat16 => Some(Dtype::BF16),
        Kind::Int => Some(Dtype::I32),
        Kind::Float => Some(Dtype::F32),
        Kind::Double => Some(Dtype::F64),
        Kind::Int64 => Some(Dtype::I64),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
    }

    fn refused(content: &[u8]) -> String {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("x.safetensors");
        fs::write(&path, content).expect("written");
        match read_safetensors(&path).expect_err("not tensors") {
            Error::Format { reason, .. } => reason,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn all_kinds_layouts_and_odd_names_come_back() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("x.safetensors");
        let mut tensors: BTreeMap<_, _> = kind::REAL
            .iter()
            .map(|&kind| {
                (
                    format!("{kind:?}"),
                    Tensor::from_slice(&[1_i64, 0, 3]).to_kind(kind),
                )
            })
            .collect();
        tensors.insert(
            "a \"quoted\"\n\u{e9}".to_owned(),
            Tensor::from_slice(&[1_u8, 2, 3, 4]).reshape([2, 2]).tr(),
        );
        tensors.insert(
            String::new(),
            Tensor::zeros([0, 3], (Kind::Float, tch::Device::Cpu)),
        );
        tensors.insert("scalar".to_owned(), Tensor::from(2.5_f64));
        let metadata = BTreeMap::from([
            ("z".to_owned(), "\u{0}".to_owned()),
            ("a".to_owned(), String::new()),
        ]);
        write_safetensors(&path, &tensors, &metadata).expect("written");
        let back = read_safetensors(&path).expect("read");
        assert!(back.keys().eq(tensors.keys()));
        for (name, tensor) in &tensors {
            assert_eq!(
                (back[name].kind(), back[name].size()),
                (tensor.kind(), tensor.size()),
                "{name}"
            );
            assert_eq!(&back[name], tensor, "{name}");
        }
        assert_eq!(read_safetensors_metadata(&path).expect("read"), metadata);
    }

    #[test]
    fn tensors_that_cannot_be_written_are_refused_by_name() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let write = |name: &str, tensor| {
            let tensors = BTreeMap::from([(name.to_owned(), tensor)]);
            write_safetensors(folder.path().join("x"), &tensors, &BTreeMap::new()).expect_err("refused")
        };
        let complex = Tensor::from_slice(&[1.0_f32]).to_kind(Kind::ComplexFloat);
        assert_eq!(
            write("z", complex).to_string(),
            format!(
                "z has element type complex64: expected {}",
                kind::list(kind::REAL)
            )
        );
        let reserved = write("__metadata__", Tensor::from_slice(&[1.0_f32]));
        assert!(matches!(reserved, Error::Parameter { got, .. } if got == "__metadata__"));
    }

    #[test]
    fn what_is_wrong_is_said_with_figures() {
        let x = |dtype: &str, shape: &str, end: u64| {
            format!(r#"{{"x":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[0,{end}]}}}}"#)
        };
        let start = 8 + x("F32", "[2]", 8).len();
        let cases = [
            (
                vec![1, 0, 0],
                "cut short in the length of the safetensors header: expected 8 bytes from byte 0, found 3"
                    .into(),
            ),
            (
                b"PK\x03\x04\x14\0\0\0rest".to_vec(),
                "not a safetensors file: a header of 85966670672 bytes, expected at most 100000000".into(),
            ),
            (
                file(&x("F32", "[2]", 8), &[0; 7]),
                format!("cut short in the tensors: expected 8 bytes from byte {start}, found 7"),
            ),
            (
                file(&x("F32", "[2]", 8), &[0; 9]),
                format!(
                    "too long: expected {} bytes in all, found {}",
                    start + 8,
                    start + 9
                ),
            ),
            (
                file(&x("U16", "[2]", 4), &[0; 4]),
                format!(
                    "tensor `x`: element type U16 is not supported: expected {}",
                    kind::list(kind::REAL)
                ),
            ),
            (
                file(&x("BOOL", "[2]", 2), &[0, 3]),
                "tensor `x`: a bool is stored as 3: expected 0 or 1".into(),
            ),
            (
                file(&x("F32", "[0,18446744073709551615]", 0), &[]),
                "tensor `x`: the shape [0, 9223372036854775807] overflows: no memory can hold it".into(),
            ),
        ];
        for (content, expected) in cases {
            assert_eq!(refused(&content), expected);
        }
        for header in [
            "{",
            "[]",
            &x("F32", "[3]", 8),
            &x("F99", "[2]", 8),
            &x("F32", "[-2]", 8),
        ] {
            let reason = refused(&file(header, &[0; 8]));
            assert!(
                reason.starts_with("the safetensors header cannot be read: "),
                "{reason}"
            );
        }
    }
}
