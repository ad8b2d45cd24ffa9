//! The segmentation part of the report.

use super::stage::Outcome;
use super::tables::{EXPLAINED, caption, network_table, score_table, target_table};
use crate::support::html::{concat, details, heading, paragraph};

/// Task, pictures and tables, under one heading.
pub(crate) fn section_part(outcome: &Outcome) -> String {
    let results = &outcome.results;
    let by_score = score_table(results, |row| &row.fine_tuned);
    let probed = score_table(results, |row| &row.linear_probe)
        .to_html("Against linear probes, means over the targets.");
    let by_target = target_table(results, |row| &row.fine_tuned).to_html("Against fine-tuned ensembles.");
    let by_target_probed = target_table(results, |row| &row.linear_probe).to_html("Against linear probes.");
    concat([
        heading("Segmentation"),
        paragraph(
            "The same question with pixels as samples. Scenes show digits, garments and silhouettes of animals, cut out of \
             real images and placed over procedural textures. Source tasks differ in classes, objects, backgrounds, \
             sizes and noise; a target has few scenes. Scores read class-balanced samples of pixels.",
        ),
        concat(outcome.pictures.iter().cloned()),
        by_score.to_html(&format!("{}. {EXPLAINED}", caption(results))),
        details(
            "Every target, and linear probes",
            &(by_target + &probed + &by_target_probed),
        ),
        details(
            "What each network reached",
            &network_table(results).to_html("Mean intersection over union, mean over the repeats."),
        ),
    ])
}
