//! The segmentation part of the report.

use super::families::{Family, REMARKABLE};
use super::order::Order;
use super::results::{Part, Results, Way};
use super::stage::Outcome;
use super::tables::{
    EXPLAINED, caption, coverage_table, family_table, gain_table, network_table, order_table, percent,
    shown_fraction, subset_table, sweep_table,
};
use crate::support::html::{concat, details, heading, list, paragraph};

/// A chance that is worth a name, though one in twenty hardnesses has it by accident.
const SIGNIFICANT: f64 = 0.05;

/// Task, findings, pictures and tables, under one heading.
pub(crate) fn section_part(outcome: &Outcome) -> String {
    let results = &outcome.results;
    let fraction = shown_fraction(results);
    let shown = subset_table(results, fraction, Way::FineTuned).to_html(&format!(
        "Subsets of {}. {}. {EXPLAINED}",
        percent(fraction),
        caption(results)
    ));
    let gains = gain_table(results, fraction, Way::FineTuned)
        .to_html("How much more the scores on subsets agree than those on all pixels, with 95 % intervals.");
    let sweeps = results.metrics.iter().map(|metric| {
        let table = sweep_table(results, metric, Way::FineTuned);
        table.to_html("Weighted Kendall by the share of the pixels that is kept, with 95 % intervals.")
    });
    let probed = results.fractions.iter().map(|&fraction| {
        let table = subset_table(results, fraction, Way::LinearProbe);
        table.to_html(&format!(
            "Against linear probes, subsets of {}.",
            percent(fraction)
        ))
    });
    concat([
        heading("Segmentation"),
        paragraph(
            "The same question with pixels as samples. A target gives draws of pixels, class by class alike; each network says \
             how hard each pixel is, by its features there and by a layer half-way, and metrics read the hardest pixels of \
             each class alone. Cosines, prototypes and deviations are our reading of the method.",
        ),
        format!("<div class=\"finding\">{}</div>\n", list(&findings(results))),
        concat(outcome.pictures.iter().cloned()),
        family_table(results).to_html(
            "Mean over all metrics and shares of the standard deviations above random subsets, against fine-tuned networks, and \
             the chance of random subsets that lie as far off. A star: the hardness reads the target's labels.",
        ),
        shown,
        details("Beside all pixels", &gains),
        details("Every share of the pixels", &concat(sweeps)),
        details("Against linear probes", &concat(probed)),
        details(
            "Why: what subsets do to the order of the networks",
            &order_table(results, fraction).to_html(
                "Spearman's correlations of scores over the networks, mean over metrics, targets and draws. Between draws: whether a \
                 score is noise. With all pixels: whether it is another score.",
            ),
        ),
        details(
            "Spread over the scenes",
            &coverage_table(results, fraction).to_html(
                "The share of its pixels that the hardest part keeps of a scene; mean over networks, targets and draws.",
            ),
        ),
        details(
            "What each network reached",
            &network_table(results).to_html("Mean intersection over union, mean over the repeats."),
        ),
    ])
}

/// What was found, one sentence an end of the hardnesses.
fn findings(results: &Results) -> Vec<String> {
    let beside_random = [Part::Hard, Part::Easy].map(|part| {
        let (end, order) = match part {
            Part::Hard => ("Hardest", "hardest"),
            Part::Easy => ("Easiest", "easiest"),
        };
        let families: Vec<&Family> = results
            .families
            .iter()
            .filter(|family| family.part == part)
            .collect();
        let sum = |of: fn(&Family) -> usize| families.iter().map(|family| of(family)).sum::<usize>();
        let named = |is_better: bool| {
            let beyond = families
                .iter()
                .filter(|family| family.p_value <= SIGNIFICANT && (family.mean_z > 0.0) == is_better);
            let names: Vec<&str> = beyond.map(|family| family.measure.name()).collect();
            if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(", ")
            }
        };
        format!(
            "{end} pixels beside random subsets of the same size: {} of {} combinations of metric, hardness and share lie more \
             than {REMARKABLE} standard deviations above, {} below. Over all metrics and shares, with a chance of {SIGNIFICANT} \
             or less: better by the {order} of {}; worse by the {order} of {}.",
            sum(|family| family.n_better),
            sum(|family| family.n_cells),
            sum(|family| family.n_worse),
            named(true),
            named(false),
        )
    });
    let beside_all = [Part::Hard, Part::Easy].map(|part| {
        let gains = || {
            let fractions = results.metrics.iter().flat_map(|metric| &metric.fractions);
            let subsets = fractions.flat_map(|fraction| &fraction.subsets);
            subsets
                .filter(move |subset| subset.part == part)
                .filter_map(|subset| subset.truth.by(Way::FineTuned).gain.interval?.bounds())
        };
        format!(
            "{} pixels beside all pixels: {} of {} combinations agree more with an interval above 0, {} less with one below.",
            match part {
                Part::Hard => "Hardest",
                Part::Easy => "Easiest",
            },
            gains().filter(|&(low, _)| low > 0.0).count(),
            gains().count(),
            gains().filter(|&(_, high)| high < 0.0).count(),
        )
    });
    let findings = beside_random.into_iter().chain(beside_all);
    findings.chain(order_finding(results)).collect()
}

/// Why subsets rank otherwise: by chance, or by something else. Nothing from a single draw of pixels.
fn order_finding(results: &Results) -> Option<String> {
    let at = || {
        let fraction = shown_fraction(results);
        results
            .metrics
            .iter()
            .filter_map(move |metric| metric.at(fraction))
    };
    let in_words = |part| -> Option<String> {
        let orders = at().flat_map(|results| &results.subsets);
        let orders = orders.filter(|subset| subset.part == part && !subset.measure.reads_labels());
        let order = Order::mean(&orders.map(|subset| subset.order).collect::<Vec<_>>());
        Some(format!("{:.2} and {:.2}", order.between_draws?, order.with_all?))
    };
    let random = Order::mean(&at().map(|results| results.random_order).collect::<Vec<_>>());
    Some(format!(
        "Order of the networks by scores on subsets of {}, Spearman between draws of pixels and with scores on all pixels: \
         random {:.2} and {:.2}, hardest {}, easiest {} (hardnesses that read no labels). Subsets that are as high on the \
         first and lower on the second are no noisier than random ones: they measure something else.",
        percent(shown_fraction(results)),
        random.between_draws?,
        random.with_all?,
        in_words(Part::Hard)?,
        in_words(Part::Easy)?,
    ))
}
