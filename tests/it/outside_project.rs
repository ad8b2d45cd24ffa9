//! A project outside the workspace, with nothing set but `LIBTORCH`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

use crate::program;

const MAIN: &str = r#"//! Scores a sample of four points.

use tensor_core::convert::tensor_from_slice;
use transferability_metrics::{Features, HScore, Labels, Metric, Result, Sample};

fn main() -> Result<()> {
    println!("H-score {:.3}", score()?);
    Ok(())
}

fn score() -> Result<f64> {
    let features = Features::new(tensor_from_slice(&[0.0, 2.0, 2.0, 4.0], &[4, 1])?)?;
    HScore.score(&Sample::new(Labels::new(&[0, 0, 1, 1])?).with_features(features)?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn half() {
        assert!((super::score().expect("a good sample") - 0.5).abs() < 1e-12);
    }
}
"#;

/// Variables a new shell would have too: where programs and cargo's own files are, how the compiler is called.
const KEPT: [&str; 9] = [
    "PATH",
    "HOME",
    "USERPROFILE",
    "TMPDIR",
    "CARGO_HOME",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "RUSTFLAGS",
    "LIBTORCH",
];

/// Builds in the workspace's own target directory with the workspace's locked versions and profiles, so that
/// torch-sys, minutes of C++, is the one already built. Cargo does not hold that directory while tests run.
#[test]
fn a_project_elsewhere_builds_runs_and_tests() {
    let directory = tempfile::tempdir().expect("a temporary folder");
    write_project(directory.path());

    let run = cargo(directory.path(), "run");
    assert_eq!(program::stdout(&run).trim(), "H-score 0.500");

    let test = cargo(directory.path(), "test");
    assert!(
        program::stdout(&test).contains("test result: ok. 1 passed"),
        "{}",
        program::stdout(&test)
    );

    assert!(
        !program::stderr(&run).contains("Compiling torch-sys"),
        "torch-sys was compiled again: its features, profile or LIBTORCH differ from the workspace's"
    );
}

fn write_project(directory: &Path) {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest: toml::Table = fs::read_to_string(workspace.join("Cargo.toml"))
        .expect("the workspace has a manifest")
        .parse()
        .expect("the workspace's manifest is TOML");
    let dependency = |name: &str| {
        let path = workspace.join("crates").join(name).display().to_string();
        toml::Table::from_iter([("path".to_owned(), toml::Value::from(path))])
    };
    let project = toml::toml! {
        [package]
        name = "plumbline-outside-project"
        version = "0.0.0"
        edition = "2024"
        publish = false

        [workspace]
    };
    let mut project = project;
    let dependencies =
        ["tensor-core", "transferability-metrics"].map(|name| (name.to_owned(), dependency(name).into()));
    project.insert(
        "dependencies".to_owned(),
        toml::Table::from_iter(dependencies).into(),
    );
    project.insert("profile".to_owned(), manifest["profile"].clone());

    fs::create_dir(directory.join("src")).expect("the test's own folder is writable");
    fs::write(directory.join("Cargo.toml"), project.to_string()).expect("the test's own folder is writable");
    fs::write(directory.join("src").join("main.rs"), MAIN).expect("the test's own folder is writable");
    fs::copy(workspace.join("Cargo.lock"), directory.join("Cargo.lock"))
        .expect("the workspace has a lock file");
}

fn cargo(directory: &Path, command: &str) -> Output {
    let profile_directory = program::profile_directory();
    let target_directory: PathBuf = profile_directory
        .parent()
        .expect("profiles lie in the target folder")
        .to_owned();
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(directory)
        .args([command, "--offline"])
        .env_clear();
    cargo.envs(KEPT.iter().filter_map(|&name| Some((name, env::var_os(name)?))));
    cargo.env("CARGO_TARGET_DIR", target_directory);
    if profile_directory.ends_with("release") {
        cargo.arg("--release");
    }
    cargo.output().expect("cargo starts")
}
