//! OSBORN: domain difference, task difference and cohesiveness of an ensemble.

mod score;

use serde::{Deserialize, Serialize};
use tensor_core::check;

pub(crate) use score::mean_and_deviation;
pub use score::{OsbornScore, OsbornTerms};

use crate::{ConditionalEntropy, Error, Given, Joint, Member, Pairing, Pool, Result};

/// The transferability of ensembles by optimal transport.
///
/// ```text
/// OSBORN(S) = w_D sum_{r in S} W_D^r + w_T sum_{r in S} W_T^r + w_C W_C(S)        lower is better
/// f(S)      = - OSBORN(S)                                                        the score, higher is better
///
/// W_D^r    transport cost between source and target features of member r         (domain difference)
/// W_T^r    conditional entropy of a joint distribution of classes, TaskDifference (task difference)
/// W_C(S)   sum over pairs in S of the conditional entropy of their predictions    (cohesiveness: their disagreement)
/// ```
///
/// # What is submodular and monotone, and what is not
///
/// The gain of a member is `f(S + v) - f(S) = -(w_D W_D^v + w_T W_T^v) - w_C sum_{u in S} [H(v | u) + H(u | v)]`. The first
/// part does not depend on `S`; the sum grows with `S`, since entropies are not negative. So the gain shrinks as `S` grows:
/// for `w_C >= 0`, `f` is **submodular**. For `w_C < 0` it is supermodular.
///
/// `f` is **not monotone increasing**: with the raw terms no gain is positive, and the empty ensemble is the best one.
/// So ensembles are compared at one size, selection fills it whatever the gains, and the bound of greedy selection,
/// `(1 - 1/e)` of the optimum, holds not for `f` but for `g(S) = f(S) + c |S|` with
/// [`c`](crate::PairwiseScore::monotone_shift) so large that `g` is monotone. At one size `g` and `f` have the same order,
/// and greedy picks alike.
///
/// Standardising may divide the entropies of pairs, but not subtract their mean: some would be negative, and `f` would no
/// longer be submodular. [`TermScaling`] offers only what keeps it.
///
/// # Parameters
///
/// | name | default | meaning | range | source |
/// |---|---|---|---|---|
/// | `task` | coupling, predicted given true, plug-in | which conditional entropy is `W_T` | – | section 3 of the paper |
/// | `cohesion` | ordered pairs, plug-in | which conditional entropies make `W_C` | – | section 3 of the paper |
/// | `domain_weight` | 1 | `w_D` | 0 or more | headline results of the paper |
/// | `task_weight` | 1 | `w_T` | 0 or more | headline results of the paper |
/// | `cohesion_weight` | 1 | `w_C`; below 0 disagreement is rewarded | finite | headline results of the paper |
/// | `scaling` | scale | how the terms are made comparable | – | appendix G of the paper, which does not say over what |
///
/// A term of weight 0 is not computed, and what it would read need not be there.
///
/// # Reference
///
/// Vimal K B, Bachu, Garg, Narasimhan, Konuru, Balasubramanian, *Building a Winning Team: Selecting Source Model
/// Ensembles using a Submodular Transferability Estimation Approach*, ICCV 2023, arXiv:2309.02429.
///
/// # Examples
///
/// ```
/// use ot_transferability::{EnsembleScore, Member, Osborn, Pool, Predictions, TermScaling};
/// use transferability_metrics::Labels;
///
/// let labels = Labels::new(&[0, 0, 1, 1])?;
/// let member = |name, domain, classes: &[usize]| -> Result<Member, ot_transferability::Error> {
///     Ok(Member::new(name).with_domain_difference(domain).with_predictions(Predictions::new(classes, 2)?))
/// };
/// let pool = Pool::new(labels, vec![member("a", 1.0, &[0, 0, 1, 1])?, member("b", 2.0, &[0, 1, 0, 1])?])?;
/// let osborn = Osborn { scaling: TermScaling::None, ..Osborn::nce() };
/// let terms = osborn.on(&pool)?.osborn_terms(&[0, 1])?;
/// // The second head says nothing about the label, and each nothing about the other.
/// assert_eq!(terms.domain, 3.0);
/// assert!((terms.task - 2_f64.ln()).abs() < 1e-15);
/// assert!((terms.cohesion - 2.0 * 2_f64.ln()).abs() < 1e-15);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Osborn {
    /// Which conditional entropy is the task difference.
    pub task: TaskDifference,
    /// Which conditional entropies make the cohesiveness.
    pub cohesion: Cohesion,
    /// The weight of the domain difference.
    pub domain_weight: f64,
    /// The weight of the task difference.
    pub task_weight: f64,
    /// The weight of the cohesiveness.
    pub cohesion_weight: f64,
    /// How the terms are made comparable.
    pub scaling: TermScaling,
}

/// The task difference `W_T` of a network: a conditional entropy of a joint distribution of source and target classes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TaskDifference {
    /// Where the joint distribution comes from.
    pub source: JointSource,
    /// Which class is given.
    pub direction: Direction,
    /// How the entropy is estimated.
    pub entropy: ConditionalEntropy,
}

/// Where the joint distribution of source class and target label comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JointSource {
    /// The optimal coupling of source and target samples: the mass that moves between their labels. The default, as in
    /// the formulas of the paper.
    #[default]
    Coupling,
    /// The source class predicted for each target sample.
    HardPredictions,
    /// The probabilities of the source classes for each target sample.
    SoftPredictions,
}

/// Which class of the joint distribution is given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// `H(source class | target label)`: the default, as the text of the paper says.
    #[default]
    PredGivenTrue,
    /// `H(target label | source class)`, as OTCE, NCE and LEEP have it.
    TrueGivenPred,
}

/// The cohesiveness `W_C`: conditional entropies between the predictions of members.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cohesion {
    /// Which entropies of a pair count.
    pub pairing: Pairing,
    /// How an entropy is estimated.
    pub entropy: ConditionalEntropy,
}

/// How the terms are made comparable before they are weighted.
///
/// Means and standard deviations (with divisor n) are those of `W_D` and `W_T` over the members of the pool, and of the
/// disagreement over its pairs. A standard deviation of 0 but for rounding, as that of a pool of one, counts as 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TermScaling {
    /// Not at all.
    None,
    /// Each term over its standard deviation. The default: it keeps `f` submodular, and at one size it orders ensembles
    /// as z-scores of members and pairs do, whose means add the same to all.
    #[default]
    Scale,
    /// `W_D` and `W_T` less their mean, over their standard deviation; pairs over their standard deviation.
    ZScore,
}

impl Default for Osborn {
    /// [`Osborn::paper`].
    fn default() -> Self {
        Self::paper()
    }
}

impl Osborn {
    /// As the formulas of the paper have it: `W_T = H(source class | target label)` of the optimal coupling.
    pub fn paper() -> Self {
        Self {
            task: TaskDifference::default(),
            cohesion: Cohesion::default(),
            domain_weight: 1.0,
            task_weight: 1.0,
            cohesion_weight: 1.0,
            scaling: TermScaling::Scale,
        }
    }

    /// With the task difference of OTCE, `W_T = H(target label | source class)` of the optimal coupling.
    pub fn otce() -> Self {
        Self::paper().with_task(JointSource::Coupling, Direction::TrueGivenPred)
    }

    /// With the task difference of NCE, `W_T = H(target label | predicted source class)`: the negative NCE score.
    pub fn nce() -> Self {
        Self::paper().with_task(JointSource::HardPredictions, Direction::TrueGivenPred)
    }

    /// With a plug-in task difference of another joint distribution and direction.
    #[must_use]
    pub fn with_task(mut self, source: JointSource, direction: Direction) -> Self {
        self.task = TaskDifference {
            source,
            direction,
            entropy: ConditionalEntropy::PlugIn,
        };
        self
    }

    /// With one form of all conditional entropies: those of the task difference and those of the cohesiveness.
    ///
    /// # Examples
    ///
    /// ```
    /// use ot_transferability::{ConditionalEntropy, Osborn};
    ///
    /// let osborn = Osborn::nce().with_entropy(ConditionalEntropy::PerLogClasses);
    /// assert_eq!(osborn.task.entropy, osborn.cohesion.entropy);
    /// assert_eq!(osborn.task.source, Osborn::nce().task.source);
    /// ```
    #[must_use]
    pub fn with_entropy(mut self, entropy: ConditionalEntropy) -> Self {
        self.task.entropy = entropy;
        self.cohesion.entropy = entropy;
        self
    }

    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// A weight of domain or task that is negative, or a weight that is not finite.
    pub fn validate(&self) -> Result<()> {
        check::non_negative("domain_weight", self.domain_weight)?;
        check::non_negative("task_weight", self.task_weight)?;
        let weight = self.cohesion_weight;
        check::parameter("cohesion_weight", weight.is_finite(), "a finite number", weight)?;
        Ok(())
    }

    /// The score of the ensembles of a pool.
    ///
    /// # Errors
    ///
    /// A parameter out of range, a member without an input that a term of weight other than 0 reads, or a difference that
    /// is not finite.
    ///
    /// # Complexity
    ///
    /// O(M^2 (m + K)) time for the pairs, on the threads of the current pool, and O(M K C) for the entropies.
    pub fn on(&self, pool: &Pool) -> Result<OsbornScore> {
        OsbornScore::new(self, pool)
    }
}

impl TaskDifference {
    /// `W_T` of a member; the one that [it was given](Member::with_task_difference), if any.
    ///
    /// # Errors
    ///
    /// A member without the input that it reads.
    pub fn of(&self, member: &Member, pool: &Pool) -> Result<f64> {
        if let Some(task_difference) = member.task_difference() {
            return Ok(task_difference);
        }
        let missing = |input| Error::MissingInput {
            member: member.name().to_owned(),
            input,
        };
        let hard: Joint;
        let joint = match self.source {
            JointSource::Coupling => member.coupling().ok_or_else(|| missing("coupling"))?,
            JointSource::SoftPredictions => member.soft_joint().ok_or_else(|| missing("probabilities"))?,
            JointSource::HardPredictions => {
                let predictions = member.predictions().ok_or_else(|| missing("predictions"))?;
                let classes: Vec<usize> = predictions
                    .classes()
                    .iter()
                    .map(|&class| class as usize)
                    .collect();
                let labels = pool.labels();
                hard = Joint::of_pairs_within(
                    &classes,
                    labels.indices(),
                    predictions.n_classes(),
                    labels.n_classes(),
                    None,
                )?;
                &hard
            }
        };
        let given = match self.direction {
            Direction::PredGivenTrue => Given::Columns,
            Direction::TrueGivenPred => Given::Rows,
        };
        Ok(self.entropy.of(joint, given, pool.labels().len()))
    }
}
