//! Any score of ensembles, with the disagreement of the members taken off.

use std::collections::BTreeMap;

use super::{EnsembleScore, GrowingEnsemble, PairwiseScore};
use crate::osborn::{Cohesion, mean_and_deviation};
use crate::{Pool, Result, TermScaling};

/// A score of ensembles less their cohesiveness: the hybrids (MS|E)-LEEP + `W_C`.
///
/// ```text
/// f(S) = base(S) / s_base - w_C W_C(S) / s_C
/// ```
///
/// `s_base` is the standard deviation of the base score over the single members, `s_C` that of the disagreement over the
/// pairs of the pool; both are 1 for [`TermScaling::None`]. A mean is never taken off: the same for each ensemble, it
/// would change no order among those of one size.
///
/// # Examples
///
/// ```
/// use ot_transferability::{Cohesion, EnsembleScore, Member, PairwiseScore, Pool, Predictions, TermScaling, WithCohesion};
/// use transferability_metrics::Labels;
///
/// let members = vec![
///     Member::new("a").with_predictions(Predictions::new(&[0, 0, 1, 1], 2)?),
///     Member::new("b").with_predictions(Predictions::new(&[0, 1, 0, 1], 2)?),
/// ];
/// let pool = Pool::new(Labels::new(&[0, 0, 1, 1])?, members)?;
/// let base = Box::new(PairwiseScore::modular("leep", &[-0.1, -0.2])?);
/// let hybrid = WithCohesion::new(base, &pool, Cohesion::default(), 1.0, TermScaling::None)?;
/// assert!((hybrid.score(&[0, 1])? - (-0.3 - 2.0 * 2_f64.ln())).abs() < 1e-15);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug)]
pub struct WithCohesion {
    name: String,
    base: Box<dyn EnsembleScore + Send>,
    base_scale: f64,
    /// `-w_C W_C(S) / s_C`.
    cohesion: PairwiseScore,
}

impl WithCohesion {
    /// A score with the cohesiveness of the pool's members taken off.
    ///
    /// # Errors
    ///
    /// A score of another number of members than the pool has, a weight that is not finite, or a member without predictions.
    pub fn new(
        base: Box<dyn EnsembleScore + Send>,
        pool: &Pool,
        cohesion: Cohesion,
        cohesion_weight: f64,
        scaling: TermScaling,
    ) -> Result<Self> {
        tensor_core::check::same_length(base.name(), base.n_members(), "the pool", pool.len())?;
        tensor_core::check::parameter(
            "cohesion_weight",
            cohesion_weight.is_finite(),
            "a finite number",
            cohesion_weight,
        )?;
        let n_members = pool.len();
        let disagreements = pool.pair_table(cohesion.entropy)?.disagreements(cohesion.pairing);
        let (base_scale, pair_scale) = match scaling {
            TermScaling::None => (1.0, 1.0),
            TermScaling::Scale | TermScaling::ZScore => {
                let empty = base.empty();
                let single: Vec<f64> = (0..n_members).map(|member| empty.score_with(member)).collect();
                let pairs: Vec<f64> = (0..n_members)
                    .flat_map(|a| disagreements[a * n_members..][..a].iter().copied())
                    .collect();
                (mean_and_deviation(&single)?.1, mean_and_deviation(&pairs)?.1)
            }
        };
        let penalties: Vec<f64> = disagreements
            .iter()
            .map(|disagreement| cohesion_weight * (disagreement / pair_scale))
            .collect();
        let name = format!("{}+cohesion", base.name());
        Ok(Self {
            cohesion: PairwiseScore::new(&name, &vec![0.0; n_members], &penalties)?,
            name,
            base,
            base_scale,
        })
    }
}

impl EnsembleScore for WithCohesion {
    fn name(&self) -> &str {
        &self.name
    }

    fn n_members(&self) -> usize {
        self.base.n_members()
    }

    fn empty(&self) -> Box<dyn GrowingEnsemble + '_> {
        Box::new(Growing {
            base: self.base.empty(),
            base_scale: self.base_scale,
            cohesion: self.cohesion.empty(),
        })
    }

    fn is_submodular(&self) -> bool {
        self.base.is_submodular() && self.cohesion.is_submodular()
    }

    /// `base` and `cohesion`, scaled and weighted, and `total`, their difference.
    fn terms(&self, members: &[usize]) -> Result<BTreeMap<String, f64>> {
        let base = self.base.score(members)? / self.base_scale;
        let cohesion = -self.cohesion.score(members)?;
        let named = [("base", base), ("cohesion", cohesion), ("total", base - cohesion)];
        Ok(named.map(|(name, value)| (name.to_owned(), value)).into())
    }
}

struct Growing<'a> {
    base: Box<dyn GrowingEnsemble + 'a>,
    base_scale: f64,
    cohesion: Box<dyn GrowingEnsemble + 'a>,
}

impl GrowingEnsemble for Growing<'_> {
    fn score(&self) -> f64 {
        self.base.score() / self.base_scale + self.cohesion.score()
    }

    fn score_with(&self, candidate: usize) -> f64 {
        self.base.score_with(candidate) / self.base_scale + self.cohesion.score_with(candidate)
    }

    fn gain(&self, candidate: usize) -> f64 {
        self.base.gain(candidate) / self.base_scale + self.cohesion.gain(candidate)
    }

    fn push(&mut self, member: usize) {
        self.base.push(member);
        self.cohesion.push(member);
    }

    fn pop(&mut self) {
        self.base.pop();
        self.cohesion.pop();
    }
}
