use super::*;

const TEXT: &str = r#"{"nodes": ["a", "b", "c"],
"arcs": [["a", "c"], ["b", "c"]],
"cpds": {
"a": {"coefficients": {"(Intercept)": [0.5]}, "variance": [4.0], "parents": []},
"b": {"coefficients": {"(Intercept)": 1e2}, "variance": 0},
"c": {"coefficients": {"a": [-2.0], "(Intercept)": [1.0], "b": [3]}, "variance": [0.1], "parents": ["b", "a"]}
}}"#;

#[test]
fn parents_come_in_their_own_order() {
    let network = read(TEXT).expect("well formed");
    let mechanism = network.mechanism(2);
    assert_eq!(
        (mechanism.parents.as_slice(), mechanism.coefficients.as_slice()),
        ([1, 0].as_slice(), [3.0, -2.0].as_slice())
    );
    assert_eq!(mechanism.standard_deviation, 0.1_f64.sqrt());
    assert_eq!(network.mechanism(1).intercept, 100.0);
    assert_eq!(network.mechanism(1).standard_deviation, 0.0);
    assert_eq!(
        read(&write(&network).expect("plain names")).expect("well formed"),
        network
    );
}

#[test]
fn what_does_not_agree_is_refused() {
    for (from, to, expected) in [
        (
            "\"nodes\"",
            "\"vertices\"",
            "line 1: unexpected `vertices`: expected `nodes`, `arcs` or `cpds`",
        ),
        (
            "[\"a\", \"b\", \"c\"]",
            "[\"a\", \"b\", \"b\"]",
            "line 1: node `b` is given twice",
        ),
        (
            "[\"b\", \"c\"]]",
            "[\"b\", \"d\"]]",
            "line 2: there is no node `d`",
        ),
        (
            "[\"b\", \"c\"]]",
            "[\"c\", \"b\"]]",
            "line 2: the parent, or the coefficient, of the arc is missing",
        ),
        (", [\"b\", \"c\"]]", "]", "line 6: the arc of a parent is missing"),
        ("\"b\": [3]", "\"d\": [3]", "line 6: there is no node `d`"),
        (
            ", \"b\": [3]",
            "",
            "line 6: a coefficient of a parent, or a parent, is missing",
        ),
        (
            "[\"b\", \"a\"]",
            "[\"a\"]",
            "line 6: a coefficient of a parent, or a parent, is missing",
        ),
        (
            "\"(Intercept)\": 1e2",
            "",
            "line 5: the coefficient `(Intercept)` is missing",
        ),
        (", \"variance\": 0}", "}", "line 5: `variance` is missing"),
        ("\"variance\": 0}", "\"variance\": -1}", "line 5: the "),
        ("[4.0]", "[1e999]", "line 4: the "),
        (
            "[4.0]",
            "[4.0, 1]",
            "line 4: unexpected `[`: expected a number, or a list of one",
        ),
        (
            "\"b\": {",
            "\"a\": {",
            "line 5: `a` has two probability tables: expected one",
        ),
        (
            "\"b\": {\"coefficients\": {\"(Intercept)\": 1e2}, \"variance\": 0},\n",
            "",
            "line 3: `b` has no probability table",
        ),
        ("1e2}", "1e2, \"c\": 1}", "line 6: the directed edges"),
    ] {
        let text = TEXT.replacen(from, to, 1);
        let text = if from == "1e2}" {
            text.replacen("[[\"a\"", "[[\"c\", \"b\"], [\"a\"", 1)
        } else {
            text
        };
        assert_ne!(text, TEXT, "{from}");
        let message = read(&text).expect_err(&text).to_string();
        assert!(message.starts_with(expected), "{from}: {message}");
    }
}

#[test]
fn the_key_of_the_intercept_is_no_parent() {
    let nodes = Nodes::new([INTERCEPT, "b"]).expect("distinct");
    let mechanisms = vec![
        LinearMechanism::new([], [], 0.0, 1.0),
        LinearMechanism::new([0], [1.0], 0.0, 1.0),
    ];
    let network = LinearGaussianNetwork::new(nodes, mechanisms).expect("a network");
    assert!(matches!(write(&network), Err(Error::UnwritableName { .. })));
}

#[test]
fn keys_that_come_twice_are_refused() {
    for (key, what) in [
        ("\"nodes\": [], ", "`nodes`"),
        ("\"arcs\": [], ", "`arcs`"),
        ("\"cpds\": {}, ", "`cpds`"),
    ] {
        let text = TEXT.replacen('{', &format!("{{{key}"), 1);
        let message = read(&text).expect_err(&text).to_string();
        assert!(message.ends_with(&format!("{what} is given twice")), "{message}");
    }
    for (from, what) in [
        ("\"(Intercept)\": 1e2", "the coefficient `(Intercept)`"),
        ("\"variance\": 0", "`variance`"),
        ("\"coefficients\": {\"(Intercept)\": 1e2}", "`coefficients`"),
    ] {
        let text = TEXT.replacen(from, &format!("{from}, {from}"), 1);
        assert_ne!(text, TEXT, "{from}");
        let message = read(&text).expect_err(&text).to_string();
        assert_eq!(message, format!("line 5: {what} is given twice"));
    }
}

#[test]
fn more_nodes_than_a_graph_has_are_refused() {
    let text = format!("{{\"cpds\": {{}}, \"nodes\": [0{}]}}", ",\n1".repeat(1 << 15));
    let message = read(&text).expect_err("too many").to_string();
    assert_eq!(
        message,
        "line 32769: the graph has 32769 nodes: expected at most 32768"
    );
}
