//! The scores of ensembles that are compared.

use ot_transferability::{ConditionalEntropy, EnsembleMethod, Ensembles, Osborn, Pool as MemberPool};

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
    let paper = Osborn::paper();
    let nce = Osborn::nce();
    let per_log_classes = paper.with_entropy(ConditionalEntropy::PerLogClasses);
    vec![
        score("MS-LEEP", EnsembleMethod::MsLeep, raw),
        score("E-LEEP", EnsembleMethod::ELeep, raw),
        score("IoU-EEP", EnsembleMethod::IouEep, raw),
        score("SoftIoU-EEP", EnsembleMethod::SoftIouEep, raw),
        score("MS-LEEP less W_C", EnsembleMethod::MsLeepCohesion, raw),
        score("E-LEEP less W_C", EnsembleMethod::ELeepCohesion, raw),
        osborn("OTCE, summed", weighted(Osborn::otce(), [1.0, 1.0, 0.0]), raw),
        osborn("OSBORN, as published", paper, raw),
        osborn("OSBORN, OTCE direction", Osborn::otce(), raw),
        osborn("OSBORN, NCE joint", nce, raw),
        osborn("OSBORN, W_D over variance", paper, per_variance),
        osborn("OSBORN, W_D above floor", paper, above_floor),
        osborn("OSBORN, entropies over log K", per_log_classes, raw),
        osborn("OSBORN, no W_C", weighted(paper, [1.0, 1.0, 0.0]), raw),
        osborn("OSBORN, W_C rewarded", weighted(paper, [1.0, 1.0, -1.0]), raw),
        osborn("OSBORN, no W_D", weighted(paper, [0.0, 1.0, 1.0]), raw),
        osborn("OSBORN, no W_T", weighted(paper, [1.0, 0.0, 1.0]), raw),
        osborn("OSBORN, NCE joint, W_D over variance", nce, per_variance),
        osborn(
            "OSBORN, NCE joint, W_D over variance, no W_C",
            weighted(nce, [1.0, 1.0, 0.0]),
            per_variance,
        ),
        osborn(
            "OSBORN, NCE joint, W_D over variance, W_C rewarded",
            weighted(nce, [1.0, 1.0, -1.0]),
            per_variance,
        ),
        osborn("-W_D raw", weighted(paper, [1.0, 0.0, 0.0]), raw),
        osborn(
            "-W_D over variance",
            weighted(paper, [1.0, 0.0, 0.0]),
            per_variance,
        ),
        osborn("-W_D above floor", weighted(paper, [1.0, 0.0, 0.0]), above_floor),
        osborn(
            "-W_T coupling, source | target",
            weighted(paper, [0.0, 1.0, 0.0]),
            raw,
        ),
        osborn(
            "-W_T coupling, target | source",
            weighted(Osborn::otce(), [0.0, 1.0, 0.0]),
            raw,
        ),
        osborn(
            "-W_T predictions, true | predicted",
            weighted(nce, [0.0, 1.0, 0.0]),
            raw,
        ),
        osborn("-W_C", weighted(paper, [0.0, 0.0, 1.0]), raw),
        osborn("-W_C over log K", weighted(per_log_classes, [0.0, 0.0, 1.0]), raw),
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

/// With weights of domain, task and cohesiveness.
fn weighted(osborn: Osborn, [domain_weight, task_weight, cohesion_weight]: [f64; 3]) -> Osborn {
    Osborn {
        domain_weight,
        task_weight,
        cohesion_weight,
        ..osborn
    }
}
