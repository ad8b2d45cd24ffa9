//! Cholesky factors of a child after sets of parents, all of one matrix.

/// The factor of the rows of some parents, in ascending order, and of a child after them.
///
/// ```text
/// A[order, order] = L L'
///
/// A      covariances or correlations of all columns
/// order  parents in ascending order, child last
/// L      lower triangle, a row for each member of the order
/// ```
///
/// A row depends on the rows before it only. So a parent that comes in or goes leaves the rows before its place as
/// they are, and what is found by such an update has the same bits as what is found from the beginning.
pub(super) struct Factor<'a> {
    matrix: &'a [f64],
    n: usize,
    /// Rows of the triangle one after the other: row `i` starts at `i (i + 1) / 2`.
    rows: Vec<f64>,
    /// The squares of the diagonal: variances given all members before.
    pivots: Vec<f64>,
}

/// A member of an order that is a linear function of members before it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Singular {
    /// Its place in the order.
    pub(super) place: usize,
    /// The places of those that it is a function of.
    pub(super) of: Vec<usize>,
}

impl<'a> Factor<'a> {
    /// Nothing factored yet of the symmetric matrix of `n` rows.
    pub(super) fn new(matrix: &'a [f64], n: usize) -> Self {
        Self {
            matrix,
            n,
            rows: Vec::new(),
            pivots: Vec::new(),
        }
    }

    /// Factors the members of the order from place `start` on; the rows before belong to the same members already.
    ///
    /// A pivot that is not above `tolerance` times the member's own entry is singular.
    pub(super) fn extend(&mut self, order: &[usize], start: usize, tolerance: f64) -> Result<(), Singular> {
        self.rows.truncate(start_of_row(start));
        self.pivots.truncate(start);
        for (i, &member) in order.iter().enumerate().skip(start) {
            let entries = &self.matrix[member * self.n..(member + 1) * self.n];
            let at = self.rows.len();
            let mut pivot = entries[member];
            for (j, &other) in order[..i].iter().enumerate() {
                let (before, row) = self.rows.split_at(at);
                let row_j = &before[start_of_row(j)..=start_of_row(j) + j];
                let explained: f64 = row.iter().zip(row_j).map(|(a, b)| a * b).sum();
                let value = (entries[other] - explained) / row_j[j];
                pivot -= value * value;
                self.rows.push(value);
            }
            let is_independent = pivot > tolerance * entries[member];
            if !is_independent {
                return Err(Singular {
                    place: i,
                    of: self.determining(order, i),
                });
            }
            self.rows.push(pivot.sqrt());
            self.pivots.push(pivot);
        }
        Ok(())
    }

    /// The variances of the members of the order, each given all before it.
    pub(super) fn pivots(&self) -> &[f64] {
        &self.pivots
    }

    /// The places before `place` whose members have a coefficient in the regression of its member on all of them.
    fn determining(&self, order: &[usize], place: usize) -> Vec<usize> {
        // Standardised coefficients below this are rounding.
        const NEGLIGIBLE: f64 = 1e-4;
        let mut coefficients = self.rows[start_of_row(place)..].to_vec();
        for j in (0..place).rev() {
            let row = &self.rows[start_of_row(j)..=start_of_row(j) + j];
            coefficients[j] /= row[j];
            let coefficient = coefficients[j];
            for (earlier, value) in coefficients.iter_mut().zip(&row[..j]) {
                *earlier -= coefficient * value;
            }
        }
        let variance = |member: usize| self.matrix[member * self.n + member];
        let scale = |j: usize| (variance(order[j]) / variance(order[place])).sqrt();
        (0..place)
            .filter(|&j| (coefficients[j] * scale(j)).abs() > NEGLIGIBLE)
            .collect()
    }
}

fn start_of_row(i: usize) -> usize {
    i * (i + 1) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY: f64 = 1e-12;

    #[test]
    fn pivots_are_conditional_variances() {
        let mut factor = Factor::new(&[4.0, 2.0, 2.0, 3.0], 2);
        assert_eq!(factor.extend(&[0, 1], 0, ANY), Ok(()));
        // 3 - 2² / 4.
        assert_eq!(factor.pivots(), [4.0, 2.0]);
    }

    #[test]
    fn an_update_has_the_bits_of_a_new_factor() {
        let matrix = [
            1.0, 0.3, 0.2, 0.1, //
            0.3, 1.0, 0.7, 0.4, //
            0.2, 0.7, 1.0, 0.5, //
            0.1, 0.4, 0.5, 1.0,
        ];
        let mut factor = Factor::new(&matrix, 4);
        assert_eq!(factor.extend(&[0, 2, 3], 0, ANY), Ok(()));
        assert_eq!(factor.extend(&[0, 1, 2, 3], 1, ANY), Ok(()));
        let mut anew = Factor::new(&matrix, 4);
        assert_eq!(anew.extend(&[0, 1, 2, 3], 0, ANY), Ok(()));
        assert_eq!(factor.pivots(), anew.pivots());
    }

    #[test]
    fn a_linear_function_is_found_with_what_determines_it() {
        // The last is the sum of the first and the third.
        let matrix = [
            1.0, 0.0, 0.0, 1.0, //
            0.0, 1.0, 0.0, 0.0, //
            0.0, 0.0, 1.0, 1.0, //
            1.0, 0.0, 1.0, 2.0,
        ];
        let singular = Factor::new(&matrix, 4).extend(&[0, 1, 2, 3], 0, ANY);
        assert_eq!(
            singular,
            Err(Singular {
                place: 3,
                of: vec![0, 2]
            })
        );
    }
}
