use super::*;

fn message(text: &str) -> String {
    read(text).expect_err("an error").to_string()
}

#[test]
fn files_of_networkx_are_read() {
    let text = "graph [\n  directed 1\n  multigraph 1\n  node [\n    id 0\n    label \"a &#34;&#233;&#34;\"\n    pos [ x 1.5 deep [ y \"]\" ] ]\n  ]\n  \
                node [\n    id 1\n    label \"2\"\n  ]\n  edge [\n    source 1\n    target 0\n    key 0\n    weight -1e-5\n  ]\n]\n";
    let pdag = read(text).expect("well formed");
    assert_eq!(pdag.nodes().names(), ["a \"é\"", "2"]);
    assert!(pdag.has_directed(1, 0));
}

#[test]
fn files_of_igraph_are_read() {
    let text = "Creator \"igraph version 1.0.0 Tue Jan  6 00:00:00 2026\"\r\nVersion 1\r\ngraph\r\n[\r\n  directed 0\r\n  node\r\n  [\r\n    id 0\r\n    name \"a\"\r\n    \
                label \"same\"\r\n  ]\r\n  node\r\n  [\r\n    id 1\r\n    name \"b c\"\r\n    label \"same\"\r\n  ]\r\n  edge\r\n  [\r\n    source 0\r\n    target 1\r\n  ]\r\n]\r\n";
    let pdag = read(text).expect("well formed");
    assert_eq!(pdag.nodes().names(), ["a", "b c"]);
    assert!(pdag.has_undirected(0, 1));
}

#[test]
fn edges_can_differ_from_the_graph() {
    let nodes = ["0", "1", "2", "3", "4", "5"]
        .map(|id| format!("node [ id {id} ]"))
        .concat();
    let edges = "edge [ source 0 target 1 ] edge [ source 1 target 2 directed 0 ] # a comment
        edge [ source 2 target 3 graphics [ arrow \"none\" ] ] edge [ graphics [ arrow \"first\" ] source 3 target 4 ]
        edge [ source 4 target 5 graphics [ arrow \"last\" ] ]";
    let pdag = read(&format!("# first\ngraph [ {edges} {nodes} directed 1 ]")).expect("well formed");
    assert_eq!(pdag.nodes().name(5), "5");
    assert_eq!(
        pdag.directed_edges().collect::<Vec<_>>(),
        [(0, 1), (4, 3), (4, 5)]
    );
    assert_eq!(pdag.undirected_edges().collect::<Vec<_>>(), [(1, 2), (2, 3)]);
}

#[test]
fn what_is_no_graph_is_refused() {
    let nodes = "graph [ node [ id 0 ] node [ id 1 ]\n";
    for (text, expected) in [
        ("", "line 1: `graph` is missing"),
        ("Version 1\n", "line 2: `graph` is missing"),
        ("graph [", "line 1: the text ends: expected a key or `]`"),
        ("graph [ ]\ngraph [ ]", "line 2: `graph` is given twice"),
        ("graph [ ] ]", "line 1: unexpected `]`: expected a key"),
        (
            "graph [\nnode ]",
            "line 2: unexpected `]`: expected a value after the key",
        ),
        ("graph [ node [ label \"a ] ]", "line 1: the string has no end"),
        ("graph [ directed yes ]", "line 1: `yes` is not 0 or 1"),
        (
            "graph [ node [\nlabel \"a\" ] ]",
            "line 1: the `id` of the node is missing",
        ),
        (
            "graph [ node [ id 0 ]\nnode [ id 0 ] ]",
            "line 2: node `0` is given twice: expected distinct names",
        ),
        (
            "graph [ node [ id 0 label \"a\" ]\nnode [ id 1 label \"a\" ] ]",
            "line 2: node `a` is given twice: expected distinct names",
        ),
        (
            &format!("{nodes}edge [ source 0 ] ]"),
            "line 2: the `target` of the edge is missing",
        ),
        (
            &format!("{nodes}edge [ source 0 target 2 ] ]"),
            "line 2: there is no node `2`: expected one of `0`, `1`",
        ),
        (
            &format!("{nodes}edge [ source 1 target 1 ] ]"),
            "line 2: edge from `1` to itself: expected two different nodes",
        ),
        (
            &format!("{nodes}edge [ source 1 target 0 graphics [ arrow \"both\" ] ] ]"),
            "line 2: the edge `arrow \"both\"` is neither directed nor undirected: expected `a -> b` or `a -- b`",
        ),
    ] {
        assert_eq!(message(text), expected);
    }
    let error = read_dag(
        "graph [ directed 1 node [ id 0 ] node [ id 1 ] edge [ source 0 target 1 ]\nedge [ source 1 target 0 ] ]",
    );
    assert!(
        error
            .expect_err("a cycle")
            .to_string()
            .starts_with("line 2: the directed edges")
    );
}

#[test]
fn lists_can_be_as_deep_as_they_like() {
    let text = format!("graph [ {} {} ]", "a [ ".repeat(200_000), "]".repeat(200_000));
    assert_eq!(read(&text).expect("well formed").n_nodes(), 0);
}
