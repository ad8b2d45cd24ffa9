//! The segmentation task: are scores of ensembles as good when the samples are pixels?
//!
//! Scenes of 64 x 64 pixels show real images (digits, garments, silhouettes of animals) cut out and placed over procedural
//! textures, with the class of every pixel; pixels at the edges of objects are ignored. Source tasks differ in their
//! classes, objects, backgrounds, sizes and noise; targets come with few scenes. Each source network is fine-tuned for
//! each target, and its new head alone is trained (a linear probe); the truth of an ensemble is the mean intersection
//! over union of its members' averaged predictions.
//!
//! Scores never see a test scene or a fine-tuned network. They see class-balanced samples of pixels: the source's own
//! with their features, and the target's with features and the source head's probabilities. Scores are averaged over
//! several such samples.
//!
//! Everything is kept in the cache, so a run that was killed goes on where it was, and depends on the experiment and the
//! seed alone, not on the number of workers.

mod experiment;
mod images;
mod members;
mod network;
mod pictures;
mod pool;
mod results;
mod scene;
mod scores;
mod section;
mod stage;
mod tables;
mod task;
mod test_pixels;
mod texture;
mod training;

pub(crate) use experiment::Experiment;
pub(crate) use results::Results;
pub(crate) use section::section_part;
pub(crate) use stage::run;
pub(crate) use tables::tables;
