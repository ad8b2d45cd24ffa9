//! Stand-ins for solvers that are being written.
#![allow(missing_docs, clippy::all, clippy::pedantic)]
use serde::{Deserialize, Serialize};
use tensor_core::progress::Progress;
use crate::{CostMatrix, Marginals, Result, Sinkhorn, Transport, GroundCost, Joint, Epsilon, Status};
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Exact {}
impl Exact {
    pub fn solve(&self, cost: &CostMatrix, marginals: &Marginals) -> Result<Transport> {
        Sinkhorn { epsilon: Epsilon::absolute(1e-3), ..Sinkhorn::default() }.solve(cost, marginals)
    }
    pub fn solve_with(&self, cost: &CostMatrix, marginals: &Marginals, _: &mut dyn Progress) -> Result<Transport> {
        self.solve(cost, marginals)
    }
}
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Frobenius {}
impl Frobenius {
    pub fn solve_with(&self, cost: &CostMatrix, marginals: &Marginals, _: &mut dyn Progress) -> Result<Transport> {
        Exact {}.solve(cost, marginals)
    }
}
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct SinkhornDivergence {}
pub struct Divergence { pub divergence: f64 }
impl SinkhornDivergence {
    pub fn validate(&self) -> Result<()> { Ok(()) }
    pub fn between(&self, _: &tch::Tensor, _: &tch::Tensor, _: GroundCost, _: &Marginals) -> Result<Divergence> { Ok(Divergence { divergence: 0.0 }) }
}
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct OnlineSinkhorn { pub ground: GroundCost }
pub struct OnlineTransport { pub cost: f64, pub marginal_error: f64, pub iterations: usize, pub status: Status }
impl OnlineSinkhorn {
    pub fn solve(&self, _: &tch::Tensor, _: &tch::Tensor, _: &Marginals) -> Result<OnlineTransport> { Err(crate::Error::NeedsPoints) }
    pub fn solve_labelled(&self, _: &tch::Tensor, _: &tch::Tensor, _: &Marginals, _: &transferability_metrics::Labels, _: &transferability_metrics::Labels) -> Result<(OnlineTransport, Joint)> { Err(crate::Error::NeedsPoints) }
}
