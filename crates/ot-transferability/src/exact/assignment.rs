//! The shortest augmenting path method for the assignment problem.

use tensor_core::progress::{Progress, check};

use super::candidates::Candidates;
use super::shortest_path::{Path, ShortestPath};
use super::{Start, TASK, Vertex};
use crate::{CostMatrix, Move, Result, Status};

/// Not assigned.
pub(super) const NONE: u32 = u32::MAX;

/// How many columns a row keeps as candidates; of 16 to 48 this is the fastest at 1000 to 5000 points.
const CANDIDATES: usize = 32;

/// Rounds of bids before the searches, as Jonker and Volgenant have it.
const ROUNDS_OF_BIDS: usize = 2;

/// A round ends after so many bids for each row that is free: bids of ever smaller rise are left to the searches.
const BIDS_A_ROW: usize = 10;

/// After so many bids or searches progress is told of them.
const ITERATIONS_A_STEP: usize = 1024;

/// One column for each row at the least sum of costs.
///
/// Each column has a price, and an assigned row has the column whose cost and price sum to least for it; this sum is the
/// row's potential. Prices only rise. First, free rows bid for columns: a row takes its best column, raises its price
/// until the second best is as good, and frees the row that had it. Then, for each row still free, a shortest path
/// through the reduced costs leads to a free column; along it the assigned pairs change.
pub(super) struct Assignment<'a> {
    cost: &'a CostMatrix,
    candidates: Candidates,
    prices: Vec<f64>,
    potentials: Vec<f64>,
    column_of_row: Vec<u32>,
    row_of_column: Vec<u32>,
    iterations: usize,
}

/// What a row finds when it looks for a column.
struct Offer {
    column: usize,
    /// The least cost and price.
    least: f64,
    /// The least cost and price of another column.
    second: f64,
}

impl<'a> Assignment<'a> {
    pub(super) fn new(cost: &'a CostMatrix, start: &Start) -> Self {
        let n_points = cost.n_sources();
        let mut candidates = Candidates::new(n_points, n_points, CANDIDATES);
        let potentials = (0..n_points)
            .map(|row| candidates.refresh(row, cost.row(row), &start.prices))
            .collect();
        Self {
            cost,
            candidates,
            prices: start.prices.clone(),
            potentials,
            column_of_row: vec![NONE; n_points],
            row_of_column: vec![NONE; n_points],
            iterations: 0,
        }
    }

    /// The pairs, each carrying the weight of its row.
    pub(super) fn solve(
        mut self,
        weights: &[f64],
        max_iterations: usize,
        progress: &mut dyn Progress,
    ) -> Result<Vertex> {
        self.bid(max_iterations, progress)?;
        let status = self.search(max_iterations, progress)?;
        if status == Status::IterationLimit {
            self.pair_the_rest();
        }
        let pairs = self.column_of_row.iter().zip(weights).enumerate();
        let moves = pairs.map(|(source, (&target, &mass))| Move {
            source,
            target: target as usize,
            mass,
        });
        Ok(Vertex {
            moves: moves.collect(),
            prices: self.prices,
            iterations: self.iterations,
            status,
        })
    }

    fn bid(&mut self, max_iterations: usize, progress: &mut dyn Progress) -> Result<()> {
        let mut free: Vec<usize> = (0..self.column_of_row.len()).collect();
        for _ in 0..ROUNDS_OF_BIDS {
            let mut still_free = Vec::new();
            let mut bids_left = (BIDS_A_ROW * free.len()).min(max_iterations - self.iterations);
            for (position, &first) in free.iter().enumerate() {
                // A row that loses its column bids next.
                let mut bidder = Some(first);
                while let Some(row) = bidder.take() {
                    if bids_left == 0 {
                        still_free.push(row);
                        break;
                    }
                    bids_left -= 1;
                    self.count_iteration(progress)?;
                    let Offer {
                        column,
                        least,
                        second,
                    } = self.best_offer(row);
                    let owner = self.row_of_column[column];
                    if owner == NONE {
                        self.potentials[row] = least;
                    } else if self.prices[column] + (second - least) > self.prices[column] {
                        self.prices[column] += second - least;
                        self.potentials[row] = second;
                        self.column_of_row[owner as usize] = NONE;
                        bidder = Some(owner as usize);
                    } else {
                        still_free.push(row);
                        break;
                    }
                    self.assign(row, column);
                }
                if bids_left == 0 {
                    still_free.extend_from_slice(&free[position + 1..]);
                    break;
                }
            }
            free = still_free;
        }
        Ok(())
    }

    /// The best column for `row`, and how good the next is: as good as the bound on the others, if that is less.
    fn best_offer(&mut self, row: usize) -> Offer {
        loop {
            let mut offer = Offer {
                column: 0,
                least: f64::INFINITY,
                second: f64::INFINITY,
            };
            for (column, cost) in self.candidates.of(row) {
                let total = cost + self.prices[column];
                if total < offer.least {
                    offer = Offer {
                        column,
                        least: total,
                        second: offer.least,
                    };
                } else if total < offer.second {
                    offer.second = total;
                }
            }
            // Prices only rise, so the bound on the other columns still holds.
            if offer.second <= self.candidates.bound(row) {
                return offer;
            }
            self.candidates.refresh(row, self.cost.row(row), &self.prices);
        }
    }

    fn search(&mut self, max_iterations: usize, progress: &mut dyn Progress) -> Result<Status> {
        let mut shortest_path = ShortestPath::new(self.cost.n_sources());
        for row in 0..self.column_of_row.len() {
            if self.column_of_row[row] != NONE {
                continue;
            }
            if self.iterations == max_iterations {
                return Ok(Status::IterationLimit);
            }
            self.count_iteration(progress)?;
            self.potentials[row] = self.best_offer(row).least;
            let Path { mut column } = shortest_path.search(
                row,
                self.cost,
                &mut self.candidates,
                (&mut self.potentials, &mut self.prices),
                &self.row_of_column,
            );
            // From the free column back to the free row, every row on the path takes the next column.
            loop {
                let previous_row = shortest_path.row_before(column);
                let given_up = self.column_of_row[previous_row];
                self.assign(previous_row, column);
                if previous_row == row {
                    break;
                }
                column = given_up as usize;
            }
        }
        Ok(Status::Optimal)
    }

    fn assign(&mut self, row: usize, column: usize) {
        self.column_of_row[row] = column as u32;
        self.row_of_column[column] = row as u32;
    }

    /// Pairs free rows and free columns as they come.
    fn pair_the_rest(&mut self) {
        let mut column = 0;
        for row in 0..self.column_of_row.len() {
            if self.column_of_row[row] == NONE {
                while self.row_of_column[column] != NONE {
                    column += 1;
                }
                self.assign(row, column);
            }
        }
    }

    fn count_iteration(&mut self, progress: &mut dyn Progress) -> Result<()> {
        self.iterations += 1;
        if self.iterations.is_multiple_of(ITERATIONS_A_STEP) {
            check(progress, TASK, self.iterations as u64)?;
            progress.advance(ITERATIONS_A_STEP as u64);
        }
        Ok(())
    }
}
