//! Files of graphs, networks and tables, with errors that name the file and the line.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;

use causal_graph::format::csv::{self, ColumnKinds, CsvParams, CsvTable, Missing};
use causal_graph::format::{self, Format};
use causal_graph::network::BayesianNetwork;
use causal_graph::{Dag, Nodes, Pdag};
use clap::ValueEnum;
use flate2::read::GzDecoder;
use tensor_core::array_io::write_atomically;

use crate::support::exit::bad_input;

/// The text of a file; a name that ends in `.gz` says that it is gzipped.
pub(crate) fn text(path: &Path) -> anyhow::Result<String> {
    let unreadable = |error: std::io::Error| bad_input(format!("{}: {error}", path.display()));
    let file = BufReader::new(File::open(path).map_err(unreadable)?);
    let mut bytes = Vec::new();
    let is_gzipped = path.extension().is_some_and(|extension| extension == "gz");
    let read = if is_gzipped {
        GzDecoder::new(file).read_to_end(&mut bytes)
    } else {
        { file }.read_to_end(&mut bytes)
    };
    read.map_err(unreadable)?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.split(|&byte| byte == b'\n').count();
        bad_input(format!("{}: line {line}: the text is not UTF-8", path.display()))
    })
}

/// A Bayesian network.
pub(crate) fn network(path: &Path) -> anyhow::Result<BayesianNetwork> {
    format::bif::read(&text(path)?).map_err(in_file(path))
}

/// A graph, directed or not.
pub(crate) fn graph(path: &Path) -> anyhow::Result<Pdag> {
    format::read_graph(&text(path)?, format_of(path)?).map_err(in_file(path))
}

/// A graph whose edges are all directed and form no cycle.
pub(crate) fn dag(path: &Path) -> anyhow::Result<Dag> {
    format::read_dag(&text(path)?, format_of(path)?).map_err(in_file(path))
}

/// The same graph with its nodes in the order of `nodes`.
pub(crate) fn in_the_order_of(nodes: &Nodes, graph: &Pdag, path: &Path) -> anyhow::Result<Pdag> {
    let is_missing = |name: &&String| graph.nodes().get(name).is_none();
    if let Some(name) = nodes.names().iter().find(is_missing) {
        return Err(bad_input(format!(
            "{}: the node `{name}` of the true graph is missing",
            path.display()
        )));
    }
    let place = |node: usize| nodes.index(graph.nodes().name(node));
    let directed: Vec<_> = graph
        .directed_edges()
        .map(|(from, to)| Ok((place(from)?, place(to)?)))
        .collect::<causal_graph::Result<_>>()
        .map_err(in_file(path))?;
    let undirected: Vec<_> = graph
        .undirected_edges()
        .map(|(a, b)| Ok((place(a)?, place(b)?)))
        .collect::<causal_graph::Result<_>>()
        .map_err(in_file(path))?;
    if let Some(name) = graph
        .nodes()
        .names()
        .iter()
        .find(|name| nodes.get(name).is_none())
    {
        return Err(bad_input(format!(
            "{}: the true graph has no node `{name}`",
            path.display()
        )));
    }
    Pdag::from_edges(nodes.clone(), directed, undirected).map_err(in_file(path))
}

/// What all columns of a table hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColumnKind {
    Numbers,
    States,
}

/// A table.
pub(crate) fn table(
    path: &Path,
    columns: Option<ColumnKind>,
    drop_missing: bool,
) -> anyhow::Result<CsvTable> {
    let params = CsvParams {
        kinds: match columns {
            None => ColumnKinds::Infer,
            Some(ColumnKind::Numbers) => ColumnKinds::Continuous,
            Some(ColumnKind::States) => ColumnKinds::Discrete,
        },
        missing: if drop_missing {
            Missing::DropRows
        } else {
            Missing::Refuse
        },
        ..CsvParams::default()
    };
    csv::read_with(&text(path)?, &params).map_err(in_file(path))
}

/// Writes a graph in the format that the file's extension says.
pub(crate) fn write_graph(path: &Path, graph: &Pdag) -> anyhow::Result<()> {
    let text = format::write_graph(graph, format_of(path)?).map_err(in_file(path))?;
    write_atomically(path, |file| file.write_all(text.as_bytes())).map_err(bad_input)
}

/// `X=VALUE`, taken apart.
pub(crate) fn assignment<'a>(
    option: &str,
    text: &'a str,
    expected: &str,
) -> anyhow::Result<(&'a str, &'a str)> {
    text.split_once('=')
        .ok_or_else(|| bad_input(format!("{option} is `{text}`: expected {expected}")))
}

/// The error of a file as one of the user's input.
pub(crate) fn in_file<E: std::fmt::Display>(path: &Path) -> impl Fn(E) -> anyhow::Error {
    move |error| bad_input(format!("{}: {error}", path.display()))
}

fn format_of(path: &Path) -> anyhow::Result<Format> {
    Format::from_path(path).map_err(in_file(path))
}
