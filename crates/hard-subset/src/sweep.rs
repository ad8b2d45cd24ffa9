//! One metric on nested subsets: all fractions in one pass.

use tensor_core::check;
use transferability_metrics::{Metric, NestedRows, Sample};

use crate::haste::{Haste, HasteScore, Spread};
use crate::{Error, Hardness, Result, Subset};

impl<M: Metric> Haste<M> {
    /// Scores the hardest samples for each of several fractions kept, given in ascending order.
    ///
    /// A smaller subset is part of a larger one, so the metric carries its sums from one to the next
    /// ([`Metric::score_nested`]). Scores agree with those of [`score`](Self::score) up to rounding; where everything is
    /// kept, to the last bit. The size in [`subset`](Self::subset) is not read. With a trimmed share the subsets are nested too.
    ///
    /// # Errors
    ///
    /// No fraction, or fractions that do not ascend strictly; [`Error::AtFraction`] for the first whose subset cannot be
    /// chosen or is too small, before anything is scored; an error of the metric.
    ///
    /// # Examples
    ///
    /// ```
    /// use hard_subset::{Hardness, Haste, SubsetSpec};
    /// use tensor_core::convert::tensor_from_slice;
    /// use transferability_metrics::{Features, HScore, Labels, Sample};
    ///
    /// let features = tensor_from_slice(&[0.0, 2.0, 9.0, 2.0, 4.0, 1.0], &[6, 1])?;
    /// let sample = Sample::new(Labels::new(&[0, 0, 0, 1, 1, 1])?).with_features(Features::new(features)?)?;
    /// let hardness = Hardness::new(vec![3.0, 2.0, 1.0, 3.0, 2.0, 1.0])?;
    /// let haste = Haste { metric: HScore, subset: SubsetSpec::default() };
    /// let scores = haste.sweep(&sample, &hardness, &[0.5, 1.0])?;
    /// // Two of each class: class means 1 and 3, between-class variance 1 of a total of 2.
    /// assert!((scores[0].score - 0.5).abs() < 1e-15);
    /// assert_eq!(scores[1].score, scores[1].base_score);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sweep(&self, sample: &Sample, hardness: &Hardness, fractions: &[f64]) -> Result<Vec<HasteScore>> {
        check::at_least("fractions", fractions.len(), 1)?;
        if let Some(index) = (1..fractions.len()).find(|&index| fractions[index] <= fractions[index - 1]) {
            return Err(Error::Fractions {
                index,
                fraction: fractions[index],
                before: fractions[index - 1],
            });
        }
        let subsets = fractions
            .iter()
            .map(|&fraction| {
                let haste = Haste {
                    metric: &self.metric,
                    subset: self.subset.with_fraction(fraction),
                };
                haste
                    .select(sample, hardness)
                    .map_err(|source| Error::AtFraction {
                        fraction,
                        source: Box::new(source),
                    })
            })
            .collect::<Result<Vec<_>>>()?;
        let (nested_scores, base_score) = self.nested_scores(sample, &subsets)?;
        let spread = Spread::of(hardness)?;
        Ok(subsets
            .iter()
            .map(|subset| {
                let stage = nested_scores
                    .iter()
                    .find(|&&(n_kept, _)| n_kept == subset.n_kept());
                let score = stage.map_or(base_score, |&(_, score)| score);
                self.result(&spread, subset, score, base_score)
            })
            .collect())
    }

    /// Size and score of each distinct subset, and the score of the whole sample: the last stage, so that what a metric takes
    /// from the whole is taken once.
    fn nested_scores(&self, sample: &Sample, subsets: &[Subset]) -> Result<(Vec<(usize, f64)>, f64)> {
        let mut order: Vec<usize> = Vec::new();
        let mut lengths: Vec<usize> = Vec::new();
        let mut is_in = vec![false; sample.n_samples()];
        for subset in subsets
            .iter()
            .filter(|subset| subset.n_kept() < sample.n_samples())
        {
            for &row in subset.rows() {
                if !std::mem::replace(&mut is_in[row], true) {
                    order.push(row);
                }
            }
            if lengths.last() != Some(&order.len()) {
                lengths.push(order.len());
            }
        }
        if lengths.is_empty() {
            return Ok((Vec::new(), self.metric.score(sample)?));
        }
        order.extend((0..sample.n_samples()).filter(|&row| !is_in[row]));
        lengths.push(sample.n_samples());
        let nested = NestedRows::new(order, lengths.clone())?;
        let mut scores = self.metric.score_nested(sample, &nested)?;
        let base_score = match scores.pop() {
            Some(score) => score,
            None => self.metric.score(sample)?,
        };
        Ok((lengths.into_iter().zip(scores).collect(), base_score))
    }
}
