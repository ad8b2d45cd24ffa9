//! Statistics of plain vectors, in double precision.
//!
//! Correlations take two vectors of one length, refuse anything that is not finite, and give `None` when one
//! of the vectors is constant, where they have no value. Resampling takes a [`Seed`](crate::Seed) and gives
//! the same bits on any number of threads.
//!
//! ```
//! use tensor_core::numeric::{kendall, pearson, weighted_kendall};
//!
//! let score = [1.0, 2.0, 3.0, 4.0, 5.0];
//! let accuracy = [1.0, 3.0, 2.0, 5.0, 4.0];
//! assert!((pearson(&score, &accuracy)?.unwrap() - 0.8).abs() < 1e-15);
//! assert!((kendall(&score, &accuracy)?.unwrap() - 0.6).abs() < 1e-15);
//! assert_eq!(kendall(&score, &[2.0; 5])?, None);
//! # Ok::<(), tensor_core::Error>(())
//! ```

mod bootstrap;
mod correlation;
mod interval;
mod jackknife;
mod kendall;
mod logsumexp;
mod moments;
mod permutation_test;
mod quantile;
mod ranks;
mod statistic;
mod vector;

pub use bootstrap::{Bootstrap, bootstrap};
pub use correlation::{pearson, spearman};
pub use interval::Interval;
pub use jackknife::{Jackknife, jackknife};
pub use kendall::{kendall, weighted_kendall, weighted_kendall_by_first};
pub use logsumexp::{logsumexp, softmax};
pub use moments::Moments;
pub use permutation_test::{Alternative, PermutationTest, permutation_test};
pub use quantile::{quantile, quantiles};
pub use ranks::average_ranks;
