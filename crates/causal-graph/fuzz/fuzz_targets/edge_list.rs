//! Any text is a graph that reads back as it is written, or an error.
#![no_main]

use causal_graph::format::edge_list;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let dag = edge_list::read_dag(text);
    if let Ok(graph) = edge_list::read(text) {
        assert_eq!(dag.ok(), graph.to_dag().ok());
        let written = edge_list::write(&graph);
        assert_eq!(edge_list::read(&written).expect("as written"), graph);
    }
});
