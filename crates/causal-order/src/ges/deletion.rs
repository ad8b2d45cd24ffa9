//! The deletions at a node.

use causal_graph::NodeSet;

use super::equivalence_class::{Change, EquivalenceClass};
use crate::Result;
use crate::score::{LocalScore as _, with_member};

/// The deletions of edges to `to`, directed or not, that have a gain.
///
/// ```text
/// gain = score(to | S) - score(to | S with from),   S = clique + parents(to) without from
///
/// clique  undirected neighbours of `to` joined to `from` and to each other; the other common ones become children
/// ```
pub(super) fn deletions(class: &EquivalenceClass<'_>, to: usize) -> Result<Vec<Change>> {
    let mut deletions = Vec::new();
    let mut causes = class.parents(to).clone();
    causes.union_with(class.neighbours(to));
    for from in causes
        .iter()
        .filter(|&from| !class.knowledge().requires_join(from, to))
    {
        let common = class.common_neighbours(from, to);
        let none = NodeSet::new(class.n_nodes());
        for clique in class.cliques(&none, &common) {
            let mut family = class.parents(to).clone();
            family.remove(from);
            family.extend(clique.iter().copied());
            let family: Vec<usize> = family.iter().collect();
            let without = class.score().local(to, &family)?;
            let with = class.score().local(to, &with_member(&family, from))?;
            if without - with > class.tie() {
                let is_outside = |node: &usize| !clique.contains(node);
                deletions.push(Change::Delete {
                    from,
                    to,
                    directed: common.iter().filter(is_outside).collect(),
                    gain: without - with,
                });
            }
        }
    }
    Ok(deletions)
}
