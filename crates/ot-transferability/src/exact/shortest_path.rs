//! A shortest path through the reduced costs of an assignment, from a free row to a free column.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::assignment::NONE;
use super::candidates::Candidates;
use crate::CostMatrix;

/// The place that searches work in; each search leaves it ready for the next.
pub(super) struct ShortestPath {
    n_points: usize,
    /// The number of this search: what bears another number is left from earlier ones.
    search: u32,
    columns: Vec<Column>,
    rows: Vec<Row>,
    /// Rows and columns whose distance is final.
    reached_rows: Vec<u32>,
    reached_columns: Vec<u32>,
    queue: BinaryHeap<Reverse<Event>>,
    /// The free column that is nearest so far.
    nearest: Nearest,
}

/// Where a search ended.
pub(super) struct Path {
    pub(super) column: usize,
}

#[derive(Clone, Copy)]
struct Column {
    distance: f64,
    row_before: u32,
    /// The search that found the distance.
    found_in: u32,
    /// The search in which the distance became final.
    reached_in: u32,
}

#[derive(Clone, Copy)]
struct Row {
    distance: f64,
    /// Whether the candidates were renewed in this search.
    is_renewed: bool,
}

#[derive(Clone, Copy)]
struct Nearest {
    column: usize,
    distance: f64,
}

/// Orders what comes next: by distance; rows, `0..n`, before columns, `n..2n`, so that ties over a bound are seen first.
type Event = (u64, u64);

fn event(distance: f64, node: usize) -> Reverse<Event> {
    // The bits of floats that are not negative are in the order of the floats.
    Reverse((distance.to_bits(), node as u64))
}

impl ShortestPath {
    pub(super) fn new(n_points: usize) -> Self {
        let column = Column {
            distance: 0.0,
            row_before: NONE,
            found_in: 0,
            reached_in: 0,
        };
        let row = Row {
            distance: 0.0,
            is_renewed: false,
        };
        Self {
            n_points,
            search: 0,
            columns: vec![column; n_points],
            rows: vec![row; n_points],
            reached_rows: Vec::new(),
            reached_columns: Vec::new(),
            queue: BinaryHeap::new(),
            nearest: Nearest {
                column: 0,
                distance: f64::INFINITY,
            },
        }
    }

    /// Finds the nearest free column and changes potentials and prices so that all arcs of the path have reduced cost 0
    /// and none has less.
    ///
    /// The columns that a row does not keep as candidates wait as one event, at their bound; few rows come to it.
    pub(super) fn search(
        &mut self,
        start: usize,
        cost: &CostMatrix,
        candidates: &mut Candidates,
        (potentials, prices): (&mut [f64], &mut [f64]),
        row_of_column: &[u32],
    ) -> Path {
        self.search += 1;
        self.queue.clear();
        self.reached_rows.clear();
        self.reached_columns.clear();
        self.nearest.distance = f64::INFINITY;
        self.reach_row(start, 0.0);
        self.relax(
            start,
            potentials,
            prices,
            row_of_column,
            candidates.of(start),
            candidates.bound(start),
        );
        while let Some(Reverse((bits, node))) = self.queue.pop() {
            let distance = f64::from_bits(bits);
            if distance >= self.nearest.distance {
                break;
            }
            let row = if (node as usize) < self.n_points {
                // The columns left out may be next: new candidates first, and if they all tie, every column.
                let row = node as usize;
                let costs = cost.row(row);
                if self.rows[row].is_renewed {
                    let all = costs.iter().copied().enumerate();
                    self.relax(row, potentials, prices, row_of_column, all, f64::INFINITY);
                    continue;
                }
                // As many as this search can want, if they fit.
                let limit = self.nearest.distance - self.rows[row].distance + potentials[row];
                candidates.refresh_below(row, costs, prices, limit);
                self.rows[row].is_renewed = true;
                row
            } else {
                let column = node as usize - self.n_points;
                if self.columns[column].reached_in == self.search {
                    continue;
                }
                self.columns[column].reached_in = self.search;
                self.reached_columns.push(column as u32);
                // Its row gives it up, and looks for another from here.
                let row = row_of_column[column] as usize;
                self.reach_row(row, distance);
                row
            };
            self.relax(
                row,
                potentials,
                prices,
                row_of_column,
                candidates.of(row),
                candidates.bound(row),
            );
        }
        let Nearest { column, distance } = self.nearest;
        for &row in &self.reached_rows {
            potentials[row as usize] += distance - self.rows[row as usize].distance;
        }
        for &column in &self.reached_columns {
            prices[column as usize] += distance - self.columns[column as usize].distance;
        }
        Path { column }
    }

    /// The row from which the last search came to a column.
    pub(super) fn row_before(&self, column: usize) -> usize {
        self.columns[column].row_before as usize
    }

    fn reach_row(&mut self, row: usize, distance: f64) {
        self.rows[row] = Row {
            distance,
            is_renewed: false,
        };
        self.reached_rows.push(row as u32);
    }

    /// Shortens the distances of `columns` by way of `row`; those left out have cost and price of `bound` or more.
    fn relax(
        &mut self,
        row: usize,
        potentials: &[f64],
        prices: &[f64],
        row_of_column: &[u32],
        columns: impl Iterator<Item = (usize, f64)>,
        bound: f64,
    ) {
        let at_row = self.rows[row].distance;
        let offset = at_row - potentials[row];
        for (column, cost) in columns {
            // A reduced cost below 0 is rounding.
            let distance = (offset + (cost + prices[column])).max(at_row);
            let entry = &mut self.columns[column];
            if distance < self.nearest.distance
                && (entry.found_in != self.search || distance < entry.distance)
            {
                entry.distance = distance;
                entry.row_before = row as u32;
                entry.found_in = self.search;
                if row_of_column[column] == NONE {
                    self.nearest = Nearest { column, distance };
                } else {
                    self.queue.push(event(distance, self.n_points + column));
                }
            }
        }
        let distance = (offset + bound).max(at_row);
        if distance < self.nearest.distance {
            self.queue.push(event(distance, row));
        }
    }
}
