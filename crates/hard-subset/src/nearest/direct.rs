//! Similarities of chosen pairs of rows by their definition, in double precision.

use std::ops::Range;

use tensor_core::{Tensor, convert};

use super::blocks::{blocks, rows_of_width};
use crate::{Kernel, Result};

/// Similarities straight from the rows, without the rounding of products.
pub(super) struct Direct<'a> {
    targets: &'a Tensor,
    references: &'a Tensor,
    kernel: Kernel,
}

impl<'a> Direct<'a> {
    pub(super) fn new(targets: &'a Tensor, references: &'a Tensor, kernel: Kernel) -> Self {
        Self {
            targets,
            references,
            kernel,
        }
    }

    /// The similarities of one target to some references.
    pub(super) fn similarities(&self, target: usize, references: &[usize]) -> Result<Vec<f64>> {
        let row = self.target(target)?;
        let mut similarities = Vec::with_capacity(references.len());
        for chosen in references.chunks(rows_of_width(row.len())) {
            let indices: Vec<i64> = chosen.iter().map(|&index| index as i64).collect();
            let indices = Tensor::f_from_slice(&indices)?.f_to_device(self.references.device())?;
            self.extend(
                &mut similarities,
                &row,
                &self.references.f_index_select(0, &indices)?,
            )?;
        }
        Ok(similarities)
    }

    /// The similarities of one target to all references.
    pub(super) fn all(&self, target: usize) -> Result<Vec<f64>> {
        let row = self.target(target)?;
        let n_references = self.references.size()[0] as usize;
        let mut similarities = Vec::with_capacity(n_references);
        for Range { start, end } in blocks(n_references, rows_of_width(row.len())) {
            let rows = self.references.f_narrow(0, start as i64, (end - start) as i64)?;
            self.extend(&mut similarities, &row, &rows)?;
        }
        Ok(similarities)
    }

    fn target(&self, target: usize) -> Result<Vec<f64>> {
        Ok(convert::vector(
            "targets",
            &self.targets.f_select(0, target as i64)?,
        )?)
    }

    fn extend(&self, similarities: &mut Vec<f64>, row: &[f64], references: &Tensor) -> Result<()> {
        let references: Vec<f64> = convert::vector("references", &references.f_reshape([-1])?)?;
        similarities.extend(
            references
                .chunks(row.len())
                .map(|reference| self.kernel.of(row, reference)),
        );
        Ok(())
    }
}
