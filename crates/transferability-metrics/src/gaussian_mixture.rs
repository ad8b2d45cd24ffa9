//! A mixture of Gaussians with full covariances, by expectation-maximisation.

use std::f64::consts::TAU;

use tensor_core::{Kind, Tensor, convert, linalg};

use crate::Result;

/// How the mixture is fitted. The names and rules are those of scikit-learn's `GaussianMixture`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GaussianMixture {
    /// Added to the diagonal of every covariance.
    pub(crate) regularization: f64,
    /// The fit has converged when the mean log-likelihood of a row changes by less than this.
    pub(crate) tolerance: f64,
    /// Rounds of expectation-maximisation at most.
    pub(crate) max_iterations: usize,
}

/// A fitted mixture, as it sees the rows it was fitted to.
#[derive(Debug)]
pub(crate) struct MixtureFit {
    /// Probability of each component given each row, `(n, k)`.
    pub(crate) posteriors: Tensor,
    /// Whether the log-likelihood settled within the rounds allowed.
    pub(crate) converged: bool,
    /// Rounds taken.
    pub(crate) iterations: usize,
    /// Mean log-likelihood of a row in the last round.
    pub(crate) lower_bound: f64,
}

/// Mass added to every component, so that an abandoned one has a mean; as scikit-learn.
const EMPTY_COMPONENT_MASS: f64 = 10.0 * f64::EPSILON;

/// Rows whose log-densities are computed at a time: a product of `1024 x d` stays in cache for the usual `d`.
const ROW_BLOCK: i64 = 1024;

impl GaussianMixture {
    /// Fits a mixture to rows `(n, d)`, `f64`, starting from a hard clustering with no empty cluster.
    ///
    /// Maximisation and expectation are done component by component, so memory is `O(n k + d^2)`, not
    /// `O(k d^2)`. A round costs `O(n k d^2)` for the expectation and, once the posteriors are concentrated,
    /// `O(n d^2 + k d^3)` for the maximisation: rows that weigh less in a component than rounding are left out
    /// of it.
    ///
    /// # Errors
    ///
    /// A covariance is singular to rounding (a feature scale against which `regularization` is nothing).
    ///
    /// # Reference
    ///
    /// C. M. Bishop, "Pattern recognition and machine learning", 2006, section 9.2.2.
    pub(crate) fn fit(&self, rows: &Tensor, clusters: &[usize]) -> Result<MixtureFit> {
        let mut posteriors = one_hot(clusters, rows)?;
        let mut lower_bound = f64::NEG_INFINITY;
        let mut converged = false;
        let mut iterations = 0;
        while iterations < self.max_iterations && !converged {
            let (next, mean_log_likelihood) = self.round(rows, &posteriors)?;
            converged = (mean_log_likelihood - lower_bound).abs() < self.tolerance;
            (posteriors, lower_bound) = (next, mean_log_likelihood);
            iterations += 1;
        }
        // The posterior under the parameters that the last posterior gives.
        let (posteriors, _) = self.round(rows, &posteriors)?;
        Ok(MixtureFit {
            posteriors: posteriors.f_tr()?,
            converged,
            iterations,
            lower_bound,
        })
    }

    /// One maximisation and the expectation after it: new posteriors `(k, n)` and the mean log-likelihood.
    fn round(&self, rows: &Tensor, posteriors: &Tensor) -> Result<(Tensor, f64)> {
        let n_components = posteriors.size()[0];
        let mut log_joint = posteriors.f_empty_like()?;
        let mut total_mass = 0.0;
        for component in 0..n_components {
            let members = Members::select(rows, &posteriors.f_get(component)?)?;
            total_mass += members.mass;
            let log_density = members.gaussian(self.regularization)?.log_density(rows)?;
            log_joint
                .f_get(component)?
                .f_copy_(&log_density.f_add_scalar(members.mass.ln())?)?;
        }
        log_joint = log_joint.f_sub_scalar_(total_mass.ln())?;
        let log_likelihoods = log_joint.f_logsumexp([0], true)?;
        let posteriors = log_joint.f_sub_(&log_likelihoods)?.f_exp_()?;
        let values = convert::vector::<f64>("log-likelihoods", &log_likelihoods.f_flatten(0, 1)?)?;
        Ok((posteriors, values.iter().sum::<f64>() / values.len() as f64))
    }
}

/// The rows that a component answers for, with their posteriors.
struct Members {
    /// `(m, d)`.
    rows: Tensor,
    /// `(m, 1)`.
    posteriors: Tensor,
    /// The sum of the posteriors over all rows.
    mass: f64,
}

impl Members {
    fn select(rows: &Tensor, posteriors: &Tensor) -> Result<Self> {
        let values = convert::vector::<f64>("posteriors", posteriors)?;
        let mass = values.iter().sum::<f64>() + EMPTY_COMPONENT_MASS;
        // All that is left out adds up to less than one rounding of the mass.
        let negligible = mass * f64::EPSILON / values.len() as f64;
        let kept: Vec<i64> = (0..values.len() as i64)
            .filter(|&row| values[row as usize] > negligible)
            .collect();
        let posteriors = posteriors.f_unsqueeze(1)?;
        if kept.len() == values.len() {
            return Ok(Self {
                rows: rows.f_detach()?,
                posteriors,
                mass,
            });
        }
        let kept = Tensor::f_from_slice(&kept)?.f_to_device(rows.device())?;
        Ok(Self {
            rows: rows.f_index_select(0, &kept)?,
            posteriors: posteriors.f_index_select(0, &kept)?,
            mass,
        })
    }

    fn gaussian(&self, regularization: f64) -> Result<Gaussian> {
        let weighted = self.rows.f_mul(&self.posteriors)?;
        let mean = weighted
            .f_sum_dim_intlist(0, true, Kind::Double)?
            .f_div_scalar(self.mass)?;
        let deviations = self.rows.f_sub(&mean)?;
        let mut covariance = deviations
            .f_mul(&self.posteriors)?
            .f_tr()?
            .f_matmul(&deviations)?;
        covariance = covariance.f_div_scalar_(self.mass)?;
        let _ = covariance.f_diagonal(0, 0, 1)?.f_add_scalar_(regularization)?;
        let factor = linalg::cholesky(&covariance)?;
        let identity = Tensor::f_eye(factor.size()[0], (Kind::Double, factor.device()))?;
        let whitening = factor
            .f_linalg_solve_triangular(&identity, false, true, false)?
            .f_tr()?;
        let diagonal = convert::vector::<f64>("diagonal", &factor.f_diagonal(0, 0, 1)?)?;
        Ok(Gaussian {
            mean,
            whitening,
            log_volume: diagonal.iter().map(|entry| entry.ln()).sum(),
        })
    }
}

/// A multivariate normal distribution.
struct Gaussian {
    /// `(1, d)`.
    mean: Tensor,
    /// `L^-T` of the covariance `L L^T`: rows times it have unit covariance.
    whitening: Tensor,
    /// `log det L`.
    log_volume: f64,
}

impl Gaussian {
    /// `log N(x; mean, covariance)` of each row, `(n)`.
    fn log_density(&self, rows: &Tensor) -> Result<Tensor> {
        let (n_rows, n_features) = (rows.size()[0], rows.size()[1]);
        let offset = self.mean.f_matmul(&self.whitening)?.f_neg()?;
        let mut blocks = Vec::new();
        for start in (0..n_rows).step_by(ROW_BLOCK as usize) {
            let block = rows.f_narrow(0, start, ROW_BLOCK.min(n_rows - start))?;
            let whitened = offset.f_addmm(&block, &self.whitening)?.f_square_()?;
            blocks.push(whitened.f_sum_dim_intlist(1, false, Kind::Double)?);
        }
        let constant = self.log_volume + 0.5 * n_features as f64 * TAU.ln();
        let squared_distances = Tensor::f_cat(&blocks, 0)?;
        Ok(squared_distances.f_mul_scalar(-0.5)?.f_sub_scalar_(constant)?)
    }
}

/// `(k, n)`: 1 where the row is in the cluster.
fn one_hot(clusters: &[usize], rows: &Tensor) -> Result<Tensor> {
    let index: Vec<i64> = clusters.iter().map(|&cluster| cluster as i64).collect();
    let n_components = index.iter().max().map_or(0, |&last| last + 1);
    let shape = [n_components, index.len() as i64];
    let zeros = Tensor::f_zeros(shape, (Kind::Double, rows.device()))?;
    let index = Tensor::f_from_slice(&index)?
        .f_to_device(rows.device())?
        .f_unsqueeze(0)?;
    Ok(zeros.f_scatter_value(0, &index, 1.0)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use golden::{Golden, assert_close};
    use proptest::prelude::*;
    use tensor_core::{Seed, random};

    /// Some roundings of numbers of order 1.
    const ROUNDING: f64 = 1e-12;

    /// scikit-learn's defaults.
    const DEFAULTS: GaussianMixture = GaussianMixture {
        regularization: 1e-6,
        tolerance: 1e-3,
        max_iterations: 100,
    };

    /// The regularisation is not part of the likelihood, which may fall by its share of the variances (above 1e-2 here).
    const REGULARIZATION_LOSS: f64 = 1e-4;

    fn values(tensor: &Tensor) -> Vec<f64> {
        convert::vector("values", &tensor.flatten(0, -1)).expect("f64")
    }

    #[test]
    fn agrees_with_scikit_learn() -> std::result::Result<(), golden::Error> {
        let golden = Golden::load("tests/golden/n_leep.json")?;
        let (shape, scores) = golden.array("scores")?;
        let rows = convert::tensor_from_slice(&scores, &[shape[0] as i64, shape[1] as i64]).expect("matrix");
        let clusters: Vec<usize> = golden
            .integers("start")?
            .into_iter()
            .map(|cluster| cluster as usize)
            .collect();
        for (name, max_iterations) in [("three", 3), ("converged", 100)] {
            let fit = GaussianMixture {
                max_iterations,
                ..DEFAULTS
            }
            .fit(&rows, &clusters)
            .expect("regular");
            assert_eq!(
                golden.integers(&format!("{name}.iterations"))?,
                [fit.iterations as i64]
            );
            assert_eq!(
                golden.integers(&format!("{name}.has_converged"))?,
                [i64::from(fit.converged)]
            );
            golden.assert_scalar(&format!("{name}.lower_bound"), fit.lower_bound);
            golden.assert_array(&format!("{name}.posteriors"), &values(&fit.posteriors));
        }
        Ok(())
    }

    #[test]
    fn a_density_is_that_of_the_formula() -> Result<()> {
        // Covariance [[2, 1], [1, 2]], determinant 3, about (0, 0); at (1, 0) the squared distance is 2/3.
        let rows = convert::tensor_from_slice(&[1.0, 1.0, -1.0, -1.0, 2.0, -1.0, -2.0, 1.0], &[4, 2])?;
        let members = Members {
            rows,
            posteriors: Tensor::f_ones([4, 1], (Kind::Double, tensor_core::Device::Cpu))?,
            mass: 4.0,
        };
        let gaussian = members.gaussian(0.0)?;
        // The covariance of the four rows is [[2.5, -0.5], [-0.5, 1]], of determinant 2.25.
        let at = convert::tensor_from_slice(&[1.0, 0.0], &[1, 2])?;
        let expected = -0.5 * (1.0 / 2.25) - 0.5 * 2.25_f64.ln() - TAU.ln();
        assert_close(&values(&gaussian.log_density(&at)?), &[expected], ROUNDING, 0.0);
        Ok(())
    }

    #[test]
    fn a_singleton_and_an_abandoned_component_are_regular() -> Result<()> {
        let rows = convert::tensor_from_slice(&[0.0, 0.0, 0.0, 50.0], &[4, 1])?;
        let fit = DEFAULTS.fit(&rows, &[0, 0, 1, 2])?;
        assert!(
            values(&fit.posteriors)
                .iter()
                .all(|posterior| (0.0..=1.0).contains(posterior))
        );
        assert_close(
            &values(&fit.posteriors.f_get(3)?),
            &[0.0, 0.0, 1.0],
            0.0,
            ROUNDING,
        );
        Ok(())
    }

    #[test]
    fn a_scale_that_swamps_the_regularization_is_an_error() {
        // Two rows a cluster on a line: rank one plus 1e-6 against 1e24.
        let rows = convert::tensor_from_slice(&[1e12, 1e12, -1e12, -1e12, 2e12, 2e12, 0.0, 0.0], &[4, 2])
            .expect("matrix");
        let error = DEFAULTS.fit(&rows, &[0, 0, 1, 1]).expect_err("singular");
        assert!(
            matches!(
                error,
                crate::Error::Core(tensor_core::Error::NotPositiveDefinite { .. })
            ),
            "{error}"
        );
    }

    proptest! {
        #[test]
        fn the_likelihood_never_falls_and_posteriors_sum_to_one(seed: u64, n_components in 1_usize..5) {
            let rows = random::normal(&mut Seed::new(seed).stream("rows", 0), &[40, 2], Kind::Double).expect("draws");
            let clusters: Vec<usize> = (0..40).map(|row| row % n_components).collect();
            let mut last = f64::NEG_INFINITY;
            for max_iterations in 1..6 {
                let fit = GaussianMixture { max_iterations, tolerance: 0.0, ..DEFAULTS }.fit(&rows, &clusters).expect("regular");
                prop_assert!(fit.lower_bound >= last - REGULARIZATION_LOSS, "{} after {last}", fit.lower_bound);
                last = fit.lower_bound;
                let sums = fit.posteriors.sum_dim_intlist(1, false, Kind::Double);
                prop_assert!(values(&sums).iter().all(|sum| (sum - 1.0).abs() < ROUNDING));
            }
        }
    }
}
