//! A random subset that keeps the shares of the classes.

use rand::seq::SliceRandom;
use tensor_core::Seed;

use crate::Labels;

/// Rows of a random subset of a given size, in increasing order, in which every class has its share.
///
/// Class `c` gets `size * n_c / n` rows, rounded down, and one at least; what is then missing goes to the largest
/// remainders, the lowest class first among equals. Within a class every subset has the same chance. All rows are
/// returned if `size` is not less than their number, and one row of each class if it is less than the number of
/// classes.
pub(crate) fn stratified_rows(labels: &Labels, size: usize, seed: Seed) -> Vec<usize> {
    if size >= labels.len() {
        return (0..labels.len()).collect();
    }
    let mut members = vec![Vec::new(); labels.n_classes()];
    for (row, &class) in labels.indices().iter().enumerate() {
        members[class].push(row);
    }
    let mut rows = Vec::with_capacity(size);
    for (class, (mut members, quota)) in members.into_iter().zip(quotas(labels.counts(), size)).enumerate() {
        let (chosen, _) = members.partial_shuffle(&mut seed.stream("stratified", class as u64), quota);
        rows.extend_from_slice(chosen);
    }
    rows.sort_unstable();
    rows
}

/// How many rows of each class to take.
fn quotas(counts: &[usize], size: usize) -> Vec<usize> {
    let n: usize = counts.iter().sum();
    let mut quotas: Vec<usize> = counts.iter().map(|&count| (size * count / n).max(1)).collect();
    let mut by_remainder: Vec<usize> = (0..counts.len()).collect();
    by_remainder.sort_by_key(|&class| std::cmp::Reverse(size * counts[class] % n));
    let missing = size.saturating_sub(quotas.iter().sum());
    for &class in by_remainder
        .iter()
        .filter(|&&class| size * counts[class] >= n)
        .take(missing)
    {
        quotas[class] += 1;
    }
    quotas
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(counts: &[usize]) -> Labels {
        let labels: Vec<i64> = counts
            .iter()
            .enumerate()
            .flat_map(|(class, &count)| vec![class as i64; count])
            .collect();
        Labels::new(&labels).expect("labels")
    }

    #[test]
    fn shares_are_kept_and_no_class_is_lost() {
        assert_eq!(quotas(&[50, 30, 20], 10), [5, 3, 2]);
        assert_eq!(quotas(&[33, 33, 34], 10), [3, 3, 4]);
        assert_eq!(quotas(&[97, 2, 1], 10), [9, 1, 1]);
        assert_eq!(quotas(&[5, 5, 5], 2), [1, 1, 1]);
    }

    #[test]
    fn the_rows_are_distinct_in_order_and_of_the_quota() {
        let labels = labels(&[60, 30, 10]);
        let rows = stratified_rows(&labels, 20, Seed::new(3));
        assert!(rows.windows(2).all(|pair| pair[0] < pair[1]));
        let mut counts = [0; 3];
        for &row in &rows {
            counts[labels.indices()[row]] += 1;
        }
        assert_eq!(counts, [12, 6, 2]);
        assert_eq!(rows, stratified_rows(&labels, 20, Seed::new(3)));
        assert_ne!(rows, stratified_rows(&labels, 20, Seed::new(4)));
    }

    #[test]
    fn a_large_size_takes_every_row() {
        assert_eq!(
            stratified_rows(&labels(&[2, 3]), 5, Seed::new(0)),
            [0, 1, 2, 3, 4]
        );
    }

    #[test]
    fn every_row_has_its_chance() {
        let labels = labels(&[40, 10]);
        let n_draws = 2000;
        let mut taken = [0.0; 50];
        for seed in 0..n_draws {
            for row in stratified_rows(&labels, 10, Seed::new(seed)) {
                taken[row] += 1.0;
            }
        }
        // Binomial(2000, 1/5): five standard deviations are 90.
        assert!(
            taken.iter().all(|count| (count - 400.0_f64).abs() < 90.0),
            "{taken:?}"
        );
    }
}
