//! Samples of published networks: how far is what each algorithm finds from the truth?

use std::path::Path;

use causal_graph::metrics::{ClassDivergence, shd, sid_bounds};
use causal_graph::network::BayesianNetwork;
use causal_graph::network::published::{asia, cancer, earthquake, survey};
use causal_graph::{Dag, Pdag, Table};
use causal_order::Knowledge;
use serde::Serialize;
use tensor_core::Seed;
use tensor_core::progress::{Progress, Silent};

use super::mean;
use crate::discover::Search;
use crate::discover::algorithm::Algorithm;
use crate::files;
use crate::support::workers::Workers;

/// Algorithms in the order of the table.
pub(crate) const ALGORITHMS: [Algorithm; 7] = [
    Algorithm::PcStable,
    Algorithm::Hc,
    Algorithm::Tabu,
    Algorithm::Ges,
    Algorithm::OrderSearch,
    Algorithm::Exact,
    Algorithm::OrderMcmc,
];

/// The most nodes that the exact search is asked for.
const MAX_EXACT: usize = 12;
/// The most nodes that chains of orders are asked for.
const MAX_CHAINS: usize = 40;
/// The most members of an equivalence class that a divergence is the mean of.
const MAX_MEMBERS: usize = 10_000;

/// Networks that are looked at when they have been fetched.
const FETCHED: [&str; 2] = ["sachs", "child"];

/// Sizes and repetitions.
#[derive(Debug, Serialize)]
pub(crate) struct Experiment {
    n_rows: Vec<usize>,
    n_repetitions: u64,
    fetched: bool,
}

/// What came out.
#[derive(Debug, Serialize)]
pub(crate) struct Results {
    pub(crate) cells: Vec<Cell>,
}

/// One algorithm on samples of one size of one network: means over the repetitions.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Cell {
    pub(crate) network: String,
    pub(crate) n_rows: usize,
    pub(crate) algorithm: &'static str,
    /// Structural Hamming distance of the CPDAGs.
    pub(crate) shd: f64,
    /// Edges that an order turns around, the mean over the equivalence class that was found.
    pub(crate) d_top: f64,
    /// Bounds of the structural intervention distance.
    pub(crate) sid: [f64; 2],
}

/// A sample that an algorithm is run on.
struct Item<'a> {
    name: &'a str,
    network: &'a BayesianNetwork,
    n_rows: usize,
    repetition: u64,
    algorithm: Algorithm,
}

impl Experiment {
    pub(crate) fn of(quick: bool) -> Self {
        if quick {
            return Self {
                n_rows: vec![500],
                n_repetitions: 1,
                fetched: false,
            };
        }
        Self {
            n_rows: vec![250, 1000, 5000],
            n_repetitions: 3,
            fetched: true,
        }
    }
}

/// Samples, searches and compares.
pub(crate) fn run(
    experiment: &Experiment,
    workspace: &Path,
    seed: Seed,
    workers: &Workers,
    progress: &mut (dyn Progress + Send),
) -> anyhow::Result<Results> {
    let networks = networks(experiment, workspace)?;
    let mut items = Vec::new();
    for (name, network) in &networks {
        for &n_rows in &experiment.n_rows {
            for algorithm in ALGORITHMS {
                let is_too_large = algorithm == Algorithm::Exact && network.n_nodes() > MAX_EXACT
                    || algorithm == Algorithm::OrderMcmc && network.n_nodes() > MAX_CHAINS;
                let repetitions = if is_too_large { 0 } else { experiment.n_repetitions };
                items.extend((0..repetitions).map(|repetition| Item {
                    name,
                    network,
                    n_rows,
                    repetition,
                    algorithm,
                }));
            }
        }
    }
    let measured = workers.map(
        "networks",
        &items,
        items.len() as u64,
        progress,
        |item, advance| {
            let measured = item.measure(seed);
            advance(1);
            measured
        },
    )?;
    let n_repetitions = usize::try_from(experiment.n_repetitions)?;
    let cells = items
        .chunks(n_repetitions)
        .zip(measured.chunks(n_repetitions))
        .map(|(items, measured)| Cell {
            network: items[0].name.to_owned(),
            n_rows: items[0].n_rows,
            algorithm: items[0].algorithm.name(),
            shd: mean(measured.iter().map(|one| one.shd)),
            d_top: mean(measured.iter().map(|one| one.d_top)),
            sid: [0, 1].map(|end| mean(measured.iter().map(|one| one.sid[end]))),
        })
        .collect();
    Ok(Results { cells })
}

/// What one search is worth.
struct Measured {
    shd: f64,
    d_top: f64,
    sid: [f64; 2],
}

impl Item<'_> {
    fn measure(&self, seed: Seed) -> anyhow::Result<Measured> {
        // All algorithms see the same rows.
        let of_sample = seed.derive(&format!("{}/{}/{}", self.name, self.n_rows, self.repetition));
        let table = Table::Discrete(self.network.sample(self.n_rows, of_sample)?);
        let knowledge = Knowledge::none(table.nodes().clone());
        let found = Search::default().run(self.algorithm, &table, &knowledge, of_sample, &mut Silent)?;
        let truth = self.network.dag();
        let class = class_of(&found.graph)?;
        let bounds = sid_bounds(truth, &class)?;
        Ok(Measured {
            shd: shd(&truth.cpdag(), &class)? as f64,
            d_top: ClassDivergence::of(&class, truth, MAX_MEMBERS)?.mean,
            sid: [bounds.lower as f64, bounds.upper as f64],
        })
    }
}

/// The CPDAG of what was found: the class of its members.
fn class_of(graph: &Pdag) -> causal_graph::Result<Pdag> {
    // A conflict can leave a graph that no DAG extends: then the directed edges and an order of the rest are taken.
    let dag: Dag = graph.consistent_extension().or_else(|_| by_index(graph))?;
    Ok(dag.cpdag())
}

/// The graph with its undirected edges directed along an order of the directed ones.
fn by_index(graph: &Pdag) -> causal_graph::Result<Dag> {
    let order = graph.topological_order().unwrap_or_default();
    let place = |node: usize| order.iter().position(|&other| other == node);
    let undirected = graph
        .undirected_edges()
        .map(|(a, b)| if place(a) < place(b) { (a, b) } else { (b, a) });
    Dag::from_edges(graph.nodes().clone(), graph.directed_edges().chain(undirected))
}

/// The small networks, and those that were fetched.
fn networks(
    experiment: &Experiment,
    workspace: &Path,
) -> anyhow::Result<Vec<(&'static str, BayesianNetwork)>> {
    let mut networks = vec![
        ("cancer", cancer()),
        ("earthquake", earthquake()),
        ("survey", survey()),
        ("asia", asia()),
    ];
    if experiment.fetched {
        for name in FETCHED {
            let path = workspace.join(format!(".local/data/networks/{name}.bif.gz"));
            if path.is_file() {
                networks.push((name, files::network(&path)?));
            }
        }
    }
    Ok(networks)
}
