//! Many evaluations of one statistic.

use crate::{Error, numeric::vector};

/// The values of the evaluations in which the statistic is defined, in order, and the number of the others.
pub(super) fn defined<E: From<Error>>(
    what: &str,
    evaluations: Vec<Result<Option<f64>, E>>,
) -> Result<(Vec<f64>, usize), E> {
    let n_evaluations = evaluations.len();
    let mut values = Vec::with_capacity(n_evaluations);
    for evaluation in evaluations {
        values.extend(evaluation?);
    }
    vector::check(what, &values, 0)?;
    let n_undefined = n_evaluations - values.len();
    Ok((values, n_undefined))
}
