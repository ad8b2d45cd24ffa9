//! Agreement of orders.

use crate::{CausalOrder, Dag, Result};

/// Kendall's rank correlation of two total orders.
///
/// ```text
/// tau = 1 - 4 d / (n (n - 1))
///
/// d  pairs of nodes that the orders have the other way round
/// n  nodes
/// ```
///
/// 1 for equal orders, -1 for opposite ones; none for fewer than two nodes.
///
/// # Errors
///
/// [`Error::OtherNodes`](crate::Error::OtherNodes) if the nodes are not the same, in the same order.
///
/// # Complexity
///
/// O(n log n).
///
/// # Examples
///
/// ```
/// use causal_graph::metrics::kendall;
/// use causal_graph::{CausalOrder, Nodes};
///
/// let order = |sequence| CausalOrder::new(Nodes::numbered(3), sequence);
/// let tau = kendall(&order(vec![0, 1, 2])?, &order(vec![1, 0, 2])?)?;
/// assert!((tau.expect("three nodes") - 1.0 / 3.0).abs() < 1e-15);
/// # Ok::<(), causal_graph::Error>(())
/// ```
pub fn kendall(a: &CausalOrder, b: &CausalOrder) -> Result<Option<f64>> {
    a.nodes().check_same("the second order", b.nodes())?;
    let n_nodes = a.nodes().len();
    if n_nodes < 2 {
        return Ok(None);
    }
    let positions: Vec<usize> = a.sequence().iter().map(|&node| b.position(node)).collect();
    let pairs = n_nodes as f64 * (n_nodes - 1) as f64;
    Ok(Some(1.0 - 4.0 * n_inversions(positions) as f64 / pairs))
}

/// The share of the pairs of an ancestor and its descendant that an order has right; none if the DAG has no edge.
///
/// It differs from the [divergence](super::order_divergence) in that it asks for all directed paths, not for edges.
///
/// # Errors
///
/// [`Error::OtherNodes`](crate::Error::OtherNodes) if the nodes are not the same, in the same order.
///
/// # Complexity
///
/// O(n m / 64 + n²).
///
/// # Examples
///
/// ```
/// use causal_graph::metrics::ancestor_accuracy;
/// use causal_graph::{CausalOrder, Dag, Nodes};
///
/// let dag = Dag::from_edges(Nodes::numbered(3), [(0, 1), (1, 2)])?;
/// let order = CausalOrder::new(Nodes::numbered(3), vec![1, 0, 2])?;
/// // 0 before 1 is wrong; 0 before 2 and 1 before 2 are right.
/// assert_eq!(ancestor_accuracy(&order, &dag)?, Some(2.0 / 3.0));
/// # Ok::<(), causal_graph::Error>(())
/// ```
pub fn ancestor_accuracy(order: &CausalOrder, dag: &Dag) -> Result<Option<f64>> {
    dag.nodes().check_same("the order", order.nodes())?;
    let (mut right, mut all) = (0_usize, 0_usize);
    for node in 0..dag.n_nodes() {
        for descendant in dag.descendants(node).iter() {
            all += 1;
            right += usize::from(order.precedes(node, descendant));
        }
    }
    Ok((all > 0).then(|| right as f64 / all as f64))
}

/// Pairs that stand in descending order, by merging.
fn n_inversions(mut numbers: Vec<usize>) -> u64 {
    let mut merged = numbers.clone();
    let mut count = 0;
    let mut width = 1;
    while width < numbers.len() {
        for start in (0..numbers.len()).step_by(2 * width) {
            let middle = (start + width).min(numbers.len());
            let end = (start + 2 * width).min(numbers.len());
            let (mut left, mut right) = (start, middle);
            for slot in &mut merged[start..end] {
                if left < middle && (right == end || numbers[left] <= numbers[right]) {
                    *slot = numbers[left];
                    left += 1;
                } else {
                    *slot = numbers[right];
                    right += 1;
                    count += (middle - left) as u64;
                }
            }
        }
        std::mem::swap(&mut numbers, &mut merged);
        width *= 2;
    }
    count
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Nodes;

    proptest! {
        #[test]
        fn inversions_are_counted(numbers in prop::collection::vec(0_usize..50, 0..40)) {
            let expected = (0..numbers.len())
                .flat_map(|b| (0..b).map(move |a| (a, b)))
                .filter(|&(a, b)| numbers[a] > numbers[b])
                .count() as u64;
            prop_assert_eq!(n_inversions(numbers), expected);
        }
    }

    #[test]
    fn the_ends_of_the_scale() -> Result<()> {
        let order = |sequence| CausalOrder::new(Nodes::numbered(4), sequence);
        let (up, down) = (order(vec![0, 1, 2, 3])?, order(vec![3, 2, 1, 0])?);
        assert_eq!(kendall(&up, &up)?, Some(1.0));
        assert_eq!(kendall(&up, &down)?, Some(-1.0));
        let single = CausalOrder::new(Nodes::numbered(1), vec![0])?;
        assert_eq!(kendall(&single, &single)?, None);
        assert_eq!(ancestor_accuracy(&up, &Dag::empty(Nodes::numbered(4)))?, None);
        Ok(())
    }
}
