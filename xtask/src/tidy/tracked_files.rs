//! The text files that belong to the repository.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::process;
use crate::workspace::Workspace;

/// A text file of the repository.
#[derive(Debug, Clone)]
pub(super) struct TrackedFile {
    /// Path relative to the root, with forward slashes.
    pub(super) path: String,
    /// Content.
    pub(super) text: String,
}

impl TrackedFile {
    /// Whether this is a Rust source file.
    pub(super) fn is_rust(&self) -> bool {
        self.has_extension("rs")
    }

    /// Whether the file's name ends in a point and `extension`.
    pub(super) fn has_extension(&self, extension: &str) -> bool {
        Path::new(&self.path)
            .extension()
            .is_some_and(|found| found == extension)
    }

    /// The folder name of the crate that the file belongs to, if it lies in `crates/`, and the path inside it.
    pub(super) fn in_crate(&self) -> Option<(&str, &str)> {
        self.path.strip_prefix("crates/")?.split_once('/')
    }
}

/// Every text file that git tracks, or would track if it were added.
pub(super) fn read(workspace: &Workspace) -> Result<Vec<TrackedFile>> {
    let mut git = workspace.command("git")?;
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let list = process::output_of(&mut git).context("cannot list the repository's files")?;
    let mut files = Vec::new();
    for path in list.split('\0').filter(|path| !path.is_empty()) {
        // A file that was deleted but not yet committed is listed too.
        let Ok(bytes) = fs::read(workspace.root.join(path)) else {
            continue;
        };
        if let Ok(text) = String::from_utf8(bytes) {
            files.push(TrackedFile {
                path: path.to_owned(),
                text,
            });
        }
    }
    files.sort_by(|left, right| left.path.cmp(&right.path));
    files.dedup_by(|left, right| left.path == right.path);
    Ok(files)
}

#[cfg(test)]
pub(super) fn file(path: &str, text: &str) -> TrackedFile {
    TrackedFile {
        path: path.to_owned(),
        text: text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_crate_is_its_folder() {
        assert_eq!(
            file("crates/one/src/lib.rs", "").in_crate(),
            Some(("one", "src/lib.rs"))
        );
        assert_eq!(file("xtask/src/main.rs", "").in_crate(), None);
    }
}
