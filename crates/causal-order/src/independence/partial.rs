//! Partial correlations.

use serde::{Deserialize, Serialize};

use crate::data::SINGULAR;
use crate::{Correlations, Error, Result};

/// What becomes of a partial correlation that is 0 over 0: the conditioning set has a member that the others
/// determine, or it determines one of the two that are tested.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Singular {
    /// An error that names the columns. The default.
    #[default]
    Refuse,
    /// The p-value is 1.
    Independent,
    /// Members that others determine are left out, which changes nothing but the size of the set; a variable that the
    /// set determines is a constant given the set, and so independent of all.
    Reduce,
}

/// A partial correlation, and the size of the set that it is given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Partial {
    /// The product of what the set leaves of the two.
    cross: f64,
    /// The product of the variances that it leaves.
    variances: f64,
    pub(super) n_given: usize,
}

impl Partial {
    /// Neither is explained by the other.
    const NONE: Self = Self {
        cross: 0.0,
        variances: 1.0,
        n_given: 0,
    };

    /// The correlation, at most `1 - 1e-15` in size, so that statistics are finite.
    pub(super) fn correlation(&self) -> f64 {
        const LARGEST: f64 = 1.0 - 1e-15;
        (self.cross / self.variances.sqrt()).clamp(-LARGEST, LARGEST)
    }

    /// Its square, as a numerator and a denominator.
    pub(super) fn square(&self) -> (f64, f64) {
        (self.cross * self.cross, self.variances)
    }
}

/// The partial correlation of `x` and `y` given a set; nothing if the policy takes them for independent.
///
/// # Complexity
///
/// O(k³) for a set of k, without allocation up to k = 14.
pub(super) fn partial(
    correlations: &Correlations,
    x: usize,
    y: usize,
    given: &[usize],
    singular: Singular,
) -> Result<Option<Partial>> {
    let found = match *given {
        [] => Ok(Partial {
            cross: correlations.get(x, y),
            ..Partial::NONE
        }),
        [u] => given_one(correlations, x, y, u),
        [u, v] => given_two(correlations, x, y, [u, v]),
        _ => given_many(correlations, x, y, given),
    };
    match (found, singular) {
        (Ok(partial), _) => Ok(Some(partial)),
        (Err(_), Singular::Independent) => Ok(None),
        (Err(place), Singular::Refuse) => Err(refusal(correlations, x, y, given, place)),
        (Err(place), Singular::Reduce) if place.0 >= given.len() => Ok(None),
        (Err(place), Singular::Reduce) => {
            let mut reduced = given.to_vec();
            reduced.remove(place.0);
            partial(correlations, x, y, &reduced, singular)
        }
    }
}

/// The place, among the set, `x` and `y`, of the first that those before it determine, `x` and `y` apart.
#[derive(Clone, Copy)]
struct Determined(usize);

#[inline]
fn given_one(
    correlations: &Correlations,
    x: usize,
    y: usize,
    u: usize,
) -> std::result::Result<Partial, Determined> {
    let row = correlations.row(u);
    let (ux, uy) = (row[x], row[y]);
    let (left_x, left_y) = (left(1.0, ux, ux, 1)?, left(1.0, uy, uy, 2)?);
    Ok(Partial {
        cross: correlations.get(x, y) - ux * uy,
        variances: left_x * left_y,
        n_given: 1,
    })
}

#[inline]
fn given_two(
    correlations: &Correlations,
    x: usize,
    y: usize,
    [u, v]: [usize; 2],
) -> std::result::Result<Partial, Determined> {
    let (u_row, v_row) = (correlations.row(u), correlations.row(v));
    let (uv, ux, uy) = (u_row[v], u_row[x], u_row[y]);
    let inverse = 1.0 / left(1.0, uv, uv, 1)?;
    let (vx, vy) = (v_row[x] - uv * ux, v_row[y] - uv * uy);
    let left_x = left(1.0, ux, ux, 2)? - vx * vx * inverse;
    let left_y = left(1.0, uy, uy, 3)? - vy * vy * inverse;
    let (left_x, left_y) = (left(left_x, 0.0, 0.0, 2)?, left(left_y, 0.0, 0.0, 3)?);
    Ok(Partial {
        cross: correlations.get(x, y) - ux * uy - vx * vy * inverse,
        variances: left_x * left_y,
        n_given: 2,
    })
}

/// `share - a b`, if it is more than rounding.
#[inline]
fn left(share: f64, a: f64, b: f64, place: usize) -> std::result::Result<f64, Determined> {
    let left = share - a * b;
    if left > SINGULAR {
        Ok(left)
    } else {
        Err(Determined(place))
    }
}

/// By elimination of the members of the set one after the other.
fn given_many(
    correlations: &Correlations,
    x: usize,
    y: usize,
    given: &[usize],
) -> std::result::Result<Partial, Determined> {
    const ON_STACK: usize = 16;
    let n = given.len() + 2;
    if n <= ON_STACK {
        eliminate(
            correlations,
            x,
            y,
            given,
            &mut [0.0; ON_STACK * ON_STACK][..n * n],
        )
    } else {
        eliminate(correlations, x, y, given, &mut vec![0.0; n * n])
    }
}

/// ```text
/// A = L D L'    A: correlations of the set, x and y;  L: unit lower triangle;  D: variances left
/// ```
///
/// `rows` is a square: member `i` of the set has its row of L in row `i`, 1 / D on the diagonal; x has its row of L in
/// column `k`, y its row of L D in row `k + 1`.
fn eliminate(
    correlations: &Correlations,
    x: usize,
    y: usize,
    given: &[usize],
    rows: &mut [f64],
) -> std::result::Result<Partial, Determined> {
    let (k, n) = (given.len(), given.len() + 2);
    let mut variances = [1.0; 2];
    for i in 0..n {
        let member = given.get(i).copied().unwrap_or(if i == k { x } else { y });
        let entries = correlations.row(member);
        let (before, rest) = rows.split_at_mut(i * n);
        let row = &mut rest[..n];
        let mut share = 1.0;
        for j in 0..i.min(k) {
            let earlier = &before[j * n..j * n + j];
            let explained: f64 = row[..j].iter().zip(earlier).map(|(a, b)| a * b).sum();
            row[j] = entries[given[j]] - explained;
        }
        // From L D to L, whose products with the rows above L D are what is explained.
        for j in 0..i.min(k) {
            let scaled = row[j] * before[j * n + j];
            share -= row[j] * scaled;
            if i < k {
                row[j] = scaled;
            } else if i == k {
                before[j * n + k] = scaled;
            }
        }
        let share = left(share, 0.0, 0.0, i)?;
        if i < k {
            row[i] = 1.0 / share;
        } else {
            variances[i - k] = share;
        }
    }
    let x_given: f64 = (0..k).map(|j| rows[j * n + k] * rows[(k + 1) * n + j]).sum();
    Ok(Partial {
        cross: correlations.get(x, y) - x_given,
        variances: variances[0] * variances[1],
        n_given: k,
    })
}

#[cold]
fn refusal(correlations: &Correlations, x: usize, y: usize, given: &[usize], place: Determined) -> Error {
    let nodes = correlations.nodes();
    let name = |node: usize| nodes.name(node).to_owned();
    let column = given
        .get(place.0)
        .copied()
        .unwrap_or(if place.0 == given.len() { x } else { y });
    Error::CollinearColumns {
        column: name(column),
        of: given[..place.0.min(given.len())]
            .iter()
            .map(|&node| name(node))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use causal_graph::{ContinuousTable, Nodes};

    use super::*;

    /// Correlations of seven columns that share a few terms.
    fn correlations() -> Correlations {
        let value = |row: usize, node: usize| ((row * (node + 3) * 7919 + node * 31) % 101) as f64;
        let column =
            |node: usize| (0..60).map(move |row| value(row, node) + 0.5 * value(row, (node + 1) % 7));
        let columns = (0..7).map(|node| column(node).collect()).collect();
        Correlations::of(&ContinuousTable::new(Nodes::numbered(7), columns).expect("finite"))
            .expect("varying")
    }

    #[test]
    fn closed_forms_are_what_elimination_finds() {
        /// A dozen operations on numbers of size 1.
        const ROUNDING: f64 = 1e-14;
        let correlations = correlations();
        for given in [&[2][..], &[5], &[2, 5], &[3, 4], &[4, 6]] {
            let closed = partial(&correlations, 0, 1, given, Singular::Refuse)
                .expect("regular")
                .expect("regular");
            let Ok(eliminated) = given_many(&correlations, 0, 1, given) else {
                unreachable!("regular")
            };
            assert!(
                (closed.correlation() - eliminated.correlation()).abs() < ROUNDING,
                "{given:?}"
            );
            assert_eq!(closed.n_given, given.len());
        }
    }

    #[test]
    fn a_partial_correlation_is_the_one_left_by_the_recursion() {
        const ROUNDING: f64 = 1e-13;
        let correlations = correlations();
        let r = |x: usize, y: usize, given: &[usize]| {
            let found = partial(&correlations, x, y, given, Singular::Refuse).expect("regular");
            found.expect("regular").correlation()
        };
        // r_xy.S,u = (r_xy.S - r_xu.S r_yu.S) / sqrt((1 - r_xu.S²)(1 - r_yu.S²))
        for rest in [&[][..], &[3], &[3, 4], &[3, 4, 5], &[2, 3, 4, 5]] {
            let (xy, xu, yu) = (r(0, 1, rest), r(0, 6, rest), r(1, 6, rest));
            let expected = (xy - xu * yu) / ((1.0 - xu * xu) * (1.0 - yu * yu)).sqrt();
            assert!(
                (r(0, 1, &[rest, &[6]].concat()) - expected).abs() < ROUNDING,
                "{rest:?}"
            );
        }
    }

    #[test]
    fn what_a_set_determines_is_found_by_every_form() {
        // Columns 2 and 3 are copies of 0; 1 is half of it.
        let mut matrix = vec![1.0; 16];
        for other in [0, 2, 3] {
            (matrix[4 + other], matrix[other * 4 + 1]) = (0.5, 0.5);
        }
        let copies = Correlations::new(Nodes::numbered(4), 100, matrix).expect("correlations");
        for (x, y, given) in [(0, 1, &[2][..]), (1, 0, &[2]), (1, 0, &[2, 3]), (0, 1, &[2, 3])] {
            assert!(partial(&copies, x, y, given, Singular::Refuse).is_err());
            assert_eq!(
                partial(&copies, x, y, given, Singular::Independent).expect("a policy"),
                None
            );
            assert_eq!(
                partial(&copies, x, y, given, Singular::Reduce).expect("a policy"),
                None
            );
            assert!(given_many(&copies, x, y, given).is_err());
        }
        // Two that are copies of each other are as dependent as can be.
        let found = partial(&copies, 0, 2, &[1], Singular::Refuse)
            .expect("regular")
            .expect("regular");
        assert!(found.correlation() > 1.0 - 1e-14);
    }
}
