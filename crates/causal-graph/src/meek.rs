//! Meek's rules.

use crate::{NodeSet, Pdag};

impl Pdag {
    /// Directs every undirected edge whose direction follows from the directed ones, and gives the number of edges directed.
    ///
    /// ```text
    /// a - b becomes a -> b if there is
    /// rule 1   c -> a, c and b not joined             else a new collider at a
    /// rule 2   a -> c -> b                            else a cycle
    /// rule 3   a - c -> b, a - d -> b,                else a cycle or a new collider at a
    ///          c and d not joined
    /// rule 4   a - c, c -> d -> b, a and d joined,    else a cycle or a new collider at a
    ///          c and b not joined
    /// ```
    ///
    /// If all colliders are directed, and whatever else is directed comes from some DAG with these colliders (background
    /// knowledge), an edge is undirected afterwards exactly if such DAGs do not agree on its direction. Rule 4 is only
    /// needed with background knowledge. If no DAG is consistent with the graph, the first rule that applies to an
    /// edge directs it, and the directed edges may form a cycle.
    ///
    /// # Complexity
    ///
    /// O(n² / 64 + m u (n / 64 + u)), m the number of edges and u the greatest number of undirected edges at a node: every
    /// directed edge is looked at once.
    ///
    /// # Reference
    ///
    /// C. Meek, "Causal inference and causal explanation with background knowledge", UAI 1995, figure 1.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{Nodes, Pdag};
    ///
    /// // 0 -> 1 - 2 - 3: rule 1 twice.
    /// let mut pdag = Pdag::from_edges(Nodes::numbered(4), [(0, 1)], [(1, 2), (2, 3)])?;
    /// assert_eq!(pdag.apply_meek_rules(), 2);
    /// assert!(pdag.has_directed(1, 2) && pdag.has_directed(2, 3));
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn apply_meek_rules(&mut self) -> usize {
        let edges = self.directed_edges().collect();
        close(self, &self.adjacency(), edges).len()
    }
}

/// Applies the rules wherever one of `new` takes part, and wherever what they direct does; gives the edges directed.
pub(crate) fn close(pdag: &mut Pdag, adjacent: &[NodeSet], new: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    let n_new = new.len();
    let mut edges = new;
    let mut found = Vec::new();
    let mut next = 0;
    while let Some(&(from, to)) = edges.get(next) {
        next += 1;
        consequences(pdag, adjacent, from, to, &mut found);
        for (a, b) in found.drain(..) {
            if pdag.has_undirected(a, b) {
                pdag.direct(a, b);
                edges.push((a, b));
            }
        }
    }
    edges.split_off(n_new)
}

/// The edges that a rule directs because `u -> v` is directed; every premise that is a directed edge is taken in turn.
fn consequences(pdag: &Pdag, adjacent: &[NodeSet], u: usize, v: usize, found: &mut Vec<(usize, usize)>) {
    let (near_u, near_v) = (pdag.neighbours(u), pdag.neighbours(v));
    let are_joined = |a: usize, b: usize| adjacent[a].contains(b);

    // Rule 1, c -> a.
    found.extend(near_v.iter().filter(|&b| !are_joined(u, b)).map(|b| (v, b)));

    // Rule 2, a -> c, then c -> b.
    found.extend(meet(near_u, pdag.children(v)).map(|b| (u, b)));
    found.extend(meet(near_v, pdag.parents(u)).map(|a| (a, v)));

    // Rule 3, c -> b.
    let is_apex = |&a: &usize| meet(pdag.neighbours(a), pdag.parents(v)).any(|d| d != u && !are_joined(d, u));
    found.extend(meet(near_u, near_v).filter(is_apex).map(|a| (a, v)));

    // Rule 4, c -> d, then d -> b.
    for a in meet(near_u, &adjacent[v]) {
        let targets = meet(pdag.neighbours(a), pdag.children(v)).filter(|&b| b != u && !are_joined(u, b));
        found.extend(targets.map(|b| (a, b)));
    }
    let has_start =
        |&a: &usize| meet(pdag.neighbours(a), pdag.parents(u)).any(|c| c != v && !are_joined(c, v));
    found.extend(meet(near_v, &adjacent[u]).filter(has_start).map(|a| (a, v)));
}

/// The nodes of `few` that are in `other` too.
fn meet<'a>(few: &'a NodeSet, other: &'a NodeSet) -> impl Iterator<Item = usize> + 'a {
    few.iter().filter(|&node| other.contains(node))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Nodes;

    /// Applies the rules to four nodes and gives the edges directed by them.
    fn directed(directed: &[(usize, usize)], undirected: &[(usize, usize)]) -> Vec<(usize, usize)> {
        let edges = (directed.iter().copied(), undirected.iter().copied());
        let mut pdag = Pdag::from_edges(Nodes::numbered(4), edges.0, edges.1).expect("edges of a graph");
        let n_directed = pdag.apply_meek_rules();
        let new: Vec<_> = pdag
            .directed_edges()
            .filter(|edge| !directed.contains(edge))
            .collect();
        assert_eq!(new.len(), n_directed);
        new
    }

    #[test]
    fn rule_1_avoids_a_new_collider() {
        assert_eq!(directed(&[(0, 1)], &[(1, 2)]), [(1, 2)]);
        // Joined, they can be a collider.
        assert_eq!(directed(&[(0, 1)], &[(1, 2), (0, 2)]), []);
        // The edge leads away.
        assert_eq!(directed(&[(1, 0)], &[(1, 2)]), []);
    }

    #[test]
    fn rule_2_avoids_a_cycle() {
        assert_eq!(directed(&[(0, 1), (1, 2)], &[(0, 2)]), [(0, 2)]);
        assert_eq!(directed(&[(0, 1), (2, 1)], &[(0, 2)]), []);
    }

    #[test]
    fn rule_3_avoids_a_cycle_or_a_collider_at_the_apex() {
        assert_eq!(directed(&[(1, 3), (2, 3)], &[(0, 1), (0, 2), (0, 3)]), [(0, 3)]);
        // The two parents of 3 are joined.
        assert_eq!(directed(&[(1, 3), (2, 3)], &[(0, 1), (0, 2), (0, 3), (1, 2)]), []);
    }

    #[test]
    fn rule_4_avoids_a_cycle_or_a_collider_at_the_apex() {
        // 0 - 1 -> 2 -> 3 - 0, and 0 - 2: 3 -> 0 would make 2 -> 0 and with it the collider 3 -> 0 <- 1, or the cycle.
        assert_eq!(directed(&[(1, 2), (2, 3)], &[(0, 1), (0, 2), (0, 3)]), [(0, 3)]);
        // It does not matter that 0 and 2 are joined by a directed edge, which other rules take into account.
        assert_eq!(directed(&[(1, 2), (2, 3), (0, 2)], &[(0, 1), (0, 3)]), [(0, 3)]);
        // 1 and 3 are joined.
        assert_eq!(directed(&[(1, 2), (2, 3), (1, 3)], &[(0, 1), (0, 2), (0, 3)]), []);
    }

    #[test]
    fn what_a_rule_directs_has_consequences() {
        let path = (1..500).map(|node| (node, node + 1));
        let mut pdag = Pdag::from_edges(Nodes::numbered(501), [(0, 1)], path).expect("a path");
        assert_eq!(pdag.apply_meek_rules(), 499);
        assert_eq!(pdag.apply_meek_rules(), 0);
        assert!(pdag.has_directed(499, 500));
    }

    #[test]
    fn a_graph_without_extension_is_directed_all_the_same() {
        // Two edges into one path from both ends: one of them wins.
        assert_eq!(directed(&[(0, 1), (3, 2)], &[(1, 2)]).len(), 1);
    }
}
