//! Linear models with other noise than normal, as the golden scripts make them.

use causal_graph::{ContinuousTable, Dag, Nodes};

use crate::seeded_tables::{SplitMix64, six_dag};

/// Of variance 2.
pub(crate) fn laplace(draws: &mut SplitMix64) -> f64 {
    let v = draws.uniform() - 0.5;
    -v.signum() * (1.0 - 2.0 * v.abs()).ln()
}

/// Uniform from -1 to 1.
pub(crate) fn centred(draws: &mut SplitMix64) -> f64 {
    2.0 * draws.uniform() - 1.0
}

/// Rows of a model: each node's causes and their weights, and an order.
pub(crate) fn rows_of(
    parents: &[Vec<(usize, f64)>],
    order: &[usize],
    n_rows: usize,
    draws: &mut SplitMix64,
    noise: fn(&mut SplitMix64) -> f64,
) -> ContinuousTable {
    let mut columns = vec![Vec::with_capacity(n_rows); parents.len()];
    let mut row = vec![0.0; parents.len()];
    for _ in 0..n_rows {
        for &node in order {
            let own = noise(draws);
            let mut explained = 0.0;
            for &(cause, weight) in &parents[node] {
                explained += weight * row[cause];
            }
            row[node] = own + explained;
        }
        for (column, &value) in columns.iter_mut().zip(&row) {
            column.push(value);
        }
    }
    ContinuousTable::new(Nodes::numbered(parents.len()), columns).expect("finite")
}

/// Rows of the network of six nodes, with Laplace noise.
pub(crate) fn six_laplace(n_rows: usize, seed: u64) -> ContinuousTable {
    let weights = [
        (0, 2, 0.8),
        (1, 2, -0.6),
        (2, 3, 0.7),
        (2, 4, 0.5),
        (3, 5, 0.9),
        (4, 5, -0.4),
    ];
    let parents: Vec<Vec<(usize, f64)>> = (0..6)
        .map(|node| {
            let into = weights.iter().filter(|&&(_, to, _)| to == node);
            into.map(|&(from, _, weight)| (from, weight)).collect()
        })
        .collect();
    assert_eq!(six_dag().n_edges(), weights.len());
    rows_of(
        &parents,
        &[0, 1, 2, 3, 4, 5],
        n_rows,
        &mut SplitMix64::new(seed),
        laplace,
    )
}

/// A random model and rows of it: the k-th node of its order is (7 k + 3) mod n.
pub(crate) fn random_model(
    n_nodes: usize,
    n_rows: usize,
    degree: f64,
    noise: fn(&mut SplitMix64) -> f64,
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
    let edges = (0..n_nodes).flat_map(|node| parents[node].iter().map(move |&(cause, _)| (cause, node)));
    let dag = Dag::from_edges(Nodes::numbered(n_nodes), edges).expect("causes come before effects");
    (dag, rows_of(&parents, &order, n_rows, &mut draws, noise))
}
