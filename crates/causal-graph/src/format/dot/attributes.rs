//! Attribute lists, as far as they concern the ends of an edge.

use std::borrow::Cow;
use std::fmt;
use std::rc::Rc;

use super::super::cursor::Cursor;
use super::identifier::{identifier, skip_blank};
use crate::Result;

/// How the ends of an edge are drawn, as far as it was said. Every statement has a copy, which shares the texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Ends {
    direction: Option<Rc<str>>,
    head: Option<Rc<str>>,
    tail: Option<Rc<str>>,
}

/// What an edge from a first node to a second means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// From the first to the second.
    Forward,
    /// From the second to the first.
    Backward,
    /// Undirected.
    Undirected,
}

impl Ends {
    /// What the edge means, if it is drawn so; `is_arrow` for `->`. `None` if it is no edge of a graph of directed and
    /// undirected edges.
    pub(super) fn meaning(&self, is_arrow: bool) -> Option<Meaning> {
        let default = if is_arrow { "forward" } else { "none" };
        let direction = self.direction.as_deref().unwrap_or(default);
        let (_, may_have_head, may_have_tail) = [
            ("forward", true, false),
            ("back", false, true),
            ("both", true, true),
            ("none", false, false),
        ]
        .into_iter()
        .find(|(name, ..)| direction.eq_ignore_ascii_case(name))?;
        if may_have_head && may_have_tail && self.head.is_none() && self.tail.is_none() {
            return Some(Meaning::Undirected);
        }
        let head = may_have_head && is_arrow_mark(self.head.as_deref())?;
        let tail = may_have_tail && is_arrow_mark(self.tail.as_deref())?;
        match (head, tail) {
            (true, false) => Some(Meaning::Forward),
            (false, true) => Some(Meaning::Backward),
            (false, false) => Some(Meaning::Undirected),
            (true, true) => None,
        }
    }

    /// Reads the lists `[…] […]` that may follow; those that are not about ends go to `other`.
    pub(super) fn read<'a>(
        &mut self,
        cursor: &mut Cursor<'a>,
        mut other: impl FnMut(&str, Cow<'a, str>),
    ) -> Result<()> {
        while cursor.eat("[") {
            loop {
                skip_blank(cursor)?;
                if cursor.eat("]") {
                    break;
                }
                if cursor.eat(",") || cursor.eat(";") {
                    continue;
                }
                let name = identifier(cursor, "an attribute or `]`")?;
                if !cursor.eat("=") {
                    continue;
                }
                skip_blank(cursor)?;
                let value = identifier(cursor, "the value of the attribute")?;
                match name.as_ref() {
                    "dir" => self.direction = Some(Rc::from(value)),
                    "arrowhead" => self.head = Some(Rc::from(value)),
                    "arrowtail" => self.tail = Some(Rc::from(value)),
                    name => other(name, value),
                }
            }
            skip_blank(cursor)?;
        }
        Ok(())
    }
}

impl fmt::Display for Ends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attributes = [
            ("dir", &self.direction),
            ("arrowhead", &self.head),
            ("arrowtail", &self.tail),
        ];
        let given = attributes.into_iter().filter_map(|(name, value)| {
            let value = value.as_deref()?;
            Some(format!("{name}={value}"))
        });
        write!(f, "[{}]", given.collect::<Vec<_>>().join(", "))
    }
}

/// Whether a mark is an arrow; `None` for a circle, which says that either may be.
fn is_arrow_mark(mark: Option<&str>) -> Option<bool> {
    match mark {
        Some("none") => Some(false),
        Some("dot" | "odot") => None,
        _ => Some(true),
    }
}
