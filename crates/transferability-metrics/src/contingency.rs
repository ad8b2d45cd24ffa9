//! The contingency table of predicted source classes and labels, and its conditional entropy.

use tensor_core::convert;

use crate::{Labels, NestedRows, Result, Sample};

/// The samples sorted by predicted class and label: the cells of the table lie there as runs, so that the number of
/// classes on either side does not matter.
pub(crate) struct Contingency {
    entries: Vec<Entry>,
}

/// A sample in the table.
#[derive(Clone, Copy)]
struct Entry {
    source: usize,
    target: usize,
    weight: f64,
    row: usize,
}

/// The entropy of the labels given the predicted class, and what its estimate rests on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConditionalEntropy {
    /// `H(Y | Z)` of the frequencies, in nats; negative zero if the prediction determines the label.
    pub(crate) entropy: f64,
    /// The number of pairs of a predicted class and a label that occur.
    pub(crate) n_cells: usize,
    /// The number of classes that are predicted.
    pub(crate) n_source_classes: usize,
    /// The number of samples: the sum of the weights.
    pub(crate) total_weight: f64,
}

impl Contingency {
    /// Sorts the samples.
    pub(crate) fn new(predictions: &[usize], labels: &Labels, weights: Option<&[f64]>) -> Self {
        let mut entries: Vec<Entry> = predictions
            .iter()
            .zip(labels.indices())
            .enumerate()
            .map(|(row, (&source, &target))| Entry {
                source,
                target,
                weight: weights.map_or(1.0, |weights| weights[row]),
                row,
            })
            .collect();
        entries.sort_by_key(|entry| (entry.source, entry.target));
        Self { entries }
    }

    /// The table of the rows that are wanted.
    fn restricted(&self, wanted: impl Fn(usize) -> bool) -> Self {
        let entries = self.entries.iter().filter(|entry| wanted(entry.row));
        Self {
            entries: entries.copied().collect(),
        }
    }

    /// The entropy of the labels given the predicted class.
    pub(crate) fn conditional_entropy(&self) -> ConditionalEntropy {
        let mut negative_sum = 0.0;
        let (mut n_cells, mut n_source_classes) = (0, 0);
        for source_class in self.entries.chunk_by(|left, right| left.source == right.source) {
            let source_mass = mass(source_class);
            n_source_classes += usize::from(source_mass > 0.0);
            for cell in source_class.chunk_by(|left, right| left.target == right.target) {
                let cell_mass = mass(cell);
                if cell_mass > 0.0 {
                    n_cells += 1;
                    negative_sum += cell_mass * (cell_mass / source_mass).ln();
                }
            }
        }
        let total_weight = mass(&self.entries);
        ConditionalEntropy {
            entropy: -(negative_sum / total_weight),
            n_cells,
            n_source_classes,
            total_weight,
        }
    }
}

/// The source class that the network predicts for each sample: the first of several maxima, as torch documents `argmax`.
pub(crate) fn predicted_classes(sample: &Sample) -> Result<Vec<usize>> {
    let probabilities = sample.probabilities()?;
    let predicted = probabilities.tensor().f_argmax(1, false)?;
    Ok(convert::vector::<i64>(probabilities.name(), &predicted)?
        .into_iter()
        .map(|class| usize::try_from(class).expect("argmax is a column index"))
        .collect())
}

/// The conditional entropy of each stage, in `O(n)` a stage once the samples are sorted.
pub(crate) fn nested_entropies(sample: &Sample, nested: &NestedRows) -> Result<Vec<ConditionalEntropy>> {
    nested.check(sample)?;
    let table = Contingency::new(&predicted_classes(sample)?, sample.labels(), sample.weights());
    let mut position = vec![usize::MAX; sample.n_samples()];
    for (place, row) in nested.staged_order().into_iter().enumerate() {
        position[row] = place;
    }
    let of_stage = |&length: &usize| {
        table
            .restricted(|row| position[row] < length)
            .conditional_entropy()
    };
    Ok(nested.lengths().iter().map(of_stage).collect())
}

fn mass(entries: &[Entry]) -> f64 {
    entries.iter().map(|entry| entry.weight).sum()
}
