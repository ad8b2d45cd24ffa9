//! The demonstration's section of the report.

use std::collections::BTreeMap;

use plotters::style::RGBColor;
use tensor_core::report::Report;

use crate::agreement::Estimate;
use crate::experiment::{Experiment, Source};
use crate::findings::{display_name, n_networks, sentences, with_interval};
use crate::image_set::{DataSet, SIDE, Split};
use crate::network::Architecture;
use crate::results::{Results, TargetResults};
use crate::support::html::{details, escape, figure, heading, paragraph};
use crate::support::plot::{self, COLOURS, IntervalRow, Marker, Point};
use crate::support::report::Section;
use crate::support::table::Table;
use crate::support::{output, picture};

/// Images of each class in a strip.
const IMAGES_PER_CLASS: usize = 2;

/// Everything a reader needs to judge the results, in the order of the argument.
pub(crate) fn section(report: &Report<Results>, splits: &BTreeMap<DataSet, Split>) -> anyhow::Result<Section> {
    let results = &report.results;
    let experiment = &results.experiment;
    let mut body = paragraph(
        "A transferability metric scores how well a pre-trained network will do on a target task, before anyone \
         fine-tunes it. Here a pool of small networks is scored on each target with every metric; then each network \
         is fine-tuned, and the scores are held against the accuracies that were reached.",
    );
    body.push_str(&finding_box(results));
    body.push_str(&heading("Data"));
    body.push_str(&pictures(splits)?);
    body.push_str(&heading("Pool"));
    body.push_str(&pool_table(results).to_html(&pool_caption(experiment)));
    for target in &results.targets {
        body.push_str(&heading(&format!("Target {}", target.target.name())));
        body.push_str(&interval_figure(target)?);
        body.push_str(&scatter_figure(target, experiment)?);
        body.push_str(&details(
            "All correlations with their intervals",
            &correlation_table(target).to_html("Value and 95 % interval over resamples of the networks."),
        ));
    }
    body.push_str(&heading("How it was run"));
    body.push_str(&method(experiment));
    body.push_str(&details("Parameters, seed and inputs", &provenance(report)?));
    Ok(Section { order: 10, id: "transferability", title: "Transferability metrics", body })
}

fn finding_box(results: &Results) -> String {
    let items: String = sentences(results).iter().map(|text| format!("<li>{}</li>\n", escape(text))).collect();
    format!("<div class=\"finding\"><ul>\n{items}</ul></div>\n")
}

fn pictures(splits: &BTreeMap<DataSet, Split>) -> anyhow::Result<String> {
    let mut rows = String::new();
    for (data, split) in splits {
        let test = &split.target_test;
        let mut shown: Vec<usize> = Vec::new();
        for class in 0..test.n_classes() {
            let members = (0..test.len()).filter(|&index| test.labels()[index] == class);
            shown.extend(members.take(IMAGES_PER_CLASS));
        }
        let images: Vec<&[u8]> = shown.iter().map(|&index| test.image(index)).collect();
        let description = format!("{IMAGES_PER_CLASS} images of each class of {}", data.name());
        rows.push_str(&format!(
            "<span>{}</span>{}\n",
            escape(data.name()),
            picture::strip(&images, SIDE, &description)?
        ));
    }
    Ok(figure(
        &format!("<div class=\"pictures\">\n{rows}</div>"),
        "Two test images of each class, classes 0 to 9 from left to right. Digits are 8 x 8 images enlarged.",
    ))
}

fn pool_table(results: &Results) -> Table {
    let mut table = Table::new()
        .words("source network")
        .words("trained on")
        .numbers("classes")
        .numbers("images")
        .numbers("own accuracy [%]");
    for target in &results.targets {
        table = table.numbers(format!("fine-tuned for\n{} [%]", target.target.name()));
    }
    let sources = results.experiment.sources.iter().zip(&results.source_accuracies);
    for (index, (source, own)) in sources.enumerate() {
        let mut row = vec![source.name.clone()];
        match &source.training {
            Some(images) => row.extend([
                images.data.name().to_owned(),
                images.classes.len().to_string(),
                (images.classes.len() * images.per_class).to_string(),
            ]),
            None => row.extend(["nothing".to_owned(), "–".to_owned(), "0".to_owned()]),
        }
        row.push(own.map_or_else(|| "–".to_owned(), percent));
        row.extend(results.targets.iter().map(|target| {
            let network = &target.networks[index];
            format!("{}{}", percent(network.accuracy), if network.same_data { " *" } else { "" })
        }));
        table.row(row);
    }
    table
}

fn pool_caption(experiment: &Experiment) -> String {
    let runs = match experiment.repeats {
        1 => "one run".to_owned(),
        repeats => format!("the mean of {repeats} runs"),
    };
    format!(
        "Own accuracy: on held-out images of the network's own classes. Fine-tuned: test accuracy, {runs}. \
         *: the network saw other images of that data set; correlations are given with and without these."
    )
}

fn interval_figure(target: &TargetResults) -> anyhow::Result<String> {
    let ranked = target.ranked();
    let interval = |estimate: Option<Estimate>| estimate.map(|Estimate { value, low, high }| [low, value, high]);
    let rows: Vec<IntervalRow> = ranked
        .iter()
        .map(|metric| IntervalRow {
            label: display_name(&metric.metric).to_owned(),
            series: vec![
                interval(metric.all.weighted_kendall),
                interval(metric.other_data.weighted_kendall),
            ],
        })
        .collect();
    let title = format!("{}: metrics against fine-tuned accuracy", target.target.name());
    let svg = plot::intervals(&title, "weighted Kendall's tau", &rows, &COLOURS[..2])?;
    let [all, other] = n_networks(target);
    let legend = legend(&[
        (COLOURS[0], Marker::Circle, format!("all {all} networks")),
        (COLOURS[1], Marker::Circle, format!("the {other} that saw no {} image", target.target.name())),
    ]);
    Ok(figure(
        &format!("{legend}{svg}"),
        "How well each metric orders the networks: 1 is the order of the true accuracies, 0 is chance, -1 the reverse. \
         Bars are 95 % bootstrap intervals over the networks; with so few networks they are wide, and where they \
         overlap the order of the metrics is not settled.",
    ))
}

fn scatter_figure(target: &TargetResults, experiment: &Experiment) -> anyhow::Result<String> {
    let mut plots = String::new();
    for metric in target.ranked() {
        let points: Vec<Point> = target
            .networks
            .iter()
            .zip(&experiment.sources)
            .map(|(network, source)| Point {
                x: network.scores[&metric.metric],
                y: 100.0 * network.accuracy,
                colour: colour(source.data()),
                marker: marker(source),
            })
            .collect();
        plots.push_str(&plot::scatter(display_name(&metric.metric), "score", "accuracy [%]", &points)?);
    }
    let mut entries: Vec<(RGBColor, Marker, String)> = DataSet::ALL
        .iter()
        .map(|&data| (colour(Some(data)), Marker::Circle, format!("trained on {}", data.name())))
        .collect();
    entries.push((colour(None), Marker::Circle, "untrained".to_owned()));
    entries.push((COLOURS[3], Marker::Circle, "circle: flat".to_owned()));
    entries.push((COLOURS[3], Marker::Triangle, "triangle: pooled".to_owned()));
    Ok(figure(
        &format!("{}<div class=\"grid\">\n{plots}</div>", legend(&entries)),
        &format!(
            "Score on {} training images against accuracy on {} test images after fine-tuning; a point is a network. \
             A good metric's points rise from left to right. Metrics stand in the order of the figure above.",
            target.n_train, target.n_test
        ),
    ))
}

fn correlation_table(target: &TargetResults) -> Table {
    let [all, other] = n_networks(target);
    let mut table = Table::new().words("metric");
    for group in [format!("all {all}"), format!("other data, {other}")] {
        for correlation in ["weighted Kendall", "Kendall", "Pearson"] {
            table = table.numbers(format!("{correlation}\n{group}"));
        }
    }
    for metric in target.ranked() {
        let mut row = vec![display_name(&metric.metric).to_owned()];
        for agreement in [&metric.all, &metric.other_data] {
            row.extend([agreement.weighted_kendall, agreement.kendall, agreement.pearson].map(with_interval));
        }
        table.row(row);
    }
    table
}

fn method(experiment: &Experiment) -> String {
    let Experiment { split, source_training, fine_tuning, repeats, resamples, .. } = experiment;
    let items = [
        format!(
            "Every data set is split at random into three parts without a common image: {} images a class for the \
             sources, {} to score and fine-tune on, {} to test (Digits: {}, {}, {}).",
            split.source,
            split.target_train,
            split.target_test,
            experiment.digits_split.source,
            experiment.digits_split.target_train,
            experiment.digits_split.target_test
        ),
        "flat: two convolutions (16 and 32 channels), then 64 features from all positions. pooled: three \
         group-normalised convolutions (16, 32 and 64 channels), then 64 features from their mean over positions."
            .to_owned(),
        format!(
            "Sources: {} epochs of Adam, step {}, batches of {}. Fine-tuning: a new head, all layers, {} epochs, \
             step {}, batches of {}, {repeats} time(s).",
            source_training.epochs,
            source_training.learning_rate,
            source_training.batch_size,
            fine_tuning.epochs,
            fine_tuning.learning_rate,
            fine_tuning.batch_size
        ),
        "Scores use the 64 features, the source head's probabilities and the labels of the target's training \
         images; they never see a test image or a fine-tuned network."
            .to_owned(),
        format!("Intervals: percentiles of {resamples} bootstrap resamples of the networks."),
        "Digits and MNIST are different data sets of the same thing, handwritten digits: a network trained on one \
         counts as other data for the other."
            .to_owned(),
    ];
    let items: String = items.iter().map(|item| format!("<li>{}</li>\n", escape(item))).collect();
    format!("<ul>\n{items}</ul>\n")
}

fn provenance(report: &Report<Results>) -> anyhow::Result<String> {
    Ok(format!("<pre>{}</pre>\n", escape(&output::to_json(&report.provenance)?)))
}

fn legend(entries: &[(RGBColor, Marker, String)]) -> String {
    let spans: String = entries
        .iter()
        .map(|(colour, marker, text)| format!("<span>{}{}</span>\n", plot::legend_marker(*colour, *marker), escape(text)))
        .collect();
    format!("<div class=\"legend\">\n{spans}</div>\n")
}

fn colour(data: Option<DataSet>) -> RGBColor {
    match data {
        Some(DataSet::Mnist) => COLOURS[0],
        Some(DataSet::Fashion) => COLOURS[1],
        Some(DataSet::Digits) => COLOURS[2],
        None => COLOURS[3],
    }
}

fn marker(source: &Source) -> Marker {
    match source.architecture {
        Architecture::Flat => Marker::Circle,
        Architecture::Pooled => Marker::Triangle,
    }
}

fn percent(fraction: f64) -> String {
    format!("{:.1}", 100.0 * fraction)
}
