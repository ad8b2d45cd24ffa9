//! The hardest and the easiest images of every target, as some networks see them.

use super::target_data::TargetData;
use crate::measure::Measure;
use crate::source_pool::SourcePool;
use crate::source_pool::group::{Group, Members, Relation};
use crate::support::html::{concat, escape, figure};
use crate::support::image_set::SIDE;
use crate::support::picture;

/// Images in a strip.
const N_SHOWN: usize = 12;
/// Networks shown on a target.
const N_NETWORKS: usize = 3;
/// The networks that they are chosen from.
const OTHERS: Group = Group {
    of: Members::Mixed,
    relation: Relation::OtherData,
};
/// Hardnesses shown.
const SHOWN: [Measure; 3] = [Measure::CaTopk, Measure::CsProto, Measure::CsGram];

/// A figure for each target: of some networks that saw other images than the target's, by three hardnesses.
pub(super) fn gallery(pool: &SourcePool, targets: &[TargetData]) -> anyhow::Result<Vec<String>> {
    let plan = pool.plan();
    let of_target = |(index, data): (usize, &TargetData)| {
        let has_all = |network: &usize| {
            let observation = &data.observations[*network];
            SHOWN
                .iter()
                .all(|&measure| observation.hardness(measure).is_some())
        };
        let mut others: Vec<usize> = OTHERS
            .members(plan, data.target)
            .into_iter()
            .filter(has_all)
            .collect();
        // The best, the middle and the worst by what they reached.
        others.sort_by(|&left, &right| data.fine_tuned[right].total_cmp(&data.fine_tuned[left]));
        let n_shown = others.len().min(N_NETWORKS);
        let shown = (0..n_shown).map(|place| others[place * (others.len() - 1) / (n_shown - 1).max(1)]);
        let blocks = shown
            .map(|network| {
                let name = &plan.sources[network].name;
                let title = format!("{name}, {:.1} % fine-tuned", 100.0 * data.fine_tuned[network]);
                let strips = SHOWN
                    .iter()
                    .map(|&measure| strips(pool, index, data, network, measure))
                    .collect::<anyhow::Result<Vec<_>>>()?;
                Ok(format!(
                    "<span>{}</span><span></span>\n{}",
                    escape(&title),
                    concat(strips)
                ))
            })
            .collect::<anyhow::Result<Vec<_>>>()?;
        Ok(figure(
            &format!("<div class=\"pictures\">\n{}</div>", concat(blocks)),
            &format!(
                "{}: the hardest and the easiest training images as networks trained on other data see them: the one that \
                 reached most, one in the middle, and the one that reached least.",
                data.target.name()
            ),
        ))
    };
    targets.iter().enumerate().map(of_target).collect()
}

/// The two ends of one network's hardness.
fn strips(
    pool: &SourcePool,
    target: usize,
    data: &TargetData,
    network: usize,
    measure: Measure,
) -> anyhow::Result<String> {
    let Some(hardness) = data.observations[network].hardness(measure) else {
        return Ok(String::new());
    };
    let values = hardness.values();
    let mut order: Vec<usize> = (0..values.len()).collect();
    // Of equal ones the first is the hardest, as in a subset.
    order.sort_by(|&left, &right| values[right].total_cmp(&values[left]));
    let n_shown = N_SHOWN.min(order.len() / 2);
    let ends = [
        ("hardest", &order[..n_shown]),
        ("easiest", &order[order.len() - n_shown..]),
    ];
    let strips = ends
        .iter()
        .map(|(end, rows)| {
            let images: Vec<&[u8]> = rows.iter().map(|&row| pool.target_image(target, row)).collect();
            let name = format!("{end} by {}", measure.name());
            let description = format!("{} images of {}, {name}", images.len(), data.target.name());
            let strip = picture::strip(&images, SIDE, &description)?;
            Ok(format!("<span>{}</span>{strip}\n", escape(&name)))
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    Ok(concat(strips))
}
