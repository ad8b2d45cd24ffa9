//! The data sets, and the three of them that lie in `data/`.

use std::path::Path;

use serde::{Deserialize, Serialize};
use tensor_core::{Kind, Result, Tensor};

use super::image_set::{ImageSet, SIDE};

/// Digits are 8 x 8 with 17 grey levels.
const DIGITS_SIDE: i64 = 8;

/// A set of images with classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum DataSet {
    /// Handwritten digits, 28 x 28.
    Mnist,
    /// Articles of clothing, 28 x 28.
    Fashion,
    /// Handwritten digits, 8 x 8, enlarged to 28 x 28.
    Digits,
    /// Silhouettes of ten animals, 28 x 28; fetched.
    Animals,
    /// Forty people's faces, ten pictures each, made 28 x 28; fetched.
    Faces,
    /// Pieces of ten materials' textures, 28 x 28; fetched.
    Textures,
}

impl DataSet {
    /// The data sets in `data/`.
    pub(crate) const VENDORED: [Self; 3] = [Self::Mnist, Self::Fashion, Self::Digits];

    /// The name in tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Mnist => "MNIST",
            Self::Fashion => "Fashion-MNIST",
            Self::Digits => "Digits",
            Self::Animals => "Animals",
            Self::Faces => "Faces",
            Self::Textures => "Textures",
        }
    }

    /// Names of the files in `data/`: images and labels, if it lies there.
    pub(crate) fn vendored_files(self) -> Option<[&'static str; 2]> {
        match self {
            Self::Mnist => Some(["mnist-5k-images-idx3-ubyte.gz", "mnist-5k-labels-idx1-ubyte.gz"]),
            Self::Fashion => Some([
                "fashion-mnist-5k-images-idx3-ubyte.gz",
                "fashion-mnist-5k-labels-idx1-ubyte.gz",
            ]),
            Self::Digits => Some([
                "digits-8x8-images-idx3-ubyte.gz",
                "digits-8x8-labels-idx1-ubyte.gz",
            ]),
            Self::Animals | Self::Faces | Self::Textures => None,
        }
    }

    /// Reads the data set from `data/`, which is at `directory`.
    pub(crate) fn read_vendored(self, directory: &Path) -> anyhow::Result<ImageSet> {
        let Some(files) = self.vendored_files() else {
            anyhow::bail!("{} does not lie in {}", self.name(), directory.display());
        };
        let [images, labels] = files.map(|file| directory.join(file));
        let is_small = self == Self::Digits;
        ImageSet::read(&images, &labels, is_small.then_some(enlarge))
    }
}

/// Grey levels 0..=16 on 8 x 8 become 0..=255 on 28 x 28, bilinear.
fn enlarge(images: &Tensor) -> Result<Tensor> {
    let small = images
        .f_view([-1, 1, DIGITS_SIDE, DIGITS_SIDE])?
        .f_to_kind(Kind::Float)?;
    let side = SIDE as i64;
    let large = small.f_upsample_bilinear2d([side, side], false, None, None)?;
    Ok(large
        .f_mul_scalar(255.0 / 16.0)?
        .f_round()?
        .f_to_kind(Kind::Uint8)?)
}
