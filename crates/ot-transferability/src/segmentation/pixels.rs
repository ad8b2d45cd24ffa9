//! Class-balanced samples of the pixels of labelled images.

use rand::RngExt;
use serde::{Deserialize, Serialize};
use tensor_core::numeric::Moments;
use tensor_core::{Seed, Tensor, check};

use crate::{Error, Result};

/// How pixels are drawn from label maps, so that each pixel's features and predictions become one sample.
///
/// In each image, pixels are drawn without replacement, each next one with probability proportional to
///
/// ```text
/// w_p = 1 / n_c,   c = class of pixel p,   n_c = number of pixels of class c in all images
/// ```
///
/// so that rare classes come up as often as frequent ones for as long as they last. Pixels whose label is `ignore` or
/// negative are never drawn. An image with fewer labelled pixels than asked for gives all of them.
///
/// | name | default | meaning | range | source |
/// |---|---|---|---|---|
/// | `pixels_per_image` | 1000 | pixels drawn from an image | 1 or more | Agostinelli et al., CVPR 2022 |
/// | `ignore` | 255 | label of pixels to leave out | any, or none | Pascal VOC and Cityscapes |
/// | `n_draws` | 1 | draws that a score is averaged over | 1 or more | – |
/// | `seed` | 0 | seed of the draws | any | – |
///
/// # Examples
///
/// ```
/// use ot_transferability::PixelSampling;
///
/// // Nine pixels of class 0, one of class 1, one to ignore.
/// let map = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 255];
/// let sampling = PixelSampling { pixels_per_image: 20, ..PixelSampling::default() };
/// let sample = sampling.draw(&[&map], 0)?;
/// assert_eq!(sample.n_pixels(), 10);
/// assert_eq!(sample.labels(&[&map])?.iter().sum::<i64>(), 1);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PixelSampling {
    /// Pixels drawn from an image.
    pub pixels_per_image: usize,
    /// The label of pixels to leave out.
    pub ignore: Option<i64>,
    /// Draws that a score is averaged over.
    pub n_draws: usize,
    /// The seed of the draws.
    pub seed: Seed,
}

impl Default for PixelSampling {
    fn default() -> Self {
        Self {
            pixels_per_image: 1000,
            ignore: Some(255),
            n_draws: 1,
            seed: Seed::new(0),
        }
    }
}

/// The pixels of one draw, image by image, in increasing order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PixelSample {
    pixels: Vec<Vec<usize>>,
    image_sizes: Vec<usize>,
}

impl PixelSampling {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// No pixel or no draw.
    pub fn validate(&self) -> Result<()> {
        let Self {
            pixels_per_image,
            n_draws,
            ..
        } = *self;
        check::parameter(
            "pixels_per_image",
            pixels_per_image >= 1,
            "1 or more",
            pixels_per_image,
        )?;
        check::parameter("n_draws", n_draws >= 1, "1 or more", n_draws)?;
        Ok(())
    }

    /// One draw from the label maps of some images, each row after row. Another `draw` is independent of it; the same one
    /// gives the same pixels.
    ///
    /// # Errors
    ///
    /// A parameter out of range, or images without a labelled pixel.
    ///
    /// # Complexity
    ///
    /// Linear in the number of pixels.
    ///
    /// # Reference
    ///
    /// Efraimidis, Spirakis, *Weighted random sampling with a reservoir*, 2006, doi:10.1016/j.ipl.2005.11.003.
    pub fn draw(&self, label_maps: &[&[i64]], draw: usize) -> Result<PixelSample> {
        self.validate()?;
        let is_labelled = |label: i64| label >= 0 && Some(label) != self.ignore;
        let mut counts = std::collections::BTreeMap::new();
        for &label in label_maps
            .iter()
            .copied()
            .flatten()
            .filter(|&&label| is_labelled(label))
        {
            *counts.entry(label).or_insert(0_u64) += 1;
        }
        if counts.is_empty() {
            return Err(Error::NoPixels {
                n_images: label_maps.len(),
                n_pixels: label_maps.iter().map(|map| map.len()).sum(),
            });
        }
        let seed = self.seed.derive(&format!("segmentation/pixels/{draw}"));
        let of_image = |(image, map): (usize, &&[i64])| {
            let mut rng = seed.stream("image", image as u64);
            // The first of exponential waiting times with rates w_p: the n first are a draw without replacement.
            let mut times: Vec<(f64, usize)> = map
                .iter()
                .enumerate()
                .filter(|&(_, &label)| is_labelled(label))
                .map(|(pixel, label)| (-(1.0 - rng.random::<f64>()).ln() * counts[label] as f64, pixel))
                .collect();
            if times.len() > self.pixels_per_image {
                times.select_nth_unstable_by(self.pixels_per_image, |left, right| {
                    left.0.total_cmp(&right.0).then(left.1.cmp(&right.1))
                });
                times.truncate(self.pixels_per_image);
            }
            let mut pixels: Vec<usize> = times.into_iter().map(|(_, pixel)| pixel).collect();
            pixels.sort_unstable();
            pixels
        };
        Ok(PixelSample {
            pixels: label_maps.iter().enumerate().map(of_image).collect(),
            image_sizes: label_maps.iter().map(|map| map.len()).collect(),
        })
    }

    /// The moments of a score over all `n_draws` draws: its mean, and how far single draws are from it.
    ///
    /// # Errors
    ///
    /// As [`draw`](Self::draw), the first error of the score, or a score that is not finite.
    pub fn average(
        &self,
        label_maps: &[&[i64]],
        mut score: impl FnMut(&PixelSample) -> Result<f64>,
    ) -> Result<Moments> {
        self.validate()?;
        let scores: Vec<f64> = (0..self.n_draws)
            .map(|draw| score(&self.draw(label_maps, draw)?))
            .collect::<Result<_>>()?;
        Ok(Moments::of(&scores)?)
    }
}

impl PixelSample {
    /// The pixels of each image: indices into its label map.
    pub fn pixels(&self) -> &[Vec<usize>] {
        &self.pixels
    }

    /// The number of pixels of all images.
    pub fn n_pixels(&self) -> usize {
        self.pixels.iter().map(Vec::len).sum()
    }

    /// The labels of the pixels, image by image.
    ///
    /// # Errors
    ///
    /// Other images than were drawn from.
    pub fn labels(&self, label_maps: &[&[i64]]) -> Result<Vec<i64>> {
        check::same_length("label maps", label_maps.len(), "the sample", self.pixels.len())?;
        let mut labels = Vec::with_capacity(self.n_pixels());
        for ((map, pixels), &size) in label_maps.iter().zip(&self.pixels).zip(&self.image_sizes) {
            check::same_length("a label map", map.len(), "the one sampled", size)?;
            labels.extend(pixels.iter().map(|&pixel| map[pixel]));
        }
        Ok(labels)
    }

    /// The rows of dense features or predictions: from maps (images, channels, height, width) to (pixels, channels).
    ///
    /// # Errors
    ///
    /// A tensor of another shape, or images of another number or size.
    ///
    /// # Complexity
    ///
    /// O(pixels · channels): the other pixels are not read.
    pub fn rows(&self, what: &str, maps: &Tensor) -> Result<Tensor> {
        let shape = maps.size();
        let [n_images, _, height, width] = shape[..] else {
            return Err(tensor_core::Error::Shape {
                what: what.to_owned(),
                expected: "(images, channels, height, width)".to_owned(),
                got: shape,
            }
            .into());
        };
        check::same_length(what, n_images as usize, "the sample", self.pixels.len())?;
        let image_size = (height * width) as usize;
        let mut places = [const { Vec::new() }; 3];
        for (image, (pixels, &size)) in self.pixels.iter().zip(&self.image_sizes).enumerate() {
            check::same_length("a label map", size, "an image", image_size)?;
            for &pixel in pixels {
                let pixel = pixel as i64;
                for (place, index) in places
                    .iter_mut()
                    .zip([image as i64, pixel / width, pixel % width])
                {
                    place.push(index);
                }
            }
        }
        let index = |place: &Vec<i64>| -> Result<Option<Tensor>> {
            Ok(Some(Tensor::f_from_slice(place)?.f_to_device(maps.device())?))
        };
        let places = places.iter().map(index).collect::<Result<Vec<_>>>()?;
        Ok(maps.f_permute([0, 2, 3, 1])?.f_index(&places)?)
    }
}

#[cfg(test)]
mod tests {
    use tensor_core::Kind;
    use tensor_core::convert::vector;

    use super::*;

    #[test]
    fn classes_come_up_alike_however_rare() -> Result<()> {
        // 10 000 pixels, 2 % of class 1; 100 drawn: both classes have as many to the second order.
        let map: Vec<i64> = (0..10_000).map(|pixel| i64::from(pixel % 50 == 0)).collect();
        let sampling = PixelSampling {
            pixels_per_image: 100,
            n_draws: 50,
            ..PixelSampling::default()
        };
        let share = sampling.average(&[&map], |sample| {
            assert_eq!(sample.n_pixels(), 100);
            Ok(sample.labels(&[&map])?.iter().sum::<i64>() as f64 / 100.0)
        })?;
        let mean = share.mean().expect("50 draws");
        // At the time t of the last draw, t + 200 (1 - exp(-t / 200)) = 100, the terms being the expected numbers of both
        // classes: the second is 46.7. Five standard errors of a share of 100 by 50 draws are 0.035.
        assert!((mean - 0.467).abs() < 0.035, "{mean}");
        Ok(())
    }

    #[test]
    fn draws_repeat_with_the_seed_and_differ_among_themselves() -> Result<()> {
        let maps: Vec<Vec<i64>> = (0..3)
            .map(|image| (0..400).map(|pixel| (pixel + image) % 5).collect())
            .collect();
        let maps: Vec<&[i64]> = maps.iter().map(Vec::as_slice).collect();
        let sampling = PixelSampling {
            pixels_per_image: 20,
            ..PixelSampling::default()
        };
        let first = sampling.draw(&maps, 0)?;
        assert_eq!(first, sampling.draw(&maps, 0)?);
        assert_ne!(first, sampling.draw(&maps, 1)?);
        assert_ne!(first.pixels()[0], first.pixels()[1]);
        let other_seed = PixelSampling {
            seed: Seed::new(1),
            ..sampling
        };
        assert_ne!(first, other_seed.draw(&maps, 0)?);
        assert!(
            first
                .pixels()
                .iter()
                .all(|pixels| pixels.is_sorted_by(|a, b| a < b))
        );
        Ok(())
    }

    #[test]
    fn rows_are_the_pixels_of_the_maps() -> Result<()> {
        let maps =
            Tensor::f_arange(2 * 3 * 6, (Kind::Double, tensor_core::Device::Cpu))?.f_reshape([2, 3, 2, 3])?;
        let labels: [&[i64]; 2] = [&[255, 1, 255, 255, 0, 255], &[255, 255, 1, -1, -1, 255]];
        let sample = PixelSampling::default().draw(&labels, 0)?;
        assert_eq!(sample.labels(&labels)?, [1, 0, 1]);
        let sampled = sample.rows("maps", &maps)?;
        assert_eq!(sampled.size(), [3, 3]);
        let rows: Vec<f64> = vector("rows", &sampled.f_reshape([-1])?)?;
        // Image 0, pixels 1 and 4; image 1, pixel 2; channels are 6 apart.
        assert_eq!(rows, [1.0, 7.0, 13.0, 4.0, 10.0, 16.0, 20.0, 26.0, 32.0]);
        // Images of as many pixels in other places, and other numbers of images or pixels.
        for shape in [[3, 2, 2, 3], [2, 3, 3, 3], [1, 6, 2, 3]] {
            let other = Tensor::f_zeros(shape, (Kind::Float, tensor_core::Device::Cpu))?;
            assert!(sample.rows("maps", &other).is_err(), "{shape:?}");
        }
        assert!(sample.rows("maps", &maps.f_flatten(0, 1)?).is_err());
        Ok(())
    }

    #[test]
    fn nothing_to_draw_is_an_error() {
        let refused = PixelSampling::default().draw(&[&[255, -1], &[]], 0);
        assert!(matches!(
            refused,
            Err(Error::NoPixels {
                n_images: 2,
                n_pixels: 2
            })
        ));
        let none = PixelSampling {
            pixels_per_image: 0,
            ..PixelSampling::default()
        };
        assert!(matches!(none.draw(&[&[0]], 0), Err(Error::Core(_))));
    }
}
