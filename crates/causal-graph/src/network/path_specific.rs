//! Effects along some of the paths from treatment to outcome.

use run_control::progress::Silent;

use super::bayesian::BayesianNetwork;
use super::elimination::VariableElimination;
use super::query::{Exposure, Query};
use crate::dag::reach;
use crate::{Dag, Error, NodeSet, Result};

impl BayesianNetwork {
    /// The effect of the treatment on the probability of an outcome along the directed paths whose edges are all active.
    ///
    /// ```text
    /// PSE = P(Y(g) = state) - P(Y = state | do(treatment = from))
    ///
    /// Y(g)  the outcome where every node hears along active edges of a treatment moved to `to`, and along all others of
    ///       one that is left at `from`
    /// ```
    ///
    /// It is identified if no node would have to have both values at once, and then is what the edge g-formula says:
    ///
    /// ```text
    /// P(Y(g) = y) = sum over v with v_Y = y of  product over i other than X of  P(v_i | pa_i),
    ///               where i sees X in state `to` if X -> i begins an active path to Y, and else in state `from`
    /// ```
    ///
    /// # Errors
    ///
    /// As [`average_causal_effect`](Self::average_causal_effect); [`Error::NotAnEdge`] if the graph has not an active edge;
    /// [`Error::RecantingWitness`] if the effect is not identified: an active path from the treatment to the witness goes on to
    /// the outcome both along active edges only and along others.
    ///
    /// # Reference
    ///
    /// C. Avin, I. Shpitser and J. Pearl, "Identifiability of path-specific effects", IJCAI 2005; I. Shpitser and
    /// E. Tchetgen Tchetgen, "Causal inference with a graphical hierarchy of interventions", Annals of Statistics 44(6), 2016.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::network::published;
    ///
    /// let network = published::asia();
    /// let index = |name| network.nodes().index(name);
    /// let (smoke, bronc, dysp) = (index("smoke")?, index("bronc")?, index("dysp")?);
    /// // Through bronchitis alone, with tuberculosis and lung cancer as without smoking:
    /// // 0.3 more bronchitis, which adds 0.2 to dyspnoea if there is either of the two, and 0.7 if not.
    /// let effect = network.path_specific_effect(smoke, 1, 0, dysp, 0, &[(smoke, bronc), (bronc, dysp)])?;
    /// let either = 1.0 - 0.99 * 0.9896;
    /// assert!((effect - 0.3 * (either * 0.2 + (1.0 - either) * 0.7)).abs() < 1e-15);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn path_specific_effect(
        &self,
        treatment: usize,
        from: usize,
        to: usize,
        outcome: usize,
        state: usize,
        active: &[(usize, usize)],
    ) -> Result<f64> {
        self.check_state(treatment, from)?;
        self.check_state(treatment, to)?;
        self.check_state(outcome, state)?;
        let children = exposed_children(self.dag(), treatment, outcome, active)?;
        let targets = [outcome];
        let distribution = |exposed: NodeSet| {
            let exposure = Exposure {
                treatment,
                state: to,
                children: exposed,
            };
            Query::new(self, &targets, &[], &[(treatment, from)])?
                .with_exposure(exposure)
                .distribution(VariableElimination::default(), &mut Silent)
        };
        let nobody = NodeSet::new(self.n_nodes());
        Ok(distribution(children)?.values()[state] - distribution(nobody)?.values()[state])
    }

    /// The natural direct effect: the mediators keep the values that they have without treatment.
    ///
    /// ```text
    /// NDE = P(Y(to, M(from)) = state) - P(Y(from, M(from)) = state)
    ///
    /// Y(x, m)  the outcome with the treatment set to x and the mediators to m
    /// M(x)     the mediators with the treatment set to x
    /// ```
    ///
    /// It is the [path-specific effect](Self::path_specific_effect) along all edges but those that leave a mediator. With the
    /// indirect effect of the way back it adds up to the total effect: `ACE(from, to) = NDE(from, to) - NIE(to, from)`.
    ///
    /// # Errors
    ///
    /// As [`path_specific_effect`](Self::path_specific_effect); [`Error::RepeatedVariable`] if the treatment or the outcome is
    /// a mediator.
    ///
    /// # Reference
    ///
    /// J. Pearl, "Direct and indirect effects", UAI 2001.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::network::published;
    ///
    /// let network = published::asia();
    /// let index = |name| network.nodes().index(name);
    /// let (smoke, bronc, lung, dysp) = (index("smoke")?, index("bronc")?, index("lung")?, index("dysp")?);
    /// // Smoking leads to dyspnoea by these two only.
    /// let direct = network.natural_direct_effect(smoke, 1, 0, dysp, 0, &[bronc, lung])?;
    /// let indirect = network.natural_indirect_effect(smoke, 1, 0, dysp, 0, &[bronc, lung])?;
    /// assert_eq!(direct, 0.0);
    /// assert!((indirect - (0.552808 - 0.3191332)).abs() < 1e-15);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn natural_direct_effect(
        &self,
        treatment: usize,
        from: usize,
        to: usize,
        outcome: usize,
        state: usize,
        mediators: &[usize],
    ) -> Result<f64> {
        let mediators = self.mediator_set(treatment, outcome, mediators)?;
        let active: Vec<_> = self
            .dag()
            .edges()
            .filter(|&(parent, _)| !mediators.contains(parent))
            .collect();
        self.path_specific_effect(treatment, from, to, outcome, state, &active)
    }

    /// The natural indirect effect: the mediators alone hear of the treatment.
    ///
    /// ```text
    /// NIE = P(Y(from, M(to)) = state) - P(Y(from, M(from)) = state)
    /// ```
    ///
    /// It is the [path-specific effect](Self::path_specific_effect) along the edges of all paths from the treatment to a
    /// mediator and from a mediator to the outcome.
    ///
    /// # Errors
    ///
    /// As [`natural_direct_effect`](Self::natural_direct_effect).
    ///
    /// # Reference
    ///
    /// J. Pearl, "Direct and indirect effects", UAI 2001.
    ///
    /// # Examples
    ///
    /// See [`natural_direct_effect`](Self::natural_direct_effect).
    pub fn natural_indirect_effect(
        &self,
        treatment: usize,
        from: usize,
        to: usize,
        outcome: usize,
        state: usize,
        mediators: &[usize],
    ) -> Result<f64> {
        let mediators = self.mediator_set(treatment, outcome, mediators)?;
        let mut before = mediators.clone();
        let mut after = mediators.clone();
        for mediator in mediators.iter() {
            before.union_with(&self.dag().ancestors(mediator));
            after.union_with(&self.dag().descendants(mediator));
        }
        let active: Vec<_> = self
            .dag()
            .edges()
            .filter(|&(parent, child)| before.contains(child) || after.contains(parent))
            .collect();
        self.path_specific_effect(treatment, from, to, outcome, state, &active)
    }

    fn mediator_set(&self, treatment: usize, outcome: usize, mediators: &[usize]) -> Result<NodeSet> {
        let mut set = NodeSet::new(self.n_nodes());
        for &node in [treatment, outcome].iter().chain(mediators) {
            self.nodes().check(node)?;
            if !set.insert(node) {
                return Err(Error::RepeatedVariable {
                    node: self.nodes().name(node).to_owned(),
                });
            }
        }
        set.remove(treatment);
        set.remove(outcome);
        Ok(set)
    }
}

/// The children of the treatment with which active paths to the outcome begin.
fn exposed_children(
    dag: &Dag,
    treatment: usize,
    outcome: usize,
    active: &[(usize, usize)],
) -> Result<NodeSet> {
    let n_nodes = dag.n_nodes();
    let mut active_children = vec![NodeSet::new(n_nodes); n_nodes];
    let mut active_parents = active_children.clone();
    for &(from, to) in active {
        dag.nodes().check(from)?;
        dag.nodes().check(to)?;
        if !dag.has_edge(from, to) {
            return Err(Error::NotAnEdge {
                from: dag.nodes().name(from).to_owned(),
                to: dag.nodes().name(to).to_owned(),
            });
        }
        active_children[from].insert(to);
        active_parents[to].insert(from);
    }
    let mut reaches = dag.ancestors(outcome);
    reaches.insert(outcome);
    let mut reaches_actively = reach(&active_parents, outcome);
    reaches_actively.insert(outcome);

    // The nodes from which some path to the outcome has an edge that is not active.
    let mut strays = NodeSet::new(n_nodes);
    for node in dag.topological_order().into_iter().rev() {
        let strays_on = dag.children(node).iter().any(|child| {
            strays.contains(child) || (reaches.contains(child) && !active_children[node].contains(child))
        });
        if strays_on {
            strays.insert(node);
        }
    }
    let mut witnesses = reach(&active_children, treatment);
    witnesses.intersect_with(&reaches_actively);
    witnesses.intersect_with(&strays);
    if let Some(witness) = witnesses.first() {
        return Err(Error::RecantingWitness {
            witness: dag.nodes().name(witness).to_owned(),
            treatment: dag.nodes().name(treatment).to_owned(),
            outcome: dag.nodes().name(outcome).to_owned(),
        });
    }
    let mut exposed = active_children[treatment].clone();
    exposed.intersect_with(&reaches_actively);
    Ok(exposed)
}
