//! The pool of source networks behind the ensemble experiment: trained, shown every target, and adapted to each.
//!
//! An example includes it with `#[path = "../source_pool/mod.rs"] mod source_pool;`, beside `support`.
//!
//! # The networks
//!
//! Forty-nine small networks of three architectures (`shallow`, `deep`, `residual`) are trained here: on MNIST,
//! Fashion-MNIST, animal silhouettes, 8 x 8 digits, textures and faces, on up to 3200, on 800 or on 200 images; on
//! halves of the classes; on rotated, inverted and blurred images; two on labels dealt out at random, which should be
//! of no use; and eight without labels (by telling rotations, or by telling views of images apart), whose linear head
//! is then trained on the labels, the extractor frozen in six and trained on in two.
//!
//! Five more were trained elsewhere: three digit classifiers of the Python package `ccexam` (MNIST, USPS, SVHN), and
//! two `ImageNet` classifiers, `SqueezeNet` 1.1 (package `ndf`) and EfficientNet-Lite0. Their batch normalisations are
//! folded into the convolutions, and the folded weights are what fine-tuning changes. [`foreign::check`] shows each
//! the pictures that `ccexam` brings along, or photographs of known content, at the size it was trained at. That shows
//! that parameters and layers fit together; it does not measure the accuracy that their authors report.
//!
//! # What is comparable, and what is not
//!
//! - **Disjoint images.** No target image, training or test, is among the images that a network was trained on here.
//!   Tests on MNIST and Fashion-MNIST use images of their test files; the animals are first freed of repeated pictures
//!   (near-repeats may remain); the parts of the textures are cut from different bands of each pattern. The `ccexam`
//!   MNIST network has probably seen the target's training images of MNIST, and not its test images: it counts as a
//!   member of the target's own family, and so falls out where those are excluded.
//! - **Source samples.** Every network's sample has the same number of images, equally many of each class, from the
//!   source part of its data set, corrupted as its training images were. A network trained on 200 or 800 images has
//!   not seen them all. The one exception to the source part is a network of shuffled labels, which is sampled from
//!   the very images and labels it was trained on.
//! - **Stand-ins.** There is no USPS image here: the USPS network's sample is MNIST, the nearest there is, and says so
//!   in [`SourceSample::is_stand_in`]. For SVHN (photographs of house numbers) and `ImageNet` nothing here is near, so
//!   these three networks have no sample and take no part in a score that needs one.
//! - **Sizes.** The `ImageNet` networks see the 28 x 28 grey images at 64 x 64, three equal channels, though they were
//!   trained at 224 in colour: at 224 fine-tuning would take twelve times as long. It costs them accuracy.
//! - **Fine-tuning.** One recipe for all small networks and one, with a smaller step and fewer epochs, for the foreign
//!   ones; no search over recipes, as the published experiments have. Four epochs are too few for some of the foreign
//!   digit networks: `ccexam`'s MNIST network reaches less by fine-tuning than by a linear probe on every target. Normalisation statistics of the foreign networks
//!   stay as they are (they are folded away).
//! - **Faces** are a source only: ten pictures of a person are too few for three parts.
//!
//! # Use
//!
//! [`SourcePool::open`], [`SourcePool::train`], [`SourcePool::measure`]; then [`SourcePool::outputs`] and
//! [`SourcePool::truth`] for any source and target, from any thread. Every item is kept in the cache, so a run that was
//! killed goes on where it was. What is computed depends on the plan and the seed alone, not on the number of workers.

#![allow(dead_code, reason = "each example uses its part of it")]

mod adaptation;
pub(crate) mod corruption;
pub(crate) mod family;
pub(crate) mod foreign;
pub(crate) mod group;
pub(crate) mod images;
mod networks;
pub(crate) mod outputs;
pub(crate) mod plan;
pub(crate) mod pool;
mod probe;
mod self_supervised;
pub(crate) mod source;

#[allow(unused_imports, reason = "each example uses its part of it")]
pub(crate) use outputs::{
    LayerActivations, NetworkActivations, SourceOutputs, SourceSample, Truth, ensemble_accuracy,
};
pub(crate) use pool::SourcePool;
