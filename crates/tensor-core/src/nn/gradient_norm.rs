//! Clipping of the gradient by its global norm.

use tch::{Kind, Tensor};

use super::optimizer::gradient;
use crate::{Error, Result, check};

/// Scales all gradients by one factor, in place, so that their joint Euclidean norm is at most `max_norm`.
///
/// ```text
/// |g|  = sqrt(sum over parameters and elements of g^2)
/// g    = min(1, max_norm / (|g| + 1e-6)) * g
/// ```
///
/// Returns `|g|` before the scaling, accumulated in `f64`. Parameters without a gradient count as zero.
///
/// # Errors
///
/// [`Error::Parameter`] unless `max_norm` is positive and finite; [`Error::NonFinite`] if a gradient holds a NaN or an
/// infinity, naming the parameter: the gradients are then as they were.
///
/// # Reference
///
/// R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of training recurrent neural networks", ICML 2013,
/// algorithm 1; the 1e-6 is that of `torch.nn.utils.clip_grad_norm_` (PyTorch 2.13).
///
/// # Examples
///
/// ```
/// use tensor_core::{Tensor, nn};
///
/// let weight = Tensor::from_slice(&[3.0_f64, 4.0]).f_set_requires_grad(true)?;
/// weight.f_square()?.f_sum(None)?.f_backward()?; // gradient (6, 8)
///
/// let norm = nn::clip_grad_norm(&[("weight".to_owned(), weight.shallow_clone())], 5.0)?;
/// assert_eq!(norm, 10.0);
/// let clipped = Vec::<f64>::try_from(weight.f_grad()?)?;
/// assert!((clipped[0] - 3.0).abs() < 1e-6 && (clipped[1] - 4.0).abs() < 1e-6);
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn clip_grad_norm(parameters: &[(String, Tensor)], max_norm: f64) -> Result<f64> {
    check::positive("max_norm", max_norm)?;
    tch::no_grad(|| {
        let mut gradients = Vec::new();
        let mut squared_norm = 0.0;
        for (name, parameter) in parameters {
            let Some(gradient) = gradient(parameter)? else {
                continue;
            };
            let norm = gradient
                .f_norm_scalaropt_dtype(2, Kind::Double)?
                .f_double_value(&[])?;
            if !norm.is_finite() {
                check::finite(&format!("gradient of {name}"), &gradient)?;
            }
            squared_norm += norm * norm;
            gradients.push(gradient);
        }
        let norm = squared_norm.sqrt();
        if !norm.is_finite() {
            return Err(Error::NonFinite {
                what: "gradient norm".to_owned(),
                index: Vec::new(),
                value: norm,
            });
        }
        let factor = max_norm / (norm + ROOM);
        if factor < 1.0 {
            for gradient in &mut gradients {
                let _ = gradient.f_mul_scalar_(factor)?;
            }
        }
        Ok(norm)
    })
}

/// Keeps the factor finite for a gradient of zero.
const ROOM: f64 = 1e-6;

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(name: &str, gradient: &[f64]) -> (String, Tensor) {
        let parameter = Tensor::from_slice(&vec![1.0; gradient.len()]).set_requires_grad(true);
        let loss = (&parameter * Tensor::from_slice(gradient)).sum(None);
        loss.backward();
        (name.to_owned(), parameter)
    }

    fn gradient_of((_, parameter): &(String, Tensor)) -> Vec<f64> {
        Vec::try_from(parameter.grad()).expect("one dimension")
    }

    #[test]
    fn the_norm_is_over_all_parameters() {
        let parameters = [parameter("a", &[2.0, -3.0]), parameter("b", &[6.0])];
        assert_eq!(clip_grad_norm(&parameters, 0.7).expect("finite"), 7.0);
        // Clipped to 0.7 / (7 + 1e-6) of what they were: the direction is kept.
        let factor = 0.7 / (7.0 + 1e-6);
        assert_eq!(gradient_of(&parameters[0]), [2.0 * factor, -3.0 * factor]);
        assert_eq!(gradient_of(&parameters[1]), [6.0 * factor]);
    }

    #[test]
    fn a_short_gradient_is_left_alone() {
        let parameters = [parameter("a", &[3.0, 4.0])];
        assert_eq!(clip_grad_norm(&parameters, 100.0).expect("finite"), 5.0);
        assert_eq!(gradient_of(&parameters[0]), [3.0, 4.0]);
    }

    #[test]
    fn no_gradient_and_a_zero_gradient_count_as_zero() {
        let without = Tensor::from_slice(&[1.0]).set_requires_grad(true);
        let parameters = [("a".to_owned(), without), parameter("b", &[0.0, 0.0])];
        assert_eq!(clip_grad_norm(&parameters, 1.0).expect("finite"), 0.0);
        assert_eq!(gradient_of(&parameters[1]), [0.0, 0.0]);
    }

    #[test]
    fn a_nan_is_refused_by_name_and_nothing_is_scaled() {
        let parameters = [parameter("a", &[30.0, 40.0]), parameter("b", &[0.0, f64::NAN])];
        let error = clip_grad_norm(&parameters, 1.0).expect_err("a NaN");
        assert_eq!(
            error.to_string(),
            "gradient of b[1] is NaN: expected a finite number"
        );
        assert_eq!(gradient_of(&parameters[0]), [30.0, 40.0]);
    }

    #[test]
    fn single_precision_is_summed_in_double() {
        // In f32 the squares overflow.
        let parameter = Tensor::from_slice(&[0.0_f32, 0.0]).set_requires_grad(true);
        (&parameter * 3e30_f64).sum(None).backward();
        let norm = clip_grad_norm(&[("a".to_owned(), parameter)], 1.0).expect("finite");
        assert!(
            (norm / (f64::from(3e30_f32) * 2.0_f64.sqrt()) - 1.0).abs() < 1e-15,
            "{norm}"
        );
    }

    #[test]
    fn the_bound_is_checked() {
        for bound in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let error = clip_grad_norm(&[], bound).expect_err("out of range");
            assert!(
                matches!(error, Error::Parameter { name: "max_norm", .. }),
                "{error}"
            );
        }
    }
}
