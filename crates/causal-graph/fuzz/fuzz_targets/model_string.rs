//! Any text is a DAG that reads back as it is written, or an error.
#![no_main]

use causal_graph::format::model_string;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(dag) = model_string::read(text) {
        let written = model_string::write(&dag).expect("names that were read");
        assert_eq!(
            model_string::read(&written).expect("as written").n_edges(),
            dag.n_edges()
        );
    }
});
