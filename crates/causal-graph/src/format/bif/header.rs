//! The variables of a table: `( child | parents )`.

use super::read::Reader;
use super::state_list::{Item, item, words};
use crate::Result;

/// The variables of a table.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) child: usize,
    pub(super) parents: Vec<usize>,
    pub(super) at: usize,
}

impl Header {
    /// Reads the parentheses after `probability`; the inner error is a variable that is not declared, and its place.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<std::result::Result<Self, (String, usize)>> {
        reader.cursor.skip_blank(false)?;
        let at = reader.cursor.at();
        reader.expect("(", "`(` after `probability`")?;
        let items = items(reader)?;
        let mut variables = Vec::with_capacity(items.len());
        for item in items {
            if let Some(&variable) = reader.index.get(item.name.as_ref()) {
                variables.push(variable);
                continue;
            }
            // Several names with blanks between them, if it is not one that is unknown.
            let words: Vec<_> = if item.is_quoted {
                Vec::new()
            } else {
                words(&item).collect()
            };
            let names = if words.len() > 1 { words } else { vec![item] };
            for name in names {
                match reader.index.get(name.name.as_ref()) {
                    Some(&variable) => variables.push(variable),
                    None => return Ok(Err((name.name.into_owned(), name.at))),
                }
            }
        }
        let parents = variables.split_off(1);
        let child = variables[0];
        Ok(Ok(Self { child, parents, at }))
    }
}

/// The names within the parentheses, one at least, and the closing one.
fn items<'a>(reader: &mut Reader<'a>) -> Result<Vec<Item<'a>>> {
    let cursor = &mut reader.cursor;
    let mut items = vec![item(cursor, b",|)", "the name of a variable")?];
    loop {
        cursor.skip_blank(false)?;
        if cursor.eat(")") {
            return Ok(items);
        }
        if items.len() == 1 && cursor.eat("|") {
            cursor.skip_blank(false)?;
            if cursor.eat(")") {
                return Ok(items);
            }
        } else if !cursor.eat(",") && !items.last().is_some_and(|item| item.is_quoted) {
            return Err(cursor.unexpected("`,`, `|` or `)` after the name of a variable"));
        }
        items.push(item(cursor, b",|)", "the name of a variable")?);
    }
}
