//! The segmentation task: are scores of ensembles as good when the samples are pixels?
//!
//! The networks are those of [`segmentation_pool`](crate::segmentation_pool); the truth of an ensemble is the mean
//! intersection over union of its members' averaged predictions.
//!
//! Scores never see a test scene or a fine-tuned network. They see class-balanced samples of pixels: the source's own
//! with their features, and the target's with features and the source head's probabilities. Scores are averaged over
//! several such samples.
//!
//! Everything is kept in the cache, so a run that was killed goes on where it was, and depends on the experiment and the
//! seed alone, not on the number of workers.

mod experiment;
mod members;
mod pictures;
mod results;
mod scores;
mod section;
mod stage;
mod tables;

pub(crate) use experiment::Experiment;
pub(crate) use results::Results;
pub(crate) use section::section_part;
pub(crate) use stage::run;
pub(crate) use tables::tables;
