//! The chain over orders with arcs.

use causal_graph::NodeSet;
use rand::RngExt as _;
use rand::rngs::ChaCha8Rng;

use super::chain::{BestState, Chain, MoveCount, MoveKind, Snapshot, accepts};
use super::dwell::Dwell;
use super::local_cache::{LocalCache, SetNames};
use super::order_prior::OrderPrior;
use crate::Result;
use crate::parent_sets::ParentConstraints;
use crate::score::LocalScore;

/// What is fixed of a run: score, knowledge and prior.
pub(super) struct Target<'a> {
    pub(super) score: &'a dyn LocalScore,
    pub(super) constraints: &'a ParentConstraints,
    pub(super) prior: OrderPrior,
    /// The logarithms of the prior probabilities of an arc and of none.
    pub(super) log_arc: f64,
    pub(super) log_no_arc: f64,
    pub(super) names: SetNames,
}

impl Target<'_> {
    /// The logarithm of the posterior of a state, up to the probability of the data.
    fn log_posterior(&self, state: &State) -> f64 {
        let n_nodes = state.order.len();
        let n_arcs: usize = state.n_parents.iter().sum();
        let n_pairs = n_nodes * n_nodes.saturating_sub(1) / 2;
        state.local.iter().sum::<f64>()
            + self.prior.log_order(&state.order)
            + n_arcs as f64 * self.log_arc
            + (n_pairs - n_arcs) as f64 * self.log_no_arc
    }
}

/// Where the chain is: a total order and arcs that lead forward in it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct State {
    pub(super) order: Vec<usize>,
    pub(super) places: Vec<usize>,
    pub(super) parents: Vec<NodeSet>,
    n_parents: Vec<usize>,
    /// The names of the parent sets.
    names: Vec<u128>,
    local: Vec<f64>,
    pub(super) log_posterior: f64,
}

/// A proposal, by the nodes it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Move {
    /// Exchanges the nodes at a place and behind it.
    ExchangeNeighbours { place: usize },
    /// Toggles the arc between two nodes.
    ToggleArc { a: usize, b: usize },
    /// Toggles the arcs from the first two of three nodes to the last.
    ToggleTwoArcs { nodes: [usize; 3] },
    /// Takes the k-th predecessor that is a parent out, and the l-th that is none in.
    ReplaceParent { child: usize, old: usize, new: usize },
}

/// What a move would change.
struct Change {
    /// The place whose node is exchanged with the next.
    exchange: Option<usize>,
    /// Arcs that come or go.
    toggles: [Option<(usize, usize)>; 2],
    /// Children with new local scores.
    local: [Option<(usize, f64)>; 2],
    log_ratio: f64,
}

pub(super) struct ArcChain<'a> {
    target: &'a Target<'a>,
    pub(super) state: State,
    best: BestState,
    cache: LocalCache,
    random: ChaCha8Rng,
    moves: [MoveCount; 4],
    arcs: Dwell,
    precedence: Dwell,
    n_steps: u64,
}

impl<'a> ArcChain<'a> {
    /// A chain that starts at a random order without arcs, but for required ones.
    pub(super) fn new(target: &'a Target<'a>, mut random: ChaCha8Rng) -> Result<Self> {
        let order = target.prior.draw(target.constraints, &mut random)?;
        let n_nodes = order.len();
        let mut before = NodeSet::new(n_nodes);
        let mut parents = vec![NodeSet::new(n_nodes); n_nodes];
        for &node in &order {
            parents[node] = target.constraints.required(node).clone();
            parents[node].intersect_with(&before);
            before.insert(node);
        }
        Self::at(target, order, parents, random)
    }

    /// A chain that starts at a state.
    pub(super) fn at(
        target: &'a Target<'a>,
        order: Vec<usize>,
        parents: Vec<NodeSet>,
        random: ChaCha8Rng,
    ) -> Result<Self> {
        let n_nodes = order.len();
        let mut places = vec![0; n_nodes];
        for (place, &node) in order.iter().enumerate() {
            places[node] = place;
        }
        let mut local = Vec::with_capacity(n_nodes);
        for (child, parents) in parents.iter().enumerate() {
            local.push(target.score.local(child, &parents.iter().collect::<Vec<_>>())?);
        }
        let name = |set: &NodeSet| set.iter().fold(0, |name, node| name ^ target.names.of_node(node));
        let mut state = State {
            n_parents: parents.iter().map(NodeSet::len).collect(),
            names: parents.iter().map(name).collect(),
            order,
            places,
            parents,
            local,
            log_posterior: 0.0,
        };
        state.log_posterior = target.log_posterior(&state);
        let arcs = Dwell::new(n_nodes, |from, to| state.parents[to].contains(from));
        let precedence = Dwell::new(n_nodes, |a, b| a != b && state.places[a] < state.places[b]);
        let best = BestState {
            log_posterior: state.log_posterior,
            order: state.order.clone(),
            parents: state.parents.clone(),
        };
        Ok(Self {
            target,
            state,
            best,
            cache: LocalCache::new(n_nodes),
            random,
            moves: [
                MoveKind::ExchangeNeighbours,
                MoveKind::ToggleArc,
                MoveKind::ToggleTwoArcs,
                MoveKind::ReplaceParent,
            ]
            .map(MoveCount::of),
            arcs,
            precedence,
            n_steps: 0,
        })
    }

    /// A kind of move, and a move of that kind if the state has one.
    fn draw(&mut self) -> (usize, Option<Move>) {
        let n_nodes = self.state.order.len();
        let random = &mut self.random;
        match random.random_range(0..6_u8) {
            0 | 1 => {
                let place = (n_nodes > 1).then(|| random.random_range(0..n_nodes - 1));
                (0, place.map(|place| Move::ExchangeNeighbours { place }))
            }
            2 | 3 => (
                1,
                (n_nodes > 1).then(|| {
                    let [a, b] = distinct(n_nodes, random);
                    Move::ToggleArc { a, b }
                }),
            ),
            4 => (
                2,
                (n_nodes > 2).then(|| Move::ToggleTwoArcs {
                    nodes: distinct(n_nodes, random),
                }),
            ),
            _ => {
                let child = random.random_range(0..n_nodes);
                let n_parents = self.state.n_parents[child];
                let n_others = self.state.places[child] - n_parents;
                let has_both = n_parents > 0 && n_others > 0;
                (
                    3,
                    has_both.then(|| Move::ReplaceParent {
                        child,
                        old: random.random_range(0..n_parents),
                        new: random.random_range(0..n_others),
                    }),
                )
            }
        }
    }

    /// What a move would change; None if it leads out of the states allowed.
    fn evaluate(&mut self, proposal: Move) -> Result<Option<Change>> {
        match proposal {
            Move::ExchangeNeighbours { place } => self.exchange(place),
            Move::ToggleArc { a, b } => {
                let (parent, child) = if self.state.places[a] < self.state.places[b] {
                    (a, b)
                } else {
                    (b, a)
                };
                self.toggle([Some(parent), None], child)
            }
            Move::ToggleTwoArcs { mut nodes } => {
                nodes.sort_unstable_by_key(|&node| self.state.places[node]);
                self.toggle([Some(nodes[0]), Some(nodes[1])], nodes[2])
            }
            Move::ReplaceParent { child, old, new } => {
                let parents = &self.state.parents[child];
                let Some(old) = parents.iter().nth(old) else {
                    return Ok(None);
                };
                let before = &self.state.order[..self.state.places[child]];
                let Some(&new) = before.iter().filter(|&&node| !parents.contains(node)).nth(new) else {
                    return Ok(None);
                };
                self.toggle([Some(old), Some(new)], child)
            }
        }
    }

    fn exchange(&mut self, place: usize) -> Result<Option<Change>> {
        let (first, second) = (self.state.order[place], self.state.order[place + 1]);
        let constraints = self.target.constraints;
        let mut change = Change {
            exchange: Some(place),
            toggles: [None, None],
            local: [None, None],
            log_ratio: self.target.prior.log_exchange(first, second),
        };
        if !constraints.may_precede(second, first) || change.log_ratio == f64::NEG_INFINITY {
            return Ok(None);
        }
        if self.state.parents[second].contains(first) {
            if !constraints.allows(second, first) || self.state.n_parents[first] == constraints.max_parents()
            {
                return Ok(None);
            }
            let without = self.local(second, [Some(first), None])?;
            let with = self.local(first, [Some(second), None])?;
            change.log_ratio += without - self.state.local[second] + with - self.state.local[first];
            change.toggles = [Some((first, second)), Some((second, first))];
            change.local = [Some((second, without)), Some((first, with))];
        } else if constraints.requires(second, first) {
            return Ok(None);
        }
        Ok(Some(change))
    }

    fn toggle(&mut self, parents: [Option<usize>; 2], child: usize) -> Result<Option<Change>> {
        let constraints = self.target.constraints;
        let mut n_parents = self.state.n_parents[child];
        let mut log_ratio = 0.0;
        let price = self.target.log_arc - self.target.log_no_arc;
        for &parent in parents.iter().flatten() {
            if self.state.parents[child].contains(parent) {
                if constraints.requires(parent, child) {
                    return Ok(None);
                }
                n_parents -= 1;
                log_ratio -= price;
            } else {
                if !constraints.allows(parent, child) {
                    return Ok(None);
                }
                n_parents += 1;
                log_ratio += price;
            }
        }
        if n_parents > constraints.max_parents() {
            return Ok(None);
        }
        let local = self.local(child, parents)?;
        Ok(Some(Change {
            exchange: None,
            toggles: parents.map(|parent| parent.map(|parent| (parent, child))),
            local: [Some((child, local)), None],
            log_ratio: log_ratio + local - self.state.local[child],
        }))
    }

    /// The local score of a child after parents were toggled.
    fn local(&mut self, child: usize, toggled: [Option<usize>; 2]) -> Result<f64> {
        let names = &self.target.names;
        let name = toggled
            .iter()
            .flatten()
            .fold(self.state.names[child], |name, &node| name ^ names.of_node(node));
        self.cache.get(child, name, || {
            let mut parents = self.state.parents[child].clone();
            for &node in toggled.iter().flatten() {
                if !parents.insert(node) {
                    parents.remove(node);
                }
            }
            self.target
                .score
                .local(child, &parents.iter().collect::<Vec<_>>())
        })
    }

    /// Makes a move whatever it costs, and returns the logarithm of the ratio of the posteriors; None if it is not allowed.
    #[cfg(test)]
    pub(super) fn force(&mut self, proposal: Move) -> Result<Option<f64>> {
        let change = self.evaluate(proposal)?;
        if let Some(change) = &change {
            self.apply(change);
        }
        Ok(change.map(|change| change.log_ratio))
    }

    fn apply(&mut self, change: &Change) {
        let state = &mut self.state;
        if let Some(place) = change.exchange {
            let (first, second) = (state.order[place], state.order[place + 1]);
            state.order.swap(place, place + 1);
            state.places.swap(first, second);
            self.precedence.leave(first, second, self.n_steps);
            self.precedence.enter(second, first, self.n_steps);
        }
        for &(parent, child) in change.toggles.iter().flatten() {
            state.names[child] ^= self.target.names.of_node(parent);
            if state.parents[child].insert(parent) {
                state.n_parents[child] += 1;
                self.arcs.enter(parent, child, self.n_steps);
            } else {
                state.parents[child].remove(parent);
                state.n_parents[child] -= 1;
                self.arcs.leave(parent, child, self.n_steps);
            }
        }
        for &(child, local) in change.local.iter().flatten() {
            state.local[child] = local;
        }
        state.log_posterior += change.log_ratio;
    }
}

impl Chain for ArcChain<'_> {
    fn step(&mut self, temperature: f64) -> Result<()> {
        let (kind, proposal) = self.draw();
        self.moves[kind].proposed += 1;
        let change = match proposal {
            Some(proposal) => self.evaluate(proposal)?,
            None => None,
        };
        if let Some(change) = change.filter(|change| accepts(change.log_ratio, temperature, &mut self.random))
        {
            self.moves[kind].accepted += 1;
            self.apply(&change);
            if self.state.log_posterior > self.best.log_posterior {
                self.best.log_posterior = self.state.log_posterior;
                self.best.order.clone_from(&self.state.order);
                self.best.parents.clone_from(&self.state.parents);
            }
        }
        self.n_steps += 1;
        Ok(())
    }

    fn snapshot(&mut self) -> Snapshot {
        // Equal states have equal bits, whatever way led to them: ranks of the draws have the ties they should.
        self.state.log_posterior = self.target.log_posterior(&self.state);
        Snapshot {
            log_posterior: self.state.log_posterior,
            order: self.state.order.clone(),
            parents: self.state.parents.clone(),
            edges: self.arcs.take_shares(self.n_steps),
            precedence: self.precedence.take_shares(self.n_steps),
        }
    }

    fn best(&self) -> BestState {
        self.best.clone()
    }

    fn moves(&self) -> &[MoveCount] {
        &self.moves
    }

    fn n_evaluations(&self) -> u64 {
        self.cache.n_computed()
    }
}

/// Distinct nodes, every choice with the same probability.
fn distinct<const N: usize>(n_nodes: usize, random: &mut ChaCha8Rng) -> [usize; N] {
    let mut nodes = [0; N];
    for i in 0..N {
        nodes[i] = loop {
            let node = random.random_range(0..n_nodes);
            if !nodes[..i].contains(&node) {
                break node;
            }
        };
    }
    nodes
}
