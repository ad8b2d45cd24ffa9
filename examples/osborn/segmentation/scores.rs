//! The scores of ensembles that are compared.

use ot_transferability::{EnsembleMethod, Ensembles, Osborn, Pool as MemberPool};

use super::members::{Distances, Draw};
use crate::support::workers::Workers;

/// A score and the domain difference that it reads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Score {
    /// The name in tables.
    pub(crate) name: &'static str,
    method: EnsembleMethod,
    distance: fn(&Distances) -> f64,
}

/// All scores, in the order of the tables.
pub(crate) fn catalogue() -> Vec<Score> {
    let raw = |distances: &Distances| distances.raw;
    let per_variance = |distances: &Distances| distances.per_variance;
    let above_floor = |distances: &Distances| distances.above_floor;
    let score = |name, method, distance| Score {
        name,
        method,
        distance,
    };
    let osborn = |name, osborn, distance| score(name, EnsembleMethod::Osborn(osborn), distance);
    let weighted = |domain_weight, task_weight, cohesion_weight| Osborn {
        domain_weight,
        task_weight,
        cohesion_weight,
        ..Osborn::paper()
    };
    let otce_sum = Osborn {
        cohesion_weight: 0.0,
        ..Osborn::otce()
    };
    vec![
        score("MS-LEEP", EnsembleMethod::MsLeep, raw),
        score("E-LEEP", EnsembleMethod::ELeep, raw),
        score("IoU-EEP", EnsembleMethod::IouEep, raw),
        score("SoftIoU-EEP", EnsembleMethod::SoftIouEep, raw),
        score("MS-LEEP less W_C", EnsembleMethod::MsLeepCohesion, raw),
        score("E-LEEP less W_C", EnsembleMethod::ELeepCohesion, raw),
        osborn("OTCE, summed", otce_sum, raw),
        osborn("OSBORN, as published", Osborn::paper(), raw),
        osborn("OSBORN, OTCE direction", Osborn::otce(), raw),
        osborn("OSBORN, NCE joint", Osborn::nce(), raw),
        osborn("OSBORN, W_D over variance", Osborn::paper(), per_variance),
        osborn("OSBORN, W_D above floor", Osborn::paper(), above_floor),
        osborn("OSBORN, no W_C", weighted(1.0, 1.0, 0.0), raw),
        osborn("OSBORN, W_C rewarded", weighted(1.0, 1.0, -1.0), raw),
        osborn("OSBORN, no W_D", weighted(0.0, 1.0, 1.0), raw),
        osborn("OSBORN, no W_T", weighted(1.0, 0.0, 1.0), raw),
        osborn("-W_D raw", weighted(1.0, 0.0, 0.0), raw),
        osborn("-W_D over variance", weighted(1.0, 0.0, 0.0), per_variance),
        osborn("-W_D above floor", weighted(1.0, 0.0, 0.0), above_floor),
        osborn("-W_T coupling, source | target", weighted(0.0, 1.0, 0.0), raw),
        osborn("-W_C", weighted(0.0, 0.0, 1.0), raw),
    ]
}

impl Score {
    /// The score of each ensemble, its mean over the draws.
    pub(crate) fn of_ensembles(
        &self,
        ensembles: &Ensembles,
        draws: &[Draw],
        workers: &Workers,
    ) -> anyhow::Result<Vec<f64>> {
        let mut means = vec![0.0; ensembles.len()];
        for Draw { labels, networks } in draws {
            let members = networks
                .iter()
                .map(|network| {
                    let distance = (self.distance)(&network.distances);
                    network.member.clone().with_domain_difference(distance)
                })
                .collect();
            let pool = MemberPool::new(labels.clone(), members)?;
            let scores = workers.install(|| ensembles.scores(&*self.method.on(&pool)?))?;
            for (mean, score) in means.iter_mut().zip(scores) {
                *mean += score / draws.len() as f64;
            }
        }
        Ok(means)
    }
}
