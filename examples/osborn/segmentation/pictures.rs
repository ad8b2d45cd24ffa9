//! Some test scenes of a target with their classes, true and predicted.

use anyhow::Context;
use tensor_core::convert;
use transferability_metrics::Probabilities;

use crate::segmentation_pool::pictures::{IGNORED_GREY, grey, rows_of_maps, scenes_and_classes};
use crate::segmentation_pool::pool::Target;
use crate::segmentation_pool::scene::{N_SCENE_PIXELS, SCENE_SIDE};
use crate::segmentation_pool::test_pixels::{Predictions, TEST_STEP};

/// Scenes that are shown.
const N_SHOWN: usize = 8;

/// Scenes in one row, their classes below, and what one network and an ensemble make of them.
pub(crate) fn scenes_with_predictions(
    target: &Target<'_>,
    network: (&str, &Predictions),
    ensemble: (&str, &[&Predictions]),
) -> anyhow::Result<String> {
    let n_shown = N_SHOWN.min(target.test.len());
    let mut rows = scenes_and_classes(target.task, &target.test, n_shown).to_vec();
    rows.push((
        network.0.to_owned(),
        predicted_maps(target, &[network.1], n_shown)?,
    ));
    rows.push((
        ensemble.0.to_owned(),
        predicted_maps(target, ensemble.1, n_shown)?,
    ));
    let caption = format!(
        "Test scenes of `{}`. Below them the classes as grey levels, from black: {}. White pixels, at the edges of \
         objects, are ignored. Predictions are shown where they are measured, at every second row and column.",
        target.task.name,
        target.task.class_names().join(", ")
    );
    rows_of_maps(target.task, &rows, &caption)
}

/// The likeliest class of the mean of some networks' probabilities, a map a scene.
fn predicted_maps(
    target: &Target<'_>,
    members: &[&Predictions],
    n_shown: usize,
) -> anyhow::Result<Vec<Vec<u8>>> {
    let members = members
        .iter()
        .map(|member| member.probabilities())
        .collect::<anyhow::Result<Vec<Probabilities>>>()?;
    let (first, others) = members.split_first().context("an ensemble of nobody")?;
    let mut sum = first.tensor().shallow_clone();
    for other in others {
        sum = sum.f_add(other.tensor())?;
    }
    let classes = convert::vector::<i64>("predicted classes", &sum.f_argmax(-1, false)?)?;
    let n_classes = target.task.n_classes();
    let mut maps = vec![vec![IGNORED_GREY; N_SCENE_PIXELS]; n_shown];
    for (&place, &class) in target.test_pixels.places().iter().zip(&classes) {
        let (scene, pixel) = (place as usize / N_SCENE_PIXELS, place as usize % N_SCENE_PIXELS);
        let Some(map) = maps.get_mut(scene) else {
            break;
        };
        let (row, column) = (pixel / SCENE_SIDE, pixel % SCENE_SIDE);
        for row in row..row + TEST_STEP {
            map[row * SCENE_SIDE + column..][..TEST_STEP].fill(grey(class as u8, n_classes));
        }
    }
    Ok(maps)
}
