//! A Cholesky factor that takes one row after the other.

/// The lower triangular `L` of `L L^T = A`, where rows of the positive definite `A` are appended.
#[derive(Debug, Clone, Default)]
pub(crate) struct GrowingCholesky {
    /// Row `k` has `k + 1` entries.
    rows: Vec<Vec<f64>>,
}

impl GrowingCholesky {
    /// The order of the matrix.
    pub(crate) fn order(&self) -> usize {
        self.rows.len()
    }

    /// Takes a row of `A` up to and with the diagonal. If the square of the new pivot, which is what the rows before
    /// leave of the diagonal, is not above `least`, the row is refused.
    pub(crate) fn append(&mut self, mut row: Vec<f64>, least: f64) -> bool {
        debug_assert_eq!(row.len(), self.order() + 1);
        let diagonal = row.pop().unwrap_or_default();
        self.solve_lower(&mut row);
        let pivot = diagonal - dot(&row, &row);
        let is_independent = pivot > least;
        if is_independent {
            row.push(pivot.sqrt());
            self.rows.push(row);
        }
        is_independent
    }

    /// `A^-1 b`.
    pub(crate) fn solve(&self, b: &[f64]) -> Vec<f64> {
        let mut x = b.to_vec();
        self.solve_lower(&mut x);
        for k in (0..self.order()).rev() {
            let row = &self.rows[k];
            x[k] /= row[k];
            let value = x[k];
            for (x, l) in x.iter_mut().zip(&row[..k]) {
                *x -= value * l;
            }
        }
        x
    }

    /// `L^-1 b`, in place.
    fn solve_lower(&self, b: &mut [f64]) {
        for (k, row) in self.rows.iter().enumerate() {
            b[k] = (b[k] - dot(&row[..k], &b[..k])) / row[k];
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solves_and_refuses_a_dependent_row() {
        let mut factor = GrowingCholesky::default();
        assert!(factor.append(vec![4.0], 0.0));
        assert!(factor.append(vec![2.0, 3.0], 0.0));
        // [4 2; 2 3] x = [8, 7]: x = [1.25, 1.5].
        golden::assert_close(&factor.solve(&[8.0, 7.0]), &[1.25, 1.5], 1e-15, 0.0);
        // The sum of the two rows.
        assert!(!factor.append(vec![6.0, 5.0, 11.0], 1e-12));
        assert_eq!(factor.order(), 2);
    }
}
