//! The study's figures.

use hard_subset::Scope;
use plotters::style::RGBColor;

use super::names::{metric_name, subset_name};
use super::observation::Side;
use super::results::{GroupResults, MetricResults, StudyResults, SubsetKind, bounds};
use crate::measure::Measure;
use crate::support::html::{concat, escape, figure};
use crate::support::plot::{self, IntervalRow, Line, Marker};

/// Hardnesses that are drawn against the fraction, in the order of the colours.
const DRAWN: [Measure; 5] = [
    Measure::CaTopk,
    Measure::CsProto,
    Measure::CsGram,
    Measure::Entropy,
    Measure::Eep,
];
/// Standard deviations of random subsets on either side of their mean that the band spans.
const BAND: f64 = 2.0;

/// Agreement against the fraction kept, a plot for each metric.
pub(crate) fn fraction_figure(group: &GroupResults, results: &StudyResults) -> anyhow::Result<String> {
    // A metric at one fraction alone makes no line.
    let metrics = group.metrics.iter().filter(|metric| {
        let kept = |fraction: &&f64| random(metric, **fraction).is_some();
        results.fractions.iter().filter(kept).count() > 1
    });
    let plots = metrics
        .map(|metric| fraction_plot(metric, results))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let names = DRAWN.iter().zip(plot::COLOURS);
    let names = names.map(|(&measure, colour)| (colour, subset_name(measure, Side::Hard)));
    Ok(figure(
        &format!(
            "{}<div class=\"grid\">\n{}</div>",
            legend(&names.collect::<Vec<_>>()),
            concat(plots)
        ),
        &format!(
            "{}: weighted Kendall of scores and fine-tuned accuracies against the share of each class that is kept, mean over \
             the targets. The band spans two standard deviations of random subsets on either side of their mean; all lines \
             end at the whole sample.",
            group.group.name()
        ),
    ))
}

/// What hard subsets gain over the whole sample, with intervals.
pub(crate) fn gain_figure(group: &GroupResults, results: &StudyResults) -> anyhow::Result<String> {
    let colours: Vec<RGBColor> = plot::COLOURS.into_iter().chain([plot::NEUTRAL]).collect();
    let rows: Vec<IntervalRow> = results
        .measures
        .iter()
        .map(|&measure| IntervalRow {
            label: subset_name(measure, Side::Hard),
            series: group
                .metrics
                .iter()
                .map(|metric| {
                    let results = metric.find(subset(measure, results.middle))?;
                    bounds(results.fine_tuned.gain)
                })
                .collect(),
        })
        .collect();
    let n_metrics = group.metrics.len();
    let ends = rows.iter().flat_map(|row| row.series.iter().flatten().flatten());
    let furthest = ends.fold(0.0_f64, |furthest, end| furthest.max(end.abs()));
    // In whole tenths, for round labels.
    let limit = (10.0 * furthest).ceil().max(1.0) / 10.0;
    let title = format!("{}: hard subsets against the whole sample", group.group.name());
    let svg = plot::intervals(
        &title,
        "gain in weighted Kendall's tau",
        limit,
        &rows,
        &colours[..n_metrics],
    )?;
    let names = group.metrics.iter().zip(&colours);
    let names = names.map(|(metric, &colour)| (colour, metric_name(&metric.metric).to_owned()));
    Ok(figure(
        &format!(
            "<div class=\"narrow\">{}{svg}</div>",
            legend(&names.collect::<Vec<_>>())
        ),
        &format!(
            "{} of each class kept, each network with its own subset. Left of 0 the hard subset ranks the networks worse than \
             the whole sample does. Bars are 95 % intervals over resamples of the networks.",
            results.middle
        ),
    ))
}

fn fraction_plot(metric: &MetricResults, results: &StudyResults) -> anyhow::Result<String> {
    let whole = metric.base.fine_tuned.value.map(|value| (1.0, value));
    let band = results.fractions.iter().filter_map(|&fraction| {
        let [mean, deviation] = random(metric, fraction)?;
        Some([fraction, mean - BAND * deviation, mean + BAND * deviation])
    });
    let band: Vec<[f64; 3]> = band.chain(whole.map(|(x, y)| [x, y, y])).collect();
    let lines: Vec<Line> = DRAWN
        .iter()
        .zip(plot::COLOURS)
        .map(|(&measure, colour)| {
            let points = results.fractions.iter().filter_map(|&fraction| {
                let results = metric.find(subset(measure, fraction))?;
                Some((fraction, results.fine_tuned.agreement.value?))
            });
            Line {
                colour,
                points: points.chain(whole).collect(),
            }
        })
        .collect();
    plot::lines(
        metric_name(&metric.metric),
        "share kept",
        "weighted Kendall",
        &band,
        &lines,
    )
}

/// Mean and standard deviation of random subsets of one size.
fn random(metric: &MetricResults, fraction: f64) -> Option<[f64; 2]> {
    let mut subsets = metric.subsets.iter();
    let of_size = subsets
        .find(|results| (results.subset.scope, results.subset.fraction) == (Scope::PerModel, fraction))?;
    let chance = of_size.fine_tuned.chance?;
    Some([chance.mean, chance.standard_deviation])
}

fn subset(measure: Measure, fraction: f64) -> SubsetKind {
    SubsetKind {
        measure,
        side: Side::Hard,
        scope: Scope::PerModel,
        fraction,
    }
}

fn legend(entries: &[(RGBColor, String)]) -> String {
    let entries = entries.iter().map(|(colour, text)| {
        let marker = plot::legend_marker(Some(*colour), Marker::Circle);
        format!("<span>{marker}{}</span>\n", escape(text))
    });
    format!("<div class=\"legend\">\n{}</div>\n", concat(entries))
}
