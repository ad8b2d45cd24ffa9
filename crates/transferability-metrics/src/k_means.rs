//! k-means clustering, the start of a Gaussian mixture.

use rand::{Rng, RngExt};
use tensor_core::{Kind, Tensor, convert};

use crate::Result;

/// Lloyd's rounds at most, as scikit-learn's `KMeans`.
const MAX_ROUNDS: usize = 300;

/// Rows that contribute less than this share of the sum of squares lie on a centre already chosen: the distances are
/// differences of squares, right to some 1e-15 of it.
const SAME_POINT: f64 = 1e-12;

/// The cluster of each row of `(n, d)`, numbered from 0, no cluster empty.
///
/// Centres are seeded by greedy k-means++ (each is the best of `2 + ln k` draws with probability proportional to the
/// squared distance from the centres so far) and improved by Lloyd's algorithm until no row changes its cluster. A
/// cluster that loses all its rows takes the row farthest from its own centre. With fewer than `n_clusters` distinct
/// rows there are as many clusters as distinct rows.
///
/// # Reference
///
/// D. Arthur and S. Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007.
pub(crate) fn k_means(rows: &Tensor, n_clusters: usize, rng: &mut impl Rng) -> Result<Vec<usize>> {
    let squares = rows.f_square()?.f_sum_dim_intlist(1, true, Kind::Double)?;
    let mut centres = seed_centres(rows, &squares, n_clusters, rng)?;
    let mut clusters = Vec::new();
    for _ in 0..MAX_ROUNDS {
        let (distances, nearest) = squared_distances(rows, &squares, &centres)?.f_min_dim(1, false)?;
        let n_centres = centres.size()[0] as usize;
        let mut next: Vec<usize> = convert::vector::<i64>("clusters", &nearest)?
            .into_iter()
            .map(|cluster| cluster as usize)
            .collect();
        fill_empty_clusters(&mut next, n_centres, &convert::vector("distances", &distances)?);
        if next == clusters {
            break;
        }
        centres = cluster_means(rows, &next, n_centres)?;
        clusters = next;
    }
    Ok(clusters)
}

fn seed_centres(rows: &Tensor, squares: &Tensor, n_clusters: usize, rng: &mut impl Rng) -> Result<Tensor> {
    let n_rows = rows.size()[0] as usize;
    let n_draws = 2 + (n_clusters as f64).ln() as usize;
    let negligible = SAME_POINT * squares.f_sum(Kind::Double)?.f_double_value(&[])?;
    let mut chosen = vec![rng.random_range(0..n_rows) as i64];
    let mut distances = distances_to(rows, squares, &chosen)?;
    while chosen.len() < n_clusters {
        let potential = convert::vector::<f64>("distances", &distances.f_flatten(0, 1)?)?;
        let total: f64 = potential.iter().sum();
        if total <= negligible {
            break;
        }
        let draws: Vec<i64> = (0..n_draws)
            .map(|_| position_of(rng.random::<f64>() * total, &potential) as i64)
            .collect();
        let candidates = distances_to(rows, squares, &draws)?.f_minimum(&distances)?;
        let best = candidates
            .f_sum_dim_intlist(0, false, Kind::Double)?
            .f_argmin(0, false)?
            .f_int64_value(&[])?;
        distances = candidates.f_narrow(1, best, 1)?;
        chosen.push(draws[best as usize]);
    }
    Ok(rows.f_index_select(0, &Tensor::f_from_slice(&chosen)?.f_to_device(rows.device())?)?)
}

/// The squared distances of all rows from some of them, `(n, |chosen|)`, each row at distance 0 from itself.
fn distances_to(rows: &Tensor, squares: &Tensor, chosen: &[i64]) -> Result<Tensor> {
    let index = Tensor::f_from_slice(chosen)?.f_to_device(rows.device())?;
    let distances = squared_distances(rows, squares, &rows.f_index_select(0, &index)?)?;
    let zeros = Tensor::f_zeros([1, chosen.len() as i64], (Kind::Double, rows.device()))?;
    Ok(distances.f_scatter(0, &index.f_unsqueeze(0)?, &zeros)?)
}

/// `|x|^2 - 2 x c + |c|^2`, `(n, k)`, for rows with given squared norms `(n, 1)`.
fn squared_distances(rows: &Tensor, squares: &Tensor, centres: &Tensor) -> Result<Tensor> {
    let centre_squares = centres.f_square()?.f_sum_dim_intlist(1, false, Kind::Double)?;
    let mut distances = rows.f_matmul(&centres.f_tr()?)?;
    Ok(distances
        .f_mul_scalar_(-2.0)?
        .f_add_(squares)?
        .f_add_(&centre_squares)?
        .f_clamp_min_(0.0)?)
}

/// The first position at which the cumulative sum exceeds a target, the last positive one at the latest.
fn position_of(target: f64, masses: &[f64]) -> usize {
    let mut cumulative = 0.0;
    let mut last_positive = 0;
    for (position, &mass) in masses.iter().enumerate() {
        cumulative += mass;
        if mass > 0.0 {
            last_positive = position;
        }
        if cumulative > target {
            return position;
        }
    }
    last_positive
}

fn fill_empty_clusters(clusters: &mut [usize], n_clusters: usize, distances: &[f64]) {
    let mut counts = vec![0_usize; n_clusters];
    for &cluster in clusters.iter() {
        counts[cluster] += 1;
    }
    if counts.iter().all(|&count| count > 0) {
        return;
    }
    let mut farthest_first: Vec<usize> = (0..clusters.len()).collect();
    farthest_first.sort_by(|&a, &b| distances[b].total_cmp(&distances[a]));
    let mut candidates = farthest_first.into_iter();
    for empty in 0..n_clusters {
        if counts[empty] > 0 {
            continue;
        }
        if let Some(row) = candidates.find(|&row| counts[clusters[row]] > 1) {
            counts[clusters[row]] -= 1;
            counts[empty] = 1;
            clusters[row] = empty;
        }
    }
}

fn cluster_means(rows: &Tensor, clusters: &[usize], n_clusters: usize) -> Result<Tensor> {
    let mut counts = vec![0.0; n_clusters];
    for &cluster in clusters {
        counts[cluster] += 1.0;
    }
    let device = rows.device();
    let index: Vec<i64> = clusters.iter().map(|&cluster| cluster as i64).collect();
    let sums = Tensor::f_zeros([n_clusters as i64, rows.size()[1]], (Kind::Double, device))?.f_index_add(
        0,
        &Tensor::f_from_slice(&index)?.f_to_device(device)?,
        rows,
    )?;
    Ok(sums.f_div(
        &Tensor::f_from_slice(&counts)?
            .f_to_device(device)?
            .f_unsqueeze(1)?,
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tensor_core::{Seed, random};

    fn clusters(values: &[f64], n_columns: i64, n_clusters: usize) -> Vec<usize> {
        let shape = [values.len() as i64 / n_columns, n_columns];
        let rows = convert::tensor_from_slice(values, &shape).expect("matrix");
        k_means(&rows, n_clusters, &mut Seed::new(1).stream("test", 0)).expect("clusters")
    }

    fn n_distinct(clusters: &[usize]) -> usize {
        let mut distinct = clusters.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        distinct.len()
    }

    #[test]
    fn separate_groups_are_found() {
        let found = clusters(&[0.0, 10.0, 0.1, 10.2, -0.1, 20.0, 19.9], 1, 3);
        assert_eq!(n_distinct(&found), 3);
        for (a, b) in [(0, 2), (0, 4), (1, 3), (5, 6)] {
            assert_eq!(found[a], found[b]);
        }
    }

    #[test]
    fn there_are_no_more_clusters_than_distinct_rows() {
        assert_eq!(clusters(&[3.0; 8], 2, 4), [0; 4]);
        let three_points = clusters(&[1.0, 2.0, 3.0, 1.0, 2.0, 3.0, 3.0], 1, 5);
        assert_eq!(n_distinct(&three_points), 3);
        assert_eq!(*three_points.iter().max().expect("rows"), 2);
    }

    #[test]
    fn as_many_clusters_as_rows_puts_each_row_alone() {
        assert_eq!(n_distinct(&clusters(&[0.0, 1.0, 2.5, 7.0, 7.1], 1, 5)), 5);
    }

    #[test]
    fn an_empty_cluster_takes_the_farthest_row_of_a_shared_one() {
        let mut filled = vec![0, 0, 2, 0];
        fill_empty_clusters(&mut filled, 3, &[0.1, 0.3, 9.0, 0.2]);
        assert_eq!(filled, [0, 1, 2, 0]);
    }

    #[test]
    fn no_cluster_is_empty_and_no_row_prefers_another_mean() {
        let rows =
            random::normal(&mut Seed::new(5).stream("rows", 0), &[120, 3], Kind::Double).expect("draws");
        let found = k_means(&rows, 12, &mut Seed::new(5).stream("test", 0)).expect("clusters");
        assert_eq!(n_distinct(&found), 12);
        let squares = rows.square().sum_dim_intlist(1, true, Kind::Double);
        let distances = squared_distances(&rows, &squares, &cluster_means(&rows, &found, 12).expect("means"))
            .expect("distances");
        let nearest: Vec<i64> = Vec::try_from(distances.argmin(1, false)).expect("indices");
        assert!(
            found
                .iter()
                .zip(&nearest)
                .all(|(&found, &nearest)| found as i64 == nearest)
        );
    }
}
