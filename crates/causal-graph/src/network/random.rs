//! Random networks on a given graph.

use rand::{RngExt, rngs::ChaCha8Rng};
use rand_distr::{Distribution as _, Gamma};
use run_control::Seed;
use serde::{Deserialize, Serialize};

use super::bayesian::BayesianNetwork;
use super::cpt::{Cpt, Normalisation};
use super::gaussian::{LinearGaussianNetwork, LinearMechanism};
use crate::{Dag, Error, Result};

/// How tables are drawn: the rows from a symmetric Dirichlet distribution.
///
/// | field | default | meaning | range |
/// |---|---|---|---|
/// | `min_states` | 2 | the least number of states of a node | from 1 |
/// | `max_states` | 2 | the greatest, all between as likely | from `min_states` to 65536 |
/// | `concentration` | 1 | of the rows: 1 is uniform over all distributions, less makes them extreme, more makes them even | above 0 |
/// | `max_cells` | 2^26 | the probabilities in one table | |
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RandomTables {
    /// The least number of states of a node.
    pub min_states: usize,
    /// The greatest.
    pub max_states: usize,
    /// The parameter of the Dirichlet distribution, the same for all states.
    pub concentration: f64,
    /// The greatest number of probabilities in one table.
    pub max_cells: usize,
}

impl Default for RandomTables {
    fn default() -> Self {
        Self {
            min_states: 2,
            max_states: 2,
            concentration: 1.0,
            max_cells: 1 << 26,
        }
    }
}

impl RandomTables {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`].
    pub fn validate(&self) -> Result<()> {
        let refuse = |name, got, expected| Err(Error::Parameter { name, got, expected });
        if self.min_states == 0 {
            return refuse("min_states", 0.0, "at least 1");
        }
        if self.max_states < self.min_states || self.max_states > 1 << u16::BITS {
            return refuse("max_states", self.max_states as f64, "from min_states to 65536");
        }
        if !(self.concentration > 0.0 && self.concentration.is_finite()) {
            return refuse("concentration", self.concentration, "a finite number above 0");
        }
        Ok(())
    }
}

impl BayesianNetwork {
    /// A network on this graph with random tables; states are called `s0`, `s1`, …
    ///
    /// Each node has random streams of its own. Parents are in ascending order.
    ///
    /// # Errors
    ///
    /// As [`RandomTables::validate`]; [`Error::FactorTooLarge`] if a node has so many parents that its table would be.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::network::{BayesianNetwork, RandomTables};
    /// use causal_graph::{Dag, Nodes};
    /// use run_control::Seed;
    ///
    /// let dag = Dag::from_edges(Nodes::numbered(3), [(0, 2), (1, 2)])?;
    /// let params = RandomTables { min_states: 3, max_states: 3, ..RandomTables::default() };
    /// let network = BayesianNetwork::random(&dag, &params, Seed::new(1))?;
    /// assert_eq!(network.cpt(2).probabilities.len(), 27);
    /// assert_eq!(network.dag(), &dag);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn random(dag: &Dag, params: &RandomTables, seed: Seed) -> Result<Self> {
        params.validate()?;
        let n_nodes = dag.n_nodes();
        let n_states: Vec<usize> = (0..n_nodes)
            .map(|node| {
                let mut generator = seed.stream("bayesian-network/states", node as u64);
                generator.random_range(params.min_states..=params.max_states)
            })
            .collect();
        let mut cpts = Vec::with_capacity(n_nodes);
        for node in 0..n_nodes {
            let parents: Vec<usize> = dag.parents(node).iter().collect();
            let scope = parents.iter().copied().chain([node]);
            let n_cells = scope.fold(1_u128, |cells, node| cells.saturating_mul(n_states[node] as u128));
            if n_cells > params.max_cells as u128 {
                return Err(Error::FactorTooLarge {
                    n_variables: parents.len() + 1,
                    n_cells,
                    limit: params.max_cells,
                });
            }
            let mut generator = seed.stream("bayesian-network/table", node as u64);
            let mut probabilities = vec![0.0; n_cells as usize];
            for row in probabilities.chunks_exact_mut(n_states[node]) {
                dirichlet(row, params.concentration, &mut generator)?;
            }
            cpts.push(Cpt::new(parents, probabilities));
        }
        let states = n_states
            .iter()
            .map(|&n_states| (0..n_states).map(|state| format!("s{state}")).collect())
            .collect();
        Self::new(dag.nodes().clone(), states, cpts, Normalisation::Refuse)
    }
}

/// Fills a row with a draw from the symmetric Dirichlet distribution: Gamma variables over their sum.
///
/// A Gamma variable of a small shape a underflows; one of shape a + 1 times `uniform^(1/a)` has its distribution, and a
/// logarithm.
fn dirichlet(row: &mut [f64], concentration: f64, generator: &mut ChaCha8Rng) -> Result<()> {
    let gamma = Gamma::new(concentration + 1.0, 1.0).map_err(|_| Error::Parameter {
        name: "concentration",
        got: concentration,
        expected: "a finite number above 0",
    })?;
    for value in &mut *row {
        let uniform: f64 = 1.0 - generator.random::<f64>();
        *value = gamma.sample(generator).ln() + uniform.ln() / concentration;
    }
    let greatest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for value in &mut *row {
        *value = (*value - greatest).exp();
    }
    let sum: f64 = row.iter().sum();
    for value in row {
        *value /= sum;
    }
    Ok(())
}

/// How linear mechanisms are drawn: coefficients with a random sign and a size that is uniform between two bounds.
///
/// | field | default | meaning | range | source |
/// |---|---|---|---|---|
/// | `min_coefficient` | 0.5 | the least size of a coefficient | from 0 | Zheng et al. 2018 |
/// | `max_coefficient` | 2 | the greatest | from `min_coefficient` | the same |
/// | `min_deviation` | 1 | the least standard deviation of a noise | from 0 | the same |
/// | `max_deviation` | 1 | the greatest, uniform between | from `min_deviation` | the same |
///
/// Intercepts are 0. With these defaults variances grow along the causal order, which some methods of discovery live on:
/// judge those on standardised data too.
///
/// # Reference
///
/// X. Zheng et al., "DAGs with NO TEARS", `NeurIPS` 2018; A. Reisach et al., "Beware of the simulated DAG!", `NeurIPS` 2021.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RandomMechanisms {
    /// The least size of a coefficient.
    pub min_coefficient: f64,
    /// The greatest size of a coefficient.
    pub max_coefficient: f64,
    /// The least standard deviation of a noise.
    pub min_deviation: f64,
    /// The greatest standard deviation of a noise.
    pub max_deviation: f64,
}

impl Default for RandomMechanisms {
    fn default() -> Self {
        Self {
            min_coefficient: 0.5,
            max_coefficient: 2.0,
            min_deviation: 1.0,
            max_deviation: 1.0,
        }
    }
}

impl RandomMechanisms {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`].
    pub fn validate(&self) -> Result<()> {
        let bounds = [
            ("min_coefficient", self.min_coefficient, 0.0),
            ("max_coefficient", self.max_coefficient, self.min_coefficient),
            ("min_deviation", self.min_deviation, 0.0),
            ("max_deviation", self.max_deviation, self.min_deviation),
        ];
        for (name, got, least) in bounds {
            if !(got >= least && got.is_finite()) {
                return Err(Error::Parameter {
                    name,
                    got,
                    expected: "a finite number from the lower bound, which is from 0",
                });
            }
        }
        Ok(())
    }
}

impl LinearGaussianNetwork {
    /// A network on this graph with random mechanisms.
    ///
    /// Each node has a random stream of its own. Parents are in ascending order.
    ///
    /// # Errors
    ///
    /// As [`RandomMechanisms::validate`].
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::network::{LinearGaussianNetwork, RandomMechanisms};
    /// use causal_graph::{Dag, Nodes};
    /// use run_control::Seed;
    ///
    /// let dag = Dag::from_edges(Nodes::numbered(2), [(0, 1)])?;
    /// let network = LinearGaussianNetwork::random(&dag, &RandomMechanisms::default(), Seed::new(1))?;
    /// let size = network.total_effect(0, 1)?.abs();
    /// assert!(0.5 <= size && size <= 2.0);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn random(dag: &Dag, params: &RandomMechanisms, seed: Seed) -> Result<Self> {
        params.validate()?;
        let mechanisms = (0..dag.n_nodes())
            .map(|node| {
                let mut generator = seed.stream("linear-gaussian-network/mechanism", node as u64);
                let parents: Vec<usize> = dag.parents(node).iter().collect();
                let coefficients: Vec<f64> = parents
                    .iter()
                    .map(|_| {
                        let size = generator.random_range(params.min_coefficient..=params.max_coefficient);
                        if generator.random() { size } else { -size }
                    })
                    .collect();
                let deviation = generator.random_range(params.min_deviation..=params.max_deviation);
                LinearMechanism::new(parents, coefficients, 0.0, deviation)
            })
            .collect();
        Self::new(dag.nodes().clone(), mechanisms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Nodes;

    #[test]
    fn extreme_concentrations_still_give_distributions() -> Result<()> {
        let dag = Dag::from_edges(Nodes::numbered(2), [(0, 1)])?;
        for concentration in [1e-300, 1e-3, 1.0, 1e6, 1e300] {
            let params = RandomTables {
                min_states: 1,
                max_states: 5,
                concentration,
                ..RandomTables::default()
            };
            for seed in 0..20 {
                BayesianNetwork::random(&dag, &params, Seed::new(seed))?;
            }
        }
        Ok(())
    }

    #[test]
    fn each_bound_is_checked() {
        let tables = |change: fn(&mut RandomTables)| {
            let mut params = RandomTables::default();
            change(&mut params);
            params.validate().is_err()
        };
        assert!(!tables(|_| ()));
        assert!(tables(|params| params.min_states = 0));
        assert!(tables(|params| params.max_states = 1));
        assert!(tables(|params| params.max_states = 65_537));
        assert!(tables(|params| params.concentration = 0.0));
        assert!(tables(|params| params.concentration = f64::NAN));
        assert!(tables(|params| params.concentration = f64::INFINITY));
        let mechanisms = |change: fn(&mut RandomMechanisms)| {
            let mut params = RandomMechanisms::default();
            change(&mut params);
            params.validate().is_err()
        };
        assert!(!mechanisms(|_| ()));
        assert!(mechanisms(|params| params.min_coefficient = -0.1));
        assert!(mechanisms(|params| params.max_coefficient = 0.4));
        assert!(mechanisms(|params| params.min_deviation = f64::NAN));
        assert!(mechanisms(|params| params.max_deviation = f64::INFINITY));
    }

    #[test]
    fn a_table_that_is_too_large_is_refused() -> Result<()> {
        let dag = Dag::from_edges(Nodes::numbered(70), (0..69).map(|parent| (parent, 69)))?;
        let error = BayesianNetwork::random(&dag, &RandomTables::default(), Seed::new(1));
        assert!(matches!(
            error,
            Err(Error::FactorTooLarge { n_variables: 70, n_cells, limit }) if n_cells == 1 << 70 && limit == 1 << 26
        ));
        Ok(())
    }
}
