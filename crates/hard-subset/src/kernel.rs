//! How alike two vectors are.

use serde::{Deserialize, Serialize};
use tensor_core::check;

use crate::Result;
use crate::unit_rows::LEAST_NORM;

/// A similarity of two vectors, larger the more alike they are.
///
/// ```text
/// Cosine      <x, y> / (||x|| ||y||)          0 if either norm is below 1e-12
/// Euclidean   -||x - y||
/// Rbf         exp(-||x - y||^2 / (2 s^2))     s  bandwidth
/// ```
///
/// # Examples
///
/// ```
/// use hard_subset::Kernel;
///
/// let (x, y) = ([3.0, 4.0], [3.0, 0.0]);
/// assert_eq!(Kernel::Cosine.similarity(&x, &y)?, 0.6);
/// assert_eq!(Kernel::Euclidean.similarity(&x, &y)?, -4.0);
/// assert_eq!(Kernel::Rbf { bandwidth: 4.0 }.similarity(&x, &y)?, (-0.5_f64).exp());
/// # Ok::<(), hard_subset::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Kernel {
    /// The cosine of the angle between the vectors, -1 to 1: their lengths do not matter.
    #[default]
    Cosine,
    /// The distance of the vectors, with its sign turned: 0 at most.
    Euclidean,
    /// The radial basis function, 0 to 1.
    Rbf {
        /// The distance at which the similarity is `exp(-1/2)`, above 0.
        bandwidth: f64,
    },
}

impl Kernel {
    /// The similarity of two vectors.
    ///
    /// The sums are taken in an order that the number of channels alone decides.
    ///
    /// # Errors
    ///
    /// A bandwidth that is not a finite number above 0; vectors of different lengths, with an entry that is not finite, or
    /// so long that a square overflows.
    pub fn similarity(self, x: &[f64], y: &[f64]) -> Result<f64> {
        self.validate()?;
        check::same_length("x", x.len(), "y", y.len())?;
        require_squares("x", x)?;
        require_squares("y", y)?;
        Ok(self.of(x, y))
    }

    pub(crate) fn validate(self) -> Result<()> {
        if let Self::Rbf { bandwidth } = self {
            check::positive("bandwidth", bandwidth)?;
        }
        Ok(())
    }

    /// [`similarity`](Self::similarity) of a valid kernel and vectors of one length.
    pub(crate) fn of(self, x: &[f64], y: &[f64]) -> f64 {
        match self {
            Self::Cosine => cosine(x, y),
            Self::Euclidean => -sum(x, y, |x, y| (x - y) * (x - y)).sqrt(),
            Self::Rbf { bandwidth } => {
                let scaled = sum(x, y, |x, y| (x - y) * (x - y)).sqrt() / bandwidth;
                (-0.5 * scaled * scaled).exp()
            }
        }
    }
}

/// An error unless the squared distance to any vector no longer than this one is finite: it is four squared norms at most.
fn require_squares(what: &str, vector: &[f64]) -> Result<()> {
    let bound = 4.0 * sum(vector, vector, |x, y| x * y);
    if bound.is_finite() {
        return Ok(());
    }
    Err(tensor_core::Error::NonFinite {
        what: format!("the squared norm of {what}"),
        index: Vec::new(),
        value: bound,
    }
    .into())
}

fn cosine(x: &[f64], y: &[f64]) -> f64 {
    let (x_norm, y_norm) = (sum(x, x, |x, y| x * y).sqrt(), sum(y, y, |x, y| x * y).sqrt());
    if x_norm < LEAST_NORM || y_norm < LEAST_NORM {
        return 0.0;
    }
    sum(x, y, |x, y| x * y) / x_norm / y_norm
}

/// The sum of a term for each pair of entries, in lanes, so that the compiler can vectorise it.
fn sum(x: &[f64], y: &[f64], term: impl Fn(f64, f64) -> f64) -> f64 {
    const LANES: usize = 8;
    let mut lanes = [0.0; LANES];
    let ((x_chunks, x_rest), (y_chunks, y_rest)) = (x.as_chunks::<LANES>(), y.as_chunks::<LANES>());
    for (x, y) in x_chunks.iter().zip(y_chunks) {
        for lane in 0..LANES {
            lanes[lane] += term(x[lane], y[lane]);
        }
    }
    for ((lane, &x), &y) in lanes.iter_mut().zip(x_rest).zip(y_rest) {
        *lane += term(x, y);
    }
    lanes.iter().sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_zero_vector_is_like_nothing() {
        for tiny in [0.0, 1e-13] {
            assert_eq!(Kernel::Cosine.of(&[tiny, 0.0], &[1.0, 1.0]), 0.0);
            assert_eq!(Kernel::Cosine.of(&[1.0, 1.0], &[tiny, 0.0]), 0.0);
        }
        assert_eq!(Kernel::Cosine.of(&[1e-11, 0.0], &[1.0, 0.0]), 1.0);
    }

    #[test]
    fn what_cannot_be_compared_is_refused() {
        for bandwidth in [0.0, -0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Kernel::Rbf { bandwidth }.similarity(&[1.0], &[1.0]).is_err());
        }
        assert!(Kernel::Cosine.similarity(&[1.0], &[1.0, 2.0]).is_err());
        for entry in [f64::NAN, f64::INFINITY, -1e200] {
            for kernel in [Kernel::Cosine, Kernel::Euclidean, Kernel::Rbf { bandwidth: 1.0 }] {
                assert!(kernel.similarity(&[entry, 1.0], &[1.0, 1.0]).is_err());
                assert!(kernel.similarity(&[1.0, 1.0], &[entry, 1.0]).is_err());
            }
        }
    }

    #[test]
    fn serde_refuses_unknown_fields() {
        let kernel: Kernel = serde_json::from_str(r#"{"rbf": {"bandwidth": 2.0}}"#).expect("a kernel");
        assert_eq!(kernel, Kernel::Rbf { bandwidth: 2.0 });
        assert!(serde_json::from_str::<Kernel>(r#"{"rbf": {"bandwidth": 2.0, "scale": 1.0}}"#).is_err());
    }

    proptest! {
        #[test]
        fn every_entry_counts_once(n in 0_usize..40) {
            let ones = vec![1.0; n];
            prop_assert_eq!(sum(&ones, &ones, |x, y| x * y), n as f64);
        }

        #[test]
        fn kernels_are_symmetric_to_the_bit(
            pairs in prop::collection::vec((-9.0..9.0_f64, -9.0..9.0_f64), 1..40),
        ) {
            let (x, y): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            for kernel in [Kernel::Euclidean, Kernel::Rbf { bandwidth: 3.0 }] {
                prop_assert_eq!(kernel.of(&x, &y), kernel.of(&y, &x));
                prop_assert!(kernel.of(&x, &x) >= kernel.of(&x, &y));
            }
            let difference = Kernel::Cosine.of(&x, &y) - Kernel::Cosine.of(&y, &x);
            prop_assert!(difference.abs() <= 1e-15, "two divisions in another order");
        }
    }
}
