//! Precision and recall of adjacencies and arrowheads.

use serde::{Deserialize, Serialize};

use crate::{Pdag, Result};

/// Counts of what an estimate asserts and the truth holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Agreement {
    /// In both.
    pub true_positive: usize,
    /// In the estimate alone.
    pub false_positive: usize,
    /// In the truth alone.
    pub false_negative: usize,
}

impl Agreement {
    /// The share of the estimate that is true; none if the estimate asserts nothing.
    pub fn precision(&self) -> Option<f64> {
        ratio(self.true_positive, self.true_positive + self.false_positive)
    }

    /// The share of the truth that is in the estimate; none if there is nothing to find.
    pub fn recall(&self) -> Option<f64> {
        ratio(self.true_positive, self.true_positive + self.false_negative)
    }

    /// The harmonic mean of precision and recall, `2 TP / (2 TP + FP + FN)`; none if both sides are empty.
    pub fn f1(&self) -> Option<f64> {
        ratio(
            2 * self.true_positive,
            2 * self.true_positive + self.false_positive + self.false_negative,
        )
    }

    fn count(&mut self, in_truth: bool, in_estimate: bool) {
        match (in_truth, in_estimate) {
            (true, true) => self.true_positive += 1,
            (false, true) => self.false_positive += 1,
            (true, false) => self.false_negative += 1,
            (false, false) => {}
        }
    }
}

/// Agreement of two graphs in their adjacencies and in their arrowheads.
///
/// # Examples
///
/// ```
/// use causal_graph::metrics::EdgeAgreement;
/// use causal_graph::{Nodes, Pdag};
///
/// let truth = Pdag::from_edges(Nodes::numbered(3), [(0, 2), (1, 2)], [])?;
/// let estimate = Pdag::from_edges(Nodes::numbered(3), [(2, 0)], [(1, 2)])?;
/// let agreement = EdgeAgreement::of(&truth, &estimate)?;
/// assert_eq!(agreement.adjacency.f1(), Some(1.0));
/// assert_eq!(agreement.arrowhead.precision(), Some(0.0));
/// # Ok::<(), causal_graph::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EdgeAgreement {
    /// Over unordered pairs: joined or not.
    pub adjacency: Agreement,
    /// Over ordered pairs `(a, b)`: a directed edge from `a` to `b` or not.
    pub arrowhead: Agreement,
}

impl EdgeAgreement {
    /// The agreement of `estimate` with `truth`.
    ///
    /// # Errors
    ///
    /// [`Error::OtherNodes`](crate::Error::OtherNodes) if the nodes are not the same, in the same order.
    pub fn of(truth: &Pdag, estimate: &Pdag) -> Result<Self> {
        truth.nodes().check_same("the estimate", estimate.nodes())?;
        let mut agreement = Self::default();
        for b in 0..truth.n_nodes() {
            for a in 0..b {
                agreement
                    .adjacency
                    .count(truth.is_adjacent(a, b), estimate.is_adjacent(a, b));
                for (from, to) in [(a, b), (b, a)] {
                    agreement
                        .arrowhead
                        .count(truth.has_directed(from, to), estimate.has_directed(from, to));
                }
            }
        }
        Ok(agreement)
    }
}

fn ratio(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Nodes;

    #[test]
    fn shares_by_hand() -> Result<()> {
        let truth = Pdag::from_edges(Nodes::numbered(4), [(0, 1), (1, 2)], [(2, 3)])?;
        let estimate = Pdag::from_edges(Nodes::numbered(4), [(0, 1), (2, 1), (0, 3)], [])?;
        let agreement = EdgeAgreement::of(&truth, &estimate)?;
        // Joined: 01, 12, 23 against 01, 12, 03.
        assert_eq!(agreement.adjacency.precision(), Some(2.0 / 3.0));
        assert_eq!(agreement.adjacency.recall(), Some(2.0 / 3.0));
        // Arrowheads: 0>1, 1>2 against 0>1, 2>1, 0>3.
        assert_eq!(agreement.arrowhead.precision(), Some(1.0 / 3.0));
        assert_eq!(agreement.arrowhead.recall(), Some(0.5));
        assert_eq!(agreement.arrowhead.f1(), Some(0.4));
        Ok(())
    }

    #[test]
    fn nothing_to_divide_by_is_no_share() -> Result<()> {
        let empty = Pdag::empty(Nodes::numbered(2));
        let agreement = EdgeAgreement::of(&empty, &empty)?.adjacency;
        assert_eq!(
            (agreement.precision(), agreement.recall(), agreement.f1()),
            (None, None, None)
        );
        Ok(())
    }
}
