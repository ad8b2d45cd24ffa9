//! Where a network's training images come from, and what they show.

use serde::{Deserialize, Serialize};

use crate::support::data_set::DataSet;

/// The data set that a network was trained on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Family {
    /// One whose images are here.
    Here(DataSet),
    /// Handwritten digits of American post codes.
    Usps,
    /// Digits of house numbers in photographs of streets.
    Svhn,
    /// Photographs of a thousand kinds of things.
    ImageNet,
}

/// What images show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Subject {
    /// Digits, handwritten or printed.
    Digits,
    /// Articles of clothing.
    Clothing,
    /// Silhouettes of animals.
    Animals,
    /// Faces.
    Faces,
    /// Textures of materials.
    Textures,
    /// Things of every kind.
    Things,
}

impl Family {
    /// The name in tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Here(data) => data.name(),
            Self::Usps => "USPS",
            Self::Svhn => "SVHN",
            Self::ImageNet => "ImageNet",
        }
    }

    /// What its images show.
    pub(crate) fn subject(self) -> Subject {
        match self {
            Self::Here(data) => subject(data),
            Self::Usps | Self::Svhn => Subject::Digits,
            Self::ImageNet => Subject::Things,
        }
    }
}

/// What the images of a data set show.
pub(crate) fn subject(data: DataSet) -> Subject {
    match data {
        DataSet::Mnist | DataSet::Digits => Subject::Digits,
        DataSet::Fashion => Subject::Clothing,
        DataSet::Animals => Subject::Animals,
        DataSet::Faces => Subject::Faces,
        DataSet::Textures => Subject::Textures,
    }
}
