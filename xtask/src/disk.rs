//! Free space on disk, asked for before something large is made.

use std::path::Path;

use anyhow::{Result, bail};

use crate::process;
use crate::workspace::Workspace;

/// Free space that making libtorch needs: its wheel, pip's copy of it, and the layout.
pub(crate) const FOR_LIBTORCH: u64 = 2 << 30;

/// Free space that a build of everything in two profiles needs.
pub(crate) const FOR_BUILDS: u64 = 6 << 30;

/// Bytes free where `path` lies, if `df` can tell.
pub(crate) fn free(workspace: &Workspace, path: &Path) -> Option<u64> {
    let text = process::output_of(workspace.command("df").ok()?.arg("-Pk").arg(path)).ok()?;
    let kibibytes: u64 = text.lines().last()?.split_whitespace().nth(3)?.parse().ok()?;
    Some(kibibytes << 10)
}

/// Fails with one line if `df` says that fewer than `bytes` are free where `path` lies.
pub(crate) fn require_free(workspace: &Workspace, path: &Path, bytes: u64, what: &str) -> Result<()> {
    match free(workspace, path) {
        Some(free) if free < bytes => {
            bail!(
                "{what} needs {} of free disk, {} has {}",
                gibibytes(bytes),
                path.display(),
                gibibytes(free)
            )
        }
        _ => Ok(()),
    }
}

/// `bytes` in binary gigabytes, one digit after the point.
pub(crate) fn gibibytes(bytes: u64) -> String {
    format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::workspace::tests::{fake_program, scratch};

    #[test]
    fn the_fourth_column_is_the_free_space() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let workspace = scratch(folder.path());
        assert_eq!(free(&workspace, folder.path()), None);
        fake_program(
            &workspace,
            "df",
            "echo 'Filesystem 1024-blocks Used Available Capacity Mounted on'; echo 'disk 100 40 60 40% /'",
        );
        assert_eq!(free(&workspace, folder.path()), Some(60 << 10));
    }

    #[test]
    fn too_little_space_names_both_figures() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let workspace = scratch(folder.path());
        fake_program(&workspace, "df", "echo; echo 'disk 0 0 1048576 0% /'");
        let error =
            require_free(&workspace, folder.path(), 2 << 30, "libtorch").expect_err("1 GiB is too little");
        assert!(
            error
                .to_string()
                .starts_with("libtorch needs 2.0 GiB of free disk"),
            "{error}"
        );
        assert!(error.to_string().ends_with("has 1.0 GiB"), "{error}");
    }
}
