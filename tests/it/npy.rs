//! npy files written byte by byte: the tests do not trust the reader under test, nor its writer.

use std::fs;
use std::path::{Path, PathBuf};

/// What an npy file may hold in these tests.
pub(crate) trait Element: Copy {
    /// The type as an npy header names it.
    const DESCRIPTION: &'static str;
    /// The value's bytes, the least significant first.
    fn bytes(self) -> Vec<u8>;
}

impl Element for f32 {
    const DESCRIPTION: &'static str = "<f4";
    fn bytes(self) -> Vec<u8> {
        self.to_le_bytes().to_vec()
    }
}

impl Element for f64 {
    const DESCRIPTION: &'static str = "<f8";
    fn bytes(self) -> Vec<u8> {
        self.to_le_bytes().to_vec()
    }
}

impl Element for i32 {
    const DESCRIPTION: &'static str = "<i4";
    fn bytes(self) -> Vec<u8> {
        self.to_le_bytes().to_vec()
    }
}

impl Element for i64 {
    const DESCRIPTION: &'static str = "<i8";
    fn bytes(self) -> Vec<u8> {
        self.to_le_bytes().to_vec()
    }
}

/// The bytes of an npy file, version 1.0, C order.
pub(crate) fn bytes<T: Element>(shape: &[usize], values: &[T]) -> Vec<u8> {
    assert_eq!(
        shape.iter().product::<usize>(),
        values.len(),
        "the shape holds the values"
    );
    let shape = format!("{shape:?}").replace('[', "(").replace(']', ",)");
    let mut header = format!(
        "{{'descr': '{}', 'fortran_order': False, 'shape': {shape}, }}",
        T::DESCRIPTION
    );
    // Magic, version and length take 10 bytes; the data starts at a multiple of 64.
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let length = u16::try_from(header.len()).expect("a short header");
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend(length.to_le_bytes());
    file.extend(header.bytes());
    file.extend(values.iter().flat_map(|value| value.bytes()));
    file
}

/// Writes an npy file and returns its path.
pub(crate) fn write<T: Element>(directory: &Path, name: &str, shape: &[usize], values: &[T]) -> PathBuf {
    let path = directory.join(name);
    fs::write(&path, bytes(shape, values)).expect("the test's own folder is writable");
    path
}
