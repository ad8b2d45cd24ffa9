//! `cargo xtask setup`: makes what a build needs and is missing.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::data::networks;
use crate::workspace::{Workspace, how_to_install};
use crate::{lapack, libtorch, process};

/// Makes what is missing and says so in one line each; with nothing to do, says that in one line.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let mut found = Vec::new();
    let mut n_made = 0;
    let mut made = |what: String, took: Duration| {
        println!("set-up: {what} in {:.0} s", took.as_secs_f64());
        n_made += 1;
    };
    require_compiler(workspace)?;

    let start = Instant::now();
    match lapack::ensure(workspace)? {
        lapack::Outcome::Found(version) => found.push(format!("OpenBLAS {version}")),
        lapack::Outcome::Installed(version) => made(format!("installed OpenBLAS {version}"), start.elapsed()),
    }

    let start = Instant::now();
    match libtorch::ensure(workspace)? {
        libtorch::Outcome::Found(source) => found.push(source.describe(workspace)),
        libtorch::Outcome::Made(folder) => {
            let source = libtorch::Source::Local(folder);
            made(format!("made {}", source.describe(workspace)), start.elapsed());
        }
    }

    // Nothing is built from them: tests of published networks say that they are left out.
    let start = Instant::now();
    match networks::ensure(workspace) {
        Ok(networks::Outcome::Found) => found.push("published networks".to_owned()),
        Ok(networks::Outcome::Fetched(folder)) => {
            made(
                format!("fetched networks into {}", workspace.shown(&folder)),
                start.elapsed(),
            );
        }
        Err(error) => println!("set-up: without published networks: {error:#}"),
    }
    if n_made == 0 {
        println!("set-up: nothing to do ({})", found.join(", "));
    }
    Ok(())
}

/// The name of the C++ compiler that builds torch-sys: `CXX`, or `c++`.
pub(crate) fn compiler() -> String {
    std::env::var("CXX")
        .ok()
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "c++".to_owned())
}

/// The compiler's own one-line account of its version; an error says how to install one.
pub(crate) fn require_compiler(workspace: &Workspace) -> Result<String> {
    let name = compiler();
    let mut words = name.split_whitespace();
    let Ok(mut command) = workspace.command(words.next().unwrap_or("c++")) else {
        bail!(
            "a C++ compiler is needed, {name} is not on the PATH: {}",
            how_to_install("c++")
        );
    };
    let text =
        process::output_of(command.args(words).arg("--version")).context("the C++ compiler does not run")?;
    Ok(text.lines().next().unwrap_or_default().trim().to_owned())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::workspace::tests::{fake_program, scratch};

    #[test]
    fn a_missing_compiler_is_said_with_its_command() {
        let root = tempfile::tempdir().expect("temporary folder");
        let workspace = scratch(root.path());
        let line = format!("{:#}", require_compiler(&workspace).expect_err("there is none"));
        assert!(line.starts_with("a C++ compiler is needed, "), "{line}");
        fake_program(&workspace, "c++", "echo 'c++ 12.2.0'; echo more");
        assert_eq!(require_compiler(&workspace).expect("it runs"), "c++ 12.2.0");
    }
}
