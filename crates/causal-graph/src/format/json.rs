//! JSON: our own form, and those of networkx and pgmpy.
//!
//! ```text
//! {
//!   "nodes": ["smoke", "lung", "dysp"],
//!   "directed": [
//!     ["smoke", "lung"]
//!   ],
//!   "undirected": [
//!     ["lung", "dysp"]
//!   ]
//! }
//! ```
//!
//! # What is read
//!
//! | keys | form |
//! |---|---|
//! | `nodes`, `directed`, `undirected` | what serde writes for a [`Pdag`], and [`write()`] |
//! | `nodes`, `edges` | what serde writes for a [`Dag`] |
//! | `nodes`, `links` or `edges`, `directed` as a boolean, `multigraph`, `graph` | networkx's node-link form |
//! | `nodes`, `arcs`, `cpds` | a linear Gaussian network ([`linear_gaussian`](super::linear_gaussian)) |
//!
//! A node is a string, a number, or an object with `id`, and perhaps `name` or `label`: the name of a node is its `name`,
//! where all have one and no two the same, else its `label`, else its `id`. An edge is a pair, or an object with `source`
//! and `target` or `from` and `to`, and perhaps `directed`. Other keys of nodes and edges are passed over; other keys of
//! the graph are refused.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::Problem;
use super::cursor::Cursor;
use super::draft::GraphDraft;
use super::identified::{IdentifiedEdge, IdentifiedGraph, IdentifiedNode, RepeatedNames};
use crate::{Dag, Pdag, Result};

pub(super) mod document;

use document::{Kind, Member, Value};

const FORMAT: &str = "JSON";

/// Reads a graph.
///
/// # Errors
///
/// [`Error::Format`](crate::Error::Format) with the line: text that is not JSON, or breaks off; keys or values that no
/// form has; two nodes of one name, an unknown node; an edge from a node to itself, two edges between two nodes.
///
/// # Examples
///
/// ```
/// use causal_graph::format::json;
///
/// let pdag = json::read("{\"nodes\": [\"a\", \"b\", \"c\"], \"directed\": [[\"b\", \"a\"]], \"undirected\": [[\"b\", \"c\"]]}")?;
/// assert!(pdag.has_directed(1, 0) && pdag.has_undirected(1, 2));
/// assert_eq!(json::read(&json::write(&pdag))?, pdag);
///
/// let error = json::read("{\"nodes\": [\"a\"],\n\"edges\": [[\"a\", \"b\"]]}").expect_err("no node b");
/// assert_eq!(error.to_string(), "line 2: there is no node `b`: expected one of `a`");
/// # Ok::<(), causal_graph::Error>(())
/// ```
pub fn read(text: &str) -> Result<Pdag> {
    draft(text)?.into_pdag()
}

/// Reads a DAG.
///
/// # Errors
///
/// Those of [`read`]; an edge without direction; a cycle, with the line of its last edge.
pub fn read_dag(text: &str) -> Result<Dag> {
    draft(text)?.into_dag()
}

/// Writes a graph, an edge a line, so that [`read`] and serde give it back.
pub fn write(graph: &Pdag) -> String {
    let names: Vec<String> = graph.nodes().names().iter().map(|name| quoted(name)).collect();
    let mut text = format!("{{\n  \"nodes\": [{}]", names.join(", "));
    for (key, edges) in [
        ("directed", graph.directed_edges().collect::<Vec<_>>()),
        ("undirected", graph.undirected_edges().collect()),
    ] {
        write!(text, ",\n  \"{key}\": [").expect("a string takes everything");
        for (place, &(a, b)) in edges.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            write!(text, "{comma}\n    [{}, {}]", names[a], names[b]).expect("a string takes everything");
        }
        text.push_str(if edges.is_empty() { "]" } else { "\n  ]" });
    }
    text.push_str("\n}\n");
    text
}

/// A string of JSON.
pub(super) fn quoted(name: &str) -> String {
    serde_json::Value::from(name).to_string()
}

fn draft(text: &str) -> Result<GraphDraft<'_>> {
    let mut cursor = Cursor::new(text, FORMAT);
    let document = document::read(&mut cursor)?;
    let source = Source(&cursor);
    let mut parts = Parts::default();
    let mut are_edges_directed = true;
    for (key, value) in source.object(document, "an object with `nodes` and edges")? {
        let slot = match (key.as_ref(), &value.kind) {
            ("directed", &Kind::Boolean(is_directed)) => {
                are_edges_directed = is_directed;
                continue;
            }
            ("multigraph" | "graph" | "name" | "cpds", _) => continue,
            ("nodes", _) => &mut parts.nodes,
            ("directed", _) => &mut parts.directed,
            ("undirected", _) => &mut parts.undirected,
            ("edges" | "links" | "arcs", _) => &mut parts.edges,
            _ => {
                return Err(source.unexpected(
                    value.at,
                    &key,
                    "`nodes`, `edges`, `directed`, `undirected` or `links`",
                ));
            }
        };
        if slot.is_some() {
            return Err(cursor.error_at(
                value.at,
                Problem::Repeated {
                    what: "a list of nodes or edges",
                },
            ));
        }
        *slot = Some(source.list(value, "a list")?);
    }
    let Some(nodes) = parts.nodes else {
        return Err(cursor.error_at(0, Problem::Missing { what: "`nodes`" }));
    };
    if parts.edges.is_none() && parts.directed.is_none() && parts.undirected.is_none() {
        return Err(cursor.error_at(
            0,
            Problem::Missing {
                what: "the list of edges",
            },
        ));
    }
    let mut graph = IdentifiedGraph::new();
    for value in nodes {
        graph.add_node(source.node(value)?);
    }
    let lists = [
        (parts.directed, true),
        (parts.undirected, false),
        (parts.edges, are_edges_directed),
    ];
    for (edges, is_directed) in lists {
        for value in edges.into_iter().flatten() {
            graph.add_edge(source.edge(value, is_directed)?);
        }
    }
    graph.into_draft(&cursor, RepeatedNames::UseIdentifiers)
}

/// The lists of a graph.
#[derive(Default)]
struct Parts<'a> {
    nodes: Option<Vec<Value<'a>>>,
    directed: Option<Vec<Value<'a>>>,
    undirected: Option<Vec<Value<'a>>>,
    edges: Option<Vec<Value<'a>>>,
}

/// The text, to say where a value is that should be another.
pub(super) struct Source<'c, 'a>(pub(super) &'c Cursor<'a>);

impl<'a> Source<'_, 'a> {
    pub(super) fn object(&self, value: Value<'a>, expected: &'static str) -> Result<Vec<Member<'a>>> {
        match value.kind {
            Kind::Object(members) => Ok(members),
            _ => Err(self.not(value.at, expected)),
        }
    }

    pub(super) fn list(&self, value: Value<'a>, expected: &'static str) -> Result<Vec<Value<'a>>> {
        match value.kind {
            Kind::List(values) => Ok(values),
            _ => Err(self.not(value.at, expected)),
        }
    }

    /// A string, or a number as it is written.
    pub(super) fn name(&self, value: Value<'a>, expected: &'static str) -> Result<Cow<'a, str>> {
        let at = value.at;
        scalar(value).ok_or_else(|| self.not(at, expected))
    }

    fn node(&self, value: Value<'a>) -> Result<IdentifiedNode<'a>> {
        let at = value.at;
        let Kind::Object(members) = value.kind else {
            let id = self.name(value, "a node: a string, a number or an object with `id`")?;
            return Ok(IdentifiedNode {
                id,
                at,
                ..IdentifiedNode::default()
            });
        };
        let (mut id, mut name, mut label) = (None, None, None);
        for (key, value) in members {
            match key.as_ref() {
                "id" => id = Some(self.name(value, "a string or a number")?),
                "name" => name = scalar(value),
                "label" => label = scalar(value),
                _ => {}
            }
        }
        let id = id.ok_or_else(|| {
            self.0.error_at(
                at,
                Problem::Missing {
                    what: "the `id` of the node",
                },
            )
        })?;
        Ok(IdentifiedNode { id, name, label, at })
    }

    fn edge(&self, value: Value<'a>, mut is_directed: bool) -> Result<IdentifiedEdge<'a>> {
        let at = value.at;
        let (mut from, mut to) = (None, None);
        match value.kind {
            Kind::List(values) => {
                let n_values = values.len();
                let mut values = values.into_iter();
                (from, to) = match (values.next(), values.next()) {
                    (from, to) if n_values == 2 => (from, to),
                    _ => return Err(self.not(at, "an edge: two nodes")),
                };
            }
            Kind::Object(members) => {
                for (key, value) in members {
                    match (key.as_ref(), &value.kind) {
                        ("source" | "from", _) => from = Some(value),
                        ("target" | "to", _) => to = Some(value),
                        ("directed", &Kind::Boolean(directed)) => is_directed = directed,
                        _ => {}
                    }
                }
            }
            _ => return Err(self.not(at, "an edge: two nodes, or an object with `source` and `target`")),
        }
        let missing = |what| self.0.error_at(at, Problem::Missing { what });
        let from = from.ok_or_else(|| missing("the `source` of the edge"))?;
        let to = to.ok_or_else(|| missing("the `target` of the edge"))?;
        let (from, to) = (self.name(from, "a node")?, self.name(to, "a node")?);
        Ok(IdentifiedEdge {
            from,
            to,
            is_directed,
            at,
        })
    }

    pub(super) fn unexpected(&self, at: usize, found: &str, expected: &'static str) -> crate::Error {
        let found = found.to_owned();
        self.0.error_at(at, Problem::Unexpected { found, expected })
    }

    /// Says that what stands at a place should be something else.
    pub(super) fn not(&self, at: usize, expected: &'static str) -> crate::Error {
        let mut cursor = self.0.clone();
        cursor.jump(at);
        cursor.unexpected(expected)
    }
}

/// A string, or a number as it is written.
fn scalar(value: Value<'_>) -> Option<Cow<'_, str>> {
    match value.kind {
        Kind::String(text) => Some(text),
        Kind::Number(text) => Some(Cow::Borrowed(text)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
