//! What is known of one network and one target before and after it is adapted.

use std::collections::BTreeMap;

use ndarray::Array2;
use ot_transferability::{Joint, Member};
use tensor_core::{Seed, convert};
use transferability_metrics::{Features, Labels, Probabilities, Sample, by_name};

use super::scores::SUMMED_METRICS;
use super::transport_terms::{Distance, TransportTerms};
use crate::source_pool::SourcePool;

/// A network of the pool on a target.
#[derive(Debug)]
pub(crate) struct Observed {
    pub(crate) name: String,
    /// Nothing for a network without a source sample.
    pub(crate) terms: Option<TransportTerms>,
    /// Scores of the network alone, by metric.
    pub(crate) metrics: BTreeMap<&'static str, f64>,
    /// Everything of it but the domain difference.
    member: Member,
    /// Test probabilities of each repeat.
    pub(crate) fine_tuned: Vec<Array2<f32>>,
    pub(crate) linear_probe: Vec<Array2<f32>>,
}

impl Observed {
    /// Network `source` on target `target`, both in the order of the plan.
    pub(crate) fn of(pool: &SourcePool, source: usize, target: usize, seed: Seed) -> anyhow::Result<Self> {
        let outputs = pool.outputs(source, target)?;
        let truth = pool.truth(source, target)?;
        let labels = Labels::new(&outputs.target_labels)?;
        let sample = Sample::new(Labels::new(&outputs.target_labels)?)
            .with_features(Features::new(outputs.target_features.shallow_clone())?)?
            .with_probabilities(Probabilities::new(outputs.target_probabilities.shallow_clone())?)?;
        let metrics = SUMMED_METRICS
            .into_iter()
            .map(|name| Ok((name, by_name(name, seed)?.score(&sample)?)))
            .collect::<anyhow::Result<_>>()?;

        let terms = TransportTerms::of(&outputs)?;
        let mut member = Member::new(&outputs.name).with_probabilities(sample.probabilities()?, &labels)?;
        if let Some(terms) = &terms {
            member = member.with_coupling(Joint::clone(&terms.coupling));
        }
        Ok(Self {
            name: outputs.name,
            terms,
            metrics,
            member,
            fine_tuned: truth.fine_tuned,
            linear_probe: truth.linear_probe,
        })
    }

    /// The network as a member of a pool whose domain differences are measured this way.
    pub(crate) fn member(&self, distance: Distance) -> Member {
        match &self.terms {
            Some(terms) => self
                .member
                .clone()
                .with_domain_difference(terms.distances[&distance]),
            None => self.member.clone(),
        }
    }
}

/// Probabilities as the crate takes them.
pub(crate) fn probabilities(of: &Array2<f32>) -> anyhow::Result<Probabilities> {
    Ok(Probabilities::new(convert::tensor_from_array(of.view())?)?)
}
