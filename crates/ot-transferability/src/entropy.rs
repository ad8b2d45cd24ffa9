//! Entropies of the joint distribution of two labellings.

use serde::{Deserialize, Serialize};

use crate::Joint;

/// Which class is known in a conditional entropy.
///
/// # Examples
///
/// ```
/// use ot_transferability::{EntropyEstimate, Given, Joint};
///
/// // The column determines the row, the row leaves two columns open.
/// let joint = Joint::of_pairs(&[0, 0], &[0, 1])?;
/// assert_eq!(joint.conditional_entropy(Given::Columns, EntropyEstimate::PlugIn), 0.0);
/// assert_eq!(joint.conditional_entropy(Given::Rows, EntropyEstimate::PlugIn), 2_f64.ln());
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Given {
    /// `H(column | row)`.
    Rows,
    /// `H(row | column)`.
    Columns,
}

/// How an entropy is estimated from a table.
///
/// # Reference
///
/// Miller, *Note on the bias of information estimates*, in Quastler (ed.), Information Theory in Psychology, 1955.
///
/// # Examples
///
/// ```
/// use ot_transferability::{EntropyEstimate, Joint};
///
/// let joint = Joint::of_pairs(&[0, 0, 1, 1], &[0, 0, 0, 0])?;
/// let miller_madow = EntropyEstimate::MillerMadow { n_samples: 4 };
/// assert!((joint.row_entropy(miller_madow) - (2_f64.ln() + 1.0 / 8.0)).abs() < 1e-15);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum EntropyEstimate {
    /// The entropy of the table as it stands, `-sum p log p`: too low on average, the more so the fewer samples a cell
    /// has. The default, as in the published scores.
    #[default]
    PlugIn,
    /// The plug-in entropy plus its bias to first order, `(occupied cells - 1) / (2 n)`.
    MillerMadow {
        /// The number of samples that the table was counted from, `n`. Zero adds nothing.
        n_samples: usize,
    },
}

impl Joint {
    /// The entropy of the row classes.
    pub fn row_entropy(&self, estimate: EntropyEstimate) -> f64 {
        entropy(&self.row_masses(), self.mass(), estimate)
    }

    /// The entropy of the column classes.
    pub fn column_entropy(&self, estimate: EntropyEstimate) -> f64 {
        entropy(&self.column_masses(), self.mass(), estimate)
    }

    /// The entropy of the pair of classes.
    pub fn joint_entropy(&self, estimate: EntropyEstimate) -> f64 {
        entropy(self.values(), self.mass(), estimate)
    }

    /// The entropy of one class given the other.
    ///
    /// ```text
    /// H(column | row) = - sum_kc p_kc log( p_kc / p_k ),   p_k = sum_c p_kc
    /// ```
    ///
    /// The plug-in estimate lies between 0 (the given class determines the other) and the logarithm of the number of
    /// the other's classes. The Miller-Madow estimate adds `(occupied cells - occupied classes given) / (2 n)`: the
    /// difference of the corrections of the joint and of the given entropy.
    ///
    /// # Examples
    ///
    /// ```
    /// use ot_transferability::{EntropyEstimate, Given, Joint};
    ///
    /// let joint = Joint::of_pairs(&[0, 0, 1, 1], &[0, 1, 1, 1])?;
    /// let plug_in = joint.conditional_entropy(Given::Rows, EntropyEstimate::PlugIn);
    /// assert!((plug_in - 0.5 * 2_f64.ln()).abs() < 1e-15);
    /// // Three cells in two rows of four samples.
    /// let corrected = joint.conditional_entropy(Given::Rows, EntropyEstimate::MillerMadow { n_samples: 4 });
    /// assert!((corrected - plug_in - 1.0 / 8.0).abs() < 1e-15);
    /// # Ok::<(), ot_transferability::Error>(())
    /// ```
    pub fn conditional_entropy(&self, given: Given, estimate: EntropyEstimate) -> f64 {
        let given_masses = self.given_masses(given);
        // Every ratio is at most 1 in floating point too, so every term is 0 or more, and 0 for a class that is
        // determined.
        let mut sum = 0.0;
        for (index, row) in self.rows().enumerate() {
            for (column, &mass) in row.iter().enumerate() {
                if mass > 0.0 {
                    let condition = given_masses[match given {
                        Given::Rows => index,
                        Given::Columns => column,
                    }];
                    sum += mass * (condition / mass).ln();
                }
            }
        }
        sum / self.mass() + bias(occupied(self.values()) - occupied(&given_masses), estimate)
    }

    /// [`Joint::conditional_entropy`] over its largest value, the logarithm of the number of the other's classes:
    /// comparable between heads of different sizes. 0 if there is one class only.
    ///
    /// # Examples
    ///
    /// ```
    /// use ot_transferability::{EntropyEstimate, Given, Joint};
    ///
    /// // Independent classes: the row says nothing about the four columns.
    /// let joint = Joint::new(vec![0.125; 8], 2, 4)?;
    /// assert!((joint.normalized_conditional_entropy(Given::Rows, EntropyEstimate::PlugIn) - 1.0).abs() < 1e-15);
    /// # Ok::<(), ot_transferability::Error>(())
    /// ```
    pub fn normalized_conditional_entropy(&self, given: Given, estimate: EntropyEstimate) -> f64 {
        let n_classes = match given {
            Given::Rows => self.n_columns(),
            Given::Columns => self.n_rows(),
        };
        if n_classes == 1 {
            return 0.0;
        }
        self.conditional_entropy(given, estimate) / (n_classes as f64).ln()
    }

    /// What one class says about the other.
    ///
    /// ```text
    /// I = sum_kc p_kc log( p_kc / (p_k p_c) ) = H(column) - H(column | row)
    /// ```
    ///
    /// The plug-in estimate is 0 or more; the Miller-Madow estimate may be negative.
    ///
    /// # Examples
    ///
    /// ```
    /// use ot_transferability::{EntropyEstimate, Joint};
    ///
    /// let joint = Joint::of_pairs(&[0, 0, 1, 1], &[5, 5, 6, 6])?;
    /// assert!((joint.mutual_information(EntropyEstimate::PlugIn) - 2_f64.ln()).abs() < 1e-15);
    /// # Ok::<(), ot_transferability::Error>(())
    /// ```
    pub fn mutual_information(&self, estimate: EntropyEstimate) -> f64 {
        let (row_masses, column_masses) = (self.row_masses(), self.column_masses());
        let mut sum = 0.0;
        for (row, row_mass) in self.rows().zip(&row_masses) {
            for (&mass, column_mass) in row.iter().zip(&column_masses) {
                if mass > 0.0 {
                    sum += mass * ((mass / row_mass) * (self.mass() / column_mass)).ln();
                }
            }
        }
        let surplus = occupied(&row_masses) + occupied(&column_masses) - occupied(self.values()) - 1.0;
        (sum / self.mass()).max(0.0) + bias(surplus, estimate)
    }

    fn given_masses(&self, given: Given) -> Vec<f64> {
        match given {
            Given::Rows => self.row_masses(),
            Given::Columns => self.column_masses(),
        }
    }
}

fn entropy(masses: &[f64], total: f64, estimate: EntropyEstimate) -> f64 {
    let sum: f64 = masses
        .iter()
        .filter(|&&mass| mass > 0.0)
        .map(|mass| mass * (total / mass).ln())
        .sum();
    // A single class may sum to a mass that rounds above the total.
    (sum / total).max(0.0) + bias(occupied(masses) - 1.0, estimate)
}

/// How many masses are not zero.
fn occupied(masses: &[f64]) -> f64 {
    masses.iter().filter(|&&mass| mass > 0.0).count() as f64
}

fn bias(surplus: f64, estimate: EntropyEstimate) -> f64 {
    match estimate {
        EntropyEstimate::PlugIn | EntropyEstimate::MillerMadow { n_samples: 0 } => 0.0,
        EntropyEstimate::MillerMadow { n_samples } => surplus / (2.0 * n_samples as f64),
    }
}
