//! JSON of linear Gaussian networks, as pgmpy writes it and holds networks of the bnlearn repository.
//!
//! ```text
//! {
//!   "nodes": ["a", "b"],
//!   "arcs": [["a", "b"]],
//!   "cpds": {
//!     "a": {"coefficients": {"(Intercept)": [0.5]}, "variance": [4.0], "parents": []},
//!     "b": {"coefficients": {"(Intercept)": [1.0], "a": [-2.0]}, "variance": [0.25], "parents": ["a"]}
//!   }
//! }
//! ```
//!
//! `variance` is that of the noise. `arcs` must say the same as `parents`, if it is there. A number may stand alone or in
//! a list of one.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use super::Problem;
use super::cursor::Cursor;
use super::draft::GraphDraft;
use super::json::document::{self, Kind, Value};
use super::json::{Source, quoted};
use crate::network::{LinearGaussianNetwork, LinearMechanism};
use crate::{Error, Nodes, Result};

const FORMAT: &str = "linear Gaussian JSON";

/// The key of the intercept among the coefficients.
const INTERCEPT: &str = "(Intercept)";

/// Reads a network.
///
/// # Errors
///
/// [`Error::Format`] with the line: text that is not JSON, or breaks off; missing or unknown keys; unknown nodes; parents
/// that are not those of the coefficients or of `arcs`; a variance below 0; a cycle.
///
/// # Examples
///
/// ```
/// use causal_graph::format::linear_gaussian;
///
/// let text = r#"{"nodes": ["a", "b"], "cpds": {
///     "b": {"coefficients": {"(Intercept)": [1], "a": [-2]}, "variance": [0.25], "parents": ["a"]},
///     "a": {"coefficients": {"(Intercept)": [0.5]}, "variance": [4], "parents": []}}}"#;
/// let network = linear_gaussian::read(text)?;
/// assert_eq!(network.mechanism(1).coefficients, [-2.0]);
/// assert_eq!(network.mechanism(0).standard_deviation, 2.0);
/// assert_eq!(linear_gaussian::read(&linear_gaussian::write(&network)?)?, network);
/// # Ok::<(), causal_graph::Error>(())
/// ```
pub fn read(text: &str) -> Result<LinearGaussianNetwork> {
    let mut cursor = Cursor::new(text, FORMAT);
    let document = document::read(&mut cursor)?;
    let source = Source(&cursor);
    let (mut names, mut arcs, mut cpds) = (None, None, None);
    for (key, value) in source.object(document, "an object with `nodes` and `cpds`")? {
        match key.as_ref() {
            "nodes" if names.is_some() => return Err(repeated(&source, value.at, "`nodes`")),
            "arcs" if arcs.is_some() => return Err(repeated(&source, value.at, "`arcs`")),
            "cpds" if cpds.is_some() => return Err(repeated(&source, value.at, "`cpds`")),
            "nodes" => names = Some(source.list(value, "a list of nodes")?),
            "arcs" => arcs = Some(source.list(value, "a list of arcs")?),
            "cpds" => cpds = Some(value),
            _ => return Err(source.unexpected(value.at, &key, "`nodes`, `arcs` or `cpds`")),
        }
    }
    let missing = |what| cursor.error_at(0, Problem::Missing { what });
    let names = names.ok_or_else(|| missing("`nodes`"))?;
    let cpds = cpds.ok_or_else(|| missing("`cpds`"))?;
    let nodes = nodes(&source, names)?;
    let (mechanisms, places) = mechanisms(&source, &nodes, cpds)?;
    if let Some(arcs) = arcs {
        check_arcs(&source, &nodes, &mechanisms, &places, arcs)?;
    }
    LinearGaussianNetwork::new(nodes.clone(), mechanisms).map_err(|problem| {
        let concerned: &[String] = match &problem {
            Error::Cycle { cycle } => cycle,
            Error::SelfLoop { node }
            | Error::RepeatedEdge { b: node, .. }
            | Error::Mechanism { node, .. } => std::slice::from_ref(node),
            _ => &[],
        };
        let places = concerned
            .iter()
            .filter_map(|name| nodes.get(name))
            .map(|node| places[node]);
        graph_error(&source, places.max().unwrap_or(0), problem)
    })
}

/// Writes a network so that [`read`] gives it back to the last bit, as long as the squares of the standard deviations
/// neither overflow nor come below the least normal number.
///
/// # Errors
///
/// [`Error::UnwritableName`] for a parent of the name `(Intercept)`.
pub fn write(network: &LinearGaussianNetwork) -> Result<String> {
    let names: Vec<String> = network.nodes().names().iter().map(|name| quoted(name)).collect();
    if let Some(node) = network.nodes().get(INTERCEPT)
        && !network.dag().children(node).is_empty()
    {
        return Err(Error::UnwritableName {
            name: INTERCEPT.to_owned(),
            format: FORMAT,
            reason: "it is the key of the intercept",
        });
    }
    let arcs: Vec<String> = (0..names.len())
        .flat_map(|child| {
            network
                .mechanism(child)
                .parents
                .iter()
                .map(move |&parent| (parent, child))
        })
        .map(|(parent, child)| format!("\n    [{}, {}]", names[parent], names[child]))
        .collect();
    let mut text = format!(
        "{{\n  \"nodes\": [{}],\n  \"arcs\": [{}\n  ],\n  \"cpds\": {{",
        names.join(", "),
        arcs.join(",")
    );
    for (node, name) in names.iter().enumerate() {
        let mechanism = network.mechanism(node);
        let comma = if node == 0 { "" } else { "," };
        let parents: Vec<&str> = mechanism
            .parents
            .iter()
            .map(|&parent| names[parent].as_str())
            .collect();
        let mut coefficients = format!("\"{INTERCEPT}\": [{:?}]", mechanism.intercept);
        for (parent, coefficient) in parents.iter().zip(&mechanism.coefficients) {
            write!(coefficients, ", {parent}: [{coefficient:?}]").expect("a string takes everything");
        }
        let variance = mechanism.standard_deviation * mechanism.standard_deviation;
        let parents = parents.join(", ");
        write!(
            text,
            "{comma}\n    {name}: {{\"coefficients\": {{{coefficients}}}, \"variance\": [{variance:?}], \"parents\": [{parents}]}}"
        )
        .expect("a string takes everything");
    }
    text.push_str("\n  }\n}\n");
    Ok(text)
}

fn nodes(source: &Source<'_, '_>, names: Vec<Value<'_>>) -> Result<Nodes> {
    if let Some(value) = names.get(GraphDraft::MAX_NODES) {
        let (got, limit) = (names.len(), GraphDraft::MAX_NODES);
        return Err(source.0.error_at(value.at, Problem::TooManyNodes { got, limit }));
    }
    let mut seen = HashSet::new();
    let mut nodes = Vec::with_capacity(names.len());
    for value in names {
        let at = value.at;
        let name = source.name(value, "the name of a node")?.into_owned();
        if !seen.insert(name.clone()) {
            return Err(graph_error(source, at, Error::RepeatedNode { name }));
        }
        nodes.push(name);
    }
    Nodes::new(nodes)
}

/// The mechanism of each node and the place where it stands.
fn mechanisms(
    source: &Source<'_, '_>,
    nodes: &Nodes,
    cpds: Value<'_>,
) -> Result<(Vec<LinearMechanism>, Vec<usize>)> {
    let end = cpds.at;
    let mut found = vec![None; nodes.len()];
    for (name, value) in source.object(cpds, "an object of nodes")? {
        let at = value.at;
        let node = nodes
            .index(&name)
            .map_err(|problem| graph_error(source, at, problem))?;
        if found[node].is_some() {
            let node = name.into_owned();
            return Err(source.0.error_at(at, Problem::RepeatedTable { node }));
        }
        found[node] = Some((mechanism(source, nodes, value)?, at));
    }
    let mut mechanisms = Vec::with_capacity(nodes.len());
    let mut places = Vec::with_capacity(nodes.len());
    for (node, mechanism) in found.into_iter().enumerate() {
        let Some((mechanism, at)) = mechanism else {
            let node = nodes.name(node).to_owned();
            return Err(source.0.error_at(end, Problem::MissingTable { node }));
        };
        mechanisms.push(mechanism);
        places.push(at);
    }
    Ok((mechanisms, places))
}

fn mechanism(source: &Source<'_, '_>, nodes: &Nodes, value: Value<'_>) -> Result<LinearMechanism> {
    let at = value.at;
    let (mut coefficients, mut variance, mut parents) = (None, None, None);
    for (key, value) in source.object(value, "an object with `coefficients`, `variance` and `parents`")? {
        match key.as_ref() {
            "coefficients" if coefficients.is_some() => {
                return Err(repeated(source, value.at, "`coefficients`"));
            }
            "variance" if variance.is_some() => return Err(repeated(source, value.at, "`variance`")),
            "parents" if parents.is_some() => return Err(repeated(source, value.at, "`parents`")),
            "coefficients" => coefficients = Some(source.object(value, "an object of coefficients")?),
            "variance" => variance = Some(number(source, value)?),
            "parents" => parents = Some(source.list(value, "a list of parents")?),
            _ => return Err(source.unexpected(value.at, &key, "`coefficients`, `variance` or `parents`")),
        }
    }
    let missing = |what| source.0.error_at(at, Problem::Missing { what });
    let variance = variance.ok_or_else(|| missing("`variance`"))?;
    let mut by_parent = Vec::new();
    let mut intercept = None;
    for (name, value) in coefficients.ok_or_else(|| missing("`coefficients`"))? {
        let at = value.at;
        let value = number(source, value)?;
        if name == INTERCEPT {
            if intercept.is_some() {
                return Err(repeated(source, at, "the coefficient `(Intercept)`"));
            }
            intercept = Some(value);
            continue;
        }
        let parent = nodes
            .index(&name)
            .map_err(|problem| graph_error(source, at, problem))?;
        by_parent.push((parent, value));
    }
    if let Some(parents) = parents {
        let names: Result<Vec<Cow<'_, str>>> = parents
            .into_iter()
            .map(|parent| source.name(parent, "the name of a parent"))
            .collect();
        in_order_of(&names?, &mut by_parent, nodes)
            .ok_or_else(|| missing("a coefficient of a parent, or a parent,"))?;
    }
    let (parents, coefficients): (Vec<usize>, Vec<f64>) = by_parent.into_iter().unzip();
    let intercept = intercept.ok_or_else(|| missing("the coefficient `(Intercept)`"))?;
    // A variance below 0 is NaN from here on, which no mechanism takes.
    Ok(LinearMechanism::new(
        parents,
        coefficients,
        intercept,
        variance.sqrt(),
    ))
}

/// Puts coefficients in the order of the parents, if they are those of the parents.
fn in_order_of(parents: &[Cow<'_, str>], by_parent: &mut Vec<(usize, f64)>, nodes: &Nodes) -> Option<()> {
    let coefficients: HashMap<usize, f64> = by_parent.iter().copied().collect();
    if parents.len() != by_parent.len() || coefficients.len() != by_parent.len() {
        return None;
    }
    let mut ordered = Vec::with_capacity(parents.len());
    for parent in parents {
        let parent = nodes.get(parent)?;
        ordered.push((parent, *coefficients.get(&parent)?));
    }
    *by_parent = ordered;
    Some(())
}

/// Checks that the arcs are the edges from parents to children.
fn check_arcs(
    source: &Source<'_, '_>,
    nodes: &Nodes,
    mechanisms: &[LinearMechanism],
    places: &[usize],
    arcs: Vec<Value<'_>>,
) -> Result<()> {
    let mut missing: HashSet<(usize, usize)> = HashSet::new();
    for (child, mechanism) in mechanisms.iter().enumerate() {
        missing.extend(mechanism.parents.iter().map(|&parent| (parent, child)));
    }
    for value in arcs {
        let at = value.at;
        let pair = source.list(value, "an arc: two nodes")?;
        let Ok([from, to]) = <[Value<'_>; 2]>::try_from(pair) else {
            return Err(source.not(at, "an arc: two nodes"));
        };
        let index = |value| -> Result<usize> {
            let name = source.name(value, "a node")?;
            nodes
                .index(&name)
                .map_err(|problem| graph_error(source, at, problem))
        };
        if !missing.remove(&(index(from)?, index(to)?)) {
            let what = "the parent, or the coefficient, of the arc";
            return Err(source.0.error_at(at, Problem::Missing { what }));
        }
    }
    match missing.into_iter().min() {
        None => Ok(()),
        Some((_, child)) => {
            let what = "the arc of a parent";
            Err(source.0.error_at(places[child], Problem::Missing { what }))
        }
    }
}

/// A number, or a list of one.
fn number(source: &Source<'_, '_>, value: Value<'_>) -> Result<f64> {
    let at = value.at;
    let value = match value.kind {
        Kind::List(mut values) if values.len() == 1 => values.remove(0),
        kind => Value { at, kind },
    };
    match value.kind {
        Kind::Number(text) => text.parse().map_err(|_| source.not(at, "a number")),
        _ => Err(source.not(at, "a number, or a list of one")),
    }
}

fn repeated(source: &Source<'_, '_>, at: usize, what: &'static str) -> Error {
    source.0.error_at(at, Problem::Repeated { what })
}

fn graph_error(source: &Source<'_, '_>, at: usize, problem: Error) -> Error {
    source.0.error_at(at, Problem::Graph(Box::new(problem)))
}

#[cfg(test)]
mod tests;
