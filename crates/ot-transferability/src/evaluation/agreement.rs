//! Agreement of scores of ensembles with their accuracies.

use rand::RngExt;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use tensor_core::check;
use tensor_core::numeric::{self, Bootstrap};
use transferability_metrics::{Estimate, RankInterval};

use super::Ensembles;
use super::resample::{N_STATISTICS, Scratch, Table};
use crate::Result;
use crate::ensemble::finite;

/// Agreement of scores of ensembles with the accuracies that they reached.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnsembleAgreement {
    /// The number of networks in the pool.
    pub n_members: usize,
    /// The number of members of an ensemble.
    pub size: usize,
    /// The number of ensembles.
    pub n_ensembles: usize,
    /// The number of ensembles that count as picked or as best.
    pub k: usize,
    /// Pearson's correlation.
    pub pearson: Estimate,
    /// Kendall's tau-b.
    pub kendall: Estimate,
    /// Kendall's tau with hyperbolic weights, in which the best ensembles count most.
    pub weighted_kendall: Estimate,
    /// The best accuracy among the `k` ensembles scored highest, over the best of all; undefined unless the latter is
    /// positive.
    pub relative_at_k: Estimate,
    /// The best accuracy of all less the best among the `k` ensembles scored highest.
    pub regret_at_k: Estimate,
    /// 1 if fewer than `k` ensembles are more accurate than the one scored highest, else 0.
    pub recall_at_k: Estimate,
}

/// Compares the scores of ensembles, higher for better, with the accuracies they reached.
///
/// Definitions are those of [`rank_agreement`](transferability_metrics::rank_agreement); among equal scores the first
/// ensemble in lexicographic order comes first. Every number is undefined if all scores or all accuracies are equal.
///
/// # Intervals
///
/// Ensembles share members, so they are no independent sample and resampling them would give intervals far too narrow.
/// The bootstrap draws the *members* of the pool with replacement, and takes those ensembles all of whose members were
/// drawn. A member drawn twice is two members: an ensemble counts once for each way to form it, the product of its members'
/// numbers of draws. Ensembles that hold two copies of one network are left out; so are comparisons of an ensemble with
/// its own copies, which tie in both vectors. In the numbers at k, an ensemble counts once or not at all. Draw `b` is that
/// of the stream `("bootstrap", b)`, whatever the number of threads.
///
/// # Errors
///
/// Other lengths than the number of ensembles, fewer than 2 ensembles, a number that is not finite, `k` outside
/// `1..=n_ensembles`, or parameters of the interval out of range.
///
/// # Complexity
///
/// O(N log N) for N ensembles, and as much for a resample.
///
/// # Examples
///
/// ```
/// use ot_transferability::{Ensembles, ensemble_agreement};
///
/// let ensembles = Ensembles::all(4, 3, 4)?;
/// let agreement = ensemble_agreement(&ensembles, &[4.0, 3.0, 2.0, 1.0], &[0.8, 0.9, 0.7, 0.6], 1, None)?;
/// assert!((agreement.kendall.value.unwrap() - 2.0 / 3.0).abs() < 1e-15);
/// assert!((agreement.regret_at_k.value.unwrap() - 0.1).abs() < 1e-15);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
pub fn ensemble_agreement(
    ensembles: &Ensembles,
    scores: &[f64],
    accuracies: &[f64],
    k: usize,
    interval: Option<&RankInterval>,
) -> Result<EnsembleAgreement> {
    let measured = Measured::new(ensembles, scores, accuracies, k, interval)?;
    measured.agreement(ensembles.size(), ensembles.len(), k, interval)
}

/// The statistics of one list of scored ensembles: as it is, and resampled.
pub(super) struct Measured {
    pub(super) n_members: usize,
    pub(super) values: [Option<f64>; N_STATISTICS],
    /// One for each draw of the members.
    pub(super) replicates: Vec<[Option<f64>; N_STATISTICS]>,
}

impl Measured {
    pub(super) fn new(
        ensembles: &Ensembles,
        scores: &[f64],
        accuracies: &[f64],
        k: usize,
        interval: Option<&RankInterval>,
    ) -> Result<Self> {
        if let Some(interval) = interval {
            interval.validate()?;
        }
        let n_ensembles = ensembles.len();
        check::same_length("scores", scores.len(), "the ensembles", n_ensembles)?;
        check::same_length("accuracies", accuracies.len(), "the ensembles", n_ensembles)?;
        check::at_least("the ensembles", n_ensembles, 2)?;
        finite("scores", scores)?;
        finite("accuracies", accuracies)?;
        check::parameter(
            "k",
            (1..=n_ensembles).contains(&k),
            "at least 1 and at most the number of ensembles",
            k,
        )?;

        let table = Table::new(scores, accuracies);
        let mut values = table.statistics(|_| 1, k, &mut Scratch::default());
        values[0] = numeric::pearson(scores, accuracies)?;
        values[1] = numeric::kendall(scores, accuracies)?;
        values[2] = numeric::weighted_kendall(scores, accuracies)?;
        Ok(Self {
            n_members: ensembles.n_members(),
            values,
            replicates: interval.map_or_else(Vec::new, |interval| resample(ensembles, &table, k, interval)),
        })
    }

    pub(super) fn agreement(
        &self,
        size: usize,
        n_ensembles: usize,
        k: usize,
        interval: Option<&RankInterval>,
    ) -> Result<EnsembleAgreement> {
        let estimate = |statistic: usize| -> Result<Estimate> {
            let value = self.values[statistic];
            let interval = interval
                .map(|interval| {
                    let replicates: Vec<f64> = self
                        .replicates
                        .iter()
                        .filter_map(|replicate| replicate[statistic])
                        .collect();
                    let spread = Bootstrap {
                        estimate: value,
                        n_undefined: self.replicates.len() - replicates.len(),
                        replicates,
                    };
                    spread.percentile(interval.level)
                })
                .transpose()?;
            Ok(Estimate { value, interval })
        };
        Ok(EnsembleAgreement {
            n_members: self.n_members,
            size,
            n_ensembles,
            k,
            pearson: estimate(0)?,
            kendall: estimate(1)?,
            weighted_kendall: estimate(2)?,
            relative_at_k: estimate(3)?,
            regret_at_k: estimate(4)?,
            recall_at_k: estimate(5)?,
        })
    }
}

/// The statistics on pools whose members are drawn with replacement.
fn resample(
    ensembles: &Ensembles,
    table: &Table,
    k: usize,
    interval: &RankInterval,
) -> Vec<[Option<f64>; N_STATISTICS]> {
    let n_members = ensembles.n_members();
    (0..interval.n_resamples as u64)
        .into_par_iter()
        .map_init(
            || {
                (
                    Scratch::default(),
                    vec![0_u32; n_members],
                    vec![0_u32; ensembles.len()],
                )
            },
            |(scratch, draws, counts), draw| {
                let mut rng = interval.seed.stream("bootstrap", draw);
                draws.fill(0);
                for _ in 0..n_members {
                    draws[rng.random_range(0..n_members)] += 1;
                }
                for (count, members) in counts.iter_mut().zip(ensembles) {
                    *count = members
                        .iter()
                        .fold(1_u32, |count, &member| count.saturating_mul(draws[member]));
                }
                table.statistics(|index| counts[index], k, scratch)
            },
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use tensor_core::Seed;
    use tensor_core::numeric::Interval;

    use super::*;

    /// Sums of some hundred terms in other orders.
    const ATOL: f64 = 1e-12;

    fn example() -> (Ensembles, Vec<f64>, Vec<f64>) {
        let ensembles = Ensembles::all(8, 3, 56).expect("56 of them");
        let worth = |member: usize| (member * member * 7 % 11) as f64;
        let scores = ensembles
            .iter()
            .map(|members| members.iter().map(|&member| worth(member)).sum())
            .collect();
        let accuracies = ensembles
            .iter()
            .enumerate()
            .map(|(index, members)| 0.5 + worth(members[0]) / 100.0 + (index % 5) as f64 / 50.0)
            .collect();
        (ensembles, scores, accuracies)
    }

    fn interval(n_resamples: usize) -> RankInterval {
        RankInterval {
            n_resamples,
            seed: Seed::new(3),
            ..RankInterval::default()
        }
    }

    #[test]
    fn the_value_is_that_of_the_rank_agreement() -> Result<()> {
        let (ensembles, scores, accuracies) = example();
        for k in [1, 5] {
            let ours = ensemble_agreement(&ensembles, &scores, &accuracies, k, None)?;
            let theirs = transferability_metrics::rank_agreement(&scores, &accuracies, k, None)?;
            let pairs = [
                (ours.pearson, theirs.pearson),
                (ours.kendall, theirs.kendall),
                (ours.weighted_kendall, theirs.weighted_kendall),
                (ours.relative_at_k, theirs.relative_at_k),
                (ours.regret_at_k, theirs.regret_at_k),
                (ours.recall_at_k, theirs.recall_at_k),
            ];
            for (ours, theirs) in pairs {
                assert_eq!(ours.value, theirs.value);
            }
        }
        Ok(())
    }

    #[test]
    fn a_resample_of_members_is_the_pool_with_copies() {
        let (ensembles, scores, accuracies) = example();
        let table = Table::new(&scores, &accuracies);
        let replicates = resample(&ensembles, &table, 2, &interval(20));
        for (draw, replicate) in replicates.iter().enumerate() {
            // By definition: the eight drawn members in a row, all triples of places, those of three networks kept.
            let mut rng = Seed::new(3).stream("bootstrap", draw as u64);
            let drawn: Vec<usize> = (0..8).map(|_| rng.random_range(0..8)).collect();
            let (mut x, mut y) = (Vec::new(), Vec::new());
            for a in 0..8 {
                for b in 0..a {
                    for c in 0..b {
                        let mut members = [drawn[a], drawn[b], drawn[c]];
                        members.sort_unstable();
                        if let Some(index) = ensembles.iter().position(|ensemble| ensemble == members) {
                            x.push(scores[index]);
                            y.push(accuracies[index]);
                        }
                    }
                }
            }
            let expected = [
                numeric::pearson(&x, &y),
                numeric::kendall(&x, &y),
                numeric::weighted_kendall(&x, &y),
            ]
            .map(|value| value.expect("finite").expect("defined"));
            let found: Vec<f64> = replicate[..3]
                .iter()
                .map(|value| value.expect("defined"))
                .collect();
            golden::assert_close(&found, &expected, 0.0, ATOL);
        }
    }

    #[test]
    fn intervals_hold_the_value_and_do_not_depend_on_the_threads() -> Result<()> {
        let (ensembles, scores, accuracies) = example();
        let on = |n_threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(n_threads)
                .build()
                .expect("starts");
            pool.install(|| ensemble_agreement(&ensembles, &scores, &accuracies, 3, Some(&interval(300))))
        };
        let agreement = on(1)?;
        assert_eq!(agreement, on(2)?);
        for estimate in [agreement.pearson, agreement.kendall, agreement.weighted_kendall] {
            let value = estimate.value.expect("defined");
            let (low, high) = estimate.interval.and_then(Interval::bounds).expect("bounds");
            assert!(-1.0 <= low && low < value && value < high && high <= 1.0);
        }
        Ok(())
    }

    #[test]
    fn a_constant_vector_leaves_everything_undefined() -> Result<()> {
        let (ensembles, scores, _) = example();
        let agreement = ensemble_agreement(&ensembles, &scores, &[0.5; 56], 1, Some(&interval(10)))?;
        for estimate in [
            agreement.pearson,
            agreement.kendall,
            agreement.relative_at_k,
            agreement.recall_at_k,
        ] {
            assert_eq!(
                (estimate.value, estimate.interval),
                (None, Some(Interval::NoReplicate))
            );
        }
        Ok(())
    }

    #[test]
    fn bad_input_is_refused() {
        let (ensembles, scores, mut accuracies) = example();
        let refused = |scores: &[f64], accuracies: &[f64], k| {
            ensemble_agreement(&ensembles, scores, accuracies, k, None).is_err()
        };
        assert!(!refused(&scores, &accuracies, 56));
        assert!(refused(&scores[1..], &accuracies, 1));
        assert!(refused(&scores, &accuracies[1..], 1));
        assert!(refused(&scores, &accuracies, 0) && refused(&scores, &accuracies, 57));
        accuracies[3] = f64::NAN;
        assert!(refused(&scores, &accuracies, 1));
    }
}
