//! Whether chains have converged.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF as _, Normal};

/// Convergence of one quantity that several chains follow.
///
/// ```text
/// z       normal scores of the ranks of all draws; each chain is split in two halves
/// W       mean of the variances within the halves        n   draws of a half
/// B / n   variance of the means of the halves
/// r_hat   sqrt(((n - 1) / n W + B / n) / W)
/// ess     m n / (1 + 2 sum_t rho_t)                      m   number of halves
/// rho_t   autocorrelation at lag t, summed in pairs while these fall and are positive
/// ```
///
/// `r_hat` is the greater of that of the draws and that of their distances from the median. It is near 1 if the chains
/// agree: below 1.01, say the authors. `ess` is the bulk effective sample size: how many independent draws are worth as
/// much.
///
/// # Reference
///
/// A. Vehtari, A. Gelman, D. Simpson, B. Carpenter, P.-C. Bürkner, "Rank-normalization, folding, and localization: an
/// improved R-hat for assessing convergence of MCMC", Bayesian Analysis 16, 2021.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Convergence {
    /// The rank-normalised split R-hat; none if all draws are equal or there are too few.
    pub r_hat: Option<f64>,
    /// The bulk effective sample size; none if all draws are equal or there are too few.
    pub ess: Option<f64>,
}

/// The fewest draws of a chain.
const MIN_DRAWS: usize = 8;

impl Convergence {
    /// Of the draws of each chain; chains of different lengths are cut to the shortest.
    pub fn of(chains: &[Vec<f64>]) -> Self {
        let n_draws = chains.iter().map(Vec::len).min().unwrap_or(0);
        let half = n_draws / 2;
        let is_constant = chains
            .iter()
            .flatten()
            .all(|&value| Some(&value) == chains[0].first());
        if n_draws < MIN_DRAWS || is_constant {
            return Self {
                r_hat: None,
                ess: None,
            };
        }
        // The middle draw of an odd number is left out.
        let halves: Vec<&[f64]> = chains
            .iter()
            .flat_map(|chain| [&chain[..half], &chain[n_draws - half..n_draws]])
            .collect();
        let bulk = normal_scores(&halves.concat());
        let mut sorted = halves.concat();
        sorted.sort_unstable_by(f64::total_cmp);
        let median = f64::midpoint(sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
        let folded: Vec<f64> = halves
            .concat()
            .iter()
            .map(|value| (value - median).abs())
            .collect();
        let (bulk_r_hat, tail_r_hat) = (r_hat(&bulk, half), r_hat(&normal_scores(&folded), half));
        Self {
            r_hat: match (bulk_r_hat, tail_r_hat) {
                (Some(bulk), Some(tail)) => Some(f64::max(bulk, tail)),
                (one, other) => one.or(other),
            },
            ess: effective_sample_size(&bulk, half),
        }
    }
}

/// The normal quantiles of the ranks, ties sharing theirs: `(rank - 3/8) / (size + 1/4)`.
fn normal_scores(values: &[f64]) -> Vec<f64> {
    let normal = Normal::standard();
    let mut by_value: Vec<usize> = (0..values.len()).collect();
    by_value.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut scores = vec![0.0; values.len()];
    let mut start = 0;
    for ties in by_value.chunk_by(|&a, &b| values[a] == values[b]) {
        let rank = start as f64 + (ties.len() + 1) as f64 / 2.0;
        let score = normal.inverse_cdf((rank - 0.375) / (values.len() as f64 + 0.25));
        for &place in ties {
            scores[place] = score;
        }
        start += ties.len();
    }
    scores
}

/// Means and variances of the sequences of length `n`.
fn moments(draws: &[f64], n: usize) -> Vec<(f64, f64)> {
    draws
        .chunks_exact(n)
        .map(|chain| {
            let mean = chain.iter().sum::<f64>() / n as f64;
            let squares: f64 = chain.iter().map(|value| (value - mean).powi(2)).sum();
            (mean, squares / (n as f64 - 1.0))
        })
        .collect()
}

/// Variance within the sequences, and of a draw if the sequences disagree.
fn variances(draws: &[f64], n: usize) -> (f64, f64) {
    let moments = moments(draws, n);
    let m = moments.len() as f64;
    let within = moments.iter().map(|(_, variance)| variance).sum::<f64>() / m;
    let grand = moments.iter().map(|(mean, _)| mean).sum::<f64>() / m;
    let between: f64 = moments
        .iter()
        .map(|(mean, _)| (mean - grand).powi(2))
        .sum::<f64>()
        / (m - 1.0);
    (within, within * (n as f64 - 1.0) / n as f64 + between)
}

fn r_hat(draws: &[f64], n: usize) -> Option<f64> {
    let (within, overall) = variances(draws, n);
    (within > 0.0).then(|| (overall / within).sqrt())
}

/// Geyer's initial monotone sequence over the sequences together.
fn effective_sample_size(draws: &[f64], n: usize) -> Option<f64> {
    let (within, overall) = variances(draws, n);
    let varies = overall > 0.0;
    if !varies {
        return None;
    }
    let moments = moments(draws, n);
    let autocorrelation = |lag: usize| {
        let covariance: f64 = draws
            .chunks_exact(n)
            .zip(&moments)
            .map(|(chain, (mean, _))| {
                chain[lag..]
                    .iter()
                    .zip(chain)
                    .map(|(a, b)| (a - mean) * (b - mean))
                    .sum::<f64>()
                    / n as f64
            })
            .sum::<f64>()
            / moments.len() as f64;
        1.0 - (within - covariance) / overall
    };
    let mut sum = 0.0;
    let mut least = f64::INFINITY;
    let mut lag = 0;
    let mut odd_rest = 0.0;
    while lag + 1 < n {
        let even = if lag == 0 { 1.0 } else { autocorrelation(lag) };
        let pair = even + autocorrelation(lag + 1);
        let goes_on = pair > 0.0;
        if !goes_on {
            odd_rest = even.max(0.0);
            break;
        }
        least = least.min(pair);
        sum += least;
        lag += 2;
    }
    let size = draws.len() as f64;
    // At most as good as draws that alternate: the bound of the authors.
    let tau = (2.0 * sum - 1.0 + odd_rest).max(size.log10().recip());
    Some(size / tau)
}
