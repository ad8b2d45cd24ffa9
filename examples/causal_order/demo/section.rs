//! The report's part.

use tensor_core::report::Provenance;

use super::linear::Noise;
use super::networks::{ALGORITHMS, Cell};
use super::{Results, mean};
use crate::support::html::{concat, details, escape, figure, heading, list, paragraph};
use crate::support::output;
use crate::support::plot::{COLOURS, Line, Marker, legend_marker, lines};
use crate::support::report::Section;
use crate::support::table::Table;

/// The section of the report.
pub(crate) fn section(results: &Results, provenance: &Provenance) -> anyhow::Result<Section> {
    let parts = [
        paragraph(
            "Tables are drawn from networks and linear models whose graph is known, and every algorithm is asked for the graph. \
             What data alone can tell is the Markov equivalence class, so distances are those of classes; the divergence of an \
             order is the mean over the class that was found.",
        ),
        format!("<div class=\"finding\">{}</div>\n", list(&sentences(results))),
        heading("Published networks"),
        network_plot(results)?,
        network_table(results).to_html(
            "Structural Hamming distance to the true class, and after the stroke the edges that an order turns around; means \
             over the repetitions.",
        ),
        heading("Linear models"),
        linear_table(results).to_html(&format!(
            "Edges that the order turns around, of {:.1}. Variance grows along {:.0} % of the directed paths as the data come; \
             standardised columns all have the same.",
            results.linear.n_edges,
            100.0 * results.linear.sortability
        )),
        heading("Exact effects"),
        effect_table(results).to_html("Average causal effects by variable elimination."),
        details(
            "Parameters, seed and inputs",
            &format!("<pre>{}</pre>\n", escape(&output::to_json(provenance)?)),
        ),
    ];
    Ok(Section {
        order: 40,
        id: "causal-order",
        title: "Causal orders",
        body: concat(parts),
    })
}

/// The tables for a terminal.
pub(crate) fn tables(results: &Results) -> String {
    [
        network_table(results),
        linear_table(results),
        effect_table(results),
    ]
    .map(|table| table.to_text())
    .join("\n")
}

/// What was found, a sentence each.
pub(crate) fn sentences(results: &Results) -> Vec<String> {
    let largest = results
        .networks
        .cells
        .iter()
        .map(|cell| cell.n_rows)
        .max()
        .unwrap_or(0);
    let of_algorithm = |name: &str| {
        let cells = results.networks.cells.iter();
        mean(
            cells
                .filter(|cell| cell.n_rows == largest && cell.algorithm == name && is_small(cell))
                .map(|cell| cell.shd),
        )
    };
    let mut ranked: Vec<(&str, f64)> = ALGORITHMS
        .iter()
        .map(|a| (a.name(), of_algorithm(a.name())))
        .collect();
    ranked.sort_by(|a, b| a.1.total_cmp(&b.1));
    let shown: Vec<String> = ranked
        .iter()
        .map(|(name, shd)| format!("{name} {shd:.1}"))
        .collect();
    let linear = |method: &str, noise: Noise, is_standardised: bool| {
        let cells = results.linear.cells.iter();
        mean(
            cells
                .filter(|cell| {
                    cell.method == method && cell.noise == noise && cell.is_standardised == is_standardised
                })
                .map(|cell| cell.d_top),
        )
    };
    vec![
        format!(
            "On the four small networks with {largest} rows the mean structural Hamming distance is {}.",
            shown.join(", ")
        ),
        format!(
            "With Laplace noise direct-lingam turns {:.1} of {:.1} edges around, standardised {:.1}; with Gaussian noise, where the \
             order is not in the data, {:.1}.",
            linear("direct-lingam", Noise::Laplace, false),
            results.linear.n_edges,
            linear("direct-lingam", Noise::Laplace, true),
            linear("direct-lingam", Noise::Gaussian, false),
        ),
        format!(
            "Sorting by variance alone turns {:.1} around and, once columns are standardised, {:.1}; notears {:.1} and {:.1}.",
            linear("var-sort", Noise::Laplace, false),
            linear("var-sort", Noise::Laplace, true),
            linear("notears", Noise::Laplace, false),
            linear("notears", Noise::Laplace, true),
        ),
    ]
}

/// Whether every algorithm is run on the network.
fn is_small(cell: &Cell) -> bool {
    ["cancer", "earthquake", "survey", "asia"].contains(&cell.network.as_str())
}

fn network_table(results: &Results) -> Table {
    let mut table = Table::new().words("network").numbers("rows");
    for algorithm in ALGORITHMS {
        table = table.numbers(algorithm.name());
    }
    let mut rows: Vec<(&str, usize)> = Vec::new();
    for cell in &results.networks.cells {
        if !rows.contains(&(cell.network.as_str(), cell.n_rows)) {
            rows.push((&cell.network, cell.n_rows));
        }
    }
    for (network, n_rows) in rows {
        let mut cells = vec![network.to_owned(), n_rows.to_string()];
        cells.extend(ALGORITHMS.iter().map(|algorithm| {
            let found = results.networks.cells.iter().find(|cell| {
                cell.network == network && cell.n_rows == n_rows && cell.algorithm == algorithm.name()
            });
            found.map_or_else(String::new, |cell| format!("{:.1} / {:.1}", cell.shd, cell.d_top))
        }));
        table.row(cells);
    }
    table
}

fn linear_table(results: &Results) -> Table {
    let mut table = Table::new()
        .words("method")
        .numbers("Laplace")
        .numbers("Laplace,\nstandardised")
        .numbers("Gaussian")
        .numbers("Gaussian,\nstandardised");
    let methods: Vec<&str> = results
        .linear
        .cells
        .chunks(4)
        .map(|cells| cells[0].method)
        .collect();
    for (method, cells) in methods.into_iter().zip(results.linear.cells.chunks(4)) {
        let mut row = vec![method.to_owned()];
        row.extend(cells.iter().map(|cell| format!("{:.1}", cell.d_top)));
        table.row(row);
    }
    table
}

fn effect_table(results: &Results) -> Table {
    let mut table = Table::new()
        .words("network")
        .words("treatment")
        .words("outcome")
        .numbers("effect");
    for effect in &results.effects {
        table.row(vec![
            effect.network.to_owned(),
            format!("{}: {} to {}", effect.treatment, effect.from, effect.to),
            format!("{} = {}", effect.outcome, effect.state),
            format!("{:+.6}", effect.ace),
        ]);
    }
    table
}

/// The mean distance over the small networks against the number of rows.
fn network_plot(results: &Results) -> anyhow::Result<String> {
    let shown = ["pc-stable", "hc", "ges", "exact", "order-mcmc"];
    let mut sizes: Vec<usize> = results.networks.cells.iter().map(|cell| cell.n_rows).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let drawn: Vec<Line> = shown
        .iter()
        .zip(COLOURS)
        .map(|(name, colour)| Line {
            colour,
            points: sizes
                .iter()
                .map(|&n_rows| {
                    let cells = results.networks.cells.iter();
                    let of_size = cells
                        .filter(|cell| cell.n_rows == n_rows && cell.algorithm == *name && is_small(cell));
                    ((n_rows as f64).log10(), mean(of_size.map(|cell| cell.shd)))
                })
                .collect(),
        })
        .collect();
    let plot = lines("Small networks", "log10 rows", "mean SHD", &[], &drawn)?;
    let legend = concat(shown.iter().zip(COLOURS).map(|(name, colour)| {
        format!(
            "{} {} ",
            legend_marker(Some(colour), Marker::Circle),
            escape(name)
        )
    }));
    Ok(figure(
        &format!("{plot}\n<p>{legend}</p>"),
        "Distance to the true class, the mean over the four small networks.",
    ))
}
