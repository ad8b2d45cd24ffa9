//! Which parents a node may and must have.

use causal_graph::NodeSet;

use crate::score::check_n_variables;
use crate::{Error, Knowledge, Result};

/// Background knowledge and a limit, seen from the child.
#[derive(Debug, Clone)]
pub(crate) struct ParentConstraints {
    /// The parents that each child may have.
    possible: Vec<NodeSet>,
    /// The parents that each child must have if they come before it.
    required: Vec<NodeSet>,
    /// The nodes that come before each node in every order worth a look.
    before: Vec<NodeSet>,
    max_parents: usize,
}

impl ParentConstraints {
    /// The constraints of `knowledge` on a score of `n_variables` variables; no more than `max_parents` parents a child.
    ///
    /// # Errors
    ///
    /// [`Error::Graph`] if the score is of another number of variables, [`Error::Parameter`] if a child may have to have
    /// more parents than the limit allows.
    pub(crate) fn new(knowledge: &Knowledge, n_variables: usize, max_parents: Option<usize>) -> Result<Self> {
        let n_nodes = knowledge.n_nodes();
        check_n_variables(n_variables, n_nodes)?;
        let most = n_nodes.saturating_sub(1);
        let of_each_child = |relates: &dyn Fn(usize, usize) -> bool| -> Vec<NodeSet> {
            let parents =
                |child| NodeSet::with(n_nodes, (0..n_nodes).filter(|&parent| relates(parent, child)));
            (0..n_nodes).map(parents).collect()
        };
        // An order against the tiers is never better than the same order sorted by them, if all nodes have one.
        let all_tiered = (0..n_nodes).all(|node| knowledge.tier(node).is_some());
        let constraints = Self {
            possible: of_each_child(&|parent, child| knowledge.may_direct(parent, child)),
            required: of_each_child(&|parent, child| {
                knowledge.requires_join(parent, child) && knowledge.may_direct(parent, child)
            }),
            before: of_each_child(&|first, second| {
                knowledge.requires(first, second)
                    || (all_tiered && knowledge.tier(first) < knowledge.tier(second))
            }),
            max_parents: max_parents.unwrap_or(most).min(most),
        };
        let n_required = constraints.required.iter().map(NodeSet::len).max().unwrap_or(0);
        if constraints.max_parents < n_required {
            return Err(Error::Parameter {
                name: "max_parents",
                value: constraints.max_parents as f64,
                expected: "at least the number of parents that the knowledge may require of a node",
            });
        }
        Ok(constraints)
    }

    /// The number of nodes.
    pub(crate) fn n_nodes(&self) -> usize {
        self.possible.len()
    }

    /// The greatest number of parents of a child.
    pub(crate) fn max_parents(&self) -> usize {
        self.max_parents
    }

    /// Whether `parent` may be a parent of `child`.
    pub(crate) fn allows(&self, parent: usize, child: usize) -> bool {
        self.possible[child].contains(parent)
    }

    /// Whether `parent` must be a parent of `child` if it comes before it.
    pub(crate) fn requires(&self, parent: usize, child: usize) -> bool {
        self.required[child].contains(parent)
    }

    /// The parents that `child` may have.
    pub(crate) fn possible(&self, child: usize) -> &NodeSet {
        &self.possible[child]
    }

    /// The parents that `child` must have of those that come before it.
    pub(crate) fn required(&self, child: usize) -> &NodeSet {
        &self.required[child]
    }

    /// The nodes that come before `node` in every order worth a look.
    pub(crate) fn before(&self, node: usize) -> &NodeSet {
        &self.before[node]
    }

    /// Whether the order may hold `first` somewhere before `second`.
    pub(crate) fn may_precede(&self, first: usize, second: usize) -> bool {
        !self.before[first].contains(second)
    }
}
