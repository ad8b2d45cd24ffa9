//! Markov chains over orders, with or without arcs.

use causal_graph::{CausalOrder, Dag, LevelOrder};
use rayon::prelude::*;
use run_control::Seed;
use run_control::progress::{Progress, Silent, check};
use serde::{Deserialize, Serialize};

mod arcs;
#[cfg(test)]
mod balance;
mod chain;
mod diagnostics;
mod dwell;
mod extensions;
mod local_cache;
mod order_prior;
mod orders;
mod parent_sums;
mod posterior;
mod tally;

pub use chain::{MoveCount, MoveKind};
pub use diagnostics::Convergence;
pub use posterior::{ChainReport, OrderPosterior};

use arcs::{ArcChain, Target};
use chain::Chain;
use local_cache::SetNames;
use order_prior::OrderPrior;
use orders::OrderChain;
use parent_sums::{Bits, ParentSums};
use tally::{Tally, standard_errors};

use crate::parent_sets::ParentConstraints;
use crate::score::LocalScore;
use crate::{Error, Knowledge, Result};

/// What the states of the chains are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StateSpace {
    /// A total order and arcs that lead forward in it, as in CaMML.
    #[default]
    OrderAndArcs,
    /// A total order: the graphs that agree with it are summed over. At most 128 nodes.
    Order,
}

/// The posterior of orders and graphs by Metropolis chains, with a prior of the order by levels.
///
/// ```text
/// order and arcs:
///   P(order, arcs | data) ∝ exp(sum over v of s(v, parents)) · product over pairs of cells
///   cell of i before j    = d_ij a        with an arc from i to j
///                         = d_ij (1 - a)  without
/// order:
///   P(order | data)       ∝ product over v of (sum over P of exp(s(v, P)) (a / (1 - a))^|P|) · product over pairs of d_ij
///
/// s     local score; its exponential is a likelihood with a prior of the parameters
/// P     sets of at most `max_parents` predecessors of v
/// d_ij  `tier_prior` if the level of i is lower, 1 - `tier_prior` if it is higher, ½ on one level
/// a     `arc_prior`
/// ```
///
/// Moves over orders and arcs, with probabilities ⅓, ⅓, ⅙, ⅙: two neighbours in the order change places, and an arc
/// between them turns; an arc comes or goes; two arcs to one node come or go; a parent gives way to another predecessor.
/// Over orders: neighbours change places, or now and then any two nodes. All proposals are as likely as the way back.
///
/// An order prior that is even weighs a graph by the number of orders it allows. With `correct_for_orders` each graph is
/// weighed down by that number (at most 12 nodes).
///
/// | field | default | meaning | range | source |
/// |---|---|---|---|---|
/// | `space` | order and arcs | what a state is | | |
/// | `arc_prior` | ½ | a | in (0, 1) | even odds |
/// | `tier_prior` | 1 | that a lower level comes first; 1: always | in (0, 1] | CaMML |
/// | `max_parents` | none; 3 for orders | most parents of a node | | Friedman and Koller |
/// | `chains` | 4 | independent chains | at least 1 | Vehtari et al. |
/// | `steps` | 200 max(n, 10)³; 200 max(n, 10)² for orders | of each chain after annealing | at least 1 | CaMML |
/// | `annealing_steps` | a tenth of `steps` | from a high temperature down to 1; not counted | | |
/// | `samples` | 1000 | states that are kept of each chain | at least 1 | |
/// | `correct_for_orders` | false | see above | at most 12 nodes | |
/// | `seed` | 0 | of all chains | | |
///
/// The result depends on the seed, not on the number of threads. The score of CaMML is that of
/// [`DiscreteCriterion::Mml`](crate::score::DiscreteCriterion::Mml).
///
/// # Complexity
///
/// A step over orders and arcs is O(1) once the local score is known; one over orders looks through the parent sets of two
/// nodes until the rest is negligible.
///
/// # Reference
///
/// R. T. O'Donnell, A. E. Nicholson, B. Han, K. B. Korb, M. J. Alam, L. R. Hope, "Causal discovery with prior
/// information", 2006, for CaMML. N. Friedman, D. Koller, "Being Bayesian about network structure", Machine Learning 50,
/// 2003. B. Ellis, W. H. Wong, "Learning causal Bayesian network structures from experimental data", JASA 103, 2008, for
/// the correction.
///
/// # Examples
///
/// ```
/// use causal_graph::{ContinuousTable, LevelOrder, Nodes};
/// use causal_order::score::GaussianScore;
/// use causal_order::{Knowledge, OrderMcmc};
///
/// let columns = vec![vec![0.0, 1.0, 2.0, 3.0], vec![0.1, 1.0, 1.9, 3.0]];
/// let table = ContinuousTable::new(Nodes::numbered(2), columns)?;
/// let levels = LevelOrder::new(Nodes::numbered(2), vec![1, 0])?;
/// let chains = OrderMcmc { steps: Some(2000), ..OrderMcmc::default() };
/// let knowledge = Knowledge::none(Nodes::numbered(2));
/// let posterior = chains.run(&GaussianScore::bic(&table)?, &knowledge, Some(&levels))?;
/// // The levels leave one order.
/// assert_eq!(posterior.precedence[1][0], 1.0);
/// assert_eq!(posterior.edges[0][1], 0.0);
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OrderMcmc {
    /// What the states are.
    pub space: StateSpace,
    /// The prior probability of an arc between two nodes.
    pub arc_prior: f64,
    /// The prior probability that a node of a lower level comes before one of a higher.
    pub tier_prior: f64,
    /// The most parents of a node.
    pub max_parents: Option<usize>,
    /// How many chains.
    pub chains: usize,
    /// The steps of each chain after annealing.
    pub steps: Option<u64>,
    /// The steps of annealing.
    pub annealing_steps: Option<u64>,
    /// How many states of each chain are kept.
    pub samples: usize,
    /// Whether graphs are weighed down by the number of orders they allow.
    pub correct_for_orders: bool,
    /// The seed.
    pub seed: u64,
}

impl Default for OrderMcmc {
    fn default() -> Self {
        Self {
            space: StateSpace::default(),
            arc_prior: 0.5,
            tier_prior: 1.0,
            max_parents: None,
            chains: 4,
            steps: None,
            annealing_steps: None,
            samples: 1000,
            correct_for_orders: false,
            seed: 0,
        }
    }
}

/// The task of the progress.
const TASK: &str = "order chains";
/// How often the progress is looked at, in the samples and in the annealing each.
const N_ROUNDS: u64 = 100;
/// Where annealing starts.
const START_TEMPERATURE: f64 = 50.0;
/// What the parent sets of sums over orders may take: 4 GiB.
const MAX_BYTES_OF_SUMS: f64 = (4_u64 << 30) as f64;
/// Parents in sums over all sets.
const PARENTS_IN_SUMS: usize = 3;

impl OrderMcmc {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`].
    pub fn validate(&self) -> Result<()> {
        let refuse = |name, value, expected| {
            Err(Error::Parameter {
                name,
                value,
                expected,
            })
        };
        if !(self.arc_prior > 0.0 && self.arc_prior < 1.0) {
            return refuse("arc_prior", self.arc_prior, "a probability above 0 and below 1");
        }
        if !(self.tier_prior > 0.0 && self.tier_prior <= 1.0) {
            return refuse("tier_prior", self.tier_prior, "a probability above 0");
        }
        let counts = [
            ("chains", self.chains as u64),
            ("samples", self.samples as u64),
            ("steps", self.steps.unwrap_or(1)),
        ];
        match counts.into_iter().find(|&(_, count)| count == 0) {
            Some((name, _)) => refuse(name, 0.0, "at least 1"),
            None => Ok(()),
        }
    }

    /// Runs the chains; without `levels` all orders are as likely.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`]; [`Error::TooManyVariables`] for sums over orders of more than 128 nodes and for the correction
    /// of more than 12; [`Error::Memory`] if the sums over orders have so many parent sets that they would take 4 GiB;
    /// [`Error::Graph`] if score, levels and knowledge are not of the same nodes;
    /// [`Error::LevelsAgainstKnowledge`] if hard levels and knowledge leave no order; those of the score.
    pub fn run(
        &self,
        score: &dyn LocalScore,
        knowledge: &Knowledge,
        levels: Option<&LevelOrder>,
    ) -> Result<OrderPosterior> {
        self.run_with(score, knowledge, levels, &mut Silent)
    }

    /// [`run`](Self::run) with progress: steps are rounds of all chains.
    ///
    /// # Errors
    ///
    /// Those of [`run`](Self::run), and [`Error::Cancelled`].
    pub fn run_with(
        &self,
        score: &dyn LocalScore,
        knowledge: &Knowledge,
        levels: Option<&LevelOrder>,
        progress: &mut dyn Progress,
    ) -> Result<OrderPosterior> {
        self.validate()?;
        let n_nodes = score.n_variables();
        if let Some(levels) = levels {
            knowledge.nodes().check_same("levels", levels.nodes())?;
        }
        self.check_size(n_nodes)?;
        let max_parents = match self.space {
            StateSpace::OrderAndArcs => self.max_parents,
            StateSpace::Order => self.max_parents.or(Some(PARENTS_IN_SUMS)),
        };
        let constraints = ParentConstraints::new(knowledge, n_nodes, max_parents)?;
        let seed = Seed::new(self.seed);
        let target = Target {
            score,
            constraints: &constraints,
            prior: OrderPrior::new(n_nodes, levels, self.tier_prior),
            log_arc: self.arc_prior.ln(),
            log_no_arc: (1.0 - self.arc_prior).ln(),
            names: SetNames::new(n_nodes, seed),
        };
        let random = |chain: usize| seed.stream("causal-order/order-mcmc/chain", chain as u64);
        match self.space {
            StateSpace::OrderAndArcs => {
                let chains = (0..self.chains)
                    .map(|chain| ArcChain::new(&target, random(chain)))
                    .collect::<Result<_>>()?;
                self.run_chains(chains, 0, score, knowledge, progress)
            }
            StateSpace::Order => {
                let sums = parent_sums(&target, progress)?;
                let n_sets = sums.iter().map(|sums| sums.len() as u64).sum();
                let chains = (0..self.chains)
                    .map(|chain| OrderChain::new(&target, &sums, random(chain)))
                    .collect::<Result<_>>()?;
                self.run_chains(chains, n_sets, score, knowledge, progress)
            }
        }
    }

    fn check_size(&self, n_nodes: usize) -> Result<()> {
        let limits = [
            (
                self.space == StateSpace::Order,
                Bits::BITS as usize,
                "sums over orders",
            ),
            (
                self.correct_for_orders,
                extensions::MAX_NODES,
                "the correction for orders",
            ),
        ];
        match limits
            .into_iter()
            .find(|&(applies, limit, _)| applies && n_nodes > limit)
        {
            None => Ok(()),
            Some((_, expected, purpose)) => Err(Error::TooManyVariables {
                got: n_nodes,
                expected,
                purpose,
            }),
        }
    }

    fn run_chains<C: Chain>(
        &self,
        chains: Vec<C>,
        n_evaluated: u64,
        score: &dyn LocalScore,
        knowledge: &Knowledge,
        progress: &mut dyn Progress,
    ) -> Result<OrderPosterior> {
        let n_nodes = knowledge.n_nodes();
        let size = n_nodes.max(10) as u64;
        let default_steps = match self.space {
            StateSpace::OrderAndArcs => 200 * size.pow(3),
            StateSpace::Order => 200 * size.pow(2),
        };
        let steps = self.steps.unwrap_or(default_steps);
        let samples = self.samples as u64;
        let steps_per_sample = steps.div_ceil(samples);
        let annealing_steps = self.annealing_steps.unwrap_or(steps / 10);
        let mut runs: Vec<Run<C>> = chains
            .into_iter()
            .map(|chain| Run {
                chain,
                tally: Tally::new(n_nodes, self.samples, self.correct_for_orders),
                n_annealed: 0,
                moves_before: Vec::new(),
            })
            .collect();
        progress.begin(TASK, Some(2 * N_ROUNDS));
        for round in 0..2 * N_ROUNDS {
            check(progress, TASK, round)?;
            runs.par_iter_mut().try_for_each(|run| {
                if round < N_ROUNDS {
                    run.anneal((round + 1) * annealing_steps / N_ROUNDS, annealing_steps)
                } else {
                    run.sample((round + 1 - N_ROUNDS) * samples / N_ROUNDS, steps_per_sample)
                }
            })?;
            progress.advance(1);
        }
        progress.end();
        summarise(&runs, n_evaluated, score, knowledge)
    }
}

/// The sums of all children, in parallel.
fn parent_sums(target: &Target<'_>, progress: &mut dyn Progress) -> Result<Vec<ParentSums>> {
    const TASK: &str = "parent sets";
    let n_nodes = target.constraints.n_nodes();
    let n_sets: f64 = (0..n_nodes)
        .map(|child| ParentSums::n_sets(target.constraints, child))
        .sum();
    let needed = n_sets * ParentSums::BYTES_PER_SET as f64;
    if needed > MAX_BYTES_OF_SUMS {
        return Err(Error::Memory {
            needed: needed as u64,
            limit: MAX_BYTES_OF_SUMS as u64,
            purpose: "sums over parent sets, with as many parents,",
        });
    }
    let log_odds = target.log_arc - target.log_no_arc;
    let children: Vec<usize> = (0..n_nodes).collect();
    let mut sums = Vec::with_capacity(n_nodes);
    progress.begin(TASK, Some(n_nodes as u64));
    for block in children.chunks(rayon::current_num_threads()) {
        check(progress, TASK, sums.len() as u64)?;
        sums.extend(
            block
                .par_iter()
                .map(|&child| ParentSums::new(target.score, target.constraints, child, log_odds))
                .collect::<Result<Vec<_>>>()?,
        );
        progress.advance(block.len() as u64);
    }
    progress.end();
    Ok(sums)
}

/// A chain and its sums.
struct Run<C> {
    chain: C,
    tally: Tally,
    n_annealed: u64,
    /// The moves of the annealing.
    moves_before: Vec<MoveCount>,
}

impl<C: Chain> Run<C> {
    /// Takes steps of falling temperature until `until` of `total` are taken.
    fn anneal(&mut self, until: u64, total: u64) -> Result<()> {
        while self.n_annealed < until {
            let rest = 1.0 - (self.n_annealed + 1) as f64 / total as f64;
            self.chain.step(START_TEMPERATURE.powf(rest))?;
            self.n_annealed += 1;
        }
        Ok(())
    }

    /// Takes samples until there are `until`.
    fn sample(&mut self, until: u64, steps_per_sample: u64) -> Result<()> {
        if self.tally.log_posterior.is_empty() {
            self.moves_before = self.chain.moves().to_vec();
            // The averages of the annealing do not count.
            self.chain.snapshot();
        }
        while (self.tally.log_posterior.len() as u64) < until {
            for _ in 0..steps_per_sample {
                self.chain.step(1.0)?;
            }
            let snapshot = self.chain.snapshot();
            self.tally.take(&snapshot);
        }
        Ok(())
    }

    fn report(&self) -> ChainReport {
        let moves = self
            .chain
            .moves()
            .iter()
            .zip(&self.moves_before)
            .map(|(all, before)| MoveCount {
                kind: all.kind,
                proposed: all.proposed - before.proposed,
                accepted: all.accepted - before.accepted,
            });
        ChainReport {
            moves: moves.collect(),
            log_posterior: self.tally.log_posterior.clone(),
            n_edges: self.tally.n_edges.clone(),
            best_log_posterior: self.chain.best().log_posterior,
        }
    }
}

fn summarise<C: Chain>(
    runs: &[Run<C>],
    n_evaluated: u64,
    score: &dyn LocalScore,
    knowledge: &Knowledge,
) -> Result<OrderPosterior> {
    let nodes = knowledge.nodes();
    let n_nodes = nodes.len();
    let tallies: Vec<Tally> = runs.iter().map(|run| run.tally.clone()).collect();
    let weight: f64 = tallies.iter().map(|tally| tally.weight).sum();
    let mean = |sums: &dyn Fn(&Tally) -> &Vec<f64>| -> Vec<f64> {
        let of_pair = |pair: usize| tallies.iter().map(|tally| sums(tally)[pair]).sum::<f64>() / weight;
        (0..n_nodes * n_nodes).map(of_pair).collect()
    };
    let rows = |pairs: &[f64]| pairs.chunks(n_nodes.max(1)).map(<[f64]>::to_vec).collect();
    let edges = mean(&|tally| &tally.edges);
    let mut best = runs[0].chain.best();
    for run in &runs[1..] {
        let other = run.chain.best();
        if other.log_posterior > best.log_posterior {
            best = other;
        }
    }
    let best_edges = best
        .parents
        .iter()
        .enumerate()
        .flat_map(|(child, parents)| parents.iter().map(move |parent| (parent, child)));
    let best_dag = Dag::from_edges(nodes.clone(), best_edges)?;
    let trace = |of: &dyn Fn(&Tally) -> &Vec<f64>| {
        Convergence::of(&tallies.iter().map(|tally| of(tally).clone()).collect::<Vec<_>>())
    };
    Ok(OrderPosterior {
        nodes: nodes.clone(),
        edge_errors: rows(&standard_errors(&tallies, &edges)),
        edges: rows(&edges),
        ancestors: rows(&mean(&|tally| &tally.ancestors)),
        precedence: rows(&mean(&|tally| &tally.precedence)),
        best_score: score.total(&best_dag)?,
        best_dag,
        best_order: CausalOrder::new(nodes.clone(), best.order)?,
        log_posterior: trace(&|tally| &tally.log_posterior),
        n_edges: trace(&|tally| &tally.n_edges),
        chains: runs.iter().map(Run::report).collect(),
        n_evaluations: n_evaluated + runs.iter().map(|run| run.chain.n_evaluations()).sum::<u64>(),
    })
}
