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
    /// A kernel of which a row, a column or their scaling underflows or overflows.
    #[error(
        "the kernel exp(-C / epsilon) leaves double precision at epsilon {epsilon:e} with costs up to {largest_cost:e}: use the stabilised or the log-domain form"
    )]
    KernelUnderflow {
        /// The strength of the regularisation.
        epsilon: f64,
        /// The largest cost in magnitude.
        largest_cost: f64,
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
    /// A row of zeros where a direction is needed.
    #[error("{what}[{row}] is zero throughout: it has no direction")]
    ZeroVector {
        /// Which side.
        what: &'static str,
        /// The row.
        row: usize,
    },
    /// A transport problem that is no assignment problem, for a solver of these alone.
    #[error(
        "shortest augmenting paths need as many source as target points, all of one weight: got {n_sources} and {n_targets} points; the network simplex solves every problem"
    )]
    NotAnAssignment {
        /// The source points with weight.
        n_sources: usize,
        /// The target points with weight.
        n_targets: usize,
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
    #[error(
        "the joint table has {entries} entries: expected {n_rows} x {n_columns}, with at least one row and column"
    )]
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
    /// Given costs for a solver that computes them from the points.
    #[error("the online solver stores no costs: give it the points")]
    NeedsPoints,
    /// A regression whose inputs do not determine its coefficients.
    #[error(
        "{what} have rank {rank}: expected {expected}, so that no column is constant or follows from the others"
    )]
    RankDeficient {
        /// The inputs.
        what: &'static str,
        /// Their rank.
        rank: usize,
        /// The rank that would be right.
        expected: usize,
    },
    /// A pool without members, or a score of none.
    #[error("the pool is empty: expected at least one member")]
    EmptyPool,
    /// A member that lacks what a score reads.
    #[error("`{member}` has no {input}, which the score reads")]
    MissingInput {
        /// The member's name.
        member: String,
        /// What is missing.
        input: &'static str,
    },
    /// A member beyond the pool.
    #[error("there is no member {member}: the pool has {n_members}, counted from 0")]
    MemberOutOfRange {
        /// The index that was given.
        member: usize,
        /// The size of the pool.
        n_members: usize,
    },
    /// An ensemble that names a member twice.
    #[error("member {member} stands twice in the ensemble")]
    RepeatedMember {
        /// The member.
        member: usize,
    },
    /// An ensemble size that a pool does not have.
    #[error("ensembles of {size} members: expected at least 1 and at most the {n_members} of the pool")]
    EnsembleSize {
        /// The size that was asked for.
        size: usize,
        /// The size of the pool.
        n_members: usize,
    },
    /// More ensembles than shall be scored.
    #[error(
        "there are {count} ensembles of {size} among {n_members} members: expected at most {limit}",
        count = .count.map_or_else(|| "more than 2^64".to_owned(), |count| count.to_string())
    )]
    TooManyEnsembles {
        /// The size of the ensembles.
        size: usize,
        /// The size of the pool.
        n_members: usize,
        /// How many ensembles there are, if that is below 2^64.
        count: Option<u64>,
        /// The most that shall be scored.
        limit: u64,
    },
    /// A matrix of pair penalties of another size than the pool asks for.
    #[error("the pair penalties have {entries} entries: expected {n_members} x {n_members}")]
    PenaltyShape {
        /// The entries that were given.
        entries: usize,
        /// The size of the pool.
        n_members: usize,
    },
    /// Pair penalties that depend on the order of the pair.
    #[error("the penalty of pair ({a}, {b}) is {left} and that of ({b}, {a}) is {right}: they must agree")]
    Asymmetric {
        /// One member.
        a: usize,
        /// The other.
        b: usize,
        /// The penalty of (a, b).
        left: f64,
        /// The penalty of (b, a).
        right: f64,
    },
    /// A name that no score of ensembles has.
    #[error("there is no ensemble score `{got}`: expected one of {}", known.join(", "))]
    UnknownEnsembleScore {
        /// The name that was given.
        got: String,
        /// The names that are known.
        known: &'static [&'static str],
    },
    /// Label maps without a pixel to sample.
    #[error(
        "none of the {n_pixels} pixels of {n_images} images has a label: all are negative or the ignored one"
    )]
    NoPixels {
        /// The number of images.
        n_images: usize,
        /// The number of their pixels.
        n_pixels: usize,
    },
}

impl From<tch::TchError> for Error {
    fn from(error: tch::TchError) -> Self {
        Self::Core(error.into())
    }
}

/// The errors of a [`Metric`](transferability_metrics::Metric) of this crate.
impl From<Error> for transferability_metrics::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Core(error) => Self::Core(error),
            Error::Sample(error) => error,
            other => Self::External(Box::new(other)),
        }
    }
}
