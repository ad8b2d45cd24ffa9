//! The bytes of a tensor's elements: in row-major order, nothing between them.

use std::io::{Read, Write};

use tch::{Device, Kind, Tensor};

use super::fault::Fault;
use super::source::Source;

type Result<T> = std::result::Result<T, Fault>;

/// Which byte of a number comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ByteOrder {
    /// The least significant.
    Little,
    /// The most significant.
    Big,
}

impl ByteOrder {
    /// The order of this machine.
    pub(crate) const NATIVE: Self = if cfg!(target_endian = "little") {
        Self::Little
    } else {
        Self::Big
    };
}

/// libtorch has no operation on tensors of more dimensions.
pub(crate) const MAX_DIMENSIONS: usize = 64;

/// Read and written at once: small enough to stay in the processor's cache between its two copies.
const CHUNK_BYTES: usize = 256 * 1024;

/// Reserved at once where it is not known how much will come.
const PIECE_BYTES: u64 = 16 * 1024 * 1024;

/// Length of a tensor in bytes, if there can be such a tensor.
///
/// A dimension of 0 does not excuse the others: NumPy and libtorch want the product of all others to be a size.
pub(crate) fn n_bytes(shape: &[i64], kind: Kind) -> Result<u64> {
    if shape.len() > MAX_DIMENSIONS {
        let dimensions = shape.len();
        return Err(Fault::Format(format!(
            "the shape has {dimensions} dimensions: expected at most {MAX_DIMENSIONS}"
        )));
    }
    let size = kind.elt_size_in_bytes() as i64;
    let extent = shape
        .iter()
        .try_fold(size, |extent, &length| extent.checked_mul(length.max(1)));
    match extent {
        Some(_) if shape.contains(&0) => Ok(0),
        Some(extent) => Ok(extent as u64),
        None => Err(Fault::Format(format!(
            "the shape {shape:?} overflows: no memory can hold it"
        ))),
    }
}

/// Reads the elements of a contiguous tensor, as one section of the source that has been announced.
pub(crate) fn read<R: Read>(
    source: &mut Source<R>,
    shape: &[i64],
    kind: Kind,
    order: ByteOrder,
) -> Result<Tensor> {
    let total = n_bytes(shape, kind)?;
    if total == 0 {
        return Ok(Tensor::f_empty(shape, (kind, Device::Cpu))?);
    }
    // The source has checked the length it knows. If it knows none, memory grows with what was read.
    let piece = if source.remaining().is_some() {
        total
    } else {
        total.min(PIECE_BYTES)
    };
    let mut pieces = Vec::new();
    let mut left = total;
    while left > 0 {
        let length = left.min(piece);
        pieces.push(read_piece(source, length, kind, order)?);
        left -= length;
    }
    let flat = match pieces.as_slice() {
        [only] => only.shallow_clone(),
        _ => Tensor::f_cat(&pieces, 0)?,
    };
    Ok(flat.f_reshape(shape)?)
}

/// Writes the elements of a tensor of any layout on any device.
pub(crate) fn write(writer: &mut dyn Write, tensor: &Tensor, order: ByteOrder) -> Result<()> {
    let size = tensor.f_kind()?.elt_size_in_bytes();
    let n_elements = tensor.numel();
    // A conjugate, and the imaginary part of one, lie in memory with other signs than they read with until resolved.
    let flat = tensor
        .f_detach()?
        .f_resolve_conj()?
        .f_resolve_neg()?
        .f_to(Device::Cpu)?
        .f_contiguous()?
        .f_reshape([n_elements as i64])?;
    let chunk = CHUNK_BYTES / size;
    let mut buffer = vec![0; chunk.min(n_elements) * size];
    for start in (0..n_elements).step_by(chunk) {
        let length = chunk.min(n_elements - start);
        let bytes = &mut buffer[..length * size];
        flat.f_narrow(0, start as i64, length as i64)?
            .f_copy_data_u8(bytes, length)?;
        swap(bytes, size, order);
        writer.write_all(bytes)?;
    }
    Ok(())
}

/// Reads `n_bytes` bytes, which are whole elements, into a new one-dimensional tensor.
fn read_piece<R: Read>(source: &mut Source<R>, n_bytes: u64, kind: Kind, order: ByteOrder) -> Result<Tensor> {
    let size = kind.elt_size_in_bytes();
    let n_elements = (n_bytes / size as u64) as usize;
    let piece = Tensor::f_empty([n_elements as i64], (kind, Device::Cpu))?;
    let chunk = CHUNK_BYTES / size;
    let mut buffer = vec![0; chunk.min(n_elements) * size];
    for start in (0..n_elements).step_by(chunk) {
        let length = chunk.min(n_elements - start);
        let bytes = &mut buffer[..length * size];
        source.fill(bytes)?;
        swap(bytes, size, order);
        if kind == Kind::Bool {
            require_booleans(bytes)?;
        }
        // The length of the bytes is that of the shape by construction: libtorch copies without looking.
        let elements = Tensor::f_from_data_size(bytes, &[length as i64], kind)?;
        piece
            .f_narrow(0, start as i64, length as i64)?
            .f_copy_(&elements)?;
    }
    Ok(piece)
}

/// Turns numbers of `size` bytes from `order` to the order of this machine, or back.
fn swap(bytes: &mut [u8], size: usize, order: ByteOrder) {
    match size {
        _ if order == ByteOrder::NATIVE => {}
        2 => reverse_each::<2>(bytes),
        4 => reverse_each::<4>(bytes),
        8 => reverse_each::<8>(bytes),
        _ => bytes.chunks_exact_mut(size).for_each(<[u8]>::reverse),
    }
}

/// With the size known at compile time, a byte swap is one instruction for several numbers.
fn reverse_each<const SIZE: usize>(bytes: &mut [u8]) {
    let (numbers, _) = bytes.as_chunks_mut::<SIZE>();
    for number in numbers {
        number.reverse();
    }
}

/// A byte that is neither 0 nor 1 is no value of a boolean: compiled code may do anything with it.
fn require_booleans(bytes: &[u8]) -> Result<()> {
    match bytes.iter().find(|&&byte| byte > 1) {
        Some(byte) => Err(Fault::Format(format!(
            "a bool is stored as {byte}: expected 0 or 1"
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes_of(tensor: &Tensor, order: ByteOrder) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(&mut bytes, tensor, order).expect("writing to memory");
        bytes
    }

    fn read_back(bytes: &[u8], length: Option<u64>, shape: &[i64], kind: Kind, order: ByteOrder) -> Tensor {
        read(&mut Source::new(bytes, length), shape, kind, order).expect("whole elements")
    }

    #[test]
    fn both_byte_orders_are_written_and_read() {
        let tensor = Tensor::from_slice(&[1_i32, -2]);
        assert_eq!(
            bytes_of(&tensor, ByteOrder::Little),
            [1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff]
        );
        assert_eq!(
            bytes_of(&tensor, ByteOrder::Big),
            [0, 0, 0, 1, 0xff, 0xff, 0xff, 0xfe]
        );
        for order in [ByteOrder::Little, ByteOrder::Big] {
            let bytes = bytes_of(&tensor, order);
            assert_eq!(read_back(&bytes, None, &[2], Kind::Int, order), tensor);
        }
    }

    #[test]
    fn more_than_one_chunk_and_more_than_one_piece_are_joined_in_order() {
        // Not a multiple of either, so the last of each is shorter.
        let n = (2 * PIECE_BYTES + 12) as i64 / 4;
        let tensor = Tensor::f_arange(n, (Kind::Int, Device::Cpu)).expect("a range");
        let bytes = bytes_of(&tensor, ByteOrder::Little);
        for length in [None, Some(bytes.len() as u64)] {
            assert_eq!(
                read_back(&bytes, length, &[n], Kind::Int, ByteOrder::Little),
                tensor
            );
        }
    }

    #[test]
    fn a_view_is_written_as_it_reads_not_as_it_lies() {
        let tensor = Tensor::from_slice(&[1_u8, 2, 3, 4, 5, 6]).reshape([2, 3]);
        assert_eq!(bytes_of(&tensor.tr(), ByteOrder::Little), [1, 4, 2, 5, 3, 6]);
        assert_eq!(bytes_of(&tensor.narrow(1, 1, 1), ByteOrder::Little), [2, 5]);
        assert!(bytes_of(&tensor.narrow(1, 0, 0), ByteOrder::Little).is_empty());
        assert_eq!(
            bytes_of(&tensor.get(0).get(0).expand([3], false), ByteOrder::Little),
            [1, 1, 1]
        );
    }

    #[test]
    fn a_tensor_that_wants_gradients_is_written() {
        let tensor = Tensor::from_slice(&[1.0_f32]).set_requires_grad(true);
        assert_eq!(bytes_of(&tensor, ByteOrder::Big), 1.0_f32.to_be_bytes());
    }

    #[test]
    fn a_lazy_sign_is_written_as_it_reads() {
        // The imaginary part of a conjugate lies in memory with the wrong sign; one element is contiguous as it is.
        let z = Tensor::complex(&Tensor::from_slice(&[1.0_f64]), &Tensor::from_slice(&[2.0_f64]));
        let conjugate = z.conj();
        let imaginary = bytes_of(&conjugate.imag(), ByteOrder::Little);
        assert_eq!(imaginary, (-2.0_f64).to_le_bytes());
        assert_eq!(
            bytes_of(&conjugate, ByteOrder::Little),
            [1.0_f64.to_le_bytes(), (-2.0_f64).to_le_bytes()].concat()
        );
    }

    #[test]
    fn an_undefined_tensor_is_an_error() {
        assert!(matches!(
            write(&mut Vec::new(), &Tensor::new(), ByteOrder::Little),
            Err(Fault::Torch(_))
        ));
    }

    #[test]
    fn shapes_that_no_memory_can_hold_are_refused() {
        assert!(n_bytes(&[1 << 31, 1 << 31], Kind::Double).is_err());
        assert!(n_bytes(&[0, i64::MAX, i64::MAX], Kind::Uint8).is_err());
        assert!(n_bytes(&[1; MAX_DIMENSIONS + 1], Kind::Uint8).is_err());
        assert_eq!(
            n_bytes(&[1; MAX_DIMENSIONS], Kind::Double).expect("one element"),
            8
        );
        assert_eq!(n_bytes(&[0, 1 << 40], Kind::Double).expect("empty"), 0);
        assert_eq!(n_bytes(&[], Kind::Float).expect("a scalar"), 4);
    }

    #[test]
    fn a_byte_that_is_no_boolean_is_refused() {
        let bytes = [0_u8, 1, 2];
        let fault = read(
            &mut Source::new(&bytes[..], None),
            &[3],
            Kind::Bool,
            ByteOrder::Little,
        )
        .expect_err("2 is neither true nor false");
        assert!(
            matches!(&fault, Fault::Format(reason) if reason == "a bool is stored as 2: expected 0 or 1")
        );
    }
}
