//! What the segmentation stage found, as tables.

use tensor_core::numeric::Moments;
use transferability_metrics::Estimate;

use super::order::Order;
use super::results::{Comparison, MetricResults, Part, Results, Way};
use crate::measure::Measure;
use crate::support::estimate::{NONE, with_interval};
use crate::support::table::Table;

/// What the numbers of the tables are.
pub(super) const EXPLAINED: &str = "Weighted Kendall against the mean intersection over union that the networks reached, in the mean over targets \
                                    and draws; for all pixels with the 95 % interval over resamples of the networks. Behind a subset: by how \
                                    many standard deviations it lies above the mean of random subsets of the same size. A star: the hardness \
                                    reads the target's labels.";

/// All of it, for a terminal.
pub(crate) fn tables(results: &Results) -> String {
    let fraction = shown_fraction(results);
    let tables = [
        family_table(results),
        subset_table(results, fraction, Way::FineTuned),
        order_table(results, fraction),
        network_table(results),
        coverage_table(results, fraction),
    ];
    let mut text = format!("Segmentation: {}\n", caption(results));
    for table in tables {
        text += &table.to_text();
        text.push('\n');
    }
    text + &format!("Subsets of {}. {EXPLAINED}\n", percent(fraction))
}

/// Sizes in one line.
pub(super) fn caption(results: &Results) -> String {
    let targets = results.targets.iter().map(|target| {
        format!(
            "{} ({} classes, {} pixels)",
            target.target, target.n_classes, target.n_pixels
        )
    });
    format!(
        "{} networks; {}; {} draws of pixels, {} random subsets",
        results.sources.len(),
        targets.collect::<Vec<_>>().join(", "),
        results.n_draws,
        results.n_random
    )
}

/// The fraction that is shown first: the least at which every metric was evaluated.
pub(super) fn shown_fraction(results: &Results) -> f64 {
    let everywhere = |fraction: &&f64| {
        results
            .metrics
            .iter()
            .all(|metric| metric.at(**fraction).is_some())
    };
    let shown = results.fractions.iter().find(everywhere);
    *shown.unwrap_or(&results.fractions[0])
}

/// `30 %`.
pub(super) fn percent(fraction: f64) -> String {
    format!("{:.0} %", 100.0 * fraction)
}

/// Each end of each hardness against random subsets, over all metrics and fractions.
pub(super) fn family_table(results: &Results) -> Table {
    let mut table = Table::new().words("pixels");
    for title in ["mean z", "chance", "cells", "z above 2", "z below -2"] {
        table = table.numbers(title);
    }
    for family in &results.families {
        table.row(vec![
            name(family.measure, family.part),
            format!("{:+.2}", family.mean_z),
            format!("{:.2}", family.p_value),
            family.n_cells.to_string(),
            family.n_better.to_string(),
            family.n_worse.to_string(),
        ]);
    }
    table
}

/// What each network reached: on its own task, and on each target, fine-tuned and in brackets probed.
pub(super) fn network_table(results: &Results) -> Table {
    let mut table = Table::new().words("network, mean IoU [%]").numbers("own task");
    for target in &results.targets {
        table = table.numbers(format!("{}\ntuned (probed)", target.target));
    }
    for (index, source) in results.sources.iter().enumerate() {
        let of_targets = results.targets.iter().map(|target| {
            let [tuned, probed] =
                [Way::FineTuned, Way::LinearProbe].map(|way| 100.0 * target.truth.by(way)[index]);
            format!("{tuned:.1} ({probed:.1})")
        });
        let own = format!("{:.1}", 100.0 * source.mean_iou);
        table.row([source.name.clone(), own].into_iter().chain(of_targets).collect());
    }
    table
}

/// All pixels, random subsets, and every subset beside them; a column a metric.
pub(super) fn subset_table(results: &Results, fraction: f64, way: Way) -> Table {
    let mut table = MetricTable::new(results, fraction);
    table.row("all", |metric| with_interval(*metric.base.by(way)));
    table.row("random, mean ± deviation", |metric| {
        let random = metric.at(fraction).map(|results| results.random.by(way));
        random.map_or_else(|| NONE.to_owned(), |random| mean_and_deviation(random))
    });
    table.subset_rows(results, way, |comparison| {
        let value = number(comparison.agreement.value);
        match comparison.chance.and_then(|chance| chance.z) {
            Some(z) => format!("{value} ({z:+.1})"),
            None => value,
        }
    });
    table.table
}

/// How much more the scores on subsets agree than those on all pixels, with intervals; a column a metric.
pub(super) fn gain_table(results: &Results, fraction: f64, way: Way) -> Table {
    let mut table = MetricTable::new(results, fraction);
    table.subset_rows(results, way, |comparison| with_interval(comparison.gain));
    table.table
}

/// One metric at every fraction: all subsets, a column a fraction.
pub(super) fn sweep_table(results: &Results, metric: &MetricResults, way: Way) -> Table {
    let mut table = Table::new().words(format!("{}, pixels", metric.metric));
    for fraction in &metric.fractions {
        table = table.numbers(percent(fraction.fraction));
    }
    let random = metric.fractions.iter();
    let random = random.map(|fraction| mean_and_deviation(fraction.random.by(way)));
    table.row(std::iter::once("random".to_owned()).chain(random).collect());
    for (measure, part) in subsets(results) {
        let cells = metric.fractions.iter().map(|fraction| {
            let subset = fraction.subset(measure, part);
            subset.map_or_else(
                || NONE.to_owned(),
                |subset| with_interval(subset.truth.by(way).agreement),
            )
        });
        table.row(std::iter::once(name(measure, part)).chain(cells).collect());
    }
    table
}

/// The order that scores give the networks, mean over the metrics.
pub(super) fn order_table(results: &Results, fraction: f64) -> Table {
    let mut table = Table::new().words("pixels, Spearman");
    for title in ["between draws of pixels", "with all pixels"] {
        table = table.numbers(title);
    }
    let mut row = |name: String, orders: Vec<Order>| {
        let order = Order::mean(&orders);
        table.row(vec![name, number(order.between_draws), number(order.with_all)]);
    };
    let metrics = results.metrics.iter();
    row(
        "all".to_owned(),
        metrics.map(|metric| metric.base_order).collect(),
    );
    let at = || results.metrics.iter().filter_map(|metric| metric.at(fraction));
    row(
        "random".to_owned(),
        at().map(|results| results.random_order).collect(),
    );
    for (measure, part) in subsets(results) {
        let orders = at().filter_map(|results| Some(results.subset(measure, part)?.order));
        row(name(measure, part), orders.collect());
    }
    table
}

/// How the hardest pixels spread over the scenes.
pub(super) fn coverage_table(results: &Results, fraction: f64) -> Table {
    let mut table = Table::new().words(format!("hardest {}, of each scene [%]", percent(fraction)));
    for title in [
        "least",
        "greatest",
        "deviation",
        "scenes with none [%]",
        "layers,\nSpearman",
        "class without\nsource pixels [%]",
    ] {
        table = table.numbers(title);
    }
    let Some(place) = results.fractions.iter().position(|&other| other == fraction) else {
        return table;
    };
    let percents = |coverage: &super::scene_coverage::SceneCoverage| {
        let numbers = [
            coverage.least,
            coverage.greatest,
            coverage.standard_deviation,
            coverage.bare,
        ];
        numbers.map(|share| format!("{:.0}", 100.0 * share))
    };
    let random = percents(&results.random_coverage[place]);
    table.row(std::iter::once("random".to_owned()).chain(random).collect());
    for row in &results.measures {
        let [agreement, fallbacks] = match row.layer_agreement {
            Some(agreement) => [format!("{agreement:.2}"), format!("{:.1}", 100.0 * row.fallbacks)],
            None => [(); 2].map(|()| NONE.to_owned()),
        };
        let cells = percents(&row.coverage[place])
            .into_iter()
            .chain([agreement, fallbacks]);
        table.row(
            std::iter::once(row.measure.name().to_owned())
                .chain(cells)
                .collect(),
        );
    }
    table
}

/// A table with a column for each metric that was evaluated at a fraction.
struct MetricTable<'a> {
    fraction: f64,
    metrics: Vec<&'a MetricResults>,
    table: Table,
}

impl<'a> MetricTable<'a> {
    fn new(results: &'a Results, fraction: f64) -> Self {
        let metrics = results.metrics.iter();
        let metrics: Vec<&MetricResults> = metrics.filter(|metric| metric.at(fraction).is_some()).collect();
        let mut table = Table::new().words("pixels");
        for metric in &metrics {
            table = table.numbers(metric.metric.clone());
        }
        Self {
            fraction,
            metrics,
            table,
        }
    }

    fn row(&mut self, name: &str, cell: impl Fn(&MetricResults) -> String) {
        let cells = self.metrics.iter().map(|metric| cell(metric));
        self.table
            .row(std::iter::once(name.to_owned()).chain(cells).collect());
    }

    /// A row for each subset.
    fn subset_rows(&mut self, results: &Results, way: Way, cell: impl Fn(&Comparison) -> String) {
        let fraction = self.fraction;
        for (measure, part) in subsets(results) {
            self.row(&name(measure, part), |metric| {
                let subset = metric
                    .at(fraction)
                    .and_then(|results| results.subset(measure, part));
                subset.map_or_else(|| NONE.to_owned(), |subset| cell(subset.truth.by(way)))
            });
        }
    }
}

/// The hardest by every hardness, then the easiest.
fn subsets(results: &Results) -> Vec<(Measure, Part)> {
    let part = |part| results.measures.iter().map(move |row| (row.measure, part));
    part(Part::Hard).chain(part(Part::Easy)).collect()
}

fn name(measure: Measure, part: Part) -> String {
    let star = if measure.reads_labels() { "*" } else { "" };
    match part {
        Part::Hard => format!("{}{star}", measure.name()),
        Part::Easy => format!("{}{star}, easiest", measure.name()),
    }
}

fn number(value: Option<f64>) -> String {
    with_interval(Estimate {
        value,
        interval: None,
    })
}

fn mean_and_deviation(values: &[Option<f64>]) -> String {
    let defined: Vec<f64> = values.iter().copied().flatten().collect();
    let moments = Moments::of(&defined).unwrap_or_default();
    match (moments.mean(), moments.sample_variance()) {
        (Some(mean), Some(variance)) => format!("{mean:.2} ± {:.2}", variance.sqrt()),
        _ => NONE.to_owned(),
    }
}
