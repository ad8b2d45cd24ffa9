//! Rows of one layer, in the form in which matrix products take them.

use std::ops::Range;

use tensor_core::{Kind, Tensor, convert};

use super::blocks::{blocks, rows_of_width};
use crate::unit_rows::LEAST_NORM;
use crate::{Kernel, Result};

/// Targets and references in a form in which one inner product gives their similarity, or what ranks them alike.
///
/// ```text
/// Cosine                x' = x / ||x||                       <x', y'> = cosine
/// Cosine, centred       x' = v / ||v||,  v = x / ||x|| - u   u  mean of the references' unit rows
/// Euclidean and Rbf     x' = (2 (x - c), 1, -||x - c||^2)    c  mean of the references
///                       y' = (y - c, -||y - c||^2, 1)        <x', y'> = -||x - y||^2
/// ```
///
/// A row without direction becomes 0. Distances do not depend on c, but lose fewer digits about it.
pub(super) struct Pair {
    pub(super) targets: Rows,
    pub(super) references: Rows,
    /// What the products are computed in: `f32` for cosines of `f32` rows; differences of squares need `f64`.
    pub(super) kind: Kind,
}

/// Rows and what is done to them. Nothing is stored but a few numbers a row: blocks are brought into the form when they
/// are needed.
pub(super) struct Rows {
    tensor: Tensor,
    /// Divides each row by its norm.
    scale: Option<Vec<f64>>,
    /// Is then subtracted from each row.
    centre: Option<Tensor>,
    /// Divides each row by its norm once more.
    rescale: Option<Vec<f64>>,
    /// Makes a position out of each row.
    position: Option<(Side, Vec<f64>)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Target,
    Reference,
}

/// The greatest norm of rows whose cosines are computed in `f32`: its inverse still has all its digits.
const GREATEST_SINGLE_NORM: f64 = 1e30;

impl Pair {
    /// Rows for a kernel; `centre` matters to the cosine alone.
    ///
    /// # Errors
    ///
    /// A norm that overflows.
    pub(super) fn new(targets: &Tensor, references: &Tensor, kernel: Kernel, centre: bool) -> Result<Self> {
        let mut targets = Rows::new(targets);
        let mut references = Rows::new(references);
        if kernel != Kernel::Cosine {
            let mean = references.mean()?;
            targets.centre = Some(mean.shallow_clone());
            references.centre = Some(mean);
            targets.position = Some((Side::Target, targets.square_norms("targets")?));
            references.position = Some((Side::Reference, references.square_norms("references")?));
            return Ok(Self {
                targets,
                references,
                kind: Kind::Double,
            });
        }
        let (target_norms, reference_norms) = (targets.norms("targets")?, references.norms("references")?);
        let is_single = targets.tensor.f_kind()? == Kind::Float
            && references.tensor.f_kind()? == Kind::Float
            && target_norms
                .iter()
                .chain(&reference_norms)
                .all(|&norm| norm <= GREATEST_SINGLE_NORM);
        targets.scale = Some(inverse(&target_norms));
        references.scale = Some(inverse(&reference_norms));
        if centre {
            let mean = references.mean()?;
            targets.recentre("targets", &mean)?;
            references.recentre("references", &mean)?;
        }
        Ok(Self {
            targets,
            references,
            kind: if is_single { Kind::Float } else { Kind::Double },
        })
    }
}

impl Rows {
    fn new(tensor: &Tensor) -> Self {
        Self {
            tensor: tensor.shallow_clone(),
            scale: None,
            centre: None,
            rescale: None,
            position: None,
        }
    }

    /// The rows as given.
    pub(super) fn tensor(&self) -> &Tensor {
        &self.tensor
    }

    pub(super) fn n_rows(&self) -> usize {
        self.tensor.size()[0] as usize
    }

    /// The length of a row in its form.
    pub(super) fn width(&self) -> usize {
        let n_columns = self.tensor.size()[1] as usize;
        n_columns + 2 * usize::from(self.position.is_some())
    }

    /// Rows without direction, which became 0.
    pub(super) fn n_zero(&self) -> usize {
        let zeros = |scale: &Option<Vec<f64>>| scale.iter().flatten().filter(|&&scale| scale == 0.0).count();
        zeros(self.rescale.as_ref().map_or(&self.scale, |_| &self.rescale))
    }

    /// The squared norm of each row about the centre; nothing for directions.
    pub(super) fn square_lengths(&self) -> Option<&[f64]> {
        self.position
            .as_ref()
            .map(|(_, square_norms)| square_norms.as_slice())
    }

    /// The mean of all rows in their form, `(1, width)`, `f64`.
    pub(super) fn mean(&self) -> Result<Tensor> {
        let rows: &[i64] = &[0];
        let mut sum = Tensor::f_zeros([1, self.width() as i64], (Kind::Double, self.tensor.device()))?;
        for range in blocks(self.n_rows(), rows_of_width(self.width())) {
            let block = self.double(range)?;
            let _ = sum.f_add_(&block.f_sum_dim_intlist(rows, true, Kind::Double)?)?;
        }
        Ok(sum.f_div_scalar(self.n_rows() as f64)?)
    }

    /// Some rows in their form, `f64`.
    pub(super) fn double(&self, range: Range<usize>) -> Result<Tensor> {
        let shape = [range.len() as i64, self.width() as i64];
        let mut place = Tensor::f_empty(shape, (Kind::Double, self.tensor.device()))?;
        self.write(range, &mut place)?;
        Ok(place)
    }

    /// Writes some rows in their form.
    pub(super) fn write(&self, range: Range<usize>, place: &mut Tensor) -> Result<()> {
        if self.centre.is_some() && place.f_kind()? != Kind::Double {
            // Differences are taken in f64 and rounded once.
            for part in blocks(range.len(), rows_of_width(self.width())) {
                let rows = self.double(range.start + part.start..range.start + part.end)?;
                place
                    .f_narrow(0, part.start as i64, part.len() as i64)?
                    .f_copy_(&rows)?;
            }
            return Ok(());
        }
        let n_columns = self.tensor.size()[1];
        let rows = self.tensor.f_narrow(0, range.start as i64, range.len() as i64)?;
        let mut main = place.f_narrow(1, 0, n_columns)?;
        if let Some(scale) = &self.scale {
            let _ = rows.f_mul_out(&main, &self.column(scale, &range, place)?)?;
        } else {
            main.f_copy_(&rows)?;
        }
        if let Some(centre) = &self.centre {
            let _ = main.f_sub_(centre)?;
        }
        if let Some(rescale) = &self.rescale {
            let _ = main.f_mul_(&self.column(rescale, &range, place)?)?;
        }
        if let Some((side, square_norms)) = &self.position {
            let negative = self.column(square_norms, &range, place)?.f_neg()?;
            let (ones, squares) = match side {
                Side::Target => (n_columns, n_columns + 1),
                Side::Reference => (n_columns + 1, n_columns),
            };
            if *side == Side::Target {
                let _ = main.f_mul_scalar_(2.0)?;
            }
            let _ = place.f_narrow(1, ones, 1)?.f_fill_(1.0)?;
            place.f_narrow(1, squares, 1)?.f_copy_(&negative)?;
        }
        Ok(())
    }

    /// Some of the numbers that belong to the rows, `(rows, 1)`, of the kind of the place.
    fn column(&self, values: &[f64], range: &Range<usize>, place: &Tensor) -> Result<Tensor> {
        let column = convert::tensor_from_slice(&values[range.clone()], &[range.len() as i64, 1])?;
        Ok(column
            .f_to_kind(place.f_kind()?)?
            .f_to_device(self.tensor.device())?)
    }

    fn recentre(&mut self, what: &str, mean: &Tensor) -> Result<()> {
        self.centre = Some(mean.shallow_clone());
        let mut rescale = inverse(&self.norms(what)?);
        for (rescale, &scale) in rescale.iter_mut().zip(self.scale.iter().flatten()) {
            // No direction before, none after: the mean alone says nothing about the row.
            if scale == 0.0 {
                *rescale = 0.0;
            }
        }
        self.rescale = Some(rescale);
        Ok(())
    }

    fn square_norms(&self, what: &str) -> Result<Vec<f64>> {
        let columns: &[i64] = &[1];
        let mut square_norms = Vec::with_capacity(self.n_rows());
        for range in blocks(self.n_rows(), rows_of_width(self.width())) {
            let squares = self
                .double(range)?
                .f_square()?
                .f_sum_dim_intlist(columns, false, Kind::Double)?;
            square_norms.extend(convert::vector::<f64>(what, &squares)?);
        }
        // A squared distance is at most twice the sum of two squared norms.
        let bound = |square: &f64| 4.0 * square;
        match square_norms.iter().position(|square| !bound(square).is_finite()) {
            None => Ok(square_norms),
            Some(row) => Err(tensor_core::Error::NonFinite {
                what: format!("squared norms of the {what}"),
                index: vec![row],
                value: bound(&square_norms[row]),
            }
            .into()),
        }
    }

    fn norms(&self, what: &str) -> Result<Vec<f64>> {
        Ok(self
            .square_norms(what)?
            .iter()
            .map(|square| square.sqrt())
            .collect())
    }
}

/// One over each norm, 0 for a norm that is too small to give a direction.
fn inverse(norms: &[f64]) -> Vec<f64> {
    norms
        .iter()
        .map(|&norm| if norm < LEAST_NORM { 0.0 } else { 1.0 / norm })
        .collect()
}
