//! Class-agnostic hardness: unlike everything that the network was trained on.

use serde::{Deserialize, Serialize};

use crate::unit_rows::distances;
use crate::{Activations, LayerCombination, LayeredHardness, Prototypes, Result};

/// One less the mean cosine of a target sample to all source samples.
///
/// ```text
/// eta_lj = 1 - 1/n sum_i cos(e_lj, e_li) = 1 - <e_lj / ||e_lj||, mu_l>
///
/// e_lj  activations of target sample j at layer l, pooled
/// mu_l  the mean direction of the source samples, see Prototypes
/// ```
///
/// From 0, the direction that all source samples share, to 2, the opposite of it. Prototypes with a centre centre the
/// target too. The idea of class-agnostic hardness is that of HASTE; the paper's own formula could not be read in full, and
/// this is our reading.
///
/// # Complexity
///
/// One pass over the target's activations, on the host.
///
/// # Reference
///
/// T. R. Menta et al., "Towards Estimating Transferability using Hard Subsets", 2023, arXiv:2301.06928.
///
/// # Examples
///
/// ```
/// use hard_subset::{Activations, ClassAgnostic, PrototypeFit};
/// use tensor_core::convert::tensor_from_slice;
///
/// let source = Activations::single("fc", tensor_from_slice(&[1.0, 0.0, 0.0, 1.0], &[2, 2])?)?;
/// let mut fit = PrototypeFit::new(&[("fc", 2)], 1)?;
/// fit.observe_unlabelled(&source)?;
///
/// let target = Activations::single("fc", tensor_from_slice(&[3.0, 4.0, -1.0, 0.0], &[2, 2])?)?;
/// let hardness = ClassAgnostic::default().hardness(&fit.finish()?, &target)?.combined;
/// assert!((hardness.values()[0] - 0.3).abs() < 1e-15);
/// assert_eq!(hardness.values()[1], 1.5);
/// # Ok::<(), hard_subset::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClassAgnostic {
    /// How the layers become one.
    pub layers: LayerCombination,
}

impl ClassAgnostic {
    /// The hardness of each target sample.
    ///
    /// # Errors
    ///
    /// Layers that differ from the source's; weights that do not fit the layers.
    pub fn hardness(&self, source: &Prototypes, target: &Activations) -> Result<LayeredHardness> {
        target.require_layers(&source.shape())?;
        self.layers.measure(target.layers(), |index, layer| {
            let prototypes = &source.layers()[index];
            distances(layer, prototypes.centre(), |_| prototypes.mean())
        })
    }
}

#[cfg(test)]
mod tests {
    use tensor_core::convert::tensor_from_slice;

    use super::*;
    use crate::{Error, PrototypeFit};

    /// A product of two unit vectors.
    const ATOL: f64 = 1e-15;

    fn activations(layers: &[(&str, &[f64])]) -> Activations {
        let layer = |&(name, values): &(&str, &[f64])| {
            let shape = [values.len() as i64 / 2, 2];
            (
                name.to_owned(),
                tensor_from_slice(values, &shape).expect("a tensor"),
            )
        };
        Activations::new(layers.iter().map(layer).collect()).expect("activations")
    }

    fn prototypes(layers: &[(&str, &[f64])]) -> Prototypes {
        let shape: Vec<(&str, usize)> = layers.iter().map(|&(name, _)| (name, 2)).collect();
        let mut fit = PrototypeFit::new(&shape, 1).expect("a fit");
        fit.observe_unlabelled(&activations(layers)).expect("rows");
        fit.finish().expect("prototypes")
    }

    #[test]
    fn hardness_is_one_less_the_mean_cosine() {
        let source = prototypes(&[("fc", &[1.0, 0.0, 0.0, 1.0])]);
        let target = activations(&[("fc", &[1.0, 0.0, 1.0, 1.0, -1.0, 0.0, 0.0, 0.0])]);
        let hardness = ClassAgnostic::default()
            .hardness(&source, &target)
            .expect("a hardness");
        golden::assert_close(
            hardness.combined.values(),
            &[0.5, 0.292_893_218_813_452_5, 1.5, 1.0],
            0.0,
            ATOL,
        );
        assert_eq!((hardness.n_zero_rows, hardness.n_fallbacks), (1, 0));
        assert!(!hardness.reads_target_labels);
        assert_eq!(hardness.per_layer, [("fc".to_owned(), hardness.combined.clone())]);
    }

    #[test]
    fn layers_are_weighted_and_zero_rows_counted_in_each() {
        let source = prototypes(&[("conv", &[1.0, 0.0]), ("fc", &[0.0, 1.0])]);
        let target = activations(&[("conv", &[1.0, 0.0, 0.0, 0.0]), ("fc", &[1.0, 0.0, 0.0, 0.0])]);
        let agnostic = ClassAgnostic {
            layers: LayerCombination {
                weights: Some(vec![1.0, 3.0]),
                standardise: false,
            },
        };
        let hardness = agnostic.hardness(&source, &target).expect("a hardness");
        assert_eq!(hardness.combined.values(), [0.75, 1.0]);
        assert_eq!(hardness.n_zero_rows, 2);
    }

    #[test]
    fn other_layers_are_refused() {
        let source = prototypes(&[("conv", &[1.0, 0.0]), ("fc", &[0.0, 1.0])]);
        let swapped = activations(&[("fc", &[1.0, 0.0]), ("conv", &[1.0, 0.0])]);
        let error = ClassAgnostic::default()
            .hardness(&source, &swapped)
            .expect_err("other layers");
        assert!(matches!(error, Error::Layers { .. }), "{error}");
        let weighted = ClassAgnostic {
            layers: LayerCombination {
                weights: Some(vec![1.0]),
                standardise: false,
            },
        };
        let target = activations(&[("conv", &[1.0, 0.0]), ("fc", &[1.0, 0.0])]);
        assert!(weighted.hardness(&source, &target).is_err());
    }
}
