//! Grey images of one size and their classes: read, split into disjoint parts, cut down to chosen classes.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use anyhow::ensure;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tensor_core::{Kind, Result, Seed, Tensor, array_io, convert, random};

/// Width and height of an image [pixels].
pub(crate) const SIDE: usize = 28;
/// Pixels of an image.
pub(crate) const N_PIXELS: usize = SIDE * SIDE;

/// Images and their classes.
#[derive(Debug, Clone, Default)]
pub(crate) struct ImageSet {
    /// Grey levels 0..=255, image after image, row after row.
    pixels: Vec<u8>,
    labels: Vec<i64>,
}

/// Images of each class that a part of a data set holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SplitSizes {
    /// For training source networks.
    pub(crate) source: usize,
    /// For scoring and fine-tuning.
    pub(crate) target_train: usize,
    /// For measuring what fine-tuning reached.
    pub(crate) target_test: usize,
}

/// Three parts of a data set that share no image, each with equally many images of every class.
#[derive(Debug, Clone)]
pub(crate) struct Split {
    pub(crate) source: ImageSet,
    pub(crate) target_train: ImageSet,
    pub(crate) target_test: ImageSet,
}

impl ImageSet {
    /// Reads two IDX files; images of another size than 28 x 28 go through `enlarge` first.
    pub(crate) fn read(
        images_path: &Path,
        labels_path: &Path,
        enlarge: Option<fn(&Tensor) -> Result<Tensor>>,
    ) -> anyhow::Result<Self> {
        let mut images = array_io::read_idx(images_path)?;
        if let Some(enlarge) = enlarge {
            images = enlarge(&images)?;
        }
        let pixels = convert::vector::<u8>("images", &images.f_flatten(0, -1)?)?;
        let labels = convert::vector::<i64>("labels", &array_io::read_idx(labels_path)?)?;
        ensure!(
            pixels.len() == labels.len() * N_PIXELS,
            "{} holds {} pixels: expected {N_PIXELS} for each of the {} labels in {}",
            images_path.display(),
            pixels.len(),
            labels.len(),
            labels_path.display()
        );
        Ok(Self { pixels, labels })
    }

    /// Number of images.
    pub(crate) fn len(&self) -> usize {
        self.labels.len()
    }

    /// Number of classes, when the labels are 0, 1, …, up to the greatest.
    pub(crate) fn n_classes(&self) -> i64 {
        self.labels.iter().max().map_or(0, |label| label + 1)
    }

    /// The class of each image.
    pub(crate) fn labels(&self) -> &[i64] {
        &self.labels
    }

    /// The grey levels of image `index`.
    pub(crate) fn image(&self, index: usize) -> &[u8] {
        &self.pixels[index * N_PIXELS..(index + 1) * N_PIXELS]
    }

    /// The images with these indices, in this order.
    pub(crate) fn select(&self, indices: &[usize]) -> Self {
        Self {
            pixels: indices
                .iter()
                .flat_map(|&index| self.image(index))
                .copied()
                .collect(),
            labels: indices.iter().map(|&index| self.labels[index]).collect(),
        }
    }

    /// Splits the images at random, class by class.
    pub(crate) fn split(&self, sizes: SplitSizes, seed: Seed) -> anyhow::Result<Split> {
        let needed = sizes.source + sizes.target_train + sizes.target_test;
        let mut parts: [Vec<usize>; 3] = Default::default();
        for (class, members) in self.members() {
            ensure!(
                members.len() >= needed,
                "class {class} has {} images: expected {needed}",
                members.len()
            );
            let order = random::permutation(&mut seed.stream("split", class as u64), members.len());
            let mut shuffled = order.into_iter().map(|place| members[place]);
            let counts = [sizes.source, sizes.target_train, sizes.target_test];
            for (part, count) in parts.iter_mut().zip(counts) {
                part.extend(shuffled.by_ref().take(count));
            }
        }
        let [source, target_train, target_test] = parts.map(|part| self.select(&part));
        Ok(Split {
            source,
            target_train,
            target_test,
        })
    }

    /// The first `per_class` images of each of the classes, which become classes 0, 1, … in the order given.
    pub(crate) fn of_classes(&self, classes: &[i64], per_class: usize) -> Self {
        let members = self.members();
        let mut chosen = Self::default();
        for (new_label, class) in (0..).zip(classes) {
            let indices: Vec<usize> = members
                .get(class)
                .into_iter()
                .flatten()
                .copied()
                .take(per_class)
                .collect();
            let mut part = self.select(&indices);
            part.labels.fill(new_label);
            chosen.append(part);
        }
        chosen
    }

    /// Adds the images of `other` behind these.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.pixels.append(&mut other.pixels);
        self.labels.append(&mut other.labels);
    }

    /// The same labels with each image's grey levels changed in place.
    pub(crate) fn with_images(mut self, change: impl Fn(&mut [u8])) -> Self {
        self.pixels.chunks_exact_mut(N_PIXELS).for_each(change);
        self
    }

    /// The same images with the labels dealt out at random.
    pub(crate) fn with_shuffled_labels(mut self, seed: Seed) -> Self {
        let order = random::permutation(&mut seed.stream("shuffled labels", 0), self.len());
        self.labels = order.into_iter().map(|place| self.labels[place]).collect();
        self
    }

    /// Images `range` as (n, 1, 28, 28) in -1..=1, f32.
    pub(crate) fn images(&self, range: Range<usize>) -> Result<Tensor> {
        let shape = [range.len() as i64, 1, SIDE as i64, SIDE as i64];
        let pixels = &self.pixels[range.start * N_PIXELS..range.end * N_PIXELS];
        let grey = convert::tensor_from_slice(pixels, &shape)?.f_to_kind(Kind::Float)?;
        Ok(grey.f_mul_scalar(2.0 / 255.0)?.f_sub_scalar(1.0)?)
    }

    /// SHA-256 of the pixels and the labels.
    pub(crate) fn sha256(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(&self.pixels);
        for label in &self.labels {
            hash.update(label.to_le_bytes());
        }
        hash.finalize().into()
    }

    fn members(&self) -> BTreeMap<i64, Vec<usize>> {
        let mut members = BTreeMap::<i64, Vec<usize>>::new();
        for (index, &label) in self.labels.iter().enumerate() {
            members.entry(label).or_default().push(index);
        }
        members
    }
}
