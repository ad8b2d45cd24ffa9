//! Counting by the bits that two or more sets of rows have in common.
#![allow(
    clippy::inline_always,
    reason = "a function that is not inlined into its dispatcher is compiled for the oldest processor"
)]

use causal_graph::DiscreteTable;
use pulp::{Arch, Simd, WithSimd};

use super::Columns;

/// States of a column up to which their rows are kept as bits.
const MAX_STATES: usize = 32;

/// Cells up to which counting bits is sooner done than counting rows: a word has 64 rows, and a row takes about twice
/// as long as a word.
const MAX_CELLS: usize = 128;

/// For each state of a column the rows that have it, a bit each.
#[derive(Debug, Clone)]
pub(super) struct StateBits {
    n_words: usize,
    /// Nothing for columns with many states.
    columns: Vec<Vec<Vec<u64>>>,
}

#[derive(Default)]
pub(super) struct Scratch {
    stratum: Vec<u64>,
    with_x: Vec<u64>,
}

impl StateBits {
    pub(super) fn new(table: &DiscreteTable) -> Self {
        let n_words = table.n_rows().div_ceil(64);
        let bits = |node: usize| {
            if table.n_states(node) > MAX_STATES {
                return Vec::new();
            }
            let mut states = vec![vec![0; n_words]; table.n_states(node)];
            for (row, &state) in table.column(node).iter().enumerate() {
                states[usize::from(state)][row / 64] |= 1 << (row % 64);
            }
            states
        };
        Self {
            n_words,
            columns: (0..table.n_columns()).map(bits).collect(),
        }
    }

    /// Whether to count the cells of a test in this way.
    pub(super) fn suit(&self, columns: Columns<'_>, n_cells: usize) -> bool {
        let Columns { x, y, given, .. } = columns;
        n_cells <= MAX_CELLS
            && given
                .iter()
                .chain(&[x, y])
                .all(|&node| !self.columns[node].is_empty())
    }

    /// Fills `cells`: strata one after the other, in each the states of x, in each those of y.
    pub(super) fn count(&self, columns: Columns<'_>, cells: &mut Vec<u32>, scratch: &mut Scratch) {
        cells.clear();
        Arch::new().dispatch(Count {
            bits: self,
            columns,
            cells,
            scratch,
        });
    }
}

struct Count<'a, 'b> {
    bits: &'a StateBits,
    columns: Columns<'a>,
    cells: &'b mut Vec<u32>,
    scratch: &'b mut Scratch,
}

impl WithSimd for Count<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self {
            bits,
            columns,
            cells,
            scratch: Scratch { stratum, with_x },
        } = self;
        let states = |node: usize| &bits.columns[node];
        let given = columns.given;
        let n_strata: usize = given.iter().map(|&node| states(node).len()).product();
        for configuration in 0..n_strata {
            stratum.clear();
            stratum.resize(bits.n_words, u64::MAX);
            // The last member of the set is the fastest.
            let mut rest = configuration;
            for &node in given.iter().rev() {
                let states = states(node);
                keep_common(stratum, &states[rest % states.len()]);
                rest /= states.len();
            }
            let of_y = states(columns.y);
            for of_x in states(columns.x) {
                with_x.clear();
                with_x.extend_from_slice(stratum);
                let mut n_left = keep_common(with_x, of_x);
                // The last state has the rows that the others leave.
                for of_y in &of_y[..of_y.len() - 1] {
                    let count = if n_left == 0 { 0 } else { n_common(with_x, of_y) };
                    cells.push(count);
                    n_left -= count;
                }
                cells.push(n_left);
            }
        }
    }
}

/// Takes out of `rows` those that `others` has not, and says how many are left.
#[inline(always)]
fn keep_common(rows: &mut [u64], others: &[u64]) -> u32 {
    let words = rows.iter_mut().zip(others);
    words
        .map(|(word, other)| {
            *word &= other;
            word.count_ones()
        })
        .sum()
}

#[inline(always)]
fn n_common(rows: &[u64], others: &[u64]) -> u32 {
    let words = rows.iter().zip(others);
    words.map(|(word, other)| (word & other).count_ones()).sum()
}
