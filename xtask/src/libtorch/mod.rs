//! libtorch for the build: the user's own, or a CPU layout made from Python wheels in `.local/libtorch`.

mod layout;
mod platform;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};

use self::platform::{Platform, VERSION, Wheel};
use crate::disk;
use crate::workspace::Workspace;
use crate::{digest, pip};

/// Where the build takes libtorch from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The folder that the user's `LIBTORCH` names.
    User(PathBuf),
    /// The active Python's package, because `LIBTORCH_USE_PYTORCH` is set.
    Python,
    /// The layout that set-up made.
    Local(PathBuf),
}

/// What a run of [`ensure`] did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A usable libtorch was there.
    Found(Source),
    /// The layout was made in the folder.
    Made(PathBuf),
}

impl Source {
    /// One phrase for messages.
    pub(crate) fn describe(&self, workspace: &Workspace) -> String {
        match self {
            Self::User(folder) => format!(
                "libtorch {} from LIBTORCH={}",
                stated_version(folder),
                folder.display()
            ),
            Self::Python => "libtorch from the active Python (LIBTORCH_USE_PYTORCH is set)".to_owned(),
            Self::Local(folder) => format!(
                "libtorch {} in {}",
                stated_version(folder),
                workspace.shown(folder)
            ),
        }
    }
}

/// The libtorch that a build would use now. An error says in one line what is wrong and what to do.
pub(crate) fn find(workspace: &Workspace) -> Result<Source> {
    let main_library =
        platform::host().map_or_else(|| "libtorch_cpu.so".to_owned(), |host| host.main_library);
    if let Some(source) = chosen_by_user(workspace, &main_library)? {
        return Ok(source);
    }
    let platform = known_platform()?;
    let folder = workspace.libtorch();
    if !folder.exists() {
        bail!("libtorch {VERSION} is not set up: run cargo xtask setup");
    }
    layout::require_whole(&folder, &platform).map_err(|why| {
        anyhow!(
            "{} is not whole ({why}): run cargo xtask setup",
            workspace.shown(&folder)
        )
    })?;
    Ok(Source::Local(folder))
}

/// Makes the layout unless a usable libtorch is there.
pub(crate) fn ensure(workspace: &Workspace) -> Result<Outcome> {
    match platform::host() {
        Some(host) => ensure_for(workspace, &host),
        None => find(workspace).map(Outcome::Found),
    }
}

fn ensure_for(workspace: &Workspace, platform: &Platform) -> Result<Outcome> {
    if let Some(source) = chosen_by_user(workspace, &platform.main_library)? {
        return Ok(Outcome::Found(source));
    }
    let folder = workspace.libtorch();
    if layout::require_whole(&folder, platform).is_ok() {
        return Ok(Outcome::Found(Source::Local(folder)));
    }
    pip::require(workspace)?;
    let downloads = workspace.downloads();
    fs::create_dir_all(&downloads).with_context(|| format!("cannot make {}", downloads.display()))?;
    disk::require_free(workspace, &downloads, disk::FOR_LIBTORCH, "libtorch")?;

    let wheels: Vec<PathBuf> = platform
        .wheels
        .iter()
        .map(|wheel| fetch(workspace, wheel, &downloads))
        .collect::<Result<_>>()?;
    layout::make(&folder, platform, &wheels)?;
    fs::remove_dir_all(&downloads).ok();
    Ok(Outcome::Made(folder))
}

/// What the user's environment asks for, checked.
fn chosen_by_user(workspace: &Workspace, main_library: &str) -> Result<Option<Source>> {
    if workspace.libtorch_from_python {
        return Ok(Some(Source::Python));
    }
    let Some(folder) = &workspace.users_libtorch else {
        return Ok(None);
    };
    layout::require_usable(folder, main_library).with_context(|| {
        format!(
            "LIBTORCH={} is not usable (unset it, or name a libtorch {VERSION} folder)",
            folder.display()
        )
    })?;
    Ok(Some(Source::User(folder.clone())))
}

fn known_platform() -> Result<Platform> {
    let (os, architecture) = (std::env::consts::OS, std::env::consts::ARCH);
    platform::host().ok_or_else(|| {
        anyhow!(
            "set-up knows no libtorch wheel for {os} {architecture}: unpack libtorch {VERSION} somewhere and set \
             LIBTORCH to its folder"
        )
    })
}

/// The wheel's file, downloaded unless an earlier run did. One that is damaged is fetched again.
fn fetch(workspace: &Workspace, wheel: &Wheel, downloads: &Path) -> Result<PathBuf> {
    let path = downloads.join(&wheel.file);
    if path.is_file() && digest::of_file(&path)? == wheel.sha256 {
        return Ok(path);
    }
    let arrived = pip::download(workspace, &wheel.requirement, downloads, Some(wheel.bytes))?;
    if arrived != path {
        let name = arrived.file_name().unwrap_or_default().to_string_lossy();
        bail!("pip delivered {name} instead of {}", wheel.file);
    }
    let found = digest::of_file(&path)?;
    if found != wheel.sha256 {
        fs::remove_file(&path).ok();
        bail!(
            "{} arrived damaged (SHA-256 {found}) and was removed: run this again",
            wheel.file
        );
    }
    Ok(path)
}

fn stated_version(folder: &Path) -> String {
    layout::version(folder).unwrap_or_else(|| "of unknown version".to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write as _;

    use zip::write::{SimpleFileOptions, ZipWriter};

    use super::*;
    use crate::workspace::tests::scratch;

    /// A wheel of a few bytes with one library, one header, and one file that no layout wants.
    pub(super) fn fake_wheel(folder: &Path) -> PathBuf {
        let path = folder.join("torch-fake.whl");
        let mut wheel = ZipWriter::new(File::create(&path).expect("temporary folder is writable"));
        for (name, text) in [
            ("torch/lib/libtorch_cpu.so", "library"),
            ("torch/lib/libtorch_cuda.so", "not wanted"),
            ("torch/include/torch/torch.h", "header"),
        ] {
            wheel
                .start_file(name, SimpleFileOptions::default())
                .expect("a new member");
            wheel
                .write_all(text.as_bytes())
                .expect("temporary folder is writable");
        }
        wheel.finish().expect("temporary folder is writable");
        path
    }

    /// A platform whose only wheel is `wheel`.
    pub(super) fn fake_platform(wheel: &Path) -> Platform {
        Platform {
            wheels: vec![Wheel {
                requirement: format!("torch=={VERSION}"),
                file: wheel.file_name().expect("a file").to_string_lossy().into_owned(),
                sha256: digest::of_file(wheel).unwrap_or_default(),
                bytes: 0,
                library_folder: "torch/lib".to_owned(),
                libraries: vec!["libtorch_cpu.so".to_owned()],
                include_folder: Some("torch/include".to_owned()),
            }],
            main_library: "libtorch_cpu.so".to_owned(),
            linker_script: Some("INPUT ( libtorch_cpu.so )\n".to_owned()),
        }
    }

    fn one_line(error: &anyhow::Error) -> String {
        let line = format!("{error:#}");
        assert!(!line.contains('\n'), "{line}");
        line
    }

    #[cfg(unix)]
    mod from_nothing {
        use super::*;
        use crate::workspace::tests::fake_program;

        /// A pip that knows its version and, asked to download, does `delivery` with `$dest` and `$wheel`.
        fn fake_pip(workspace: &Workspace, wheel: &Path, delivery: &str) {
            let script = format!(
                r#"wheel={}
case "$*" in *--version*) echo "pip 23"; exit 0;; esac
while [ $# -gt 0 ]; do [ "$1" = --dest ] && dest=$2; shift; done
{delivery}"#,
                wheel.display()
            );
            fake_program(workspace, "python3", &script);
            fake_program(workspace, "df", "echo; echo 'disk 0 0 99999999 0% /'");
        }

        fn setting() -> (tempfile::TempDir, Workspace, PathBuf, Platform) {
            let root = tempfile::tempdir().expect("temporary folder");
            let workspace = scratch(root.path());
            let wheel = fake_wheel(root.path());
            let platform = fake_platform(&wheel);
            (root, workspace, wheel, platform)
        }

        #[test]
        fn it_is_made_once_and_found_afterwards() {
            let (_root, workspace, wheel, platform) = setting();
            fake_pip(&workspace, &wheel, r#"cp "$wheel" "$dest""#);
            let folder = workspace.libtorch();
            assert_eq!(
                ensure_for(&workspace, &platform).expect("made"),
                Outcome::Made(folder.clone())
            );
            assert!(!workspace.downloads().exists(), "the wheels are not kept");
            fake_pip(&workspace, &wheel, "exit 1");
            let found = Outcome::Found(Source::Local(folder));
            assert_eq!(ensure_for(&workspace, &platform).expect("found"), found);
        }

        #[test]
        fn a_damaged_wheel_is_said_so_and_the_next_run_recovers() {
            let (_root, workspace, wheel, platform) = setting();
            fake_pip(
                &workspace,
                &wheel,
                r#"head -c 100 "$wheel" > "$dest/torch-fake.whl""#,
            );
            let line = one_line(&ensure_for(&workspace, &platform).expect_err("the wheel is cut short"));
            assert!(line.starts_with("torch-fake.whl arrived damaged"), "{line}");
            assert!(!workspace.libtorch().exists());
            fake_pip(&workspace, &wheel, r#"cp "$wheel" "$dest""#);
            ensure_for(&workspace, &platform).expect("whole this time");
        }

        #[test]
        fn a_half_downloaded_wheel_of_an_earlier_run_is_fetched_again() {
            let (_root, workspace, wheel, platform) = setting();
            fs::create_dir_all(workspace.downloads().join("arriving")).expect("temporary folder is writable");
            fs::write(workspace.downloads().join("torch-fake.whl"), "half")
                .expect("temporary folder is writable");
            fs::write(workspace.downloads().join("arriving/torch-fake.whl"), "half").expect("writable");
            fake_pip(&workspace, &wheel, r#"cp "$wheel" "$dest""#);
            ensure_for(&workspace, &platform).expect("fetched again");
        }

        #[test]
        fn a_wheel_that_an_earlier_run_fetched_is_used() {
            let (_root, workspace, wheel, platform) = setting();
            fs::create_dir_all(workspace.downloads()).expect("temporary folder is writable");
            fs::copy(&wheel, workspace.downloads().join("torch-fake.whl"))
                .expect("temporary folder is writable");
            fake_pip(&workspace, &wheel, "exit 1");
            ensure_for(&workspace, &platform).expect("nothing needs to be fetched");
        }

        #[test]
        fn a_full_disk_is_said_before_anything_is_fetched() {
            let (_root, workspace, wheel, platform) = setting();
            fake_pip(&workspace, &wheel, "exit 1");
            fake_program(&workspace, "df", "echo; echo 'disk 0 0 1000 0% /'");
            let line = one_line(&ensure_for(&workspace, &platform).expect_err("1000 KiB are too few"));
            assert!(line.contains("libtorch needs"), "{line}");
        }

        #[test]
        fn a_missing_python_is_said_so() {
            let (_root, workspace, _wheel, platform) = setting();
            let line = one_line(&ensure_for(&workspace, &platform).expect_err("there is no python3"));
            assert!(line.starts_with("python3 is not on the PATH: "), "{line}");
        }

        #[test]
        fn another_wheel_than_the_one_known_is_refused() {
            let (_root, workspace, wheel, platform) = setting();
            fake_pip(&workspace, &wheel, r#"cp "$wheel" "$dest/torch-other.whl""#);
            let line = one_line(&ensure_for(&workspace, &platform).expect_err("another name"));
            assert_eq!(line, "pip delivered torch-other.whl instead of torch-fake.whl");
        }
    }

    fn users(folder: &Path) -> Workspace {
        Workspace {
            users_libtorch: Some(folder.to_path_buf()),
            ..scratch(folder)
        }
    }

    #[test]
    fn a_right_libtorch_of_the_user_is_used_as_it_is() {
        let root = tempfile::tempdir().expect("temporary folder");
        let folder = root.path().join("own");
        let wheel = fake_wheel(root.path());
        let platform = fake_platform(&wheel);
        layout::make(&folder, &platform, &[wheel]).expect("the wheel is whole");
        let outcome = ensure_for(&users(&folder), &platform).expect("usable");
        assert_eq!(outcome, Outcome::Found(Source::User(folder)));
    }

    #[test]
    fn a_wrong_libtorch_of_the_user_is_one_clear_line() {
        let root = tempfile::tempdir().expect("temporary folder");
        let platform = fake_platform(Path::new("none.whl"));
        let complaint = |workspace: &Workspace| {
            one_line(&ensure_for(workspace, &platform).expect_err("LIBTORCH is not usable"))
        };
        let folder = root.path().join("own");
        let absent = Workspace {
            users_libtorch: Some(folder.clone()),
            ..scratch(root.path())
        };
        assert!(complaint(&absent).ends_with("there is no such folder"));

        fs::create_dir_all(&folder).expect("temporary folder is writable");
        assert!(complaint(&absent).ends_with("it has no lib/libtorch_cpu.so"));

        fs::create_dir_all(folder.join("lib")).expect("temporary folder is writable");
        fs::create_dir_all(folder.join("include/torch")).expect("temporary folder is writable");
        fs::write(folder.join("lib/libtorch_cpu.so"), "library").expect("temporary folder is writable");
        fs::write(folder.join("build-version"), "2.5.1+cpu\n").expect("temporary folder is writable");
        let line = complaint(&absent);
        assert!(
            line.ends_with("it is libtorch 2.5.1, and tch needs 2.13.0"),
            "{line}"
        );
        assert!(line.starts_with("LIBTORCH="), "{line}");
    }
}
