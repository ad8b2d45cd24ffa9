//! The propositions about scores on the hard subset, on random samples.

use hard_subset::bounds::{HeadStatus, OptimalHead, full_to_hard_bound, leep_lower_bound};
use proptest::prelude::*;
use tensor_core::{Seed, convert};
use transferability_metrics::{EmpiricalPredictor, Labels, Leep, Metric, Nce, Probabilities, Sample};

/// Both sides of an inequality are means of logarithms of sums of a few dozen terms.
const ROUNDING: f64 = 1e-12;

/// A search that is cheap enough for hundreds of cases; the certificate holds whenever it ends.
const QUICK: OptimalHead = OptimalHead {
    tolerance: 1e-4,
    max_iterations: 200,
};

/// A sample with labels that follow the prediction but for some noise, and a hard subset of it.
///
/// Samples 0 and 1 of the subset have the labels 0 and 1, as have samples 2 and 3 of the rest.
#[derive(Debug, Clone)]
struct Case {
    n_source_classes: usize,
    rows: Vec<f64>,
    labels: Vec<i64>,
    hard: Vec<usize>,
    rest: Vec<usize>,
}

#[derive(Debug, Clone, Copy)]
enum Rows {
    Dense,
    OneHot,
    /// About half of the entries are 0.
    Sparse,
    /// A third of the rows repeat another one.
    Repeated,
}

fn cases() -> impl Strategy<Value = Case> {
    let rows = [Rows::Dense, Rows::OneHot, Rows::Sparse, Rows::Repeated];
    (
        any::<u64>(),
        4..50_usize,
        1..7_usize,
        2..5_usize,
        prop::sample::select(vec![0.0, 0.1, 0.2]),
        prop::sample::select(rows.to_vec()),
        prop::sample::select(vec![0.0, 0.1, 0.5, 0.9]),
    )
        .prop_map(|(seed, n, k, c, noise, rows, share)| Case::new(seed, [n, k, c], noise, rows, share))
}

impl Case {
    fn new(seed: u64, [n, k, n_classes]: [usize; 3], noise: f64, kind: Rows, hard_share: f64) -> Self {
        let mut rng = Seed::new(seed).stream("case", 0);
        let mut rows: Vec<f64> = Vec::with_capacity(n * k);
        for i in 0..n {
            if matches!(kind, Rows::Repeated) && i % 3 == 2 {
                let source = rng.random_range(0..i) * k;
                rows.extend_from_within(source..source + k);
                continue;
            }
            let certain = rng.random_range(0..k);
            let weight = |z: usize, uniform: f64| match kind {
                Rows::OneHot => f64::from(z == certain),
                Rows::Sparse if z != certain && uniform < 0.5 => 0.0,
                _ => uniform.powi(3) + 1e-3,
            };
            let weights: Vec<f64> = (0..k).map(|z| weight(z, rng.random())).collect();
            let sum: f64 = weights.iter().sum();
            rows.extend(weights.iter().map(|weight| weight / sum));
        }
        let mut labels: Vec<i64> = predictions(&rows, k)
            .into_iter()
            .map(|predicted| {
                let flipped = rng.random::<f64>() < noise;
                let class = if flipped {
                    rng.random_range(0..n_classes)
                } else {
                    predicted % n_classes
                };
                class as i64
            })
            .collect();
        labels[..4].copy_from_slice(&[0, 1, 0, 1]);
        let (hard, rest) = (0..n).partition(|&row| row < 2 || (row > 3 && rng.random::<f64>() < hard_share));
        Self {
            n_source_classes: k,
            rows,
            labels,
            hard,
            rest,
        }
    }

    fn sample(&self) -> Sample {
        let shape = [self.labels.len() as i64, self.n_source_classes as i64];
        let rows = convert::tensor_from_slice(&self.rows, &shape).expect("a matrix");
        Sample::new(Labels::new(&self.labels).expect("labels"))
            .with_probabilities(Probabilities::new(rows).expect("probabilities"))
            .expect("a sample")
    }

    fn hard_sample(&self) -> Sample {
        self.sample().select(&self.hard).expect("two classes")
    }

    fn row(&self, row: usize) -> &[f64] {
        &self.rows[row * self.n_source_classes..(row + 1) * self.n_source_classes]
    }

    /// The share of the samples that the hard subset holds.
    fn fraction(&self) -> f64 {
        self.hard.len() as f64 / self.labels.len() as f64
    }

    /// Log-likelihood of each sample under a random head.
    fn random_head(&self, seed: u64) -> Vec<f64> {
        let mut rng = Seed::new(seed).stream("head", 0);
        let n_classes = 1 + *self.labels.iter().max().expect("labels") as usize;
        let columns: Vec<Vec<f64>> = (0..self.n_source_classes)
            .map(|_| {
                let weights: Vec<f64> = (0..n_classes).map(|_| rng.random::<f64>() + 1e-9).collect();
                let sum: f64 = weights.iter().sum();
                weights.iter().map(|weight| weight / sum).collect()
            })
            .collect();
        let expectation = |row: usize| -> f64 {
            let label = self.labels[row] as usize;
            self.row(row)
                .iter()
                .zip(&columns)
                .map(|(p, column)| p * column[label])
                .sum()
        };
        (0..self.labels.len()).map(|row| expectation(row).ln()).collect()
    }

    /// The negative conditional entropy of the labels of some rows given the prediction.
    fn nce(&self, rows: &[usize]) -> f64 {
        let predicted = predictions(&self.rows, self.n_source_classes);
        let count = |condition: &dyn Fn(usize) -> bool| rows.iter().filter(|&&row| condition(row)).count();
        let term = |&row: &usize| {
            let of_class = count(&|other| predicted[other] == predicted[row]);
            let alike =
                count(&|other| predicted[other] == predicted[row] && self.labels[other] == self.labels[row]);
            (alike as f64 / of_class as f64).ln()
        };
        rows.iter().map(term).sum::<f64>() / rows.len() as f64
    }
}

/// The first of the most probable classes of each row.
fn predictions(rows: &[f64], n_source_classes: usize) -> Vec<usize> {
    rows.chunks_exact(n_source_classes)
        .map(|row| (0..row.len()).fold(0, |best, z| if row[z] > row[best] { z } else { best }))
        .collect()
}

fn mean_over(values: &[f64], rows: &[usize]) -> f64 {
    rows.iter().map(|&row| values[row]).sum::<f64>() / rows.len() as f64
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

proptest! {
    #[test]
    fn leep_is_below_the_best_head(case in cases()) {
        let sample = case.hard_sample();
        let leep = Leep.score(&sample).expect("LEEP");
        let start = OptimalHead { max_iterations: 0, ..QUICK }.fit(&sample).expect("a head");
        golden::assert_close(&[start.log_likelihood], &[leep], 0.0, ROUNDING);
        let best = QUICK.fit(&sample).expect("a head");
        prop_assert!(leep <= best.log_likelihood + ROUNDING);
        // What the first table certifies holds for the last.
        prop_assert!(best.log_likelihood <= start.log_likelihood + start.gap + ROUNDING);
    }

    #[test]
    fn no_head_is_above_the_certified_bound(case in cases(), seed: u64, max_iterations in 0..30_usize) {
        let head = OptimalHead { max_iterations, ..QUICK }.fit(&case.sample()).expect("a head");
        let upper = head.log_likelihood + head.gap;
        prop_assert!(mean(&case.random_head(seed)) <= upper + ROUNDING);
        // Of the gap, nothing is left to a longer search.
        let longer = OptimalHead { max_iterations: 2 * max_iterations + 5, ..QUICK };
        let longer = longer.fit(&case.sample()).expect("a head");
        prop_assert!(head.log_likelihood <= longer.log_likelihood + ROUNDING);
        prop_assert!(longer.log_likelihood <= upper + ROUNDING);
    }

    #[test]
    fn a_fitted_head_is_a_table_of_distributions_with_the_likelihood_it_states(case in cases()) {
        let sample = case.sample();
        let head = QUICK.fit(&sample).expect("a head");
        let k = case.n_source_classes;
        for z in 0..k {
            let sum: f64 = head.table.iter().skip(z).step_by(k).sum();
            prop_assert!((sum - 1.0).abs() < ROUNDING);
        }
        for (row, &label) in sample.labels().indices().iter().enumerate() {
            let expectation: f64 = case.row(row).iter().zip(&head.table[label * k..]).map(|(p, w)| p * w).sum();
            prop_assert!((expectation.ln() - head.log_likelihoods[row]).abs() < ROUNDING);
        }
        prop_assert!((mean(&head.log_likelihoods) - head.log_likelihood).abs() < ROUNDING);
        prop_assert!(head.gap >= 0.0);
        prop_assert_eq!(head.status == HeadStatus::Converged, head.gap <= QUICK.tolerance);
    }

    #[test]
    fn the_hard_part_cannot_lose_more_than_everything(case in cases(), seed: u64) {
        let log_likelihoods = case.random_head(seed);
        let full = mean(&log_likelihoods);
        let bound = full_to_hard_bound(full, case.fraction()).expect("a bound");
        prop_assert!(mean_over(&log_likelihoods, &case.hard) >= bound - ROUNDING);
        // The samples of least likelihood are below the mean as well.
        let mut by_likelihood: Vec<usize> = (0..log_likelihoods.len()).collect();
        by_likelihood.sort_by(|&i, &j| log_likelihoods[i].total_cmp(&log_likelihoods[j]));
        let least = mean_over(&log_likelihoods, &by_likelihood[..case.hard.len()]);
        prop_assert!(bound - ROUNDING <= least && least <= full + ROUNDING);
    }

    #[test]
    fn the_best_head_of_the_hard_part_beats_that_of_everything(case in cases()) {
        let of_all = QUICK.fit(&case.sample()).expect("a head");
        let of_hard = QUICK.fit(&case.hard_sample()).expect("a head");
        let transferred = mean_over(&of_all.log_likelihoods, &case.hard);
        prop_assert!(of_hard.log_likelihood + of_hard.gap >= transferred - ROUNDING);
        let bound = full_to_hard_bound(of_all.log_likelihood, case.fraction()).expect("a bound");
        prop_assert!(transferred >= bound - ROUNDING);
    }

    #[test]
    fn the_soft_table_at_the_prediction_bounds_leep_and_is_below_nce(case in cases()) {
        let sample = case.hard_sample();
        let bound = leep_lower_bound(&sample).expect("a bound");
        let leep = Leep.score(&sample).expect("LEEP");
        prop_assert!(bound <= leep + ROUNDING);
        let confidence = |&row: &usize| case.row(row).iter().fold(0.0, |p: f64, &q| p.max(q)).ln();
        let confidence = case.hard.iter().map(confidence).sum::<f64>() / case.hard.len() as f64;
        let nce = Nce.score(&sample).expect("NCE");
        prop_assert!(bound - confidence <= nce + ROUNDING);
        // One-hot rows: the soft table is that of frequencies, and one term of each sum is all of it.
        if case.rows.iter().all(|&p| p == 0.0 || p == 1.0) {
            prop_assert!((bound - leep).abs() < ROUNDING && (leep - nce).abs() < ROUNDING);
        }
    }

    #[test]
    fn one_part_scores_at_least_the_nce_of_everything(case in cases()) {
        let (hard, rest) = (case.nce(&case.hard), case.nce(&case.rest));
        golden::assert_close(&[hard], &[Nce.score(&case.hard_sample()).expect("NCE")], 0.0, ROUNDING);
        let all = Nce.score(&case.sample()).expect("NCE");
        let mixed = case.fraction() * hard + (1.0 - case.fraction()) * rest;
        prop_assert!(mixed >= all - ROUNDING);
        prop_assert!(hard.max(rest) >= all - ROUNDING);
    }

    #[test]
    fn the_tables_of_leep_add(case in cases()) {
        let k = case.n_source_classes;
        let masses = |rows: &[usize]| -> Vec<f64> {
            (0..k).map(|z| rows.iter().map(|&row| case.row(row)[z]).sum()).collect()
        };
        let rest = case.sample().select(&case.rest).expect("two classes");
        let [all, hard, rest] = [case.sample(), case.hard_sample(), rest]
            .map(|sample| EmpiricalPredictor::fit(&sample).expect("a predictor"));
        let share = |predictor: &EmpiricalPredictor, class: &i64, z: usize| {
            let row = predictor.classes().binary_search(class).ok();
            row.map_or(0.0, |row| predictor.conditional()[row * k + z])
        };
        let (hard_masses, rest_masses) = (masses(&case.hard), masses(&case.rest));
        for class in all.classes() {
            for z in 0..k {
                let whole = share(&all, class, z) * (hard_masses[z] + rest_masses[z]);
                let parts = share(&hard, class, z) * hard_masses[z] + share(&rest, class, z) * rest_masses[z];
                prop_assert!((whole - parts).abs() < ROUNDING);
            }
        }
    }

    #[test]
    fn weights_are_frequencies(case in cases(), seed: u64) {
        let mut rng = Seed::new(seed).stream("weights", 0);
        let weights: Vec<usize> = (0..case.labels.len()).map(|_| rng.random_range(1..4)).collect();
        let repeated: Vec<usize> = weights.iter().enumerate().flat_map(|(row, &weight)| vec![row; weight]).collect();
        let repeated = case.sample().select(&repeated).expect("two classes");
        let weights: Vec<f64> = weights.iter().map(|&weight| weight as f64).collect();
        let weighted = case.sample().with_weights(&weights).expect("a sample");
        let few = OptimalHead { max_iterations: 5, ..QUICK };
        let [left, right] = [&weighted, &repeated].map(|sample| few.fit(sample).expect("a head"));
        // Five steps enlarge the rounding of the sums.
        prop_assert!((left.log_likelihood - right.log_likelihood).abs() < 1e-10);
        let [left, right] = [&weighted, &repeated].map(|sample| leep_lower_bound(sample).expect("a bound"));
        prop_assert!((left - right).abs() < ROUNDING);
    }
}

#[test]
fn one_source_class_leaves_the_frequencies_of_the_labels() {
    let rows = convert::tensor_from_slice(&[1.0; 4], &[4, 1]).expect("a matrix");
    let sample = Sample::new(Labels::new(&[5, 7, 7, 7]).expect("labels"))
        .with_probabilities(Probabilities::new(rows).expect("probabilities"))
        .expect("a sample");
    let head = OptimalHead::default().fit(&sample).expect("a head");
    golden::assert_close(&head.table, &[0.25, 0.75], 1e-15, 0.0);
    let entropy = -(0.25 * 0.25_f64.ln() + 0.75 * 0.75_f64.ln());
    golden::assert_close(&[head.log_likelihood], &[-entropy], 1e-15, 0.0);
}

#[test]
fn a_source_class_without_mass_keeps_equal_entries() {
    let rows = convert::tensor_from_slice(&[0.9, 0.0, 0.1, 0.2, 0.0, 0.8], &[2, 3]).expect("a matrix");
    let sample = Sample::new(Labels::new(&[0, 1]).expect("labels"))
        .with_probabilities(Probabilities::new(rows).expect("probabilities"))
        .expect("a sample");
    let head = OptimalHead::default().fit(&sample).expect("a head");
    assert_eq!((head.table[1], head.table[4]), (0.5, 0.5));
    // The other two classes pass the rows on: 0.9 and 0.8.
    assert!((head.log_likelihood - 0.72_f64.ln() / 2.0).abs() <= 1e-6);
}

#[test]
fn a_weight_near_the_smallest_number_leaves_a_finite_head() {
    let rows = convert::tensor_from_slice(&[0.25; 12], &[3, 4]).expect("a matrix");
    let sample = Sample::new(Labels::new(&[0, 0, 1]).expect("labels"))
        .with_probabilities(Probabilities::new(rows).expect("probabilities"))
        .and_then(|sample| sample.with_weights(&[1.0, 1.0, 5e-324]))
        .expect("a sample");
    let head = OptimalHead::default().fit(&sample).expect("a head");
    assert_eq!(head.status, HeadStatus::Stalled);
    assert!(head.log_likelihood.is_finite() && head.gap.is_finite());
    assert!(head.log_likelihoods.iter().all(|value| value.is_finite()));
    assert_eq!(leep_lower_bound(&sample).expect("a bound"), f64::NEG_INFINITY);
}

#[test]
fn weights_whose_sum_is_beyond_the_largest_double_are_refused() {
    let sample = Case::new(1, [8, 3, 2], 0.1, Rows::Dense, 0.5).sample();
    let sample = sample.with_weights(&[1e308; 8]).expect("finite weights");
    for error in [
        OptimalHead::default().fit(&sample).map(drop),
        leep_lower_bound(&sample).map(drop),
    ] {
        let error = error.expect_err("an infinite sum").to_string();
        assert_eq!(error, "the sum of the weights is inf: expected a finite number");
    }
}

#[test]
fn parameters_out_of_range_are_refused() {
    let sample = Case::new(1, [8, 3, 2], 0.1, Rows::Dense, 0.5).sample();
    for tolerance in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let head = OptimalHead {
            tolerance,
            ..OptimalHead::default()
        };
        assert!(head.fit(&sample).is_err(), "{tolerance}");
    }
    for fraction in [0.0, -0.5, 1.5, f64::NAN] {
        assert!(full_to_hard_bound(-1.0, fraction).is_err(), "{fraction}");
    }
    for log_likelihood in [0.1, f64::NAN, f64::NEG_INFINITY] {
        assert!(
            full_to_hard_bound(log_likelihood, 0.5).is_err(),
            "{log_likelihood}"
        );
    }
    assert_eq!(full_to_hard_bound(-1.0, 1.0).expect("a bound"), -1.0);
    assert_eq!(full_to_hard_bound(1e-8, 0.5).expect("a bound"), 0.0);
    let labels_only = Sample::new(Labels::new(&[0, 1]).expect("labels"));
    assert!(OptimalHead::default().fit(&labels_only).is_err());
    assert!(leep_lower_bound(&labels_only).is_err());
}

#[test]
fn parameters_survive_serialisation_and_unknown_ones_are_refused() {
    let head: OptimalHead = serde_json::from_str(r#"{"tolerance": 1e-3}"#).expect("parameters");
    assert_eq!((head.tolerance, head.max_iterations), (1e-3, 10_000));
    assert!(serde_json::from_str::<OptimalHead>(r#"{"tol": 1e-3}"#).is_err());
}
