//! `cargo xtask demo`: every method's example on real data, with one report.

use std::fs;

use anyhow::{Result, bail};

use crate::stages::Stages;
use crate::workspace::Workspace;
use crate::{process, setup};

/// The examples, in the order in which they run. Each takes `--report-dir` and `--quick`, adds its section to
/// the report, and ends by saying what it found.
const EXAMPLES: [&str; 4] = ["transferability", "osborn", "hard_subset", "causal_order"];

/// Where the report goes, below the root.
const REPORT: &str = "target/demo";

/// Sets up what is missing, runs every example and says where the report is. `quick` asks for small sizes.
pub(crate) fn run(workspace: &Workspace, quick: bool) -> Result<()> {
    let folder = workspace.root.join(REPORT);
    let index = folder.join("index.html");
    // An earlier run's report would hide that this run wrote none.
    fs::remove_file(&index).ok();

    let mut stages = Stages::new();
    stages.run("set-up", || setup::run(workspace))?;
    stages.run("build", || {
        let mut command = workspace.cargo();
        command.args(["build", "--release"]);
        command.args(EXAMPLES.iter().flat_map(|example| ["--example", example]));
        process::show(&mut command)
    })?;
    for example in EXAMPLES {
        stages.run(example, || {
            let mut command = workspace.cargo();
            command.args([
                "run",
                "--release",
                "--quiet",
                "--example",
                example,
                "--",
                "--report-dir",
            ]);
            command.arg(&folder);
            if quick {
                command.arg("--quick");
            }
            process::show(&mut command)
        })?;
    }
    if !index.is_file() {
        bail!("the examples ended well but wrote no {REPORT}/index.html");
    }
    println!("\n{}\nthe report: {}", stages.line(), index.display());
    Ok(())
}
