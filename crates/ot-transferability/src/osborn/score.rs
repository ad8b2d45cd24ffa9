//! OSBORN on a pool.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tensor_core::numeric::Moments;

use super::{Osborn, TermScaling};
use crate::ensemble::{finite, ordered};
use crate::{EnsembleScore, GrowingEnsemble, Member, PairwiseScore, Pool, Result};

/// A standard deviation below this share of the largest magnitude is taken for rounding: entropies and costs of plans that
/// are equal, summed in different orders, differ by about 1e-14 of themselves.
const ROUNDING: f64 = 1e-12;

/// The terms of OSBORN for one ensemble: lower is better, and `total` is the sum of the others.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OsbornTerms {
    /// The domain differences of the members.
    pub domain: f64,
    /// The task differences of the members.
    pub task: f64,
    /// The disagreements of the pairs.
    pub cohesion: f64,
    /// The sum of the three.
    pub total: f64,
}

/// [`Osborn`] on a [`Pool`]: the score of its ensembles, and its terms apart.
///
/// The [score](EnsembleScore::score) is `-total` of [`osborn_terms`](Self::osborn_terms).
#[derive(Debug, Clone)]
pub struct OsbornScore {
    domain: Term,
    task: Term,
    cohesion: Term,
    weights: [f64; 3],
    pairwise: PairwiseScore,
}

/// One term: a value for each member, or for each pair of members row after row, as it is and as it counts.
#[derive(Debug, Clone)]
struct Term {
    raw: Vec<f64>,
    /// Standardised and weighted.
    weighted: Vec<f64>,
}

impl OsbornScore {
    pub(super) fn new(osborn: &Osborn, pool: &Pool) -> Result<Self> {
        osborn.validate()?;
        let n_members = pool.len();
        let scaling = osborn.scaling;

        let mut domain = vec![0.0; n_members];
        if osborn.domain_weight != 0.0 {
            domain = pool.each(Member::domain_difference, "domain difference")?;
        }
        let mut task = vec![0.0; n_members];
        if osborn.task_weight != 0.0 {
            let of = |member| osborn.task.of(member, pool);
            task = pool.members().iter().map(of).collect::<Result<_>>()?;
        }
        let mut cohesion = vec![0.0; n_members * n_members];
        if osborn.cohesion_weight != 0.0 {
            cohesion = pool
                .pair_table(osborn.cohesion.entropy)?
                .disagreements(osborn.cohesion.pairing);
        }

        let domain = Term::of_members("domain differences", domain, osborn.domain_weight, scaling)?;
        let task = Term::of_members("task differences", task, osborn.task_weight, scaling)?;
        let cohesion = Term::of_pairs(
            "disagreements",
            cohesion,
            n_members,
            osborn.cohesion_weight,
            scaling,
        )?;
        let worths: Vec<f64> = domain
            .weighted
            .iter()
            .zip(&task.weighted)
            .map(|(domain, task)| -(domain + task))
            .collect();
        Ok(Self {
            weights: [osborn.domain_weight, osborn.task_weight, osborn.cohesion_weight],
            pairwise: PairwiseScore::new("osborn", &worths, &cohesion.weighted)?,
            domain,
            task,
            cohesion,
        })
    }

    /// The terms of an ensemble, standardised and weighted.
    ///
    /// # Errors
    ///
    /// A member that is not in the pool or stands twice.
    pub fn osborn_terms(&self, members: &[usize]) -> Result<OsbornTerms> {
        self.sum(members, |term| &term.weighted)
    }

    /// The terms of an ensemble as they are, neither standardised nor weighted; 0 for a term of weight 0.
    ///
    /// # Errors
    ///
    /// As [`osborn_terms`](Self::osborn_terms).
    pub fn raw_terms(&self, members: &[usize]) -> Result<OsbornTerms> {
        self.sum(members, |term| &term.raw)
    }

    /// The score as a sum over members less a sum over pairs.
    pub fn pairwise(&self) -> &PairwiseScore {
        &self.pairwise
    }

    /// The weights of domain, task and cohesion.
    pub(crate) fn weights(&self) -> [f64; 3] {
        self.weights
    }

    fn sum(&self, members: &[usize], values: impl Fn(&Term) -> &Vec<f64>) -> Result<OsbornTerms> {
        let n_members = self.n_members();
        let members = ordered(members, n_members)?;
        let of_members = |term: &Term| members.iter().map(|&member| values(term)[member]).sum::<f64>();
        let (domain, task) = (of_members(&self.domain), of_members(&self.task));
        let pairs = members
            .iter()
            .enumerate()
            .flat_map(|(position, &a)| members[..position].iter().map(move |&b| a * n_members + b));
        let cohesion = pairs.map(|pair| values(&self.cohesion)[pair]).sum::<f64>();
        Ok(OsbornTerms {
            domain,
            task,
            cohesion,
            total: domain + task + cohesion,
        })
    }
}

impl EnsembleScore for OsbornScore {
    fn name(&self) -> &str {
        self.pairwise.name()
    }

    fn n_members(&self) -> usize {
        self.pairwise.n_members()
    }

    fn empty(&self) -> Box<dyn GrowingEnsemble + '_> {
        self.pairwise.empty()
    }

    fn is_submodular(&self) -> bool {
        self.pairwise.is_submodular()
    }

    /// `domain`, `task`, `cohesion` and `total`, as [`OsbornScore::osborn_terms`].
    fn terms(&self, members: &[usize]) -> Result<BTreeMap<String, f64>> {
        let OsbornTerms {
            domain,
            task,
            cohesion,
            total,
        } = self.osborn_terms(members)?;
        let named = [
            ("domain", domain),
            ("task", task),
            ("cohesion", cohesion),
            ("total", total),
        ];
        Ok(named.map(|(name, value)| (name.to_owned(), value)).into())
    }
}

impl Term {
    fn of_members(what: &str, raw: Vec<f64>, weight: f64, scaling: TermScaling) -> Result<Self> {
        finite(what, &raw)?;
        let (mean, deviation) = mean_and_deviation(&raw)?;
        let (origin, scale) = match scaling {
            TermScaling::None => (0.0, 1.0),
            TermScaling::Scale => (0.0, deviation),
            TermScaling::ZScore => (mean, deviation),
        };
        Ok(Self {
            weighted: raw
                .iter()
                .map(|value| weight * ((value - origin) / scale))
                .collect(),
            raw,
        })
    }

    fn of_pairs(
        what: &str,
        raw: Vec<f64>,
        n_members: usize,
        weight: f64,
        scaling: TermScaling,
    ) -> Result<Self> {
        finite(what, &raw)?;
        let pairs: Vec<f64> = (0..n_members)
            .flat_map(|a| raw[a * n_members..][..a].iter().copied())
            .collect();
        let scale = match scaling {
            TermScaling::None => 1.0,
            TermScaling::Scale | TermScaling::ZScore => mean_and_deviation(&pairs)?.1,
        };
        Ok(Self {
            weighted: raw.iter().map(|value| weight * (value / scale)).collect(),
            raw,
        })
    }
}

/// The mean and the standard deviation; 0 and 1 where there is none, and 1 for a deviation that is but [`ROUNDING`].
pub(crate) fn mean_and_deviation(values: &[f64]) -> Result<(f64, f64)> {
    let moments = Moments::of(values)?;
    let deviation = moments.population_variance().unwrap_or(0.0).sqrt();
    let largest = values
        .iter()
        .fold(0.0, |largest: f64, value| largest.max(value.abs()));
    Ok((
        moments.mean().unwrap_or(0.0),
        if deviation > ROUNDING * largest {
            deviation
        } else {
            1.0
        },
    ))
}

#[cfg(test)]
mod tests {
    use transferability_metrics::Labels;

    use super::*;

    #[test]
    fn differences_by_rounding_are_no_spread() -> Result<()> {
        let members = [("a", 0.3), ("b", 0.1 + 0.2)];
        let members = members.map(|(name, task)| Member::new(name).with_task_difference(task));
        let pool = Pool::new(Labels::new(&[0, 1])?, members.into())?;
        let osborn = Osborn {
            domain_weight: 0.0,
            cohesion_weight: 0.0,
            ..Osborn::paper()
        };
        // Over their standard deviation, 2.8e-17, the differences would count 1e16.
        assert_eq!(osborn.on(&pool)?.osborn_terms(&[0])?.task, 0.3);
        Ok(())
    }
}
