//! Small networks of the literature, written from the published tables.
//!
//! Names of nodes and states are those under which the networks are usually passed around, so that results can be compared.

use super::{BayesianNetwork, Cpt, Normalisation};
use crate::Nodes;

/// A node as it stands in a table: its name, its states, its parents by name, and its rows.
type Row = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
    &'static [f64],
);

const YES_NO: &[&str] = &["yes", "no"];
const TRUE_FALSE: &[&str] = &["True", "False"];

/// Dyspnoea and its causes. A positive X-ray does not tell tuberculosis from lung cancer: `either` is
/// their disjunction, so that some joint states have probability 0.
const ASIA: [Row; 8] = [
    ("asia", YES_NO, &[], &[0.01, 0.99]),
    ("tub", YES_NO, &["asia"], &[0.05, 0.95, 0.01, 0.99]),
    ("smoke", YES_NO, &[], &[0.5, 0.5]),
    ("lung", YES_NO, &["smoke"], &[0.1, 0.9, 0.01, 0.99]),
    ("bronc", YES_NO, &["smoke"], &[0.6, 0.4, 0.3, 0.7]),
    (
        "either",
        YES_NO,
        &["lung", "tub"],
        &[1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0],
    ),
    ("xray", YES_NO, &["either"], &[0.98, 0.02, 0.05, 0.95]),
    (
        "dysp",
        YES_NO,
        &["bronc", "either"],
        &[0.9, 0.1, 0.8, 0.2, 0.7, 0.3, 0.1, 0.9],
    ),
];

/// Lung cancer, its causes and its symptoms.
const CANCER: [Row; 5] = [
    ("Pollution", &["low", "high"], &[], &[0.9, 0.1]),
    ("Smoker", TRUE_FALSE, &[], &[0.3, 0.7]),
    (
        "Cancer",
        TRUE_FALSE,
        &["Pollution", "Smoker"],
        &[0.03, 0.97, 0.001, 0.999, 0.05, 0.95, 0.02, 0.98],
    ),
    (
        "Xray",
        &["positive", "negative"],
        &["Cancer"],
        &[0.9, 0.1, 0.2, 0.8],
    ),
    ("Dyspnoea", TRUE_FALSE, &["Cancer"], &[0.65, 0.35, 0.3, 0.7]),
];

/// Pearl's alarm with two neighbours who may call.
const EARTHQUAKE: [Row; 5] = [
    ("Burglary", TRUE_FALSE, &[], &[0.01, 0.99]),
    ("Earthquake", TRUE_FALSE, &[], &[0.02, 0.98]),
    (
        "Alarm",
        TRUE_FALSE,
        &["Burglary", "Earthquake"],
        &[0.95, 0.05, 0.94, 0.06, 0.29, 0.71, 0.001, 0.999],
    ),
    ("JohnCalls", TRUE_FALSE, &["Alarm"], &[0.9, 0.1, 0.05, 0.95]),
    ("MaryCalls", TRUE_FALSE, &["Alarm"], &[0.7, 0.3, 0.01, 0.99]),
];

/// The means of transport that people use: age, sex, education, occupation, residence, travel.
const SURVEY: [Row; 6] = [
    ("A", &["young", "adult", "old"], &[], &[0.3, 0.5, 0.2]),
    ("S", &["M", "F"], &[], &[0.6, 0.4]),
    (
        "E",
        &["high", "uni"],
        &["A", "S"],
        &[0.75, 0.25, 0.64, 0.36, 0.72, 0.28, 0.7, 0.3, 0.88, 0.12, 0.9, 0.1],
    ),
    ("O", &["emp", "self"], &["E"], &[0.96, 0.04, 0.92, 0.08]),
    ("R", &["small", "big"], &["E"], &[0.25, 0.75, 0.2, 0.8]),
    (
        "T",
        &["car", "train", "other"],
        &["O", "R"],
        &[
            0.48, 0.42, 0.1, 0.58, 0.24, 0.18, 0.56, 0.36, 0.08, 0.7, 0.21, 0.09,
        ],
    ),
];

/// The chest clinic: eight binary nodes, eight edges.
///
/// # Reference
///
/// S. L. Lauritzen and D. J. Spiegelhalter, "Local computations with probabilities on graphical structures and their
/// application to expert systems", Journal of the Royal Statistical Society B 50(2), 1988.
///
/// # Examples
///
/// ```
/// use causal_graph::network::published::asia;
///
/// let asia = asia();
/// assert_eq!((asia.n_nodes(), asia.dag().n_edges(), asia.n_parameters()), (8, 8, 18));
/// ```
pub fn asia() -> BayesianNetwork {
    network(&ASIA)
}

/// Lung cancer by pollution and smoking: five binary nodes, four edges.
///
/// # Reference
///
/// K. B. Korb and A. E. Nicholson, "Bayesian Artificial Intelligence", second edition, 2010, chapter 2.
///
/// # Examples
///
/// ```
/// use causal_graph::network::published::cancer;
///
/// let cancer = cancer();
/// assert_eq!((cancer.n_nodes(), cancer.dag().n_edges(), cancer.n_parameters()), (5, 4, 10));
/// ```
pub fn cancer() -> BayesianNetwork {
    network(&CANCER)
}

/// Burglary, earthquake and an alarm: five binary nodes, four edges.
///
/// # Reference
///
/// K. B. Korb and A. E. Nicholson, "Bayesian Artificial Intelligence", second edition, 2010, chapter 2, after J. Pearl,
/// "Probabilistic Reasoning in Intelligent Systems", 1988.
///
/// # Examples
///
/// ```
/// use causal_graph::network::published::earthquake;
///
/// let earthquake = earthquake();
/// assert_eq!((earthquake.n_nodes(), earthquake.dag().n_edges(), earthquake.n_parameters()), (5, 4, 10));
/// ```
pub fn earthquake() -> BayesianNetwork {
    network(&EARTHQUAKE)
}

/// A survey of transport: six nodes of two or three states, six edges.
///
/// # Reference
///
/// M. Scutari and J.-B. Denis, "Bayesian Networks: with Examples in R", 2014, chapter 1.
///
/// # Examples
///
/// ```
/// use causal_graph::network::published::survey;
///
/// let survey = survey();
/// assert_eq!((survey.n_nodes(), survey.dag().n_edges(), survey.n_parameters()), (6, 6, 21));
/// ```
pub fn survey() -> BayesianNetwork {
    network(&SURVEY)
}

fn network(rows: &[Row]) -> BayesianNetwork {
    let place = |name: &str| {
        rows.iter()
            .position(|row| row.0 == name)
            .expect("parents are nodes of the table")
    };
    let nodes =
        Nodes::new(rows.iter().map(|row| row.0)).expect("the names of a published table are distinct");
    let states = rows
        .iter()
        .map(|row| row.1.iter().map(|&state| state.to_owned()).collect())
        .collect();
    let cpts = rows
        .iter()
        .map(|row| Cpt::new(row.2.iter().map(|name| place(name)).collect::<Vec<_>>(), row.3))
        .collect();
    BayesianNetwork::new(nodes, states, cpts, Normalisation::Refuse).expect("the published tables are valid")
}
