//! Folders as wholes: what lies in them, and removing them.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Context as _, Result};

/// Paths of all files below `folder`, relative to it, with forward slashes, sorted.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    collect(folder, "", &mut paths).with_context(|| format!("cannot read {}", folder.display()))?;
    paths.sort();
    Ok(paths)
}

/// Bytes of all files below `folder`; files that vanish while it looks count nothing.
pub(crate) fn bytes_below(folder: &Path) -> u64 {
    let paths = files_below(folder).unwrap_or_default();
    paths
        .iter()
        .map(|path| folder.join(path).metadata().map_or(0, |data| data.len()))
        .sum()
}

/// Removes `folder` and all in it, if it is there.
pub(crate) fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

/// Makes `folder` anew, without anything in it.
pub(crate) fn make_empty(folder: &Path) -> Result<()> {
    remove(folder)?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

/// Writes a file, making the folders that lead to it.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let unwritable = || format!("cannot write {}", path.display());
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).with_context(unwritable)?;
    }
    fs::write(path, bytes).with_context(unwritable)
}

fn collect(folder: &Path, prefix: &str, paths: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{path}/"), paths)?;
        } else {
            paths.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_listed_at_every_depth_and_counted() {
        let root = tempfile::tempdir().expect("temporary folder");
        let folder = root.path().join("a");
        make_empty(&folder.join("deep")).expect("temporary folder is writable");
        fs::write(folder.join("z"), "12").expect("temporary folder is writable");
        fs::write(folder.join("deep/x"), "345").expect("temporary folder is writable");
        assert_eq!(files_below(&folder).expect("readable"), ["deep/x", "z"]);
        assert_eq!(bytes_below(&folder), 5);
        make_empty(&folder).expect("own folder");
        assert_eq!(files_below(&folder).expect("readable"), [""; 0]);
        remove(&folder).expect("own folder");
        remove(&folder).expect("nothing to remove is no error");
        assert_eq!(bytes_below(&folder), 0);
    }
}
