//! Shuffles of states within strata.

use causal_graph::DiscreteTable;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;

use super::{ContingencyStatistic, threshold};
use crate::independence::counts::StateCounts;
use crate::independence::{chi_square, g_square};

/// The statistic, and the number of draws that reach it.
pub(super) fn draw(
    table: &DiscreteTable,
    statistic: ContingencyStatistic,
    [x, y]: [usize; 2],
    given: &[usize],
    n_draws: usize,
    rng: &mut ChaCha8Rng,
) -> (f64, usize) {
    let mut strata = strata(table, [x, y], given);
    let statistic = match statistic {
        ContingencyStatistic::ChiSquare => chi_square::statistic,
        ContingencyStatistic::GSquare => g_square::statistic,
    };
    let observed: f64 = strata
        .iter_mut()
        .map(|stratum| stratum.statistic(statistic))
        .sum();
    // No shuffle changes the other strata.
    strata.retain(|stratum| stratum.of_x.len() > 1 && stratum.of_y.len() > 1);
    if strata.is_empty() {
        return (observed, n_draws);
    }
    let mut n_reached = 0;
    for _ in 0..n_draws {
        let mut drawn = 0.0;
        for stratum in &mut strata {
            stratum.x.shuffle(rng);
            drawn += stratum.statistic(statistic);
        }
        n_reached += usize::from(drawn >= threshold(observed));
    }
    (observed, n_reached)
}

/// The rows of a stratum; states are numbered among those that occur in it.
struct Stratum {
    x: Vec<usize>,
    y: Vec<usize>,
    of_x: Vec<u32>,
    of_y: Vec<u32>,
    cells: Vec<u32>,
}

impl Stratum {
    fn statistic(&mut self, statistic: impl Fn(&StateCounts<'_>) -> f64) -> f64 {
        self.cells.fill(0);
        let n_y = self.of_y.len();
        for (x, y) in self.x.iter().zip(&self.y) {
            self.cells[x * n_y + y] += 1;
        }
        let rows = self.cells.chunks_exact(n_y).zip(&self.of_x);
        rows.map(|(cells, &of_x)| {
            statistic(&StateCounts {
                cells,
                of_x,
                of_y: &self.of_y,
                n_rows: self.x.len() as u32,
            })
        })
        .sum()
    }
}

fn strata(table: &DiscreteTable, [x, y]: [usize; 2], given: &[usize]) -> Vec<Stratum> {
    let configuration = |row: usize| given.iter().map(move |&node| table.column(node)[row]);
    let mut rows: Vec<usize> = (0..table.n_rows()).collect();
    rows.sort_by(|&a, &b| configuration(a).cmp(configuration(b)));
    rows.chunk_by(|&a, &b| configuration(a).eq(configuration(b)))
        .map(|rows| {
            let (x, of_x) = numbered(rows, table.column(x));
            let (y, of_y) = numbered(rows, table.column(y));
            let cells = vec![0; of_x.len() * of_y.len()];
            Stratum {
                x,
                y,
                of_x,
                of_y,
                cells,
            }
        })
        .collect()
}

/// The states of the rows, numbered among those that occur, and the rows of each.
fn numbered(rows: &[usize], column: &[u16]) -> (Vec<usize>, Vec<u32>) {
    let mut states: Vec<u16> = rows.iter().map(|&row| column[row]).collect();
    states.sort_unstable();
    states.dedup();
    let mut counts = vec![0; states.len()];
    let numbers = rows
        .iter()
        .map(|&row| {
            let number = states.partition_point(|&state| state < column[row]);
            counts[number] += 1;
            number
        })
        .collect();
    (numbers, counts)
}
