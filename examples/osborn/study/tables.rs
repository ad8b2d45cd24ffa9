//! The study as tables.

use ot_transferability::{AgreementOverTasks, EnsembleAgreement};

use super::results::{GroupResults, ScoreResults, StudyResults};
use super::scores::Part;
use crate::support::estimate::{NONE, with_interval};
use crate::support::html::concat;
use crate::support::table::Table;

/// What the numbers of the tables are.
pub(crate) const EXPLAINED: &str = "Means over the targets, in brackets 95 % intervals over resamples of the networks. Rel@1: accuracy of the \
                                    ensemble scored highest over that of the best one.";

/// The table of the first group, for a terminal; the report has them all.
pub(crate) fn tables(results: &StudyResults) -> String {
    let table = results
        .groups
        .iter()
        .take(1)
        .map(|group| format!("{}\n{}\n", caption(group), group_table(group).to_text()));
    concat(table) + EXPLAINED + "\n"
}

/// The group and its sizes in one line.
pub(super) fn caption(group: &GroupResults) -> String {
    let targets = group
        .targets
        .iter()
        .zip(&group.n_members)
        .zip(group.n_ensembles.iter().zip(&group.accuracies))
        .map(|((target, n_members), (n_ensembles, [low, high]))| {
            format!(
                "{} {n_members} networks, {n_ensembles} ensembles, {:.1} to {:.1} %",
                target.name(),
                100.0 * low,
                100.0 * high
            )
        });
    format!(
        "{} ({})",
        group.group.name(),
        targets.collect::<Vec<_>>().join("; ")
    )
}

/// Every score against both truths, in the mean over the targets.
pub(super) fn group_table(group: &GroupResults) -> Table {
    let mut table = Table::new()
        .words("score")
        .numbers("weighted Kendall")
        .numbers("Kendall")
        .numbers("Pearson")
        .numbers("Rel@1")
        .numbers("weighted Kendall,\nlinear probe");
    for row in &group.rows {
        let mean = &row.fine_tuned.mean;
        table.row(vec![
            display_name(row),
            with_interval(mean.weighted_kendall),
            with_interval(mean.kendall),
            with_interval(mean.pearson),
            with_interval(mean.relative_at_k),
            with_interval(row.linear_probe.mean.weighted_kendall),
        ]);
    }
    table
}

/// The weighted Kendall of every score on each target.
pub(super) fn target_table(group: &GroupResults, truth: fn(&ScoreResults) -> &AgreementOverTasks) -> Table {
    let mut table = Table::new().words("score");
    for target in &group.targets {
        table = table.numbers(target.name());
    }
    for row in &group.rows {
        let of_targets = truth(row)
            .tasks
            .iter()
            .map(|agreement: &EnsembleAgreement| with_interval(agreement.weighted_kendall));
        table.row(std::iter::once(display_name(row)).chain(of_targets).collect());
    }
    table
}

/// What each network reached, fine-tuned and in brackets probed.
pub(super) fn network_table(results: &StudyResults) -> Table {
    let mut table = Table::new().words("network").numbers("own images [%]");
    for target in &results.targets {
        table = table.numbers(format!("{}\ntuned (probed) [%]", target.name()));
    }
    for network in &results.networks {
        let own = network
            .own_accuracy
            .map_or_else(|| NONE.to_owned(), |own| format!("{:.1}", 100.0 * own));
        let of_targets = network
            .fine_tuned
            .iter()
            .zip(&network.linear_probe)
            .map(|(tuned, probed)| format!("{:.1} ({:.1})", 100.0 * tuned, 100.0 * probed));
        table.row(
            [network.name.clone(), own]
                .into_iter()
                .chain(of_targets)
                .collect(),
        );
    }
    table
}

/// The score's name with the part it belongs to.
pub(super) fn display_name(row: &ScoreResults) -> String {
    match row.part {
        Part::Baseline => row.score.clone(),
        Part::Osborn => format!("OSBORN, {}", row.score),
        Part::Term => format!("-{}", row.score),
    }
}
