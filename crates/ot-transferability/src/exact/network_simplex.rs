//! The network simplex for the transportation problem.

use tensor_core::progress::{Progress, check};

use super::candidates::{Candidates, least_total};
use super::first_plan::first_plan;
use super::spanning_tree::SpanningTree;
use super::{Start, TASK, Vertex};
use crate::{CostMatrix, Marginals, Result, Status};

/// A reduced cost above minus this part of the largest potential is not negative: sums along the tree are right to
/// some hundred roundings.
const PRICE_TOLERANCE: f64 = 1e-12;

/// How many columns a row of a square problem keeps as candidates; of 12 to 48 no number is clearly faster.
const CANDIDATES: usize = 16;

/// After so many pivots progress is told of them.
const PIVOTS_A_STEP: usize = 1024;

/// Moves masses from one spanning tree to the next, each of no greater cost, until no arc has a negative reduced cost.
///
/// Pivots take the most negative reduced cost among the candidates of a block of rows. When the candidates have none
/// left, the whole matrix is looked through: rows with a negative reduced cost renew their candidates, and where there
/// is none, the tree is optimal.
pub(super) struct NetworkSimplex<'a> {
    cost: &'a CostMatrix,
    candidates: Candidates,
    tree: SpanningTree,
    tolerance: f64,
    pivots: usize,
    /// The row at which the search goes on.
    row: usize,
}

impl<'a> NetworkSimplex<'a> {
    pub(super) fn new(cost: &'a CostMatrix, marginals: &Marginals, start: &Start) -> Self {
        let (n_sources, n_targets) = (cost.n_sources(), cost.n_targets());
        // A tree holds n + m - 1 arcs: the fewer the rows, the more of them in a row.
        let mut candidates =
            Candidates::new(n_sources, n_targets, CANDIDATES * n_targets.div_ceil(n_sources));
        let source_potentials: Vec<f64> = (0..n_sources)
            .map(|source| candidates.refresh(source, cost.row(source), &start.prices))
            .collect();
        let potentials = (&source_potentials[..], &start.prices[..]);
        let moves = first_plan(cost, marginals, &candidates, potentials, start.plan);
        let tree = SpanningTree::new(
            n_sources,
            n_targets,
            &moves,
            &source_potentials,
            |source, target| cost.row(source)[target],
        );
        let mut simplex = Self {
            cost,
            candidates,
            tree,
            tolerance: 0.0,
            pivots: 0,
            row: 0,
        };
        simplex.remove_rounding();
        simplex
    }

    pub(super) fn solve(mut self, max_pivots: usize, progress: &mut dyn Progress) -> Result<Vertex> {
        let status = loop {
            let is_at_limit = self.pivot_on_candidates(max_pivots, progress)?;
            self.remove_rounding();
            if is_at_limit {
                break Status::IterationLimit;
            }
            if !self.price_all_arcs() {
                break Status::Optimal;
            }
        };
        let mut moves = Vec::new();
        self.tree.for_each_arc(|entry| {
            if entry.mass > 0.0 {
                moves.push(entry);
            }
        });
        Ok(Vertex {
            moves,
            prices: self.tree.prices().to_vec(),
            iterations: self.pivots,
            status,
        })
    }

    /// Pivots until no candidate has a negative reduced cost; whether the limit came first.
    fn pivot_on_candidates(&mut self, max_pivots: usize, progress: &mut dyn Progress) -> Result<bool> {
        let n_rows = self.cost.n_sources();
        // Larger trees cost more a pivot: a longer search pays.
        let block = (n_rows.isqrt() / 2).max(4);
        let n_points = n_rows + self.cost.n_targets();
        let mut rows_without = 0;
        while rows_without < n_rows {
            let n_rows_searched = block.min(n_rows - rows_without);
            let Some((source, target, reduced_cost)) = self.most_negative(n_rows_searched) else {
                rows_without += n_rows_searched;
                continue;
            };
            if self.pivots == max_pivots {
                return Ok(true);
            }
            self.tree.pivot(source, target, reduced_cost);
            rows_without = 0;
            self.pivots += 1;
            if self.pivots.is_multiple_of(n_points) {
                self.remove_rounding();
            }
            if self.pivots.is_multiple_of(PIVOTS_A_STEP) {
                check(progress, TASK, self.pivots as u64)?;
                progress.advance(PIVOTS_A_STEP as u64);
            }
        }
        Ok(false)
    }

    /// The candidate of the next `n_rows` rows with the most negative reduced cost.
    fn most_negative(&mut self, n_rows: usize) -> Option<(usize, usize, f64)> {
        let (potentials, prices) = (self.tree.source_potentials(), self.tree.prices());
        let (mut least, mut found) = (-self.tolerance, None);
        for _ in 0..n_rows {
            let source = self.row;
            let potential = potentials[source];
            for (target, cost) in self.candidates.of(source) {
                let reduced_cost = cost + prices[target] - potential;
                if reduced_cost < least {
                    least = reduced_cost;
                    found = Some((source, target));
                }
            }
            self.row = if source + 1 == potentials.len() {
                0
            } else {
                source + 1
            };
        }
        found.map(|(source, target)| (source, target, least))
    }

    /// Renews the candidates of the rows that have an arc of negative reduced cost; whether there is one.
    fn price_all_arcs(&mut self) -> bool {
        let (potentials, prices) = (self.tree.source_potentials(), self.tree.prices());
        let mut found = false;
        for (source, potential) in potentials.iter().enumerate() {
            let costs = self.cost.row(source);
            if least_total(costs, prices) - potential < -self.tolerance {
                self.candidates.refresh(source, costs, prices);
                found = true;
            }
        }
        found
    }

    fn remove_rounding(&mut self) {
        let cost = self.cost;
        self.tree
            .restore_potentials(|source, target| cost.row(source)[target]);
        self.tolerance = PRICE_TOLERANCE * self.tree.largest_potential();
    }
}
