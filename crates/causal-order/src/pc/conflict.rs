//! What did not fit together.

use causal_graph::Nodes;
use serde::{Deserialize, Serialize};

/// An unshielded collider `x -> middle <- z`, `x < z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collider {
    /// The one cause.
    pub x: usize,
    /// The effect.
    pub middle: usize,
    /// The other cause.
    pub z: usize,
}

/// Evidence that contradicts other evidence, or knowledge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Conflict {
    /// A collider directs an edge that another one directs the other way; the policy says which one the graph shows.
    OpposedColliders {
        /// The collider that came later.
        collider: Collider,
        /// Its edge.
        edge: (usize, usize),
    },
    /// A collider directs an edge as knowledge excludes it; it is not in the graph.
    AgainstKnowledge {
        /// The collider.
        collider: Collider,
        /// Its excluded edge.
        edge: (usize, usize),
    },
    /// A direction would close a cycle of directed edges; it is not in the graph.
    Cycle {
        /// The edge that was not directed so.
        edge: (usize, usize),
        /// The nodes along the cycle, from the end of the edge to its start.
        cycle: Vec<usize>,
    },
    /// Two other colliders, knowledge, or the rules lead to a collider that the tests deny.
    DeniedCollider {
        /// The collider, which is in the graph.
        collider: Collider,
    },
    /// No DAG has the directions and the colliders of the graph and no other colliders but at undecided triples.
    NoExtension {
        /// The undirected edges that cannot be directed together.
        edges: Vec<(usize, usize)>,
    },
}

impl Conflict {
    /// The edges that clash, each from cause to effect where it has a direction.
    pub fn edges(&self) -> Vec<(usize, usize)> {
        match self {
            Self::OpposedColliders { edge, .. } | Self::AgainstKnowledge { edge, .. } => vec![*edge],
            Self::Cycle { edge, cycle } => std::iter::once(*edge)
                .chain(cycle.windows(2).map(|pair| (pair[0], pair[1])))
                .collect(),
            Self::DeniedCollider { collider } => {
                vec![(collider.x, collider.middle), (collider.z, collider.middle)]
            }
            Self::NoExtension { edges } => edges.clone(),
        }
    }

    /// The conflict in words, with the names of the nodes.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::Nodes;
    /// use causal_order::{Collider, Conflict};
    ///
    /// let conflict = Conflict::OpposedColliders {
    ///     collider: Collider { x: 0, middle: 1, z: 2 },
    ///     edge: (2, 1),
    /// };
    /// assert_eq!(
    ///     conflict.describe(&Nodes::new(["a", "b", "c"])?),
    ///     "the collider `a` -> `b` <- `c` directs `c` -> `b`, another one the other way"
    /// );
    /// # Ok::<(), causal_order::Error>(())
    /// ```
    pub fn describe(&self, nodes: &Nodes) -> String {
        let name = |node: &usize| format!("`{}`", nodes.name(*node));
        let arrow = |(from, to): &(usize, usize)| format!("{} -> {}", name(from), name(to));
        let triple = |collider: &Collider| {
            format!(
                "the collider {} -> {} <- {}",
                name(&collider.x),
                name(&collider.middle),
                name(&collider.z)
            )
        };
        match self {
            Self::OpposedColliders { collider, edge } => {
                format!(
                    "{} directs {}, another one the other way",
                    triple(collider),
                    arrow(edge)
                )
            }
            Self::AgainstKnowledge { collider, edge } => {
                format!(
                    "{} directs {}, which knowledge excludes",
                    triple(collider),
                    arrow(edge)
                )
            }
            Self::Cycle { edge, cycle } => format!(
                "{} closes a cycle with {}",
                arrow(edge),
                cycle.iter().map(name).collect::<Vec<_>>().join(" -> ")
            ),
            Self::DeniedCollider { collider } => {
                format!("{} follows, but the tests deny it", triple(collider))
            }
            Self::NoExtension { edges } => format!(
                "no DAG has the colliders of the graph and no others: {} cannot be directed together",
                edges
                    .iter()
                    .map(|(a, b)| format!("{} - {}", name(a), name(b)))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        }
    }
}
