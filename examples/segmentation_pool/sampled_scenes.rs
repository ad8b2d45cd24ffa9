//! Class-balanced draws of the pixels of scenes: each pixel is a sample.

use ot_transferability::{PixelSample, PixelSampling};
use transferability_metrics::Labels;

use super::plan::Source;
use super::pool::SegmentationPool;
use super::scene::{IGNORED, Scenes};

/// Scenes whose pixels are drawn.
#[derive(Debug)]
pub(crate) struct SampledScenes<'a> {
    pub(crate) scenes: &'a Scenes,
    label_maps: Vec<Vec<i64>>,
    /// How pixels are drawn; never ignored ones.
    pub(crate) sampling: PixelSampling,
}

impl SegmentationPool<'_> {
    /// The scenes of a source's own task that its pixels are drawn from.
    pub(crate) fn own_scenes(&self, source: &Source) -> Scenes {
        self.source_scenes(source)
            .first(self.plan.n_sampled_source_scenes)
    }

    /// Scenes of a task, to draw pixels from as the plan says.
    pub(crate) fn sampled<'s>(&self, scenes: &'s Scenes, task: &str) -> SampledScenes<'s> {
        let label_map = |scene| {
            scenes
                .scene_labels(scene)
                .iter()
                .map(|&label| i64::from(label))
                .collect()
        };
        SampledScenes {
            scenes,
            label_maps: (0..scenes.len()).map(label_map).collect(),
            sampling: PixelSampling {
                pixels_per_image: self.plan.n_pixels_per_scene,
                ignore: Some(i64::from(IGNORED)),
                n_draws: self.plan.n_draws,
                seed: self.seed.derive("pixels").derive(task),
            },
        }
    }
}

impl SampledScenes<'_> {
    /// The pixels of one draw.
    pub(crate) fn draw(&self, draw: usize) -> anyhow::Result<PixelSample> {
        Ok(self.sampling.draw(&self.maps(), draw)?)
    }

    /// The classes of the pixels, by their number in the task.
    pub(crate) fn classes(&self, pixels: &PixelSample) -> anyhow::Result<Vec<i64>> {
        Ok(pixels.labels(&self.maps())?)
    }

    /// The classes of the pixels, as labels.
    pub(crate) fn labels(&self, pixels: &PixelSample) -> anyhow::Result<Labels> {
        Ok(Labels::new(&self.classes(pixels)?)?)
    }

    fn maps(&self) -> Vec<&[i64]> {
        self.label_maps.iter().map(Vec::as_slice).collect()
    }
}
