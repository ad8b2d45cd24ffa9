//! How long relations between two nodes hold.

/// For each ordered pair of nodes, at how many steps a relation held, counted only when it begins or ends.
#[derive(Debug, Clone)]
pub(super) struct Dwell {
    n_nodes: usize,
    /// The step at which the relation began; `NEVER` while it does not hold.
    since: Vec<u64>,
    n_steps: Vec<u64>,
    start: u64,
}

const NEVER: u64 = u64::MAX;

impl Dwell {
    pub(super) fn new(n_nodes: usize, holds: impl Fn(usize, usize) -> bool) -> Self {
        let pairs = (0..n_nodes * n_nodes).map(|pair| (pair / n_nodes, pair % n_nodes));
        Self {
            n_nodes,
            since: pairs
                .map(|(from, to)| if holds(from, to) { 0 } else { NEVER })
                .collect(),
            n_steps: vec![0; n_nodes * n_nodes],
            start: 0,
        }
    }

    /// The relation begins with the state after the step that is being taken.
    pub(super) fn enter(&mut self, from: usize, to: usize, step: u64) {
        self.since[from * self.n_nodes + to] = step;
    }

    /// The relation ends with the state before the step that is being taken.
    pub(super) fn leave(&mut self, from: usize, to: usize, step: u64) {
        let pair = from * self.n_nodes + to;
        self.n_steps[pair] += step - self.since[pair];
        self.since[pair] = NEVER;
    }

    /// The share of the steps since the last call at which each relation held, row-major.
    pub(super) fn take_shares(&mut self, step: u64) -> Vec<f64> {
        let total = (step - self.start).max(1) as f64;
        self.start = step;
        self.since
            .iter_mut()
            .zip(&mut self.n_steps)
            .map(|(since, n_steps)| {
                if *since != NEVER {
                    *n_steps += step - *since;
                    *since = step;
                }
                std::mem::take(n_steps) as f64 / total
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_steps() {
        let mut dwell = Dwell::new(2, |from, to| from == 0 && to == 1);
        // Holds for steps 0 to 3 of 10.
        dwell.leave(0, 1, 4);
        dwell.enter(1, 0, 4);
        assert_eq!(dwell.take_shares(10), [0.0, 0.4, 0.6, 0.0]);
        dwell.leave(1, 0, 15);
        assert_eq!(dwell.take_shares(20), [0.0, 0.0, 0.5, 0.0]);
    }
}
