//! `sample`: a table drawn from a network.

use std::path::PathBuf;

use causal_graph::Table;
use causal_graph::format::csv;
use serde::Serialize;
use tensor_core::Seed;
use tensor_core::array_io::write_atomically;

use crate::files;
use crate::support::bars::Bars;
use crate::support::exit::bad_input;
use crate::support::output;

/// The network, the interventions, and where the table goes.
#[derive(Debug, clap::Args)]
pub(crate) struct SampleArguments {
    /// The network: BIF, possibly gzipped
    #[arg(long, value_name = "N.bif")]
    network: PathBuf,
    /// Number of rows
    #[arg(short = 'n', long, value_name = "N")]
    n_rows: usize,
    /// Seed of the draws
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// Sets a node to a state before drawing; may be given several times
    #[arg(long = "do", value_name = "X=STATE")]
    interventions: Vec<String>,
    /// The table: CSV with a header of node names
    #[arg(long, value_name = "D.csv")]
    out: PathBuf,
    /// Print one JSON object on standard output
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Printed {
    n_rows: usize,
    columns: Vec<String>,
    out: String,
}

/// Draws the table and writes it.
pub(crate) fn run(arguments: &SampleArguments) -> anyhow::Result<()> {
    let network = files::network(&arguments.network)?;
    let interventions = arguments
        .interventions
        .iter()
        .map(|text| {
            let (node, state) = files::assignment("--do", text, "X=STATE")?;
            let node = network.nodes().index(node).map_err(bad_input)?;
            Ok((node, network.state(node, state).map_err(bad_input)?))
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let network = network.intervene(&interventions).map_err(bad_input)?;
    let table = network
        .sample_with(arguments.n_rows, Seed::new(arguments.seed), &mut Bars::default())
        .map_err(bad_input)?;
    let text = csv::write(&Table::Discrete(table));
    write_atomically(arguments.out.clone(), |file| file.write_all(text.as_bytes())).map_err(bad_input)?;
    let printed = Printed {
        n_rows: arguments.n_rows,
        columns: network.nodes().names().to_vec(),
        out: arguments.out.display().to_string(),
    };
    output::result(&if arguments.json {
        output::to_json(&printed)?
    } else {
        format!(
            "{} rows of {} columns in {}\n",
            printed.n_rows,
            printed.columns.len(),
            printed.out
        )
    })
}
