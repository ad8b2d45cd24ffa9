//! The cells of a file.

use csv::{ReaderBuilder, StringRecord, Trim};

use super::super::Problem;
use super::{CsvParams, CsvProblem, Missing, error, format_error};
use crate::{Nodes, Result};

/// Names and rows, all of one length.
pub(super) struct Records<'a> {
    text: &'a str,
    pub(super) nodes: Nodes,
    rows: Vec<StringRecord>,
}

impl<'a> Records<'a> {
    /// Splits a file.
    pub(super) fn new(text: &'a str, params: &CsvParams) -> Result<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(Trim::All)
            .delimiter(params.delimiter as u8)
            .from_reader(text.as_bytes());
        let mut rows = Vec::new();
        for row in reader.records() {
            // What is read is text already, and rows may have any length: nothing is left to go wrong.
            rows.push(row.map_err(|problem| {
                let at = problem.position().map_or(0, csv::Position::byte);
                let found = problem.to_string();
                format_error(
                    line(text, at),
                    Problem::Unexpected {
                        found,
                        expected: "a row of cells",
                    },
                )
            })?);
        }
        if text.matches('"').count() % 2 == 1 {
            let last = rows.last().map_or(1, |row| line_of(text, row));
            return Err(format_error(
                last,
                Problem::Unterminated {
                    what: "a quoted cell",
                },
            ));
        }
        if rows.is_empty() {
            let expected = "the names of the columns";
            return Err(format_error(1, Problem::UnexpectedEnd { expected }));
        }
        let header = rows.remove(0);
        let nodes = names(&header, line_of(text, &header))?;
        let expected = nodes.len();
        match rows.iter().find(|row| row.len() != expected) {
            Some(row) => {
                let got = row.len();
                Err(error(line_of(text, row), CsvProblem::Ragged { got, expected }))
            }
            None if rows.is_empty() => {
                Err(error(line_of(text, &header), CsvProblem::NoRows { n_dropped: 0 }))
            }
            None => Ok(Self { text, nodes, rows }),
        }
    }

    /// The cells of a column.
    pub(super) fn column(&self, node: usize) -> impl Iterator<Item = &str> {
        self.rows.iter().map(move |row| &row[node])
    }

    /// The line on which a row starts, from 1; rows are numbered from 0.
    pub(super) fn line(&self, row: usize) -> usize {
        line_of(self.text, &self.rows[row])
    }

    /// Refuses or drops rows with missing values, and says how many were dropped.
    pub(super) fn settle_missing(&mut self, params: &CsvParams) -> Result<usize> {
        let is_missing = |cell: &str| {
            params
                .missing_texts
                .iter()
                .any(|text| text.eq_ignore_ascii_case(cell))
        };
        if params.missing == Missing::Refuse {
            return self.refuse_missing(is_missing).map(|()| 0);
        }
        let n_before = self.rows.len();
        self.rows.retain(|row| !row.iter().any(is_missing));
        let n_dropped = n_before - self.rows.len();
        if self.rows.is_empty() {
            return Err(error(1, CsvProblem::NoRows { n_dropped }));
        }
        Ok(n_dropped)
    }

    fn refuse_missing(&self, is_missing: impl Fn(&str) -> bool) -> Result<()> {
        let (mut count, mut n_rows, mut first) = (0, 0, None);
        for (index, row) in self.rows.iter().enumerate() {
            let n_missing = row.iter().filter(|cell| is_missing(cell)).count();
            if n_missing > 0 {
                count += n_missing;
                n_rows += 1;
                first = first.or_else(|| Some((index, row.iter().position(&is_missing)?)));
            }
        }
        let Some((row, column)) = first else {
            return Ok(());
        };
        let column = self.nodes.name(column).to_owned();
        Err(error(
            self.line(row),
            CsvProblem::MissingValues {
                count,
                n_rows,
                column,
            },
        ))
    }
}

/// The names of the columns.
fn names(header: &StringRecord, at: usize) -> Result<Nodes> {
    if let Some(unnamed) = header.iter().position(str::is_empty) {
        return Err(error(at, CsvProblem::Unnamed { column: unnamed + 1 }));
    }
    let counts_from = |first: usize| {
        (first..)
            .zip(header)
            .all(|(number, name)| number.to_string() == name)
    };
    let is_numeric = header.iter().all(|name| name.parse::<f64>().is_ok());
    if is_numeric && !counts_from(0) && !counts_from(1) {
        return Err(error(at, CsvProblem::NoHeader));
    }
    Nodes::new(header).map_err(|problem| format_error(at, Problem::Graph(Box::new(problem))))
}

fn line_of(text: &str, row: &StringRecord) -> usize {
    line(text, row.position().map_or(0, csv::Position::byte))
}

/// The line, from 1, of the row before which the reader stood at a byte: ends of lines may lie between the two.
fn line(text: &str, at: u64) -> usize {
    let at = text.len().min(at as usize);
    let rest = &text.as_bytes()[at..];
    let n_passed = rest
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'))
        .count();
    let before = &text.as_bytes()[..at + n_passed];
    let is_end = |place: usize| match before[place] {
        b'\n' => true,
        b'\r' => before.get(place + 1) != Some(&b'\n'),
        _ => false,
    };
    1 + (0..before.len()).filter(|&place| is_end(place)).count()
}
