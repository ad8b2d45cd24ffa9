//! `truth`: the exact average causal effect in a network.

use std::path::PathBuf;

use serde::Serialize;

use crate::files;
use crate::support::exit::bad_input;
use crate::support::output;

/// The network, the treatment and the outcome.
#[derive(Debug, clap::Args)]
pub(crate) struct TruthArguments {
    /// The network: BIF, possibly gzipped
    #[arg(long, value_name = "N.bif")]
    network: PathBuf,
    /// The treatment and its two states: the effect is that of going from the first to the second
    #[arg(long, value_name = "X=FROM:TO")]
    treatment: String,
    /// The outcome and the state whose probability is asked for
    #[arg(long, value_name = "Y=STATE")]
    outcome: String,
    /// Print one JSON object on standard output
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Printed {
    /// P(outcome | do(to)) - P(outcome | do(from)).
    ace: f64,
    /// P(outcome = state | do(treatment = from)).
    probability_from: f64,
    /// P(outcome = state | do(treatment = to)).
    probability_to: f64,
}

/// Computes the effect and prints it.
pub(crate) fn run(arguments: &TruthArguments) -> anyhow::Result<()> {
    let network = files::network(&arguments.network)?;
    let (treatment, states) = files::assignment("--treatment", &arguments.treatment, "X=FROM:TO")?;
    let Some((from, to)) = states.split_once(':') else {
        return Err(bad_input(format!(
            "--treatment is `{}`: expected X=FROM:TO, a node and two of its states",
            arguments.treatment
        )));
    };
    let (outcome, state) = files::assignment("--outcome", &arguments.outcome, "Y=STATE")?;
    let treatment = network.nodes().index(treatment).map_err(bad_input)?;
    let outcome = network.nodes().index(outcome).map_err(bad_input)?;
    let from = network.state(treatment, from).map_err(bad_input)?;
    let to = network.state(treatment, to).map_err(bad_input)?;
    let state = network.state(outcome, state).map_err(bad_input)?;
    let ace = network
        .average_causal_effect(treatment, from, to, outcome, state)
        .map_err(bad_input)?;
    let probability = |dose: usize| -> anyhow::Result<f64> {
        let distribution = network
            .interventional_distribution(&[outcome], &[(treatment, dose)], &[])
            .map_err(bad_input)?;
        Ok(distribution.values()[state])
    };
    let printed = Printed {
        ace,
        probability_from: probability(from)?,
        probability_to: probability(to)?,
    };
    output::result(&if arguments.json {
        output::to_json(&printed)?
    } else {
        format!(
            "average causal effect {:.6}: from {:.6} to {:.6}\n",
            printed.ace, printed.probability_from, printed.probability_to
        )
    })
}
