//! A segmentation task: what stands in its scenes, and what the pixels are called.

use serde::{Deserialize, Serialize};

use super::texture::Texture;
use crate::support::data_set::DataSet;

/// A distribution over labelled scenes; background is class 0, the classes of the vocabulary are 1, 2, ….
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Task {
    /// The name in tables.
    pub(crate) name: String,
    /// What the objects are called.
    pub(crate) vocabulary: Vec<ObjectClass>,
    /// What lies behind them: each scene draws one of these.
    pub(crate) backgrounds: Vec<Texture>,
    /// Fewest and most objects in a scene.
    pub(crate) n_objects: [usize; 2],
    /// Least and greatest size of an object, relative to that of its 28 x 28 image.
    pub(crate) scale: [f64; 2],
    /// Standard deviation of the noise on every pixel; white is 1.
    pub(crate) noise: f64,
}

/// A class of objects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ObjectClass {
    /// The name in tables.
    pub(crate) name: String,
    /// The images that show it: classes of data sets.
    pub(crate) images: Vec<(DataSet, Vec<i64>)>,
}

impl Task {
    /// A task with scenes of two to four objects of about the images' size and little noise.
    pub(crate) fn new(name: &str, backgrounds: &[Texture], vocabulary: Vec<ObjectClass>) -> Self {
        Self {
            name: name.to_owned(),
            vocabulary,
            backgrounds: backgrounds.to_vec(),
            n_objects: [2, 4],
            scale: [0.7, 1.1],
            noise: 0.03,
        }
    }

    /// The number of classes, background included.
    pub(crate) fn n_classes(&self) -> usize {
        self.vocabulary.len() + 1
    }

    /// The names of the classes, background first.
    pub(crate) fn class_names(&self) -> Vec<String> {
        let objects = self.vocabulary.iter().map(|class| class.name.clone());
        std::iter::once("background".to_owned()).chain(objects).collect()
    }

    /// The data sets whose images it shows.
    pub(crate) fn data_sets(&self) -> impl Iterator<Item = DataSet> {
        let images = self.vocabulary.iter().flat_map(|class| &class.images);
        images.map(|&(data, _)| data)
    }
}

impl ObjectClass {
    /// Classes of one data set under one name.
    pub(crate) fn new(name: &str, data: DataSet, classes: &[i64]) -> Self {
        Self {
            name: name.to_owned(),
            images: vec![(data, classes.to_vec())],
        }
    }

    /// The same class with more images.
    pub(crate) fn and(mut self, data: DataSet, classes: &[i64]) -> Self {
        self.images.push((data, classes.to_vec()));
        self
    }
}
