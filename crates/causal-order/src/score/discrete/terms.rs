//! The criteria as sums over counts.

use statrs::function::gamma::ln_gamma;

use super::criterion::DiscreteCriterion;
use super::family_counts::FamilyCounts;
use super::fixed_point::FixedPoint;

/// The cost of stating a parameter to the best precision in a message, in nats: (1 + ln(pi / 6)) / 2.
const PARAMETER_MESSAGE: f64 = 0.17649;

/// The most counts whose terms are looked up.
const MAX_TABLE: usize = 1 << 20;

/// A criterion with the terms of single counts.
#[derive(Debug, Clone)]
pub(super) struct Terms {
    criterion: DiscreteCriterion,
    grid: FixedPoint,
    ln_n_rows: f64,
    /// `n ln n` or `ln n!` for n from 0.
    table: Vec<i64>,
}

impl Terms {
    pub(super) fn new(criterion: DiscreteCriterion, n_rows: usize, max_states: usize) -> Self {
        let greatest = n_rows + max_states;
        let prior = match criterion {
            DiscreteCriterion::BDeu {
                equivalent_sample_size,
            }
            | DiscreteCriterion::BDs {
                equivalent_sample_size,
            } => equivalent_sample_size,
            _ => 1.0,
        };
        // Of ln G(a + n) - ln G(a): n ln(n + a) from above, and ln a for a single row, which no double has below -745.
        let bound = (greatest as f64 + 1.0) * (greatest as f64 + prior + 1.0).ln() + 745.0;
        let grid = FixedPoint::new(bound);
        let term = if is_likelihood(criterion) {
            n_ln_n
        } else {
            ln_factorial
        };
        let n_terms = match criterion {
            DiscreteCriterion::BDeu { .. } | DiscreteCriterion::BDs { .. } => 0,
            _ => (greatest + 1).min(MAX_TABLE),
        };
        Self {
            criterion,
            grid,
            ln_n_rows: (n_rows as f64).ln(),
            table: (0..n_terms).map(|n| grid.of(term(n))).collect(),
        }
    }

    /// The criterion of a child of `n_states` states whose parents have `n_configurations` configurations.
    pub(super) fn family(&self, counts: &FamilyCounts<'_>, n_states: usize, n_configurations: f64) -> f64 {
        let n_parameters = (n_states as f64 - 1.0) * n_configurations;
        match self.criterion {
            DiscreteCriterion::LogLikelihood => self.log_likelihood(counts),
            DiscreteCriterion::Aic { penalty } => self.log_likelihood(counts) - penalty * n_parameters,
            DiscreteCriterion::Bic { penalty } => {
                self.log_likelihood(counts) - penalty * 0.5 * self.ln_n_rows * n_parameters
            }
            DiscreteCriterion::BDeu {
                equivalent_sample_size,
            } => self.dirichlet(counts, n_states, equivalent_sample_size / n_configurations),
            DiscreteCriterion::BDs {
                equivalent_sample_size,
            } => {
                let is_observed = |counts: &&[u32]| counts.iter().any(|&count| count > 0);
                let n_observed = counts.configurations().filter(is_observed).count();
                self.dirichlet(counts, n_states, equivalent_sample_size / n_observed as f64)
            }
            DiscreteCriterion::K2 => self.uniform(counts, n_states),
            DiscreteCriterion::Mml => self.uniform(counts, n_states) - PARAMETER_MESSAGE * n_parameters,
        }
    }

    fn log_likelihood(&self, counts: &FamilyCounts<'_>) -> f64 {
        let mut sum = 0_i128;
        for states in counts.configurations() {
            let mut n = 0;
            for &count in states {
                n += count;
                sum += i128::from(self.looked_up(count as usize));
            }
            sum -= i128::from(self.looked_up(n as usize));
        }
        self.grid.value(sum)
    }

    /// The Dirichlet score of a prior of 1 for each state.
    fn uniform(&self, counts: &FamilyCounts<'_>, n_states: usize) -> f64 {
        let mut sum = 0_i128;
        for states in counts.configurations() {
            let mut n = 0;
            for &count in states {
                n += count;
                sum += i128::from(self.looked_up(count as usize));
            }
            if n > 0 {
                sum += i128::from(self.looked_up(n_states - 1) - self.looked_up(n as usize + n_states - 1));
            }
        }
        self.grid.value(sum)
    }

    /// The Dirichlet score of a prior weight of `alpha` for each configuration.
    fn dirichlet(&self, counts: &FamilyCounts<'_>, n_states: usize, alpha: f64) -> f64 {
        // Not 0, however many configurations there are.
        let alpha = alpha.max(n_states as f64 * f64::MIN_POSITIVE);
        let alpha_state = alpha / n_states as f64;
        let (of_none, of_none_state) = (ln_gamma(alpha), ln_gamma(alpha_state));
        let mut sum = 0_i128;
        for states in counts.configurations() {
            let mut n = 0;
            for &count in states.iter().filter(|&&count| count > 0) {
                n += count;
                let of_some = ln_gamma(alpha_state + f64::from(count));
                sum += i128::from(self.grid.of(of_some - of_none_state));
            }
            if n > 0 {
                sum -= i128::from(self.grid.of(ln_gamma(alpha + f64::from(n)) - of_none));
            }
        }
        self.grid.value(sum)
    }

    /// The term of a count, from the table if it goes so far.
    fn looked_up(&self, n: usize) -> i64 {
        self.table.get(n).copied().unwrap_or_else(|| {
            let term = if is_likelihood(self.criterion) {
                n_ln_n
            } else {
                ln_factorial
            };
            self.grid.of(term(n))
        })
    }
}

fn is_likelihood(criterion: DiscreteCriterion) -> bool {
    matches!(
        criterion,
        DiscreteCriterion::LogLikelihood | DiscreteCriterion::Aic { .. } | DiscreteCriterion::Bic { .. }
    )
}

fn n_ln_n(n: usize) -> f64 {
    if n == 0 { 0.0 } else { n as f64 * (n as f64).ln() }
}

fn ln_factorial(n: usize) -> f64 {
    ln_gamma(n as f64 + 1.0)
}
