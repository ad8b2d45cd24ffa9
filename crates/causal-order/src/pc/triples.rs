//! Which unshielded triples are colliders.

use std::collections::BTreeMap;

use causal_graph::NodeSet;
use rayon::prelude::*;
use run_control::progress::{Progress, check};

use super::subsets::Subsets;
use super::{Collider, ColliderRule, ConflictPolicy, Pc, Skeleton};
use crate::Result;
use crate::independence::IndependenceTest;

/// Pairs between two looks at the progress.
const PAIRS_A_STEP: usize = 64;

/// An unshielded triple and what the rule says of it.
pub(super) struct Triple {
    pub(super) nodes: Collider,
    pub(super) verdict: Verdict,
    /// How often the ends were separated, and how nearly; of no tests where neither rule nor policy asked for them.
    pub(super) tally: Tally,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Collider,
    NonCollider,
    Undecided,
}

/// The tests of the ends of a triple given sets with and without its middle.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    pub(super) maximal_p_with: f64,
    pub(super) maximal_p_without: f64,
    n_separating_with: u64,
    n_separating_without: u64,
}

/// The unshielded triples by middle, then by ends, and the number of tests that they took.
pub(super) fn decide(
    pc: &Pc,
    skeleton: &Skeleton,
    test: &dyn IndependenceTest,
    progress: &mut dyn Progress,
) -> Result<(Vec<Triple>, u64)> {
    let adjacent: Vec<NodeSet> = (0..skeleton.graph.n_nodes())
        .map(|node| skeleton.graph.neighbours(node).clone())
        .collect();
    let mut triples = unshielded(&adjacent);
    for triple in &mut triples {
        triple.verdict = by_separating_sets(skeleton, triple.nodes);
    }
    let rule_tests = !matches!(
        pc.collider_rule,
        ColliderRule::SeparatingSet | ColliderRule::EverySeparatingSet
    );
    let policy_tests = matches!(
        pc.conflict_policy,
        ConflictPolicy::StrongestDependence | ConflictPolicy::StrongestSeparation
    );
    let mut of_pair: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
    for (place, triple) in triples.iter().enumerate() {
        let is_tested = match triple.verdict {
            Verdict::Undecided => false,
            Verdict::Collider => rule_tests || policy_tests,
            Verdict::NonCollider => rule_tests,
        };
        if is_tested {
            of_pair
                .entry((triple.nodes.x, triple.nodes.z))
                .or_default()
                .push(place);
        }
    }
    let n_tests = tally_pairs(pc, &adjacent, &of_pair, &mut triples, test, progress)?;
    if rule_tests {
        for triple in &mut triples {
            if triple.verdict != Verdict::Undecided {
                triple.verdict = triple.tally.verdict(pc.collider_rule);
            }
        }
    }
    Ok((triples, n_tests))
}

/// The triples x - middle - z with x < z not adjacent, none of them decided.
fn unshielded(adjacent: &[NodeSet]) -> Vec<Triple> {
    let mut triples = Vec::new();
    for (middle, near) in adjacent.iter().enumerate() {
        for x in near.iter() {
            for z in near.iter().filter(|&z| x < z && !adjacent[x].contains(z)) {
                triples.push(Triple {
                    nodes: Collider { x, middle, z },
                    verdict: Verdict::Undecided,
                    tally: Tally::default(),
                });
            }
        }
    }
    triples
}

/// The verdict of the sets that the search found; none if knowledge alone keeps the ends apart.
fn by_separating_sets(skeleton: &Skeleton, Collider { x, middle, z }: Collider) -> Verdict {
    let sets = &skeleton.separating_sets;
    if sets.get(x, z).is_none() {
        Verdict::Undecided
    } else if sets.all(x, z).any(|set| set.contains(&middle)) {
        Verdict::NonCollider
    } else {
        Verdict::Collider
    }
}

/// Tests the pairs given all subsets of the neighbours of either node, and enters what they say of their triples.
fn tally_pairs(
    pc: &Pc,
    adjacent: &[NodeSet],
    of_pair: &BTreeMap<(usize, usize), Vec<usize>>,
    triples: &mut [Triple],
    test: &dyn IndependenceTest,
    progress: &mut dyn Progress,
) -> Result<u64> {
    if of_pair.is_empty() {
        return Ok(0);
    }
    let pairs: Vec<(&(usize, usize), &Vec<usize>)> = of_pair.iter().collect();
    let mut n_tests = 0;
    progress.begin("PC colliders", Some(pairs.len() as u64));
    for (step, some) in pairs.chunks(PAIRS_A_STEP).enumerate() {
        check(progress, "PC colliders", (step * PAIRS_A_STEP) as u64)?;
        let tallied: Vec<Result<(Vec<Tally>, u64)>> = some
            .par_iter()
            .map(|&(&pair, places)| {
                let middles: Vec<usize> = places.iter().map(|&place| triples[place].nodes.middle).collect();
                tally(pc, adjacent, pair, &middles, test)
            })
            .collect();
        for (&(_, places), tallied) in some.iter().zip(tallied) {
            let (tallies, n_of_pair) = tallied?;
            n_tests += n_of_pair;
            for (&place, tally) in places.iter().zip(tallies) {
                triples[place].tally = tally;
            }
        }
        progress.advance(some.len() as u64);
    }
    progress.end();
    Ok(n_tests)
}

/// One tally for each of the middles.
fn tally(
    pc: &Pc,
    adjacent: &[NodeSet],
    (x, z): (usize, usize),
    middles: &[usize],
    test: &dyn IndependenceTest,
) -> Result<(Vec<Tally>, u64)> {
    let mut tallies = vec![Tally::default(); middles.len()];
    let mut n_tests = 0;
    let mut subsets = Subsets::default();
    for end in [x, z] {
        let near: Vec<usize> = adjacent[end].iter().collect();
        let largest = pc
            .max_depth
            .map_or(near.len(), |max_depth| max_depth.min(near.len()));
        for size in 0..=largest {
            let mut is_there = subsets.first(&near, size);
            while is_there {
                let given = subsets.members();
                let was_tested = end == z && given.iter().all(|&node| adjacent[x].contains(node));
                if !was_tested {
                    n_tests += 1;
                    let p = test.test(x, z, given)?.p_value;
                    for (&middle, tally) in middles.iter().zip(&mut tallies) {
                        tally.enter(p, p > pc.alpha, given.contains(&middle));
                    }
                }
                is_there = subsets.next(&near);
            }
        }
    }
    Ok((tallies, n_tests))
}

impl Tally {
    fn enter(&mut self, p: f64, is_separating: bool, has_middle: bool) {
        let (maximal_p, n_separating) = if has_middle {
            (&mut self.maximal_p_with, &mut self.n_separating_with)
        } else {
            (&mut self.maximal_p_without, &mut self.n_separating_without)
        };
        *maximal_p = maximal_p.max(p);
        *n_separating += u64::from(is_separating);
    }

    fn verdict(&self, rule: ColliderRule) -> Verdict {
        let (with, without) = (self.n_separating_with, self.n_separating_without);
        let by_p = if self.maximal_p_without > self.maximal_p_with {
            Verdict::Collider
        } else {
            Verdict::NonCollider
        };
        match rule {
            ColliderRule::SeparatingSet | ColliderRule::EverySeparatingSet | ColliderRule::MaximalP => by_p,
            ColliderRule::DefiniteMaximalP => match (with > 0, without > 0) {
                (false, false) => by_p,
                (false, true) => Verdict::Collider,
                (true, false) => Verdict::NonCollider,
                (true, true) => Verdict::Undecided,
            },
            ColliderRule::Conservative => match (with > 0, without > 0) {
                (false, true) => Verdict::Collider,
                (true, false) => Verdict::NonCollider,
                _ => Verdict::Undecided,
            },
            ColliderRule::Majority => match with.cmp(&without) {
                std::cmp::Ordering::Less => Verdict::Collider,
                std::cmp::Ordering::Greater => Verdict::NonCollider,
                std::cmp::Ordering::Equal => Verdict::Undecided,
            },
        }
    }
}
