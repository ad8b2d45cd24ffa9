//! From an error to one line and an exit code.

use std::fmt::{self, Display};
use std::process::ExitCode;

use super::output;

/// Input that the user can mend: a file, an argument, a variable.
#[derive(Debug)]
pub(crate) struct BadInput(String);

impl Display for BadInput {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for BadInput {}

/// An error that ends the program with exit code 2; `message` names what was wrong, where, and what would be right.
pub(crate) fn bad_input(message: impl Display) -> anyhow::Error {
    BadInput(message.to_string()).into()
}

/// Exit code 0 for success, 2 for [`BadInput`], 1 for anything else; an error becomes one line on standard error.
pub(crate) fn code(outcome: anyhow::Result<()>) -> ExitCode {
    let Err(error) = outcome else {
        return ExitCode::SUCCESS;
    };
    output::note(&format!("error: {}", one_line(&format!("{error:#}"))));
    if error.is::<BadInput>() {
        ExitCode::from(2)
    } else {
        ExitCode::FAILURE
    }
}

/// The text with every run of white space, line feeds included, made one space.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
