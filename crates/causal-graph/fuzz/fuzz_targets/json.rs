//! Any text is a graph that reads back as it is written, or an error.
#![no_main]

use causal_graph::format::json;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let dag = json::read_dag(text);
    if let Ok(graph) = json::read(text) {
        assert_eq!(dag.ok(), graph.to_dag().ok());
        let written = json::write(&graph);
        assert_eq!(json::read(&written).expect("as written"), graph);
    }
});
