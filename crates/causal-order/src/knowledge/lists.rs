//! How serde writes knowledge.

use causal_graph::Nodes;
use serde::{Deserialize, Serialize};

use super::{Knowledge, KnowledgeBuilder};
use crate::{Error, Result};

/// The statements by name.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KnowledgeLists {
    nodes: Nodes,
    #[serde(default)]
    tiers: Vec<TierList>,
    #[serde(default)]
    required_edges: Vec<(String, String)>,
    #[serde(default)]
    required_adjacencies: Vec<(String, String)>,
    #[serde(default)]
    forbidden_directions: Vec<(String, String)>,
    #[serde(default)]
    forbidden_adjacencies: Vec<(String, String)>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TierList {
    nodes: Vec<String>,
    #[serde(default)]
    closed: bool,
}

impl TryFrom<KnowledgeLists> for Knowledge {
    type Error = Error;

    fn try_from(lists: KnowledgeLists) -> Result<Self> {
        let mut builder = KnowledgeBuilder::new(lists.nodes);
        for tier in lists.tiers {
            builder = if tier.closed {
                builder.closed_tier(tier.nodes)
            } else {
                builder.tier(tier.nodes)
            };
        }
        for (from, to) in lists.required_edges {
            builder = builder.require(from, to);
        }
        for (a, b) in lists.required_adjacencies {
            builder = builder.require_adjacency(a, b);
        }
        for (from, to) in lists.forbidden_directions {
            builder = builder.forbid(from, to);
        }
        for (a, b) in lists.forbidden_adjacencies {
            builder = builder.forbid_adjacency(a, b);
        }
        builder.build()
    }
}

impl From<Knowledge> for KnowledgeLists {
    fn from(knowledge: Knowledge) -> Self {
        let nodes = knowledge.nodes;
        let statements = knowledge.statements;
        let name = |node: usize| nodes.name(node).to_owned();
        let named = |pairs: Vec<(usize, usize)>| pairs.into_iter().map(|(a, b)| (name(a), name(b))).collect();
        Self {
            tiers: statements
                .tiers
                .into_iter()
                .map(|tier| TierList {
                    nodes: tier.nodes.into_iter().map(name).collect(),
                    closed: tier.is_closed,
                })
                .collect(),
            required_edges: named(statements.required_edges),
            required_adjacencies: named(statements.required_adjacencies),
            forbidden_directions: named(statements.forbidden_directions),
            forbidden_adjacencies: named(statements.forbidden_adjacencies),
            nodes,
        }
    }
}
