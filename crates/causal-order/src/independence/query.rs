//! What a test may be asked.

use causal_graph::Nodes;

use crate::{Error, Result};

/// Checks that `x`, `y` and `given` are variables, all different, the conditioning set in ascending order.
///
/// # Errors
///
/// A variable that does not exist, [`Error::SelfTest`] or [`Error::ConditioningSet`].
#[inline]
pub(super) fn check_query(nodes: &Nodes, x: usize, y: usize, given: &[usize]) -> Result<()> {
    let n = nodes.len();
    let is_ascending = given.windows(2).all(|pair| pair[0] < pair[1]);
    let is_apart = !given.iter().any(|&member| member == x || member == y);
    let is_known = x < n && y < n && given.last().is_none_or(|&last| last < n);
    if x != y && is_known && is_ascending && is_apart {
        return Ok(());
    }
    Err(refusal(nodes, x, y, given))
}

#[cold]
fn refusal(nodes: &Nodes, x: usize, y: usize, given: &[usize]) -> Error {
    let mut known = [x, y]
        .into_iter()
        .chain(given.iter().copied())
        .map(|node| nodes.check(node));
    if let Some(error) = known.find_map(std::result::Result::err) {
        return error.into();
    }
    let name = |node: usize| nodes.name(node).to_owned();
    if x == y {
        return Error::SelfTest { column: name(x) };
    }
    let misplaced = (0..given.len()).find(|&place| {
        let is_ascending = place == 0 || given[place - 1] < given[place];
        given[place] == x || given[place] == y || !is_ascending
    });
    Error::ConditioningSet {
        column: name(given[misplaced.expect("the query is refused for its conditioning set")]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_different_known_variables_in_order_pass() {
        let nodes = Nodes::numbered(4);
        assert!(check_query(&nodes, 3, 0, &[1, 2]).is_ok());
        assert!(matches!(
            check_query(&nodes, 1, 1, &[]),
            Err(Error::SelfTest { .. })
        ));
        assert!(matches!(
            check_query(&nodes, 0, 4, &[]),
            Err(Error::Graph(causal_graph::Error::NodeOutOfRange { index: 4, .. }))
        ));
        assert!(matches!(
            check_query(&nodes, 0, 1, &[9, 2]),
            Err(Error::Graph(causal_graph::Error::NodeOutOfRange { index: 9, .. }))
        ));
        for (given, culprit) in [([0, 3], "X0"), ([2, 2], "X2"), ([3, 2], "X2"), ([1, 2], "X1")] {
            let error = check_query(&nodes, 0, 1, &given).expect_err("a bad set");
            assert!(matches!(error, Error::ConditioningSet { column } if column == culprit));
        }
    }
}
