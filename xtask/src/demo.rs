//! `cargo xtask demo`: every method's example on real data, with one report.

use anyhow::{Result, bail};

use crate::stages::Stages;
use crate::workspace::Workspace;
use crate::{process, setup};

/// The examples, in the order in which they run. Called with `--report-dir`, each adds its section to the report.
const EXAMPLES: [&str; 1] = ["transferability"];

/// Where the report goes, below the root.
const REPORT: &str = "target/demo";

/// Sets up what is missing, runs every example and says where the report is. `quick` asks for small sizes.
pub(crate) fn run(workspace: &Workspace, quick: bool) -> Result<()> {
    let mut stages = Stages::new();
    stages.run("set-up", || setup::run(workspace))?;
    for example in EXAMPLES {
        stages.run(example, || run_example(workspace, example, quick))?;
    }
    let index = workspace.root.join(REPORT).join("index.html");
    if !index.is_file() {
        bail!("the examples ended well but wrote no {REPORT}/index.html");
    }
    println!("\n{}\nreport: {}", stages.table(), index.display());
    Ok(())
}

fn run_example(workspace: &Workspace, example: &str, quick: bool) -> Result<()> {
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
    command.arg(workspace.root.join(REPORT));
    if quick {
        command.arg("--quick");
    }
    process::show(&mut command)
}
