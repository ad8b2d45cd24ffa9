//! Tables of all cells together: each measure, each metric, each group.

use hard_subset::Scope;

use super::names::{metric_name, subset_name};
use super::observation::Side;
use super::results::{GroupResults, StudyResults};
use crate::support::estimate::NONE;
use crate::support::table::Table;

/// Each measure in each group: the mean z over all metrics and fractions, and the chance of a random subset as far off.
pub(crate) fn summary_table(results: &StudyResults) -> Table {
    let mut table = Table::new().words("mean z (p)");
    for group in &results.groups {
        table = table.numbers(group.group.name().replace(", ", ",\n"));
    }
    for side in [Side::Hard, Side::Easy] {
        for &measure in &results.measures {
            let cells = results.groups.iter().map(|group| {
                let mut families = group.families.iter();
                families
                    .find(|family| (family.measure, family.side) == (measure, side))
                    .map(|family| format!("{:+.2} ({:.3})", family.mean_z, family.p_value))
            });
            let cells: Vec<Option<String>> = cells.collect();
            if cells.iter().any(Option::is_some) {
                let cells = cells
                    .into_iter()
                    .map(|cell| cell.unwrap_or_else(|| NONE.to_owned()));
                table.row(std::iter::once(subset_name(measure, side)).chain(cells).collect());
            }
        }
    }
    table
}

/// Each metric in each group: the mean z over the fractions and the measures that read no labels.
pub(crate) fn metric_table(results: &StudyResults) -> Table {
    let mut table = Table::new().words("mean z");
    for group in &results.groups {
        table = table.numbers(group.group.name().replace(", ", ",\n"));
    }
    for name in &results.metrics {
        let cells = results.groups.iter().map(|group| {
            let metric = group.metrics.iter().find(|metric| metric.metric == *name);
            let subsets = metric.iter().flat_map(|metric| &metric.subsets);
            let z: Vec<f64> = subsets
                .filter(|results| {
                    let subset = results.subset;
                    subset.side == Side::Hard
                        && subset.scope == Scope::PerModel
                        && !subset.measure.reads_labels()
                })
                .filter_map(|results| results.fine_tuned.chance?.z)
                .collect();
            if z.is_empty() {
                NONE.to_owned()
            } else {
                format!("{:+.2}", z.iter().sum::<f64>() / z.len() as f64)
            }
        });
        table.row(
            std::iter::once(metric_name(name).to_owned())
                .chain(cells)
                .collect(),
        );
    }
    table
}

/// Each measure over all metrics and fractions.
pub(crate) fn family_table(group: &GroupResults) -> Table {
    let mut table = Table::new()
        .words("subset")
        .numbers("cells")
        .numbers("z > 2")
        .numbers("z < -2")
        .numbers("either, random\nsubsets")
        .numbers("mean z")
        .numbers("p of mean z");
    for family in &group.families {
        table.row(vec![
            subset_name(family.measure, family.side),
            family.n_cells.to_string(),
            family.n_above.to_string(),
            family.n_below.to_string(),
            format!("{:.1}", family.n_beyond_by_chance),
            format!("{:+.2}", family.mean_z),
            format!("{:.3}", family.p_value),
        ]);
    }
    table
}
