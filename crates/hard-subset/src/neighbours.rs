//! Hardness by the labels of the nearest other target samples.

use serde::{Deserialize, Serialize};
use tensor_core::check;
use transferability_metrics::{Features, Labels};

use crate::nearest::nearest_others;
use crate::{Hardness, Kernel, LayeredHardness, Result};

/// The share of a target sample's k nearest others that have another label.
///
/// ```text
/// eta_j = |{i in N_k(j) : y_i != y_j}| / k
///
/// N_k(j)  the k samples other than j most similar to it; of those equally similar, the ones that come first
/// y_i     label of sample i
/// ```
///
/// Similarities are compared in `f64`: copies of one sample are equally near, to the bit, and stand in their order. A copy
/// of sample j itself is among its nearest others. All RBF bandwidths rank as the distance does.
///
/// The labels are read, so that the hardness says as much about the task as about the network; the result is flagged.
///
/// | field | meaning | range |
/// |---|---|---|
/// | `k` | how many neighbours | from 1 to n - 1 |
/// | `kernel` | how near they are | bandwidth above 0 |
///
/// # Complexity
///
/// O(n^2 d) for n samples of d features; tiles of 1024 x 512 similarities are held, not all n^2. A sample with very many
/// others equally near takes longer, by a constant factor.
///
/// # Reference
///
/// M. R. Smith, T. Martinez, C. Giraud-Carrier, "An instance level analysis of data complexity", Machine Learning 95, 2014,
/// doi:10.1007/s10994-013-5422-z: the k-disagreeing neighbours.
///
/// # Examples
///
/// ```
/// use hard_subset::{Kernel, NeighbourDisagreement};
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Features, Labels};
///
/// let features = Features::new(tensor_from_slice(&[0.0, 1.0, 2.5, 10.0], &[4, 1])?)?;
/// let labels = Labels::new(&[0, 0, 1, 1])?;
/// let disagreement = NeighbourDisagreement { k: 2, kernel: Kernel::Euclidean };
/// let hardness = disagreement.hardness(&features, &labels)?;
/// assert_eq!(hardness.combined.values(), [0.5, 0.5, 1.0, 0.5]);
/// assert!(hardness.reads_target_labels);
/// # Ok::<(), hard_subset::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NeighbourDisagreement {
    /// How many neighbours, at least 1.
    pub k: usize,
    /// How near they are.
    pub kernel: Kernel,
}

impl NeighbourDisagreement {
    /// Checks the parameters against the number of samples.
    ///
    /// # Errors
    ///
    /// k below 1 or above n - 1; a bandwidth that is not a finite number above 0.
    pub fn validate(&self, n_samples: usize) -> Result<()> {
        self.kernel.validate()?;
        check::parameter("k", self.k >= 1, "at least 1", self.k)?;
        check::at_least("samples", n_samples, self.k.saturating_add(1))?;
        Ok(())
    }

    /// The hardness of each target sample, as one layer that has the features' name.
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate); features and labels of different numbers of samples; features so large that their
    /// squares overflow; an error of libtorch.
    pub fn hardness(&self, features: &Features, labels: &Labels) -> Result<LayeredHardness> {
        check::same_length(features.name(), features.n_samples(), labels.name(), labels.len())?;
        self.validate(features.n_samples())?;
        let classes = labels.indices();
        let mut values = vec![0.0; features.n_samples()];
        let n_zero_rows = nearest_others(features.tensor(), self.kernel, self.k, |row, nearest| {
            let n_others = nearest
                .iter()
                .filter(|&&other| classes[other] != classes[row])
                .count();
            values[row] = n_others as f64 / self.k as f64;
        })?;
        let hardness = Hardness::named(features.name(), values)?;
        Ok(LayeredHardness {
            combined: hardness.clone(),
            per_layer: vec![(features.name().to_owned(), hardness)],
            n_fallbacks: 0,
            n_zero_rows,
            reads_target_labels: true,
        })
    }
}
