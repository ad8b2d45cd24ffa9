//! How well scores rank networks: agreement of a metric's scores with the accuracies reached.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use tensor_core::numeric::{self, Interval};
use tensor_core::{Seed, check};

use crate::Result;

/// Agreement of scores with accuracies over a pool of networks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RankAgreement {
    /// The number of networks.
    pub n_models: usize,
    /// The number of networks that count as picked or as best.
    pub k: usize,
    /// Pearson's correlation.
    pub pearson: Estimate,
    /// Spearman's rank correlation.
    pub spearman: Estimate,
    /// Kendall's tau-b.
    pub kendall: Estimate,
    /// Kendall's tau with hyperbolic weights, in which the best networks count most.
    pub weighted_kendall: Estimate,
    /// The best accuracy among the `k` networks scored highest, over the best of all; undefined unless the latter is
    /// positive.
    pub relative_at_k: Estimate,
    /// The best accuracy of all less the best among the `k` networks scored highest.
    pub regret_at_k: Estimate,
    /// 1 if fewer than `k` networks are more accurate than the one scored highest, else 0.
    pub recall_at_k: Estimate,
}

/// A number with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    /// The number; `None` where it is undefined, as every one is if all scores or all accuracies are equal.
    pub value: Option<f64>,
    /// The bootstrap interval, if one was asked for.
    pub interval: Option<Interval>,
}

/// A percentile bootstrap over networks.
///
/// | name | default | meaning | range | source |
/// |---|---|---|---|---|
/// | `level` | 0.95 | share of resamples inside the interval | above 0 and below 1 | convention |
/// | `n_resamples` | 2000 | resamples of the pool | 1 or more | Efron and Tibshirani, *An Introduction to the Bootstrap*, 1993: at least 1000 |
/// | `seed` | 0 | seed of the resamples | any | – |
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RankInterval {
    /// Share of resamples inside the interval.
    pub level: f64,
    /// Resamples of the pool.
    pub n_resamples: usize,
    /// Seed of the resamples, which are the same for every number.
    pub seed: Seed,
}

impl Default for RankInterval {
    fn default() -> Self {
        Self {
            level: 0.95,
            n_resamples: 2000,
            seed: Seed::new(0),
        }
    }
}

impl RankInterval {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// A level outside (0, 1), or no resample.
    pub fn validate(&self) -> Result<()> {
        check::parameter(
            "level",
            self.level > 0.0 && self.level < 1.0,
            "above 0 and below 1",
            self.level,
        )?;
        check::parameter(
            "n_resamples",
            self.n_resamples >= 1,
            "1 or more",
            self.n_resamples,
        )?;
        Ok(())
    }
}

/// Compares the scores of a pool of networks with the accuracies they reached.
///
/// ```text
/// Rel@k = max_{i in top k} a_i / max_i a_i          regret@k = max_i a_i - max_{i in top k} a_i
/// recall@k = 1 if |{ i : a_i > a_b }| < k, else 0,  b = argmax_i s_i
///
/// s   scores      a   accuracies      top k   the k highest scores; among equal ones the lowest index first
/// ```
///
/// # Errors
///
/// Lengths that differ, fewer than 2 networks, a score or an accuracy that is not finite, `k` outside
/// `1..=n_models`, or parameters of the interval out of range.
///
/// # Reference
///
/// Rel@k and recall@k: Li et al., *Ranking Neural Checkpoints*, CVPR 2021, arXiv:2011.11200; Shao et al., *Not All
/// Models Are Equal*, ECCV 2022, arXiv:2207.03036. Weighted tau: Vigna, *A Weighted Correlation Index for Rankings
/// with Ties*, WWW 2015, doi:10.1145/2736277.2741088.
///
/// # Examples
///
/// ```
/// use transferability_metrics::rank_agreement;
///
/// let agreement = rank_agreement(&[1.0, 2.0, 3.0, 4.0, 5.0], &[0.1, 0.3, 0.2, 0.5, 0.4], 1, None)?;
/// assert!((agreement.kendall.value.unwrap() - 0.6).abs() < 1e-15);
/// // The network scored highest reaches 0.4 where 0.5 was to be had.
/// assert!((agreement.relative_at_k.value.unwrap() - 0.8).abs() < 1e-15);
/// assert!((agreement.regret_at_k.value.unwrap() - 0.1).abs() < 1e-15);
/// assert_eq!(agreement.recall_at_k.value, Some(0.0));
/// # Ok::<(), transferability_metrics::Error>(())
/// ```
pub fn rank_agreement(
    scores: &[f64],
    accuracies: &[f64],
    k: usize,
    interval: Option<&RankInterval>,
) -> Result<RankAgreement> {
    if let Some(interval) = interval {
        interval.validate()?;
    }
    let n_models = scores.len();
    check::same_length("scores", n_models, "accuracies", accuracies.len())?;
    check::at_least("scores", n_models, 2)?;
    finite("scores", scores)?;
    finite("accuracies", accuracies)?;
    check::parameter(
        "k",
        (1..=n_models).contains(&k),
        "at least 1 and at most the number of networks",
        k,
    )?;

    let estimate = |statistic: Statistic| -> Result<Estimate> {
        let Some(RankInterval {
            level,
            n_resamples,
            seed,
        }) = interval.copied()
        else {
            return Ok(Estimate {
                value: statistic(scores, accuracies, k)?,
                interval: None,
            });
        };
        let spread = numeric::bootstrap(n_models, n_resamples, seed, |models| {
            let of = |values: &[f64]| models.iter().map(|&model| values[model]).collect::<Vec<f64>>();
            statistic(&of(scores), &of(accuracies), k)
        })?;
        Ok(Estimate {
            value: spread.estimate,
            interval: Some(spread.percentile(level)?),
        })
    };
    Ok(RankAgreement {
        n_models,
        k,
        pearson: estimate(|scores, accuracies, _| numeric::pearson(scores, accuracies))?,
        spearman: estimate(|scores, accuracies, _| numeric::spearman(scores, accuracies))?,
        kendall: estimate(|scores, accuracies, _| numeric::kendall(scores, accuracies))?,
        weighted_kendall: estimate(|scores, accuracies, _| numeric::weighted_kendall(scores, accuracies))?,
        relative_at_k: estimate(|scores, accuracies, k| {
            Ok(best_and_best_picked(scores, accuracies, k)
                .filter(|&(best, _)| best > 0.0)
                .map(|(best, picked)| picked / best))
        })?,
        regret_at_k: estimate(|scores, accuracies, k| {
            Ok(best_and_best_picked(scores, accuracies, k).map(|(best, picked)| best - picked))
        })?,
        recall_at_k: estimate(|scores, accuracies, k| {
            Ok(best_and_best_picked(scores, accuracies, 1).map(|(_, picked)| {
                let n_better = accuracies.iter().filter(|&&accuracy| accuracy > picked).count();
                if n_better < k { 1.0 } else { 0.0 }
            }))
        })?,
    })
}

/// A number from scores, accuracies and `k`.
type Statistic = fn(&[f64], &[f64], usize) -> tensor_core::Result<Option<f64>>;

/// The best accuracy of all and the best among the `k` highest scores; `None` if either vector is constant.
fn best_and_best_picked(scores: &[f64], accuracies: &[f64], k: usize) -> Option<(f64, f64)> {
    let constant = |values: &[f64]| values.iter().all(|value| value == &values[0]);
    if constant(scores) || constant(accuracies) {
        return None;
    }
    let mut models: Vec<usize> = (0..scores.len()).collect();
    models.sort_by(|&left, &right| {
        scores[right]
            .partial_cmp(&scores[left])
            .unwrap_or(Ordering::Equal)
    });
    let best = accuracies.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let picked = models
        .iter()
        .take(k)
        .map(|&model| accuracies[model])
        .fold(f64::NEG_INFINITY, f64::max);
    Some((best, picked))
}

fn finite(what: &str, values: &[f64]) -> Result<()> {
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(index) => Err(tensor_core::Error::NonFinite {
            what: what.to_owned(),
            index: vec![index],
            value: values[index],
        }
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCORES: [f64; 6] = [0.3, 0.9, 0.1, 0.7, 0.5, 0.7];
    const ACCURACIES: [f64; 6] = [0.60, 0.70, 0.40, 0.90, 0.80, 0.30];

    fn values(agreement: &RankAgreement) -> [Option<f64>; 7] {
        let RankAgreement {
            n_models: _,
            k: _,
            pearson,
            spearman,
            kendall,
            weighted_kendall,
            relative_at_k,
            regret_at_k,
            recall_at_k,
        } = agreement;
        [
            pearson,
            spearman,
            kendall,
            weighted_kendall,
            relative_at_k,
            regret_at_k,
            recall_at_k,
        ]
        .map(|estimate| estimate.value)
    }

    #[test]
    fn the_best_picked_is_looked_for_among_the_k_highest_scores() -> Result<()> {
        let at = |k| rank_agreement(&SCORES, &ACCURACIES, k, None);
        let [first, second] = [at(1)?, at(2)?];
        assert_eq!(first.relative_at_k.value, Some(0.70 / 0.90));
        assert_eq!(first.regret_at_k.value, Some(0.90 - 0.70));
        // Scores 0.7 tie: the lower index, which is the most accurate network, comes first.
        assert_eq!(second.relative_at_k.value, Some(1.0));
        assert_eq!(second.regret_at_k.value, Some(0.0));
        // Two networks are more accurate than the one scored highest.
        assert_eq!(
            (second.recall_at_k.value, at(3)?.recall_at_k.value),
            (Some(0.0), Some(1.0))
        );
        Ok(())
    }

    #[test]
    fn nothing_is_defined_on_a_constant_vector() -> Result<()> {
        for (scores, accuracies) in [([0.5; 3], [0.1, 0.2, 0.3]), ([0.1, 0.2, 0.3], [0.5; 3])] {
            let interval = RankInterval {
                n_resamples: 20,
                ..RankInterval::default()
            };
            let agreement = rank_agreement(&scores, &accuracies, 1, Some(&interval))?;
            assert_eq!(values(&agreement), [None; 7]);
            assert_eq!(agreement.kendall.interval, Some(Interval::NoReplicate));
        }
        Ok(())
    }

    #[test]
    fn a_share_of_no_accuracy_is_undefined() -> Result<()> {
        let agreement = rank_agreement(&[1.0, 2.0], &[0.0, -1.0], 1, None)?;
        assert_eq!(agreement.relative_at_k.value, None);
        assert_eq!(agreement.regret_at_k.value, Some(1.0));
        Ok(())
    }

    #[test]
    fn intervals_hold_the_value_and_repeat_with_the_seed() -> Result<()> {
        let interval = RankInterval {
            n_resamples: 400,
            ..RankInterval::default()
        };
        let agreement = rank_agreement(&SCORES, &ACCURACIES, 2, Some(&interval))?;
        assert_eq!(
            agreement,
            rank_agreement(&SCORES, &ACCURACIES, 2, Some(&interval))?
        );
        let (low, high) = agreement
            .pearson
            .interval
            .and_then(Interval::bounds)
            .expect("bounds");
        let value = agreement.pearson.value.expect("defined");
        assert!(low < value && value < high && (-1.0..=1.0).contains(&low) && high <= 1.0 + 1e-12);
        assert_eq!(
            values(&agreement),
            values(&rank_agreement(&SCORES, &ACCURACIES, 2, None)?)
        );
        Ok(())
    }

    #[test]
    fn bad_input_is_refused() {
        let message = |scores: &[f64], accuracies: &[f64], k| {
            rank_agreement(scores, accuracies, k, None)
                .expect_err("bad input")
                .to_string()
        };
        assert_eq!(
            message(&[1.0], &[1.0], 1),
            "scores has 1 entries: expected at least 2"
        );
        assert_eq!(
            message(&[1.0, f64::NAN], &[1.0, 2.0], 1),
            "scores[1] is NaN: expected a finite number"
        );
        for k in [0, 3] {
            let expected = "expected at least 1 and at most the number of networks";
            assert_eq!(
                message(&[1.0, 2.0], &[1.0, 2.0], k),
                format!("k is {k}: {expected}")
            );
        }
        for level in [0.0, 1.0, f64::NAN] {
            let interval = RankInterval {
                level,
                ..RankInterval::default()
            };
            assert!(
                rank_agreement(&SCORES, &ACCURACIES, 1, Some(&interval)).is_err(),
                "level {level}"
            );
        }
    }
}
