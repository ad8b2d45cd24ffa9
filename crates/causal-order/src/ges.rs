//! Greedy equivalence search.

mod deletion;
mod equivalence_class;
mod insertion;

use causal_graph::{Dag, NodeSet, Pdag};
use run_control::progress::{Progress, Silent, check};
use serde::{Deserialize, Serialize};

use crate::score::{LocalScore, ScoreCache, check_n_variables};
use crate::{Knowledge, Result};
use equivalence_class::{Change, EquivalenceClass};

/// Greedy equivalence search: hill climbing over classes of Markov equivalent DAGs.
///
/// A forward phase makes the insertion with the greatest gain, as long as one has any; a backward phase deletes in the
/// same way. Where the score is consistent and the data come from a DAG, enough of them lead to the class of that DAG.
///
/// The score should be the same for all graphs of a class, as BIC, AIC, BDeu and BGe are. With another the result is still
/// a class, but it depends on which of its graphs stand for the classes on the way.
///
/// With knowledge, a step is taken only if its class has a graph that agrees with all statements. Of equal gains the
/// first is taken: by the node that the edge leads to, then by the set of its parents, then by the other node.
///
/// | field | default | meaning |
/// |---|---|---|
/// | `max_parents` | none | the most parents of a node in a graph of the class, as far as steps add them |
/// | `repeat` | `false` | whether both phases are run again until neither changes anything |
///
/// # Complexity
///
/// A forward step asks for the local scores of the nodes whose surroundings changed, p for each and for each clique
/// among its neighbours.
///
/// # Reference
///
/// D. M. Chickering, "Optimal structure identification with greedy search", Journal of Machine Learning Research 3,
/// 2002, theorems 15 and 17.
///
/// # Examples
///
/// ```
/// use causal_graph::{DiscreteTable, Nodes};
/// use causal_order::score::{DiscreteCriterion, DiscreteScore};
/// use causal_order::{Ges, Knowledge};
///
/// // Two fair coins, and a third column that says whether both are heads.
/// let nodes = Nodes::new(["first", "second", "both"])?;
/// let (first, second) = ([0, 0, 1, 1].repeat(5), [0, 1, 0, 1].repeat(5));
/// let both = [0, 0, 0, 1].repeat(5);
/// let states = vec![vec!["tails".to_owned(), "heads".to_owned()]; 3];
/// let table = DiscreteTable::new(nodes.clone(), states, vec![first, second, both])?;
/// let score = DiscreteScore::new(&table, DiscreteCriterion::BIC)?;
///
/// let found = Ges::default().run(&score, &Knowledge::none(nodes))?;
/// assert_eq!(found.graph.directed_edges().collect::<Vec<_>>(), [(0, 2), (1, 2)]);
/// // 40 fair coins and 6 parameters.
/// assert!((found.score - (40.0 * 0.5_f64.ln() - 6.0 * 0.5 * 20.0_f64.ln())).abs() < 1e-12);
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ges {
    /// The most parents of a node.
    pub max_parents: Option<usize>,
    /// Whether both phases are run again until neither changes anything.
    pub repeat: bool,
}

/// The class that [`Ges`] found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GesResult {
    /// The CPDAG of the class, with the directions that the knowledge adds.
    pub graph: Pdag,
    /// A graph of the class that agrees with the knowledge.
    pub dag: Dag,
    /// The score of that graph.
    pub score: f64,
    /// The number of insertions.
    pub n_insertions: usize,
    /// The number of deletions.
    pub n_deletions: usize,
    /// The number of different local scores that were computed.
    pub n_evaluations: u64,
}

impl Ges {
    /// Searches.
    ///
    /// # Errors
    ///
    /// Those of the score; knowledge over another number of nodes than the score;
    /// [`Error::Parameter`](crate::Error::Parameter) if the knowledge requires more parents of a node than `max_parents`;
    /// [`Error::ImpossibleGraph`](crate::Error::ImpossibleGraph) if the score of the required edges alone is not finite.
    pub fn run(&self, score: &dyn LocalScore, knowledge: &Knowledge) -> Result<GesResult> {
        self.run_with(score, knowledge, &mut Silent)
    }

    /// [`run`](Self::run) with progress: a task for each phase, a step for each change.
    ///
    /// # Errors
    ///
    /// Those of [`run`](Self::run), and [`Error::Cancelled`](crate::Error::Cancelled).
    pub fn run_with(
        &self,
        score: &dyn LocalScore,
        knowledge: &Knowledge,
        progress: &mut dyn Progress,
    ) -> Result<GesResult> {
        check_n_variables(score.n_variables(), knowledge.n_nodes())?;
        let cache = ScoreCache::new(score);
        let mut class = EquivalenceClass::new(&cache, knowledge, self.max_parents)?;
        let (mut n_insertions, mut n_deletions) = (0, 0);
        loop {
            let inserted = forward(&mut class, progress)?;
            let deleted = backward(&mut class, progress)?;
            n_insertions += inserted;
            n_deletions += deleted;
            if !self.repeat || inserted + deleted == 0 {
                break;
            }
        }
        let (graph, dag) = class.agreeing()?;
        Ok(GesResult {
            score: cache.total(&dag)?,
            graph,
            dag,
            n_insertions,
            n_deletions,
            n_evaluations: cache.n_computed(),
        })
    }
}

/// Makes the best insertion until none has a gain, and says how many they were.
fn forward(class: &mut EquivalenceClass<'_>, progress: &mut dyn Progress) -> Result<usize> {
    const TASK: &str = "insertions";
    progress.begin(TASK, None);
    let n = class.n_nodes();
    let mut by_node = Vec::with_capacity(n);
    for node in 0..n {
        check(progress, TASK, 0)?;
        by_node.push(insertion::insertions(class, node)?);
    }
    let mut n_done = 0;
    loop {
        check(progress, TASK, n_done as u64)?;
        let Some(changed) = make_best(class, by_node.iter().flatten())? else {
            break;
        };
        n_done += 1;
        progress.advance(1);
        for (node, insertions) in by_node.iter_mut().enumerate() {
            // The insertions at a node depend on its own edges, and on those of its neighbours.
            if changed.contains(node) || !class.neighbours(node).is_disjoint(&changed) {
                *insertions = insertion::insertions(class, node)?;
            }
        }
    }
    progress.end();
    Ok(n_done)
}

/// Makes the best deletion until none has a gain, and says how many they were.
fn backward(class: &mut EquivalenceClass<'_>, progress: &mut dyn Progress) -> Result<usize> {
    const TASK: &str = "deletions";
    progress.begin(TASK, None);
    let mut n_done = 0;
    loop {
        check(progress, TASK, n_done as u64)?;
        let deletions = (0..class.n_nodes())
            .map(|node| deletion::deletions(class, node))
            .collect::<Result<Vec<_>>>()?;
        if make_best(class, deletions.iter().flatten())?.is_none() {
            break;
        }
        n_done += 1;
        progress.advance(1);
    }
    progress.end();
    Ok(n_done)
}

/// Makes the change with the greatest gain that is valid, and says which nodes have other edges than before.
fn make_best<'a>(
    class: &mut EquivalenceClass<'_>,
    candidates: impl Iterator<Item = &'a Change>,
) -> Result<Option<NodeSet>> {
    let mut candidates: Vec<&Change> = candidates.filter(|change| change.gain() > class.tie()).collect();
    // Stable: equal gains stay in their order.
    candidates.sort_by(|a, b| b.gain().total_cmp(&a.gain()));
    for change in candidates {
        if let Some(changed) = class.make(change)? {
            return Ok(Some(changed));
        }
    }
    Ok(None)
}
