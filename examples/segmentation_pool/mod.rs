//! The pool of segmentation networks: trained, and transferred to targets that come with few scenes.
//!
//! An example includes it with `#[path = "../segmentation_pool/mod.rs"] mod segmentation_pool;`, beside `support`.
//!
//! Scenes of 64 x 64 pixels show real images (digits, garments, silhouettes of animals) cut out and placed over procedural
//! textures, with the class of every pixel; pixels at the edges of objects are ignored. Source tasks differ in their
//! classes, objects, backgrounds, sizes and noise. Each source network is fine-tuned for each target, and its new head
//! alone is trained (a linear probe).
//!
//! [`SegmentationPool::open`](pool::SegmentationPool::open), then
//! [`train`](pool::SegmentationPool::train); for each target,
//! [`transfer`](pool::SegmentationPool::transfer) gives what was reached, and
//! [`sampled`](pool::SegmentationPool::sampled) the class-balanced draws of pixels that scores read.
//!
//! Everything is kept in the cache, so a run that was killed goes on where it was, and depends on the plan and the seed
//! alone, not on the number of workers.

#![allow(dead_code, reason = "each example uses its part of it")]

mod images;
pub(crate) mod network;
pub(crate) mod pictures;
pub(crate) mod plan;
pub(crate) mod pool;
pub(crate) mod sampled_scenes;
pub(crate) mod scene;
pub(crate) mod task;
pub(crate) mod test_pixels;
pub(crate) mod texture;
pub(crate) mod training;
