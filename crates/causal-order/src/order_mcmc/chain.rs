//! What the two kinds of chains have in common.

use causal_graph::NodeSet;
use rand::RngExt as _;
use rand::rngs::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::Result;

/// A Markov chain whose states hold an order.
pub(super) trait Chain: Send {
    /// Takes a step at a temperature: 1 draws from the posterior.
    fn step(&mut self, temperature: f64) -> Result<()>;

    /// The state, and what the steps since the last call say of edges and order.
    fn snapshot(&mut self) -> Snapshot;

    /// The state of the greatest posterior so far.
    fn best(&self) -> BestState;

    /// Proposed and accepted moves of each kind.
    fn moves(&self) -> &[MoveCount];

    /// How many local scores were computed.
    fn n_evaluations(&self) -> u64;
}

/// A state of a chain, and averages over the steps that led to it.
pub(super) struct Snapshot {
    pub(super) log_posterior: f64,
    /// First to last.
    pub(super) order: Vec<usize>,
    /// The parents of each node in a graph drawn given the order.
    pub(super) parents: Vec<NodeSet>,
    /// The share of steps, or the probability given the order, that each edge is there; row-major by cause.
    pub(super) edges: Vec<f64>,
    /// The share of steps at which the first comes before the second, row-major.
    pub(super) precedence: Vec<f64>,
}

/// The state of the greatest posterior that a chain has seen.
#[derive(Debug, Clone)]
pub(super) struct BestState {
    pub(super) log_posterior: f64,
    pub(super) order: Vec<usize>,
    pub(super) parents: Vec<NodeSet>,
}

/// How often a kind of move was proposed and accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoveCount {
    /// The kind of move.
    pub kind: MoveKind,
    /// How often it was proposed. A move that no state allows counts.
    pub proposed: u64,
    /// How often it was accepted.
    pub accepted: u64,
}

/// The kinds of moves of the chains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MoveKind {
    /// Two neighbours in the order are exchanged; an arc between them turns.
    ExchangeNeighbours,
    /// An arc comes or goes.
    ToggleArc,
    /// Two arcs to one node come or go.
    ToggleTwoArcs,
    /// A parent gives way to another.
    ReplaceParent,
    /// Any two nodes of the order are exchanged.
    ExchangeAny,
}

impl MoveCount {
    pub(super) fn of(kind: MoveKind) -> Self {
        Self {
            kind,
            proposed: 0,
            accepted: 0,
        }
    }

    /// The share of proposals that were accepted; 0 without any.
    pub fn acceptance(&self) -> f64 {
        if self.proposed == 0 {
            return 0.0;
        }
        self.accepted as f64 / self.proposed as f64
    }
}

/// Metropolis: whether a change of the log posterior is accepted at a temperature.
pub(super) fn accepts(change: f64, temperature: f64, random: &mut ChaCha8Rng) -> bool {
    change >= 0.0 || random.random::<f64>() < (change / temperature).exp()
}
