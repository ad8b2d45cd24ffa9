//! Hardness within the target classes, which reads the labels.

use serde::{Deserialize, Serialize};
use tensor_core::{Tensor, check};
use transferability_metrics::Labels;

use crate::unit_rows::{for_each_block, products};
use crate::unit_sum::{ClassSums, UnitSum};
use crate::{Activations, Layer, LayerCombination, LayeredHardness, Result};

/// Samples whose products with all classes are held at a time.
const ROWS_PER_BLOCK: usize = 128;

/// A mean cosine distance below this, times the root of the number of channels, is the rounding of 0: each channel of a
/// sum is off by 4.4e-16 a sample, and vectors whose entries are alike are off alike in all.
const LEAST_DISTANCE: f64 = 1e-14;

/// How little a target sample resembles the other target samples of its own class.
///
/// ```text
/// s_jc = mean cosine of sample j to the samples of class c, itself left out
/// y    = class of sample j,    c = the other classes
///
/// prototype:   eta_j = 1 - s_jy
/// margin:      eta_j = max_c s_jc - s_jy
/// silhouette:  eta_j = -(b - a) / max(a, b)  with  a = 1 - s_jy,  b = min_c (1 - s_jc);  0 if both are 0
/// ```
///
/// A sample is left out of its own class, as otherwise it would be compared with itself and small classes would look
/// easy. A class of one sample leaves nothing to compare with: `s_jy` is 0, and the silhouette is 0 (Rousseeuw's rule).
///
/// The target's labels are read, and a transferability metric will read them again: a score on such a subset has seen them
/// twice. [`LayeredHardness::reads_target_labels`] says so.
///
/// # Complexity
///
/// `O(n c)` in two passes over the activations for the prototype, `O(n c k)` with k classes for the others, on the host. A
/// mean of cosines is a product with the sum of a class, so no pair of samples is ever formed.
///
/// # Reference
///
/// P. J. Rousseeuw, "Silhouettes: a graphical aid to the interpretation and validation of cluster analysis", 1987,
/// doi:10.1016/0377-0427(87)90125-7.
///
/// # Examples
///
/// ```
/// use hard_subset::{Activations, TargetClass};
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::Labels;
///
/// let rows = tensor_from_slice(&[1.0, 0.0, 3.0, 4.0, 0.0, 1.0, 0.0, 2.0], &[4, 2])?;
/// let target = Activations::single("fc", rows)?;
/// let hardness = TargetClass::default().hardness(&target, &Labels::new(&[0, 0, 1, 1])?)?;
/// // The two samples of class 0 have cosine 0.6, those of class 1 cosine 1.
/// for (value, expected) in hardness.combined.values().iter().zip([0.4, 0.4, 0.0, 0.0]) {
///     assert!((value - expected).abs() < 1e-15);
/// }
/// # Ok::<(), hard_subset::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TargetClass {
    /// What the sample's own class is held against; nothing by default.
    pub margin: TargetMargin,
    /// How the layers become one.
    pub layers: LayerCombination,
}

/// What a sample's similarity to its own class is held against: see [`TargetClass`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TargetMargin {
    /// Nothing.
    #[default]
    Prototype,
    /// The similarity to the nearest other class.
    Margin,
    /// The same in relation to the greater of the two distances.
    Silhouette,
}

impl TargetClass {
    /// The hardness of each target sample.
    ///
    /// # Errors
    ///
    /// Another number of labels than of samples; weights that do not fit the layers.
    pub fn hardness(&self, target: &Activations, labels: &Labels) -> Result<LayeredHardness> {
        check::same_length("activations", target.n_samples(), labels.name(), labels.len())?;
        let hardness = self
            .layers
            .measure(target.layers(), |_, layer| match self.margin {
                TargetMargin::Prototype => against_own_class(layer, labels),
                TargetMargin::Margin => {
                    against_all_classes(layer, labels, |own, other| other - own.unwrap_or(0.0))
                }
                TargetMargin::Silhouette => {
                    let least_distance = LEAST_DISTANCE * (layer.n_channels() as f64).sqrt();
                    against_all_classes(layer, labels, |own, nearest| {
                        negative_silhouette(own, nearest, least_distance)
                    })
                }
            })?;
        Ok(LayeredHardness {
            reads_target_labels: true,
            ..hardness
        })
    }
}

/// One less the mean cosine to the others of the own class, and the number of zero rows.
fn against_own_class(layer: &Layer, labels: &Labels) -> Result<(Vec<f64>, usize)> {
    let sums = class_sums(layer, labels)?;
    let class = |row: usize| labels.indices()[row];
    let (products, zero_rows) = products(layer, None, |row| &sums[class(row)])?;
    let mut own_products = vec![1.0; labels.len()];
    for &row in &zero_rows {
        own_products[row] = 0.0;
    }
    let similarity =
        |row: usize| mean_of_others(products[row], own_products[row], labels.counts()[class(row)]);
    let values = (0..labels.len()).map(|row| 1.0 - similarity(row).unwrap_or(0.0));
    Ok((values.collect(), zero_rows.len()))
}

/// A function of each sample's mean cosine to the others of its class, if there are any, and to the nearest other class; and
/// the number of zero rows.
fn against_all_classes(
    layer: &Layer,
    labels: &Labels,
    hardness: impl Fn(Option<f64>, f64) -> f64,
) -> Result<(Vec<f64>, usize)> {
    let (n_samples, n_channels, n_classes) = (labels.len(), layer.n_channels(), labels.n_classes());
    let sums = Tensor::f_from_slice(&class_sums(layer, labels)?.concat())?;
    let sums = sums.f_view([n_classes as i64, n_channels as i64])?.f_tr()?;
    let mut values = Vec::with_capacity(n_samples);
    let mut n_zero_rows = 0;
    for first_row in (0..n_samples).step_by(ROWS_PER_BLOCK) {
        let n_rows = ROWS_PER_BLOCK.min(n_samples - first_row);
        let mut unit_vectors = Vec::with_capacity(n_rows * n_channels);
        let zero_rows = for_each_block(&layer.rows(first_row, n_rows)?, None, |_, rows| {
            unit_vectors.extend_from_slice(rows);
            Ok(())
        })?;
        n_zero_rows += zero_rows.len();
        let unit_vectors = Tensor::f_from_slice(&unit_vectors)?.f_view([n_rows as i64, n_channels as i64])?;
        let mut products = vec![0.0; n_rows * n_classes];
        unit_vectors
            .f_matmul(&sums)?
            .f_copy_data(&mut products, n_rows * n_classes)?;
        for (row, products) in products.chunks_exact(n_classes).enumerate() {
            let class = labels.indices()[first_row + row];
            let own_product = if zero_rows.contains(&row) { 0.0 } else { 1.0 };
            let own = mean_of_others(products[class], own_product, labels.counts()[class]);
            let others = (0..n_classes).filter(|&other| other != class);
            let nearest = others
                .map(|other| products[other] / labels.counts()[other] as f64)
                .fold(f64::NEG_INFINITY, f64::max);
            values.push(hardness(own, nearest));
        }
    }
    Ok((values, n_zero_rows))
}

/// The sum of the unit vectors of each class.
fn class_sums(layer: &Layer, labels: &Labels) -> Result<Vec<Vec<f64>>> {
    let mut sums = ClassSums::new(layer.n_channels(), labels.n_classes());
    for_each_block(layer, None, |first_row, unit_vectors| {
        sums.add(unit_vectors, labels.indices()[first_row..].iter().copied());
        Ok(())
    })?;
    Ok(sums.sums().iter().map(UnitSum::sum).collect())
}

/// The mean cosine to the other samples of the class, from the product with the sum of all and that with itself.
fn mean_of_others(product: f64, own_product: f64, n_samples: usize) -> Option<f64> {
    (n_samples > 1).then(|| (product - own_product) / (n_samples - 1) as f64)
}

fn negative_silhouette(own: Option<f64>, nearest: f64, least_distance: f64) -> f64 {
    let Some(own) = own else {
        return 0.0;
    };
    let distance = |similarity: f64| {
        let distance = 1.0 - similarity;
        if distance < least_distance { 0.0 } else { distance }
    };
    let (within, between) = (distance(own), distance(nearest));
    let greater = within.max(between);
    if greater == 0.0 {
        0.0
    } else {
        (within - between) / greater
    }
}

#[cfg(test)]
mod tests {
    use tensor_core::convert::tensor_from_slice;

    use super::*;

    /// Products of unit vectors with sums of a few.
    const ATOL: f64 = 1e-14;

    fn hardness(margin: TargetMargin, rows: &[[f64; 2]], labels: &[i64]) -> LayeredHardness {
        let rows = tensor_from_slice(rows.as_flattened(), &[rows.len() as i64, 2]).expect("a tensor");
        let target = Activations::single("fc", rows).expect("activations");
        let labels = Labels::new(labels).expect("labels");
        let target_class = TargetClass {
            margin,
            ..TargetClass::default()
        };
        target_class.hardness(&target, &labels).expect("a hardness")
    }

    #[test]
    fn the_three_margins_by_hand() {
        // Cosines: 0.6 within class 7; with class 9, (1, 0) has 0, and (0.6, 0.8) has 0.8.
        let rows = [[2.0, 0.0], [3.0, 4.0], [0.0, 1.0], [0.0, 5.0]];
        let labels = [7, 7, 9, 9];
        for (margin, expected) in [
            (TargetMargin::Prototype, [0.4, 0.4, 0.0, 0.0]),
            (TargetMargin::Margin, [-0.6, 0.2, -0.6, -0.6]),
            (TargetMargin::Silhouette, [-0.6, 0.5, -1.0, -1.0]),
        ] {
            let hardness = hardness(margin, &rows, &labels);
            golden::assert_close(hardness.combined.values(), &expected, 0.0, ATOL);
            assert!(hardness.reads_target_labels);
        }
    }

    #[test]
    fn a_class_of_one_sample_and_a_zero_row_have_their_rules() {
        // Class 2 has one sample, row 1 is zero.
        let rows = [[1.0, 0.0], [0.0, 0.0], [3.0, 4.0], [0.0, 1.0]];
        let labels = [0, 0, 0, 2];
        for (margin, expected) in [
            // Own: (0 + 0.6)/2, 0, 0.3, none. Nearest other: 0, 0, 0.8, (0 + 0 + 0.8)/3.
            (TargetMargin::Prototype, [0.7, 1.0, 0.7, 1.0]),
            (TargetMargin::Margin, [-0.3, 0.0, 0.5, 0.8 / 3.0]),
            (TargetMargin::Silhouette, [-0.3, 0.0, 0.5 / 0.7, 0.0]),
        ] {
            let hardness = hardness(margin, &rows, &labels);
            golden::assert_close(hardness.combined.values(), &expected, 0.0, ATOL);
            assert_eq!(hardness.n_zero_rows, 1);
        }
    }

    #[test]
    fn the_silhouette_of_copies_is_zero_and_not_the_rounding_of_zero() {
        let labels = [0, 0, 0, 0, 1, 1, 1, 2, 2];
        let hardness = hardness(TargetMargin::Silhouette, &[[0.1, 0.7]; 9], &labels);
        assert_eq!(hardness.combined.values(), [0.0; 9]);
        // Entries that are all alike, so that all are rounded the same way.
        let silhouette = TargetClass {
            margin: TargetMargin::Silhouette,
            ..TargetClass::default()
        };
        let labels = Labels::new(&labels).expect("labels");
        for n_channels in [3, 100, 1000, 2048, 5000] {
            let rows =
                tensor_from_slice(&vec![0.3; 9 * n_channels], &[9, n_channels as i64]).expect("a tensor");
            let target = Activations::single("fc", rows).expect("activations");
            let hardness = silhouette.hardness(&target, &labels).expect("a hardness");
            assert_eq!(hardness.combined.values(), [0.0; 9], "{n_channels} channels");
        }
    }

    #[test]
    fn more_rows_than_a_block_are_all_seen() {
        let n_samples = 2 * ROWS_PER_BLOCK + 3;
        let rows: Vec<[f64; 2]> = (0..n_samples)
            .map(|row| [(row as f64).cos(), (row as f64).sin()])
            .collect();
        let labels: Vec<i64> = (0..n_samples as i64).map(|row| row * row % 3).collect();
        let got = hardness(TargetMargin::Margin, &rows, &labels);
        let cosine = |j: usize, i: usize| rows[j][0] * rows[i][0] + rows[j][1] * rows[i][1];
        let mean = |j: usize, class: i64| {
            let others: Vec<usize> = (0..n_samples).filter(|&i| i != j && labels[i] == class).collect();
            others.iter().map(|&i| cosine(j, i)).sum::<f64>() / others.len() as f64
        };
        // Squares leave 0 or 1 when divided by 3: two classes.
        let expected: Vec<f64> = (0..n_samples)
            .map(|j| mean(j, 1 - labels[j]) - mean(j, labels[j]))
            .collect();
        golden::assert_close(got.combined.values(), &expected, 0.0, ATOL);
    }

    #[test]
    fn another_number_of_labels_is_refused() {
        let rows = tensor_from_slice(&[1.0, 0.0, 0.0, 1.0], &[2, 2]).expect("a tensor");
        let target = Activations::single("fc", rows).expect("activations");
        let labels = Labels::new(&[0, 1, 1]).expect("labels");
        let error = TargetClass::default()
            .hardness(&target, &labels)
            .expect_err("three labels");
        assert_eq!(
            error.to_string(),
            "activations has 2 entries and labels has 3: they must agree"
        );
    }
}
