//! The segmentation task: do hard subsets help when the samples are pixels?
//!
//! The networks are those of [`segmentation_pool`](crate::segmentation_pool). Each target gives draws of pixels, class by
//! class alike and without ignored ones. A network says how hard each pixel is, by its features there and by a layer
//! half-way; the hardest pixels of each class are kept, and every metric is computed on them. What a score is worth is
//! how well it ranks the networks by the mean intersection over union that they reached. Each subset stands beside the
//! easiest pixels, all pixels, and random subsets of the same size.
//!
//! Everything is kept in the cache, one item for each network, target and draw, so a run that was killed goes on where it
//! was, and depends on the experiment and the seed alone, not on the number of workers.

mod comparison;
mod experiment;
mod families;
mod observation;
mod order;
mod pictures;
mod pixels;
mod results;
mod scene_coverage;
mod section;
mod stage;
mod tables;

pub(crate) use experiment::Experiment;
pub(crate) use results::Results;
pub(crate) use section::section_part;
pub(crate) use stage::run;
pub(crate) use tables::tables;
