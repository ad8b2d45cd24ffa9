//! Our side of `cargo xtask peers ot`: costs and least CPU times on the inputs that `peers/ot.py` wrote.
//!
//! `--dir DIR --case CASE` prints one JSON object: the cost or distance as its value, the least CPU seconds of the
//! repetitions, the peak of memory, and where it is known the floor, the work that no algorithm for the case can avoid.
//! A case is named by its work and the number of points on either side: `exact-gaussian-uniform-1000`. `exact-*`,
//! `online-*`, `sliced-*` and `bures-*` are timed from points in memory, the matrix of costs included; the others from
//! the matrix of costs. `sinkhorn-*` and `online-*` make a fixed number of iterations, and their seconds are those of one
//! iteration, with a share of what comes before and after. libtorch has one thread. The case `machine` measures what
//! floors are divided by.
//!
//! Cases without a peer draw their own inputs. Without `--dir` every case runs once on small inputs, so that a test of
//! the benchmarks runs this one too.

#![allow(clippy::print_stdout, reason = "its output is what it is run for")]

mod clouds;
mod timing;

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail, ensure};
use ot_transferability::{
    ConditionalEntropy, CostMatrix, Epsilon, EpsilonScaling, Exact, Exhaustive, Frobenius, GaussianFit,
    GroundCost, Marginals, OnlineSinkhorn, OverRelaxation, PairTable, Pairing, PairwiseScore, Predictions,
    Sinkhorn, SinkhornForm, SlicedWasserstein, Status, Transport, Unbalanced, bures_wasserstein, greedy,
    wasserstein_1d,
};
use serde_json::json;
use tensor_core::{Kind, Tensor, array_io, convert};

use crate::timing::Floor;

/// Every case and a small size for it.
const CASES: [(&str, usize); 17] = [
    ("exact-gaussian-weighted", 40),
    ("exact-clustered-weighted", 40),
    ("exact-gaussian-uniform", 40),
    ("exact-clustered-uniform", 40),
    ("sinkhorn-log", 40),
    ("sinkhorn-stabilized", 40),
    ("small-epsilon", 20),
    ("online-small", 40),
    ("online", 40),
    ("unbalanced", 40),
    ("frobenius", 20),
    ("sliced", 40),
    ("one-dimensional", 40),
    ("bures", 40),
    ("select-greedy", 8),
    ("select-exhaustive", 8),
    ("exact-memory", 40),
];

/// Regularisation as a share of the largest cost: as in `peers/ot.py`.
const EPSILON: f64 = 0.01;
const SMALL_EPSILON: f64 = 1e-3;
const UNBALANCED: (f64, f64) = (0.05, 1.0);
const FROBENIUS: f64 = 0.01;
/// Features of the cases that draw their own points.
const N_FEATURES: usize = 512;
/// Samples and classes of the cases that choose ensembles.
const N_SAMPLES: usize = 5000;
const N_CLASSES: usize = 100;

fn main() -> Result<()> {
    tch::set_num_threads(1);
    let Some((folder, case)) = timing::requested()? else {
        for (name, n) in CASES {
            let inputs = Inputs { folder: None, n };
            let outcome = prepare(name, &inputs)?.run()?;
            ensure!(outcome.value.is_finite(), "{name} gives {}", outcome.value);
        }
        println!(
            "{} cases run once on small inputs; cargo xtask peers ot times them",
            CASES.len()
        );
        return Ok(());
    };
    if case == "machine" {
        println!("{}", machine()?);
        return Ok(());
    }
    let (name, n) = case
        .rsplit_once('-')
        .context("a case ends in the number of points")?;
    let inputs = Inputs {
        folder: Some(folder),
        n: n.parse()
            .with_context(|| format!("`{n}` is not a number of points"))?,
    };
    let mut prepared = prepare(name, &inputs)?;
    let (outcome, seconds, repetitions) = timing::least_cpu_time(|| prepared.run())?;
    let record = json!({
        "case": case,
        "value": outcome.value,
        "seconds": seconds / outcome.timed_iterations.unwrap_or(1) as f64,
        "repetitions": repetitions,
        "threads": tch::get_num_threads(),
        "floor": prepared.floor,
        "marginal_error": outcome.marginal_error,
        "iterations": outcome.iterations.or(outcome.timed_iterations),
        "peak_megabytes": timing::peak_megabytes()?,
    });
    println!("{record}");
    Ok(())
}

/// Where points come from, and how many there are on either side.
struct Inputs {
    folder: Option<PathBuf>,
    n: usize,
}

/// A case with its inputs in memory.
struct Prepared {
    work: Box<dyn FnMut() -> Result<Outcome>>,
    floor: Option<Floor>,
}

/// What came out.
#[derive(Default)]
struct Outcome {
    value: f64,
    marginal_error: Option<f64>,
    iterations: Option<usize>,
    /// What the time is divided by.
    timed_iterations: Option<usize>,
}

impl Prepared {
    fn new(work: impl FnMut() -> Result<Outcome> + 'static) -> Self {
        Self {
            work: Box::new(work),
            floor: None,
        }
    }

    fn with_floor(self, floor: Floor) -> Self {
        Self {
            floor: Some(floor),
            ..self
        }
    }

    fn run(&mut self) -> Result<Outcome> {
        (self.work)()
    }
}

impl From<f64> for Outcome {
    fn from(value: f64) -> Self {
        Self {
            value,
            ..Self::default()
        }
    }
}

fn prepare(name: &str, inputs: &Inputs) -> Result<Prepared> {
    match name {
        "exact-gaussian-weighted" => Ok(exact(inputs.points("gaussian")?, inputs.weights()?)),
        "exact-clustered-weighted" => Ok(exact(inputs.points("clustered")?, inputs.weights()?)),
        "exact-gaussian-uniform" => Ok(exact(inputs.points("gaussian")?, inputs.uniform()?)),
        "exact-clustered-uniform" => Ok(exact(inputs.points("clustered")?, inputs.uniform()?)),
        "exact-memory" => Ok(exact(inputs.drawn(Kind::Double)?, inputs.uniform()?)),
        "sinkhorn-log" => fixed_iterations(inputs, SinkhornForm::LogDomain),
        "sinkhorn-stabilized" => fixed_iterations(inputs, SinkhornForm::Stabilized),
        "small-epsilon" => small_epsilon(inputs),
        "online-small" => online(inputs.points("gaussian")?, 10, inputs),
        // Features as networks give them.
        "online" => online(inputs.drawn(Kind::Float)?, 3, inputs),
        "unbalanced" => unbalanced(inputs),
        "frobenius" => frobenius(inputs),
        "sliced" => sliced(inputs),
        "one-dimensional" => one_dimensional(inputs),
        "bures" => bures(inputs),
        "select-greedy" => select_greedy(inputs),
        "select-exhaustive" => select_exhaustive(inputs),
        _ => bail!("case `{name}` is not known: expected machine or one of {CASES:?}"),
    }
}

fn exact((source, target): (Tensor, Tensor), marginals: Marginals) -> Prepared {
    Prepared::new(move || {
        let cost = CostMatrix::between(&source, &target, GroundCost::SquaredEuclidean)?;
        let solved = Exact::default().solve(&cost, &marginals)?;
        ensure!(solved.status == Status::Optimal, "stopped before the optimum");
        Ok(solved.cost.into())
    })
}

/// A fixed number of iterations: the two sides start from different points, so that values agree only as both converge.
fn fixed_iterations(inputs: &Inputs, form: SinkhornForm) -> Result<Prepared> {
    let (source, target) = inputs.points("gaussian")?;
    let cost = over_largest(&target, &source)?;
    let marginals = inputs.uniform()?;
    let count = (50_000 / inputs.n).clamp(10, 50);
    let solver = Sinkhorn {
        epsilon: Epsilon::absolute(EPSILON),
        form,
        scaling: None,
        tolerance: f64::MIN_POSITIVE,
        max_iterations: count,
        over_relaxation: OverRelaxation::None,
        ..Sinkhorn::default()
    };
    let cells = (inputs.n * inputs.n) as f64;
    let floor = match form {
        SinkhornForm::LogDomain => Floor {
            exponentials: cells,
            ..Floor::default()
        },
        _ => Floor {
            bytes: 8.0 * cells,
            ..Floor::default()
        },
    };
    let prepared = Prepared::new(move || {
        let solved = solver.solve(&cost, &marginals)?;
        Ok(Outcome {
            value: solved.cost,
            timed_iterations: Some(solved.iterations),
            ..Outcome::default()
        })
    });
    Ok(prepared.with_floor(floor))
}

fn small_epsilon(inputs: &Inputs) -> Result<Prepared> {
    let (source, target) = inputs.points("gaussian")?;
    let cost = over_largest(&source, &target)?;
    let marginals = inputs.uniform()?;
    let solver = Sinkhorn {
        epsilon: Epsilon::absolute(SMALL_EPSILON),
        form: SinkhornForm::Stabilized,
        scaling: Some(EpsilonScaling::default()),
        ..Sinkhorn::default()
    };
    Ok(Prepared::new(move || {
        Ok(with_residual(&solver.solve(&cost, &marginals)?))
    }))
}

fn online((source, target): (Tensor, Tensor), count: usize, inputs: &Inputs) -> Result<Prepared> {
    let marginals = inputs.uniform()?;
    let solver = OnlineSinkhorn {
        ground: GroundCost::SquaredEuclidean,
        epsilon: Epsilon::absolute(EPSILON * largest_cost(&source, &target)?),
        tolerance: f64::MIN_POSITIVE,
        max_iterations: count,
        over_relaxation: OverRelaxation::None,
        ..OnlineSinkhorn::default()
    };
    let cells = (inputs.n * inputs.n) as f64;
    let floor = Floor {
        flops: 2.0 * cells * source.size()[1] as f64,
        exponentials: cells,
        ..Floor::default()
    };
    let prepared = Prepared::new(move || {
        let solved = solver.solve(&source, &target, &marginals)?;
        Ok(Outcome {
            value: solved.cost,
            timed_iterations: Some(solved.iterations),
            ..Outcome::default()
        })
    });
    Ok(prepared.with_floor(floor))
}

fn unbalanced(inputs: &Inputs) -> Result<Prepared> {
    let (source, target) = inputs.points("gaussian")?;
    let cost = over_largest(&source, &target)?;
    let weights = vec![1.0 / inputs.n as f64; inputs.n];
    let (epsilon, reach) = UNBALANCED;
    let solver = Unbalanced {
        epsilon: Epsilon::absolute(epsilon),
        source_reach: Some(reach),
        target_reach: Some(reach),
        ..Unbalanced::default()
    };
    Ok(Prepared::new(move || {
        Ok(solver.solve(&cost, &weights, &weights)?.cost.into())
    }))
}

fn frobenius(inputs: &Inputs) -> Result<Prepared> {
    let (source, target) = inputs.points("gaussian")?;
    let cost = over_largest(&source, &target)?;
    let marginals = inputs.uniform()?;
    let solver = Frobenius {
        gamma: Epsilon::absolute(FROBENIUS),
        ..Frobenius::default()
    };
    Ok(Prepared::new(move || {
        Ok(with_residual(&solver.solve(&cost, &marginals)?))
    }))
}

/// The directions are other ones than the peer's: the values agree to the error of the estimate.
fn sliced(inputs: &Inputs) -> Result<Prepared> {
    let (source, target) = inputs.points("gaussian")?;
    let marginals = inputs.uniform()?;
    let solver = SlicedWasserstein {
        n_projections: 100,
        ..SlicedWasserstein::default()
    };
    let floor = Floor {
        flops: 2.0 * (2 * inputs.n) as f64 * source.size()[1] as f64 * solver.n_projections as f64,
        ..Floor::default()
    };
    let prepared = Prepared::new(move || Ok(solver.solve(&source, &target, &marginals)?.cost.into()));
    Ok(prepared.with_floor(floor))
}

fn one_dimensional(inputs: &Inputs) -> Result<Prepared> {
    let (source, target) = inputs.points("gaussian")?;
    let column = |points: &Tensor| convert::vector::<f64>("points", &points.f_select(1, 0)?);
    let (x, y) = (column(&source)?, column(&target)?);
    let weights = vec![1.0 / inputs.n as f64; inputs.n];
    Ok(Prepared::new(move || {
        Ok(wasserstein_1d(&x, &weights, &y, &weights, 2.0)?.into())
    }))
}

fn bures(inputs: &Inputs) -> Result<Prepared> {
    let (source, target) = inputs.points("gaussian")?;
    let weights = vec![1.0 / inputs.n as f64; inputs.n];
    let fit = GaussianFit::default();
    // Two symmetric matrices of inner products.
    let floor = Floor {
        flops: 2.0 * inputs.n as f64 * (source.size()[1] as f64).powi(2),
        ..Floor::default()
    };
    let prepared = Prepared::new(move || {
        let (source, target) = (fit.fit(&source, &weights)?, fit.fit(&target, &weights)?);
        Ok(bures_wasserstein(&source, &target)?.cost.into())
    });
    Ok(prepared.with_floor(floor))
}

/// The pair table and greedy picks of ten members, after the differences of domain and task.
fn select_greedy(inputs: &Inputs) -> Result<Prepared> {
    let predictions = clouds::predictions(inputs.n, N_SAMPLES, N_CLASSES)?;
    let size = inputs.n.min(10);
    Ok(Prepared::new(move || {
        Ok(greedy(&disagreement(&predictions)?, size)?.score.into())
    }))
}

/// All ensembles of three.
fn select_exhaustive(inputs: &Inputs) -> Result<Prepared> {
    let score = disagreement(&clouds::predictions(inputs.n, N_SAMPLES, N_CLASSES)?)?;
    Ok(Prepared::new(move || {
        Ok(Exhaustive::default().select(&score, 3)?.score.into())
    }))
}

fn disagreement(predictions: &[Predictions]) -> Result<PairwiseScore> {
    let predictions: Vec<&Predictions> = predictions.iter().collect();
    let table = PairTable::of(&predictions, ConditionalEntropy::PlugIn)?;
    let worths: Vec<f64> = (0..predictions.len())
        .map(|member| -(member as f64).sqrt())
        .collect();
    Ok(PairwiseScore::new(
        "osborn",
        &worths,
        &table.disagreements(Pairing::Ordered),
    )?)
}

fn with_residual(solved: &Transport) -> Outcome {
    Outcome {
        value: solved.cost,
        marginal_error: Some(solved.marginal_error),
        iterations: Some(solved.iterations),
        timed_iterations: None,
    }
}

/// Squared distances over the largest.
fn over_largest(source: &Tensor, target: &Tensor) -> Result<CostMatrix> {
    let cost = CostMatrix::between(source, target, GroundCost::SquaredEuclidean)?;
    let largest = cost.largest();
    let values = cost.values().iter().map(|value| value / largest).collect();
    Ok(CostMatrix::new(values, cost.n_sources(), cost.n_targets())?)
}

/// About the largest squared distance: that among the first two thousand points.
fn largest_cost(source: &Tensor, target: &Tensor) -> Result<f64> {
    let first = |points: &Tensor| points.f_narrow(0, 0, points.size()[0].min(2000));
    Ok(CostMatrix::between(&first(source)?, &first(target)?, GroundCost::SquaredEuclidean)?.largest())
}

impl Inputs {
    fn points(&self, cloud: &str) -> Result<(Tensor, Tensor)> {
        let Some(folder) = &self.folder else {
            return match cloud {
                "gaussian" => clouds::gaussian(self.n, 8, Kind::Double),
                _ => clouds::clustered(self.n, 8),
            };
        };
        let read = |side: &str| array_io::read_npy(folder.join(format!("{cloud}-{}-{side}.npy", self.n)));
        Ok((read("source")?, read("target")?))
    }

    /// Points of a case that has no peer.
    fn drawn(&self, kind: Kind) -> Result<(Tensor, Tensor)> {
        clouds::gaussian(self.n, N_FEATURES, kind)
    }

    fn uniform(&self) -> Result<Marginals> {
        Ok(Marginals::uniform(self.n, self.n)?)
    }

    fn weights(&self) -> Result<Marginals> {
        let side = |side: &str| -> Result<Vec<f64>> {
            let Some(folder) = &self.folder else {
                return Ok(clouds::weights(side, self.n));
            };
            let path = folder.join(format!("weights-{}-{side}.npy", self.n));
            Ok(convert::vector::<f64>("weights", &array_io::read_npy(path)?)?)
        };
        Ok(Marginals::new(&side("source")?, &side("target")?)?)
    }
}

/// What the floors are divided by.
fn machine() -> Result<serde_json::Value> {
    Ok(json!({
        "case": "machine",
        "flops_per_second": timing::flops_per_second()?,
        "bytes_per_second": timing::bytes_per_second()?,
        "exponentials_per_second": timing::exponentials_per_second()?,
    }))
}
