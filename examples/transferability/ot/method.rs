//! How the problem is solved.

use clap::ValueEnum;
use ot_transferability::{
    CostScale, Epsilon, Exact, Frobenius, GaussianFit, GroundCost, OnlineSinkhorn, Sinkhorn, SinkhornForm,
    SlicedWasserstein, Unbalanced,
};
use serde::Serialize;
use tensor_core::Seed;

use crate::support::exit::bad_input;

use super::solution::Solver;

/// The methods by their names on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Method {
    /// The optimal plan
    Exact,
    /// Entropic, scalings of a stored kernel
    Sinkhorn,
    /// Entropic, the scalings absorbed into the kernel when they grow
    SinkhornStabilized,
    /// Entropic, in the log domain
    SinkhornLog,
    /// Entropic, the costs never stored; no plan
    SinkhornOnline,
    /// Entropic, with mass that may appear and vanish
    Unbalanced,
    /// Regularised by the squared masses, with a sparse plan
    Frobenius,
    /// `W_2^2` along random directions; no plan
    Sliced,
    /// `W_2^2` between the normal distributions with the same means and covariances; no plan
    Bures,
}

/// A unit of the regularisation strength.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RelativeTo {
    /// The largest cost
    Max,
    /// The mean cost
    Mean,
    /// The median cost
    Median,
}

/// Parameters; each method takes some of them.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct MethodArguments {
    /// Strength of the entropic regularisation, above 0 [default: 0.05 of the mean cost]
    #[arg(long, value_name = "E", allow_negative_numbers = true)]
    epsilon: Option<f64>,
    /// Unit of --epsilon [default: that of the costs]
    #[arg(long, value_enum, value_name = "UNIT", requires = "epsilon")]
    epsilon_relative_to: Option<RelativeTo>,
    /// `unbalanced`: penalty on the marginals of both sides, above 0
    #[arg(long, value_name = "R", allow_negative_numbers = true, conflicts_with_all = ["source_reach", "target_reach"])]
    reach: Option<f64>,
    /// `unbalanced`: penalty on the source marginal; the target's is kept unless it has one
    #[arg(long, value_name = "R", allow_negative_numbers = true)]
    source_reach: Option<f64>,
    /// `unbalanced`: penalty on the target marginal; the source's is kept unless it has one
    #[arg(long, value_name = "R", allow_negative_numbers = true)]
    target_reach: Option<f64>,
    /// `frobenius`: strength of the regularisation, above 0
    #[arg(long, value_name = "G", allow_negative_numbers = true)]
    gamma: Option<f64>,
    /// `frobenius`: unit of --gamma [default: that of the costs]
    #[arg(long, value_enum, value_name = "UNIT", requires = "gamma")]
    gamma_relative_to: Option<RelativeTo>,
    /// `sliced`: number of random directions [default: 50]
    #[arg(long, value_name = "N")]
    projections: Option<usize>,
    /// Cap on the iterations
    #[arg(long, value_name = "N")]
    max_iterations: Option<usize>,
    /// Where the iterations stop: the marginal error relative to the mass
    #[arg(long, value_name = "T", allow_negative_numbers = true)]
    tolerance: Option<f64>,
}

impl MethodArguments {
    /// The arguments that were given.
    pub(crate) fn given(&self) -> Vec<&'static str> {
        let given = [
            ("--epsilon", self.epsilon.is_some()),
            ("--reach", self.reach.is_some()),
            ("--source-reach", self.source_reach.is_some()),
            ("--target-reach", self.target_reach.is_some()),
            ("--gamma", self.gamma.is_some()),
            ("--projections", self.projections.is_some()),
            ("--max-iterations", self.max_iterations.is_some()),
            ("--tolerance", self.tolerance.is_some()),
        ];
        given
            .into_iter()
            .filter(|(_, given)| *given)
            .map(|(name, _)| name)
            .collect()
    }

    fn epsilon(&self) -> Epsilon {
        strength(self.epsilon, self.epsilon_relative_to).unwrap_or_default()
    }
}

impl Method {
    /// What it takes of the arguments that not every method takes.
    fn takes(self) -> &'static [&'static str] {
        match self {
            Self::Exact => &["--cost", "--cost-matrix", "--plan", "--max-iterations"],
            Self::Sinkhorn | Self::SinkhornStabilized | Self::SinkhornLog => &[
                "--cost",
                "--cost-matrix",
                "--plan",
                "--max-iterations",
                "--tolerance",
                "--epsilon",
            ],
            Self::SinkhornOnline => &["--cost", "--max-iterations", "--tolerance", "--epsilon"],
            Self::Unbalanced => &[
                "--cost",
                "--cost-matrix",
                "--plan",
                "--max-iterations",
                "--tolerance",
                "--epsilon",
                "--reach",
                "--source-reach",
                "--target-reach",
            ],
            Self::Frobenius => &[
                "--cost",
                "--cost-matrix",
                "--plan",
                "--max-iterations",
                "--tolerance",
                "--gamma",
            ],
            Self::Sliced => &["--projections"],
            Self::Bures => &[],
        }
    }

    /// An error for the first argument that was given in vain.
    pub(crate) fn refuse_what_it_does_not_take(self, given: &[&str]) -> anyhow::Result<()> {
        let Some(argument) = given.iter().find(|argument| !self.takes().contains(argument)) else {
            return Ok(());
        };
        let name = self
            .to_possible_value()
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default();
        let why = match *argument {
            "--plan" => "there is no plan",
            "--cost-matrix" => "it is computed from points, --source X.npy and --target Y.npy",
            "--cost" => "it is defined by squared Euclidean distances",
            _ => "it has no such parameter",
        };
        Err(bad_input(format_args!(
            "method `{name}` does not take {argument}: {why}"
        )))
    }

    /// The solver with its parameters.
    pub(crate) fn solver(self, arguments: &MethodArguments, ground: GroundCost, seed: u64) -> Solver {
        let sinkhorn = |form| {
            let default = Sinkhorn::default();
            Solver::Sinkhorn(Sinkhorn {
                epsilon: arguments.epsilon(),
                form,
                tolerance: arguments.tolerance.unwrap_or(default.tolerance),
                max_iterations: arguments.max_iterations.unwrap_or(default.max_iterations),
                ..default
            })
        };
        match self {
            Self::Exact => Solver::Exact(Exact {
                max_iterations: arguments.max_iterations,
                ..Exact::default()
            }),
            Self::Sinkhorn => sinkhorn(SinkhornForm::Kernel),
            Self::SinkhornStabilized => sinkhorn(SinkhornForm::Stabilized),
            Self::SinkhornLog => sinkhorn(SinkhornForm::LogDomain),
            Self::SinkhornOnline => {
                let default = OnlineSinkhorn::default();
                Solver::Online(OnlineSinkhorn {
                    ground,
                    epsilon: arguments.epsilon(),
                    tolerance: arguments.tolerance.unwrap_or(default.tolerance),
                    max_iterations: arguments.max_iterations.unwrap_or(default.max_iterations),
                    ..default
                })
            }
            Self::Unbalanced => {
                let default = Unbalanced::default();
                let [source_reach, target_reach] =
                    match (arguments.reach, arguments.source_reach, arguments.target_reach) {
                        (None, None, None) => [default.source_reach, default.target_reach],
                        (Some(reach), _, _) => [Some(reach); 2],
                        (None, source_reach, target_reach) => [source_reach, target_reach],
                    };
                Solver::Unbalanced(Unbalanced {
                    epsilon: arguments.epsilon(),
                    source_reach,
                    target_reach,
                    tolerance: arguments.tolerance.unwrap_or(default.tolerance),
                    max_iterations: arguments.max_iterations.unwrap_or(default.max_iterations),
                    ..default
                })
            }
            Self::Frobenius => {
                let default = Frobenius::default();
                Solver::Frobenius(Frobenius {
                    gamma: strength(arguments.gamma, arguments.gamma_relative_to).unwrap_or(default.gamma),
                    tolerance: arguments.tolerance.unwrap_or(default.tolerance),
                    max_iterations: arguments.max_iterations.unwrap_or(default.max_iterations),
                })
            }
            Self::Sliced => {
                let default = SlicedWasserstein::default();
                Solver::Sliced(SlicedWasserstein {
                    n_projections: arguments.projections.unwrap_or(default.n_projections),
                    seed: Seed::new(seed),
                    ..default
                })
            }
            Self::Bures => Solver::Bures(GaussianFit::default()),
        }
    }
}

/// A strength and its unit.
fn strength(value: Option<f64>, relative_to: Option<RelativeTo>) -> Option<Epsilon> {
    let relative_to = match relative_to {
        None => CostScale::Absolute,
        Some(RelativeTo::Max) => CostScale::Max,
        Some(RelativeTo::Mean) => CostScale::Mean,
        Some(RelativeTo::Median) => CostScale::Median,
    };
    value.map(|value| Epsilon { value, relative_to })
}
