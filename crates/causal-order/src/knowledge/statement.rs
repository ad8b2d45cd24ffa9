//! A statement of knowledge, by the names of its nodes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One thing that is known, as errors report it.
///
/// # Examples
///
/// ```
/// use causal_order::Statement;
///
/// let statement = Statement::RequiredEdge { from: "smoke".into(), to: "lung".into() };
/// assert_eq!(statement.to_string(), "`smoke` -> `lung` is required");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Statement {
    /// The graph has the edge, in this direction.
    RequiredEdge {
        /// The cause.
        from: String,
        /// The effect.
        to: String,
    },
    /// The two nodes are joined.
    RequiredAdjacency {
        /// The one node.
        a: String,
        /// The other.
        b: String,
    },
    /// There is no edge in this direction.
    ForbiddenDirection {
        /// What is no cause.
        from: String,
        /// What is not its effect.
        to: String,
    },
    /// The two nodes are not joined.
    ForbiddenAdjacency {
        /// The one node.
        a: String,
        /// The other.
        b: String,
    },
    /// One node is in an earlier tier than another.
    EarlierTier {
        /// The node of the earlier tier.
        earlier: String,
        /// The node of the later tier.
        later: String,
    },
    /// Two nodes are in a tier whose nodes are not joined.
    ClosedTier {
        /// The one node.
        a: String,
        /// The other.
        b: String,
    },
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RequiredEdge { from, to } => write!(f, "`{from}` -> `{to}` is required"),
            Self::RequiredAdjacency { a, b } => write!(f, "an edge between `{a}` and `{b}` is required"),
            Self::ForbiddenDirection { from, to } => write!(f, "`{from}` -> `{to}` is forbidden"),
            Self::ForbiddenAdjacency { a, b } => write!(f, "an edge between `{a}` and `{b}` is forbidden"),
            Self::EarlierTier { earlier, later } => {
                write!(f, "`{earlier}` is in an earlier tier than `{later}`")
            }
            Self::ClosedTier { a, b } => write!(f, "`{a}` and `{b}` are in one closed tier"),
        }
    }
}
