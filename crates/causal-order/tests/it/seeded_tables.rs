//! Tables that `SplitMix64` makes, as `tests/golden/seeded_tables.py` makes them.

use causal_graph::{ContinuousTable, Dag, DiscreteTable, Nodes};

/// Steele, Lea and Flood's generator: the same numbers in every language.
pub(crate) struct SplitMix64(u64);

impl SplitMix64 {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 * 2.0_f64.powi(-53)
    }

    pub(crate) fn normal(&mut self) -> f64 {
        let (u1, u2) = (self.uniform(), self.uniform());
        (-2.0 * (1.0 - u1).ln()).sqrt() * (2.0 * std::f64::consts::PI * u2).cos()
    }

    /// A number below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.uniform() * n as f64) as usize
    }
}

/// The nodes of the asia network (Lauritzen and Spiegelhalter 1988).
pub(crate) fn asia_nodes() -> Nodes {
    Nodes::new(["asia", "tub", "smoke", "lung", "bronc", "either", "xray", "dysp"]).expect("distinct names")
}

/// The asia network.
pub(crate) fn asia_dag() -> Dag {
    let edges = [(0, 1), (2, 3), (2, 4), (1, 5), (3, 5), (5, 6), (4, 7), (5, 7)];
    Dag::from_edges(asia_nodes(), edges).expect("acyclic")
}

/// Rows of the asia network; state 0 is yes.
pub(crate) fn asia_table(n_rows: usize, seed: u64) -> DiscreteTable {
    let mut draws = SplitMix64::new(seed);
    let mut yes = |probability: f64| draws.uniform() < probability;
    let mut columns = vec![Vec::new(); 8];
    for _ in 0..n_rows {
        let asia = yes(0.01);
        let tub = yes(if asia { 0.05 } else { 0.01 });
        let smoke = yes(0.5);
        let lung = yes(if smoke { 0.1 } else { 0.01 });
        let bronc = yes(if smoke { 0.6 } else { 0.3 });
        let either = yes(if tub || lung { 1.0 } else { 0.0 });
        let xray = yes(if either { 0.98 } else { 0.05 });
        let dysp = yes(match (bronc, either) {
            (true, true) => 0.9,
            (true, false) => 0.8,
            (false, true) => 0.7,
            (false, false) => 0.1,
        });
        for (column, is_yes) in columns
            .iter_mut()
            .zip([asia, tub, smoke, lung, bronc, either, xray, dysp])
        {
            column.push(u16::from(!is_yes));
        }
    }
    let states = vec![vec!["yes".to_owned(), "no".to_owned()]; 8];
    DiscreteTable::new(asia_nodes(), states, columns).expect("two states")
}

/// The edges of a linear Gaussian network of six nodes.
const SIX_EDGES: [(usize, usize, f64); 6] = [
    (0, 2, 0.8),
    (1, 2, -0.6),
    (2, 3, 0.7),
    (2, 4, 0.5),
    (3, 5, 0.9),
    (4, 5, -0.4),
];

/// The network of six nodes.
pub(crate) fn six_dag() -> Dag {
    let edges = SIX_EDGES.map(|(from, to, _)| (from, to));
    Dag::from_edges(Nodes::numbered(6), edges).expect("acyclic")
}

/// Rows of the network of six nodes.
pub(crate) fn six_table(n_rows: usize, seed: u64) -> ContinuousTable {
    let mut draws = SplitMix64::new(seed);
    let mut columns = vec![Vec::new(); 6];
    for row in 0..n_rows {
        for node in 0..6 {
            let noise = draws.normal();
            let mut explained = 0.0;
            for (from, _, weight) in SIX_EDGES.into_iter().filter(|&(_, to, _)| to == node) {
                explained += weight * columns[from][row];
            }
            columns[node].push(noise + explained);
        }
    }
    ContinuousTable::new(Nodes::numbered(6), columns).expect("finite")
}

/// A random linear Gaussian network and rows of it: the k-th node of its order is (7 k + 3) mod n, where n is no multiple
/// of 7.
pub(crate) fn random_gaussian(
    n_nodes: usize,
    n_rows: usize,
    degree: f64,
    seed: u64,
) -> (Dag, ContinuousTable) {
    let mut draws = SplitMix64::new(seed);
    let order: Vec<usize> = (0..n_nodes).map(|k| (7 * k + 3) % n_nodes).collect();
    let mut parents = vec![Vec::new(); n_nodes];
    for (k, &effect) in order.iter().enumerate() {
        for &cause in &order[..k] {
            let (present, size, sign) = (draws.uniform(), draws.uniform(), draws.uniform());
            if present < degree / (n_nodes as f64 - 1.0) {
                parents[effect].push((cause, (0.3 + 0.5 * size).copysign(sign - 0.5)));
            }
        }
    }
    let mut columns = vec![Vec::new(); n_nodes];
    for row in 0..n_rows {
        for &node in &order {
            let noise = draws.normal();
            let mut explained = 0.0;
            for &(cause, weight) in &parents[node] {
                explained += weight * columns[cause][row];
            }
            columns[node].push(noise + explained);
        }
    }
    let edges = (0..n_nodes).flat_map(|node| parents[node].iter().map(move |&(cause, _)| (cause, node)));
    let dag = Dag::from_edges(Nodes::numbered(n_nodes), edges).expect("causes come before effects");
    (
        dag,
        ContinuousTable::new(Nodes::numbered(n_nodes), columns).expect("finite"),
    )
}
