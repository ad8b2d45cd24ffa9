//! Results go to standard output, prose to standard error.

use std::io::{self, Write};

use anyhow::Context;
use serde::Serialize;

/// A value as indented JSON and a line feed: all that a program run with `--json` writes to standard output.
pub(crate) fn to_json<T: Serialize>(value: &T) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(value).context("cannot write the results as JSON")? + "\n")
}

/// Writes to standard output.
pub(crate) fn result(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .context("cannot write to standard output")
}

/// Writes a line of prose to standard error.
pub(crate) fn note(line: &str) {
    // A closed standard error is no reason to stop.
    let _ = writeln!(io::stderr().lock(), "{line}");
}
