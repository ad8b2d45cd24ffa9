//! The families of one child, each by few steps from the last.

use causal_graph::{ContinuousTable, Nodes};

use super::cholesky::{Factor, Singular};
use crate::{Covariances, Error, Result};

/// The covariances of a table without constant columns.
pub(super) fn usable_covariances(table: &ContinuousTable) -> Result<Covariances> {
    let covariances = Covariances::of(table)?;
    let varies = |node: usize| covariances.scatter(node, node) > 0.0;
    match (0..covariances.n_variables()).find(|&node| !varies(node)) {
        None => Ok(covariances),
        Some(node) => Err(Error::ConstantColumn {
            column: table.nodes().name(node).to_owned(),
        }),
    }
}

/// Pivots of a child and its parents for sets of parents that differ by one.
pub(super) struct Families<'a> {
    nodes: &'a Nodes,
    factor: Factor<'a>,
    tolerance: f64,
    child: usize,
    parents: &'a [usize],
    /// Parents in ascending order, child last.
    order: Vec<usize>,
}

impl<'a> Families<'a> {
    /// The families of `child` about `parents`, which are in ascending order, in a matrix over all nodes.
    pub(super) fn new(
        nodes: &'a Nodes,
        matrix: &'a [f64],
        tolerance: f64,
        child: usize,
        parents: &'a [usize],
    ) -> Self {
        Self {
            nodes,
            factor: Factor::new(matrix, nodes.len()),
            tolerance,
            child,
            parents,
            order: Vec::with_capacity(parents.len() + 2),
        }
    }

    /// The term of the family itself by its pivots, those of the parents first and the child's last.
    pub(super) fn term(&mut self, term: impl Fn(&[f64]) -> Result<f64>) -> Result<f64> {
        self.factor_from(0, &[self.parents, &[self.child]])?;
        term(self.factor.pivots())
    }

    /// The terms with each of the candidates, which are in ascending order, besides the parents.
    pub(super) fn additions(
        &mut self,
        candidates: &[usize],
        term: impl Fn(&[f64]) -> Result<f64>,
    ) -> Result<Vec<f64>> {
        self.factor_from(0, &[self.parents])?;
        let mut terms = vec![0.0; candidates.len()];
        // From the last: each leaves the rows before its place to the next.
        for (&candidate, slot) in candidates.iter().zip(&mut terms).rev() {
            let place = self.parents.partition_point(|&parent| parent < candidate);
            let (before, after) = self.parents.split_at(place);
            self.factor_from(place, &[before, &[candidate], after, &[self.child]])?;
            *slot = term(self.factor.pivots())?;
        }
        Ok(terms)
    }

    /// The terms without each of the parents.
    pub(super) fn removals(&mut self, term: impl Fn(&[f64]) -> Result<f64>) -> Result<Vec<f64>> {
        self.factor_from(0, &[self.parents])?;
        let mut terms = vec![0.0; self.parents.len()];
        for (place, slot) in terms.iter_mut().enumerate().rev() {
            let (before, after) = (&self.parents[..place], &self.parents[place + 1..]);
            self.factor_from(place, &[before, after, &[self.child]])?;
            *slot = term(self.factor.pivots())?;
        }
        Ok(terms)
    }

    /// Factors the order that the parts make up, of which the rows before `start` stand.
    fn factor_from(&mut self, start: usize, parts: &[&[usize]]) -> Result<()> {
        self.order.clear();
        for part in parts {
            self.order.extend_from_slice(part);
        }
        self.factor
            .extend(&self.order, start, self.tolerance)
            .map_err(|singular| self.collinear(&singular))
    }

    fn collinear(&self, singular: &Singular) -> Error {
        let name = |&place: &usize| self.nodes.name(self.order[place]).to_owned();
        Error::CollinearColumns {
            column: name(&singular.place),
            of: singular.of.iter().map(name).collect(),
        }
    }
}
