//! How often each state of a child occurs in each configuration of its parents.

use std::borrow::Cow;

use super::configurations::{Columns, Configurations, number_pairs};

/// The counts of a family: a row for each parent configuration that may occur, without states that do not.
pub(super) struct FamilyCounts<'a> {
    cells: Cow<'a, [u32]>,
    rows: Rows,
}

/// Where the rows end.
enum Rows {
    /// After so many cells each.
    Stride(usize),
    /// At these places.
    Ends(Vec<usize>),
}

impl<'a> FamilyCounts<'a> {
    /// Counts a child in each configuration.
    pub(super) fn new(
        columns: &Columns,
        configurations: &Configurations,
        child: usize,
    ) -> FamilyCounts<'static> {
        match configurations.cells(columns, child) {
            Some(mut cells) => cells.count().into_owned(),
            None => sparse(columns, configurations, child),
        }
    }

    /// Counts in an array, `stride` states for each configuration.
    pub(super) fn of_cells(cells: &'a [u32], stride: usize) -> Self {
        Self {
            cells: Cow::Borrowed(cells),
            rows: Rows::Stride(stride),
        }
    }

    fn into_owned(self) -> FamilyCounts<'static> {
        FamilyCounts {
            cells: Cow::Owned(self.cells.into_owned()),
            rows: self.rows,
        }
    }

    /// The counts of the states in each configuration.
    pub(super) fn configurations(&self) -> impl Iterator<Item = &[u32]> {
        let mut start = 0;
        let mut row = 0;
        std::iter::from_fn(move || {
            let end = match &self.rows {
                Rows::Stride(stride) => start + stride,
                Rows::Ends(ends) => *ends.get(row)?,
            };
            let counts = self.cells.get(start..end)?;
            (start, row) = (end, row + 1);
            Some(counts)
        })
    }
}

/// Counts cells that are too many for an array: those that occur.
fn sparse(columns: &Columns, configurations: &Configurations, child: usize) -> FamilyCounts<'static> {
    let mut pairs = configurations.of_row().to_vec();
    let n_pairs = number_pairs(&mut pairs, columns.codes(child));
    let mut counted = vec![(0, 0); n_pairs];
    for (&pair, &configuration) in pairs.iter().zip(configurations.of_row()) {
        let (of, count) = &mut counted[pair as usize];
        *of = configuration;
        *count += 1;
    }
    counted.sort_unstable();
    let ends = counted
        .chunk_by(|a, b| a.0 == b.0)
        .scan(0, |end, row| {
            *end += row.len();
            Some(*end)
        })
        .collect();
    FamilyCounts {
        cells: counted.into_iter().map(|(_, count)| count).collect(),
        rows: Rows::Ends(ends),
    }
}

/// The most cells that are counted in several arrays at once.
const SMALL: usize = 1 << 10;

/// Arrays that rows take in turn: an increment needs not wait for the one before of the same cell.
const LANES: usize = 4;

/// Counts how often each cell below `n` occurs.
pub(super) fn histogram(counts: &mut Vec<u32>, n: usize, cells: impl Iterator<Item = u32>) {
    counts.clear();
    if n > SMALL {
        counts.resize(n, 0);
        for cell in cells {
            counts[cell as usize] += 1;
        }
        return;
    }
    counts.resize(LANES * n, 0);
    let mut offset = 0;
    for cell in cells {
        counts[offset + cell as usize] += 1;
        offset = if offset == (LANES - 1) * n { 0 } else { offset + n };
    }
    let (sums, others) = counts.split_at_mut(n);
    for other in others.chunks_exact(n) {
        for (sum, count) in sums.iter_mut().zip(other) {
            *sum += count;
        }
    }
    counts.truncate(n);
}
