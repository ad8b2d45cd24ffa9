//! Local search over orders.

use causal_graph::{CausalOrder, Dag};
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom as _;
use rayon::prelude::*;
use run_control::Seed;
use run_control::progress::{Progress, Silent, check};
use serde::{Deserialize, Serialize};

mod families;
mod gaussian;
mod local_search;
mod placement;

use families::{Families, ScoredFamilies};
use gaussian::GaussianFamilies;
use placement::{Placement, Rules};

use crate::dag_search::check_possible;
use crate::parent_sets::ParentConstraints;
use crate::score::LocalScore;
use crate::{DagSearch, Error, Knowledge, OrderedSearch, Result, SearchStatus};

/// Search for an order, with parents for each node among its predecessors, by moving single nodes to their best place.
///
/// ```text
/// maximise over orders  sum over v of  s(v, P(v))
///
/// P(v)   parents of v among its predecessors: adding or removing one does not raise the local score s
/// ```
///
/// A node is moved past its neighbours, one after the other. Each step changes the predecessors of two nodes by one, and
/// only if that matters are parents grown (the best addition, until none helps) and shrunk, from those the node has
/// already. Nodes are moved until none gains. Then the order is perturbed by a few random moves, the nodes whose families
/// changed are moved until none gains, and what is not worse is kept. In the end no move of any node gains. For a
/// [`GaussianScore`](crate::score::GaussianScore) each family keeps the correlations that its parents leave, so that a
/// candidate costs one division whatever the number of rows.
///
/// | field | default | meaning | range |
/// |---|---|---|---|
/// | `max_parents` | none | most parents of a node | at least what the knowledge requires |
/// | `starts` | 1 | searches from different orders, in parallel | at least 1 |
/// | `perturbations` | 50 | perturbed searches after each | |
/// | `seed` | 0 | of the sequence of nodes and the perturbations | |
///
/// The result depends on the seed, not on the number of threads.
///
/// # Complexity
///
/// A pass over p nodes is O(p²) steps, and O(p k) for each parent that comes or goes, for k parents.
///
/// # Reference
///
/// B. Andrews, J. Ramsey, R. Sánchez-Romero, J. Camchong, E. Kummerfeld, "Fast Scalable and Accurate Discovery of DAGs
/// Using the Best Order Score Search and Grow-Shrink Trees", 2023. M. Wienöbst, L. Henckel, S. Weichwald, "Embracing
/// Discrete Search: A Reasonable Approach to Causal Structure Learning", 2025.
///
/// # Examples
///
/// ```
/// use causal_graph::{ContinuousTable, Nodes};
/// use causal_order::score::GaussianScore;
/// use causal_order::{Knowledge, OrderSearch};
///
/// // x2 = x0 + x1 up to a little; x0 and x1 are uncorrelated.
/// let x0 = vec![1.0, 1.0, -1.0, -1.0, 1.0, 1.0, -1.0, -1.0];
/// let x1 = vec![1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0];
/// let x2 = vec![2.1, 0.1, -0.1, -2.1, 1.9, -0.1, 0.1, -1.9];
/// let table = ContinuousTable::new(Nodes::numbered(3), vec![x0, x1, x2])?;
/// let knowledge = Knowledge::none(table.nodes().clone());
/// let found = OrderSearch::default().run(&GaussianScore::bic(&table)?, &knowledge)?;
/// // The collider can be told from the data: x2 is last.
/// assert_eq!(found.search.dag.edges().collect::<Vec<_>>(), [(0, 2), (1, 2)]);
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OrderSearch {
    /// The most parents of a node; any number by default.
    pub max_parents: Option<usize>,
    /// How many searches start from different orders.
    pub starts: usize,
    /// How often each is perturbed and searched again.
    pub perturbations: usize,
    /// The seed.
    pub seed: u64,
}

impl Default for OrderSearch {
    fn default() -> Self {
        Self {
            max_parents: None,
            starts: 1,
            perturbations: 50,
            seed: 0,
        }
    }
}

/// The task of the progress.
const TASK: &str = "order search";

impl OrderSearch {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`].
    pub fn validate(&self) -> Result<()> {
        if self.starts >= 1 {
            return Ok(());
        }
        Err(Error::Parameter {
            name: "starts",
            value: self.starts as f64,
            expected: "at least 1",
        })
    }

    /// The best graph found, and its order.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`]; [`Error::Graph`] if the score is not of the nodes of the knowledge;
    /// [`Error::ImpossibleGraph`] if the score of the result is not finite; those of the score.
    pub fn run(&self, score: &dyn LocalScore, knowledge: &Knowledge) -> Result<OrderedSearch> {
        self.run_with(score, knowledge, &mut Silent)
    }

    /// [`run`](Self::run) with progress: a step for each pass over the nodes.
    ///
    /// # Errors
    ///
    /// Those of [`run`](Self::run), and [`Error::Cancelled`].
    pub fn run_with(
        &self,
        score: &dyn LocalScore,
        knowledge: &Knowledge,
        progress: &mut dyn Progress,
    ) -> Result<OrderedSearch> {
        self.validate()?;
        let constraints = ParentConstraints::new(knowledge, score.n_variables(), self.max_parents)?;
        let best = match score.as_gaussian() {
            Some(gaussian) => {
                let families = || GaussianFamilies::new(gaussian, constraints.max_parents());
                self.best_of_starts(&constraints, &families, progress)?
            }
            None => self.best_of_starts(&constraints, &|| Ok(ScoredFamilies::new(score)), progress)?,
        };
        let dag = Dag::from_edges(
            knowledge.nodes().clone(),
            best.parents
                .iter()
                .enumerate()
                .flat_map(|(child, parents)| parents.iter().map(move |&parent| (parent, child))),
        )?;
        let total = score.total(&dag)?;
        check_possible(total)?;
        Ok(OrderedSearch {
            search: DagSearch {
                score: total,
                dag,
                iterations: best.n_moves,
                n_evaluations: best.n_evaluations,
                status: SearchStatus::Converged,
            },
            order: CausalOrder::new(knowledge.nodes().clone(), best.order)?,
        })
    }

    fn best_of_starts<S: Families>(
        &self,
        constraints: &ParentConstraints,
        families: &(impl Fn() -> Result<S> + Sync),
        progress: &mut dyn Progress,
    ) -> Result<Found> {
        let mut climbs: Vec<Climb<S::Family>> = (0..self.starts as u64)
            .map(|start| Climb::new(self, start))
            .collect();
        progress.begin(TASK, None);
        let mut n_passes = 0;
        while climbs.iter().any(|climb| !climb.is_done()) {
            check(progress, TASK, n_passes)?;
            climbs
                .par_iter_mut()
                .filter(|climb| !climb.is_done())
                .try_for_each(|climb| {
                    let score = families()?;
                    let rules = Rules {
                        score: &score,
                        constraints,
                    };
                    climb.advance(&rules)
                })?;
            n_passes += 1;
            progress.advance(1);
        }
        progress.end();
        let n_moves = climbs.iter().map(|climb| climb.n_moves).sum();
        let n_evaluations = climbs.iter().map(|climb| climb.n_evaluations).sum();
        let score = families()?;
        let best = climbs
            .into_iter()
            .filter_map(|climb| climb.best)
            .reduce(|best, other| if other.0 > best.0 { other } else { best });
        let (order, parents) = best.map_or_else(Default::default, |(_, placement)| {
            let parents = placement
                .families()
                .iter()
                .map(|family| score.parents(family).to_vec())
                .collect();
            (placement.order().to_vec(), parents)
        });
        Ok(Found {
            order,
            parents,
            n_moves,
            n_evaluations,
        })
    }
}

/// What is left of the search when it is done.
struct Found {
    order: Vec<usize>,
    parents: Vec<Vec<usize>>,
    n_moves: usize,
    n_evaluations: u64,
}

/// One search: it comes to an optimum, perturbs it, comes to the next.
struct Climb<F> {
    current: Option<Placement<F>>,
    best: Option<(f64, Placement<F>)>,
    perturbations_left: usize,
    random: ChaCha8Rng,
    /// Whether it starts at a random order.
    is_shuffled: bool,
    phase: Phase,
    n_moves: usize,
    n_evaluations: u64,
}

impl<F: Clone> Climb<F> {
    fn new(params: &OrderSearch, start: u64) -> Self {
        Self {
            current: None,
            best: None,
            perturbations_left: params.perturbations,
            random: Seed::new(params.seed).stream("causal-order/order-search", start),
            is_shuffled: start > 0,
            phase: Phase::Perturbing,
            n_moves: 0,
            n_evaluations: 0,
        }
    }

    fn is_done(&self) -> bool {
        self.current.is_none() && self.best.is_some()
    }

    /// Takes one step: the first order, or one pass over the unsettled nodes.
    fn advance<S: Families<Family = F>>(&mut self, rules: &Rules<'_, S>) -> Result<()> {
        match self.current.take() {
            None => {
                let shuffled = self.is_shuffled.then(|| {
                    let mut sequence: Vec<usize> = (0..rules.constraints.n_nodes()).collect();
                    sequence.shuffle(&mut self.random);
                    sequence
                });
                self.current = Some(rules.initial(shuffled.as_deref())?);
            }
            Some(mut placement) => {
                self.n_moves += rules.pass(&mut placement, &mut self.random)?;
                self.current = if placement.unsettled().next().is_some() {
                    Some(placement)
                } else {
                    self.settle(rules, placement)?
                };
            }
        }
        self.n_evaluations += rules.score.n_evaluations();
        Ok(())
    }

    /// Keeps an optimum if it is not worse than the best, and perturbs the best, unless that was done often enough. The last
    /// is looked at once more as a whole.
    fn settle<S: Families<Family = F>>(
        &mut self,
        rules: &Rules<'_, S>,
        placement: Placement<F>,
    ) -> Result<Option<Placement<F>>> {
        let total = rules.total(&placement);
        let is_final = self.phase == Phase::Final;
        let is_better = self.best.as_ref().is_none_or(|(best, _)| total > *best);
        if is_better || self.best.as_ref().is_some_and(|(best, _)| total >= *best) {
            self.best = Some((total, placement));
        }
        let Some((_, best)) = &self.best else {
            return Ok(None);
        };
        let mut next = best.clone();
        if self.perturbations_left > 0 {
            self.perturbations_left -= 1;
            rules.perturb(&mut next, &mut self.random)?;
        } else if is_final && !is_better {
            return Ok(None);
        } else {
            self.phase = Phase::Final;
            (0..rules.constraints.n_nodes()).for_each(|node| next.set_unsettled(node, true));
        }
        Ok(Some(next))
    }
}

/// Whether the search perturbs still, or makes sure that no move is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Perturbing,
    Final,
}
