//! The demonstration's figures.

use std::collections::BTreeMap;

use plotters::style::RGBColor;

use crate::experiment::Experiment;
use crate::findings::{bounded, display_name, n_networks};
use crate::results::TargetResults;
use crate::support::data_set::DataSet;
use crate::support::html::{concat, escape, figure};
use crate::support::image_set::{SIDE, Split};
use crate::support::network::Architecture;
use crate::support::picture;
use crate::support::plot::{self, IntervalRow, Marker, Point};

/// Images of each class in a strip.
const IMAGES_PER_CLASS: usize = 2;
/// All networks; those of other data than the target's. Not the colours that stand for data sets.
const GROUP_COLOURS: [RGBColor; 2] = [plot::COLOURS[3], plot::COLOURS[4]];

/// Some test images of every data set.
pub(crate) fn pictures(splits: &BTreeMap<DataSet, Split>) -> anyhow::Result<String> {
    let rows = splits
        .iter()
        .map(|(data, split)| {
            let test = &split.target_test;
            let shown: Vec<&[u8]> = (0..test.n_classes())
                .flat_map(|class| {
                    let members = (0..test.len()).filter(move |&index| test.labels()[index] == class);
                    members.take(IMAGES_PER_CLASS)
                })
                .map(|index| test.image(index))
                .collect();
            let description = format!("{IMAGES_PER_CLASS} images of each class of {}", data.name());
            let strip = picture::strip(&shown, SIDE, &description)?;
            Ok(format!("<span>{}</span>{strip}\n", escape(data.name())))
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    Ok(figure(
        &format!("<div class=\"pictures\">\n{}</div>", concat(rows)),
        "Two test images of each class, classes 0 to 9 from left to right. Digits are 8 x 8 images enlarged.",
    ))
}

/// The weighted Kendall of every metric with its intervals, over all networks and over those of other data.
pub(crate) fn interval_figure(target: &TargetResults) -> anyhow::Result<String> {
    let ranked = target.ranked();
    let rows: Vec<IntervalRow> = ranked
        .iter()
        .map(|metric| IntervalRow {
            label: display_name(&metric.metric).to_owned(),
            series: [metric.all.weighted_kendall, metric.other_data.weighted_kendall]
                .map(|tau| bounded(tau).map(|tau| [tau.low, tau.value, tau.high]))
                .to_vec(),
        })
        .collect();
    let title = format!("{}: metrics against fine-tuned accuracy", target.target.name());
    let svg = plot::intervals(&title, "weighted Kendall's tau", 1.0, &rows, &GROUP_COLOURS)?;
    let [all, other] = n_networks(target);
    let legend = legend(&[
        (
            Some(GROUP_COLOURS[0]),
            Marker::Circle,
            format!("all {all} networks"),
        ),
        (
            Some(GROUP_COLOURS[1]),
            Marker::Circle,
            format!("the {other} that saw no {} image", target.target.name()),
        ),
    ]);
    Ok(figure(
        &format!("<div class=\"narrow\">{legend}{svg}</div>"),
        "How well each metric orders the networks: 1 is the order of the true accuracies, 0 is chance, -1 the reverse. \
         Bars are 95 % bootstrap intervals over the networks. With so few networks they are wide; where they \
         overlap the order of the metrics is not settled, and the first of eleven owes its place in part to luck.",
    ))
}

/// Score against accuracy, a plot for each metric.
pub(crate) fn scatter_figure(target: &TargetResults, experiment: &Experiment) -> anyhow::Result<String> {
    let plots = target
        .ranked()
        .into_iter()
        .map(|metric| {
            let networks = target.networks.iter().zip(&experiment.sources);
            let points: Vec<Point> = networks
                .map(|(network, source)| Point {
                    x: network.scores[&metric.metric],
                    y: 100.0 * network.accuracy,
                    colour: colour(source.data()),
                    marker: marker(source.architecture),
                })
                .collect();
            plot::scatter(display_name(&metric.metric), "score", "accuracy [%]", &points)
        })
        .collect::<anyhow::Result<Vec<_>>>()?;

    let trained = DataSet::VENDORED.map(|data| (Some(data), format!("trained on {}", data.name())));
    let data = trained.into_iter().chain([(None, "untrained".to_owned())]);
    let colours = data.map(|(data, text)| (Some(colour(data)), Marker::Circle, text));
    let shapes = [Architecture::Shallow, Architecture::Deep]
        .map(|architecture| (None, marker(architecture), architecture.name().to_owned()));
    Ok(figure(
        &format!(
            "{}<div class=\"grid\">\n{}</div>",
            legend(&colours.chain(shapes).collect::<Vec<_>>()),
            concat(plots)
        ),
        &format!(
            "Score on {} training images against accuracy on {} test images after fine-tuning; a point is a network. \
             A good metric's points rise from left to right. Metrics stand in the order of the figure above.",
            target.n_train, target.n_test
        ),
    ))
}

fn legend(entries: &[(Option<RGBColor>, Marker, String)]) -> String {
    let entries = entries.iter().map(|(colour, marker, text)| {
        format!(
            "<span>{}{}</span>\n",
            plot::legend_marker(*colour, *marker),
            escape(text)
        )
    });
    format!("<div class=\"legend\">\n{}</div>\n", concat(entries))
}

fn colour(data: Option<DataSet>) -> RGBColor {
    match data {
        Some(DataSet::Mnist) => plot::COLOURS[0],
        Some(DataSet::Fashion) => plot::COLOURS[1],
        Some(DataSet::Digits) => plot::COLOURS[2],
        _ => plot::NEUTRAL,
    }
}

fn marker(architecture: Architecture) -> Marker {
    match architecture {
        Architecture::Shallow => Marker::Circle,
        _ => Marker::Triangle,
    }
}
