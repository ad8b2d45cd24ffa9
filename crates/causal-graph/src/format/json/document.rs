//! A JSON document whose values know where they stand.

use std::borrow::Cow;

use super::super::Problem;
use super::super::cursor::Cursor;
use super::super::quote::append;
use crate::Result;

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Value<'a> {
    pub(in super::super) at: usize,
    pub(in super::super) kind: Kind<'a>,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) enum Kind<'a> {
    Null,
    Boolean(bool),
    /// The number as it is written.
    Number(&'a str),
    String(Cow<'a, str>),
    List(Vec<Value<'a>>),
    Object(Vec<Member<'a>>),
}

/// A key of an object and its value.
pub(in super::super) type Member<'a> = (Cow<'a, str>, Value<'a>);

/// Lists and objects within each other: no graph or network has more than a few.
const MAX_DEPTH: usize = 64;

/// Reads a document, which is all of the text.
pub(in super::super) fn read<'a>(cursor: &mut Cursor<'a>) -> Result<Value<'a>> {
    let value = value(cursor, 0)?;
    cursor.skip_white();
    if cursor.peek().is_some() {
        return Err(cursor.unexpected("the end of the text"));
    }
    Ok(value)
}

fn value<'a>(cursor: &mut Cursor<'a>, depth: usize) -> Result<Value<'a>> {
    cursor.skip_white();
    let at = cursor.at();
    let kind = match cursor.peek() {
        Some(b'[' | b'{') if depth == MAX_DEPTH => {
            return Err(cursor.error(Problem::TooDeep { limit: MAX_DEPTH }));
        }
        Some(b'[') => Kind::List(list(cursor, depth + 1)?),
        Some(b'{') => Kind::Object(object(cursor, depth + 1)?),
        Some(b'"') => Kind::String(string(cursor)?),
        _ => scalar(cursor)?,
    };
    Ok(Value { at, kind })
}

fn list<'a>(cursor: &mut Cursor<'a>, depth: usize) -> Result<Vec<Value<'a>>> {
    cursor.eat("[");
    let mut values = Vec::new();
    cursor.skip_white();
    if cursor.eat("]") {
        return Ok(values);
    }
    loop {
        values.push(value(cursor, depth)?);
        cursor.skip_white();
        if cursor.eat("]") {
            return Ok(values);
        }
        if !cursor.eat(",") {
            return Err(cursor.unexpected("`,` or `]`"));
        }
    }
}

fn object<'a>(cursor: &mut Cursor<'a>, depth: usize) -> Result<Vec<Member<'a>>> {
    cursor.eat("{");
    let mut members = Vec::new();
    cursor.skip_white();
    if cursor.eat("}") {
        return Ok(members);
    }
    loop {
        cursor.skip_white();
        if cursor.peek() != Some(b'"') {
            return Err(cursor.unexpected("a key in quotes"));
        }
        let key = string(cursor)?;
        cursor.skip_white();
        if !cursor.eat(":") {
            return Err(cursor.unexpected("`:` after the key"));
        }
        members.push((key, value(cursor, depth)?));
        cursor.skip_white();
        if cursor.eat("}") {
            return Ok(members);
        }
        if !cursor.eat(",") {
            return Err(cursor.unexpected("`,` or `}`"));
        }
    }
}

/// `null`, `true`, `false` or a number.
fn scalar<'a>(cursor: &mut Cursor<'a>) -> Result<Kind<'a>> {
    let start = cursor.at();
    let text = cursor.take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    match text {
        "null" => return Ok(Kind::Null),
        "true" => return Ok(Kind::Boolean(true)),
        "false" => return Ok(Kind::Boolean(false)),
        _ => {}
    }
    if is_number(text) {
        return Ok(Kind::Number(text));
    }
    cursor.jump(start);
    Err(cursor.unexpected("a value"))
}

/// Whether a text is a number by the grammar of JSON: `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`.
fn is_number(text: &str) -> bool {
    let all_digits = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = text
        .split_once(['e', 'E'])
        .map_or((text, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa
        .split_once('.')
        .map_or((mantissa, None), |(w, f)| (w, Some(f)));
    all_digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(all_digits)
        && exponent.is_none_or(|exponent| all_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

/// A string; its opening quote is the next byte.
fn string<'a>(cursor: &mut Cursor<'a>) -> Result<Cow<'a, str>> {
    let start = cursor.at();
    cursor.eat("\"");
    let mut text = Cow::Borrowed("");
    loop {
        let part = cursor.take_until(|byte| byte == b'"' || byte == b'\\' || byte < b' ');
        append(&mut text, part);
        if cursor.eat("\"") {
            return Ok(text);
        }
        if cursor.eat("\\") {
            text.to_mut().push(escaped(cursor)?);
        } else {
            return Err(cursor.error_at(start, Problem::Unterminated { what: "the string" }));
        }
    }
}

/// The character for what follows a backslash.
fn escaped(cursor: &mut Cursor<'_>) -> Result<char> {
    let escapes = [
        ("\"", '"'),
        ("\\", '\\'),
        ("/", '/'),
        ("b", '\u{8}'),
        ("f", '\u{c}'),
        ("n", '\n'),
        ("r", '\r'),
        ("t", '\t'),
    ];
    for (escape, character) in escapes {
        if cursor.eat(escape) {
            return Ok(character);
        }
    }
    let start = cursor.at();
    let expected = "an escape of JSON";
    let unit = hexadecimal(cursor).ok_or_else(|| cursor.unexpected(expected))?;
    // Beyond the basic plane a character is two units, the first from D800 to DBFF, the second from DC00 to DFFF.
    let code = if (0xd800..0xdc00).contains(&unit) && cursor.eat("\\") {
        let low = hexadecimal(cursor).filter(|low| (0xdc00..0xe000).contains(low));
        low.map(|low| 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00))
    } else {
        Some(unit)
    };
    code.and_then(char::from_u32).ok_or_else(|| {
        cursor.jump(start);
        cursor.unexpected(expected)
    })
}

/// The number of `u` and four digits; nothing moves if they are not there.
fn hexadecimal(cursor: &mut Cursor<'_>) -> Option<u32> {
    let digits = cursor.rest().get(..5)?.strip_prefix('u')?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    cursor.jump(cursor.at() + 5);
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The document in the form of another parser.
    fn other(kind: &Kind<'_>) -> serde_json::Value {
        match kind {
            Kind::Null => serde_json::Value::Null,
            Kind::Boolean(value) => (*value).into(),
            Kind::Number(text) => serde_json::from_str(text).expect("a number"),
            Kind::String(text) => text.as_ref().into(),
            Kind::List(values) => values.iter().map(|value| other(&value.kind)).collect(),
            Kind::Object(members) => {
                let members = members
                    .iter()
                    .map(|(key, value)| (key.to_string(), other(&value.kind)));
                serde_json::Value::Object(members.collect())
            }
        }
    }

    fn check(text: &str) {
        let found = read(&mut Cursor::new(text, "test"));
        match serde_json::from_str::<serde_json::Value>(text) {
            Ok(expected) => assert_eq!(other(&found.expect(text).kind), expected),
            // Whether a number is out of range is not for the document to say.
            Err(error) => assert!(
                found.is_err() || error.to_string().contains("out of range"),
                "{text}: {error}"
            ),
        }
    }

    #[test]
    fn documents_are_what_another_parser_says() {
        for text in [
            "{\"a\": [1, -0.5e+3, true, false, null, \"\"], \"b\": {}, \"c\": []}",
            "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"",
            "\"\\ud83d\"",
            "\"\\ud83d\\u0041\"",
            "\"\\ude00\"",
            "\"\\u12\"",
            "\"\\x\"",
            "\"a\nb\"",
            "01",
            "1.",
            ".5",
            "1e",
            "-",
            "+1",
            "NaN",
            "1e400x",
            "[1,]",
            "[1 2]",
            "{\"a\":1,}",
            "{a:1}",
            "{\"a\" 1}",
            "[] []",
            "",
            "[",
            "\"a",
        ] {
            check(text);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_what_another_parser_says(text in r#"[\[\]{},:"\\u0d8ce+.\-1 \ntrue]{0,12}"#) {
            check(&text);
        }

        #[test]
        fn any_string_reads_back(name in any::<String>()) {
            check(&serde_json::to_string(&name).expect("a string"));
        }
    }

    #[test]
    fn depth_has_a_limit() {
        let error = read(&mut Cursor::new(&"[".repeat(100_000), "test")).expect_err("too deep");
        assert_eq!(error.to_string(), "line 1: lists are nested deeper than 64");
    }
}
