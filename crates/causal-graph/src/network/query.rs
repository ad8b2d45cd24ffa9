//! Queries answered exactly.

use run_control::progress::{Progress, Silent};

use super::bayesian::BayesianNetwork;
use super::elimination::{Marginal, Potential, VariableElimination};
use super::factor::{Factor, StridedIndices, row_major_strides};
use crate::{Error, NodeSet, Result};

impl BayesianNetwork {
    /// The distribution of the targets given the evidence, pairs of a node and its state.
    ///
    /// ```text
    /// P(targets | evidence) = P(targets, evidence) / P(evidence)
    /// ```
    ///
    /// Without targets the answer is the number 1.
    ///
    /// # Errors
    ///
    /// [`Error::NodeOutOfRange`], [`Error::NoSuchState`]; [`Error::RepeatedVariable`] if a node comes twice among targets and
    /// evidence; [`Error::ImpossibleEvidence`] if the evidence has probability 0; [`Error::FactorTooLarge`].
    ///
    /// # Complexity
    ///
    /// Exponential in the width of the elimination order. Only ancestors of targets and evidence take part, and of those
    /// that the evidence separates from the targets only what could make it impossible.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::network::published;
    ///
    /// let network = published::earthquake();
    /// let nodes = network.nodes();
    /// let (burglary, alarm) = (nodes.index("Burglary")?, nodes.index("Alarm")?);
    /// let earthquake = nodes.index("Earthquake")?;
    /// // P(burglary | alarm, earthquake) = 0.01 · 0.95 / (0.01 · 0.95 + 0.99 · 0.29)
    /// let explained_away = network.query(&[burglary], &[(alarm, 0), (earthquake, 0)])?;
    /// assert!((explained_away.values()[0] - 0.0095 / 0.2966).abs() < 1e-15);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn query(&self, targets: &[usize], evidence: &[(usize, usize)]) -> Result<Factor> {
        self.query_with(targets, evidence, &VariableElimination::default(), &mut Silent)
    }

    /// [`query`](Self::query) within other limits; it can be watched and stopped.
    ///
    /// # Errors
    ///
    /// As [`query`](Self::query), and [`Error::Cancelled`].
    pub fn query_with(
        &self,
        targets: &[usize],
        evidence: &[(usize, usize)],
        limits: &VariableElimination,
        progress: &mut dyn Progress,
    ) -> Result<Factor> {
        Query::new(self, targets, evidence, &[])?.distribution(*limits, progress)
    }

    /// The natural logarithm of the probability of the evidence; -inf if it is impossible.
    ///
    /// # Errors
    ///
    /// As [`query`](Self::query), but impossible evidence is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::network::published;
    ///
    /// let network = published::asia();
    /// let (tub, either) = (network.nodes().index("tub")?, network.nodes().index("either")?);
    /// // 0.01 · 0.05 + 0.99 · 0.01
    /// assert!((network.ln_probability(&[(tub, 0)])?.exp() - 0.0104).abs() < 1e-15);
    /// assert_eq!(network.ln_probability(&[(tub, 0), (either, 1)])?, f64::NEG_INFINITY);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn ln_probability(&self, evidence: &[(usize, usize)]) -> Result<f64> {
        self.ln_probability_with(evidence, &VariableElimination::default(), &mut Silent)
    }

    /// [`ln_probability`](Self::ln_probability) within other limits; it can be watched and stopped.
    ///
    /// # Errors
    ///
    /// As [`ln_probability`](Self::ln_probability), and [`Error::Cancelled`].
    pub fn ln_probability_with(
        &self,
        evidence: &[(usize, usize)],
        limits: &VariableElimination,
        progress: &mut dyn Progress,
    ) -> Result<f64> {
        Ok(Query::new(self, &[], evidence, &[])?
            .marginal(*limits, progress)?
            .ln_total)
    }

    /// The distribution of the targets after setting nodes to states, given evidence in the world so made.
    ///
    /// ```text
    /// P(targets | do(interventions), evidence)
    /// ```
    ///
    /// It is the [query](Self::query) in the network of [`intervene`](Self::intervene), without making that network.
    ///
    /// # Errors
    ///
    /// As [`query`](Self::query); a node that is set is neither target nor evidence.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::network::published;
    ///
    /// let network = published::asia();
    /// let (smoke, lung) = (network.nodes().index("smoke")?, network.nodes().index("lung")?);
    /// // Lung cancer says something about smoking, giving somebody lung cancer does not.
    /// let seen = network.query(&[smoke], &[(lung, 0)])?;
    /// let done = network.interventional_distribution(&[smoke], &[(lung, 0)], &[])?;
    /// assert!((seen.values()[0] - 0.1 / 0.11).abs() < 1e-15);
    /// assert_eq!(done.values()[0], 0.5);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn interventional_distribution(
        &self,
        targets: &[usize],
        interventions: &[(usize, usize)],
        evidence: &[(usize, usize)],
    ) -> Result<Factor> {
        self.interventional_distribution_with(
            targets,
            interventions,
            evidence,
            &VariableElimination::default(),
            &mut Silent,
        )
    }

    /// [`interventional_distribution`](Self::interventional_distribution) within other limits; it can be watched and stopped.
    ///
    /// # Errors
    ///
    /// As [`interventional_distribution`](Self::interventional_distribution), and [`Error::Cancelled`].
    pub fn interventional_distribution_with(
        &self,
        targets: &[usize],
        interventions: &[(usize, usize)],
        evidence: &[(usize, usize)],
        limits: &VariableElimination,
        progress: &mut dyn Progress,
    ) -> Result<Factor> {
        Query::new(self, targets, evidence, interventions)?.distribution(*limits, progress)
    }
}

/// A sum of products of conditional probabilities, not yet computed.
pub(super) struct Query<'a> {
    network: &'a BayesianNetwork,
    targets: &'a [usize],
    /// The state that was seen, by node.
    evidence: Vec<Option<usize>>,
    /// The state that was set, by node.
    set: Vec<Option<usize>>,
    exposure: Option<Exposure>,
}

/// Children that see a node which is set in another state than the rest of its children do.
pub(super) struct Exposure {
    pub(super) treatment: usize,
    pub(super) state: usize,
    pub(super) children: NodeSet,
}

impl<'a> Query<'a> {
    pub(super) fn new(
        network: &'a BayesianNetwork,
        targets: &'a [usize],
        evidence: &[(usize, usize)],
        interventions: &[(usize, usize)],
    ) -> Result<Self> {
        let mut query = Self {
            network,
            targets,
            evidence: vec![None; network.n_nodes()],
            set: vec![None; network.n_nodes()],
            exposure: None,
        };
        let mut seen = NodeSet::new(network.n_nodes());
        let mut check_once = |node: usize| {
            if seen.insert(node) {
                return Ok(());
            }
            Err(Error::RepeatedVariable {
                node: network.nodes().name(node).to_owned(),
            })
        };
        for &target in targets {
            network.nodes().check(target)?;
            check_once(target)?;
        }
        for (pairs, states) in [(evidence, &mut query.evidence), (interventions, &mut query.set)] {
            for &(node, state) in pairs {
                network.check_state(node, state)?;
                check_once(node)?;
                states[node] = Some(state);
            }
        }
        Ok(query)
    }

    /// The same query where some children of a node that is set see another state of it.
    pub(super) fn with_exposure(mut self, exposure: Exposure) -> Self {
        self.exposure = Some(exposure);
        self
    }

    /// The distribution of the targets given the evidence.
    pub(super) fn distribution(
        &self,
        limits: VariableElimination,
        progress: &mut dyn Progress,
    ) -> Result<Factor> {
        let mut factors = self.factors();
        let n_states = self.n_states();
        drop_constant_components(&mut factors, self.targets, n_states.len());
        let marginal = self.eliminate(factors, &n_states, limits, progress)?;
        if marginal.ln_total == f64::NEG_INFINITY {
            return Err(Error::ImpossibleEvidence {
                evidence: self.evidence_names(),
            });
        }
        Ok(marginal.distribution)
    }

    /// The distribution of the targets given the evidence, and the probability of the evidence.
    fn marginal(&self, limits: VariableElimination, progress: &mut dyn Progress) -> Result<Marginal> {
        self.eliminate(self.factors(), &self.n_states(), limits, progress)
    }

    fn eliminate(
        &self,
        mut factors: Vec<Potential>,
        n_states: &[usize],
        limits: VariableElimination,
        progress: &mut dyn Progress,
    ) -> Result<Marginal> {
        // The empty product.
        if factors.is_empty() {
            factors.push(Potential {
                variables: Vec::new(),
                values: vec![1.0],
            });
        }
        limits.marginal(&factors, self.targets, n_states, progress)
    }

    fn n_states(&self) -> Vec<usize> {
        (0..self.network.n_nodes())
            .map(|node| self.network.n_states(node))
            .collect()
    }

    /// The tables of the targets, the evidence and their ancestors, cut down to what is seen and set. All other nodes
    /// sum to 1.
    fn factors(&self) -> Vec<Potential> {
        let network = self.network;
        let seen = (0..network.n_nodes()).filter(|&node| self.evidence[node].is_some());
        let mut stack: Vec<usize> = self.targets.iter().copied().chain(seen).collect();
        let mut is_relevant = NodeSet::new(network.n_nodes());
        while let Some(node) = stack.pop() {
            if self.set[node].is_none() && is_relevant.insert(node) {
                stack.extend(&network.cpt(node).parents);
            }
        }
        is_relevant.iter().map(|node| self.factor(node)).collect()
    }

    /// The table of a node in the rows and the column that are seen or set.
    fn factor(&self, node: usize) -> Potential {
        let cpt = self.network.cpt(node);
        let scope: Vec<usize> = cpt.parents.iter().copied().chain([node]).collect();
        let sizes: Vec<usize> = scope
            .iter()
            .map(|&variable| self.network.n_states(variable))
            .collect();
        let strides = row_major_strides(&sizes);
        let mut offset = 0;
        let mut free = Vec::with_capacity(scope.len());
        for (position, &variable) in scope.iter().enumerate() {
            match self.fixed(variable, node) {
                Some(state) => offset += strides[position] * state,
                None => free.push(position),
            }
        }
        let of_free = |all: &[usize]| free.iter().map(|&position| all[position]).collect::<Vec<_>>();
        Potential {
            variables: of_free(&scope),
            values: StridedIndices::new(of_free(&sizes), [of_free(&strides)])
                .map(|[index]| cpt.probabilities[offset + index])
                .collect(),
        }
    }

    /// The state in which the table of `child` sees a node, if it is known.
    fn fixed(&self, node: usize, child: usize) -> Option<usize> {
        match &self.exposure {
            Some(exposure) if exposure.treatment == node && exposure.children.contains(child) => {
                Some(exposure.state)
            }
            _ => self.evidence[node].or(self.set[node]),
        }
    }

    fn evidence_names(&self) -> Vec<String> {
        let seen = self.evidence.iter().enumerate();
        seen.filter_map(|(node, state)| state.map(|state| (node, state)))
            .map(|(node, state)| {
                format!(
                    "{} = {}",
                    self.network.nodes().name(node),
                    self.network.states(node)[state]
                )
            })
            .collect()
    }
}

/// Drops the factors that share no variable, directly or through others, with the targets: the evidence d-separates their
/// variables from the targets, and they only multiply the answer by a constant. A component with zeros stays, for the
/// constant may be 0.
fn drop_constant_components(factors: &mut Vec<Potential>, targets: &[usize], n_variables: usize) {
    let mut holders = vec![Vec::new(); n_variables];
    for (factor_idx, factor) in factors.iter().enumerate() {
        for &variable in &factor.variables {
            holders[variable].push(factor_idx);
        }
    }
    let has_zero = |factor: &Potential| factor.values.contains(&0.0);
    let roots = (0..factors.len()).filter(|&factor_idx| has_zero(&factors[factor_idx]));
    let of_targets = targets.iter().flat_map(|&target| holders[target].iter().copied());
    let mut stack: Vec<usize> = of_targets.chain(roots).collect();
    let mut stays = vec![false; factors.len()];
    while let Some(factor_idx) = stack.pop() {
        if !std::mem::replace(&mut stays[factor_idx], true) {
            let variables = &factors[factor_idx].variables;
            stack.extend(
                variables
                    .iter()
                    .flat_map(|&variable| holders[variable].iter().copied()),
            );
        }
    }
    let mut stays = stays.into_iter();
    factors.retain(|_| stays.next().unwrap_or(true));
}
