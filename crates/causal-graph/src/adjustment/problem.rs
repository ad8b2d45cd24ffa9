//! The adjustment sets for one pair of treatments and outcomes.

use super::AdjustmentCriterion;
use super::possible_paths::PossiblePaths;
use crate::ancestry::{check_set, closed_set};
use crate::separation::check_sets;
use crate::{Dag, Error, NodeSet, Pdag, Result};

/// What is valid to adjust for when the effect of treatments on outcomes is to be found.
///
/// It is made by [`Dag::adjustment`] or [`Pdag::adjustment`] and holds all that does not depend on the covariates, so that
/// many sets can be judged. Treatments are set together: the effect is that of do(all of them).
///
/// ```text
/// proper path       a path from a treatment to an outcome with no other treatment on it
/// amenable          every proper path that is possibly directed begins with an edge out of the treatment
/// causal nodes      the nodes behind the treatment on proper possibly directed paths
/// forbidden nodes   the causal nodes and their possible descendants
/// ```
///
/// A set is valid exactly if the graph is amenable, no covariate is forbidden, and the covariates block every proper path
/// that is not directed. The last is d-separation in the proper back-door graph, that of the DAG without the edges
/// with which its proper directed paths begin; once the first two hold, all DAGs of a class agree on it.
///
/// # Reference
///
/// E. Perković, J. Textor, M. Kalisch, M. H. Maathuis, JMLR 18, 2018, for DAGs and CPDAGs; E. Perković, M. Kalisch,
/// M. H. Maathuis, "Interpreting and using CPDAGs with background knowledge", UAI 2017; B. van der Zander,
/// M. Liśkiewicz, J. Textor, "Separators and adjustment sets in causal graphs: complete criteria and an algorithmic
/// framework", Artificial Intelligence 270, 2019.
#[derive(Debug, Clone)]
pub struct Adjustment {
    treatments: NodeSet,
    outcomes: NodeSet,
    /// A DAG of the class.
    dag: Dag,
    back_door_graph: Dag,
    is_amenable: bool,
    /// Whether the graph is amenable also for each treatment by itself.
    is_singly_amenable: bool,
    causal: NodeSet,
    forbidden: NodeSet,
    /// Nodes with an edge into a causal node.
    causal_parents: NodeSet,
    /// The possible descendants of treatments, these among them.
    behind: NodeSet,
    /// The possible ancestors of treatments and outcomes, these among them.
    before: NodeSet,
}

/// Whether a set is valid to adjust for, and if not, what is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AdjustmentVerdict {
    /// It is.
    Valid,
    /// The effect differs between DAGs that the graph stands for, and no set is valid.
    NotAmenable,
    /// A covariate is a causal node or a possible descendant of one.
    Forbidden {
        /// The least such node.
        node: usize,
    },
    /// A path that is not directed is not blocked.
    NotBlocked,
}

impl Adjustment {
    pub(super) fn in_dag(dag: &Dag, treatments: &NodeSet, outcomes: &NodeSet) -> Result<Self> {
        check(dag.nodes(), treatments, outcomes)?;
        let n_nodes = dag.n_nodes();
        let causal = proper_causal_nodes(dag, treatments, outcomes);
        let forbidden = closed_set(&causal, n_nodes, |node| dag.children(node));
        let behind = closed_set(treatments, n_nodes, |node| dag.children(node));
        let mut ends = treatments.clone();
        ends.union_with(outcomes);
        Ok(Self {
            treatments: treatments.clone(),
            outcomes: outcomes.clone(),
            back_door_graph: proper_back_door_graph(dag, treatments, &causal),
            is_amenable: true,
            is_singly_amenable: true,
            causal_parents: union(&causal, |node| dag.parents(node)),
            causal,
            forbidden,
            behind,
            before: dag.ancestral_set(&ends),
            dag: dag.clone(),
        })
    }

    pub(super) fn in_class(pdag: &Pdag, treatments: &NodeSet, outcomes: &NodeSet) -> Result<Self> {
        check(pdag.nodes(), treatments, outcomes)?;
        let dag = pdag.consistent_extension()?;
        let oriented = pdag.oriented_with(&dag);
        let paths = PossiblePaths::of(&oriented);
        let (n_nodes, nothing) = (oriented.n_nodes(), NodeSet::new(oriented.n_nodes()));

        // If the graph is amenable, proper possibly directed paths are directed up to any node on them, or can be made so.
        let mut causal = proper_descendants(treatments, |node| oriented.children(node));
        causal.intersect_with(&paths.ancestors(outcomes, treatments));
        let in_this_dag = proper_causal_nodes(&dag, treatments, outcomes);
        let mut ends = treatments.clone();
        ends.union_with(outcomes);
        let is_amenable_alone = |node| {
            let alone = NodeSet::with(n_nodes, [node]);
            is_amenable(&oriented, &paths, &alone, outcomes)
        };
        Ok(Self {
            treatments: treatments.clone(),
            outcomes: outcomes.clone(),
            back_door_graph: proper_back_door_graph(&dag, treatments, &in_this_dag),
            is_amenable: is_amenable(&oriented, &paths, treatments, outcomes),
            is_singly_amenable: treatments.iter().all(is_amenable_alone),
            forbidden: paths.descendants(&causal, &nothing),
            causal_parents: union(&causal, |node| oriented.parents(node)),
            causal,
            behind: paths.descendants(treatments, &nothing),
            before: paths.ancestors(&ends, &nothing),
            dag,
        })
    }

    /// Whether the effect can be found by adjustment as far as directions are known; always true of a DAG.
    pub fn is_amenable(&self) -> bool {
        self.is_amenable
    }

    /// The causal nodes and their possible descendants, which no valid set has a node of; None if no set is valid because
    /// the graph is not amenable.
    pub fn forbidden(&self) -> Option<&NodeSet> {
        self.is_amenable.then_some(&self.forbidden)
    }

    /// Whether `covariates` are valid to adjust for, by the generalised criterion.
    ///
    /// # Errors
    ///
    /// [`Error::SetSize`] if the set is not over the nodes of the graph, [`Error::Overlap`] if a covariate is a treatment
    /// or an outcome.
    ///
    /// # Complexity
    ///
    /// O(n² / 64 + m).
    pub fn is_valid(&self, covariates: &NodeSet) -> Result<bool> {
        Ok(self.verdict(covariates)? == AdjustmentVerdict::Valid)
    }

    /// [`is_valid`](Self::is_valid) with the reason.
    ///
    /// # Errors
    ///
    /// Those of [`is_valid`](Self::is_valid).
    pub fn verdict(&self, covariates: &NodeSet) -> Result<AdjustmentVerdict> {
        self.check_covariates("covariates", covariates)?;
        if !self.is_amenable {
            return Ok(AdjustmentVerdict::NotAmenable);
        }
        if let Some(node) = covariates.iter().find(|&node| self.forbidden.contains(node)) {
            return Ok(AdjustmentVerdict::Forbidden { node });
        }
        let is_blocked = self
            .back_door_graph
            .d_separated(&self.treatments, &self.outcomes, covariates)?;
        Ok(if is_blocked {
            AdjustmentVerdict::Valid
        } else {
            AdjustmentVerdict::NotBlocked
        })
    }

    /// Whether `covariates` satisfy a criterion.
    ///
    /// # Errors
    ///
    /// Those of [`is_valid`](Self::is_valid).
    pub fn satisfies(&self, criterion: AdjustmentCriterion, covariates: &NodeSet) -> Result<bool> {
        match criterion {
            AdjustmentCriterion::Generalised => self.is_valid(covariates),
            AdjustmentCriterion::BackDoor => self.satisfies_back_door(covariates),
        }
    }

    /// The valid set of all possible ancestors of treatments and outcomes that are not forbidden; None if no set is valid.
    pub fn canonical_set(&self) -> Option<NodeSet> {
        let mut set = self.before.clone();
        for excluded in [&self.treatments, &self.outcomes, &self.forbidden] {
            set.difference_with(excluded);
        }
        self.if_valid(set)
    }

    /// A valid set that is not valid any more without any of its nodes, the `required` ones aside; made of these and some
    /// of `allowed`. None if there is no such set.
    ///
    /// # Errors
    ///
    /// [`Error::SetSize`] if a set is not over the nodes of the graph, [`Error::Overlap`] if a required node is a
    /// treatment or an outcome.
    ///
    /// # Complexity
    ///
    /// O(n² / 64 + m).
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{Dag, NodeSet, Nodes};
    ///
    /// // 0 -> 1 -> 2 <- 0 and 0 -> 3 -> 2: the effect of 1 on 2, with 0 observed or not.
    /// let dag = Dag::from_edges(Nodes::numbered(4), [(0, 1), (1, 2), (0, 2), (0, 3), (3, 2)])?;
    /// let set = |nodes: &[usize]| NodeSet::with(4, nodes.iter().copied());
    /// let adjustment = dag.adjustment(&set(&[1]), &set(&[2]))?;
    /// assert_eq!(adjustment.minimal_set(&set(&[]), &NodeSet::full(4))?, Some(set(&[0])));
    /// assert_eq!(adjustment.minimal_set(&set(&[]), &set(&[3]))?, None);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn minimal_set(&self, required: &NodeSet, allowed: &NodeSet) -> Result<Option<NodeSet>> {
        self.check_covariates("required covariates", required)?;
        check_set("allowed", allowed, self.dag.n_nodes())?;
        if !self.is_amenable || !required.is_disjoint(&self.forbidden) {
            return Ok(None);
        }
        let mut candidates = allowed.clone();
        candidates.difference_with(&self.forbidden);
        self.back_door_graph
            .minimal_separator(&self.treatments, &self.outcomes, required, &candidates)
    }

    /// The valid set with the least asymptotic variance of the estimated effect, in every linear model with independent
    /// errors and by any estimator that is efficient given the set: the O-set.
    ///
    /// ```text
    /// O = parents of causal nodes, without forbidden nodes and treatments
    /// ```
    ///
    /// None if no set is valid, or if an outcome is behind no treatment: the effect on that one is 0.
    ///
    /// # Reference
    ///
    /// L. Henckel, E. Perković, M. H. Maathuis, "Graphical criteria for efficient total effect estimation via adjustment in
    /// causal linear models", Journal of the Royal Statistical Society B 84, 2022, theorem 3.13.
    pub fn optimal_set(&self) -> Option<NodeSet> {
        if !self.outcomes.is_subset(&self.causal) {
            return None;
        }
        let mut set = self.causal_parents.clone();
        set.difference_with(&self.forbidden);
        set.difference_with(&self.treatments);
        self.if_valid(set)
    }

    /// For a single treatment, a set satisfies it exactly if it is valid and has no descendant of the treatment.
    fn satisfies_back_door(&self, covariates: &NodeSet) -> Result<bool> {
        self.check_covariates("covariates", covariates)?;
        if !self.is_singly_amenable || !covariates.is_disjoint(&self.behind) {
            return Ok(false);
        }
        for treatment in self.treatments.iter() {
            let mut without_effects = self.dag.clone();
            for child in self.dag.children(treatment).iter() {
                without_effects.remove_edge(treatment, child);
            }
            let alone = NodeSet::with(self.dag.n_nodes(), [treatment]);
            if !without_effects.d_separated(&alone, &self.outcomes, covariates)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn if_valid(&self, set: NodeSet) -> Option<NodeSet> {
        self.is_valid(&set).is_ok_and(|is_valid| is_valid).then_some(set)
    }

    fn check_covariates(&self, what: &'static str, covariates: &NodeSet) -> Result<()> {
        let sets = [
            ("treatments", &self.treatments),
            ("outcomes", &self.outcomes),
            (what, covariates),
        ];
        check_sets(self.dag.nodes(), sets)
    }
}

fn check(nodes: &crate::Nodes, treatments: &NodeSet, outcomes: &NodeSet) -> Result<()> {
    let sets = [("treatments", treatments), ("outcomes", outcomes)];
    check_sets(nodes, sets)?;
    for (what, set) in sets {
        if set.is_empty() {
            return Err(Error::EmptySet { what });
        }
    }
    Ok(())
}

/// The nodes on proper directed paths, without the treatments.
fn proper_causal_nodes(dag: &Dag, treatments: &NodeSet, outcomes: &NodeSet) -> NodeSet {
    let mut causal = proper_descendants(treatments, |node| dag.children(node));
    causal.intersect_with(&proper_closure(outcomes, treatments, |node| dag.parents(node)));
    causal
}

/// The nodes behind the treatments on directed paths that do not come back to a treatment.
fn proper_descendants<'a>(treatments: &NodeSet, children: impl Fn(usize) -> &'a NodeSet) -> NodeSet {
    let mut first = union(treatments, &children);
    first.difference_with(treatments);
    proper_closure(&first, treatments, children)
}

/// The nodes with all that can be reached from them along `next` outside the treatments.
fn proper_closure<'a>(nodes: &NodeSet, treatments: &NodeSet, next: impl Fn(usize) -> &'a NodeSet) -> NodeSet {
    let mut closed = nodes.clone();
    let mut open: Vec<usize> = closed.iter().collect();
    while let Some(node) = open.pop() {
        let next = next(node).iter().filter(|&next| !treatments.contains(next));
        open.extend(next.filter(|&next| closed.insert(next)));
    }
    closed
}

fn proper_back_door_graph(dag: &Dag, treatments: &NodeSet, causal: &NodeSet) -> Dag {
    let mut graph = dag.clone();
    for treatment in treatments.iter() {
        for child in dag
            .children(treatment)
            .iter()
            .filter(|&child| causal.contains(child))
        {
            graph.remove_edge(treatment, child);
        }
    }
    graph
}

/// Whether no proper possibly directed path begins with an undirected edge.
///
/// Such a path leads from a neighbour of a treatment to an outcome, past the treatments and the parents of this treatment;
/// nothing else could lead back to it.
fn is_amenable(oriented: &Pdag, paths: &PossiblePaths, treatments: &NodeSet, outcomes: &NodeSet) -> bool {
    treatments.iter().all(|treatment| {
        let mut first = oriented.neighbours(treatment).clone();
        first.difference_with(treatments);
        let mut avoided = treatments.clone();
        avoided.union_with(oriented.parents(treatment));
        paths.descendants(&first, &avoided).is_disjoint(outcomes)
    })
}

fn union<'a>(nodes: &NodeSet, of: impl Fn(usize) -> &'a NodeSet) -> NodeSet {
    let mut union = NodeSet::new(nodes.n_nodes());
    for node in nodes.iter() {
        union.union_with(of(node));
    }
    union
}
