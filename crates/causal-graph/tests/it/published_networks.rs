//! The published networks, where `.local/data/networks` holds them.

use std::fs;
use std::io::Read as _;
use std::path::PathBuf;

use causal_graph::format::{bif, linear_gaussian};
use causal_graph::network::Normalisation;
use flate2::read::GzDecoder;

/// The numbers of nodes, edges and free parameters, counted in the files by a program that shares nothing with the reader.
const DISCRETE: [(&str, usize, usize, usize); 24] = [
    ("alarm", 37, 46, 509),
    ("andes", 223, 338, 1157),
    ("asia", 8, 8, 18),
    ("barley", 48, 84, 114_005),
    ("cancer", 5, 4, 10),
    ("child", 20, 25, 230),
    ("diabetes", 413, 602, 429_409),
    ("earthquake", 5, 4, 10),
    ("hailfinder", 56, 66, 2656),
    ("hepar2", 70, 123, 1453),
    ("insurance", 27, 52, 1008),
    ("link", 724, 1125, 14_211),
    ("mildew", 35, 46, 540_150),
    ("munin", 1041, 1397, 80_592),
    ("munin1", 186, 273, 15_622),
    ("munin2", 1003, 1244, 69_431),
    ("munin3", 1041, 1306, 71_059),
    ("munin4", 1038, 1388, 80_352),
    ("pathfinder", 109, 195, 72_079),
    ("pigs", 441, 592, 5618),
    ("sachs", 11, 17, 178),
    ("survey", 6, 6, 21),
    ("water", 32, 66, 10_083),
    ("win95pts", 76, 112, 574),
];

/// The numbers of nodes and edges.
const GAUSSIAN: [(&str, usize, usize); 4] = [
    ("arth150", 107, 150),
    ("ecoli70", 46, 70),
    ("magic-irri", 64, 102),
    ("magic-niab", 44, 66),
];

/// Places at which each file is cut.
const N_CUTS: usize = 40;

#[test]
fn discrete_networks_are_read_and_written_to_the_last_bit() {
    for (name, n_nodes, n_edges, n_parameters) in DISCRETE {
        let Some(text) = text(&format!("{name}.bif.gz")) else {
            continue;
        };
        let network = bif::read(&text).expect(name);
        let counts = (network.n_nodes(), network.dag().n_edges(), network.n_parameters());
        assert_eq!(counts, (n_nodes, n_edges, n_parameters), "{name}");
        let again = bif::read_with(&bif::write(&network), Normalisation::Refuse);
        let again = again.expect(name);
        assert!(again == network, "{name} changes when it is written and read");
    }
}

#[test]
fn a_discrete_network_that_was_cut_is_an_error() {
    for (name, ..) in DISCRETE {
        let Some(text) = text(&format!("{name}.bif.gz")) else {
            continue;
        };
        // Cuts in the middle, and at the ends of blocks, where a shorter network could be read.
        let ends_of_blocks = text.match_indices("}\n").map(|(place, _)| place + 2);
        let ends_of_blocks: Vec<usize> = ends_of_blocks.filter(|&end| end < text.len()).collect();
        let step = ends_of_blocks.len().div_ceil(N_CUTS);
        let cuts = ends_of_blocks.into_iter().rev().step_by(step);
        for cut in cuts.chain((0..N_CUTS).map(|cut| cut * text.len() / N_CUTS)) {
            assert!(bif::read(&text[..cut]).is_err(), "{name}, cut at {cut}");
        }
    }
}

#[test]
fn linear_gaussian_networks_are_read_and_written_to_the_last_bit() {
    for (name, n_nodes, n_edges) in GAUSSIAN {
        let Some(text) = text(&format!("{name}.json")) else {
            continue;
        };
        let network = linear_gaussian::read(&text).expect(name);
        assert_eq!(
            (network.n_nodes(), network.dag().n_edges()),
            (n_nodes, n_edges),
            "{name}"
        );
        let again = linear_gaussian::read(&linear_gaussian::write(&network).expect("plain names"))
            .expect("as written");
        assert!(again == network, "{name} changes when it is written and read");
    }
}

/// The text of a file, or `None`, which it says, if it has not been fetched.
#[allow(clippy::print_stderr, reason = "a test that has nothing to do says so")]
fn text(file: &str) -> Option<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../.local/data/networks");
    let path = folder.join(file);
    if !path.is_file() {
        eprintln!("skipped: {file} is not in .local/data/networks");
        return None;
    }
    let bytes = fs::read(path).expect("readable");
    let mut text = String::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        GzDecoder::new(bytes.as_slice())
            .read_to_string(&mut text)
            .expect("UTF-8, compressed");
    } else {
        text = String::from_utf8(bytes).expect("UTF-8");
    }
    Some(text)
}
