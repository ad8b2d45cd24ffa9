//! Class-specific hardness: unlike the source class that the network sees.

use serde::{Deserialize, Serialize};
use tch::Kind;
use tensor_core::{Tensor, check, convert};
use transferability_metrics::Probabilities;

use crate::prototypes::require_classes;
use crate::unit_rows::distances;
use crate::{
    Activations, Error, Layer, LayerCombination, LayerPrototypes, LayeredHardness, Prototypes, Result,
};

/// Target samples whose mixtures of prototypes are held at a time.
const ROWS_PER_BLOCK: usize = 128;

/// One less the mean cosine of a target sample to the source samples of the class that the network sees in it.
///
/// ```text
/// hard:  eta_lj = 1 - <e_lj / ||e_lj||, mu_lz>  at  z = argmax_z P_jz, the first of several
/// soft:  eta_lj = 1 - sum_z P_jz <e_lj / ||e_lj||, mu_lz>
///
/// e_lj   activations of target sample j at layer l, pooled
/// P_jz   probability that the source's head gives class z for sample j
/// mu_lz  the mean direction of the source samples of class z, see Prototypes
/// ```
///
/// A class that no source sample was seen of has no prototype: see [`EmptyClass`]. The idea of class-specific hardness is
/// that of HASTE; the paper's own formula could not be read in full, and this is our reading.
///
/// # Complexity
///
/// One pass over the target's activations, on the host; soft assignment adds `O(n k c)`.
///
/// # Reference
///
/// T. R. Menta et al., "Towards Estimating Transferability using Hard Subsets", 2023, arXiv:2301.06928.
///
/// # Examples
///
/// ```
/// use hard_subset::{Activations, ClassSpecific, Prototypes};
/// use tensor_core::convert::tensor_from_slice;
///
/// let classifier = tensor_from_slice(&[1.0, 0.0, 0.0, 1.0], &[2, 2])?;
/// let source = Prototypes::from_classifier("fc", &classifier)?;
/// let target = Activations::single("fc", tensor_from_slice(&[3.0, 4.0, -1.0, 0.0], &[2, 2])?)?;
///
/// // The first sample is 0.8 along class 1, the second against class 0.
/// let hardness = ClassSpecific::default().hardness_of_predictions(&source, &target, &[1, 0])?.combined;
/// assert!((hardness.values()[0] - 0.2).abs() < 1e-15);
/// assert_eq!(hardness.values()[1], 2.0);
/// # Ok::<(), hard_subset::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClassSpecific {
    /// Which source classes a target sample is compared with; the predicted one by default.
    pub assignment: Assignment,
    /// What stands in for a class without a source sample; the mean of all by default.
    pub on_empty: EmptyClass,
    /// How the layers become one.
    pub layers: LayerCombination,
}

/// Which source classes a target sample is compared with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Assignment {
    /// The most probable one, the first of several.
    #[default]
    Hard,
    /// All, by their probabilities: nothing jumps where two classes are equally probable.
    Soft,
}

/// What stands in for a source class that no source sample was seen of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EmptyClass {
    /// The mean of all source samples. Target samples whose most probable class is empty are counted in
    /// [`LayeredHardness::n_fallbacks`].
    #[default]
    Fallback,
    /// Nothing: [`Error::EmptyClass`] if a target sample is compared with it.
    Error,
}

impl ClassSpecific {
    /// The hardness of each target sample.
    ///
    /// # Errors
    ///
    /// Layers that differ from the source's; another number of samples or of source classes in the probabilities; an empty
    /// class, if that is an error; weights that do not fit the layers.
    pub fn hardness(
        &self,
        source: &Prototypes,
        target: &Activations,
        probabilities: &Probabilities,
    ) -> Result<LayeredHardness> {
        let n_classes = probabilities.n_source_classes();
        let columns = format!("a row of {}", probabilities.name());
        check::same_length(&columns, n_classes, "the source's classes", source.n_classes())?;
        let n_samples = probabilities.n_samples();
        check::same_length("activations", target.n_samples(), probabilities.name(), n_samples)?;
        let predictions = most_probable(probabilities)?;
        if self.assignment == Assignment::Hard {
            return self.hardness_of_predictions(source, target, &predictions);
        }
        self.require_no_probable_empty_class(source, probabilities)?;
        self.layered(source, target, &predictions, |prototypes, layer| {
            distances_to_mixtures(prototypes, layer, probabilities)
        })
    }

    /// The hardness of each target sample, given its source class, whatever the assignment.
    ///
    /// # Errors
    ///
    /// Layers that differ from the source's; another number of predictions than of samples; a prediction that is no source
    /// class; an empty class, if that is an error; weights that do not fit the layers.
    pub fn hardness_of_predictions(
        &self,
        source: &Prototypes,
        target: &Activations,
        predictions: &[usize],
    ) -> Result<LayeredHardness> {
        check::same_length(
            "activations",
            target.n_samples(),
            "predictions",
            predictions.len(),
        )?;
        require_classes("predictions", predictions, source.n_classes())?;
        let empty = predictions.iter().find(|&&class| source.is_empty(class));
        if let (EmptyClass::Error, Some(&class)) = (self.on_empty, empty) {
            return Err(Error::EmptyClass { class });
        }
        self.layered(source, target, predictions, |prototypes, layer| {
            distances(layer, prototypes.centre(), |row| {
                prototypes.stand_in(predictions[row])
            })
        })
    }

    /// An error if an empty class is one and any sample may belong to it.
    fn require_no_probable_empty_class(
        &self,
        source: &Prototypes,
        probabilities: &Probabilities,
    ) -> Result<()> {
        if self.on_empty == EmptyClass::Fallback {
            return Ok(());
        }
        let greatest = convert::vector::<f64>(
            "probabilities",
            &probabilities.tensor().f_amax([0_i64].as_slice(), false)?,
        )?;
        match (0..source.n_classes()).find(|&class| source.is_empty(class) && greatest[class] > 0.0) {
            None => Ok(()),
            Some(class) => Err(Error::EmptyClass { class }),
        }
    }

    fn layered(
        &self,
        source: &Prototypes,
        target: &Activations,
        predictions: &[usize],
        distances: impl Fn(&LayerPrototypes, &Layer) -> Result<(Vec<f64>, usize)>,
    ) -> Result<LayeredHardness> {
        target.require_layers(&source.shape())?;
        let hardness = self.layers.measure(target.layers(), |index, layer| {
            distances(&source.layers()[index], layer)
        })?;
        Ok(LayeredHardness {
            n_fallbacks: predictions
                .iter()
                .filter(|&&class| source.is_empty(class))
                .count(),
            ..hardness
        })
    }
}

/// The first of the most probable classes of each sample.
fn most_probable(probabilities: &Probabilities) -> Result<Vec<usize>> {
    let mut predictions = Vec::with_capacity(probabilities.n_samples());
    for_each_block_of_probabilities(probabilities, |_, rows| {
        let rows = convert::array2::<f64>(probabilities.name(), rows)?;
        predictions.extend(rows.rows().into_iter().map(|row| {
            let first_of_greatest =
                |best: usize, class: usize| if row[class] > row[best] { class } else { best };
            (0..row.len()).fold(0, first_of_greatest)
        }));
        Ok(())
    })?;
    Ok(predictions)
}

/// `1 - <u_j, sum_z P_jz mu_z>` of each row, and the number of zero rows.
fn distances_to_mixtures(
    prototypes: &LayerPrototypes,
    layer: &Layer,
    probabilities: &Probabilities,
) -> Result<(Vec<f64>, usize)> {
    let n_channels = layer.n_channels();
    let class_means: Vec<f64> = (0..probabilities.n_source_classes())
        .flat_map(|class| prototypes.stand_in(class))
        .copied()
        .collect();
    let class_means = Tensor::f_from_slice(&class_means)?.f_view([-1, n_channels as i64])?;
    let mut values = Vec::with_capacity(layer.n_samples());
    let mut n_zero_rows = 0;
    for_each_block_of_probabilities(probabilities, |first_row, rows| {
        let mixtures = rows.f_matmul(&class_means)?;
        let mut flat = vec![0.0; mixtures.numel()];
        mixtures.f_copy_data(&mut flat, mixtures.numel())?;
        let mixture = |row: usize| &flat[row * n_channels..(row + 1) * n_channels];
        let n_rows = rows.size()[0] as usize;
        let (distances, n_zero) = distances(&layer.rows(first_row, n_rows)?, prototypes.centre(), mixture)?;
        values.extend(distances);
        n_zero_rows += n_zero;
        Ok(())
    })?;
    Ok((values, n_zero_rows))
}

/// Gives `visit` the probabilities of some rows at a time, `f64` and on the host, and the first row's index.
fn for_each_block_of_probabilities(
    probabilities: &Probabilities,
    mut visit: impl FnMut(usize, &Tensor) -> Result<()>,
) -> Result<()> {
    let n_samples = probabilities.n_samples();
    for first_row in (0..n_samples).step_by(ROWS_PER_BLOCK) {
        let n_rows = ROWS_PER_BLOCK.min(n_samples - first_row);
        let rows = probabilities
            .tensor()
            .f_narrow(0, first_row as i64, n_rows as i64)?;
        visit(
            first_row,
            &rows.f_to_device(tch::Device::Cpu)?.f_to_kind(Kind::Double)?,
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tensor_core::convert::tensor_from_slice;

    use super::*;
    use crate::PrototypeFit;

    /// A product of two unit vectors.
    const ATOL: f64 = 1e-15;

    fn activations(values: &[f64]) -> Activations {
        let rows = tensor_from_slice(values, &[values.len() as i64 / 2, 2]).expect("a tensor");
        Activations::single("fc", rows).expect("activations")
    }

    fn probabilities(values: &[f64], n_classes: usize) -> Probabilities {
        let shape = [(values.len() / n_classes) as i64, n_classes as i64];
        Probabilities::new(tensor_from_slice(values, &shape).expect("a tensor")).expect("probabilities")
    }

    /// Class means (1, 0) and (0, 1); class 2 is empty, and the mean of all is (2/3, 1/3).
    fn source() -> Prototypes {
        let mut fit = PrototypeFit::new(&[("fc", 2)], 3).expect("a fit");
        let rows = activations(&[1.0, 0.0, 4.0, 0.0, 0.0, 1.0]);
        fit.observe(&rows, &[0, 0, 1]).expect("rows");
        fit.finish().expect("prototypes")
    }

    fn targets() -> Activations {
        activations(&[1.0, 0.0, 1.0, 1.0, -1.0, 0.0])
    }

    #[test]
    fn the_predicted_class_is_compared_with() {
        let specific = ClassSpecific::default();
        let expected = [0.0, 0.292_893_218_813_452_5, 2.0];
        let of_predictions = specific
            .hardness_of_predictions(&source(), &targets(), &[0, 1, 0])
            .expect("a hardness");
        golden::assert_close(of_predictions.combined.values(), &expected, 0.0, ATOL);
        // The first of two equally probable classes.
        let probabilities = probabilities(&[0.5, 0.5, 0.0, 0.1, 0.6, 0.3, 0.4, 0.3, 0.3], 3);
        let of_probabilities = specific
            .hardness(&source(), &targets(), &probabilities)
            .expect("a hardness");
        assert_eq!(of_probabilities, of_predictions);
        assert_eq!((of_predictions.n_fallbacks, of_predictions.n_zero_rows), (0, 0));
    }

    #[test]
    fn the_mean_of_all_stands_in_for_an_empty_class() {
        let specific = ClassSpecific::default();
        let hardness = specific
            .hardness_of_predictions(&source(), &targets(), &[2, 0, 2])
            .expect("a hardness");
        golden::assert_close(
            hardness.combined.values(),
            &[1.0 / 3.0, 0.292_893_218_813_452_5, 5.0 / 3.0],
            0.0,
            ATOL,
        );
        assert_eq!(hardness.n_fallbacks, 2);
        let strict = ClassSpecific {
            on_empty: EmptyClass::Error,
            ..specific
        };
        assert!(
            strict
                .hardness_of_predictions(&source(), &targets(), &[1, 0, 1])
                .is_ok()
        );
        let error = strict.hardness_of_predictions(&source(), &targets(), &[1, 0, 2]);
        assert!(matches!(error, Err(Error::EmptyClass { class: 2 })), "{error:?}");
    }

    #[test]
    fn soft_assignment_mixes_the_classes() {
        let soft = ClassSpecific {
            assignment: Assignment::Soft,
            ..ClassSpecific::default()
        };
        let probabilities = probabilities(&[0.25, 0.75, 0.0, 0.5, 0.0, 0.5, 0.0, 0.4, 0.6], 3);
        let hardness = soft
            .hardness(&source(), &targets(), &probabilities)
            .expect("a hardness");
        // Mixtures (1/4, 3/4), (5/6, 1/6) and (0.4, 0.6).
        let expected = [0.75, 1.0 - 0.5_f64.sqrt(), 1.4];
        golden::assert_close(hardness.combined.values(), &expected, 0.0, ATOL);
        assert_eq!(hardness.n_fallbacks, 1);
        let strict = ClassSpecific {
            on_empty: EmptyClass::Error,
            ..soft
        };
        let error = strict.hardness(&source(), &targets(), &probabilities);
        assert!(matches!(error, Err(Error::EmptyClass { class: 2 })), "{error:?}");
        let two = self::probabilities(&[0.25, 0.75, 0.0, 0.5, 0.5, 0.0, 0.0, 1.0, 0.0], 3);
        assert!(strict.hardness(&source(), &targets(), &two).is_ok());
    }

    #[test]
    fn soft_assignment_of_certain_probabilities_is_hard_assignment() {
        // More rows than a block of mixtures holds.
        let n_samples = 2 * ROWS_PER_BLOCK + 5;
        let rows: Vec<f64> = (0..2 * n_samples).map(|entry| (entry as f64).sin()).collect();
        let predictions: Vec<usize> = (0..n_samples).map(|row| row * row % 3).collect();
        let certain: Vec<f64> = predictions
            .iter()
            .flat_map(|&class| (0..3).map(move |other| if other == class { 1.0 } else { 0.0 }))
            .collect();
        let certain = probabilities(&certain, 3);
        let [hard, soft] = [Assignment::Hard, Assignment::Soft].map(|assignment| {
            let specific = ClassSpecific {
                assignment,
                ..ClassSpecific::default()
            };
            specific
                .hardness(&source(), &activations(&rows), &certain)
                .expect("a hardness")
        });
        assert_eq!(soft, hard);
        let of_predictions =
            ClassSpecific::default().hardness_of_predictions(&source(), &activations(&rows), &predictions);
        assert_eq!(of_predictions.expect("a hardness"), hard);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let specific = ClassSpecific::default();
        let too_few = probabilities(&[0.5, 0.5, 0.5, 0.5, 1.0, 0.0], 2);
        let error = specific
            .hardness(&source(), &targets(), &too_few)
            .expect_err("two classes");
        assert_eq!(
            error.to_string(),
            "a row of probabilities has 2 entries and the source's classes has 3: they must agree"
        );
        let two_rows = probabilities(&[0.5, 0.5, 0.0, 0.5, 0.5, 0.0], 3);
        assert!(specific.hardness(&source(), &targets(), &two_rows).is_err());
        assert!(
            specific
                .hardness_of_predictions(&source(), &targets(), &[0, 0])
                .is_err()
        );
        let error = specific
            .hardness_of_predictions(&source(), &targets(), &[0, 3, 1])
            .expect_err("class 3");
        assert_eq!(error.to_string(), "predictions[1] is 3: expected a class below 3");
        let other =
            Activations::single("conv", targets().layers()[0].tensor().shallow_clone()).expect("activations");
        let error = specific.hardness_of_predictions(&source(), &other, &[0, 0, 1]);
        assert!(matches!(error, Err(Error::Layers { .. })), "{error:?}");
    }
}
