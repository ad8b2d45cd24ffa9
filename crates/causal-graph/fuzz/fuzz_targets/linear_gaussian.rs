//! Any text is a network that reads back as it is written, or an error.
#![no_main]

use causal_graph::format::linear_gaussian;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(network) = linear_gaussian::read(text)
        && let Ok(written) = linear_gaussian::write(&network)
    {
        let again = linear_gaussian::read(&written).expect("as written");
        // Not the standard deviations, whose squares may be below the least normal number.
        assert_eq!(again.dag(), network.dag());
    }
});
