//! The fit of the layers' scales: a second pass over the source, of its validation rows alone.

use std::sync::Arc;

use tensor_core::check;

use super::deviation::deviations;
use super::{GramBounds, GramDeviation};
use crate::exact_sum::ExactSum;
use crate::prototypes::require_classes;
use crate::{Activations, Error, Result};

/// Mean deviations of the validation rows in the making: the second pass over the source, after [`GramFit`](super::GramFit).
///
/// Only rows that the bounds have not seen count: validation rows, of classes whose bounds come from other rows. All
/// other rows may be observed or left out. Sums are exact: any order, any sharding and any number of threads give the
/// same bits. Each row is to be observed once.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use hard_subset::{Activations, GramDeviation, GramFit, GramParams, GramScaleFit};
/// use tensor_core::convert::tensor_from_slice;
///
/// let values: Vec<f64> = (0..100).map(|row| f64::from(row % 7)).collect();
/// let shard = |rows: &[f64]| Activations::single("fc", tensor_from_slice(rows, &[50, 1])?);
/// let (first, second) = (shard(&values[..50])?, shard(&values[50..])?);
///
/// let mut fit = GramFit::new(&[("fc", 1)], 1, GramParams::default())?;
/// fit.observe(0, &first, &[0; 50])?;
/// fit.observe(50, &second, &[0; 50])?;
/// let bounds = Arc::new(fit.finish()?);
///
/// // Shards are observed apart, in any order.
/// let (mut left, mut right) = (GramScaleFit::new(Arc::clone(&bounds)), GramScaleFit::new(bounds));
/// left.observe(0, &first, &[0; 50])?;
/// right.observe(50, &second, &[0; 50])?;
/// right.merge(&left)?;
///
/// let whole = Activations::single("fc", tensor_from_slice(&values, &[100, 1])?)?;
/// let in_memory = GramDeviation::fit(&whole, &[0; 100], 1, &GramParams::default())?;
/// assert_eq!(right.finish()?, in_memory);
/// # Ok::<(), hard_subset::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct GramScaleFit {
    bounds: Arc<GramBounds>,
    n_rows: u64,
    /// One a layer.
    sums: Vec<ExactSum>,
}

impl GramScaleFit {
    /// A fit that has seen no row. Shards may share the bounds in an `Arc`.
    pub fn new(bounds: impl Into<Arc<GramBounds>>) -> Self {
        let bounds = bounds.into();
        Self {
            n_rows: 0,
            sums: vec![ExactSum::default(); bounds.layers.len()],
            bounds,
        }
    }

    /// Sees source rows as the first pass did.
    ///
    /// # Errors
    ///
    /// Other layers, another number of predictions than of rows, a prediction that is out of range, or a class that the
    /// first pass did not see: then the fit is as it was. A deviation beyond the largest double, an error of libtorch: then
    /// it is to be thrown away.
    pub fn observe(&mut self, first_row: u64, batch: &Activations, predictions: &[usize]) -> Result<()> {
        let bounds = &self.bounds;
        batch.require_layers(&bounds.layers)?;
        check::same_length("activations", batch.n_samples(), "predictions", predictions.len())?;
        require_classes("predictions", predictions, bounds.n_classes)?;
        let mut rows = Vec::new();
        let is_validation = bounds.params.validation_rows(first_row, predictions.len())?;
        for (row, &class) in predictions.iter().enumerate() {
            let of_class = bounds.classes.get(&class).ok_or(Error::EmptyClass { class })?;
            if is_validation[row] && !of_class.of_validation_rows {
                rows.push(row);
            }
        }
        if rows.is_empty() {
            return Ok(());
        }
        let classes: Vec<usize> = rows.iter().map(|&row| predictions[row]).collect();
        for (index, (layer, sum)) in batch.layers().iter().zip(&mut self.sums).enumerate() {
            let of_rows = deviations(bounds, index, layer.select(&rows)?.tensor(), &classes)?;
            for (deviation, &row) in of_rows.into_iter().zip(&rows) {
                if !deviation.is_finite() {
                    return Err(Error::NonFiniteHardness {
                        what: format!("deviation at layer `{}`", layer.name()),
                        row,
                        value: deviation,
                    });
                }
                sum.add(deviation);
            }
        }
        self.n_rows += rows.len() as u64;
        Ok(())
    }

    /// Adds what another fit has seen, as if its rows had been observed here.
    ///
    /// # Errors
    ///
    /// Other bounds.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if !Arc::ptr_eq(&self.bounds, &other.bounds) && self.bounds != other.bounds {
            return Err(Error::Unmergeable { what: "the bounds" });
        }
        for (sum, other) in self.sums.iter_mut().zip(&other.sums) {
            sum.merge(other);
        }
        self.n_rows += other.n_rows;
        Ok(())
    }

    /// The deviation with each layer scaled by its mean over the validation rows seen so far; without any, a source too
    /// small or a fraction of 0, no layer is scaled, and [`GramDeviation::n_validation_rows`] is 0.
    ///
    /// # Errors
    ///
    /// A sum of deviations beyond the largest double.
    pub fn finish(&self) -> Result<GramDeviation> {
        let means = self.sums.iter().map(|sum| match self.n_rows {
            0 => Ok(None),
            n_rows => {
                let mean = sum.value() / n_rows as f64;
                check::non_negative("mean deviation", mean)?;
                Ok(Some(mean))
            }
        });
        Ok(GramDeviation::new(
            Arc::clone(&self.bounds),
            self.n_rows,
            means.collect::<Result<Option<Vec<f64>>>>()?,
        ))
    }
}
