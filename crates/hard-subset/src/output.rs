//! Hardness read off the source's head: entropy, confidence, margin, energy and losses.
//!
//! | function | formula | reads labels |
//! |---|---|---|
//! | [`entropy`] | `-sum_z P_jz log P_jz` | no |
//! | [`least_confidence`] | `1 - p1` | no |
//! | [`margin`] | `p2 - p1` | no |
//! | [`energy`] | `-T logsumexp(logits_j / T)` | no |
//! | [`eep_loss`] | `-log sum_z P(y_j \| z) P_jz` | of the target |
//! | [`el2n`] | `\|\|P_j - onehot(z_j)\|\|` | source classes |
//!
//! `P_jz` is the probability that the source's head gives class `z` for target sample `j`, and `p1 >= p2` are the two
//! greatest of a sample. Everything is computed in `f64`, whatever the kind of the input, on its device.
//!
//! A softmax that saturates gives many samples one and the same hardness. A subset then orders them by index.

use tensor_core::{Kind, Tensor, check, convert, kind};
use transferability_metrics::{EmpiricalPredictor, Labels, Probabilities, Sample};

use crate::prototypes::require_classes;
use crate::{Hardness, Result};

/// Numbers that are worked on at a time: half a megabyte, for a core's second cache.
const BLOCK_VALUES: usize = 1 << 16;

/// The entropy of the head's prediction, in nats: how undecided the head is.
///
/// ```text
/// eta_j = -sum_z P_jz log P_jz,    0 log 0 = 0
///
/// P_jz   probability of source class z for target sample j
/// ```
///
/// Between 0 and the logarithm of the number of source classes, up to the rounding of the row sums. Reads no label.
///
/// # Errors
///
/// Those of libtorch.
///
/// # Examples
///
/// ```
/// use hard_subset::output;
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::Probabilities;
///
/// let probabilities = Probabilities::new(tensor_from_slice(&[0.5, 0.5, 1.0, 0.0], &[2, 2])?)?;
/// assert_eq!(output::entropy(&probabilities)?.values(), [2_f64.ln(), 0.0]);
/// # Ok::<(), hard_subset::Error>(())
/// ```
pub fn entropy(probabilities: &Probabilities) -> Result<Hardness> {
    hardness_of_rows("entropy", probabilities.tensor(), |_, rows| {
        // The logarithm of the least normal number stands for that of 0; the factor 0 removes it.
        let logarithms = rows.f_clamp_min(f64::MIN_POSITIVE)?.f_log()?;
        let sums = row_sums(&rows.f_mul(&logarithms)?)?;
        // 0 - 0 is 0, whereas the negative of 0 is -0.
        Ok(sums.f_rsub_scalar(0.0)?)
    })
}

/// One less the greatest probability: how unsure the head is of the class that it predicts.
///
/// ```text
/// eta_j = 1 - max_z P_jz
///
/// P_jz   probability of source class z for target sample j
/// ```
///
/// Between 0 and `1 - 1/k` with `k` source classes. Reads no label.
///
/// # Errors
///
/// Those of libtorch.
///
/// # Examples
///
/// ```
/// use hard_subset::output;
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::Probabilities;
///
/// let probabilities = Probabilities::new(tensor_from_slice(&[0.25, 0.75, 1.0, 0.0], &[2, 2])?)?;
/// assert_eq!(output::least_confidence(&probabilities)?.values(), [0.25, 0.0]);
/// # Ok::<(), hard_subset::Error>(())
/// ```
pub fn least_confidence(probabilities: &Probabilities) -> Result<Hardness> {
    hardness_of_rows("least confidence", probabilities.tensor(), |_, rows| {
        Ok(rows.f_amax([1_i64].as_slice(), false)?.f_rsub_scalar(1.0)?)
    })
}

/// The second greatest probability less the greatest: how close the head's two best classes are.
///
/// ```text
/// eta_j = p2 - p1
///
/// p1, p2   the two greatest probabilities of target sample j; p2 = 0 for a head of one class
/// ```
///
/// Between -1 and 0, which is a tie. Reads no label.
///
/// # Errors
///
/// Those of libtorch.
///
/// # Examples
///
/// ```
/// use hard_subset::output;
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::Probabilities;
///
/// let rows = tensor_from_slice(&[0.25, 0.75, 0.0, 0.5, 0.0, 0.5], &[2, 3])?;
/// assert_eq!(output::margin(&Probabilities::new(rows)?)?.values(), [-0.5, 0.0]);
/// # Ok::<(), hard_subset::Error>(())
/// ```
pub fn margin(probabilities: &Probabilities) -> Result<Hardness> {
    hardness_of_rows("margin", probabilities.tensor(), |_, rows| {
        if probabilities.n_source_classes() == 1 {
            return Ok(rows.f_select(1, 0)?.f_neg()?);
        }
        let (greatest, _) = rows.f_topk(2, 1, true, true)?;
        Ok(greatest.f_select(1, 1)?.f_sub(&greatest.f_select(1, 0)?)?)
    })
}

/// The free energy of the logits: high where the head finds no evidence for any class.
///
/// ```text
/// eta_j = -T log sum_z exp(a_jz / T)
///
/// a_jz   logit of source class z for target sample j       T   temperature; 1 is the softmax of the head itself
/// ```
///
/// Reads no label. Unlike the functions of probabilities it does not saturate with the softmax, but it changes if a
/// constant is added to all logits of a sample.
///
/// # Shapes
///
/// Logits `(n, k)`, `f32` or `f64`.
///
/// # Errors
///
/// Logits that are no matrix of finite numbers with a row and a column; a temperature that is not above 0, or so small that a
/// logit over it is beyond the largest double.
///
/// # Reference
///
/// W. Liu, X. Wang, J. Owens, Y. Li, "Energy-based Out-of-distribution Detection", 2020,
/// arXiv:2010.03759.
///
/// # Examples
///
/// ```
/// use hard_subset::output;
/// use tensor_core::convert::tensor_from_slice;
///
/// let logits = tensor_from_slice(&[0.0, 0.0, 2.0, 2.0], &[2, 2])?;
/// let hardness = output::energy(&logits, 1.0)?;
/// assert!((hardness.values()[0] + 2_f64.ln()).abs() < 1e-15);
/// assert!((hardness.values()[1] + 2.0 + 2_f64.ln()).abs() < 1e-15);
/// # Ok::<(), hard_subset::Error>(())
/// ```
pub fn energy(logits: &Tensor, temperature: f64) -> Result<Hardness> {
    check::positive("temperature", temperature)?;
    kind::require("logits", logits, kind::FLOATS)?;
    let (_, n_classes) = check::matrix("logits", logits)?;
    check::at_least("a row of logits", n_classes, 1)?;
    check::finite("logits", logits)?;
    hardness_of_rows("energy", &logits.f_detach()?, |_, rows| {
        let evidence = rows
            .f_div_scalar(temperature)?
            .f_logsumexp([1_i64].as_slice(), false)?;
        Ok(evidence.f_mul_scalar(-temperature)?)
    })
}

/// The loss of LEEP's empirical predictor at each sample's own label, in nats.
///
/// ```text
/// eta_j = -log EEP_j,    EEP_j = sum_z P(y_j | z) P_jz,    P(y | z) = sum_{i: y_i = y} P_iz / sum_i P_iz
///
/// P_jz   probability of source class z for target sample j       y_j   its label
/// ```
///
/// The mean over all samples is the negative of [`Leep`](transferability_metrics::Leep). As there, an expectation of
/// exactly 0 counts as a uniform guess over the `C` target classes, `log C`.
///
/// Reads the target's labels, and a transferability metric will read them again: a score on such a subset has seen them
/// twice.
///
/// # Errors
///
/// Another number of labels than of rows.
///
/// # Reference
///
/// The predictor: Nguyen, Hassner, Seeger, Archambeau, *LEEP: A New Measure to Evaluate Transferability of Learned
/// Representations*, ICML 2020, arXiv:2002.12462, section 3. Its loss as a hardness is ours.
///
/// # Examples
///
/// ```
/// use hard_subset::output;
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Labels, Probabilities};
///
/// // One-hot: source class 0 holds two of label 0 and one of label 1, source class 1 the other label 1.
/// let rows = tensor_from_slice(&[1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0], &[4, 2])?;
/// let hardness = output::eep_loss(&Probabilities::new(rows)?, &Labels::new(&[0, 0, 1, 1])?)?;
/// for (loss, expectation) in hardness.values().iter().zip([2.0 / 3.0, 2.0 / 3.0, 1.0 / 3.0, 1.0]) {
///     assert!((loss + f64::ln(expectation)).abs() < 1e-15);
/// }
/// # Ok::<(), hard_subset::Error>(())
/// ```
pub fn eep_loss(probabilities: &Probabilities, labels: &Labels) -> Result<Hardness> {
    // A view: no number is copied.
    let view = Probabilities::named(probabilities.name(), probabilities.tensor().f_detach()?)?;
    let sample = Sample::new(labels.clone()).with_probabilities(view)?;
    let expectations = EmpiricalPredictor::fit(&sample)?.expectations(probabilities, labels)?;
    let uniform_guess = (labels.n_classes() as f64).ln();
    let loss = |expectation: f64| {
        if expectation > 0.0 {
            0.0 - expectation.ln()
        } else {
            uniform_guess
        }
    };
    Hardness::named("EEP loss", expectations.into_iter().map(loss).collect())
}

/// The distance of the head's prediction from certainty of the true source class (EL2N).
///
/// ```text
/// eta_j = sqrt( sum_z (P_jz - [z = z_j])^2 )
///
/// P_jz   probability of source class z for sample j       z_j   its true source class
/// ```
///
/// Between 0 and the square root of 2. Reads the source class of each sample, so it is for samples that have one: those of
/// the source, or of a target that shares the source's classes.
///
/// # Errors
///
/// Another number of classes than of rows; [`Error::ClassOutOfRange`](crate::Error::ClassOutOfRange).
///
/// # Reference
///
/// M. Paul, S. Ganguli, G. K. Dziugaite, "Deep Learning on a Data Diet: Finding Important Examples Early in Training",
/// 2021, arXiv:2107.07075. The mean over several networks that is taken there is left to the caller.
///
/// # Examples
///
/// ```
/// use hard_subset::output;
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::Probabilities;
///
/// let probabilities = Probabilities::new(tensor_from_slice(&[1.0, 0.0, 1.0, 0.0], &[2, 2])?)?;
/// assert_eq!(output::el2n(&probabilities, &[0, 1])?.values(), [0.0, 2_f64.sqrt()]);
/// assert!(output::el2n(&probabilities, &[0, 2]).is_err());
/// # Ok::<(), hard_subset::Error>(())
/// ```
pub fn el2n(probabilities: &Probabilities, source_classes: &[usize]) -> Result<Hardness> {
    check::same_length(
        "source classes",
        source_classes.len(),
        probabilities.name(),
        probabilities.n_samples(),
    )?;
    require_classes("source classes", source_classes, probabilities.n_source_classes())?;
    let tensor = probabilities.tensor();
    let columns: Vec<i64> = source_classes.iter().map(|&class| class as i64).collect();
    let columns = Tensor::f_from_slice(&columns)?
        .f_unsqueeze(1)?
        .f_to_device(tensor.device())?;
    hardness_of_rows("EL2N", tensor, |first_row, rows| {
        let columns = columns.f_narrow(0, first_row as i64, rows.size()[0])?;
        let certainty = rows.f_zeros_like()?.f_scatter_value(1, &columns, 1.0)?;
        Ok(row_sums(&rows.f_sub(&certainty)?.f_square()?)?.f_sqrt()?)
    })
}

/// A statistic of each row, computed from some rows at a time, which `statistic` gets in `f64` with the first one's index.
fn hardness_of_rows(
    what: &str,
    matrix: &Tensor,
    statistic: impl Fn(usize, &Tensor) -> Result<Tensor>,
) -> Result<Hardness> {
    let (n_rows, n_columns) = check::matrix(what, matrix)?;
    let block_rows = (BLOCK_VALUES / n_columns).max(1);
    let mut values = Vec::with_capacity(n_rows);
    for first_row in (0..n_rows).step_by(block_rows) {
        let n_block = block_rows.min(n_rows - first_row);
        let rows = matrix
            .f_narrow(0, first_row as i64, n_block as i64)?
            .f_to_kind(Kind::Double)?;
        values.extend(convert::vector::<f64>(what, &statistic(first_row, &rows)?)?);
    }
    Hardness::named(what, values)
}

fn row_sums(matrix: &Tensor) -> Result<Tensor> {
    Ok(matrix.f_sum_dim_intlist([1_i64].as_slice(), false, Kind::Double)?)
}
