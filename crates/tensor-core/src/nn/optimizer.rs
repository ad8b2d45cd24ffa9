//! What the optimisers share: checked parameters, gradients, entries of a saved state.

use std::collections::{BTreeMap, BTreeSet};

use tch::{Kind, Tensor};

use super::same_kind::require_same_kind;
use crate::{Error, Result, check, kind};

/// Checks the parameters of a new optimiser: at least one, no name twice, each a leaf of kind `f32` or `f64` that
/// requires gradients.
pub(super) fn check_parameters(parameters: &[(String, Tensor)]) -> Result<()> {
    check::at_least("parameters", parameters.len(), 1)?;
    let mut names = BTreeSet::new();
    for (name, tensor) in parameters {
        if !names.insert(name) {
            return Err(Error::DuplicateName {
                what: "parameters".to_owned(),
                name: name.clone(),
            });
        }
        kind::require(name, tensor, kind::FLOATS)?;
        if !(tensor.requires_grad() && tensor.f_is_leaf()?) {
            return Err(Error::NotTrainable { what: name.clone() });
        }
    }
    Ok(())
}

/// The gradient of a parameter, if a backward pass has reached it.
pub(super) fn gradient(parameter: &Tensor) -> Result<Option<Tensor>> {
    let gradient = parameter.f_grad()?;
    Ok(gradient.defined().then_some(gradient))
}

/// Sets the gradient of a parameter to zero, in place.
pub(super) fn zero_grad(parameter: &Tensor) -> Result<()> {
    if let Some(mut gradient) = gradient(parameter)? {
        let _ = gradient.f_detach_()?.f_zero_()?;
    }
    Ok(())
}

/// The gradient of `loss + weight_decay / 2 |parameter|^2`.
pub(super) fn with_decay(gradient: Tensor, parameter: &Tensor, weight_decay: f64) -> Result<Tensor> {
    if weight_decay == 0.0 {
        return Ok(gradient);
    }
    Ok(parameter.f_mul_scalar(weight_decay)?.f_add_(&gradient)?)
}

/// `target += scale * direction` in one pass and without a temporary.
pub(super) fn add_scaled(target: &mut Tensor, direction: &Tensor, scale: f64) -> Result<()> {
    let scale = Tensor::f_full([0_i64; 0], scale, (target.kind(), target.device()))?;
    let _ = target.f_addcmul_(direction, &scale)?;
    Ok(())
}

/// A copy of `source` that lies in memory as `model` does, on its device and outside any gradient graph.
pub(super) fn copy_like(model: &Tensor, source: &Tensor) -> Result<Tensor> {
    let mut copy = model.f_empty_like()?;
    copy.f_copy_(&source.f_detach()?)?;
    Ok(copy)
}

/// A saved state while it is read: entries are taken out by name, and none may be left over.
pub(super) struct SavedState<'a> {
    entries: BTreeMap<&'a str, &'a Tensor>,
}

impl<'a> SavedState<'a> {
    pub(super) fn new(state: &'a BTreeMap<String, Tensor>) -> Self {
        let entries = state.iter().map(|(name, tensor)| (name.as_str(), tensor));
        Self {
            entries: entries.collect(),
        }
    }

    /// The entry `<quantity>.<name>`, which must have the shape and the kind of the parameter; copied.
    pub(super) fn tensor(&mut self, quantity: &str, name: &str, parameter: &Tensor) -> Result<Tensor> {
        let what = format!("{quantity}.{name}");
        let entry = self.take(&what)?;
        if entry.size() != parameter.size() {
            return Err(Error::Shape {
                what,
                expected: format!("{:?}, the shape of `{name}`", parameter.size()),
                got: entry.size(),
            });
        }
        require_same_kind(&what, entry, parameter.kind())?;
        copy_like(parameter, entry)
    }

    /// The entry `step.<name>`: how often the parameter has been moved.
    pub(super) fn step(&mut self, name: &str) -> Result<i64> {
        let what = format!("step.{name}");
        let entry = self.take(&what)?;
        kind::require(&what, entry, &[Kind::Int64])?;
        if !entry.size().is_empty() {
            return Err(Error::Shape {
                what,
                expected: "no dimension (one number)".to_owned(),
                got: entry.size(),
            });
        }
        let step = entry.f_int64_value(&[])?;
        check::parameter("step", step >= 0, "0 or more", step)?;
        Ok(step)
    }

    /// Fails if an entry has not been taken.
    pub(super) fn finish(self) -> Result<()> {
        match self.entries.into_keys().next() {
            None => Ok(()),
            Some(name) => Err(Error::UnexpectedEntry {
                what: STATE.to_owned(),
                name: name.to_owned(),
            }),
        }
    }

    fn take(&mut self, name: &str) -> Result<&'a Tensor> {
        self.entries.remove(name).ok_or_else(|| Error::MissingEntry {
            what: STATE.to_owned(),
            name: name.to_owned(),
        })
    }
}

const STATE: &str = "optimizer state";

/// A small smooth problem on which the optimisers are tried, ours and libtorch's.
#[cfg(test)]
pub(super) mod problem {
    use tch::nn::OptimizerConfig;
    use tch::{Device, Kind, Tensor, nn::VarStore};

    use crate::{Seed, random};

    /// Fits `tanh(x weight + bias) + late` to targets; `late` joins at step 5, `never` does not.
    pub(in crate::nn) struct Problem {
        inputs: Tensor,
        targets: Tensor,
        parameters: Vec<(String, Tensor)>,
    }

    impl Problem {
        pub(in crate::nn) fn new(kind: Kind) -> Self {
            let draw = |label: &str, shape: &[i64]| {
                let mut rng = Seed::new(3).stream(label, 0);
                random::normal(&mut rng, shape, Kind::Double)
                    .expect("a shape")
                    .to_kind(kind)
            };
            let parameter =
                |name: &str, shape: &[i64]| (name.to_owned(), draw(name, shape).set_requires_grad(true));
            Self {
                inputs: draw("inputs", &[20, 3]),
                targets: draw("targets", &[20, 2]),
                parameters: vec![
                    parameter("weight", &[3, 2]),
                    parameter("bias", &[2]),
                    parameter("late", &[2]),
                    parameter("never", &[4]),
                ],
            }
        }

        pub(in crate::nn) fn parameters(&self) -> Vec<(String, Tensor)> {
            let clones = self
                .parameters
                .iter()
                .map(|(name, tensor)| (name.clone(), tensor.shallow_clone()));
            clones.collect()
        }

        pub(in crate::nn) fn values(&self) -> Vec<f64> {
            let parts: Vec<Tensor> = self
                .parameters
                .iter()
                .map(|(_, tensor)| tensor.reshape([-1]))
                .collect();
            Vec::try_from(Tensor::cat(&parts, 0).detach().to_kind(Kind::Double)).expect("one dimension")
        }

        pub(in crate::nn) fn loss(&self, step: usize) -> Tensor {
            let [(_, weight), (_, bias), (_, late), _] = &self.parameters[..] else {
                unreachable!("four parameters");
            };
            let output = (self.inputs.matmul(weight) + bias).tanh();
            // Not `+=`: in place it would overwrite what the gradient of tanh is computed from.
            let output = if step < 5 { output } else { output + late };
            (output - &self.targets).square().mean(self.inputs.kind())
        }
    }

    /// Where libtorch's own optimiser is after a number of steps in `f64`; the rate is halved at step 30.
    pub(in crate::nn) fn solve_with_libtorch(
        method: impl OptimizerConfig,
        lr: f64,
        steps: usize,
    ) -> Vec<f64> {
        let problem = Problem::new(Kind::Double);
        let store = VarStore::new(Device::Cpu);
        for (name, tensor) in problem.parameters() {
            let _ = store.root().add(&name, tensor, true);
        }
        let mut optimizer = method.build(&store, lr).expect("sound parameters");
        for step in 0..steps {
            if step == 30 {
                optimizer.set_lr(lr / 2.0);
            }
            optimizer.backward_step(&problem.loss(step));
        }
        problem.values()
    }
}
