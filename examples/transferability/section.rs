//! The demonstration's section of the report.

use tensor_core::report::Report;
use transferability_metrics::RankAgreement;

use crate::experiment::Experiment;
use crate::figures::{interval_figure, pictures, scatter_figure};
use crate::findings::{display_name, n_networks, regret, sentences};
use crate::pool::Pool;
use crate::results::{MetricResults, Results, TargetResults};
use crate::support::estimate::with_interval;
use crate::support::html::{concat, details, escape, heading, list, paragraph};
use crate::support::network::Architecture;
use crate::support::output;
use crate::support::report::Section;
use crate::support::table::Table;

/// Everything a reader needs to judge the results, in the order of the argument.
pub(crate) fn section(report: &Report<Results>, pool: &Pool) -> anyhow::Result<Section> {
    let results = &report.results;
    let mut parts = vec![
        paragraph(
            "A transferability metric scores how well a pre-trained network will do on a target task, before \
             anyone fine-tunes it. Here a pool of small networks is scored on each target with every metric; then \
             each network is fine-tuned, and the scores are held against the accuracies that were reached.",
        ),
        format!("<div class=\"finding\">{}</div>\n", list(&sentences(results))),
        heading("Data"),
        pictures(&pool.splits)?,
        heading("Pool"),
        pool_table(results, &pool.experiment).to_html(&pool_caption(&pool.experiment)),
    ];
    for target in &results.targets {
        parts.extend([
            heading(&format!("Target {}", target.target.name())),
            interval_figure(target)?,
            scatter_figure(target, &pool.experiment)?,
            details(
                "All correlations with their intervals",
                &correlation_tables(target),
            ),
        ]);
    }
    parts.extend([
        heading("How it was run"),
        method(&pool.experiment),
        details("Parameters, seed and inputs", &provenance(report)?),
    ]);
    Ok(Section {
        order: 10,
        id: "transferability",
        title: "Transferability metrics",
        body: concat(parts),
    })
}

fn pool_table(results: &Results, experiment: &Experiment) -> Table {
    let mut table = Table::new()
        .words("source network")
        .words("trained on")
        .numbers("classes")
        .numbers("images")
        .numbers("own\naccuracy [%]");
    for target in &results.targets {
        table = table.numbers(format!("fine-tuned for\n{} [%]", target.target.name()));
    }
    let sources = experiment.sources.iter().zip(&results.source_accuracies);
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
            let mark = if network.same_data { "* " } else { "" };
            format!("{mark}{}", percent(network.accuracy))
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

fn correlation_tables(target: &TargetResults) -> String {
    let [all, other] = n_networks(target);
    let explained = "Value and 95 % interval over resamples of the networks. Regret: points of accuracy that the \
                     network scored highest falls short of the best one.";
    let for_all = correlation_table(target, |metric| &metric.all);
    let for_other = correlation_table(target, |metric| &metric.other_data);
    for_all.to_html(&format!("All {all} networks. {explained}"))
        + &for_other.to_html(&format!(
            "The {other} that saw no {} image.",
            target.target.name()
        ))
}

fn correlation_table(target: &TargetResults, group: fn(&MetricResults) -> &RankAgreement) -> Table {
    let mut table = Table::new()
        .words("metric")
        .numbers("weighted Kendall")
        .numbers("Kendall")
        .numbers("Spearman")
        .numbers("Pearson")
        .numbers("regret [points]");
    for metric in target.ranked() {
        let agreement = group(metric);
        let mut row = vec![display_name(&metric.metric).to_owned()];
        row.extend(
            [
                agreement.weighted_kendall,
                agreement.kendall,
                agreement.spearman,
                agreement.pearson,
            ]
            .map(with_interval),
        );
        row.push(regret(agreement));
        table.row(row);
    }
    table
}

fn method(experiment: &Experiment) -> String {
    let Experiment {
        split,
        source_training,
        fine_tuning,
        repeats,
        n_resamples,
        ..
    } = experiment;
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
        format!(
            "Architectures: {}, each convolution followed by a rectifier and halved by a maximum, then 64 features from \
             all positions. The deep one is group-normalised.",
            [Architecture::Shallow, Architecture::Deep]
                .map(|architecture| format!("{} with {:?} channels", architecture.name(), architecture.channels()))
                .join(", ")
        ),
        format!(
            "Sources: {} epochs of Adam, step {} falling to 0, batches of {}. Fine-tuning: a new head, all layers, {} epochs, \
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
        format!("Intervals: percentiles of {n_resamples} bootstrap resamples of the networks."),
        "Digits and MNIST are different data sets of the same thing, handwritten digits: a network trained on one \
         counts as other data for the other."
            .to_owned(),
    ];
    list(&items)
}

fn provenance(report: &Report<Results>) -> anyhow::Result<String> {
    Ok(format!(
        "<pre>{}</pre>\n",
        escape(&output::to_json(&report.provenance)?)
    ))
}

fn percent(fraction: f64) -> String {
    format!("{:.1}", 100.0 * fraction)
}
