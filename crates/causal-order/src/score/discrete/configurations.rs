//! Which configuration of some variables each row is in.

use std::collections::HashMap;

use causal_graph::DiscreteTable;

use super::family_counts::{FamilyCounts, histogram};

/// The columns of a table with their unobserved states taken out.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    codes: Vec<Vec<u16>>,
    n_observed: Vec<usize>,
    n_states: Vec<usize>,
    n_rows: usize,
}

impl Columns {
    pub(super) fn new(table: &DiscreteTable) -> Self {
        let nodes = 0..table.n_columns();
        let (codes, n_observed) = nodes
            .clone()
            .map(|node| without_unobserved(table.column(node), table.n_states(node)))
            .unzip();
        Self {
            codes,
            n_observed,
            n_states: nodes.map(|node| table.n_states(node)).collect(),
            n_rows: table.n_rows(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.codes.len()
    }

    pub(super) fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The number of states of a node, observed or not.
    pub(super) fn n_states(&self, node: usize) -> usize {
        self.n_states[node]
    }

    pub(super) fn max_states(&self) -> usize {
        self.n_states.iter().copied().max().unwrap_or(0)
    }

    pub(super) fn n_observed(&self, node: usize) -> usize {
        self.n_observed[node]
    }

    pub(super) fn codes(&self, node: usize) -> &[u16] {
        &self.codes[node]
    }

    /// The most cells that are counted in an array; more are counted in a hash table.
    pub(super) fn max_cells(&self) -> usize {
        (4 * self.n_rows).max(1 << 12)
    }
}

/// The codes renumbered over the states that occur, and their number.
fn without_unobserved(codes: &[u16], n_states: usize) -> (Vec<u16>, usize) {
    let mut is_observed = vec![false; n_states];
    for &code in codes {
        is_observed[usize::from(code)] = true;
    }
    let mut n_observed = 0;
    let mut renumbered = vec![0; n_states];
    for (new, observed) in renumbered.iter_mut().zip(is_observed) {
        *new = n_observed as u16;
        n_observed += usize::from(observed);
    }
    (
        codes.iter().map(|&code| renumbered[usize::from(code)]).collect(),
        n_observed,
    )
}

/// The configuration of some variables in each row, by numbers below `n`, which is small enough for an array.
pub(super) struct Configurations {
    of_row: Vec<u32>,
    n: usize,
}

impl Configurations {
    pub(super) fn of(columns: &Columns, variables: &[usize]) -> Self {
        let Some((&first, rest)) = variables.split_first() else {
            return Self {
                of_row: vec![0; columns.n_rows()],
                n: 1,
            };
        };
        let mut configurations = Self {
            of_row: columns.codes(first).iter().copied().map(u32::from).collect(),
            n: columns.n_observed(first),
        };
        for &variable in rest {
            configurations.refine(columns, variable);
        }
        configurations
    }

    /// Tells configurations apart by one variable more.
    fn refine(&mut self, columns: &Columns, variable: usize) {
        let (codes, radix) = (columns.codes(variable), columns.n_observed(variable));
        let product = self.n.saturating_mul(radix);
        if product <= columns.max_cells() {
            for (configuration, &code) in self.of_row.iter_mut().zip(codes) {
                *configuration = *configuration * radix as u32 + u32::from(code);
            }
            self.n = product;
        } else {
            self.n = number_pairs(&mut self.of_row, codes);
        }
    }

    /// The cell of each row in a table of the configurations by the states of `child`, if that fits an array.
    pub(super) fn cells(&self, columns: &Columns, child: usize) -> Option<Cells> {
        let n_states = columns.n_observed(child);
        let n = self.n.saturating_mul(n_states);
        (n <= columns.max_cells()).then(|| Cells {
            of_row: self
                .of_row
                .iter()
                .zip(columns.codes(child))
                .map(|(&configuration, &code)| configuration * n_states as u32 + u32::from(code))
                .collect(),
            n,
            n_states,
            counts: Vec::new(),
        })
    }

    pub(super) fn of_row(&self) -> &[u32] {
        &self.of_row
    }
}

/// Gives the pairs of a configuration and a code numbers in the order in which they come, and returns how many there are.
pub(super) fn number_pairs(of_row: &mut [u32], codes: &[u16]) -> usize {
    let mut numbers: HashMap<u64, u32> = HashMap::new();
    for (configuration, &code) in of_row.iter_mut().zip(codes) {
        let next = numbers.len() as u32;
        let pair = (u64::from(*configuration) << 16) | u64::from(code);
        *configuration = *numbers.entry(pair).or_insert(next);
    }
    numbers.len()
}

/// The cell of each row in a table of configurations by states of a child, the states next to each other.
pub(super) struct Cells {
    of_row: Vec<u32>,
    n: usize,
    n_states: usize,
    counts: Vec<u32>,
}

impl Cells {
    /// The counts as they are.
    pub(super) fn count(&mut self) -> FamilyCounts<'_> {
        histogram(&mut self.counts, self.n, self.of_row.iter().copied());
        FamilyCounts::of_cells(&self.counts, self.n_states)
    }

    /// The counts with one more parent, if they fit an array.
    pub(super) fn count_with(&mut self, columns: &Columns, parent: usize) -> Option<FamilyCounts<'_>> {
        let n = self.n.saturating_mul(columns.n_observed(parent));
        if n > columns.max_cells() {
            return None;
        }
        let stride = self.n as u32;
        let cells = self.of_row.iter().zip(columns.codes(parent));
        histogram(
            &mut self.counts,
            n,
            cells.map(|(&cell, &code)| u32::from(code) * stride + cell),
        );
        Some(FamilyCounts::of_cells(&self.counts, self.n_states))
    }
}
