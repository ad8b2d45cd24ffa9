//! Classes for targets that are numbers.

use tensor_core::{check, numeric};
use transferability_metrics::Labels;

use crate::{Error, Result};

/// Bins of about equally many samples, as classes to balance a subset by where the targets are numbers.
///
/// The bins' edges are quantiles; a value on an edge belongs to the bin below, so equal values share a bin, and a bin
/// that holds none is left out.
///
/// # Errors
///
/// Fewer than two targets or bins, more bins than targets, a target that is not finite, or targets that all fall into one
/// bin.
///
/// # Examples
///
/// ```
/// use hard_subset::quantile_bins;
///
/// let bins = quantile_bins(&[0.1, 5.0, 0.2, 7.0, 0.3, 6.0], 2)?;
/// assert_eq!(bins.indices(), [0, 1, 0, 1, 0, 1]);
/// # Ok::<(), hard_subset::Error>(())
/// ```
pub fn quantile_bins(targets: &[f64], n_bins: usize) -> Result<Labels> {
    check::at_least("targets", targets.len(), 2)?;
    check::parameter(
        "n_bins",
        (2..=targets.len()).contains(&n_bins),
        "from 2 to the number of targets",
        n_bins,
    )?;
    if let Some(row) = targets.iter().position(|target| !target.is_finite()) {
        return Err(Error::NonFiniteTarget {
            row,
            value: targets[row],
        });
    }
    let levels: Vec<f64> = (1..n_bins).map(|bin| bin as f64 / n_bins as f64).collect();
    let edges = numeric::quantiles(targets, &levels)?;
    let bins: Vec<i64> = targets
        .iter()
        .map(|target| edges.partition_point(|edge| edge < target) as i64)
        .collect();
    Ok(Labels::named("bins of the targets", &bins)?)
}
