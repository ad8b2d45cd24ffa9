//! Equivalence classes against all orientations of small graphs.

use std::collections::BTreeSet;

use causal_graph::{Dag, Error, NodeSet, Nodes, Pdag, generate};
use golden::Golden;
use proptest::prelude::*;
use run_control::Seed;

use crate::fetched::network;

const N_NODES: usize = 6;
/// Beyond this number of edges there are too many orientations to go through.
const MAX_EDGES: usize = 10;

/// A DAG along a random order.
fn dags() -> impl Strategy<Value = Dag> {
    let order = Just((0..N_NODES).collect::<Vec<_>>()).prop_shuffle();
    let edges = prop::collection::vec(prop::bool::weighted(0.45), N_NODES * (N_NODES - 1) / 2);
    (order, edges).prop_map(|(order, is_edge)| {
        let pairs = (0..N_NODES).flat_map(|b| (0..b).map(move |a| (a, b)));
        let chosen = pairs.zip(is_edge).filter(|(_, is_edge)| *is_edge).take(MAX_EDGES);
        let edges = chosen.map(|((a, b), _)| (order[a], order[b]));
        Dag::from_edges(Nodes::numbered(N_NODES), edges).expect("edges follow an order")
    })
}

/// The edges of a graph, each undirected, directed forwards or directed backwards.
fn partially_directed() -> impl Strategy<Value = Pdag> {
    let edges = prop::collection::vec(prop::option::weighted(0.4, 0_u8..4), N_NODES * (N_NODES - 1) / 2);
    edges.prop_map(|kinds| {
        let pairs = (0..N_NODES).flat_map(|b| (0..b).map(move |a| (a, b)));
        let chosen = pairs
            .zip(kinds)
            .filter_map(|(pair, kind)| Some((pair, kind?)))
            .take(MAX_EDGES);
        let mut pdag = Pdag::empty(Nodes::numbered(N_NODES));
        for ((a, b), kind) in chosen {
            match kind {
                0 => pdag.add_directed(a, b),
                1 => pdag.add_directed(b, a),
                _ => pdag.add_undirected(a, b),
            }
            .expect("a new edge");
        }
        pdag
    })
}

/// Colliders between nodes that are not joined.
fn colliders(graph: &Pdag) -> BTreeSet<(usize, usize, usize)> {
    let mut colliders = BTreeSet::new();
    for b in 0..graph.n_nodes() {
        for a in graph.parents(b).iter() {
            let others = graph
                .parents(b)
                .iter()
                .filter(|&c| a < c && !graph.is_adjacent(a, c));
            colliders.extend(others.map(|c| (a, b, c)));
        }
    }
    colliders
}

/// All DAGs with the adjacencies, the colliders and the directed edges of the graph: every orientation is tried.
fn extensions(graph: &Pdag) -> BTreeSet<Vec<(usize, usize)>> {
    let open: Vec<_> = graph.undirected_edges().collect();
    let fixed: Vec<_> = graph.directed_edges().collect();
    let wanted = colliders(graph);
    let orientations = (0_usize..1 << open.len()).filter_map(|bits| {
        let directed = open
            .iter()
            .enumerate()
            .map(|(idx, &(a, b))| if bits & (1 << idx) == 0 { (a, b) } else { (b, a) });
        let edges: Vec<_> = fixed.iter().copied().chain(directed).collect();
        let dag = Dag::from_edges(graph.nodes().clone(), edges).ok()?;
        (colliders(&Pdag::from(&dag)) == wanted).then(|| dag.edges().collect())
    });
    orientations.collect()
}

/// The graph with the adjacencies of `dag` in which the colliders and nothing else is directed.
fn pattern(dag: &Dag) -> Pdag {
    let mut pattern = Pdag::from(dag).skeleton();
    for (a, b, c) in dag.v_structures() {
        pattern.orient(a, b).expect("an edge");
        pattern.orient(c, b).expect("an edge");
    }
    pattern
}

/// The edges that all DAGs of the set have.
fn common(dags: &BTreeSet<Vec<(usize, usize)>>) -> BTreeSet<(usize, usize)> {
    let mut sets = dags
        .iter()
        .map(|edges| edges.iter().copied().collect::<BTreeSet<_>>());
    let first = sets.next().unwrap_or_default();
    sets.fold(first, |common, edges| &common & &edges)
}

/// The members as the library lists them, and whether one comes twice.
fn listed(graph: &Pdag) -> (BTreeSet<Vec<(usize, usize)>>, bool) {
    let members: Vec<Vec<_>> = graph
        .consistent_extensions()
        .expect("an extension")
        .map(|dag| dag.edges().collect())
        .collect();
    let set: BTreeSet<_> = members.iter().cloned().collect();
    let is_repeated = set.len() < members.len();
    (set, is_repeated)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_cpdag_directs_what_all_members_agree_on(dag in dags()) {
        let class = extensions(&pattern(&dag));
        let cpdag = dag.cpdag();
        prop_assert_eq!(cpdag.directed_edges().collect::<BTreeSet<_>>(), common(&class));
        prop_assert_eq!(cpdag.skeleton(), Pdag::from(&dag).skeleton());
        prop_assert!(cpdag.is_cpdag());
        for edges in &class {
            let member = Dag::from_edges(dag.nodes().clone(), edges.iter().copied()).expect("acyclic");
            prop_assert!(member.is_markov_equivalent(&dag).expect("same nodes"));
            prop_assert_eq!(&member.cpdag(), &cpdag);
        }
        let (members, is_repeated) = listed(&cpdag);
        prop_assert!(!is_repeated);
        prop_assert_eq!(cpdag.equivalence_class_size().expect("a CPDAG"), class.len() as u128);
        let ln_size = cpdag.ln_equivalence_class_size().expect("a CPDAG");
        prop_assert!((ln_size - (class.len() as f64).ln()).abs() < 1e-12);
        prop_assert_eq!(members, class);
    }

    #[test]
    fn knowledge_directs_what_the_members_that_agree_with_it_agree_on(
        dag in dags(), is_known in prop::collection::vec(prop::bool::weighted(0.3), MAX_EDGES),
    ) {
        let mut known = dag.cpdag();
        for ((from, to), is_known) in dag.edges().zip(is_known) {
            if is_known {
                known.orient(from, to).expect("an edge");
            }
        }
        let mut class = extensions(&pattern(&dag));
        class.retain(|edges| known.directed_edges().all(|edge| edges.contains(&edge)));
        let mut oriented = known.clone();
        let n_directed = oriented.apply_meek_rules();
        prop_assert_eq!(n_directed, oriented.directed_edges().count() - known.directed_edges().count());
        prop_assert_eq!(oriented.directed_edges().collect::<BTreeSet<_>>(), common(&class));
        prop_assert_eq!(oriented.skeleton(), known.skeleton());
        prop_assert_eq!(&known.maximally_oriented().expect("the DAG is an extension"), &oriented);
        let (members, is_repeated) = listed(&known);
        prop_assert!(!is_repeated);
        prop_assert_eq!(members, class);
    }

    #[test]
    fn an_extension_is_found_exactly_if_there_is_one(pdag in partially_directed()) {
        let all = extensions(&pdag);
        match pdag.consistent_extension() {
            Ok(dag) => {
                prop_assert!(all.contains(&dag.edges().collect::<Vec<_>>()));
                let oriented = pdag.maximally_oriented().expect("there is an extension");
                prop_assert_eq!(oriented.directed_edges().collect::<BTreeSet<_>>(), common(&all));
                let (members, is_repeated) = listed(&pdag);
                prop_assert!(!is_repeated);
                prop_assert_eq!(members, all);
            }
            Err(error) => {
                prop_assert!(all.is_empty(), "{}", error);
                prop_assert!(!pdag.is_cpdag());
            }
        }
    }

    /// Chordal graphs with large classes: every node is joined to a part of a clique before it.
    #[test]
    fn sizes_of_chordal_graphs_are_the_numbers_of_their_members(
        choices in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 8),
    ) {
        let mut cliques: Vec<Vec<usize>> = vec![vec![0]];
        let mut edges = Vec::new();
        for (idx, (clique, bits)) in choices.into_iter().enumerate() {
            let node = idx + 1;
            let clique = &cliques[clique.index(cliques.len())];
            let mut joined: Vec<usize> = clique.iter().enumerate().filter(|(bit, _)| bits & (1 << bit) != 0).map(|(_, &member)| member).collect();
            edges.extend(joined.iter().map(|&member| (member, node)));
            joined.push(node);
            cliques.push(joined);
        }
        let graph = Pdag::from_edges(Nodes::numbered(9), [], edges).expect("edges of a graph");
        let size = graph.equivalence_class_size().expect("chordal");
        // The largest, a clique of 9, has 362880 members.
        prop_assume!(size <= 20_000);
        prop_assert_eq!(size, graph.consistent_extensions().expect("chordal").count() as u128);
    }
}

#[test]
fn sizes_of_known_graphs() {
    let size = |n_nodes, edges: &mut dyn Iterator<Item = (usize, usize)>| {
        let graph = Pdag::from_edges(Nodes::numbered(n_nodes), [], edges).expect("edges of a graph");
        graph.equivalence_class_size()
    };
    // A tree has a member for each root.
    assert_eq!(
        size(300, &mut (1..300).map(|node| (node - 1, node))).expect("a path"),
        300
    );
    assert_eq!(
        size(300, &mut (1..300).map(|node| (0, node))).expect("a star"),
        300
    );
    // A clique has one for each order; 34! fits into 128 bits and 35! does not.
    let clique = |n_nodes| {
        size(
            n_nodes,
            &mut (0..n_nodes).flat_map(|b| (0..b).map(move |a| (a, b))),
        )
    };
    assert_eq!(clique(34).expect("fits"), (1..=34).product::<u128>());
    // ln 35! = 92.136175603687...
    assert!(
        matches!(clique(35), Err(Error::ClassTooLarge { ln_size }) if (ln_size - 92.136_175_603_687_1).abs() < 1e-11)
    );
    // Components multiply.
    assert_eq!(
        size(7, &mut [(0, 1), (2, 3), (4, 5)].into_iter()).expect("pairs"),
        8
    );
    assert_eq!(size(0, &mut std::iter::empty()).expect("no node"), 1);
}

#[test]
fn the_size_of_a_graph_that_is_no_cpdag_is_an_error() {
    let known = Pdag::from_edges(Nodes::numbered(3), [(0, 1)], [(1, 2)]).expect("edges");
    assert!(matches!(
        known.equivalence_class_size(),
        Err(Error::NotCpdag {
            got: 1,
            n_directed: 0
        })
    ));
    let square = Pdag::from_edges(Nodes::numbered(4), [], [(0, 1), (1, 2), (2, 3), (3, 0)]).expect("edges");
    assert!(matches!(
        square.equivalence_class_size(),
        Err(Error::NoExtension { .. })
    ));
    assert!(matches!(square.members(1), Err(Error::NoExtension { .. })));
}

#[test]
fn a_list_of_members_ends_at_its_cap() {
    let path = Pdag::from_edges(Nodes::numbered(4), [], [(0, 1), (1, 2), (2, 3)]).expect("edges");
    for (cap, is_complete) in [(0, false), (3, false), (4, true), (5, true)] {
        let class = path.members(cap).expect("a path has members");
        assert_eq!((class.dags.len(), class.is_complete), (cap.min(4), is_complete));
    }
}

#[test]
fn members_of_a_large_graph_are_consistent_with_its_size() {
    let dag = generate::erdos_renyi(Nodes::numbered(1000), 4.0, Seed::new(11)).expect("a degree in range");
    let cpdag = dag.cpdag();
    assert!(cpdag.is_cpdag());
    let size = cpdag.equivalence_class_size().expect("a CPDAG");
    let class = cpdag.members(3).expect("a CPDAG");
    assert_eq!(class.is_complete, size <= 3);
    for member in class.dags {
        assert!(member.is_markov_equivalent(&dag).expect("same nodes"));
    }
}

/// The sizes of the classes of published networks, counted by a program that shares nothing with this one.
#[test]
fn sizes_of_published_networks() {
    let expected: [(&str, u128); 9] = [
        ("asia", 6),
        ("cancer", 1),
        ("earthquake", 1),
        ("survey", 1),
        ("child", 24),
        ("alarm", 16),
        ("hepar2", 96),
        ("win95pts", 640),
        ("andes", 120),
    ];
    for (name, size) in expected {
        let Some(network) = network(name) else {
            continue;
        };
        let cpdag = network.dag().cpdag();
        assert_eq!(cpdag.equivalence_class_size().expect("a CPDAG"), size, "{name}");
        let class = cpdag.members(1000).expect("a CPDAG");
        assert!(class.is_complete, "{name}");
        assert_eq!(class.dags.len() as u128, size, "{name}");
    }
}

/// The graphs of `equivalence.py`.
const N_GOLDEN_GRAPHS: usize = 12;
const N_GOLDEN_NODES: usize = 24;
/// Nodes that may separate in its last question.
const N_OBSERVED: usize = 16;

#[test]
fn cpdags_are_those_of_causal_learn_and_separations_those_of_networkx() -> golden::Result<()> {
    let golden = Golden::load("tests/golden/equivalence.json")?;
    for graph in 0..N_GOLDEN_GRAPHS {
        let rows = |name: &str, width: usize| -> golden::Result<Vec<Vec<usize>>> {
            let numbers = golden.integers(&format!("{graph}.{name}"))?;
            let numbers: Vec<usize> = numbers.into_iter().map(|number| number as usize).collect();
            Ok(numbers.chunks_exact(width).map(<[usize]>::to_vec).collect())
        };
        let edges: Vec<(usize, usize)> = rows("edges", 2)?.iter().map(|edge| (edge[0], edge[1])).collect();
        let dag = Dag::from_edges(Nodes::numbered(N_GOLDEN_NODES), edges.iter().copied()).expect("a DAG");
        let cpdag = dag.cpdag();
        for (&(from, to), undirected) in edges.iter().zip(rows("undirected", 1)?) {
            assert_eq!(
                cpdag.has_undirected(from, to),
                undirected == [1],
                "{graph}: {from} -> {to}"
            );
            assert!(cpdag.has_undirected(from, to) || cpdag.has_directed(from, to));
        }

        let set = |nodes: &[usize]| NodeSet::with(N_GOLDEN_NODES, nodes.iter().copied());
        let answers = rows("separated", 1)?.into_iter().zip(rows("separable", 1)?);
        for (query, (separated, separable)) in rows("queries", 6)?.iter().zip(answers) {
            let (x, y, given) = (set(&query[..1]), set(&query[1..2]), set(&query[2..]));
            let is_separated = dag.d_separated(&x, &y, &given).expect("disjoint sets");
            assert_eq!(is_separated, separated == [1], "{graph}: {query:?}");
            let observed = NodeSet::with(N_GOLDEN_NODES, 0..N_OBSERVED);
            let separator = dag
                .minimal_separator(&x, &y, &set(&[]), &observed)
                .expect("disjoint sets");
            assert_eq!(separator.is_some(), separable == [1], "{graph}: {query:?}");
            if let Some(separator) = separator {
                assert!(dag.d_separated(&x, &y, &separator).expect("disjoint sets"));
            }
        }
    }
    Ok(())
}
