//! What the segmentation stage found, as tables.

use ot_transferability::AgreementOverTasks;

use super::results::{Results, ScoreResults};
use crate::support::estimate::with_interval;
use crate::support::table::Table;

/// What the numbers of the tables are.
pub(crate) const EXPLAINED: &str = "Against the mean intersection over union of the ensembles' averaged predictions. Means over the targets, in \
                                    brackets 95 % intervals over resamples of the networks. Rel@1: that of the ensemble scored highest over \
                                    that of the best one.";

/// All of it, for a terminal.
pub(crate) fn tables(results: &Results) -> String {
    let tables = [
        network_table(results),
        score_table(results, |row| &row.fine_tuned),
        target_table(results, |row| &row.fine_tuned),
    ];
    let mut text = format!("Segmentation: {}\n", caption(results));
    for table in tables {
        text += &table.to_text();
        text.push('\n');
    }
    text + EXPLAINED + "\n"
}

/// The targets and their sizes in one line.
pub(crate) fn caption(results: &Results) -> String {
    let targets = results.targets.iter().map(|target| {
        format!(
            "{} ({} classes, ensembles reach {:.1} to {:.1} %)",
            target.target,
            target.classes.len(),
            100.0 * target.fine_tuned.least,
            100.0 * target.fine_tuned.greatest
        )
    });
    format!(
        "{} networks, {} ensembles of {}; {}",
        results.sources.len(),
        results.n_ensembles,
        results.ensemble_size,
        targets.collect::<Vec<_>>().join(", ")
    )
}

/// Every score against one truth, in the mean over the targets.
pub(crate) fn score_table(results: &Results, truth: fn(&ScoreResults) -> &AgreementOverTasks) -> Table {
    let mut table = Table::new()
        .words("score")
        .numbers("weighted Kendall")
        .numbers("Kendall")
        .numbers("Pearson")
        .numbers("Rel@1");
    for row in &results.scores {
        let mean = &truth(row).mean;
        let numbers = [
            mean.weighted_kendall,
            mean.kendall,
            mean.pearson,
            mean.relative_at_k,
        ];
        let cells = numbers.map(with_interval);
        table.row(std::iter::once(row.score.clone()).chain(cells).collect());
    }
    table
}

/// The weighted Kendall of every score against one truth on each target.
pub(crate) fn target_table(results: &Results, truth: fn(&ScoreResults) -> &AgreementOverTasks) -> Table {
    let mut table = Table::new().words("score, weighted Kendall");
    for target in &results.targets {
        table = table.numbers(target.target.clone());
    }
    for row in &results.scores {
        let of_targets = truth(row).tasks.iter();
        let cells = of_targets.map(|agreement| with_interval(agreement.weighted_kendall));
        table.row(std::iter::once(row.score.clone()).chain(cells).collect());
    }
    table
}

/// What each network reached: on its own task, and on each target, fine-tuned and in brackets probed.
pub(crate) fn network_table(results: &Results) -> Table {
    let mut table = Table::new().words("network, mean IoU [%]").numbers("own task");
    for target in &results.targets {
        table = table.numbers(format!("{}\ntuned (probed)", target.target));
    }
    for (index, source) in results.sources.iter().enumerate() {
        let of_targets = results.targets.iter().map(|target| {
            let network = &target.networks[index];
            let tuned = network.fine_tuned.iter().sum::<f64>() / network.fine_tuned.len() as f64;
            format!("{:.1} ({:.1})", 100.0 * tuned, 100.0 * network.linear_probe)
        });
        let own = format!("{:.1}", 100.0 * source.mean_iou);
        table.row([source.name.clone(), own].into_iter().chain(of_targets).collect());
    }
    table
}
