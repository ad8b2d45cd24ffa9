//! Source-head probabilities of the target samples, checked.

use tensor_core::{Kind, Tensor, check, kind};

use crate::Result;

/// How far a row of `f32` probabilities may sum from 1: a softmax over 1000 classes rounds to about 1e-6, and
/// one stored in half precision and widened to about 1e-3.
const F32_ROW_SUM_TOLERANCE: f64 = 1e-3;

/// How far a row of `f64` probabilities may sum from 1: ten times the rounding of a softmax that was computed in
/// `f32` and widened.
const F64_ROW_SUM_TOLERANCE: f64 = 1e-6;

/// Class probabilities of the source head on the target samples, an `(n, k)` matrix with rows on the simplex.
///
/// Probabilities may be `f32` or `f64`; every metric accumulates in `f64`. Rows must be non-negative and sum to 1
/// within 1e-3 (`f32`) or 1e-6 (`f64`); they are used as given, not renormalised.
///
/// # Examples
///
/// ```
/// use transferability_metrics::Probabilities;
/// use tensor_core::convert::tensor_from_slice;
///
/// let probabilities = Probabilities::new(tensor_from_slice(&[0.9, 0.1, 0.25, 0.75], &[2, 2])?)?;
/// assert_eq!(probabilities.n_source_classes(), 2);
/// assert!(Probabilities::new(tensor_from_slice(&[0.9, 0.1, 0.25, 0.25], &[2, 2])?).is_err());
/// # Ok::<(), transferability_metrics::Error>(())
/// ```
#[derive(Debug)]
pub struct Probabilities {
    what: String,
    tensor: Tensor,
    shape: (usize, usize),
}

impl Probabilities {
    /// Checks a matrix of probabilities.
    ///
    /// # Errors
    ///
    /// Not two-dimensional, not `f32` or `f64`, fewer than 2 rows, no column, or a row off the simplex.
    pub fn new(tensor: Tensor) -> Result<Self> {
        Self::named("probabilities", tensor)
    }

    /// Like [`new`](Self::new), with a name for error messages: `P.npy[3] is not a probability distribution: ...`.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    #[allow(
        clippy::needless_pass_by_value,
        reason = "the probabilities own what they hold"
    )]
    pub fn named(what: &str, tensor: Tensor) -> Result<Self> {
        kind::require(what, &tensor, kind::FLOATS)?;
        let shape = check::matrix(what, &tensor)?;
        check::at_least(what, shape.0, 2)?;
        let tolerance = if tensor.kind() == Kind::Float {
            F32_ROW_SUM_TOLERANCE
        } else {
            F64_ROW_SUM_TOLERANCE
        };
        check::simplex_rows(what, &tensor, tolerance)?;
        Ok(Self {
            what: what.to_owned(),
            tensor: tensor.f_detach()?,
            shape,
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

    /// The number of columns: classes of the source head.
    pub fn n_source_classes(&self) -> usize {
        self.shape.1
    }

    /// The name used in error messages.
    pub fn name(&self) -> &str {
        &self.what
    }

    /// Some rows, in the order given. The caller has checked the range.
    pub(crate) fn select(&self, rows: &Tensor) -> Result<Self> {
        let tensor = self
            .tensor
            .f_index_select(0, &rows.f_to_device(self.tensor.device())?)?;
        Ok(Self {
            what: self.what.clone(),
            tensor,
            shape: (rows.numel(), self.n_source_classes()),
        })
    }
}
