//! The false-discovery rate of the edges.

use serde::{Deserialize, Serialize};

/// A procedure for many tests at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MultipleTesting {
    /// Benjamini and Hochberg 1995: for independent or positively dependent p-values.
    BenjaminiHochberg,
    /// Benjamini and Yekutieli 2001: for p-values of any dependence.
    BenjaminiYekutieli,
}

/// Drops edges so that among those kept the expected share of false ones is at most `rate`.
///
/// The p-value of an edge is the largest of all tests of its pair, which bounds that of the edge's absence. All tested
/// pairs count as hypotheses.
///
/// ```text
/// keep the k edges of least p, k the largest with  p_(k) <= k rate / (m c)
///
/// p_(k)  k-th smallest p-value
/// m      number of tested pairs
/// c      1 (Benjamini-Hochberg), 1 + 1/2 + ... + 1/m (Benjamini-Yekutieli)
/// ```
///
/// # Reference
///
/// E. V. Strobl, P. L. Spirtes, S. Visweswaran, "Estimating and Controlling the False Discovery Rate of the PC Algorithm
/// Using Edge-specific P-Values", ACM TIST 10(5), 2019.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FalseDiscoveryRate {
    /// The procedure.
    pub procedure: MultipleTesting,
    /// The expected share of false edges among those kept, between 0 and 1.
    pub rate: f64,
}

impl FalseDiscoveryRate {
    /// The largest p-value that the procedure rejects; below 0 if it rejects none.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_order::{FalseDiscoveryRate, MultipleTesting};
    ///
    /// let control = FalseDiscoveryRate { procedure: MultipleTesting::BenjaminiHochberg, rate: 0.05 };
    /// // The steps are 0.0125, 0.025, 0.0375 and 0.05: 0.037 is below the third, though 0.03 is above the second.
    /// assert_eq!(control.threshold(&[0.9, 0.001, 0.037, 0.03]), 0.037);
    /// assert!(control.threshold(&[0.2, 0.3]) < 0.0);
    /// ```
    pub fn threshold(&self, p_values: &[f64]) -> f64 {
        let m = p_values.len() as f64;
        let dependence = match self.procedure {
            MultipleTesting::BenjaminiHochberg => 1.0,
            MultipleTesting::BenjaminiYekutieli => (1..=p_values.len()).map(|k| 1.0 / k as f64).sum(),
        };
        let mut sorted = p_values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted
            .iter()
            .enumerate()
            .rev()
            .find(|&(rank, &p)| p <= (rank + 1) as f64 * self.rate / (m * dependence))
            .map_or(-1.0, |(_, &p)| p)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_dependence_costs_the_harmonic_number() {
        let control = FalseDiscoveryRate {
            procedure: MultipleTesting::BenjaminiYekutieli,
            rate: 0.05,
        };
        // 1 + 1/2 + 1/3 + 1/4 = 25/12: the steps are 0.006, 0.012, 0.018 and 0.024.
        assert_eq!(control.threshold(&[0.005, 0.013, 0.0185, 0.5]), 0.005);
        assert_eq!(control.threshold(&[0.005, 0.013, 0.0179, 0.5]), 0.0179);
    }
}
