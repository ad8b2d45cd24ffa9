//! PC against causal-learn and against the published pseudo-code.

use causal_graph::{ContinuousTable, DiscreteTable, Nodes};
use causal_order::independence::{ChiSquare, ContingencyParams, FisherZ, GSquare, IndependenceTest};
use causal_order::{ColliderRule, Conflict, ConflictPolicy, Pc, PcResult};
use golden::Golden;

use crate::seeded_tables::{asia_nodes, asia_table, random_gaussian};

/// The degree of the golden file's random networks.
const DEGREE: f64 = 2.5;

/// A value of the golden file: its name holds the test, the table, alpha and what ran.
struct Case<'a> {
    name: &'a str,
    test: Box<dyn IndependenceTest>,
    nodes: Nodes,
    alpha: f64,
    what: Vec<&'a str>,
}

impl<'a> Case<'a> {
    fn new(name: &'a str) -> Self {
        let words: Vec<&str> = name.split(' ').collect();
        let (nodes, test, rest) = if words[1] == "asia" {
            (
                asia_nodes(),
                discrete_test(words[0], &asia_table(2000, 42)),
                &words[2..],
            )
        } else {
            let number = |place: usize| words[place].parse::<usize>().expect("a number");
            let (_, table) = random_gaussian(number(1), number(2), DEGREE, number(3) as u64);
            let test = match words[0] {
                "fisherz" => Box::new(FisherZ::of(&table).expect("regular")),
                kind => discrete_test(kind, &cut(&table)),
            };
            (table.nodes().clone(), test, &words[4..])
        };
        Self {
            name,
            test,
            nodes,
            alpha: rest[0].parse().expect("a number"),
            what: rest[1..].to_vec(),
        }
    }

    fn run(&self, pc: Pc) -> PcResult {
        let pc = Pc {
            alpha: self.alpha,
            ..pc
        };
        pc.run(&self.nodes, &*self.test).expect("runs")
    }
}

fn discrete_test(kind: &str, table: &DiscreteTable) -> Box<dyn IndependenceTest> {
    let params = ContingencyParams::default();
    if kind == "chisq" {
        Box::new(ChiSquare::new(table, params).expect("rows"))
    } else {
        Box::new(GSquare::new(table, params).expect("rows"))
    }
}

/// The values cut at -0.6 and 0.6.
fn cut(table: &ContinuousTable) -> DiscreteTable {
    let state = |value: &f64| u16::from(*value >= -0.6) + u16::from(*value >= 0.6);
    let columns = (0..table.nodes().len()).map(|node| table.column(node).iter().map(state).collect());
    let names = ["low", "middle", "high"].map(str::to_owned).to_vec();
    let states = vec![names; table.nodes().len()];
    DiscreteTable::new(table.nodes().clone(), states, columns.collect()).expect("three states")
}

/// The graph as the golden file has it; what colliders direct both ways is bidirected there.
fn code(result: &PcResult) -> Vec<i64> {
    let is_undirected_policy = result.configuration.conflict_policy == ConflictPolicy::Undirected;
    let is_disputed = |a: usize, b: usize| {
        is_undirected_policy
            && result.conflicts.iter().any(|conflict| {
                matches!(conflict, Conflict::OpposedColliders { edge, .. } if *edge == (a, b) || *edge == (b, a))
            })
    };
    let graph = &result.graph;
    let n_nodes = graph.n_nodes();
    (0..n_nodes)
        .flat_map(|a| (a + 1..n_nodes).map(move |b| (a, b)))
        .map(|(a, b)| {
            if graph.has_directed(a, b) {
                1
            } else if graph.has_directed(b, a) {
                2
            } else if !graph.is_adjacent(a, b) {
                0
            } else if is_disputed(a, b) {
                4
            } else {
                3
            }
        })
        .collect()
}

/// Whether more clashes than colliders that oppose each other: then peers return cycles or colliders that their tests
/// deny, in an order of their own.
fn is_inconsistent(result: &PcResult) -> bool {
    let opposed = |conflict: &Conflict| matches!(conflict, Conflict::OpposedColliders { .. });
    !result.conflicts.iter().all(opposed)
}

/// Asserts that graphs are equal unless what they are made from is inconsistent, and that at least `n_equal` are.
fn assert_graphs(golden: &Golden, cases: impl Iterator<Item = (String, PcResult)>, n_equal: usize) {
    let mut equal = 0;
    for (name, result) in cases {
        let (expected, got) = (golden.integers(&name).expect("integers"), code(&result));
        let skeleton = |codes: &[i64]| codes.iter().map(|&code| code > 0).collect::<Vec<_>>();
        assert_eq!(skeleton(&got), skeleton(&expected), "{name}");
        if is_inconsistent(&result) {
            equal += usize::from(got == expected);
        } else {
            assert_eq!(got, expected, "{name}");
            equal += 1;
        }
    }
    assert!(equal >= n_equal, "{equal} graphs are equal");
}

fn golden() -> Golden {
    Golden::load("tests/golden/pc.json").expect("the golden file")
}

#[test]
fn graphs_are_those_of_causal_learn() {
    let golden = golden();
    let cases = golden
        .names()
        .filter(|name| !name.contains("published"))
        .map(|name| {
            let case = Case::new(name);
            let result = case.run(Pc {
                collider_rule: match case.what[0] {
                    "0" => ColliderRule::EverySeparatingSet,
                    "1" => ColliderRule::MaximalP,
                    _ => ColliderRule::DefiniteMaximalP,
                },
                conflict_policy: match case.what[1] {
                    "0" => ConflictPolicy::Overwrite,
                    "1" => ConflictPolicy::Undirected,
                    "2" => ConflictPolicy::KeepFirst,
                    "3" => ConflictPolicy::StrongestDependence,
                    _ => ConflictPolicy::StrongestSeparation,
                },
                ..Pc::default()
            });
            (case.name.to_owned(), result)
        });
    assert_graphs(&golden, cases, 174);
}

fn published(case: &Case<'_>) -> PcResult {
    case.run(Pc {
        stable: case.what[1] == "stable",
        collider_rule: match case.what[2] {
            "conservative" => ColliderRule::Conservative,
            "majority" => ColliderRule::Majority,
            _ => ColliderRule::SeparatingSet,
        },
        ..Pc::default()
    })
}

#[test]
fn graphs_are_those_of_the_published_algorithm() {
    let golden = golden();
    let names = golden
        .names()
        .filter(|name| name.contains("published") && !name.ends_with("tests"));
    let cases = names.map(|name| (name.to_owned(), published(&Case::new(name))));
    assert_graphs(&golden, cases, 64);
}

#[test]
fn no_test_is_made_twice() {
    let golden = golden();
    for name in golden.names().filter(|name| name.ends_with("tests")) {
        let counts = published(&Case::new(name)).n_tests_by_depth;
        let counts: Vec<i64> = counts.into_iter().map(|n_tests| n_tests as i64).collect();
        assert_eq!(golden.integers(name).expect("integers"), counts, "{name}");
    }
}
