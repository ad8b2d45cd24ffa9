//! The pixels that measure what a network, or an ensemble, reached.

use ot_transferability::{AveragedPredictions, EnsembleScore};
use tensor_core::{Kind, Result, Tensor};
use transferability_metrics::Probabilities;

use super::scene::{IGNORED, SCENE_SIDE, Scenes};

/// Rows and columns of a scene from one test pixel to the next.
pub(crate) const TEST_STEP: usize = 2;
/// Steps of a stored probability: a byte each.
const STEPS: f64 = 255.0;

/// Every second row and column of some scenes, without ignored pixels.
#[derive(Debug, Clone)]
pub(crate) struct TestPixels {
    /// Places among all pixels of all scenes.
    places: Vec<i64>,
    labels: Vec<i64>,
}

/// One network's probabilities of the classes at the test pixels (n, k), in steps of 1/255: an eighth of the memory.
#[derive(Debug)]
pub(crate) struct Predictions(Tensor);

impl TestPixels {
    /// The test pixels of these scenes.
    pub(crate) fn of(scenes: &Scenes) -> Self {
        let (places, labels) = scenes
            .labels()
            .iter()
            .enumerate()
            .filter(|&(place, &label)| {
                let (row, column) = (place / SCENE_SIDE % SCENE_SIDE, place % SCENE_SIDE);
                label != IGNORED && row % TEST_STEP == 0 && column % TEST_STEP == 0
            })
            .map(|(place, &label)| (place as i64, i64::from(label)))
            .unzip();
        Self { places, labels }
    }

    /// Places among all pixels of all scenes, scene after scene, row after row.
    pub(crate) fn places(&self) -> &[i64] {
        &self.places
    }

    /// The classes of the pixels.
    pub(crate) fn labels(&self) -> &[i64] {
        &self.labels
    }

    /// Probabilities (n, k, 64, 64) at the test pixels.
    pub(crate) fn predictions(&self, probabilities: &Tensor) -> Result<Predictions> {
        let n_classes = probabilities.size()[1];
        let rows = probabilities
            .f_permute([0, 2, 3, 1])?
            .f_reshape([-1, n_classes])?;
        let places = Tensor::f_from_slice(&self.places)?;
        let steps = rows.f_index_select(0, &places)?.f_mul_scalar(STEPS)?;
        Ok(Predictions(steps.f_round()?.f_to_kind(Kind::Uint8)?))
    }

    /// The mean intersection over union of one network.
    pub(crate) fn mean_iou(&self, predictions: &Predictions) -> anyhow::Result<f64> {
        let network = [predictions.probabilities()?];
        Ok(AveragedPredictions::mean_iou(&network, &self.labels)?.score(&[0])?)
    }
}

impl Predictions {
    /// From the tensor of [`Self::tensor`].
    pub(crate) fn from_tensor(steps: Tensor) -> Self {
        Self(steps)
    }

    /// (n, k), bytes.
    pub(crate) fn tensor(&self) -> &Tensor {
        &self.0
    }

    /// The probabilities, with what rounding took from or gave to a row shared out again.
    pub(crate) fn probabilities(&self) -> anyhow::Result<Probabilities> {
        let steps = self.0.f_to_kind(Kind::Double)?;
        let last: &[i64] = &[1];
        let totals = steps.f_sum_dim_intlist(last, true, Kind::Double)?;
        Ok(Probabilities::new(steps.f_div(&totals)?)?)
    }
}
