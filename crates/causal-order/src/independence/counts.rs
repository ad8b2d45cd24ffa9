//! Counts of two variables in each stratum of a conditioning set.

use std::cell::RefCell;

use causal_graph::DiscreteTable;

mod bits;
mod dense;
mod sorted;

use bits::StateBits;

/// The rows of a stratum in which x has one of its states.
pub(super) struct StateCounts<'a> {
    /// Those rows by the state of y.
    pub(super) cells: &'a [u32],
    /// Their number, above 0.
    pub(super) of_x: u32,
    /// The rows of the stratum by the state of y, in the order of `cells`.
    pub(super) of_y: &'a [u32],
    /// The number of rows of the stratum.
    pub(super) n_rows: u32,
}

/// What is summed over strata.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct StratumSums {
    /// The statistic.
    pub(super) statistic: f64,
    /// `(states of x that have rows - 1) (states of y that have rows - 1)`.
    pub(super) degrees_of_freedom: u64,
}

/// The columns of a test.
#[derive(Clone, Copy)]
struct Columns<'a> {
    table: &'a DiscreteTable,
    x: usize,
    y: usize,
    given: &'a [usize],
}

/// Memory of the last test of the thread, so that tests need not allocate.
#[derive(Default)]
struct Scratch {
    bits: bits::Scratch,
    lanes: dense::Lanes,
    cells: Vec<u32>,
    of_y: Vec<u32>,
    sorted: sorted::Scratch,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// A table whose rows can be counted.
#[derive(Debug, Clone)]
pub(super) struct CountedTable {
    table: DiscreteTable,
    bits: StateBits,
}

impl CountedTable {
    pub(super) fn new(table: &DiscreteTable) -> Self {
        Self {
            table: table.clone(),
            bits: StateBits::new(table),
        }
    }

    pub(super) fn table(&self) -> &DiscreteTable {
        &self.table
    }

    /// Adds a statistic up over the states of x in all strata that have rows.
    ///
    /// # Complexity
    ///
    /// O(n c / 64) for n rows and c cells while these are few, O(n) up to some 16 n cells, O(n log n) beyond.
    pub(super) fn sum_over_strata(
        &self,
        [x, y]: [usize; 2],
        given: &[usize],
        statistic: impl Fn(&StateCounts<'_>) -> f64,
    ) -> StratumSums {
        let table = &self.table;
        let columns = Columns { table, x, y, given };
        SCRATCH.with_borrow_mut(|scratch| match dense::n_cells(columns) {
            None => sorted::sum(columns, &mut scratch.sorted, statistic),
            Some(n_cells) => {
                if self.bits.suit(columns, n_cells) {
                    self.bits.count(columns, &mut scratch.cells, &mut scratch.bits);
                } else {
                    dense::count(columns, n_cells, &mut scratch.cells, &mut scratch.lanes);
                }
                dense::sum(columns, &scratch.cells, &mut scratch.of_y, statistic)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use causal_graph::Nodes;
    use proptest::prelude::*;

    use super::*;

    fn table(n_states: &[u16], rows: &[Vec<u16>]) -> DiscreteTable {
        let names = |n: &u16| (0..*n).map(|state| state.to_string()).collect();
        let column = |node: usize| rows.iter().map(|row| row[node] % n_states[node]).collect();
        DiscreteTable::new(
            Nodes::numbered(n_states.len()),
            n_states.iter().map(names).collect(),
            (0..n_states.len()).map(column).collect(),
        )
        .expect("codes are states")
    }

    /// A number that depends on every count, exact for a few hundred rows.
    fn digest(counts: &StateCounts<'_>) -> f64 {
        let cells = counts.cells.iter().zip(counts.of_y);
        let sum: f64 = cells
            .map(|(&cell, &of_y)| f64::from(cell * cell * (of_y + 7)))
            .sum();
        sum * f64::from(counts.of_x + 3) * f64::from(counts.n_rows + 11)
    }

    fn by_definition(columns: Columns<'_>) -> StratumSums {
        let Columns { table, x, y, given } = columns;
        let mut strata = std::collections::BTreeMap::<Vec<u16>, Vec<(usize, usize)>>::new();
        for row in 0..table.n_rows() {
            let key = given.iter().map(|&node| table.column(node)[row]).collect();
            let pair = (
                usize::from(table.column(x)[row]),
                usize::from(table.column(y)[row]),
            );
            strata.entry(key).or_default().push(pair);
        }
        let mut sums = StratumSums::default();
        for pairs in strata.values() {
            let count = |matches: &dyn Fn(&(usize, usize)) -> bool| {
                pairs.iter().filter(|pair| matches(pair)).count() as u32
            };
            let of_y: Vec<u32> = (0..table.n_states(y))
                .map(|j| count(&|pair| pair.1 == j))
                .collect();
            let mut n_observed = 0;
            for i in 0..table.n_states(x) {
                let cells: Vec<u32> = (0..of_y.len()).map(|j| count(&|&pair| pair == (i, j))).collect();
                let of_x = cells.iter().sum();
                if of_x > 0 {
                    n_observed += 1;
                    let n_rows = pairs.len() as u32;
                    sums.statistic += digest(&StateCounts {
                        cells: &cells,
                        of_x,
                        of_y: &of_y,
                        n_rows,
                    });
                }
            }
            let n_observed_y = of_y.iter().filter(|&&count| count > 0).count() as u64;
            sums.degrees_of_freedom += (n_observed - 1) * (n_observed_y - 1);
        }
        sums
    }

    proptest! {
        #[test]
        fn all_ways_of_counting_give_the_counts_of_the_definition(
            n_states in prop::collection::vec(1_u16..5, 4),
            rows in prop::collection::vec(prop::collection::vec(0_u16..60, 4), 1..140),
            n_given in 0_usize..3,
        ) {
            let table = table(&n_states, &rows);
            let columns = Columns { table: &table, x: 1, y: 0, given: &[2, 3][..n_given] };
            let expected = by_definition(columns);
            let n_cells = dense::n_cells(columns).expect("few cells");
            let mut cells = Vec::new();
            dense::count(columns, n_cells, &mut cells, &mut dense::Lanes::default());
            prop_assert_eq!(dense::sum(columns, &cells, &mut Vec::new(), digest), expected);
            let mut by_bits = Vec::new();
            StateBits::new(&table).count(columns, &mut by_bits, &mut bits::Scratch::default());
            prop_assert_eq!(by_bits, cells);
            prop_assert_eq!(sorted::sum(columns, &mut sorted::Scratch::default(), digest), expected);
        }
    }

    #[test]
    fn many_states_are_counted_too() {
        // 600^5 configurations are more than 32 bits.
        let rows: Vec<Vec<u16>> = (0..300_u16)
            .map(|row| (0..7).map(|node| row / 3 * (node + 1) % 600).collect())
            .collect();
        let table = table(&[600; 7], &rows);
        let columns = Columns {
            table: &table,
            x: 0,
            y: 1,
            given: &[2, 3, 4, 5, 6],
        };
        assert_eq!(dense::n_cells(columns), None);
        let expected = by_definition(columns);
        let counted = CountedTable::new(&table);
        assert_eq!(counted.sum_over_strata([0, 1], columns.given, digest), expected);
        assert_eq!(
            counted.sum_over_strata([0, 1], columns.given, digest),
            expected,
            "scratch is used again"
        );
    }
}
