use super::*;

fn message(text: &str) -> String {
    read(text).expect_err("an error").to_string()
}

#[test]
fn files_of_networkx_are_read() {
    let text = "\u{feff}<?xml version='1.0' encoding='utf-8'?>\n<!DOCTYPE graphml>\n\
        <graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n\
        <key id=\"d1\" for=\"edge\" attr.name=\"weight\" attr.type=\"double\" />\n\
        <key id=\"d0\" for=\"node\" attr.name=\"label\" attr.type=\"string\" />\n\
        <graph edgedefault=\"directed\"><!-- nodes -->\n<node id=\"a b\" />\n<node id=\"&#233;&quot;&amp;&lt;&gt;\" />\n\
        <node id=\"x\">\n<data key=\"d0\">foo</data>\n</node>\n<edge source=\"a b\" target=\"&#233;&quot;&amp;&lt;&gt;\">\n\
        <data key=\"d1\">0.5</data>\n</edge>\n<edge source='x' target=\"a b\" directed='false'/></graph>\n</graphml>";
    let pdag = read(text).expect("well formed");
    assert_eq!(pdag.nodes().names(), ["a b", "é\"&<>", "x"]);
    assert!(pdag.has_directed(0, 1) && pdag.has_undirected(0, 2));
}

#[test]
fn files_of_igraph_have_names_as_data() {
    let text = "<graphml>\n<key id=\"v_name\" for=\"node\" attr.name=\"name\" attr.type=\"string\"/>\n\
        <key id=\"v_label\" for=\"node\" attr.name=\"label\" attr.type=\"string\"/>\n\
        <graph id=\"G\" edgedefault=\"undirected\"><node id=\"n0\"><data key=\"v_name\">a &lt; &#x26;<![CDATA[&b]]></data>\
        <data key=\"v_label\">l0</data></node>\n\
        <node id=\"n1\"><data key=\"v_name\">b</data><graph edgedefault=\"directed\"><node id=\"n2\"><data key=\"v_name\">c</data></node>\n\
        <edge source=\"n2\" target=\"n0\"/></graph></node>\n<edge source=\"n0\" target=\"n1\">\n</edge></graph></graphml>";
    let pdag = read(text).expect("well formed");
    assert_eq!(pdag.nodes().names(), ["a < &&b", "b", "c"]);
    assert!(pdag.has_undirected(0, 1) && pdag.has_directed(2, 0));
    // Without a name for each it is the identifiers, as labels are not for all either.
    let partly = text.replacen("<data key=\"v_name\">b</data>", "", 1);
    assert_eq!(
        read(&partly).expect("well formed").nodes().names(),
        ["n0", "n1", "n2"]
    );
}

#[test]
fn what_is_no_graph_is_refused() {
    let graph = |inner: &str| {
        format!(
            "<graphml>\n<graph edgedefault=\"directed\"><node id=\"a\"/><node id=\"b\"/>\n{inner}</graph></graphml>"
        )
    };
    for (text, expected) in [
        (String::new(), "line 1: `graph` is missing"),
        (
            "<svg/>".to_owned(),
            "line 1: unexpected `svg`: expected `graphml`",
        ),
        ("<graphml>\n</graphml>".to_owned(), "line 1: `graph` is missing"),
        (
            "<graphml>\n<graph/></graphml>".to_owned(),
            "line 2: `edgedefault`, directed or undirected, is missing",
        ),
        (
            graph("</graph>\n<graph edgedefault=\"directed\">"),
            "line 4: `graph` is given twice",
        ),
        (graph("<node/>"), "line 3: the `id` of the node is missing"),
        (
            graph("<node id=\"a\"/>"),
            "line 3: node `a` is given twice: expected distinct names",
        ),
        (
            graph("<edge source=\"a\"/>"),
            "line 3: the `target` of the edge is missing",
        ),
        (
            graph("<edge source=\"a\" target=\"c\"/>"),
            "line 3: there is no node `c`: expected one of `a`, `b`",
        ),
        (
            graph("<edge source=\"a\" target=\"b\" directed=\"yes\"/>"),
            "line 3: unexpected `yes`: expected true or false",
        ),
        (
            graph("<hyperedge/>"),
            "line 3: unexpected `hyperedge`: expected edges between two nodes",
        ),
        (graph("<node id=\"&nosuch;\"/>"), "line 3: "),
        (graph("<node id=\"c\">\n</edge>"), "line 4: "),
        (
            graph("<edge source=\"a\" target=\"b\" source=\"a\"/>"),
            "line 3: ",
        ),
        (graph("\n<node id=\"c\""), "line 4: "),
        (
            "<graphml>\n<graph edgedefault=\"directed\">\n".to_owned(),
            "line 3: the text ends: expected the end of an element",
        ),
    ] {
        assert!(message(&text).starts_with(expected), "{text}: {}", message(&text));
    }
    let cycle = read_dag(&graph(
        "<edge source=\"a\" target=\"b\"/>\n<edge source=\"b\" target=\"a\"/>",
    ));
    assert!(
        cycle
            .expect_err("a cycle")
            .to_string()
            .starts_with("line 4: the directed edges")
    );
}

#[test]
fn control_characters_cannot_be_written() {
    let pdag = Pdag::empty(crate::Nodes::new(["a\tb\r\n", "\u{1}"]).expect("distinct"));
    assert!(matches!(write(&pdag), Err(Error::UnwritableName { .. })));
    let pdag = Pdag::empty(crate::Nodes::new(["a\tb\r\n"]).expect("one name"));
    assert_eq!(
        read(&write(&pdag).expect("no control character")).expect("well formed"),
        pdag
    );
}

#[test]
fn elements_can_be_as_deep_as_they_like() {
    let inner = format!("{}{}", "<x>".repeat(100_000), "</x>".repeat(100_000));
    let text = format!("<graphml>{inner}<graph edgedefault=\"directed\"/></graphml>");
    assert_eq!(read(&text).expect("well formed").n_nodes(), 0);
}

#[test]
fn attributes_are_found_by_their_whole_names_and_once() {
    let text = "<graphml><graph edgedefault=\"directed\">\n<node x:id=\"b\" id=\"a\"/></graph></graphml>";
    assert_eq!(read(text).expect("well formed").nodes().names(), ["a"]);
    let twice = text.replace("x:id", "id");
    assert_eq!(
        message(&twice),
        "line 2: an attribute of the element is given twice"
    );
    // Comparing each with each would be 10^11 comparisons.
    let many: Vec<String> = (0..500_000).map(|place| format!("a{place}=\"\"")).collect();
    let many = format!(" {}", many.join(" "));
    let text = text.replace(" x:id=\"b\"", &many);
    assert_eq!(read(&text).expect("well formed").n_nodes(), 1);
}
