//! The subsets of one hardness, each within the next.

use hard_subset::{Balance, Hardness, Subset, SubsetSize, SubsetSpec};
use transferability_metrics::{Labels, NestedRows};

/// GBC measures the spread within a class; all metrics get the same subsets.
pub(super) const MIN_PER_CLASS: usize = 2;

/// The hardest parts of a sample, the smallest first.
#[derive(Debug)]
pub(super) struct NestedSubsets {
    subsets: Vec<Subset>,
    rows: NestedRows,
}

impl NestedSubsets {
    /// These shares of each class, ascending.
    pub(super) fn of(hardness: &Hardness, labels: &Labels, fractions: &[f64]) -> anyhow::Result<Self> {
        let subsets = fractions
            .iter()
            .map(|&fraction| subset_of(fraction).select(hardness, labels))
            .collect::<hard_subset::Result<Vec<_>>>()?;
        let mut is_in = vec![false; labels.len()];
        let mut order = Vec::new();
        let mut lengths = Vec::new();
        for subset in &subsets {
            let rows = subset.rows().iter().copied();
            order.extend(rows.filter(|&row| !std::mem::replace(&mut is_in[row], true)));
            lengths.push(order.len());
        }
        Ok(Self {
            subsets,
            rows: NestedRows::new(order, lengths)?,
        })
    }

    /// The subset of each share.
    pub(super) fn subsets(&self) -> &[Subset] {
        &self.subsets
    }

    /// All of them, for a metric that scores one after the other.
    pub(super) fn rows(&self) -> &NestedRows {
        &self.rows
    }
}

/// The subset that keeps so much of each class.
pub(super) fn subset_of(fraction: f64) -> SubsetSpec {
    SubsetSpec {
        size: SubsetSize::Fraction(fraction),
        balance: Balance::PerClass,
        min_per_class: MIN_PER_CLASS,
        ..SubsetSpec::default()
    }
}
