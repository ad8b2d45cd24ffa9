//! `cargo xtask doctor`: what was found of everything that is needed, and the command that mends each.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

use anyhow::{Result, bail};

use crate::workspace::{Workspace, how_to_install};
use crate::{data, disk, lapack, libtorch, process, setup, tidy};

/// One line of the report.
struct Item {
    state: State,
    name: &'static str,
    found: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Right,
    /// Needed and not there, or wrong.
    Missing,
    /// Not there, and nothing that set-up, tests or demo need.
    Optional,
}

/// Prints one line an item; an error says how many needed things are missing.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let items = [
        rust(workspace),
        compiler(workspace),
        python(workspace),
        libtorch(workspace),
        loader_link(workspace),
        openblas(workspace),
        free_disk(workspace),
        cores(),
        samples(workspace),
        full_sets(workspace),
    ];
    for Item { state, name, found } in &items {
        let mark = match state {
            State::Right => "ok",
            State::Missing => "MISSING",
            State::Optional => "optional",
        };
        println!("{mark:9} {name:13} {found}");
    }
    match items.iter().filter(|item| item.state == State::Missing).count() {
        0 => Ok(()),
        n => bail!("{n} of the things above are missing; each line says what mends it"),
    }
}

impl Item {
    fn right(name: &'static str, found: impl Into<String>) -> Self {
        Self {
            state: State::Right,
            name,
            found: found.into(),
        }
    }

    fn missing(name: &'static str, found: impl Into<String>) -> Self {
        Self {
            state: State::Missing,
            name,
            found: found.into(),
        }
    }

    fn optional(name: &'static str, found: impl Into<String>) -> Self {
        Self {
            state: State::Optional,
            name,
            found: found.into(),
        }
    }
}

fn rust(workspace: &Workspace) -> Item {
    let needed = env!("CARGO_PKG_RUST_VERSION");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    match process::output_of(command.arg("--version").current_dir(&workspace.root)) {
        Ok(text) if is_at_least(&text, needed) => {
            Item::right("Rust", format!("{} (needs {needed})", text.trim()))
        }
        Ok(text) => Item::missing(
            "Rust",
            format!("{} is older than {needed}: rustup update", text.trim()),
        ),
        Err(_) => Item::missing("Rust", "rustc does not run: rustup default stable"),
    }
}

/// Whether `rustc --version`'s `text` states at least the version `needed` (`major.minor`).
fn is_at_least(text: &str, needed: &str) -> bool {
    let numbers = |version: &str| -> Option<(u32, u32)> {
        let mut parts = version.split('.');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    };
    match (text.split_whitespace().nth(1).and_then(numbers), numbers(needed)) {
        (Some(found), Some(needed)) => found >= needed,
        _ => false,
    }
}

fn compiler(workspace: &Workspace) -> Item {
    match setup::require_compiler(workspace) {
        Ok(version) => Item::right("C++ compiler", version),
        Err(_) => Item::missing(
            "C++ compiler",
            format!("{} does not run: {}", setup::compiler(), how_to_install("c++")),
        ),
    }
}

/// Needed only to make libtorch, so a machine that has one can do without.
fn python(workspace: &Workspace) -> Item {
    let pip = workspace.command("python3").and_then(|mut python| {
        let version = process::output_of(python.arg("--version"))?;
        let mut pip = workspace.command("python3")?;
        let text = process::output_of(pip.args(["-m", "pip", "--disable-pip-version-check", "--version"]))?;
        let number = text.split_whitespace().nth(1).unwrap_or_default().to_owned();
        Ok(format!("{}, pip {number}", version.trim()))
    });
    if let Ok(found) = pip {
        return Item::right("Python", found);
    }
    let found = format!("python3 with pip is not there: {}", how_to_install("python3"));
    if libtorch::find(workspace).is_ok() {
        Item::optional("Python", found)
    } else {
        Item::missing("Python", found)
    }
}

fn libtorch(workspace: &Workspace) -> Item {
    match libtorch::find(workspace) {
        Ok(source) => Item::right("libtorch", source.describe(workspace)),
        Err(error) => Item::missing("libtorch", format!("{error:#}")),
    }
}

/// The link that `tensor-core`'s build script makes, by which programs find libtorch when they run.
fn loader_link(workspace: &Workspace) -> Item {
    let target = workspace.root.join("target");
    let links: Vec<_> = ["debug", "release"]
        .iter()
        .flat_map(|profile| {
            fs::read_dir(target.join(profile).join("build"))
                .into_iter()
                .flatten()
                .flatten()
        })
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("tensor-core-"))
        .map(|entry| entry.path().join("out").join("libtorch"))
        .filter(|link| link.is_symlink())
        .collect();
    let n_broken = links.iter().filter(|link| !holds_libraries(link)).count();
    match (links.len(), n_broken) {
        (0, _) => Item::right("loader path", "nothing is built yet; the first build makes it"),
        (n, 0) => Item::right("loader path", format!("{n} links to libtorch in target/")),
        (_, n) => Item::missing(
            "loader path",
            format!("{n} links to libtorch lead nowhere: cargo clean -p tensor-core"),
        ),
    }
}

fn holds_libraries(link: &Path) -> bool {
    fs::read_dir(link).is_ok_and(|mut entries| entries.next().is_some())
}

fn openblas(workspace: &Workspace) -> Item {
    match lapack::version(workspace) {
        Some(version) => Item::right("OpenBLAS", version),
        None => Item::missing(
            "OpenBLAS",
            format!("pkg-config finds none: {}", lapack::how_to_install()),
        ),
    }
}

fn free_disk(workspace: &Workspace) -> Item {
    let needed = disk::FOR_BUILDS;
    match disk::free(workspace, &workspace.root) {
        None => Item::optional("free disk", "df cannot tell"),
        Some(free) if free >= needed => Item::right("free disk", disk::gibibytes(free)),
        Some(free) => Item::missing(
            "free disk",
            format!(
                "{}, a full build needs {}: cargo clean",
                disk::gibibytes(free),
                disk::gibibytes(needed)
            ),
        ),
    }
}

fn cores() -> Item {
    let n_cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = std::env::var("PLUMBLINE_THREADS").unwrap_or_else(|_| "1, the default".to_owned());
    Item::right(
        "threads",
        format!("{n_cores} cores; programs use PLUMBLINE_THREADS ({threads})"),
    )
}

fn samples(workspace: &Workspace) -> Item {
    let name = "data samples";
    match tidy::data_folder(workspace) {
        Ok(violations) => match violations.first() {
            None => Item::right(name, "data/ is as data/README.md lists it"),
            Some(first) => Item::missing(name, format!("{first}: git checkout -- data")),
        },
        Err(error) => Item::missing(name, format!("{error:#}: git checkout -- data")),
    }
}

fn full_sets(workspace: &Workspace) -> Item {
    let name = "full data";
    match data::missing_full_sets(workspace)[..] {
        [] => Item::right(name, "MNIST and Fashion-MNIST in .local/data"),
        ref missing => Item::optional(
            name,
            format!("{} not fetched: cargo xtask data", missing.join(" and ")),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::tests::scratch;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(is_at_least("rustc 1.95.0 (59807616e 2026-04-14)", "1.88"));
        assert!(is_at_least("rustc 1.100.0-nightly", "1.88"));
        assert!(!is_at_least("rustc 1.9.0", "1.88"));
        assert!(!is_at_least("something else", "1.88"));
    }

    #[test]
    fn a_bare_machine_is_told_what_is_missing() {
        let root = tempfile::tempdir().expect("temporary folder");
        let workspace = scratch(root.path());
        for item in [
            python(&workspace),
            libtorch(&workspace),
            openblas(&workspace),
            samples(&workspace),
        ] {
            assert!(item.state == State::Missing, "{}: {}", item.name, item.found);
            assert!(
                item.found.contains(": "),
                "{} names no command: {}",
                item.name,
                item.found
            );
        }
        assert!(full_sets(&workspace).state == State::Optional);
        assert!(run(&workspace).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_nowhere_is_noticed() {
        let root = tempfile::tempdir().expect("temporary folder");
        let workspace = scratch(root.path());
        assert!(loader_link(&workspace).state == State::Right);
        let out = root.path().join("target/debug/build/tensor-core-1/out");
        fs::create_dir_all(&out).expect("temporary folder is writable");
        std::os::unix::fs::symlink(root.path().join("gone"), out.join("libtorch")).expect("writable");
        assert!(loader_link(&workspace).state == State::Missing);
        fs::create_dir_all(root.path().join("gone/lib")).expect("temporary folder is writable");
        assert!(loader_link(&workspace).state == State::Right);
    }
}
