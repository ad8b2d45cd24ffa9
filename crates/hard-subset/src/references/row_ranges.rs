//! Which rows were seen.

use std::collections::BTreeMap;

use crate::{Error, Result};

/// A set of row numbers as ranges: shards that follow each other become one.
#[derive(Debug, Clone, Default)]
pub(super) struct RowRanges {
    /// First row and the row after the last of each range; ranges neither overlap nor touch.
    ranges: BTreeMap<u64, u64>,
}

impl RowRanges {
    /// An error if a row of `start..end` is in the set already.
    pub(super) fn require_new(&self, start: u64, end: u64) -> Result<()> {
        let before = self.ranges.range(..=start).next_back();
        if let Some((_, &last)) = before
            && last > start
        {
            return Err(Error::RepeatedRow { row: start });
        }
        match self.ranges.range(start..end).next() {
            Some((&row, _)) => Err(Error::RepeatedRow { row }),
            None => Ok(()),
        }
    }

    /// As [`require_new`](Self::require_new), for each row of another set.
    pub(super) fn require_disjoint(&self, other: &Self) -> Result<()> {
        other
            .ranges
            .iter()
            .try_for_each(|(&start, &end)| self.require_new(start, end))
    }

    /// Adds a range that is not empty and of which no row is in the set.
    pub(super) fn insert(&mut self, start: u64, end: u64) {
        let end = self.ranges.remove(&end).unwrap_or(end);
        match self.ranges.range_mut(..start).next_back() {
            Some((_, last)) if *last == start => *last = end,
            _ => {
                self.ranges.insert(start, end);
            }
        }
    }

    /// Adds a set of which no row is in this one.
    pub(super) fn extend(&mut self, other: &Self) {
        for (&start, &end) in &other.ranges {
            self.insert(start, end);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_range_is_taken_once(pieces in prop::collection::vec((0_u64..60, 1_u64..12), 1..40)) {
            let (mut ranges, mut rows) = (RowRanges::default(), BTreeSet::new());
            for (start, length) in pieces {
                let piece = start..start + length;
                let repeated = piece.clone().find(|row| rows.contains(row));
                match (ranges.require_new(piece.start, piece.end), repeated) {
                    (Ok(()), None) => {
                        ranges.insert(piece.start, piece.end);
                        rows.extend(piece);
                    }
                    (Err(Error::RepeatedRow { row }), Some(expected)) => prop_assert_eq!(row, expected),
                    (result, expected) => prop_assert!(false, "{:?} for {:?}", result, expected),
                }
            }
            let covered: Vec<u64> = ranges.ranges.iter().flat_map(|(&start, &end)| start..end).collect();
            prop_assert!(covered.iter().eq(rows.iter()));
            let touches = ranges.ranges.values().any(|end| ranges.ranges.contains_key(end));
            prop_assert!(!touches);
        }
    }
}
