//! The segmentation part of the report.

use super::results::{Part, Results, SubsetResults, Way};
use super::stage::Outcome;
use super::tables::{
    EXPLAINED, caption, coverage_table, gain_table, network_table, percent, shown_fraction, subset_table,
    sweep_table,
};
use crate::support::html::{concat, details, heading, list, paragraph};

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
        shown,
        details("Beside all pixels", &gains),
        details("Every share of the pixels", &concat(sweeps)),
        details("Against linear probes", &concat(probed)),
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

/// What was found, counted.
fn findings(results: &Results) -> Vec<String> {
    [Part::Hard, Part::Easy]
        .into_iter()
        .map(|part| {
            let comparisons = || {
                let fractions = results.metrics.iter().flat_map(|metric| &metric.fractions);
                let subsets = fractions.flat_map(|fraction| &fraction.subsets);
                subsets
                    .filter(move |subset| subset.part == part)
                    .map(|subset: &SubsetResults| subset.truth.by(Way::FineTuned))
            };
            let z: Vec<f64> = comparisons()
                .filter_map(|comparison| comparison.chance?.z)
                .collect();
            let beyond = |bound: fn(f64) -> bool| z.iter().filter(|&&z| bound(z)).count();
            let above_base = comparisons().filter(|comparison| {
                comparison.gain.interval.and_then(|interval| interval.bounds()).is_some_and(|(low, _)| low > 0.0)
            });
            let below_base = comparisons().filter(|comparison| {
                comparison.gain.interval.and_then(|interval| interval.bounds()).is_some_and(|(_, high)| high < 0.0)
            });
            format!(
                "{} pixels: of {} combinations of metric, hardness and share, {} rank the networks better than random subsets \
                 of the same size by more than two standard deviations, and {} worse; {} agree more than all pixels with an \
                 interval above 0, and {} less with one below.",
                match part {
                    Part::Hard => "Hardest",
                    Part::Easy => "Easiest",
                },
                z.len(),
                beyond(|z| z > 2.0),
                beyond(|z| z < -2.0),
                above_base.count(),
                below_base.count(),
            )
        })
        .collect()
}
