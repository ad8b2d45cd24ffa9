//! What is done to a source's images or labels before a network is trained on them.

use serde::{Deserialize, Serialize};

use crate::support::image_set::{ImageSet, SIDE};

/// Half the width of the window of a blur [pixels].
const BLUR_REACH: usize = 2;

/// A change of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Corruption {
    /// None.
    Clean,
    /// Every image turned a quarter to the left.
    Rotated,
    /// Black for white.
    Inverted,
    /// Every grey level the mean of the 5 x 5 around it.
    Blurred,
    /// Labels dealt out at random: a network with nothing to learn.
    ShuffledLabels,
}

impl Corruption {
    /// The images as the network sees them; labels stay.
    pub(crate) fn of_images(self, images: ImageSet) -> ImageSet {
        match self {
            Self::Clean | Self::ShuffledLabels => images,
            Self::Rotated => images.with_images(rotate),
            Self::Inverted => {
                images.with_images(|image| image.iter_mut().for_each(|grey| *grey = 255 - *grey))
            }
            Self::Blurred => images.with_images(blur),
        }
    }
}

/// A quarter turn to the left: the right column becomes the top row.
fn rotate(image: &mut [u8]) {
    let original = image.to_vec();
    for (place, grey) in image.iter_mut().enumerate() {
        let (row, column) = (place / SIDE, place % SIDE);
        *grey = original[column * SIDE + SIDE - 1 - row];
    }
}

/// The mean over the part of the window that lies in the image, rounded.
fn blur(image: &mut [u8]) {
    let original = image.to_vec();
    let around = |place: usize| place.saturating_sub(BLUR_REACH)..(place + BLUR_REACH + 1).min(SIDE);
    for (place, grey) in image.iter_mut().enumerate() {
        let (rows, columns) = (around(place / SIDE), around(place % SIDE));
        let n_pixels = (rows.len() * columns.len()) as u32;
        let sum: u32 = rows
            .flat_map(|row| &original[row * SIDE..][columns.clone()])
            .map(|&grey| u32::from(grey))
            .sum();
        *grey = ((sum + n_pixels / 2) / n_pixels) as u8;
    }
}
