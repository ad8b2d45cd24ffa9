//! Laws of the file formats, on random graphs and networks with awkward names.

use causal_graph::format::{
    Format, Network, bif, dot, edge_list, gml, graphml, json, linear_gaussian, model_string, read_dag,
    read_graph, read_network, write_graph,
};
use causal_graph::network::{BayesianNetwork, Cpt, LinearGaussianNetwork, LinearMechanism, Normalisation};
use causal_graph::{Error, Nodes, Pdag};
use proptest::prelude::*;
use proptest::sample::Index;

const FORMATS: [Format; 7] = [
    Format::Bif,
    Format::Dot,
    Format::Gml,
    Format::GraphMl,
    Format::Json,
    Format::EdgeList,
    Format::ModelString,
];

/// Formats that hold directed and undirected edges.
const GRAPH_FORMATS: [Format; 5] = [
    Format::Dot,
    Format::Gml,
    Format::GraphMl,
    Format::Json,
    Format::EdgeList,
];

/// Texts of every format and dialect, from which mutations start.
const TEXTS: [(Format, &str); 14] = [
    (
        Format::Bif,
        "network \"n\" { property x; }\nvariable a { type discrete [ 2 ] { <5, \"x, y\" }; property p; }\nvariable b {\n  type discrete [ 2 ] { yes, no };\n}\n\
         probability ( a ) {\n  table 0.25, 7.5e-1; // c\n}\nprobability ( b | a ) {\n  (<5) 0.5, 0.5;\n  default 1.0, 0.0; /* d */\n}\n",
    ),
    (
        Format::Bif,
        "network \"dog\" {}\nvariable \"a b\" { type discrete[2] { \"t\" \"f\" }; }\nvariable c { type discrete[2] { t f }; }\n\
         probability ( \"a b\" c ) { table 0.6 0.05 0.4 0.95; }\nprobability ( c ) { table 0.15 0.85; }\n",
    ),
    (
        Format::Dot,
        "strict digraph \"g\" {\n  node [shape=box];\n  a:n -> {\"b c\" d} -> <e <i>f</i>> [weight=2];\n  subgraph s { edge [dir=none]; a -> g }\n  /* c */ x = \"y\" + \"z\";\n}\n",
    ),
    (Format::Dot, "graph { a -- b [dir=forward]; c;\n# d\n}"),
    (
        Format::Dot,
        "dag {\nbb=\"0,0,1,1\"\nX.1 [exposure,pos=\"-2,1\"]\nY [outcome]\nX.1 -> Y\nY <- Z\n}\n",
    ),
    (
        Format::Gml,
        "Creator \"x\"\ngraph [\n  directed 1\n  node [ id 0 label \"a &#233;\" ]\n  node [ id 1 label \"b\" ]\n  edge [ source 0 target 1 graphics [ arrow \"last\" ] ]\n]\n",
    ),
    (
        Format::GraphMl,
        "<?xml version=\"1.0\"?>\n<graphml><key id=\"d\" for=\"node\" attr.name=\"name\"/><graph edgedefault=\"directed\">\n\
         <node id=\"n0\"><data key=\"d\">a &amp; <![CDATA[b]]></data></node><node id=\"n1\"><data key=\"d\">c</data></node>\n\
         <edge source=\"n0\" target=\"n1\" directed=\"false\"/></graph></graphml>\n",
    ),
    (
        Format::Json,
        "{\"nodes\": [\"a\", \"b\\n\\u00e9\"],\n\"directed\": [[\"a\", \"b\\n\\u00e9\"]], \"undirected\": []}",
    ),
    (
        Format::Json,
        "{\"directed\": true, \"multigraph\": false, \"graph\": {}, \"nodes\": [{\"id\": 1}, {\"id\": \"b\"}], \"links\": [{\"source\": 1, \"target\": \"b\"}]}",
    ),
    (
        Format::Json,
        "{\"nodes\": [\"a\", \"b\"], \"arcs\": [[\"a\", \"b\"]], \"cpds\": {\"a\": {\"coefficients\": {\"(Intercept)\": [0.5]}, \"variance\": [4.0], \"parents\": []},\n\
         \"b\": {\"coefficients\": {\"(Intercept)\": [1.0], \"a\": [-2.0]}, \"variance\": [0.25], \"parents\": [\"a\"]}}}",
    ),
    (
        Format::EdgeList,
        "nodes: a, \"b c\"; d e\na -> \"b c\" # x\n\"b c\" -- d <-- e\n",
    ),
    (
        Format::EdgeList,
        "from,to\r\na,b\r\n\"c \"\"d\"\"\",b\r\ne f {}\r\n",
    ),
    (
        Format::EdgeList,
        "Graph Nodes:\nX1;X2;X3\n\nGraph Edges:\n1. X1 --> X2\n2. X2 --- X3\n\nGraph Attributes:\nBIC: 1\n",
    ),
    (Format::ModelString, "[a][b|a:c]\n[c]\n"),
];

/// Reads a text in every way there is.
fn read_all(text: &str, format: Format) {
    let _ = read_graph(text, format);
    let _ = read_dag(text, format);
    let _ = read_network(text, format);
}

/// The failure of a property: a text that should be read.
fn failed(error: &Error, text: &str) -> TestCaseError {
    TestCaseError::fail(format!("{error}\n{text}"))
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,3}",
        "[a-cA-C0-9_.,;:|\\[\\](){}<>\"'\\\\#/*&=+ \t\n-]{0,6}",
        "\\PC{0,5}",
        Just("node".to_owned()),
        Just("digraph".to_owned()),
        Just("property".to_owned()),
        Just("nodes:".to_owned()),
        Just("from".to_owned()),
        Just("\u{feff}".to_owned()),
        Just("a -> b".to_owned()),
        Just("//".to_owned()),
        Just("a\r\nb".to_owned()),
    ]
}

fn names(size: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Vec<String>> {
    prop::collection::hash_set(name(), size).prop_map(|names| names.into_iter().collect())
}

/// A graph of up to seven nodes; each pair has no edge, one of either direction, or an undirected one.
fn graph() -> impl Strategy<Value = Pdag> {
    names(0..8).prop_flat_map(|names| {
        let n_pairs = names.len() * names.len().saturating_sub(1) / 2;
        prop::collection::vec(0..4_u8, n_pairs).prop_map(move |kinds| {
            let mut pdag = Pdag::empty(Nodes::new(names.clone()).expect("distinct"));
            let pairs = (0..names.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
            for ((a, b), kind) in pairs.zip(kinds) {
                match kind {
                    1 => pdag.add_directed(a, b),
                    2 => pdag.add_directed(b, a),
                    3 => pdag.add_undirected(a, b),
                    _ => Ok(()),
                }
                .expect("a new edge");
            }
            pdag
        })
    })
}

/// Nodes and, for each, parents among those before it in a random order.
fn parents() -> impl Strategy<Value = (Vec<String>, Vec<Vec<usize>>)> {
    (names(1..6), any::<u64>(), any::<u32>()).prop_map(|(names, shuffle, edges)| {
        let mut order: Vec<usize> = (0..names.len()).collect();
        for place in (1..order.len()).rev() {
            order.swap(place, (shuffle >> (8 * place)) as usize % (place + 1));
        }
        let mut parents = vec![Vec::new(); names.len()];
        let mut edges = edges;
        for (place, &child) in order.iter().enumerate() {
            for &parent in &order[..place] {
                if edges & 1 == 1 {
                    parents[child].push(parent);
                }
                edges >>= 1;
            }
        }
        (names, parents)
    })
}

fn discrete_network() -> impl Strategy<Value = BayesianNetwork> {
    parents().prop_flat_map(|(nodes, parents)| {
        let states = prop::collection::vec(names(1..4), nodes.len());
        (states, any::<u64>()).prop_map(move |(states, seed)| {
            let mut state = seed;
            let cpts = parents.iter().enumerate().map(|(node, parents)| {
                let n_rows: usize = parents.iter().map(|&parent| states[parent].len()).product();
                let n_states = states[node].len();
                let mut probabilities = Vec::new();
                for _ in 0..n_rows {
                    let weights: Vec<f64> = (0..n_states)
                        .map(|_| {
                            state = state
                                .wrapping_mul(6_364_136_223_846_793_005)
                                .wrapping_add(1_442_695_040_888_963_407);
                            // Some of them tiny, so that exponents are written.
                            ((state >> 11) as f64).powi(if state.is_multiple_of(8) { -3 } else { 1 }) + 1e-300
                        })
                        .collect();
                    let sum: f64 = weights.iter().sum();
                    probabilities.extend(weights.iter().map(|weight| weight / sum));
                }
                Cpt::new(parents.clone(), probabilities)
            });
            let cpts = cpts.collect();
            let nodes = Nodes::new(nodes.clone()).expect("distinct");
            BayesianNetwork::new(nodes, states, cpts, Normalisation::Refuse).expect("a network")
        })
    })
}

fn gaussian_network() -> impl Strategy<Value = LinearGaussianNetwork> {
    let number = || prop_oneof![-1e3..1e3, Just(0.0), -1e-5..1e-5_f64, Just(1e300), Just(5e-324)];
    let deviation = prop_oneof![1e-3..1e3, Just(0.0), Just(1.0)];
    (
        parents(),
        prop::collection::vec(number(), 40),
        prop::collection::vec(deviation, 5),
    )
        .prop_map(|((names, parents), numbers, deviations)| {
            let mut numbers = numbers.into_iter().cycle();
            let mut next = |n: usize| numbers.by_ref().take(n).collect::<Vec<f64>>();
            let mechanisms = parents.into_iter().zip(deviations).map(|(parents, deviation)| {
                let coefficients = next(parents.len());
                LinearMechanism::new(parents, coefficients, next(1)[0], deviation)
            });
            let mechanisms = mechanisms.collect();
            LinearGaussianNetwork::new(Nodes::new(names).expect("distinct"), mechanisms).expect("a network")
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn graphs_are_what_was_written(graph in graph()) {
        for format in GRAPH_FORMATS {
            match write_graph(&graph, format) {
                Ok(text) => {
                    let read = read_graph(&text, format).map_err(|error| failed(&error, &text))?;
                    prop_assert_eq!(&read, &graph, "{:?}\n{}", format, text);
                    // A DAG, and nothing else, is read as one.
                    prop_assert_eq!(read_dag(&text, format).ok(), graph.to_dag().ok());
                }
                Err(Error::UnwritableName { .. }) => prop_assert_eq!(format, Format::GraphMl),
                Err(error) => prop_assert!(false, "{}", error),
            }
        }
    }

    #[test]
    fn model_strings_are_what_was_written((names, parents) in parents()) {
        let edges = parents.iter().enumerate().flat_map(|(child, parents)| parents.iter().map(move |&parent| (parent, child)));
        let dag = causal_graph::Dag::from_edges(Nodes::new(names).expect("distinct"), edges).expect("acyclic");
        if let Ok(text) = model_string::write(&dag) {
            let read = model_string::read(&text).expect("as written");
            let names = |dag: &causal_graph::Dag| {
                let name = |node| dag.nodes().name(node).to_owned();
                let mut edges: Vec<_> = dag.edges().map(|(from, to)| (name(from), name(to))).collect();
                edges.sort();
                edges
            };
            // The nodes come in topological order.
            prop_assert_eq!(names(&read), names(&dag));
            prop_assert_eq!(read.n_nodes(), dag.n_nodes());
            let again = model_string::write(&read).expect("the same names");
            prop_assert_eq!(model_string::read(&again).expect("as written"), read);
        }
    }

    #[test]
    fn discrete_networks_are_what_was_written(network in discrete_network()) {
        let text = bif::write(&network);
        let read = bif::read(&text).map_err(|error| failed(&error, &text))?;
        prop_assert_eq!(&read, &network, "{}", text);
        // The same with other line ends.
        let names = network.nodes().names().iter().chain((0..network.n_nodes()).flat_map(|node| network.states(node)));
        if names.clone().all(|name| !name.contains('\n')) {
            prop_assert_eq!(&bif::read(&text.replace('\n', "\r\n")).expect("other line ends"), &network);
        }
        prop_assert_eq!(&read_graph(&text, Format::Bif).expect("a network"), &Pdag::from(network.dag()));
        prop_assert_eq!(read_network(&text, Format::Bif).expect("a network"), Network::Discrete(network));
    }

    #[test]
    fn a_discrete_network_that_was_cut_is_an_error(network in discrete_network(), cut in any::<Index>()) {
        let text = bif::write(&network);
        let end = text.trim_end().len();
        let cut = (0..=cut.index(end)).rev().find(|&cut| text.is_char_boundary(cut)).expect("0 is one");
        prop_assert!(cut == end || bif::read(&text[..cut]).is_err());
    }

    #[test]
    fn gaussian_networks_are_what_was_written(network in gaussian_network()) {
        match linear_gaussian::write(&network) {
            Ok(text) => {
                prop_assert_eq!(&linear_gaussian::read(&text).expect("as written"), &network, "{}", text);
                prop_assert_eq!(&json::read(&text).expect("a graph"), &Pdag::from(network.dag()));
                prop_assert_eq!(read_network(&text, Format::Json).expect("a network"), Network::LinearGaussian(network));
            }
            Err(error) => {
                let is_name = matches!(error, Error::UnwritableName { .. });
                prop_assert!(is_name, "{}", error);
            }
        }
    }

    #[test]
    fn no_mutation_panics(
        text in prop::sample::select(TEXTS.to_vec()),
        changes in prop::collection::vec((any::<Index>(), 0..4_u8, any::<char>(), any::<Index>()), 1..4),
    ) {
        let (format, text) = text;
        let mut characters: Vec<char> = text.chars().collect();
        for (place, kind, new, other) in changes {
            if characters.is_empty() {
                break;
            }
            let place = place.index(characters.len());
            match kind {
                0 => characters[place] = new,
                1 => {
                    characters.remove(place);
                }
                2 => characters.insert(place, characters[other.index(characters.len())]),
                _ => characters.truncate(place),
            }
        }
        let text: String = characters.into_iter().collect();
        read_all(&text, format);
    }

    #[test]
    fn no_text_panics(text in "[a-c0-9.,;:|\\[\\](){}<>\"'\\\\#/*&=+ \t\n-]{0,40}|\\PC{0,30}") {
        for format in FORMATS {
            read_all(&text, format);
        }
    }
}

#[test]
fn the_texts_that_are_mutated_are_well_formed_and_no_prefix_panics() {
    for (format, text) in TEXTS {
        let graph = read_graph(text, format).expect(text);
        assert!(graph.n_edges() > 0);
        for (cut, _) in text.char_indices() {
            read_all(&text[..cut], format);
        }
    }
}

#[test]
fn formats_are_known_by_extension() {
    for (path, expected) in [
        ("a.BIF", Format::Bif),
        ("b/a.gv", Format::Dot),
        ("a.dot", Format::Dot),
        ("a.gml", Format::Gml),
        ("a.b.graphml", Format::GraphMl),
        ("a.json", Format::Json),
        ("a.csv", Format::EdgeList),
        ("a.txt", Format::EdgeList),
        ("a.model", Format::ModelString),
    ] {
        assert_eq!(Format::from_path(path.as_ref()).expect("known"), expected);
    }
    for path in ["a", ".bif", "a.zip", ""] {
        let error = Format::from_path(path.as_ref()).expect_err("unknown");
        assert!(matches!(error, Error::UnknownFormat { .. }));
    }
}

#[test]
fn what_a_format_does_not_hold_is_refused() {
    let graph = dot::read("graph { a -- b }").expect("well formed");
    assert!(matches!(
        write_graph(&graph, Format::Bif),
        Err(Error::OtherContents { .. })
    ));
    assert!(matches!(
        write_graph(&graph, Format::ModelString),
        Err(Error::Undirected { .. })
    ));
    for format in [
        Format::Dot,
        Format::Gml,
        Format::GraphMl,
        Format::EdgeList,
        Format::ModelString,
    ] {
        assert!(matches!(
            read_network("", format),
            Err(Error::OtherContents { .. })
        ));
    }
}

#[test]
fn all_formats_say_the_same_of_one_graph() {
    let expected =
        edge_list::read("nodes: smoke, lung, bronc, dysp\nsmoke -> lung\nsmoke -- bronc\nlung -> dysp\n")
            .expect("well formed");
    let dot = "digraph { smoke -> lung -> dysp; bronc; smoke -> bronc [dir=none] }";
    let found = dot::read(dot).expect("well formed");
    assert_eq!(found.nodes().names(), ["smoke", "lung", "dysp", "bronc"]);
    assert!(found.has_directed(1, 2) && found.has_undirected(0, 3));
    let gml = gml::read(&gml::write(&expected)).expect("well formed");
    let graphml = graphml::read(&graphml::write(&gml).expect("plain names")).expect("well formed");
    assert_eq!(json::read(&json::write(&graphml)).expect("well formed"), expected);
}
