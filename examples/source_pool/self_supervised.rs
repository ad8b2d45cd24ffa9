//! Extractors trained without labels: by telling how an image was turned, and by telling images apart.

use rand::Rng;
use rand::RngExt;
use tch::Tensor;
use tensor_core::nn::{self, AdamParams};
use tensor_core::{Kind, Result, random};

use crate::support::image_set::ImageSet;
use crate::support::network::Network;
use crate::support::training::{self, TrainingParams};

/// Quarter turns.
const N_TURNS: i64 = 4;
/// Features that the projection keeps for the contrastive loss.
const N_PROJECTED: i64 = 32;
/// Divides the cosines in the contrastive loss.
const TEMPERATURE: f64 = 0.5;
/// Score of a view with itself in the contrastive loss: its exponential is 0.
const NEVER: f64 = -1e9;
/// Greatest turn of a view either way [radians].
const MAX_ANGLE: f64 = 0.3;
/// Greatest shift of a view either way, the image's half width being 1.
const MAX_SHIFT: f64 = 0.2;
/// Least and greatest size of a view, the image's being 1.
const SCALES: [f64; 2] = [0.75, 1.2];
/// Least and greatest factor on a view's contrast.
const CONTRASTS: [f64; 2] = [0.6, 1.4];
/// Greatest change of a view's brightness either way, the greatest grey level being 1 and the least -1.
const MAX_BRIGHTNESS: f64 = 0.3;

/// Trains the extractor, and a head of four classes, to tell by how many quarter turns an image was turned.
///
/// # Reference
///
/// S. Gidaris, P. Singh, N. Komodakis (2018), *Unsupervised representation learning by predicting image rotations*,
/// ICLR.
pub(super) fn predict_rotations(
    network: &mut Network,
    images: &ImageSet,
    params: TrainingParams,
    head: &mut impl Rng,
    batches: &mut impl Rng,
) -> Result<()> {
    network.replace_head(N_TURNS, head)?;
    let pixels = images.images(0..images.len())?;
    let network = &*network;
    let parameters = network.parameters();
    training::fit(
        parameters,
        AdamParams::default(),
        images.len(),
        params,
        batches,
        &|_| (),
        |batch| {
            let upright = pixels.f_index_select(0, batch)?;
            // Every image in every position, so that the classes are balanced in each step.
            let turned = (0..N_TURNS)
                .map(|turns| Ok(upright.f_rot90(turns, [2, 3])?))
                .collect::<Result<Vec<_>>>()?;
            let turns = Tensor::f_arange(N_TURNS, (Kind::Int64, tch::Device::Cpu))?
                .f_repeat_interleave_self_int(batch.size()[0], 0, None)?;
            let scores = network.head(&network.features(&Tensor::f_cat(&turned, 0)?)?)?;
            training::cross_entropy(&scores, &turns)
        },
    )
}

/// Trains the extractor to give two views of one image features that are nearer to each other than to those of other
/// images: the normalised temperature-scaled cross-entropy, on a projection that is thrown away.
///
/// A view is the image turned, shifted, scaled, and changed in contrast and brightness at random.
///
/// # Reference
///
/// T. Chen, S. Kornblith, M. Norouzi, G. Hinton (2020), *A simple framework for contrastive learning of visual
/// representations*, ICML.
pub(super) fn contrast(
    network: &Network,
    images: &ImageSet,
    params: TrainingParams,
    rng: &mut impl Rng,
    batches: &mut impl Rng,
) -> Result<()> {
    let pixels = images.images(0..images.len())?;
    let projection = nn::kaiming_uniform(rng, &[N_PROJECTED, network.architecture().n_features()])?
        .f_set_requires_grad(true)?;
    let mut parameters = network.parameters();
    // The head has no part in this loss.
    parameters.retain(|(name, _)| !name.starts_with("head."));
    parameters.push(("projection".to_owned(), projection.shallow_clone()));
    training::fit(
        parameters,
        AdamParams::default(),
        images.len(),
        params,
        batches,
        &|_| (),
        |batch| {
            let originals = pixels.f_index_select(0, batch)?;
            let views = Tensor::f_cat(&[view(&originals, rng)?, view(&originals, rng)?], 0)?;
            let projected = network.features(&views)?.f_linear::<Tensor>(&projection, None)?;
            let length = projected
                .f_square()?
                .f_sum_dim_intlist([1_i64].as_slice(), true, None::<Kind>)?
                .f_clamp_min(1e-12)?
                .f_sqrt()?;
            let directions = projected.f_div(&length)?;
            let n = batch.size()[0];
            let itself = Tensor::f_eye(2 * n, (Kind::Float, tch::Device::Cpu))?.f_mul_scalar(NEVER)?;
            let scores = directions
                .f_matmul(&directions.f_tr()?)?
                .f_div_scalar(TEMPERATURE)?
                .f_add(&itself)?;
            // Row i belongs to row i + n, and the other way round.
            let partners = Tensor::f_arange(2 * n, (Kind::Int64, tch::Device::Cpu))?.f_roll(n, 0)?;
            training::cross_entropy(&scores, &partners)
        },
    )
}

/// A random view of each image.
fn view(images: &Tensor, rng: &mut impl Rng) -> Result<Tensor> {
    let n = images.size()[0];
    let mut maps = Vec::with_capacity(6 * n as usize);
    for _ in 0..n {
        let angle = rng.random_range(-MAX_ANGLE..=MAX_ANGLE);
        let scale = rng.random_range(SCALES[0]..=SCALES[1]);
        let mut shift = || rng.random_range(-MAX_SHIFT..=MAX_SHIFT);
        let (x, y) = (shift(), shift());
        // Where in the image each place of the view lies.
        let (sin, cos) = (angle.sin() / scale, angle.cos() / scale);
        maps.extend([cos, -sin, x, sin, cos, y].map(|entry| entry as f32));
    }
    let maps = Tensor::f_from_slice(&maps)?.f_view([n, 2, 3])?;
    let grid = Tensor::f_affine_grid_generator(&maps, images.size(), false)?;
    // Bilinear; outside the image lies its nearest pixel.
    let moved = images.f_grid_sampler(&grid, 0, 1, false)?;
    let contrast = random::uniform(rng, CONTRASTS[0], CONTRASTS[1], &[n, 1, 1, 1], Kind::Float)?;
    let brightness = random::uniform(rng, -MAX_BRIGHTNESS, MAX_BRIGHTNESS, &[n, 1, 1, 1], Kind::Float)?;
    Ok(moved.f_mul(&contrast)?.f_add(&brightness)?.f_clamp(-1.0, 1.0)?)
}
