//! Some test scenes of a target with their classes, true and predicted.

use anyhow::Context;
use tensor_core::convert;
use transferability_metrics::Probabilities;

use super::pool::Target;
use super::scene::{IGNORED, N_SCENE_PIXELS, SCENE_SIDE};
use super::test_pixels::{Predictions, TEST_STEP};
use crate::support::html::{concat, escape, figure};
use crate::support::picture;

/// Scenes that are shown.
const N_SHOWN: usize = 8;
/// The grey level of an ignored pixel; classes run from black to [`BRIGHTEST`].
const IGNORED_GREY: u8 = 255;
const BRIGHTEST: usize = 220;

/// Scenes in one row, their classes below, and what one network and an ensemble make of them.
pub(crate) fn scenes_with_predictions(
    target: &Target<'_>,
    network: (&str, &Predictions),
    ensemble: (&str, &[&Predictions]),
) -> anyhow::Result<String> {
    let n_shown = N_SHOWN.min(target.test.len());
    let n_classes = target.task.n_classes();
    let scenes: Vec<&[u8]> = (0..n_shown).map(|index| target.test.scene(index)).collect();
    let truths: Vec<Vec<u8>> = (0..n_shown)
        .map(|index| {
            let labels = target.test.scene_labels(index).iter();
            labels.map(|&label| grey(label, n_classes)).collect()
        })
        .collect();
    let rows = [
        ("scenes".to_owned(), scenes),
        (
            "true classes".to_owned(),
            truths.iter().map(Vec::as_slice).collect(),
        ),
    ];
    let predicted = [
        (network.0, predicted_maps(target, &[network.1], n_shown)?),
        (ensemble.0, predicted_maps(target, ensemble.1, n_shown)?),
    ];
    let predicted_rows = predicted
        .iter()
        .map(|(name, maps)| ((*name).to_owned(), maps.iter().map(Vec::as_slice).collect()));
    let strips = rows
        .into_iter()
        .chain(predicted_rows)
        .map(|(name, images)| {
            let strip = picture::strip(&images, SCENE_SIDE, &format!("{}: {name}", target.task.name))?;
            Ok(format!("<span>{}</span>{strip}\n", escape(&name)))
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    Ok(figure(
        &format!("<div class=\"pictures\">\n{}</div>", concat(strips)),
        &format!(
            "Test scenes of `{}`. Below them the classes as grey levels, from black: {}. White pixels, at the edges of \
             objects, are ignored. Predictions are shown where they are measured, at every second row and column.",
            target.task.name,
            target.task.class_names().join(", ")
        ),
    ))
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

fn grey(label: u8, n_classes: usize) -> u8 {
    if label == IGNORED {
        return IGNORED_GREY;
    }
    (usize::from(label) * BRIGHTEST / (n_classes - 1)) as u8
}
