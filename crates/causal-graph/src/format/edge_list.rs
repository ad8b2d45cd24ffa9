//! Edge lists: one edge a line.
//!
//! ```text
//! # a comment
//! nodes: smoke, lung, "dysp (1)", asia
//! smoke -> lung
//! lung -- "dysp (1)"
//! ```
//!
//! An edge is `a -> b`, `b <- a` or, undirected, `a -- b`; longer arrows (`-->`, `---`) and chains (`a -> b -> c`) are
//! the same. Two names with a comma, a tab or blanks between them are a directed edge, so that a CSV file of two columns
//! is an edge list too; a first line `from,to` or `source,target` is its header. Names with blanks, commas, semicolons,
//! quotes, `#` or arrows stand in quotes.
//!
//! The line `nodes:` is optional. It comes before the edges; then every node of an edge must be on it. Without it the
//! nodes are those of the edges in the order in which they come, and a file that was cut at the end of a line is a
//! shorter graph.
//!
//! Graphs as Tetrad saves them (`Graph Nodes:`, `Graph Edges:`, `1. a --> b`) are read as well.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::Problem;
use super::cursor::{Cursor, is_white};
use super::draft::GraphDraft;
use super::quote::{quoted, read_quoted};
use crate::{Dag, Pdag, Result};

const FORMAT: &str = "edge list";

/// Reads a graph.
///
/// # Errors
///
/// [`Error::Format`](crate::Error::Format) with the line: text that is no edge, a node that is not on the line `nodes:`,
/// an edge from a node to itself, two edges between two nodes, an edge that is neither directed nor undirected.
///
/// # Examples
///
/// ```
/// use causal_graph::format::edge_list;
///
/// let pdag = edge_list::read("smoke -> lung\nlung -- dysp\n")?;
/// assert!(pdag.has_directed(0, 1) && pdag.has_undirected(1, 2));
/// assert_eq!(edge_list::write(&pdag), "nodes: smoke, lung, dysp\nsmoke -> lung\nlung -- dysp\n");
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

/// Writes a graph so that [`read`] gives it back.
pub fn write(graph: &Pdag) -> String {
    let names: Vec<_> = graph.nodes().names().iter().map(|name| written(name)).collect();
    let mut text = format!("nodes: {}\n", names.join(", "));
    for (edges, arrow) in [
        (graph.directed_edges().collect::<Vec<_>>(), "->"),
        (graph.undirected_edges().collect(), "--"),
    ] {
        for (a, b) in edges {
            writeln!(text, "{} {arrow} {}", names[a], names[b]).expect("a string takes everything");
        }
    }
    text
}

/// A name in quotes where it needs them.
fn written(name: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_alphanumeric() || "_.+".contains(c);
    if !name.is_empty() && name.chars().all(is_plain) {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(quoted(name))
    }
}

/// What stands between two names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    Forward,
    Backward,
    Undirected,
    Separator,
}

fn draft(text: &str) -> Result<GraphDraft<'_>> {
    let cursor = Cursor::new(text, FORMAT);
    let mut reader = Reader {
        draft: GraphDraft::new(&cursor),
        cursor,
        has_node_list: false,
        is_numbered: false,
    };
    while reader.statement()? {}
    Ok(reader.draft)
}

struct Reader<'a> {
    cursor: Cursor<'a>,
    draft: GraphDraft<'a>,
    /// Whether the nodes were listed, so that an edge can have no other.
    has_node_list: bool,
    /// Whether edges may have numbers before them.
    is_numbered: bool,
}

impl<'a> Reader<'a> {
    /// Reads the next line that holds something; `false` at the end.
    fn statement(&mut self) -> Result<bool> {
        loop {
            self.cursor.skip_white();
            match self.cursor.peek() {
                None => return Ok(false),
                Some(b'#') => self.cursor.skip_line(),
                Some(b'/') if self.cursor.eat("//") => self.cursor.skip_line(),
                Some(_) => break,
            }
        }
        if self.eat_heading("nodes:") {
            self.node_list()?;
        } else if self.eat_heading("graph nodes:") {
            self.is_numbered = true;
            self.cursor.skip_white();
            if !self.is_heading("graph edges:") {
                self.node_list()?;
            }
        } else if self.eat_heading("graph edges:") {
            self.is_numbered = true;
        } else if self.is_heading("graph attributes:") || self.is_heading("graph node attributes:") {
            return Ok(false);
        } else {
            self.edges()?;
        }
        Ok(true)
    }

    fn is_heading(&self, heading: &str) -> bool {
        let start = self.cursor.rest().get(..heading.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(heading))
    }

    fn eat_heading(&mut self, heading: &str) -> bool {
        let is_there = self.is_heading(heading);
        if is_there {
            self.cursor.jump(self.cursor.at() + heading.len());
        }
        is_there
    }

    /// The names up to the end of the line.
    fn node_list(&mut self) -> Result<()> {
        if !self.draft.edges().is_empty() {
            return Err(self.cursor.unexpected("the list of nodes before the first edge"));
        }
        self.has_node_list = true;
        loop {
            self.cursor
                .take_while(|byte| byte != b'\n' && (is_white(byte) || byte == b',' || byte == b';'));
            if self.is_at_end_of_line() {
                return Ok(());
            }
            let start = self.cursor.at();
            let name = self.name()?;
            self.draft.new_node(&name, start)?;
        }
    }

    /// An edge or a chain of them.
    fn edges(&mut self) -> Result<()> {
        let start = self.cursor.at();
        if self.is_numbered {
            self.cursor.take_while(|byte| byte.is_ascii_digit());
            if self.cursor.at() == start || !self.cursor.eat(". ") {
                self.cursor.jump(start);
            }
            self.skip_blanks();
        }
        let is_first = self.draft.n_nodes() == 0;
        let mut names = vec![self.name()?];
        let mut links = Vec::new();
        loop {
            let link = self.link()?;
            names.push(self.name()?);
            links.push(link);
            self.skip_blanks();
            if link == Link::Separator {
                if self.cursor.peek() == Some(b'{') {
                    // The data of an edge, as networkx writes them.
                    self.cursor.skip_line();
                }
                break;
            }
            if self.is_at_end_of_line() {
                break;
            }
        }
        if !self.is_at_end_of_line() {
            return Err(self.cursor.unexpected("the end of the line"));
        }
        let is_header =
            |a: &str, b: &str| names[0].eq_ignore_ascii_case(a) && names[1].eq_ignore_ascii_case(b);
        if is_first
            && links == [Link::Separator]
            && (is_header("from", "to") || is_header("source", "target"))
        {
            return Ok(());
        }
        let nodes = names
            .iter()
            .map(|name| {
                if self.has_node_list {
                    self.draft.known_node(name, start)
                } else {
                    Ok(self.draft.node(name))
                }
            })
            .collect::<Result<Vec<_>>>()?;
        for (pair, link) in nodes.windows(2).zip(links) {
            match link {
                Link::Forward | Link::Separator => self.draft.edge(pair[0], pair[1], true, start),
                Link::Backward => self.draft.edge(pair[1], pair[0], true, start),
                Link::Undirected => self.draft.edge(pair[0], pair[1], false, start),
            }
        }
        Ok(())
    }

    /// A name in quotes, or one up to white space, a separator or an arrow.
    fn name(&mut self) -> Result<Cow<'a, str>> {
        self.skip_blanks();
        let start = self.cursor.at();
        if self.cursor.peek() == Some(b'"') {
            let mut name = read_quoted(&mut self.cursor)?;
            // A quote is doubled in CSV.
            while self.cursor.peek() == Some(b'"') {
                let more = read_quoted(&mut self.cursor)?;
                let name = name.to_mut();
                name.push('"');
                name.push_str(&more);
            }
            return Ok(name);
        }
        let rest = self.cursor.rest().as_bytes();
        let ends = |place: usize| match rest[place] {
            b'-' => matches!(rest.get(place + 1), Some(b'-' | b'>')),
            b'<' => rest.get(place + 1) == Some(&b'-'),
            byte => is_white(byte) || b",;\"#".contains(&byte),
        };
        let len = (0..rest.len()).find(|&place| ends(place)).unwrap_or(rest.len());
        if len == 0 {
            return Err(match self.cursor.peek() {
                Some(b'\n' | b'\r') => self.cursor.error(Problem::Missing {
                    what: "the name of a node",
                }),
                _ => self.cursor.unexpected("the name of a node"),
            });
        }
        self.cursor.jump(start + len);
        Ok(Cow::Borrowed(self.cursor.slice(start, start + len)))
    }

    /// What stands between two names.
    fn link(&mut self) -> Result<Link> {
        let before = self.cursor.at();
        self.skip_blanks();
        if self.cursor.eat(",") || self.cursor.eat(";") {
            return Ok(Link::Separator);
        }
        let start = self.cursor.at();
        let mut marks = self.cursor.take_while(|byte| b"<>-o@".contains(&byte));
        if before == start || !self.cursor.peek().is_none_or(is_white) {
            // In `a->oil` the letter is of the name.
            marks = marks.trim_end_matches(['o', '@']);
            self.cursor.jump(start + marks.len());
        }
        let arrow = marks.trim_matches(['<', '>', 'o', '@']);
        let is_arrow = !arrow.is_empty() && arrow.bytes().all(|byte| byte == b'-');
        let ends = (marks.starts_with('<'), marks.ends_with('>'));
        let is_bare = marks.len() == arrow.len() + usize::from(ends.0) + usize::from(ends.1);
        match (is_arrow, is_bare, ends) {
            (true, true, (false, true)) => Ok(Link::Forward),
            (true, true, (true, false)) => Ok(Link::Backward),
            (true, true, (false, false)) if arrow.len() > 1 => Ok(Link::Undirected),
            (true, _, _) if arrow.len() > 1 || marks.len() > 2 => {
                let edge = marks.to_owned();
                Err(self.cursor.error_at(start, Problem::EdgeKind { edge }))
            }
            _ if before < start && !self.is_at_end_of_line() => {
                self.cursor.jump(start);
                Ok(Link::Separator)
            }
            _ => {
                self.cursor.jump(start);
                Err(self.cursor.error(Problem::Missing {
                    what: "the second node of the edge",
                }))
            }
        }
    }

    /// Passes white space within the line.
    fn skip_blanks(&mut self) {
        self.cursor.take_while(|byte| byte != b'\n' && is_white(byte));
    }

    /// Whether the line holds nothing more than a comment.
    fn is_at_end_of_line(&self) -> bool {
        matches!(self.cursor.peek(), None | Some(b'\n' | b'#'))
    }
}

#[cfg(test)]
mod tests;
