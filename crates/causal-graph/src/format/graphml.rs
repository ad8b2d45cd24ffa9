//! GraphML, as networkx, igraph and others write it.
//!
//! ```text
//! <graphml xmlns="http://graphml.graphdrawing.org/xmlns">
//!   <graph edgedefault="directed">
//!     <node id="smoke"/>
//!     <node id="lung"/>
//!     <edge source="smoke" target="lung"/>
//!   </graph>
//! </graphml>
//! ```
//!
//! The name of a node is what it has under the key whose `attr.name` is `name`, where all nodes have it and no two the
//! same, else under the key `label`, else its `id`. Edges are as `edgedefault` says, or as they say themselves with
//! `directed`. Graphs within nodes are part of the graph. Other data, ports and extensions are passed over; hyperedges are
//! refused.

use std::fmt::Write as _;

use quick_xml::escape::escape;

use crate::{Dag, Error, Pdag, Result};

mod read;

const FORMAT: &str = "GraphML";

/// Reads a graph.
///
/// # Errors
///
/// [`Error::Format`] with the line: text that is not XML or not GraphML, or breaks off; a node without `id`, an edge
/// without `source` or `target`; two nodes of one name, an unknown node; an edge from a node to itself, two edges between
/// two nodes.
///
/// # Examples
///
/// ```
/// use causal_graph::format::graphml;
///
/// let text = r#"<graphml><graph edgedefault="directed"><node id="a"/><node id="b"/><node id="c"/>
///     <edge source="b" target="a"/><edge source="b" target="c" directed="false"/></graph></graphml>"#;
/// let pdag = graphml::read(text)?;
/// assert!(pdag.has_directed(1, 0) && pdag.has_undirected(1, 2));
/// assert_eq!(graphml::read(&graphml::write(&pdag)?)?, pdag);
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

/// Writes a graph so that [`read`] gives it back. Undirected edges say `directed="false"`, or the graph does if it has no
/// others.
///
/// # Errors
///
/// [`Error::UnwritableName`] for a name with a control character that XML has no way to write.
pub fn write(graph: &Pdag) -> Result<String> {
    let names = graph.nodes().names();
    if let Some(name) = names.iter().find(|name| !name.chars().all(is_writable)) {
        return Err(Error::UnwritableName {
            name: name.clone(),
            format: FORMAT,
            reason: "it has a control character that XML cannot hold",
        });
    }
    let names: Vec<String> = names.iter().map(|name| written(name)).collect();
    let is_directed = graph.undirected_edges().next().is_none() || graph.directed_edges().next().is_some();
    let default = if is_directed { "directed" } else { "undirected" };
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
                    <graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n"
        .to_owned();
    let mut line =
        |line: std::fmt::Arguments<'_>| writeln!(text, "{line}").expect("a string takes everything");
    line(format_args!("  <graph edgedefault=\"{default}\">"));
    for name in &names {
        line(format_args!("    <node id=\"{name}\"/>"));
    }
    for (from, to) in graph.directed_edges() {
        line(format_args!(
            "    <edge source=\"{}\" target=\"{}\"/>",
            names[from], names[to]
        ));
    }
    let directed = if is_directed { " directed=\"false\"" } else { "" };
    for (a, b) in graph.undirected_edges() {
        line(format_args!(
            "    <edge source=\"{}\" target=\"{}\"{directed}/>",
            names[a], names[b]
        ));
    }
    text.push_str("  </graph>\n</graphml>\n");
    Ok(text)
}

/// Whether XML 1.0 has the character.
fn is_writable(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// A name as the value of an attribute: white space other than blanks as references, which no reader normalises.
fn written(name: &str) -> String {
    let mut text = String::new();
    for character in escape(name).chars() {
        if matches!(character, '\t' | '\n' | '\r') {
            write!(text, "&#{};", u32::from(character)).expect("a string takes everything");
        } else {
            text.push(character);
        }
    }
    text
}

#[cfg(test)]
mod tests;
