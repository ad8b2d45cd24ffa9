//! Stochastic gradient descent, with a state that can be saved and restored.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::optimizer::{
    SavedState, add_scaled, check_parameters, copy_like, gradient, with_decay, zero_grad,
};
use crate::{Result, check};

/// Parameters of [`Sgd`].
///
/// | name | default | meaning | range |
/// |---|---|---|---|
/// | `lr` | 1e-3 | learning rate (step size) | `[0, inf)` |
/// | `momentum` | 0 | share of the last step's direction that is kept | `[0, inf)` |
/// | `dampening` | 0 | share of the gradient that momentum leaves out | finite; 0 with `nesterov` |
/// | `weight_decay` | 0 | strength of the L2 penalty | `[0, inf)` |
/// | `nesterov` | false | look one step of momentum ahead | needs `momentum > 0` |
///
/// Defaults and ranges are those of `torch.optim.SGD` (PyTorch 2.13).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SgdParams {
    /// Learning rate (step size).
    pub lr: f64,
    /// Share of the last step's direction that is kept.
    pub momentum: f64,
    /// Share of the gradient that momentum leaves out.
    pub dampening: f64,
    /// Strength of the L2 penalty.
    pub weight_decay: f64,
    /// Whether the step looks one step of momentum ahead.
    pub nesterov: bool,
}

impl Default for SgdParams {
    fn default() -> Self {
        Self {
            lr: 1e-3,
            momentum: 0.0,
            dampening: 0.0,
            weight_decay: 0.0,
            nesterov: false,
        }
    }
}

impl SgdParams {
    /// Checks every parameter against its range.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`](crate::Error::Parameter) for the first that lies outside.
    ///
    /// # Examples
    ///
    /// ```
    /// use tensor_core::nn::SgdParams;
    ///
    /// let params = SgdParams { nesterov: true, ..SgdParams::default() };
    /// assert!(params.validate().is_err(), "nesterov needs momentum");
    /// ```
    pub fn validate(&self) -> Result<()> {
        check::non_negative("lr", self.lr)?;
        check::non_negative("momentum", self.momentum)?;
        check::parameter(
            "dampening",
            self.dampening.is_finite(),
            "a finite number",
            self.dampening,
        )?;
        check::non_negative("weight_decay", self.weight_decay)?;
        check::parameter(
            "nesterov",
            !self.nesterov || (self.momentum > 0.0 && self.dampening == 0.0),
            "false, or momentum above 0 and dampening 0",
            self.nesterov,
        )
    }
}

/// Stochastic gradient descent with momentum.
///
/// ```text
/// g = gradient + weight_decay * w
/// b = g                                      at the first step of w
/// b = momentum * b + (1 - dampening) * g     later
/// w = w - lr * b                             or, with nesterov, w - lr * (g + momentum * b)
/// ```
///
/// with `w` a parameter and `b` its momentum buffer. Without momentum `w = w - lr * g`.
///
/// A parameter without a gradient is left alone. A NaN in a gradient passes into the buffer and into the parameter,
/// and stays there: [`clip_grad_norm`](super::clip_grad_norm) before the step refuses it.
///
/// # Reference
///
/// I. Sutskever, J. Martens, G. Dahl and G. Hinton, "On the importance of initialization and momentum in deep
/// learning", ICML 2013, in the form of `torch.optim.SGD` (PyTorch 2.13), where the learning rate multiplies the
/// buffer and not the gradient.
///
/// # Examples
///
/// ```
/// use tensor_core::Tensor;
/// use tensor_core::nn::{Sgd, SgdParams};
///
/// let weight = Tensor::from_slice(&[4.0_f64]).f_set_requires_grad(true)?;
/// let params = SgdParams { lr: 0.25, momentum: 0.5, ..SgdParams::default() };
/// let mut sgd = Sgd::new(vec![("weight".to_owned(), weight.shallow_clone())], params)?;
///
/// // Gradient 2 w: buffer 8, then 0.5 * 8 + 4 = 8.
/// for expected in [2.0, 0.0] {
///     sgd.zero_grad()?;
///     weight.f_square()?.f_sum(None)?.f_backward()?;
///     sgd.step()?;
///     assert_eq!(Vec::<f64>::try_from(&weight)?, [expected]);
/// }
/// # Ok::<(), tensor_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Sgd {
    params: SgdParams,
    slots: Vec<Slot>,
}

/// A parameter and its momentum buffer, which the first step makes.
#[derive(Debug)]
struct Slot {
    name: String,
    parameter: Tensor,
    step: i64,
    momentum_buffer: Option<Tensor>,
}

impl Sgd {
    /// An optimiser that has made no step. It shares the parameters with the caller, who keeps clones
    /// (`shallow_clone`).
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`](crate::Error::Parameter) if `params` fails [`SgdParams::validate`];
    /// [`Error::TooFew`](crate::Error::TooFew) without parameters;
    /// [`Error::DuplicateName`](crate::Error::DuplicateName) if a name stands twice;
    /// [`Error::Kind`](crate::Error::Kind) unless each is `f32` or `f64`;
    /// [`Error::NotTrainable`](crate::Error::NotTrainable) unless each is a leaf that requires gradients.
    pub fn new(parameters: Vec<(String, Tensor)>, params: SgdParams) -> Result<Self> {
        params.validate()?;
        check_parameters(&parameters)?;
        let slots = parameters.into_iter().map(|(name, parameter)| Slot {
            name,
            parameter,
            step: 0,
            momentum_buffer: None,
        });
        Ok(Self {
            params,
            slots: slots.collect(),
        })
    }

    /// The parameters of the method.
    pub fn params(&self) -> &SgdParams {
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
    /// A parameter that has had a gradient once has a zero gradient from then on, so momentum and decay move it even
    /// where no backward pass reaches it.
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

    /// A snapshot of the state: `step.<name>` (an `i64` without dimension) for every parameter, and
    /// `momentum_buffer.<name>` for those that have been moved with momentum.
    ///
    /// With the parameters' values it is all that the steps to come depend on, [`SgdParams`] apart.
    ///
    /// # Errors
    ///
    /// [`Error::Torch`](crate::Error::Torch) if libtorch refuses, for want of memory for example.
    pub fn state(&self) -> Result<BTreeMap<String, Tensor>> {
        let mut state = BTreeMap::new();
        for Slot {
            name,
            parameter: _,
            step,
            momentum_buffer,
        } in &self.slots
        {
            state.insert(format!("step.{name}"), Tensor::from(*step));
            if let Some(buffer) = momentum_buffer {
                state.insert(format!("momentum_buffer.{name}"), copy_like(buffer, buffer)?);
            }
        }
        Ok(state)
    }

    /// Restores a state: copies it to the devices of the parameters. Nothing has changed if it fails.
    ///
    /// # Errors
    ///
    /// [`Error::MissingEntry`](crate::Error::MissingEntry) or
    /// [`Error::UnexpectedEntry`](crate::Error::UnexpectedEntry) unless the names are exactly those of
    /// [`Sgd::state`]: a state saved with momentum does not fit an optimiser without, nor the other way round;
    /// [`Error::Shape`](crate::Error::Shape) or [`Error::Kind`](crate::Error::Kind) if an entry does not match its
    /// parameter; [`Error::Parameter`](crate::Error::Parameter) if a step number is negative.
    pub fn load_state(&mut self, state: &BTreeMap<String, Tensor>) -> Result<()> {
        let with_momentum = self.params.momentum != 0.0;
        let mut saved = SavedState::new(state);
        let loaded = self.slots.iter().map(|Slot { name, parameter, .. }| {
            let step = saved.step(name)?;
            let has_buffer = with_momentum && step > 0;
            let buffer = has_buffer.then(|| saved.tensor("momentum_buffer", name, parameter));
            Ok((step, buffer.transpose()?))
        });
        let loaded = loaded.collect::<Result<Vec<_>>>()?;
        saved.finish()?;
        for (slot, (step, momentum_buffer)) in self.slots.iter_mut().zip(loaded) {
            slot.step = step;
            slot.momentum_buffer = momentum_buffer;
        }
        Ok(())
    }
}

impl Slot {
    fn step(&mut self, params: &SgdParams) -> Result<()> {
        let Some(gradient) = gradient(&self.parameter)? else {
            return Ok(());
        };
        let SgdParams {
            lr,
            momentum,
            dampening,
            weight_decay,
            nesterov,
        } = *params;
        let gradient = with_decay(gradient, &self.parameter, weight_decay)?;
        self.step += 1;
        if momentum == 0.0 {
            return add_scaled(&mut self.parameter, &gradient, -lr);
        }
        let buffer = match self.momentum_buffer.take() {
            None => copy_like(&self.parameter, &gradient)?,
            Some(mut buffer) => {
                let _ = buffer.f_mul_scalar_(momentum)?;
                add_scaled(&mut buffer, &gradient, 1.0 - dampening)?;
                buffer
            }
        };
        if nesterov {
            add_scaled(&mut self.parameter, &gradient, -lr)?;
            add_scaled(&mut self.parameter, &buffer, -lr * momentum)?;
        } else {
            add_scaled(&mut self.parameter, &buffer, -lr)?;
        }
        self.momentum_buffer = Some(buffer);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
