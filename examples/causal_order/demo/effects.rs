//! Exact effects in the published networks.

use causal_graph::network::BayesianNetwork;
use causal_graph::network::published::{asia, cancer, earthquake, survey};
use serde::Serialize;

/// An average causal effect.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Effect {
    pub(crate) network: &'static str,
    pub(crate) treatment: &'static str,
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    pub(crate) outcome: &'static str,
    pub(crate) state: &'static str,
    pub(crate) ace: f64,
}

/// Effects that are easily checked against the published tables.
pub(crate) fn published() -> anyhow::Result<Vec<Effect>> {
    let rows = [
        (asia(), "asia", ["lung", "no", "yes", "dysp", "yes"]),
        (asia(), "asia", ["smoke", "no", "yes", "dysp", "yes"]),
        (asia(), "asia", ["tub", "no", "yes", "dysp", "yes"]),
        (
            cancer(),
            "cancer",
            ["Cancer", "False", "True", "Dyspnoea", "True"],
        ),
        (
            cancer(),
            "cancer",
            ["Smoker", "False", "True", "Dyspnoea", "True"],
        ),
        (
            earthquake(),
            "earthquake",
            ["Alarm", "False", "True", "JohnCalls", "True"],
        ),
        (survey(), "survey", ["E", "high", "uni", "T", "car"]),
    ];
    rows.iter()
        .map(|(network, name, row)| effect(network, name, *row))
        .collect()
}

fn effect(
    network: &BayesianNetwork,
    name: &'static str,
    [treatment, from, to, outcome, state]: [&'static str; 5],
) -> anyhow::Result<Effect> {
    let (treated, observed) = (network.nodes().index(treatment)?, network.nodes().index(outcome)?);
    let ace = network.average_causal_effect(
        treated,
        network.state(treated, from)?,
        network.state(treated, to)?,
        observed,
        network.state(observed, state)?,
    )?;
    Ok(Effect {
        network: name,
        treatment,
        from,
        to,
        outcome,
        state,
        ace,
    })
}
