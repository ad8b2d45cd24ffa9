//! The blocks of a file, and what is found when all are read.

use std::borrow::Cow;
use std::collections::HashMap;

use super::super::Problem;
use super::super::cursor::{Cursor, is_white};
use super::super::draft::GraphDraft;
use super::super::quote::read_quoted;
use super::FORMAT;
use super::header::Header;
use super::state_list::{Variable, item, list, split_at_blanks};
use super::table::{MAX_FILLED, Table};
use crate::network::{BayesianNetwork, Cpt, Normalisation};
use crate::{Error, Nodes, Result};

pub(super) fn network(text: &str, normalisation: Normalisation) -> Result<BayesianNetwork> {
    let mut reader = Reader {
        cursor: Cursor::new(text, FORMAT),
        variables: Vec::new(),
        index: HashMap::new(),
        tables: Vec::new(),
        postponed: Vec::new(),
        has_network: false,
        free_entries: MAX_FILLED,
    };
    while reader.block()? {}
    for at in std::mem::take(&mut reader.postponed) {
        reader.cursor.jump(at);
        reader.probability(true)?;
    }
    reader.finish(normalisation)
}

/// What has been read so far.
pub(super) struct Reader<'a> {
    pub(super) cursor: Cursor<'a>,
    pub(super) variables: Vec<Variable<'a>>,
    pub(super) index: HashMap<Cow<'a, str>, usize>,
    /// The tables by child.
    tables: Vec<Option<Table>>,
    /// Where the tables stand that have a variable which is not declared yet.
    postponed: Vec<usize>,
    has_network: bool,
    /// How many entries the defaults of the tables to come may fill.
    pub(super) free_entries: usize,
}

impl<'a> Reader<'a> {
    /// Reads the next block; `false` at the end.
    fn block(&mut self) -> Result<bool> {
        self.cursor.skip_blank(false)?;
        if self.cursor.peek().is_none() {
            return Ok(false);
        }
        let start = self.cursor.at();
        match word(&mut self.cursor) {
            "network" if self.has_network => {
                let what = "the block `network`";
                return Err(self.cursor.error_at(start, Problem::Repeated { what }));
            }
            "network" => self.network_block()?,
            "variable" => self.variable()?,
            "probability" => self.probability(false)?,
            "property" => skip_property(&mut self.cursor)?,
            _ => {
                self.cursor.jump(start);
                return Err(self.cursor.unexpected("`network`, `variable` or `probability`"));
            }
        }
        Ok(true)
    }

    fn network_block(&mut self) -> Result<()> {
        self.has_network = true;
        self.cursor.skip_blank(false)?;
        if self.cursor.peek() != Some(b'{') {
            item(&mut self.cursor, b"", "the name of the network or `{`")?;
            self.cursor.skip_blank(false)?;
        }
        self.expect("{", "`{` after `network`")?;
        while !self.ends_block("`property` or `}`")? {
            skip_property(&mut self.cursor)?;
        }
        Ok(())
    }

    fn variable(&mut self) -> Result<()> {
        let name = item(&mut self.cursor, b"", "the name of a variable")?;
        let at = name.at;
        self.cursor.skip_blank(false)?;
        self.expect("{", "`{` after the name of the variable")?;
        let mut states = None;
        loop {
            self.cursor.skip_blank(false)?;
            let start = self.cursor.at();
            if self.cursor.eat("}") {
                break;
            }
            match word(&mut self.cursor) {
                "property" => skip_property(&mut self.cursor)?,
                "type" if states.is_none() => states = Some(self.state_names(&name.name)?),
                "type" => {
                    let what = "the type of the variable";
                    return Err(self.cursor.error_at(start, Problem::Repeated { what }));
                }
                _ => {
                    self.cursor.jump(start);
                    return Err(self.cursor.unexpected("`type`, `property` or `}`"));
                }
            }
        }
        let Some(states) = states else {
            let what = "the type of the variable";
            return Err(self.cursor.error_at(at, Problem::Missing { what }));
        };
        if self
            .index
            .insert(name.name.clone(), self.variables.len())
            .is_some()
        {
            let name = name.name.into_owned();
            return Err(self.graph_error(at, Error::RepeatedNode { name }));
        }
        self.variables.push(Variable::new(name.name, states, at));
        if self.variables.len() > GraphDraft::MAX_NODES {
            let (got, limit) = (self.variables.len(), GraphDraft::MAX_NODES);
            return Err(self.cursor.error_at(at, Problem::TooManyNodes { got, limit }));
        }
        self.tables.push(None);
        Ok(())
    }

    /// Reads `discrete [ 2 ] { yes, no };`.
    fn state_names(&mut self, node: &str) -> Result<Vec<Cow<'a, str>>> {
        self.cursor.skip_blank(false)?;
        let start = self.cursor.at();
        if word(&mut self.cursor) != "discrete" {
            self.cursor.jump(start);
            return Err(self.cursor.unexpected("`discrete`"));
        }
        self.cursor.skip_blank(false)?;
        self.expect("[", "`[` before the number of states")?;
        self.cursor.skip_blank(false)?;
        let at = self.cursor.at();
        let digits = self.cursor.take_while(|byte| byte.is_ascii_digit());
        let expected: usize = digits.parse().map_err(|_| match digits {
            "" => self.cursor.unexpected("the number of states"),
            text => {
                let (text, expected) = (text.to_owned(), "a number of states");
                self.cursor.error_at(at, Problem::Number { text, expected })
            }
        })?;
        self.cursor.skip_blank(false)?;
        self.expect("]", "`]` after the number of states")?;
        self.cursor.skip_blank(false)?;
        self.expect("{", "`{` before the states")?;
        let mut states = Vec::new();
        list(&mut self.cursor, b'}', "the name of a state or `}`", &mut states)?;
        split_at_blanks(&mut states, expected);
        if states.len() != expected {
            let (node, got) = (node.to_owned(), states.len());
            return Err(self
                .cursor
                .error_at(at, Problem::StateCount { node, got, expected }));
        }
        self.cursor.skip_blank(false)?;
        self.cursor.eat(";");
        Ok(states.into_iter().map(|state| state.name).collect())
    }

    /// Reads a table, or remembers where it is if a variable is not declared yet and this is not the last chance.
    fn probability(&mut self, is_last_chance: bool) -> Result<()> {
        let start = self.cursor.at();
        let header = match Header::read(self)? {
            Ok(header) => header,
            Err((name, at)) if is_last_chance => {
                let expected = self
                    .variables
                    .iter()
                    .map(|variable| variable.name.to_string())
                    .collect();
                return Err(self.graph_error(at, Error::UnknownNode { name, expected }));
            }
            Err(_) => {
                self.postponed.push(start);
                return self.skip_table();
            }
        };
        if self.tables[header.child].is_some() {
            let node = self.variables[header.child].name.to_string();
            return Err(self.cursor.error_at(start, Problem::RepeatedTable { node }));
        }
        let child = header.child;
        let table = Table::read(self, header)?;
        self.tables[child] = Some(table);
        Ok(())
    }

    /// Passes the braces of a table.
    fn skip_table(&mut self) -> Result<()> {
        self.cursor.skip_blank(false)?;
        self.expect("{", "`{` before the probabilities")?;
        let mut is_start = true;
        loop {
            self.cursor.skip_blank(false)?;
            let expected = "`}` after the probabilities";
            match self.cursor.peek() {
                None => return Err(self.cursor.unexpected(expected)),
                Some(b'"') => {
                    read_quoted(&mut self.cursor)?;
                }
                Some(b'}') => {
                    self.cursor.eat("}");
                    return Ok(());
                }
                Some(b';') => {
                    self.cursor.eat(";");
                    is_start = true;
                    continue;
                }
                Some(b'/') => {
                    self.cursor.eat("/");
                }
                Some(_) => {
                    let text = self
                        .cursor
                        .take_until(|byte| is_white(byte) || b"\"};/".contains(&byte));
                    if is_start && text == "property" {
                        skip_property(&mut self.cursor)?;
                        continue;
                    }
                }
            }
            is_start = false;
        }
    }

    /// The network, when all blocks are read.
    fn finish(self, normalisation: Normalisation) -> Result<BayesianNetwork> {
        if self.variables.is_empty() {
            return Err(self.cursor.error(Problem::Missing { what: "a variable" }));
        }
        if let Some(node) = self.tables.iter().position(Option::is_none) {
            let variable = &self.variables[node];
            let node = variable.name.to_string();
            return Err(self.cursor.error_at(variable.at, Problem::MissingTable { node }));
        }
        let Self {
            cursor,
            variables,
            index,
            tables,
            ..
        } = self;
        let nodes = Nodes::new(variables.iter().map(|variable| variable.name.as_ref()))?;
        let places: Vec<usize> = variables.iter().map(|variable| variable.at).collect();
        let states = variables.into_iter().map(Variable::into_states).collect();
        let (mut cpts, mut heads, mut rows) = (Vec::new(), Vec::new(), Vec::new());
        for table in tables.into_iter().flatten() {
            cpts.push(Cpt::new(table.parents, table.probabilities));
            heads.push(table.at);
            rows.push(table.rows);
        }
        BayesianNetwork::new(nodes, states, cpts, normalisation).map_err(|problem| {
            let place = |node: &str, places: &[usize]| index.get(node).map_or(0, |&node| places[node]);
            let at = match &problem {
                Error::RowSum { node, row, .. } | Error::Probability { node, row, .. } => {
                    let rows = index.get(node.as_str()).map(|&node| &rows[node]);
                    rows.and_then(|rows| rows.get(*row).or(rows.first()).copied())
                        .unwrap_or(0)
                }
                Error::Cycle { cycle } => cycle.iter().map(|node| place(node, &heads)).max().unwrap_or(0),
                Error::SelfLoop { node } | Error::RepeatedEdge { b: node, .. } => place(node, &heads),
                Error::NoStates { node }
                | Error::TooManyStates { node, .. }
                | Error::RepeatedState { node, .. } => place(node, &places),
                _ => 0,
            };
            cursor.error_at(at, Problem::Graph(Box::new(problem)))
        })
    }

    pub(super) fn expect(&mut self, text: &str, expected: &'static str) -> Result<()> {
        if self.cursor.eat(text) {
            return Ok(());
        }
        Err(self.cursor.unexpected(expected))
    }

    /// Passes `}` or `property`, and says which.
    fn ends_block(&mut self, expected: &'static str) -> Result<bool> {
        self.cursor.skip_blank(false)?;
        if self.cursor.eat("}") {
            return Ok(true);
        }
        let start = self.cursor.at();
        if word(&mut self.cursor) == "property" {
            return Ok(false);
        }
        self.cursor.jump(start);
        Err(self.cursor.unexpected(expected))
    }

    fn graph_error(&self, at: usize, problem: Error) -> Error {
        self.cursor.error_at(at, Problem::Graph(Box::new(problem)))
    }
}

/// Letters up to anything else.
pub(super) fn word<'a>(cursor: &mut Cursor<'a>) -> &'a str {
    cursor.take_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Passes the rest of a property, up to and with its semicolon. Quotes count where both are on one line.
pub(super) fn skip_property(cursor: &mut Cursor<'_>) -> Result<()> {
    loop {
        cursor.take_until(|byte| byte == b';' || byte == b'"');
        if cursor.eat(";") {
            return Ok(());
        }
        if !cursor.eat("\"") {
            return Err(cursor.unexpected("`;` after the property"));
        }
        let start = cursor.at();
        cursor.take_until(|byte| byte == b'"' || byte == b'\n');
        if !cursor.eat("\"") {
            cursor.jump(start);
        }
    }
}
