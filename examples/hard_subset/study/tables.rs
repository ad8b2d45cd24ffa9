//! The study as tables.

use hard_subset::Scope;
use transferability_metrics::Estimate;

use super::diagnostic_tables::{level_table, measure_agreement_table, measure_table, reliability_table};
use super::names::{metric_name, scope_name, subset_name};
use super::observation::Side;
use super::results::{
    Compared, GroupResults, MetricResults, SourceStatisticsOrigin, StudyResults, SubsetKind, SubsetResults,
};
use super::summary_tables::{family_table, metric_table, summary_table};
use crate::measure::Measure;
use crate::support::estimate::{NONE, with_interval};
use crate::support::html::concat;
use crate::support::table::Table;

/// What the numbers of the tables of subsets are.
pub(crate) const EXPLAINED: &str = "Correlation of scores and accuracies over the networks, mean over the targets. In brackets 95 % intervals over \
                                    resamples of the networks: would it hold for other networks? z, standard deviations above the mean of \
                                    random subsets: would it hold for another draw of the samples? * reads the target's labels.";

/// A yardstick of the results: on which truth, by which correlation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Yardstick {
    FineTuned,
    FineTunedKendall,
    LinearProbe,
}

/// The tables of the first group, and how every group compares with chance, for a terminal; the report has them all.
pub(crate) fn tables(results: &StudyResults) -> String {
    let Some(first) = results.groups.first() else {
        return "No group has networks enough.\n".to_owned();
    };
    let subsets = [Yardstick::FineTuned, Yardstick::LinearProbe]
        .into_iter()
        .flat_map(|yardstick| {
            [Scope::PerModel, Scope::Shared].map(|scope| subset_text(first, results.middle, scope, yardstick))
        });
    let families = results.groups.iter().map(|group| {
        format!(
            "{}: each measure over all metrics and fractions\n{}\n",
            group.group.name(),
            family_table(group).to_text()
        )
    });
    let diagnostics = [
        measure_table(first),
        reliability_table(first),
        level_table(first),
        measure_agreement_table(first),
    ];
    let summary = format!(
        "Hard subsets against random ones over all metrics and fractions, fine-tuned networks\n{}\n\
         The same by metric, measures that read no labels\n{}\n",
        summary_table(results).to_text(),
        metric_table(results).to_text()
    );
    summary
        + &concat(subsets)
        + &format!(
            "z of each fraction\n{}\n",
            fraction_table(first, results).to_text()
        )
        + &concat(families)
        + &concat(diagnostics.map(|table| table.to_text() + "\n"))
        + EXPLAINED
        + "\n"
}

impl Yardstick {
    /// The name in captions.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::FineTuned => "weighted Kendall against fine-tuned networks",
            Self::FineTunedKendall => "Kendall's tau-b against fine-tuned networks",
            Self::LinearProbe => "weighted Kendall against linear probes",
        }
    }

    fn base(self, metric: &MetricResults) -> Estimate {
        match self {
            Self::FineTuned => metric.base.fine_tuned,
            Self::FineTunedKendall => metric.base.fine_tuned_kendall,
            Self::LinearProbe => metric.base.linear_probe,
        }
    }

    fn of(self, subset: &SubsetResults) -> &Compared {
        match self {
            Self::FineTuned => &subset.fine_tuned,
            Self::FineTunedKendall => &subset.fine_tuned_kendall,
            Self::LinearProbe => &subset.linear_probe,
        }
    }
}

/// The group and its sizes in one line.
pub(crate) fn caption(group: &GroupResults) -> String {
    let targets = group.targets.iter().zip(&group.n_members).zip(&group.accuracies);
    let targets = targets.map(|((target, n_members), [low, high])| {
        format!(
            "{} {n_members} networks, {:.1} to {:.1} %",
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

/// Agreement of every metric on every subset of one size and scope.
pub(crate) fn agreement_table(
    group: &GroupResults,
    fraction: f64,
    scope: Scope,
    yardstick: Yardstick,
) -> Table {
    let mut table = subset_columns(group);
    let whole = group
        .metrics
        .iter()
        .map(|metric| with_interval(yardstick.base(metric)));
    table.row(std::iter::once("whole sample".to_owned()).chain(whole).collect());
    let random = group.metrics.iter().map(|metric| {
        let subsets = metric.subsets.iter();
        let mut subsets =
            subsets.filter(|results| (results.subset.scope, results.subset.fraction) == (scope, fraction));
        let chance = subsets.find_map(|results| yardstick.of(results).chance);
        chance.map_or_else(
            || NONE.to_owned(),
            |chance| format!("{:.2} ± {:.2}", chance.mean, chance.standard_deviation),
        )
    });
    table.row(
        std::iter::once("random ± deviation".to_owned())
            .chain(random)
            .collect(),
    );
    add_subsets(&mut table, group, fraction, scope, |results| {
        with_interval(yardstick.of(results).agreement)
    });
    table
}

/// What a subset is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reference {
    /// All samples.
    Whole,
    /// Random subsets of the same size.
    Random,
}

/// How much more or less every subset of one size and scope agrees than its reference.
pub(crate) fn difference_table(
    group: &GroupResults,
    fraction: f64,
    scope: Scope,
    yardstick: Yardstick,
    reference: Reference,
) -> Table {
    let mut table = subset_columns(group);
    add_subsets(&mut table, group, fraction, scope, |results| {
        let compared = yardstick.of(results);
        match reference {
            Reference::Whole => with_interval(compared.gain),
            Reference::Random => format!("{}, z {}", with_interval(compared.over_random), z(compared)),
        }
    });
    table
}

/// How far the hardest and easiest samples are from random ones at every fraction, against fine-tuned networks.
pub(crate) fn fraction_table(group: &GroupResults, results: &StudyResults) -> Table {
    let mut table = Table::new().words("metric").words("subset");
    for fraction in &results.fractions {
        table = table.numbers(format!("{fraction}"));
    }
    for metric in &group.metrics {
        let base = metric.base.fine_tuned.value;
        let random = results.fractions.iter().map(|&fraction| {
            let of_size = |results: &&SubsetResults| {
                (results.subset.scope, results.subset.fraction) == (Scope::PerModel, fraction)
            };
            let subset = metric.subsets.iter().find(of_size);
            let chance = subset.and_then(|results| results.fine_tuned.chance);
            chance.map_or_else(
                || NONE.to_owned(),
                |chance| format!("{:.2} ± {:.2}", chance.mean, chance.standard_deviation),
            )
        });
        let name = base.map_or_else(
            || metric_name(&metric.metric).to_owned(),
            |base| format!("{}, whole {base:.2}", metric_name(&metric.metric)),
        );
        table.row([name, "random".to_owned()].into_iter().chain(random).collect());
        for (measure, side) in rows(group) {
            let cells = results.fractions.iter().map(|&fraction| {
                let subset = SubsetKind {
                    measure,
                    side,
                    scope: Scope::PerModel,
                    fraction,
                };
                metric.find(subset).map_or_else(
                    || NONE.to_owned(),
                    |results| {
                        let value = results.fine_tuned.agreement.value;
                        let value = value.map_or_else(|| NONE.to_owned(), |value| format!("{value:.2}"));
                        format!("{value} ({})", z(&results.fine_tuned))
                    },
                )
            });
            let name = subset_name(measure, side);
            table.row([String::new(), name].into_iter().chain(cells).collect());
        }
    }
    table
}

/// Agreement on each target at one size, each network with its own subset.
pub(crate) fn target_table(group: &GroupResults, fraction: f64) -> Table {
    let mut table = Table::new().words("metric").words("subset");
    for target in &group.targets {
        table = table.numbers(target.name());
    }
    let number = |value: &Option<f64>| value.map_or_else(|| NONE.to_owned(), |value| format!("{value:.2}"));
    for metric in &group.metrics {
        let name = metric_name(&metric.metric).to_owned();
        let base = metric.base.by_target.iter().map(number);
        table.row(
            [name, "whole sample".to_owned()]
                .into_iter()
                .chain(base)
                .collect(),
        );
        for (measure, side) in rows(group) {
            let subset = SubsetKind {
                measure,
                side,
                scope: Scope::PerModel,
                fraction,
            };
            if let Some(results) = metric.find(subset) {
                let cells = results.by_target.iter().map(number);
                let name = subset_name(measure, side);
                table.row([String::new(), name].into_iter().chain(cells).collect());
            }
        }
    }
    table
}

/// What each network reached, fine-tuned and in brackets probed, and what stands for its own data.
pub(crate) fn network_table(results: &StudyResults) -> Table {
    let mut table = Table::new()
        .words("network")
        .words("source")
        .numbers("own images [%]");
    for target in &results.targets {
        table = table.numbers(format!("{}\ntuned (probed) [%]", target.name()));
    }
    for network in &results.networks {
        let source = match network.source {
            SourceStatisticsOrigin::Images => "images of its data set",
            SourceStatisticsOrigin::StandIn => "images of the nearest data set",
            SourceStatisticsOrigin::HeadWeights => "weights of its head",
        };
        let own = network
            .own_accuracy
            .map_or_else(|| NONE.to_owned(), |own| format!("{:.1}", 100.0 * own));
        let reached = network.fine_tuned.iter().zip(&network.linear_probe);
        let reached = reached.map(|(tuned, probed)| format!("{:.1} ({:.1})", 100.0 * tuned, 100.0 * probed));
        let first = [network.name.clone(), source.to_owned(), own];
        table.row(first.into_iter().chain(reached).collect());
    }
    table
}

fn subset_text(group: &GroupResults, fraction: f64, scope: Scope, yardstick: Yardstick) -> String {
    let scope_name = scope_name(scope);
    format!(
        "{}\n{}, {fraction} of each class kept, {scope_name}\n{}\nLess the whole sample\n{}\n\
         Less random subsets of the same size\n{}\n",
        caption(group),
        yardstick.name(),
        agreement_table(group, fraction, scope, yardstick).to_text(),
        difference_table(group, fraction, scope, yardstick, Reference::Whole).to_text(),
        difference_table(group, fraction, scope, yardstick, Reference::Random).to_text()
    )
}

/// The subsets in the order of the tables.
fn rows(group: &GroupResults) -> Vec<(Measure, Side)> {
    let mut rows: Vec<(Measure, Side)> = Vec::new();
    for side in [Side::Hard, Side::Easy] {
        for family in group.families.iter().filter(|family| family.side == side) {
            rows.push((family.measure, side));
        }
    }
    rows
}

fn subset_columns(group: &GroupResults) -> Table {
    let mut table = Table::new().words("subset");
    for metric in &group.metrics {
        table = table.numbers(metric_name(&metric.metric));
    }
    table
}

fn add_subsets(
    table: &mut Table,
    group: &GroupResults,
    fraction: f64,
    scope: Scope,
    cell: impl Fn(&SubsetResults) -> String,
) {
    for (measure, side) in rows(group) {
        let subset = SubsetKind {
            measure,
            side,
            scope,
            fraction,
        };
        let found: Vec<Option<&SubsetResults>> =
            group.metrics.iter().map(|metric| metric.find(subset)).collect();
        if found.iter().any(Option::is_some) {
            let cells = found
                .into_iter()
                .map(|results| results.map_or_else(|| NONE.to_owned(), &cell));
            let name = subset_name(measure, side);
            table.row(std::iter::once(name).chain(cells).collect());
        }
    }
}

fn z(compared: &Compared) -> String {
    let z = compared.chance.and_then(|chance| chance.z);
    z.map_or_else(|| NONE.to_owned(), |z| format!("{z:+.1}"))
}
