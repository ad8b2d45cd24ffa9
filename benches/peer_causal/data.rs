//! Tables with their true graphs: from the script's files, or small ones that are drawn.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use causal_graph::generate::erdos_renyi;
use causal_graph::network::published::asia;
use causal_graph::network::{LinearGaussianNetwork, RandomMechanisms};
use causal_graph::{ContinuousTable, Dag, DiscreteTable, Nodes};
use tensor_core::{Seed, array_io, convert};

/// Where inputs come from.
#[derive(Debug, Clone)]
pub(crate) enum Inputs {
    /// The script's files.
    Folder(PathBuf),
    /// Nowhere: small ones are drawn.
    Drawn,
}

/// A table of numbers and the graph it comes from.
pub(crate) struct Linear {
    pub(crate) table: ContinuousTable,
    pub(crate) truth: Dag,
}

/// A table of states and the graph it comes from.
pub(crate) struct Discrete {
    pub(crate) table: DiscreteTable,
    pub(crate) truth: Dag,
}

impl Inputs {
    /// Rows of a linear model of so many variables.
    pub(crate) fn linear(&self, noise: &str, n_variables: usize, n_rows: usize) -> Result<Linear> {
        match self {
            Self::Folder(folder) => {
                let stem = format!("{noise}_{n_variables}_{n_rows}");
                let (rows, width) = numbers(&folder.join(format!("{stem}.npy")))?;
                let truth = graph(&folder.join(format!("{stem}_dag.npy")))?;
                let columns = (0..width)
                    .map(|column| rows.iter().skip(column).step_by(width).copied().collect())
                    .collect();
                let table = ContinuousTable::new(truth.nodes().clone(), columns)?;
                Ok(Linear { table, truth })
            }
            Self::Drawn => {
                let truth = erdos_renyi(Nodes::numbered(5), 2.0, Seed::new(1))?;
                let network =
                    LinearGaussianNetwork::random(&truth, &RandomMechanisms::default(), Seed::new(1))?;
                let table = network.sample(60, Seed::new(1))?;
                Ok(Linear { table, truth })
            }
        }
    }

    /// Rows of the network alarm.
    pub(crate) fn alarm(&self, n_rows: usize) -> Result<Discrete> {
        let Self::Folder(folder) = self else {
            let network = asia();
            let table = network.sample(200, Seed::new(1))?;
            return Ok(Discrete {
                table,
                truth: network.dag().clone(),
            });
        };
        let (codes, width) = numbers(&folder.join(format!("alarm_{n_rows}.npy")))?;
        let (n_states, _) = numbers(&folder.join("alarm_states.npy"))?;
        let truth = graph(&folder.join("alarm_dag.npy"))?;
        let states = n_states
            .iter()
            .map(|&n_states| (0..n_states as usize).map(|state| state.to_string()).collect())
            .collect();
        let columns = (0..width)
            .map(|column| {
                codes
                    .iter()
                    .skip(column)
                    .step_by(width)
                    .map(|&code| code as u16)
                    .collect()
            })
            .collect();
        let table = DiscreteTable::new(truth.nodes().clone(), states, columns)?;
        Ok(Discrete { table, truth })
    }
}

/// The numbers of a file row by row, and the length of a row.
fn numbers(path: &Path) -> Result<(Vec<f64>, usize)> {
    let tensor = array_io::read_npy(path)?;
    let width = tensor.size().last().copied().context("an array has an axis")? as usize;
    let numbers = convert::vector(
        "numbers",
        &tensor.f_to_kind(tensor_core::Kind::Double)?.f_flatten(0, -1)?,
    )?;
    Ok((numbers, width))
}

/// The graph of a square of zeros and ones, a one in row i and column j for an edge from i to j.
fn graph(path: &Path) -> Result<Dag> {
    let (square, width) = numbers(path)?;
    let edges = square
        .iter()
        .enumerate()
        .filter(|(_, entry)| **entry != 0.0)
        .map(|(place, _)| (place / width, place % width));
    Ok(Dag::from_edges(Nodes::numbered(width), edges)?)
}
