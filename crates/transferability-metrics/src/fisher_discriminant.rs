//! Fisher discriminant analysis with a shrunk within-class covariance.

use tensor_core::{Kind, Tensor, convert, linalg};

use crate::class_statistics::{class_indices, class_sums, class_weights, feature_gram, total_weight};
use crate::{Degeneracy, Error, Result, Sample};

/// How far the within-class covariance is shrunk towards a multiple of the identity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Shrinkage {
    /// `max(exp(-RATE lambda_max), LEAST)` of the within-class covariance.
    Adaptive,
    /// This much, from 0 to 1.
    Fixed(f64),
}

/// A discriminant fitted to rows: `score_c(x) = x . coefficients_c + intercept_c`.
#[derive(Debug)]
pub(crate) struct Discriminant {
    /// The shrinkage used.
    pub(crate) shrinkage: f64,
    /// Class means, `(C, d)`.
    pub(crate) means: Tensor,
    /// `(d, C)`.
    coefficients: Tensor,
    /// `(1, C)`.
    intercepts: Tensor,
}

/// Decay of the adaptive shrinkage with the largest eigenvalue (Shao et al. 2022).
const RATE: f64 = 5.0;

/// The least adaptive shrinkage (the published code of Shao et al. 2022).
const LEAST: f64 = 1e-10;

/// A within-class variance below this share of the total one is the rounding of the class means.
const ROUNDING_SHARE: f64 = 1e-24;

impl Discriminant {
    /// Fits to rows `(n, d)` of zero mean, which stand for vectors of `n_features` entries in a rotated basis.
    pub(crate) fn fit(
        metric: &'static str,
        sample: &Sample,
        rows: &Tensor,
        n_features: usize,
        shrinkage: Shrinkage,
    ) -> Result<Self> {
        let total = total_weight(sample);
        let weights = Tensor::f_from_slice(&class_weights(sample))?.f_to_device(rows.device())?;
        let means = class_sums(sample, rows)?.f_div(&weights.f_unsqueeze(1)?)?;
        let class_means = means.f_index_select(0, &class_indices(sample.labels(), rows.device())?)?;
        let mut covariance = feature_gram(sample, &rows.f_sub(&class_means)?)?.f_div_scalar_(total)?;

        let trace = convert::vector::<f64>("variances", &covariance.f_diagonal(0, 0, 1)?)?
            .iter()
            .sum::<f64>();
        let between = means
            .f_square()?
            .f_sum_dim_intlist(1, false, Kind::Double)?
            .f_dot(&weights)?;
        if trace <= ROUNDING_SHARE * (trace + between.f_double_value(&[])? / total) {
            return Err(Error::Undefined {
                metric,
                degeneracy: Degeneracy::ConstantWithinClasses,
            });
        }
        let shrinkage = match shrinkage {
            Shrinkage::Fixed(fixed) => fixed,
            Shrinkage::Adaptive => adaptive_shrinkage(&covariance)?,
        };
        covariance = covariance.f_mul_scalar_(1.0 - shrinkage)?;
        let _ = covariance
            .f_diagonal(0, 0, 1)?
            .f_add_scalar_(shrinkage * trace / n_features as f64)?;

        let factor = linalg::cholesky(&covariance)?;
        let coefficients = linalg::cholesky_solve(&factor, &means.f_tr()?)?;
        let quadratic = means
            .f_tr()?
            .f_mul(&coefficients)?
            .f_sum_dim_intlist(0, true, Kind::Double)?;
        let log_priors = weights.f_div_scalar(total)?.f_log()?;
        let intercepts = quadratic.f_mul_scalar(-0.5)?.f_add(&log_priors)?;
        Ok(Self {
            shrinkage,
            means,
            coefficients,
            intercepts,
        })
    }

    /// The probability of each class for each row, `(n, C)`.
    pub(crate) fn probabilities(&self, rows: &Tensor) -> Result<Tensor> {
        Ok(self
            .intercepts
            .f_addmm(rows, &self.coefficients)?
            .f_softmax(1, Kind::Double)?)
    }
}

/// `max(exp(-RATE lambda_max), LEAST)`.
///
/// A few steps of a power iteration bound `lambda_max` from below; only if that leaves room above `LEAST` are the
/// eigenvalues computed.
fn adaptive_shrinkage(covariance: &Tensor) -> Result<f64> {
    /// Enough to separate a leading eigenvalue from the average one.
    const STEPS: usize = 20;
    let mut vector = covariance.f_sum_dim_intlist(1, true, Kind::Double)?;
    for _ in 0..STEPS {
        let squared_norm = vector.f_square()?.f_sum(Kind::Double)?.f_double_value(&[])?;
        let image = covariance.f_matmul(&vector)?;
        let rayleigh_quotient =
            vector.f_mul(&image)?.f_sum(Kind::Double)?.f_double_value(&[])? / squared_norm;
        if (-RATE * rayleigh_quotient).exp() < LEAST {
            return Ok(LEAST);
        }
        vector = image;
    }
    let eigenvalues = convert::vector::<f64>("eigenvalues", &linalg::eigvalsh(covariance)?)?;
    let largest = eigenvalues.last().copied().unwrap_or_default();
    Ok((-RATE * largest).exp().max(LEAST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use golden::assert_close;

    /// An eigenvalue of a 2 x 2 matrix, times 5, in an exponent.
    const RTOL: f64 = 1e-14;

    fn shrinkage(entries: [f64; 4]) -> f64 {
        let covariance = convert::tensor_from_slice(&entries, &[2, 2]).expect("matrix");
        adaptive_shrinkage(&covariance).expect("finite")
    }

    #[test]
    fn the_largest_eigenvalue_sets_the_shrinkage() {
        assert_close(&[shrinkage([0.5, 0.0, 0.0, 0.2])], &[(-2.5_f64).exp()], RTOL, 0.0);
        // The row sums are an eigenvector of the smaller eigenvalue, 1; the other is 3.
        assert_close(
            &[shrinkage([2.0, -1.0, -1.0, 2.0])],
            &[(-15.0_f64).exp()],
            RTOL,
            0.0,
        );
        assert_eq!(shrinkage([0.0; 4]), 1.0);
    }

    #[test]
    fn the_shrinkage_has_a_floor() {
        // log(1e10) / 5 = 4.6052.
        assert_close(
            &[shrinkage([4.6, 0.0, 0.0, 0.1])],
            &[(-23.0_f64).exp()],
            RTOL,
            0.0,
        );
        assert_eq!(shrinkage([4.61, 0.0, 0.0, 0.1]), LEAST);
        // Seen by no step that starts from the row sums.
        assert_eq!(shrinkage([10.0, -10.0, -10.0, 10.0]), LEAST);
        assert_eq!(shrinkage([1e300, 0.0, 0.0, 1e-300]), LEAST);
    }
}
