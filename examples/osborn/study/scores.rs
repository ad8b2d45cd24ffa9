//! The scores of ensembles that the study compares.

use ot_transferability::{
    Cohesion, ConditionalEntropy, Direction, EnsembleMethod, Ensembles, JointSource, Osborn, PairwiseScore,
    Pool, TaskDifference, standardized_osborn,
};

use super::transport_terms::Distance;

/// A score with the name that tables give it.
#[derive(Debug, Clone)]
pub(crate) struct NamedScore {
    /// What kind of score it is: tables are parted by it.
    pub(crate) part: Part,
    /// Unique in its part.
    pub(crate) name: String,
    pub(crate) recipe: Recipe,
}

/// Parts of the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Part {
    /// Scores without optimal transport between data sets, and the sum of OTCE.
    Baseline,
    /// OSBORN in its variants.
    Osborn,
    /// One term of it alone.
    Term,
}

/// How a score is computed.
#[derive(Debug, Clone)]
pub(crate) enum Recipe {
    /// A score that the crate knows by name.
    Method(EnsembleMethod),
    /// The sum over the members of a metric of single networks, by its name.
    MetricSum(&'static str),
    /// OSBORN with a way to measure the domain difference.
    Osborn(Osborn, Distance),
    /// The same, each term z-scored over the ensembles.
    Standardized(Osborn, Distance),
}

/// Metrics of single networks that are summed.
pub(crate) const SUMMED_METRICS: [&str; 3] = ["nce", "logme", "hscore-reg"];

impl NamedScore {
    /// All of them, in the order of the tables.
    pub(crate) fn all() -> Vec<Self> {
        let mut all = Vec::new();
        let mut add = |part, name: &str, recipe| {
            all.push(Self {
                part,
                name: name.to_owned(),
                recipe,
            });
        };

        let baseline = |method| Recipe::Method(method);
        add(Part::Baseline, "MS-LEEP", baseline(EnsembleMethod::MsLeep));
        add(Part::Baseline, "E-LEEP", baseline(EnsembleMethod::ELeep));
        add(Part::Baseline, "IoU-EEP", baseline(EnsembleMethod::IouEep));
        add(
            Part::Baseline,
            "SoftIoU-EEP",
            baseline(EnsembleMethod::SoftIouEep),
        );
        add(
            Part::Baseline,
            "MS-LEEP less W_C",
            baseline(EnsembleMethod::MsLeepCohesion),
        );
        add(
            Part::Baseline,
            "E-LEEP less W_C",
            baseline(EnsembleMethod::ELeepCohesion),
        );
        add(
            Part::Baseline,
            "NCE, summed",
            Recipe::MetricSum(SUMMED_METRICS[0]),
        );
        add(
            Part::Baseline,
            "LogME, summed",
            Recipe::MetricSum(SUMMED_METRICS[1]),
        );
        add(
            Part::Baseline,
            "H-score regularised, summed",
            Recipe::MetricSum(SUMMED_METRICS[2]),
        );
        add(
            Part::Baseline,
            "OTCE, summed",
            Recipe::Osborn(without_cohesion(Osborn::otce()), Distance::Raw),
        );

        let paper = Osborn::paper();
        let nce = Osborn::nce();
        let mut osborn =
            |name: &str, osborn, distance| add(Part::Osborn, name, Recipe::Osborn(osborn, distance));
        osborn("as published", paper, Distance::Raw);
        osborn("OTCE direction", Osborn::otce(), Distance::Raw);
        osborn("NCE joint", nce, Distance::Raw);
        osborn(
            "soft joint",
            paper.with_task(JointSource::SoftPredictions, Direction::TrueGivenPred),
            Distance::Raw,
        );
        for distance in &Distance::ALL[1..] {
            osborn(&format!("W_D {}", distance.name()), paper, *distance);
        }
        for (name, entropy) in [
            ("entropies over log K", ConditionalEntropy::PerLogClasses),
            ("entropies Miller-Madow", ConditionalEntropy::MillerMadow),
        ] {
            osborn(name, with_entropy(paper, entropy), Distance::Raw);
        }
        osborn("no W_C", without_cohesion(paper), Distance::Raw);
        osborn("W_C rewarded", rewarding_disagreement(paper), Distance::Raw);
        osborn("no W_D", without_domain(paper), Distance::Raw);
        for distance in [Distance::TotalVariance, Distance::UnitRows] {
            let of = |name: &str| format!("NCE joint, W_D {}{name}", distance.name());
            osborn(&of(""), nce, distance);
            osborn(&of(", no W_C"), without_cohesion(nce), distance);
            osborn(&of(", W_C rewarded"), rewarding_disagreement(nce), distance);
        }
        add(
            Part::Osborn,
            "as published, z-scored over ensembles",
            Recipe::Standardized(paper, Distance::Raw),
        );

        for distance in Distance::ALL {
            let alone = Osborn {
                task_weight: 0.0,
                ..without_cohesion(paper)
            };
            add(
                Part::Term,
                &format!("W_D {}", distance.name()),
                Recipe::Osborn(alone, distance),
            );
        }
        for (name, source, direction) in [
            (
                "coupling, source | target",
                JointSource::Coupling,
                Direction::PredGivenTrue,
            ),
            (
                "coupling, target | source",
                JointSource::Coupling,
                Direction::TrueGivenPred,
            ),
            (
                "predictions, predicted | true",
                JointSource::HardPredictions,
                Direction::PredGivenTrue,
            ),
            (
                "predictions, true | predicted",
                JointSource::HardPredictions,
                Direction::TrueGivenPred,
            ),
        ] {
            let alone = without_cohesion(without_domain(paper)).with_task(source, direction);
            add(
                Part::Term,
                &format!("W_T {name}"),
                Recipe::Osborn(alone, Distance::Raw),
            );
        }
        for (name, entropy) in [
            ("W_C", ConditionalEntropy::PlugIn),
            ("W_C over log K", ConditionalEntropy::PerLogClasses),
        ] {
            let alone = Osborn {
                task_weight: 0.0,
                ..without_domain(with_entropy(paper, entropy))
            };
            add(Part::Term, name, Recipe::Osborn(alone, Distance::Raw));
        }
        all
    }

    /// Whether it reads source samples.
    pub(crate) fn needs_source(&self) -> bool {
        match &self.recipe {
            Recipe::Method(_) | Recipe::MetricSum(_) => false,
            Recipe::Osborn(osborn, _) | Recipe::Standardized(osborn, _) => {
                osborn.domain_weight != 0.0
                    || osborn.task_weight != 0.0 && osborn.task.source == JointSource::Coupling
            }
        }
    }
}

impl Recipe {
    /// The scores of ensembles; `pool_with` gives the pool with a domain difference, `metric` the members' own scores.
    pub(crate) fn scores(
        &self,
        ensembles: &Ensembles,
        pool_with: impl Fn(Distance) -> anyhow::Result<Pool>,
        metric: impl Fn(&'static str) -> Vec<f64>,
    ) -> anyhow::Result<Vec<f64>> {
        Ok(match self {
            Self::Method(method) => ensembles.scores(method.on(&pool_with(Distance::Raw)?)?.as_ref())?,
            Self::MetricSum(name) => ensembles.scores(&PairwiseScore::modular(name, &metric(name))?)?,
            Self::Osborn(osborn, distance) => ensembles.scores(&osborn.on(&pool_with(*distance)?)?)?,
            Self::Standardized(osborn, distance) => {
                standardized_osborn(&osborn.on(&pool_with(*distance)?)?, ensembles)?
            }
        })
    }
}

fn without_cohesion(osborn: Osborn) -> Osborn {
    Osborn {
        cohesion_weight: 0.0,
        ..osborn
    }
}

fn rewarding_disagreement(osborn: Osborn) -> Osborn {
    Osborn {
        cohesion_weight: -1.0,
        ..osborn
    }
}

fn without_domain(osborn: Osborn) -> Osborn {
    Osborn {
        domain_weight: 0.0,
        ..osborn
    }
}

fn with_entropy(osborn: Osborn, entropy: ConditionalEntropy) -> Osborn {
    Osborn {
        task: TaskDifference {
            entropy,
            ..osborn.task
        },
        cohesion: Cohesion {
            entropy,
            ..osborn.cohesion
        },
        ..osborn
    }
}
