//! Counting into a table of all cells.
#![allow(
    clippy::inline_always,
    reason = "a function that is not inlined into its dispatcher is compiled for the oldest processor"
)]

use pulp::{Arch, Simd, WithSimd};

use super::{Columns, StateCounts, StratumSums};

/// Cells for each row up to which a table of all cells costs less than sorting.
const CELLS_PER_ROW: usize = 16;

/// Cells that are worth a table whatever the number of rows.
const FEW_CELLS: usize = 4096;

/// Rows of one cell that follow each other would wait for each other's sums; in so many tables they do not.
const LANES: usize = 4;

/// Cells up to which there are that many tables: beyond, they would leave the cache.
const LANE_CELLS: usize = 2048;

/// Rows whose cells are found before they are counted.
const BLOCK: usize = 1024;

/// Memory for as many tables.
pub(super) type Lanes = Vec<[u32; LANES]>;

/// The number of cells, if they are few enough.
pub(super) fn n_cells(columns: Columns<'_>) -> Option<usize> {
    let Columns { table, x, y, given } = columns;
    let limit = (CELLS_PER_ROW * table.n_rows()).clamp(FEW_CELLS, u32::MAX as usize);
    let mut n_cells = 1_usize;
    for &node in given.iter().chain(&[x, y]) {
        n_cells = n_cells.saturating_mul(table.n_states(node));
        if n_cells > limit {
            return None;
        }
    }
    Some(n_cells)
}

/// Fills `cells`: strata one after the other, in each the states of x, in each those of y.
pub(super) fn count(columns: Columns<'_>, n_cells: usize, cells: &mut Vec<u32>, lanes: &mut Lanes) {
    Arch::new().dispatch(Count {
        columns,
        n_cells,
        cells,
        lanes,
    });
}

/// Adds the statistic of the counted cells up.
pub(super) fn sum(
    columns: Columns<'_>,
    cells: &[u32],
    of_y: &mut Vec<u32>,
    statistic: impl Fn(&StateCounts<'_>) -> f64,
) -> StratumSums {
    let (n_x, n_y) = (
        columns.table.n_states(columns.x),
        columns.table.n_states(columns.y),
    );
    let mut sums = StratumSums::default();
    for stratum in cells.chunks_exact(n_x * n_y) {
        of_y.clear();
        of_y.resize(n_y, 0);
        for row in stratum.chunks_exact(n_y) {
            for (sum, cell) in of_y.iter_mut().zip(row) {
                *sum += cell;
            }
        }
        let n_rows: u32 = of_y.iter().sum();
        if n_rows == 0 {
            continue;
        }
        let mut n_observed = 0;
        for cells in stratum.chunks_exact(n_y) {
            let of_x = cells.iter().sum();
            if of_x > 0 {
                n_observed += 1;
                sums.statistic += statistic(&StateCounts {
                    cells,
                    of_x,
                    of_y,
                    n_rows,
                });
            }
        }
        let n_observed_y = of_y.iter().filter(|&&count| count > 0).count() as u64;
        sums.degrees_of_freedom += (n_observed - 1) * (n_observed_y - 1);
    }
    sums
}

struct Count<'a, 'b> {
    columns: Columns<'a>,
    n_cells: usize,
    cells: &'b mut Vec<u32>,
    lanes: &'b mut Lanes,
}

impl WithSimd for Count<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self {
            columns,
            n_cells,
            cells,
            lanes,
        } = self;
        let n_rows = columns.table.n_rows();
        let uses_lanes = n_cells <= LANE_CELLS;
        cells.clear();
        if uses_lanes {
            lanes.clear();
            lanes.resize(n_cells, [0; LANES]);
        } else {
            cells.resize(n_cells, 0);
        }
        let mut codes = [0; BLOCK];
        for start in (0..n_rows).step_by(BLOCK) {
            let codes = &mut codes[..BLOCK.min(n_rows - start)];
            cell_codes(columns, start, codes);
            if uses_lanes {
                let (chunks, rest) = codes.as_chunks::<LANES>();
                for chunk in chunks {
                    for lane in 0..LANES {
                        lanes[chunk[lane] as usize][lane] += 1;
                    }
                }
                for &code in rest {
                    lanes[code as usize][0] += 1;
                }
            } else {
                for &code in &*codes {
                    cells[code as usize] += 1;
                }
            }
        }
        if uses_lanes {
            cells.extend(lanes.iter().map(|lanes| lanes.iter().sum::<u32>()));
        }
    }
}

/// The cells of the rows from `start` on: configuration of the set, state of x, state of y.
#[inline(always)]
fn cell_codes(columns: Columns<'_>, start: usize, codes: &mut [u32]) {
    let Columns { table, x, y, given } = columns;
    codes.fill(0);
    for &node in given.iter().chain(&[x, y]) {
        let n_states = table.n_states(node) as u32;
        let states = &table.column(node)[start..start + codes.len()];
        for (code, &state) in codes.iter_mut().zip(states) {
            *code = *code * n_states + u32::from(state);
        }
    }
}
