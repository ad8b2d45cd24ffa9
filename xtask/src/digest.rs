//! SHA-256 of files and bytes, as lower-case hexadecimal text.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

/// Bytes read at a time.
const CHUNK: usize = 1 << 20;

/// SHA-256 of the file at `path`.
pub(crate) fn of_file(path: &Path) -> Result<String> {
    let unreadable = || format!("cannot read {}", path.display());
    let mut file = BufReader::new(File::open(path).with_context(unreadable)?);
    let mut hash = Sha256::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        match file.read(&mut chunk).with_context(unreadable)? {
            0 => return Ok(hexadecimal(&hash.finalize())),
            n => hash.update(&chunk[..n]),
        }
    }
}

/// SHA-256 of `bytes`.
pub(crate) fn of_bytes(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String cannot fail");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-4's one-block example.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn the_standards_example() {
        assert_eq!(of_bytes(b"abc"), ABC);
    }

    #[test]
    fn a_file_hashes_as_its_bytes() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("abc");
        std::fs::write(&path, b"abc").expect("temporary folder is writable");
        assert_eq!(of_file(&path).expect("readable"), ABC);
    }

    #[test]
    fn an_unreadable_file_is_named() {
        let error = of_file(Path::new("no such file")).expect_err("it does not exist");
        assert_eq!(error.to_string(), "cannot read no such file");
    }
}
