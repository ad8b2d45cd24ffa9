//! Plots as inline SVG, in colours that read on a light and on a dark page.

use anyhow::anyhow;
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::html::escape;

/// Stands for the page's own text colour, which plotters cannot name: no plot draws with it.
const INK: RGBColor = RGBColor(1, 2, 3);
const INK_IN_SVG: &str = "#010203";
const GRID: RGBColor = RGBColor(140, 150, 160);
/// Text size [px] of a plot as drawn; the page scales the plot to its column.
const TEXT: i32 = 20;

/// A colour for each series, told apart by readers who see colours differently; the last is for "none of these".
/// A colour for each series, told apart by readers who see colours differently.
pub(crate) const COLOURS: [RGBColor; 5] = [
    RGBColor(60, 125, 205),
    RGBColor(225, 110, 40),
    RGBColor(35, 150, 95),
    RGBColor(140, 95, 190),
    RGBColor(195, 155, 30),
];
/// For what belongs to no series.
pub(crate) const NEUTRAL: RGBColor = RGBColor(130, 138, 148);

/// How a point is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marker {
    /// A filled circle.
    Circle,
    /// A filled triangle.
    Triangle,
}

/// A point of a scatter plot.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Point {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) colour: RGBColor,
    pub(crate) marker: Marker,
}

/// A row of an interval plot: an estimate and the ends of its interval, for each series.
#[derive(Debug, Clone)]
pub(crate) struct IntervalRow {
    pub(crate) label: String,
    /// One entry a series: low, estimate, high; nothing where the estimate does not exist.
    pub(crate) series: Vec<Option<[f64; 3]>>,
}

/// A line of a plot of lines.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) colour: RGBColor,
    /// From left to right.
    pub(crate) points: Vec<(f64, f64)>,
}

/// A scatter plot titled `title`.
pub(crate) fn scatter(title: &str, x_label: &str, y_label: &str, points: &[Point]) -> anyhow::Result<String> {
    let x_range = padded(points.iter().map(|point| point.x));
    let y_range = padded(points.iter().map(|point| point.y));
    draw(
        (440, 350),
        &format!("{title}: {y_label} against {x_label}"),
        |root| {
            let chart = axes(root, title, [x_label, y_label], [x_range, y_range])?;
            for point in points {
                let (at, style) = ((point.x, point.y), point.colour.mix(0.85).filled());
                match point.marker {
                    Marker::Circle => chart.plotting_area().draw(&Circle::new(at, 6, style))?,
                    Marker::Triangle => chart.plotting_area().draw(&TriangleMarker::new(at, 8, style))?,
                }
            }
            Ok(())
        },
    )
}

/// Lines over a band: at each x, from left to right, its lower and its upper edge.
pub(crate) fn lines(
    title: &str,
    x_label: &str,
    y_label: &str,
    band: &[[f64; 3]],
    lines: &[Line],
) -> anyhow::Result<String> {
    let points = || lines.iter().flat_map(|line| &line.points);
    let x_range = padded(
        points()
            .map(|point| point.0)
            .chain(band.iter().map(|edge| edge[0])),
    );
    let edges = band.iter().flat_map(|&[_, low, high]| [low, high]);
    let y_range = padded(points().map(|point| point.1).chain(edges));
    draw(
        (440, 350),
        &format!("{title}: {y_label} against {x_label}"),
        |root| {
            let chart = axes(root, title, [x_label, y_label], [x_range, y_range])?;
            let area = chart.plotting_area();
            let lower = band.iter().map(|&[x, low, _]| (x, low));
            let upper = band.iter().rev().map(|&[x, _, high]| (x, high));
            let outline: Vec<(f64, f64)> = lower.chain(upper).collect();
            area.draw(&Polygon::new(outline, NEUTRAL.mix(0.3).filled()))?;
            for line in lines {
                area.draw(&PathElement::new(
                    line.points.clone(),
                    line.colour.stroke_width(3),
                ))?;
                for &point in &line.points {
                    area.draw(&Circle::new(point, 5, line.colour.filled()))?;
                }
            }
            Ok(())
        },
    )
}

/// Estimates with their intervals, a row each, over an axis from `-limit` to `limit` with a line at 0.
///
/// Within a row the series stand one below the other in the order of [`COLOURS`] given.
pub(crate) fn intervals(
    title: &str,
    x_label: &str,
    limit: f64,
    rows: &[IntervalRow],
    colours: &[RGBColor],
) -> anyhow::Result<String> {
    let row_height = 22 * colours.len().max(1) as u32 + 16;
    let height = row_height * rows.len() as u32 + 130;
    let spacing = 22.0 / f64::from(row_height);
    draw((1100, height), &format!("{title}: {x_label}"), |root| {
        let mut chart = ChartBuilder::on(root)
            .caption(title, text(TEXT + 4))
            .margin(8)
            .margin_right(24)
            .x_label_area_size(56)
            .y_label_area_size(190)
            .build_cartesian_2d(-limit..limit, rows.len() as f64..0.0)?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .disable_y_axis()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID.mix(0.3))
            .axis_style(GRID)
            .label_style(text(TEXT))
            .axis_desc_style(text(TEXT))
            .x_labels(9)
            .x_label_formatter(&|x| tick(*x, [-limit, limit]))
            .x_desc(x_label)
            .draw()?;
        let area = chart.plotting_area();
        area.draw(&PathElement::new(
            [(0.0, 0.0), (0.0, rows.len() as f64)],
            GRID.stroke_width(2),
        ))?;
        for (index, row) in rows.iter().enumerate() {
            let label = text(TEXT).pos(Pos::new(HPos::Right, VPos::Center));
            let middle = index as f64 + 0.5;
            area.draw(&(EmptyElement::at((-limit, middle)) + Text::new(row.label.clone(), (-14, 0), label)))?;
            for (place, (estimate, colour)) in row.series.iter().zip(colours).enumerate() {
                let Some([low, estimate, high]) = *estimate else {
                    continue;
                };
                let y = middle + (place as f64 - (colours.len() as f64 - 1.0) / 2.0) * spacing;
                area.draw(&PathElement::new([(low, y), (high, y)], colour.stroke_width(4)))?;
                area.draw(&Circle::new((estimate, y), 7, colour.filled()))?;
            }
        }
        Ok(())
    })
}

/// A marker alone, for a legend; without a colour in the page's own text colour.
pub(crate) fn legend_marker(colour: Option<RGBColor>, marker: Marker) -> String {
    let fill = colour.map_or("currentColor".to_owned(), |RGBColor(red, green, blue)| {
        format!("rgb({red},{green},{blue})")
    });
    let shape = match marker {
        Marker::Circle => "<circle cx=\"8\" cy=\"8\" r=\"6\"",
        Marker::Triangle => "<polygon points=\"8,1 15,14 1,14\"",
    };
    format!("<svg viewBox=\"0 0 16 16\" aria-hidden=\"true\">{shape} fill=\"{fill}\"/></svg>")
}

/// What a chart with two axes of numbers is.
type Axes<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// A chart titled `title` with labels and ranges of x and y.
fn axes<'a, 'b>(
    root: &'a DrawingArea<SVGBackend<'b>, Shift>,
    title: &str,
    [x_label, y_label]: [&str; 2],
    [x_range, y_range]: [[f64; 2]; 2],
) -> Result<Axes<'a, 'b>, Box<dyn std::error::Error>> {
    let mut chart = ChartBuilder::on(root)
        .caption(title, text(TEXT + 4))
        .margin(8)
        .margin_right(18)
        .x_label_area_size(56)
        .y_label_area_size(74)
        .build_cartesian_2d(x_range[0]..x_range[1], y_range[0]..y_range[1])?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID.mix(0.3))
        .axis_style(GRID)
        .label_style(text(TEXT))
        .axis_desc_style(text(TEXT))
        .x_labels(4)
        .y_labels(5)
        .x_label_formatter(&|x| tick(*x, x_range))
        .y_label_formatter(&|y| tick(*y, y_range))
        .x_desc(x_label)
        .y_desc(y_label)
        .draw()?;
    Ok(chart)
}

/// Draws into a string, then gives the picture a description and the page's text colour.
fn draw<F>(size: (u32, u32), description: &str, content: F) -> anyhow::Result<String>
where
    F: FnOnce(&DrawingArea<SVGBackend<'_>, Shift>) -> Result<(), Box<dyn std::error::Error>>,
{
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        content(&root).map_err(|error| anyhow!("cannot draw `{description}`: {error}"))?;
        root.present()
            .map_err(|error| anyhow!("cannot draw `{description}`: {error}"))?;
    }
    let named = format!("<svg role=\"img\" aria-label=\"{}\" ", escape(description));
    Ok(svg
        .replacen("<svg ", &named, 1)
        .replace(INK_IN_SVG, "currentColor"))
}

fn text(size: i32) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&INK)
}

/// The range of the values with a margin of 6 % on both sides.
fn padded(values: impl Iterator<Item = f64>) -> [f64; 2] {
    let [low, high] = values.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], x| {
        [low.min(x), high.max(x)]
    });
    if !(low.is_finite() && high.is_finite()) {
        return [0.0, 1.0];
    }
    let span = if high > low {
        high - low
    } else {
        low.abs().max(1.0)
    };
    [low - 0.06 * span, high + 0.06 * span]
}

/// A tick's label, with as many decimals as ticks a fifth of the range apart need to differ.
fn tick(value: f64, [low, high]: [f64; 2]) -> String {
    let decimals = (1.0 - ((high - low) / 5.0).log10()).ceil().clamp(0.0, 9.0) as usize;
    let label = format!("{value:.decimals$}");
    let label = if label.contains('.') {
        label.trim_end_matches('0').trim_end_matches('.')
    } else {
        &label
    };
    if label == "-0" {
        "0".to_owned()
    } else {
        label.to_owned()
    }
}
