//! Which columns of a table cannot be used.

use std::collections::HashMap;

use causal_graph::{ContinuousTable, DiscreteTable, Nodes, Table};
use serde::{Deserialize, Serialize};

use super::centred::centred_columns;
use super::{Correlations, Dependence};
use crate::{Error, Result};

/// The columns that never change, and those that other columns determine.
///
/// A continuous column is constant if its values differ by rounding only, and determined by others if it is a linear
/// function of them. With no more rows than columns every column is one: then only copies, up to scale and shift, are
/// found. A discrete column is constant if one state occurs, and determined by an earlier one if it is the same up to
/// the names of the states.
///
/// # Examples
///
/// ```
/// use causal_graph::{ContinuousTable, Nodes, Table};
/// use causal_order::{ColumnCheck, Dependence};
///
/// let (a, b) = (vec![1.0, 2.0, 4.0, 8.0, 3.0], vec![3.0, 1.0, 4.0, 1.0, 5.0]);
/// let sum = a.iter().zip(&b).map(|(a, b)| a + b).collect();
/// let columns = vec![a, b, vec![7.0; 5], sum];
/// let table = Table::Continuous(ContinuousTable::new(Nodes::numbered(4), columns)?);
/// let check = ColumnCheck::of(&table)?;
/// assert_eq!(check.constant, [2]);
/// assert_eq!(check.dependences.len(), 1);
/// let error = check.require(table.nodes()).expect_err("a constant column");
/// assert_eq!(error.to_string(), "column `X2` is constant: a test or score cannot use it; leave it out");
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnCheck {
    /// The columns that never change.
    pub constant: Vec<usize>,
    /// The columns that others determine, constant ones apart.
    pub dependences: Vec<Dependence>,
}

impl ColumnCheck {
    /// Looks at all columns of a table.
    ///
    /// # Errors
    ///
    /// [`Error::TooFewRows`] below two rows; [`Error::ColumnRange`].
    ///
    /// # Complexity
    ///
    /// O(n p² + p³) for p continuous columns of n rows, O(n p) for discrete ones.
    pub fn of(table: &Table) -> Result<Self> {
        if table.n_rows() < 2 {
            return Err(Error::TooFewRows {
                got: table.n_rows(),
                expected: 2,
                purpose: "a column that changes",
            });
        }
        match table {
            Table::Continuous(table) => of_continuous(table),
            Table::Discrete(table) => Ok(of_discrete(table)),
        }
    }

    /// Whether every column can be used.
    pub fn is_clean(&self) -> bool {
        self.constant.is_empty() && self.dependences.is_empty()
    }

    /// Makes the first finding an error.
    ///
    /// # Errors
    ///
    /// [`Error::ConstantColumn`], [`Error::CollinearColumns`].
    pub fn require(&self, nodes: &Nodes) -> Result<()> {
        let name = |node: usize| nodes.name(node).to_owned();
        if let Some(&column) = self.constant.first() {
            return Err(Error::ConstantColumn { column: name(column) });
        }
        match self.dependences.first() {
            None => Ok(()),
            Some(dependence) => Err(dependence.error(nodes)),
        }
    }
}

fn of_continuous(table: &ContinuousTable) -> Result<ColumnCheck> {
    let is_constant: Vec<bool> = centred_columns(table)?
        .iter()
        .map(super::centred::Centred::is_constant)
        .collect();
    let (constant, varying): (Vec<usize>, Vec<usize>) =
        (0..table.n_columns()).partition(|&node| is_constant[node]);
    if varying.is_empty() {
        let dependences = Vec::new();
        return Ok(ColumnCheck {
            constant,
            dependences,
        });
    }
    let names = varying.iter().map(|&node| table.nodes().name(node));
    let columns = varying.iter().map(|&node| table.column(node).to_vec()).collect();
    let correlations = Correlations::of(&ContinuousTable::new(Nodes::new(names)?, columns)?)?;
    let mut dependences = correlations.dependences();
    for dependence in &mut dependences {
        dependence.column = varying[dependence.column];
        for node in &mut dependence.of {
            *node = varying[*node];
        }
    }
    Ok(ColumnCheck {
        constant,
        dependences,
    })
}

fn of_discrete(table: &DiscreteTable) -> ColumnCheck {
    let mut check = ColumnCheck::default();
    let mut seen: HashMap<Vec<u16>, usize> = HashMap::new();
    for column in 0..table.n_columns() {
        let (codes, n_observed) = by_appearance(table.column(column), table.n_states(column));
        if n_observed == 1 {
            check.constant.push(column);
            continue;
        }
        let of = *seen.entry(codes).or_insert(column);
        if of != column {
            check.dependences.push(Dependence { column, of: vec![of] });
        }
    }
    check
}

/// The column with its states numbered in the order in which they appear, and their number.
fn by_appearance(column: &[u16], n_states: usize) -> (Vec<u16>, usize) {
    let mut numbers = vec![None; n_states];
    let mut n_observed = 0;
    let codes = column
        .iter()
        .map(|&code| {
            *numbers[usize::from(code)].get_or_insert_with(|| {
                n_observed += 1;
                // At most as many states as there are codes.
                (n_observed - 1) as u16
            })
        })
        .collect();
    (codes, n_observed)
}
