//! The least and greatest Gram statistics of each source class.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::GramParams;

/// What Gram statistics the source rows of each predicted class have: their range, for each layer, order and channel.
///
/// Fitted by [`GramFit`](super::GramFit). Serialised, they come back with the same bits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct GramBounds {
    pub(super) params: GramParams,
    pub(super) layers: Vec<(String, usize)>,
    pub(super) n_classes: usize,
    /// The classes that were predicted for a source row.
    pub(super) classes: BTreeMap<usize, ClassBounds>,
}

/// The ranges of one class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClassBounds {
    /// Whether all its rows are validation rows: then the ranges are theirs.
    pub(super) of_validation_rows: bool,
    /// One a layer.
    pub(super) layers: Vec<Ranges>,
}

/// The range of each statistic of a layer, orders times channels; empty before the first row.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ranges {
    pub(super) least: Vec<f64>,
    pub(super) greatest: Vec<f64>,
}

impl GramBounds {
    /// The parameters of the fit.
    pub fn params(&self) -> &GramParams {
        &self.params
    }

    /// Name and channels of each layer.
    pub fn layers(&self) -> &[(String, usize)] {
        &self.layers
    }

    /// The number of source classes.
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// The classes that were predicted for at least one source row, ascending.
    pub fn classes_seen(&self) -> impl Iterator<Item = usize> {
        self.classes.keys().copied()
    }

    /// The least statistics of a class at a layer, given by its position: all channels of the first order, then of the
    /// next. Nothing for a class that was not seen, and beyond the last layer.
    pub fn least(&self, layer: usize, class: usize) -> Option<&[f64]> {
        Some(&self.ranges(layer, class)?.least)
    }

    /// The greatest statistics, as [`least`](Self::least).
    pub fn greatest(&self, layer: usize, class: usize) -> Option<&[f64]> {
        Some(&self.ranges(layer, class)?.greatest)
    }

    pub(super) fn ranges(&self, layer: usize, class: usize) -> Option<&Ranges> {
        self.classes.get(&class)?.layers.get(layer)
    }

    /// The ranges over all classes at a layer.
    pub(super) fn ranges_of_all(&self, layer: usize) -> Ranges {
        let mut all = Ranges::default();
        for class in self.classes.values() {
            all.merge(&class.layers[layer]);
        }
        all
    }

    /// What a file of bounds may get wrong.
    fn fault(&self) -> Option<String> {
        if let Err(error) = self.params.validate(self.layers.len()) {
            return Some(error.to_string());
        }
        if self.classes.is_empty() {
            return Some("there are no classes".to_owned());
        }
        let n_orders = self.params.orders.len();
        for (&class, bounds) in &self.classes {
            if class >= self.n_classes {
                return Some(format!("class {class} is beyond the {} classes", self.n_classes));
            }
            if bounds.layers.len() != self.layers.len() {
                return Some(format!(
                    "class {class} has bounds of {} layers",
                    bounds.layers.len()
                ));
            }
            for ((name, n_channels), ranges) in self.layers.iter().zip(&bounds.layers) {
                let n_statistics = n_orders.saturating_mul(*n_channels);
                if *n_channels == 0 || !ranges.are_of(n_statistics) {
                    return Some(format!(
                        "class {class} has no {n_statistics} finite, ordered bounds at layer `{name}`"
                    ));
                }
            }
        }
        None
    }
}

impl Serialize for GramBounds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for GramBounds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bounds = Self::deserialize(deserializer)?;
        match bounds.fault() {
            None => Ok(bounds),
            Some(fault) => Err(de::Error::custom(fault)),
        }
    }
}

impl Ranges {
    /// Widens the ranges to hold these statistics. Equal statistics have equal bits, so the order of the rows does not
    /// show.
    pub(super) fn include(&mut self, statistics: &[f64]) {
        self.widen(statistics, statistics);
    }

    /// Widens the ranges to hold others, if these hold anything.
    pub(super) fn merge(&mut self, other: &Self) {
        if !other.least.is_empty() {
            self.widen(&other.least, &other.greatest);
        }
    }

    fn widen(&mut self, least: &[f64], greatest: &[f64]) {
        if self.least.is_empty() {
            self.least = least.to_vec();
            self.greatest = greatest.to_vec();
            return;
        }
        for (bound, &value) in self.least.iter_mut().zip(least) {
            *bound = if value < *bound { value } else { *bound };
        }
        for (bound, &value) in self.greatest.iter_mut().zip(greatest) {
            *bound = if value > *bound { value } else { *bound };
        }
    }

    /// Whether there are so many ranges, each from a finite number to one no smaller.
    fn are_of(&self, n_statistics: usize) -> bool {
        let mut pairs = self.least.iter().zip(&self.greatest);
        self.least.len() == n_statistics
            && self.greatest.len() == n_statistics
            && pairs.all(|(least, greatest)| least.is_finite() && greatest.is_finite() && least <= greatest)
    }
}
