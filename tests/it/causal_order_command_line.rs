//! `causal_order` from files to JSON.

use std::fs;
use std::path::Path;

use causal_graph::format::bif;
use causal_graph::network::published;
use serde_json::Value;

use crate::program;

/// Rounding of a few products of probabilities.
const EXACT: f64 = 1e-12;

/// The JSON object that a run prints.
fn json(folder: &Path, arguments: &str) -> Value {
    let output = program::example("causal_order")
        .current_dir(folder)
        .args(arguments.split(' '))
        .arg("--json")
        .output()
        .expect("the example starts");
    serde_json::from_str(&program::stdout(&output)).expect("one JSON object")
}

fn folder_with_asia() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("temporary folder");
    fs::write(folder.path().join("asia.bif"), bif::write(&published::asia()))
        .expect("temporary folder is writable");
    folder
}

fn pairs(value: &Value) -> Vec<[&str; 2]> {
    let edges = value.as_array().expect("a list of pairs");
    edges
        .iter()
        .map(|edge| [0, 1].map(|end| edge[end].as_str().expect("a name")))
        .collect()
}

#[test]
fn the_exact_effect() {
    let folder = folder_with_asia();
    let printed = json(
        folder.path(),
        "truth --network asia.bif --treatment lung=no:yes --outcome dysp=yes",
    );
    let ace = printed["ace"].as_f64().expect("a number");
    assert!((ace - 0.3711).abs() < EXACT, "{ace}");
}

#[test]
fn samples_obey_seed_and_intervention() {
    let folder = folder_with_asia();
    let draw = |out: &str, more: &str| {
        json(
            folder.path(),
            &format!("sample --network asia.bif -n 500 --seed 3 --out {out}{more}"),
        );
        fs::read_to_string(folder.path().join(out)).expect("the table is there")
    };
    let first = draw("a.csv", "");
    assert_eq!(first, draw("b.csv", ""));
    assert_eq!(first.lines().count(), 501);
    assert_eq!(
        first.lines().next(),
        Some("asia,tub,smoke,lung,bronc,either,xray,dysp")
    );
    let forced = draw("c.csv", " --do lung=yes");
    assert!(
        forced
            .lines()
            .skip(1)
            .all(|line| line.split(',').nth(3) == Some("yes"))
    );
}

#[test]
fn discovery_from_states() {
    let folder = folder_with_asia();
    json(
        folder.path(),
        "sample --network asia.bif -n 5000 --seed 1 --out d.csv",
    );
    for algorithm in ["pc", "pc-stable", "hc", "tabu", "ges", "order-search", "exact"] {
        let found = json(
            folder.path(),
            &format!("discover --data d.csv --algorithm {algorithm}"),
        );
        let joined: Vec<[&str; 2]> = [pairs(&found["directed"]), pairs(&found["undirected"])].concat();
        let has = |a: &str, b: &str| joined.iter().any(|edge| edge.contains(&a) && edge.contains(&b));
        assert!(
            has("smoke", "bronc") && has("bronc", "dysp"),
            "{algorithm}: {joined:?}"
        );
        let is_counted = found["n_tests"].is_u64() || found["score"].is_f64();
        assert!(is_counted, "{algorithm}: {found}");
    }
}

#[test]
fn discovery_from_numbers() {
    let folder = tempfile::tempdir().expect("temporary folder");
    // y = 2 x + noise and z = noise - y, with uniform noise of a grid: not Gaussian.
    let grid = |row: usize, step: usize| ((row / step) % 10) as f64 - 4.5;
    let rows = (0..1000).map(|row| {
        let x = grid(row, 1);
        let y = 2.0 * x + grid(row, 10);
        let z = 0.5 * grid(row, 100) - y;
        format!("{z:.3},{y:.3},{x:.3}")
    });
    let text: Vec<String> = std::iter::once("z,y,x".to_owned()).chain(rows).collect();
    fs::write(folder.path().join("d.csv"), text.join("\n")).expect("temporary folder is writable");
    for algorithm in ["direct-lingam", "ica-lingam", "notears", "dagma"] {
        let found = json(
            folder.path(),
            &format!("discover --data d.csv --algorithm {algorithm} --columns numbers --seed 1"),
        );
        assert_eq!(
            found["order"].as_array().map(Vec::len),
            Some(3),
            "{algorithm}: {found}"
        );
        if algorithm.ends_with("lingam") {
            assert_eq!(pairs(&found["directed"]), [["y", "z"], ["x", "y"]], "{algorithm}");
        }
    }
    for algorithm in ["pc-stable", "ges", "order-search", "exact"] {
        let found = json(
            folder.path(),
            &format!("discover --data d.csv --algorithm {algorithm} --columns numbers"),
        );
        // A chain: which end comes first is not in the covariances.
        assert_eq!(
            pairs(&found["undirected"]).len() + pairs(&found["directed"]).len(),
            2,
            "{algorithm}"
        );
    }
}

#[test]
fn a_posterior_over_orders() {
    let folder = folder_with_asia();
    json(
        folder.path(),
        "sample --network asia.bif -n 300 --seed 1 --out d.csv",
    );
    let first = json(
        folder.path(),
        "discover --data d.csv --algorithm order-mcmc --seed 5 --threads 1",
    );
    let again = json(
        folder.path(),
        "discover --data d.csv --algorithm order-mcmc --seed 5 --threads 2",
    );
    assert_eq!(first, again);
    assert_eq!(first["order"].as_array().map(Vec::len), Some(8));
}

#[test]
fn distances() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let write = |name: &str, text: &str| {
        fs::write(folder.path().join(name), text).expect("temporary folder is writable");
    };
    write("a.dot", "digraph { a -> b; b -> c; }");
    write("b.edges", "c -> b\na -> b\n");
    let printed = json(
        folder.path(),
        "compare --true a.dot --estimated b.edges --order c,a,b",
    );
    assert_eq!(printed["shd"], 1);
    // c -> b claims an effect of c on b, which has none; b has no effect on c any more, nor has a.
    assert_eq!(printed["d_top"], 1);
    assert_eq!(printed["sid"], printed["sid_upper"]);
    assert!(printed["sid"].as_u64().expect("a number") > 0);
}
