//! Procedural grey textures, the backgrounds of the scenes.

use std::f64::consts::{PI, TAU};

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::scene::SCENE_SIDE;

/// A family of textures; a draw from it has its own direction, scale, brightness and contrast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Texture {
    /// A change of brightness along a line.
    Gradient,
    /// Waves.
    Stripes,
    /// Squares of two tones.
    Checks,
    /// Smooth noise at three scales.
    Clouds,
    /// Noise at the scale of two pixels.
    Grain,
}

impl Texture {
    /// Brightness in 0..=1 of every pixel of a scene, row after row.
    pub(crate) fn draw(self, rng: &mut impl Rng) -> Vec<f64> {
        let pattern = match self {
            Self::Gradient => gradient(rng),
            Self::Stripes => stripes(rng),
            Self::Checks => checks(rng),
            Self::Clouds => clouds(rng),
            Self::Grain => value_noise(2.0, rng),
        };
        let brightness = rng.random_range(0.3..0.7);
        let contrast = rng.random_range(0.08..0.25);
        pattern
            .into_iter()
            .map(|value: f64| (brightness + contrast * value).clamp(0.0, 1.0))
            .collect()
    }
}

/// Values in -1..=1, a function of column and row.
fn pattern(value: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let places = |row| (0..SCENE_SIDE).map(move |column| (column as f64, f64::from(row)));
    (0..SCENE_SIDE as u32)
        .flat_map(places)
        .map(|(x, y)| value(x, y))
        .collect()
}

fn gradient(rng: &mut impl Rng) -> Vec<f64> {
    let (sin, cos) = rng.random_range(0.0..TAU).sin_cos();
    let middle = (SCENE_SIDE as f64 - 1.0) / 2.0;
    let reach = middle * (sin.abs() + cos.abs());
    pattern(|x, y| ((x - middle) * cos + (y - middle) * sin) / reach)
}

fn stripes(rng: &mut impl Rng) -> Vec<f64> {
    let (sin, cos) = rng.random_range(0.0..PI).sin_cos();
    let wave_number = TAU / rng.random_range(5.0..14.0);
    let phase = rng.random_range(0.0..TAU);
    pattern(|x, y| ((x * cos + y * sin) * wave_number + phase).sin())
}

fn checks(rng: &mut impl Rng) -> Vec<f64> {
    let (sin, cos) = rng.random_range(0.0..PI / 2.0).sin_cos();
    let side = rng.random_range(4.0..10.0);
    let tone = |distance: f64| {
        if (distance / side).floor() as i64 % 2 == 0 {
            1.0
        } else {
            -1.0
        }
    };
    pattern(|x, y| tone(x * cos + y * sin) * tone(y * cos - x * sin))
}

fn clouds(rng: &mut impl Rng) -> Vec<f64> {
    let mut sum = vec![0.0; SCENE_SIDE * SCENE_SIDE];
    for (spacing, share) in [(16.0, 0.6), (8.0, 0.3), (4.0, 0.1)] {
        for (sum, value) in sum.iter_mut().zip(value_noise(spacing, rng)) {
            *sum += share * value;
        }
    }
    sum
}

/// Uniform values on a lattice, interpolated without a kink at its points.
fn value_noise(spacing: f64, rng: &mut impl Rng) -> Vec<f64> {
    // One point beyond the far edge, on which the last pixels lean.
    let n_points = (SCENE_SIDE as f64 / spacing).ceil() as usize + 1;
    let lattice: Vec<f64> = (0..n_points * n_points)
        .map(|_| rng.random_range(-1.0..1.0))
        .collect();
    let smooth = |t: f64| t * t * (3.0 - 2.0 * t);
    pattern(|x, y| {
        let (column, row) = ((x / spacing) as usize, (y / spacing) as usize);
        let (right, down) = (smooth((x / spacing).fract()), smooth((y / spacing).fract()));
        let point = |row: usize, column: usize| lattice[row * n_points + column];
        let above = point(row, column) * (1.0 - right) + point(row, column + 1) * right;
        let below = point(row + 1, column) * (1.0 - right) + point(row + 1, column + 1) * right;
        above * (1.0 - down) + below * down
    })
}
