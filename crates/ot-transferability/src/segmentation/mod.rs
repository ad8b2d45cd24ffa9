//! Segmentation: pixels as samples, and the mean intersection over union.

mod confusion;
mod pixels;

pub use confusion::ConfusionMatrix;
pub(crate) use confusion::mean_iou_of_counts;
pub use pixels::{PixelSample, PixelSampling};
