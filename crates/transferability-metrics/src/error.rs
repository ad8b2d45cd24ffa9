//! What can go wrong when a sample is built or scored.

use crate::{Degeneracy, Requirement};

/// The result of every fallible function of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Everything that can go wrong in this crate: each variant says what was wrong, where, and what would be right.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A check, a conversion or a factorisation of the floor failed.
    #[error(transparent)]
    Core(#[from] tensor_core::Error),
    /// Labels that hold a single class: nothing can be told apart.
    #[error("{what} holds one class only ({class}, {n_samples} times): expected at least 2 classes")]
    OneClass {
        /// The caller's name for the labels.
        what: String,
        /// The only class, as given.
        class: i64,
        /// How many samples it has.
        n_samples: usize,
    },
    /// A row number beyond the end of the sample.
    #[error("rows[{position}] is {row}: expected a row index below {n_samples}")]
    RowOutOfRange {
        /// Where in the list of rows.
        position: usize,
        /// The row that was asked for.
        row: usize,
        /// How many rows the sample has.
        n_samples: usize,
    },
    /// A row that comes twice in an order of rows.
    #[error("order[{position}] is {row}, as is order[{first}]: expected distinct rows")]
    RepeatedRow {
        /// Where the row comes again.
        position: usize,
        /// The row.
        row: usize,
        /// Where it came first.
        first: usize,
    },
    /// A stage of nested rows that is not longer than the one before it, or longer than the order.
    #[error("lengths[{position}] is {length}: expected more than {more_than} and at most {at_most}")]
    StageLength {
        /// Which stage.
        position: usize,
        /// Its length.
        length: usize,
        /// The length of the stage before, or 0.
        more_than: usize,
        /// The number of rows in the order.
        at_most: usize,
    },
    /// A label whose class a predictor was not fitted to.
    #[error("{what} holds class {class}, which the fit has not seen")]
    UnknownClass {
        /// The caller's name for the labels.
        what: String,
        /// The class.
        class: i64,
    },
    /// The sample lacks what the metric reads.
    #[error("the sample holds no {input}: the metric is computed from them")]
    MissingInput {
        /// What the metric reads.
        input: Requirement,
    },
    /// A weighted sample was given to a metric that has no weighted form.
    #[error("metric `{metric}` takes no sample weights: score an unweighted sample")]
    WeightsUnsupported {
        /// The metric's name.
        metric: &'static str,
    },
    /// Frequency weights that stand for too few samples.
    #[error("weights sum to {got}: `{metric}` counts samples and needs more than {more_than}")]
    TotalWeight {
        /// The metric's name.
        metric: &'static str,
        /// The bound that the sum must exceed.
        more_than: f64,
        /// The sum of the weights.
        got: f64,
    },
    /// A valid sample on which the metric has no value.
    #[error("`{metric}` is undefined: {degeneracy}")]
    Undefined {
        /// The metric's name.
        metric: &'static str,
        /// What about the sample leaves it undefined.
        degeneracy: Degeneracy,
    },
    /// A column of regression targets that is zero throughout: the likelihood of fitting it has no bound.
    #[error("targets[:, {column}] is zero throughout: its evidence has no bound")]
    ZeroTarget {
        /// The column.
        column: usize,
    },
    /// A name that no metric has.
    #[error("metric `{got}` is not known: expected one of {known}", known = known.join(", "))]
    UnknownMetric {
        /// The name that was given.
        got: String,
        /// The names that would be right.
        known: Vec<&'static str>,
    },
    /// An error of a metric that another crate defines.
    #[error(transparent)]
    External(Box<dyn std::error::Error + Send + Sync>),
}

impl From<tch::TchError> for Error {
    fn from(error: tch::TchError) -> Self {
        Self::Core(error.into())
    }
}
