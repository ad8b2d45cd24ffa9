//! What a consumer of the pool gets.

use ndarray::{Array1, Array2};
use tensor_core::Tensor;

use super::family::{Family, Subject};
use super::source::Kind;
use crate::support::network::Architecture;

/// One network before it is adapted to one target.
#[derive(Debug)]
pub(crate) struct SourceOutputs {
    /// Unique in the pool.
    pub(crate) name: String,
    /// How images become features.
    pub(crate) architecture: Architecture,
    /// The data set it was trained on.
    pub(crate) family: Family,
    /// How it came by what it knows.
    pub(crate) kind: Kind,
    /// Images it was trained on, if it was trained here.
    pub(crate) n_train_source: Option<usize>,
    /// Its features and labels of images of its own.
    pub(crate) source_sample: Option<SourceSample>,
    /// Features (m, d), f32, of the target's training images.
    pub(crate) target_features: Tensor,
    /// Probabilities (m, k), f64, of its own head on them.
    pub(crate) target_probabilities: Tensor,
    /// The classes of the target's training images.
    pub(crate) target_labels: Vec<i64>,
    /// Whether it was trained on images of the target's data set.
    pub(crate) same_family: bool,
    /// Whether its training images show what the target's do: handwritten digits of any data set, say.
    pub(crate) same_subject: bool,
    /// What its training images show.
    pub(crate) subject: Subject,
}

/// A network's features and labels of a class-balanced sample.
#[derive(Debug)]
pub(crate) struct SourceSample {
    /// (n, d), f32; n is the same for every network of the pool.
    pub(crate) features: Tensor,
    /// (n).
    pub(crate) labels: Vec<i64>,
    /// Whether the images are not of the data set that the network was trained on, but of the nearest there is.
    pub(crate) is_stand_in: bool,
}

/// What the layers of one network make of one target's training images, and of its own.
#[derive(Debug)]
pub(crate) struct NetworkActivations {
    /// Scores (m, k), f32, of its own head on the target's training images.
    pub(crate) target_scores: Tensor,
    /// The weights (k, d) of its own head.
    pub(crate) head_weights: Tensor,
    /// Its layers, if it has a source sample.
    pub(crate) layers: Option<LayerActivations>,
}

/// The layers of one network by name: maps (n, c, h, w), or (n, c).
#[derive(Debug)]
pub(crate) struct LayerActivations {
    /// On the source sample.
    pub(crate) source: Vec<(String, Tensor)>,
    /// The class that its own head gives each image of the source sample.
    pub(crate) source_predictions: Vec<usize>,
    /// On the target's training images.
    pub(crate) target: Vec<(String, Tensor)>,
}

/// What one network reached on one target's test images: probabilities, so that ensembles can be averaged.
#[derive(Debug, Clone)]
pub(crate) struct Truth {
    /// (m, k) for each repeat: extractor and a new head fine-tuned.
    pub(crate) fine_tuned: Vec<Array2<f32>>,
    /// (m, k) for each repeat: a linear head on the extractor as it was.
    pub(crate) linear_probe: Vec<Array2<f32>>,
    /// The classes of the test images.
    pub(crate) test_labels: Vec<i64>,
}

/// The fraction of rows in which the members' mean probability is greatest at the label.
///
/// All members have the shape (m, k) of m labels; of equal probabilities the first counts.
pub(crate) fn ensemble_accuracy(members: &[&Array2<f32>], labels: &[i64]) -> f64 {
    let Some((first, others)) = members.split_first() else {
        return f64::NAN;
    };
    let mut sum = Array1::<f32>::zeros(first.ncols());
    let n_right = labels
        .iter()
        .enumerate()
        .filter(|&(row, &label)| {
            sum.assign(&first.row(row));
            for member in others {
                sum += &member.row(row);
            }
            first_greatest(&sum) == label as usize
        })
        .count();
    n_right as f64 / labels.len() as f64
}

fn first_greatest(values: &Array1<f32>) -> usize {
    let mut best = 0;
    for (index, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = index;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn a_sure_member_outvotes_an_unsure_one() {
        let sure = array![[0.9_f32, 0.1], [0.2, 0.8], [0.5, 0.5]];
        let unsure = array![[0.4_f32, 0.6], [0.6, 0.4], [0.5, 0.5]];
        let labels = [0, 1, 1];
        assert_eq!(ensemble_accuracy(&[&sure, &unsure], &labels), 2.0 / 3.0);
        assert_eq!(ensemble_accuracy(&[&unsure], &labels), 0.0);
        assert!(ensemble_accuracy(&[], &labels).is_nan());
    }
}
