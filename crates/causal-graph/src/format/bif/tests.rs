use std::fmt::Write as _;

use super::*;
use crate::Error;
use crate::format::{FormatError, Problem};

const RAIN: &str =
    "variable rain { type discrete [ 2 ] { yes, no }; }\nvariable wet { type discrete [ 2 ] { yes, no }; }\n";

fn message(text: &str) -> String {
    read(text).expect_err(text).to_string()
}

/// A network of `rain` and `wet` with this table of `wet`, which stands on line 4.
fn wet(table: &str) -> String {
    format!("{RAIN}probability ( rain ) {{ table 0.25, 0.75; }}\nprobability ( wet | rain ) {{ {table} }}\n")
}

#[test]
fn awkward_files_are_read() {
    let text = "\u{feff}// made by hand\r\nnetwork \"the {net}\" { property author \"A; B }\"; property x = 5\" disk; }\r\n\
        probability(\"c d\"|\"a\",b){ // before its variables\r\n property \"}\";\r\n\
        (<5, \"x, y\") .5 5e-1 0.0;\r\n default 1e0,0,0;(>=3 , 5-12)0,\t1.,0; }\r\n\
        variable\"c d\"{property p http://x.y/z;type discrete[3]{\"{1}\" \"2\", é 3};}\r\n\
        variable a { type discrete [ 2 ] { <5, >=3 }; property q; }\r\n property free;\r\n\
        variable b { type /* [9] */ discrete [2] { 5-12\r\n, \"x, y\" } }\r\n\
        probability ( a ) { default 0.5 0.5; } probability ( b ) { table 1 0; }";
    let network = read(text).expect("well formed");
    assert_eq!(network.nodes().names(), ["c d", "a", "b"]);
    assert_eq!(network.states(0), ["{1}", "2", "é 3"]);
    assert_eq!(network.states(2), ["5-12", "x, y"]);
    assert_eq!(network.cpt(0).parents, [1, 2]);
    assert_eq!(
        network.cpt(0).probabilities,
        [1.0, 0.0, 0.0, 0.5, 0.5, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0]
    );
    assert_eq!(network.cpt(1).probabilities, [0.5, 0.5]);
    assert_eq!(read(&write(&network)).expect("well formed"), network);
}

#[test]
fn the_older_form_is_read() {
    let text = "network \"dog\" {}\nvariable \"light-on\" { //2 values\n type discrete[2] { \"true\" \"false\" };\n}\n\
        variable family-out { type discrete[2] { true false }; }\n\
        probability ( \"light-on\" \"family-out\" ) { table 0.6 0.05 0.4 0.95; }\n\
        probability ( family-out ) { table 0.15 0.85; }\n";
    let network = read(text).expect("well formed");
    assert_eq!(network.cpt(0).parents, [1]);
    // The child is the slowest in a table, and the fastest in a row.
    assert_eq!(network.cpt(0).probabilities, [0.6, 0.4, 0.05, 0.95]);
    let rows = text
        .replace("\"light-on\" \"family-out\"", "light-on family-out")
        .replace("table 0.6 0.05 0.4 0.95", "(false) 0.05 0.95; (true) 0.6 0.4");
    assert_eq!(read(&rows).expect("well formed"), network);
}

#[test]
fn a_table_of_two_parents_has_the_last_fastest() {
    let mut text = String::new();
    for (name, n_states) in [("a", 2), ("b", 3), ("c", 2)] {
        let states: Vec<_> = (0..n_states).map(|state| format!("s{state}")).collect();
        writeln!(
            text,
            "variable {name} {{ type discrete [{n_states}] {{ {} }}; }}",
            states.join(", ")
        )
        .expect("text");
    }
    text.push_str("probability ( a ) { table .5, .5; } probability ( b ) { table .2, .3, .5; }\n");
    text.push_str("probability ( c | a, b ) { table .1, .2, .3, .4, .5, .6, .9, .8, .7, .6, .5, .4; }");
    let network = read(&text).expect("well formed");
    let expected = [0.1, 0.9, 0.2, 0.8, 0.3, 0.7, 0.4, 0.6, 0.5, 0.5, 0.6, 0.4];
    assert_eq!(network.cpt(2).probabilities, expected);
}

#[test]
fn errors_in_a_table_have_their_line() {
    for (table, expected) in [
        (
            "(yes) 1, 0;",
            "line 4: the table of `wet` has no row for `no` and no default",
        ),
        (
            "(yes) 1, 0; (no) 1, 0;\n(yes) 0, 1;",
            "line 5: the table of `wet` has two rows for `yes`",
        ),
        (
            "(yes) 1, 0;\n(maybe) 1, 0;",
            "line 5: `rain` has no state `maybe`: expected one of `yes`, `no`",
        ),
        (
            "(yes) 1, 0;\n(no, no) 1, 0;",
            "line 5: the row of `wet` names 2 states: expected 1, one for each parent",
        ),
        (
            "(yes) 1, 0;\n(no) 1;",
            "line 5: 1 probabilities of `wet`: expected 2",
        ),
        ("table 1, 0, 1;", "line 4: 3 probabilities of `wet`: expected 4"),
        ("default 1;", "line 4: 1 probabilities of `wet`: expected 2"),
        ("", "line 4: `wet` has no probability table"),
        (
            "table 1, 1, 0, 0;\n(yes) 1, 0;",
            "line 5: `wet` has two probability tables: expected one",
        ),
        (
            "(yes) 1, 0;\ntable 1, 1, 0, 0;",
            "line 5: `wet` has two probability tables: expected one",
        ),
        (
            "default 1, 0;\n default 1, 0;",
            "line 5: `default` is given twice",
        ),
        ("(yes) 1, 0;\n(no) nan, 0;", "line 5: `nan` is not a probability"),
        (
            "(yes) 1, 0;\n(no) 0.5.1, 0;",
            "line 5: `0.5.1` is not a probability",
        ),
        (
            "(yes) 1, 0;\n(no) 1, 0 }",
            "line 5: unexpected `}`: expected a probability or `;`",
        ),
        (
            "(yes) 1, 0;\n(no 1, 0;",
            "line 5: unexpected `;`: expected a comma or the end of the list",
        ),
        (
            "(yes) 1, 0;\nrow 1, 0;",
            "line 5: unexpected `row`: expected `table`, `default`, a row or `}`",
        ),
        (
            "(yes) 1, 0;\n(no) 2, -1;",
            "line 5: the table of `wet`, row 1: 2 is not a probability, expected 0 to 1",
        ),
        (
            "(yes) 1, 0;\n(no) 0.5, 0.6;",
            "line 5: the table of `wet`, row 1: the probabilities sum to 1.1, expected 1 to within 1e-6",
        ),
    ] {
        assert_eq!(message(&wet(table)), expected);
    }
}

#[test]
fn errors_around_tables_have_their_line() {
    let good = wet("default 1, 0;");
    read(&good).expect("well formed");
    for (from, to, expected) in [
        (
            "wet | rain",
            "wet | snow",
            "line 4: there is no node `snow`: expected one of `rain`, `wet`",
        ),
        (
            "probability ( rain )",
            "probability ( wet )",
            "line 4: `wet` has two probability tables: expected one",
        ),
        (
            "wet | rain",
            "wet | wet",
            "line 4: edge from `wet` to itself: expected two different nodes",
        ),
        (
            "wet | rain",
            "wet | rain, rain",
            "line 4: `rain` and `wet` are joined already: expected at most one edge between two nodes",
        ),
        (
            "variable wet",
            "variable rain",
            "line 2: node `rain` is given twice: expected distinct names",
        ),
        (
            "( rain ) { table 0.25, 0.75;",
            "(\nrain | wet ) { default 1, 0;",
            "line 5: the directed edges",
        ),
        (
            "{ yes, no }; }\nv",
            "{ yes, yes }; }\nv",
            "line 1: state `yes` of `rain` is given twice",
        ),
        (
            "[ 2 ]",
            "[ 3 ]",
            "line 1: `rain` has 2 states: expected 3, as in the brackets",
        ),
        (
            "[ 2 ]",
            "[ 99999999999999999999 ]",
            "line 1: `99999999999999999999` is not a number of states",
        ),
        (
            "type discrete [ 2 ] { yes, no };",
            "",
            "line 1: the type of the variable is missing",
        ),
        (
            "type discrete",
            "type continuous",
            "line 1: unexpected `continuous`: expected `discrete`",
        ),
        (
            "probability ( rain )",
            "probabilty ( rain )",
            "line 3: unexpected `probabilty`: expected `network`, `variable` or `probability`",
        ),
        (
            "probability ( rain ) { table 0.25, 0.75; }",
            "",
            "line 1: `rain` has no probability table",
        ),
    ] {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good, "{from}");
        assert!(message(&text).starts_with(expected), "{}", message(&text));
    }
    assert_eq!(message("network x {\n}\n"), "line 3: a variable is missing");
    assert_eq!(
        message("variable a { type discrete [ 0 ] { }; } probability ( a ) { table ; }"),
        "line 1: `a` has no states: expected one at least"
    );
}

#[test]
fn rows_are_rescaled_where_that_is_asked_for() {
    let text = wet("(yes) 0.6666667, 0.3333334; (no) 1, 0;");
    let network = read(&text).expect("off by printing");
    let sum: f64 = network.cpt(1).row(0, 2).iter().sum();
    assert!((sum - 1.0).abs() <= f64::EPSILON);
    let refused = read_with(&text, Normalisation::Refuse).expect_err("a sum above 1");
    assert!(
        refused
            .to_string()
            .starts_with("line 4: the table of `wet`, row 0")
    );
    let text = wet("(yes) 0.375, 0.375; (no) 1, 0;");
    let network = read_with(&text, Normalisation::Rescale { tolerance: 0.25 }).expect("within the tolerance");
    assert_eq!(network.cpt(1).row(0, 2), [0.5, 0.5]);
    let tolerance = read_with(&text, Normalisation::Rescale { tolerance: f64::NAN });
    assert!(matches!(tolerance, Err(Error::Parameter { .. })));
}

#[test]
fn a_default_cannot_fill_memory() {
    let mut text = String::new();
    for variable in 0..64 {
        let states: Vec<_> = (0..16).map(|state| state.to_string()).collect();
        let states = states.join(", ");
        writeln!(
            text,
            "variable v{variable} {{ type discrete [ 16 ] {{ {states} }}; }}"
        )
        .expect("text");
        let parents: Vec<_> = (0..variable).map(|parent| format!("v{parent}")).collect();
        let bar = if variable == 0 { "" } else { "|" };
        let row = ["0.0625"; 16].join(" ");
        let parents = parents.join(", ");
        writeln!(
            text,
            "probability ( v{variable} {bar} {parents} ) {{ default {row}; }}"
        )
        .expect("text");
    }
    let error = read(&text).expect_err("16^6 entries, and those before");
    assert!(matches!(
        error,
        Error::Format(FormatError {
            line: 12,
            problem: Problem::TableLimit { .. },
            ..
        })
    ));
}

#[test]
fn defaults_fill_memory_together_no_more_than_one_alone() {
    let mut text = "variable a { type discrete [ 2 ] { 0, 1 }; }\n".to_owned();
    let mut tables = "probability ( a ) { default 0.5 0.5; }\n".to_owned();
    // A parent that is given more than once is found at the end.
    let parents = ["a"; 22].join(", ");
    for child in 0..4 {
        writeln!(text, "variable c{child} {{ type discrete [ 2 ] {{ 0, 1 }}; }}").expect("text");
        writeln!(
            tables,
            "probability ( c{child} | {parents} ) {{ default 0.5 0.5; }}"
        )
        .expect("text");
    }
    let error = read(&(text + &tables)).expect_err("more than 2^24 entries");
    assert!(
        error
            .to_string()
            .starts_with("line 8: the table of `c1` has a default"),
        "{error}"
    );
}

#[test]
fn the_number_of_a_row_that_cannot_be_does_not_overflow() {
    let parents = ["a"; 70].join(", ");
    let row = ["1"; 70].join(", ");
    let text = format!(
        "variable a {{ type discrete [ 2 ] {{ 0, 1 }}; }}\nvariable z {{ type discrete [ 0 ] {{ }}; }}\n\
         probability ( a | {parents}, z ) {{\n({row}, 1) 0.5, 0.5; }}"
    );
    assert!(
        message(&text).starts_with("line 4: `z` has no state `1`"),
        "{}",
        message(&text)
    );
}

#[test]
fn more_variables_than_a_graph_has_nodes_are_refused() {
    let mut text = String::new();
    for variable in 0..=1 << 15 {
        writeln!(text, "variable {variable} {{ type discrete [1] {{ x }}; }}").expect("text");
    }
    assert!(message(&text).starts_with("line 32769: the graph has 32769 nodes"));
}

#[test]
fn every_prefix_is_an_error() {
    let text = format!(
        "network n {{\n property a;\n}}\n{}",
        wet("/* c */ (yes) 1.0, 0.0; // all\n default 0.5, 0.5; property \"x\";")
    );
    let whole = read(&text).expect("well formed");
    let end = text.trim_end().len();
    for cut in 0..=text.len() {
        match read(&text[..cut]) {
            Ok(network) => {
                assert!(cut >= end, "{:?}", &text[..cut]);
                assert_eq!(network, whole);
            }
            Err(error) => {
                let n_lines = text[..cut].lines().count().max(1) + 1;
                assert!(
                    matches!(error, Error::Format(FormatError { line, .. }) if line <= n_lines),
                    "{error}"
                );
            }
        }
    }
}
