//! Meek's rules where evidence clashes or is missing.

use std::collections::HashSet;

use causal_graph::Pdag;

use super::Conflict;
use super::directions::Directions;
use super::extension::{Undecided, extension, is_undecided};
use super::triples::{Triple, Verdict};
use crate::Result;

/// Applies Meek's rules to a graph of colliders and known edges.
///
/// Where a DAG extends the graph and every triple is decided, these are the rules of
/// [`Pdag::apply_meek_rules`](causal_graph::Pdag::apply_meek_rules). Else they are applied with care: a rule that infers
/// from a triple that it is no collider needs the verdict that it is none, disputed edges are left alone, and an edge that
/// would close a cycle is reported instead.
pub(super) fn propagate(directions: &mut Directions<'_>, triples: &[Triple]) -> Result<()> {
    let undecided: Undecided = triples
        .iter()
        .filter(|triple| triple.verdict == Verdict::Undecided)
        .map(|triple| [triple.nodes.x, triple.nodes.middle, triple.nodes.z])
        .collect();
    let is_settled = undecided.is_empty()
        && directions.disputed.is_empty()
        && directions.graph.consistent_extension().is_ok();
    if is_settled {
        directions.graph.apply_meek_rules();
    } else {
        with_care(directions, &undecided)?;
    }
    report_denied(directions, triples);
    if !is_settled {
        report_no_extension(directions, &undecided);
    }
    Ok(())
}

/// Sweeps over the undirected edges until no rule applies.
fn with_care(directions: &mut Directions<'_>, undecided: &Undecided) -> Result<()> {
    let mut refused: HashSet<(usize, usize)> = HashSet::new();
    loop {
        let mut is_done = true;
        let open: Vec<(usize, usize)> = directions
            .graph
            .undirected_edges()
            .filter(|edge| !directions.disputed.contains(edge))
            .flat_map(|(a, b)| [(a, b), (b, a)])
            .collect();
        for (from, to) in open {
            let is_open = directions.graph.has_undirected(from, to) && !refused.contains(&(from, to));
            if is_open && follows(&directions.graph, from, to, undecided) {
                if directions.direct_edge(from, to)? {
                    is_done = false;
                } else {
                    refused.insert((from, to));
                }
            }
        }
        if is_done {
            return Ok(());
        }
    }
}

/// Whether a rule directs the undirected edge from `a` to `b`.
///
/// ```text
/// 1  c -> a - b, c and b not adjacent, a no collider
/// 2  a -> c -> b
/// 3  a - c -> b and a - d -> b, c and d not adjacent, a no collider between them
/// 4  a - c -> d -> b, a and d adjacent, c and b not adjacent, a no collider between c and b
/// ```
fn follows(graph: &Pdag, a: usize, b: usize, undecided: &Undecided) -> bool {
    let is_non_collider = |x: usize, middle: usize, z: usize| {
        !graph.is_adjacent(x, z) && !is_undecided(undecided, x, middle, z)
    };
    let rule_1 = || graph.parents(a).iter().any(|c| is_non_collider(c, a, b));
    let rule_2 = || !graph.children(a).is_disjoint(graph.parents(b));
    let rule_3 = || {
        let mut between = graph.neighbours(a).clone();
        between.intersect_with(graph.parents(b));
        between
            .iter()
            .any(|c| between.iter().any(|d| c < d && is_non_collider(c, a, d)))
    };
    let rule_4 = || {
        graph.neighbours(a).iter().any(|c| {
            is_non_collider(c, a, b)
                && graph
                    .children(c)
                    .iter()
                    .any(|d| graph.has_directed(d, b) && graph.is_adjacent(a, d))
        })
    };
    rule_2() || rule_1() || rule_3() || rule_4()
}

/// Reports the colliders of the graph that the tests deny: two others, or what is known, may have made them.
fn report_denied(directions: &mut Directions<'_>, triples: &[Triple]) {
    let graph = &directions.graph;
    let denied = triples
        .iter()
        .filter(|triple| triple.verdict == Verdict::NonCollider)
        .map(|triple| triple.nodes)
        .filter(|nodes| {
            graph.has_directed(nodes.x, nodes.middle) && graph.has_directed(nodes.z, nodes.middle)
        })
        .map(|collider| Conflict::DeniedCollider { collider });
    directions.conflicts.extend(denied);
}

/// Reports that no DAG extends the graph, if none does.
fn report_no_extension(directions: &mut Directions<'_>, undecided: &Undecided) {
    let graph = &directions.graph;
    let no_extension = extension(graph, undecided).err().map(|stuck| {
        let are_stuck = |&(a, b): &(usize, usize)| stuck.contains(&a) && stuck.contains(&b);
        Conflict::NoExtension {
            edges: graph.undirected_edges().filter(are_stuck).collect(),
        }
    });
    directions.conflicts.extend(no_extension);
}
