//! Published networks that are fetched, not kept in the repository.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use causal_graph::format::bif;
use causal_graph::network::BayesianNetwork;
use flate2::read::GzDecoder;

/// The network of that name, or `None`, which it says, if it has not been fetched.
#[allow(clippy::print_stderr, reason = "a test that has nothing to do says so")]
pub(crate) fn network(name: &str) -> Option<BayesianNetwork> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.local/data/networks");
    let path = folder.join(format!("{name}.bif.gz"));
    if !path.is_file() {
        eprintln!("skipped: {name}.bif.gz is not in .local/data/networks");
        return None;
    }
    let bytes = fs::read(path).expect("readable");
    let mut text = String::new();
    GzDecoder::new(bytes.as_slice())
        .read_to_string(&mut text)
        .expect("UTF-8, compressed");
    Some(bif::read(&text).expect("a published network"))
}
