//! Counting by sorting rows by their cells, of which there may be any number.

use super::{Columns, StateCounts, StratumSums};

#[derive(Default)]
pub(super) struct Scratch {
    strata: Vec<u64>,
    distinct: Vec<u64>,
    keys: Vec<u64>,
    /// For every state of y its rows in the stratum, and then its place among those that have any.
    places: Vec<u32>,
    observed: Vec<u16>,
    of_y: Vec<u32>,
    cells: Vec<u32>,
}

pub(super) fn sum(
    columns: Columns<'_>,
    scratch: &mut Scratch,
    statistic: impl Fn(&StateCounts<'_>) -> f64,
) -> StratumSums {
    let Columns { table, x, y, .. } = columns;
    strata(columns, scratch);
    let Scratch {
        strata,
        keys,
        places,
        observed,
        of_y,
        cells,
        ..
    } = scratch;
    keys.clear();
    let pairs = table.column(x).iter().zip(table.column(y));
    keys.extend(
        strata
            .iter()
            .zip(pairs)
            .map(|(stratum, (&x, &y))| stratum << 32 | u64::from(x) << 16 | u64::from(y)),
    );
    keys.sort_unstable();
    places.clear();
    places.resize(table.n_states(y), 0);
    let mut sums = StratumSums::default();
    for stratum in keys.chunk_by(|a, b| a >> 32 == b >> 32) {
        observed.clear();
        for &key in stratum {
            let y = key as u16;
            if places[usize::from(y)] == 0 {
                observed.push(y);
            }
            places[usize::from(y)] += 1;
        }
        observed.sort_unstable();
        of_y.clear();
        of_y.extend(observed.iter().map(|&y| places[usize::from(y)]));
        for (place, &y) in observed.iter().enumerate() {
            places[usize::from(y)] = place as u32;
        }
        let mut n_observed = 0;
        for rows in stratum.chunk_by(|a, b| a >> 16 == b >> 16) {
            cells.clear();
            cells.resize(of_y.len(), 0);
            for &key in rows {
                cells[places[usize::from(key as u16)] as usize] += 1;
            }
            n_observed += 1;
            sums.statistic += statistic(&StateCounts {
                cells,
                of_x: rows.len() as u32,
                of_y,
                n_rows: stratum.len() as u32,
            });
        }
        sums.degrees_of_freedom += (n_observed - 1) * (of_y.len() as u64 - 1);
        for &y in &*observed {
            places[usize::from(y)] = 0;
        }
    }
    sums
}

/// Numbers the configurations of the conditioning set, in ascending order and within 32 bits.
fn strata(columns: Columns<'_>, scratch: &mut Scratch) {
    let Columns { table, given, .. } = columns;
    let Scratch { strata, distinct, .. } = scratch;
    strata.clear();
    strata.resize(table.n_rows(), 0);
    let mut n_strata = 1_u64;
    for &node in given {
        let n_states = table.n_states(node) as u64;
        for (stratum, &state) in strata.iter_mut().zip(table.column(node)) {
            *stratum = *stratum * n_states + u64::from(state);
        }
        n_strata *= n_states;
        if n_strata > u64::from(u32::MAX) {
            // Number those that occur.
            distinct.clear();
            distinct.extend_from_slice(strata);
            distinct.sort_unstable();
            distinct.dedup();
            for stratum in &mut *strata {
                *stratum = distinct.partition_point(|other| other < stratum) as u64;
            }
            n_strata = distinct.len() as u64;
        }
    }
}
