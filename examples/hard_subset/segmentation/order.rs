//! Whether scores put the networks in the same order again, and in the order of all pixels.

use serde::{Deserialize, Serialize};
use tensor_core::Result;
use tensor_core::numeric::spearman;

use super::comparison::Observed;
use super::observation::Observation;

/// Spearman's correlations over the networks; nothing where none is defined.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    /// Between draws of pixels, mean over pairs and targets: low if a score is noise.
    pub(crate) between_draws: Option<f64>,
    /// With the scores on all pixels of the same draw, mean over draws and targets.
    pub(crate) with_all: Option<f64>,
}

impl Observed {
    /// Of a score on subsets, and the same metric on all pixels.
    pub(super) fn order(
        &self,
        on_subset: impl Fn(&Observation) -> f64,
        on_all: impl Fn(&Observation) -> f64,
    ) -> Result<Order> {
        let (mut between_draws, mut with_all) = (Vec::new(), Vec::new());
        for draws in &self.observations {
            let subsets = scores(draws, &on_subset);
            for (later, subset) in subsets.iter().enumerate() {
                for earlier in &subsets[..later] {
                    between_draws.extend(spearman(earlier, subset)?);
                }
            }
            for (subset, all) in subsets.iter().zip(scores(draws, &on_all)) {
                with_all.extend(spearman(subset, &all)?);
            }
        }
        Ok(Order {
            between_draws: mean(&between_draws),
            with_all: mean(&with_all),
        })
    }
}

impl Order {
    /// The mean of each number where it is defined.
    pub(super) fn mean(orders: &[Self]) -> Self {
        let of =
            |number: fn(&Self) -> Option<f64>| mean(&orders.iter().filter_map(number).collect::<Vec<_>>());
        Self {
            between_draws: of(|order| order.between_draws),
            with_all: of(|order| order.with_all),
        }
    }
}

/// For each draw, each network.
fn scores(draws: &[Vec<Observation>], score: impl Fn(&Observation) -> f64) -> Vec<Vec<f64>> {
    let of_draw = |networks: &Vec<Observation>| networks.iter().map(&score).collect();
    draws.iter().map(of_draw).collect()
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}
