//! What a score on the hard subset says about the best head, and about the score on everything.
//!
//! The paper on HASTE relates its scores to the optimal average log-likelihood and to the negative conditional entropy; its
//! propositions could not be read in full. Those below are ours.
//!
//! ```text
//! D         all m target samples         H, E     the hard subset and the rest         rho = |H| / m, above 0
//! P_jz      probability of source class z for sample j                    y_j   label of sample j
//! zhat_j    the most probable source class of sample j
//! head W    a C x K table with columns on the simplex: p(y | x_j; W) = sum_z W_yz P_jz
//! l_S(W)    mean of log p(y_j | x_j; W) over the samples j of S
//! l*_S      the greatest l_S(W) over all heads W
//! P~_S      the table of LEEP on S:  P~_S(y | z) = sum_{j in S, y_j = y} P_jz / sum_{j in S} P_jz
//! LEEP_S    l_S(P~_S)                     NCE_S    -H(y | zhat) of the frequencies in S
//! ```
//!
//! **1. LEEP is below the best head: `LEEP_H <= l*_H`.** The table of LEEP has columns on the simplex, so it is one of the
//! heads that `l*_H` is the maximum over. [`OptimalHead`] computes `l*_H` between two bounds.
//!
//! **2. From everything to the hard part: `l_H(W) >= l_D(W) / rho` for every head.** Split the mean,
//! `l_D = rho l_H + (1 - rho) l_E`, and drop the second term, which is not positive. If H holds the samples of least
//! log-likelihood under `W`, then `l_H(W) <= l_D(W)` too, as the mean of the least is at most the mean of all. See
//! [`full_to_hard_bound`].
//!
//! **3. The same for the best heads: `l*_H >= l_H(W*_D) >= l*_D / rho`,** where `W*_D` is the best head on D. The first
//! step is that no head is better on H than the best one there, the second is proposition 2.
//!
//! **4. LEEP from below: `LEEP_H >= mean_H log P~_H(y_j | zhat_j) + mean_H log P_{j,zhat_j}`,** and the first of these
//! means is at most `NCE_H`. Keep the one term `z = zhat_j` of each expectation. For the pairs `(zhat_j, y_j)` the table
//! of frequencies is the one of maximum likelihood (Gibbs), so the soft table has no greater mean logarithm than `NCE_H`.
//! The soft table cannot be replaced by that of frequencies: with rows (.9, .1), (.8, .2), (.3, .7), (.4, .6) and labels
//! 0, 0, 1, 1 the right side would be -0.2990, above LEEP, -0.4626. With one-hot rows the tables agree, and the bound is
//! an equality. See [`leep_lower_bound`].
//!
//! **5. NCE of the parts: `rho NCE_H + (1 - rho) NCE_E >= NCE_D`.** The conditional entropy is concave in the joint
//! distribution of label and predicted class, and that of D is the mixture of those of H and E. So at least one part scores
//! `NCE_D` or more; which one is not said.
//!
//! **6. Tables add:** `J_D = J_H + J_E` for `J_S[y, z] = sum_{j in S, y_j = y} P_jz`, and for the counts of `(y, zhat)`;
//! sums over samples do not mind the order. So the table of LEEP on D is the mean of those of H and E, column by column,
//! weighted by the masses `sum_{j in S} P_jz`. The scores themselves do not add.
//!
//! None of this orders a score on the hard subset and the score on everything as predictors of accuracy: which of them
//! ranks networks better is for experiments to say.
//!
//! # Examples
//!
//! ```
//! use hard_subset::bounds::{OptimalHead, leep_lower_bound};
//! use tensor_core::convert::tensor_from_slice;
//! use transferability_metrics::{Labels, Leep, Metric, Probabilities, Sample};
//!
//! let rows = tensor_from_slice(&[0.9, 0.1, 0.8, 0.2, 0.3, 0.7, 0.4, 0.6], &[4, 2])?;
//! let sample = Sample::new(Labels::new(&[0, 0, 1, 1])?).with_probabilities(Probabilities::new(rows)?)?;
//! let leep = Leep.score(&sample)?;
//! assert!(leep_lower_bound(&sample)? < leep);
//!
//! // The best head passes each row on as it is: (log 0.9 + log 0.8 + log 0.7 + log 0.6) / 4.
//! let best = OptimalHead::default().fit(&sample)?;
//! assert!(leep < best.log_likelihood);
//! assert!((best.log_likelihood - 0.3024_f64.ln() / 4.0).abs() < 1e-6);
//! # Ok::<(), hard_subset::Error>(())
//! ```

use tensor_core::check;
use transferability_metrics::Sample;

use crate::Result;

mod inequalities;
mod optimal_head;

pub use inequalities::{full_to_hard_bound, leep_lower_bound};
pub use optimal_head::{FittedHead, HeadStatus, OptimalHead};

/// The weight of each row, 1 if the sample has none, with the sum of all.
struct RowWeights<'a> {
    weights: Option<&'a [f64]>,
    total: f64,
}

impl<'a> RowWeights<'a> {
    /// The weights of a sample; an error if their sum is beyond the largest double.
    fn of(sample: &'a Sample) -> Result<Self> {
        let weights = sample.weights();
        let total = weights.map_or(sample.n_samples() as f64, |weights| weights.iter().sum());
        check::parameter(
            "the sum of the weights",
            total.is_finite(),
            "a finite number",
            total,
        )?;
        Ok(Self { weights, total })
    }

    fn at(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }
}
