//! The assignment problem.

/// The column for each row, all different, with the least sum of costs. The matrix is square, row-major and finite.
///
/// Shortest augmenting paths with potentials, O(p³): Jonker, Volgenant, *A Shortest Augmenting Path Algorithm for Dense and
/// Sparse Linear Assignment Problems*, 1987, without its initialisation.
pub(super) fn assign(costs: &[f64], order: usize) -> Vec<usize> {
    const FREE: usize = usize::MAX;
    debug_assert_eq!(costs.len(), order * order);
    let mut row_of = vec![FREE; order];
    let mut row_prices = vec![0.0; order];
    let mut column_prices = vec![0.0; order];
    for start in 0..order {
        // A shortest path, by reduced costs, from the new row to a free column.
        let mut distances = vec![f64::INFINITY; order];
        let mut previous = vec![FREE; order];
        let mut reached = vec![false; order];
        let (mut row, mut length, mut from) = (start, 0.0, FREE);
        let last = loop {
            for column in (0..order).filter(|&column| !reached[column]) {
                let reduced = costs[row * order + column] - row_prices[row] - column_prices[column];
                if length + reduced < distances[column] {
                    distances[column] = length + reduced;
                    previous[column] = from;
                }
            }
            let unreached = (0..order).filter(|&column| !reached[column]);
            let nearest = unreached
                .min_by(|&a, &b| distances[a].total_cmp(&distances[b]))
                .expect("fewer rows are assigned than there are columns");
            reached[nearest] = true;
            length = distances[nearest];
            if row_of[nearest] == FREE {
                break nearest;
            }
            row = row_of[nearest];
            from = nearest;
        };
        row_prices[start] += length;
        for column in (0..order).filter(|&column| reached[column] && row_of[column] != FREE) {
            row_prices[row_of[column]] += length - distances[column];
            column_prices[column] -= length - distances[column];
        }
        let mut column = last;
        while previous[column] != FREE {
            row_of[column] = row_of[previous[column]];
            column = previous[column];
        }
        row_of[column] = start;
    }
    let mut columns = vec![0; order];
    for (column, &row) in row_of.iter().enumerate() {
        columns[row] = column;
    }
    columns
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Additions of four costs.
    const TOLERANCE: f64 = 1e-12;

    fn least(costs: &[f64], order: usize, row: usize, taken: &mut Vec<usize>) -> f64 {
        if row == order {
            return 0.0;
        }
        let mut best = f64::INFINITY;
        for column in 0..order {
            if !taken.contains(&column) {
                taken.push(column);
                best = best.min(costs[row * order + column] + least(costs, order, row + 1, taken));
                taken.pop();
            }
        }
        best
    }

    #[test]
    fn the_textbook_matrix() {
        let costs = [4.0, 1.0, 3.0, 2.0, 0.0, 5.0, 3.0, 2.0, 2.0];
        assert_eq!(assign(&costs, 3), [1, 0, 2]);
    }

    proptest! {
        #[test]
        fn no_permutation_costs_less(costs in proptest::collection::vec(0.0..10.0f64, 25)) {
            let columns = assign(&costs, 5);
            let mut sorted = columns.clone();
            sorted.sort_unstable();
            prop_assert_eq!(sorted, [0, 1, 2, 3, 4]);
            let total: f64 = columns.iter().enumerate().map(|(row, column)| costs[row * 5 + column]).sum();
            prop_assert!((total - least(&costs, 5, 0, &mut Vec::new())).abs() < TOLERANCE);
        }
    }
}
