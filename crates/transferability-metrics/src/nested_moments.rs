//! Moments of a growing set of feature rows, carried from one stage of nested rows to the next.

use tensor_core::{Device, Kind, Tensor, check, convert, linalg};

use crate::h_score::Size;
use crate::nested::row_tensor;
use crate::{Metric, NestedRows, Result, Sample};

/// Rows that are copied and multiplied at a time.
const ROW_BLOCK: usize = 1024;

/// Sums over rows that more rows can be added to.
pub(crate) trait Moments<'a>: Sized {
    /// The sums over no rows.
    fn new(sample: &'a Sample) -> Result<Self>;

    /// Takes in some rows.
    fn add(&mut self, rows: &[usize]) -> Result<()>;
}

/// Scores every stage from the moments of its rows.
///
/// A stage goes its own way where they would not help or not give the same bits: the whole sample is scored by
/// [`Metric::score`], a stage of fewer than `least_length` rows by [`Metric::score_subset`], and so is every other stage
/// of a weighted sample.
pub(crate) fn score_stages<'a, M: Moments<'a>>(
    metric: &(impl Metric + ?Sized),
    sample: &'a Sample,
    nested: &NestedRows,
    least_length: usize,
    score: impl Fn(&M) -> Result<f64>,
) -> Result<Vec<f64>> {
    nested.check(sample)?;
    let order = nested.staged_order();
    let mut moments: Option<M> = None;
    let mut n_added = 0;
    let mut score_stage = |&length: &usize| {
        if length == sample.n_samples() {
            return metric.score(sample);
        }
        if length < least_length || sample.weights().is_some() {
            let mut rows = order[..length].to_vec();
            rows.sort_unstable();
            return metric.score_subset(sample, &rows);
        }
        let moments = match &mut moments {
            Some(moments) => moments,
            None => moments.insert(M::new(sample)?),
        };
        moments.add(&order[n_added..length])?;
        n_added = length;
        score(moments)
    };
    nested.lengths().iter().map(&mut score_stage).collect()
}

/// Second moments of rows as they are, and their sums by class.
pub(crate) struct RawMoments<'a> {
    sample: &'a Sample,
    counts: ClassCounts,
    gram: Tensor,
    class_sums: Tensor,
}

impl<'a> Moments<'a> for RawMoments<'a> {
    fn new(sample: &'a Sample) -> Result<Self> {
        let features = sample.features()?;
        let options = (Kind::Double, features.tensor().device());
        let n_features = features.n_features() as i64;
        Ok(Self {
            sample,
            counts: ClassCounts::new(sample)?,
            gram: Tensor::f_zeros([n_features, n_features], options)?,
            class_sums: Tensor::f_zeros([sample.labels().n_classes() as i64, n_features], options)?,
        })
    }

    fn add(&mut self, rows: &[usize]) -> Result<()> {
        for rows in rows.chunks(ROW_BLOCK) {
            let added = self.counts.add(self.sample, rows)?;
            let block = selected(self.sample, rows)?.f_to_kind(Kind::Double)?;
            let _ = self.class_sums.f_index_add_(0, &added.classes, &block)?;
            let _ = self.gram.f_add_(&linalg::gram(&block)?)?;
        }
        refuse_overflow("diagonal of gram", &self.gram)
    }
}

impl RawMoments<'_> {
    /// `sum_i f_i f_i^T`, `(d, d)`.
    pub(crate) fn gram(&self) -> &Tensor {
        &self.gram
    }

    /// The sums of the classes that have a row, `(C, d)`.
    pub(crate) fn class_sums(&self) -> Result<Tensor> {
        self.counts.present(&self.class_sums)
    }

    /// The sizes of the classes that have a row.
    pub(crate) fn class_sizes(&self) -> Vec<f64> {
        self.counts.sizes()
    }

    /// The rows taken in.
    pub(crate) fn rows(&self) -> &[usize] {
        &self.counts.rows
    }
}

/// Mean, scatter, class sums and fourth moment of rows, merged block by block so that no digits cancel.
///
/// ```text
/// S <- S + S_b + n n_b / (n + n_b) (m_b - m)(m_b - m)^T,     m <- m + n_b / (n + n_b) (m_b - m)
///
/// n, m, S   number, mean and scatter about it of the rows so far;   with b, of the new block
/// ```
///
/// The fourth moment and the class sums are kept about a fixed point, the mean `r` of the first block: with
/// `u = x - r`, `d = m - r`,
///
/// ```text
/// sum ||x - m||^4 = sum ||u||^4 - 4 d . sum ||u||^2 u + 4 d^T S d + 2 ||d||^2 tr S + 3 n ||d||^4
/// ```
///
/// The rows of the first block alone hold `n_1 ||d||^4` of that sum (Jensen), so that it loses no more than a factor of
/// `n / n_1` to cancellation, wherever later rows lie.
///
/// A feature that is the same in all rows has exactly zero scatter and zero class sums about the mean.
pub(crate) struct CentralMoments<'a> {
    sample: &'a Sample,
    counts: ClassCounts,
    reference: Tensor,
    mean: Tensor,
    scatter: Tensor,
    class_sums: Tensor,
    /// `sum ||u||^4`.
    quartic: f64,
    /// `sum ||u||^2 u`.
    cubic: Tensor,
}

impl<'a> Moments<'a> for CentralMoments<'a> {
    fn new(sample: &'a Sample) -> Result<Self> {
        let features = sample.features()?;
        let options = (Kind::Double, features.tensor().device());
        let n_features = features.n_features() as i64;
        let zeros = || Tensor::f_zeros([n_features], options);
        Ok(Self {
            sample,
            counts: ClassCounts::new(sample)?,
            reference: zeros()?,
            mean: zeros()?,
            scatter: Tensor::f_zeros([n_features, n_features], options)?,
            class_sums: Tensor::f_zeros([sample.labels().n_classes() as i64, n_features], options)?,
            quartic: 0.0,
            cubic: zeros()?,
        })
    }

    fn add(&mut self, rows: &[usize]) -> Result<()> {
        rows.chunks(ROW_BLOCK).try_for_each(|rows| self.add_block(rows))?;
        refuse_overflow("diagonal of scatter", &self.scatter)
    }
}

impl CentralMoments<'_> {
    fn add_block(&mut self, rows: &[usize]) -> Result<()> {
        let n_before = self.counts.rows.len() as f64;
        let n_block = rows.len() as f64;
        let n_after = n_before + n_block;
        let added = self.counts.add(self.sample, rows)?;

        // Differences from the first row, so that the mean of a constant feature is that constant.
        let block = selected(self.sample, rows)?;
        let first = block.f_select(0, 0)?.f_to_kind(Kind::Double)?;
        let mut centred = block.f_sub(&first)?;
        let offset = centred.f_mean_dim(0_i64, false, Kind::Double)?;
        centred = centred.f_sub_(&offset)?;
        let block_mean = first.f_add(&offset)?;
        if self.counts.rows.len() == rows.len() {
            self.reference = block_mean.shallow_clone();
        }

        let shift = block_mean.f_sub(&self.reference)?;
        let _ = self.class_sums.f_index_add_(0, &added.classes, &centred)?;
        let _ = self.class_sums.f_addr_(&added.sizes, &shift)?;
        self.add_fourth(&centred, &shift)?;

        let gap = block_mean.f_sub(&self.mean)?;
        let _ = self.scatter.f_add_(&linalg::gram(&centred)?)?;
        let scaled = gap.f_mul_scalar(n_before * n_block / n_after)?;
        let _ = self.scatter.f_addr_(&scaled, &gap)?;
        let _ = self.mean.f_add_(&gap.f_mul_scalar(n_block / n_after)?)?;
        Ok(())
    }

    /// Takes in rows less their mean, which is the reference plus `shift`.
    fn add_fourth(&mut self, centred: &Tensor, shift: &Tensor) -> Result<()> {
        // ||u||^2 = ||x||^2 + 2 x . shift + ||shift||^2 for the centred row x and u = x + shift.
        let norms = centred.f_linalg_norm(2, [1_i64].as_slice(), false, None)?;
        let squares = norms
            .f_square()?
            .f_add(&centred.f_mv(&shift.f_mul_scalar(2.0)?)?)?
            .f_add(&shift.f_dot(shift)?)?;
        let host = convert::vector::<f64>("squared norms", &squares)?;
        self.quartic += host.iter().map(|square| square * square).sum::<f64>();
        let total: f64 = host.iter().sum();
        let _ = self
            .cubic
            .f_add_(&centred.f_tr()?.f_mv(&squares)?)?
            .f_add_(&shift.f_mul_scalar(total)?)?;
        Ok(())
    }

    /// The mean of the rows, `(d)`.
    pub(crate) fn mean(&self) -> &Tensor {
        &self.mean
    }

    /// The scatter of the rows about their mean, `(d, d)`.
    pub(crate) fn scatter(&self) -> &Tensor {
        &self.scatter
    }

    /// The deviations of the class means from the mean times the square roots of the class sizes, `(C, d)`, for the
    /// classes that have a row.
    pub(crate) fn between_classes(&self) -> Result<Tensor> {
        let sizes = Tensor::f_from_slice(&self.counts.sizes())?
            .f_to_device(self.mean.device())?
            .f_unsqueeze(1)?;
        let offset = self.mean.f_sub(&self.reference)?;
        Ok(self
            .counts
            .present(&self.class_sums)?
            .f_sub(&sizes.f_mul(&offset)?)?
            .f_div(&sizes.f_sqrt()?)?)
    }

    /// `sum_i ||x_i - m||^4 / n`.
    pub(crate) fn fourth_moment(&self) -> Result<f64> {
        let n = self.rows().len() as f64;
        let offset = self.mean.f_sub(&self.reference)?;
        let number = |tensor: Tensor| -> Result<f64> { Ok(tensor.f_double_value(&[])?) };
        let squared_offset = number(offset.f_dot(&offset)?)?;
        let along = number(offset.f_dot(&self.scatter.f_mv(&offset)?)?)?;
        let trace = number(self.scatter.f_trace()?)?;
        let sum = self.quartic - 4.0 * number(offset.f_dot(&self.cubic)?)?
            + 4.0 * along
            + 2.0 * squared_offset * trace
            + 3.0 * n * squared_offset * squared_offset;
        Ok(sum / n)
    }

    /// How many rows there are.
    pub(crate) fn size(&self) -> Size {
        Size::unweighted(self.rows().len())
    }

    /// The rows taken in.
    pub(crate) fn rows(&self) -> &[usize] {
        &self.counts.rows
    }
}

/// The rows taken in, and how many of each class they are.
struct ClassCounts {
    device: Device,
    counts: Vec<usize>,
    rows: Vec<usize>,
}

impl ClassCounts {
    fn new(sample: &Sample) -> Result<Self> {
        Ok(Self {
            device: sample.features()?.tensor().device(),
            counts: vec![0; sample.labels().n_classes()],
            rows: Vec::new(),
        })
    }

    /// Counts some rows.
    fn add(&mut self, sample: &Sample, rows: &[usize]) -> Result<Added> {
        let labels = sample.labels().indices();
        let mut sizes = vec![0.0; self.counts.len()];
        for &row in rows {
            self.counts[labels[row]] += 1;
            sizes[labels[row]] += 1.0;
        }
        self.rows.extend_from_slice(rows);
        let classes: Vec<usize> = rows.iter().map(|&row| labels[row]).collect();
        Ok(Added {
            classes: row_tensor(&classes)?.f_to_device(self.device)?,
            sizes: Tensor::f_from_slice(&sizes)?.f_to_device(self.device)?,
        })
    }

    /// The sizes of the classes that have a row.
    fn sizes(&self) -> Vec<f64> {
        let present = self.counts.iter().filter(|&&count| count > 0);
        present.map(|&count| count as f64).collect()
    }

    /// Of one row a class, those of the classes that have a row.
    fn present(&self, by_class: &Tensor) -> Result<Tensor> {
        let present: Vec<usize> = (0..self.counts.len())
            .filter(|&class| self.counts[class] > 0)
            .collect();
        Ok(by_class.f_index_select(0, &row_tensor(&present)?.f_to_device(self.device)?)?)
    }
}

/// Rows that were counted.
struct Added {
    /// Their classes, `i64`.
    classes: Tensor,
    /// How many there are of each class, `f64`.
    sizes: Tensor,
}

/// Refuses second moments that overflow over the blocks: no entry exceeds the greatest of the diagonal.
fn refuse_overflow(what: &str, moments: &Tensor) -> Result<()> {
    Ok(check::finite(what, &moments.f_diagonal(0, 0, 1)?)?)
}

/// Some rows of the features, as they are.
fn selected(sample: &Sample, rows: &[usize]) -> Result<Tensor> {
    let features = sample.features()?.tensor();
    Ok(features.f_index_select(0, &row_tensor(rows)?.f_to_device(features.device())?)?)
}
