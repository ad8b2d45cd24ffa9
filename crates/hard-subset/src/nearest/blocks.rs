//! Ranges of rows that are worked on at a time.

use std::ops::Range;

use tensor_core::Kind;

/// Elements of a block of rows that is converted at a time: 256 KiB of `f64`, so that it stays in the cache.
const BLOCK_LENGTH: usize = 1 << 15;

/// `0..n_rows` cut into ranges of `length` rows; the last may be shorter.
pub(super) fn blocks(n_rows: usize, length: usize) -> impl Iterator<Item = Range<usize>> {
    (0..n_rows)
        .step_by(length)
        .map(move |start| start..n_rows.min(start + length))
}

/// Rows of this many columns that make a small block, at least 1.
pub(super) fn rows_of_width(n_columns: usize) -> usize {
    (BLOCK_LENGTH / n_columns.max(1)).max(1)
}

/// Rows and columns of the tiles in which all products of targets and references are computed.
#[derive(Clone, Copy)]
pub(super) struct TileShape {
    pub(super) n_targets: usize,
    pub(super) n_references: usize,
}

impl TileShape {
    /// At most 1024 targets and 512 references in `f32`, half of each in `f64`, fewer if their rows are long: the targets of
    /// a tile take 4 MiB, the references and the products 2 MiB or less.
    pub(super) fn new(n_columns: usize, kind: Kind) -> Self {
        const TARGETS_BYTES: usize = 1 << 22;
        let bytes = kind.elt_size_in_bytes();
        let n_targets = (TARGETS_BYTES / (n_columns.max(1) * bytes)).clamp(64, 4096 / bytes);
        Self {
            n_targets,
            n_references: n_targets / 2,
        }
    }

    /// Fewer targets, 64 at least, if each of them has so many candidates that those of all exceed 2^20.
    pub(super) fn with_candidates(self, n_candidates: usize) -> Self {
        const CANDIDATES: usize = 1 << 20;
        let n_targets = (CANDIDATES / n_candidates.max(1)).max(64);
        Self {
            n_targets: self.n_targets.min(n_targets),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_cover_every_row_once() {
        for n_rows in 1..20 {
            for length in 1..25 {
                let rows: Vec<usize> = blocks(n_rows, length).flatten().collect();
                assert_eq!(rows, (0..n_rows).collect::<Vec<_>>());
                assert!(blocks(n_rows, length).all(|block| !block.is_empty() && block.len() <= length));
            }
        }
    }

    #[test]
    fn long_rows_make_small_tiles() {
        let shape = |width, kind| {
            let shape = TileShape::new(width, kind);
            (shape.n_targets, shape.n_references)
        };
        assert_eq!(shape(512, Kind::Float), (1024, 512));
        assert_eq!(shape(2048, Kind::Float), (512, 256));
        assert_eq!(shape(514, Kind::Double), (512, 256));
        assert_eq!(shape(1 << 22, Kind::Double), (64, 32));

        let targets = |n_candidates| {
            TileShape::new(512, Kind::Float)
                .with_candidates(n_candidates)
                .n_targets
        };
        assert_eq!(
            [0, 52, 4096, 100_000, usize::MAX].map(targets),
            [1024, 1024, 256, 64, 64]
        );
    }
}
