//! DOT, the language of Graphviz, and dagitty's form of it.
//!
//! ```text
//! digraph {
//!   smoke -> lung -> dysp;
//!   smoke -> bronc [dir=none];
//! }
//! ```
//!
//! # What is read
//!
//! One graph, `digraph` or `graph`, `strict` or not, and dagitty's `dag`, `pdag` and `mag`. Subgraphs are flattened: an
//! edge to a subgraph is one to each of its nodes. Ports, and attributes that do not concern the ends of an edge, are
//! passed over.
//!
//! | edge | meaning |
//! |---|---|
//! | `a -> b`, `b <- a`, `a -- b [dir=forward]` | from `a` to `b` |
//! | `a -> b [dir=back]` | from `b` to `a` |
//! | `a -- b`, `a -> b [dir=none]`, `a -> b [arrowhead=none]`, `a -> b [dir=both]` | undirected |
//! | `a -> b [dir=both, arrowtail=normal]`, `a <-> b`, circles at the ends | refused: no edge of such a graph |
//!
//! An edge with no more than `dir=both` is how a completed partially directed graph is often drawn. In a `strict` graph
//! an edge that is given again is passed over.
//!
//! The name of a node is its identifier. Where all identifiers are numbers and all nodes have distinct labels, as in the
//! files of programs that number their nodes, it is the label.
//!
//! Strings: `\"` is a quote, `\\` a backslash, and a backslash at the end of a line joins it with the next.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::quote::quoted;
use crate::{Dag, Pdag, Result};

mod attributes;
mod identifier;
mod read;

const FORMAT: &str = "DOT";

/// Reads a graph.
///
/// # Errors
///
/// [`Error::Format`](crate::Error::Format) with the line: text that is not DOT, or breaks off; an edge that is neither
/// directed nor undirected, leads from a node to itself, or joins nodes that are joined already.
///
/// # Examples
///
/// ```
/// use causal_graph::format::dot;
///
/// let pdag = dot::read("digraph { smoke -> {lung bronc}; lung -> dysp [dir=none] }")?;
/// assert!(pdag.has_directed(0, 2) && pdag.has_undirected(1, 3));
/// assert_eq!(dot::read(&dot::write(&pdag))?, pdag);
/// # Ok::<(), causal_graph::Error>(())
/// ```
pub fn read(text: &str) -> Result<Pdag> {
    read::draft(text)?.into_pdag()
}

/// Reads a DAG.
///
/// # Errors
///
/// Those of [`read`]; an edge without direction; a cycle, with the line of its last edge.
pub fn read_dag(text: &str) -> Result<Dag> {
    read::draft(text)?.into_dag()
}

/// Writes a graph so that [`read`] gives it back: all nodes in order, then the edges, undirected ones with `dir=none`.
pub fn write(graph: &Pdag) -> String {
    let names: Vec<_> = graph.nodes().names().iter().map(|name| written(name)).collect();
    let mut text = "digraph {\n".to_owned();
    for name in &names {
        writeln!(text, "  {name};").expect("a string takes everything");
    }
    for (from, to) in graph.directed_edges() {
        writeln!(text, "  {} -> {};", names[from], names[to]).expect("a string takes everything");
    }
    for (a, b) in graph.undirected_edges() {
        writeln!(text, "  {} -> {} [dir=none];", names[a], names[b]).expect("a string takes everything");
    }
    text.push_str("}\n");
    text
}

/// A name in quotes where it needs them.
fn written(name: &str) -> Cow<'_, str> {
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let is_plain = starts_well && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_plain && !identifier::is_keyword(name) {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(quoted(name))
    }
}

#[cfg(test)]
mod tests;
