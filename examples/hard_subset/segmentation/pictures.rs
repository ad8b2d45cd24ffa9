//! Some scenes of a target with the pixels that a network finds hardest and easiest.

use anyhow::Context;
use transferability_metrics::Labels;

use super::pixels::Pixels;
use crate::measure::Measure;
use crate::scorers::subset_of;
use crate::segmentation_pool::pictures::{Row, rows_of_maps, scenes_and_classes};
use crate::segmentation_pool::plan::Source;
use crate::segmentation_pool::pool::{SegmentationPool, Target};
use crate::segmentation_pool::scene::{N_SCENE_PIXELS, Scenes};

/// Scenes that are shown.
const N_SHOWN: usize = 8;
/// Share of the pixels of each class that are marked as hard, and as easy.
const MARKED: f64 = 0.1;
/// Hardnesses that are shown.
const SHOWN: [Measure; 3] = [Measure::CaMean, Measure::CsProto, Measure::Entropy];

const HARD_GREY: u8 = 255;
const EASY_GREY: u8 = 0;

/// Scenes in one row, their classes below, and what the network that reached most and the one that reached least find hard
/// in them.
pub(super) fn scenes_with_hardness(
    pool: &SegmentationPool<'_>,
    target: &Target<'_>,
    reached: &[f64],
) -> anyhow::Result<String> {
    let scenes = target.train.first(N_SHOWN);
    let mut rows = scenes_and_classes(target.task, &scenes, scenes.len()).to_vec();
    let ranked = || reached.iter().enumerate();
    let best = ranked().max_by(|left, right| left.1.total_cmp(right.1));
    let worst = ranked().min_by(|left, right| left.1.total_cmp(right.1));
    for (index, mean_iou) in [best, worst].into_iter().flatten() {
        let source = &pool.plan.sources[index];
        let rows_of_source = marked_scenes(pool, source, target, &scenes)?;
        rows.extend(rows_of_source.into_iter().map(|(measure, maps)| {
            let name = format!("{measure}: {} (reaches {:.0} %)", source.name(), 100.0 * mean_iou);
            (name, maps)
        }));
    }
    let caption = format!(
        "Scenes of `{}` and their classes as grey levels, from black: {}. Below, for the network that reached most and the \
         one that reached least, the hardest tenth of the pixels of each class in white and the easiest tenth in black.",
        target.task.name,
        target.task.class_names().join(", ")
    );
    rows_of_maps(target.task, &rows, &caption)
}

/// A row for each hardness that is shown.
fn marked_scenes(
    pool: &SegmentationPool<'_>,
    source: &Source,
    target: &Target<'_>,
    scenes: &Scenes,
) -> anyhow::Result<Vec<Row>> {
    let (network, _) = pool.source_network(source, &|_| ())?;
    let own = pool.own_scenes(source);
    let own = Pixels::of(&network, &pool.sampled(&own, &source.task.name), 0)?;
    let statistics = own.statistics(pool.seed)?;
    // Every pixel that is not ignored.
    let mut sampled = pool.sampled(scenes, &target.task.name);
    sampled.sampling.pixels_per_image = N_SCENE_PIXELS;
    let all = sampled.draw(0)?;
    let pixels = Pixels::at(&network, &sampled, &all)?;
    let labels = Labels::new(&pixels.seen.labels)?;
    let places: Vec<(usize, usize)> = all
        .pixels()
        .iter()
        .enumerate()
        .flat_map(|(scene, pixels)| pixels.iter().map(move |&pixel| (scene, pixel)))
        .collect();
    let row = |measure: Measure| -> anyhow::Result<Row> {
        let hardness = statistics.hardness(measure, &pixels.seen)?;
        let hardness = hardness.context("cannot be measured")?.combined;
        let mut maps: Vec<Vec<u8>> = (0..scenes.len())
            .map(|scene| dimmed(scenes.scene(scene)))
            .collect();
        for (hardness, grey) in [(hardness.easy(), EASY_GREY), (hardness, HARD_GREY)] {
            for &row in subset_of(MARKED).select(&hardness, &labels)?.rows() {
                let (scene, pixel) = places[row];
                maps[scene][pixel] = grey;
            }
        }
        Ok((measure.name().to_owned(), maps))
    };
    SHOWN
        .into_iter()
        .map(|measure| row(measure).with_context(|| measure.name()))
        .collect()
}

/// Grey levels without the darkest and the brightest quarter.
fn dimmed(scene: &[u8]) -> Vec<u8> {
    scene.iter().map(|&level| 64 + level / 2).collect()
}
