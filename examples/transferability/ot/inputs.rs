//! What is transported, and at which cost.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use ot_transferability::{CostMatrix, GroundCost, Marginals, Result};
use tensor_core::report::InputHash;
use tensor_core::{Kind, Tensor, array_io, check, convert, kind};

/// The cost between two points, as the command line names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lower")]
pub(crate) enum Cost {
    /// `||x - y||^2`
    SqEuclidean,
    /// `||x - y||`
    Euclidean,
    /// `1 - <x, y> / (||x|| ||y||)`
    Cosine,
}

/// Points or costs, and weights.
#[derive(Debug, clap::Args)]
pub(crate) struct InputArguments {
    /// Source points: (n, d), float32 or float64
    #[arg(
        long,
        value_name = "X.npy",
        requires = "target",
        required_unless_present = "cost_matrix"
    )]
    source: Option<PathBuf>,
    /// Target points: (m, d), float32 or float64
    #[arg(long, value_name = "Y.npy", requires = "source")]
    target: Option<PathBuf>,
    /// Weights of the source points: (n), float32 or float64, 0 or more [default: 1/n each]
    #[arg(long, value_name = "a.npy")]
    a: Option<PathBuf>,
    /// Weights of the target points: (m), float32 or float64, 0 or more [default: 1/m each]
    #[arg(long, value_name = "b.npy")]
    b: Option<PathBuf>,
    /// Cost between two points [default: sqeuclidean]
    #[arg(long, value_enum, value_name = "NAME")]
    cost: Option<Cost>,
    /// Costs instead of points: (n, m), float32 or float64
    #[arg(long, value_name = "C.npy", conflicts_with_all = ["source", "target", "cost"])]
    cost_matrix: Option<PathBuf>,
}

impl InputArguments {
    /// The arguments that were given of those that not every method takes.
    pub(crate) fn given(&self) -> Vec<&'static str> {
        let given = [
            ("--cost", self.cost.is_some()),
            ("--cost-matrix", self.cost_matrix.is_some()),
        ];
        given
            .into_iter()
            .filter(|(_, given)| *given)
            .map(|(name, _)| name)
            .collect()
    }

    /// The cost between two points.
    pub(crate) fn ground(&self) -> GroundCost {
        match self.cost {
            None | Some(Cost::SqEuclidean) => GroundCost::SquaredEuclidean,
            Some(Cost::Euclidean) => GroundCost::Euclidean,
            Some(Cost::Cosine) => GroundCost::Cosine,
        }
    }
}

/// A checked problem.
pub(crate) struct Inputs {
    pub(crate) problem: Problem,
    pub(crate) n_sources: usize,
    pub(crate) n_targets: usize,
    pub(crate) source_weights: Vec<f64>,
    pub(crate) target_weights: Vec<f64>,
    pub(crate) kind: Kind,
    pub(crate) hashes: Vec<InputHash>,
}

/// What costs come from.
pub(crate) enum Problem {
    Points {
        source: Tensor,
        target: Tensor,
        ground: GroundCost,
    },
    Costs(CostMatrix),
}

impl Inputs {
    /// Reads and checks every file that was given; whatever is wrong is named by its file.
    pub(crate) fn read(arguments: &InputArguments) -> Result<Self> {
        let mut hashes = Vec::new();
        let mut load = |argument: &str, path: &Path| -> Result<(String, Tensor)> {
            let tensor = array_io::read_npy(path)?;
            hashes.push(InputHash::of_tensor(argument, &tensor)?);
            let name = path.display().to_string();
            kind::require(&name, &tensor, kind::FLOATS)?;
            Ok((name, tensor))
        };
        let (problem, kind, source_name, target_name);
        if let (Some(source), Some(target)) = (&arguments.source, &arguments.target) {
            let (source, target) = (load("source", source)?, load("target", target)?);
            for (name, points) in [&source, &target] {
                let (n_points, _) = check::matrix(name, points)?;
                check::at_least(name, n_points, 1)?;
                check::finite(name, points)?;
            }
            kind = source.1.kind();
            problem = Problem::Points {
                source: source.1,
                target: target.1,
                ground: arguments.ground(),
            };
            (source_name, target_name) = (source.0, target.0);
        } else {
            let path = arguments.cost_matrix.as_deref().unwrap_or(Path::new(""));
            let (name, costs) = load("cost-matrix", path)?;
            kind = costs.kind();
            problem = Problem::Costs(CostMatrix::from_tensor(&name, &costs)?);
            (source_name, target_name) = (format!("rows of {name}"), format!("columns of {name}"));
        }
        let (n_sources, n_targets) = problem.shape();
        let mut weights =
            |argument: &str, path: &Option<PathBuf>, points: &str, n_points: usize| -> Result<Vec<f64>> {
                let Some(path) = path else {
                    return Ok(vec![1.0 / n_points as f64; n_points]);
                };
                let (name, tensor) = load(argument, path)?;
                let weights = convert::vector::<f64>(&name, &tensor)?;
                check::same_length(&name, weights.len(), points, n_points)?;
                check::weights(&name, &weights)?;
                Ok(weights)
            };
        let source_weights = weights("a", &arguments.a, &source_name, n_sources)?;
        let target_weights = weights("b", &arguments.b, &target_name, n_targets)?;
        Ok(Self {
            problem,
            n_sources,
            n_targets,
            source_weights,
            target_weights,
            kind,
            hashes,
        })
    }

    /// The cost between two points, unless costs were given.
    pub(crate) fn ground(&self) -> Option<GroundCost> {
        match self.problem {
            Problem::Points { ground, .. } => Some(ground),
            Problem::Costs(_) => None,
        }
    }

    /// The weights as marginals of equal mass.
    pub(crate) fn marginals(&self) -> Result<Marginals> {
        Marginals::new(&self.source_weights, &self.target_weights)
    }
}

impl Problem {
    fn shape(&self) -> (usize, usize) {
        match self {
            Self::Points { source, target, .. } => (source.size()[0] as usize, target.size()[0] as usize),
            Self::Costs(costs) => (costs.n_sources(), costs.n_targets()),
        }
    }

    /// The costs, computed or given.
    pub(crate) fn into_costs(self) -> Result<CostMatrix> {
        match self {
            Self::Points {
                source,
                target,
                ground,
            } => CostMatrix::between(&source, &target, ground),
            Self::Costs(costs) => Ok(costs),
        }
    }
}
