//! The search for the skeleton, level by level.

use std::collections::HashMap;

use causal_graph::{NodeSet, Nodes, Pdag};
use rayon::prelude::*;
use run_control::progress::{Progress, check};

use super::pair_map::pairs;
use super::subsets::Subsets;
use super::{ColliderRule, FalseDiscoveryRate, PairValues, Pc, SeparatingSets, Skeleton};
use crate::Result;
use crate::independence::IndependenceTest;

/// Pairs between two looks at the progress.
const PAIRS_A_STEP: usize = 1024;

/// Removes every edge whose nodes a set of neighbours separates.
pub(super) fn search(
    pc: &Pc,
    nodes: &Nodes,
    test: &dyn IndependenceTest,
    progress: &mut dyn Progress,
) -> Result<Skeleton> {
    let mut search = Search::new(pc, nodes, test);
    let mut depth = 0;
    while pc.max_depth.is_none_or(|max_depth| depth <= max_depth) {
        let pairs = search.pairs_at(depth);
        if pairs.is_empty() {
            break;
        }
        search.n_tests_by_depth.push(0);
        progress.begin("PC skeleton", Some(pairs.len() as u64));
        if pc.stable {
            search.level_at_once(depth, &pairs, progress)?;
        } else {
            search.level_one_by_one(depth, &pairs, progress)?;
        }
        progress.end();
        depth += 1;
    }
    if let Some(control) = &pc.false_discovery_rate {
        search.control_false_discoveries(control);
    }
    search.finish()
}

struct Search<'a> {
    pc: &'a Pc,
    nodes: &'a Nodes,
    test: &'a dyn IndependenceTest,
    adjacent: Vec<NodeSet>,
    separating_sets: SeparatingSets,
    maximal_p_values: PairValues,
    /// For each adjacent pair the set of its largest p-value; kept for the false-discovery rate only.
    maximal_p_sets: HashMap<(usize, usize), Box<[usize]>>,
    n_tests_by_depth: Vec<u64>,
}

/// What the tests of a pair at one level gave.
#[derive(Default)]
struct Outcome {
    n_tests: u64,
    maximal_p: f64,
    maximal_p_set: Option<Box<[usize]>>,
    separator: Option<Box<[usize]>>,
    further_separators: Vec<Box<[usize]>>,
}

/// The buffers of one thread.
#[derive(Default)]
struct Workspace {
    near: Vec<usize>,
    subsets: Subsets,
}

impl<'a> Search<'a> {
    fn new(pc: &'a Pc, nodes: &'a Nodes, test: &'a dyn IndependenceTest) -> Self {
        let n_nodes = nodes.len();
        let adjacent = (0..n_nodes)
            .map(|node| match &pc.knowledge {
                Some(knowledge) => NodeSet::with(
                    n_nodes,
                    (0..n_nodes).filter(|&other| knowledge.may_join(node, other)),
                ),
                None => NodeSet::with(n_nodes, (0..n_nodes).filter(|&other| other != node)),
            })
            .collect();
        Self {
            pc,
            nodes,
            test,
            adjacent,
            separating_sets: SeparatingSets::new(nodes.clone()),
            maximal_p_values: PairValues::new(nodes.clone()),
            maximal_p_sets: HashMap::new(),
            n_tests_by_depth: Vec::new(),
        }
    }

    /// The adjacent pairs with enough neighbours for a set of this size, but for those that must stay joined.
    fn pairs_at(&self, depth: usize) -> Vec<(usize, usize)> {
        let n_near: Vec<usize> = self.adjacent.iter().map(NodeSet::len).collect();
        let must_stay = |a: usize, b: usize| {
            let knowledge = self.pc.knowledge.as_ref();
            knowledge.is_some_and(|knowledge| knowledge.requires_join(a, b))
        };
        self.adjacent
            .iter()
            .enumerate()
            .flat_map(|(a, adjacent)| adjacent.iter().filter(move |&b| a < b).map(move |b| (a, b)))
            .filter(|&(a, b)| n_near[a].max(n_near[b]) > depth && !must_stay(a, b))
            .collect()
    }

    /// Tests all pairs with the neighbours of the start of the level, in parallel.
    fn level_at_once(
        &mut self,
        depth: usize,
        pairs: &[(usize, usize)],
        progress: &mut dyn Progress,
    ) -> Result<()> {
        let at_start = self.adjacent.clone();
        for (step, some) in pairs.chunks(PAIRS_A_STEP).enumerate() {
            check(progress, "PC skeleton", (step * PAIRS_A_STEP) as u64)?;
            let outcomes: Vec<Result<Outcome>> = some
                .par_iter()
                .map_init(Workspace::default, |workspace, &(x, y)| {
                    self.test_pair(&at_start, (x, y), depth, workspace)
                })
                .collect();
            for (&pair, outcome) in some.iter().zip(outcomes) {
                self.enter(depth, pair, outcome?);
            }
            progress.advance(some.len() as u64);
        }
        Ok(())
    }

    /// Tests one pair after the other with the neighbours that are left.
    fn level_one_by_one(
        &mut self,
        depth: usize,
        pairs: &[(usize, usize)],
        progress: &mut dyn Progress,
    ) -> Result<()> {
        let mut workspace = Workspace::default();
        for (done, &pair) in pairs.iter().enumerate() {
            check(progress, "PC skeleton", done as u64)?;
            let outcome = self.test_pair(&self.adjacent, pair, depth, &mut workspace)?;
            self.enter(depth, pair, outcome);
            progress.advance(1);
        }
        Ok(())
    }

    /// Tests a pair given the subsets of the neighbours of the first node, then given those of the second that are not
    /// among the neighbours of the first.
    fn test_pair(
        &self,
        adjacent: &[NodeSet],
        (x, y): (usize, usize),
        depth: usize,
        workspace: &mut Workspace,
    ) -> Result<Outcome> {
        let takes_all = self.pc.collider_rule == ColliderRule::EverySeparatingSet;
        let keeps_set = self.pc.false_discovery_rate.is_some();
        let Workspace { near, subsets } = workspace;
        let mut outcome = Outcome {
            maximal_p: f64::NAN,
            ..Outcome::default()
        };
        for (near_to, other) in [(x, y), (y, x)] {
            near.clear();
            near.extend(adjacent[near_to].iter().filter(|&node| node != other));
            let mut is_there = subsets.first(near, depth);
            while is_there {
                let given = subsets.members();
                let was_tested = near_to == y && given.iter().all(|&node| adjacent[x].contains(node));
                if !was_tested {
                    outcome.n_tests += 1;
                    let p = self.test.test(x, y, given)?.p_value;
                    if outcome.maximal_p.is_nan() || p > outcome.maximal_p {
                        outcome.maximal_p = p;
                        outcome.maximal_p_set = keeps_set.then(|| given.into());
                    }
                    if p > self.pc.alpha {
                        if outcome.separator.is_none() {
                            outcome.separator = Some(given.into());
                        } else {
                            outcome.further_separators.push(given.into());
                        }
                        if !takes_all {
                            return Ok(outcome);
                        }
                    }
                }
                is_there = subsets.next(near);
            }
        }
        Ok(outcome)
    }

    fn enter(&mut self, depth: usize, (x, y): (usize, usize), outcome: Outcome) {
        self.n_tests_by_depth[depth] += outcome.n_tests;
        let is_new = self.maximal_p_values.raise(x, y, outcome.maximal_p);
        if let Some(set) = outcome.maximal_p_set.filter(|_| is_new) {
            self.maximal_p_sets.insert((x, y), set);
        }
        if let Some(separator) = outcome.separator {
            let all = std::iter::once(separator).chain(outcome.further_separators);
            self.separate(x, y, all);
        }
    }

    fn separate(&mut self, x: usize, y: usize, separators: impl IntoIterator<Item = Box<[usize]>>) {
        self.adjacent[x].remove(y);
        self.adjacent[y].remove(x);
        self.separating_sets.insert(x, y, separators);
    }

    /// Removes the edges that the procedure does not keep; what separates them is the set of their largest p-value.
    fn control_false_discoveries(&mut self, control: &FalseDiscoveryRate) {
        let tested: Vec<f64> = self.maximal_p_values.iter().map(|(_, _, p)| p).collect();
        let threshold = control.threshold(&tested);
        let dropped: Vec<(usize, usize)> = self
            .maximal_p_values
            .iter()
            .filter(|&(a, b, p)| p > threshold && self.adjacent[a].contains(b))
            .map(|(a, b, _)| (a, b))
            .collect();
        for (a, b) in dropped {
            let separator = self.maximal_p_sets.remove(&(a, b));
            self.separate(a, b, separator);
        }
    }

    fn finish(self) -> Result<Skeleton> {
        let edges = pairs(self.nodes.len()).filter(|&(a, b)| self.adjacent[a].contains(b));
        Ok(Skeleton {
            graph: Pdag::from_edges(self.nodes.clone(), [], edges)?,
            separating_sets: self.separating_sets,
            maximal_p_values: self.maximal_p_values,
            n_tests_by_depth: self.n_tests_by_depth,
        })
    }
}
