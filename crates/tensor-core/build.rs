//! Puts libtorch on the loader path of every program that depends on this crate.
//!
//! Cargo adds link-search paths that lie inside the target directory to the loader path of what it runs. So one
//! directory symlink, `OUT_DIR/libtorch` to libtorch's `lib/`, is all that `cargo run`, `cargo test` and
//! `cargo bench` need, in this workspace and in any project that depends on it.

use std::path::Path;
use std::{env, error::Error, fs, io};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    // torch-sys sets this (its `links` key is `tch`); a documentation build has no libtorch and needs none.
    let Some(library_dir) = env::var_os("DEP_TCH_LIBTORCH_LIB") else {
        return Ok(());
    };
    let link = Path::new(&env::var("OUT_DIR")?).join("libtorch");
    // Also true for a link whose target is gone, which `exists` would not see.
    if link.symlink_metadata().is_ok() {
        fs::remove_file(&link)?;
    }
    symlink_dir(Path::new(&library_dir), &link)
        .map_err(|e| format!("cannot link {} to {}: {e}", link.display(), library_dir.display()))?;
    println!("cargo::rustc-link-search=native={}", link.display());
    Ok(())
}

#[cfg(unix)]
fn symlink_dir(original: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(original, link)
}

#[cfg(windows)]
fn symlink_dir(original: &Path, link: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_dir(original, link)
}
