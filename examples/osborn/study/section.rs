//! The study's section of the report.

use tensor_core::report::Provenance;

use super::results::{GroupResults, StudyResults};
use super::tables::{EXPLAINED, caption, display_name, group_table, network_table, target_table};
use crate::support::html::{concat, details, escape, heading, list, paragraph};
use crate::support::output;
use crate::support::report::Section;

/// Everything a reader needs to judge the results.
/// `segmentation` is the HTML of what was found for pixels.
pub(crate) fn section(
    results: &StudyResults,
    provenance: &Provenance,
    segmentation: &str,
) -> anyhow::Result<Section> {
    let mut parts = vec![
        paragraph(&format!(
            "Which {} networks of a pool make the best ensemble for a target? OSBORN adds up how far each network's source \
             data are from the target (W_D), how badly its classes tell the target's (W_T), and how much the \
             networks disagree (W_C). Here every ensemble of the pool is scored by it, by its variants and by the LEEP \
             family, and held against the accuracy that the ensemble's fine-tuned networks reached together.",
            results.size
        )),
        format!("<div class=\"finding\">{}</div>\n", list(&sentences(results))),
    ];
    for (index, group) in results.groups.iter().enumerate() {
        let table = group_table(group).to_html(&format!("{}. {EXPLAINED}", caption(group)));
        let by_target = target_table(group, |row| &row.fine_tuned)
            .to_html("Weighted Kendall against fine-tuned ensembles on each target.");
        let by_target_probed = target_table(group, |row| &row.linear_probe)
            .to_html("Weighted Kendall against linear probes on each target.");
        let all = table + &by_target + &by_target_probed;
        parts.push(if index == 0 {
            heading(&group.group.name()) + &all
        } else {
            details(&group.group.name(), &all)
        });
    }
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
        order: 20,
        id: "osborn",
        title: "Ensembles by optimal transport",
        body: concat(parts),
    })
}

/// What was found, one sentence a group.
pub(crate) fn sentences(results: &StudyResults) -> Vec<String> {
    results.groups.iter().map(sentence).collect()
}

fn sentence(group: &GroupResults) -> String {
    let best = |keep: &dyn Fn(&str) -> bool| {
        group
            .rows
            .iter()
            .filter(|row| keep(&display_name(row)))
            .filter_map(|row| Some((display_name(row), row.fine_tuned.mean.weighted_kendall.value?)))
            .reduce(|best, next| if next.1 > best.1 { next } else { best })
    };
    let parts: Vec<String> = [
        best(&|name| name == "MS-LEEP"),
        best(&|name| name == "E-LEEP"),
        best(&|name| name == "OSBORN, as published"),
        best(&|_| true).map(|(name, value)| (format!("the highest of all, {name},"), value)),
    ]
    .into_iter()
    .flatten()
    .map(|(name, value)| format!("{name} {value:.2}"))
    .collect();
    format!(
        "{}: weighted Kendall against fine-tuned ensembles, mean over {} targets: {}.",
        group.group.name(),
        group.targets.len(),
        parts.join("; ")
    )
}
