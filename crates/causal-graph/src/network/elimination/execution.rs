//! Making the tables of a plan.

use std::borrow::Cow;

use run_control::progress::{Progress, check};

use super::arithmetic::Arithmetic;
use super::plan::{Plan, Step};
use super::{Marginal, Potential};
use crate::Result;
use crate::network::factor::{Factor, StridedIndices, row_major_strides};

/// The name of the task.
const TASK: &str = "variable elimination";

/// A table that is held until it is used.
struct Table<'a> {
    scope: &'a [usize],
    values: Cow<'a, [f64]>,
}

impl Plan {
    /// Makes all tables; none if numbers that matter may have been lost to underflow.
    pub(super) fn run<A: Arithmetic>(
        &self,
        factors: &[Potential],
        targets: &[usize],
        n_states: &[usize],
        progress: &mut dyn Progress,
    ) -> Result<Option<Marginal>> {
        progress.begin(TASK, Some(self.steps.len() as u64));
        let mut tables: Vec<Option<Table>> = factors
            .iter()
            .map(|factor| {
                Some(Table {
                    scope: &factor.variables,
                    values: A::encode(&factor.values),
                })
            })
            .collect();
        let mut exponent = 0;
        for (step_idx, step) in self.steps.iter().enumerate() {
            check(progress, TASK, step_idx as u64)?;
            let left = tables[step.left].take().expect("a table is used once");
            let right = step
                .right
                .map(|right| tables[right].take().expect("a table is used once"));
            let mut values = step.make::<A>(&left, right.as_ref(), n_states);
            let Some(scaled) = A::rescale(&mut values) else {
                progress.end();
                return Ok(None);
            };
            exponent += scaled;
            tables.push(Some(Table {
                scope: &step.scope,
                values: Cow::Owned(values),
            }));
            progress.advance(1);
        }
        progress.end();
        let result = tables[self.result].take().expect("a table is used once");
        let sizes = sizes(targets, n_states);
        let mut values: Vec<f64> = StridedIndices::new(sizes.clone(), [result.strides(targets, n_states)])
            .map(|[index]| result.values[index])
            .collect();
        let ln_total = A::normalise(&mut values) + exponent as f64 * std::f64::consts::LN_2;
        Ok(Some(Marginal {
            distribution: Factor {
                variables: targets.to_vec(),
                n_states: sizes,
                values,
            },
            ln_total,
        }))
    }
}

impl Step {
    /// The table of this step.
    fn make<A: Arithmetic>(&self, left: &Table, right: Option<&Table>, n_states: &[usize]) -> Vec<f64> {
        let sizes = sizes(&self.scope, n_states);
        let of_left = left.strides(&self.scope, n_states);
        let terms = self.sum_out.map_or(1, |variable| n_states[variable]);
        let stride = |table: &Table| {
            self.sum_out
                .map_or(0, |variable| table.strides(&[variable], n_states)[0])
        };
        let left_step = stride(left);
        let Some(right) = right else {
            return StridedIndices::new(sizes, [of_left])
                .map(|[a]| A::sum((0..terms).map(|term| left.values[a + term * left_step])))
                .collect();
        };
        let right_step = stride(right);
        let cells = StridedIndices::new(sizes, [of_left, right.strides(&self.scope, n_states)]);
        if self.sum_out.is_none() {
            return cells
                .map(|[a, b]| A::product(left.values[a], right.values[b]))
                .collect();
        }
        cells
            .map(|[a, b]| {
                A::sum((0..terms).map(|term| {
                    A::product(
                        left.values[a + term * left_step],
                        right.values[b + term * right_step],
                    )
                }))
            })
            .collect()
    }
}

impl Table<'_> {
    /// The step in this table to the next state of each of the variables; 0 for those it does not have.
    fn strides(&self, variables: &[usize], n_states: &[usize]) -> Vec<usize> {
        let own = row_major_strides(&sizes(self.scope, n_states));
        variables
            .iter()
            .map(|variable| {
                self.scope
                    .iter()
                    .position(|own| own == variable)
                    .map_or(0, |position| own[position])
            })
            .collect()
    }
}

fn sizes(variables: &[usize], n_states: &[usize]) -> Vec<usize> {
    variables.iter().map(|&variable| n_states[variable]).collect()
}
