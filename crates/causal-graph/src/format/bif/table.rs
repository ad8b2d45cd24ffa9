//! The probabilities of a table.

use super::super::Problem;
use super::header::Header;
use super::read::{Reader, skip_property, word};
use super::state_list::{Item, list, split_at_blanks};
use crate::{Error, Result};

/// A table, its rows in the order of [`Cpt`](crate::network::Cpt).
#[derive(Debug)]
pub(super) struct Table {
    pub(super) parents: Vec<usize>,
    pub(super) probabilities: Vec<f64>,
    /// Where each row stands; one place if they all stand together.
    pub(super) rows: Vec<usize>,
    pub(super) at: usize,
}

/// Entries that the defaults of a text may fill together: a table that is written out is as large as its text.
pub(super) const MAX_FILLED: usize = 1 << 24;

/// A table while it is read.
struct Draft {
    header: Header,
    /// The number of states of the child.
    n_states: usize,
    /// The number of rows; saturated where it is beyond all memory.
    n_rows: usize,
    /// The number, the place and the probabilities of each row, as they come.
    rows: Vec<(usize, usize)>,
    probabilities: Vec<f64>,
    /// The place of `table`, whose probabilities are the only ones.
    whole: Option<usize>,
    /// The place of `default` and its probabilities.
    default: Option<(usize, Vec<f64>)>,
}

impl Table {
    /// Reads what stands in braces after `header`.
    pub(super) fn read(reader: &mut Reader<'_>, header: Header) -> Result<Self> {
        reader.cursor.skip_blank(false)?;
        reader.expect("{", "`{` before the probabilities")?;
        let sizes = header
            .parents
            .iter()
            .map(|&parent| reader.variables[parent].n_states());
        let mut draft = Draft {
            n_states: reader.variables[header.child].n_states(),
            n_rows: sizes.fold(1, usize::saturating_mul),
            header,
            rows: Vec::new(),
            probabilities: Vec::new(),
            whole: None,
            default: None,
        };
        let mut states = Vec::new();
        loop {
            reader.cursor.skip_blank(false)?;
            let start = reader.cursor.at();
            if reader.cursor.eat("}") {
                break;
            }
            if reader.cursor.eat("(") {
                list(
                    &mut reader.cursor,
                    b')',
                    "the name of a state or `)`",
                    &mut states,
                )?;
                split_at_blanks(&mut states, draft.header.parents.len());
                let row = draft.row_number(reader, &states, start)?;
                draft.rows.push((row, start));
                draft.one_row(reader, start)?;
                continue;
            }
            match word(&mut reader.cursor) {
                "property" => skip_property(&mut reader.cursor)?,
                "table" if draft.whole.is_none() && draft.rows.is_empty() => {
                    draft.whole = Some(start);
                    numbers(reader, &mut draft.probabilities)?;
                }
                "default" if draft.default.is_none() => {
                    let mut default = Vec::new();
                    numbers(reader, &mut default)?;
                    draft.check_count(reader, start, default.len(), draft.n_states)?;
                    draft.default = Some((start, default));
                }
                "table" => {
                    let node = draft.child(reader);
                    return Err(reader.cursor.error_at(start, Problem::RepeatedTable { node }));
                }
                "default" => {
                    let what = "`default`";
                    return Err(reader.cursor.error_at(start, Problem::Repeated { what }));
                }
                _ => {
                    reader.cursor.jump(start);
                    return Err(reader.cursor.unexpected("`table`, `default`, a row or `}`"));
                }
            }
        }
        let filled = draft.n_filled();
        if filled > reader.free_entries {
            return Err(draft.too_large(reader));
        }
        reader.free_entries -= filled;
        draft.finish(reader)
    }
}

impl Draft {
    fn child(&self, reader: &Reader<'_>) -> String {
        reader.variables[self.header.child].name.to_string()
    }

    /// The number of the row for the given states of the parents.
    fn row_number(&self, reader: &Reader<'_>, states: &[Item<'_>], start: usize) -> Result<usize> {
        let parents = &self.header.parents;
        if self.whole.is_some() {
            let node = self.child(reader);
            return Err(reader.cursor.error_at(start, Problem::RepeatedTable { node }));
        }
        if states.len() != parents.len() {
            let (node, got, expected) = (self.child(reader), states.len(), parents.len());
            return Err(reader
                .cursor
                .error_at(start, Problem::RowStates { node, got, expected }));
        }
        if self.n_rows == usize::MAX {
            return Err(self.too_large(reader));
        }
        let mut row = 0_usize;
        for (&parent, state) in parents.iter().zip(states) {
            let variable = &reader.variables[parent];
            let Some(number) = variable.state(&state.name) else {
                let problem = Error::UnknownState {
                    node: variable.name.to_string(),
                    state: state.name.to_string(),
                    expected: variable.state_names(),
                };
                return Err(reader
                    .cursor
                    .error_at(state.at, Problem::Graph(Box::new(problem))));
            };
            // A later variable may have no states, and hence the table no rows.
            row = row.saturating_mul(variable.n_states()).saturating_add(number);
        }
        Ok(row)
    }

    /// Reads the probabilities of a row.
    fn one_row(&mut self, reader: &mut Reader<'_>, start: usize) -> Result<()> {
        let before = self.probabilities.len();
        numbers(reader, &mut self.probabilities)?;
        self.check_count(reader, start, self.probabilities.len() - before, self.n_states)
    }

    fn check_count(&self, reader: &Reader<'_>, at: usize, got: usize, expected: usize) -> Result<()> {
        if got == expected {
            return Ok(());
        }
        let node = self.child(reader);
        let problem = Problem::ProbabilityCount { node, got, expected };
        Err(reader.cursor.error_at(at, problem))
    }

    fn too_large(&self, reader: &Reader<'_>) -> Error {
        let (node, limit) = (self.child(reader), MAX_FILLED);
        reader
            .cursor
            .error_at(self.header.at, Problem::TableLimit { node, limit })
    }

    /// The entries that the default may fill.
    fn n_filled(&self) -> usize {
        if self.default.is_none() {
            return 0;
        }
        let n_rows = self.n_rows.saturating_sub(self.rows.len());
        n_rows.saturating_mul(self.n_states.max(1))
    }

    fn finish(self, reader: &Reader<'_>) -> Result<Table> {
        let n_entries = self.n_rows.saturating_mul(self.n_states);
        if let Some(at) = self.whole {
            self.check_count(reader, at, self.probabilities.len(), n_entries)?;
            let probabilities = (0..self.n_rows)
                .flat_map(|row| (0..self.n_states).map(move |state| (row, state)))
                .map(|(row, state)| self.probabilities[state * self.n_rows + row])
                .collect();
            return Ok(self.table(probabilities, vec![at]));
        }
        if self.rows.is_empty() && self.default.is_none() {
            let node = self.child(reader);
            return Err(reader
                .cursor
                .error_at(self.header.at, Problem::MissingTable { node }));
        }
        self.in_order(reader)
    }

    /// Puts the rows in order, and the default where there is none.
    fn in_order(self, reader: &Reader<'_>) -> Result<Table> {
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        order.sort_unstable_by_key(|&given| self.rows[given]);
        let mut probabilities = Vec::with_capacity(self.probabilities.len());
        let mut places = Vec::with_capacity(self.rows.len());
        let given = order.iter().map(|&given| (self.rows[given], Some(given)));
        for ((row, at), given) in given.chain([((self.n_rows, self.header.at), None)]) {
            while places.len() < row {
                let Some((at, default)) = &self.default else {
                    let (node, row) = (self.child(reader), self.row_states(reader, places.len()));
                    return Err(reader
                        .cursor
                        .error_at(self.header.at, Problem::MissingRow { node, row }));
                };
                probabilities.extend_from_slice(default);
                places.push(*at);
            }
            let Some(given) = given else { break };
            if places.len() > row {
                let (node, row) = (self.child(reader), self.row_states(reader, row));
                return Err(reader.cursor.error_at(at, Problem::RepeatedRow { node, row }));
            }
            let start = given * self.n_states;
            probabilities.extend_from_slice(&self.probabilities[start..start + self.n_states]);
            places.push(at);
        }
        Ok(self.table(probabilities, places))
    }

    fn table(self, probabilities: Vec<f64>, rows: Vec<usize>) -> Table {
        Table {
            parents: self.header.parents,
            probabilities,
            rows,
            at: self.header.at,
        }
    }

    /// The states of the parents in a row.
    fn row_states(&self, reader: &Reader<'_>, mut row: usize) -> Vec<String> {
        let mut states = Vec::new();
        for &parent in self.header.parents.iter().rev() {
            let variable = &reader.variables[parent];
            states.push(variable.state_name(row % variable.n_states()));
            row /= variable.n_states();
        }
        states.reverse();
        states
    }
}

/// Reads numbers up to and with a semicolon.
fn numbers(reader: &mut Reader<'_>, numbers: &mut Vec<f64>) -> Result<()> {
    let cursor = &mut reader.cursor;
    loop {
        cursor.skip_blank(false)?;
        let start = cursor.at();
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b".+-".contains(&byte);
        let text = cursor.take_while(is_part);
        if text.is_empty() {
            if cursor.eat(";") {
                return Ok(());
            }
            if cursor.eat(",") {
                continue;
            }
            return Err(cursor.unexpected("a probability or `;`"));
        }
        // `parse` would take `inf` and `nan` for numbers.
        let starts_well = text.bytes().any(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(number) if starts_well => numbers.push(number),
            _ => {
                let (text, expected) = (text.to_owned(), "a probability");
                return Err(cursor.error_at(start, Problem::Number { text, expected }));
            }
        }
    }
}
