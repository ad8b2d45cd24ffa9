//! Local search over orders, and its perturbation.

use rand::RngExt as _;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom as _;

use super::families::Families;
use super::placement::{Placement, Rules};
use crate::Result;

/// A gain below this share of the score is rounding.
const LEAST_GAIN: f64 = 1e-12;

impl<S: Families> Rules<'_, S> {
    /// An order to begin with: of the nodes that may come next, the one whose score the nodes placed already raise most
    /// is appended and moved to its best place.
    ///
    /// With `shuffled` nodes, they are placed in their order instead.
    pub(super) fn initial(&self, shuffled: Option<&[usize]>) -> Result<Placement<S::Family>> {
        let n_nodes = self.constraints.n_nodes();
        let mut placement = self.start()?;
        let unrelated: Vec<f64> = (0..n_nodes).map(|node| self.local(&placement, node)).collect();
        let sequence = shuffled.map_or_else(|| (0..n_nodes).collect(), <[usize]>::to_vec);
        for _ in 0..n_nodes {
            let mut next: Option<(usize, f64)> = None;
            for &node in &sequence {
                let is_free = !placement.is_placed(node)
                    && self
                        .constraints
                        .before(node)
                        .iter()
                        .all(|other| placement.is_placed(other));
                if is_free {
                    let gain = self.local(&placement, node) - unrelated[node];
                    if next.is_none_or(|(_, best)| gain > best) {
                        next = Some((node, gain));
                    }
                    if shuffled.is_some() {
                        break;
                    }
                }
            }
            let Some((node, _)) = next else {
                break;
            };
            self.append(&mut placement, node)?;
            let least_gain = self.least_gain(&placement);
            self.reinsert(&mut placement, node, least_gain)?;
        }
        Ok(placement)
    }

    /// Moves every unsettled node once, in a random sequence, to its best place; the number of nodes that moved.
    pub(super) fn pass(
        &self,
        placement: &mut Placement<S::Family>,
        random: &mut ChaCha8Rng,
    ) -> Result<usize> {
        let mut sequence: Vec<usize> = placement.unsettled().collect();
        sequence.shuffle(random);
        let least_gain = self.least_gain(placement);
        let mut n_moves = 0;
        for node in sequence {
            placement.set_unsettled(node, false);
            n_moves += usize::from(self.reinsert(placement, node, least_gain)? > 0.0);
        }
        Ok(n_moves)
    }

    /// Moves some nodes to random places, whatever it costs.
    pub(super) fn perturb(
        &self,
        placement: &mut Placement<S::Family>,
        random: &mut ChaCha8Rng,
    ) -> Result<()> {
        let n_nodes = placement.order().len();
        if n_nodes < 2 {
            return Ok(());
        }
        let n_moves = (n_nodes as f64).ln().round().max(2.0) as usize;
        for _ in 0..n_moves {
            let node = placement.order()[random.random_range(0..n_nodes)];
            let place = random.random_range(0..n_nodes);
            self.move_to(placement, node, place)?;
        }
        Ok(())
    }

    fn least_gain(&self, placement: &Placement<S::Family>) -> f64 {
        LEAST_GAIN * self.total(placement).abs().max(1.0)
    }
}
