//! A class of Markov equivalent DAGs that a search changes.

use causal_graph::{Dag, NodeSet, Pdag};

use crate::dag_search::check_possible;
use crate::hill_climbing::neighbourhood::{ROUNDING, check_max_parents, required_graph};
use crate::score::{LocalScore, ScoreCache};
use crate::{Knowledge, Result};

/// A class by its CPDAG, with the score.
pub(super) struct EquivalenceClass<'a> {
    score: &'a ScoreCache<&'a dyn LocalScore>,
    knowledge: &'a Knowledge,
    max_parents: usize,
    cpdag: Pdag,
    adjacent: Vec<NodeSet>,
    tie: f64,
}

/// An edge that comes or goes, with the neighbours that are directed along with it.
#[derive(Debug, Clone)]
pub(super) enum Change {
    /// The edge from `from` to `to` comes; `directed` are neighbours of `to` that become its parents.
    ///
    /// Valid if every semi-directed path from `to` to `from` goes through `blocking`.
    Insert {
        from: usize,
        to: usize,
        directed: Vec<usize>,
        blocking: NodeSet,
        gain: f64,
    },
    /// The edge between `from` and `to` goes; `directed` are neighbours of `to` joined to `from`, which become children
    /// of `to`, and of `from` where that edge has no direction.
    Delete {
        from: usize,
        to: usize,
        directed: Vec<usize>,
        gain: f64,
    },
}

impl Change {
    /// What the score gains.
    pub(super) fn gain(&self) -> f64 {
        match self {
            Self::Insert { gain, .. } | Self::Delete { gain, .. } => *gain,
        }
    }
}

impl<'a> EquivalenceClass<'a> {
    /// The class of the graph that has what the knowledge requires and nothing else.
    pub(super) fn new(
        score: &'a ScoreCache<&'a dyn LocalScore>,
        knowledge: &'a Knowledge,
        max_parents: Option<usize>,
    ) -> Result<Self> {
        let n = knowledge.n_nodes();
        let start = required_graph(knowledge)?;
        check_max_parents((0..n).map(|node| start.parents(node).len()), max_parents)?;
        check_possible(score.total(&start)?)?;
        let magnitude = (0..n).try_fold(1.0, |sum, node| {
            Ok::<_, crate::Error>(sum + score.local(node, &[])?.abs())
        })?;
        let mut class = Self {
            score,
            knowledge,
            max_parents: max_parents.unwrap_or(n),
            cpdag: Pdag::empty(knowledge.nodes().clone()),
            adjacent: vec![NodeSet::new(n); n],
            tie: ROUNDING * magnitude,
        };
        class.go_to(start.cpdag());
        Ok(class)
    }

    pub(super) fn n_nodes(&self) -> usize {
        self.cpdag.n_nodes()
    }

    /// The difference up to which two scores are equal.
    pub(super) fn tie(&self) -> f64 {
        self.tie
    }

    pub(super) fn score(&self) -> &ScoreCache<&'a dyn LocalScore> {
        self.score
    }

    pub(super) fn knowledge(&self) -> &Knowledge {
        self.knowledge
    }

    pub(super) fn max_parents(&self) -> usize {
        self.max_parents
    }

    pub(super) fn neighbours(&self, node: usize) -> &NodeSet {
        self.cpdag.neighbours(node)
    }

    pub(super) fn parents(&self, node: usize) -> &NodeSet {
        self.cpdag.parents(node)
    }

    pub(super) fn adjacent(&self, node: usize) -> &NodeSet {
        &self.adjacent[node]
    }

    /// The undirected neighbours of `to` that are joined to `from`.
    pub(super) fn common_neighbours(&self, from: usize, to: usize) -> NodeSet {
        let mut common = self.cpdag.neighbours(to).clone();
        common.intersect_with(&self.adjacent[from]);
        common
    }

    /// The cliques among `members` that hold all of `core`, each as the nodes beyond the core, in lexicographic order.
    pub(super) fn cliques(&self, core: &NodeSet, members: &NodeSet) -> Vec<Vec<usize>> {
        if !self.is_clique(core) {
            return Vec::new();
        }
        let members: Vec<usize> = members
            .iter()
            .filter(|&member| !core.contains(member) && core.is_subset(&self.adjacent[member]))
            .collect();
        let mut cliques = Vec::new();
        let mut stack = vec![(Vec::new(), 0)];
        while let Some((clique, next)) = stack.pop() {
            for (place, &member) in members.iter().enumerate().skip(next).rev() {
                if clique.iter().all(|&other| self.adjacent[member].contains(other)) {
                    let mut larger = clique.clone();
                    larger.push(member);
                    stack.push((larger, place + 1));
                }
            }
            cliques.push(clique);
        }
        cliques
    }

    /// Makes a change if it is valid and leaves a class that the knowledge does not contradict, and says which nodes have
    /// other edges than before.
    pub(super) fn make(&mut self, change: &Change) -> Result<Option<NodeSet>> {
        if let Change::Insert {
            from, to, blocking, ..
        } = change
            && self.is_reachable(*to, *from, blocking)
        {
            return Ok(None);
        }
        let Ok(dag) = self.changed(change)?.consistent_extension() else {
            return Ok(None);
        };
        let cpdag = dag.cpdag();
        if !self.knowledge.is_empty() && agreeing_member(self.knowledge, &cpdag)?.is_none() {
            return Ok(None);
        }
        Ok(Some(self.go_to(cpdag)))
    }

    /// The CPDAG with the directions that the knowledge adds, and a DAG of the class that agrees with it.
    pub(super) fn agreeing(&self) -> Result<(Pdag, Dag)> {
        let mut graph = self.cpdag.clone();
        self.knowledge.orient_known(&mut graph)?;
        let graph = graph.maximally_oriented()?;
        let dag = graph.consistent_extension()?;
        Ok((graph, dag))
    }

    /// A graph whose consistent extensions make up the class after the change.
    fn changed(&self, change: &Change) -> Result<Pdag> {
        let mut pdag = self.cpdag.clone();
        match change {
            Change::Insert {
                from, to, directed, ..
            } => {
                pdag.add_directed(*from, *to)?;
                for &neighbour in directed {
                    pdag.orient(neighbour, *to)?;
                }
            }
            Change::Delete {
                from, to, directed, ..
            } => {
                pdag.remove(*from, *to);
                for &neighbour in directed {
                    pdag.orient(*to, neighbour)?;
                    if pdag.has_undirected(*from, neighbour) {
                        pdag.orient(*from, neighbour)?;
                    }
                }
            }
        }
        Ok(pdag)
    }

    /// Replaces the CPDAG, and says which nodes have other edges than before.
    fn go_to(&mut self, cpdag: Pdag) -> NodeSet {
        let before = std::mem::replace(&mut self.cpdag, cpdag);
        let n = self.n_nodes();
        let is_changed = |&node: &usize| {
            before.parents(node) != self.cpdag.parents(node)
                || before.neighbours(node) != self.cpdag.neighbours(node)
                || before.children(node) != self.cpdag.children(node)
        };
        let changed = NodeSet::with(n, (0..n).filter(is_changed));
        for node in changed.iter() {
            self.adjacent[node] = self.cpdag.adjacent(node);
        }
        changed
    }

    fn is_clique(&self, set: &NodeSet) -> bool {
        set.iter().all(|node| {
            let mut others = set.clone();
            others.remove(node);
            others.is_subset(&self.adjacent[node])
        })
    }

    /// Whether a path of undirected edges and edges along their direction leads from `start` to `end` around `blocking`.
    fn is_reachable(&self, start: usize, end: usize, blocking: &NodeSet) -> bool {
        let mut seen = blocking.clone();
        seen.insert(start);
        let mut stack = vec![start];
        while let Some(node) = stack.pop() {
            if node == end {
                return true;
            }
            let next = self
                .cpdag
                .children(node)
                .iter()
                .chain(self.cpdag.neighbours(node).iter());
            stack.extend(next.filter(|&next| seen.insert(next)));
        }
        false
    }
}

/// A DAG of a class that agrees with the knowledge, if there is one.
fn agreeing_member(knowledge: &Knowledge, cpdag: &Pdag) -> Result<Option<Dag>> {
    let mut known = cpdag.clone();
    knowledge.orient_known(&mut known)?;
    let member = known.consistent_extension().ok();
    Ok(member.filter(|dag| knowledge.check(&dag.into()).is_ok()))
}
