//! The best of all parent sets within a limit.

use super::{Choice, Problem};
use crate::Result;
use crate::score::with_member;

/// The required parents and those candidates that together have the greatest score; of equal scores the first found, and
/// small sets are found first.
pub(super) fn best_parents(problem: &Problem<'_>) -> Result<Choice> {
    let Problem {
        score,
        child,
        ref required,
        ref candidates,
        max_parents,
    } = *problem;
    let mut best = score.local(child, required)?;
    let mut parents = required.clone();
    let mut n_evaluations = 1;
    let most = max_parents.saturating_sub(required.len()).min(candidates.len());
    // All sets of one size less, as the places of their candidates: each grows by candidates behind its last.
    for size in 0..most {
        let mut places: Vec<usize> = (0..size).collect();
        loop {
            let first = places.last().map_or(0, |&last| last + 1);
            let later = &candidates[first..];
            if !later.is_empty() {
                let set = places.iter().fold(required.clone(), |set, &place| {
                    with_member(&set, candidates[place])
                });
                let scores = score.local_additions(child, &set, later)?;
                n_evaluations += scores.len() as u64;
                for (&candidate, &score) in later.iter().zip(&scores) {
                    if score > best {
                        best = score;
                        parents = with_member(&set, candidate);
                    }
                }
            }
            if !next_combination(&mut places, candidates.len()) {
                break;
            }
        }
    }
    Ok(Choice {
        parents,
        n_evaluations,
    })
}

/// The next ascending choice of places below `n`, in lexicographic order; false after the last.
fn next_combination(places: &mut [usize], n: usize) -> bool {
    let size = places.len();
    let Some(moved) = (0..size).rev().find(|&i| places[i] < n - (size - i)) else {
        return false;
    };
    places[moved] += 1;
    for later in moved + 1..size {
        places[later] = places[later - 1] + 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinations_are_all_there() {
        let mut places = vec![0, 1, 2];
        let mut n = 1;
        while next_combination(&mut places, 6) {
            n += 1;
        }
        assert_eq!(n, 20);
        assert_eq!(places, [3, 4, 5]);
        assert!(!next_combination(&mut [], 3));
    }
}
