//! A feasible plan to start the network simplex from.

use super::candidates::Candidates;
use crate::{CostMatrix, Marginals, Move, Plan};

/// What is left of a weight once less than this part of it is left is rounding: some hundred subtractions from it.
const ROUNDING: f64 = 64.0 * f64::EPSILON;

/// A plan without cycles: first along the moves of `start`, then along the candidates by their reduced cost
/// `C_ij + price_j - f_i`, then along what is cheapest among the points that are left.
pub(super) fn first_plan(
    cost: &CostMatrix,
    marginals: &Marginals,
    candidates: &Candidates,
    (source_potentials, prices): (&[f64], &[f64]),
    start: Option<&Plan>,
) -> Vec<Move> {
    let mut left = Remainder::of(marginals);
    if let Some(plan) = start {
        for (source, target) in leaves_first(plan) {
            left.send(source, target);
        }
    }
    let mut arcs = Vec::new();
    for source in (0..cost.n_sources()).filter(|&source| left.supply[source] > 0.0) {
        arcs.extend(candidates.of(source).map(|(target, cost)| {
            let reduced_cost = cost + prices[target] - source_potentials[source];
            (reduced_cost, source as u32, target as u32)
        }));
    }
    arcs.sort_unstable_by(|left, right| {
        left.0
            .total_cmp(&right.0)
            .then((left.1, left.2).cmp(&(right.1, right.2)))
    });
    for (_, source, target) in arcs {
        left.send(source as usize, target as usize);
    }
    left.send_rest(cost, prices);
    left.moves
}

/// What the points still have to give or to receive.
struct Remainder<'a> {
    marginals: &'a Marginals,
    supply: Vec<f64>,
    demand: Vec<f64>,
    moves: Vec<Move>,
}

impl<'a> Remainder<'a> {
    fn of(marginals: &'a Marginals) -> Self {
        Self {
            marginals,
            supply: marginals.source().to_vec(),
            demand: marginals.target().to_vec(),
            moves: Vec::with_capacity(marginals.source().len() + marginals.target().len()),
        }
    }

    /// Sends as much as both have left. That empties one of them: no later move touches it, so the moves have no cycle.
    fn send(&mut self, source: usize, target: usize) {
        let (supply, demand) = (&mut self.supply[source], &mut self.demand[target]);
        let mass = supply.min(*demand);
        if mass > 0.0 {
            *supply = without_rounding(*supply - mass, self.marginals.source()[source]);
            *demand = without_rounding(*demand - mass, self.marginals.target()[target]);
            self.moves.push(Move { source, target, mass });
        }
    }

    fn send_rest(&mut self, cost: &CostMatrix, prices: &[f64]) {
        let mut open: Vec<usize> = (0..cost.n_targets())
            .filter(|&target| self.demand[target] > 0.0)
            .collect();
        for source in 0..cost.n_sources() {
            let costs = cost.row(source);
            while self.supply[source] > 0.0 {
                let total = |&place: &usize| costs[open[place]] + prices[open[place]];
                let cheapest = (0..open.len()).min_by(|left, right| total(left).total_cmp(&total(right)));
                // Without an open target the supply left is the rounding of the masses.
                let Some(place) = cheapest else { return };
                self.send(source, open[place]);
                if self.demand[open[place]] == 0.0 {
                    open.swap_remove(place);
                }
            }
        }
    }
}

fn without_rounding(left: f64, weight: f64) -> f64 {
    if left > ROUNDING * weight { left } else { 0.0 }
}

/// The moves of a plan in such an order that each, in a plan without cycles, is the last or the only one left of its
/// source or target: sending as much as possible along each in turn gives the plan back.
///
/// None for a plan of more moves than one without cycles has.
fn leaves_first(plan: &Plan) -> Vec<(usize, usize)> {
    let n_sources = plan.n_sources();
    let n_points = n_sources + plan.n_targets();
    let mut n_moves = 0;
    plan.for_each(|_| n_moves += 1);
    if n_moves >= n_points {
        return Vec::new();
    }
    let mut arcs = Vec::with_capacity(n_moves);
    // The exclusive or of the arcs left at a point: of one arc, that arc.
    let (mut degrees, mut arcs_left) = (vec![0_u32; n_points], vec![0_usize; n_points]);
    plan.for_each(|entry| {
        for point in [entry.source, n_sources + entry.target] {
            degrees[point] += 1;
            arcs_left[point] ^= arcs.len();
        }
        arcs.push((entry.source, entry.target));
    });
    let mut order = Vec::with_capacity(n_moves);
    for leaf in 0..n_points {
        let mut point = leaf;
        // Taking an arc off may make a leaf of its other end.
        while degrees[point] == 1 {
            let arc = arcs_left[point];
            let (source, target) = arcs[arc];
            order.push((source, target));
            for end in [source, n_sources + target] {
                degrees[end] -= 1;
                arcs_left[end] ^= arc;
            }
            point = if point == source {
                n_sources + target
            } else {
                source
            };
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_without_cycles_comes_back() {
        let plan = Plan::sparse(
            3,
            3,
            [(0, 0, 0.2), (0, 1, 0.1), (1, 1, 0.3), (2, 1, 0.1), (2, 2, 0.3)]
                .map(|(source, target, mass)| Move { source, target, mass })
                .to_vec(),
        );
        let marginals = Marginals::new(&plan.source_marginal(), &plan.target_marginal()).expect("marginals");
        let mut left = Remainder::of(&marginals);
        for (source, target) in leaves_first(&plan) {
            left.send(source, target);
        }
        let again = Plan::sparse(3, 3, left.moves);
        golden::assert_close(
            again.to_dense().as_slice().expect("contiguous"),
            plan.to_dense().as_slice().expect("contiguous"),
            1e-14,
            0.0,
        );
    }
}
