//! An order with the parents that suit it, and the moves that change both.

use super::families::Families;
use crate::Result;
use crate::parent_sets::ParentConstraints;

/// Nodes in an order, each with parents among its predecessors: no parent more and no parent less would raise the score.
#[derive(Clone)]
pub(super) struct Placement<F> {
    order: Vec<usize>,
    /// The place of each node; beyond the order for a node that is not in it yet.
    places: Vec<usize>,
    families: Vec<F>,
    /// Nodes that another place may suit better: they, their parents or their neighbours in a family have changed.
    unsettled: Vec<bool>,
}

/// The rules of the search: a score and what is known.
pub(super) struct Rules<'a, S> {
    pub(super) score: &'a S,
    pub(super) constraints: &'a ParentConstraints,
}

/// A family as it was before a step of a move; after the move is undone, as it was after the step.
struct Change<F> {
    step: usize,
    node: usize,
    family: F,
}

/// The nodes whose families a step changed, with their families before it.
type Step<F> = [Option<(usize, F)>; 2];

/// Steps of one node past its neighbours in one direction, each of which can be taken back and again.
struct Trail<F> {
    changes: Vec<Change<F>>,
    best_step: usize,
    best_gain: f64,
}

impl<S: Families> Rules<'_, S> {
    /// The empty order.
    pub(super) fn start(&self) -> Result<Placement<S::Family>> {
        let n_nodes = self.constraints.n_nodes();
        Ok(Placement {
            order: Vec::with_capacity(n_nodes),
            places: vec![usize::MAX; n_nodes],
            families: (0..n_nodes)
                .map(|node| self.score.orphan(node))
                .collect::<Result<_>>()?,
            unsettled: vec![true; n_nodes],
        })
    }

    /// The sum of the local scores.
    pub(super) fn total(&self, placement: &Placement<S::Family>) -> f64 {
        placement
            .families
            .iter()
            .map(|family| self.score.score(family))
            .sum()
    }

    /// The score of the family of a node.
    pub(super) fn local(&self, placement: &Placement<S::Family>, node: usize) -> f64 {
        self.score.score(&placement.families[node])
    }

    /// The parents of a node, in any order.
    pub(super) fn parents<'p>(&self, placement: &'p Placement<S::Family>, node: usize) -> &'p [usize] {
        self.score.parents(&placement.families[node])
    }

    /// Puts a node that is not in the order behind all others.
    pub(super) fn append(&self, placement: &mut Placement<S::Family>, node: usize) -> Result<()> {
        placement.places[node] = placement.order.len();
        placement.order.push(node);
        for other in 0..self.constraints.n_nodes() {
            if other != node && placement.places[other] == usize::MAX {
                self.gain(placement, other, node)?;
            }
        }
        Ok(())
    }

    /// Moves a node to where the score is greatest, and says by how much it rose; 0 if the node stays.
    pub(super) fn reinsert(
        &self,
        placement: &mut Placement<S::Family>,
        node: usize,
        least_gain: f64,
    ) -> Result<f64> {
        let start = placement.places[node];
        let mut left = self.walk(placement, node, usize::MAX, Self::step_left)?;
        placement.exchange(&mut left.changes, 0);
        placement.slide(node, start);
        let mut right = self.walk(placement, node, usize::MAX, Self::step_right)?;
        let goes_right = right.best_gain >= left.best_gain;
        let (gain, place) = if goes_right {
            (right.best_gain, start + right.best_step)
        } else {
            (left.best_gain, start - left.best_step)
        };
        let improves = gain > least_gain;
        if !improves {
            placement.exchange(&mut right.changes, 0);
            placement.slide(node, start);
            return Ok(0.0);
        }
        if goes_right {
            placement.exchange(&mut right.changes, right.best_step);
            self.unsettle(placement, &right.changes, right.best_step);
        } else {
            placement.exchange(&mut right.changes, 0);
            placement.exchange_again(&mut left.changes, left.best_step);
            self.unsettle(placement, &left.changes, left.best_step);
        }
        placement.slide(node, place);
        Ok(gain)
    }

    /// Marks the nodes whose families changed up to a step, and all parents they had or have.
    fn unsettle(&self, placement: &mut Placement<S::Family>, changes: &[Change<S::Family>], step: usize) {
        for change in changes.iter().take_while(|change| change.step <= step) {
            placement.unsettled[change.node] = true;
            for family in [&change.family, &placement.families[change.node]] {
                self.score
                    .parents(family)
                    .iter()
                    .for_each(|&parent| placement.unsettled[parent] = true);
            }
        }
    }

    /// Moves a node to a place, or as near as the constraints allow.
    pub(super) fn move_to(
        &self,
        placement: &mut Placement<S::Family>,
        node: usize,
        place: usize,
    ) -> Result<()> {
        let start = placement.places[node];
        let trail = if place < start {
            self.walk(placement, node, start - place, Self::step_left)?
        } else {
            self.walk(placement, node, place - start, Self::step_right)?
        };
        placement.unsettled[node] = true;
        self.unsettle(placement, &trail.changes, usize::MAX);
        Ok(())
    }

    /// Takes steps until one is forbidden or `n_steps` are taken.
    fn walk(
        &self,
        placement: &mut Placement<S::Family>,
        node: usize,
        n_steps: usize,
        take_step: impl Fn(&Self, &mut Placement<S::Family>, usize) -> Result<Option<Step<S::Family>>>,
    ) -> Result<Trail<S::Family>> {
        let mut trail = Trail {
            changes: Vec::new(),
            best_step: 0,
            best_gain: 0.0,
        };
        let mut gain = 0.0;
        let mut step = 0;
        while step < n_steps {
            let Some(replaced) = take_step(self, placement, node)? else {
                break;
            };
            step += 1;
            for (node, family) in replaced.into_iter().flatten() {
                gain += self.local(placement, node) - self.score.score(&family);
                trail.changes.push(Change { step, node, family });
            }
            if gain > trail.best_gain {
                trail.best_gain = gain;
                trail.best_step = step;
            }
        }
        Ok(trail)
    }

    /// Exchanges a node with the one before it, unless that must come first.
    fn step_left(
        &self,
        placement: &mut Placement<S::Family>,
        node: usize,
    ) -> Result<Option<Step<S::Family>>> {
        let place = placement.places[node];
        if place == 0 {
            return Ok(None);
        }
        self.exchange_neighbours(placement, place - 1)
    }

    /// Exchanges a node with the one behind it, unless that must come later.
    fn step_right(
        &self,
        placement: &mut Placement<S::Family>,
        node: usize,
    ) -> Result<Option<Step<S::Family>>> {
        let place = placement.places[node];
        if place + 1 == placement.order.len() {
            return Ok(None);
        }
        self.exchange_neighbours(placement, place)
    }

    /// Exchanges the nodes at a place and behind it, and returns the families that changed as they were.
    fn exchange_neighbours(
        &self,
        placement: &mut Placement<S::Family>,
        place: usize,
    ) -> Result<Option<Step<S::Family>>> {
        let (first, second) = (placement.order[place], placement.order[place + 1]);
        if !self.constraints.may_precede(second, first) {
            return Ok(None);
        }
        placement.order.swap(place, place + 1);
        placement.places[first] = place + 1;
        placement.places[second] = place;
        let lost = self.lose(placement, second, first)?;
        let gained = self.gain(placement, first, second)?;
        Ok(Some([
            lost.map(|family| (second, family)),
            gained.map(|family| (first, family)),
        ]))
    }

    /// Adapts the parents of a node to a predecessor less; the family as it was, if it changed.
    fn lose(
        &self,
        placement: &mut Placement<S::Family>,
        node: usize,
        lost: usize,
    ) -> Result<Option<S::Family>> {
        if !self.parents(placement, node).contains(&lost) {
            return Ok(None);
        }
        let before = placement.families[node].clone();
        self.score.remove(&mut placement.families[node], lost)?;
        self.improve(placement, node)?;
        Ok(Some(before))
    }

    /// Adapts the parents of a node to a predecessor more; the family as it was, if it changed.
    fn gain(
        &self,
        placement: &mut Placement<S::Family>,
        node: usize,
        gained: usize,
    ) -> Result<Option<S::Family>> {
        if !self.constraints.allows(gained, node) {
            return Ok(None);
        }
        let family = &placement.families[node];
        let is_required = self.constraints.requires(gained, node);
        if !is_required {
            let is_full = self.score.parents(family).len() >= self.constraints.max_parents();
            if is_full || self.score.best_addition(family, &[gained])?.is_none() {
                return Ok(None);
            }
        }
        let before = family.clone();
        self.score.add(&mut placement.families[node], gained)?;
        self.improve(placement, node)?;
        Ok(Some(before))
    }

    /// Adds and removes single parents until no such step raises the score.
    fn improve(&self, placement: &mut Placement<S::Family>, node: usize) -> Result<()> {
        let most = self.constraints.max_parents();
        let end = placement.places[node].min(placement.order.len());
        let family = &mut placement.families[node];
        let mut candidates = Vec::with_capacity(end);
        let mut has_shrunk = true;
        while has_shrunk {
            while self.score.parents(family).len() < most {
                let parents = self.score.parents(family);
                candidates.clear();
                candidates.extend(placement.order[..end].iter().copied().filter(|&candidate| {
                    self.constraints.allows(candidate, node) && !parents.contains(&candidate)
                }));
                match self.score.best_addition(family, &candidates)? {
                    Some(parent) => self.score.add(family, parent)?,
                    None => break,
                }
            }
            has_shrunk = false;
            loop {
                let parents = self.score.parents(family);
                let removable: Vec<usize> = parents
                    .iter()
                    .copied()
                    .filter(|&parent| !self.constraints.requires(parent, node))
                    .collect();
                let is_over = parents.len() > most;
                match self.score.best_removal(family, &removable)? {
                    Some((parent, improves)) if improves || is_over => {
                        self.score.remove(family, parent)?;
                        has_shrunk |= improves;
                    }
                    _ => break,
                }
            }
        }
        Ok(())
    }
}

impl<F> Placement<F> {
    /// The nodes, first to last.
    pub(super) fn order(&self) -> &[usize] {
        &self.order
    }

    /// The nodes that another place may suit better.
    pub(super) fn unsettled(&self) -> impl Iterator<Item = usize> + '_ {
        self.order.iter().copied().filter(|&node| self.unsettled[node])
    }

    /// Marks a node: whether another place may suit it better.
    pub(super) fn set_unsettled(&mut self, node: usize, is_unsettled: bool) {
        self.unsettled[node] = is_unsettled;
    }

    /// The family of each node.
    pub(super) fn families(&self) -> &[F] {
        &self.families
    }

    /// Whether a node is in the order.
    pub(super) fn is_placed(&self, node: usize) -> bool {
        self.places[node] != usize::MAX
    }

    /// Takes back all changes after a step, the last first.
    fn exchange(&mut self, changes: &mut [Change<F>], step: usize) {
        for change in changes.iter_mut().rev().take_while(|change| change.step > step) {
            std::mem::swap(&mut self.families[change.node], &mut change.family);
        }
    }

    /// Makes changes that were taken back once more, up to a step.
    fn exchange_again(&mut self, changes: &mut [Change<F>], step: usize) {
        for change in changes.iter_mut().take_while(|change| change.step <= step) {
            std::mem::swap(&mut self.families[change.node], &mut change.family);
        }
    }

    /// Moves a node within the order, and no family.
    fn slide(&mut self, node: usize, place: usize) {
        let start = self.places[node];
        let moved = if place < start {
            self.order[place..=start].rotate_right(1);
            place..=start
        } else {
            self.order[start..=place].rotate_left(1);
            start..=place
        };
        for place in moved {
            self.places[self.order[place]] = place;
        }
    }
}
