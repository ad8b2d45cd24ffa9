//! The pool of pre-trained networks that an ensemble is chosen from.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tensor_core::check;
use transferability_metrics::Labels;

use crate::{ConditionalEntropy, Error, ExpectedPredictions, Member, PairTable, Predictions, Result};

/// A pool of pre-trained networks and the labels of the target sample that all of them were run on.
///
/// # Examples
///
/// ```
/// use ot_transferability::{Member, Pool, Predictions, Warning};
/// use transferability_metrics::Labels;
///
/// let members = vec![
///     Member::new("resnet").with_predictions(Predictions::new(&[0, 1, 1, 2], 3)?),
///     Member::new("constant").with_predictions(Predictions::new(&[2, 2, 2, 2], 5)?),
/// ];
/// let pool = Pool::new(Labels::new(&[0, 0, 1, 1])?, members)?;
/// assert_eq!(pool.names(), ["resnet", "constant"]);
/// assert_eq!(pool.warnings(), [Warning::ConstantPredictor { member: 1, class: 2 }]);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Pool {
    labels: Labels,
    members: Vec<Member>,
}

/// Something about a pool that a score cannot see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Warning {
    /// A network that predicts one class for every target sample. The entropy of its prediction is 0 whatever is given, so
    /// that OSBORN takes it for a network that the true label, and the prediction of any other network, determine.
    ConstantPredictor {
        /// Its index in the pool.
        member: usize,
        /// The class that it predicts.
        class: usize,
    },
}

impl Pool {
    /// A pool of members that were run on the samples with these labels.
    ///
    /// # Errors
    ///
    /// No member, two members of one name, or a member whose predictions are of another number of samples or whose
    /// expected empirical predictions are of another number of target classes.
    pub fn new(labels: Labels, members: Vec<Member>) -> Result<Self> {
        if members.is_empty() {
            return Err(Error::EmptyPool);
        }
        let mut names = BTreeSet::new();
        for member in &members {
            if !names.insert(member.name()) {
                return Err(tensor_core::Error::DuplicateName {
                    what: "the pool".to_owned(),
                    name: member.name().to_owned(),
                }
                .into());
            }
            for n_samples in member.n_samples() {
                check::same_length(member.name(), n_samples, labels.name(), labels.len())?;
            }
            if let Some(expected) = member.expected_predictions() {
                let (n_classes, expected) = (labels.n_classes(), expected.n_classes());
                check::same_length(member.name(), expected, "the classes of the labels", n_classes)?;
            }
        }
        Ok(Self { labels, members })
    }

    /// The labels of the target sample.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// The members, in the order given.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The number of members, M, at least 1.
    #[allow(clippy::len_without_is_empty, reason = "a pool is never empty")]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// The names of the members.
    pub fn names(&self) -> Vec<&str> {
        self.members.iter().map(Member::name).collect()
    }

    /// What a user should know before trusting a score of this pool.
    pub fn warnings(&self) -> Vec<Warning> {
        let constant = |(member, of): (usize, &Member)| {
            let class = of.predictions().and_then(Predictions::constant_class)?;
            Some(Warning::ConstantPredictor { member, class })
        };
        self.members.iter().enumerate().filter_map(constant).collect()
    }

    /// The conditional entropies between the members' predictions.
    ///
    /// # Errors
    ///
    /// A member without predictions.
    ///
    /// # Complexity
    ///
    /// As [`PairTable::of`].
    pub fn pair_table(&self, entropy: ConditionalEntropy) -> Result<PairTable> {
        PairTable::of(&self.each(Member::predictions, "predictions")?, entropy)
    }

    /// LEEP of each member.
    ///
    /// # Errors
    ///
    /// A member without probabilities.
    pub fn leep(&self) -> Result<Vec<f64>> {
        Ok(self
            .expected_predictions()?
            .into_iter()
            .map(ExpectedPredictions::leep)
            .collect())
    }

    pub(crate) fn expected_predictions(&self) -> Result<Vec<&ExpectedPredictions>> {
        self.each(Member::expected_predictions, "probabilities")
    }

    /// Something of every member; an error that names the first member without it.
    pub(crate) fn each<'a, T>(
        &'a self,
        of: impl Fn(&'a Member) -> Option<T>,
        input: &'static str,
    ) -> Result<Vec<T>> {
        self.members
            .iter()
            .map(|member| {
                of(member).ok_or_else(|| Error::MissingInput {
                    member: member.name().to_owned(),
                    input,
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use transferability_metrics::Probabilities;

    use super::*;

    fn labels() -> Labels {
        Labels::new(&[0, 1, 1]).expect("two classes")
    }

    #[test]
    fn an_empty_pool_and_equal_names_are_refused() {
        assert!(matches!(Pool::new(labels(), vec![]), Err(Error::EmptyPool)));
        let twice = Pool::new(labels(), vec![Member::new("a"), Member::new("a")]);
        assert!(
            matches!(twice, Err(Error::Core(tensor_core::Error::DuplicateName { name, .. })) if name == "a")
        );
    }

    #[test]
    fn predictions_of_other_samples_are_refused() -> Result<()> {
        let member = Member::new("a").with_predictions(Predictions::new(&[0, 1], 2)?);
        assert!(matches!(Pool::new(labels(), vec![member]), Err(Error::Core(_))));
        Ok(())
    }

    #[test]
    fn expectations_of_other_classes_are_refused() -> Result<()> {
        let uniform = tensor_core::convert::tensor_from_slice(&[0.5; 6], &[3, 2])?;
        let three_classes = Labels::new(&[0, 1, 2])?;
        let member = Member::new("a").with_probabilities(&Probabilities::new(uniform)?, &three_classes)?;
        assert!(matches!(Pool::new(labels(), vec![member]), Err(Error::Core(_))));
        Ok(())
    }

    #[test]
    fn a_member_without_an_input_is_named() -> Result<()> {
        let pool = Pool::new(labels(), vec![Member::new("bare")])?;
        let message = pool
            .pair_table(ConditionalEntropy::PlugIn)
            .expect_err("no predictions")
            .to_string();
        assert_eq!(message, "`bare` has no predictions, which the score reads");
        Ok(())
    }
}
