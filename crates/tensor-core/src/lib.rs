//! The floor of Plumbline: what its method crates need from tensors, files and statistics, checked and reproducible.
//!
//! Tensors are libtorch's, through [`tch`]. This crate adds what a method needs around them: input that is checked
//! before the work starts and refused with a message that names the value, the index and what was expected; linear
//! algebra and statistics in double precision; random numbers that depend on a seed and a label alone; files written
//! whole or not at all; results that carry their provenance.
//!
//! | module | what it is for |
//! |---|---|
//! | [`array_io`] | npy, safetensors and IDX files, to the last bit; atomic writing of any file |
//! | [`check`] | shapes, lengths, finite numbers, probability rows, labels, weights, ranges of parameters |
//! | [`checkpoint`] | state of long work that is saved in the middle and resumed |
//! | [`convert`] | arrays and vectors to tensors and back, from any layout, without loss |
//! | [`device`] | names of devices, and whether this machine has them |
//! | [`kind`] | element types: which a method takes, and the way from `f32` features to `f64` statistics |
//! | [`linalg`] | Gram matrices, eigenvalues, singular values, Cholesky, systems, pseudo-inverse, matrix root |
//! | [`nn`] | Adam and SGD that can be resumed, seeded initial weights, instance norm, reflection padding |
//! | [`numeric`] | correlations (Pearson, Spearman, Kendall, weighted Kendall), quantiles, moments, bootstrap, permutation test |
//! | [`progress`] | progress of long work, and how it is cancelled |
//! | [`random`] | normal and uniform tensors, permutations |
//! | [`report`] | results with versions, parameters, seed and hashes of the inputs |
//!
//! [`Seed`] and [`Error`] belong to all of them; [`Tensor`], [`Kind`] and [`Device`] are `tch`'s own.
//!
//! # Examples
//!
//! Features from a file, their principal variances, an interval for a mean, and a report:
//!
//! ```
//! use tensor_core::numeric::{Moments, bootstrap};
//! use tensor_core::report::{InputHash, Provenance, Report};
//! use tensor_core::{Device, Error, Kind, Seed, array_io, check, convert, linalg};
//!
//! # let folder = tempfile::tempdir()?;
//! // Four samples of two features, as `numpy.save` writes them.
//! let path = folder.path().join("features.npy");
//! let points = [2.0_f32, 0.0, -2.0, 0.0, 0.0, 1.0, 0.0, -1.0];
//! array_io::write_npy(&path, &convert::tensor_from_slice(&points, &[4, 2])?)?;
//!
//! // Checked once, before the work.
//! let features = array_io::read_npy(&path)?;
//! let (n_samples, _) = check::matrix("features", &features)?;
//! check::finite("features", &features)?;
//!
//! // Single precision in, statistics in double: F^T F = diag(8, 2), of n_samples centred samples.
//! let gram = linalg::gram(&features)?.f_div_scalar(n_samples as f64)?;
//! let variances: Vec<f64> = convert::vector("variances", &linalg::eigvalsh(&gram)?)?;
//! assert_eq!(variances, [0.5, 2.0]);
//!
//! // The same 1000 resamples in every run, on any number of threads.
//! let seed = Seed::new(7);
//! let first: Vec<f64> = convert::vector("first feature", &features.f_select(1, 0)?)?;
//! let mean = |rows: &[usize]| {
//!     let resample: Vec<f64> = rows.iter().map(|&row| first[row]).collect();
//!     Ok::<_, Error>(Moments::of(&resample)?.mean())
//! };
//! let interval = bootstrap(n_samples, 1000, seed, mean)?.percentile(0.9)?;
//! assert!(interval.bounds().is_some_and(|(low, high)| low < 0.0 && 0.0 < high));
//!
//! let provenance = Provenance {
//!     seed: Some(seed.value()),
//!     inputs: vec![InputHash::of_tensor("features", &features)?],
//!     ..Provenance::new("my-crate", "0.1.0", Device::Cpu, Kind::Float)
//! };
//! let report = Report { provenance, results: (variances, interval) };
//! report.save(folder.path().join("report.json"))?;
//!
//! // What is wrong with an input is said in the caller's words.
//! let broken = convert::tensor_from_slice(&[1.0, f64::NAN], &[1, 2])?;
//! let error = check::finite("features", &broken).unwrap_err();
//! assert_eq!(error.to_string(), "features[0, 1] is NaN: expected a finite number");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What holds throughout
//!
//! - Input never makes a function panic: everything that can be wrong with it is an [`Error`] with the data to mend it.
//!   `what` arguments are the caller's names for the values, such as the name of a file.
//! - Features are `f32` or `f64`; statistics are computed and returned in `f64`.
//! - The device follows the input. An unavailable device is an error, never a silent move to another.
//! - libtorch's global generator and its thread count are left alone.
//!
//! # How libtorch is found
//!
//! `tch` 0.26 needs libtorch 2.13.0. To build, the environment variable `LIBTORCH` names its folder, the one with
//! `lib/` and `include/`. In the Plumbline workspace `cargo xtask setup` fetches it and the cargo configuration sets the
//! variable; elsewhere set it yourself.
//!
//! To run, nothing is to be set: the build script puts libtorch's `lib/` on the loader path of everything that cargo
//! runs, in any project that depends on this crate. A program that is started without cargo needs an rpath of its own.
//!
//! # Features
//!
//! `doc-only` builds the documentation on a machine without libtorch. Nothing else changes with it, and nothing can be
//! run.
#![forbid(unsafe_code)]

pub mod array_io;
pub mod check;
pub mod checkpoint;
pub mod convert;
pub mod device;
mod error;
pub mod kind;
pub mod linalg;
pub mod nn;
pub mod numeric;
pub mod progress;
pub mod random;
pub mod report;

pub use error::{Error, Result};
pub use run_control::Seed;
pub use tch::{Device, Kind, Tensor};
