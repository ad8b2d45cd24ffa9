//! Detailed balance and exact posteriors, by enumeration of all states of three nodes.

use std::collections::HashMap;

use causal_graph::{CausalOrder, LevelOrder, NodeSet, Nodes};
use run_control::Seed;

use super::arcs::{ArcChain, Move, State, Target};
use super::local_cache::SetNames;
use super::order_prior::OrderPrior;
use super::{OrderMcmc, StateSpace};
use crate::parent_sets::ParentConstraints;
use crate::score::LocalScore;
use crate::{Knowledge, Result};

/// A score without any structure: a number for each child and set of parents.
struct Lookup(usize);

impl LocalScore for Lookup {
    fn name(&self) -> &'static str {
        "lookup"
    }

    fn n_variables(&self) -> usize {
        self.0
    }

    fn local(&self, child: usize, parents: &[usize]) -> Result<f64> {
        let code = parents
            .iter()
            .fold(child as f64 + 1.0, |code, &parent| code * 1.7 + parent as f64);
        Ok(1.5 * (code * 12.9898).sin() - 0.4 * parents.len() as f64)
    }
}

const ARC_PRIOR: f64 = 0.3;
const TIER_PRIOR: f64 = 0.8;

fn levels(n_nodes: usize) -> LevelOrder {
    let levels = (0..n_nodes).map(|node| usize::from(node == 1)).collect();
    LevelOrder::new(Nodes::numbered(n_nodes), levels).expect("one for each node")
}

fn with_target<T>(n_nodes: usize, max_parents: Option<usize>, work: impl FnOnce(&Target<'_>) -> T) -> T {
    let score = Lookup(n_nodes);
    let knowledge = Knowledge::builder(Nodes::numbered(n_nodes))
        .forbid(2, 0)
        .build()
        .expect("consistent");
    let constraints = ParentConstraints::new(&knowledge, n_nodes, max_parents).expect("enough parents");
    work(&Target {
        score: &score,
        constraints: &constraints,
        prior: OrderPrior::new(n_nodes, Some(&levels(n_nodes)), TIER_PRIOR),
        log_arc: ARC_PRIOR.ln(),
        log_no_arc: (1.0 - ARC_PRIOR).ln(),
        names: SetNames::new(n_nodes, Seed::new(1)),
    })
}

/// An order and the parents of each node, as a key.
type Key = (Vec<usize>, Vec<Vec<usize>>);

fn key(state: &State) -> Key {
    (
        state.order.clone(),
        state.parents.iter().map(|set| set.iter().collect()).collect(),
    )
}

fn orders(n_nodes: usize) -> Vec<Vec<usize>> {
    let mut orders = vec![vec![]];
    for node in 0..n_nodes {
        orders = orders
            .into_iter()
            .flat_map(|order: Vec<usize>| {
                (0..=order.len()).map(move |place| {
                    let mut with = order.clone();
                    with.insert(place, node);
                    with
                })
            })
            .collect();
    }
    orders
}

/// All states, with arcs that are not forbidden and at most `max_parents` parents.
fn states(target: &Target<'_>) -> Vec<(Vec<usize>, Vec<NodeSet>)> {
    let n_nodes = target.constraints.n_nodes();
    let mut states = Vec::new();
    for order in orders(n_nodes) {
        let pairs: Vec<(usize, usize)> = (0..n_nodes)
            .flat_map(|b| (0..b).map(move |a| (a, b)))
            .map(|(a, b)| (order[a], order[b]))
            .filter(|&(from, to)| target.constraints.allows(from, to))
            .collect();
        for arcs in 0..1_usize << pairs.len() {
            let mut parents = vec![NodeSet::new(n_nodes); n_nodes];
            for (bit, &(from, to)) in pairs.iter().enumerate() {
                if arcs & (1 << bit) != 0 {
                    parents[to].insert(from);
                }
            }
            if parents
                .iter()
                .all(|set| set.len() <= target.constraints.max_parents())
            {
                states.push((order.clone(), parents));
            }
        }
    }
    states
}

/// All moves of a state with the probability that the chain draws them.
fn moves(state: &State) -> Vec<(Move, f64)> {
    let n_nodes = state.order.len();
    let mut moves = Vec::new();
    for place in 0..n_nodes - 1 {
        moves.push((
            Move::ExchangeNeighbours { place },
            1.0 / 3.0 / (n_nodes - 1) as f64,
        ));
    }
    let n_pairs = (n_nodes * (n_nodes - 1)) as f64;
    for a in 0..n_nodes {
        for b in (0..n_nodes).filter(|&b| b != a) {
            moves.push((Move::ToggleArc { a, b }, 1.0 / 3.0 / n_pairs));
            for c in (0..n_nodes).filter(|&c| c != a && c != b) {
                let probability = 1.0 / 6.0 / (n_pairs * (n_nodes - 2) as f64);
                moves.push((Move::ToggleTwoArcs { nodes: [a, b, c] }, probability));
            }
        }
    }
    for child in 0..n_nodes {
        let n_parents = state.parents[child].len();
        let n_others = state.places[child] - n_parents;
        for old in 0..n_parents {
            for new in 0..n_others {
                let probability = 1.0 / 6.0 / (n_nodes * n_parents * n_others) as f64;
                moves.push((Move::ReplaceParent { child, old, new }, probability));
            }
        }
    }
    moves
}

#[test]
fn moves_over_orders_and_arcs_are_in_detailed_balance() {
    for max_parents in [None, Some(1)] {
        with_target(3, max_parents, |target| {
            let mut flows = HashMap::<(Key, Key), f64>::new();
            let states = states(target);
            for (order, parents) in &states {
                let start = || {
                    let random = Seed::new(0).stream("unused", 0);
                    ArcChain::at(target, order.clone(), parents.clone(), random).expect("a state")
                };
                let chain = start();
                let (from, weight) = (key(&chain.state), chain.state.log_posterior.exp());
                for (proposal, probability) in moves(&chain.state) {
                    let mut chain = start();
                    if let Some(log_ratio) = chain.force(proposal).expect("the score knows all sets") {
                        let to = key(&chain.state);
                        *flows.entry((from.clone(), to)).or_default() +=
                            weight * probability * log_ratio.exp().min(1.0);
                        // What was added up by steps is what is found from the beginning.
                        let again = ArcChain::at(
                            target,
                            chain.state.order.clone(),
                            chain.state.parents.clone(),
                            Seed::new(0).stream("unused", 0),
                        );
                        let afresh = again.expect("a state").state;
                        golden::assert_close(
                            &[chain.state.log_posterior],
                            &[afresh.log_posterior],
                            1e-12,
                            1e-12,
                        );
                    }
                }
            }
            let mut reached = vec![key(&ArcChain::at(
                target,
                states[0].0.clone(),
                states[0].1.clone(),
                Seed::new(0).stream("unused", 0),
            )
            .expect("a state")
            .state)];
            let mut next = 0;
            while next < reached.len() {
                for (from, to) in flows.keys() {
                    if *from == reached[next] && !reached.contains(to) {
                        reached.push(to.clone());
                    }
                }
                next += 1;
            }
            assert_eq!(reached.len(), states.len());
            for ((from, to), flow) in &flows {
                let back = flows.get(&(to.clone(), from.clone())).copied().unwrap_or(0.0);
                golden::assert_close(&[*flow], &[back], 1e-11, 0.0);
            }
        });
    }
}

/// Probabilities of edges and of order, by adding up all states; `correct` takes each graph once.
fn exact(n_nodes: usize, correct: bool) -> (Vec<f64>, Vec<f64>) {
    with_target(n_nodes, None, |target| {
        let (mut edges, mut precedence) = (vec![0.0; n_nodes * n_nodes], vec![0.0; n_nodes * n_nodes]);
        let mut total = 0.0;
        let mut counts = super::extensions::ExtensionCounts::default();
        for (order, parents) in states(target) {
            let random = Seed::new(0).stream("unused", 0);
            let chain = ArcChain::at(target, order.clone(), parents.clone(), random).expect("a state");
            let mut weight = chain.state.log_posterior.exp();
            if correct {
                weight /= counts.count(&parents) as f64;
            }
            total += weight;
            for (child, set) in parents.iter().enumerate() {
                set.iter()
                    .for_each(|parent| edges[parent * n_nodes + child] += weight);
            }
            let order = CausalOrder::new(Nodes::numbered(n_nodes), order).expect("an order");
            for a in 0..n_nodes {
                for b in (0..n_nodes).filter(|&b| order.precedes(a, b)) {
                    precedence[a * n_nodes + b] += weight;
                }
            }
        }
        let scaled = |sums: Vec<f64>| sums.into_iter().map(|sum| sum / total).collect();
        (scaled(edges), scaled(precedence))
    })
}

/// Standard errors that a probability may be off: 1 in 10^6 beyond, for each of some hundred.
const ERRORS: f64 = 5.0;

#[test]
fn posteriors_are_those_of_all_states() {
    for n_nodes in [3, 4] {
        for (space, correct_for_orders) in [
            (StateSpace::OrderAndArcs, false),
            (StateSpace::OrderAndArcs, true),
            (StateSpace::Order, false),
            (StateSpace::Order, true),
        ] {
            let chains = OrderMcmc {
                space,
                arc_prior: ARC_PRIOR,
                tier_prior: TIER_PRIOR,
                steps: Some(100_000),
                samples: 5_000,
                correct_for_orders,
                seed: 5,
                ..OrderMcmc::default()
            };
            let knowledge = Knowledge::builder(Nodes::numbered(n_nodes))
                .forbid(2, 0)
                .build()
                .expect("consistent");
            let posterior = chains
                .run(&Lookup(n_nodes), &knowledge, Some(&levels(n_nodes)))
                .expect("a score without errors");
            let (edges, precedence) = exact(n_nodes, correct_for_orders);
            let errors = posterior.edge_errors.concat();
            for (pair, (edge, expected)) in posterior.edges.concat().iter().zip(&edges).enumerate() {
                let allowed = ERRORS * errors[pair];
                assert!(
                    (edge - expected).abs() <= allowed && allowed < 0.05,
                    "{n_nodes} nodes, {space:?}, {correct_for_orders}: pair {pair} has {edge}, expected {expected} ± {allowed}"
                );
            }
            // Their errors are not kept; those of the edges are of the same size.
            golden::assert_close(&posterior.precedence.concat(), &precedence, 0.0, 0.03);
            let convergence = posterior.log_posterior;
            assert!(
                convergence.r_hat.is_some_and(|r_hat| r_hat < 1.01),
                "{n_nodes} {space:?} {convergence:?}"
            );
        }
    }
}
