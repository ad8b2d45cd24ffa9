//! Columns about their means.

use causal_graph::ContinuousTable;

use crate::{Error, Result};

/// Values whose spread is within so many roundings of their size are equal.
const CONSTANT: f64 = 4.0 * f64::EPSILON;

/// A column less its mean, in units of its largest deviation: squares neither overflow nor vanish.
pub(super) struct Centred {
    pub(super) mean: f64,
    /// The largest deviation from the mean.
    pub(super) scale: f64,
    /// Deviations over `scale`; empty if the column is constant.
    pub(super) values: Vec<f64>,
}

impl Centred {
    /// The mean is found by two passes, the second over the deviations from what the first found.
    pub(super) fn new(column: &[f64]) -> Self {
        let (n, first) = (column.len() as f64, column.first().copied().unwrap_or(0.0));
        let guess = first + column.iter().map(|value| value - first).sum::<f64>() / n;
        let mean = guess + column.iter().map(|value| value - guess).sum::<f64>() / n;
        let mut largest = 0.0_f64;
        let mut scale = 0.0_f64;
        for value in column {
            largest = largest.max(value.abs());
            scale = scale.max((value - mean).abs());
        }
        let is_varying = scale > CONSTANT * largest;
        if !is_varying {
            return Self {
                mean,
                scale: 0.0,
                values: Vec::new(),
            };
        }
        Self {
            mean,
            scale,
            values: column.iter().map(|value| (value - mean) / scale).collect(),
        }
    }

    pub(super) fn is_constant(&self) -> bool {
        self.values.is_empty()
    }

    /// The sum of the squares of the values.
    pub(super) fn square(&self) -> f64 {
        self.values.iter().map(|value| value * value).sum()
    }
}

/// All columns about their means.
///
/// # Errors
///
/// [`Error::TooFewRows`] below two rows; values so far apart that their differences overflow.
pub(super) fn centred_columns(table: &ContinuousTable) -> Result<Vec<Centred>> {
    if table.n_rows() < 2 {
        return Err(Error::TooFewRows {
            got: table.n_rows(),
            expected: 2,
            purpose: "a variance",
        });
    }
    let columns: Vec<Centred> = (0..table.n_columns())
        .map(|node| Centred::new(table.column(node)))
        .collect();
    match columns
        .iter()
        .position(|column| !(column.scale.is_finite() && column.mean.is_finite()))
    {
        None => Ok(columns),
        Some(node) => Err(Error::ColumnRange {
            column: table.nodes().name(node).to_owned(),
        }),
    }
}

/// All columns less their means, scaled to length 1.
///
/// # Errors
///
/// Those of [`centred_columns`]; [`Error::ConstantColumn`].
pub(crate) fn unit_columns(table: &ContinuousTable) -> Result<Vec<Vec<f64>>> {
    let columns = centred_columns(table)?;
    let unit = columns.into_iter().enumerate().map(|(node, mut column)| {
        if column.is_constant() {
            return Err(Error::ConstantColumn {
                column: table.nodes().name(node).to_owned(),
            });
        }
        let norm = column.square().sqrt();
        for value in &mut column.values {
            *value /= norm;
        }
        Ok(column.values)
    });
    unit.collect()
}
