//! Functions of a few finite variables.

use serde::Serialize;

/// A table with a number for each joint state of a few variables: the answer to a query.
///
/// ```text
/// values[(...(s_1 · k_2 + s_2) · k_3 + ...) + s_m] = f(s_1, ..., s_m)
///
/// s_i, k_i  state and number of states of the i-th variable
/// ```
///
/// # Examples
///
/// ```
/// use causal_graph::network::published;
///
/// let network = published::cancer();
/// let (cancer, smoker) = (network.nodes().index("Cancer")?, network.nodes().index("Smoker")?);
/// let joint = network.query(&[smoker, cancer], &[])?;
/// assert_eq!((joint.variables(), joint.n_states()), (&[smoker, cancer][..], &[2, 2][..]));
/// // P(smoker, cancer) = 0.3 (0.9 · 0.03 + 0.1 · 0.05)
/// let probability = joint.value(&[0, 0]).expect("both have a state 0");
/// assert!((probability - 0.0096).abs() < 1e-15);
/// assert!((joint.marginal(&[cancer]).values()[0] - 0.01163).abs() < 1e-15);
/// # Ok::<(), causal_graph::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Factor {
    pub(super) variables: Vec<usize>,
    pub(super) n_states: Vec<usize>,
    pub(super) values: Vec<f64>,
}

impl Factor {
    /// The variables, in the order that numbers the values.
    pub fn variables(&self) -> &[usize] {
        &self.variables
    }

    /// The number of states of each variable.
    pub fn n_states(&self) -> &[usize] {
        &self.n_states
    }

    /// The values, the last variable fastest.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The value where the variables are in these states; none if a state does not exist or is missing.
    pub fn value(&self, states: &[usize]) -> Option<f64> {
        if states.len() != self.n_states.len() {
            return None;
        }
        let mut index = 0;
        for (&state, &n_states) in states.iter().zip(&self.n_states) {
            if state >= n_states {
                return None;
            }
            index = index * n_states + state;
        }
        self.values.get(index).copied()
    }

    /// The sum over all variables but these, in this order; those that the factor has not are left out.
    #[must_use]
    pub fn marginal(&self, variables: &[usize]) -> Self {
        let mut kept: Vec<usize> = Vec::with_capacity(variables.len());
        for variable in variables {
            if let Some(position) = self.variables.iter().position(|own| own == variable)
                && !kept.contains(&position)
            {
                kept.push(position);
            }
        }
        let summed = (0..self.variables.len()).filter(|position| !kept.contains(position));
        let order: Vec<usize> = kept.iter().copied().chain(summed).collect();
        let sizes: Vec<usize> = order.iter().map(|&position| self.n_states[position]).collect();
        let own_strides = row_major_strides(&self.n_states);
        let strides: Vec<usize> = order.iter().map(|&position| own_strides[position]).collect();
        let n_summed: usize = sizes[kept.len()..].iter().product();
        let indices = StridedIndices::new(sizes.clone(), [strides]).collect::<Vec<_>>();
        Self {
            variables: kept.iter().map(|&position| self.variables[position]).collect(),
            values: indices
                .chunks_exact(n_summed)
                .map(|cell| cell.iter().map(|&[index]| self.values[index]).sum())
                .collect(),
            n_states: sizes[..kept.len()].to_vec(),
        }
    }
}

/// The step in a row-major table that each variable's next state is away.
pub(super) fn row_major_strides(n_states: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; n_states.len()];
    for variable in (1..n_states.len()).rev() {
        strides[variable - 1] = strides[variable] * n_states[variable];
    }
    strides
}

/// The indices into N tables of all cells of a loop nest, the last dimension fastest.
pub(super) struct StridedIndices<const N: usize> {
    sizes: Vec<usize>,
    strides: [Vec<usize>; N],
    digits: Vec<usize>,
    next: [usize; N],
    n_left: usize,
}

impl<const N: usize> StridedIndices<N> {
    /// Loops over `sizes`; `strides` are those of the tables for each dimension, 0 where a table does not depend on it.
    pub(super) fn new(sizes: Vec<usize>, strides: [Vec<usize>; N]) -> Self {
        Self {
            digits: vec![0; sizes.len()],
            n_left: sizes.iter().product(),
            sizes,
            strides,
            next: [0; N],
        }
    }
}

impl<const N: usize> Iterator for StridedIndices<N> {
    type Item = [usize; N];

    fn next(&mut self) -> Option<[usize; N]> {
        self.n_left = self.n_left.checked_sub(1)?;
        let current = self.next;
        for dimension in (0..self.sizes.len()).rev() {
            self.digits[dimension] += 1;
            if self.digits[dimension] < self.sizes[dimension] {
                for (index, strides) in self.next.iter_mut().zip(&self.strides) {
                    *index += strides[dimension];
                }
                break;
            }
            self.digits[dimension] = 0;
            for (index, strides) in self.next.iter_mut().zip(&self.strides) {
                *index -= strides[dimension] * (self.sizes[dimension] - 1);
            }
        }
        Some(current)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.n_left, Some(self.n_left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marginals_sum_over_the_other_variables_in_the_order_asked_for() {
        let factor = Factor {
            variables: vec![7, 3, 5],
            n_states: vec![2, 3, 2],
            values: (0..12).map(f64::from).collect(),
        };
        let marginal = factor.marginal(&[5, 7, 99, 5]);
        assert_eq!(marginal.variables(), [5, 7]);
        // f(7 = 0, 5 = 0) = 0 + 2 + 4, f(7 = 1, 5 = 0) = 6 + 8 + 10.
        assert_eq!(marginal.values(), [6.0, 24.0, 9.0, 27.0]);
        assert_eq!(factor.marginal(&[]).values(), [66.0]);
        assert_eq!(factor.value(&[1, 2, 0]), Some(10.0));
        assert_eq!(factor.value(&[1, 3, 0]), None);
        assert_eq!(factor.value(&[1, 2]), None);
    }
}
