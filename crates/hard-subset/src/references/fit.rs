//! A sample of source rows of fixed size, drawn as they stream by.

use std::collections::BTreeMap;

use tensor_core::{Kind, Seed, Tensor, check, convert};

use super::References;
use super::row_ranges::RowRanges;
use crate::activations::{Layer, named_layers};
use crate::prototypes::{require_classes, require_n_classes};
use crate::row_key::row_key;
use crate::{Activations, Error, Result};

/// A sample without replacement of the source rows of each class, drawn as they stream by.
///
/// Every row has a key; each class keeps the rows of the smallest keys.
///
/// ```text
/// key(i) = mix(s + i g)  mod 2^64
///
/// i    number of the row in the whole source sample
/// s    a number derived from the seed under the label "hard-subset/references"
/// g    0x9E3779B97F4A7C15
/// mix  the output function of SplitMix64
/// ```
///
/// The key depends on seed and row alone, and no two rows share one. So batches may come in any order and shards be fitted
/// apart and merged: the same rows are kept, with the same bits. With one class the sample is drawn from all rows.
///
/// # Complexity
///
/// Memory for `capacity_per_class * n_classes` rows of all layers at most, whatever the number of rows seen, and two numbers
/// for each gap between the row numbers seen so far.
///
/// # Reference
///
/// Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014, doi:10.1145/2660193.2660195.
///
/// # Examples
///
/// ```
/// use hard_subset::{Activations, ReferenceFit};
/// use tensor_core::{Seed, convert::tensor_from_slice};
///
/// let batch = |values: &[f64]| Activations::single("pool", tensor_from_slice(values, &[values.len() as i64, 1])?);
/// let mut fit = ReferenceFit::new(&[("pool", 1)], 2, 2, Seed::new(7))?;
/// fit.observe(0, &batch(&[10.0, 11.0, 12.0])?, &[0, 0, 0])?;
/// fit.observe(3, &batch(&[13.0, 14.0])?, &[0, 1])?;
///
/// // Two rows of class 0, and the only one of class 1.
/// let references = fit.finish()?;
/// assert_eq!(references.n_samples(), 3);
/// assert_eq!(references.rows()[2], 4);
/// # Ok::<(), hard_subset::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ReferenceFit {
    layers: Vec<(String, usize)>,
    capacity_per_class: usize,
    seed: Seed,
    seen: RowRanges,
    /// The rows of each class by key.
    kept: Vec<BTreeMap<u64, Row>>,
}

/// A row that is kept: its number, and its channels at each layer.
#[derive(Debug, Clone)]
struct Row {
    number: u64,
    layers: Vec<Channels>,
}

#[derive(Debug, Clone)]
enum Channels {
    Single(Vec<f32>),
    Double(Vec<f64>),
}

impl ReferenceFit {
    /// A fit that has seen no row, of layers given by name and channels.
    ///
    /// # Errors
    ///
    /// No layer, a name given twice, a layer without channels, no class or more than 2^24, a capacity of 0.
    pub fn new(
        layers: &[(&str, usize)],
        n_classes: usize,
        capacity_per_class: usize,
        seed: Seed,
    ) -> Result<Self> {
        let layers = named_layers(layers)?;
        require_n_classes(n_classes)?;
        check::parameter(
            "capacity_per_class",
            capacity_per_class >= 1,
            "at least 1",
            capacity_per_class,
        )?;
        Ok(Self {
            layers,
            capacity_per_class,
            seed,
            seen: RowRanges::default(),
            kept: vec![BTreeMap::new(); n_classes],
        })
    }

    /// Sees the source rows `first_row`, `first_row + 1` and so on, and the source class of each.
    ///
    /// A row's channels are the means over its places, taken row by row: they do not depend on the batch.
    ///
    /// # Errors
    ///
    /// Other layers, another number of classes than of rows, a class that is out of range, [`Error::RepeatedRow`] for a row
    /// that was seen before, an error of libtorch: then the fit is as it was.
    pub fn observe(&mut self, first_row: u64, batch: &Activations, classes: &[usize]) -> Result<()> {
        batch.require_layers(&self.layers)?;
        check::same_length("activations", batch.n_samples(), "classes", classes.len())?;
        require_classes("classes", classes, self.kept.len())?;
        let end = first_row.checked_add(classes.len() as u64);
        check::parameter("first_row", end.is_some(), "row numbers below 2^64", first_row)?;
        let end = end.unwrap_or(u64::MAX);
        self.seen.require_new(first_row, end)?;

        let mut chosen = Vec::new();
        for (class, candidates) in self.candidates(first_row, classes) {
            for (key, row) in candidates {
                let layers = batch.layers().iter().map(|layer| channels(layer, row));
                let layers = layers.collect::<Result<_>>()?;
                let number = first_row + row as u64;
                chosen.push((class, key, Row { number, layers }));
            }
        }
        self.seen.insert(first_row, end);
        for (class, key, row) in chosen {
            self.keep(class, key, row);
        }
        Ok(())
    }

    /// Adds what another fit has seen, as if its rows had been observed here.
    ///
    /// # Errors
    ///
    /// Another seed, capacity, number of classes or other layers; [`Error::RepeatedRow`] for a row that both have seen.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        let differences = [
            ("layers", self.layers != other.layers),
            ("the number of classes", self.kept.len() != other.kept.len()),
            (
                "the capacity of a class",
                self.capacity_per_class != other.capacity_per_class,
            ),
            ("the seed", self.seed != other.seed),
        ];
        if let Some((what, _)) = differences.into_iter().find(|&(_, differs)| differs) {
            return Err(Error::Unmergeable { what });
        }
        self.seen.require_disjoint(&other.seen)?;
        self.seen.extend(&other.seen);
        for (class, rows) in other.kept.iter().enumerate() {
            for (&key, row) in rows {
                if self.admits(class, key) {
                    self.keep(class, key, row.clone());
                }
            }
        }
        Ok(())
    }

    /// The rows kept of all classes, in the order of their numbers, on the host; more may follow.
    ///
    /// A layer is `f32` if all its kept rows were.
    ///
    /// # Errors
    ///
    /// [`Error::EmptySource`] before the first row.
    pub fn finish(&self) -> Result<References> {
        let mut rows: Vec<&Row> = self.kept.iter().flat_map(BTreeMap::values).collect();
        if rows.is_empty() {
            return Err(Error::EmptySource { expected: 1 });
        }
        rows.sort_unstable_by_key(|row| row.number);
        let layers = self.layers.iter().enumerate().map(|(index, (name, n_channels))| {
            let channels: Vec<&Channels> = rows.iter().map(|row| &row.layers[index]).collect();
            Ok((name.clone(), tensor(&channels, *n_channels)?))
        });
        Ok(References {
            layers: layers.collect::<Result<_>>()?,
            rows: rows.iter().map(|row| row.number).collect(),
        })
    }

    /// Key and position of the rows of a batch that may be kept, by class.
    fn candidates(&self, first_row: u64, classes: &[usize]) -> BTreeMap<usize, Vec<(u64, usize)>> {
        let start = self.seed.derive("hard-subset/references").value();
        let mut candidates: BTreeMap<usize, Vec<(u64, usize)>> = BTreeMap::new();
        for (row, &class) in classes.iter().enumerate() {
            let key = row_key(start, first_row + row as u64);
            if self.admits(class, key) {
                candidates.entry(class).or_default().push((key, row));
            }
        }
        for rows in candidates.values_mut() {
            rows.sort_unstable();
            rows.truncate(self.capacity_per_class);
        }
        candidates
    }

    fn admits(&self, class: usize, key: u64) -> bool {
        let rows = &self.kept[class];
        rows.len() < self.capacity_per_class || rows.last_key_value().is_some_and(|(&last, _)| key < last)
    }

    fn keep(&mut self, class: usize, key: u64, row: Row) {
        let rows = &mut self.kept[class];
        rows.insert(key, row);
        if rows.len() > self.capacity_per_class {
            rows.pop_last();
        }
    }
}

/// One row of a layer, the mean over its places.
fn channels(layer: &Layer, row: usize) -> Result<Channels> {
    let mut tensor = layer.tensor().f_narrow(0, row as i64, 1)?.f_contiguous()?;
    if tensor.dim() == 4 {
        tensor = tensor.f_mean_dim([2_i64, 3].as_slice(), false, tensor.kind())?;
    }
    let tensor = tensor.f_reshape([-1])?;
    Ok(match tensor.f_kind()? {
        Kind::Float => Channels::Single(convert::vector(layer.name(), &tensor)?),
        _ => Channels::Double(convert::vector(layer.name(), &tensor)?),
    })
}

/// Rows as a matrix, `f32` if all of them are.
fn tensor(rows: &[&Channels], n_channels: usize) -> Result<Tensor> {
    let shape = [rows.len() as i64, n_channels as i64];
    let singles: Option<Vec<&[f32]>> = rows
        .iter()
        .map(|row| match row {
            Channels::Single(channels) => Some(channels.as_slice()),
            Channels::Double(_) => None,
        })
        .collect();
    if let Some(singles) = singles {
        return Ok(convert::tensor_from_slice(&singles.concat(), &shape)?);
    }
    let doubles: Vec<f64> = rows
        .iter()
        .flat_map(|row| match row {
            Channels::Single(channels) => channels.iter().map(|&channel| channel.into()).collect(),
            Channels::Double(channels) => channels.clone(),
        })
        .collect();
    Ok(convert::tensor_from_slice(&doubles, &shape)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_is_as_likely_as_another() {
        // 400 seeds, 5 of 20 rows each: every row is kept 100 times on average, standard deviation 8.7.
        let batch = Activations::single(
            "l",
            Tensor::zeros([20, 1], (Kind::Float, tensor_core::Device::Cpu)),
        )
        .expect("activations");
        let mut counts = [0_u32; 20];
        for seed in 0..400 {
            let mut fit = ReferenceFit::new(&[("l", 1)], 1, 5, Seed::new(seed)).expect("parameters");
            fit.observe(0, &batch, &[0; 20]).expect("rows");
            for &row in fit.finish().expect("rows").rows() {
                counts[row as usize] += 1;
            }
        }
        assert!(
            counts.iter().all(|&count| (60..=140).contains(&count)),
            "{counts:?}"
        );
    }
}
