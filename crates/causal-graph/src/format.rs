//! File formats of graphs, networks and tables.
//!
//! | format | extensions | graphs | networks |
//! |---|---|---|---|
//! | [`bif`] | `bif` | the DAG of the network | discrete |
//! | [`dot`] | `dot`, `gv`, `dagitty` | directed and undirected edges | |
//! | [`gml`] | `gml` | directed and undirected edges | |
//! | [`graphml`] | `graphml`, `xml` | directed and undirected edges | |
//! | [`json`], [`linear_gaussian`] | `json` | directed and undirected edges | linear Gaussian |
//! | [`edge_list`] | `txt`, `csv`, `tsv`, `edges`, `edgelist` | directed and undirected edges | |
//! | [`model_string`] | `model` | DAGs | |
//!
//! Tables are [`csv`].
//!
//! Each of them has functions from and to text. [`Format::from_path`], [`read_graph`], [`read_dag`] and [`read_network`]
//! are for programs that take whatever file they are given.
//!
//! # What holds throughout
//!
//! - What was written reads back the same: nodes in the same order, numbers to the last bit.
//! - An error has the line. A text that is not of the format, or breaks off, is an error and never a panic, and nothing
//!   is left out of a graph in silence: an edge `a <-> b` is refused.
//! - Nothing recurses on what is nested in a text, but for JSON, to a depth of 64. No text makes a reader take more than a
//!   few hundred bytes for each byte of it, but for the bits of a graph, n² / 8 bytes for each kind of edge with up to 32768
//!   nodes; the 2²⁴ probabilities that the defaults of a BIF may stand for; and the 2²² edges between subgraphs of DOT.

pub mod bif;
pub mod csv;
mod cursor;
pub mod dot;
mod draft;
pub mod edge_list;
mod error;
pub mod gml;
pub mod graphml;
mod identified;
pub mod json;
pub mod linear_gaussian;
pub mod model_string;
mod quote;

use std::path::Path;

pub use error::{FormatError, Problem};

use crate::network::{BayesianNetwork, LinearGaussianNetwork};
use crate::{Dag, Error, Pdag, Result};

/// A file format of graphs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// [`bif`]
    Bif,
    /// [`dot`]
    Dot,
    /// [`gml`]
    Gml,
    /// [`graphml`]
    GraphMl,
    /// [`json`], and for networks [`linear_gaussian`]
    Json,
    /// [`edge_list`]
    EdgeList,
    /// [`model_string`]
    ModelString,
}

impl Format {
    /// The format that the extension of a file stands for, in upper or lower case.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownFormat`] if it stands for none.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::format::Format;
    ///
    /// assert_eq!(Format::from_path("networks/asia.bif".as_ref())?, Format::Bif);
    /// assert!(Format::from_path("asia".as_ref()).is_err());
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn from_path(path: &Path) -> Result<Self> {
        let extension = path.extension().and_then(|extension| extension.to_str());
        let extension = extension.unwrap_or_default().to_ascii_lowercase();
        match extension.as_str() {
            "bif" => Ok(Self::Bif),
            "dot" | "gv" | "dagitty" => Ok(Self::Dot),
            "gml" => Ok(Self::Gml),
            "graphml" | "xml" => Ok(Self::GraphMl),
            "json" => Ok(Self::Json),
            "txt" | "csv" | "tsv" | "edges" | "edgelist" => Ok(Self::EdgeList),
            "model" => Ok(Self::ModelString),
            _ => Err(Error::UnknownFormat { extension }),
        }
    }
}

/// Reads a graph; of a network, its DAG.
///
/// # Errors
///
/// Those of the format's `read`.
///
/// # Examples
///
/// ```
/// use causal_graph::format::{Format, read_graph};
///
/// let from_dot = read_graph("digraph { a -> b }", Format::Dot)?;
/// assert_eq!(read_graph("[a][b|a]", Format::ModelString)?, from_dot);
/// # Ok::<(), causal_graph::Error>(())
/// ```
pub fn read_graph(text: &str, format: Format) -> Result<Pdag> {
    match format {
        Format::Bif => Ok(Pdag::from(bif::read(text)?.dag())),
        Format::Dot => dot::read(text),
        Format::Gml => gml::read(text),
        Format::GraphMl => graphml::read(text),
        Format::Json => json::read(text),
        Format::EdgeList => edge_list::read(text),
        Format::ModelString => Ok(Pdag::from(&model_string::read(text)?)),
    }
}

/// Reads a DAG; of a network, its DAG.
///
/// # Errors
///
/// Those of the format's `read`; an edge without direction, or a cycle, with the line.
pub fn read_dag(text: &str, format: Format) -> Result<Dag> {
    match format {
        Format::Bif => Ok(bif::read(text)?.dag().clone()),
        Format::Dot => dot::read_dag(text),
        Format::Gml => gml::read_dag(text),
        Format::GraphMl => graphml::read_dag(text),
        Format::Json => json::read_dag(text),
        Format::EdgeList => edge_list::read_dag(text),
        Format::ModelString => model_string::read(text),
    }
}

/// Writes a graph so that [`read_graph`] gives it back.
///
/// # Errors
///
/// [`Error::OtherContents`] for BIF, which holds networks; [`Error::UnwritableName`]; for a model string an edge without
/// direction, or a cycle.
///
/// # Examples
///
/// ```
/// use causal_graph::format::{Format, read_graph, write_graph};
///
/// let graph = read_graph("a -> b", Format::EdgeList)?;
/// assert_eq!(write_graph(&graph, Format::ModelString)?, "[a][b|a]");
/// # Ok::<(), causal_graph::Error>(())
/// ```
pub fn write_graph(graph: &Pdag, format: Format) -> Result<String> {
    match format {
        Format::Bif => Err(Error::OtherContents {
            format,
            holds: "networks",
            wanted: "graphs",
        }),
        Format::Dot => Ok(dot::write(graph)),
        Format::Gml => Ok(gml::write(graph)),
        Format::GraphMl => graphml::write(graph),
        Format::Json => Ok(json::write(graph)),
        Format::EdgeList => Ok(edge_list::write(graph)),
        Format::ModelString => model_string::write(&graph.to_dag()?),
    }
}

/// A network of either kind.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Network {
    /// Of variables with finitely many states.
    Discrete(BayesianNetwork),
    /// Of real variables.
    LinearGaussian(LinearGaussianNetwork),
}

/// Reads a network.
///
/// # Errors
///
/// Those of [`bif::read`] and [`linear_gaussian::read`]; [`Error::OtherContents`] for a format that holds graphs alone.
///
/// # Examples
///
/// ```
/// use causal_graph::format::{Format, Network, read_network};
///
/// let text = "variable a { type discrete [ 2 ] { yes, no }; } probability ( a ) { table 0.5, 0.5; }";
/// let Network::Discrete(network) = read_network(text, Format::Bif)? else {
///     panic!("BIF is discrete");
/// };
/// assert_eq!(network.n_parameters(), 1);
/// # Ok::<(), causal_graph::Error>(())
/// ```
pub fn read_network(text: &str, format: Format) -> Result<Network> {
    match format {
        Format::Bif => Ok(Network::Discrete(bif::read(text)?)),
        Format::Json => Ok(Network::LinearGaussian(linear_gaussian::read(text)?)),
        format => Err(Error::OtherContents {
            format,
            holds: "graphs",
            wanted: "networks",
        }),
    }
}
