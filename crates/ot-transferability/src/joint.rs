//! The joint distribution of two labellings.

use ndarray::ArrayView2;
use tch::{Kind, Tensor};
use tensor_core::{check, convert};
use transferability_metrics::{Labels, Probabilities};

use crate::marginals::positive_mass;
use crate::{Error, Move, Plan, Result};

/// A table of masses (K, C), row after row: how much mass falls on each pair of a row class and a column class.
///
/// Entropies are those of the distribution `p = J / sum J`, in nats, with `0 log 0 = 0`. So frequencies and masses of a
/// plan need not be scaled.
///
/// # Examples
///
/// ```
/// use ot_transferability::{EntropyEstimate, Given, Joint};
///
/// // The first row splits evenly over both columns, the second does not.
/// let joint = Joint::new(vec![0.25, 0.25, 0.0, 0.5], 2, 2)?;
/// let entropy = joint.conditional_entropy(Given::Rows, EntropyEstimate::PlugIn);
/// assert!((entropy - 0.5 * 2_f64.ln()).abs() < 1e-15);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Joint {
    values: Vec<f64>,
    n_rows: usize,
    n_columns: usize,
    mass: f64,
}

impl Joint {
    /// Masses that were computed elsewhere, row after row.
    ///
    /// # Errors
    ///
    /// Lengths that do not fit, a mass that is negative or not finite, or no mass at all.
    pub fn new(values: Vec<f64>, n_rows: usize, n_columns: usize) -> Result<Self> {
        let entries = values.len();
        if entries == 0 || n_rows.checked_mul(n_columns) != Some(entries) {
            return Err(Error::JointShape {
                entries,
                n_rows,
                n_columns,
            });
        }
        let mass = positive_mass("joint masses", &values)?;
        Ok(Self {
            values,
            n_rows,
            n_columns,
            mass,
        })
    }

    /// The mass that a plan moves between the classes: from each source class (rows) to each target class (columns).
    ///
    /// ```text
    /// J[k, c] = sum_{i: s_i = k} sum_{j: t_j = c} P_ij
    /// ```
    ///
    /// # Errors
    ///
    /// Labels that do not fit the plan, or a plan without mass.
    ///
    /// # Complexity
    ///
    /// O(moves) time, O(K C) memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use ot_transferability::{Joint, Move, Plan};
    /// use transferability_metrics::Labels;
    ///
    /// let swap = vec![Move { source: 0, target: 1, mass: 0.5 }, Move { source: 1, target: 0, mass: 0.5 }];
    /// let plan = Plan::new(2, 2, swap)?;
    /// let joint = Joint::of_plan(&plan, &Labels::new(&[0, 1])?, &Labels::new(&[0, 1])?)?;
    /// assert_eq!(joint.values(), [0.0, 0.5, 0.5, 0.0]);
    /// # Ok::<(), ot_transferability::Error>(())
    /// ```
    pub fn of_plan(plan: &Plan, source_labels: &Labels, target_labels: &Labels) -> Result<Self> {
        let what = "the plan";
        check::same_length(source_labels.name(), source_labels.len(), what, plan.n_sources())?;
        check::same_length(target_labels.name(), target_labels.len(), what, plan.n_targets())?;
        let (rows, columns) = (source_labels.indices(), target_labels.indices());
        let (n_rows, n_columns) = (source_labels.n_classes(), target_labels.n_classes());
        let mut values = vec![0.0; n_rows * n_columns];
        plan.for_each(|Move { source, target, mass }| {
            values[rows[source] * n_columns + columns[target]] += mass;
        });
        Self::new(values, n_rows, n_columns)
    }

    /// The contingency table of two labellings of the same samples, as frequencies. Classes that occur have a row or a
    /// column each, in the order of their numbers.
    ///
    /// # Errors
    ///
    /// Lengths that differ, or no sample.
    ///
    /// # Complexity
    ///
    /// O(n log n) time, O(n + K C) memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use ot_transferability::Joint;
    ///
    /// let joint = Joint::of_pairs(&[7, 7, 3, 3], &[0, 1, 1, 1])?;
    /// assert_eq!(joint.values(), [0.0, 0.5, 0.25, 0.25]);
    /// # Ok::<(), ot_transferability::Error>(())
    /// ```
    pub fn of_pairs(rows: &[usize], columns: &[usize]) -> Result<Self> {
        let (rows, n_rows) = compact(rows);
        let (columns, n_columns) = compact(columns);
        Self::of_pairs_within(&rows, &columns, n_rows, n_columns, None)
    }

    /// As [`Joint::of_pairs`], with a row for each of `n_rows` classes and a column for each of `n_columns`, whether
    /// they occur or not, and with frequency weights if given.
    ///
    /// # Errors
    ///
    /// Lengths that differ, no sample, a class out of range, a weight that is negative or not finite, or weights that
    /// sum to zero.
    ///
    /// # Complexity
    ///
    /// O(n + K C).
    pub fn of_pairs_within(
        rows: &[usize],
        columns: &[usize],
        n_rows: usize,
        n_columns: usize,
        weights: Option<&[f64]>,
    ) -> Result<Self> {
        check::same_length("row classes", rows.len(), "column classes", columns.len())?;
        check::at_least("row classes", rows.len(), 1)?;
        in_range("row classes", rows, n_rows)?;
        in_range("column classes", columns, n_columns)?;
        let total = match weights {
            Some(weights) => {
                check::same_length("weights", weights.len(), "row classes", rows.len())?;
                positive_mass("weights", weights)?
            }
            None => rows.len() as f64,
        };
        let mut values = empty_table(n_rows, n_columns)?;
        for (sample, (row, column)) in rows.iter().zip(columns).enumerate() {
            values[row * n_columns + column] += weights.map_or(1.0, |weights| weights[sample]);
        }
        for value in &mut values {
            *value /= total;
        }
        Self::new(values, n_rows, n_columns)
    }

    /// The joint of the source class that a head predicts (rows, by its probabilities) and the target label (columns).
    ///
    /// ```text
    /// J[k, c] = (1/n) sum_{i: y_i = c} P_ik
    /// ```
    ///
    /// # Errors
    ///
    /// Numbers of rows that differ.
    ///
    /// # Complexity
    ///
    /// O(n K) time, O(K C) memory and a copy of the probabilities in `f64`.
    ///
    /// # Examples
    ///
    /// ```
    /// use ot_transferability::Joint;
    /// use tensor_core::convert::tensor_from_slice;
    /// use transferability_metrics::{Labels, Probabilities};
    ///
    /// let probabilities = Probabilities::new(tensor_from_slice(&[1.0, 0.0, 0.5, 0.5], &[2, 2])?)?;
    /// let joint = Joint::of_probabilities(&probabilities, &Labels::new(&[0, 1])?)?;
    /// assert_eq!(joint.values(), [0.5, 0.25, 0.0, 0.25]);
    /// # Ok::<(), ot_transferability::Error>(())
    /// ```
    pub fn of_probabilities(probabilities: &Probabilities, labels: &Labels) -> Result<Self> {
        check::same_length(
            probabilities.name(),
            probabilities.n_samples(),
            labels.name(),
            labels.len(),
        )?;
        let (n_rows, n_columns) = (probabilities.n_source_classes(), labels.n_classes());
        let tensor = probabilities.tensor();
        let classes: Vec<i64> = labels.indices().iter().map(|&class| class as i64).collect();
        let classes = Tensor::f_from_slice(&classes)?.f_to_device(tensor.device())?;
        let by_label = Tensor::f_zeros([n_columns as i64, n_rows as i64], (Kind::Double, tensor.device()))?
            .f_index_add(0, &classes, &tensor.f_to_kind(Kind::Double)?)?
            .f_div_scalar(labels.len() as f64)?;
        let values = convert::vector::<f64>("joint masses", &by_label.f_tr()?.f_reshape([-1])?)?;
        Self::new(values, n_rows, n_columns)
    }

    /// The masses, row after row.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The masses as an array (K, C).
    #[allow(
        clippy::missing_panics_doc,
        reason = "the constructor checked the number of entries"
    )]
    pub fn view(&self) -> ArrayView2<'_, f64> {
        ArrayView2::from_shape((self.n_rows, self.n_columns), &self.values)
            .expect("the constructor checked the number of entries")
    }

    /// The number of row classes, K.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The number of column classes, C.
    pub fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// The sum of all masses.
    pub fn mass(&self) -> f64 {
        self.mass
    }

    /// The mass of each row class (K).
    pub fn row_masses(&self) -> Vec<f64> {
        self.rows().map(|row| row.iter().sum()).collect()
    }

    /// The mass of each column class (C).
    pub fn column_masses(&self) -> Vec<f64> {
        let mut masses = vec![0.0; self.n_columns];
        for row in self.rows() {
            for (mass, value) in masses.iter_mut().zip(row) {
                *mass += value;
            }
        }
        masses
    }

    /// The rows of the table.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks_exact(self.n_columns)
    }
}

/// Replaces each class by its rank among those that occur; with their number.
fn compact(classes: &[usize]) -> (Vec<usize>, usize) {
    let mut distinct = classes.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let rank = |class| {
        distinct
            .binary_search(class)
            .expect("a class is among the distinct classes")
    };
    (classes.iter().map(rank).collect(), distinct.len())
}

fn in_range(what: &'static str, classes: &[usize], n_classes: usize) -> Result<()> {
    match classes.iter().position(|&class| class >= n_classes) {
        None => Ok(()),
        Some(position) => Err(Error::ClassOutOfRange {
            what,
            position,
            class: classes[position],
            n_classes,
        }),
    }
}

/// A table of zeros; an error if there is no memory for it.
fn empty_table(n_rows: usize, n_columns: usize) -> Result<Vec<f64>> {
    let mut values = Vec::new();
    let cells = n_rows.saturating_mul(n_columns);
    if values.try_reserve_exact(cells).is_err() {
        return Err(Error::JointShape {
            entries: 0,
            n_rows,
            n_columns,
        });
    }
    values.resize(cells, 0.0);
    Ok(values)
}
