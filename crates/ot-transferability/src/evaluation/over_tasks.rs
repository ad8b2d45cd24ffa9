//! Agreement over several targets.

use serde::{Deserialize, Serialize};
use tensor_core::check;
use transferability_metrics::RankInterval;

use super::agreement::Measured;
use super::{EnsembleAgreement, Ensembles};
use crate::Result;

/// Ensembles of a pool with their scores for one target, and the accuracies that they reached there.
#[derive(Debug, Clone, Copy)]
pub struct ScoredEnsembles<'a> {
    /// The ensembles: all of one pool, or of some of its members.
    pub ensembles: &'a Ensembles,
    /// Their scores, higher for better.
    pub scores: &'a [f64],
    /// Their accuracies.
    pub accuracies: &'a [f64],
}

/// Agreement on several targets, and its mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgreementOverTasks {
    /// The mean of each number over the targets, undefined where one of them is. `n_ensembles` is the sum.
    pub mean: EnsembleAgreement,
    /// The agreement on each target.
    pub tasks: Vec<EnsembleAgreement>,
}

/// The [agreement](super::ensemble_agreement) of scores with accuracies on several targets of one pool, and its mean over
/// them.
///
/// Draw `b` of the bootstrap draws the same members for every target, so that the interval of the mean counts that the
/// networks are the same. A target may leave out members of the pool, as its ensembles say.
///
/// # Errors
///
/// No target, ensembles of another pool or size than the first target's, or an error of
/// [`ensemble_agreement`](super::ensemble_agreement).
///
/// # Examples
///
/// ```
/// use ot_transferability::{Ensembles, ScoredEnsembles, agreement_over_tasks};
///
/// let ensembles = Ensembles::all(4, 3, 4)?;
/// let scored = |scores| ScoredEnsembles { ensembles: &ensembles, scores, accuracies: &[0.9, 0.8, 0.7, 0.6] };
/// let tasks = [scored(&[4.0, 3.0, 2.0, 1.0]), scored(&[1.0, 2.0, 3.0, 4.0])];
/// let agreement = agreement_over_tasks(&tasks, 1, None)?;
/// assert_eq!(agreement.tasks[0].kendall.value, Some(1.0));
/// assert_eq!(agreement.mean.kendall.value, Some(0.0));
/// # Ok::<(), ot_transferability::Error>(())
/// ```
pub fn agreement_over_tasks(
    tasks: &[ScoredEnsembles<'_>],
    k: usize,
    interval: Option<&RankInterval>,
) -> Result<AgreementOverTasks> {
    check::at_least("the targets", tasks.len(), 1)?;
    let (n_members, size) = (tasks[0].ensembles.n_members(), tasks[0].ensembles.size());
    for task in tasks {
        check::same_length(
            "a pool",
            task.ensembles.n_members(),
            "that of the first target",
            n_members,
        )?;
        check::same_length(
            "an ensemble",
            task.ensembles.size(),
            "that of the first target",
            size,
        )?;
    }
    let measured = tasks
        .iter()
        .map(|task| Measured::new(task.ensembles, task.scores, task.accuracies, k, interval))
        .collect::<Result<Vec<_>>>()?;
    let n_draws = measured[0].replicates.len();
    let mean = Measured {
        n_members,
        values: means(&measured.iter().map(|task| &task.values)),
        replicates: (0..n_draws)
            .map(|draw| means(&measured.iter().map(|task| &task.replicates[draw])))
            .collect(),
    };
    let n_ensembles = tasks.iter().map(|task| task.ensembles.len()).sum();
    Ok(AgreementOverTasks {
        mean: mean.agreement(size, n_ensembles, k, interval)?,
        tasks: measured
            .iter()
            .zip(tasks)
            .map(|(measured, task)| measured.agreement(size, task.ensembles.len(), k, interval))
            .collect::<Result<_>>()?,
    })
}

/// The mean of each number over the targets, where all of them are defined.
fn means<'a, const N: usize>(
    of_tasks: &(impl ExactSizeIterator<Item = &'a [Option<f64>; N]> + Clone),
) -> [Option<f64>; N] {
    let n_tasks = of_tasks.len() as f64;
    std::array::from_fn(|number| {
        let sum: Option<f64> = of_tasks.clone().map(|task| task[number]).sum();
        sum.map(|sum| sum / n_tasks)
    })
}

#[cfg(test)]
mod tests {
    use tensor_core::Seed;

    use super::*;
    use crate::evaluation::ensemble_agreement;

    fn interval() -> RankInterval {
        RankInterval {
            n_resamples: 50,
            seed: Seed::new(5),
            ..RankInterval::default()
        }
    }

    #[test]
    fn a_target_taken_twice_has_its_own_mean_and_interval() -> Result<()> {
        let ensembles = Ensembles::all(6, 2, 15)?;
        let scores: Vec<f64> = (0..15).map(|index| f64::from(index * 4 % 7)).collect();
        let accuracies: Vec<f64> = (0..15).map(|index| f64::from(index * 5 % 11) / 11.0).collect();
        let task = ScoredEnsembles {
            ensembles: &ensembles,
            scores: &scores,
            accuracies: &accuracies,
        };
        let interval = interval();
        let twice = agreement_over_tasks(&[task, task], 2, Some(&interval))?;
        let once = ensemble_agreement(&ensembles, &scores, &accuracies, 2, Some(&interval))?;
        assert_eq!(twice.tasks, [once, once]);
        assert_eq!(
            twice.mean,
            EnsembleAgreement {
                n_ensembles: 30,
                ..once
            }
        );
        Ok(())
    }

    #[test]
    fn an_undefined_target_leaves_the_mean_undefined() -> Result<()> {
        let ensembles = Ensembles::all(4, 2, 6)?;
        let (rising, constant) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0; 6]);
        let task = |scores| ScoredEnsembles {
            ensembles: &ensembles,
            scores,
            accuracies: &rising,
        };
        let both = agreement_over_tasks(&[task(&rising), task(&constant)], 1, None)?;
        assert_eq!(both.tasks[0].kendall.value, Some(1.0));
        assert_eq!(both.mean.kendall.value, None);
        Ok(())
    }

    #[test]
    fn pools_of_different_size_are_refused() -> Result<()> {
        let (four, five) = (Ensembles::all(4, 3, 4)?, Ensembles::all(5, 3, 10)?);
        let numbers: Vec<f64> = (0..10).map(f64::from).collect();
        let task = |ensembles, n: usize| ScoredEnsembles {
            ensembles,
            scores: &numbers[..n],
            accuracies: &numbers[..n],
        };
        assert!(agreement_over_tasks(&[task(&four, 4), task(&five, 10)], 1, None).is_err());
        assert!(agreement_over_tasks(&[], 1, None).is_err());
        Ok(())
    }
}
