//! Agreement in the mean over several targets, with an interval.

use ot_transferability::Ensembles;
use rand::RngExt;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use tensor_core::numeric::Bootstrap;
use transferability_metrics::{Estimate, RankInterval, rank_agreement};

use super::results::MeanAgreement;

/// Pearson, Kendall, weighted Kendall, Rel@1.
const N_STATISTICS: usize = 4;

/// Scores and truths of the same ensembles on one target.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OnTarget<'a> {
    pub(crate) scores: &'a [f64],
    pub(crate) truths: &'a [f64],
}

/// The agreement on each target, averaged.
///
/// An interval comes from resamples of the pool's networks, the same for all targets, with the ensembles that
/// [`ot_transferability::ensemble_agreement`] would take from them.
pub(crate) fn mean_agreement(
    ensembles: &Ensembles,
    targets: &[OnTarget<'_>],
    interval: &RankInterval,
) -> anyhow::Result<MeanAgreement> {
    let all: Vec<usize> = (0..ensembles.len()).collect();
    let values = mean_statistics(&all, targets)?;
    let n_members = ensembles.n_members();
    let replicates = (0..interval.n_resamples as u64)
        .into_par_iter()
        .map(|draw| {
            let mut rng = interval.seed.stream("bootstrap", draw);
            let mut counts = vec![0; n_members];
            for _ in 0..n_members {
                counts[rng.random_range(0..n_members)] += 1;
            }
            mean_statistics(&drawn(ensembles, &counts), targets)
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let estimate = |statistic: usize| -> anyhow::Result<Estimate> {
        let defined: Vec<f64> = replicates.iter().filter_map(|values| values[statistic]).collect();
        let spread = Bootstrap {
            estimate: values[statistic],
            n_undefined: replicates.len() - defined.len(),
            replicates: defined,
        };
        Ok(Estimate {
            value: spread.estimate,
            interval: Some(spread.percentile(interval.level)?),
        })
    };
    Ok(MeanAgreement {
        pearson: estimate(0)?,
        kendall: estimate(1)?,
        weighted_kendall: estimate(2)?,
        relative_at_1: estimate(3)?,
    })
}

/// Each ensemble as often as it can be formed of the drawn members.
fn drawn(ensembles: &Ensembles, counts: &[usize]) -> Vec<usize> {
    ensembles
        .iter()
        .enumerate()
        .flat_map(|(ensemble, members)| {
            let n_ways = members.iter().map(|&member| counts[member]).product();
            std::iter::repeat_n(ensemble, n_ways)
        })
        .collect()
}

/// The means over the targets; nothing where a target has none.
fn mean_statistics(rows: &[usize], targets: &[OnTarget<'_>]) -> anyhow::Result<[Option<f64>; N_STATISTICS]> {
    // Two ensembles are the fewest that have an order.
    if rows.len() < 2 {
        return Ok([None; N_STATISTICS]);
    }
    let mut sums = [Some(0.0); N_STATISTICS];
    for target in targets {
        let pick = |values: &[f64]| rows.iter().map(|&row| values[row]).collect::<Vec<f64>>();
        let agreement = rank_agreement(&pick(target.scores), &pick(target.truths), 1, None)?;
        let values = [
            agreement.pearson,
            agreement.kendall,
            agreement.weighted_kendall,
            agreement.relative_at_k,
        ];
        for (sum, estimate) in sums.iter_mut().zip(values) {
            *sum = sum.zip(estimate.value).map(|(sum, value)| sum + value);
        }
    }
    Ok(sums.map(|sum| sum.map(|sum| sum / targets.len() as f64)))
}
