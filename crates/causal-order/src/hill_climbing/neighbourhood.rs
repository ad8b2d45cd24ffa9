//! A DAG, its score, and what each change of an edge would make of it.

use causal_graph::Dag;
use run_control::Cancelled;

use super::ancestry::Ancestry;
use crate::dag_search::check_possible;
use crate::score::LocalScore;
use crate::{DagSearch, Error, Knowledge, Result, SearchStatus};

/// A change of one edge, in the order in which ties are broken: kind by kind, by `from`, then by `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Operation {
    Add {
        from: usize,
        to: usize,
    },
    Delete {
        from: usize,
        to: usize,
    },
    /// Turns the edge from `from` to `to`.
    Reverse {
        from: usize,
        to: usize,
    },
}

/// Scores that differ by less than this share of all terms together differ by rounding only.
pub(crate) const ROUNDING: f64 = 1e-12;

/// A DAG with the gains of all changes of single edges.
pub(crate) struct Neighbourhood<'a> {
    score: &'a dyn LocalScore,
    knowledge: &'a Knowledge,
    max_parents: usize,
    graph: Ancestry,
    /// The local scores.
    terms: Vec<f64>,
    /// What the local score of a child gains if an edge from a node comes, or goes if it is there: a row for each child.
    /// Minus infinity for an edge that may not come.
    gains: Vec<f64>,
    /// The greatest gain of each row.
    row_best: Vec<f64>,
    /// Gains closer than this are equal.
    tie: f64,
    n_evaluations: u64,
}

/// The best graph so far.
pub(crate) struct BestSeen {
    edges: Vec<(usize, usize)>,
    score: f64,
}

impl<'a> Neighbourhood<'a> {
    /// That of `start`, or of the graph that has what the knowledge requires and nothing else; `look` is called with the
    /// number of each node before its changes are scored.
    pub(crate) fn new(
        score: &'a dyn LocalScore,
        knowledge: &'a Knowledge,
        max_parents: Option<usize>,
        start: Option<&Dag>,
        look: &dyn Fn(usize) -> std::result::Result<(), Cancelled>,
    ) -> Result<Self> {
        let graph = match start {
            Some(dag) => Ancestry::of(dag),
            None => Ancestry::of(&required_graph(knowledge)?),
        };
        let n = graph.n_nodes();
        check_max_parents((0..n).map(|node| graph.parents(node).len()), max_parents)?;
        let mut state = Self {
            score,
            knowledge,
            max_parents: max_parents.unwrap_or(n),
            graph,
            terms: vec![0.0; n],
            gains: vec![f64::NEG_INFINITY; n * n],
            row_best: vec![f64::NEG_INFINITY; n],
            tie: 0.0,
            n_evaluations: 0,
        };
        for child in 0..n {
            look(child)?;
            state.refresh(child)?;
        }
        check_possible(state.total())?;
        state.tie = ROUNDING * (1.0 + state.terms.iter().map(|term| term.abs()).sum::<f64>());
        Ok(state)
    }

    /// The edges as `(from, to)`.
    pub(crate) fn edges(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.graph.edges()
    }

    /// The sum of the local scores in the order of the nodes.
    pub(crate) fn total(&self) -> f64 {
        self.terms.iter().sum()
    }

    /// The difference from which on two scores are not equal.
    pub(crate) fn tie(&self) -> f64 {
        self.tie
    }

    /// The legal change with the greatest gain above `least`, of those that are accepted, and its gain.
    ///
    /// Of those that are equal up to rounding, the first in the order of [`Operation`].
    pub(crate) fn best_operation(
        &self,
        least: f64,
        accept: impl Fn(Operation) -> bool,
    ) -> Option<(Operation, f64)> {
        let n = self.graph.n_nodes();
        let mut bar = least + self.tie;
        let mut best: Vec<(Operation, f64)> = Vec::new();
        let mut consider = |operation: Operation, gain: f64, bar: &mut f64| {
            if gain > *bar && self.is_legal(operation) && accept(operation) {
                *bar = bar.max(gain - self.tie);
                best.push((operation, gain));
            }
        };
        for to in 0..n {
            // Whole rows below the bar, which are most of them, cost one comparison.
            if self.row_best[to] > bar {
                for (from, &gain) in self.row(to).iter().enumerate() {
                    if gain > bar {
                        consider(self.toggle(from, to), gain, &mut bar);
                    }
                }
            }
        }
        for to in 0..n {
            for from in self.graph.parents(to).iter() {
                let gain = self.gain(from, to) + self.gain(to, from);
                consider(Operation::Reverse { from, to }, gain, &mut bar);
            }
        }
        best.into_iter()
            .filter(|&(_, gain)| gain > bar)
            .min_by_key(|&(operation, _)| operation)
    }

    /// All changes that are legal, in the order in which ties are broken.
    pub(crate) fn legal_operations(&self) -> Vec<Operation> {
        let n = self.graph.n_nodes();
        let toggles = (0..n).flat_map(|to| (0..n).map(move |from| (from, to)));
        let toggles = toggles
            .filter(|&(from, to)| from != to && self.gain(from, to) > f64::NEG_INFINITY)
            .map(|(from, to)| self.toggle(from, to));
        let reversals = (0..n).flat_map(|to| {
            let parents = self.graph.parents(to).iter();
            parents.map(move |from| Operation::Reverse { from, to })
        });
        let is_possible = |operation: &Operation| match *operation {
            Operation::Reverse { from, to } => self.gain(to, from) > f64::NEG_INFINITY,
            _ => true,
        };
        toggles
            .chain(reversals)
            .filter(|operation| is_possible(operation) && self.is_legal(*operation))
            .collect()
    }

    /// Makes a legal change.
    pub(crate) fn apply(&mut self, operation: Operation) -> Result<()> {
        match operation {
            Operation::Add { from, to } => {
                self.graph.add(from, to);
                self.refresh(to)
            }
            Operation::Delete { from, to } => {
                self.graph.remove(from, to);
                self.refresh(to)
            }
            Operation::Reverse { from, to } => {
                self.graph.remove(from, to);
                self.graph.add(to, from);
                self.refresh(to)?;
                self.refresh(from)
            }
        }
    }

    /// The graph as it is, as the best so far.
    pub(crate) fn best_seen(&self) -> BestSeen {
        BestSeen {
            edges: self.graph.edges().collect(),
            score: self.total(),
        }
    }

    /// Goes to a graph that was seen before.
    pub(crate) fn go_to(&mut self, seen: &BestSeen) -> Result<()> {
        let dag = Dag::from_edges(self.knowledge.nodes().clone(), seen.edges.iter().copied())?;
        let graph = std::mem::replace(&mut self.graph, Ancestry::of(&dag));
        for child in 0..dag.n_nodes() {
            if graph.parents(child) != dag.parents(child) {
                self.refresh(child)?;
            }
        }
        Ok(())
    }

    /// The result of a search.
    pub(crate) fn finish(self, best: BestSeen, iterations: usize, status: SearchStatus) -> Result<DagSearch> {
        Ok(DagSearch {
            dag: Dag::from_edges(self.knowledge.nodes().clone(), best.edges)?,
            score: best.score,
            iterations,
            n_evaluations: self.n_evaluations,
            status,
        })
    }

    /// Computes the local score of a child and the gains of all changes of its parents.
    fn refresh(&mut self, child: usize) -> Result<()> {
        let n = self.graph.n_nodes();
        let parents: Vec<usize> = self.graph.parents(child).iter().collect();
        let may_come = |from: usize| {
            from != child && !self.graph.has_edge(from, child) && self.knowledge.may_direct(from, child)
        };
        let candidates: Vec<usize> = if parents.len() < self.max_parents {
            (0..n).filter(|&from| may_come(from)).collect()
        } else {
            Vec::new()
        };
        let term = self.score.local(child, &parents)?;
        let with = self.score.local_additions(child, &parents, &candidates)?;
        let without = self.score.local_removals(child, &parents)?;
        self.n_evaluations += 1 + (candidates.len() + parents.len()) as u64;
        self.terms[child] = term;
        let row = &mut self.gains[child * n..(child + 1) * n];
        row.fill(f64::NEG_INFINITY);
        for (nodes, terms) in [(&candidates, with), (&parents, without)] {
            for (&from, changed) in nodes.iter().zip(terms) {
                row[from] = changed - term;
            }
        }
        self.row_best[child] = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Ok(())
    }

    fn is_legal(&self, operation: Operation) -> bool {
        match operation {
            Operation::Add { from, to } => self.graph.can_add(from, to),
            Operation::Delete { from, to } => !self.knowledge.requires_join(from, to),
            Operation::Reverse { from, to } => {
                !self.knowledge.requires(from, to) && self.graph.can_reverse(from, to)
            }
        }
    }

    fn toggle(&self, from: usize, to: usize) -> Operation {
        if self.graph.has_edge(from, to) {
            Operation::Delete { from, to }
        } else {
            Operation::Add { from, to }
        }
    }

    fn row(&self, to: usize) -> &[f64] {
        let n = self.graph.n_nodes();
        &self.gains[to * n..(to + 1) * n]
    }

    fn gain(&self, from: usize, to: usize) -> f64 {
        self.row(to)[from]
    }
}

impl BestSeen {
    /// Takes the graph of the search if it is better by more than rounding, and says whether it was.
    pub(crate) fn update(&mut self, state: &Neighbourhood<'_>) -> bool {
        let is_better = state.total() > self.score + state.tie();
        if is_better {
            *self = state.best_seen();
        }
        is_better
    }
}

/// The graph of the edges that must be there. Where the direction is free, the first node is the cause if that closes no cycle.
pub(crate) fn required_graph(knowledge: &Knowledge) -> Result<Dag> {
    let mut dag = Dag::from_edges(knowledge.nodes().clone(), knowledge.required())?;
    for (a, b) in knowledge.required_joins() {
        if dag.is_adjacent(a, b) {
            continue;
        }
        let (from, to) = if dag.is_ancestor(b, a) { (b, a) } else { (a, b) };
        dag.add_edge(from, to)?;
    }
    Ok(dag)
}

/// Checks that no node has more parents to begin with than the limit allows.
pub(crate) fn check_max_parents(
    n_parents: impl Iterator<Item = usize>,
    max_parents: Option<usize>,
) -> Result<()> {
    match max_parents {
        Some(limit) if n_parents.max().is_some_and(|most| most > limit) => Err(Error::Parameter {
            name: "max_parents",
            value: limit as f64,
            expected: "at least the number of parents of each node in the graph to begin with",
        }),
        _ => Ok(()),
    }
}
