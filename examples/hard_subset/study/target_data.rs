//! A target with every network of the pool on it.

use ndarray::Array2;
use tensor_core::progress::Progress;

use super::experiment::Experiment;
use super::observation::Observation;
use crate::source_pool::{SourcePool, ensemble_accuracy};
use crate::support::cache::Cache;
use crate::support::data_set::DataSet;
use crate::support::workers::Workers;

/// What each network made of a target, and what it reached there, in the order of the plan.
pub(super) struct TargetData {
    pub(super) target: DataSet,
    pub(super) labels: Vec<i64>,
    pub(super) observations: Vec<Observation>,
    /// Mean test accuracies over the repeats.
    pub(super) fine_tuned: Vec<f64>,
    pub(super) linear_probe: Vec<f64>,
}

impl TargetData {
    /// Every network on every target.
    pub(super) fn all(
        pool: &SourcePool,
        experiment: &Experiment,
        cache: &Cache,
        workers: &Workers,
        progress: &mut (dyn Progress + Send),
    ) -> anyhow::Result<Vec<Self>> {
        let plan = pool.plan();
        let n_sources = plan.sources.len();
        let n_targets = plan.targets.len();
        // The networks that take longest first, so that no worker is left with them at the end.
        let pairs: Vec<(usize, usize)> = (0..n_sources)
            .rev()
            .flat_map(|source| (0..n_targets).map(move |target| (source, target)))
            .collect();
        let total = pairs.len() as u64;
        let task = "scoring subsets";
        let observed = workers.map(task, &pairs, total, progress, |&(source, target), advance| {
            let observation = Observation::of(pool, experiment, source, target, cache)?;
            let truth = pool.truth(source, target)?;
            advance(1);
            let mean = |repeats: &[Array2<f32>]| {
                let accuracies = repeats
                    .iter()
                    .map(|repeat| ensemble_accuracy(&[repeat], &truth.test_labels));
                accuracies.sum::<f64>() / repeats.len() as f64
            };
            Ok((observation, [mean(&truth.fine_tuned), mean(&truth.linear_probe)]))
        })?;
        let mut targets: Vec<Self> = plan
            .targets
            .iter()
            .enumerate()
            .map(|(index, &target)| Self {
                target,
                labels: pool.target_labels(index).to_vec(),
                observations: Vec::new(),
                fine_tuned: Vec::new(),
                linear_probe: Vec::new(),
            })
            .collect();
        for ((_, target), (observation, [fine_tuned, linear_probe])) in pairs.into_iter().zip(observed).rev()
        {
            let data = &mut targets[target];
            data.observations.push(observation);
            data.fine_tuned.push(fine_tuned);
            data.linear_probe.push(linear_probe);
        }
        Ok(targets)
    }
}
