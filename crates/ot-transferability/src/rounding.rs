//! A plan that satisfies its marginals exactly, from one that nearly does.

use tensor_core::check;

use crate::{Marginals, Plan, Result};

/// Rounds a plan to one with the given marginals.
///
/// ```text
/// P' = X P Y                   X_i = min(a_i / (P 1)_i, 1),  then  Y_j = min(b_j / (X P)^T 1_j, 1)
/// R  = P' + r c^T / |r|_1      r = a - P' 1,  c = b - P'^T 1
/// ```
///
/// The plan moves by at most twice its marginal error: `||R - P||_1 <= 2 (||P 1 - a||_1 + ||P^T 1 - b||_1)`. A plan that
/// is feasible stays as it is, but for rounding. The result is stored in full.
///
/// # Errors
///
/// Marginals of another shape than the plan.
///
/// # Complexity
///
/// O(n m).
///
/// # Reference
///
/// J. Altschuler, J. Weed, P. Rigollet, *Near-linear time approximation algorithms for optimal transport via Sinkhorn
/// iteration*, 2017, arXiv:1705.09634, algorithm 2.
///
/// # Examples
///
/// ```
/// use ot_transferability::{Marginals, Move, Plan, round_to_marginals};
///
/// let marginals = Marginals::new(&[0.5, 0.5], &[0.25, 0.75])?;
/// let rough = Plan::new(2, 2, vec![Move { source: 0, target: 0, mass: 1.0 }])?;
/// let feasible = round_to_marginals(&rough, &marginals)?;
/// assert_eq!(feasible.source_marginal(), [0.5, 0.5]);
/// assert_eq!(feasible.target_marginal(), [0.25, 0.75]);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
pub fn round_to_marginals(plan: &Plan, marginals: &Marginals) -> Result<Plan> {
    let (a, b) = (marginals.source(), marginals.target());
    check::same_length("plan", plan.n_sources(), "source weights", a.len())?;
    check::same_length("plan", plan.n_targets(), "target weights", b.len())?;
    let (n_sources, n_targets) = (plan.n_sources(), plan.n_targets());

    let source_factors = shrinking(a, &plan.source_marginal());
    let mut target_sums = vec![0.0; n_targets];
    plan.for_each(|entry| target_sums[entry.target] += entry.mass * source_factors[entry.source]);
    let target_factors = shrinking(b, &target_sums);

    let mut masses = vec![0.0; n_sources * n_targets];
    let (mut source_missing, mut target_missing) = (a.to_vec(), b.to_vec());
    plan.for_each(|entry| {
        let mass = entry.mass * source_factors[entry.source] * target_factors[entry.target];
        masses[entry.source * n_targets + entry.target] = mass;
        source_missing[entry.source] -= mass;
        target_missing[entry.target] -= mass;
    });
    // Rounding may leave a little less than nothing.
    for missing in source_missing.iter_mut().chain(&mut target_missing) {
        *missing = missing.max(0.0);
    }
    let total: f64 = target_missing.iter().sum();
    if total > 0.0 {
        for (row, missing) in masses.chunks_mut(n_targets).zip(&source_missing) {
            for (mass, share) in row.iter_mut().zip(&target_missing) {
                *mass += missing * (share / total);
            }
        }
    }
    Ok(Plan::dense(n_sources, n_targets, masses))
}

/// The factors that bring sums above their weights down to them.
fn shrinking(weights: &[f64], sums: &[f64]) -> Vec<f64> {
    weights
        .iter()
        .zip(sums)
        .map(|(weight, sum)| if sum > weight { weight / sum } else { 1.0 })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::plan::l1_distance;

    /// Sums of some hundred numbers of at most 1.
    const ROUNDING: f64 = 1e-12;

    proptest! {
        #[test]
        fn the_result_is_feasible_and_near(
            (masses, a, b) in (1..7_usize, 1..7_usize).prop_flat_map(|(n, m)| {
                let weights = |length| prop::collection::vec(0.01..1.0_f64, length);
                (prop::collection::vec(prop_oneof![Just(0.0), 0.0..1.0_f64], n * m), weights(n), weights(m))
            })
        ) {
            let normalised = |weights: &[f64]| -> Vec<f64> {
                weights.iter().map(|weight| weight / weights.iter().sum::<f64>()).collect()
            };
            let marginals = Marginals::new(&normalised(&a), &normalised(&b)).expect("equal masses");
            let plan = Plan::dense(a.len(), b.len(), masses.clone());
            let rounded = round_to_marginals(&plan, &marginals).expect("equal shapes");
            prop_assert!(rounded.marginal_error(&marginals) <= ROUNDING);
            let values: Vec<f64> = rounded.to_dense().into_iter().collect();
            prop_assert!(values.iter().all(|&mass| mass >= 0.0));
            let moved = l1_distance(&values, &masses);
            prop_assert!(moved <= 2.0 * plan.marginal_error(&marginals) + ROUNDING, "{moved}");
        }
    }

    #[test]
    fn a_feasible_plan_stays() {
        let masses = vec![0.25, 0.25, 0.0, 0.5];
        let marginals = Marginals::new(&[0.5, 0.5], &[0.25, 0.75]).expect("equal masses");
        let plan = Plan::dense(2, 2, masses.clone());
        let rounded = round_to_marginals(&plan, &marginals).expect("equal shapes");
        assert_eq!(rounded.to_dense().into_raw_vec_and_offset().0, masses);
    }

    #[test]
    fn another_shape_is_refused() {
        let marginals = Marginals::uniform(3, 2).expect("sides");
        assert!(round_to_marginals(&Plan::dense(2, 2, vec![0.25; 4]), &marginals).is_err());
    }
}
