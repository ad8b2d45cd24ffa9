//! The fit of Gram bounds as the source rows stream by.

use std::collections::BTreeMap;

use tensor_core::check;

use super::bounds::{ClassBounds, Ranges};
use super::statistics::for_each_block;
use super::{GramBounds, GramParams};
use crate::activations::named_layers;
use crate::prototypes::require_classes;
use crate::{Activations, Error, Result};

/// Gram bounds in the making: batches of source rows are observed one by one, fits of shards merged.
///
/// A class's ranges are those of the rows that the network *predicts* to be of the class, but for the validation rows,
/// which are chosen by a hash of the seed and the row's number. A class all of whose rows are validation rows takes them
/// back: its ranges are theirs, and none of them counts when [`GramScaleFit`](super::GramScaleFit) scales the layers.
///
/// Least and greatest are exact: any order, any sharding and any number of threads give the same bits. A row that is
/// observed twice changes nothing.
///
/// # Complexity
///
/// Memory: two `f64` for each class that was predicted, layer, order and channel, whatever the number of rows: 1.6 MB a
/// class for ten orders of 10 000 channels.
///
/// # Reference
///
/// C. S. Sastry, S. Oore, "Detecting out-of-distribution examples with Gram matrices", ICML 2020, arXiv:1912.12510.
///
/// # Examples
///
/// ```
/// use hard_subset::{Activations, GramFit, GramParams};
/// use tensor_core::convert::tensor_from_slice;
///
/// let params = GramParams { orders: vec![1], validation_fraction: 0.0, ..GramParams::default() };
/// let mut fit = GramFit::new(&[("fc", 2)], 3, params)?;
/// let batch = Activations::single("fc", tensor_from_slice(&[1.0, 3.0, 2.0, 1.0], &[2, 2])?)?;
/// fit.observe(0, &batch, &[2, 2])?;
///
/// // Each activation times their sum: (4, 12) and (6, 3).
/// let bounds = fit.finish()?;
/// assert_eq!(bounds.least(0, 2), Some([4.0, 3.0].as_slice()));
/// assert_eq!(bounds.greatest(0, 2), Some([6.0, 12.0].as_slice()));
/// # Ok::<(), hard_subset::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct GramFit {
    bounds: GramBounds,
}

impl GramFit {
    /// A fit that has seen no row, of layers given by name and channels.
    ///
    /// # Errors
    ///
    /// No layer, a name given twice, a layer without channels, no class, a parameter outside its range.
    pub fn new(layers: &[(&str, usize)], n_classes: usize, params: GramParams) -> Result<Self> {
        let layers = named_layers(layers)?;
        params.validate(layers.len())?;
        check::parameter("n_classes", n_classes >= 1, "at least 1", n_classes)?;
        Ok(Self {
            bounds: GramBounds {
                params,
                layers,
                n_classes,
                classes: BTreeMap::new(),
            },
        })
    }

    /// Sees the source rows `first_row`, `first_row + 1` and so on, and the class that the network predicts for each.
    ///
    /// # Errors
    ///
    /// Other layers, another number of predictions than of rows, a prediction that is out of range: then the fit is as it
    /// was. A statistic beyond the largest double ([`gram_statistics`](super::gram_statistics)) or an error of libtorch:
    /// then it is to be thrown away.
    pub fn observe(&mut self, first_row: u64, batch: &Activations, predictions: &[usize]) -> Result<()> {
        let bounds = &mut self.bounds;
        batch.require_layers(&bounds.layers)?;
        check::same_length("activations", batch.n_samples(), "predictions", predictions.len())?;
        require_classes("predictions", predictions, bounds.n_classes)?;
        let is_validation = bounds.params.validation_rows(first_row, predictions.len())?;
        for (&class, &of_validation_rows) in predictions.iter().zip(&is_validation) {
            bounds.admit(class, of_validation_rows);
        }
        for (index, layer) in batch.layers().iter().enumerate() {
            let n_statistics = bounds.params.orders.len() * layer.n_channels();
            let GramBounds { params, classes, .. } = &mut *bounds;
            for_each_block(layer.tensor(), &params.orders, |first, block| {
                for (row, statistics) in (first..).zip(block.chunks_exact(n_statistics)) {
                    require_finite(layer.name(), row, statistics)?;
                    // Every predicted class was admitted above.
                    if let Some(class) = classes.get_mut(&predictions[row])
                        && class.of_validation_rows == is_validation[row]
                    {
                        class.layers[index].include(statistics);
                    }
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Adds what another fit has seen, as if its rows had been observed here.
    ///
    /// # Errors
    ///
    /// Other layers, another number of classes, other parameters.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        let (ours, theirs) = (&mut self.bounds, &other.bounds);
        let differences = [
            ("layers", ours.layers != theirs.layers),
            ("the number of classes", ours.n_classes != theirs.n_classes),
            ("the parameters", ours.params != theirs.params),
        ];
        if let Some((what, _)) = differences.into_iter().find(|&(_, differs)| differs) {
            return Err(Error::Unmergeable { what });
        }
        for (&class, theirs) in &theirs.classes {
            let bounds = ours.admit(class, theirs.of_validation_rows);
            if bounds.of_validation_rows == theirs.of_validation_rows {
                for (ranges, theirs) in bounds.layers.iter_mut().zip(&theirs.layers) {
                    ranges.merge(theirs);
                }
            }
        }
        Ok(())
    }

    /// The bounds of the rows seen so far; more may follow.
    ///
    /// # Errors
    ///
    /// [`Error::EmptySource`] before the first row.
    pub fn finish(&self) -> Result<GramBounds> {
        if self.bounds.classes.is_empty() {
            return Err(Error::EmptySource { expected: 1 });
        }
        Ok(self.bounds.clone())
    }
}

impl GramBounds {
    /// The bounds of a class that rows are seen of; its validation rows are forgotten at the first row that is none.
    fn admit(&mut self, class: usize, of_validation_rows: bool) -> &mut ClassBounds {
        let empty = || ClassBounds {
            of_validation_rows,
            layers: vec![Ranges::default(); self.layers.len()],
        };
        let bounds = self.classes.entry(class).or_insert_with(empty);
        if bounds.of_validation_rows && !of_validation_rows {
            *bounds = empty();
        }
        bounds
    }
}

fn require_finite(layer: &str, row: usize, statistics: &[f64]) -> Result<()> {
    match statistics.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(index) => Err(tensor_core::Error::NonFinite {
            what: format!("Gram statistics of layer `{layer}`"),
            index: vec![row, index],
            value: statistics[index],
        }
        .into()),
    }
}
