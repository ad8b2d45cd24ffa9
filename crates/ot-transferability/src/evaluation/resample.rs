//! Statistics of ensembles that count more than once.

/// Ensembles sorted once, so that each resample takes linear time for it.
#[derive(Debug)]
pub(super) struct Table {
    items: Vec<Item>,
    /// By score, then truth, rising.
    by_score: Vec<u32>,
    /// By truth, then score, rising.
    by_truth: Vec<u32>,
    /// By score, falling, then index.
    ranking: Vec<u32>,
    n_truths: usize,
}

/// An ensemble.
#[derive(Debug, Clone, Copy)]
struct Item {
    score: f64,
    truth: f64,
    /// The ranks of both among the distinct values.
    score_rank: u32,
    truth_rank: u32,
}

/// The statistics of one resample, in the order of [`EnsembleAgreement`](super::EnsembleAgreement)'s fields; `None` where
/// undefined.
pub(super) const N_STATISTICS: usize = 6;

/// Vectors that are used again for each resample.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// How often each ensemble counts, and its weights by rank of score and of truth.
    weights: Vec<[f64; 3]>,
    /// Sums of weights by truth rank: a binary indexed tree.
    tree: Vec<[f64; 3]>,
}

impl Table {
    /// Finite scores and truths of one length.
    pub(super) fn new(scores: &[f64], truths: &[f64]) -> Self {
        let (score_ranks, _) = dense_ranks(scores);
        let (truth_ranks, n_truths) = dense_ranks(truths);
        let items: Vec<Item> = (0..scores.len())
            .map(|index| Item {
                score: scores[index],
                truth: truths[index],
                score_rank: score_ranks[index],
                truth_rank: truth_ranks[index],
            })
            .collect();
        let sorted_by_key = |key: &dyn Fn(&Item) -> (u32, u32)| -> Vec<u32> {
            let mut order: Vec<u32> = (0..items.len() as u32).collect();
            order.sort_by_key(|&index| key(&items[index as usize]));
            order
        };
        let by_score = sorted_by_key(&|item| (item.score_rank, item.truth_rank));
        let by_truth = sorted_by_key(&|item| (item.truth_rank, item.score_rank));
        let ranking = sorted_by_key(&|item| (u32::MAX - item.score_rank, 0));
        Self {
            items,
            by_score,
            by_truth,
            ranking,
            n_truths,
        }
    }

    /// The statistics when ensemble `i` counts `count(i)` times.
    ///
    /// Correlations are those of the list in which each ensemble stands that often; pairs of copies tie in both vectors, so
    /// that Kendall's taus leave them out. Rel@k, regret@k and recall@k see each ensemble that counts at all once.
    pub(super) fn statistics(
        &self,
        count: impl Fn(usize) -> u32,
        k: usize,
        scratch: &mut Scratch,
    ) -> [Option<f64>; N_STATISTICS] {
        scratch.weights.clear();
        scratch
            .weights
            .extend((0..self.items.len()).map(|index| [f64::from(count(index)), 0.0, 0.0]));
        let present = |order: &[u32]| -> Vec<u32> {
            order
                .iter()
                .copied()
                .filter(|&index| scratch.weights[index as usize][0] > 0.0)
                .collect()
        };
        let (by_score, by_truth, ranking) = (
            present(&self.by_score),
            present(&self.by_truth),
            present(&self.ranking),
        );
        let item = |index: u32| &self.items[index as usize];
        let (Some(&lowest), Some(&highest)) = (by_score.first(), by_score.last()) else {
            return [None; N_STATISTICS];
        };
        let (worst, best) = (item(by_truth[0]), item(by_truth[by_truth.len() - 1]));
        if item(lowest).score_rank == item(highest).score_rank || worst.truth_rank == best.truth_rank {
            return [None; N_STATISTICS];
        }

        rank_weights(&by_score, &mut scratch.weights, 1);
        rank_weights(&by_truth, &mut scratch.weights, 2);
        let [kendall, by_score_rank, by_truth_rank] = self.taus(&by_score, &by_truth, scratch);

        let picked = ranking
            .iter()
            .take(k)
            .map(|&index| item(index).truth)
            .fold(f64::NEG_INFINITY, f64::max);
        let first = item(ranking[0]).truth;
        let n_better = ranking.iter().filter(|&&index| item(index).truth > first).count();
        [
            self.pearson(&by_score, &scratch.weights),
            Some(kendall),
            Some(f64::midpoint(by_score_rank, by_truth_rank)),
            (best.truth > 0.0).then(|| picked / best.truth),
            Some(best.truth - picked),
            Some(if n_better < k { 1.0 } else { 0.0 }),
        ]
    }

    /// Pearson's correlation of items that count more than once.
    fn pearson(&self, present: &[u32], weights: &[[f64; 3]]) -> Option<f64> {
        let items = || {
            present.iter().map(|&index| {
                let item = &self.items[index as usize];
                (weights[index as usize][0], item.score, item.truth)
            })
        };
        let total: f64 = items().map(|(weight, ..)| weight).sum();
        // About one of the items first, so that a common offset costs no digits.
        let (_, score_0, truth_0) = items().next()?;
        let score_mean = score_0
            + items()
                .map(|(weight, score, _)| weight * (score - score_0))
                .sum::<f64>()
                / total;
        let truth_mean = truth_0
            + items()
                .map(|(weight, _, truth)| weight * (truth - truth_0))
                .sum::<f64>()
                / total;
        let (mut score_square, mut truth_square, mut product) = (0.0, 0.0, 0.0);
        for (weight, score, truth) in items() {
            let (score, truth) = (score - score_mean, truth - truth_mean);
            score_square += weight * (score * score);
            truth_square += weight * (truth * truth);
            product += weight * (score * truth);
        }
        let correlation = product / (score_square.sqrt() * truth_square.sqrt());
        correlation.is_finite().then(|| correlation.clamp(-1.0, 1.0))
    }

    /// Kendall's tau-b, and the weighted tau by rank of score and by rank of truth.
    ///
    /// ```text
    /// tau = <x, y> / sqrt(<x, x> <y, y>),   <x, y> = sum_{i < j} (n_i w_j + n_j w_i) sgn(x_i - x_j) sgn(y_i - y_j)
    ///
    /// n_i    how often item i counts     w_i    the sum of the weights of its copies; n_i for tau-b
    /// ```
    fn taus(&self, by_score: &[u32], by_truth: &[u32], scratch: &mut Scratch) -> [f64; 3] {
        let weights = &scratch.weights;
        let tree = &mut scratch.tree;
        tree.clear();
        tree.resize(self.n_truths + 1, [0.0; 3]);
        let same = |rank: fn(&Item) -> u32| {
            move |left: &u32, right: &u32| {
                rank(&self.items[*left as usize]) == rank(&self.items[*right as usize])
            }
        };
        let mut signed = [0.0; 3];
        let mut seen = [0.0; 3];
        for tied in by_score.chunk_by(same(|item| item.score_rank)) {
            for &index in tied {
                let rank = self.items[index as usize].truth_rank as usize;
                let below = sum_below(tree, rank);
                let up_to = sum_below(tree, rank + 1);
                let own = weights[index as usize];
                for form in 0..3 {
                    let surplus = |field: usize| below[field] - (seen[field] - up_to[field]);
                    signed[form] += own[0] * surplus(form) + own[form] * surplus(0);
                }
            }
            for &index in tied {
                add(
                    tree,
                    self.items[index as usize].truth_rank as usize,
                    &weights[index as usize],
                );
                for (seen, weight) in seen.iter_mut().zip(&weights[index as usize]) {
                    *seen += weight;
                }
            }
        }
        let by_score_groups = untied(by_score.chunk_by(same(|item| item.score_rank)), weights, &seen);
        let by_truth_groups = untied(by_truth.chunk_by(same(|item| item.truth_rank)), weights, &seen);
        std::array::from_fn(|form| {
            let tau = signed[form] / (by_score_groups[form].sqrt() * by_truth_groups[form].sqrt());
            tau.clamp(-1.0, 1.0)
        })
    }
}

/// The weight of all pairs of items from different groups, for each of the three forms.
fn untied<'a>(groups: impl Iterator<Item = &'a [u32]>, weights: &[[f64; 3]], totals: &[f64; 3]) -> [f64; 3] {
    let mut untied: [f64; 3] = std::array::from_fn(|form| totals[0] * totals[form]);
    for group in groups {
        let mut sums = [0.0; 3];
        for &index in group {
            for (sum, weight) in sums.iter_mut().zip(&weights[index as usize]) {
                *sum += weight;
            }
        }
        for form in 0..3 {
            untied[form] -= sums[0] * sums[form];
        }
    }
    // Ordered pairs of n_i w_j are unordered pairs of n_i w_j + n_j w_i; those of n_i n_j count twice, here as in `signed`.
    untied
}

/// Sets field `form` to the sum of `1 / (1 + rank)` over the copies of each item, rank 0 for the last.
fn rank_weights(rising: &[u32], weights: &mut [[f64; 3]], form: usize) {
    let mut rank = 0.0;
    for &index in rising.iter().rev() {
        let weight = &mut weights[index as usize];
        let mut sum = 0.0;
        for _ in 0..weight[0] as u32 {
            rank += 1.0;
            sum += 1.0 / rank;
        }
        weight[form] = sum;
    }
}

/// The rank of each value among the distinct ones, and their number.
fn dense_ranks(values: &[f64]) -> (Vec<u32>, usize) {
    let mut distinct = values.to_vec();
    distinct.sort_by(f64::total_cmp);
    // Zeros of either sign are equal.
    distinct.dedup_by(|left, right| left == right);
    let rank = |value: &f64| distinct.partition_point(|other| other < value) as u32;
    (values.iter().map(rank).collect(), distinct.len())
}

/// The sums of all weights at ranks below `rank`.
fn sum_below(tree: &[[f64; 3]], rank: usize) -> [f64; 3] {
    let mut sums = [0.0; 3];
    let mut node = rank;
    while node > 0 {
        for (sum, value) in sums.iter_mut().zip(&tree[node]) {
            *sum += value;
        }
        node &= node - 1;
    }
    sums
}

/// Adds weights at a rank.
fn add(tree: &mut [[f64; 3]], rank: usize, weights: &[f64; 3]) {
    let mut node = rank + 1;
    while node < tree.len() {
        for (value, weight) in tree[node].iter_mut().zip(weights) {
            *value += weight;
        }
        node += node & node.wrapping_neg();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tensor_core::numeric::{kendall, pearson, weighted_kendall};

    use super::*;

    /// Sums of some hundred terms in other orders.
    const ATOL: f64 = 1e-10;

    proptest! {
        /// Few values, so that there are ties, and copies of 0 to 3.
        #[test]
        fn counts_are_copies(items in proptest::collection::vec((0_i32..8, 0_i32..8, 0_u32..4), 2..60)) {
            let scores: Vec<f64> = items.iter().map(|item| f64::from(item.0) * 0.37 - 5.0).collect();
            let truths: Vec<f64> = items.iter().map(|item| f64::from(item.1) * 0.11).collect();
            let table = Table::new(&scores, &truths);
            let found = table.statistics(|index| items[index].2, 2, &mut Scratch::default());

            let copies = |values: &[f64]| -> Vec<f64> {
                values
                    .iter()
                    .zip(&items)
                    .flat_map(|(&value, item)| std::iter::repeat_n(value, item.2 as usize))
                    .collect()
            };
            let (x, y) = (copies(&scores), copies(&truths));
            prop_assume!(x.len() >= 2);
            let expected = [pearson(&x, &y), kendall(&x, &y), weighted_kendall(&x, &y)].map(|value| value.expect("finite"));
            for (found, expected) in found.iter().zip(expected) {
                prop_assert_eq!(found.is_some(), expected.is_some());
                if let (Some(found), Some(expected)) = (found, expected) {
                    prop_assert!((found - expected).abs() <= ATOL, "{} for {}", found, expected);
                }
            }
        }
    }

    #[test]
    fn nothing_counted_is_undefined() {
        let table = Table::new(&[1.0, 2.0], &[1.0, 2.0]);
        assert_eq!(
            table.statistics(|_| 0, 1, &mut Scratch::default()),
            [None; N_STATISTICS]
        );
        assert_eq!(
            table.statistics(|index| index as u32, 1, &mut Scratch::default()),
            [None; N_STATISTICS]
        );
    }
}
