//! Hardness by the most similar source rows.

use serde::{Deserialize, Serialize};
use tensor_core::{Tensor, check};

use crate::{Activations, Kernel, LayerCombination, LayeredHardness, References, Result};

mod aggregate;
mod blocks;
mod direct;
mod exact;
mod others;
mod rows;
mod selection;
mod tiles;

pub(crate) use others::nearest_others;

use blocks::TileShape;
use rows::Pair;

/// What becomes of the similarities of one target row to all references.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aggregation {
    /// Their mean. For the cosine it needs the mean of the references' unit rows only: time and memory of a prototype.
    Mean,
    /// The mean of the k greatest; k is 10 by default, a common choice for nearest neighbours.
    TopK(usize),
    /// The greatest.
    Max,
}

impl Default for Aggregation {
    fn default() -> Self {
        Self::TopK(10)
    }
}

/// Class-agnostic hardness over single source rows: a target row is hard if the source rows most like it are not like it.
///
/// ```text
/// s_lj    = aggregation over i of k(e_l(x_j), e_l(x_i))
/// eta_lj  = 1 - s_lj     cosine and RBF
///         = -s_lj        Euclidean: the mean distance
///
/// e_l(x)  activations of sample x at layer l, the mean over its places
/// x_j     target sample
/// x_i     references, kept source samples
/// k       kernel
/// ```
///
/// The idea of comparing a target with the source sample is the paper's; its own formula could not be read in full, and this
/// is our reading. For sources without rows to keep, or to compare by class, there are prototypes.
///
/// | field | default | meaning | range |
/// |---|---|---|---|
/// | `aggregation` | `TopK(10)` | which similarities count | k from 1 to the number of references |
/// | `kernel` | `Cosine` | the similarity | bandwidth above 0 |
/// | `centre` | `false` | the mean of the references is subtracted from both sides first | |
/// | `layers` | equal weights | how layers are combined | |
///
/// Activations after a rectifier are not negative, so that no cosine is; centred, they spread out. For the cosine the mean is
/// that of the references' unit rows, it is subtracted from unit rows, and the differences are scaled to unit rows again.
/// Distances do not depend on a centre: there `centre` changes nothing.
///
/// # Accuracy
///
/// Cosines of `f32` activations come from `f32` products of unit rows, each within about 1e-6 of the exact one, and are
/// averaged in `f64`; their mean over all references, and everything of `f64` activations, is computed in `f64`. Distances
/// are found by `f64` products about the mean of the references; for `TopK` and `Max` all that rounding could place among
/// the least are then taken again from the differences of the rows: a copy of a reference is at distance 0. The mean of all
/// distances has no such second look: one much smaller than the norms about the mean may be off by about 1e-8 of them.
///
/// Rows do not depend on each other. The number of rayon threads changes no bit; the number of libtorch threads may change
/// the last ones.
///
/// # Complexity
///
/// O(m n c) for m target and n source rows of c channels, O((m + n) c) for the mean of cosines. A target that very many
/// references are equally far from, such as copies of one row, takes some twenty times longer. The m x n similarities are
/// never held: a tile of at most 1024 x 512 is, with the rows that it is made of. Besides the activations, memory is 10 MiB,
/// a few numbers a row and, for large k, 2k + 32 candidates for each of 64 targets; more only beyond 8000 channels. The
/// work is done on the device of the target.
///
/// # Reference
///
/// T. R. Menta et al., "Towards Estimating Transferability using Hard Subsets", 2023, arXiv:2301.06928.
///
/// # Examples
///
/// ```
/// use hard_subset::{Activations, Aggregation, NearestSources, References};
/// use tensor_core::convert::tensor_from_slice;
///
/// let source = tensor_from_slice(&[1.0, 0.0, 0.0, 1.0], &[2, 2])?;
/// let target = tensor_from_slice(&[1.0, 0.0, 1.0, 1.0, -1.0, 0.0], &[3, 2])?;
/// let references = References::all(&Activations::single("pool", source)?)?;
///
/// let nearest = NearestSources {
///     aggregation: Aggregation::Max,
///     ..NearestSources::default()
/// };
/// let hardness = nearest.hardness(&references, &Activations::single("pool", target)?)?;
/// // The greatest cosines are 1, 1 / sqrt 2 and 0.
/// let expected = [0.0, 1.0 - 0.5_f64.sqrt(), 1.0];
/// for (eta, expected) in hardness.combined.values().iter().zip(expected) {
///     assert!((eta - expected).abs() < 1e-15);
/// }
/// # Ok::<(), hard_subset::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NearestSources {
    /// Which similarities count.
    pub aggregation: Aggregation,
    /// The similarity.
    pub kernel: Kernel,
    /// Whether the mean of the references is subtracted from both sides first.
    pub centre: bool,
    /// How layers are combined.
    pub layers: LayerCombination,
}

impl NearestSources {
    /// Checks the parameters against the number of references.
    ///
    /// # Errors
    ///
    /// k below 1 or above the number of references; a bandwidth that is not a finite number above 0.
    pub fn validate(&self, n_references: usize) -> Result<()> {
        self.kernel.validate()?;
        if let Aggregation::TopK(k) = self.aggregation {
            check::parameter("k", k >= 1, "at least 1", k)?;
            check::at_least("references", n_references, k)?;
        }
        Ok(())
    }

    /// The hardness of each target row.
    ///
    /// For the cosine a zero row, also one that becomes zero when it is centred, has similarity 0 and is counted.
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate) and [`LayerCombination::validate`]; layers other than those of the references;
    /// activations so large that their squares or the sum over their places overflow; an error of libtorch.
    pub fn hardness(&self, references: &References, target: &Activations) -> Result<LayeredHardness> {
        self.validate(references.n_samples())?;
        target.require_layers(&references.shape())?;
        self.layers.measure(target.layers(), |index, layer| {
            let (_, rows) = &references.layers()[index];
            let (similarities, n_zero_rows) = self.similarities(&layer.pooled()?, rows)?;
            Ok((self.hardness_of(&similarities), n_zero_rows))
        })
    }

    /// The aggregated similarity of each target row, and the number of zero rows among them.
    fn similarities(&self, targets: &Tensor, references: &Tensor) -> Result<(Vec<f64>, usize)> {
        let references = references.f_to_device(targets.device())?;
        let pair = Pair::new(targets, &references, self.kernel, self.centre)?;
        let shape = TileShape::new(pair.targets.width(), pair.kind);
        let similarities = match self.aggregation {
            Aggregation::Mean => aggregate::mean(&pair, self.kernel, shape)?,
            Aggregation::TopK(k) => aggregate::top_k(&pair, self.kernel, k, shape)?,
            Aggregation::Max => aggregate::top_k(&pair, self.kernel, 1, shape)?,
        };
        Ok((similarities, pair.targets.n_zero()))
    }

    fn hardness_of(&self, similarities: &[f64]) -> Vec<f64> {
        let of = |&similarity: &f64| match self.kernel {
            Kernel::Cosine | Kernel::Rbf { .. } => 1.0 - similarity,
            // Not -0 for a distance of 0.
            Kernel::Euclidean => 0.0 - similarity,
        };
        similarities.iter().map(of).collect()
    }
}
