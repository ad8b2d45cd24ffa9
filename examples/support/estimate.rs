//! Estimates in words.

use tensor_core::numeric::Interval;
use transferability_metrics::Estimate;

/// Stands where a number does not exist.
pub(crate) const NONE: &str = "–";

/// `0.71 [0.40, 0.88]`, without the bracket where there is no interval, or a dash where there is no number.
pub(crate) fn with_interval(estimate: Estimate) -> String {
    let Some(value) = estimate.value else {
        return NONE.to_owned();
    };
    match estimate.interval.and_then(Interval::bounds) {
        Some((low, high)) => format!("{value:.2} [{low:.2}, {high:.2}]"),
        None => format!("{value:.2}"),
    }
}
