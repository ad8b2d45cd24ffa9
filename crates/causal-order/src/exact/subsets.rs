//! Sets of the nodes other than a child, as bits without a gap.

/// The set of nodes without the child, which is not in it: the nodes above the child move down by one.
pub(super) fn without_child(set: u32, child: usize) -> usize {
    let below = (1_u32 << child) - 1;
    ((set & below) | ((set >> 1) & !below)) as usize
}

/// The node of a bit.
pub(super) fn node_of_bit(bit: usize, child: usize) -> usize {
    bit + usize::from(bit >= child)
}

/// The bits of a set, ascending.
pub(super) fn bits(mut set: usize) -> impl DoubleEndedIterator<Item = usize> + Clone {
    let mut ascending = [0_u8; usize::BITS as usize];
    let mut n = 0;
    while set != 0 {
        ascending[n] = set.trailing_zeros() as u8;
        n += 1;
        set &= set - 1;
    }
    (0..n).map(move |place| usize::from(ascending[place]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gap_closes_and_opens() {
        // Nodes 0, 3 and 4 of 5 without node 2: bits 0, 2 and 3.
        let set = without_child(0b1_1001, 2);
        assert_eq!(set, 0b1101);
        assert_eq!(
            bits(set).map(|bit| node_of_bit(bit, 2)).collect::<Vec<_>>(),
            [0, 3, 4]
        );
        assert_eq!(without_child(0b10, 0), 1);
    }
}
