//! From statements to what is possible, and whether anything is.

use causal_graph::{NodeSet, Nodes, Pdag};

use super::{Knowledge, Statement, Statements};
use crate::{Error, Result};

impl Knowledge {
    /// The knowledge of statements over nodes of the graph.
    pub(super) fn from_statements(nodes: Nodes, statements: Statements) -> Result<Self> {
        let n_nodes = nodes.len();
        let tier_of = tiers_of_nodes(&nodes, &statements)?;
        let none = vec![NodeSet::new(n_nodes); n_nodes];
        let mut knowledge = Self {
            permitted: permitted(&nodes, &statements, &tier_of)?,
            required: none.clone(),
            required_adjacent: none,
            nodes,
            statements,
            tier_of,
        };
        knowledge.require_all()?;
        knowledge.check_acyclic()?;
        Ok(knowledge)
    }

    /// Enters the requirements: a required edge takes the other direction away, and a required adjacency of which one
    /// direction is left is a required edge.
    fn require_all(&mut self) -> Result<()> {
        for (from, to) in self.statements.required_edges.clone() {
            self.check_distinct(from, to)?;
            if !self.permitted[from].contains(to) {
                return Err(self.contradiction(self.required_edge(from, to), &[(from, to)]));
            }
            self.require(from, to);
        }
        for &(from, to) in &self.statements.required_edges {
            self.permitted[to].remove(from);
            if !self.permitted[from].contains(to) {
                return Err(Error::KnowledgeCycle {
                    cycle: vec![self.name(from), self.name(to)],
                });
            }
        }
        for (a, b) in self.statements.required_adjacencies.clone() {
            self.check_distinct(a, b)?;
            self.required_adjacent[a].insert(b);
            self.required_adjacent[b].insert(a);
            match (self.permitted[a].contains(b), self.permitted[b].contains(a)) {
                (true, true) => {}
                (true, false) => self.require(a, b),
                (false, true) => self.require(b, a),
                (false, false) => {
                    let statement = Statement::RequiredAdjacency {
                        a: self.name(a),
                        b: self.name(b),
                    };
                    return Err(self.contradiction(statement, &[(a, b), (b, a)]));
                }
            }
        }
        Ok(())
    }

    fn require(&mut self, from: usize, to: usize) {
        self.required[from].insert(to);
        self.required_adjacent[from].insert(to);
        self.required_adjacent[to].insert(from);
    }

    /// Checks that the required edges close no cycle, neither among themselves nor with the edges that lead from every
    /// node of a tier to every node of the next.
    fn check_acyclic(&self) -> Result<()> {
        // A node more for each tier stands between its nodes and those of the next: fewer edges, the same paths.
        let n_nodes = self.n_nodes();
        let names = (0..n_nodes + self.statements.tiers.len()).map(|node| node.to_string());
        let mut graph = Pdag::empty(Nodes::new(names)?);
        for (from, to) in self.required() {
            graph.add_directed(from, to)?;
        }
        for (tier_idx, tier) in self.statements.tiers.iter().enumerate() {
            let end = n_nodes + tier_idx;
            for &node in &tier.nodes {
                graph.add_directed(node, end)?;
                if tier_idx > 0 {
                    graph.add_directed(end - 1, node)?;
                }
            }
            if tier_idx > 0 {
                graph.add_directed(end - 1, end)?;
            }
        }
        let Some(cycle) = graph.directed_cycle() else {
            return Ok(());
        };
        Err(Error::KnowledgeCycle {
            cycle: cycle
                .into_iter()
                .filter(|&node| node < n_nodes)
                .map(|node| self.name(node))
                .collect(),
        })
    }

    /// The statements that take the directions away, each direction's first.
    fn contradiction(&self, statement: Statement, directions: &[(usize, usize)]) -> Error {
        let mut contradicts: Vec<Statement> = Vec::new();
        for &(from, to) in directions {
            if let Some(reason) = self.why_not(from, to)
                && !contradicts.contains(&reason)
            {
                contradicts.push(reason);
            }
        }
        Error::ContradictoryKnowledge {
            statement,
            contradicts,
        }
    }

    /// The statement that excludes the edge from `from` to `to`.
    pub(super) fn why_not(&self, from: usize, to: usize) -> Option<Statement> {
        let (from_name, to_name) = (self.name(from), self.name(to));
        let statements = &self.statements;
        let is_pair = |pair: &(usize, usize)| *pair == (from, to) || *pair == (to, from);
        if statements.forbidden_directions.contains(&(from, to)) {
            return Some(Statement::ForbiddenDirection {
                from: from_name,
                to: to_name,
            });
        }
        if statements.forbidden_adjacencies.iter().any(is_pair) {
            return Some(Statement::ForbiddenAdjacency {
                a: from_name,
                b: to_name,
            });
        }
        match (self.tier(from), self.tier(to)) {
            (Some(of_from), Some(of_to)) if of_from > of_to => {
                return Some(Statement::EarlierTier {
                    earlier: to_name,
                    later: from_name,
                });
            }
            (Some(of_from), Some(of_to)) if of_from == of_to && statements.tiers[of_from].is_closed => {
                return Some(Statement::ClosedTier {
                    a: from_name,
                    b: to_name,
                });
            }
            _ => {}
        }
        statements
            .required_edges
            .contains(&(to, from))
            .then(|| self.required_edge(to, from))
    }

    pub(super) fn required_edge(&self, from: usize, to: usize) -> Statement {
        Statement::RequiredEdge {
            from: self.name(from),
            to: self.name(to),
        }
    }

    pub(super) fn name(&self, node: usize) -> String {
        self.nodes.name(node).to_owned()
    }

    fn check_distinct(&self, a: usize, b: usize) -> Result<()> {
        check_distinct(&self.nodes, a, b)
    }
}

fn tiers_of_nodes(nodes: &Nodes, statements: &Statements) -> Result<Vec<Option<usize>>> {
    let mut tier_of = vec![None; nodes.len()];
    for (tier_idx, tier) in statements.tiers.iter().enumerate() {
        for &node in &tier.nodes {
            if let Some(first) = tier_of[node].replace(tier_idx) {
                return Err(Error::RepeatedTierNode {
                    node: nodes.name(node).to_owned(),
                    first,
                    second: tier_idx,
                });
            }
        }
    }
    Ok(tier_of)
}

/// The children that tiers and prohibitions leave to each node.
fn permitted(nodes: &Nodes, statements: &Statements, tier_of: &[Option<usize>]) -> Result<Vec<NodeSet>> {
    let n_nodes = nodes.len();
    let mut permitted = vec![NodeSet::full(n_nodes); n_nodes];
    // The nodes of all tiers up to the present one, which are no children of those that come later.
    let mut earlier = NodeSet::new(n_nodes);
    for tier in &statements.tiers {
        let members = NodeSet::with(n_nodes, tier.nodes.iter().copied());
        for &node in &tier.nodes {
            permitted[node].difference_with(&earlier);
            if tier.is_closed {
                permitted[node].difference_with(&members);
            }
        }
        earlier.union_with(&members);
    }
    debug_assert_eq!(earlier.len(), tier_of.iter().flatten().count());
    for (node, children) in permitted.iter_mut().enumerate() {
        children.remove(node);
    }
    for &(from, to) in &statements.forbidden_directions {
        check_distinct(nodes, from, to)?;
        permitted[from].remove(to);
    }
    for &(a, b) in &statements.forbidden_adjacencies {
        check_distinct(nodes, a, b)?;
        permitted[a].remove(b);
        permitted[b].remove(a);
    }
    Ok(permitted)
}

fn check_distinct(nodes: &Nodes, a: usize, b: usize) -> Result<()> {
    if a != b {
        return Ok(());
    }
    Err(causal_graph::Error::SelfLoop {
        node: nodes.name(a).to_owned(),
    }
    .into())
}
