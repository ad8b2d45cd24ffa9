//! Sums that do not depend on their order.

/// Numbers as multiples of a small power of two, whose sums are exact.
///
/// A term is rounded once, to a grid much finer than the rounding of the greatest term; from there on addition is that
/// of integers.
#[derive(Debug, Clone, Copy)]
pub(super) struct FixedPoint {
    per_unit: f64,
}

impl FixedPoint {
    /// The grid for terms of magnitude up to `bound`, which is at least 1.
    pub(super) fn new(bound: f64) -> Self {
        let exponent = 62 - bound.log2().ceil() as i32;
        Self {
            per_unit: f64::from(exponent).exp2(),
        }
    }

    /// The nearest number of the grid.
    pub(super) fn of(self, value: f64) -> i64 {
        (value * self.per_unit).round_ties_even() as i64
    }

    /// The value of a sum.
    pub(super) fn value(self, sum: i128) -> f64 {
        sum as f64 / self.per_unit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_do_not_depend_on_their_order() {
        let grid = FixedPoint::new(1e6);
        let terms: Vec<i64> = (1..1000).map(|i| grid.of(f64::from(i).ln() * 1e3)).collect();
        let sum = |terms: &mut dyn Iterator<Item = &i64>| terms.map(|&term| i128::from(term)).sum::<i128>();
        assert_eq!(sum(&mut terms.iter()), sum(&mut terms.iter().rev()));
    }

    #[test]
    fn a_value_on_the_grid_comes_back() {
        let grid = FixedPoint::new(1e3);
        for value in [0.0, -1.0, 999.0, 0.125] {
            assert_eq!(grid.value(i128::from(grid.of(value))), value);
        }
    }
}
