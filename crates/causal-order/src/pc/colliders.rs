//! From the skeleton to the graph.

use std::collections::BTreeSet;

use run_control::progress::Progress;

use super::directions::Directions;
use super::propagation::propagate;
use super::triples::{Triple, Verdict, decide};
use super::{Pc, PcResult, Skeleton};
use crate::independence::IndependenceTest;
use crate::{Error, Result};

/// Directs what is known, the colliders, and what follows from them.
pub(super) fn orient(
    pc: &Pc,
    skeleton: Skeleton,
    test: &dyn IndependenceTest,
    progress: &mut dyn Progress,
) -> Result<PcResult> {
    let knowledge = pc.knowledge.as_ref();
    let mut graph = skeleton.graph.clone();
    if let Some(knowledge) = knowledge {
        knowledge.orient_known(&mut graph)?;
        if let Some(cycle) = graph.directed_cycle() {
            let name = |node: usize| graph.nodes().name(node).to_owned();
            return Err(Error::KnowledgeCycle {
                cycle: cycle.into_iter().map(name).collect(),
            });
        }
    }
    let (triples, n_collider_tests) = decide(pc, &skeleton, test, progress)?;
    let colliders: Vec<&Triple> = triples
        .iter()
        .filter(|triple| triple.verdict == Verdict::Collider)
        .collect();
    let mut directions = Directions {
        graph,
        knowledge,
        disputed: BTreeSet::new(),
        conflicts: Vec::new(),
    };
    directions.apply(&colliders, pc.conflict_policy)?;
    propagate(&mut directions, &triples)?;
    let Directions { graph, conflicts, .. } = directions;
    if let Some(knowledge) = knowledge {
        knowledge.check(&graph)?;
    }
    Ok(PcResult {
        graph,
        skeleton: skeleton.graph,
        separating_sets: skeleton.separating_sets,
        maximal_p_values: skeleton.maximal_p_values,
        n_tests_by_depth: skeleton.n_tests_by_depth,
        n_collider_tests,
        undecided_triples: triples
            .iter()
            .filter(|triple| triple.verdict == Verdict::Undecided)
            .map(|triple| [triple.nodes.x, triple.nodes.middle, triple.nodes.z])
            .collect(),
        conflicts,
        test: test.name().to_owned(),
        configuration: pc.clone(),
    })
}
