//! The results in words and in the terminal's tables.

use transferability_metrics::{Estimate, RankAgreement};

use crate::results::{MetricResults, Results, TargetResults};
use crate::support::estimate::{NONE, with_interval};
use crate::support::html::concat;
use crate::support::table::Table;

/// Among fewer networks than this, the best of eleven metrics may find the true order by chance.
const FEW: usize = 7;

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
    let tables = results.targets.iter().map(|target| {
        let accuracies = target.networks.iter().map(|network| 100.0 * network.accuracy);
        let lowest = accuracies.clone().fold(f64::INFINITY, f64::min);
        let highest = accuracies.fold(f64::NEG_INFINITY, f64::max);
        format!(
            "{}: fine-tuned accuracy {lowest:.1} to {highest:.1} %\n{}\n",
            target.target.name(),
            summary(target).to_text()
        )
    });
    concat(tables)
        + "In brackets 95 % intervals over resamples of the networks. Regret: points of accuracy that the network scored\n\
           highest falls short of the best one.\n"
}

/// What was found on each target, one sentence or two each.
pub(crate) fn sentences(results: &Results) -> Vec<String> {
    results.targets.iter().map(sentence).collect()
}

/// An estimate that exists, with the ends of its interval.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounded {
    pub(crate) low: f64,
    pub(crate) value: f64,
    pub(crate) high: f64,
}

/// The estimate, where it and its interval exist.
pub(crate) fn bounded(estimate: Estimate) -> Option<Bounded> {
    let (low, high) = estimate.interval?.bounds()?;
    Some(Bounded {
        low,
        value: estimate.value?,
        high,
    })
}

/// Points of accuracy that the network scored highest falls short of the best one.
pub(crate) fn regret(agreement: &RankAgreement) -> String {
    agreement
        .regret_at_k
        .value
        .map_or_else(|| NONE.to_owned(), |regret| format!("{:.1}", 100.0 * regret))
}

/// Networks in all, and those that saw no image of the target's data set.
pub(crate) fn n_networks(target: &TargetResults) -> [usize; 2] {
    let n_other = target
        .networks
        .iter()
        .filter(|network| !network.same_data)
        .count();
    [target.networks.len(), n_other]
}

/// Every metric's correlations with the accuracies, best metric first: the intervals of the weighted Kendall only.
fn summary(target: &TargetResults) -> Table {
    let [all, other] = n_networks(target);
    let mut table = Table::new()
        .words("metric")
        .numbers(format!("weighted Kendall\nall {all} networks"))
        .numbers("Kendall")
        .numbers("Pearson")
        .numbers("regret\n[points]")
        .numbers(format!("weighted Kendall\nthe {other} of other data"));
    for metric in target.ranked() {
        table.row(vec![
            display_name(&metric.metric).to_owned(),
            with_interval(metric.all.weighted_kendall),
            value(metric.all.kendall),
            value(metric.all.pearson),
            regret(&metric.all),
            with_interval(metric.other_data.weighted_kendall),
        ]);
    }
    table
}

fn value(estimate: Estimate) -> String {
    estimate
        .value
        .map_or_else(|| NONE.to_owned(), |value| format!("{value:.2}"))
}

fn sentence(target: &TargetResults) -> String {
    let name = target.target.name();
    let [n_all, n_other] = n_networks(target);
    let n_same = n_all - n_other;
    let all = match best(target, |metric| &metric.all) {
        None => format!("{name}: no metric tells the {n_all} networks apart."),
        Some((metric, tau)) => {
            let highs = target
                .metrics
                .iter()
                .filter_map(|metric| bounded(metric.all.weighted_kendall));
            let n_reaching = highs.filter(|rival| rival.high >= tau.value).count() - 1;
            format!(
                "{name}: {metric} orders the {n_all} networks best (weighted Kendall {}); the intervals of \
                 {n_reaching} of the other {} metrics reach that value.",
                in_words(tau),
                target.metrics.len() - 1
            )
        }
    };
    let without = format!("Without the {n_same} networks that saw {name}");
    let other = match best(target, |metric| &metric.other_data) {
        None => format!("{without} no metric tells the rest apart."),
        Some(_) if n_other < FEW => format!("{without} the {n_other} left are too few to tell."),
        Some((metric, tau)) if tau.low > 0.0 => format!("{without} it is {metric} ({}).", in_words(tau)),
        Some((metric, tau)) => {
            format!(
                "{without} no metric is told from chance (the highest: {metric}, {}).",
                in_words(tau)
            )
        }
    };
    format!("{all} {other}")
}

/// The metric with the highest weighted Kendall over one group of networks.
fn best(target: &TargetResults, group: fn(&MetricResults) -> &RankAgreement) -> Option<(&str, Bounded)> {
    let candidates = target.metrics.iter();
    candidates
        .filter_map(|metric| {
            Some((
                display_name(&metric.metric),
                bounded(group(metric).weighted_kendall)?,
            ))
        })
        .reduce(|best, next| if next.1.value > best.1.value { next } else { best })
}

fn in_words(Bounded { low, value, high }: Bounded) -> String {
    format!("{value:.2}, 95 % interval {low:.2} to {high:.2}")
}
