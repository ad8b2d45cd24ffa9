//! The results in words and in the terminal's tables.

use crate::agreement::{Agreement, Estimate};
use crate::results::{MetricResults, Results, TargetResults};
use crate::support::table::Table;

/// A metric's name as its paper writes it.
pub(crate) fn display_name(metric: &str) -> &str {
    match metric {
        "nce" => "NCE",
        "leep" => "LEEP",
        "nleep" => "N-LEEP",
        "logme" => "LogME",
        "hscore" => "H-score",
        "hscore-reg" => "H-score, regularised",
        "gbc" => "GBC",
        "transrate" => "TransRate",
        "lfc" => "LFC",
        "parc" => "PARC",
        "sfda" => "SFDA",
        other => other,
    }
}

/// One table a target, best metric first.
pub(crate) fn tables(results: &Results) -> String {
    results
        .targets
        .iter()
        .map(|target| {
            let networks = &target.networks;
            let accuracies = networks.iter().map(|network| network.accuracy);
            let lowest = accuracies.clone().fold(f64::INFINITY, f64::min);
            let highest = accuracies.fold(f64::NEG_INFINITY, f64::max);
            format!(
                "{}: {} networks, fine-tuned accuracy {:.1} to {:.1} %\n{}\n",
                target.target.name(),
                networks.len(),
                100.0 * lowest,
                100.0 * highest,
                summary(target).to_text()
            )
        })
        .collect()
}

/// What was found on each target, one sentence or two each.
pub(crate) fn sentences(results: &Results) -> Vec<String> {
    results.targets.iter().map(sentence).collect()
}

/// Every metric's correlations with the accuracies, best metric first: the intervals of the weighted Kendall only.
fn summary(target: &TargetResults) -> Table {
    let [all, other] = n_networks(target);
    let mut table = Table::new()
        .words("metric")
        .numbers(format!("weighted Kendall\nall {all} networks"))
        .numbers("Kendall")
        .numbers("Pearson")
        .numbers(format!("weighted Kendall\nthe {other} of other data"));
    for metric in target.ranked() {
        table.row(vec![
            display_name(&metric.metric).to_owned(),
            with_interval(metric.all.weighted_kendall),
            value(metric.all.kendall),
            value(metric.all.pearson),
            with_interval(metric.other_data.weighted_kendall),
        ]);
    }
    table
}

fn sentence(target: &TargetResults) -> String {
    let name = target.target.name();
    let [n_all, n_other] = n_networks(target);
    let Some((name_of_best, tau)) = best(target, |metric| &metric.all) else {
        return format!("{name}: no metric tells the networks apart.");
    };
    let rivals = target.metrics.iter().filter_map(|metric| metric.all.weighted_kendall);
    let n_reaching = rivals.filter(|rival| rival.high >= tau.value).count() - 1;
    let mut text = format!(
        "{name}: {name_of_best} orders the {n_all} networks best, weighted Kendall {}; the intervals of {n_reaching} of the \
         other {} metrics reach that value.",
        with_interval(Some(tau)),
        target.metrics.len() - 1
    );
    let n_same = n_all - n_other;
    match best(target, |metric| &metric.other_data) {
        None => text.push_str(&format!(" Without the {n_same} networks that saw {name}, no metric tells them apart.")),
        Some((name_of_best, tau)) => {
            let verdict = if tau.low > 0.0 { "" } else { ": not told from chance" };
            text.push_str(&format!(
                " Without the {n_same} networks that saw {name}: {name_of_best}, {}{verdict}.",
                with_interval(Some(tau))
            ));
        }
    }
    text
}

/// The metric with the highest weighted Kendall over one group of networks.
fn best(target: &TargetResults, group: fn(&MetricResults) -> &Agreement) -> Option<(&str, Estimate)> {
    let candidates = target.metrics.iter();
    candidates
        .filter_map(|metric| Some((display_name(&metric.metric), group(metric).weighted_kendall?)))
        .reduce(|best, next| if next.1.value > best.1.value { next } else { best })
}

/// Networks in all, and those that saw no image of the target's data set.
pub(crate) fn n_networks(target: &TargetResults) -> [usize; 2] {
    let n_other = target.networks.iter().filter(|network| !network.same_data).count();
    [target.networks.len(), n_other]
}

/// `0.71`, or a dash where there is none.
fn value(estimate: Option<Estimate>) -> String {
    estimate.map_or_else(|| "–".to_owned(), |estimate| format!("{:.2}", estimate.value))
}

/// `0.71 [0.40, 0.88]`, or a dash where there is none.
pub(crate) fn with_interval(estimate: Option<Estimate>) -> String {
    estimate.map_or_else(
        || "–".to_owned(),
        |estimate| format!("{:.2} [{:.2}, {:.2}]", estimate.value, estimate.low, estimate.high),
    )
}
