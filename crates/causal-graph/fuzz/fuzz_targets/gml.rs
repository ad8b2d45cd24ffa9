//! Any text is a graph that reads back as it is written, or an error.
#![no_main]

use causal_graph::format::gml;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let dag = gml::read_dag(text);
    if let Ok(graph) = gml::read(text) {
        assert_eq!(dag.ok(), graph.to_dag().ok());
        let written = gml::write(&graph);
        assert_eq!(gml::read(&written).expect("as written"), graph);
    }
});
