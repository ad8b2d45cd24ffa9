//! Rows of scenes, and of maps of their pixels, for the report.

use super::scene::{IGNORED, SCENE_SIDE, Scenes};
use super::task::Task;
use crate::support::html::{concat, escape, figure};
use crate::support::picture;

/// The grey level of an ignored pixel; classes run from black to [`BRIGHTEST`].
pub(crate) const IGNORED_GREY: u8 = 255;
const BRIGHTEST: usize = 220;

/// A name, and a grey map of each scene that is shown.
pub(crate) type Row = (String, Vec<Vec<u8>>);

/// The first scenes of a task and their classes.
pub(crate) fn scenes_and_classes(task: &Task, scenes: &Scenes, n_shown: usize) -> [Row; 2] {
    let classes = |index| {
        let labels = scenes.scene_labels(index).iter();
        labels.map(|&label| grey(label, task.n_classes())).collect()
    };
    [
        (
            "scenes".to_owned(),
            (0..n_shown).map(|index| scenes.scene(index).to_vec()).collect(),
        ),
        ("true classes".to_owned(), (0..n_shown).map(classes).collect()),
    ]
}

/// The rows below each other, and in words what is seen.
pub(crate) fn rows_of_maps(task: &Task, rows: &[Row], caption: &str) -> anyhow::Result<String> {
    let strips = rows
        .iter()
        .map(|(name, maps)| {
            let maps: Vec<&[u8]> = maps.iter().map(Vec::as_slice).collect();
            let strip = picture::strip(&maps, SCENE_SIDE, &format!("{}: {name}", task.name))?;
            Ok(format!("<span>{}</span>{strip}\n", escape(name)))
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    Ok(figure(
        &format!("<div class=\"pictures\">\n{}</div>", concat(strips)),
        caption,
    ))
}

/// The grey level of a class.
pub(crate) fn grey(label: u8, n_classes: usize) -> u8 {
    if label == IGNORED {
        return IGNORED_GREY;
    }
    (usize::from(label) * BRIGHTEST / (n_classes - 1)) as u8
}
