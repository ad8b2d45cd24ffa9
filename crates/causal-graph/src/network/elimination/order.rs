//! Greedy orders of elimination.

/// What an order eliminates next.
#[derive(Debug, Clone, Copy)]
pub(super) enum Heuristic {
    /// The variable whose neighbours lack the fewest edges.
    MinFill,
    /// The variable with the smallest joint table of itself and its neighbours.
    MinWeight,
    /// The variable whose neighbours' missing edges have the smallest tables.
    WeightedMinFill,
}

impl Heuristic {
    pub(super) const ALL: [Self; 3] = [Self::MinFill, Self::MinWeight, Self::WeightedMinFill];
}

const BITS: usize = u64::BITS as usize;

/// Variables joined where they occur in one factor.
pub(super) struct InteractionGraph<'a> {
    /// A bit for each neighbour.
    neighbours: Vec<Vec<u64>>,
    n_states: &'a [usize],
    ln_states: Vec<f64>,
}

impl<'a> InteractionGraph<'a> {
    pub(super) fn new(scopes: &[&[usize]], n_states: &'a [usize]) -> Self {
        let n_words = n_states.len().div_ceil(BITS);
        let mut neighbours = vec![vec![0; n_words]; n_states.len()];
        for scope in scopes {
            for &variable in *scope {
                for &other in scope.iter().filter(|&&other| other != variable) {
                    neighbours[variable][other / BITS] |= 1 << (other % BITS);
                }
            }
        }
        Self {
            neighbours,
            n_states,
            ln_states: n_states.iter().map(|&n| (n as f64).ln()).collect(),
        }
    }

    /// The variables of `eliminate` in the greedy order; ties go to the second criterion and then to the least variable.
    ///
    /// # Complexity
    ///
    /// O(n²) for the choices and O(n / 64) for each pair of neighbours whose cost changes.
    pub(super) fn order(mut self, eliminate: &[usize], heuristic: Heuristic) -> Vec<usize> {
        let mut costs = vec![None; self.neighbours.len()];
        for &variable in eliminate {
            costs[variable] = Some(self.cost(variable, heuristic));
        }
        let mut left = eliminate.to_vec();
        let mut order = Vec::with_capacity(left.len());
        while !left.is_empty() {
            let mut best = 0;
            for place in 1..left.len() {
                if costs[left[place]] < costs[left[best]] {
                    best = place;
                }
            }
            // Not swap_remove: ties go to the least variable.
            let variable = left.remove(best);
            costs[variable] = None;
            order.push(variable);
            for changed in self.eliminate(variable, heuristic) {
                if costs[changed].is_some() {
                    costs[changed] = Some(self.cost(changed, heuristic));
                }
            }
        }
        order
    }

    /// Joins the neighbours of a variable and takes it out; the variables whose costs may have changed.
    fn eliminate(&mut self, variable: usize, heuristic: Heuristic) -> Vec<usize> {
        let row = std::mem::take(&mut self.neighbours[variable]);
        let mut changed = row.clone();
        for neighbour in bits(&row) {
            let neighbours = &mut self.neighbours[neighbour];
            for (word, joined) in neighbours.iter_mut().zip(&row) {
                *word |= joined;
            }
            neighbours[variable / BITS] &= !(1 << (variable % BITS));
            neighbours[neighbour / BITS] &= !(1 << (neighbour % BITS));
            if !matches!(heuristic, Heuristic::MinWeight) {
                for (word, joined) in changed.iter_mut().zip(neighbours.iter()) {
                    *word |= *joined;
                }
            }
        }
        bits(&changed).filter(|&changed| changed != variable).collect()
    }

    fn cost(&self, variable: usize, heuristic: Heuristic) -> [f64; 2] {
        let ln_weight = self.ln_states[variable]
            + bits(&self.neighbours[variable])
                .map(|neighbour| self.ln_states[neighbour])
                .sum::<f64>();
        match heuristic {
            Heuristic::MinFill => [self.fill(variable, |_, _| 1.0), ln_weight],
            Heuristic::MinWeight => [ln_weight, 0.0],
            Heuristic::WeightedMinFill => {
                let weight = |a: usize, b: usize| (self.n_states[a] * self.n_states[b]) as f64;
                [self.fill(variable, weight), ln_weight]
            }
        }
    }

    /// Twice the sum over the pairs of neighbours that are not joined.
    fn fill(&self, variable: usize, weight: impl Fn(usize, usize) -> f64) -> f64 {
        let row = &self.neighbours[variable];
        let mut sum = 0.0;
        for a in bits(row) {
            let missing = row.iter().zip(&self.neighbours[a]).enumerate();
            for (word_idx, (&all, &joined)) in missing {
                let missing = all & !joined;
                if missing != 0 {
                    sum += bits(&[missing])
                        .map(|bit| word_idx * BITS + bit)
                        .filter(|&b| b != a)
                        .map(|b| weight(a, b))
                        .sum::<f64>();
                }
            }
        }
        sum
    }
}

/// The positions of the bits that are set.
fn bits(words: &[u64]) -> impl Iterator<Item = usize> + '_ {
    words.iter().enumerate().flat_map(|(word_idx, &word)| {
        let mut rest = word;
        std::iter::from_fn(move || {
            (rest != 0).then(|| {
                let bit = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                word_idx * BITS + bit
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_eliminated_from_its_leaves() {
        // 0 - 1, 0 - 2, 0 - 3: the centre first would join all leaves.
        let scopes: [&[usize]; 3] = [&[0, 1], &[0, 2], &[0, 3]];
        for heuristic in Heuristic::ALL {
            let order = InteractionGraph::new(&scopes, &[2, 2, 2, 2]).order(&[0, 1, 2, 3], heuristic);
            assert_eq!(order[..2], [1, 2], "{heuristic:?}");
        }
    }

    #[test]
    fn the_weight_of_a_table_counts() {
        // A square 0 - 1 - 2 - 3 - 0: every elimination fills one edge; 1 and 3 have many states, so joining
        // 0 and 2 is cheaper than joining them.
        let scopes: [&[usize]; 4] = [&[0, 1], &[1, 2], &[2, 3], &[3, 0]];
        let graph = || InteractionGraph::new(&scopes, &[2, 30, 2, 30]);
        assert_eq!(graph().order(&[0, 1, 2, 3], Heuristic::WeightedMinFill)[0], 1);
        assert_eq!(graph().order(&[0, 1, 2, 3], Heuristic::MinFill)[0], 1);
        assert_eq!(graph().order(&[0, 1, 2, 3], Heuristic::MinWeight)[0], 1);
        assert_eq!(graph().order(&[0, 2], Heuristic::MinWeight), [0, 2]);
    }
}
