//! Any text is a table that reads back as it is written, or an error.
#![no_main]

use causal_graph::format::csv;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(table) = csv::read(text) {
        let _ = csv::read(&csv::write(&table));
    }
});
