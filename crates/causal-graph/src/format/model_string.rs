//! Model strings, bnlearn's one-line form of a DAG: `[smoke][lung|smoke][dysp|lung:bronc][bronc|smoke]`.
//!
//! Each node stands in brackets once, with its parents after a bar and colons between them; a node may be the parent of
//! one that comes before it. Names have no `[`, `]`, `|`, `:` in them, and no white space around them. White space
//! between brackets is passed over.
//!
//! A string that was cut after a bracket is a smaller graph, or lacks a parent.

use super::cursor::{Cursor, is_white};
use super::draft::GraphDraft;
use crate::{Dag, Error, Result};

const FORMAT: &str = "model string";

/// Reads a DAG.
///
/// # Errors
///
/// [`Error::Format`] with the line: text that is no model string, a node given twice, a parent that no bracket has, a
/// cycle.
///
/// # Examples
///
/// ```
/// use causal_graph::format::model_string;
///
/// let dag = model_string::read("[lung|smoke][smoke][dysp|lung:smoke]")?;
/// assert_eq!(dag.edges().collect::<Vec<_>>(), [(0, 2), (1, 0), (1, 2)]);
/// assert_eq!(model_string::write(&dag)?, "[smoke][lung|smoke][dysp|lung:smoke]");
/// # Ok::<(), causal_graph::Error>(())
/// ```
pub fn read(text: &str) -> Result<Dag> {
    draft(text)?.into_dag()
}

/// Writes a DAG, every node after its parents.
///
/// # Errors
///
/// [`Error::UnwritableName`] for a name that the format has no way to write.
pub fn write(dag: &Dag) -> Result<String> {
    let nodes = dag.nodes();
    if let Some(name) = nodes.names().iter().find(|name| !is_writable(name)) {
        return Err(Error::UnwritableName {
            name: name.clone(),
            format: FORMAT,
            reason: "it is empty, has `[`, `]`, `|` or `:` in it, or white space around it",
        });
    }
    let mut text = String::new();
    for node in dag.topological_order() {
        text.push('[');
        text.push_str(nodes.name(node));
        for (place, parent) in dag.parents(node).iter().enumerate() {
            text.push(if place == 0 { '|' } else { ':' });
            text.push_str(nodes.name(parent));
        }
        text.push(']');
    }
    Ok(text)
}

fn is_writable(name: &str) -> bool {
    !name.is_empty() && trimmed(name) == name && !name.contains(['[', ']', '|', ':'])
}

fn trimmed(name: &str) -> &str {
    name.trim_matches(|c: char| u8::try_from(c).is_ok_and(is_white))
}

pub(super) fn draft(text: &str) -> Result<GraphDraft<'_>> {
    let mut cursor = Cursor::new(text, FORMAT);
    let mut draft = GraphDraft::new(&cursor);
    // Parents are looked up when all nodes are known.
    let mut parents = Vec::new();
    cursor.skip_white();
    if cursor.peek().is_none() {
        return Err(cursor.unexpected("`[` before a node"));
    }
    while cursor.peek().is_some() {
        if !cursor.eat("[") {
            return Err(cursor.unexpected("`[` before a node"));
        }
        let start = cursor.at();
        let child = draft.new_node(name(&mut cursor)?, start)?;
        if cursor.eat("|") {
            loop {
                let start = cursor.at();
                parents.push((name(&mut cursor)?, child, start));
                if !cursor.eat(":") {
                    break;
                }
            }
        }
        if !cursor.eat("]") {
            return Err(cursor.unexpected("`]` after a node"));
        }
        cursor.skip_white();
    }
    for (name, child, start) in parents {
        let parent = draft.known_node(name, start)?;
        draft.edge(parent, child, true, start);
    }
    Ok(draft)
}

fn name<'a>(cursor: &mut Cursor<'a>) -> Result<&'a str> {
    let name = trimmed(cursor.take_until(|byte| b"[]|:".contains(&byte)));
    if name.is_empty() {
        return Err(cursor.unexpected("the name of a node"));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_found() {
        for (text, expected) in [
            ("", "line 1: the text ends: expected `[` before a node"),
            ("[a][b|a", "line 1: the text ends: expected `]` after a node"),
            ("[a]\n[b|]", "line 2: unexpected `]`: expected the name of a node"),
            (
                "[a]\n[b|a:]",
                "line 2: unexpected `]`: expected the name of a node",
            ),
            ("[a] b", "line 1: unexpected `b`: expected `[` before a node"),
            (
                "[a][a]",
                "line 1: node `a` is given twice: expected distinct names",
            ),
            (
                "[a]\n[b|c]",
                "line 2: there is no node `c`: expected one of `a`, `b`",
            ),
            (
                "[a|b]\n[b|a]",
                "line 2: the directed edges `a -> b -> a` form a cycle: expected an acyclic graph",
            ),
            (
                "[a][b|a:a]",
                "line 1: `a` and `b` are joined already: expected at most one edge between two nodes",
            ),
        ] {
            assert_eq!(read(text).expect_err("an error").to_string(), expected);
        }
    }

    #[test]
    fn names_that_cannot_be_written_are_refused() {
        for name in ["", "a:b", " a", "a]", "x|y"] {
            let dag = Dag::empty(crate::Nodes::new([name]).expect("one name"));
            assert!(
                matches!(write(&dag), Err(Error::UnwritableName { .. })),
                "{name:?}"
            );
        }
    }
}
