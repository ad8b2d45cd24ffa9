//! The fit of prototypes as the source samples stream by.

use tensor_core::check;

use super::{LayerPrototypes, PrototypeOrigin, Prototypes, require_classes, require_n_classes};
use crate::activations::{named_layers, require_same_layers};
use crate::unit_rows::for_each_block;
use crate::unit_sum::{ClassSums, UnitSum};
use crate::{Activations, Error, Result};

/// Prototypes in the making: batches of source samples are observed one by one, fits of shards merged.
///
/// Memory does not depend on the number of samples: one vector for each layer and each class that occurs. Sums are exact
/// ([the entries of the unit vectors](Prototypes) being rounded to multiples of 2^-50 first), so any order, any sharding
/// and any number of threads give the same bits.
///
/// # Centring
///
/// Activations after a rectifier are not negative: any two have a cosine from 0 to 1, often close to 1, and what samples
/// have in common drowns what tells them apart. A second pass [with a centre](Self::with_centre), the mean unit vector of
/// the first, takes the common part out.
///
/// # Examples
///
/// ```
/// use hard_subset::{Activations, PrototypeFit};
/// use tensor_core::convert::tensor_from_slice;
///
/// let batch = Activations::single("fc", tensor_from_slice(&[2.0, 0.0, 0.0, 3.0], &[2, 2])?)?;
/// let mut fit = PrototypeFit::new(&[("fc", 2)], 2)?;
/// fit.observe(&batch, &[0, 1])?;
/// let prototypes = fit.finish()?;
/// assert_eq!(prototypes.layers()[0].mean(), [0.5, 0.5]);
/// assert_eq!(prototypes.layers()[0].class_mean(1), Some([0.0, 1.0].as_slice()));
/// # Ok::<(), hard_subset::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct PrototypeFit {
    layers: Vec<(String, usize)>,
    n_classes: usize,
    /// One a layer; the class after the last is that of samples without a label.
    sums: Vec<ClassSums>,
    /// One a layer, if there are any.
    centres: Vec<Option<Vec<f64>>>,
}

impl PrototypeFit {
    /// A fit that has seen no sample, of layers given by name and channels.
    ///
    /// # Errors
    ///
    /// No layer, a name given twice, a layer without channels, no class or more than 2^24.
    pub fn new(layers: &[(&str, usize)], n_classes: usize) -> Result<Self> {
        let layers = named_layers(layers)?;
        require_n_classes(n_classes)?;
        let sums = layers
            .iter()
            .map(|&(_, n_channels)| ClassSums::new(n_channels, n_classes + 1));
        Ok(Self {
            sums: sums.collect(),
            centres: vec![None; layers.len()],
            layers,
            n_classes,
        })
    }

    /// Subtracts the overall mean of an earlier fit from every unit vector, and brings what is left to length 1.
    ///
    /// A zero row stays zero; one that equals the mean becomes zero.
    ///
    /// # Errors
    ///
    /// Prototypes of other layers; samples observed before, or prototypes that have a centre themselves
    /// ([`Error::Unmergeable`]).
    pub fn with_centre(self, prototypes: &Prototypes) -> Result<Self> {
        require_same_layers(prototypes.shape(), &self.layers)?;
        let is_centred = prototypes.layers().iter().any(|layer| layer.centre().is_some());
        if is_centred || self.n_samples() > 0 {
            return Err(Error::Unmergeable { what: "the centre" });
        }
        let centres = prototypes
            .layers()
            .iter()
            .map(|layer| Some(layer.mean().to_vec()));
        Ok(Self {
            centres: centres.collect(),
            ..self
        })
    }

    /// Adds source samples and the source class of each.
    ///
    /// # Errors
    ///
    /// Other layers, another number of classes than of samples, a class that is out of range: then the fit is as it was.
    /// An error of libtorch in the middle of the batch: then it is to be thrown away.
    pub fn observe(&mut self, batch: &Activations, classes: &[usize]) -> Result<()> {
        check::same_length("activations", batch.n_samples(), "classes", classes.len())?;
        require_classes("classes", classes, self.n_classes)?;
        self.add(batch, |row| classes[row])
    }

    /// Adds source samples whose class is not known: they count among all samples and in no class.
    ///
    /// # Errors
    ///
    /// As [`observe`](Self::observe).
    pub fn observe_unlabelled(&mut self, batch: &Activations) -> Result<()> {
        let no_class = self.n_classes;
        self.add(batch, |_| no_class)
    }

    /// Adds what another fit has seen, as if its samples had been observed here.
    ///
    /// # Errors
    ///
    /// Other layers, another number of classes, another centre.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        let differences = [
            ("layers", self.layers != other.layers),
            ("the number of classes", self.n_classes != other.n_classes),
            ("the centre", self.centres != other.centres),
        ];
        if let Some((what, _)) = differences.into_iter().find(|&(_, differs)| differs) {
            return Err(Error::Unmergeable { what });
        }
        for (sums, other) in self.sums.iter_mut().zip(&other.sums) {
            sums.merge(other);
        }
        Ok(())
    }

    /// The prototypes of the samples seen so far; more may follow.
    ///
    /// # Errors
    ///
    /// [`Error::EmptySource`] before the first sample.
    pub fn finish(&self) -> Result<Prototypes> {
        let layers = self.layers.iter().zip(&self.sums).zip(&self.centres);
        let layers = layers.map(|(((name, _), sums), centre)| {
            let mean = sums.total().mean().ok_or(Error::EmptySource { expected: 1 })?;
            Ok(LayerPrototypes {
                name: name.clone(),
                mean,
                class_means: sums.sums()[..self.n_classes].iter().map(UnitSum::mean).collect(),
                centre: centre.clone(),
            })
        });
        Ok(Prototypes {
            origin: PrototypeOrigin::Samples,
            n_samples: self.n_samples(),
            counts: self.sums[0].sums()[..self.n_classes]
                .iter()
                .map(UnitSum::n_rows)
                .collect(),
            layers: layers.collect::<Result<_>>()?,
        })
    }

    /// The number of samples seen so far.
    pub fn n_samples(&self) -> u64 {
        self.sums[0].sums().iter().map(UnitSum::n_rows).sum()
    }

    fn add(&mut self, batch: &Activations, class: impl Fn(usize) -> usize) -> Result<()> {
        batch.require_layers(&self.layers)?;
        for ((layer, sums), centre) in batch.layers().iter().zip(&mut self.sums).zip(&self.centres) {
            for_each_block(layer, centre.as_deref(), |first_row, unit_vectors| {
                sums.add(unit_vectors, (first_row..).map(&class));
                Ok(())
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tensor_core::convert::tensor_from_slice;

    use super::*;

    fn batch(name: &str, values: &[f64]) -> Activations {
        let rows = tensor_from_slice(values, &[values.len() as i64 / 2, 2]).expect("a tensor");
        Activations::single(name, rows).expect("activations")
    }

    fn new_fit() -> PrototypeFit {
        PrototypeFit::new(&[("fc", 2)], 3).expect("a fit")
    }

    #[test]
    fn means_are_of_directions_by_class_and_of_all() {
        let mut fit = new_fit();
        fit.observe(&batch("fc", &[2.0, 0.0, 0.0, 1.0]), &[2, 0])
            .expect("rows");
        fit.observe_unlabelled(&batch("fc", &[0.0, 9.0])).expect("rows");
        fit.observe(&batch("fc", &[0.0, 0.0]), &[2]).expect("rows");
        let prototypes = fit.finish().expect("prototypes");
        assert_eq!(
            (prototypes.n_samples(), prototypes.counts()),
            (4, [1, 0, 2].as_slice())
        );
        let layer = &prototypes.layers()[0];
        // A zero row counts, and has no direction.
        assert_eq!(layer.mean(), [0.25, 0.5]);
        assert_eq!(layer.class_mean(0), Some([0.0, 1.0].as_slice()));
        assert_eq!(layer.class_mean(1), None);
        assert_eq!(layer.class_mean(2), Some([0.5, 0.0].as_slice()));
    }

    #[test]
    fn what_is_refused_leaves_the_fit_as_it_was() {
        let mut fit = new_fit();
        fit.observe(&batch("fc", &[2.0, 0.0, 0.0, 1.0]), &[2, 0])
            .expect("rows");
        let before = fit.finish().expect("prototypes");

        let error = fit
            .observe(&batch("fc", &[1.0, 1.0, 1.0, 1.0]), &[0, 3])
            .expect_err("class 3");
        assert_eq!(error.to_string(), "classes[1] is 3: expected a class below 3");
        assert!(fit.observe(&batch("fc", &[1.0, 1.0]), &[0, 1]).is_err());
        let error = fit
            .observe(&batch("conv", &[1.0, 1.0]), &[0])
            .expect_err("another layer");
        assert_eq!(
            error.to_string(),
            "layers are conv (2 channels): expected those of the source, fc (2 channels)"
        );
        assert!(fit.observe_unlabelled(&batch("conv", &[1.0, 1.0])).is_err());
        assert_eq!(fit.finish().expect("prototypes"), before);
    }

    #[test]
    fn fits_that_differ_are_not_merged() {
        let mut fit = new_fit();
        fit.observe_unlabelled(&batch("fc", &[2.0, 0.0])).expect("rows");
        let prototypes = fit.finish().expect("prototypes");
        let others = [
            (PrototypeFit::new(&[("conv", 2)], 3), "layers"),
            (PrototypeFit::new(&[("fc", 2)], 4), "the number of classes"),
            (new_fit().with_centre(&prototypes), "the centre"),
        ];
        for (other, expected) in others {
            let error = fit.merge(&other.expect("a fit"));
            assert!(
                matches!(error, Err(Error::Unmergeable { what }) if what == expected),
                "{error:?}"
            );
        }
        assert_eq!(fit.finish().expect("prototypes"), prototypes);
    }

    #[test]
    fn a_centre_comes_first_and_once() {
        let mut fit = new_fit();
        fit.observe_unlabelled(&batch("fc", &[2.0, 0.0, 0.0, 2.0]))
            .expect("rows");
        let prototypes = fit.finish().expect("prototypes");
        assert!(matches!(
            fit.with_centre(&prototypes),
            Err(Error::Unmergeable { .. })
        ));

        let mut centred = new_fit().with_centre(&prototypes).expect("a centre");
        centred
            .observe_unlabelled(&batch("fc", &[3.0, 0.0]))
            .expect("rows");
        let centred = centred.finish().expect("prototypes");
        // (1, 0) - (1/2, 1/2), of length 1.
        let half_root = 0.5_f64.sqrt();
        golden::assert_close(centred.layers()[0].mean(), &[half_root, -half_root], 1e-15, 0.0);
        assert!(matches!(
            new_fit().with_centre(&centred),
            Err(Error::Unmergeable { .. })
        ));
        let other = PrototypeFit::new(&[("conv", 2)], 3).expect("a fit");
        assert!(matches!(
            other.with_centre(&prototypes),
            Err(Error::Layers { .. })
        ));
    }

    #[test]
    fn fits_of_nothing_are_refused() {
        assert!(matches!(
            new_fit().finish(),
            Err(Error::EmptySource { expected: 1 })
        ));
        assert!(matches!(PrototypeFit::new(&[], 3), Err(Error::NoLayers)));
        assert!(matches!(
            PrototypeFit::new(&[("fc", 2), ("fc", 2)], 3),
            Err(Error::RepeatedLayer { .. })
        ));
        for (n_channels, n_classes) in [(0, 3), (2, 0), (2, usize::MAX)] {
            assert!(matches!(
                PrototypeFit::new(&[("fc", n_channels)], n_classes),
                Err(Error::Core(_))
            ));
        }
    }
}
