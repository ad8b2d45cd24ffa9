//! SFDA: self-challenging Fisher discriminant analysis.

use serde::{Deserialize, Serialize};
use tensor_core::{Kind, Tensor, check, convert};

use crate::class_statistics::{centred, class_indices, total_weight};
use crate::fisher_discriminant::{Discriminant, Shrinkage};
use crate::pca::{Components, principal_scores};
use crate::{Metric, Requirement, Result, Sample};

/// The mean probability that a regularised Fisher discriminant gives to the true class, after the samples it was sure
/// of have been moved towards the other classes.
///
/// ```text
/// 1. p = FDA(x, y)                               discriminant probabilities, (n, C)
/// 2. q_i = exp(p_i,y_i) / sum_c exp(p_ic)        confidence: a second softmax, on the probabilities
/// 3. x'_i = q_i x_i + (1 - q_i) o_y_i            ConfMix; o_c is the mean of the means of the other classes
/// 4. SFDA = mean_i p'_i,y_i,   p' = FDA(x', y)   with the shrinkage of step 1
///
/// FDA: softmax over c of  x A^-1 m_c - 1/2 m_c A^-1 m_c + log(n_c/n),   A = (1 - s) S_w + s (tr S_w / d) I
///
/// m_c   class means       S_w   within-class covariance, divisor n       s   shrinkage
/// ```
///
/// Between 0 and 1. The published code finds the eigenvectors `U` of the between-class against the within-class covariance
/// and projects on all of them. They satisfy `U^T A U = I`, so `U U^T = A^-1`, and the discriminant needs no
/// eigenvectors: one Cholesky factorisation and a solve for each class give the same probabilities.
///
/// | name | default | meaning | range | source |
/// |---|---|---|---|---|
/// | `shrinkage` | `None` | shrinkage `s`; `None` is `max(exp(-5 lambda_max(S_w)), 1e-10)` | `[0, 1]` | the authors' code |
///
/// The published code takes `lambda_max` from three steps of a power iteration, which falls short of it by as much as
/// some percent where the leading eigenvalues are close; here it is exact. Give the code's shrinkage to reproduce its
/// score.
///
/// # Shapes
///
/// Reads the features `(n, d)`. Takes weights. With `d > n` the features are first rotated into the at most `n`
/// dimensions that they span, which changes nothing else.
///
/// # Errors
///
/// [`Error::Undefined`](crate::Error::Undefined) if the features are constant within every class. A `shrinkage` of 0
/// with a singular `S_w` is an error of the factorisation.
///
/// # Complexity
///
/// `O(n m^2 + m^3)` for `m = min(n, d)`: two Gram matrices, two Cholesky factorisations, and the eigenvalues of
/// `S_w` where the bound `lambda_max > 4.6` at which the shrinkage is 1e-10 is not seen otherwise.
///
/// # Reference
///
/// Shao et al., *Not All Models Are Equal: Predicting Model Transferability in a Self-challenging Fisher Space*, ECCV
/// 2022, arXiv:2207.03036.
///
/// # Examples
///
/// ```
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Features, Labels, Metric, Sample, Sfda};
///
/// // Two classes with the same features: the discriminant can only give the prior, 1/2.
/// let features = Features::new(tensor_from_slice(&[0.0, 1.0, 0.0, 1.0], &[4, 1])?)?;
/// let sample = Sample::new(Labels::new(&[0, 0, 1, 1])?).with_features(features)?;
/// assert!((Sfda::default().score(&sample)? - 0.5).abs() < 1e-15);
/// # Ok::<(), transferability_metrics::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sfda {
    /// Shrinkage of the within-class covariance towards a multiple of the identity; `None` adapts it to the features.
    pub shrinkage: Option<f64>,
}

impl Sfda {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// `shrinkage` is not between 0 and 1.
    ///
    /// # Examples
    ///
    /// ```
    /// use transferability_metrics::Sfda;
    ///
    /// let error = Sfda { shrinkage: Some(1.5) }.validate().unwrap_err();
    /// assert_eq!(error.to_string(), "shrinkage is 1.5: expected a number from 0 to 1");
    /// ```
    pub fn validate(&self) -> Result<()> {
        self.shrinkage.map_or(Ok(()), |shrinkage| {
            Ok(check::unit_interval("shrinkage", shrinkage)?)
        })
    }
}

impl Metric for Sfda {
    fn name(&self) -> &'static str {
        "sfda"
    }

    fn requires(&self) -> Requirement {
        Requirement::Features
    }

    fn takes_weights(&self) -> bool {
        true
    }

    fn score(&self, sample: &Sample) -> Result<f64> {
        self.validate()?;
        let n_features = sample.features()?.n_features();
        let rows = if n_features > sample.n_samples() {
            principal_scores(sample, Components::Count(sample.n_samples()))?
        } else {
            centred(sample)?
        };
        let shrinkage = self.shrinkage.map_or(Shrinkage::Adaptive, Shrinkage::Fixed);
        let first = Discriminant::fit(self.name(), sample, &rows, n_features, shrinkage)?;
        let mixed = confidence_mix(sample, &rows, &first)?;
        let second = Discriminant::fit(
            self.name(),
            sample,
            &mixed,
            n_features,
            Shrinkage::Fixed(first.shrinkage),
        )?;
        let own = own_class(sample, &second.probabilities(&mixed)?)?;
        let own = convert::vector::<f64>("probabilities", &own.f_flatten(0, 1)?)?;
        let sum: f64 = match sample.weights() {
            Some(weights) => own
                .iter()
                .zip(weights)
                .map(|(probability, weight)| probability * weight)
                .sum(),
            None => own.iter().sum(),
        };
        Ok(sum / total_weight(sample))
    }
}

/// Step 3: each row moved towards the mean of the other classes, the more so the less its own class is believed.
fn confidence_mix(sample: &Sample, rows: &Tensor, discriminant: &Discriminant) -> Result<Tensor> {
    let confidence = own_class(
        sample,
        &discriminant.probabilities(rows)?.f_softmax(1, Kind::Double)?,
    )?;
    let means = &discriminant.means;
    let n_others = means.size()[0] - 1;
    let others = means
        .f_sum_dim_intlist(0, true, Kind::Double)?
        .f_sub(means)?
        .f_div_scalar(n_others)?;
    let mut mixed = others.f_index_select(0, &class_indices(sample.labels(), rows.device())?)?;
    // o + q (x - o)
    let gap = rows.f_sub(&mixed)?.f_mul_(&confidence)?;
    Ok(mixed.f_add_(&gap)?)
}

/// The entry of each row that belongs to the row's own class, `(n, 1)`.
fn own_class(sample: &Sample, of_classes: &Tensor) -> Result<Tensor> {
    let classes = class_indices(sample.labels(), of_classes.device())?.f_unsqueeze(1)?;
    Ok(of_classes.f_gather(1, &classes, false)?)
}
