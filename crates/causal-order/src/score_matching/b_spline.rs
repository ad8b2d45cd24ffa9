//! Cubic B-splines.

/// The polynomials have this degree.
const DEGREE: usize = 3;

/// The values of cubic B-splines at every point, a row for each function. They sum to 1 at every point.
///
/// There are `n_functions`, but no more than one and half as many as different values, so that every interval between knots has
/// some. The inner knots are the quantiles of the different values at equal steps, interpolated linearly; at the least value
/// and the greatest there are four knots. Fewer functions than 4 are none.
///
/// # Reference
///
/// de Boor, *A Practical Guide to Splines*, 1978, chapter X.
pub(super) fn cubic_b_splines(points: &[f64], n_functions: usize) -> Option<Vec<Vec<f64>>> {
    let mut values = points.to_vec();
    values.sort_by(f64::total_cmp);
    values.dedup();
    let n_functions = n_functions.min(values.len() / 2 + 1);
    if n_functions <= DEGREE {
        return None;
    }
    let (least, greatest) = (values[0], values[values.len() - 1]);
    let n_inner = n_functions - DEGREE - 1;
    let inner: Vec<f64> = (1..=n_inner)
        .map(|k| quantile(&values, k as f64 / (n_inner + 1) as f64))
        .collect();

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
    fn few_different_values_have_fewer_functions_or_none() {
        let mut points = vec![0.0; 90];
        points.extend((0..10).map(f64::from));
        let functions = cubic_b_splines(&points, 10).expect("ten values");
        assert_eq!(functions.len(), 6);
        assert!(functions.iter().flatten().all(|value| value.is_finite()));
        assert!(cubic_b_splines(&[0.0, 1.0, 2.0, 3.0, 4.0, 4.0], 10).is_none());
        assert!(cubic_b_splines(&points, 3).is_none());
    }
}
