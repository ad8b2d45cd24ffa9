//! How much the predictions of two networks disagree.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use tensor_core::check;

use crate::{EntropyEstimate, Given, Joint, Predictions, Result};

/// The form of a conditional entropy `H(a | b)` of two labellings of the same samples.
///
/// All are 0 or more, so that any of them keeps [OSBORN](crate::Osborn) submodular.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConditionalEntropy {
    /// The entropy of the table of counts as it stands: too low where cells hold few samples. The default, as published.
    #[default]
    PlugIn,
    /// Plus the bias to first order, `(occupied cells - occupied classes of b) / (2 m)`. For tables of counts and of sparse
    /// plans: probabilities and entropic plans occupy every cell, and are corrected as if samples had.
    MillerMadow,
    /// The plug-in entropy over `log K_a`, its largest value: heads of few classes and of many are alike. 0 for `K_a = 1`.
    PerLogClasses,
}

impl ConditionalEntropy {
    /// The entropy of a joint table that stands for `n_samples` samples.
    pub(crate) fn of(self, joint: &Joint, given: Given, n_samples: usize) -> f64 {
        match self {
            Self::PlugIn => joint.conditional_entropy(given, EntropyEstimate::PlugIn),
            Self::MillerMadow => joint.conditional_entropy(given, EntropyEstimate::MillerMadow { n_samples }),
            Self::PerLogClasses => joint.normalized_conditional_entropy(given, EntropyEstimate::PlugIn),
        }
    }
}

/// Which of the two conditional entropies of a pair count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pairing {
    /// `H(a | b) + H(b | a)`, the variation of information: symmetric, so that the order of the pool does not matter. The
    /// default.
    #[default]
    Ordered,
    /// `H(a | b)` for `a` before `b` in the pool.
    Unordered,
}

/// The conditional entropies between the predictions of all pairs of a pool.
///
/// ```text
/// W_C(S) = sum_{a in S} sum_{b in S, b != a} H(a | b)        (ordered pairs)
/// ```
///
/// # Examples
///
/// ```
/// use ot_transferability::{ConditionalEntropy, Pairing, PairTable, Predictions};
///
/// let coarse = Predictions::new(&[0, 0, 1, 1], 2)?;
/// let fine = Predictions::new(&[0, 1, 2, 3], 4)?;
/// let table = PairTable::of(&[&coarse, &fine], ConditionalEntropy::PlugIn)?;
/// // The fine classes determine the coarse one; the coarse one leaves two of them open.
/// assert_eq!(table.conditional_entropy(0, 1), 0.0);
/// assert!((table.conditional_entropy(1, 0) - 2_f64.ln()).abs() < 1e-15);
/// assert_eq!(table.disagreement(0, 1, Pairing::Ordered), table.conditional_entropy(1, 0));
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PairTable {
    n_members: usize,
    /// `H(a | b)` at `a * n_members + b`.
    conditional: Vec<f64>,
}

impl PairTable {
    /// The table of some predictions of the same samples.
    ///
    /// # Errors
    ///
    /// Numbers of samples that differ.
    ///
    /// # Complexity
    ///
    /// O(M^2 (m + K)) time on the threads of the current pool, whatever the number of cells; O(M (m + M)) memory. The
    /// result does not depend on the number of threads.
    pub fn of(predictions: &[&Predictions], entropy: ConditionalEntropy) -> Result<Self> {
        let n_members = predictions.len();
        let n_samples = predictions.first().map_or(0, |first| first.n_samples());
        for member in predictions {
            check::same_length(
                "predictions",
                member.n_samples(),
                "the first predictions",
                n_samples,
            )?;
        }
        let count_log_count: Vec<f64> = (0..=n_samples)
            .map(|count| count as f64 * (count.max(1) as f64).ln())
            .collect();
        let groups: Vec<Groups> = predictions.iter().map(|member| Groups::of(member)).collect();
        let pairs: Vec<(usize, usize)> = (0..n_members)
            .flat_map(|a| (a + 1..n_members).map(move |b| (a, b)))
            .collect();
        let entropies: Vec<(f64, f64)> = pairs
            .par_iter()
            .map_init(Contingency::default, |contingency, &(a, b)| {
                contingency.count(predictions[a], &groups[b], &groups[a], &count_log_count);
                (
                    contingency.entropy(entropy, Given::Columns, predictions[a].n_classes(), n_samples),
                    contingency.entropy(entropy, Given::Rows, predictions[b].n_classes(), n_samples),
                )
            })
            .collect();
        let mut conditional = vec![0.0; n_members * n_members];
        for (&(a, b), &(a_given_b, b_given_a)) in pairs.iter().zip(&entropies) {
            conditional[a * n_members + b] = a_given_b;
            conditional[b * n_members + a] = b_given_a;
        }
        Ok(Self {
            n_members,
            conditional,
        })
    }

    /// The number of members, M.
    pub fn n_members(&self) -> usize {
        self.n_members
    }

    /// `H(a | b)` of two members; 0 for one and the same.
    ///
    /// # Panics
    ///
    /// If there is no such member.
    pub fn conditional_entropy(&self, a: usize, b: usize) -> f64 {
        self.conditional[a * self.n_members..][..self.n_members][b]
    }

    /// What a pair adds to `W_C`; 0 for one and the same.
    ///
    /// # Panics
    ///
    /// If there is no such member.
    pub fn disagreement(&self, a: usize, b: usize, pairing: Pairing) -> f64 {
        let (first, second) = (a.min(b), a.max(b));
        match pairing {
            Pairing::Ordered => {
                self.conditional_entropy(first, second) + self.conditional_entropy(second, first)
            }
            Pairing::Unordered => self.conditional_entropy(first, second),
        }
    }

    /// All [disagreements](Self::disagreement) as a symmetric matrix (M, M), row after row.
    pub fn disagreements(&self, pairing: Pairing) -> Vec<f64> {
        (0..self.n_members)
            .flat_map(|a| (0..self.n_members).map(move |b| self.disagreement(a, b, pairing)))
            .collect()
    }
}

/// The samples by their predicted class.
struct Groups {
    samples: Vec<u32>,
    /// Where the samples of each class begin, and the end.
    starts: Vec<usize>,
}

impl Groups {
    fn of(predictions: &Predictions) -> Self {
        let mut starts = vec![0; predictions.n_classes() + 1];
        for &class in predictions.classes() {
            starts[class as usize + 1] += 1;
        }
        for class in 0..predictions.n_classes() {
            starts[class + 1] += starts[class];
        }
        let mut next = starts.clone();
        let mut samples = vec![0; predictions.n_samples()];
        for (sample, &class) in predictions.classes().iter().enumerate() {
            samples[next[class as usize]] = sample as u32;
            next[class as usize] += 1;
        }
        Self { samples, starts }
    }

    fn counts(&self) -> impl Iterator<Item = usize> {
        self.starts.windows(2).map(|ends| ends[1] - ends[0])
    }
}

/// The contingency table of labellings `a` (rows) and `b` (columns), column by column, as far as the entropies need it.
#[derive(Default)]
struct Contingency {
    /// Counts of the column at work, by row.
    counts: Vec<u32>,
    /// `sum_column c log c` of each row.
    rows: Vec<f64>,
    n_cells: usize,
    /// `m H(a | b)` and `m H(b | a)`, and the occupied classes of each.
    given_columns: (f64, usize),
    given_rows: (f64, usize),
}

impl Contingency {
    /// Counts only cells that hold a sample, so that the size of the table does not matter.
    ///
    /// ```text
    /// m H(a | b) = sum_b ( n_b log n_b - sum_a n_ab log n_ab )
    /// ```
    ///
    /// A difference is exactly 0 where `b` determines `a`.
    fn count(&mut self, a: &Predictions, b: &Groups, a_groups: &Groups, count_log_count: &[f64]) {
        self.counts.clear();
        self.counts.resize(a.n_classes(), 0);
        self.rows.clear();
        self.rows.resize(a.n_classes(), 0.0);
        self.n_cells = 0;
        self.given_columns = (0.0, 0);
        self.given_rows = (0.0, 0);
        for ends in b.starts.windows(2) {
            let samples = &b.samples[ends[0]..ends[1]];
            for &sample in samples {
                self.counts[a.classes()[sample as usize] as usize] += 1;
            }
            let mut column = 0.0;
            for &sample in samples {
                let row = a.classes()[sample as usize] as usize;
                let count = std::mem::take(&mut self.counts[row]);
                if count > 0 {
                    let term = count_log_count[count as usize];
                    column += term;
                    self.rows[row] += term;
                    self.n_cells += 1;
                }
            }
            self.given_columns.0 += count_log_count[samples.len()] - column;
            self.given_columns.1 += usize::from(!samples.is_empty());
        }
        for (count, row) in a_groups.counts().zip(&self.rows) {
            self.given_rows.0 += count_log_count[count] - row;
            self.given_rows.1 += usize::from(count > 0);
        }
    }

    /// The entropy of the labelling that is not given, which has `n_classes` classes.
    fn entropy(&self, form: ConditionalEntropy, given: Given, n_classes: usize, n_samples: usize) -> f64 {
        let (sum, n_occupied) = match given {
            Given::Rows => self.given_rows,
            Given::Columns => self.given_columns,
        };
        let plug_in = (sum / n_samples as f64).max(0.0);
        match form {
            ConditionalEntropy::PlugIn => plug_in,
            ConditionalEntropy::MillerMadow => {
                plug_in + (self.n_cells - n_occupied) as f64 / (2 * n_samples) as f64
            }
            ConditionalEntropy::PerLogClasses if n_classes == 1 => 0.0,
            ConditionalEntropy::PerLogClasses => plug_in / (n_classes as f64).ln(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FORMS: [ConditionalEntropy; 3] = [
        ConditionalEntropy::PlugIn,
        ConditionalEntropy::MillerMadow,
        ConditionalEntropy::PerLogClasses,
    ];
    /// Differences of sums of at most 200 logarithms.
    const ATOL: f64 = 1e-12;

    fn labelling(n_samples: usize) -> impl Strategy<Value = Predictions> {
        (1_usize..9).prop_flat_map(move |n_classes| {
            proptest::collection::vec(0..n_classes, n_samples)
                .prop_map(move |classes| Predictions::new(&classes, n_classes).expect("in range"))
        })
    }

    proptest! {
        #[test]
        fn the_table_is_that_of_the_joint_distribution(
            pool in (2_usize..40).prop_flat_map(|m| proptest::collection::vec(labelling(m), 3)),
        ) {
            let members: Vec<&Predictions> = pool.iter().collect();
            let n_samples = pool[0].n_samples();
            for form in FORMS {
                let table = PairTable::of(&members, form).expect("equal lengths");
                for a in 0..3 {
                    for b in (0..3).filter(|&b| b != a) {
                        let classes = |member: usize| -> Vec<usize> {
                            pool[member].classes().iter().map(|&class| class as usize).collect()
                        };
                        let joint = Joint::of_pairs_within(
                            &classes(a), &classes(b), pool[a].n_classes(), pool[b].n_classes(), None,
                        ).expect("in range");
                        let expected = form.of(&joint, Given::Columns, n_samples);
                        golden::assert_close(&[table.conditional_entropy(a, b)], &[expected], 0.0, ATOL);
                    }
                }
            }
        }
    }

    #[test]
    fn a_determined_class_has_exactly_no_entropy() -> Result<()> {
        // 97 classes of unequal size onto 10.
        let fine: Vec<usize> = (0..5000).map(|sample| sample * sample % 97).collect();
        let coarse: Vec<usize> = fine.iter().map(|class| class % 10).collect();
        let (fine, coarse) = (Predictions::new(&fine, 97)?, Predictions::new(&coarse, 10)?);
        for members in [[&fine, &coarse], [&coarse, &fine]] {
            let table = PairTable::of(&members, ConditionalEntropy::MillerMadow)?;
            let (of_fine, of_coarse) = if members[0] == &fine { (0, 1) } else { (1, 0) };
            assert_eq!(table.conditional_entropy(of_coarse, of_fine), 0.0);
            assert!(table.conditional_entropy(of_fine, of_coarse) > 1.0);
        }
        Ok(())
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let members: Vec<Predictions> = (2..14)
            .map(|step| {
                let classes: Vec<usize> = (0..500).map(|sample| sample * sample * step % 31).collect();
                Predictions::new(&classes, 31).expect("in range")
            })
            .collect();
        let members: Vec<&Predictions> = members.iter().collect();
        let on = |n_threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(n_threads)
                .build()
                .expect("starts");
            pool.install(|| PairTable::of(&members, ConditionalEntropy::PlugIn).expect("equal lengths"))
        };
        assert_eq!(on(1), on(2));
    }

    #[test]
    fn predictions_of_other_samples_are_refused() -> Result<()> {
        let (three, four) = (
            Predictions::new(&[0, 1, 1], 2)?,
            Predictions::new(&[0, 1, 1, 0], 2)?,
        );
        assert!(PairTable::of(&[&three, &four], ConditionalEntropy::PlugIn).is_err());
        assert_eq!(PairTable::of(&[], ConditionalEntropy::PlugIn)?.n_members(), 0);
        Ok(())
    }

    #[test]
    #[should_panic(expected = "index out of bounds")]
    fn a_member_beyond_the_pool_is_not_that_of_the_next_row() {
        let same = Predictions::new(&[0, 1], 2).expect("in range");
        let table = PairTable::of(&[&same, &same], ConditionalEntropy::PlugIn).expect("equal lengths");
        table.conditional_entropy(0, 2);
    }
}
