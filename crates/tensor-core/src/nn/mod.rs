//! What two networks of this workspace share: optimisers that can be resumed, seeded initial values, two layers.
//!
//! libtorch's own optimisers, as far as they can be reached from here, cannot save their state, and its initialisers
//! draw from a global generator. [`Adam`] and [`Sgd`] save and restore their state exactly; the initialisers draw from
//! a generator of the caller's, most often a stream of a [`Seed`](crate::Seed).
//!
//! # Examples
//!
//! A least-squares fit that is interrupted and resumed, bit for bit:
//!
//! ```
//! use tensor_core::nn::{Adam, AdamParams};
//! use tensor_core::{Result, Tensor};
//!
//! fn fit(weight: &Tensor, adam: &mut Adam, steps: usize) -> Result<()> {
//!     for _ in 0..steps {
//!         adam.zero_grad()?;
//!         weight.f_sub_scalar(3.0)?.f_square()?.f_sum(None)?.f_backward()?;
//!         adam.step()?;
//!     }
//!     Ok(())
//! }
//! fn start() -> Result<(Tensor, Adam)> {
//!     let weight = Tensor::from_slice(&[0.0_f64, 1.0]).f_set_requires_grad(true)?;
//!     let adam = Adam::new(vec![("weight".to_owned(), weight.shallow_clone())], AdamParams::default())?;
//!     Ok((weight, adam))
//! }
//!
//! let (whole, mut adam) = start()?;
//! fit(&whole, &mut adam, 20)?;
//!
//! let (mut part, mut adam) = start()?;
//! fit(&part, &mut adam, 10)?;
//! let saved = adam.state()?;
//! let mut adam = Adam::new(vec![("weight".to_owned(), part.shallow_clone())], AdamParams::default())?;
//! adam.load_state(&saved)?;
//! fit(&part, &mut adam, 10)?;
//! assert_eq!(part, whole);
//! # Ok::<(), tensor_core::Error>(())
//! ```

mod adam;
mod gradient_norm;
mod init;
mod instance_norm;
mod optimizer;
mod reflection_pad;
mod same_kind;
mod sgd;

pub use adam::{Adam, AdamParams};
pub use gradient_norm::clip_grad_norm;
pub use init::{default_bias, default_weight, kaiming_uniform};
pub use instance_norm::instance_norm_2d;
pub use reflection_pad::reflection_pad_2d;
pub use sgd::{Sgd, SgdParams};
