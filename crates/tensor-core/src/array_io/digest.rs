//! SHA-256 of what passes through.

use std::fmt::Write as _;
use std::io::{self, Read, Write};

use sha2::{Digest, Sha256};

/// Length of the digest in bytes.
pub(crate) const DIGEST_BYTES: usize = 32;

/// A reader or writer that digests the bytes passing through it, up to a limit.
pub(crate) struct Hashing<T> {
    inner: T,
    hasher: Sha256,
    left: u64,
}

impl<T> Hashing<T> {
    /// Digests every byte.
    pub(crate) fn new(inner: T) -> Self {
        Self::limited(inner, u64::MAX)
    }

    /// Digests the first `limit` bytes.
    pub(crate) fn limited(inner: T, limit: u64) -> Self {
        Self {
            inner,
            hasher: Sha256::new(),
            left: limit,
        }
    }

    /// The digest of what has passed.
    pub(crate) fn finish(self) -> [u8; DIGEST_BYTES] {
        self.hasher.finalize().into()
    }

    fn update(&mut self, bytes: &[u8]) {
        let hashed = self.left.min(bytes.len() as u64);
        self.hasher.update(&bytes[..hashed as usize]);
        self.left -= hashed;
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let found = self.inner.read(buffer)?;
        self.update(&buffer[..found]);
        Ok(found)
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(buffer)?;
        self.update(&buffer[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Lower-case hexadecimal, two digits a byte.
pub(crate) fn hex(digest: [u8; DIGEST_BYTES]) -> String {
    digest
        .iter()
        .fold(String::with_capacity(2 * DIGEST_BYTES), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-4 example: the digest of `abc`.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn what_is_written_and_what_is_read_have_the_published_digest() {
        let mut writer = Hashing::new(io::sink());
        writer.write_all(b"a").expect("a sink takes all");
        writer.write_all(b"bc").expect("a sink takes all");
        assert_eq!(hex(writer.finish()), ABC);

        let mut reader = Hashing::limited(&b"abcdef"[..], 3);
        io::copy(&mut reader, &mut io::sink()).expect("memory can be read");
        assert_eq!(hex(reader.finish()), ABC);
    }
}
