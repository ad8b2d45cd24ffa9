//! The Gram statistics of samples.

use rayon::prelude::*;
use tch::Kind;
use tensor_core::{Device, Tensor, check};

use super::require_orders;
use super::row_sums::RowSums;
use crate::{Activations, Result};

/// Activations that are read, and statistics that are held, at a time; threads share them.
const BLOCK_LENGTH: usize = 1 << 20;

const NAME: &str = "activations";

/// Row sums of the Gram matrices of each sample's channels, of several orders.
///
/// ```text
/// G_jp  = F_j^p (F_j^p)^T,    g_jpc = sum_d G_jpcd,    statistic = sign(g_jpc) |g_jpc|^(1/p)
///
/// F_j   activations of sample j, channels by places (c, h w)
/// F^p   each entry to the power p
/// ```
///
/// No Gram matrix is made: `g_jp = F_j^p t_jp`, where `t_jp` holds the sums of the columns of `F_j^p`. Powers and sums are
/// `f64`, of activations over a power of two that brings each sample's largest one to 1 or more, below 2: the
/// statistic of `s F` is `s^2` times that of `F`, and a sample of large or of small activations leaves the range of a double
/// nowhere on the way. A channel whose activations are all smaller than the sample's largest by a factor of 2^(511/p),
/// 2e15 at order 10, may come out as 0.
///
/// An even power loses the sign: `F` and `-F` have the same statistic at even orders, and at odd orders too, since the
/// sign stands twice in every product. Only signs that differ between the channels of one place show, at odd orders.
///
/// # Shapes
///
/// `activations`: `(n, c, h, w)`, or `(n, c)`, which is one place; the result: `(n, orders, c)`, `f64`, on the device of
/// the activations.
///
/// # Errors
///
/// A tensor of another shape or kind, or not finite; orders that are none, not ascending or not from 1 to 64; statistics
/// beyond the largest double, of `f64` activations beyond about 1e150.
///
/// # Complexity
///
/// `O(n c h w p)` for the highest order p, instead of `O(n c^2 h w)` for every order. It runs on the host, samples side
/// by side; a sample's statistics have the same bits in any batch, on any number of threads.
///
/// # Reference
///
/// C. S. Sastry, S. Oore, "Detecting out-of-distribution examples with Gram matrices", ICML 2020, arXiv:1912.12510.
///
/// # Examples
///
/// ```
/// use hard_subset::gram_statistics;
/// use tensor_core::convert::{tensor_from_slice, vector};
///
/// // F = [1 2; 3 4], F F^T = [5 11; 11 25]; the squares give row sums of 90 and 410.
/// let activations = tensor_from_slice(&[1.0, 2.0, 3.0, 4.0], &[1, 2, 2, 1])?;
/// let statistics = gram_statistics(&activations, &[1, 2])?;
/// assert_eq!(statistics.size(), [1, 2, 2]);
/// let statistics = vector::<f64>("statistics", &statistics.reshape([-1]))?;
/// assert_eq!(statistics, [16.0, 36.0, 90_f64.sqrt(), 410_f64.sqrt()]);
/// # Ok::<(), hard_subset::Error>(())
/// ```
pub fn gram_statistics(activations: &Tensor, orders: &[u32]) -> Result<Tensor> {
    require_orders(orders)?;
    let activations = Activations::single(NAME, activations.shallow_clone())?;
    let layer = &activations.layers()[0];
    let shape = [
        layer.n_samples() as i64,
        orders.len() as i64,
        layer.n_channels() as i64,
    ];
    let statistics = Tensor::f_empty(shape, (Kind::Double, Device::Cpu))?;
    for_each_block(layer.tensor(), orders, |first_row, block| {
        let block = Tensor::f_from_slice(block)?.f_reshape([-1, shape[1], shape[2]])?;
        let mut rows = statistics.f_narrow(0, first_row as i64, block.size()[0])?;
        rows.f_copy_(&block)?;
        Ok(())
    })?;
    check::finite("Gram statistics", &statistics)?;
    Ok(statistics.f_to_device(layer.tensor().device())?)
}

/// Gives `visit` the statistics of a layer's rows, block by block: the first row's index, and `orders` times `c` numbers a
/// row, one row after the other. The activations are those of a checked layer; the statistics may be beyond the largest
/// double.
pub(super) fn for_each_block(
    activations: &Tensor,
    orders: &[u32],
    visit: impl FnMut(usize, &[f64]) -> Result<()>,
) -> Result<()> {
    match activations.kind() {
        Kind::Float => for_each_block_of::<f32>(activations, orders, visit),
        _ => for_each_block_of::<f64>(activations, orders, visit),
    }
}

fn for_each_block_of<T: tch::kind::Element + Copy + Default + Into<f64> + Send + Sync>(
    tensor: &Tensor,
    orders: &[u32],
    mut visit: impl FnMut(usize, &[f64]) -> Result<()>,
) -> Result<()> {
    let (n_samples, n_channels) = (tensor.size()[0] as usize, tensor.size()[1] as usize);
    let row_length = tensor.numel() / n_samples;
    let n_statistics = orders.len() * n_channels;
    let rows_per_block = (BLOCK_LENGTH / row_length)
        .min(BLOCK_LENGTH / n_statistics)
        .clamp(1, n_samples);
    let mut activations = vec![T::default(); rows_per_block * row_length];
    let mut statistics = vec![0.0; rows_per_block * n_statistics];
    for first_row in (0..n_samples).step_by(rows_per_block) {
        let n_rows = rows_per_block.min(n_samples - first_row);
        let activations = &mut activations[..n_rows * row_length];
        let statistics = &mut statistics[..n_rows * n_statistics];
        tensor
            .f_narrow(0, first_row as i64, n_rows as i64)?
            .f_copy_data(activations, activations.len())?;
        statistics
            .par_chunks_exact_mut(n_statistics)
            .zip(activations.par_chunks_exact(row_length))
            .for_each_init(RowSums::default, |row_sums, (statistics, activations)| {
                row_sums.of(activations, n_channels, orders, statistics);
            });
        visit(first_row, statistics)?;
    }
    Ok(())
}
