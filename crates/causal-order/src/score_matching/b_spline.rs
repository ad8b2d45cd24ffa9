//! Cubic B-splines.

/// The polynomials have this degree.
const DEGREE: usize = 3;

/// The values of `n_functions` cubic B-splines at every point, a row for each function. They sum to 1 at every point.
///
/// The inner knots are the quantiles of the points at equal steps, interpolated between order statistics; where points are
/// tied, knots fall together and are left out, and there are fewer functions. At the least point and the greatest there are
/// four knots. Points that take fewer than 6 values, or fewer functions than 4, give nothing.
///
/// # Reference
///
/// de Boor, *A Practical Guide to Splines*, 1978, chapter X.
pub(super) fn cubic_b_splines(points: &[f64], n_functions: usize) -> Option<Vec<Vec<f64>>> {
    const LEAST_VALUES: usize = 6;
    let mut sorted = points.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mut distinct = sorted.clone();
    distinct.dedup();
    if distinct.len() < LEAST_VALUES || n_functions <= DEGREE {
        return None;
    }
    let (least, greatest) = (sorted[0], sorted[sorted.len() - 1]);
    let n_inner = n_functions - DEGREE - 1;
    let mut inner: Vec<f64> = (1..=n_inner)
        .map(|k| quantile(&sorted, k as f64 / (n_inner + 1) as f64))
        .filter(|&knot| knot > least && knot < greatest)
        .collect();
    inner.dedup();

    let mut knots = vec![least; DEGREE + 1];
    knots.extend(&inner);
    knots.extend([greatest; DEGREE + 1]);
    let mut functions = vec![vec![0.0; points.len()]; inner.len() + DEGREE + 1];
    for (place, &point) in points.iter().enumerate() {
        // The last interval takes its right end.
        let interval = inner.partition_point(|&knot| knot <= point);
        for (k, value) in values_at(point, &knots, interval + DEGREE)
            .into_iter()
            .enumerate()
        {
            functions[interval + k][place] = value;
        }
    }
    Some(functions)
}

/// The four functions that are not 0 between `knots[span]` and `knots[span + 1]`, by the recurrence of de Boor and Cox.
fn values_at(point: f64, knots: &[f64], span: usize) -> [f64; DEGREE + 1] {
    let mut values = [0.0; DEGREE + 1];
    values[0] = 1.0;
    for degree in 1..=DEGREE {
        let mut carried = 0.0;
        for k in 0..degree {
            let (left, right) = (knots[span + 1 + k - degree], knots[span + 1 + k]);
            let share = values[k] / (right - left);
            values[k] = carried + (right - point) * share;
            carried = (point - left) * share;
        }
        values[degree] = carried;
    }
    values
}

/// Of sorted values, linear between order statistics.
fn quantile(sorted: &[f64], level: f64) -> f64 {
    let place = level * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_sum_to_one_and_reproduce_a_straight_line() {
        let points: Vec<f64> = (0..50).map(|k| f64::from(k * k % 37) / 5.0).collect();
        let functions = cubic_b_splines(&points, 10).expect("enough values");
        assert_eq!(functions.len(), 10);
        for place in 0..points.len() {
            let total: f64 = functions.iter().map(|function| function[place]).sum();
            assert!((total - 1.0).abs() < 1e-14, "{total}");
        }
    }

    #[test]
    fn without_inner_knots_they_are_bernstein_polynomials() {
        let points = [0.0, 0.2, 0.4, 0.5, 0.6, 0.8, 1.0];
        let functions = cubic_b_splines(&points, 4).expect("enough values");
        for (place, t) in points.into_iter().enumerate() {
            let u = 1.0 - t;
            let expected = [u * u * u, 3.0 * t * u * u, 3.0 * t * t * u, t * t * t];
            let actual: Vec<f64> = functions.iter().map(|function| function[place]).collect();
            golden::assert_close(&actual, &expected, 0.0, 1e-15);
        }
    }

    #[test]
    fn ties_take_knots_away_and_few_values_all() {
        let mut points = vec![0.0; 90];
        points.extend((0..10).map(f64::from));
        let functions = cubic_b_splines(&points, 10).expect("ten values");
        assert!(functions.len() < 10);
        assert!(functions.iter().flatten().all(|value| value.is_finite()));
        assert!(cubic_b_splines(&[0.0, 1.0, 2.0, 3.0, 4.0, 4.0], 10).is_none());
        assert!(cubic_b_splines(&points, 3).is_none());
    }
}
