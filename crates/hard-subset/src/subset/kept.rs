//! A subset, and what it keeps of every class.

use serde::{Deserialize, Serialize};
use tensor_core::check;
use transferability_metrics::Labels;

use crate::{Error, Result};

/// Samples that are kept, and what is left of each class.
///
/// # Examples
///
/// ```
/// use hard_subset::Subset;
/// use transferability_metrics::Labels;
///
/// let labels = Labels::new(&[4, 4, 7, 7, 9])?;
/// let hard_for_one = Subset::new(vec![3, 0], &labels)?;
/// assert_eq!(hard_for_one.rows(), [0, 3]);
/// assert_eq!(hard_for_one.dropped_classes(), [9]);
///
/// let hard_for_another = Subset::new(vec![0, 2, 3], &labels)?;
/// assert_eq!(hard_for_one.union(&hard_for_another, &labels)?.rows(), [0, 2, 3]);
/// assert_eq!(hard_for_one.intersection(&hard_for_another, &labels)?.rows(), [0, 3]);
/// # Ok::<(), hard_subset::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subset {
    rows: Vec<usize>,
    n_samples: usize,
    per_class: Vec<ClassCount>,
}

/// How many samples of a class are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassCount {
    /// The class, as given.
    pub class: i64,
    /// Samples that are kept.
    pub kept: usize,
    /// Samples that there are.
    pub of: usize,
}

/// How many samples of a group, an image say, are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// Samples that are kept.
    pub kept: usize,
    /// Samples that there are.
    pub of: usize,
}

impl Subset {
    /// A subset of these rows, in any order.
    ///
    /// # Errors
    ///
    /// A row out of range or twice, or rows of fewer than two classes.
    pub fn new(mut rows: Vec<usize>, labels: &Labels) -> Result<Self> {
        rows.sort_unstable();
        let n_samples = labels.len();
        if let Some((position, &row)) = rows.iter().enumerate().find(|&(_, &row)| row >= n_samples) {
            return Err(transferability_metrics::Error::RowOutOfRange {
                position,
                row,
                n_samples,
            }
            .into());
        }
        if let Some(pair) = rows.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Error::RowTwice { row: pair[0] });
        }
        let mut kept = vec![0; labels.n_classes()];
        for &row in &rows {
            kept[labels.indices()[row]] += 1;
        }
        let n_classes = kept.iter().filter(|&&kept| kept > 0).count();
        if n_classes < 2 {
            return Err(Error::TooFewClasses {
                n_kept: rows.len(),
                n_classes,
            });
        }
        let per_class = labels.classes().iter().zip(labels.counts()).zip(kept);
        Ok(Self {
            rows,
            n_samples,
            per_class: per_class
                .map(|((&class, &of), kept)| ClassCount { class, kept, of })
                .collect(),
        })
    }

    /// The rows that are kept, ascending.
    pub fn rows(&self) -> &[usize] {
        &self.rows
    }

    /// How many samples are kept.
    pub fn n_kept(&self) -> usize {
        self.rows.len()
    }

    /// How many samples there are.
    pub fn n_samples(&self) -> usize {
        self.n_samples
    }

    /// What is kept of each class, ascending by class; also of those of which nothing is.
    pub fn per_class_kept(&self) -> &[ClassCount] {
        &self.per_class
    }

    /// Classes of which nothing is kept.
    pub fn dropped_classes(&self) -> Vec<i64> {
        let dropped = self.per_class.iter().filter(|count| count.kept == 0);
        dropped.map(|count| count.class).collect()
    }

    /// How far the classes' shares among the kept samples are from those among all: half the sum of the absolute
    /// differences, 0 to 1.
    ///
    /// ```text
    /// 1/2 sum_c | k_c / k - m_c / m |
    ///
    /// k_c, k   samples kept, of class c and in all       m_c, m   samples that there are
    /// ```
    pub fn class_drift(&self) -> f64 {
        let (n_kept, n_samples) = (self.n_kept() as f64, self.n_samples as f64);
        let difference =
            |count: &ClassCount| (count.kept as f64 / n_kept - count.of as f64 / n_samples).abs();
        self.per_class.iter().map(difference).sum::<f64>() / 2.0
    }

    /// Samples that either subset keeps.
    ///
    /// # Errors
    ///
    /// Subsets of another sample than these labels are of.
    pub fn union(&self, other: &Self, labels: &Labels) -> Result<Self> {
        self.require_sample_of(other, labels)?;
        let mut rows: Vec<usize> = self.rows.iter().chain(&other.rows).copied().collect();
        rows.sort_unstable();
        rows.dedup();
        Self::new(rows, labels)
    }

    /// Samples that both subsets keep.
    ///
    /// # Errors
    ///
    /// Subsets of another sample than these labels are of, or subsets that share samples of fewer than two classes.
    pub fn intersection(&self, other: &Self, labels: &Labels) -> Result<Self> {
        self.require_sample_of(other, labels)?;
        let shared = self.rows.iter().copied();
        Self::new(
            shared
                .filter(|row| other.rows.binary_search(row).is_ok())
                .collect(),
            labels,
        )
    }

    /// What is kept of each group: of each image, if the samples are pixels.
    ///
    /// `groups` holds the number of the group of every sample, kept or not. Entry `g` of the result is for group `g`, up to the
    /// greatest that occurs.
    ///
    /// # Errors
    ///
    /// Another number of entries than of samples; a group that is not below the number of samples.
    ///
    /// # Examples
    ///
    /// ```
    /// use hard_subset::Subset;
    /// use transferability_metrics::Labels;
    ///
    /// let subset = Subset::new(vec![0, 3], &Labels::new(&[0, 0, 1, 1])?)?;
    /// let coverage = subset.coverage(&[0, 1, 1, 1])?;
    /// assert_eq!(coverage.iter().map(|image| (image.kept, image.of)).collect::<Vec<_>>(), [(1, 1), (1, 3)]);
    /// # Ok::<(), hard_subset::Error>(())
    /// ```
    pub fn coverage(&self, groups: &[usize]) -> Result<Vec<Coverage>> {
        check::same_length("groups", groups.len(), "the sample", self.n_samples)?;
        let last = groups.iter().copied().max().unwrap_or(0);
        check::parameter(
            "group",
            last < self.n_samples,
            "below the number of samples",
            last,
        )?;
        let n_groups = last + 1;
        let mut coverage = vec![Coverage { kept: 0, of: 0 }; n_groups];
        for &group in groups {
            coverage[group].of += 1;
        }
        for &row in &self.rows {
            coverage[groups[row]].kept += 1;
        }
        Ok(coverage)
    }

    fn require_sample_of(&self, other: &Self, labels: &Labels) -> Result<()> {
        for subset in [self, other] {
            check::same_length(
                "the sample of a subset",
                subset.n_samples,
                labels.name(),
                labels.len(),
            )?;
        }
        Ok(())
    }
}
