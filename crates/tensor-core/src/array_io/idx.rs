//! IDX files, the format of MNIST.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use flate2::{Compression, GzBuilder};
use tch::{Kind, Tensor};

use super::atomic;
use super::elements::{self, ByteOrder};
use super::fault::Fault;
use super::source::Source;
use crate::{Error, Result, kind};

/// The kinds an IDX file can have.
const KINDS: &[Kind] = &[
    Kind::Uint8,
    Kind::Int8,
    Kind::Int16,
    Kind::Int,
    Kind::Float,
    Kind::Double,
];

/// The first two bytes of a gzip stream.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Reads a tensor from an IDX file, plain or compressed with gzip, whatever its name.
///
/// ```text
/// 0x00 0x00  type  d   n_1 … n_d   elements in row-major order
/// ```
///
/// `type` is 0x08 uint8, 0x09 int8, 0x0b int16, 0x0c int32, 0x0d float32 or 0x0e float64; the lengths `n_i` have
/// four bytes; all numbers are big-endian. The tensor is contiguous, on the processor, in the kind of the file.
///
/// # Errors
///
/// [`Error::Io`] if the file cannot be opened or read. [`Error::Format`] if it is not an IDX file, if its length
/// is not the one that its header declares, or if the gzip stream is cut short or damaged. Memory is reserved for
/// bytes that are there, not for those that a header promises.
///
/// # Reference
///
/// "The MNIST database of handwritten digits", the page of the data set, section "File formats".
///
/// # Examples
///
/// ```
/// use tensor_core::array_io;
///
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("labels-idx1-ubyte");
/// std::fs::write(&path, [0, 0, 0x08, 1, 0, 0, 0, 3, 5, 0, 4])?;
/// let labels = array_io::read_idx(&path)?;
/// assert_eq!(labels.size(), [3]);
/// assert_eq!(labels.int64_value(&[0]), 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_idx(path: impl AsRef<Path>) -> Result<Tensor> {
    let path = path.as_ref();
    open_and_read(path).map_err(|fault| fault.at(path))
}

/// Writes a tensor to an IDX file, compressed with gzip if the name ends in `.gz`.
///
/// The gzip header holds no name and no time, so the same tensor gives the same bytes.
///
/// # Errors
///
/// [`Error::Kind`] if the tensor is of a kind that IDX does not have; [`Error::Shape`] if it has more than 64
/// dimensions or a dimension of 2³² or more; [`Error::Io`] as [`write_atomically`](super::write_atomically).
///
/// # Examples
///
/// ```
/// use tensor_core::{Tensor, array_io};
///
/// # let folder = tempfile::tempdir()?;
/// let images = Tensor::from_slice(&[0_u8, 64, 128, 255]).f_reshape([1, 2, 2])?;
/// let path = folder.path().join("images-idx3-ubyte.gz");
/// array_io::write_idx(&path, &images)?;
/// assert_eq!(std::fs::read(&path)?[..2], [0x1f, 0x8b]);
/// assert_eq!(array_io::read_idx(&path)?, images);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_idx(path: impl AsRef<Path>, tensor: &Tensor) -> Result<()> {
    let path = path.as_ref();
    let header = header(path, tensor)?;
    let compressed = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
    atomic::replace(path, |mut file| {
        if compressed {
            let mut encoder = GzBuilder::new().mtime(0).write(&mut file, Compression::default());
            encoder.write_all(&header)?;
            elements::write(&mut encoder, tensor, ByteOrder::Big)?;
            encoder.finish()?;
        } else {
            file.write_all(&header)?;
            elements::write(file, tensor, ByteOrder::Big)?;
        }
        Ok(())
    })
}

fn open_and_read(path: &Path) -> std::result::Result<Tensor, Fault> {
    let mut file: Source<File> = Source::open(path)?;
    let start = file.array::<2>("the magic")?;
    if start == GZIP_MAGIC {
        // From here on the length of the content is not known.
        let decoder = MultiGzDecoder::new(io::Cursor::new(start).chain(file.into_reader()));
        let mut source = Source::new(decoder, None);
        let start = source.array("the magic").map_err(name_gzip)?;
        read(&mut source, start).map_err(name_gzip)
    } else {
        read(&mut file, start)
    }
}

fn read<R: Read>(source: &mut Source<R>, start: [u8; 2]) -> std::result::Result<Tensor, Fault> {
    if start != [0, 0] {
        let [first, second] = start;
        return Err(Fault::Format(format!(
            "not an IDX file: it starts with {first:#04x} {second:#04x}, expected 0x00 0x00 or gzip's 0x1f 0x8b"
        )));
    }
    let [code, n_dimensions] = source.array("the magic")?;
    let Some(kind) = KINDS.iter().copied().find(|&kind| type_code(kind) == Some(code)) else {
        return Err(Fault::Format(format!(
            "IDX element type {code:#04x} is not known: expected 0x08 (uint8), 0x09 (int8), 0x0b (int16), \
             0x0c (int32), 0x0d (float32) or 0x0e (float64)"
        )));
    };
    let lengths = source.bytes("the lengths of the dimensions", 4 * u64::from(n_dimensions))?;
    let (lengths, _) = lengths.as_chunks::<4>();
    let shape: Vec<i64> = lengths
        .iter()
        .map(|&length| i64::from(u32::from_be_bytes(length)))
        .collect();
    source.last_section("the data", elements::n_bytes(&shape, kind)?)?;
    let tensor = elements::read(source, &shape, kind, ByteOrder::Big)?;
    source.finish()?;
    Ok(tensor)
}

/// A stream that cannot be decompressed is the fault of the file, not of the operating system.
fn name_gzip(fault: Fault) -> Fault {
    match fault {
        Fault::Io(error) => match error.kind() {
            io::ErrorKind::UnexpectedEof => Fault::Format("the gzip stream is cut short".to_owned()),
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                Fault::Format(format!("the gzip stream is damaged: {error}"))
            }
            _ => Fault::Io(error),
        },
        other => other,
    }
}

fn header(path: &Path, tensor: &Tensor) -> Result<Vec<u8>> {
    let what = path.display().to_string();
    let code = type_code(kind::require(&what, tensor, KINDS)?);
    let shape = tensor.size();
    let lengths: Option<Vec<u32>> = shape.iter().map(|&length| u32::try_from(length).ok()).collect();
    let (Some(code), Some(lengths), true) = (code, lengths, shape.len() <= elements::MAX_DIMENSIONS) else {
        let expected = "at most 64 dimensions, each shorter than 2^32".to_owned();
        return Err(Error::Shape {
            what,
            expected,
            got: shape,
        });
    };
    let mut header = vec![0, 0, code, shape.len() as u8];
    header.extend(lengths.into_iter().flat_map(u32::to_be_bytes));
    Ok(header)
}

/// The third byte of the file.
fn type_code(kind: Kind) -> Option<u8> {
    match kind {
        Kind::Uint8 => Some(0x08),
        Kind::Int8 => Some(0x09),
        Kind::Int16 => Some(0x0b),
        Kind::Int => Some(0x0c),
        Kind::Float => Some(0x0d),
        Kind::Double => Some(0x0e),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;

    /// Two labels, 7 and 2.
    const LABELS: [u8; 10] = [0, 0, 0x08, 1, 0, 0, 0, 2, 7, 2];

    fn write_file(folder: &tempfile::TempDir, content: &[u8]) -> PathBuf {
        let path = folder.path().join("labels");
        fs::write(&path, content).expect("written");
        path
    }

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzBuilder::new().write(Vec::new(), Compression::default());
        encoder.write_all(content).expect("writing to memory");
        encoder.finish().expect("writing to memory")
    }

    fn refused(content: &[u8]) -> String {
        let folder = tempfile::tempdir().expect("a temporary folder");
        match read_idx(write_file(&folder, content)).expect_err("not a tensor") {
            Error::Format { reason, .. } => reason,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn gzip_is_recognised_by_its_magic_and_may_have_several_members() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let labels = Tensor::from_slice(&[7_u8, 2]);
        let members = [gzip(&LABELS[..5]), gzip(&LABELS[5..])].concat();
        for content in [LABELS.to_vec(), gzip(&LABELS), members] {
            assert_eq!(read_idx(write_file(&folder, &content)).expect("labels"), labels);
        }
    }

    #[test]
    fn each_kind_is_its_own_code() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("x");
        for &kind in KINDS {
            let tensor = Tensor::from_slice(&[1_i64, 0, 3]).to_kind(kind);
            write_idx(&path, &tensor).expect("written");
            let back = read_idx(&path).expect("read");
            assert_eq!((back.kind(), &back), (kind, &tensor));
        }
        let error = write_idx(&path, &Tensor::from_slice(&[1_i64])).expect_err("IDX has no int64");
        assert!(matches!(error, Error::Kind { got: Kind::Int64, .. }), "{error}");
    }

    #[test]
    fn the_gzip_header_has_no_time_and_no_name() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("labels.gz");
        write_idx(&path, &Tensor::from_slice(&[7_u8, 2])).expect("written");
        let bytes = fs::read(&path).expect("readable");
        assert_eq!(bytes[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
    }

    #[test]
    fn what_is_wrong_is_said_with_figures() {
        let start = "cut short in the data: expected";
        let cases = [
            (LABELS[..9].to_vec(), format!("{start} 2 bytes from byte 8, found 1")),
            (LABELS[..7].to_vec(), "cut short in the lengths of the dimensions: expected 4 bytes from byte 4, found 3".into()),
            ([&LABELS[..], &[0]].concat(), "too long: expected 10 bytes in all, found 11".into()),
            (b"\x89PNG".to_vec(), "not an IDX file: it starts with 0x89 0x50, expected 0x00 0x00 or gzip's 0x1f 0x8b".into()),
            (
                vec![0, 0, 0x0a, 0],
                "IDX element type 0x0a is not known: expected 0x08 (uint8), 0x09 (int8), 0x0b (int16), 0x0c (int32), \
                 0x0d (float32) or 0x0e (float64)"
                    .into(),
            ),
            // Four exabytes in ten bytes.
            (
                vec![0, 0, 8, 2, 0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 1],
                format!("{start} 4611686014132420609 bytes from byte 12, found 1"),
            ),
            (gzip(&LABELS[..9]), format!("{start} 2 bytes from byte 8, found 1")),
            (gzip(&[&LABELS[..], &[0]].concat()), "too long: more bytes follow the end at byte 10".into()),
        ];
        for (content, expected) in cases {
            assert_eq!(refused(&content), expected);
        }
    }

    #[test]
    fn a_gzip_stream_cut_anywhere_is_refused() {
        let whole = gzip(&LABELS);
        for length in 0..whole.len() {
            let reason = refused(&whole[..length]);
            assert!(reason.contains("cut short"), "{length}: {reason}");
        }
    }

    #[test]
    fn a_damaged_gzip_stream_is_refused() {
        let mut content = gzip(&LABELS);
        let checksum = content.len() - 8;
        content[checksum] ^= 1;
        assert!(
            refused(&content).starts_with("the gzip stream is damaged"),
            "{}",
            refused(&content)
        );
    }

    #[test]
    fn a_stream_that_declares_more_than_it_holds_is_met_at_its_end() {
        // Declares 2^61 bytes and holds a million zeros: met at the end of the stream, not before.
        let header = [0, 0, 8, 2, 0x7f, 0xff, 0xff, 0xff, 0x40, 0, 0, 0];
        let reason = refused(&gzip(&[&header[..], &vec![0; 1_000_000]].concat()));
        assert!(reason.ends_with("found 1000000"), "{reason}");
    }
}
