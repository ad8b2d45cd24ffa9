//! Minimal separators in linear time.

use super::bayes_ball::morally_connected;
use crate::{Dag, NodeSet};

/// See [`Dag::minimal_separator`]; the sets are checked.
///
/// Every separator can be cut down to the ancestors of x, y and what is required, where it separates exactly if it does in
/// the moral graph. Of the largest such set the part that x reaches still separates, and of this the part that y reaches is
/// minimal.
pub(super) fn minimal_separator(
    dag: &Dag,
    x: &NodeSet,
    y: &NodeSet,
    required: &NodeSet,
    allowed: &NodeSet,
) -> Option<NodeSet> {
    let mut ends = x.clone();
    ends.union_with(y);
    let mut within = ends.clone();
    within.union_with(required);
    let within = dag.ancestral_set(&within);

    let mut separator = within.clone();
    separator.intersect_with(allowed);
    separator.difference_with(&ends);
    separator.union_with(required);
    let from_x = morally_connected(dag, x, &separator, &within);
    if !from_x.is_disjoint(y) {
        return None;
    }
    separator.intersect_with(&from_x);
    separator.union_with(required);
    let from_y = morally_connected(dag, y, &separator, &within);
    separator.intersect_with(&from_y);
    separator.union_with(required);
    Some(separator)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::{Dag, Error, NodeSet, Nodes};

    const N_NODES: usize = 7;

    fn subsets(of: &NodeSet) -> impl Iterator<Item = NodeSet> {
        let nodes: Vec<usize> = of.iter().collect();
        (0_usize..1 << nodes.len()).map(move |bits| {
            let chosen = nodes.iter().enumerate().filter(|(idx, _)| bits & (1 << idx) != 0);
            NodeSet::with(N_NODES, chosen.map(|(_, &node)| node))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn it_is_found_where_there_is_one_and_is_minimal(
            bits in prop::collection::vec(prop::bool::weighted(0.35), 21),
            roles in prop::collection::vec(0_u8..6, N_NODES),
        ) {
            let upwards = (0..N_NODES).flat_map(|b| (0..b).map(move |a| (a, b)));
            let edges = upwards.zip(bits).filter(|(_, bit)| *bit).map(|(edge, _)| edge);
            let dag = Dag::from_edges(Nodes::numbered(N_NODES), edges).expect("edges lead upwards");
            let of = |role: u8| NodeSet::with(N_NODES, (0..N_NODES).filter(|&node| roles[node] == role));
            let (x, y, required, mut allowed) = (of(0), of(1), of(2), of(3));
            allowed.union_with(&of(4));
            let separates = |extra: &NodeSet| {
                let mut set = required.clone();
                set.union_with(extra);
                dag.d_separated(&x, &y, &set).expect("disjoint")
            };
            let found = dag.minimal_separator(&x, &y, &required, &allowed).expect("disjoint");
            let Some(mut extra) = found else {
                prop_assert!(!subsets(&allowed).any(|set| separates(&set)));
                return Ok(());
            };
            prop_assert!(required.is_subset(&extra));
            extra.difference_with(&required);
            prop_assert!(extra.is_subset(&allowed));
            prop_assert!(separates(&extra));
            prop_assert!(!subsets(&extra).any(|less| less != extra && separates(&less)));
        }
    }

    #[test]
    fn sets_of_another_graph_and_shared_nodes_are_errors() {
        let dag = Dag::empty(Nodes::numbered(3));
        let (none, first) = (NodeSet::new(3), NodeSet::with(3, [0]));
        assert!(matches!(
            dag.minimal_separator(&first, &none, &first, &none),
            Err(Error::Overlap {
                a: "x",
                b: "required",
                ..
            })
        ));
        assert!(matches!(
            dag.minimal_separator(&first, &none, &none, &NodeSet::new(4)),
            Err(Error::SetSize {
                what: "allowed",
                got: 4,
                expected: 3
            })
        ));
        assert!(matches!(
            dag.d_separated(&first, &NodeSet::new(2), &none),
            Err(Error::SetSize {
                what: "y",
                got: 2,
                expected: 3
            })
        ));
    }
}
