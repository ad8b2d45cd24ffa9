//! OSBORN with terms standardised over candidate ensembles.

use super::Ensembles;
use crate::osborn::mean_and_deviation;
use crate::{OsbornScore, Result};

/// The scores of ensembles with each term of OSBORN z-scored over them, as appendix G of the paper may be read.
///
/// ```text
/// f(S) = - sum over terms t of w_t (t(S) - mean t) / std t
/// ```
///
/// Means and standard deviations are those over the ensembles given. For the ranking of ensembles of one size only: the
/// score of an ensemble depends on which others are given, and it is no set function that a selection could grow.
///
/// # Errors
///
/// Ensembles of another pool.
///
/// # Complexity
///
/// O(N k^2) for N ensembles of k members.
///
/// # Examples
///
/// ```
/// use ot_transferability::{Ensembles, Member, Osborn, Pool, standardized_osborn};
/// use transferability_metrics::Labels;
///
/// let members = [("a", 1.0), ("b", 2.0)].map(|(name, domain)| Member::new(name).with_domain_difference(domain));
/// let pool = Pool::new(Labels::new(&[0, 1])?, members.into())?;
/// let osborn = Osborn { task_weight: 0.0, cohesion_weight: 0.0, ..Osborn::paper() }.on(&pool)?;
/// // 1 and 2 about their mean 1.5, over their standard deviation 0.5.
/// assert_eq!(standardized_osborn(&osborn, &Ensembles::all(2, 1, 2)?)?, [1.0, -1.0]);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
pub fn standardized_osborn(osborn: &OsbornScore, ensembles: &Ensembles) -> Result<Vec<f64>> {
    let terms = ensembles
        .iter()
        .map(|members| osborn.raw_terms(members))
        .collect::<Result<Vec<_>>>()?;
    let columns = [
        terms.iter().map(|terms| terms.domain).collect::<Vec<f64>>(),
        terms.iter().map(|terms| terms.task).collect(),
        terms.iter().map(|terms| terms.cohesion).collect(),
    ];
    let mut scores = vec![0.0; terms.len()];
    for (column, weight) in columns.iter().zip(osborn.weights()) {
        let (mean, deviation) = mean_and_deviation(column)?;
        for (score, value) in scores.iter_mut().zip(column) {
            *score -= weight * ((value - mean) / deviation);
        }
    }
    Ok(scores)
}

#[cfg(test)]
mod tests {
    use transferability_metrics::Labels;

    use super::*;
    use crate::{EnsembleScore, Member, Osborn, Pool, Predictions};

    /// A dozen sums of numbers near 1.
    const ATOL: f64 = 1e-12;
    /// The same times a slope from the difference of two of them.
    const SLOPE_ATOL: f64 = 1e-10;

    #[test]
    fn one_term_orders_ensembles_as_it_does_alone() -> Result<()> {
        let members = (0..6)
            .map(|member| {
                let classes: Vec<usize> = (0..30)
                    .map(|sample| (sample * sample + member * sample) % 7 % (2 + member))
                    .collect();
                Ok(Member::new(&member.to_string()).with_predictions(Predictions::new(&classes, 8)?))
            })
            .collect::<Result<Vec<_>>>()?;
        let labels: Vec<i64> = (0..30).map(|sample| sample % 3).collect();
        let pool = Pool::new(Labels::new(&labels)?, members)?;
        let osborn = Osborn {
            domain_weight: 0.0,
            task_weight: 0.0,
            cohesion_weight: 2.0,
            ..Osborn::nce()
        }
        .on(&pool)?;
        let ensembles = Ensembles::all(6, 3, 20)?;
        let standardized = standardized_osborn(&osborn, &ensembles)?;
        let (mean, deviation) = mean_and_deviation(&standardized)?;
        golden::assert_close(&[mean, deviation], &[0.0, 2.0], ATOL, ATOL);
        let plain = ensembles.scores(&osborn)?;
        let slope = (plain[1] - plain[0]) / (standardized[1] - standardized[0]);
        for (plain_i, standardized_i) in plain.iter().zip(&standardized) {
            let expected = plain[0] + slope * (standardized_i - standardized[0]);
            golden::assert_close(&[*plain_i], &[expected], 0.0, SLOPE_ATOL);
        }
        assert_eq!(osborn.n_members(), 6);
        Ok(())
    }
}
