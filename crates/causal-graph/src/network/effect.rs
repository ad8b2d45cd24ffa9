//! Average causal effects.

use super::bayesian::BayesianNetwork;
use super::factor::Factor;
use crate::{Error, Result};

impl BayesianNetwork {
    /// The exact average causal effect of moving the treatment between two states on the probability of an outcome.
    ///
    /// ```text
    /// ACE = P(outcome = state | do(treatment = to)) - P(outcome = state | do(treatment = from))
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NodeOutOfRange`], [`Error::NoSuchState`]; [`Error::RepeatedVariable`] if treatment and outcome are one node;
    /// [`Error::FactorTooLarge`].
    ///
    /// # Reference
    ///
    /// J. Pearl, "Causality", second edition, 2009, section 3.2.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::network::published;
    ///
    /// let network = published::cancer();
    /// let (cancer, dyspnoea) = (network.nodes().index("Cancer")?, network.nodes().index("Dyspnoea")?);
    /// // From no cancer to cancer: 0.65 - 0.3
    /// let effect = network.average_causal_effect(cancer, 1, 0, dyspnoea, 0)?;
    /// assert!((effect - 0.35).abs() < 1e-15);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn average_causal_effect(
        &self,
        treatment: usize,
        from: usize,
        to: usize,
        outcome: usize,
        state: usize,
    ) -> Result<f64> {
        self.conditional_average_causal_effect(treatment, from, to, outcome, state, &[])
    }

    /// The [average causal effect](Self::average_causal_effect) among those with the given states of other nodes.
    ///
    /// ```text
    /// CACE = P(outcome = state | do(treatment = to), given) - P(outcome = state | do(treatment = from), given)
    /// ```
    ///
    /// # Errors
    ///
    /// As [`average_causal_effect`](Self::average_causal_effect); [`Error::AffectedByTreatment`] if a given node is a
    /// descendant of the treatment, for then the two terms are about different people;
    /// [`Error::ImpossibleEvidence`] if nobody has the given states.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::network::published;
    ///
    /// let network = published::asia();
    /// let index = |name| network.nodes().index(name);
    /// let (smoke, lung, dysp) = (index("smoke")?, index("lung")?, index("dysp")?);
    /// // Lung cancer takes dyspnoea from 0.8 to 0.9 with bronchitis and from 0.1 to 0.7 without, if there is no tuberculosis,
    /// // and changes nothing if there is; 60 % of smokers have bronchitis, 1.04 % of all tuberculosis.
    /// let of_smokers = network.conditional_average_causal_effect(lung, 1, 0, dysp, 0, &[(smoke, 0)])?;
    /// assert!((of_smokers - 0.9896 * (0.6 * 0.1 + 0.4 * 0.6)).abs() < 1e-15);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn conditional_average_causal_effect(
        &self,
        treatment: usize,
        from: usize,
        to: usize,
        outcome: usize,
        state: usize,
        given: &[(usize, usize)],
    ) -> Result<f64> {
        self.check_state(outcome, state)?;
        let [before, after] = self.outcome_distributions(treatment, [from, to], outcome, given)?;
        Ok(after.values()[state] - before.values()[state])
    }

    /// The exact average causal effect on the mean of an outcome whose states are numbers.
    ///
    /// ```text
    /// E[values(outcome) | do(treatment = to)] - E[values(outcome) | do(treatment = from)]
    /// ```
    ///
    /// # Shapes
    ///
    /// `values` has a number for each state of the outcome.
    ///
    /// # Errors
    ///
    /// As [`average_causal_effect`](Self::average_causal_effect); [`Error::ValueCount`], and [`Error::StateValue`] for a
    /// number that is not finite.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::network::published;
    ///
    /// let network = published::survey();
    /// let index = |name| network.nodes().index(name);
    /// // Minutes by car, by train and by other means, for employees and the self-employed.
    /// let (occupation, transport, residence) = (index("O")?, index("T")?, index("R")?);
    /// let small = network.query(&[residence], &[])?.values()[0];
    /// let minutes = [20.0, 30.0, 40.0];
    /// let effect = network.average_causal_effect_on_mean(occupation, 0, 1, transport, &minutes)?;
    /// let (in_small, in_big) = (0.08 * 20.0 - 0.06 * 30.0 - 0.02 * 40.0, 0.12 * 20.0 - 0.03 * 30.0 - 0.09 * 40.0);
    /// assert!((effect - (small * in_small + (1.0 - small) * in_big)).abs() < 1e-12);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn average_causal_effect_on_mean(
        &self,
        treatment: usize,
        from: usize,
        to: usize,
        outcome: usize,
        values: &[f64],
    ) -> Result<f64> {
        self.nodes().check(outcome)?;
        if values.len() != self.n_states(outcome) {
            return Err(Error::ValueCount {
                node: self.nodes().name(outcome).to_owned(),
                got: values.len(),
                expected: self.n_states(outcome),
            });
        }
        if let Some(state) = values.iter().position(|value| !value.is_finite()) {
            return Err(Error::StateValue {
                node: self.nodes().name(outcome).to_owned(),
                state: self.states(outcome)[state].clone(),
                value: values[state],
            });
        }
        let [before, after] = self.outcome_distributions(treatment, [from, to], outcome, &[])?;
        let differences = after.values().iter().zip(before.values());
        Ok(differences
            .zip(values)
            .map(|((after, before), value)| (after - before) * value)
            .sum())
    }

    /// The distributions of the outcome with the treatment set to each of two states.
    fn outcome_distributions(
        &self,
        treatment: usize,
        states: [usize; 2],
        outcome: usize,
        given: &[(usize, usize)],
    ) -> Result<[Factor; 2]> {
        self.nodes().check(treatment)?;
        if !given.is_empty() {
            let descendants = self.dag().descendants(treatment);
            if let Some(&(node, _)) = given.iter().find(|(node, _)| descendants.contains(*node)) {
                return Err(Error::AffectedByTreatment {
                    node: self.nodes().name(node).to_owned(),
                    treatment: self.nodes().name(treatment).to_owned(),
                });
            }
        }
        let after_setting =
            |state| self.interventional_distribution(&[outcome], &[(treatment, state)], given);
        Ok([after_setting(states[0])?, after_setting(states[1])?])
    }
}
