//! Any text is a network that reads back to the last bit, or an error.
#![no_main]

use causal_graph::format::bif;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(network) = bif::read(text) {
        assert_eq!(bif::read(&bif::write(&network)).expect("as written"), network);
    }
});
