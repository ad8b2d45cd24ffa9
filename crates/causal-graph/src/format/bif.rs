//! BIF, the interchange format of discrete Bayesian networks.
//!
//! ```text
//! network unknown {
//! }
//! variable rain {
//!   type discrete [ 2 ] { yes, no };
//! }
//! variable wet {
//!   type discrete [ 2 ] { yes, no };
//! }
//! probability ( rain ) {
//!   table 0.25, 0.75;
//! }
//! probability ( wet | rain ) {
//!   (yes) 1.0, 0.0;
//!   (no) 0.5, 0.5;
//! }
//! ```
//!
//! # What is read
//!
//! - Blocks in any order; a variable may be declared after its table. The block `network` may be absent, its name too.
//!   `property …;` may stand anywhere and is passed over, as are the comments `// …` and `/* … */`.
//! - Names of variables and states as they are, or in quotes if they have commas, brackets, braces, bars, semicolons or
//!   quotes in them; in quotes `\"` is a quote and `\\` a backslash. Where a list has no commas, blanks separate.
//! - Rows `(states of the parents) probabilities;` in any order, `default` for the rows that are not given, or `table` for
//!   all probabilities at once: the states of the variable slowest, those of the last parent fastest, as the standard has
//!   it. Without a bar, the first variable of a table is the child. Commas between probabilities may be absent.
//! - Rows whose sum is not 1 are refused or rescaled, as [`Normalisation`] says.
//!
//! A text that was cut is an error, unless it was cut between blocks and no declared variable lacks its table, which
//! cannot happen where all variables are declared before the first table.
//!
//! # Reference
//!
//! F. Cozman, "The Interchange Format for Bayesian Networks", version 0.15, 1998; the networks of the bnlearn repository.

use crate::Result;
use crate::network::{BayesianNetwork, Normalisation};

mod header;
mod read;
mod state_list;
mod table;
mod write;

const FORMAT: &str = "BIF";

/// Reads a network; rows that are off by what printing leaves are rescaled ([`Normalisation::PRINTED`]).
///
/// # Errors
///
/// Those of [`read_with`].
///
/// # Examples
///
/// ```
/// use causal_graph::format::bif;
///
/// let text = "variable rain { type discrete [ 2 ] { yes, no }; }\n\
///             variable wet { type discrete [ 2 ] { yes, no }; }\n\
///             probability ( wet | rain ) { (no) 0.5, 0.5; (yes) 1, 0; }\n\
///             probability ( rain ) { table 0.25, 0.75; }\n";
/// let network = bif::read(text)?;
/// assert_eq!(network.cpt(1).probabilities, [1.0, 0.0, 0.5, 0.5]);
/// assert_eq!(bif::read(&bif::write(&network))?, network);
///
/// let error = bif::read(&text.replace("0.25", "0.35")).expect_err("a sum of 1.1");
/// assert!(error.to_string().starts_with("line 4: "));
/// # Ok::<(), causal_graph::Error>(())
/// ```
pub fn read(text: &str) -> Result<BayesianNetwork> {
    read_with(text, Normalisation::PRINTED)
}

/// Reads a network.
///
/// # Errors
///
/// [`Error::Format`](crate::Error::Format) with the line: text that is not BIF, or breaks off; unknown variables and
/// states; two tables of a variable, or none; two rows for the same states, or none; wrong numbers of states or
/// probabilities; rows that are no distributions; a cycle. [`Error::Parameter`](crate::Error::Parameter).
///
/// # Complexity
///
/// Linear in the text; a table is sorted by rows.
pub fn read_with(text: &str, normalisation: Normalisation) -> Result<BayesianNetwork> {
    normalisation.validate()?;
    read::network(text, normalisation)
}

/// Writes a network so that [`read`] gives it back to the last bit.
pub fn write(network: &BayesianNetwork) -> String {
    write::text(network)
}

#[cfg(test)]
mod tests;
