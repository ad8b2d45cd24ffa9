//! The basis of the network simplex: a spanning tree of the source points, the target points and a root.

use crate::Move;

/// No node.
const NONE: u32 = u32::MAX;

/// A strongly feasible spanning tree: along its arcs every node can send mass to the root.
///
/// Nodes are the sources `0..n`, the targets `n..n + m` and the root `n + m`. A real arc leads from a source to a
/// target. An artificial arc leads from a point to the root; since none leads out of the root, none ever carries mass,
/// and its cost does not matter: the potential at its point is free.
///
/// The arc between a node and its parent is stored at the node.
pub(super) struct SpanningTree {
    n_sources: usize,
    nodes: Vec<Node>,
    /// `f_i` at source i, `-g_j` at target j: the difference along a tree arc is its cost.
    potentials: Vec<f64>,
    /// Nodes still to be visited by a traversal.
    stack: Vec<u32>,
}

#[derive(Clone, Copy)]
struct Node {
    parent: u32,
    first_child: u32,
    next_sibling: u32,
    previous_sibling: u32,
    depth: u32,
    /// The mass on the arc to the parent.
    mass: f64,
}

impl SpanningTree {
    /// The tree of `moves` that carry mass and contain no cycle. Each component hangs by an artificial arc, at a source
    /// whose potential is given; the other potentials follow from `arc_cost`.
    pub(super) fn new(
        n_sources: usize,
        n_targets: usize,
        moves: &[Move],
        source_potentials: &[f64],
        arc_cost: impl Fn(usize, usize) -> f64,
    ) -> Self {
        let n_nodes = n_sources + n_targets;
        let mut neighbours = vec![Vec::new(); n_nodes];
        for entry in moves {
            neighbours[entry.source].push((n_sources + entry.target, entry.mass));
            neighbours[n_sources + entry.target].push((entry.source, entry.mass));
        }
        let detached = Node {
            parent: NONE,
            first_child: NONE,
            next_sibling: NONE,
            previous_sibling: NONE,
            depth: 0,
            mass: 0.0,
        };
        let mut tree = Self {
            n_sources,
            nodes: vec![detached; n_nodes + 1],
            potentials: vec![0.0; n_nodes + 1],
            stack: Vec::new(),
        };
        // Sources first: a target is left over only when it receives nothing.
        for start in 0..n_nodes {
            if tree.nodes[start].parent != NONE {
                continue;
            }
            tree.attach(start, n_nodes, 0.0);
            tree.nodes[start].depth = 1;
            tree.potentials[start] = source_potentials.get(start).copied().unwrap_or(0.0);
            tree.stack.push(start as u32);
            while let Some(node) = tree.stack.pop() {
                let node = node as usize;
                for &(neighbour, mass) in &neighbours[node] {
                    if tree.nodes[neighbour].parent == NONE {
                        tree.attach(neighbour, node, mass);
                        tree.nodes[neighbour].depth = tree.nodes[node].depth + 1;
                        tree.potentials[neighbour] = if node < n_sources {
                            tree.potentials[node] - arc_cost(node, neighbour - n_sources)
                        } else {
                            tree.potentials[node] + arc_cost(neighbour, node - n_sources)
                        };
                        tree.stack.push(neighbour as u32);
                    }
                }
            }
        }
        tree
    }

    /// `f`.
    pub(super) fn source_potentials(&self) -> &[f64] {
        &self.potentials[..self.n_sources]
    }

    /// `-g`, the price of the targets.
    pub(super) fn prices(&self) -> &[f64] {
        &self.potentials[self.n_sources..self.nodes.len() - 1]
    }

    /// The largest magnitude of a potential.
    pub(super) fn largest_potential(&self) -> f64 {
        self.potentials
            .iter()
            .fold(0.0, |largest, value| value.abs().max(largest))
    }

    /// Takes the arc from `source` to `target`, of the (negative) `reduced_cost`, into the tree, sends through the cycle
    /// that it closes what the cycle can carry, and drops an arc that is left without mass.
    ///
    /// Of several such arcs the one dropped is the last along the cycle, which keeps the tree strongly feasible:
    /// no sequence of pivots without mass comes back to the same tree (Cunningham, 1976).
    pub(super) fn pivot(&mut self, source: usize, target: usize, reduced_cost: f64) {
        let entering_target = self.n_sources + target;
        // Mass goes from the target up to the common ancestor and down to the source. An arc against that direction
        // loses mass: on the way up the arcs of targets (led to by their parents), on the way down those of sources.
        let (mut up, mut down) = (entering_target, source);
        let (mut mass, mut leaving, mut leaves_upward) = (f64::INFINITY, NONE, false);
        while up != down {
            let (up_depth, down_depth) = (self.nodes[up].depth, self.nodes[down].depth);
            if up_depth >= down_depth {
                let node = &self.nodes[up];
                let loses = up >= self.n_sources && !self.is_artificial(node);
                // At equal mass the later arc of the cycle: the upward part comes last.
                if loses && node.mass <= mass {
                    (mass, leaving, leaves_upward) = (node.mass, up as u32, true);
                }
                up = node.parent as usize;
            }
            if down_depth >= up_depth {
                let node = &self.nodes[down];
                let loses = down < self.n_sources || self.is_artificial(node);
                if loses && node.mass < mass {
                    (mass, leaving, leaves_upward) = (node.mass, down as u32, false);
                }
                down = node.parent as usize;
            }
        }
        let ancestor = up;
        if mass > 0.0 {
            self.send_up(entering_target, ancestor, mass);
            self.send_down(source, ancestor, mass);
        }
        if leaves_upward {
            self.rehang(entering_target, leaving as usize, source, mass, -reduced_cost);
        } else {
            self.rehang(source, leaving as usize, entering_target, mass, reduced_cost);
        }
    }

    /// Calls `visit` with every real arc of the tree.
    pub(super) fn for_each_arc(&self, mut visit: impl FnMut(Move)) {
        let n_nodes = self.nodes.len() - 1;
        for (node, entry) in self.nodes[..n_nodes].iter().enumerate() {
            let parent = entry.parent as usize;
            if parent == n_nodes {
                continue;
            }
            let (source, target) = if node < self.n_sources {
                (node, parent)
            } else {
                (parent, node)
            };
            visit(Move {
                source,
                target: target - self.n_sources,
                mass: entry.mass,
            });
        }
    }

    /// Computes all potentials afresh, without the rounding that pivots add up.
    pub(super) fn restore_potentials(&mut self, arc_cost: impl Fn(usize, usize) -> f64) {
        let root = self.nodes.len() - 1;
        self.stack.clear();
        self.stack.push(root as u32);
        while let Some(node) = self.stack.pop() {
            let node = node as usize;
            let mut child = self.nodes[node].first_child;
            while child != NONE {
                let index = child as usize;
                if node != root {
                    self.potentials[index] = if node < self.n_sources {
                        self.potentials[node] - arc_cost(node, index - self.n_sources)
                    } else {
                        self.potentials[node] + arc_cost(index, node - self.n_sources)
                    };
                }
                self.stack.push(child);
                child = self.nodes[index].next_sibling;
            }
        }
    }

    fn is_artificial(&self, node: &Node) -> bool {
        node.parent as usize == self.nodes.len() - 1
    }

    fn send_up(&mut self, from: usize, ancestor: usize, mass: f64) {
        let mut node = from;
        while node != ancestor {
            self.nodes[node].mass += if node < self.n_sources { mass } else { -mass };
            node = self.nodes[node].parent as usize;
        }
    }

    fn send_down(&mut self, to: usize, ancestor: usize, mass: f64) {
        let mut node = to;
        while node != ancestor {
            self.nodes[node].mass += if node < self.n_sources { -mass } else { mass };
            node = self.nodes[node].parent as usize;
        }
    }

    /// Cuts the subtree below `cut` off, makes `top` its root, hangs it below `parent` by an arc of the given mass and
    /// adds `shift` to its potentials.
    fn rehang(&mut self, top: usize, cut: usize, parent: usize, mass: f64, shift: f64) {
        // The path from `top` to `cut` turns round; each arc moves to its other end.
        let (mut node, mut new_parent, mut new_mass) = (top, parent, mass);
        loop {
            let (old_parent, old_mass) = (self.nodes[node].parent as usize, self.nodes[node].mass);
            self.detach(node);
            self.attach(node, new_parent, new_mass);
            if node == cut {
                break;
            }
            (new_parent, new_mass) = (node, old_mass);
            node = old_parent;
        }
        self.nodes[top].depth = self.nodes[parent].depth + 1;
        self.potentials[top] += shift;
        self.stack.clear();
        self.stack.push(top as u32);
        while let Some(node) = self.stack.pop() {
            let depth = self.nodes[node as usize].depth + 1;
            let mut child = self.nodes[node as usize].first_child;
            while child != NONE {
                let entry = &mut self.nodes[child as usize];
                entry.depth = depth;
                self.potentials[child as usize] += shift;
                if entry.first_child != NONE {
                    self.stack.push(child);
                }
                child = entry.next_sibling;
            }
        }
    }

    fn detach(&mut self, node: usize) {
        let Node {
            parent,
            next_sibling,
            previous_sibling,
            ..
        } = self.nodes[node];
        if previous_sibling == NONE {
            self.nodes[parent as usize].first_child = next_sibling;
        } else {
            self.nodes[previous_sibling as usize].next_sibling = next_sibling;
        }
        if next_sibling != NONE {
            self.nodes[next_sibling as usize].previous_sibling = previous_sibling;
        }
    }

    fn attach(&mut self, node: usize, parent: usize, mass: f64) {
        let next_sibling = self.nodes[parent].first_child;
        if next_sibling != NONE {
            self.nodes[next_sibling as usize].previous_sibling = node as u32;
        }
        self.nodes[parent].first_child = node as u32;
        let entry = &mut self.nodes[node];
        entry.parent = parent as u32;
        entry.next_sibling = next_sibling;
        entry.previous_sibling = NONE;
        entry.mass = mass;
    }
}
