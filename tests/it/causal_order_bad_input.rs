//! `causal_order` on bad input: exit code 2, nothing on standard output, one line on standard error that names the file and,
//! where it is about its content, the line.

use std::fs;
use std::path::Path;

use causal_graph::format::bif;
use causal_graph::network::published;

use crate::program;

/// What is wrong, the arguments, content of `bad`, and what the line must hold.
type Case = (&'static str, &'static str, &'static str, &'static [&'static str]);

const BIF: &str = "truth --network bad.bif --treatment lung=no:yes --outcome dysp=yes";
const EDGES: &str = "compare --true bad.edges --estimated good.edges";
const TABLE: &str = "discover --data bad.csv --algorithm pc-stable";

#[test]
fn bad_networks() {
    refuses(&[
        (
            "probabilities that do not sum to one",
            BIF,
            "network n { }\nvariable lung { type discrete [ 2 ] { yes, no }; }\nprobability ( lung ) {\n  table 0.5, 0.6;\n}\n",
            &["bad.bif: line 4", "sum"],
        ),
        (
            "an unknown parent",
            BIF,
            "network n { }\nvariable lung { type discrete [ 2 ] { yes, no }; }\nprobability ( lung | smoke ) {\n}\n",
            &["bad.bif: line 3", "smoke"],
        ),
        ("an empty file", BIF, "", &["bad.bif: line 1"]),
        (
            "a cycle",
            BIF,
            "network n { }\nvariable a { type discrete [ 2 ] { y, n }; }\nvariable b { type discrete [ 2 ] { y, n }; }\n\
             probability ( a | b ) { (y) 0.5, 0.5; (n) 0.5, 0.5; }\nprobability ( b | a ) { (y) 0.5, 0.5; (n) 0.5, 0.5; }\n",
            &["bad.bif: line", "cycle"],
        ),
    ]);
}

#[test]
fn bad_graphs() {
    refuses(&[
        (
            "an unknown node",
            EDGES,
            "nodes: a, b\na -> b\na -> c\n",
            &["bad.edges: line 3", "`c`"],
        ),
        (
            "a cycle",
            EDGES,
            "a -> b\nb -> a2\na2 -> a\n",
            &["bad.edges: line 3", "cycle"],
        ),
        (
            "an undirected edge in the truth",
            EDGES,
            "a -- b\n",
            &["bad.edges", "no direction"],
        ),
        (
            "other nodes than the estimate",
            EDGES,
            "a -> x\n",
            &["good.edges", "node"],
        ),
        (
            "a format that does not exist",
            "compare --true bad.xyz --estimated good.edges",
            "",
            &["bad.xyz", "expected"],
        ),
    ]);
}

#[test]
fn bad_tables() {
    refuses(&[
        ("a ragged row", TABLE, "x,y\n1.5,2.5\n3.5\n", &["bad.csv: line 3"]),
        (
            "a cell that is no number",
            "discover --data bad.csv --algorithm direct-lingam --columns numbers",
            "x,y\n1.5,2.5\n3.5,four\n",
            &["bad.csv: line 3", "four"],
        ),
        (
            "a missing value",
            TABLE,
            "x,y\n1.5,2.5\n3.5,NA\n",
            &["bad.csv", "line 3", "missing"],
        ),
        ("no header", TABLE, "", &["bad.csv"]),
        (
            "a constant column",
            TABLE,
            "x,y\n1.5,2.5\n3.5,2.5\n4.25,2.5\n0.5,2.5\n7.5,2.5\n8.5,2.5\n",
            &["`y`", "constant"],
        ),
    ]);
}

#[test]
fn bad_arguments() {
    refuses(&[
        (
            "an unknown state",
            "truth --network good.bif --treatment lung=no:maybe --outcome dysp=yes",
            "",
            &["maybe", "expected"],
        ),
        (
            "a treatment without states",
            "truth --network good.bif --treatment lung --outcome dysp=yes",
            "",
            &["--treatment is `lung`", "expected X=FROM:TO"],
        ),
        (
            "a test for the other kind of column",
            "discover --data good.csv --algorithm pc --test chi2",
            "",
            &["--test", "numbers"],
        ),
        (
            "an alpha beyond 1",
            "discover --data good.csv --algorithm pc --alpha 1.5",
            "",
            &["alpha is 1.5"],
        ),
        (
            "a score where none is maximised",
            "discover --data good.csv --algorithm direct-lingam --score bic",
            "",
            &["--score", "direct-lingam"],
        ),
        (
            "an order that leaves a node out",
            "compare --true good.edges --estimated good.edges --order a",
            "",
            &["--order", "0 times"],
        ),
        (
            "a file that is not there",
            "truth --network none.bif --treatment a=b:c --outcome d=e",
            "",
            &["none.bif"],
        ),
    ]);
}

/// A network that is cut off anywhere is refused with the line on which it ends.
#[test]
fn a_network_cut_anywhere() {
    let text = bif::write(&published::cancer());
    let folder = tempfile::tempdir().expect("temporary folder");
    // Every 97th byte: a program start each.
    for length in (1..text.trim_end().len()).step_by(97) {
        fs::write(folder.path().join("bad.bif"), &text[..length]).expect("temporary folder is writable");
        let output = causal_order(
            folder.path(),
            "truth --network bad.bif --treatment Cancer=False:True --outcome Dyspnoea=True",
        );
        let complaints = program::complaints(&format!("cut at {length}"), &output, &["bad.bif: line"]);
        assert!(complaints.is_empty(), "{complaints:#?}");
    }
}

fn refuses(cases: &[Case]) {
    let folder = tempfile::tempdir().expect("temporary folder");
    let write = |name: &str, text: &str| {
        fs::write(folder.path().join(name), text).expect("temporary folder is writable");
    };
    write("good.bif", &bif::write(&published::asia()));
    write("good.edges", "a -> b\n");
    write(
        "good.csv",
        "x,y\n1.5,2.5\n3.5,4.25\n2.5,2.25\n0.5,1.5\n5.5,1.25\n6.5,7.5\n",
    );
    let mut complaints = Vec::new();
    for (name, arguments, content, says) in cases {
        if let Some(bad) = arguments.split(' ').find(|word| word.starts_with("bad.")) {
            write(bad, content);
        }
        let output = causal_order(folder.path(), arguments);
        complaints.extend(program::complaints(name, &output, says));
    }
    assert!(complaints.is_empty(), "{complaints:#?}");
}

fn causal_order(folder: &Path, arguments: &str) -> std::process::Output {
    program::example("causal_order")
        .current_dir(folder)
        .args(arguments.split(' '))
        .output()
        .expect("the example starts")
}
