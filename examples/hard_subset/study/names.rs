//! How tables, figures and sentences name things.

use hard_subset::Scope;

use super::observation::Side;
use crate::measure::Measure;

/// A metric's name as its paper writes it.
pub(crate) fn metric_name(metric: &str) -> &str {
    match metric {
        "leep" => "LEEP",
        "nce" => "NCE",
        "logme" => "LogME",
        "gbc" => "GBC",
        "hscore-reg" => "H-score, regularised",
        "ot-nce" => "OT-NCE",
        other => other,
    }
}

/// A subset's name, marked if it reads labels.
pub(crate) fn subset_name(measure: Measure, side: Side) -> String {
    let mark = if measure.reads_labels() { " *" } else { "" };
    match side {
        Side::Hard => format!("{}{mark}", measure.name()),
        Side::Easy => format!("easy, {}{mark}", measure.name()),
    }
}

/// Whose subsets they are, in words.
pub(crate) fn scope_name(scope: Scope) -> &'static str {
    match scope {
        Scope::PerModel => "each network with its own subset",
        Scope::Shared => "one subset for all networks",
    }
}
