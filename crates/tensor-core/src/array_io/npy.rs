//! NumPy's npy files.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use tch::{Kind, Tensor};

use super::atomic;
use super::elements::{self, ByteOrder};
use super::fault::Fault;
use super::npy_header::{Header, MAGIC};
use super::source::Source;
use crate::{Result, kind};

/// The kinds an npy file can have here, in the order in which messages list them.
const KINDS: &[Kind] = &[
    Kind::Float,
    Kind::Double,
    Kind::Half,
    Kind::Int64,
    Kind::Int,
    Kind::Int16,
    Kind::Int8,
    Kind::Uint8,
    Kind::Bool,
];

/// No header of a plain array is nearly as long.
const MAX_HEADER_BYTES: u64 = 64 * 1024;

/// Reads a tensor from an npy file.
///
/// Versions 1.0, 2.0 and 3.0 are read, in C and Fortran order and in both byte orders. The tensor is contiguous,
/// on the processor, in the kind of the file.
///
/// # Errors
///
/// [`Error::Io`](crate::Error::Io) if the file cannot be opened or read.
/// [`Error::Format`](crate::Error::Format) if it is not an npy file, has an element type other than bool, uint8, int8,
/// int16, int32, int64, float16, float32 or float64, has a header that is cut short or malformed, or holds fewer or
/// more bytes than the header says. Memory is reserved after these checks.
///
/// # Reference
///
/// The NumPy developers, "NumPy format", `numpy.lib.format`.
///
/// # Examples
///
/// ```
/// use tensor_core::{Tensor, array_io};
///
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("features.npy");
/// array_io::write_npy(&path, &Tensor::from_slice(&[1.5_f32, -2.0]))?;
/// let features = array_io::read_npy(&path)?;
/// assert_eq!(features.size(), [2]);
/// assert_eq!(features.double_value(&[1]), -2.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_npy(path: impl AsRef<Path>) -> Result<Tensor> {
    let path = path.as_ref();
    Source::<File>::open(path)
        .and_then(|mut file| read(&mut file))
        .map_err(|fault| fault.at(path))
}

/// Reads a tensor in npy format from a stream, such as a member of an archive, to its end.
///
/// `name` stands for the path in errors. Memory grows with what was read, whatever the header says.
///
/// # Errors
///
/// Those of [`read_npy`].
///
/// # Examples
///
/// ```
/// use tensor_core::array_io;
///
/// let error = array_io::read_npy_from(&b"\x93NUMPY\x07\x00"[..], "x.npy").unwrap_err();
/// assert_eq!(error.to_string(), "x.npy: npy version 7.0: expected 1.0, 2.0 or 3.0");
/// ```
pub fn read_npy_from(reader: impl Read, name: impl AsRef<Path>) -> Result<Tensor> {
    read(&mut Source::new(reader, None)).map_err(|fault| fault.at(name.as_ref()))
}

/// Writes a tensor to an npy file of version 1.0 in C order: the bytes that `numpy.save` writes.
///
/// # Errors
///
/// [`Error::Kind`](crate::Error::Kind) if the tensor is of a kind that [`read_npy`] does not read;
/// [`Error::Io`](crate::Error::Io) as [`write_atomically`](super::write_atomically).
///
/// # Examples
///
/// ```
/// use tensor_core::{Tensor, array_io};
///
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("labels.npy");
/// array_io::write_npy(&path, &Tensor::from_slice(&[3_i64]))?;
/// let bytes = std::fs::read(&path)?;
/// assert_eq!(bytes.len(), 128 + 8);
/// assert!(bytes[10..].starts_with(b"{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_npy(path: impl AsRef<Path>, tensor: &Tensor) -> Result<()> {
    let path = path.as_ref();
    let kind = kind::require(&path.display().to_string(), tensor, KINDS)?;
    let header = Header {
        descr: descr(kind),
        fortran_order: false,
        shape: tensor.size(),
    };
    atomic::replace(path, |file| {
        file.write_all(&header.to_bytes())?;
        elements::write(file, tensor, ByteOrder::Little)
    })
}

fn read(source: &mut Source<impl Read>) -> std::result::Result<Tensor, Fault> {
    let header = read_header(source)?;
    let Some((order, kind)) = element_type(&header.descr) else {
        let (descr, expected) = (header.descr, kind::list(KINDS));
        return Err(Fault::Format(format!(
            "element type '{descr}' is not supported: expected {expected}"
        )));
    };
    read_data(source, &header, kind, order)
}

fn read_header(source: &mut Source<impl Read>) -> std::result::Result<Header, Fault> {
    let magic: [u8; MAGIC.len()] = source.array("the npy magic")?;
    if magic != *MAGIC {
        return Err(Fault::Format(
            "not an npy file: it does not start with \\x93NUMPY".to_owned(),
        ));
    }
    let [major, minor] = source.array("the npy version")?;
    let length = match (major, minor) {
        (1, 0) => u64::from(u16::from_le_bytes(source.array("the length of the npy header")?)),
        (2 | 3, 0) => u64::from(u32::from_le_bytes(source.array("the length of the npy header")?)),
        _ => {
            return Err(Fault::Format(format!(
                "npy version {major}.{minor}: expected 1.0, 2.0 or 3.0"
            )));
        }
    };
    source.section("the npy header", length)?;
    if length > MAX_HEADER_BYTES {
        let reason = format!("npy header of {length} bytes: expected at most {MAX_HEADER_BYTES}");
        return Err(Fault::Format(reason));
    }
    let bytes = source.bytes("the npy header", length)?;
    // Versions 1.0 and 2.0 are Latin-1, version 3.0 is UTF-8; what can be read here is ASCII in all three.
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        Fault::Format(format!(
            "the npy header is not text at byte {}",
            error.valid_up_to()
        ))
    })?;
    Header::parse(text)
}

fn read_data(
    source: &mut Source<impl Read>,
    header: &Header,
    kind: Kind,
    order: ByteOrder,
) -> std::result::Result<Tensor, Fault> {
    let shape = &header.shape;
    source.last_section("the data", elements::n_bytes(shape, kind)?)?;
    let tensor = if header.fortran_order {
        let reversed: Vec<i64> = shape.iter().rev().copied().collect();
        let axes: Vec<i64> = (0..shape.len() as i64).rev().collect();
        elements::read(source, &reversed, kind, order)?
            .f_permute(axes)?
            .f_contiguous()?
    } else {
        elements::read(source, shape, kind, order)?
    };
    source.finish()?;
    Ok(tensor)
}

/// The byte order and the kind of a NumPy element type, if it is supported.
fn element_type(descr: &str) -> Option<(ByteOrder, Kind)> {
    let (order, code) = match descr.as_bytes().first()? {
        b'<' => (ByteOrder::Little, &descr[1..]),
        b'>' => (ByteOrder::Big, &descr[1..]),
        b'|' | b'=' => (ByteOrder::NATIVE, &descr[1..]),
        _ => (ByteOrder::NATIVE, descr),
    };
    let kind = KINDS
        .iter()
        .copied()
        .find(|&kind| letter_and_size(kind) == code)?;
    Some((order, kind))
}

/// A kind as NumPy writes it on a machine of any byte order: little-endian.
fn descr(kind: Kind) -> String {
    let order = if kind.elt_size_in_bytes() == 1 { '|' } else { '<' };
    format!("{order}{}", letter_and_size(kind))
}

fn letter_and_size(kind: Kind) -> String {
    let letter = match kind {
        Kind::Bool => 'b',
        Kind::Uint8 => 'u',
        Kind::Half | Kind::Float | Kind::Double => 'f',
        _ => 'i',
    };
    format!("{letter}{}", kind.elt_size_in_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    fn file(header: &Header, data: &[u8]) -> Vec<u8> {
        [&header.to_bytes(), data].concat()
    }

    fn header(descr: &str, shape: &[i64]) -> Header {
        Header {
            descr: descr.to_owned(),
            fortran_order: false,
            shape: shape.to_vec(),
        }
    }

    fn refused(bytes: &[u8]) -> String {
        let length = Some(bytes.len() as u64);
        read(&mut Source::new(bytes, length))
            .expect_err("not a tensor")
            .at(Path::new("x.npy"))
            .to_string()
    }

    #[test]
    fn each_kind_is_its_own_descr() {
        for &kind in KINDS {
            let (order, found) = element_type(&descr(kind)).expect("a supported type");
            assert_eq!(found, kind);
            assert!(order == ByteOrder::Little || kind.elt_size_in_bytes() == 1);
        }
        assert_eq!(element_type(">i4"), Some((ByteOrder::Big, Kind::Int)));
        assert_eq!(element_type("=f8"), Some((ByteOrder::NATIVE, Kind::Double)));
        for other in ["", "<", "<u4", "<c8", "|S5", "<U3", "|O", "<f16", "|V8", "é4"] {
            assert_eq!(element_type(other), None, "{other}");
        }
    }

    #[test]
    fn fortran_order_is_turned_into_c_order() {
        let header = Header {
            fortran_order: true,
            ..header("|u1", &[2, 3])
        };
        let bytes = file(&header, &[1, 4, 2, 5, 3, 6]);
        let tensor = read_npy_from(&bytes[..], "x.npy").expect("a tensor");
        assert!(tensor.is_contiguous());
        assert_eq!(tensor, Tensor::from_slice(&[1_u8, 2, 3, 4, 5, 6]).reshape([2, 3]));
    }

    #[test]
    fn versions_2_and_3_have_a_longer_length() {
        let text = "{'descr': '>i8', 'fortran_order': False, 'shape': ()}\n";
        for version in [2, 3] {
            let mut bytes = MAGIC.to_vec();
            bytes.extend([version, 0]);
            bytes.extend((text.len() as u32).to_le_bytes());
            bytes.extend(text.bytes());
            bytes.extend((-5_i64).to_be_bytes());
            let tensor = read_npy_from(&bytes[..], "x.npy").expect("a tensor");
            assert_eq!((tensor.size().len(), tensor.int64_value(&[])), (0, -5));
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_figures() {
        let data = [0; 24];
        let start = header("<f4", &[2, 3]).to_bytes().len();
        let cases = [
            (b"PK\x03\x04rest".to_vec(), "x.npy: not an npy file: it does not start with \\x93NUMPY".to_owned()),
            (b"\x93NUM".to_vec(), "x.npy: cut short in the npy magic: expected 6 bytes from byte 0, found 4".to_owned()),
            (
                b"\x93NUMPY\x01\x00\x10\x00{'descr'".to_vec(),
                "x.npy: cut short in the npy header: expected 16 bytes from byte 10, found 8".to_owned(),
            ),
            (
                file(&header("<f4", &[2, 3]), &data[..23]),
                format!("x.npy: cut short in the data: expected 24 bytes from byte {start}, found 23"),
            ),
            (
                file(&header("<f4", &[2, 2]), &data),
                format!("x.npy: too long: expected {} bytes in all, found {}", start + 16, start + 24),
            ),
            (
                file(&header("<f4", &[1 << 40, 1 << 40]), &data),
                "x.npy: the shape [1099511627776, 1099511627776] overflows: no memory can hold it".to_owned(),
            ),
            (
                file(&header("<f4", &[1 << 40]), &data),
                format!("x.npy: cut short in the data: expected 4398046511104 bytes from byte {start}, found 24"),
            ),
            (
                file(&header("<c8", &[3]), &data),
                "x.npy: element type '<c8' is not supported: expected float32, float64, float16, int64, int32, \
                 int16, int8, uint8 or bool"
                    .to_owned(),
            ),
        ];
        for (bytes, expected) in cases {
            assert_eq!(refused(&bytes), expected);
        }
    }

    #[test]
    fn a_stream_of_unknown_length_is_held_to_the_header_too() {
        let start = header("|u1", &[4]).to_bytes().len();
        let short = read_npy_from(&file(&header("|u1", &[4]), &[0; 3])[..], "x.npy").expect_err("cut short");
        let expected = format!("x.npy: cut short in the data: expected 4 bytes from byte {start}, found 3");
        assert_eq!(short.to_string(), expected);
        let long = read_npy_from(&file(&header("|u1", &[2]), &[0; 3])[..], "x.npy").expect_err("too long");
        let expected = format!("x.npy: too long: more bytes follow the end at byte {}", start + 2);
        assert_eq!(long.to_string(), expected);
    }

    #[test]
    fn a_kind_that_has_no_npy_type_is_not_written() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("x.npy");
        let tensor = Tensor::from_slice(&[1.0_f32]).to_kind(Kind::BFloat16);
        let error = write_npy(&path, &tensor).expect_err("NumPy has no bfloat16");
        assert!(
            matches!(
                error,
                Error::Kind {
                    got: Kind::BFloat16,
                    ..
                }
            ),
            "{error}"
        );
        assert!(!path.exists());
    }
}
