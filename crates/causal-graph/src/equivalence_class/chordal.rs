//! Chordal graphs: lexicographic breadth-first search and clique trees.

/// The undirected graph induced by some nodes, which are numbered anew.
pub(super) struct Subgraph {
    /// By new number, the adjacent nodes in ascending order.
    pub(super) adjacent: Vec<Vec<usize>>,
}

/// The order of a lexicographic breadth-first search that begins with a clique.
pub(super) struct LexBfs {
    /// The nodes in the order of the search: for a chordal graph, those before a node and joined to it are a clique.
    pub(super) order: Vec<usize>,
    /// Behind the clique: sets of nodes with the same neighbours among all nodes before the set. All edges between two
    /// of them, and from the clique, are directed if the clique comes first; edges inside one are not.
    pub(super) groups: Vec<Vec<usize>>,
}

/// The maximal cliques of a connected chordal graph as a tree, whose root is the first: a node is in cliques that are
/// connected with each other.
pub(super) struct CliqueTree {
    pub(super) cliques: Vec<Vec<usize>>,
    /// The clique above, and what it has in common with this one; None for the root.
    pub(super) above: Vec<Option<(usize, Vec<usize>)>>,
}

impl Subgraph {
    /// The search by partition refinement: the nodes that are left are an ordered partition, all nodes of a part have
    /// the same neighbours among those that are done.
    pub(super) fn lex_bfs(&self, clique: &[usize]) -> LexBfs {
        let n_nodes = self.adjacent.len();
        let mut is_grouped = vec![false; n_nodes];
        for &node in clique {
            is_grouped[node] = true;
        }
        let mut order = clique.to_vec();
        order.extend((0..n_nodes).filter(|&node| !is_grouped[node]));
        let mut parts = Partition::new(order, clique.len());
        let mut groups = Vec::new();
        for place in 0..n_nodes {
            let node = parts.order[place];
            if !is_grouped[node] {
                let group = parts.part_of(node).to_vec();
                for &member in &group {
                    is_grouped[member] = true;
                }
                groups.push(group);
            }
            parts.take_first(place);
            parts.refine(place, &self.adjacent[node]);
        }
        LexBfs {
            order: parts.order,
            groups,
        }
    }

    /// The clique tree that an order of [`lex_bfs`](Self::lex_bfs) builds: a node joins the clique of its last neighbour
    /// before it if all of that clique are its neighbours, and begins a clique below it otherwise.
    pub(super) fn clique_tree(&self, order: &[usize]) -> CliqueTree {
        let mut positions = vec![0; order.len()];
        for (position, &node) in order.iter().enumerate() {
            positions[node] = position;
        }
        let mut tree = CliqueTree {
            cliques: Vec::new(),
            above: Vec::new(),
        };
        let mut clique_of = vec![0; order.len()];
        for (position, &node) in order.iter().enumerate() {
            let is_before = |other: &&usize| positions[**other] < position;
            let before: Vec<usize> = self.adjacent[node].iter().filter(is_before).copied().collect();
            let last = before.iter().max_by_key(|&&other| positions[other]);
            let above = last.map(|&last| clique_of[last]);
            match above {
                Some(above) if tree.cliques[above].len() == before.len() => {
                    tree.cliques[above].push(node);
                    clique_of[node] = above;
                }
                _ => {
                    clique_of[node] = tree.cliques.len();
                    let mut clique = before.clone();
                    clique.push(node);
                    tree.cliques.push(clique);
                    tree.above.push(above.map(|above| (above, before)));
                }
            }
        }
        tree
    }
}

/// An ordered partition of nodes that have a place each; a part is a range of places.
struct Partition {
    order: Vec<usize>,
    places: Vec<usize>,
    /// By node, the number of its part.
    parts: Vec<usize>,
    starts: Vec<usize>,
    ends: Vec<usize>,
    /// By part, how many of its nodes stand in front because they are to be split off.
    n_moved: Vec<usize>,
}

impl Partition {
    /// Two parts: the first `n_first` nodes, and the others.
    fn new(order: Vec<usize>, n_first: usize) -> Self {
        let n_nodes = order.len();
        let (mut places, mut parts) = (vec![0; n_nodes], vec![1; n_nodes]);
        for (place, &node) in order.iter().enumerate() {
            places[node] = place;
            parts[node] = usize::from(place >= n_first);
        }
        Self {
            order,
            places,
            parts,
            starts: vec![0, n_first],
            ends: vec![n_first, n_nodes],
            n_moved: vec![0, 0],
        }
    }

    fn part_of(&self, node: usize) -> &[usize] {
        let part = self.parts[node];
        &self.order[self.starts[part]..self.ends[part]]
    }

    /// Takes the node at `place`, the first of the first part, out of its part.
    fn take_first(&mut self, place: usize) {
        self.starts[self.parts[self.order[place]]] = place + 1;
    }

    /// Splits every part behind `place` into those that are among `neighbours` and, behind them, those that are not.
    fn refine(&mut self, place: usize, neighbours: &[usize]) {
        let mut touched = Vec::new();
        for &node in neighbours {
            if self.places[node] <= place {
                continue;
            }
            let part = self.parts[node];
            if self.n_moved[part] == 0 {
                touched.push(part);
            }
            let (from, to) = (self.places[node], self.starts[part] + self.n_moved[part]);
            self.order.swap(from, to);
            self.places[self.order[from]] = from;
            self.places[node] = to;
            self.n_moved[part] += 1;
        }
        for part in touched {
            let (start, middle) = (self.starts[part], self.starts[part] + self.n_moved[part]);
            self.n_moved[part] = 0;
            if middle < self.ends[part] {
                for &node in &self.order[start..middle] {
                    self.parts[node] = self.starts.len();
                }
                self.starts.push(start);
                self.ends.push(middle);
                self.n_moved.push(0);
                self.starts[part] = middle;
            }
        }
    }
}
