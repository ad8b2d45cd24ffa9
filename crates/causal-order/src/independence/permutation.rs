//! Permutation tests.

use causal_graph::{ContinuousTable, DiscreteTable, Nodes};
use run_control::Seed;
use serde::{Deserialize, Serialize};

use super::query::check_query;
use super::{IndependenceTest, TestResult};
use crate::{Error, Result};

mod residuals;
mod strata;

use residuals::CentredTable;

/// How a [`PermutationTest`] draws.
///
/// | field | default | meaning | range |
/// |---|---|---|---|
/// | `n_permutations` | 999 | draws of each test; the least p-value is 1 / (n + 1) | at least 1 |
/// | `seed` | 0 | the root of the draws | |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PermutationParams {
    /// The number of draws of each test.
    pub n_permutations: usize,
    /// The root of the draws.
    pub seed: u64,
}

impl Default for PermutationParams {
    fn default() -> Self {
        Self {
            n_permutations: 999,
            seed: 0,
        }
    }
}

impl PermutationParams {
    /// Checks the number of draws.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] if it is 0.
    pub fn validate(&self) -> Result<()> {
        if self.n_permutations >= 1 {
            return Ok(());
        }
        Err(Error::Parameter {
            name: "n_permutations",
            value: 0.0,
            expected: "at least 1",
        })
    }
}

/// What a [`PermutationTest`] of discrete variables measures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContingencyStatistic {
    /// Pearson's: see [`ChiSquare`](super::ChiSquare).
    ChiSquare,
    /// The log-likelihood ratio: see [`GSquare`](super::GSquare). The default.
    #[default]
    GSquare,
}

/// A test by permutation, for small samples and sparse tables, where distributions in the limit are wrong.
///
/// ```text
/// p = (1 + number of draws with T* >= T) / (1 + number of draws)
///
/// discrete      T: chi-square or G²;  T*: after the states of x were shuffled within each stratum
/// continuous    T: size of the partial correlation;  T*: after the residuals of x given S were shuffled
/// ```
///
/// The test of discrete variables is exact. So is the one of continuous variables without a conditioning set; given a set,
/// residuals are exchangeable nearly, not exactly. What a set determines, as one of n - 1 columns determines any other of n
/// rows, has a p-value of 1.
///
/// The draws of a test depend on the seed, the pair and the conditioning set, not on what was tested before. A test of
/// `y` against `x` is the test of `x` against `y`.
///
/// # Complexity
///
/// O(n) a draw for n rows; given k continuous variables O(n (k + 1)).
///
/// # Reference
///
/// Phipson, Smyth, *Permutation p-values should never be zero*, 2010, doi:10.2202/1544-6115.1585. Freedman, Lane, *A
/// nonstochastic interpretation of reported significance levels*, 1983, doi:10.2307/1391660: the shuffled residuals.
///
/// # Examples
///
/// ```
/// use causal_graph::{ContinuousTable, Nodes};
/// use causal_order::independence::{IndependenceTest, PermutationParams, PermutationTest};
///
/// let rising: Vec<f64> = (0..30).map(f64::from).collect();
/// let table = ContinuousTable::new(Nodes::numbered(2), vec![rising.clone(), rising])?;
/// let test = PermutationTest::continuous(&table, PermutationParams { n_permutations: 199, seed: 1 })?;
/// // No draw comes near a correlation of 1.
/// assert_eq!(test.test(0, 1, &[])?.p_value, 1.0 / 200.0);
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct PermutationTest {
    nodes: Nodes,
    data: Data,
    params: PermutationParams,
}

#[derive(Debug, Clone)]
enum Data {
    Discrete(DiscreteTable, ContingencyStatistic),
    Continuous(CentredTable),
}

impl PermutationTest {
    /// The test of discrete variables.
    ///
    /// # Errors
    ///
    /// Those of [`PermutationParams::validate`]; [`Error::TooFewRows`] without rows.
    pub fn discrete(
        table: &DiscreteTable,
        statistic: ContingencyStatistic,
        params: PermutationParams,
    ) -> Result<Self> {
        params.validate()?;
        if table.n_rows() == 0 {
            return Err(Error::TooFewRows {
                got: 0,
                expected: 1,
                purpose: "a contingency table",
            });
        }
        Ok(Self {
            nodes: table.nodes().clone(),
            data: Data::Discrete(table.clone(), statistic),
            params,
        })
    }

    /// The test of continuous variables.
    ///
    /// # Errors
    ///
    /// Those of [`PermutationParams::validate`] and [`Correlations::of`](crate::Correlations::of).
    pub fn continuous(table: &ContinuousTable, params: PermutationParams) -> Result<Self> {
        params.validate()?;
        Ok(Self {
            nodes: table.nodes().clone(),
            data: Data::Continuous(CentredTable::new(table)?),
            params,
        })
    }

    fn stream(&self, x: usize, y: usize, given: &[usize]) -> rand::rngs::ChaCha8Rng {
        let query = [&[x, y], given].concat();
        let index = query.iter().fold(query.len() as u64, |hash, &node| {
            // SplitMix64.
            let mut bits = (hash ^ node as u64).wrapping_add(0x9E37_79B9_7F4A_7C15);
            bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            bits ^ (bits >> 31)
        });
        Seed::new(self.params.seed).stream("causal-order/permutation-test", index)
    }
}

impl IndependenceTest for PermutationTest {
    fn name(&self) -> &'static str {
        "permutation"
    }

    fn n_variables(&self) -> usize {
        self.nodes.len()
    }

    fn test(&self, x: usize, y: usize, given: &[usize]) -> Result<TestResult> {
        check_query(&self.nodes, x, y, given)?;
        let (x, y) = (x.min(y), x.max(y));
        let rng = &mut self.stream(x, y, given);
        let n_draws = self.params.n_permutations;
        let (statistic, n_reached) = match &self.data {
            Data::Discrete(table, statistic) => strata::draw(table, *statistic, [x, y], given, n_draws, rng),
            Data::Continuous(table) => table.draw([x, y], given, n_draws, rng),
        };
        Ok(TestResult {
            statistic,
            degrees_of_freedom: None,
            p_value: (1 + n_reached) as f64 / (1 + n_draws) as f64,
        })
    }
}

/// The least statistic of a draw that counts as reaching `statistic`: rounding shall not tell equal ones apart.
fn threshold(statistic: f64) -> f64 {
    const ROUNDING: f64 = 1e-12;
    statistic * (1.0 - ROUNDING)
}
