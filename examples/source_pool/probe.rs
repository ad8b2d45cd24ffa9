//! A linear head trained on features that stay as they are.

use rand::Rng;
use tensor_core::nn::{self, AdamParams};
use tensor_core::{Device, Kind, Result, Tensor};

use crate::support::training::{self, TrainingParams};

/// Draws the weights towards 0, apart from the gradient: 400 images do not settle a thousand weights a class.
const WEIGHT_DECAY: f64 = 1e-2;
/// Kept under a feature's deviation, so that one that is constant is not divided by 0.
const LEAST_DEVIATION: f64 = 1e-6;

/// A linear map from features to scores.
#[derive(Debug)]
pub(super) struct Head {
    /// (k, d).
    pub(super) weight: Tensor,
    /// (k).
    pub(super) bias: Tensor,
}

impl Head {
    /// Multinomial logistic regression of the labels on the features (n, d), each feature standardised first.
    pub(super) fn fit(
        features: &Tensor,
        labels: &[i64],
        n_classes: i64,
        params: TrainingParams,
        rng: &mut impl Rng,
    ) -> Result<Self> {
        let mean = features.f_mean_dim([0_i64].as_slice(), true, None::<Kind>)?;
        let deviation = features
            .f_std_dim([0_i64].as_slice(), false, true)?
            .f_clamp_min(LEAST_DEVIATION)?;
        let standard = features.f_sub(&mean)?.f_div(&deviation)?.f_detach()?;
        let labels = Tensor::f_from_slice(labels)?;
        let n_features = features.size()[1];
        let weight = nn::kaiming_uniform(rng, &[n_classes, n_features])?
            // Drawn for the rectified layers of a network; a probe starts nearer to even odds.
            .f_mul_scalar(0.1)?
            .f_set_requires_grad(true)?;
        let bias = Tensor::f_zeros(n_classes, (Kind::Float, Device::Cpu))?.f_set_requires_grad(true)?;
        training::fit(
            vec![
                ("weight".to_owned(), weight.shallow_clone()),
                ("bias".to_owned(), bias.shallow_clone()),
            ],
            AdamParams {
                weight_decay: WEIGHT_DECAY,
                decoupled: true,
                ..AdamParams::default()
            },
            labels.size()[0] as usize,
            params,
            rng,
            &|_| (),
            |batch| {
                let scores = standard
                    .f_index_select(0, batch)?
                    .f_linear(&weight, Some(&bias))?;
                training::cross_entropy(&scores, &labels.f_index_select(0, batch)?)
            },
        )?;
        // The same map of the features as they come.
        let weight = weight.f_detach()?.f_div(&deviation)?;
        let bias = bias.f_detach()?.f_sub(&weight.f_matmul(&mean.f_view(-1)?)?)?;
        Ok(Self { weight, bias })
    }

    /// Probabilities (n, k), f64, of features (n, d).
    pub(super) fn probabilities(&self, features: &Tensor) -> Result<Tensor> {
        let scores = features.f_linear(&self.weight, Some(&self.bias))?;
        Ok(scores.f_softmax(-1, Kind::Double)?)
    }
}
