//! Entropic transport between points, with costs that are never stored.

mod iteration;
mod passes;
mod points;
mod rows;
mod transport;

use serde::{Deserialize, Serialize};
use tch::Tensor;
use tensor_core::check;
use tensor_core::progress::{Progress, Silent};
use transferability_metrics::Labels;

use iteration::{Evaluation, Online, Problem, source_scalings, target_scalings};
use passes::{Classes, Evaluate, Scale};
use points::{Points, checked};
use rows::Rows;

pub use transport::OnlineTransport;

use crate::exponential::LOG2_E;
use crate::plan::l1_distance;
use crate::sinkhorn::{
    EpsilonScaling, Iterate as _, LogScalings, OverRelaxation, Side, TASK, dot, iterate_until,
};
use crate::transport::Support;
use crate::{CostScale, Epsilon, GroundCost, Joint, Marginals, Potentials, Result, Status};

/// Entropic optimal transport between points, in memory for the points alone.
///
/// The problem, its potentials and its objectives are those of [`Sinkhorn`](crate::Sinkhorn). Costs are computed anew in
/// every pass, some rows at a time: one product of matrices for the inner products, from which the costs of a row, its
/// exponentials, its new potential and its part of the column sums follow while it is in the cache. One pass is one
/// iteration, with one exponential a cell. Neither costs nor plan are stored; the joint mass of labels is added up on the
/// way.
///
/// | name | default | meaning | range | source |
/// |---|---|---|---|---|
/// | `ground` | squared Euclidean | cost of two points | | – |
/// | `epsilon` | 0.05 of the mean cost | strength of the regularisation | above 0; not relative to the median | OTT |
/// | `scaling` | none | stronger regularisations to go through first | | – |
/// | `tolerance` | 1e-6 | marginal error, relative to the mass, at which the iteration stops | above 0 | see below |
/// | `max_iterations` | 1000 | cap on the iterations at all strengths | 1 or more | – |
/// | `over_relaxation` | adaptive | longer steps | | as `Sinkhorn` |
///
/// An iteration costs as much as the whole matrix of costs. Hence a tolerance of 1e-6, below which the statistical error
/// of any sample hides, in place of 1e-9.
///
/// A median of the costs would have to store them: an `epsilon` relative to it is refused. The mean follows from the means
/// of the points without a pass, except for the Euclidean distance.
///
/// Points of zero weight are left out; they get the potentials that the update gives.
///
/// The result has the same bits for any number of threads of rayon. libtorch multiplies the matrices with its own threads.
///
/// # Complexity
///
/// O(n m d) an iteration. Beside the given points: the targets in `f64`, unless they are given so and lie about the origin;
/// some vectors of n and of m numbers; and about 25 MB for blocks of costs.
///
/// # Reference
///
/// J. Feydy, *Geometric data analysis, beyond convolutions*, 2020, chapter 3.3.
///
/// # Examples
///
/// ```
/// use ot_transferability::{Epsilon, Marginals, OnlineSinkhorn};
/// use tensor_core::convert::tensor_from_slice;
///
/// let points = tensor_from_slice(&[0.0, 1.0], &[2, 1])?;
/// let sinkhorn = OnlineSinkhorn { epsilon: Epsilon::absolute(1.0), ..OnlineSinkhorn::default() };
/// let transport = sinkhorn.solve(&points, &points, &Marginals::uniform(2, 2)?)?;
/// // Half of the mass goes to the wrong point with odds of e^-1.
/// let odds = (-1.0_f64).exp();
/// assert!((transport.cost - odds / (1.0 + odds)).abs() < 1e-6);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OnlineSinkhorn {
    /// The cost of two points.
    pub ground: GroundCost,
    /// The strength of the regularisation.
    pub epsilon: Epsilon,
    /// Stronger regularisations to go through first.
    pub scaling: Option<EpsilonScaling>,
    /// The marginal error, relative to the mass, at which the iteration stops.
    pub tolerance: f64,
    /// The cap on the iterations.
    pub max_iterations: usize,
    /// Longer steps.
    pub over_relaxation: OverRelaxation,
}

impl Default for OnlineSinkhorn {
    fn default() -> Self {
        Self {
            ground: GroundCost::default(),
            epsilon: Epsilon::default(),
            scaling: None,
            tolerance: 1e-6,
            max_iterations: 1000,
            over_relaxation: OverRelaxation::default(),
        }
    }
}

/// The marginal error, relative to the mass, at which a strength on the way is left for the next.
const STAGE_TOLERANCE: f64 = 1e-2;

impl OnlineSinkhorn {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// A parameter outside the range that the table gives.
    pub fn validate(&self) -> Result<()> {
        self.epsilon.validate()?;
        check::positive("tolerance", self.tolerance)?;
        check::parameter(
            "max_iterations",
            self.max_iterations > 0,
            "1 or more",
            self.max_iterations,
        )?;
        self.over_relaxation.validate()?;
        refuse_median("epsilon.relative_to", self.epsilon)?;
        if let Some(scaling) = self.scaling {
            scaling.start.validate()?;
            refuse_median("scaling.start.relative_to", scaling.start)?;
            let inside = scaling.factor > 0.0 && scaling.factor < 1.0;
            check::parameter("scaling.factor", inside, "above 0 and below 1", scaling.factor)?;
        }
        Ok(())
    }

    /// Moves source points (n, d) to target points (m, d), `f32` or `f64`; computed in `f64`.
    ///
    /// # Errors
    ///
    /// A parameter out of range, points that are not matrices of finite numbers with the same number of columns, weights
    /// whose number is not that of the points, a row of zeros under the cosine distance, or an `epsilon` so small that
    /// `C / epsilon` overflows.
    pub fn solve(&self, source: &Tensor, target: &Tensor, marginals: &Marginals) -> Result<OnlineTransport> {
        self.solve_with(source, target, marginals, &mut Silent)
    }

    /// As [`OnlineSinkhorn::solve`], with iterations as steps of `progress`.
    ///
    /// # Errors
    ///
    /// As [`OnlineSinkhorn::solve`], or the cancellation that `progress` asks for.
    pub fn solve_with(
        &self,
        source: &Tensor,
        target: &Tensor,
        marginals: &Marginals,
        progress: &mut dyn Progress,
    ) -> Result<OnlineTransport> {
        Ok(self.run(source, target, marginals, None, progress)?.0)
    }

    /// As [`OnlineSinkhorn::solve`], and says how much mass goes from each source class to each target class.
    ///
    /// # Errors
    ///
    /// As [`OnlineSinkhorn::solve`], or labels of another number than of points.
    pub fn solve_labelled(
        &self,
        source: &Tensor,
        target: &Tensor,
        marginals: &Marginals,
        source_labels: &Labels,
        target_labels: &Labels,
    ) -> Result<(OnlineTransport, Joint)> {
        self.solve_labelled_with(
            source,
            target,
            marginals,
            (source_labels, target_labels),
            &mut Silent,
        )
    }

    /// As [`OnlineSinkhorn::solve_labelled`], for the labels of both sides, with iterations as steps of `progress`.
    ///
    /// # Errors
    ///
    /// As [`OnlineSinkhorn::solve_labelled`], or the cancellation that `progress` asks for.
    pub fn solve_labelled_with(
        &self,
        source: &Tensor,
        target: &Tensor,
        marginals: &Marginals,
        (source_labels, target_labels): (&Labels, &Labels),
        progress: &mut dyn Progress,
    ) -> Result<(OnlineTransport, Joint)> {
        let (source_weights, target_weights) = (marginals.source().len(), marginals.target().len());
        check::same_length(
            "source labels",
            source_labels.len(),
            "source weights",
            source_weights,
        )?;
        check::same_length(
            "target labels",
            target_labels.len(),
            "target weights",
            target_weights,
        )?;
        let labels = Some((source_labels, target_labels));
        let (transport, joint) = self.run(source, target, marginals, labels, progress)?;
        let joint = Joint::new(joint, source_labels.n_classes(), target_labels.n_classes())?;
        Ok((transport, joint))
    }

    fn run(
        &self,
        source: &Tensor,
        target: &Tensor,
        marginals: &Marginals,
        labels: Option<(&Labels, &Labels)>,
        progress: &mut dyn Progress,
    ) -> Result<(OnlineTransport, Vec<f64>)> {
        self.validate()?;
        let (n_sources, n_targets) = checked(source, target)?;
        check::same_length("source", n_sources, "source weights", marginals.source().len())?;
        check::same_length("target", n_targets, "target weights", marginals.target().len())?;
        let classes = labels.map(|(source, target)| Classes {
            source: source.indices().to_vec(),
            target: target.indices().to_vec(),
            n_sources: source.n_classes(),
            n_targets: target.n_classes(),
        });
        let Some(support) = Support::of(marginals.source(), marginals.target()) else {
            let points = Points::new(source, target, self.ground)?;
            let strengths = self.strengths(&points)?;
            return self.solve_positive(&points, marginals, strengths, classes.as_ref(), progress);
        };
        let strengths = self.strengths(&Points::new(source, target, self.ground)?)?;
        let classes = classes.map(|classes| Classes {
            source: support
                .sources
                .iter()
                .map(|&point| classes.source[point])
                .collect(),
            target: support
                .targets
                .iter()
                .map(|&point| classes.target[point])
                .collect(),
            ..classes
        });
        let sources = select(source, &support.sources)?;
        let targets = select(target, &support.targets)?;
        let inner = support.marginals(marginals)?;
        let (mut solved, joint) = {
            let points = Points::new(&sources, &targets, self.ground)?;
            self.solve_positive(&points, &inner, strengths, classes.as_ref(), progress)?
        };
        solved.potentials = self.expand(&support, (source, target), (&sources, &targets), &inner, &solved)?;
        Ok((solved, joint))
    }

    /// `epsilon` and the strength to begin with, in the unit of the costs.
    fn strengths(&self, points: &Points) -> Result<(f64, Option<(f64, f64)>)> {
        let mut rows = Rows::new(points)?;
        let mut largest = None;
        let mut resolve = |epsilon: Epsilon| -> Result<f64> {
            let unit = match epsilon.relative_to {
                CostScale::Absolute | CostScale::Median => 1.0,
                CostScale::Mean => {
                    if let Some(mean) = points.mean_cost()? {
                        mean
                    } else {
                        let (sums, _) = rows.pass(&Scale)?;
                        sums.iter().sum::<f64>() / (points.n_sources() as f64 * points.n_targets() as f64)
                    }
                }
                CostScale::Max => match largest {
                    Some(largest) => largest,
                    None => *largest.insert(rows.pass(&Scale)?.1.into_iter().fold(0.0, f64::max)),
                },
            };
            let resolved = epsilon.value * if unit > 0.0 { unit } else { 1.0 };
            check::positive("epsilon", resolved)?;
            Ok(resolved)
        };
        let epsilon = resolve(self.epsilon)?;
        let scaling = match self.scaling {
            Some(scaling) => Some((resolve(scaling.start)?, scaling.factor)),
            None => None,
        };
        Ok((epsilon, scaling))
    }

    fn solve_positive(
        &self,
        points: &Points,
        marginals: &Marginals,
        (epsilon, scaling): (f64, Option<(f64, f64)>),
        classes: Option<&Classes>,
        progress: &mut dyn Progress,
    ) -> Result<(OnlineTransport, Vec<f64>)> {
        let mass = marginals.mass();
        let side = |weights: &[f64]| Side::new(weights.iter().map(|weight| weight / mass).collect(), 1.0);
        let mut problem = Problem {
            source: side(marginals.source()),
            target: side(marginals.target()),
            steepness: points.steepness(epsilon)?,
        };
        let mut rows = Rows::new(points)?;
        let mut scalings = problem.start(&mut rows)?;
        let mut iterations = 0;
        progress.begin(TASK, None);
        if let Some((start, factor)) = scaling {
            let mut stronger = start;
            // A factor near 1 must not go on beyond the cap.
            while stronger > epsilon && iterations < self.max_iterations {
                scalings = rescale(&mut problem, &scalings, points.steepness(stronger)?);
                (_, scalings) = self.iterate(
                    &problem,
                    &mut rows,
                    scalings,
                    STAGE_TOLERANCE,
                    &mut iterations,
                    progress,
                )?;
                stronger *= factor;
            }
            scalings = rescale(&mut problem, &scalings, points.steepness(epsilon)?);
        }
        let status;
        (status, scalings) = self.iterate(
            &problem,
            &mut rows,
            scalings,
            self.tolerance,
            &mut iterations,
            progress,
        )?;
        progress.end();

        let evaluation = Evaluation::of(
            &mut rows,
            &Evaluate {
                scalings: &scalings,
                steepness: problem.steepness,
                classes,
            },
        )?;
        let scaled =
            |values: Vec<f64>| -> Vec<f64> { values.into_iter().map(|value| value * mass).collect() };
        let (source_marginal, target_marginal) = (
            scaled(evaluation.source_marginal),
            scaled(evaluation.target_marginal),
        );
        let (source, target) = problem.potentials(&scalings);
        let (a, b) = (marginals.source(), marginals.target());
        let plan_mass: f64 = source_marginal.iter().sum();
        let surplus = problem.epsilon() * (plan_mass - mass);
        // log(P_ij M / (a_i b_j)) = (f_i + g_j - C_ij) / epsilon, so the sum over i and j needs the marginals alone.
        let regularized_cost = dot(&source_marginal, &source) + dot(&target_marginal, &target) - surplus;
        let dual = dot(a, &source) + dot(b, &target) - surplus;
        let transport = OnlineTransport {
            cost: evaluation.cost * mass,
            regularized_cost,
            dual,
            gap: regularized_cost - dual,
            marginal_error: l1_distance(&source_marginal, a) + l1_distance(&target_marginal, b),
            plan_mass,
            epsilon,
            iterations,
            status,
            potentials: Potentials { source, target },
            ground: self.ground,
        };
        Ok((transport, scaled(evaluation.joint)))
    }

    fn iterate(
        &self,
        problem: &Problem,
        rows: &mut Rows<'_>,
        scalings: LogScalings,
        tolerance: f64,
        done: &mut usize,
        progress: &mut dyn Progress,
    ) -> Result<(Status, LogScalings)> {
        let mut form = Online::new(problem, rows, scalings);
        let (relaxation, limit) = (self.over_relaxation, self.max_iterations);
        let status = iterate_until(&mut form, relaxation, tolerance, done, limit, progress)?;
        Ok((status, form.into_scalings().0))
    }

    /// The potentials of all points, those without mass by the update: sources against the targets of the support, then
    /// targets against its sources.
    fn expand(
        &self,
        support: &Support,
        (source, target): (&Tensor, &Tensor),
        (sources, targets): (&Tensor, &Tensor),
        inner: &Marginals,
        solved: &OnlineTransport,
    ) -> Result<Potentials> {
        let steepness = LOG2_E / solved.epsilon;
        let log_scalings = |potentials: &[f64], weights: &[f64]| -> Vec<f64> {
            let terms = potentials.iter().zip(weights);
            terms
                .map(|(potential, weight)| potential * steepness + (weight / inner.mass()).log2())
                .collect()
        };
        let spread = |n: usize, points: &[usize], values: &[f64]| -> (Vec<f64>, Vec<usize>) {
            let mut all = vec![0.0; n];
            for (&point, &value) in points.iter().zip(values) {
                all[point] = value;
            }
            let others = (0..n)
                .filter(|point| points.binary_search(point).is_err())
                .collect();
            (all, others)
        };
        let Potentials { source: f, target: g } = &solved.potentials;
        let (mut all_sources, other_sources) = spread(source.size()[0] as usize, &support.sources, f);
        let (mut all_targets, other_targets) = spread(target.size()[0] as usize, &support.targets, g);
        if !other_sources.is_empty() {
            let points = Points::new(&select(source, &other_sources)?, targets, self.ground)?;
            let found = source_scalings(&points, &log_scalings(g, inner.target()), steepness)?;
            for (&point, scaling) in other_sources.iter().zip(found) {
                all_sources[point] = scaling / steepness;
            }
        }
        if !other_targets.is_empty() {
            let points = Points::new(sources, &select(target, &other_targets)?, self.ground)?;
            let found = target_scalings(&points, &log_scalings(f, inner.source()), steepness)?;
            for (&point, scaling) in other_targets.iter().zip(found) {
                all_targets[point] = scaling / steepness;
            }
        }
        Ok(Potentials {
            source: all_sources,
            target: all_targets,
        })
    }
}

fn refuse_median(name: &'static str, epsilon: Epsilon) -> Result<()> {
    let stored = epsilon.relative_to != CostScale::Median;
    Ok(check::parameter(
        name,
        stored,
        "absolute, max or mean: a median would store the costs",
        "median",
    )?)
}

fn rescale(problem: &mut Problem, scalings: &LogScalings, steepness: f64) -> LogScalings {
    let (source, target) = problem.potentials(scalings);
    problem.steepness = steepness;
    problem.log_scalings(&source, &target)
}

fn select(points: &Tensor, rows: &[usize]) -> Result<Tensor> {
    let rows: Vec<i64> = rows.iter().map(|&row| row as i64).collect();
    let rows = Tensor::f_from_slice(&rows)?.f_to_device(points.device())?;
    Ok(points.f_detach()?.f_index_select(0, &rows)?)
}
