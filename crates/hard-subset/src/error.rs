//! What can go wrong when a hardness is measured, a subset chosen or scored.

/// The result of every fallible function of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Everything that can go wrong in this crate: each variant says what was wrong, where, and what would be right.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A check, a conversion or a factorisation of the floor failed.
    #[error(transparent)]
    Core(#[from] tensor_core::Error),
    /// Labels, features or probabilities were refused, or a metric failed.
    #[error(transparent)]
    Metric(#[from] transferability_metrics::Error),
    /// A hardness that is not a number: it cannot be ranked.
    #[error("{what}[{row}] is {value}: expected a finite hardness")]
    NonFiniteHardness {
        /// The caller's name for the hardness.
        what: String,
        /// The sample.
        row: usize,
        /// The value.
        value: f64,
    },
    /// Activations without a layer.
    #[error("there are no layers: expected at least one")]
    NoLayers,
    /// Two layers of one name.
    #[error("layer `{layer}` is given twice: expected distinct names")]
    RepeatedLayer {
        /// The name.
        layer: String,
    },
    /// Layers that differ from those of the fit.
    #[error("layers are {got}: expected those of the source, {expected}", got = list(got), expected = list(expected))]
    Layers {
        /// Names and channels that are given.
        got: Vec<(String, usize)>,
        /// Names and channels that the source has.
        expected: Vec<(String, usize)>,
    },
    /// A statistic of the source that no source sample was seen for.
    #[error("the source sample is empty: expected at least {expected} rows")]
    EmptySource {
        /// The least number of rows.
        expected: usize,
    },
    /// A source class that no source sample was seen of, where nothing stands in for it.
    #[error("source class {class} is empty: no source sample belongs to it")]
    EmptyClass {
        /// The class.
        class: usize,
    },
    /// A class beyond the number of classes.
    #[error("{what}[{row}] is {class}: expected a class below {n_classes}")]
    ClassOutOfRange {
        /// The caller's name for the classes.
        what: String,
        /// The row.
        row: usize,
        /// The class.
        class: i64,
        /// The number of classes.
        n_classes: usize,
    },
    /// A source row that comes a second time, in another batch or shard.
    #[error("source row {row} was observed before: shards and batches of one source share no row")]
    RepeatedRow {
        /// The number of the row in the source sample.
        row: u64,
    },
    /// Two fits that cannot be merged.
    #[error("the fits differ in {what}: shards of one source are fitted alike")]
    Unmergeable {
        /// What differs.
        what: &'static str,
    },
    /// A row that stands twice in a subset.
    #[error("row {row} stands twice in the subset")]
    RowTwice {
        /// The row.
        row: usize,
    },
    /// Fractions of a sweep that do not ascend.
    #[error("fractions[{index}] is {fraction}: expected more than the one before, {before}")]
    Fractions {
        /// Where in the list.
        index: usize,
        /// The fraction.
        fraction: f64,
        /// The fraction before it.
        before: f64,
    },
    /// A fraction of a sweep whose subset cannot be scored.
    #[error("fraction {fraction}: {source}")]
    AtFraction {
        /// The fraction.
        fraction: f64,
        /// What is wrong with its subset.
        source: Box<Error>,
    },
    /// A pool without networks.
    #[error("the pool is empty: expected the hardness of at least one network")]
    EmptyPool,
    /// A regression target that is not a number.
    #[error("targets[{row}] is {value}: expected a finite number")]
    NonFiniteTarget {
        /// The sample.
        row: usize,
        /// The value.
        value: f64,
    },
    /// A class of the subset that is too small for the metric.
    #[error("class {class} has {got} in the subset: `{metric}` needs {need} of each class")]
    SubsetTooSmall {
        /// The metric.
        metric: &'static str,
        /// The class, as given.
        class: i64,
        /// Samples that it needs.
        need: usize,
        /// Samples that there are.
        got: usize,
    },
    /// A subset of fewer than two classes.
    #[error(
        "the subset of {n_kept} samples holds {n_classes} classes: expected at least 2; balance per class, or keep more"
    )]
    TooFewClasses {
        /// Samples kept.
        n_kept: usize,
        /// Classes among them.
        n_classes: usize,
    },
}

impl From<tch::TchError> for Error {
    fn from(error: tch::TchError) -> Self {
        Self::Core(error.into())
    }
}

fn list(layers: &[(String, usize)]) -> String {
    let layers: Vec<String> = layers
        .iter()
        .map(|(name, n_channels)| format!("{name} ({n_channels} channels)"))
        .collect();
    layers.join(", ")
}
