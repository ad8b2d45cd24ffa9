//! What is known before the search, from the command line.

use causal_graph::Nodes;
use causal_order::Knowledge;

use crate::support::exit::bad_input;

/// Tiers, required and forbidden edges.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct KnowledgeArguments {
    /// Tiers, earliest first: no edge leads from a later tier into an earlier one
    #[arg(long, value_name = "A,B;C;D")]
    tiers: Option<String>,
    /// An edge that must be there; may be given several times
    #[arg(long, value_name = "A->B")]
    require: Vec<String>,
    /// An edge that must not be there in this direction; may be given several times
    #[arg(long, value_name = "A->B")]
    forbid: Vec<String>,
}

impl KnowledgeArguments {
    /// The knowledge over these columns.
    pub(crate) fn knowledge(&self, nodes: &Nodes) -> anyhow::Result<Knowledge> {
        let mut builder = Knowledge::builder(nodes.clone());
        for tier in self.tiers.iter().flat_map(|tiers| tiers.split(';')) {
            builder = builder.tier(tier.split(',').map(str::trim).filter(|name| !name.is_empty()));
        }
        for text in &self.require {
            let (from, to) = edge("--require", text)?;
            builder = builder.require(from, to);
        }
        for text in &self.forbid {
            let (from, to) = edge("--forbid", text)?;
            builder = builder.forbid(from, to);
        }
        builder.build().map_err(bad_input)
    }
}

fn edge<'a>(option: &str, text: &'a str) -> anyhow::Result<(&'a str, &'a str)> {
    text.split_once("->")
        .map(|(from, to)| (from.trim(), to.trim()))
        .ok_or_else(|| bad_input(format!("{option} is `{text}`: expected A->B")))
}
