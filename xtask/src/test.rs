//! `cargo xtask test`: formatting, lints, documentation, house rules and every test.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::stages::Stages;
use crate::workspace::Workspace;
use crate::{process, setup, tidy};

/// Sets up what is missing, then runs the stages up to the first that fails. `quick` leaves out the
/// documentation, its tests, and the benchmarks.
pub(crate) fn run(workspace: &Workspace, quick: bool) -> Result<()> {
    let mut stages = Stages::new();
    let outcome = run_stages(workspace, quick, &mut stages);
    println!("\n{}", stages.table());
    outcome
}

fn run_stages(workspace: &Workspace, quick: bool, stages: &mut Stages) -> Result<()> {
    let cargo = |arguments: &[&str]| -> Command {
        let mut command = workspace.cargo();
        // Test threads that each spin up a pool of libtorch's make the suite many times slower on a busy machine.
        command.args(arguments).env("OMP_NUM_THREADS", "1");
        command
    };
    stages.run("set-up", || setup::run(workspace))?;
    stages.run("format", || {
        process::show(&mut cargo(&["fmt", "--all", "--check"]))
    })?;
    stages.run("tidy", || tidy::run(workspace))?;
    stages.run("clippy", || {
        process::show(&mut cargo(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ]))
    })?;
    // The tests of the command line run the examples as programs; a test build of an example is not one.
    stages.run("examples", || {
        process::show(&mut cargo(&["build", "--workspace", "--examples"]))
    })?;
    stages.run("tests", || {
        process::show(&mut cargo(&[
            "test",
            "--workspace",
            "--lib",
            "--bins",
            "--tests",
            "--examples",
        ]))
    })?;
    // What builds without libtorch must also pass without it.
    stages.run("without libtorch", || {
        process::show(&mut cargo(&[
            "test",
            "--package",
            "causal-graph",
            "--package",
            "causal-order",
            "--no-default-features",
            "--lib",
            "--tests",
        ]))
    })?;
    if quick {
        return Ok(());
    }
    stages.run("documentation", || {
        process::show(cargo(&["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
    })?;
    stages.run("doctests", || {
        process::show(&mut cargo(&["test", "--workspace", "--doc"]))
    })?;
    if has_benches(&workspace.root) {
        // In the test profile, once each: the benchmarks run, and nothing is built a third time.
        stages.run("benches", || {
            process::show(&mut cargo(&["test", "--workspace", "--bench", "*"]))
        })?;
    }
    Ok(())
}

/// Whether any package of the workspace has a benchmark: cargo fails on a pattern that fits none.
fn has_benches(root: &Path) -> bool {
    let holds_program = |folder: &Path| {
        fs::read_dir(folder).is_ok_and(|mut entries| {
            entries.any(|entry| entry.is_ok_and(|entry| entry.path().extension().is_some_and(|e| e == "rs")))
        })
    };
    let crates = fs::read_dir(root.join("crates"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    crates
        .chain([root.to_path_buf()])
        .any(|package| holds_program(&package.join("benches")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_benchmark_of_any_package_counts() {
        let root = tempfile::tempdir().expect("temporary folder");
        assert!(!has_benches(root.path()));
        let benches = root.path().join("crates/one/benches");
        fs::create_dir_all(&benches).expect("temporary folder is writable");
        assert!(!has_benches(root.path()));
        fs::write(benches.join("speed.rs"), "").expect("temporary folder is writable");
        assert!(has_benches(root.path()));
    }
}
