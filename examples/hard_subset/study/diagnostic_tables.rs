//! Tables of what explains the results.

use super::names::{metric_name, subset_name};
use super::observation::Side;
use super::results::GroupResults;
use crate::support::estimate::NONE;
use crate::support::table::Table;

/// What each measure's subsets have in common.
pub(crate) fn measure_table(group: &GroupResults) -> Table {
    let mut table = Table::new()
        .words("measure")
        .numbers("overlap of\nnetworks")
        .numbers("networks")
        .numbers("layers")
        .numbers("constant\n[%]")
        .numbers("fallbacks\n[%]")
        .numbers("level and\naccuracy");
    for measure in &group.diagnostics.measures {
        table.row(vec![
            subset_name(measure.measure, Side::Hard),
            number(measure.overlap),
            number(measure.network_agreement),
            number(measure.layer_agreement),
            format!("{:.0}", 100.0 * measure.constant),
            format!("{:.0}", 100.0 * measure.fallbacks),
            number(measure.level_and_accuracy),
        ]);
    }
    table.row(vec![
        "random".to_owned(),
        number(group.diagnostics.random_overlap),
    ]);
    table
}

/// How far scores on halves of the samples agree.
pub(crate) fn reliability_table(group: &GroupResults) -> Table {
    let mut table = Table::new()
        .words("metric")
        .numbers("random halves")
        .numbers("random half\nand whole");
    let measures = &group.diagnostics.measures;
    for measure in measures {
        table = table.numbers(format!("{}\nand whole", subset_name(measure.measure, Side::Hard)));
    }
    let with_easy = |index: usize| {
        let mut metrics = group.diagnostics.metrics.iter();
        metrics.any(|metric| metric.measures[index].hard_and_easy.is_some())
    };
    let reversed: Vec<usize> = (0..measures.len()).filter(|&index| with_easy(index)).collect();
    for &index in &reversed {
        let name = subset_name(measures[index].measure, Side::Hard);
        table = table.numbers(format!("{name}\nhard and easy"));
    }
    for metric in &group.diagnostics.metrics {
        let whole = metric
            .measures
            .iter()
            .map(|measure| number(measure.hard_and_base));
        let easy = reversed
            .iter()
            .map(|&index| number(metric.measures[index].hard_and_easy));
        let first = [
            metric_name(&metric.metric).to_owned(),
            number(metric.random_halves),
            number(metric.random_and_base),
        ];
        table.row(first.into_iter().chain(whole).chain(easy).collect());
    }
    table
}

/// Whether scores on hard subsets follow how hard the target is for a network on the whole.
pub(crate) fn level_table(group: &GroupResults) -> Table {
    let mut table = Table::new().words("measure");
    for metric in &group.diagnostics.metrics {
        table = table.numbers(format!("{}\nhard (whole)", metric_name(&metric.metric)));
    }
    for (index, measure) in group.diagnostics.measures.iter().enumerate() {
        let cells = group.diagnostics.metrics.iter().map(|metric| {
            let numbers = &metric.measures[index];
            format!(
                "{} ({})",
                number(numbers.level_and_hard),
                number(numbers.level_and_base)
            )
        });
        let name = subset_name(measure.measure, Side::Hard);
        table.row(std::iter::once(name).chain(cells).collect());
    }
    table
}

/// How far the measures agree on which samples are hard.
pub(crate) fn measure_agreement_table(group: &GroupResults) -> Table {
    let diagnostics = &group.diagnostics;
    let mut table = Table::new().words("measure");
    for measure in &diagnostics.measures {
        table = table.numbers(subset_name(measure.measure, Side::Hard));
    }
    for (measure, row) in diagnostics.measures.iter().zip(&diagnostics.measure_agreement) {
        let name = subset_name(measure.measure, Side::Hard);
        let cells = row.iter().map(|&value| number(value));
        table.row(std::iter::once(name).chain(cells).collect());
    }
    table
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| NONE.to_owned(), |value| format!("{value:.2}"))
}
