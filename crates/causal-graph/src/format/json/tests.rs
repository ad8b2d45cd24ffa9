use super::*;

fn message(text: &str) -> String {
    read(text).expect_err("an error").to_string()
}

#[test]
fn what_serde_writes_is_read() {
    let nodes = crate::Nodes::new(["a", "b \"\n", "é"]).expect("distinct");
    let pdag = Pdag::from_edges(nodes.clone(), [(0, 1)], [(1, 2)]).expect("no edge twice");
    assert_eq!(
        read(&serde_json::to_string(&pdag).expect("a graph")).expect("well formed"),
        pdag
    );
    assert_eq!(
        serde_json::from_str::<Pdag>(&write(&pdag)).expect("well formed"),
        pdag
    );
    let dag = Dag::from_edges(nodes, [(2, 0), (2, 1)]).expect("acyclic");
    assert_eq!(
        read_dag(&serde_json::to_string(&dag).expect("a graph")).expect("well formed"),
        dag
    );
}

#[test]
fn files_of_networkx_are_read() {
    let text = r#"{"directed": true, "multigraph": false, "graph": {"name": "x"},
        "nodes": [{"id": "a b", "name": null}, {"id": 1}, {"size": [1], "id": 2.5}],
        "links": [{"weight": 0.5, "source": "a b", "target": 1}, {"source": 1, "target": 2.5, "directed": false}]}"#;
    let pdag = read(text).expect("well formed");
    assert_eq!(pdag.nodes().names(), ["a b", "1", "2.5"]);
    assert!(pdag.has_directed(0, 1) && pdag.has_undirected(1, 2));
    let undirected = text
        .replace("\"directed\": true", "\"directed\": false")
        .replace("links", "edges");
    assert!(read(&undirected).expect("well formed").has_undirected(0, 1));
}

#[test]
fn names_are_taken_where_all_nodes_have_one() {
    let names = |text: &str| {
        let text = format!("{{\"nodes\": {text}, \"edges\": [[0, 1]]}}");
        read(&text).expect("well formed").nodes().names().to_vec()
    };
    assert_eq!(
        names(r#"[{"id": 0, "name": "a", "label": "x"}, {"id": 1, "name": "b"}]"#),
        ["a", "b"]
    );
    assert_eq!(
        names(r#"[{"id": 0, "label": "x"}, {"id": 1, "name": "b", "label": "y"}]"#),
        ["x", "y"]
    );
    assert_eq!(
        names(r#"[{"id": 0, "label": "x"}, {"id": 1, "label": "x"}]"#),
        ["0", "1"]
    );
}

#[test]
fn what_is_no_graph_is_refused() {
    for (text, expected) in [
        (
            "[]",
            "line 1: unexpected `[`: expected an object with `nodes` and edges",
        ),
        ("{\"edges\": []}", "line 1: `nodes` is missing"),
        ("{\"nodes\": []}", "line 1: the list of edges is missing"),
        (
            "{\"nodes\": [],\n\"edges\": [],\n\"links\": []}",
            "line 3: a list of nodes or edges is given twice",
        ),
        (
            "{\"nodes\": [],\n\"edge\": []}",
            "line 2: unexpected `edge`: expected `nodes`, `edges`, `directed`, `undirected` or `links`",
        ),
        (
            "{\"nodes\": [\"a\",\n\"a\"], \"edges\": []}",
            "line 2: node `a` is given twice: expected distinct names",
        ),
        (
            "{\"nodes\": [[]], \"edges\": []}",
            "line 1: unexpected `[`: expected a node: a string, a number or an object with `id`",
        ),
        (
            "{\"nodes\": [{}], \"edges\": []}",
            "line 1: the `id` of the node is missing",
        ),
        (
            "{\"nodes\": [\"a\"],\n\"edges\": [[\"a\"]]}",
            "line 2: unexpected `[`: expected an edge: two nodes",
        ),
        (
            "{\"nodes\": [\"a\"],\n\"edges\": [{\"source\": \"a\"}]}",
            "line 2: the `target` of the edge is missing",
        ),
        (
            "{\"nodes\": [\"a\"],\n\"edges\": [[\"a\", \"a\"]]}",
            "line 2: edge from `a` to itself: expected two different nodes",
        ),
        (
            "{\"nodes\": [\"a\"],\n\"edges\": [[\"a\",",
            "line 2: the text ends: expected a value",
        ),
    ] {
        assert_eq!(message(text), expected);
    }
    let cycle = read_dag("{\"nodes\": [\"a\", \"b\"], \"edges\": [[\"a\", \"b\"],\n[\"b\", \"a\"]]}")
        .expect_err("a cycle");
    assert!(cycle.to_string().starts_with("line 2: the directed edges"));
}
