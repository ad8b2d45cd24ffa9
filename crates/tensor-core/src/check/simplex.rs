//! Whether the rows of a matrix are probability distributions.

use tch::{Kind, Tensor};

use super::{matrix, non_negative};
use crate::{Error, Result, convert, kind};

/// Checks that every row of a matrix is a probability distribution.
///
/// ```text
/// p_ij >= 0   and   |sum_j p_ij - 1| <= tolerance
/// ```
///
/// The tolerance covers the rounding of the row sums, which are formed in `f64`. It does not excuse negative entries:
/// rounding makes none.
///
/// # Shapes
///
/// `tensor`: (rows, classes), `f32` or `f64`, at least one class.
///
/// # Errors
///
/// For the first row that fails: [`Error::NonFinite`] if it holds a NaN or an infinity, else [`Error::Simplex`] with
/// the negative entry or the sum. Before that [`Error::Shape`], [`Error::Kind`], and [`Error::Parameter`] for a
/// tolerance that is negative or not finite.
///
/// # Complexity
///
/// Two vectorised passes over blocks that stay in cache.
///
/// # Examples
///
/// ```
/// use tensor_core::{Tensor, check};
///
/// let rows = Tensor::from_slice(&[0.25, 0.75, 0.5, 0.25]).reshape([2, 2]);
/// let error = check::simplex_rows("probabilities", &rows, 1e-6).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "probabilities[1] is not a probability distribution: its entries sum to 0.75, expected 1 within 0.000001",
/// );
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn simplex_rows(what: &str, tensor: &Tensor, tolerance: f64) -> Result<()> {
    const BLOCK_LENGTH: usize = 1 << 17;
    non_negative("tolerance", tolerance)?;
    kind::require(what, tensor, kind::FLOATS)?;
    let (n_rows, n_classes) = matrix(what, tensor)?;
    if n_classes == 0 {
        return Err(Error::Shape {
            what: what.to_owned(),
            expected: "at least one column".to_owned(),
            got: tensor.size(),
        });
    }
    let tensor = tensor.f_detach()?;
    let block_rows = (BLOCK_LENGTH / n_classes).max(1);
    for start in (0..n_rows).step_by(block_rows) {
        let rows = block_rows.min(n_rows - start);
        let block = tensor
            .f_narrow(0, start as i64, rows as i64)?
            .f_to_kind(Kind::Double)?;
        // `amin` and the sum both carry a NaN on.
        let least = convert::vector::<f64>(what, &block.f_amin([1_i64], false)?)?;
        let sums = convert::vector::<f64>(what, &block.f_sum_dim_intlist([1_i64].as_slice(), false, None)?)?;
        let on_simplex = |row: &usize| least[*row] >= 0.0 && (sums[*row] - 1.0).abs() <= tolerance;
        if let Some(row) = (0..rows).find(|row| !on_simplex(row)) {
            return Err(off_simplex(
                what,
                start + row,
                &block.f_select(0, row as i64)?,
                sums[row],
                tolerance,
            )?);
        }
    }
    Ok(())
}

/// Why a row is not on the simplex.
fn off_simplex(what: &str, row: usize, entries: &Tensor, sum: f64, tolerance: f64) -> Result<Error> {
    let entries = convert::vector::<f64>(what, entries)?;
    if let Some(column) = entries.iter().position(|entry| !entry.is_finite()) {
        return Ok(Error::NonFinite {
            what: what.to_owned(),
            index: vec![row, column],
            value: entries[column],
        });
    }
    let reason = match entries.iter().position(|&entry| entry < 0.0) {
        Some(column) => format!("entry {column} is {}, expected 0 or more", entries[column]),
        None => format!("its entries sum to {sum}, expected 1 within {tolerance}"),
    };
    Ok(Error::Simplex {
        what: what.to_owned(),
        row,
        reason,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tch::Device;

    use super::*;

    /// What a row of probabilities may be off by in these tests: far above rounding, far below what they change.
    const TOLERANCE: f64 = 1e-6;

    fn zeros(shape: &[i64], kind: Kind) -> Tensor {
        Tensor::zeros(shape, (kind, Device::Cpu))
    }

    #[test]
    fn the_first_row_off_the_simplex_is_named_with_its_fault() {
        // More rows than a block holds, with the faults in the second block.
        let rows = Tensor::full([200_000, 2], 0.5, (Kind::Float, Device::Cpu));
        let set = |row: i64, column: i64, value: f64| drop(rows.get(row).get(column).fill_(value));
        set(150_000, 0, 0.75);
        let error = simplex_rows("p", &rows, TOLERANCE).expect_err("a sum of 1.25");
        assert_eq!(
            error.to_string(),
            "p[150000] is not a probability distribution: its entries sum to 1.25, expected 1 within 0.000001"
        );
        set(140_000, 0, 1.5);
        set(140_000, 1, -0.5);
        let error = simplex_rows("p", &rows, TOLERANCE).expect_err("a negative entry");
        assert_eq!(
            error.to_string(),
            "p[140000] is not a probability distribution: entry 1 is -0.5, expected 0 or more"
        );
        set(130_000, 1, f64::NAN);
        let error = simplex_rows("p", &rows, TOLERANCE).expect_err("a NaN");
        assert_eq!(error.to_string(), "p[130000, 1] is NaN: expected a finite number");
        set(120_000, 0, f64::INFINITY);
        let error = simplex_rows("p", &rows, TOLERANCE).expect_err("an infinity");
        assert_eq!(error.to_string(), "p[120000, 0] is inf: expected a finite number");
    }

    #[test]
    fn the_tolerance_covers_sums_alone() {
        let rows = Tensor::from_slice(&[0.5, 0.5 + 1e-7]).reshape([1, 2]);
        assert!(simplex_rows("p", &rows, TOLERANCE).is_ok());
        assert!(simplex_rows("p", &rows, 1e-8).is_err());
        assert!(
            simplex_rows(
                "p",
                &Tensor::from_slice(&[1.0, -1e-12]).reshape([1, 2]),
                TOLERANCE
            )
            .is_err()
        );
        assert!(simplex_rows("p", &Tensor::from_slice(&[1.0, -0.0]).reshape([1, 2]), 0.0).is_ok());
        for tolerance in [-1.0, f64::NAN, f64::INFINITY] {
            let error = simplex_rows("p", &rows, tolerance).expect_err("a bad tolerance");
            assert!(
                matches!(
                    error,
                    Error::Parameter {
                        name: "tolerance",
                        ..
                    }
                ),
                "{error}"
            );
        }
    }

    #[test]
    fn probabilities_must_be_a_float_matrix_with_columns() {
        assert!(matches!(
            simplex_rows("p", &zeros(&[2], Kind::Double), TOLERANCE),
            Err(Error::Shape { .. })
        ));
        assert!(matches!(
            simplex_rows("p", &zeros(&[2, 0], Kind::Double), TOLERANCE),
            Err(Error::Shape { .. })
        ));
        assert!(matches!(
            simplex_rows("p", &zeros(&[2, 1], Kind::Int64), TOLERANCE),
            Err(Error::Kind { .. })
        ));
    }

    proptest! {
        #[test]
        fn normalised_rows_are_on_the_simplex(
            n_rows in 0..6_usize, n_classes in 1..6_usize, seed: u64, single: bool,
        ) {
            let mut rng = crate::Seed::new(seed).stream("check/simplex", 0);
            let shape = [n_rows as i64, n_classes as i64];
            let rows = crate::random::normal(&mut rng, &shape, Kind::Double).expect("a small tensor").softmax(1, None);
            let rows = if single { rows.to_kind(Kind::Float) } else { rows };
            prop_assert!(simplex_rows("p", &rows, TOLERANCE).is_ok());
            if n_rows > 0 {
                let row = seed as usize % n_rows;
                let _ = rows.get(row as i64).g_mul_scalar_(1.0 + 3.0 * TOLERANCE);
                let error = simplex_rows("p", &rows, TOLERANCE).expect_err("a row off the simplex");
                prop_assert!(matches!(error, Error::Simplex { row: got, .. } if got == row), "{}", error);
            }
        }
    }
}
