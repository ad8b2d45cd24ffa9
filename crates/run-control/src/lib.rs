//! Seeds, progress and cancellation: what the long work of every Plumbline crate shares, without libtorch.
//!
//! A [`Seed`] names random streams, so that no result depends on the order of the draws or the number of threads.
//! A [`Progress`](progress::Progress) receives the steps of long work and may ask for it to stop.
//!
//! ```
//! use rand::RngExt;
//! use run_control::progress::{Progress, Silent, check};
//! use run_control::{Cancelled, Seed};
//!
//! fn simulate(n_runs: u64, seed: Seed, progress: &mut dyn Progress) -> Result<f64, Cancelled> {
//!     let mut total = 0.0;
//!     progress.begin("simulation", Some(n_runs));
//!     for run in 0..n_runs {
//!         check(progress, "simulation", run)?;
//!         total += seed.stream("simulation", run).random::<f64>();
//!         progress.advance(1);
//!     }
//!     progress.end();
//!     Ok(total / n_runs as f64)
//! }
//!
//! let mean = simulate(1000, Seed::new(7), &mut Silent)?;
//! assert!((mean - 0.5).abs() < 0.05);
//! assert_eq!(mean, simulate(1000, Seed::new(7), &mut Silent)?);
//! # Ok::<(), Cancelled>(())
//! ```
#![forbid(unsafe_code)]

pub mod progress;
mod seed;

pub use progress::Cancelled;
pub use seed::Seed;
