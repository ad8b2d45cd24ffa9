//! The parser: statements one after the other, open subgraphs on a stack.

use super::super::Problem;
use super::super::cursor::Cursor;
use super::super::draft::GraphDraft;
use super::FORMAT;
use super::attributes::{Ends, Meaning};
use super::identifier::{eat_keyword, identifier, is_number, skip_blank};
use crate::Result;

/// Subgraphs within subgraphs.
const MAX_DEPTH: usize = 200;

pub(super) fn draft(text: &str) -> Result<GraphDraft<'_>> {
    let mut cursor = Cursor::new(text, FORMAT);
    let is_strict = open(&mut cursor)?;
    let mut reader = Reader {
        draft: GraphDraft::new(&cursor),
        cursor,
        stack: vec![Scope::default()],
        labels: Vec::new(),
    };
    while !reader.stack.is_empty() {
        reader.step()?;
    }
    skip_blank(&mut reader.cursor)?;
    if reader.cursor.peek().is_some() {
        return Err(reader.cursor.unexpected("the end of the text after the graph"));
    }
    let Reader {
        mut draft, labels, ..
    } = reader;
    if is_strict {
        draft.drop_repeated_edges();
    }
    rename(&mut draft, labels);
    Ok(draft)
}

/// Passes everything up to the first statement, and says whether the graph is strict.
fn open(cursor: &mut Cursor<'_>) -> Result<bool> {
    skip_blank(cursor)?;
    let is_strict = eat_keyword(cursor, "strict");
    skip_blank(cursor)?;
    let kinds = ["digraph", "graph", "dag", "pdag", "mag"];
    if !kinds.iter().any(|kind| eat_keyword(cursor, kind)) {
        return Err(cursor.unexpected("`digraph` or `graph`"));
    }
    skip_blank(cursor)?;
    if cursor.peek() != Some(b'{') {
        identifier(cursor, "`{` or a name of the graph")?;
    }
    if !cursor.eat("{") {
        return Err(cursor.unexpected("`{` before the statements"));
    }
    Ok(is_strict)
}

/// Gives numbered nodes their labels for names, if they all have one and no two the same.
fn rename(draft: &mut GraphDraft<'_>, labels: Vec<Option<String>>) {
    let are_numbered = draft.names().iter().all(|name| is_number(name));
    let labels: Option<Vec<String>> = labels.into_iter().collect();
    if let Some(labels) = labels.filter(|labels| are_numbered && labels.len() == draft.n_nodes()) {
        draft.rename(labels);
    }
}

struct Reader<'a> {
    cursor: Cursor<'a>,
    draft: GraphDraft<'a>,
    /// The graph and the subgraphs that are open, the innermost last.
    stack: Vec<Scope>,
    /// The label of each node.
    labels: Vec<Option<String>>,
}

/// A graph or subgraph that is open.
#[derive(Default)]
struct Scope {
    /// The nodes that were named in it.
    nodes: Vec<usize>,
    /// How its edges are drawn.
    ends: Ends,
    /// The operands so far of the statement that is being read.
    chain: Vec<Vec<usize>>,
    /// The operators between them, one less than the operands, or as many if another one must come.
    links: Vec<Link>,
}

/// An edge operator.
#[derive(Clone, Copy)]
struct Link {
    kind: LinkKind,
    at: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum LinkKind {
    Arrow,
    BackArrow,
    Line,
}

impl Reader<'_> {
    /// Reads on to the next operand or end of a statement.
    fn step(&mut self) -> Result<()> {
        skip_blank(&mut self.cursor)?;
        let scope = self.stack.last().expect("a scope is open");
        if scope.chain.is_empty() {
            if self.cursor.eat(";") || self.cursor.eat(",") {
                return Ok(());
            }
            if self.cursor.eat("}") {
                return self.close();
            }
            if self.defaults()? {
                return Ok(());
            }
        }
        let is_subgraph = eat_keyword(&mut self.cursor, "subgraph");
        skip_blank(&mut self.cursor)?;
        if is_subgraph && self.cursor.peek() != Some(b'{') {
            identifier(&mut self.cursor, "`{` or a name of the subgraph")?;
        }
        if self.cursor.eat("{") {
            return self.open_subgraph();
        }
        if is_subgraph {
            return Err(self.cursor.unexpected("`{` after `subgraph`"));
        }
        let name = identifier(&mut self.cursor, "a node, a subgraph or `}`")?;
        if self.stack.last().is_some_and(|scope| scope.chain.is_empty()) && self.cursor.eat("=") {
            skip_blank(&mut self.cursor)?;
            identifier(&mut self.cursor, "the value of the attribute")?;
            return Ok(());
        }
        let node = self.draft.node(&name);
        self.labels.resize(self.draft.n_nodes(), None);
        for _ in 0..2 {
            if self.cursor.eat(":") {
                skip_blank(&mut self.cursor)?;
                identifier(&mut self.cursor, "a port")?;
            }
        }
        self.operand(vec![node])
    }

    /// Reads `edge […]` and the like, if it comes next.
    fn defaults(&mut self) -> Result<bool> {
        let start = self.cursor.at();
        for keyword in ["graph", "node", "edge"] {
            if !eat_keyword(&mut self.cursor, keyword) {
                continue;
            }
            skip_blank(&mut self.cursor)?;
            if self.cursor.peek() != Some(b'[') {
                self.cursor.jump(start);
                return Err(self
                    .cursor
                    .unexpected("a list of attributes after `graph`, `node` or `edge`"));
            }
            let scope = self.stack.last_mut().expect("a scope is open");
            if keyword == "edge" {
                scope.ends.read(&mut self.cursor, |_, _| ())?;
            } else {
                Ends::default().read(&mut self.cursor, |_, _| ())?;
            }
            return Ok(true);
        }
        Ok(false)
    }

    fn open_subgraph(&mut self) -> Result<()> {
        if self.stack.len() > MAX_DEPTH {
            return Err(self.cursor.error(Problem::TooDeep { limit: MAX_DEPTH }));
        }
        let ends = self.stack.last().expect("a scope is open").ends.clone();
        self.stack.push(Scope {
            ends,
            ..Scope::default()
        });
        Ok(())
    }

    /// Closes the innermost scope, which becomes an operand of the one around it.
    fn close(&mut self) -> Result<()> {
        let mut scope = self.stack.pop().expect("a scope is open");
        if self.stack.is_empty() {
            return Ok(());
        }
        scope.nodes.sort_unstable();
        scope.nodes.dedup();
        skip_blank(&mut self.cursor)?;
        self.operand(scope.nodes)
    }

    /// Takes the next operand of the statement, and ends it unless an operator follows.
    fn operand(&mut self, nodes: Vec<usize>) -> Result<()> {
        let link = self.link()?;
        let scope = self.stack.last_mut().expect("a scope is open");
        scope.nodes.extend_from_slice(&nodes);
        scope.chain.push(nodes);
        if let Some(link) = link {
            scope.links.push(link);
            return Ok(());
        }
        let mut ends = scope.ends.clone();
        let chain = std::mem::take(&mut scope.chain);
        let links = std::mem::take(&mut scope.links);
        let mut label = None;
        ends.read(&mut self.cursor, |name, value| {
            if name == "label" {
                label = Some(value.into_owned());
            }
        })?;
        if let ([nodes], Some(label)) = (chain.as_slice(), label)
            && let &[node] = nodes.as_slice()
        {
            self.labels[node] = Some(label);
        }
        for (pair, link) in chain.windows(2).zip(links) {
            self.join(&pair[0], &pair[1], link, &ends)?;
        }
        Ok(())
    }

    /// The operator that comes next, if there is one.
    fn link(&mut self) -> Result<Option<Link>> {
        let at = self.cursor.at();
        let operators = [
            ("<->", None),
            ("<-", Some(LinkKind::BackArrow)),
            ("->", Some(LinkKind::Arrow)),
            ("--", Some(LinkKind::Line)),
            ("@-", None),
        ];
        for (operator, kind) in operators {
            if !self.cursor.eat(operator) {
                continue;
            }
            return match kind {
                Some(kind) if self.cursor.peek() != Some(b'@') => Ok(Some(Link { kind, at })),
                _ => {
                    self.cursor.jump(at);
                    let edge = self.cursor.take_while(|byte| b"<>-@".contains(&byte)).to_owned();
                    Err(self.cursor.error_at(at, Problem::EdgeKind { edge }))
                }
            };
        }
        Ok(None)
    }

    /// Adds the edges from each of some nodes to each of others.
    fn join(&mut self, from: &[usize], to: &[usize], link: Link, ends: &Ends) -> Result<()> {
        let meaning = ends.meaning(link.kind != LinkKind::Line);
        let Some(meaning) = meaning else {
            let edge = ends.to_string();
            return Err(self.cursor.error_at(link.at, Problem::EdgeKind { edge }));
        };
        let n_new = from.len().saturating_mul(to.len());
        if n_new > 1 && self.draft.edges().len().saturating_add(n_new) > GraphDraft::MAX_EDGES {
            let limit = GraphDraft::MAX_EDGES;
            return Err(self.cursor.error_at(link.at, Problem::TooManyEdges { limit }));
        }
        let is_reversed = (meaning == Meaning::Backward) != (link.kind == LinkKind::BackArrow);
        let is_directed = meaning != Meaning::Undirected;
        for &from in from {
            for &to in to {
                let (from, to) = if is_reversed { (to, from) } else { (from, to) };
                self.draft.edge(from, to, is_directed, link.at);
            }
        }
        Ok(())
    }
}
