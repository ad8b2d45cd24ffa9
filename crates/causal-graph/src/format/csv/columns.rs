//! What columns hold.

use std::collections::HashMap;

use super::super::Problem;
use super::records::Records;
use super::{ColumnKind, ColumnKinds, CsvParams, CsvProblem, error, format_error};
use crate::{ContinuousTable, DiscreteTable, Error, Result, Table};

/// The table of all columns, if they are of one kind.
pub(super) fn table(records: &Records, params: &CsvParams) -> Result<Table> {
    let nodes = &records.nodes;
    for name in params.columns.keys() {
        nodes.index(name)?;
    }
    let kinds: Vec<ColumnKind> = (0..nodes.len()).map(|node| kind(records, node, params)).collect();
    let named = |kind: ColumnKind| {
        let of_kind = (0..nodes.len()).filter(|&node| kinds[node] == kind);
        of_kind
            .map(|node| nodes.name(node).to_owned())
            .collect::<Vec<_>>()
    };
    let (continuous, discrete) = (named(ColumnKind::Continuous), named(ColumnKind::Discrete));
    if discrete.is_empty() {
        let columns = (0..nodes.len()).map(|node| numbers(records, node));
        let table = ContinuousTable::new(nodes.clone(), columns.collect::<Result<_>>()?)?;
        return Ok(Table::Continuous(table));
    }
    if !continuous.is_empty() {
        return Err(error(1, CsvProblem::Mixed { continuous, discrete }));
    }
    let (states, codes) = (0..nodes.len())
        .map(|node| codes(records, node, params))
        .collect::<Result<Vec<_>>>()?
        .into_iter()
        .unzip();
    Ok(Table::Discrete(DiscreteTable::new(nodes.clone(), states, codes)?))
}

fn kind(records: &Records, node: usize, params: &CsvParams) -> ColumnKind {
    let name = records.nodes.name(node);
    if let Some(&kind) = params.columns.get(name) {
        return kind;
    }
    match params.kinds {
        _ if params.states.contains_key(name) => ColumnKind::Discrete,
        ColumnKinds::Continuous => ColumnKind::Continuous,
        ColumnKinds::Discrete => ColumnKind::Discrete,
        ColumnKinds::Infer => inferred(records, node, params.max_integer_states),
    }
}

/// Discrete if a cell is no number, or if all are integers and few are different.
fn inferred(records: &Records, node: usize, max_integer_states: usize) -> ColumnKind {
    let (mut is_integer, mut integers) = (true, Vec::new());
    for cell in records.column(node) {
        if is_integer {
            match cell.parse::<i64>() {
                Ok(integer) if integers.contains(&integer) => continue,
                Ok(integer) if integers.len() < max_integer_states => {
                    integers.push(integer);
                    continue;
                }
                _ => is_integer = false,
            }
        }
        if cell.parse::<f64>().is_err() {
            return ColumnKind::Discrete;
        }
    }
    if is_integer {
        ColumnKind::Discrete
    } else {
        ColumnKind::Continuous
    }
}

fn numbers(records: &Records, node: usize) -> Result<Vec<f64>> {
    records
        .column(node)
        .enumerate()
        .map(|(row, cell)| match cell.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => {
                let (column, text) = (records.nodes.name(node).to_owned(), cell.to_owned());
                Err(error(records.line(row), CsvProblem::NotANumber { column, text }))
            }
        })
        .collect()
}

/// The states of a column and the code of each cell.
fn codes(records: &Records, node: usize, params: &CsvParams) -> Result<(Vec<String>, Vec<u16>)> {
    let name = records.nodes.name(node);
    let states = match params.states.get(name) {
        Some(states) => states.clone(),
        None => observed(records, node),
    };
    let limit = usize::from(u16::MAX) + 1;
    if states.len() > limit {
        return Err(Error::TooManyStates {
            node: name.to_owned(),
            got: states.len(),
            expected: limit,
        });
    }
    let code_of: HashMap<&str, u16> = states.iter().map(String::as_str).zip(0..=u16::MAX).collect();
    let codes = records
        .column(node)
        .enumerate()
        .map(|(row, cell)| {
            code_of.get(cell).copied().ok_or_else(|| {
                let unknown = Error::UnknownState {
                    node: name.to_owned(),
                    state: cell.to_owned(),
                    expected: states.clone(),
                };
                format_error(records.line(row), Problem::Graph(Box::new(unknown)))
            })
        })
        .collect::<Result<_>>()?;
    Ok((states, codes))
}

/// The states that occur: integers by size, others in the order of their bytes.
fn observed(records: &Records, node: usize) -> Vec<String> {
    let mut states: Vec<&str> = records.column(node).collect();
    states.sort_unstable();
    states.dedup();
    let integers: Option<Vec<i64>> = states.iter().map(|state| state.parse().ok()).collect();
    if integers.is_some() {
        // The same integer may be written in several ways: those stay apart, in the order of their bytes.
        states.sort_by_key(|state| state.parse::<i64>().unwrap_or_default());
    }
    states.into_iter().map(str::to_owned).collect()
}
