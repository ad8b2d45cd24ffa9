//! Strings, in which `&…;` stands for a character.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::super::Problem;
use super::super::cursor::Cursor;
use crate::Result;

/// Reads a string; its opening quote is the next byte.
pub(super) fn read<'a>(cursor: &mut Cursor<'a>) -> Result<Cow<'a, str>> {
    let start = cursor.at();
    cursor.eat("\"");
    match cursor.take_through("\"") {
        Some(text) => Ok(decoded(text)),
        None => Err(cursor.error_at(start, Problem::Unterminated { what: "the string" })),
    }
}

/// The text with characters for references; a reference that is unknown stays as it is.
fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        decoded.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.bytes().take(LONGEST).position(|byte| byte == b';');
        let character = end.and_then(|end| character(&rest[1..end]));
        let (character, len) = match (character, end) {
            (Some(character), Some(end)) => (character, end + 1),
            _ => ('&', 1),
        };
        decoded.push(character);
        rest = &rest[len..];
    }
    decoded.push_str(rest);
    Cow::Owned(decoded)
}

/// The length of `&#x10FFFF;`, with room for zeros.
const LONGEST: usize = 12;

/// The character of a reference, which stands between `&` and `;`.
fn character(reference: &str) -> Option<char> {
    if let Some(number) = reference.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                u32::from_str_radix(digits, 16)
            }
            None if number.bytes().all(|byte| byte.is_ascii_digit()) => number.parse(),
            _ => return None,
        };
        return char::from_u32(code.ok()?);
    }
    match reference {
        "quot" => Some('"'),
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "apos" => Some('\''),
        _ => None,
    }
}

/// Writes a string in ASCII so that [`read`] gives it back.
pub(super) fn written(name: &str) -> String {
    let mut text = "\"".to_owned();
    for character in name.chars() {
        if matches!(character, ' '..='~') && character != '"' && character != '&' {
            text.push(character);
        } else {
            write!(text, "&#{};", u32::from(character)).expect("a string takes everything");
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn strings_read_back(name in any::<String>()) {
            let text = written(&name);
            prop_assert!(text.is_ascii());
            prop_assert_eq!(read(&mut Cursor::new(&text, "test")).expect("well formed"), name);
        }

        #[test]
        fn anything_can_be_decoded(text in "[&#x0-9;a-zé]{0,30}") {
            decoded(&text);
        }
    }

    #[test]
    fn references_are_decoded() {
        assert_eq!(decoded("a&#233;&quot;&#x26;&amp;&lt;&gt;&apos;b"), "aé\"&&<>'b");
        assert_eq!(
            decoded("& &; &nbsp; &#xZ; &#1114112; &#;&#55296;"),
            "& &; &nbsp; &#xZ; &#1114112; &#;&#55296;"
        );
    }
}
