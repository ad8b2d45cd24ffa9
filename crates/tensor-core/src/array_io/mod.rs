//! Arrays in files: NumPy's npy, safetensors and IDX, read and written without a loss of bits.
//!
//! Every reader takes the length of the file into account before it reserves memory, and checks it to the last
//! byte: a file that is cut short, too long or mistyped is an error that names the file, what was expected and
//! what was found, and never a wrong value. Tensors are read to the processor, contiguous, in the kind of the
//! file; no kind is converted.
//!
//! Every writer is atomic (see [`write_atomically`]) and gives the same bytes for the same tensors. It takes any
//! layout and any device.
//!
//! | format | reads | writes | kinds |
//! |---|---|---|---|
//! | npy | versions 1.0, 2.0, 3.0; C and Fortran order; both byte orders | the bytes of `numpy.save` | bool, uint8, int8, int16, int32, int64, float16, float32, float64 |
//! | safetensors | any number of named tensors and the metadata | the bytes of Python's `save_file` (up to the order of the metadata) | those, and bfloat16 |
//! | IDX | plain or gzip | plain, or gzip if the name ends in `.gz` | uint8, int8, int16, int32, float32, float64 |

pub(crate) mod atomic;
pub(crate) mod digest;
pub(crate) mod elements;
pub(crate) mod fault;
mod idx;
mod npy;
mod npy_header;
pub(crate) mod safetensors;
pub(crate) mod source;

pub use atomic::write_atomically;
pub use idx::{read_idx, write_idx};
pub use npy::{read_npy, read_npy_from, write_npy};
pub use safetensors::{read_safetensors, read_safetensors_metadata, write_safetensors};
