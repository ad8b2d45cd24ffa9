//! The insertions at a node.

use std::collections::BTreeMap;

use causal_graph::NodeSet;

use super::equivalence_class::{Change, EquivalenceClass};
use crate::Result;
use crate::score::LocalScore as _;

/// The insertions of edges to `to` that have a gain, all conditions checked but that of the paths, which depends on the whole
/// graph.
///
/// ```text
/// gain = score(to | S with from) - score(to | S),   S = common + directed + parents(to)
///
/// common    undirected neighbours of `to` joined to `from`
/// directed  undirected neighbours of `to` not joined to `from`; with the common ones they are a clique
/// ```
pub(super) fn insertions(class: &EquivalenceClass<'_>, to: usize) -> Result<Vec<Change>> {
    let mut causes_of = BTreeMap::<Vec<usize>, Vec<usize>>::new();
    for from in 0..class.n_nodes() {
        if from == to || class.adjacent(to).contains(from) || !class.knowledge().may_join(from, to) {
            continue;
        }
        let common = class.common_neighbours(from, to);
        let mut others = class.neighbours(to).clone();
        others.difference_with(&common);
        for directed in class.cliques(&common, &others) {
            let mut family = class.parents(to).clone();
            family.union_with(&common);
            family.extend(directed);
            if family.len() < class.max_parents() {
                causes_of.entry(family.iter().collect()).or_default().push(from);
            }
        }
    }
    let mut insertions = Vec::new();
    // All insertions that share a family, together.
    for (family, causes) in causes_of {
        let base = class.score().local(to, &family)?;
        let with = class.score().local_additions(to, &family, &causes)?;
        for (&from, with) in causes.iter().zip(&with) {
            if with - base > class.tie() {
                insertions.push(insertion(class, from, to, &family, with - base));
            }
        }
    }
    Ok(insertions)
}

fn insertion(class: &EquivalenceClass<'_>, from: usize, to: usize, family: &[usize], gain: f64) -> Change {
    let mut blocking = NodeSet::with(class.n_nodes(), family.iter().copied());
    blocking.intersect_with(class.neighbours(to));
    let mut directed = blocking.clone();
    directed.difference_with(class.adjacent(from));
    Change::Insert {
        from,
        to,
        directed: directed.iter().collect(),
        blocking,
        gain,
    }
}
