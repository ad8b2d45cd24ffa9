//! Tables of observations as comma-separated values.
//!
//! The first line has the names of the columns. Cells may be quoted, lines may end in any way, a byte order mark is
//! passed over, and so are empty lines.
//!
//! ```
//! use causal_graph::Table;
//! use causal_graph::format::csv;
//!
//! let Table::Discrete(table) = csv::read("smoke,dysp\nyes,no\nno,no\nyes,yes\n")? else { panic!("words") };
//! assert_eq!(table.states(0), ["no", "yes"]);
//! assert_eq!(table.column(0), [1, 0, 1]);
//!
//! let error = csv::read("x,y\n0.5,1.5\n0.25\n").expect_err("a cell is missing");
//! assert_eq!(error.to_string(), "line 3: the row has 1 cells: expected 2, as the first line");
//! # Ok::<(), causal_graph::Error>(())
//! ```
//!
//! # Reference
//!
//! Shafranovich, *Common Format and MIME Type for Comma-Separated Values (CSV) Files*, RFC 4180.

mod columns;
mod problem;
mod records;
#[cfg(test)]
mod tests;

pub use problem::CsvProblem;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{FormatError, Problem};
use crate::network::BayesianNetwork;
use crate::{Error, Result, Table};

use records::Records;

/// The format in errors.
const FORMAT: &str = "CSV";

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnKind {
    /// Real numbers.
    Continuous,
    /// States, numbers among them.
    Discrete,
}

/// How it is decided what the columns hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnKinds {
    /// By their cells: a column is continuous if all are numbers, unless all are integers of which there are few
    /// different ones ([`CsvParams::max_integer_states`]). The default.
    #[default]
    Infer,
    /// All are continuous.
    Continuous,
    /// All are discrete.
    Discrete,
}

/// What is done about missing values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// They are an error that counts them. The default.
    #[default]
    Refuse,
    /// Rows that have any are left out and counted. The rest is a fair sample only if values are missing at random.
    DropRows,
}

/// How a table is read.
///
/// | field | default | meaning | range |
/// |---|---|---|---|
/// | `kinds` | `Infer` | what the columns hold | |
/// | `columns` | none | what single columns hold, by name | names of the file |
/// | `states` | none | states of discrete columns by name, in the order of their codes | names of the file or others |
/// | `max_integer_states` | 10 | different integers up to which an inferred column is discrete | |
/// | `missing` | `Refuse` | what is done about missing values | |
/// | `missing_texts` | empty, `NA`, `NaN`, `?` | cells that stand for a missing value, in any case of letters | |
/// | `delimiter` | `,` | what is between cells | an ASCII character |
///
/// Space around cells is taken off. Without given states those of a discrete column are the ones that occur, integers
/// by size and others in the order of their bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CsvParams {
    /// What the columns hold.
    pub kinds: ColumnKinds,
    /// What single columns hold, by name.
    pub columns: BTreeMap<String, ColumnKind>,
    /// The states of discrete columns by name, in the order of their codes.
    pub states: BTreeMap<String, Vec<String>>,
    /// Different integers up to which an inferred column is discrete.
    pub max_integer_states: usize,
    /// What is done about missing values.
    pub missing: Missing,
    /// Cells that stand for a missing value.
    pub missing_texts: Vec<String>,
    /// What is between cells.
    pub delimiter: char,
}

impl Default for CsvParams {
    fn default() -> Self {
        Self {
            kinds: ColumnKinds::default(),
            columns: BTreeMap::new(),
            states: BTreeMap::new(),
            max_integer_states: 10,
            missing: Missing::default(),
            missing_texts: ["", "NA", "NaN", "?"].map(str::to_owned).to_vec(),
            delimiter: ',',
        }
    }
}

impl CsvParams {
    /// Columns with the states of a network, so that codes mean the same in both.
    pub fn states_of(network: &BayesianNetwork) -> Self {
        let nodes = network.dag().nodes();
        let states =
            (0..nodes.len()).map(|node| (nodes.name(node).to_owned(), network.states(node).to_vec()));
        Self {
            states: states.collect(),
            ..Self::default()
        }
    }

    /// Checks the delimiter.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] if it is no ASCII character, or one that ends lines or quotes.
    pub fn validate(&self) -> Result<()> {
        if self.delimiter.is_ascii() && !['"', '\n', '\r'].contains(&self.delimiter) {
            return Ok(());
        }
        Err(Error::Parameter {
            name: "delimiter",
            got: f64::from(u32::from(self.delimiter)),
            expected: "the code of an ASCII character that neither quotes nor ends a line",
        })
    }
}

/// A table, and what was left out.
#[derive(Debug, Clone, PartialEq)]
pub struct CsvTable {
    /// The table.
    pub table: Table,
    /// Rows that were left out for their missing values.
    pub n_dropped: usize,
}

/// Reads a table whose columns are all continuous or all discrete.
///
/// # Errors
///
/// [`Error::Format`] with the line.
pub fn read(text: &str) -> Result<Table> {
    Ok(read_with(text, &CsvParams::default())?.table)
}

/// [`read`] with parameters.
///
/// # Errors
///
/// Those of [`CsvParams::validate`]; [`Error::UnknownNode`] if a single column is given a kind and is not there;
/// [`Error::Format`] with the line.
///
/// # Examples
///
/// ```
/// use causal_graph::Table;
/// use causal_graph::format::csv::{self, CsvParams, Missing};
///
/// let params = CsvParams { missing: Missing::DropRows, ..CsvParams::default() };
/// let read = csv::read_with("x,y\n0.5,NA\n1.5,2.5\n,7\n", &params)?;
/// assert_eq!(read.n_dropped, 2);
/// let Table::Continuous(table) = read.table else { panic!("numbers") };
/// assert_eq!((table.column(0), table.column(1)), (&[1.5][..], &[2.5][..]));
/// # Ok::<(), causal_graph::Error>(())
/// ```
pub fn read_with(text: &str, params: &CsvParams) -> Result<CsvTable> {
    params.validate()?;
    let mut records = Records::new(text, params)?;
    let n_dropped = records.settle_missing(params)?;
    let table = columns::table(&records, params)?;
    Ok(CsvTable { table, n_dropped })
}

/// Writes a table: names, then rows, states by name; cells are quoted where they must be, and lines end in CR LF.
///
/// Numbers are written with the fewest digits that read back as the same number. A state that is named like a missing
/// value is read back as that state only with other [`missing_texts`](CsvParams::missing_texts).
///
/// # Examples
///
/// ```
/// use causal_graph::{ContinuousTable, Nodes, Table};
/// use causal_graph::format::csv;
///
/// let table = ContinuousTable::new(Nodes::new(["x", "y, z"])?, vec![vec![0.1, 2.0], vec![1e300, -1.0]])?;
/// assert_eq!(csv::write(&Table::Continuous(table)), "x,\"y, z\"\r\n0.1,1e300\r\n2.0,-1.0\r\n");
/// # Ok::<(), causal_graph::Error>(())
/// ```
pub fn write(table: &Table) -> String {
    let mut text = String::new();
    write_row(&mut text, table.nodes().names().iter().map(String::as_str));
    let n_columns = table.nodes().len();
    for row in 0..table.n_rows() {
        match table {
            Table::Continuous(table) => {
                let cells: Vec<String> = (0..n_columns)
                    .map(|node| format!("{:?}", table.column(node)[row]))
                    .collect();
                write_row(&mut text, cells.iter().map(String::as_str));
            }
            Table::Discrete(table) => write_row(
                &mut text,
                (0..n_columns).map(|node| table.states(node)[usize::from(table.column(node)[row])].as_str()),
            ),
        }
    }
    text
}

fn write_row<'a>(text: &mut String, cells: impl Iterator<Item = &'a str>) {
    let start = text.len();
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            text.push(',');
        }
        if cell.contains(['"', ',', '\n', '\r']) || cell.trim() != cell {
            text.push('"');
            text.push_str(&cell.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(cell);
        }
    }
    if text.len() == start {
        // A row of one empty cell is not an empty line.
        text.push_str("\"\"");
    }
    text.push_str("\r\n");
}

fn error(line: usize, problem: CsvProblem) -> Error {
    format_error(line, Problem::Csv(problem))
}

fn format_error(line: usize, problem: Problem) -> Error {
    FormatError {
        format: FORMAT,
        line,
        problem,
    }
    .into()
}
