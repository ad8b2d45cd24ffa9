//! Similarities to all references, aggregated.

use tensor_core::{Kind, Tensor, convert};

use super::blocks::{TileShape, blocks, rows_of_width};
use super::exact::nearest;
use super::rows::Pair;
use super::selection::{Score, Selection, n_candidates};
use super::tiles::{Tile, scan};
use crate::{Kernel, Result};

/// The mean similarity of each target to the references.
pub(super) fn mean(pair: &Pair, kernel: Kernel, shape: TileShape) -> Result<Vec<f64>> {
    match kernel {
        Kernel::Cosine => mean_cosine(pair),
        Kernel::Euclidean => mean_over_tiles(pair, shape, |products| {
            Ok(products.f_clamp_max_(0.0)?.f_neg_()?.f_sqrt_()?.f_neg_()?)
        }),
        Kernel::Rbf { bandwidth } => mean_over_tiles(pair, shape, |products| {
            let mut scaled = products.f_clamp_max_(0.0)?.f_div_scalar_(bandwidth)?;
            Ok(scaled.f_div_scalar_(2.0 * bandwidth)?.f_exp_()?)
        }),
    }
}

/// The mean of cosines is the inner product with the mean of the references' unit rows.
fn mean_cosine(pair: &Pair) -> Result<Vec<f64>> {
    let mean = pair.references.mean()?.f_squeeze_dim(0)?;
    let mut similarities = Vec::with_capacity(pair.targets.n_rows());
    for range in blocks(pair.targets.n_rows(), rows_of_width(pair.targets.width())) {
        let products = pair.targets.double(range)?.f_mv(&mean)?;
        similarities.extend(convert::vector::<f64>("similarities", &products)?);
    }
    Ok(similarities)
}

fn mean_over_tiles(
    pair: &Pair,
    shape: TileShape,
    similarity: impl Fn(&mut Tensor) -> Result<Tensor>,
) -> Result<Vec<f64>> {
    let (n_targets, n_references) = (pair.targets.n_rows(), pair.references.n_rows());
    let columns: &[i64] = &[1];
    let tile = Tile::new(pair, shape)?;
    let mut similarities = Vec::with_capacity(n_targets);
    for range in blocks(n_targets, shape.n_targets) {
        let targets = tile.targets(range.clone())?;
        let mut sums = Tensor::f_zeros([range.len() as i64], (Kind::Double, targets.device()))?;
        for references in blocks(n_references, shape.n_references) {
            let rows = similarity(&mut tile.products(&targets, references)?)?;
            let _ = sums.f_add_(&rows.f_sum_dim_intlist(columns, false, Kind::Double)?)?;
        }
        let means = sums.f_div_scalar(n_references as f64)?;
        similarities.extend(convert::vector::<f64>("similarities", &means)?);
    }
    Ok(similarities)
}

/// The mean of each target's k greatest similarities.
pub(super) fn top_k(pair: &Pair, kernel: Kernel, k: usize, shape: TileShape) -> Result<Vec<f64>> {
    match (kernel, pair.kind) {
        (Kernel::Cosine, Kind::Float) => top_k_cosines::<f32>(pair, k, shape),
        (Kernel::Cosine, _) => top_k_cosines::<f64>(pair, k, shape),
        // Small distances are small differences of large products: they are taken by definition.
        (Kernel::Euclidean | Kernel::Rbf { .. }, _) => {
            let mut similarities = Vec::with_capacity(pair.targets.n_rows());
            nearest(
                pair,
                kernel,
                k,
                shape,
                |_| None,
                |_, nearest| {
                    let sum: f64 = nearest.iter().map(|&(similarity, _)| similarity).sum();
                    similarities.push(sum / k as f64);
                },
            )?;
            Ok(similarities)
        }
    }
}

fn top_k_cosines<T: Score>(pair: &Pair, k: usize, shape: TileShape) -> Result<Vec<f64>> {
    let (n_targets, n_references) = (pair.targets.n_rows(), pair.references.n_rows());
    let shape = shape.with_candidates(n_candidates(k));
    let tile = Tile::new(pair, shape)?;
    let mut values: Vec<T> = Vec::new();
    let mut similarities = Vec::with_capacity(n_targets);
    for range in blocks(n_targets, shape.n_targets) {
        let targets = tile.targets(range.clone())?;
        let mut selections = vec![Selection::new(k); range.len()];
        for references in blocks(n_references, shape.n_references) {
            let products = tile.products(&targets, references.clone())?;
            scan(&products, references.start, &mut values, &mut selections)?;
        }
        for selection in selections {
            let nearest = selection.finish().unwrap_or_default();
            let sum: f64 = nearest.iter().map(|&(score, _)| score.into()).sum();
            similarities.push(sum / k as f64);
        }
    }
    Ok(similarities)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tensor_core::{Seed, random};

    use super::*;

    /// Double precision; the mean of distances loses half the digits of a small one.
    const TOLERANCE: f64 = 1e-9;

    fn normal(label: &str, shape: [i64; 2]) -> Tensor {
        random::normal(&mut Seed::new(8).stream(label, 0), &shape, Kind::Double).expect("a tensor")
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_tiles_do_not_matter(
            n_targets in 1_i64..30, n_references in 1_i64..30, c in 3_i64..9, k in 1_usize..30, centre: bool,
            tile in (1_usize..12, 1_usize..12),
        ) {
            let (targets, references) = (normal("targets", [n_targets, c]), normal("references", [n_references, c]));
            let k = k.min(n_references as usize);
            let shape = TileShape { n_targets: tile.0, n_references: tile.1 };
            for kernel in [Kernel::Cosine, Kernel::Euclidean, Kernel::Rbf { bandwidth: 2.0 }] {
                // A single reference, centred, has no direction.
                let pair = Pair::new(&targets, &references, kernel, centre && n_references > 2).expect("rows");
                let whole = TileShape::new(pair.targets.width(), pair.kind);
                let of = |shape| {
                    let mut both = mean(&pair, kernel, shape).expect("similarities");
                    both.extend(top_k(&pair, kernel, k, shape).expect("similarities"));
                    both
                };
                for (tiled, whole) in of(shape).into_iter().zip(of(whole)) {
                    prop_assert!((tiled - whole).abs() <= TOLERANCE, "{} and {}", tiled, whole);
                }
            }
        }
    }
}
