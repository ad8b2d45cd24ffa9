//! The scores of ensembles that the study compares.

use ot_transferability::{
    ConditionalEntropy, Direction, EnsembleMethod, Ensembles, JointSource, Osborn, PairwiseScore, Pool,
    standardized_osborn,
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
        let parts = [
            (Part::Baseline, baselines()),
            (Part::Osborn, variants()),
            (Part::Term, single_terms()),
        ];
        parts
            .into_iter()
            .flat_map(|(part, scores)| {
                scores
                    .into_iter()
                    .map(move |(name, recipe)| Self { part, name, recipe })
            })
            .collect()
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

fn baselines() -> Vec<(String, Recipe)> {
    let otce = Recipe::Osborn(without_cohesion(Osborn::otce()), Distance::Raw);
    [
        ("MS-LEEP", Recipe::Method(EnsembleMethod::MsLeep)),
        ("E-LEEP", Recipe::Method(EnsembleMethod::ELeep)),
        ("IoU-EEP", Recipe::Method(EnsembleMethod::IouEep)),
        ("SoftIoU-EEP", Recipe::Method(EnsembleMethod::SoftIouEep)),
        ("MS-LEEP less W_C", Recipe::Method(EnsembleMethod::MsLeepCohesion)),
        ("E-LEEP less W_C", Recipe::Method(EnsembleMethod::ELeepCohesion)),
        ("NCE, summed", Recipe::MetricSum(SUMMED_METRICS[0])),
        ("LogME, summed", Recipe::MetricSum(SUMMED_METRICS[1])),
        (
            "H-score regularised, summed",
            Recipe::MetricSum(SUMMED_METRICS[2]),
        ),
        ("OTCE, summed", otce),
    ]
    .map(|(name, recipe)| (name.to_owned(), recipe))
    .to_vec()
}

/// OSBORN as published, with each choice made otherwise, and with several.
fn variants() -> Vec<(String, Recipe)> {
    let (paper, nce) = (Osborn::paper(), Osborn::nce());
    let soft = paper.with_task(JointSource::SoftPredictions, Direction::TrueGivenPred);
    let mut variants: Vec<(String, Osborn, Distance)> = [
        ("as published", paper),
        ("OTCE direction", Osborn::otce()),
        ("NCE joint", nce),
        ("soft joint", soft),
    ]
    .map(|(name, osborn)| (name.to_owned(), osborn, Distance::Raw))
    .to_vec();
    for distance in &Distance::ALL[1..] {
        variants.push((format!("W_D {}", distance.name()), paper, *distance));
    }
    let per_log_classes = paper.with_entropy(ConditionalEntropy::PerLogClasses);
    let miller_madow = paper.with_entropy(ConditionalEntropy::MillerMadow);
    variants.extend(
        [
            ("entropies over log K", per_log_classes),
            ("entropies Miller-Madow", miller_madow),
            ("no W_C", without_cohesion(paper)),
            ("W_C rewarded", rewarding_disagreement(paper)),
            ("no W_D", without_domain(paper)),
        ]
        .map(|(name, osborn)| (name.to_owned(), osborn, Distance::Raw)),
    );
    for distance in [Distance::TotalVariance, Distance::UnitRows] {
        let name = |rest: &str| format!("NCE joint, W_D {}{rest}", distance.name());
        variants.extend([
            (name(""), nce, distance),
            (name(", no W_C"), without_cohesion(nce), distance),
            (name(", W_C rewarded"), rewarding_disagreement(nce), distance),
        ]);
    }
    let standardized = (
        "as published, z-scored over ensembles".to_owned(),
        Recipe::Standardized(paper, Distance::Raw),
    );
    variants
        .into_iter()
        .map(|(name, osborn, distance)| (name, Recipe::Osborn(osborn, distance)))
        .chain([standardized])
        .collect()
}

fn single_terms() -> Vec<(String, Recipe)> {
    let paper = Osborn::paper();
    let domain = Osborn {
        task_weight: 0.0,
        ..without_cohesion(paper)
    };
    let domains = Distance::ALL.map(|distance| {
        (
            format!("W_D {}", distance.name()),
            Recipe::Osborn(domain, distance),
        )
    });
    let (coupling, predictions) = (JointSource::Coupling, JointSource::HardPredictions);
    let tasks = [
        ("coupling, source | target", coupling, Direction::PredGivenTrue),
        ("coupling, target | source", coupling, Direction::TrueGivenPred),
        (
            "predictions, predicted | true",
            predictions,
            Direction::PredGivenTrue,
        ),
        (
            "predictions, true | predicted",
            predictions,
            Direction::TrueGivenPred,
        ),
    ]
    .map(|(name, source, direction)| {
        let task = without_cohesion(without_domain(paper)).with_task(source, direction);
        (format!("W_T {name}"), Recipe::Osborn(task, Distance::Raw))
    });
    let cohesions = [
        ("W_C", ConditionalEntropy::PlugIn),
        ("W_C over log K", ConditionalEntropy::PerLogClasses),
    ]
    .map(|(name, entropy)| {
        let cohesion = Osborn {
            task_weight: 0.0,
            ..without_domain(paper.with_entropy(entropy))
        };
        (name.to_owned(), Recipe::Osborn(cohesion, Distance::Raw))
    });
    domains.into_iter().chain(tasks).chain(cohesions).collect()
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
