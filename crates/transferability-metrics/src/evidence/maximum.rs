//! The maximum of the evidence to the last digit.

use super::{EvidenceStatus, LOG_TWO_PI, Spectrum, Target, TargetEvidence, pure_noise};

/// The least residual, as a fraction of `||y||^2`, where an exact fit would have unbounded evidence.
const RESIDUAL_FLOOR: f64 = 1e-12;

/// The least residual in units of the rounding that a Gram matrix leaves in it, which is
/// `2.2e-16 sum_i (sigma_max / sigma_i) x_i^2` up to a small factor.
const ROUNDING_MARGIN: f64 = 64.0;

/// How far the search for `t` goes beyond the eigenvalues: there `L` equals its limit to the last digit.
const LIMIT_RATIO: f64 = 1e16;

/// How far a maximum must exceed the limits to be told from one of them: the rounding of `L / N`.
const LIMIT_MARGIN: f64 = 1e-12;

/// Distance of grid points in `log t`. Each term of `L` is a logistic function of `log t`, four units wide.
const GRID_STEP: f64 = 1.0;

/// The maximum of the evidence over `t` for each target, found on a grid of `log t` and refined by Newton's method.
pub(crate) fn maximize(spectrum: &Spectrum, targets: &[Target]) -> Vec<TargetEvidence> {
    let profiles: Vec<Profile> = targets
        .iter()
        .map(|target| Profile::new(spectrum, target))
        .collect();
    let grid = grid(spectrum, &profiles);
    let values = grid_values(&grid, &profiles);
    profiles
        .iter()
        .zip(&values)
        .map(|(profile, values)| profile.maximum(&grid, values))
        .collect()
}

/// `L` of one target.
struct Profile<'a> {
    spectrum: &'a Spectrum,
    target: &'a Target,
    residual: f64,
    /// Whether the residual is the floor, in place of an exact fit.
    floored: bool,
}

impl<'a> Profile<'a> {
    fn new(spectrum: &'a Spectrum, target: &'a Target) -> Self {
        let rank = spectrum.eigenvalues.len() as f64;
        let residual = target.residual(spectrum);
        let floor = residual_floor(spectrum, target);
        // As t -> 0 with r = 0, L ~ (rank - N)/2 log t: without bound exactly if the rank is below N.
        let unbounded = rank < spectrum.total_weight * (1.0 - 1e-12);
        let floored = unbounded && residual < floor;
        Self {
            spectrum,
            target,
            residual: if floored { floor } else { residual },
            floored,
        }
    }

    /// `L(t)` from `sum_i log(1 + sigma_i / t)` and `Q(t)`.
    fn value(&self, log_determinant: f64, misfit: f64) -> f64 {
        let n = self.spectrum.total_weight;
        -0.5 * log_determinant - 0.5 * n * ((misfit / n).ln() + 1.0 + LOG_TWO_PI)
    }

    /// The first two derivatives of `L` in `log t`.
    fn derivatives(&self, log_t: f64) -> Derivatives {
        let t = log_t.exp();
        let (mut gamma, mut gamma_slope) = (0.0, 0.0);
        let (mut misfit, mut slope, mut curvature) = (self.residual, 0.0, 0.0);
        for (&sigma, &x2) in self
            .spectrum
            .eigenvalues
            .iter()
            .zip(&self.target.squared_coordinates)
        {
            let shrinkage = sigma / (sigma + t);
            let rest = t / (sigma + t);
            gamma += shrinkage;
            gamma_slope -= shrinkage * rest;
            misfit += x2 * rest;
            slope += x2 * rest * shrinkage;
            curvature += x2 * rest * shrinkage * (shrinkage - rest);
        }
        let n = self.spectrum.total_weight;
        Derivatives {
            first: 0.5 * (gamma - n * slope / misfit),
            second: 0.5 * (gamma_slope - n * (curvature / misfit - (slope / misfit).powi(2))),
            misfit,
        }
    }

    /// The best of the grid's local maxima, each refined, and of the limits `t -> 0` and `t -> infinity`.
    fn maximum(&self, grid: &[f64], values: &[f64]) -> TargetEvidence {
        let mut best = pure_noise(self.spectrum, self.target, EvidenceStatus::Unrelated);
        if let Some(limit) = self.vanishing_noise()
            && limit.evidence >= best.evidence
        {
            best = limit;
        }
        for j in 1..grid.len().saturating_sub(1) {
            if values[j] >= values[j - 1] && values[j] >= values[j + 1] {
                let refined = self.refine(grid[j - 1], grid[j], grid[j + 1]);
                if refined.evidence > best.evidence + LIMIT_MARGIN * best.evidence.abs().max(1.0) {
                    best = refined;
                }
            }
        }
        best
    }

    /// Newton's method on the derivative between two grid points, with bisection where it would leave them.
    fn refine(&self, mut low: f64, start: f64, mut high: f64) -> TargetEvidence {
        const MAX_STEPS: usize = 60; // bisection alone needs 52
        let n = self.spectrum.total_weight;
        let mut log_t = start;
        let mut at = self.derivatives(log_t);
        let mut iterations = 0;
        let mut converged = false;
        while !converged && iterations < MAX_STEPS {
            if at.first > 0.0 {
                low = log_t;
            } else {
                high = log_t;
            }
            let newton = log_t - at.first / at.second;
            let next = if at.second < 0.0 && newton >= low && newton <= high {
                newton
            } else {
                0.5 * (low + high)
            };
            // A step that gains less than the rounding of L / N is the last: Newton's next would be its square.
            converged = (at.first * (next - log_t)).abs() <= f64::EPSILON * n;
            log_t = next;
            at = self.derivatives(log_t);
            iterations += 1;
        }
        let noise_variance = at.misfit / n;
        let log_determinant = log_determinant(self.spectrum, log_t.exp());
        TargetEvidence {
            evidence: self.value(log_determinant, at.misfit) / n,
            weight_variance: noise_variance / log_t.exp(),
            noise_variance,
            status: match (converged, self.floored) {
                (true, true) => EvidenceStatus::Interpolated,
                (true, false) => EvidenceStatus::Converged,
                (false, _) => EvidenceStatus::IterationLimit,
            },
            iterations,
        }
    }

    /// The limit `t -> 0`, if it is finite: the rank equals the number of samples, and `log t` cancels in
    /// `sum_i log(sigma_i / t) + N log(t sum_i x_i^2 / sigma_i)`.
    fn vanishing_noise(&self) -> Option<TargetEvidence> {
        let n = self.spectrum.total_weight;
        let eigenvalues = &self.spectrum.eigenvalues;
        let finite = self.residual == 0.0 && (eigenvalues.len() as f64 - n).abs() <= 1e-12 * n;
        finite.then(|| {
            let log_determinant = eigenvalues.iter().map(|sigma| sigma.ln()).sum();
            let squared_weights: f64 = eigenvalues
                .iter()
                .zip(&self.target.squared_coordinates)
                .map(|(sigma, x2)| x2 / sigma)
                .sum();
            TargetEvidence {
                evidence: self.value(log_determinant, squared_weights) / n,
                weight_variance: squared_weights / n,
                noise_variance: 0.0,
                status: EvidenceStatus::Interpolated,
                iterations: 0,
            }
        })
    }
}

struct Derivatives {
    first: f64,
    second: f64,
    /// `Q(t)`.
    misfit: f64,
}

/// The residual below which a target counts as fitted exactly.
fn residual_floor(spectrum: &Spectrum, target: &Target) -> f64 {
    let greatest = spectrum.eigenvalues.iter().copied().fold(0.0, f64::max);
    let amplified: f64 = spectrum
        .eigenvalues
        .iter()
        .zip(&target.squared_coordinates)
        .map(|(sigma, x2)| greatest / sigma * x2)
        .sum();
    (RESIDUAL_FLOOR * target.squared_norm).max(ROUNDING_MARGIN * f64::EPSILON * amplified)
}

/// Points of `log t` between which every local maximum lies, as far as `t` is in the range of `f64`; none if there is no
/// eigenvalue.
fn grid(spectrum: &Spectrum, profiles: &[Profile<'_>]) -> Vec<f64> {
    let eigenvalues = &spectrum.eigenvalues;
    let (Some(least), Some(greatest)) = (
        eigenvalues.iter().copied().reduce(f64::min),
        eigenvalues.iter().copied().reduce(f64::max),
    ) else {
        return Vec::new();
    };
    // L increases in t where t < sigma_min (r / ||y||^2) (rank / 2N), because gamma >= rank/2 and
    // N (dQ/dlog t) / Q <= N t ||y||^2 / (sigma_min r) there.
    let residual_ratio = profiles
        .iter()
        .map(|profile| profile.residual / profile.target.squared_norm)
        .fold(1.0, f64::min)
        .max(1.0 / LIMIT_RATIO);
    let rank_ratio = (eigenvalues.len() as f64 / (2.0 * spectrum.total_weight)).min(1.0);
    // The last point is less than a step beyond `high`.
    let low = ((least * residual_ratio * rank_ratio).ln() - GRID_STEP).max(f64::MIN_POSITIVE.ln());
    let high = ((greatest * LIMIT_RATIO).ln() + GRID_STEP).min(f64::MAX.ln() - GRID_STEP);
    let n_steps = ((high - low) / GRID_STEP).ceil() as usize;
    (0..=n_steps).map(|step| low + step as f64 * GRID_STEP).collect()
}

/// `L` at every grid point, one row a target.
fn grid_values(grid: &[f64], profiles: &[Profile<'_>]) -> Vec<Vec<f64>> {
    /// Targets whose sums run side by side, each in the order of the eigenvalues.
    const LANES: usize = 8;
    let mut values = vec![Vec::with_capacity(grid.len()); profiles.len()];
    let Some(first) = profiles.first() else {
        return values;
    };
    let eigenvalues = &first.spectrum.eigenvalues;
    for log_t in grid {
        let t = log_t.exp();
        let log_determinant = log_determinant(first.spectrum, t);
        let rest: Vec<f64> = eigenvalues.iter().map(|sigma| t / (sigma + t)).collect();
        for (profiles, values) in profiles.chunks(LANES).zip(values.chunks_mut(LANES)) {
            let coordinates: [&[f64]; LANES] = std::array::from_fn(|lane| {
                let profile = profiles.get(lane).unwrap_or(&profiles[0]);
                &profile.target.squared_coordinates[..rest.len()]
            });
            let mut reached = [0.0; LANES];
            for (i, rest) in rest.iter().enumerate() {
                for lane in 0..LANES {
                    reached[lane] += coordinates[lane][i] * rest;
                }
            }
            for ((profile, values), reached) in profiles.iter().zip(values).zip(reached) {
                values.push(profile.value(log_determinant, profile.residual + reached));
            }
        }
    }
    values
}

/// `sum_i log(1 + sigma_i / t)`.
fn log_determinant(spectrum: &Spectrum, t: f64) -> f64 {
    spectrum.eigenvalues.iter().map(|sigma| (sigma / t).ln_1p()).sum()
}
