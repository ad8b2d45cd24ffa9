//! Whether a graph agrees with what is known.

use causal_graph::Pdag;

use super::{Knowledge, Statement};
use crate::{Error, Result};

/// Checks that the graph contradicts no statement and that edges of one possible direction have it.
pub(super) fn check(knowledge: &Knowledge, graph: &Pdag) -> Result<()> {
    knowledge.nodes().check_same("graph", graph.nodes())?;
    let violated = |statement: Statement| Err(Error::KnowledgeViolated { statement });
    for (from, to) in graph.directed_edges() {
        if let Some(statement) = excluded(knowledge, from, to) {
            return violated(statement);
        }
    }
    for (a, b) in graph.undirected_edges() {
        if let Some(statement) = excluded(knowledge, a, b).or_else(|| excluded(knowledge, b, a)) {
            return violated(statement);
        }
    }
    for (from, to) in knowledge.required() {
        if !graph.has_directed(from, to) {
            return violated(knowledge.required_edge(from, to));
        }
    }
    for (a, b) in knowledge.required_joins() {
        if !graph.is_adjacent(a, b) {
            return violated(Statement::RequiredAdjacency {
                a: knowledge.name(a),
                b: knowledge.name(b),
            });
        }
    }
    Ok(())
}

/// Directs the undirected edges of one possible direction.
pub(super) fn orient_known(knowledge: &Knowledge, graph: &mut Pdag) -> Result<usize> {
    knowledge.nodes().check_same("graph", graph.nodes())?;
    let known: Vec<(usize, usize)> = graph
        .undirected_edges()
        .filter_map(
            |(a, b)| match (knowledge.may_direct(a, b), knowledge.may_direct(b, a)) {
                (true, false) => Some((a, b)),
                (false, true) => Some((b, a)),
                _ => None,
            },
        )
        .collect();
    for &(from, to) in &known {
        graph.orient(from, to)?;
    }
    Ok(known.len())
}

/// The statement against the edge from `from` to `to`, if it is excluded.
fn excluded(knowledge: &Knowledge, from: usize, to: usize) -> Option<Statement> {
    if knowledge.may_direct(from, to) {
        return None;
    }
    knowledge.why_not(from, to)
}
