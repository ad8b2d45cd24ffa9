//! Any text is a graph that reads back as it is written, or an error.
#![no_main]

use causal_graph::format::graphml;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let dag = graphml::read_dag(text);
    if let Ok(graph) = graphml::read(text) {
        assert_eq!(dag.ok(), graph.to_dag().ok());
        // A reference to a control character is read, but XML has no way to write it.
        if let Ok(written) = graphml::write(&graph) {
            assert_eq!(graphml::read(&written).expect("as written"), graph);
        }
    }
});
