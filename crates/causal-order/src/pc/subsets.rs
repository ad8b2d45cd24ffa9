//! Subsets of one size in lexicographic order.

/// Walks over the subsets of a list without allocating for each.
///
/// The members of a subset are in the order of the list.
#[derive(Debug, Default)]
pub(super) struct Subsets {
    places: Vec<usize>,
    members: Vec<usize>,
}

impl Subsets {
    /// Begins with the first `size` members of `list`, if it has as many.
    pub(super) fn first(&mut self, list: &[usize], size: usize) -> bool {
        self.places.clear();
        self.members.clear();
        if size > list.len() {
            return false;
        }
        self.places.extend(0..size);
        self.members.extend_from_slice(&list[..size]);
        true
    }

    /// Goes to the next subset of the same list, if there is one.
    pub(super) fn next(&mut self, list: &[usize]) -> bool {
        let size = self.places.len();
        let n_free = list.len() - size;
        // The last place that is not yet as far back as it can be.
        let Some(moved) = (0..size).rev().find(|&place| self.places[place] < n_free + place) else {
            return false;
        };
        let start = self.places[moved] + 1;
        for place in moved..size {
            self.places[place] = start + place - moved;
            self.members[place] = list[self.places[place]];
        }
        true
    }

    /// The present subset.
    pub(super) fn members(&self) -> &[usize] {
        &self.members
    }
}

#[cfg(test)]
mod tests {
    use super::Subsets;

    fn all(list: &[usize], size: usize) -> Vec<Vec<usize>> {
        let mut subsets = Subsets::default();
        let mut found = Vec::new();
        let mut is_there = subsets.first(list, size);
        while is_there {
            found.push(subsets.members().to_vec());
            is_there = subsets.next(list);
        }
        found
    }

    #[test]
    fn subsets_come_in_lexicographic_order() {
        let pairs = [[2, 3], [2, 5], [2, 9], [3, 5], [3, 9], [5, 9]];
        assert_eq!(all(&[2, 3, 5, 9], 2), pairs);
        assert_eq!(all(&[2, 3], 0), [[0_usize; 0]]);
        assert_eq!(all(&[2, 3], 2), [[2, 3]]);
        assert!(all(&[2, 3], 3).is_empty());
        assert_eq!(all(&(0..10).collect::<Vec<_>>(), 4).len(), 210);
    }
}
