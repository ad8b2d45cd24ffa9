//! Features of the target samples, checked.

use tensor_core::{Tensor, check, kind};

use crate::Result;

/// Feature vectors of the target samples under the network to be scored, an `(n, d)` matrix.
///
/// Features may be `f32` or `f64`; every metric computes in `f64`. The tensor stays on its device and is
/// detached from any gradient graph.
///
/// # Examples
///
/// ```
/// use transferability_metrics::Features;
/// use tensor_core::convert::tensor_from_slice;
///
/// let features = Features::new(tensor_from_slice(&[0.0, 1.0, 2.0, 0.5, 1.0, 1.0], &[3, 2])?)?;
/// assert_eq!((features.n_samples(), features.n_features()), (3, 2));
/// # Ok::<(), transferability_metrics::Error>(())
/// ```
#[derive(Debug)]
pub struct Features {
    what: String,
    tensor: Tensor,
    shape: (usize, usize),
}

impl Features {
    /// Checks a feature matrix.
    ///
    /// # Errors
    ///
    /// Not two-dimensional, not `f32` or `f64`, fewer than 2 rows, no column, or an entry that is not finite.
    pub fn new(tensor: Tensor) -> Result<Self> {
        Self::named("features", tensor)
    }

    /// Like [`new`](Self::new), with a name for error messages: `F.npy[3, 1] is NaN: ...`.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    #[allow(clippy::needless_pass_by_value, reason = "the features own what they hold")]
    pub fn named(what: &str, tensor: Tensor) -> Result<Self> {
        kind::require(what, &tensor, kind::FLOATS)?;
        let (n_samples, n_features) = check::matrix(what, &tensor)?;
        check::at_least(what, n_samples, 2)?;
        if n_features < 1 {
            return Err(tensor_core::Error::Shape {
                what: what.to_owned(),
                expected: "(n, d) with d at least 1".to_owned(),
                got: tensor.size(),
            }
            .into());
        }
        check::finite(what, &tensor)?;
        Ok(Self {
            what: what.to_owned(),
            tensor: tensor.f_detach()?,
            shape: (n_samples, n_features),
        })
    }

    /// The matrix as given, `f32` or `f64`.
    pub fn tensor(&self) -> &Tensor {
        &self.tensor
    }

    /// The number of rows, at least 2.
    pub fn n_samples(&self) -> usize {
        self.shape.0
    }

    /// The number of columns, at least 1.
    pub fn n_features(&self) -> usize {
        self.shape.1
    }

    /// The name used in error messages.
    pub fn name(&self) -> &str {
        &self.what
    }

    /// The matrix in `f64`: the tensor itself if it is `f64` already, a widened copy otherwise.
    pub(crate) fn to_statistic(&self) -> Result<Tensor> {
        Ok(kind::to_statistic(&self.what, &self.tensor)?)
    }

    /// Some rows, in the order given. The caller has checked the range.
    pub(crate) fn select(&self, rows: &Tensor) -> Result<Self> {
        let tensor = self
            .tensor
            .f_index_select(0, &rows.f_to_device(self.tensor.device())?)?;
        Ok(Self {
            what: self.what.clone(),
            tensor,
            shape: (rows.numel(), self.n_features()),
        })
    }
}
