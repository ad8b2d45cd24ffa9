//! What can go wrong in a transport problem, a score or a selection.

use crate::Move;

/// The result of every fallible function of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Everything that can go wrong in this crate: each variant says what was wrong, where, and what would be right.
///
/// Not converging is no error: it is a [`Status`](crate::Status) of the result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A check, a conversion or a factorisation of the floor failed.
    #[error(transparent)]
    Core(#[from] tensor_core::Error),
    /// Labels, features or probabilities were refused.
    #[error(transparent)]
    Sample(#[from] transferability_metrics::Error),
    /// A cost that is not a finite number, or so large that the others vanish beside it.
    #[error("cost[{row}, {column}] is {value}: expected a finite cost of magnitude at most {limit:e}")]
    Cost {
        /// The source point.
        row: usize,
        /// The target point.
        column: usize,
        /// The cost.
        value: f64,
        /// The largest magnitude that is accepted.
        limit: f64,
    },
    /// A matrix of costs whose number of entries is not the product of its sides.
    #[error(
        "the cost matrix has {entries} entries: expected {n_sources} x {n_targets}, with at least one row and column"
    )]
    CostShape {
        /// The entries that were given.
        entries: usize,
        /// The rows.
        n_sources: usize,
        /// The columns.
        n_targets: usize,
    },
    /// Points that the two sides describe by different numbers of features.
    #[error(
        "the source points have {source_features} features and the target points {target_features}: both sides must come from one extractor"
    )]
    Dimension {
        /// Features of a source point.
        source_features: usize,
        /// Features of a target point.
        target_features: usize,
    },
    /// Weights whose sum overflows.
    #[error("{what} sum to {got}: expected a positive, finite mass")]
    Mass {
        /// Which weights.
        what: &'static str,
        /// Their sum.
        got: f64,
    },
    /// Weights of the two sides that do not sum to the same mass.
    #[error(
        "the source weights sum to {source_mass} and the target weights to {target_mass}: balanced transport needs equal masses (relative difference at most {tolerance:e})"
    )]
    UnequalMass {
        /// The mass of the source side.
        source_mass: f64,
        /// The mass of the target side.
        target_mass: f64,
        /// The relative difference that is taken for rounding.
        tolerance: f64,
    },
    /// A move between points that there are not, or of a mass that cannot be moved.
    #[error(
        "the plan moves {mass} from source {source_point} to target {target_point}: expected a finite mass of 0 or more between {n_sources} sources and {n_targets} targets",
        mass = entry.mass, source_point = entry.source, target_point = entry.target
    )]
    Move {
        /// The move.
        entry: Move,
        /// How many source points there are.
        n_sources: usize,
        /// How many target points there are.
        n_targets: usize,
    },
    /// A row of zeros, whose direction the cosine distance needs.
    #[error("{what}[{row}] is zero throughout: its cosine distance is undefined")]
    ZeroVector {
        /// Which side.
        what: &'static str,
        /// The row.
        row: usize,
    },
    /// An exact solution that rounding kept from being certified.
    #[error(
        "the exact solver could not certify its plan: duality gap {gap:e} at cost {cost:e}, with costs up to {largest_cost:e}: costs of such different size cannot be told apart in double precision"
    )]
    Uncertified {
        /// The duality gap.
        gap: f64,
        /// The cost of the plan.
        cost: f64,
        /// The largest cost in magnitude.
        largest_cost: f64,
    },
    /// A table of joint masses whose number of entries is not the product of its sides.
    #[error("the joint table has {entries} entries: expected {n_rows} x {n_columns}, with at least one row and column")]
    JointShape {
        /// The entries that were given, or that there was memory for.
        entries: usize,
        /// The rows.
        n_rows: usize,
        /// The columns.
        n_columns: usize,
    },
    /// A class index beyond the number of classes.
    #[error("{what}[{position}] is {class}: expected a class index below {n_classes}")]
    ClassOutOfRange {
        /// Which classes.
        what: &'static str,
        /// Where in the list.
        position: usize,
        /// The class.
        class: usize,
        /// How many classes there are.
        n_classes: usize,
    },
}

impl From<tch::TchError> for Error {
    fn from(error: tch::TchError) -> Self {
        Self::Core(error.into())
    }
}
