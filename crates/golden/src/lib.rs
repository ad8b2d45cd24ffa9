//! Golden files with provenance, and array comparison that names the worst index.
//!
//! A golden file holds numbers computed by another program, together with the record of how they were made: tool,
//! version, script, seed, date and the tolerance within which our own numbers must agree. The script lies beside the
//! file, so that anyone can make the numbers again.
//!
//! ```json
//! {
//!   "provenance": {
//!     "tool": "CPython math", "version": "3.12.3", "script": "crates/golden/tests/golden/square_roots.py",
//!     "seed": null, "date": "2026-11-24", "note": "square roots of small integers"
//!   },
//!   "tolerance": { "rtol": 1e-15, "atol": 0.0, "reason": "sqrt is correctly rounded on both sides" },
//!   "values": {
//!     "sqrt2": 1.4142135623730951,
//!     "table": [[1.0, 1.4142135623730951], [1.7320508075688772, 2.0]],
//!     "squares": [1, 4, 9],
//!     "limits": ["inf", "-inf", "nan"],
//!     "newton": { "value": 1.4142156862745097, "rtol": 1e-12, "atol": 0.0, "reason": "three divisions" }
//!   }
//! }
//! ```
//!
//! - `seed` is an integer, or `null` where nothing is drawn.
//! - A value is a number, a rectangular nesting of arrays, or one of the strings `"nan"`, `"inf"`, `"-inf"`, for which
//!   JSON has no number.
//! - An object in place of a value overrides the file's tolerance for that value, with a reason of its own.
//! - Whatever is missing, empty, unknown or ragged is an [`Error`] when the file is loaded.
//!
//! The `assert_*` functions panic when the numbers disagree: this crate is a dependency of tests alone.
//!
//! # Examples
//!
//! ```
//! use golden::{Golden, assert_close};
//!
//! let golden = Golden::load("tests/golden/square_roots.json")?;
//! golden.assert_scalar("sqrt2", 2.0_f64.sqrt());
//!
//! let (shape, roots) = golden.array("table")?;
//! assert_eq!(shape, [2, 2]);
//! assert_eq!(roots[3], 2.0);
//! golden.assert_array("table", &[1.0, 2.0_f64.sqrt(), 3.0_f64.sqrt(), 2.0]);
//! assert_eq!(golden.integers("squares")?, [1, 4, 9]);
//!
//! // Without a file: |actual - expected| <= atol + rtol |expected|, element by element.
//! assert_close(&[0.1 + 0.2], &[0.3], 1e-15, 0.0);
//! # Ok::<(), golden::Error>(())
//! ```
#![forbid(unsafe_code)]

mod compare;
mod error;
mod golden;
mod value;

pub use compare::{Mismatch, assert_close, compare};
pub use error::{Error, Result};
pub use golden::{Golden, Provenance, Tolerance};
