#![allow(missing_docs)]
#[path = "osborn/segmentation/mod.rs"]
mod segmentation;
#[path = "support/mod.rs"]
mod support;
use segmentation::Experiment;
#[allow(clippy::all, clippy::pedantic, clippy::print_stdout)]
fn main() -> anyhow::Result<()> {
    let t = std::time::Instant::now();
    let workspace = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let e = match std::env::args().nth(1).as_deref() { Some("quick") => Experiment::quick(), Some("small") => Experiment::small(), _ => Experiment::full() };
    let workers = support::workers::Workers::start(std::num::NonZeroUsize::MIN)?;
    let cache = support::cache::Cache::open(std::path::Path::new(&std::env::var("H8_CACHE").unwrap_or("/tmp/h8_cache".into())))?;
    let mut bars = support::bars::Bars::default();
    let out = segmentation::run(&e, workspace, 0, &cache, &workers, &mut bars)?;
    let json = serde_json::to_string_pretty(&out.results)?;
    std::fs::write("/tmp/h8_results.json", json)?;
    std::fs::write("/tmp/h8_section.html", segmentation::section_part(&out))?;
    print!("{}", segmentation::tables(&out.results));
    println!("total {:?}", t.elapsed());
    Ok(())
}
