//! Writing a file so that nobody ever sees half of it.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

use super::fault::Fault;
use crate::Result;

/// Writes a file whole or not at all.
///
/// The content goes to a temporary file in the same folder, is forced to the disk, and is then renamed. Whoever
/// opens `path` sees the old content or the new, whatever happens in between. If anything fails, the temporary
/// file is removed and what was at `path` stays as it was. A symbolic link at `path` is replaced, not followed.
///
/// # Errors
///
/// [`Error::Io`](crate::Error::Io) with `path` if the folder does not exist or may not be written, if `path` is
/// something other than a file (a folder, a device), if the disk is full, or if `write` returns an error.
///
/// # Examples
///
/// ```
/// use std::io::Write;
///
/// use tensor_core::array_io::write_atomically;
///
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("scores.json");
/// write_atomically(&path, |file| file.write_all(b"[1.5]"))?;
/// assert_eq!(std::fs::read(&path)?, b"[1.5]");
///
/// let failed = write_atomically(&path, |file| {
///     file.write_all(b"[1.5, ")?;
///     Err(std::io::ErrorKind::StorageFull.into())
/// });
/// assert!(failed.is_err());
/// assert_eq!(std::fs::read(&path)?, b"[1.5]");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_atomically(
    path: impl AsRef<Path>,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<()> {
    replace(path.as_ref(), |file| Ok(write(file)?))
}

/// [`write_atomically`] for the formats, whose content can fail in other ways than the disk.
pub(crate) fn replace(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> std::result::Result<(), Fault>,
) -> Result<()> {
    write_and_rename(path, write).map_err(|fault| fault.at(path))
}

/// Larger than any header, so that a small file is one system call.
const BUFFER_BYTES: usize = 64 * 1024;

fn write_and_rename(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> std::result::Result<(), Fault>,
) -> std::result::Result<(), Fault> {
    // A rename would put a file where a folder's or a device's name was.
    if fs::metadata(path).is_ok_and(|existing| !existing.is_file()) {
        let reason = "it exists and is not a file";
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, reason).into());
    }
    let mut temporary = temporary_beside(path)?;
    let mut buffered = BufWriter::with_capacity(BUFFER_BYTES, temporary.as_file_mut());
    write(&mut buffered)?;
    buffered.flush()?;
    drop(buffered);
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|refused| refused.error)?;
    Ok(())
}

/// An empty file in the folder of `path`, removed when dropped, with the permissions a new file has.
fn temporary_beside(path: &Path) -> io::Result<NamedTempFile> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // `tempfile` adds the temporary name to the error; the caller knows only the destination.
    let mut os_error = None;
    Builder::new()
        .prefix(".")
        .suffix(".tmp")
        .make_in(folder, |name| {
            let opened = File::options().write(true).create_new(true).open(name);
            opened.inspect_err(|error| os_error = error.raw_os_error())
        })
        .map_err(|error| os_error.map_or(error, io::Error::from_raw_os_error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    fn names_in(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("the folder exists");
        let mut names: Vec<_> = entries
            .map(|entry| {
                entry
                    .expect("a readable entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_failed_write_leaves_the_old_content_and_no_temporary_file() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("report.json");
        write_atomically(&path, |file| file.write_all(b"old")).expect("written");
        let error = write_atomically(&path, |file| {
            file.write_all(&vec![b'x'; 3 * BUFFER_BYTES])?;
            Err(io::ErrorKind::StorageFull.into())
        })
        .expect_err("the disk is full");
        assert!(
            matches!(&error, Error::Io { path: at, .. } if *at == path),
            "{error}"
        );
        assert_eq!(fs::read(&path).expect("readable"), b"old");
        assert_eq!(names_in(folder.path()), ["report.json"]);
    }

    #[test]
    fn a_missing_folder_is_named_by_the_destination_alone() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("absent").join("report.json");
        let error = write_atomically(&path, |_| Ok(())).expect_err("there is no such folder");
        assert!(matches!(&error, Error::Io { reason, .. } if reason.kind() == io::ErrorKind::NotFound));
        let (text, name) = (error.to_string(), path.display().to_string());
        assert!(
            text.starts_with(&format!("{name}: ")) && text.matches("absent").count() == 1,
            "{text}"
        );
    }

    #[test]
    fn a_folder_is_not_replaced() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let error = write_atomically(folder.path(), |_| Ok(())).expect_err("it is a folder");
        assert!(
            error.to_string().ends_with("it exists and is not a file"),
            "{error}"
        );
        assert!(folder.path().is_dir());
    }

    #[test]
    #[cfg(unix)]
    fn a_device_is_not_replaced() {
        let error = write_atomically("/dev/null", |_| Ok(())).expect_err("it is a device");
        assert!(
            error.to_string().ends_with("it exists and is not a file"),
            "{error}"
        );
    }

    #[test]
    #[cfg(unix)]
    fn the_permissions_are_those_of_any_new_file() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().expect("a temporary folder");
        let (plain, atomic) = (folder.path().join("plain"), folder.path().join("atomic"));
        fs::write(&plain, b"").expect("written");
        write_atomically(&atomic, |_| Ok(())).expect("written");
        let mode = |path: &Path| fs::metadata(path).expect("it exists").permissions().mode();
        assert_eq!(mode(&atomic), mode(&plain));
    }
}
