use super::*;

type Edges = Vec<(usize, usize)>;

fn edges(text: &str) -> (Vec<String>, Edges, Edges) {
    let pdag = read(text).expect("well formed");
    (
        pdag.nodes().names().to_vec(),
        pdag.directed_edges().collect(),
        pdag.undirected_edges().collect(),
    )
}

fn message(text: &str) -> String {
    read(text).expect_err("an error").to_string()
}

#[test]
fn every_way_to_write_an_edge() {
    let (names, directed, undirected) = edges(
        "\u{feff}# comment\r\na->b\r\n c <-- d # comment\n\"e f\"--a\ng-h\ti\nb -> x -- y\n// end\nj k {'weight': 1}\n",
    );
    assert_eq!(names, ["a", "b", "c", "d", "e f", "g-h", "i", "x", "y", "j", "k"]);
    assert_eq!(directed, [(0, 1), (1, 7), (3, 2), (5, 6), (9, 10)]);
    assert_eq!(undirected, [(0, 4), (7, 8)]);
}

#[test]
fn a_name_may_start_with_the_letter_of_a_circle() {
    let (names, directed, undirected) = edges("smoke->other\na--o\no ->oil\noo<-o1\nx-> o");
    assert_eq!(names, ["smoke", "other", "a", "o", "oil", "oo", "o1", "x"]);
    assert_eq!(directed, [(0, 1), (3, 4), (6, 5), (7, 3)]);
    assert_eq!(undirected, [(2, 3)]);
    for edge in ["a --o b", "a o-> b", "a o-o b", "a -->o b"] {
        assert!(
            message(edge).contains("is neither directed nor undirected"),
            "{edge}"
        );
    }
}

#[test]
fn doubled_quotes_take_linear_time() {
    let name = "\"".repeat(500_000);
    let text = format!("\"{}\",b", "\"\"".repeat(500_000));
    assert_eq!(edges(&text).0, [name.as_str(), "b"]);
}

#[test]
fn a_csv_of_two_columns_is_an_edge_list() {
    let (names, directed, _) = edges("\"from\",\"to\"\n\"a \"\"x\"\"\",b\nb , c\n");
    assert_eq!(names, ["a \"x\"", "b", "c"]);
    assert_eq!(directed, [(0, 1), (1, 2)]);
    assert_eq!(edges("nodes: from, to\nfrom,to").1, [(0, 1)]);
}

#[test]
fn graphs_of_tetrad_are_read() {
    let text = "Graph Nodes:\nX1;X2;X3;X4\n\nGraph Edges:\n1. X1 --> X2\n2. X2 --- X3\n\nGraph Attributes:\nBIC: -1.5\n";
    let (names, directed, undirected) = edges(text);
    assert_eq!(names, ["X1", "X2", "X3", "X4"]);
    assert_eq!((directed, undirected), (vec![(0, 1)], vec![(1, 2)]));
    assert_eq!(
        message("Graph Edges:\n1. X1 o-> X2"),
        "line 2: the edge `o->` is neither directed nor undirected: expected `a -> b` or `a -- b`"
    );
}

#[test]
fn nodes_that_are_listed_are_all_there_are() {
    assert_eq!(edges("nodes: a, b\nNodes: c d\n").0, ["a", "b", "c", "d"]);
    assert_eq!(
        message("nodes: a, b\na -> b\nb -> c\n"),
        "line 3: there is no node `c`: expected one of `a`, `b`"
    );
    assert!(message("nodes: a, a\n").starts_with("line 1: node `a` is given twice"));
    assert!(message("a -> b\nnodes: c\n").starts_with("line 2: "));
}

#[test]
fn what_is_no_edge_is_refused() {
    for (text, start) in [
        ("a\n", "line 1: the second node of the edge is missing"),
        ("a,b\nc,\n", "line 2: the name of a node is missing"),
        ("a ->", "line 1: the text ends: expected the name of a node"),
        ("a,b,c\n", "line 1: unexpected `,`: expected the end of the line"),
        (
            "a b 0.5\n",
            "line 1: unexpected `0.5`: expected the end of the line",
        ),
        ("a <-> b\n", "line 1: the edge `<->` is neither"),
        ("a o-o b\n", "line 1: the edge `o-o` is neither"),
        ("a -> a\n", "line 1: edge from `a` to itself"),
        ("a -> b\n\nb -- a\n", "line 3: `b` and `a` are joined already"),
        ("a -> \"b\n", "line 1: the string has no end"),
    ] {
        assert!(message(text).starts_with(start), "{text:?}: {}", message(text));
    }
}
