//! IDX files of unsigned bytes, the format of MNIST, as far as the data commands need it.

use std::io::{Read as _, Write as _};

use anyhow::{Context as _, Result, bail};
use flate2::read::GzDecoder;
use flate2::{Compression, GzBuilder};

/// IDX's code for unsigned bytes.
const UNSIGNED_BYTE: u8 = 0x08;

/// An array of unsigned bytes, last axis fastest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bytes {
    /// Length of each axis.
    pub(super) shape: Vec<u32>,
    /// The values.
    pub(super) values: Vec<u8>,
}

impl Bytes {
    /// Reads an IDX file's bytes.
    pub(super) fn decode(file: &[u8]) -> Result<Self> {
        let &[0, 0, UNSIGNED_BYTE, n_axes] = file.get(..4).context("an IDX file has at least 4 bytes")?
        else {
            bail!("not an IDX file of unsigned bytes");
        };
        let header = 4 + 4 * usize::from(n_axes);
        let lengths = file.get(4..header).context("the IDX header is cut short")?;
        let shape: Vec<u32> = lengths
            .chunks_exact(4)
            .map(|bytes| u32::from_be_bytes(bytes.try_into().expect("chunks of 4 bytes")))
            .collect();
        let expected: usize = shape.iter().map(|&n| n as usize).product();
        let values = file[header..].to_vec();
        if values.len() != expected {
            bail!(
                "the IDX header promises {expected} values, the file holds {}",
                values.len()
            );
        }
        Ok(Self { shape, values })
    }

    /// The bytes of the IDX file.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut file = vec![0, 0, UNSIGNED_BYTE, self.shape.len() as u8];
        file.extend(self.shape.iter().flat_map(|n| n.to_be_bytes()));
        file.extend(&self.values);
        file
    }

    /// The items `chosen` along the first axis, in that order.
    pub(super) fn select(&self, chosen: &[usize]) -> Self {
        let item: usize = self.shape[1..].iter().map(|&n| n as usize).product();
        let mut shape = self.shape.clone();
        shape[0] = chosen.len() as u32;
        let values = chosen
            .iter()
            .flat_map(|&i| &self.values[i * item..(i + 1) * item])
            .copied()
            .collect();
        Self { shape, values }
    }
}

/// `bytes` in a gzip file that depends on nothing but them: no name, no time.
pub(super) fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzBuilder::new()
        .mtime(0)
        .operating_system(255)
        .write(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// The content of a gzip file.
pub(super) fn gunzip(file: &[u8]) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    GzDecoder::new(file)
        .read_to_end(&mut bytes)
        .context("not a whole gzip file")?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_pairs() -> Bytes {
        Bytes {
            shape: vec![2, 2],
            values: vec![1, 2, 3, 4],
        }
    }

    #[test]
    fn the_header_is_the_formats_own() {
        assert_eq!(
            two_pairs().encode(),
            [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4]
        );
    }

    #[test]
    fn decoding_undoes_encoding() {
        assert_eq!(
            Bytes::decode(&two_pairs().encode()).expect("well formed"),
            two_pairs()
        );
    }

    #[test]
    fn a_file_cut_short_is_refused() {
        let file = two_pairs().encode();
        for length in 0..file.len() {
            assert!(
                Bytes::decode(&file[..length]).is_err(),
                "{length} bytes were accepted"
            );
        }
    }

    #[test]
    fn selection_keeps_whole_items() {
        assert_eq!(
            two_pairs().select(&[1]),
            Bytes {
                shape: vec![1, 2],
                values: vec![3, 4]
            }
        );
    }

    #[test]
    fn gzip_files_have_no_date_and_no_system() {
        let file = gzip(b"text").expect("memory is writable");
        assert_eq!(file[4..8], [0; 4]);
        assert_eq!(file[9], 255);
        assert_eq!(gunzip(&file).expect("whole"), b"text");
        assert!(gunzip(&file[..file.len() - 1]).is_err());
    }
}
