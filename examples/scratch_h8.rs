#![allow(dead_code, unused, missing_docs)]
#[path = "osborn/segmentation/mod.rs"]
mod segmentation;
#[path = "support/mod.rs"]
mod support;
fn main() -> anyhow::Result<()> {
    segmentation::scratch(std::path::Path::new(env!("CARGO_MANIFEST_DIR")))
}
