//! Scenes: small real images placed over a texture, with the class of every pixel.

use std::collections::BTreeMap;
use std::ops::Range;

use anyhow::Context;
use rand::{Rng, RngExt};
use sha2::{Digest, Sha256};
use tensor_core::{Kind, Result, Seed, Tensor, convert, random};

use super::task::Task;
use crate::support::data_set::DataSet;
use crate::support::image_set::{ImageSet, SIDE};

/// Width and height of a scene [pixels].
pub(crate) const SCENE_SIDE: usize = 64;
/// Pixels of a scene.
pub(crate) const N_SCENE_PIXELS: usize = SCENE_SIDE * SCENE_SIDE;
/// The label of a pixel at an object's edge, which counts neither in training nor in any measure.
pub(crate) const IGNORED: u8 = 255;

/// Pixels that an object covers by at least this share are its own.
const OWN_COVERAGE: f64 = 0.6;
/// Pixels that it covers by less than this share stay what they were; between the two they are ignored.
const FOREIGN_COVERAGE: f64 = 0.2;
/// Places tried for an object until it overlaps none before it.
const N_PLACEMENTS: usize = 12;
/// Grey levels of a garment's image from which on a pixel is cloth: its background is 0.
const CLOTH: u8 = 8;

/// Scenes and the classes of their pixels.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scenes {
    /// Grey levels, scene after scene, row after row.
    pixels: Vec<u8>,
    /// A class or [`IGNORED`] for each pixel.
    labels: Vec<u8>,
}

/// An image cut out of its background and brought to its size in the scene.
struct Object {
    side: usize,
    /// How far it covers each pixel, 0..=1.
    coverage: Vec<f64>,
    /// Its own brightness, 0..=1; nothing for a silhouette, which takes one tone throughout.
    brightness: Option<Vec<f64>>,
}

impl Scenes {
    /// Draws scenes of a task from these images; scene `i` depends on the seed and `i`, not on how many there are.
    pub(crate) fn draw(
        task: &Task,
        images: &BTreeMap<DataSet, &ImageSet>,
        n_scenes: usize,
        seed: Seed,
    ) -> anyhow::Result<Self> {
        let mut scenes = Self::default();
        for index in 0..n_scenes {
            let mut rng = seed.stream("scene", index as u64);
            let (pixels, labels) = draw_scene(task, images, &mut rng)
                .with_context(|| format!("scene {index} of `{}`", task.name))?;
            scenes.pixels.extend(pixels);
            scenes.labels.extend(labels);
        }
        Ok(scenes)
    }

    /// Number of scenes.
    pub(crate) fn len(&self) -> usize {
        self.labels.len() / N_SCENE_PIXELS
    }

    /// The classes of all pixels, scene after scene, row after row.
    pub(crate) fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// The grey levels of a scene.
    pub(crate) fn scene(&self, index: usize) -> &[u8] {
        &self.pixels[index * N_SCENE_PIXELS..][..N_SCENE_PIXELS]
    }

    /// The classes of a scene's pixels.
    pub(crate) fn scene_labels(&self, index: usize) -> &[u8] {
        &self.labels[index * N_SCENE_PIXELS..][..N_SCENE_PIXELS]
    }

    /// The first `n_scenes` of them.
    pub(crate) fn first(&self, n_scenes: usize) -> Self {
        let n_pixels = N_SCENE_PIXELS * n_scenes.min(self.len());
        Self {
            pixels: self.pixels[..n_pixels].to_vec(),
            labels: self.labels[..n_pixels].to_vec(),
        }
    }

    /// Scenes `range` as (n, 1, 64, 64) in -1..=1, f32.
    pub(crate) fn images(&self, range: Range<usize>) -> Result<Tensor> {
        let side = SCENE_SIDE as i64;
        let shape = [range.len() as i64, 1, side, side];
        let pixels = &self.pixels[range.start * N_SCENE_PIXELS..range.end * N_SCENE_PIXELS];
        let grey = convert::tensor_from_slice(pixels, &shape)?.f_to_kind(Kind::Float)?;
        Ok(grey.f_mul_scalar(2.0 / 255.0)?.f_sub_scalar(1.0)?)
    }

    /// The classes of all pixels as (n, 64, 64), i64, [`IGNORED`] included.
    pub(crate) fn label_maps(&self) -> Result<Tensor> {
        let side = SCENE_SIDE as i64;
        let labels = convert::tensor_from_slice(&self.labels, &[self.len() as i64, side, side])?;
        Ok(labels.f_to_kind(Kind::Int64)?)
    }

    /// SHA-256 of the pixels and the labels.
    pub(crate) fn sha256(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(&self.pixels);
        hash.update(&self.labels);
        hash.finalize().into()
    }
}

fn draw_scene(
    task: &Task,
    images: &BTreeMap<DataSet, &ImageSet>,
    rng: &mut impl Rng,
) -> anyhow::Result<(Vec<u8>, Vec<u8>)> {
    let background = task.backgrounds[rng.random_range(0..task.backgrounds.len())];
    let mut brightness = background.draw(rng);
    let mut labels = vec![0; N_SCENE_PIXELS];
    let mut taken = Vec::new();
    let [fewest, most] = task.n_objects;
    for _ in 0..rng.random_range(fewest..=most) {
        let class = rng.random_range(0..task.vocabulary.len());
        let object = draw_object(task, class, images, rng)?;
        let [top, left] = place(object.side, &mut taken, rng);
        paint(
            &object,
            [top, left],
            class as u8 + 1,
            &mut brightness,
            &mut labels,
            rng,
        );
    }
    let noise = random::normal(rng, &[N_SCENE_PIXELS as i64], Kind::Double)?;
    let noise = convert::vector::<f64>("noise", &noise)?;
    let pixels = brightness
        .iter()
        .zip(noise)
        .map(|(value, noise)| (255.0 * (value + task.noise * noise)).round().clamp(0.0, 255.0) as u8)
        .collect();
    Ok((pixels, labels))
}

/// Any image of the class, each of its data sets' classes with equal chance.
fn draw_object(
    task: &Task,
    class: usize,
    images: &BTreeMap<DataSet, &ImageSet>,
    rng: &mut impl Rng,
) -> anyhow::Result<Object> {
    let shown = &task.vocabulary[class].images;
    let kinds: Vec<(DataSet, i64)> = shown
        .iter()
        .flat_map(|(data, classes)| classes.iter().map(|&class| (*data, class)))
        .collect();
    let (data, class) = kinds[rng.random_range(0..kinds.len())];
    let set = images
        .get(&data)
        .with_context(|| format!("no images of {}", data.name()))?;
    let members: Vec<usize> = (0..set.len())
        .filter(|&index| set.labels()[index] == class)
        .collect();
    anyhow::ensure!(!members.is_empty(), "{} has no class {class}", data.name());
    let image = set.image(members[rng.random_range(0..members.len())]);

    let [least, greatest] = task.scale;
    let side = (SIDE as f64 * rng.random_range(least..=greatest)).round() as usize;
    let side = side.clamp(1, SCENE_SIDE);
    let grey = |level: u8| f64::from(level) / 255.0;
    Ok(if data == DataSet::Fashion {
        Object {
            side,
            coverage: resize(image, side, |level| f64::from(u8::from(level >= CLOTH))),
            brightness: Some(resize(image, side, grey)),
        }
    } else {
        Object {
            side,
            coverage: resize(image, side, grey),
            brightness: None,
        }
    })
}

/// The least crowded of some places for a square of this side: top and left.
fn place(side: usize, taken: &mut Vec<[usize; 3]>, rng: &mut impl Rng) -> [usize; 2] {
    let overlap = |[top, left]: [usize; 2]| -> usize {
        let common = |a: usize, b: usize, b_side: usize| (a + side).min(b + b_side).saturating_sub(a.max(b));
        taken
            .iter()
            .map(|&[other_top, other_left, other_side]| {
                common(top, other_top, other_side) * common(left, other_left, other_side)
            })
            .sum()
    };
    let mut best = ([0, 0], usize::MAX);
    for _ in 0..N_PLACEMENTS {
        let corner = [(); 2].map(|()| rng.random_range(0..=SCENE_SIDE - side));
        let crowding = overlap(corner);
        if crowding < best.1 {
            best = (corner, crowding);
        }
        if crowding == 0 {
            break;
        }
    }
    let [top, left] = best.0;
    taken.push([top, left, side]);
    best.0
}

/// Blends the object into the scene and labels its pixels.
fn paint(
    object: &Object,
    [top, left]: [usize; 2],
    label: u8,
    brightness: &mut [f64],
    labels: &mut [u8],
    rng: &mut impl Rng,
) {
    let places: Vec<usize> = (0..object.side)
        .flat_map(|row| (0..object.side).map(move |column| (top + row) * SCENE_SIDE + left + column))
        .collect();
    let behind = places.iter().map(|&place| brightness[place]).sum::<f64>() / places.len() as f64;
    // A silhouette stands out from what is behind it, to the side on which there is more room or, at times, the other.
    let contrast = rng.random_range(0.25..0.5);
    let tone = if (behind < 0.5) == rng.random_bool(0.8) {
        behind + contrast
    } else {
        behind - contrast
    };
    for (inside, &place) in places.iter().enumerate() {
        let coverage = object.coverage[inside];
        let own = object.brightness.as_ref().map_or(tone, |values| values[inside]);
        brightness[place] += coverage * (own - brightness[place]);
        if coverage >= OWN_COVERAGE {
            labels[place] = label;
        } else if coverage >= FOREIGN_COVERAGE {
            labels[place] = IGNORED;
        }
    }
}

/// A function of the grey levels, bilinear between the middles of the pixels.
fn resize(image: &[u8], side: usize, value: impl Fn(u8) -> f64) -> Vec<f64> {
    let ratio = SIDE as f64 / side as f64;
    let axis: Vec<(usize, usize, f64)> = (0..side)
        .map(|index| {
            let at = ((index as f64 + 0.5) * ratio - 0.5).clamp(0.0, SIDE as f64 - 1.0);
            let low = at as usize;
            (low, (low + 1).min(SIDE - 1), at.fract())
        })
        .collect();
    let mut resized = Vec::with_capacity(side * side);
    for &(above, below, down) in &axis {
        for &(left, right, across) in &axis {
            let along = |row: usize| {
                value(image[row * SIDE + left]) * (1.0 - across) + value(image[row * SIDE + right]) * across
            };
            resized.push(along(above) * (1.0 - down) + along(below) * down);
        }
    }
    resized
}
