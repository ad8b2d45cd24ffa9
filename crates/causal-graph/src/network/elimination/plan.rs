//! The products and sums of an elimination, before any is made.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::order::{Heuristic, InteractionGraph};
use crate::{Error, Result};

/// Which tables are multiplied and which variables summed out, in order.
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    /// The place of the last table, which is over the targets in any order.
    pub(super) result: usize,
    /// The sum over the steps of the products to be made.
    cost: f64,
}

/// One new table. Places below the number of factors are factors; step `i` makes the table at place `n_factors + i`.
pub(super) struct Step {
    pub(super) left: usize,
    /// The table to multiply by.
    pub(super) right: Option<usize>,
    /// The variable to sum over.
    pub(super) sum_out: Option<usize>,
    /// The variables of the new table.
    pub(super) scope: Vec<usize>,
    n_cells: u128,
}

impl Plan {
    /// The plan of least cost among those of the greedy orders. There is at least one factor.
    pub(super) fn cheapest(scopes: &[&[usize]], targets: &[usize], n_states: &[usize]) -> Self {
        let mut is_left = vec![false; n_states.len()];
        for &variable in scopes.iter().copied().flatten() {
            is_left[variable] = true;
        }
        for &target in targets {
            is_left[target] = false;
        }
        let eliminate: Vec<usize> = (0..n_states.len())
            .filter(|&variable| is_left[variable])
            .collect();
        let mut plans = Heuristic::ALL.into_iter().map(|heuristic| {
            let order = InteractionGraph::new(scopes, n_states).order(&eliminate, heuristic);
            Self::along(&order, scopes, n_states)
        });
        let first = plans.next().expect("there are three heuristics");
        plans.fold(
            first,
            |best, plan| if plan.cost < best.cost { plan } else { best },
        )
    }

    /// Checks that no table is too large.
    pub(super) fn check(&self, limit: usize) -> Result<()> {
        match self.steps.iter().max_by_key(|step| step.n_cells) {
            Some(step) if step.n_cells > limit as u128 => Err(Error::FactorTooLarge {
                n_variables: step.scope.len(),
                n_cells: step.n_cells,
                limit,
            }),
            _ => Ok(()),
        }
    }

    /// Sums the variables out in this order, then multiplies what is left.
    fn along(order: &[usize], scopes: &[&[usize]], n_states: &[usize]) -> Self {
        let mut building = Building {
            scopes: scopes.iter().map(|scope| scope.to_vec()).collect(),
            is_used: vec![false; scopes.len()],
            holders: vec![Vec::new(); n_states.len()],
            n_states,
            steps: Vec::new(),
            cost: 0.0,
        };
        for place in 0..scopes.len() {
            building.register(place);
        }
        for &variable in order {
            let holders = std::mem::take(&mut building.holders[variable]);
            building.combine(&holders, Some(variable));
        }
        let rest: Vec<usize> = (0..building.scopes.len()).collect();
        let result = building.combine(&rest, None);
        Self {
            result,
            steps: building.steps,
            cost: building.cost,
        }
    }
}

/// A plan that is being made.
struct Building<'a> {
    /// The variables of each table.
    scopes: Vec<Vec<usize>>,
    is_used: Vec<bool>,
    /// For each variable the tables that have it, used ones among them.
    holders: Vec<Vec<usize>>,
    n_states: &'a [usize],
    steps: Vec<Step>,
    cost: f64,
}

impl Building<'_> {
    /// Multiplies the tables at the places that are not used, the smallest two first, and sums over a variable with the last
    /// product. The place of the result.
    fn combine(&mut self, places: &[usize], sum_out: Option<usize>) -> usize {
        let mut heap: BinaryHeap<Reverse<(u128, usize)>> = places
            .iter()
            .filter(|&&place| !self.is_used[place])
            .map(|&place| Reverse((self.n_cells(&self.scopes[place]), place)))
            .collect();
        if let (1, Some(variable)) = (heap.len(), sum_out) {
            let Reverse((_, place)) = heap.pop().expect("there is one");
            return self.push(place, None, Some(variable));
        }
        while let (Some(Reverse((_, left))), Some(Reverse((_, right)))) = (heap.pop(), heap.pop()) {
            let sum_out = if heap.is_empty() { sum_out } else { None };
            let product = self.push(left, Some(right), sum_out);
            if heap.is_empty() {
                return product;
            }
            heap.push(Reverse((self.n_cells(&self.scopes[product]), product)));
        }
        places
            .iter()
            .copied()
            .find(|&place| !self.is_used[place])
            .unwrap_or(0)
    }

    /// Adds a step and gives its place.
    fn push(&mut self, left: usize, right: Option<usize>, sum_out: Option<usize>) -> usize {
        // The larger table comes last and is read in the order of its cells.
        let mut scope: Vec<usize> = Vec::new();
        if let Some(right) = right {
            let of_right = &self.scopes[right];
            scope.extend(
                self.scopes[left]
                    .iter()
                    .filter(|variable| !of_right.contains(variable)),
            );
            scope.extend(of_right);
            self.is_used[right] = true;
        } else {
            scope.extend(&self.scopes[left]);
        }
        self.is_used[left] = true;
        self.cost += self.n_cells(&scope) as f64;
        scope.retain(|&variable| Some(variable) != sum_out);
        let place = self.scopes.len();
        self.steps.push(Step {
            left,
            right,
            sum_out,
            n_cells: self.n_cells(&scope),
            scope: scope.clone(),
        });
        self.scopes.push(scope);
        self.is_used.push(false);
        self.register(place);
        place
    }

    fn register(&mut self, place: usize) {
        for &variable in &self.scopes[place] {
            self.holders[variable].push(place);
        }
    }

    fn n_cells(&self, scope: &[usize]) -> u128 {
        scope.iter().fold(1, |cells: u128, &variable| {
            cells.saturating_mul(self.n_states[variable] as u128)
        })
    }
}
