//! The writer.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::super::quote::quoted;
use crate::network::BayesianNetwork;

pub(super) fn text(network: &BayesianNetwork) -> String {
    let names: Vec<_> = network.nodes().names().iter().map(|name| written(name)).collect();
    let states: Vec<Vec<_>> = (0..network.n_nodes())
        .map(|node| network.states(node).iter().map(|state| written(state)).collect())
        .collect();
    let mut text = "network unknown {\n}\n".to_owned();
    for (name, states) in names.iter().zip(&states) {
        let (n_states, list) = (states.len(), states.join(", "));
        writeln!(
            text,
            "variable {name} {{\n  type discrete [ {n_states} ] {{ {list} }};\n}}"
        )
        .expect("a string takes everything");
    }
    for (node, name) in names.iter().enumerate() {
        let cpt = network.cpt(node);
        text.push_str("probability ( ");
        text.push_str(name);
        for (place, &parent) in cpt.parents.iter().enumerate() {
            text.push_str(if place == 0 { " | " } else { ", " });
            text.push_str(&names[parent]);
        }
        text.push_str(" ) {\n");
        let mut given = vec![0; cpt.parents.len()];
        for row in cpt.probabilities.chunks_exact(network.n_states(node)) {
            if given.is_empty() {
                text.push_str("  table ");
            } else {
                let given: Vec<_> = cpt
                    .parents
                    .iter()
                    .zip(&given)
                    .map(|(&parent, &state): (_, &usize)| states[parent][state].as_ref())
                    .collect();
                write!(text, "  ({}) ", given.join(", ")).expect("a string takes everything");
            }
            for (place, probability) in row.iter().enumerate() {
                text.push_str(if place == 0 { "" } else { ", " });
                // The shortest digits that read back to the same number.
                write!(text, "{probability:?}").expect("a string takes everything");
            }
            text.push_str(";\n");
            // The next configuration, the last parent fastest.
            for (state, &parent) in given.iter_mut().zip(&cpt.parents).rev() {
                *state += 1;
                if *state < network.n_states(parent) {
                    break;
                }
                *state = 0;
            }
        }
        text.push_str("}\n");
    }
    text
}

/// A name in quotes where it needs them.
fn written(name: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_alphanumeric() || "_.-+<>=%:/'!?@&$*^~#".contains(c);
    let has_comment = name.contains("//") || name.contains("/*");
    if !name.is_empty() && name.chars().all(is_plain) && !has_comment {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(quoted(name))
    }
}
