//! The study's section of the report.

use hard_subset::Scope;
use tensor_core::report::Provenance;

use super::Outcome;
use super::diagnostic_tables::{level_table, measure_agreement_table, measure_table, reliability_table};
use super::figures::{fraction_figure, gain_figure};
use super::findings::sentences;
use super::names::scope_name;
use super::results::{GroupResults, StudyResults};
use super::summary_tables::{family_table, metric_table, summary_table};
use super::tables::{
    EXPLAINED, Reference, Yardstick, agreement_table, caption, difference_table, fraction_table,
    network_table, target_table,
};
use crate::support::html::{concat, details, escape, heading, list, paragraph};
use crate::support::output;
use crate::support::report::Section;

/// Everything a reader needs to judge the results; `segmentation` is the HTML of what was found for pixels.
pub(crate) fn section(
    outcome: &Outcome,
    provenance: &Provenance,
    segmentation: &str,
) -> anyhow::Result<Section> {
    let results = &outcome.results;
    let mut parts = vec![
        paragraph(
            "Scores of transferability read a sample of the target. Would they rank networks better if they read only its \
             harder part? Each network says how hard each image is for it, in ten ways, and every metric is computed on the \
             hardest images of each class. Beside it stand the whole sample, random subsets of the same size, and the \
             easiest images.",
        ),
        paragraph(
            "The publication's own formulas could not be read in full: ca and cs measures are readings of it. Networks \
             without images of their own data have the weights of their heads as prototypes, for cs-proto alone, and are \
             members of the last group only.",
        ),
        paragraph(&format!(
            "Random subsets: {} of each network, put together to {} pools. Transport is solved at {} of each class alone, and \
             for each network's own subset.",
            results.n_random, results.n_random_pools, results.middle
        )),
        format!("<div class=\"finding\">{}</div>\n", list(&sentences(results))),
    ];
    parts.push(summary_table(results).to_html(
        "Against fine-tuned networks: mean over all metrics and fractions of the standard deviations above random subsets, and in \
         brackets the chance of a random subset that is as far off. * reads the target's labels.",
    ));
    parts.push(metric_table(results).to_html("The same by metric, over the measures that read no labels."));
    for (index, group) in results.groups.iter().enumerate() {
        let content = group_part(group, results)?;
        parts.push(if index == 0 {
            heading(&group.group.name()) + &content
        } else {
            details(&group.group.name(), &content)
        });
    }
    parts.push(heading("The hardest and the easiest images"));
    parts.extend(outcome.pictures.iter().cloned());
    parts.extend([
        segmentation.to_owned(),
        heading("Pool"),
        details(
            "What each network reached",
            &network_table(results).to_html("Test accuracy, mean over the repeats."),
        ),
        details(
            "Parameters, seed and inputs",
            &format!("<pre>{}</pre>\n", escape(&output::to_json(provenance)?)),
        ),
    ]);
    Ok(Section {
        order: 30,
        id: "hard-subset",
        title: "Hard subsets",
        body: concat(parts),
    })
}

fn group_part(group: &GroupResults, results: &StudyResults) -> anyhow::Result<String> {
    let subsets = |scope, yardstick: Yardstick| {
        let title = format!(
            "{}, {} of each class, {}",
            yardstick.name(),
            results.middle,
            scope_name(scope)
        );
        let agreement = agreement_table(group, results.middle, scope, yardstick);
        let less = |reference| difference_table(group, results.middle, scope, yardstick, reference);
        agreement.to_html(&format!("{}. {title}. {EXPLAINED}", caption(group)))
            + &less(Reference::Whole).to_html(&format!("Less the whole sample: {title}."))
            + &less(Reference::Random).to_html(&format!("Less random subsets of the same size: {title}."))
    };
    let rest = [
        subsets(Scope::PerModel, Yardstick::FineTunedKendall),
        subsets(Scope::PerModel, Yardstick::LinearProbe),
        subsets(Scope::Shared, Yardstick::FineTuned),
        subsets(Scope::Shared, Yardstick::LinearProbe),
    ];
    let why = [
        measure_table(group).to_html(
            "Overlap: mean Jaccard index of two networks' hard subsets. Networks, layers: Spearman's correlation over \
             images of the hardnesses of two networks, of two layers. Fallbacks: images whose source class has no source \
             image. Level and accuracy: Spearman's correlation over networks of the mean hardness and the fine-tuned \
             accuracy.",
        ),
        reliability_table(group)
            .to_html("Spearman's correlation over networks of scores on two parts of the same images."),
        level_table(group).to_html(
            "Spearman's correlation over networks of the mean hardness and the score on the hard subset, in brackets on the \
             whole sample.",
        ),
        measure_agreement_table(group)
            .to_html("Spearman's correlation over images of each measure with each, mean over the networks."),
    ];
    Ok(concat([
        fraction_figure(group, results)?,
        gain_figure(group, results)?,
        subsets(Scope::PerModel, Yardstick::FineTuned),
        family_table(group).to_html(
            "Each measure over all metrics and fractions, against fine-tuned networks. p: chance of a random subset whose mean \
             z over the same cells is as far from 0.",
        ),
        details("Probes, Kendall's tau-b, and shared subsets", &concat(rest)),
        details(
            "Every fraction, every target",
            &(fraction_table(group, results).to_html("Weighted Kendall against fine-tuned networks, in brackets z.")
                + &target_table(group, results.middle)
                    .to_html("Weighted Kendall against fine-tuned networks of each target.")),
        ),
        details("Why", &concat(why)),
    ]))
}
