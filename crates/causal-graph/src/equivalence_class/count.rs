//! Numbers of orientations, exact and as logarithms.

/// A number of at least 1: as it is while it fits, and its logarithm.
#[derive(Debug, Clone, Copy)]
pub(super) struct Count {
    pub(super) exact: Option<u128>,
    pub(super) ln: f64,
}

impl Count {
    pub(super) const ONE: Self = Self {
        exact: Some(1),
        ln: 0.0,
    };

    pub(super) fn times(self, other: Self) -> Self {
        Self {
            exact: self.exact.zip(other.exact).and_then(|(a, b)| a.checked_mul(b)),
            ln: self.ln + other.ln,
        }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        let (less, more) = (self.ln.min(other.ln), self.ln.max(other.ln));
        Self {
            exact: self.exact.zip(other.exact).and_then(|(a, b)| a.checked_add(b)),
            ln: more + (less - more).exp().ln_1p(),
        }
    }

    /// The number of orders of `size` nodes whose first nodes are none of the forbidden sets, which are nested: of
    /// them only the sizes count, in ascending order.
    ///
    /// ```text
    /// phi(s; x_1 < ... < x_l) = s! - sum over i of (s - x_i)! · phi(x_i; x_1 < ... < x_(i-1))
    /// ```
    ///
    /// The i-th term counts the orders with `x_i` as the first forbidden beginning. As a part of s! it is
    /// `phi(x_i) / x_i!` over the binomial coefficient of s and `x_i`; these parts add up to at most a half, so that the
    /// logarithm loses no digits.
    pub(super) fn orders(size: usize, forbidden: &[usize]) -> Self {
        let mut before = Vec::with_capacity(forbidden.len());
        for (idx, &beginning) in forbidden.iter().enumerate() {
            before.push(Self::orders_after(beginning, &forbidden[..idx], &before));
        }
        Self::orders_after(size, forbidden, &before)
    }

    /// [`orders`](Self::orders) of `size` nodes from those of the forbidden sets.
    fn orders_after(size: usize, forbidden: &[usize], before: &[Self]) -> Self {
        let mut exact = factorial(size);
        let mut share = 1.0;
        for (&beginning, orders) in forbidden.iter().zip(before) {
            exact = exact.zip(factorial(size - beginning)).and_then(|(rest, after)| {
                let with_beginning = after.checked_mul(orders.exact?)?;
                rest.checked_sub(with_beginning)
            });
            share -= (ln_factorial(size - beginning) + orders.ln - ln_factorial(size)).exp();
        }
        Self {
            exact,
            ln: ln_factorial(size) + f64::ln(share),
        }
    }
}

fn factorial(n: usize) -> Option<u128> {
    (2..=n as u128).try_fold(1_u128, u128::checked_mul)
}

fn ln_factorial(n: usize) -> f64 {
    (2..=n).map(|factor| (factor as f64).ln()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All orders of `0..size`.
    fn permutations(size: usize) -> Vec<Vec<usize>> {
        (0..size).fold(vec![Vec::new()], |shorter, next| {
            let longer = shorter.iter().flat_map(|order: &Vec<usize>| {
                (0..=order.len()).map(|place| {
                    let mut order = order.clone();
                    order.insert(place, next);
                    order
                })
            });
            longer.collect()
        })
    }

    #[test]
    fn orders_are_those_that_begin_with_no_forbidden_set() {
        for size in 1..=6 {
            for chosen in 0_u32..1 << (size - 1) {
                let forbidden: Vec<usize> = (1..size).filter(|&x| chosen & (1 << (x - 1)) != 0).collect();
                let begins =
                    |order: &Vec<usize>| forbidden.iter().any(|&x| order[..x].iter().all(|&node| node < x));
                let expected = permutations(size).iter().filter(|order| !begins(order)).count();
                let count = Count::orders(size, &forbidden);
                assert_eq!(count.exact, Some(expected as u128), "{size} {forbidden:?}");
                assert!(
                    (count.ln - (expected as f64).ln()).abs() < 1e-13,
                    "{size} {forbidden:?}"
                );
            }
        }
    }

    #[test]
    fn what_does_not_fit_has_a_logarithm() {
        // 35! is the first beyond 2^128; 34! is not.
        assert_eq!(Count::orders(34, &[]).exact, factorial(34));
        let large = Count::orders(35, &[]);
        assert_eq!(large.exact, None);
        let sum = large.plus(large.times(Count::ONE));
        assert_eq!(sum.exact, None);
        // ln 35! = 92.136175603687...
        assert!(
            (sum.ln - 92.136_175_603_687_1 - 2.0_f64.ln()).abs() < 1e-12,
            "{}",
            sum.ln
        );
    }
}
