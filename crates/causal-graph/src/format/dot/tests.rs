use super::*;

type Edges = Vec<(usize, usize)>;

fn parts(text: &str) -> (Vec<String>, Edges, Edges) {
    let pdag = read(text).expect(text);
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
fn statements_of_all_kinds() {
    let text = "/* a\ngraph */ strict digraph \"name\" {\n# a line\nrankdir=LR; node [shape=box, label=\"x\"]\n\
                a:n -> \"b c\" -> <d <b>e</b>>:p:sw [weight=2][color=red];; 1.5 -> -.5\n\
                edge [dir=none] a -> 1.5 // undirected\n a -> \"b c\" [dir=forward]; \"x\" + \"y\" }";
    let (names, directed, undirected) = parts(text);
    assert_eq!(names, ["a", "b c", "d <b>e</b>", "1.5", "-.5", "xy"]);
    assert_eq!(directed, [(0, 1), (1, 2), (3, 4)]);
    assert_eq!(undirected, [(0, 3)]);
}

#[test]
fn subgraphs_are_flattened() {
    let text = "digraph{ a -> subgraph s { edge [dir=back]; b; subgraph { c -> d } } -> {e; f} ; g -> a }";
    let (names, directed, _) = parts(text);
    assert_eq!(names, ["a", "b", "c", "d", "e", "f", "g"]);
    let expected = [
        (0, 1),
        (0, 2),
        (0, 3),
        (1, 4),
        (1, 5),
        (2, 4),
        (2, 5),
        (3, 2),
        (3, 4),
        (3, 5),
        (6, 0),
    ];
    assert_eq!(directed, expected);
    assert_eq!(parts("graph { {a b} -- {c} }").2, [(0, 2), (1, 2)]);
}

#[test]
fn the_ends_of_an_edge() {
    for (edge, expected) in [
        ("a -> b", "->"),
        ("a -> b [dir=back]", "<-"),
        ("a <- b", "<-"),
        ("a -> b [dir=none]", "--"),
        ("a -> b [dir=both]", "--"),
        ("a -> b [arrowhead=none]", "--"),
        ("a -> b [arrowhead=\"none\", dir=both]", "<-"),
        ("a -> b [arrowtail=none; dir=both; arrowhead=normal]", "->"),
        ("a -> b [dir=both, arrowhead=none, arrowtail=none]", "--"),
        ("a -- b", "--"),
        ("a -- b [dir=forward]", "->"),
    ] {
        let pdag = read(&format!("digraph {{ {edge} }}")).expect("well formed");
        let found = match (pdag.has_directed(0, 1), pdag.has_directed(1, 0)) {
            (true, _) => "->",
            (_, true) if edge.contains("<-") => {
                assert_eq!(pdag.nodes().names(), ["a", "b"]);
                "<-"
            }
            (_, true) => "<-",
            _ => "--",
        };
        assert_eq!(found, expected, "{edge}");
    }
    for edge in [
        "a <-> b",
        "a -> b [dir=both, arrowtail=normal]",
        "a @-> b",
        "a @-@ b",
        "a -> b [arrowhead=odot]",
        "a->b[dir=up]",
    ] {
        assert!(
            message(&format!("digraph {{\n{edge} }}")).starts_with("line 2: the edge `"),
            "{edge}"
        );
    }
}

#[test]
fn the_form_of_dagitty_is_read() {
    let text = "dag {\nbb=\"-3,-0.5,2,1.2\"\nD.1 [outcome,pos=\"1.000,1.000\"]\nE [exposure,pos=\"-2,1\"]\nE -> D.1\nD.1 <- Z\n}\n";
    let (names, directed, _) = parts(text);
    assert_eq!(names, ["D.1", "E", "Z"]);
    assert_eq!(directed, [(1, 0), (2, 0)]);
    assert_eq!(parts("pdag { a -- b }").2, [(0, 1)]);
}

#[test]
fn numbered_nodes_have_their_labels_for_names() {
    let text = "digraph { 0 [label=smoke]; 1 [label=\"lung\"]; 0 -> 1 [label=\"2\"] }";
    assert_eq!(parts(text).0, ["smoke", "lung"]);
    assert_eq!(
        parts("digraph { 0 [label=x]; 1 [label=x]; 0 -> 1 }").0,
        ["0", "1"]
    );
    assert_eq!(parts("digraph { 0 [label=x]; 0 -> 1 }").0, ["0", "1"]);
    assert_eq!(parts("digraph { a [label=x]; }").0, ["a"]);
}

#[test]
fn what_is_no_graph_is_refused() {
    for (text, expected) in [
        ("", "line 1: the text ends: expected `digraph` or `graph`"),
        (
            "tree {}",
            "line 1: unexpected `tree`: expected `digraph` or `graph`",
        ),
        (
            "digraph {\n a -> b",
            "line 2: the text ends: expected a node, a subgraph or `}`",
        ),
        (
            "digraph {\n a -> }",
            "line 2: unexpected `}`: expected a node, a subgraph or `}`",
        ),
        (
            "digraph { a-b }",
            "line 1: unexpected `-b`: expected a node, a subgraph or `}`",
        ),
        (
            "digraph { edge -> b }",
            "line 1: unexpected `edge`: expected a list of attributes after `graph`, `node` or `edge`",
        ),
        (
            "digraph {}\n{}",
            "line 2: unexpected `{`: expected the end of the text after the graph",
        ),
        ("digraph { \"a }", "line 1: the string has no end"),
        ("digraph { <a<b> }", "line 1: the HTML has no end"),
        ("digraph { /* }", "line 1: the comment has no end"),
        (
            "digraph {\na -> a }",
            "line 2: edge from `a` to itself: expected two different nodes",
        ),
        (
            "digraph { a -> b\nb -> a }",
            "line 2: `b` and `a` are joined already: expected at most one edge between two nodes",
        ),
    ] {
        assert_eq!(message(text), expected);
    }
    let error = read_dag("digraph { a -> b\nb -> c;\nc -> a }").expect_err("a cycle");
    assert!(error.to_string().starts_with("line 3: the directed edges"));
}

#[test]
fn neither_depth_nor_products_run_away() {
    let deep = format!("digraph {}", "{".repeat(100_000));
    assert!(message(&deep).ends_with("lists are nested deeper than 200"));
    let names: Vec<String> = (0..10_000).map(|name| format!("n{name}")).collect();
    let all = names.join(" ");
    assert!(message(&format!("digraph {{ {{{all}}} -> {{{all}}} }}")).contains("more than"));
    let names: Vec<String> = (0..40_000).map(|name| format!("n{name}")).collect();
    let text = format!("digraph {{ {} }}", names.join(" "));
    assert!(message(&text).contains("40000 nodes"));
}

#[test]
fn long_attributes_are_not_copied_for_every_node() {
    // Copies would be terabytes.
    let long = "x".repeat(1_000_000);
    let nodes: Vec<String> = (0..5000).map(|node| node.to_string()).collect();
    let inner = nodes.join(" ");
    let text = format!(
        "digraph {{ edge [dir=\"{long}\"] {{ {inner} }} [label=\"{long}\"] {} }}",
        ";a".repeat(500_000)
    );
    assert_eq!(read(&text).expect("well formed").n_nodes(), 5001);
}
