//! `discover`: a graph, or an order, from a table.

pub(crate) mod algorithm;
mod constraints;
mod search;

use std::path::PathBuf;

use causal_graph::{Pdag, Table};
use causal_order::{BootstrapParams, FailedResample, Knowledge, bootstrap_graphs_with};
use serde::Serialize;
use serde_json::json;
use tensor_core::Seed;

use crate::files;
use crate::support::arguments::RunArguments;
use crate::support::bars::Bars;
use crate::support::exit::bad_input;
use crate::support::output;
use crate::support::workers::Workers;

use algorithm::Algorithm;
use constraints::KnowledgeArguments;
pub(crate) use search::Search;

/// The table, the algorithm, and what is known before.
#[derive(Debug, clap::Args)]
pub(crate) struct DiscoverArguments {
    /// The table: CSV with a header; numbers, or states of finite sets
    #[arg(long, value_name = "D.csv")]
    data: PathBuf,
    /// How columns are read [default: whole numbers with few values, and words, are states; other numbers are numbers]
    #[arg(long, value_enum, value_name = "KIND")]
    columns: Option<files::ColumnKind>,
    /// Leave out rows with missing values, instead of refusing the table
    #[arg(long)]
    drop_missing: bool,
    /// How the graph is found
    #[arg(long, value_enum, value_name = "NAME")]
    algorithm: Algorithm,
    #[command(flatten)]
    search: Search,
    #[command(flatten)]
    knowledge: KnowledgeArguments,
    /// Also search so many resamples of the rows, and report how often each edge is found
    #[arg(long, value_name = "N")]
    bootstrap: Option<usize>,
    /// Also write the graph: .dot, .gml, .graphml, .json, or an edge list
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    run: RunArguments,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Printed {
    algorithm: &'static str,
    directed: Vec<[String; 2]>,
    undirected: Vec<[String; 2]>,
    /// An order that agrees with the graph, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n_tests: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f64>,
    /// What else the algorithm says of its work.
    details: serde_json::Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    bootstrap: Option<serde_json::Value>,
    n_rows: usize,
    n_rows_dropped: usize,
    seed: u64,
}

/// Reads the table, finds the graph and prints it.
pub(crate) fn run(arguments: &DiscoverArguments) -> anyhow::Result<()> {
    let workers = Workers::start(arguments.run.threads()?)?;
    let seed = Seed::new(arguments.run.seed);
    let read = files::table(&arguments.data, arguments.columns, arguments.drop_missing)?;
    let knowledge = arguments.knowledge.knowledge(read.table.nodes())?;
    arguments.search.check(arguments.algorithm, &knowledge)?;

    let mut bars = Bars::default();
    let found = workers.install(|| {
        arguments
            .search
            .run(arguments.algorithm, &read.table, &knowledge, seed, &mut bars)
    })?;
    let bootstrap = arguments
        .bootstrap
        .map(|n_resamples| frequencies(arguments, &read.table, &knowledge, n_resamples, &workers))
        .transpose()?;
    if let Some(path) = &arguments.out {
        files::write_graph(path, &found.graph)?;
    }
    let printed = Printed {
        algorithm: arguments.algorithm.name(),
        directed: named(&found.graph, found.graph.directed_edges()),
        undirected: named(&found.graph, found.graph.undirected_edges()),
        order: found
            .order
            .as_ref()
            .map(|order| order.names().into_iter().map(str::to_owned).collect()),
        n_tests: found.n_tests,
        score: found.score,
        details: found.details.clone(),
        bootstrap,
        n_rows: read.table.n_rows(),
        n_rows_dropped: read.n_dropped,
        seed: seed.value(),
    };
    output::result(&if arguments.run.json {
        output::to_json(&printed)?
    } else {
        printed.text()
    })
}

/// How often each edge is found in resamples of the rows.
fn frequencies(
    arguments: &DiscoverArguments,
    table: &Table,
    knowledge: &Knowledge,
    n_resamples: usize,
    workers: &Workers,
) -> anyhow::Result<serde_json::Value> {
    let seed = Seed::new(arguments.run.seed);
    let params = BootstrapParams {
        n_resamples,
        seed: seed.derive("bootstrap").value(),
        failed: FailedResample::Skip,
        ..BootstrapParams::default()
    };
    let result = workers
        .install(|| {
            let discover = |resample: &Table| {
                arguments
                    .search
                    .graph(arguments.algorithm, resample, knowledge, seed)
            };
            bootstrap_graphs_with(table, &params, discover, &mut Bars::default())
        })
        .map_err(bad_input)?;
    let names = table.nodes();
    let mut edges = Vec::new();
    for b in 0..names.len() {
        for a in 0..b {
            if result.adjacent(a, b) > 0.0 {
                edges.push(json!({
                    "a": names.name(a),
                    "b": names.name(b),
                    "adjacent": result.adjacent(a, b),
                    "forward": result.directed(a, b),
                    "backward": result.directed(b, a),
                }));
            }
        }
    }
    Ok(json!({"n_resamples": result.n_graphs(), "n_failed": result.n_failed(), "edges": edges}))
}

fn named(graph: &Pdag, edges: impl Iterator<Item = (usize, usize)>) -> Vec<[String; 2]> {
    edges
        .map(|(a, b)| [a, b].map(|node| graph.nodes().name(node).to_owned()))
        .collect()
}

impl Printed {
    /// A line for each edge, then what is known of the search.
    fn text(&self) -> String {
        let mut lines = Vec::new();
        for (edges, joint) in [(&self.directed, "->"), (&self.undirected, "--")] {
            lines.extend(edges.iter().map(|[a, b]| format!("{a} {joint} {b}")));
        }
        lines.extend(
            self.order
                .iter()
                .map(|order| format!("order: {}", order.join(", "))),
        );
        lines.extend(self.score.map(|score| format!("score: {score}")));
        lines.extend(self.n_tests.map(|n_tests| format!("tests: {n_tests}")));
        lines.join("\n") + "\n"
    }
}
