//! Linear models: who finds the order, and who only finds the scale of the columns?

use causal_graph::generate::erdos_renyi;
use causal_graph::metrics::order_divergence;
use causal_graph::{CausalOrder, ContinuousTable, Dag, Nodes, Table};
use causal_order::{Knowledge, SortBy, VarSort, sortability};
use rand::RngExt as _;
use serde::Serialize;
use tensor_core::Seed;
use tensor_core::progress::{Progress, Silent};

use super::mean;
use crate::discover::Search;
use crate::discover::algorithm::Algorithm;
use crate::support::workers::Workers;

/// Sizes and repetitions.
#[derive(Debug, Serialize)]
pub(crate) struct Experiment {
    n_nodes: usize,
    average_degree: f64,
    n_rows: usize,
    n_repetitions: u64,
}

/// What came out.
#[derive(Debug, Serialize)]
pub(crate) struct Results {
    /// The mean number of edges of the true graphs.
    pub(crate) n_edges: f64,
    /// The mean share of directed paths along which variance grows, before standardising.
    pub(crate) sortability: f64,
    pub(crate) cells: Vec<Cell>,
}

/// One method on one kind of data: the mean over the repetitions.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Cell {
    pub(crate) method: &'static str,
    pub(crate) noise: Noise,
    pub(crate) is_standardised: bool,
    /// Edges that the order turns around.
    pub(crate) d_top: f64,
}

/// The distribution of the noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Noise {
    Laplace,
    Gaussian,
}

/// Who orders the columns.
#[derive(Debug, Clone, Copy)]
enum Method {
    VarSort,
    Algorithm(Algorithm),
}

const METHODS: [Method; 7] = [
    Method::VarSort,
    Method::Algorithm(Algorithm::DirectLingam),
    Method::Algorithm(Algorithm::IcaLingam),
    Method::Algorithm(Algorithm::Score),
    Method::Algorithm(Algorithm::Notears),
    Method::Algorithm(Algorithm::Dagma),
    Method::Algorithm(Algorithm::OrderSearch),
];

struct Item {
    method: Method,
    noise: Noise,
    is_standardised: bool,
    repetition: u64,
}

impl Experiment {
    pub(crate) fn of(quick: bool) -> Self {
        Self {
            n_nodes: if quick { 5 } else { 10 },
            average_degree: if quick { 2.0 } else { 4.0 },
            n_rows: if quick { 200 } else { 500 },
            n_repetitions: if quick { 1 } else { 5 },
        }
    }

    fn model(&self, noise: Noise, repetition: u64, seed: Seed) -> anyhow::Result<(Dag, ContinuousTable)> {
        let seed = seed.derive(&format!("linear/{noise:?}/{repetition}"));
        let dag = erdos_renyi(Nodes::numbered(self.n_nodes), self.average_degree, seed)?;
        let mut random = seed.stream("causal_order/linear", 0);
        let mut columns = vec![Vec::new(); self.n_nodes];
        for node in dag.topological_order() {
            let mut column: Vec<f64> = (0..self.n_rows).map(|_| noise.draw(&mut random)).collect();
            for parent in dag.parents(node).iter() {
                let weight = random.random_range(0.5..2.0) * if random.random() { 1.0 } else { -1.0 };
                let of_parent: &Vec<f64> = &columns[parent];
                for (value, cause) in column.iter_mut().zip(of_parent) {
                    *value += weight * cause;
                }
            }
            columns[node] = column;
        }
        Ok((dag.clone(), ContinuousTable::new(dag.nodes().clone(), columns)?))
    }
}

impl Noise {
    fn draw(self, random: &mut impl rand::Rng) -> f64 {
        let uniform: f64 = random.random();
        match self {
            Self::Laplace => {
                let centred = uniform - 0.5;
                -centred.signum() * (1.0 - 2.0 * centred.abs()).ln()
            }
            Self::Gaussian => {
                let angle = std::f64::consts::TAU * random.random::<f64>();
                (-2.0 * (1.0 - uniform).ln()).sqrt() * angle.cos()
            }
        }
    }
}

/// Draws, orders and compares.
pub(crate) fn run(
    experiment: &Experiment,
    seed: Seed,
    workers: &Workers,
    progress: &mut (dyn Progress + Send),
) -> anyhow::Result<Results> {
    let mut items = Vec::new();
    for method in METHODS {
        for noise in [Noise::Laplace, Noise::Gaussian] {
            for is_standardised in [false, true] {
                items.extend((0..experiment.n_repetitions).map(|repetition| Item {
                    method,
                    noise,
                    is_standardised,
                    repetition,
                }));
            }
        }
    }
    let measured = workers.map(
        "linear models",
        &items,
        items.len() as u64,
        progress,
        |item, advance| {
            let (dag, table) = experiment.model(item.noise, item.repetition, seed)?;
            let table = if item.is_standardised {
                standardised(&table)?
            } else {
                table
            };
            let divergence = match item.method.order(&table, seed)? {
                Some(order) => order_divergence(&order, &dag)?,
                // No order is as bad as one that has every edge wrong.
                None => dag.n_edges(),
            };
            advance(1);
            Ok(divergence as f64)
        },
    )?;
    let n_repetitions = usize::try_from(experiment.n_repetitions)?;
    let cells = items
        .chunks(n_repetitions)
        .zip(measured.chunks(n_repetitions))
        .map(|(items, measured)| Cell {
            method: items[0].method.name(),
            noise: items[0].noise,
            is_standardised: items[0].is_standardised,
            d_top: mean(measured.iter().copied()),
        })
        .collect();
    let models = (0..experiment.n_repetitions)
        .map(|repetition| experiment.model(Noise::Laplace, repetition, seed))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let sortabilities = models
        .iter()
        .filter_map(|(dag, table)| sortability(table, dag, SortBy::Variance).transpose())
        .collect::<causal_order::Result<Vec<f64>>>()?;
    Ok(Results {
        n_edges: mean(models.iter().map(|(dag, _)| dag.n_edges() as f64)),
        sortability: mean(sortabilities),
        cells,
    })
}

impl Method {
    fn name(self) -> &'static str {
        match self {
            Self::VarSort => "var-sort",
            Self::Algorithm(algorithm) => algorithm.name(),
        }
    }

    fn order(self, table: &ContinuousTable, seed: Seed) -> anyhow::Result<Option<CausalOrder>> {
        match self {
            Self::VarSort => Ok(Some(VarSort::default().run(table)?.order)),
            Self::Algorithm(algorithm) => {
                let knowledge = Knowledge::none(table.nodes().clone());
                let table = Table::Continuous(table.clone());
                Ok(Search::default()
                    .run(algorithm, &table, &knowledge, seed, &mut Silent)?
                    .order)
            }
        }
    }
}

/// Every column with mean 0 and variance 1.
fn standardised(table: &ContinuousTable) -> causal_graph::Result<ContinuousTable> {
    let columns = (0..table.n_columns())
        .map(|node| {
            let column = table.column(node);
            let centre = mean(column.iter().copied());
            let deviation = mean(column.iter().map(|value| (value - centre).powi(2))).sqrt();
            column.iter().map(|value| (value - centre) / deviation).collect()
        })
        .collect();
    ContinuousTable::new(table.nodes().clone(), columns)
}
