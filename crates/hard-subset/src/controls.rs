//! Random and easy subsets: what a hard one is to be compared with.

use serde::{Deserialize, Serialize};
use tensor_core::progress::{self, Progress};
use tensor_core::{Seed, check, numeric};
use transferability_metrics::{Metric, Sample};

use crate::{Hardness, Haste, HasteScore, Result};

/// Random subsets to compare a hard one with.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Controls {
    /// Random subsets, at least 2. A hundred give the standard deviation to about 7 %.
    pub n_draws: usize,
    /// Of the draws.
    pub seed: Seed,
}

/// Scores on random and easy subsets of the same size and balance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlScores {
    /// The score on each random subset.
    pub random: Vec<f64>,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation, with `n - 1`.
    pub standard_deviation: f64,
    /// The score on the easiest samples.
    pub easy: f64,
    /// `(hard - mean) / standard deviation`; nothing if all random subsets score alike.
    pub z: Option<f64>,
    /// The share of the `n + 1` scores, the hard subset's among them, that are at least as far from the mean of all as the hard
    /// subset's: a two-sided p-value that assumes no distribution. At least `1 / (n + 1)`.
    pub p_value: f64,
}

impl Controls {
    /// Scores `n_draws` random subsets and the easy one, for the subset whose score is `hard`.
    ///
    /// A score that lies far from those of random subsets says that these samples are special to the metric. It does not say
    /// that the score ranks networks better.
    ///
    /// # Errors
    ///
    /// Fewer than 2 draws, an error of a score, or a cancellation.
    ///
    /// # Examples
    ///
    /// ```
    /// use hard_subset::{Controls, Hardness, Haste, SubsetSpec};
    /// use tensor_core::convert::tensor_from_slice;
    /// use tensor_core::{Seed, progress::Silent};
    /// use transferability_metrics::{Features, HScore, Labels, Sample};
    ///
    /// let features = tensor_from_slice(&[0.0, 2.0, 9.0, 2.0, 4.0, 1.0], &[6, 1])?;
    /// let sample = Sample::new(Labels::new(&[0, 0, 0, 1, 1, 1])?).with_features(Features::new(features)?)?;
    /// let hardness = Hardness::new(vec![3.0, 2.0, 1.0, 3.0, 2.0, 1.0])?;
    /// let haste = Haste { metric: HScore, subset: SubsetSpec::default() };
    /// let hard = haste.score(&sample, &hardness)?;
    /// let controls = Controls { n_draws: 100, seed: Seed::new(0) };
    /// let scores = controls.of(&haste, &sample, &hardness, &hard, &mut Silent)?;
    /// assert_eq!(scores.random.len(), 100);
    /// // The easiest have class means 5.5 and 2.5: between-class variance 2.25 of a total of 9.5.
    /// assert!((scores.easy - 2.25 / 9.5).abs() < 1e-15);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of<M: Metric>(
        &self,
        haste: &Haste<M>,
        sample: &Sample,
        hardness: &Hardness,
        hard: &HasteScore,
        progress: &mut dyn Progress,
    ) -> Result<ControlScores> {
        const TASK: &str = "scoring random subsets";
        check::parameter("n_draws", self.n_draws >= 2, "2 or more", self.n_draws)?;
        let score = |hardness: &Hardness| -> Result<f64> {
            let subset = haste.select(sample, hardness)?;
            haste.score_given_base(sample, &subset, hard.base_score)
        };
        progress.begin(TASK, Some(self.n_draws as u64));
        let mut random = Vec::new();
        for draw in 0..self.n_draws as u64 {
            progress::check(progress, TASK, draw)?;
            random.push(score(&Hardness::random(sample.n_samples(), self.seed, draw)?)?);
            progress.advance(1);
        }
        progress.end();
        let moments = numeric::Moments::of(&random)?;
        // Two draws or more have both.
        let (mean, variance) = moments.mean().zip(moments.sample_variance()).unwrap_or_default();
        let standard_deviation = variance.sqrt();
        let n_scores = (random.len() + 1) as f64;
        let centre = mean + (hard.score - mean) / n_scores;
        let distance = (hard.score - centre).abs();
        let n_as_far = random
            .iter()
            .filter(|&&score| (score - centre).abs() >= distance)
            .count();
        Ok(ControlScores {
            easy: score(&hardness.easy())?,
            z: (standard_deviation > 0.0).then(|| (hard.score - mean) / standard_deviation),
            p_value: (1 + n_as_far) as f64 / n_scores,
            random,
            mean,
            standard_deviation,
        })
    }
}
