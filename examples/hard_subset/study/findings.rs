//! What the study found, in sentences made of its numbers.

use hard_subset::Scope;
use tensor_core::numeric;
use transferability_metrics::Estimate;

use super::names::{metric_name, subset_name};
use super::observation::Side;
use super::results::{Compared, Family, GroupResults, MetricResults, StudyResults, SubsetResults, bounds};
use crate::measure::Measure;

/// Share of false alarms that is accepted over all measures of a group together.
const FAMILY_WISE: f64 = 0.05;
/// A correlation of this size is worth a sentence.
const NOTABLE: f64 = 0.2;

/// The findings, the most telling first: the first group at length, then a sentence or two for each other.
pub(crate) fn sentences(results: &StudyResults) -> Vec<String> {
    let Some(first) = results.groups.first() else {
        return vec!["No group has networks enough to compare anything.".to_owned()];
    };
    let mut sentences: Vec<String> = results.groups.iter().map(against_chance).collect();
    let scopes = results
        .groups
        .iter()
        .take(2)
        .filter_map(|group| scopes(group, results.middle));
    sentences.extend(scopes);
    sentences.push(format!(
        "What follows is of the first group, {}; where subsets of one size are meant, {} of each class are kept.",
        first.group.name(),
        results.middle
    ));
    let at_length = [
        against_whole(first, results.middle),
        against_random(first, results.middle),
        extremes(first, results.middle),
        label_readers(first),
        easy(first),
        size_effect(first, results),
        overlap(first),
        reliability(first),
        level(first),
        confidence(first),
    ];
    sentences.extend(at_length.into_iter().flatten());
    sentences
}

/// Whether a family belongs to hard subsets that read no label.
fn is_fair(family: &Family) -> bool {
    family.side == Side::Hard && !family.measure.reads_labels()
}

fn is_fair_at(results: &SubsetResults, scope: Scope, fraction: f64) -> bool {
    let subset = results.subset;
    subset.side == Side::Hard
        && !subset.measure.reads_labels()
        && subset.scope == scope
        && subset.fraction == fraction
}

/// Hard subsets against random ones, corrected for their number.
fn against_chance(group: &GroupResults) -> String {
    let families: Vec<&Family> = group.families.iter().filter(|family| is_fair(family)).collect();
    let count = |of: fn(&Family) -> usize| families.iter().map(|family| of(family)).sum::<usize>();
    let by_chance: f64 = families.iter().map(|family| family.n_beyond_by_chance).sum();
    let level = FAMILY_WISE / families.len().max(1) as f64;
    let told_apart = families
        .iter()
        .filter(|family| family.p_value <= level)
        .map(|family| {
            format!(
                "{} (mean z {:+.2}, p {:.3})",
                subset_name(family.measure, family.side),
                family.mean_z,
                family.p_value
            )
        });
    let told_apart: Vec<String> = told_apart.collect();
    format!(
        "{}: of {} cells (measures that read no labels, metrics, fractions) {} are more than two standard deviations \
         above random subsets and {} below; as many random subsets have {by_chance:.1} beyond on average. Told from \
         random subsets over all their cells, at {FAMILY_WISE} for the {} measures together: {}.",
        group.group.name(),
        count(|family| family.n_cells),
        count(|family| family.n_above),
        count(|family| family.n_below),
        families.len(),
        if told_apart.is_empty() {
            "none".to_owned()
        } else {
            told_apart.join(", ")
        }
    )
}

/// Hard subsets against the whole sample.
fn against_whole(group: &GroupResults, middle: f64) -> Option<String> {
    let tuned = differences(group, middle, |results| results.fine_tuned.gain);
    let probed = differences(group, middle, |results| results.linear_probe.gain);
    Some(format!(
        "Of {} hard subsets {} against the whole sample; with linear probes as truth {}.",
        tuned.len(),
        win_or_lose(&tuned)?,
        win_or_lose(&probed)?
    ))
}

/// Hard subsets against random ones, over other networks.
fn against_random(group: &GroupResults, middle: f64) -> Option<String> {
    let tuned = differences(group, middle, |results| results.fine_tuned.over_random);
    let probed = differences(group, middle, |results| results.linear_probe.over_random);
    Some(format!(
        "Against random subsets of the same size {}; with linear probes as truth {}.",
        win_or_lose(&tuned)?,
        win_or_lose(&probed)?
    ))
}

/// A difference of every hard subset that reads no labels, with the ends of its interval.
fn differences(group: &GroupResults, middle: f64, of: fn(&SubsetResults) -> Estimate) -> Vec<[f64; 3]> {
    let subsets = group.metrics.iter().flat_map(|metric| &metric.subsets);
    let subsets = subsets.filter(|results| is_fair_at(results, Scope::PerModel, middle));
    subsets.filter_map(|results| bounds(of(results))).collect()
}

fn win_or_lose(differences: &[[f64; 3]]) -> Option<String> {
    Some(format!(
        "{} gain and {} lose with an interval over networks that leaves out 0, mean {:+.2}",
        differences.iter().filter(|[low, ..]| *low > 0.0).count(),
        differences.iter().filter(|[.., high]| *high < 0.0).count(),
        mean(differences.iter().map(|[_, value, _]| *value))?,
    ))
}

/// The cells furthest from random subsets either way.
fn extremes(group: &GroupResults, middle: f64) -> Option<String> {
    let cells = group.metrics.iter().flat_map(|metric| {
        let subsets = metric.subsets.iter();
        subsets
            .filter(|results| is_fair_at(results, Scope::PerModel, middle))
            .filter_map(move |results| Some((metric, results, results.fine_tuned.chance?.z?)))
    });
    let cells: Vec<_> = cells.collect();
    let in_words = |(metric, results, z): &(&MetricResults, &SubsetResults, f64)| {
        let value = |estimate: Estimate| estimate.value.unwrap_or(f64::NAN);
        format!(
            "{} by {} ({:.2}, whole sample {:.2}, z {z:+.1})",
            metric_name(&metric.metric),
            subset_name(results.subset.measure, results.subset.side),
            value(results.fine_tuned.agreement),
            value(metric.base.fine_tuned)
        )
    };
    let best = cells.iter().max_by(|left, right| left.2.total_cmp(&right.2))?;
    let worst = cells.iter().min_by(|left, right| left.2.total_cmp(&right.2))?;
    Some(format!(
        "Furthest above random subsets is {}, furthest below {}; the best and the worst of {} \
         owe their places in part to luck.",
        in_words(best),
        in_words(worst),
        cells.len()
    ))
}

/// Measures that read labels.
fn label_readers(group: &GroupResults) -> Option<String> {
    let families = group.families.iter();
    let families = families.filter(|family| family.side == Side::Hard && family.measure.reads_labels());
    let in_words: Vec<String> = families.map(in_words).collect();
    (!in_words.is_empty())
        .then(|| format!("Measures that read the target's labels: {}.", in_words.join(", ")))
}

/// The easiest samples.
fn easy(group: &GroupResults) -> Option<String> {
    let families = group.families.iter().filter(|family| family.side == Side::Easy);
    let in_words: Vec<String> = families.map(in_words).collect();
    (!in_words.is_empty()).then(|| format!("The easiest samples: {}.", in_words.join(", ")))
}

fn in_words(family: &Family) -> String {
    format!(
        "{} mean z {:+.2} (p {:.3}; {} of {} cells above 2, {} below -2)",
        subset_name(family.measure, family.side),
        family.mean_z,
        family.p_value,
        family.n_above,
        family.n_cells,
        family.n_below
    )
}

/// What fewer samples cost, whichever they are.
fn size_effect(group: &GroupResults, results: &StudyResults) -> Option<String> {
    let costs = results.fractions.iter().map(|&fraction| {
        let of_metric = |metric: &MetricResults| {
            let mut subsets = metric.subsets.iter();
            let of_size = subsets.find(|results| is_fair_at(results, Scope::PerModel, fraction))?;
            Some(of_size.fine_tuned.chance?.mean - metric.base.fine_tuned.value?)
        };
        let cost = mean(group.metrics.iter().filter_map(of_metric))?;
        Some(format!("{cost:+.2} at {fraction}"))
    });
    let costs = costs.collect::<Option<Vec<_>>>()?;
    Some(format!(
        "Random subsets against the whole sample, mean over the metrics: {}. That much of a difference is the number of \
         samples, not which they are.",
        costs.join(", ")
    ))
}

/// Own subsets against shared ones, over the metrics that have both.
fn scopes(group: &GroupResults, middle: f64) -> Option<String> {
    let has_both = |metric: &&MetricResults| {
        let mut subsets = metric.subsets.iter();
        subsets.any(|results| is_fair_at(results, Scope::Shared, middle))
    };
    let metrics: Vec<&MetricResults> = group.metrics.iter().filter(has_both).collect();
    let mean_z = |scope, of: fn(&SubsetResults) -> &Compared| {
        let subsets = metrics.iter().flat_map(|metric| &metric.subsets);
        let subsets = subsets.filter(|results| is_fair_at(results, scope, middle));
        mean(subsets.filter_map(|results| of(results).chance?.z))
    };
    Some(format!(
        "{}, {middle} of each class kept: mean z {:+.2} where each network has its own subset, {:+.2} where all share one; with \
         linear probes as truth {:+.2} and {:+.2}.",
        group.group.name(),
        mean_z(Scope::PerModel, |results| &results.fine_tuned)?,
        mean_z(Scope::Shared, |results| &results.fine_tuned)?,
        mean_z(Scope::PerModel, |results| &results.linear_probe)?,
        mean_z(Scope::Shared, |results| &results.linear_probe)?
    ))
}

/// How far networks agree on what is hard.
fn overlap(group: &GroupResults) -> Option<String> {
    let diagnostics = &group.diagnostics;
    let measures = diagnostics
        .measures
        .iter()
        .filter(|measure| !measure.measure.reads_labels());
    let overlaps = measures
        .clone()
        .filter_map(|measure| Some((subset_name(measure.measure, Side::Hard), measure.overlap?)));
    let overlaps: Vec<_> = overlaps.collect();
    let least = overlaps.iter().min_by(|left, right| left.1.total_cmp(&right.1))?;
    let greatest = overlaps.iter().max_by(|left, right| left.1.total_cmp(&right.1))?;
    let layers = mean(measures.filter_map(|measure| measure.layer_agreement))?;
    Some(format!(
        "Hard subsets of two networks overlap by {:.2} ({}) to {:.2} ({}), random ones by {:.2} (Jaccard). Two layers of a \
         network agree on what is hard by {layers:.2} (Spearman).",
        least.1, least.0, greatest.1, greatest.0, diagnostics.random_overlap?
    ))
}

/// How far scores on two halves agree.
fn reliability(group: &GroupResults) -> Option<String> {
    let metrics = &group.diagnostics.metrics;
    let random = mean(metrics.iter().filter_map(|metric| metric.random_halves))?;
    let opposite = metrics.iter().flat_map(|metric| &metric.measures);
    let opposite = mean(opposite.filter_map(|measure| measure.hard_and_easy))?;
    let random_whole = mean(metrics.iter().filter_map(|metric| metric.random_and_base))?;
    let hard = metrics.iter().flat_map(|metric| &metric.measures);
    let hard = hard.filter(|measure| !measure.measure.reads_labels());
    let hard_whole = mean(hard.filter_map(|measure| measure.hard_and_base))?;
    Some(format!(
        "Networks keep their order between two random halves of their samples by {random:.2} (Spearman, mean over the \
         metrics), between the hard and the easy half by {opposite:.2}; between a random half and the whole by \
         {random_whole:.2}, between the hard half and the whole by {hard_whole:.2}."
    ))
}

/// Whether scores follow the level of hardness.
fn level(group: &GroupResults) -> Option<String> {
    let scores = group
        .diagnostics
        .metrics
        .iter()
        .flat_map(|metric| &metric.measures);
    let scores = scores.filter(|measure| !measure.measure.reads_labels());
    let hard = mean(
        scores
            .clone()
            .filter_map(|measure| measure.level_and_hard.map(f64::abs)),
    )?;
    let whole = mean(scores.filter_map(|measure| measure.level_and_base.map(f64::abs)))?;
    let measures = group.diagnostics.measures.iter();
    let strongest = measures
        .filter(|measure| !measure.measure.reads_labels())
        .filter_map(|measure| Some((measure.measure, measure.level_and_accuracy?)))
        .max_by(|left, right| left.1.abs().total_cmp(&right.1.abs()))?;
    Some(format!(
        "How hard a target is for a network on the whole goes with its score on the hard half by {hard:.2}, with its score \
         on the whole sample by {whole:.2} (mean size of Spearman's correlation); with its fine-tuned accuracy most for {}, {:+.2}.",
        subset_name(strongest.0, Side::Hard),
        strongest.1
    ))
}

/// Whether what a measure is worth goes with how unsure the networks are of the samples that it keeps.
fn confidence(group: &GroupResults) -> Option<String> {
    let diagnostics = &group.diagnostics;
    let mut measures = diagnostics.measures.iter();
    let entropy = measures.position(|measure| measure.measure == Measure::Entropy)?;
    let rows = diagnostics.measures.iter().zip(&diagnostics.measure_agreement);
    let rows = rows.filter_map(|(measure, row)| {
        let mut families = group.families.iter().filter(|family| is_fair(family));
        let family = families.find(|family| family.measure == measure.measure)?;
        Some((family, row[entropy]?))
    });
    let rows: Vec<(&Family, f64)> = rows.collect();
    let (best, with_entropy) = rows
        .iter()
        .max_by(|left, right| left.0.mean_z.total_cmp(&right.0.mean_z))?;
    let z: Vec<f64> = rows.iter().map(|(family, _)| family.mean_z).collect();
    let agreement: Vec<f64> = rows.iter().map(|(_, agreement)| *agreement).collect();
    let over_measures = numeric::spearman(&agreement, &z).ok()??;
    Some(format!(
        "The measure with the highest mean z, {} ({:+.2}), goes with the entropy of the outputs by {with_entropy:+.2}: {}. Over \
         the {} measures that read no labels, agreement with entropy goes with mean z by {over_measures:+.2} (Spearman).",
        subset_name(best.measure, best.side),
        best.mean_z,
        if *with_entropy < -NOTABLE {
            "what it calls hard is rather what the networks are sure of"
        } else if *with_entropy > NOTABLE {
            "what it calls hard is rather what the networks are unsure of"
        } else {
            "it says little of how sure the networks are"
        },
        rows.len()
    ))
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut n) = (0.0, 0.0);
    for value in values {
        sum += value;
        n += 1.0;
    }
    (n > 0.0).then(|| sum / n)
}
