//! GML, the graph modelling language, as networkx and igraph write it.
//!
//! ```text
//! graph [
//!   directed 1
//!   node [
//!     id 0
//!     label "smoke"
//!   ]
//!   node [
//!     id 1
//!     label "lung"
//!   ]
//!   edge [
//!     source 0
//!     target 1
//!   ]
//! ]
//! ```
//!
//! The name of a node is its `name`, where all have one, else its `label`, else its `id`. Edges are directed if the graph
//! says `directed 1`; an edge may say `directed` for itself, or have an `arrow` in its `graphics` (`none`, `first`,
//! `last`). Other keys are passed over, and so are lines that start with `#`. In strings `&#233;`, `&quot;`, `&amp;`,
//! `&lt;`, `&gt;` and `&apos;` stand for characters.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::Problem;
use super::cursor::{Cursor, is_white};
use super::draft::GraphDraft;
use super::identified::{IdentifiedEdge, IdentifiedGraph, IdentifiedNode, RepeatedNames};
use crate::{Dag, Pdag, Result};

mod string;

const FORMAT: &str = "GML";

/// Reads a graph.
///
/// # Errors
///
/// [`Error::Format`](crate::Error::Format) with the line: text that is not GML, or breaks off; a node without `id`, an
/// edge without `source` or `target`; two nodes of one name, an unknown node; an edge that is neither directed nor
/// undirected, leads from a node to itself, or joins nodes that are joined already.
///
/// # Examples
///
/// ```
/// use causal_graph::format::gml;
///
/// let text = "graph [ directed 1 node [ id 7 label \"a\" ] node [ id 3 label \"b\" ] edge [ source 3 target 7 ] ]";
/// let pdag = gml::read(text)?;
/// assert_eq!(pdag.nodes().names(), ["a", "b"]);
/// assert!(pdag.has_directed(1, 0));
/// assert_eq!(gml::read(&gml::write(&pdag))?, pdag);
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

/// Writes a graph so that [`read`] gives it back. Undirected edges say `directed 0`, or the graph does if it has no
/// others.
pub fn write(graph: &Pdag) -> String {
    let mut text = "graph [\n".to_owned();
    let mut line =
        |line: std::fmt::Arguments<'_>| writeln!(text, "{line}").expect("a string takes everything");
    let is_directed = graph.undirected_edges().next().is_none() || graph.directed_edges().next().is_some();
    line(format_args!("  directed {}", u8::from(is_directed)));
    for (id, name) in graph.nodes().names().iter().enumerate() {
        line(format_args!(
            "  node [\n    id {id}\n    label {}\n  ]",
            string::written(name)
        ));
    }
    for (from, to) in graph.directed_edges() {
        line(format_args!("  edge [\n    source {from}\n    target {to}\n  ]"));
    }
    let directed = if is_directed { "    directed 0\n" } else { "" };
    for (a, b) in graph.undirected_edges() {
        line(format_args!(
            "  edge [\n    source {a}\n    target {b}\n{directed}  ]"
        ));
    }
    line(format_args!("]"));
    text
}

/// What a list is about.
enum List<'a> {
    Graph,
    Node(NodeList<'a>),
    Edge(EdgeList<'a>),
    /// The graphics of an edge.
    Graphics,
    Other,
}

struct NodeList<'a> {
    at: usize,
    id: Option<Cow<'a, str>>,
    name: Option<Cow<'a, str>>,
    label: Option<Cow<'a, str>>,
}

struct EdgeList<'a> {
    at: usize,
    source: Option<Cow<'a, str>>,
    target: Option<Cow<'a, str>>,
    directed: Option<bool>,
    arrow: Option<Cow<'a, str>>,
}

fn draft(text: &str) -> Result<GraphDraft<'_>> {
    let mut reader = Reader {
        cursor: Cursor::new(text, FORMAT),
        open: Vec::new(),
        nodes: Vec::new(),
        edges: Vec::new(),
        has_graph: false,
        is_directed: false,
    };
    while reader.entry()? {}
    reader.finish()
}

struct Reader<'a> {
    cursor: Cursor<'a>,
    /// The lists that are open, the innermost last.
    open: Vec<List<'a>>,
    nodes: Vec<NodeList<'a>>,
    edges: Vec<EdgeList<'a>>,
    has_graph: bool,
    is_directed: bool,
}

impl<'a> Reader<'a> {
    /// Reads a key and its value, or the end of a list; `false` at the end of the text.
    fn entry(&mut self) -> Result<bool> {
        self.skip_blank();
        let start = self.cursor.at();
        match self.cursor.peek() {
            None if self.open.is_empty() => return Ok(false),
            Some(b']') if !self.open.is_empty() => {
                self.cursor.eat("]");
                self.close();
                return Ok(true);
            }
            _ => {}
        }
        let key = self
            .cursor
            .take_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if key.is_empty() {
            let expected = if self.open.is_empty() {
                "a key"
            } else {
                "a key or `]`"
            };
            return Err(self.cursor.unexpected(expected));
        }
        self.skip_blank();
        match self.cursor.peek() {
            Some(b'[') => {
                self.cursor.eat("[");
                self.open_list(key, start)?;
            }
            Some(b'"') => {
                let value = string::read(&mut self.cursor)?;
                self.value(key, value, start)?;
            }
            _ => {
                let value = self
                    .cursor
                    .take_until(|byte| is_white(byte) || b"[]\"".contains(&byte));
                if value.is_empty() {
                    return Err(self.cursor.unexpected("a value after the key"));
                }
                self.value(key, Cow::Borrowed(value), start)?;
            }
        }
        Ok(true)
    }

    fn skip_blank(&mut self) {
        self.cursor.skip_white();
        while self.cursor.peek() == Some(b'#') {
            self.cursor.skip_line();
            self.cursor.skip_white();
        }
    }

    fn open_list(&mut self, key: &str, at: usize) -> Result<()> {
        let list = match (self.open.last(), key) {
            (None, "graph") if self.has_graph => {
                return Err(self.cursor.error_at(at, Problem::Repeated { what: "`graph`" }));
            }
            (None, "graph") => {
                self.has_graph = true;
                List::Graph
            }
            (Some(List::Graph), "node") => List::Node(NodeList {
                at,
                id: None,
                name: None,
                label: None,
            }),
            (Some(List::Graph), "edge") => List::Edge(EdgeList {
                at,
                source: None,
                target: None,
                directed: None,
                arrow: None,
            }),
            (Some(List::Edge(_)), "graphics") => List::Graphics,
            _ => List::Other,
        };
        self.open.push(list);
        Ok(())
    }

    fn close(&mut self) {
        match self.open.pop() {
            Some(List::Node(node)) => self.nodes.push(node),
            Some(List::Edge(edge)) => self.edges.push(edge),
            _ => {}
        }
    }

    fn value(&mut self, key: &str, value: Cow<'a, str>, at: usize) -> Result<()> {
        if key == "directed" && matches!(self.open.last(), Some(List::Graph | List::Edge(_))) {
            let directed = match value.as_ref() {
                "0" => false,
                "1" => true,
                _ => {
                    let (text, expected) = (value.into_owned(), "0 or 1");
                    return Err(self.cursor.error_at(at, Problem::Number { text, expected }));
                }
            };
            match self.open.last_mut() {
                Some(List::Edge(edge)) => edge.directed = Some(directed),
                _ => self.is_directed = directed,
            }
            return Ok(());
        }
        let field = match (self.open.as_mut_slice(), key) {
            ([.., List::Node(node)], "id") => &mut node.id,
            ([.., List::Node(node)], "name") => &mut node.name,
            ([.., List::Node(node)], "label") => &mut node.label,
            ([.., List::Edge(edge)], "source") => &mut edge.source,
            ([.., List::Edge(edge)], "target") => &mut edge.target,
            ([.., List::Edge(edge), List::Graphics], "arrow") => &mut edge.arrow,
            _ => return Ok(()),
        };
        *field = Some(value);
        Ok(())
    }

    fn finish(self) -> Result<GraphDraft<'a>> {
        if !self.has_graph {
            return Err(self.cursor.error(Problem::Missing { what: "`graph`" }));
        }
        let mut graph = IdentifiedGraph::new();
        for node in self.nodes {
            let Some(id) = node.id else {
                let what = "the `id` of the node";
                return Err(self.cursor.error_at(node.at, Problem::Missing { what }));
            };
            graph.add_node(IdentifiedNode {
                id,
                name: node.name,
                label: node.label,
                at: node.at,
            });
        }
        for edge in self.edges {
            let missing = |what| self.cursor.error_at(edge.at, Problem::Missing { what });
            let mut from = edge.source.ok_or_else(|| missing("the `source` of the edge"))?;
            let mut to = edge.target.ok_or_else(|| missing("the `target` of the edge"))?;
            let is_directed = match edge.arrow.as_deref() {
                _ if edge.directed.is_some() => edge.directed == Some(true),
                None => self.is_directed,
                Some("none") => false,
                Some("last") => true,
                Some("first") => {
                    std::mem::swap(&mut from, &mut to);
                    true
                }
                Some(arrow) => {
                    let edge_text = format!("arrow \"{arrow}\"");
                    return Err(self
                        .cursor
                        .error_at(edge.at, Problem::EdgeKind { edge: edge_text }));
                }
            };
            let at = edge.at;
            graph.add_edge(IdentifiedEdge {
                from,
                to,
                is_directed,
                at,
            });
        }
        graph.into_draft(&self.cursor, RepeatedNames::Refuse)
    }
}

#[cfg(test)]
mod tests;
