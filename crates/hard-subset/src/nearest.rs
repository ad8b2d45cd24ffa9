//! The greatest similarities of each target sample, in tiles.
