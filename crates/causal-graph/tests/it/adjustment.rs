//! Adjustment sets against what they are for, and against all members of a class.

use std::collections::BTreeSet;

use causal_graph::{
    Adjustment, AdjustmentCriterion, AdjustmentVerdict, CausalOrder, Dag, Error, NodeSet, Nodes, Pdag,
    generate,
};
use proptest::prelude::*;
use run_control::Seed;

mod linear_gaussian;

use linear_gaussian::LinearGaussian;

const N_NODES: usize = 6;

/// A DAG, and a treatment, an outcome and some covariates among its nodes, sometimes more treatments and outcomes.
#[derive(Debug, Clone)]
struct Question {
    dag: Dag,
    treatments: NodeSet,
    outcomes: NodeSet,
    covariates: NodeSet,
    /// Nodes that have no role.
    others: NodeSet,
}

fn questions(density: f64, n_treatments: u32) -> impl Strategy<Value = Question> {
    let order = Just((0..N_NODES).collect::<Vec<_>>()).prop_shuffle();
    let edges = prop::collection::vec(prop::bool::weighted(density), N_NODES * (N_NODES - 1) / 2);
    let role = prop_oneof![n_treatments => Just(0_u8), n_treatments => Just(1), 8 => Just(2), 8 => Just(3)];
    let roles = prop::collection::vec(role, N_NODES - 2);
    (order, edges, roles, any::<prop::sample::Index>()).prop_map(|(order, is_edge, mut roles, first)| {
        let pairs = (0..N_NODES).flat_map(|b| (0..b).map(move |a| (a, b)));
        let edges = pairs
            .zip(is_edge)
            .filter(|(_, is_edge)| *is_edge)
            .map(|((a, b), _)| (order[a], order[b]));
        let dag = Dag::from_edges(Nodes::numbered(N_NODES), edges).expect("edges follow an order");
        let place = first.index(roles.len());
        roles.insert(place, 1);
        roles.insert(place, 0);
        let of = |role: u8| set((0..N_NODES).filter(|&node| roles[node] == role));
        Question {
            dag,
            treatments: of(0),
            outcomes: of(1),
            covariates: of(2),
            others: of(3),
        }
    })
}

fn set(nodes: impl IntoIterator<Item = usize>) -> NodeSet {
    NodeSet::with(N_NODES, nodes)
}

fn subsets(of: &NodeSet) -> impl Iterator<Item = NodeSet> {
    let nodes: Vec<usize> = of.iter().collect();
    (0_usize..1 << nodes.len()).map(move |bits| {
        set(nodes
            .iter()
            .enumerate()
            .filter(|(idx, _)| bits & (1 << idx) != 0)
            .map(|(_, &node)| node))
    })
}

/// All nodes that can be covariates.
fn candidates(question: &Question) -> NodeSet {
    let mut candidates = question.covariates.clone();
    candidates.union_with(&question.others);
    candidates
}

/// Whether a criterion holds in every DAG that the graph stands for.
fn holds_in_all(
    graph: &Pdag,
    question: &Question,
    covariates: &NodeSet,
    criterion: AdjustmentCriterion,
) -> bool {
    graph.consistent_extensions().expect("an extension").all(|dag| {
        dag.is_valid_adjustment(&question.treatments, &question.outcomes, covariates, criterion)
            .expect("disjoint sets")
    })
}

/// The CPDAG with some of the DAG's edges known.
fn with_knowledge(dag: &Dag, is_known: &[bool]) -> Pdag {
    let mut known = dag.cpdag();
    for ((from, to), _) in dag.edges().zip(is_known).filter(|(_, is_known)| **is_known) {
        known.orient(from, to).expect("an edge");
    }
    known
}

/// Whether every path from `x` to the outcomes that begins with an edge into `x` is blocked: path by path.
fn back_doors_are_blocked(dag: &Dag, x: usize, outcomes: &NodeSet, given: &NodeSet) -> bool {
    let is_open_collider = |node: usize| given.contains(node) || !dag.descendants(node).is_disjoint(given);
    let mut paths: Vec<Vec<usize>> = dag.parents(x).iter().map(|parent| vec![x, parent]).collect();
    while let Some(path) = paths.pop() {
        let last = path[path.len() - 1];
        if outcomes.contains(last) {
            return false;
        }
        let before = path[path.len() - 2];
        for next in (0..dag.n_nodes()).filter(|&next| dag.is_adjacent(last, next) && !path.contains(&next)) {
            let is_collider = dag.has_edge(before, last) && dag.has_edge(next, last);
            let is_open = if is_collider {
                is_open_collider(last)
            } else {
                !given.contains(last)
            };
            if is_open {
                let mut longer = path.clone();
                longer.push(next);
                paths.push(longer);
            }
        }
    }
    true
}

/// Checks what holds of the sets that a graph gives, by trying all sets.
fn check_sets(question: &Question, adjustment: &Adjustment) -> Result<(), TestCaseError> {
    let is_valid = |set: &NodeSet| adjustment.is_valid(set).expect("disjoint sets");
    let candidates = candidates(question);
    let exists = subsets(&candidates).any(|set| is_valid(&set));
    let canonical = adjustment.canonical_set();
    prop_assert_eq!(canonical.is_some(), exists);
    if let Some(set) = canonical {
        prop_assert!(is_valid(&set));
    }
    if let Some(set) = adjustment.optimal_set() {
        prop_assert!(is_valid(&set));
    }

    // Without a node of `others`, and with all of `required`.
    let required = set(question.covariates.iter().take(1));
    let mut allowed = candidates.clone();
    if let Some(hidden) = question.others.first() {
        allowed.remove(hidden);
    }
    let fits = |set: &NodeSet| required.is_subset(set) && is_valid(set);
    match adjustment
        .minimal_set(&required, &allowed)
        .expect("disjoint sets")
    {
        None => prop_assert!(!subsets(&allowed).any(|set| fits(&set))),
        Some(minimal) => {
            prop_assert!(minimal.is_subset(&allowed) && fits(&minimal));
            prop_assert!(!subsets(&minimal).any(|set| set != minimal && fits(&set)));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn a_set_is_valid_exactly_if_the_adjustment_formula_gives_the_effect(
        question in questions(0.5, 1), seed in any::<u64>(),
    ) {
        let model = LinearGaussian::random(&question.dag, seed);
        let is_valid = question.dag
            .is_valid_adjustment(
                &question.treatments, &question.outcomes, &question.covariates, AdjustmentCriterion::Generalised,
            )
            .expect("disjoint sets");
        let error = model.adjustment_error(&question.treatments, &question.outcomes, &question.covariates);
        prop_assert_eq!(is_valid, error < linear_gaussian::ZERO, "the error is {}", error);
    }

    #[test]
    fn the_back_door_criterion_is_that_of_its_paths(question in questions(0.4, 1)) {
        let satisfies = |criterion| {
            question.dag
                .is_valid_adjustment(&question.treatments, &question.outcomes, &question.covariates, criterion)
                .expect("disjoint sets")
        };
        let by_paths = question.treatments.iter().all(|x| {
            question.dag.descendants(x).is_disjoint(&question.covariates)
                && back_doors_are_blocked(&question.dag, x, &question.outcomes, &question.covariates)
        });
        prop_assert_eq!(satisfies(AdjustmentCriterion::BackDoor), by_paths);
        prop_assert!(!by_paths || satisfies(AdjustmentCriterion::Generalised));
    }

    #[test]
    fn in_a_class_a_set_is_valid_exactly_if_it_is_in_every_member(
        question in questions(0.4, 2), is_known in prop::collection::vec(prop::bool::weighted(0.25), 15),
        has_knowledge in any::<bool>(),
    ) {
        let graph = with_knowledge(&question.dag, if has_knowledge { &is_known } else { &[] });
        for criterion in [AdjustmentCriterion::Generalised, AdjustmentCriterion::BackDoor] {
            let is_valid = graph
                .is_valid_adjustment(&question.treatments, &question.outcomes, &question.covariates, criterion)
                .expect("disjoint sets");
            let in_all = holds_in_all(&graph, &question, &question.covariates, criterion);
            prop_assert_eq!(is_valid, in_all, "{:?}", criterion);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn sets_are_found_in_a_dag(question in questions(0.4, 1)) {
        let adjustment = question.dag.adjustment(&question.treatments, &question.outcomes).expect("disjoint sets");
        check_sets(&question, &adjustment)?;
        let exists = adjustment.canonical_set().is_some();
        let descendants = question.treatments.iter().fold(NodeSet::new(N_NODES), |mut all, x| {
            all.union_with(&question.dag.descendants(x));
            all
        });
        let has_optimal = exists && question.outcomes.is_subset(&descendants);
        prop_assert_eq!(adjustment.optimal_set().is_some(), has_optimal);
    }

    #[test]
    fn sets_are_found_in_a_class(
        question in questions(0.4, 1), is_known in prop::collection::vec(prop::bool::weighted(0.3), 15),
    ) {
        let graph = with_knowledge(&question.dag, &is_known);
        let adjustment = graph.adjustment(&question.treatments, &question.outcomes).expect("disjoint sets");
        check_sets(&question, &adjustment)?;
        // The members agree on the optimal set.
        if let Some(optimal) = adjustment.optimal_set() {
            for dag in graph.consistent_extensions().expect("an extension") {
                let in_member = dag.adjustment(&question.treatments, &question.outcomes).expect("disjoint sets");
                prop_assert_eq!(in_member.optimal_set(), Some(optimal.clone()));
            }
        }
        // What is forbidden is forbidden in some member.
        if let Some(forbidden) = adjustment.forbidden() {
            let mut in_members = NodeSet::new(N_NODES);
            for dag in graph.consistent_extensions().expect("an extension") {
                let member = dag.adjustment(&question.treatments, &question.outcomes).expect("disjoint sets");
                in_members.union_with(member.forbidden().expect("a DAG is amenable"));
            }
            prop_assert_eq!(forbidden, &in_members);
        }
    }

    #[test]
    fn no_valid_set_has_a_smaller_variance_than_the_optimal_one(question in questions(0.5, 0), seed in any::<u64>()) {
        let adjustment = question.dag.adjustment(&question.treatments, &question.outcomes).expect("disjoint sets");
        let Some(optimal) = adjustment.optimal_set() else {
            return Ok(());
        };
        let (x, y) = (question.treatments.first().expect("one"), question.outcomes.first().expect("one"));
        let model = LinearGaussian::random(&question.dag, seed);
        let least = model.asymptotic_variance(x, y, &optimal);
        for set in subsets(&candidates(&question)) {
            if adjustment.is_valid(&set).expect("disjoint sets") {
                let variance = model.asymptotic_variance(x, y, &set);
                prop_assert!(least <= variance * (1.0 + linear_gaussian::ZERO), "{:?}: {} < {}", set, variance, least);
            }
        }
    }

    #[test]
    fn predecessors_in_an_order_are_valid_if_the_order_is_right(question in questions(0.4, 1), seed in any::<u64>()) {
        let dag = &question.dag;
        let right = CausalOrder::of(dag);
        for (place, &treatment) in right.sequence().iter().enumerate() {
            let before = right.adjustment_set(treatment).expect("a node");
            for &outcome in &right.sequence()[place + 1..] {
                let some = right.adjustment_set_within(dag, treatment, outcome).expect("in this order");
                prop_assert!(some.is_subset(&before));
                for (set_of, criterion) in [
                    (&before, AdjustmentCriterion::BackDoor),
                    (&before, AdjustmentCriterion::Generalised),
                    (&some, AdjustmentCriterion::BackDoor),
                ] {
                    let is_valid = dag.is_valid_adjustment(&set([treatment]), &set([outcome]), set_of, criterion);
                    prop_assert!(is_valid.expect("disjoint sets"));
                }
            }
        }
        // An edge that an order turns around has its outcome among the covariates.
        let any = generate::order(dag.nodes().clone(), Seed::new(seed));
        for (from, to) in dag.edges() {
            let before = any.adjustment_set(from).expect("a node");
            let by = AdjustmentCriterion::Generalised;
            let is_valid = dag.is_valid_adjustment(&set([from]), &set([to]), &before, by);
            prop_assert_eq!(is_valid.is_err(), any.precedes(to, from));
        }
    }
}

#[test]
fn a_verdict_names_what_is_wrong() {
    // 0 -> 1 -> 2 -> 3 and 0 -> 2: the effect of 1 on 2.
    let dag = Dag::from_edges(Nodes::numbered(4), [(0, 1), (1, 2), (0, 2), (2, 3)]).expect("acyclic");
    let set = |nodes: &[usize]| NodeSet::with(4, nodes.iter().copied());
    let adjustment = dag.adjustment(&set(&[1]), &set(&[2])).expect("disjoint sets");
    let verdict = |nodes: &[usize]| adjustment.verdict(&set(nodes)).expect("disjoint sets");
    assert_eq!(verdict(&[]), AdjustmentVerdict::NotBlocked);
    assert_eq!(verdict(&[0]), AdjustmentVerdict::Valid);
    assert_eq!(verdict(&[0, 3]), AdjustmentVerdict::Forbidden { node: 3 });
    assert_eq!(adjustment.forbidden(), Some(&set(&[2, 3])));
}

#[test]
fn treatments_that_are_set_together_may_need_less() {
    // 0 -> 1, both into 2: the joint effect of 0 and 1 needs no covariate, that of 1 alone needs 0.
    let dag = Dag::from_edges(Nodes::numbered(3), [(0, 1), (0, 2), (1, 2)]).expect("acyclic");
    let set = |nodes: &[usize]| NodeSet::with(3, nodes.iter().copied());
    let joint = dag.adjustment(&set(&[0, 1]), &set(&[2])).expect("disjoint sets");
    assert!(joint.is_valid(&set(&[])).expect("disjoint sets"));
    let alone = dag.adjustment(&set(&[1]), &set(&[2])).expect("disjoint sets");
    assert!(!alone.is_valid(&set(&[])).expect("disjoint sets"));
    assert_eq!(alone.canonical_set(), Some(set(&[0])));
}

#[test]
fn what_cannot_be_asked_is_an_error() {
    let dag = Dag::empty(Nodes::numbered(3));
    let set = |nodes: &[usize]| NodeSet::with(3, nodes.iter().copied());
    assert!(matches!(
        dag.adjustment(&set(&[]), &set(&[1])),
        Err(Error::EmptySet { what: "treatments" })
    ));
    assert!(matches!(
        dag.adjustment(&set(&[0]), &set(&[0, 1])),
        Err(Error::Overlap { a: "treatments", b: "outcomes", node }) if node == "X0"
    ));
    assert!(matches!(
        dag.cpdag().adjustment(&set(&[0]), &NodeSet::with(4, [1])),
        Err(Error::SetSize {
            what: "outcomes",
            got: 4,
            expected: 3
        })
    ));
    let adjustment = dag.adjustment(&set(&[0]), &set(&[1])).expect("disjoint sets");
    assert!(matches!(
        adjustment.is_valid(&set(&[1, 2])),
        Err(Error::Overlap {
            a: "outcomes",
            b: "covariates",
            ..
        })
    ));
    let square = Pdag::from_edges(Nodes::numbered(4), [], [(0, 1), (1, 2), (2, 3), (3, 0)]).expect("edges");
    assert!(matches!(
        square.adjustment(&NodeSet::with(4, [0]), &NodeSet::with(4, [1])),
        Err(Error::NoExtension { .. })
    ));
    let order = CausalOrder::of(&dag);
    assert!(matches!(
        order.adjustment_set_within(&dag, 1, 0),
        Err(Error::EffectBeforeCause { treatment, outcome }) if (treatment.as_str(), outcome.as_str()) == ("X1", "X0")
    ));
    assert!(matches!(
        order.adjustment_set(3),
        Err(Error::NodeOutOfRange { index: 3, n_nodes: 3 })
    ));
}

#[test]
fn sets_of_the_asia_network() {
    let asia = causal_graph::network::published::asia();
    let dag = asia.dag();
    let nodes = dag.nodes();
    let set = |names: &[&str]| {
        let indices = names
            .iter()
            .map(|name| nodes.index(name).expect("a node of asia"));
        NodeSet::with(nodes.len(), indices)
    };
    let adjustment = dag
        .adjustment(&set(&["lung"]), &set(&["dysp"]))
        .expect("disjoint sets");
    assert_eq!(adjustment.optimal_set(), Some(set(&["tub", "bronc"])));
    let none = NodeSet::new(nodes.len());
    let minimal = adjustment
        .minimal_set(&none, &NodeSet::full(nodes.len()))
        .expect("disjoint sets");
    let minimal: BTreeSet<usize> = minimal.expect("there is one").iter().collect();
    assert_eq!(minimal.len(), 1);
    let smoke_or_bronc = set(&["smoke", "bronc"]);
    assert!(minimal.iter().all(|&node| smoke_or_bronc.contains(node)));
}
