//! PARC: pairwise annotation representation comparison.

use serde::{Deserialize, Serialize};
use tensor_core::{Kind, Seed, Tensor, check, convert};

use crate::class_statistics::centred;
use crate::pca::{Components, principal_scores};
use crate::stratified::stratified_rows;
use crate::{Degeneracy, Error, Labels, Metric, Requirement, Result, Sample};

/// The rank correlation, times 100, between distances of features and of labels over pairs of samples.
///
/// ```text
/// PARC = 100 Spearman( d_ij, l_ij ) over pairs i < j
///
/// d_ij = 1 - Pearson(x_i, x_j)      x_i   feature vector i, each feature standardised over the sample
/// l_ij = 1 - Pearson(e_i, e_j)      e_i   one-hot label of sample i
/// ```
///
/// In [-100, 100]. The features are first reduced to their leading principal components. Ties have the average of
/// their ranks. The `l_ij` have two values only, one for pairs within a class and one for pairs across, so all that
/// is needed of the ranks of the `d_ij` is their sum over the pairs within. Distances that differ by less than 2^-40
/// count as equal: with few components many correlations are exactly 1 or -1 but for rounding.
///
/// The standardised score of a row depends on the signs of the principal components, since the Pearson correlation of
/// two rows subtracts their means; the signs are scikit-learn's (largest loading positive). The original code reduces
/// by a randomised PCA, this one by an exact one, and lets rounding in `np.corrcoef` break the ties between pairs
/// across three classes or more.
///
/// | name | default | meaning | range | source |
/// |---|---|---|---|---|
/// | `n_components` | 32 | principal components kept; `None` keeps the features as they are | 1 or more | the authors' `demo.py` |
/// | `max_samples` | 5000 | a larger sample is reduced to a stratified random subset; `None` takes all | 2 or more | memory: 100 MB for the pairs |
/// | `seed` | 0 | seed of the subset | any | – |
///
/// Weights are not taken: pairs of copies of a row would have to be weighed apart from pairs of the row with others.
///
/// # Shapes
///
/// Reads the features `(n, d)`.
///
/// # Errors
///
/// [`Error::Undefined`] if no two samples share a class, if all pairs are equally far apart, or if the standardised
/// entries of a row are all equal (always so with a single feature).
///
/// # Complexity
///
/// The principal components, then `O(n^2 (k + log n))` time and `O(n^2)` memory for `k` of them.
///
/// # Reference
///
/// Bolya, Mittapalli, Hoffman, *Scalable Diverse Model Selection for Accessible Transfer Learning*, Advances in Neural
/// Information Processing Systems 34, 2021, arXiv:2111.06977.
///
/// # Examples
///
/// ```
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Features, Labels, Metric, Parc, Sample};
///
/// // Within a class the correlation is 1, across classes -1.
/// let features = Features::new(tensor_from_slice(&[1.0, 0.0, 2.0, 0.0, 0.0, 1.0, 0.0, 2.0], &[4, 2])?)?;
/// let sample = Sample::new(Labels::new(&[0, 0, 1, 1])?).with_features(features)?;
/// let metric = Parc { n_components: None, ..Parc::default() };
/// assert!((metric.score(&sample)? - 100.0).abs() < 1e-12);
/// # Ok::<(), transferability_metrics::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Parc {
    /// Principal components kept; `None` keeps the features as they are.
    pub n_components: Option<usize>,
    /// A larger sample is reduced to a stratified random subset of this size; `None` takes all rows.
    pub max_samples: Option<usize>,
    /// Seed of the subset.
    pub seed: Seed,
}

impl Default for Parc {
    fn default() -> Self {
        Self {
            n_components: Some(32),
            max_samples: Some(5000),
            seed: Seed::new(0),
        }
    }
}

/// Distances are whole multiples of one over this; rounding moves them by some 1e-15.
const DISTANCE_STEPS: f64 = (1_u64 << 40) as f64;

/// A standardised row whose entries deviate less than this from their mean is constant.
const ROW_SPREAD: f64 = 1e-12;

/// Rows whose correlations with all others are computed at a time.
const ROW_BLOCK: usize = 256;

impl Parc {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// A parameter outside the range that the table gives.
    ///
    /// # Examples
    ///
    /// ```
    /// use transferability_metrics::Parc;
    ///
    /// let error = Parc { max_samples: Some(1), ..Parc::default() }.validate().unwrap_err();
    /// assert_eq!(error.to_string(), "max_samples is 1: expected 2 or more");
    /// ```
    pub fn validate(&self) -> Result<()> {
        if let Some(count) = self.n_components {
            check::parameter("n_components", count >= 1, "1 or more", count)?;
        }
        if let Some(size) = self.max_samples {
            check::parameter("max_samples", size >= 2, "2 or more", size)?;
        }
        Ok(())
    }

    fn undefined(&self, degeneracy: Degeneracy) -> Error {
        Error::Undefined {
            metric: self.name(),
            degeneracy,
        }
    }

    /// The standardised features of the subset, each row less its mean and over its norm.
    fn unit_rows(&self, sample: &Sample, row_numbers: &[usize]) -> Result<Tensor> {
        let features = match self.n_components {
            Some(count) => principal_scores(sample, Components::Count(count))?,
            None => centred(sample)?,
        };
        let deviations = features.f_square()?.f_mean_dim(0, true, Kind::Double)?.f_sqrt()?;
        check::finite("standard deviations", &deviations)?;
        // A constant feature stays zero.
        let scale = deviations.f_where_self(&deviations.f_gt(0.0)?, &deviations.f_ones_like()?)?;
        let rows = features.f_div(&scale)?;
        let rows = rows.f_sub(&rows.f_mean_dim(1, true, Kind::Double)?)?;
        let norms = rows
            .f_square()?
            .f_sum_dim_intlist(1, true, Kind::Double)?
            .f_sqrt()?;
        let smallest = ROW_SPREAD * (rows.size()[1] as f64).sqrt();
        let norm_values = convert::vector::<f64>("norms", &norms.f_flatten(0, 1)?)?;
        if let Some(position) = norm_values.iter().position(|&norm| norm <= smallest) {
            return Err(self.undefined(Degeneracy::ConstantRow {
                row: row_numbers[position],
            }));
        }
        Ok(rows.f_div(&norms)?)
    }
}

impl Metric for Parc {
    fn name(&self) -> &'static str {
        "parc"
    }

    fn requires(&self) -> Requirement {
        Requirement::Features
    }

    fn takes_weights(&self) -> bool {
        false
    }

    fn score(&self, sample: &Sample) -> Result<f64> {
        self.validate()?;
        sample.refuse_weights(self.name())?;
        let size = self.max_samples.unwrap_or(sample.n_samples());
        let rows = stratified_rows(sample.labels(), size, self.seed);
        let subset = sample.select(&rows)?;
        let labels = subset.labels();
        if labels.counts().iter().all(|&count| count < 2) {
            return Err(self.undefined(Degeneracy::NoPairWithinClass));
        }
        let mut distances = PairDistances::of(&self.unit_rows(&subset, &rows)?, labels)?;
        let correlation = distances
            .spearman()
            .ok_or_else(|| self.undefined(Degeneracy::EqualDistances))?;
        Ok(100.0 * correlation)
    }
}

/// Distances of pairs of rows, in steps of `1 / DISTANCE_STEPS`.
struct PairDistances {
    within_class: Vec<u64>,
    across_classes: Vec<u64>,
}

impl PairDistances {
    /// The distances of all pairs of rows of zero mean and unit norm.
    fn of(unit_rows: &Tensor, labels: &Labels) -> Result<Self> {
        let n_rows = labels.len();
        let classes = labels.indices();
        let n_within: usize = labels.counts().iter().map(|&count| count * (count - 1) / 2).sum();
        let mut within_class = Vec::with_capacity(n_within);
        let mut across_classes = Vec::with_capacity(n_rows * (n_rows - 1) / 2 - n_within);
        let mut correlations = vec![0.0; ROW_BLOCK.min(n_rows) * n_rows];
        for start in (0..n_rows).step_by(ROW_BLOCK) {
            let n_block = ROW_BLOCK.min(n_rows - start);
            let block = unit_rows
                .f_narrow(0, start as i64, n_block as i64)?
                .f_matmul(&unit_rows.f_tr()?)?;
            block.f_copy_data(&mut correlations, n_block * n_rows)?;
            for (offset, row) in correlations[..n_block * n_rows].chunks_exact(n_rows).enumerate() {
                let i = start + offset;
                for (&correlation, class) in row[i + 1..].iter().zip(&classes[i + 1..]) {
                    let distance =
                        ((1.0 - f64::clamp(correlation, -1.0, 1.0)) * DISTANCE_STEPS).round() as u64;
                    if *class == classes[i] {
                        within_class.push(distance);
                    } else {
                        across_classes.push(distance);
                    }
                }
            }
        }
        Ok(Self {
            within_class,
            across_classes,
        })
    }

    /// Spearman correlation of the distances with the variable that is 0 within classes and 1 across; `None` if all
    /// distances are equal. Sorts the distances.
    ///
    /// ```text
    /// rho = ( A (M + 1)/2 - S ) / sqrt( V A B / M ),     V = (M^3 - M - sum_t (t^3 - t)) / 12
    ///
    /// A, B   number of pairs within and across, M = A + B       S   sum of the ranks of the pairs within
    /// t      sizes of the groups of equal distances
    /// ```
    fn spearman(&mut self) -> Option<f64> {
        self.within_class.sort_unstable();
        self.across_classes.sort_unstable();
        let (within, across) = (&self.within_class[..], &self.across_classes[..]);
        // Exact integers: twice the sum of ranks, and the sum of t^3 - t.
        let (mut twice_rank_sum, mut tie_sum) = (0_u128, 0_u128);
        let (mut i, mut j) = (0, 0);
        while i < within.len() || j < across.len() {
            let value = match (within.get(i), across.get(j)) {
                (Some(&a), Some(&b)) => a.min(b),
                (Some(&only), None) | (None, Some(&only)) => only,
                (None, None) => break,
            };
            let n_before = i + j;
            let n_within = leading_equal(&within[i..], value);
            let n_tied = n_within + leading_equal(&across[j..], value);
            twice_rank_sum += n_within as u128 * (2 * n_before + n_tied + 1) as u128;
            tie_sum += cube_less_itself(n_tied);
            i += n_within;
            j += n_tied - n_within;
        }
        let n_pairs = within.len() + across.len();
        let twelve_variances = cube_less_itself(n_pairs) - tie_sum;
        if twelve_variances == 0 {
            return None;
        }
        let twice_expected = within.len() as u128 * (n_pairs as u128 + 1);
        let gap = if twice_expected >= twice_rank_sum {
            (twice_expected - twice_rank_sum) as f64
        } else {
            -((twice_rank_sum - twice_expected) as f64)
        };
        let indicator_variance = within.len() as f64 * across.len() as f64 / n_pairs as f64;
        Some(gap / 2.0 / (twelve_variances as f64 / 12.0 * indicator_variance).sqrt())
    }
}

fn leading_equal(sorted: &[u64], value: u64) -> usize {
    sorted.iter().take_while(|&&entry| entry == value).count()
}

/// `t^3 - t`.
fn cube_less_itself(t: usize) -> u128 {
    let t = t as u128;
    t * t * t - t
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tensor_core::numeric;

    /// Sums of squares of ranks below 60, in two orders.
    const ATOL: f64 = 1e-13;

    proptest! {
        #[test]
        fn agrees_with_spearman_of_the_pairs(
            within in prop::collection::vec(0_u64..9, 1..30),
            across in prop::collection::vec(0_u64..9, 1..30),
        ) {
            let distances: Vec<f64> = within.iter().chain(&across).map(|&distance| distance as f64).collect();
            let indicator: Vec<f64> =
                (0..distances.len()).map(|pair| f64::from(u8::from(pair >= within.len()))).collect();
            let expected = numeric::spearman(&distances, &indicator).expect("equal lengths");
            let actual = PairDistances { within_class: within, across_classes: across }.spearman();
            match (actual, expected) {
                (Some(actual), Some(expected)) => prop_assert!((actual - expected).abs() < ATOL),
                (actual, expected) => prop_assert_eq!(actual, expected),
            }
        }
    }
}
