//! Scratch.
mod agreement;
mod hs;
mod segmentation;
#[path = "../segmentation_pool/mod.rs"]
mod segmentation_pool;
#[path = "../support/mod.rs"]
mod support;
use std::path::Path;
fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().collect();
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"));
    let experiment = match args[1].as_str() { "full" => segmentation::Experiment::full(), "small" => segmentation::Experiment::small(), _ => segmentation::Experiment::quick() };
    let threads: usize = args[3].parse()?;
    let workers = support::workers::Workers::start(threads.try_into()?)?;
    let cache = support::cache::Cache::open(Path::new(&args[2]))?;
    let mut bars = support::bars::Bars::default();
    let outcome = segmentation::run(&experiment, workspace, 0, &cache, &workers, &mut bars)?;
    support::output::result(&segmentation::tables(&outcome.results))?;
    std::fs::write(format!("{}.json", args[4]), support::output::to_json(&outcome.results)?)?;
    std::fs::write(format!("{}.html", args[4]), segmentation::section_part(&outcome))?;
    Ok(())
}
