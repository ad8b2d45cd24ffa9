//! Names and lists of names.

use std::borrow::Cow;
use std::collections::HashMap;

use super::super::cursor::{Cursor, is_white};
use super::super::quote::read_quoted;
use crate::Result;

/// A name and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Item<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) is_quoted: bool,
    pub(super) at: usize,
}

/// A declared variable.
#[derive(Debug)]
pub(super) struct Variable<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) at: usize,
    states: Vec<Cow<'a, str>>,
    /// The states by name, where there are many.
    index: HashMap<Cow<'a, str>, usize>,
}

/// Up to here a list is searched from its start.
const FEW: usize = 24;

impl<'a> Variable<'a> {
    pub(super) fn new(name: Cow<'a, str>, states: Vec<Cow<'a, str>>, at: usize) -> Self {
        let mut index = HashMap::new();
        if states.len() > FEW {
            index.extend(states.iter().cloned().zip(0..));
        }
        Self {
            name,
            at,
            states,
            index,
        }
    }

    pub(super) fn n_states(&self) -> usize {
        self.states.len()
    }

    pub(super) fn state(&self, name: &str) -> Option<usize> {
        if self.states.len() > FEW {
            return self.index.get(name).copied();
        }
        self.states.iter().position(|state| state == name)
    }

    pub(super) fn state_name(&self, state: usize) -> String {
        self.states[state].to_string()
    }

    pub(super) fn state_names(&self) -> Vec<String> {
        self.states.iter().map(ToString::to_string).collect()
    }

    pub(super) fn into_states(self) -> Vec<String> {
        self.states.into_iter().map(Cow::into_owned).collect()
    }
}

/// Reads a name: in quotes, or what comes before the end of the line, a comment, one of `stops`, or what no name has in
/// it without quotes, less the white space around it.
pub(super) fn item<'a>(cursor: &mut Cursor<'a>, stops: &[u8], expected: &'static str) -> Result<Item<'a>> {
    cursor.skip_blank(false)?;
    let at = cursor.at();
    if cursor.peek() == Some(b'"') {
        let name = read_quoted(cursor)?;
        return Ok(Item {
            name,
            is_quoted: true,
            at,
        });
    }
    let bytes = cursor.rest().as_bytes();
    let ends = |place: usize| match bytes[place] {
        b'\n' | b'"' | b';' | b'{' | b'}' => true,
        b'/' => matches!(bytes.get(place + 1), Some(b'/' | b'*')),
        byte => stops.contains(&byte),
    };
    let mut len = (0..bytes.len()).find(|&place| ends(place)).unwrap_or(bytes.len());
    while len > 0 && is_white(bytes[len - 1]) {
        len -= 1;
    }
    if len == 0 {
        return Err(cursor.unexpected(expected));
    }
    cursor.jump(at + len);
    Ok(Item {
        name: Cow::Borrowed(cursor.slice(at, at + len)),
        is_quoted: false,
        at,
    })
}

/// Reads names with commas between them up to and with `close`. After a name in quotes the comma may be absent.
pub(super) fn list<'a>(
    cursor: &mut Cursor<'a>,
    close: u8,
    expected: &'static str,
    items: &mut Vec<Item<'a>>,
) -> Result<()> {
    items.clear();
    cursor.skip_blank(false)?;
    if cursor.peek() == Some(close) {
        cursor.jump(cursor.at() + 1);
        return Ok(());
    }
    loop {
        let next = item(cursor, &[b',', close], expected)?;
        let is_quoted = next.is_quoted;
        items.push(next);
        cursor.skip_blank(false)?;
        match cursor.peek() {
            Some(b',') => cursor.jump(cursor.at() + 1),
            Some(byte) if byte == close => {
                cursor.jump(cursor.at() + 1);
                return Ok(());
            }
            Some(_) if is_quoted => {}
            _ => return Err(cursor.unexpected("a comma or the end of the list")),
        }
    }
}

/// Takes a list without commas as one with blanks between its names, if more than one is expected.
pub(super) fn split_at_blanks(items: &mut Vec<Item<'_>>, expected: usize) {
    if let [item] = items.as_slice()
        && expected > 1
        && !item.is_quoted
    {
        *items = words(item).collect();
    }
}

/// The words of a name without quotes.
pub(super) fn words<'a>(item: &Item<'a>) -> impl Iterator<Item = Item<'a>> {
    let text = match item.name {
        Cow::Borrowed(text) => text,
        Cow::Owned(_) => "",
    };
    let start = item.at;
    text.split(|c: char| u8::try_from(c).is_ok_and(is_white))
        .filter(|word| !word.is_empty())
        .map(move |word| Item {
            name: Cow::Borrowed(word),
            is_quoted: false,
            at: start + (word.as_ptr() as usize - text.as_ptr() as usize),
        })
}
