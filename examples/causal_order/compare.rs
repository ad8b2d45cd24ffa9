//! `compare`: distances of an estimated graph from the true one.

use std::path::PathBuf;

use causal_graph::metrics::{EdgeAgreement, EdgeDifferences, order_divergence, sid_bounds};
use causal_graph::{CausalOrder, Pdag};
use serde::Serialize;

use crate::files;
use crate::support::exit::bad_input;
use crate::support::output;

/// The two graphs, and an order.
#[derive(Debug, clap::Args)]
pub(crate) struct CompareArguments {
    /// The true DAG: .bif, .dot, .gml, .graphml, .json, or an edge list
    #[arg(long = "true", value_name = "A")]
    truth: PathBuf,
    /// The estimated graph, in any of these formats; a DAG, or a CPDAG with undirected edges
    #[arg(long, value_name = "B")]
    estimated: PathBuf,
    /// An estimated order of all nodes, first to last
    #[arg(long, value_name = "A,B,C")]
    order: Option<String>,
    /// Print one JSON object on standard output
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Printed {
    /// Structural Hamming distance of the graphs as they are; of the CPDAGs, if the estimate has undirected edges.
    shd: usize,
    differences: EdgeDifferences,
    /// Structural intervention distance; the lower bound, if the estimate has undirected edges.
    sid: usize,
    sid_upper: usize,
    /// Edges that the order turns around.
    #[serde(skip_serializing_if = "Option::is_none")]
    d_top: Option<usize>,
    agreement: EdgeAgreement,
}

/// Compares the graphs and prints the distances.
pub(crate) fn run(arguments: &CompareArguments) -> anyhow::Result<()> {
    let truth = files::dag(&arguments.truth)?;
    let estimate = files::graph(&arguments.estimated)?;
    let estimate = files::in_the_order_of(truth.nodes(), &estimate, &arguments.estimated)?;
    let is_directed = estimate.undirected_edges().next().is_none();
    let true_graph = if is_directed {
        Pdag::from(&truth)
    } else {
        truth.cpdag()
    };
    let bounds = sid_bounds(&truth, &estimate).map_err(bad_input)?;
    let order = match &arguments.order {
        Some(names) => Some(
            CausalOrder::from_names(truth.nodes().clone(), names.split(',').map(str::trim))
                .map_err(|error| bad_input(format!("--order: {error}")))?,
        ),
        None => None,
    };
    let d_top = order
        .map(|order| order_divergence(&order, &truth))
        .transpose()
        .map_err(bad_input)?;
    let differences = EdgeDifferences::of(&true_graph, &estimate).map_err(bad_input)?;
    let printed = Printed {
        shd: differences.total(),
        differences,
        sid: bounds.lower,
        sid_upper: bounds.upper,
        d_top,
        agreement: EdgeAgreement::of(&true_graph, &estimate).map_err(bad_input)?,
    };
    output::result(&if arguments.json {
        output::to_json(&printed)?
    } else {
        let sid = match printed.sid_upper {
            upper if upper == printed.sid => upper.to_string(),
            upper => format!("{} to {upper}", printed.sid),
        };
        let d_top = printed
            .d_top
            .map_or_else(String::new, |d_top| format!(", divergence of the order {d_top}"));
        format!(
            "structural Hamming distance {}, intervention distance {sid}{d_top}\n",
            printed.shd
        )
    })
}
