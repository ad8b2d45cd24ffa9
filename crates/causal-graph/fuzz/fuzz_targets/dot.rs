//! Any text is a graph that reads back as it is written, or an error.
#![no_main]

use causal_graph::format::dot;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let dag = dot::read_dag(text);
    if let Ok(graph) = dot::read(text) {
        assert_eq!(dag.ok(), graph.to_dag().ok());
        let written = dot::write(&graph);
        assert_eq!(dot::read(&written).expect("as written"), graph);
    }
});
