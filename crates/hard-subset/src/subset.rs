//! Which samples are kept.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use tensor_core::check;
use transferability_metrics::Labels;

use crate::{Hardness, Result};

mod bins;
mod kept;

pub use bins::quantile_bins;
pub use kept::{ClassCount, Coverage, Subset};

/// The relative error that a fraction of a count may have and still be a whole number: `0.07 * 100` is 7, though the product
/// of doubles is above. A thousand times that of a fraction and of the product, for fractions that are themselves computed.
const ROUNDING: f64 = 1e-12;

/// How much of the target sample is kept.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubsetSize {
    /// This share, more than 0 and at most 1: `ceil(rho m)` of `m` samples.
    Fraction(f64),
    /// So many samples, at least 1 and at most all. Per class they are shared out in proportion to the classes, by largest
    /// remainders, ties to the lower class; [`min_per_class`](SubsetSpec::min_per_class) may add to them.
    Count(usize),
}

/// Among which samples the hardest are looked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Balance {
    /// Within each class: `ceil(rho m_c)` of each, so that no class disappears and their shares stay.
    #[default]
    PerClass,
    /// Among all: the classes' shares drift towards the hard ones, and a class may be gone. The subset says so.
    Global,
}

/// Which samples are kept: the hardest, in the amount and the balance given.
///
/// ```text
/// H_rho = the ceil(rho m) samples of largest eta, ties by index, the lower first
///
/// m     samples, of the class or of all      eta   their hardness
/// rho   the share that is kept
/// ```
///
/// A product that rounding may have carried past a whole number, by a 1e-12th part of it, counts as that number: of 100
/// samples, 0.07 keeps 7. Per class each share is rounded up, so more than `ceil(rho m)` may be kept in all.
///
/// # Examples
///
/// ```
/// use hard_subset::{Balance, Hardness, SubsetSize, SubsetSpec};
/// use transferability_metrics::Labels;
///
/// let hardness = Hardness::new(vec![0.1, 0.9, 0.2, 0.8])?;
/// let labels = Labels::new(&[0, 0, 1, 1])?;
/// let spec = SubsetSpec { size: SubsetSize::Fraction(0.5), balance: Balance::Global, ..SubsetSpec::default() };
/// assert_eq!(spec.select(&hardness, &labels)?.rows(), [1, 3]);
/// # Ok::<(), hard_subset::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SubsetSpec {
    /// How much is kept. Half by default: the publication's share is not known to us.
    pub size: SubsetSize,
    /// Per class, or over all.
    pub balance: Balance,
    /// Samples of each class that are kept in any case, as far as the class has them; per class only.
    pub min_per_class: usize,
    /// The share of hardest samples that is left out first, at least 0 and below 1: `floor(trim m)` of `m`, or fewer where no
    /// more can be spared for the amount to be kept. With wrong labels among the samples the very hardest are likely those.
    pub trim: f64,
}

impl Default for SubsetSpec {
    fn default() -> Self {
        Self {
            size: SubsetSize::Fraction(0.5),
            balance: Balance::PerClass,
            min_per_class: 1,
            trim: 0.0,
        }
    }
}

impl SubsetSpec {
    /// This specification with another share.
    #[must_use]
    pub fn with_fraction(self, fraction: f64) -> Self {
        Self {
            size: SubsetSize::Fraction(fraction),
            ..self
        }
    }

    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// A fraction outside (0, 1], a count of 0, or a trimmed share outside [0, 1).
    pub fn validate(&self) -> Result<()> {
        match self.size {
            SubsetSize::Fraction(fraction) => check::parameter(
                "fraction",
                fraction > 0.0 && fraction <= 1.0,
                "more than 0 and at most 1",
                fraction,
            )?,
            SubsetSize::Count(count) => check::parameter("count", count >= 1, "1 or more", count)?,
        }
        Ok(check::parameter(
            "trim",
            self.trim >= 0.0 && self.trim < 1.0,
            "at least 0 and below 1",
            self.trim,
        )?)
    }

    /// The hardest samples.
    ///
    /// # Errors
    ///
    /// A parameter out of range, a count above the number of samples, another number of labels than of hardnesses, or
    /// [`Error::TooFewClasses`](crate::Error::TooFewClasses) if fewer than two classes are left.
    ///
    /// # Complexity
    ///
    /// `O(m)` for `m` samples, and the sorting of the rows that are kept.
    pub fn select(&self, hardness: &Hardness, labels: &Labels) -> Result<Subset> {
        self.validate()?;
        check::same_length("hardness", hardness.len(), labels.name(), labels.len())?;
        let groups = self.groups(labels);
        let sizes = self.sizes(&groups, labels.len())?;
        let mut rows = Vec::with_capacity(sizes.iter().sum());
        for (mut group, size) in groups.into_iter().zip(sizes) {
            let n_trimmed = rounded_down(self.trim, group.len()).min(group.len() - size);
            keep_hardest(&mut group, n_trimmed + size, hardness.values());
            keep_easiest(&mut group, size, hardness.values());
            rows.append(&mut group);
        }
        rows.sort_unstable();
        Subset::new(rows, labels)
    }

    /// Weights from 0 to 1 instead of a subset: the harder the larger.
    ///
    /// ```text
    /// w_j = 1 / (1 + exp(-(eta_j - q) / tau))
    ///
    /// q     the least hardness that the subset keeps, of the class or of all, lowered halfway to the next
    /// tau   the temperature; towards 0 the weights become the subset's ones and zeros
    /// ```
    ///
    /// They are frequency weights: [`Sample::with_weights`](transferability_metrics::Sample::with_weights) takes them.
    /// Trimmed samples weigh 0. Samples tied at the threshold weigh 1/2 each, whatever their index; where all that are left
    /// of a class are kept, they weigh 1.
    ///
    /// # Errors
    ///
    /// As [`select`](Self::select), but for the classes left; a temperature that is not positive and finite.
    ///
    /// # Complexity
    ///
    /// `O(m log m)` for `m` samples.
    ///
    /// # Examples
    ///
    /// ```
    /// use hard_subset::{Balance, Hardness, SubsetSpec};
    /// use transferability_metrics::Labels;
    ///
    /// let hardness = Hardness::new(vec![0.0, 3.0, 1.0, 2.0])?;
    /// let spec = SubsetSpec { balance: Balance::Global, ..SubsetSpec::default() };
    /// let weights = spec.soft_weights(&hardness, &Labels::new(&[0, 0, 1, 1])?, 0.5)?;
    /// // Half are kept: the threshold lies between 1 and 2.
    /// assert!((weights[3] - 1.0 / (1.0 + (-1.0_f64).exp())).abs() < 1e-15);
    /// assert!((weights[2] + weights[3] - 1.0).abs() < 1e-15);
    /// # Ok::<(), hard_subset::Error>(())
    /// ```
    pub fn soft_weights(&self, hardness: &Hardness, labels: &Labels, temperature: f64) -> Result<Vec<f64>> {
        self.validate()?;
        check::positive("temperature", temperature)?;
        check::same_length("hardness", hardness.len(), labels.name(), labels.len())?;
        let values = hardness.values();
        let groups = self.groups(labels);
        let sizes = self.sizes(&groups, labels.len())?;
        let mut weights = vec![0.0; values.len()];
        for (mut group, size) in groups.into_iter().zip(sizes) {
            group.sort_unstable_by(|&left, &right| hardest_first(values, left, right));
            let n_trimmed = rounded_down(self.trim, group.len()).min(group.len() - size);
            let left = &group[n_trimmed..];
            let threshold = match (size.checked_sub(1), left.get(size)) {
                (None, _) => continue,
                (Some(last), Some(&next)) => f64::midpoint(values[left[last]], values[next]),
                // All are kept, the least hard of them for certain.
                (Some(_), None) => f64::NEG_INFINITY,
            };
            for &row in left {
                weights[row] = logistic((values[row] - threshold) / temperature);
            }
        }
        Ok(weights)
    }

    /// Rows among which the hardest are looked for.
    fn groups(&self, labels: &Labels) -> Vec<Vec<usize>> {
        match self.balance {
            Balance::Global => vec![(0..labels.len()).collect()],
            Balance::PerClass => {
                let mut groups: Vec<Vec<usize>> =
                    labels.counts().iter().map(|&n| Vec::with_capacity(n)).collect();
                for (row, &class) in labels.indices().iter().enumerate() {
                    groups[class].push(row);
                }
                groups
            }
        }
    }

    /// How many rows of each group are kept.
    fn sizes(&self, groups: &[Vec<usize>], n_samples: usize) -> Result<Vec<usize>> {
        let mut sizes: Vec<usize> = match self.size {
            SubsetSize::Fraction(fraction) => groups
                .iter()
                .map(|group| rounded_up(fraction, group.len()))
                .collect(),
            SubsetSize::Count(count) => {
                check::parameter(
                    "count",
                    count <= n_samples,
                    "at most the number of samples",
                    count,
                )?;
                largest_remainders(count, groups)
            }
        };
        if self.balance == Balance::PerClass {
            for (size, group) in sizes.iter_mut().zip(groups) {
                *size = (*size).max(self.min_per_class).min(group.len());
            }
        }
        Ok(sizes)
    }
}

/// A positive fraction of a count, which is 1 or more.
fn rounded_up(fraction: f64, count: usize) -> usize {
    (fraction * count as f64 * (1.0 - ROUNDING)).ceil() as usize
}

/// A fraction of a count.
fn rounded_down(fraction: f64, count: usize) -> usize {
    (fraction * count as f64 * (1.0 + ROUNDING)).floor() as usize
}

/// `count` shared out in proportion to the groups; what is left over goes to the largest remainders, ties to the first.
fn largest_remainders(count: usize, groups: &[Vec<usize>]) -> Vec<usize> {
    let total: u128 = groups.iter().map(|group| group.len() as u128).sum();
    let share = |group: &Vec<usize>| {
        let product = count as u128 * group.len() as u128;
        ((product / total) as usize, product % total)
    };
    let shares: Vec<(usize, u128)> = groups.iter().map(share).collect();
    let mut sizes: Vec<usize> = shares.iter().map(|&(size, _)| size).collect();
    let n_left = count - sizes.iter().sum::<usize>();
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by_key(|&group| std::cmp::Reverse(shares[group].1));
    for &group in &order[..n_left] {
        sizes[group] += 1;
    }
    sizes
}

/// The order in which rows are kept.
pub(crate) fn hardest_first(values: &[f64], left: usize, right: usize) -> Ordering {
    // Equal zeros of either sign are equal.
    values[right]
        .partial_cmp(&values[left])
        .unwrap_or(Ordering::Equal)
        .then(left.cmp(&right))
}

fn keep_hardest(rows: &mut Vec<usize>, size: usize, values: &[f64]) {
    if size < rows.len() {
        rows.select_nth_unstable_by(size, |&left, &right| hardest_first(values, left, right));
        rows.truncate(size);
    }
}

fn keep_easiest(rows: &mut Vec<usize>, size: usize, values: &[f64]) {
    if size < rows.len() {
        rows.select_nth_unstable_by(size, |&left, &right| hardest_first(values, right, left));
        rows.truncate(size);
    }
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_of_any_count_are_rounded_as_in_decimals() {
        for exponent in 2..12 {
            let count = 10_usize.pow(exponent);
            for percent in 1..=100 {
                let (fraction, expected) = (percent as f64 / 100.0, count / 100 * percent);
                assert_eq!(rounded_up(fraction, count), expected, "{fraction} of {count}");
                assert_eq!(rounded_down(fraction, count), expected, "{fraction} of {count}");
            }
        }
        assert_eq!((rounded_up(0.071, 100), rounded_down(0.079, 100)), (8, 7));
        assert_eq!((rounded_up(1e-300, 1), rounded_down(0.0, 9)), (1, 0));
    }
}
