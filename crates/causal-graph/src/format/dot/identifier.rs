//! Identifiers: words, numbers, strings and HTML.

use std::borrow::Cow;

use super::super::Problem;
use super::super::cursor::Cursor;
use super::super::quote::append;
use crate::Result;

/// Whether a word cannot be an identifier.
pub(super) fn is_keyword(word: &str) -> bool {
    ["node", "edge", "graph", "digraph", "subgraph", "strict"]
        .iter()
        .any(|keyword| word.eq_ignore_ascii_case(keyword))
}

/// Passes white space and comments.
pub(super) fn skip_blank(cursor: &mut Cursor<'_>) -> Result<()> {
    cursor.skip_blank(true)
}

/// Passes `word` if it comes next, in upper or lower case, as a whole word.
pub(super) fn eat_keyword(cursor: &mut Cursor<'_>, keyword: &str) -> bool {
    let start = cursor.at();
    if word(cursor).eq_ignore_ascii_case(keyword) {
        return true;
    }
    cursor.jump(start);
    false
}

/// Reads an identifier and the blanks after it; `expected` says what it is for.
pub(super) fn identifier<'a>(cursor: &mut Cursor<'a>, expected: &'static str) -> Result<Cow<'a, str>> {
    let start = cursor.at();
    let name = match cursor.peek() {
        Some(b'"') => return strings(cursor),
        Some(b'<') => html(cursor)?,
        _ => {
            let name = word_or_number(cursor);
            if name.is_empty() || is_keyword(name) {
                cursor.jump(start);
                return Err(cursor.unexpected(expected));
            }
            name
        }
    };
    skip_blank(cursor)?;
    Ok(Cow::Borrowed(name))
}

/// A word of letters, digits and `_`, which may be empty. Dots are let in for the names that dagitty writes.
fn word<'a>(cursor: &mut Cursor<'a>) -> &'a str {
    cursor.take_until(|byte| !(byte.is_ascii_alphanumeric() || b"_.".contains(&byte)))
}

/// A word, or a number with a sign.
fn word_or_number<'a>(cursor: &mut Cursor<'a>) -> &'a str {
    let start = cursor.at();
    let has_sign = cursor.eat("-");
    let rest = word(cursor);
    if has_sign && !rest.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        cursor.jump(start);
        return "";
    }
    cursor.slice(start, start + usize::from(has_sign) + rest.len())
}

/// One string, or several with `+` between them.
fn strings<'a>(cursor: &mut Cursor<'a>) -> Result<Cow<'a, str>> {
    let mut name = string(cursor)?;
    loop {
        skip_blank(cursor)?;
        if cursor.peek() != Some(b'+') {
            return Ok(name);
        }
        cursor.eat("+");
        skip_blank(cursor)?;
        if cursor.peek() != Some(b'"') {
            return Err(cursor.unexpected("a string after `+`"));
        }
        let more = string(cursor)?;
        name = Cow::Owned(name.into_owned() + &more);
    }
}

/// A string; its opening quote is the next byte.
fn string<'a>(cursor: &mut Cursor<'a>) -> Result<Cow<'a, str>> {
    let start = cursor.at();
    cursor.eat("\"");
    let mut name = Cow::Borrowed("");
    loop {
        let part = cursor.take_until(|byte| byte == b'"' || byte == b'\\');
        append(&mut name, part);
        if cursor.eat("\\\"") {
            name.to_mut().push('"');
        } else if cursor.eat("\\\\") {
            name.to_mut().push('\\');
        } else if cursor.eat("\\\n") || cursor.eat("\\\r\n") {
        } else if cursor.eat("\\") {
            name.to_mut().push('\\');
        } else if cursor.eat("\"") {
            return Ok(name);
        } else {
            return Err(cursor.error_at(start, Problem::Unterminated { what: "the string" }));
        }
    }
}

/// HTML between `<` and `>`, which may hold others; the text within is the name.
fn html<'a>(cursor: &mut Cursor<'a>) -> Result<&'a str> {
    let start = cursor.at();
    cursor.eat("<");
    let mut depth = 1_usize;
    while depth > 0 {
        cursor.take_until(|byte| byte == b'<' || byte == b'>');
        if cursor.eat("<") {
            depth += 1;
        } else if cursor.eat(">") {
            depth -= 1;
        } else {
            return Err(cursor.error_at(start, Problem::Unterminated { what: "the HTML" }));
        }
    }
    Ok(cursor.slice(start + 1, cursor.at() - 1))
}

/// Whether a name is a number.
pub(super) fn is_number(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit())
}
