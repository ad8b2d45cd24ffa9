//! Arguments that every example takes, and how the command line is read.

use std::env;
use std::num::NonZeroUsize;

use clap::Parser;
use clap::error::ErrorKind;

use super::exit::{bad_input, one_line};
use super::output;

/// The variable that stands in for `--threads`.
const THREADS_VARIABLE: &str = "PLUMBLINE_THREADS";

/// How a run is seeded and spread over threads.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct RunArguments {
    /// Seed of everything that is drawn at random
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Worker threads over independent items; libtorch itself uses one [default: `PLUMBLINE_THREADS`, else 1]
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// Print one JSON object on standard output
    #[arg(long)]
    pub(crate) json: bool,
}

impl RunArguments {
    /// `--threads`, else `PLUMBLINE_THREADS`, else 1.
    pub(crate) fn threads(&self) -> anyhow::Result<NonZeroUsize> {
        if let Some(threads) = self.threads {
            return Ok(threads);
        }
        match env::var(THREADS_VARIABLE) {
            Err(env::VarError::NotPresent) => Ok(NonZeroUsize::MIN),
            Ok(text) => text.parse().map_err(|_| bad_threads(&text)),
            Err(env::VarError::NotUnicode(text)) => Err(bad_threads(&text.to_string_lossy())),
        }
    }
}

/// Reads the command line: `None` when help or the version was asked for and printed.
pub(crate) fn parse<A: Parser>() -> anyhow::Result<Option<A>> {
    match A::try_parse() {
        Ok(arguments) => Ok(Some(arguments)),
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            output::result(&error.to_string())?;
            Ok(None)
        }
        Err(error) => Err(bad_input(complaint(&error.to_string()))),
    }
}

/// What clap found wrong, without the usage that follows.
fn complaint(message: &str) -> String {
    let message = message.strip_prefix("error: ").unwrap_or(message);
    let end = message
        .find("\nUsage:")
        .or_else(|| message.find("\nFor more information"))
        .unwrap_or(message.len());
    one_line(&message[..end])
}

fn bad_threads(got: &str) -> anyhow::Error {
    bad_input(format_args!(
        "{THREADS_VARIABLE} is `{got}`: expected a number of 1 or more"
    ))
}
