//! Functions of a matrix that are 0 if its graph has no cycle, and positive otherwise.

use serde::{Deserialize, Serialize};

use crate::least_squares_loss::{copy_into, square_tensor};

/// A measure of cycles.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Acyclicity {
    /// All cycles, those of k edges divided by k!:
    ///
    /// ```text
    /// h(W) = tr exp(W∘W) - p,    dh/dW = 2 exp(W∘W)^T ∘ W
    /// ```
    ///
    /// Zheng et al. 2018, theorem 1.
    #[default]
    Exponential,
    /// The same cycles with other weights, by products of matrices alone; the `gcastle` package has this one:
    ///
    /// ```text
    /// h(W) = tr (I + W∘W / p)^p - p,    dh/dW = 2 ((I + W∘W / p)^(p-1))^T ∘ W
    /// ```
    ///
    /// Yu, Chen, Gao, Yu, *DAG-GNN*, 2019, theorem 1.
    Polynomial,
}

impl Acyclicity {
    /// Puts the gradient at `weights` into `gradient`, and returns the value.
    pub(super) fn value(
        self,
        weights: &[f64],
        n_nodes: usize,
        gradient: &mut [f64],
    ) -> tensor_core::Result<f64> {
        if n_nodes == 0 {
            return Ok(0.0);
        }
        let squares: Vec<f64> = weights.iter().map(|w| w * w).collect();
        let value = match self {
            Self::Exponential => {
                let exponential = square_tensor(&squares, n_nodes)?.f_linalg_matrix_exp()?;
                copy_into(&exponential.f_tr()?, gradient)?;
                let trace: f64 = gradient.iter().step_by(n_nodes + 1).sum();
                trace - n_nodes as f64
            }
            Self::Polynomial => {
                let base: Vec<f64> = squares
                    .iter()
                    .enumerate()
                    .map(|(place, square)| {
                        f64::from(u8::from(place % (n_nodes + 1) == 0)) + square / n_nodes as f64
                    })
                    .collect();
                let power = square_tensor(&base, n_nodes)?.f_linalg_matrix_power(n_nodes as i64 - 1)?;
                copy_into(&power.f_tr()?, gradient)?;
                let trace: f64 = gradient.iter().zip(&base).map(|(power, base)| power * base).sum();
                trace - n_nodes as f64
            }
        };
        for (gradient, weight) in gradient.iter_mut().zip(weights) {
            *gradient *= 2.0 * weight;
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: [Acyclicity; 2] = [Acyclicity::Exponential, Acyclicity::Polynomial];

    #[test]
    fn a_triangular_matrix_has_no_cycles() {
        let weights = [0.0, 2.0, -1.0, 0.0, 0.0, 3.0, 0.0, 0.0, 0.0];
        for acyclicity in BOTH {
            let value = acyclicity
                .value(&weights, 3, &mut [0.0; 9])
                .expect("a square matrix");
            assert!(value.abs() < 1e-14, "{acyclicity:?}: {value}");
        }
    }

    #[test]
    fn a_cycle_of_two_has_the_value_of_the_formula() {
        // W∘W = [0 a; b 0] has the eigenvalues ±sqrt(ab): tr exp = 2 cosh sqrt(ab), tr (I + ./2)^2 = 2 + ab / 2.
        let weights = [0.0, 0.5, -2.0, 0.0];
        let expected = [2.0 * 1.0_f64.cosh() - 2.0, 0.5];
        for (acyclicity, expected) in BOTH.into_iter().zip(expected) {
            let value = acyclicity
                .value(&weights, 2, &mut [0.0; 4])
                .expect("a square matrix");
            golden::assert_close(&[value], &[expected], 1e-14, 0.0);
        }
    }

    #[test]
    fn gradients_are_those_of_differences() {
        let weights = [0.1, 0.5, -0.3, 0.7, 0.0, 0.4, -0.6, 0.2, 0.3];
        for acyclicity in BOTH {
            let mut gradient = [0.0; 9];
            acyclicity
                .value(&weights, 3, &mut gradient)
                .expect("a square matrix");
            for place in 0..9 {
                let at = |shift: f64| {
                    let mut moved = weights;
                    moved[place] += shift;
                    acyclicity
                        .value(&moved, 3, &mut [0.0; 9])
                        .expect("a square matrix")
                };
                let slope = (at(1e-5) - at(-1e-5)) / 2e-5;
                // The square of the step, and rounding divided by it.
                assert!(
                    (gradient[place] - slope).abs() < 1e-9,
                    "{acyclicity:?}, entry {place}"
                );
            }
        }
    }
}
