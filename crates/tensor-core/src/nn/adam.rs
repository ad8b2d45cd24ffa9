//! Adam and AdamW, with a state that can be saved and restored.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::optimizer::{
    SavedState, add_scaled, check_parameters, copy_like, gradient, with_decay, zero_grad,
};
use crate::{Result, check};

/// Parameters of [`Adam`].
///
/// | name | default | meaning | range |
/// |---|---|---|---|
/// | `lr` | 1e-3 | learning rate (step size) | `[0, inf)` |
/// | `betas` | (0.9, 0.999) | decay rates of the two moments | `[0, 1)` each |
/// | `eps` | 1e-8 | added to the square root of the second moment | `[0, inf)` |
/// | `weight_decay` | 0 | strength of the decay | `[0, inf)` |
/// | `decoupled` | false | decay the parameter itself (AdamW), not by way of the gradient | |
///
/// The defaults are those of `torch.optim.Adam` (PyTorch 2.13), the first four also of Kingma and Ba, algorithm 1.
/// [`AdamParams::adam_w`] holds those of `torch.optim.AdamW`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdamParams {
    /// Learning rate (step size).
    pub lr: f64,
    /// Decay rates of the first and of the second moment.
    pub betas: (f64, f64),
    /// Added to the square root of the second moment.
    pub eps: f64,
    /// Strength of the weight decay.
    pub weight_decay: f64,
    /// Whether the decay shrinks the parameter itself (AdamW) or enters the gradient (L2 penalty).
    pub decoupled: bool,
}

impl Default for AdamParams {
    fn default() -> Self {
        Self {
            lr: 1e-3,
            betas: (0.9, 0.999),
            eps: 1e-8,
            weight_decay: 0.0,
            decoupled: false,
        }
    }
}

impl AdamParams {
    /// The defaults of `torch.optim.AdamW` (PyTorch 2.13): decoupled decay of strength 0.01.
    ///
    /// # Examples
    ///
    /// ```
    /// let params = tensor_core::nn::AdamParams::adam_w();
    /// assert!(params.decoupled && params.weight_decay == 0.01);
    /// ```
    pub fn adam_w() -> Self {
        Self {
            weight_decay: 0.01,
            decoupled: true,
            ..Self::default()
        }
    }

    /// Checks every parameter against its range.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`](crate::Error::Parameter) for the first that lies outside.
    ///
    /// # Examples
    ///
    /// ```
    /// use tensor_core::nn::AdamParams;
    ///
    /// let params = AdamParams { lr: f64::NAN, ..AdamParams::default() };
    /// assert!(params.validate().is_err());
    /// ```
    pub fn validate(&self) -> Result<()> {
        check::non_negative("lr", self.lr)?;
        for beta in [self.betas.0, self.betas.1] {
            check::parameter(
                "betas",
                (0.0..1.0).contains(&beta),
                "two numbers, each at least 0 and below 1",
                beta,
            )?;
        }
        check::non_negative("eps", self.eps)?;
        check::non_negative("weight_decay", self.weight_decay)
    }
}

/// Adam: steps scaled by running estimates of the gradient's first two moments.
///
/// ```text
/// g = gradient                      (+ weight_decay * w, unless decoupled)
/// m = beta1 m + (1 - beta1) g       exp_avg
/// v = beta2 v + (1 - beta2) g^2     exp_avg_sq
/// w = w - lr * weight_decay * w     (if decoupled)
/// w = w - lr * [m / (1 - beta1^t)] / [sqrt(v / (1 - beta2^t)) + eps]
/// ```
///
/// with `w` a parameter, `t` the number of its steps, and all operations element by element.
///
/// A parameter without a gradient is left alone and its `t` does not grow. A NaN in a gradient passes into the moments
/// and into the parameter, and stays there: [`clip_grad_norm`](super::clip_grad_norm) before the step refuses it.
///
/// # Reference
///
/// D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015, arXiv:1412.6980, algorithm 1 in
/// the order of computation that section 2 recommends. I. Loshchilov and F. Hutter, "Decoupled weight decay
/// regularization", ICLR 2019, arXiv:1711.05101, algorithm 2.
///
/// # Examples
///
/// The first step of Adam has length `lr` whatever the size of the gradient:
///
/// ```
/// use tensor_core::Tensor;
/// use tensor_core::nn::{Adam, AdamParams};
///
/// let weight = Tensor::from_slice(&[5.0_f64, -5.0]).f_set_requires_grad(true)?;
/// let params = AdamParams { lr: 0.5, eps: 0.0, ..AdamParams::default() };
/// let mut adam = Adam::new(vec![("weight".to_owned(), weight.shallow_clone())], params)?;
///
/// weight.f_square()?.f_sum(None)?.f_backward()?;
/// adam.step()?;
/// assert_eq!(Vec::<f64>::try_from(&weight)?, [4.5, -4.5]);
/// # Ok::<(), tensor_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Adam {
    params: AdamParams,
    slots: Vec<Slot>,
}

/// A parameter and its moments.
#[derive(Debug)]
struct Slot {
    name: String,
    parameter: Tensor,
    step: i64,
    exp_avg: Tensor,
    exp_avg_sq: Tensor,
}

impl Adam {
    /// An optimiser that has made no step. It shares the parameters with the caller, who keeps clones
    /// (`shallow_clone`).
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`](crate::Error::Parameter) if `params` fails [`AdamParams::validate`];
    /// [`Error::TooFew`](crate::Error::TooFew) without parameters;
    /// [`Error::DuplicateName`](crate::Error::DuplicateName) if a name stands twice;
    /// [`Error::Kind`](crate::Error::Kind) unless each is `f32` or `f64`;
    /// [`Error::NotTrainable`](crate::Error::NotTrainable) unless each is a leaf that requires gradients.
    pub fn new(parameters: Vec<(String, Tensor)>, params: AdamParams) -> Result<Self> {
        params.validate()?;
        check_parameters(&parameters)?;
        let slots = parameters.into_iter().map(|(name, parameter)| {
            Ok(Slot {
                step: 0,
                exp_avg: parameter.f_zeros_like()?,
                exp_avg_sq: parameter.f_zeros_like()?,
                name,
                parameter,
            })
        });
        Ok(Self {
            params,
            slots: slots.collect::<Result<_>>()?,
        })
    }

    /// The parameters of the method.
    pub fn params(&self) -> &AdamParams {
        &self.params
    }

    /// Sets the learning rate of the steps to come.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`](crate::Error::Parameter) if it is negative or not finite.
    pub fn set_lr(&mut self, lr: f64) -> Result<()> {
        check::non_negative("lr", lr)?;
        self.params.lr = lr;
        Ok(())
    }

    /// Sets every gradient to zero, in place.
    ///
    /// A parameter that has had a gradient once has a zero gradient from then on, so its moments decay and move it
    /// even where no backward pass reaches it.
    ///
    /// # Errors
    ///
    /// [`Error::Torch`](crate::Error::Torch) if libtorch refuses.
    pub fn zero_grad(&mut self) -> Result<()> {
        self.slots.iter().try_for_each(|slot| zero_grad(&slot.parameter))
    }

    /// Moves every parameter that has a gradient, in place.
    ///
    /// # Errors
    ///
    /// [`Error::Torch`](crate::Error::Torch) if libtorch refuses.
    pub fn step(&mut self) -> Result<()> {
        let params = self.params;
        tch::no_grad(|| self.slots.iter_mut().try_for_each(|slot| slot.step(&params)))
    }

    /// A snapshot of the state: `exp_avg.<name>`, `exp_avg_sq.<name>` and `step.<name>` (an `i64` without dimension)
    /// for every parameter.
    ///
    /// With the parameters' values it is all that the steps to come depend on, [`AdamParams`] apart.
    ///
    /// # Errors
    ///
    /// [`Error::Torch`](crate::Error::Torch) if libtorch refuses, for want of memory for example.
    pub fn state(&self) -> Result<BTreeMap<String, Tensor>> {
        let mut state = BTreeMap::new();
        for slot in &self.slots {
            let name = &slot.name;
            state.insert(format!("step.{name}"), Tensor::from(slot.step));
            state.insert(
                format!("exp_avg.{name}"),
                copy_like(&slot.exp_avg, &slot.exp_avg)?,
            );
            state.insert(
                format!("exp_avg_sq.{name}"),
                copy_like(&slot.exp_avg_sq, &slot.exp_avg_sq)?,
            );
        }
        Ok(state)
    }

    /// Restores a state: copies it to the devices of the parameters. Nothing has changed if it fails.
    ///
    /// # Errors
    ///
    /// [`Error::MissingEntry`](crate::Error::MissingEntry) or
    /// [`Error::UnexpectedEntry`](crate::Error::UnexpectedEntry) unless the names are exactly those of
    /// [`Adam::state`]; [`Error::Shape`](crate::Error::Shape) or [`Error::Kind`](crate::Error::Kind) if an entry
    /// does not match its parameter; [`Error::Parameter`](crate::Error::Parameter) if a step number is negative.
    pub fn load_state(&mut self, state: &BTreeMap<String, Tensor>) -> Result<()> {
        let mut saved = SavedState::new(state);
        let loaded = self.slots.iter().map(|slot| {
            let Slot { name, parameter, .. } = slot;
            let step = saved.step(name)?;
            let exp_avg = saved.tensor("exp_avg", name, parameter)?;
            let exp_avg_sq = saved.tensor("exp_avg_sq", name, parameter)?;
            Ok((step, exp_avg, exp_avg_sq))
        });
        let loaded = loaded.collect::<Result<Vec<_>>>()?;
        saved.finish()?;
        for (slot, (step, exp_avg, exp_avg_sq)) in self.slots.iter_mut().zip(loaded) {
            slot.step = step;
            slot.exp_avg = exp_avg;
            slot.exp_avg_sq = exp_avg_sq;
        }
        Ok(())
    }
}

impl Slot {
    fn step(&mut self, params: &AdamParams) -> Result<()> {
        let Some(mut gradient) = gradient(&self.parameter)? else {
            return Ok(());
        };
        let AdamParams {
            lr,
            betas: (beta1, beta2),
            eps,
            weight_decay,
            decoupled,
        } = *params;
        self.step += 1;
        let bias1 = 1.0 - beta1.powf(self.step as f64);
        let bias2 = 1.0 - beta2.powf(self.step as f64);

        if !decoupled {
            gradient = with_decay(gradient, &self.parameter, weight_decay)?;
        } else if weight_decay != 0.0 {
            let _ = self.parameter.f_mul_scalar_(1.0 - lr * weight_decay)?;
        }
        let _ = self.exp_avg.f_lerp_(&gradient, 1.0 - beta1)?;
        let scratch = gradient.f_square()?;
        let _ = self.exp_avg_sq.f_lerp_(&scratch, 1.0 - beta2)?;

        // m / (sqrt(v) + eps sqrt(bias2)), in the one buffer; the bias corrections go into scalars.
        let mut direction = self.exp_avg_sq.f_sqrt_out(&scratch)?;
        let _ = direction.f_add_scalar_(eps * bias2.sqrt())?;
        let direction = self.exp_avg.f_div_out(&scratch, &direction)?;
        add_scaled(&mut self.parameter, &direction, -lr * bias2.sqrt() / bias1)
    }
}

#[cfg(test)]
mod tests;
