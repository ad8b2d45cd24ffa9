//! Names in quotes.

use std::borrow::Cow;

use super::Problem;
use super::cursor::Cursor;
use crate::Result;

/// Reads `"…"`, whose opening quote is the next byte: `\"` stands for a quote, `\\` for a backslash, any other backslash
/// for itself. White space and line ends within are part of the name.
pub(super) fn read_quoted<'a>(cursor: &mut Cursor<'a>) -> Result<Cow<'a, str>> {
    let start = cursor.at();
    cursor.eat("\"");
    let mut name = Cow::Borrowed("");
    loop {
        let part = cursor.take_until(|byte| byte == b'"' || byte == b'\\');
        append(&mut name, part);
        if cursor.eat("\\\"") {
            name.to_mut().push('"');
        } else if cursor.eat("\\") {
            cursor.eat("\\");
            name.to_mut().push('\\');
        } else if cursor.eat("\"") {
            return Ok(name);
        } else {
            return Err(cursor.error_at(start, Problem::Unterminated { what: "the string" }));
        }
    }
}

/// Writes a name so that [`read_quoted`] gives it back.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Joins two parts of a name; the first part is not copied.
pub(super) fn append<'a>(name: &mut Cow<'a, str>, part: &'a str) {
    if name.is_empty() {
        *name = Cow::Borrowed(part);
    } else if !part.is_empty() {
        name.to_mut().push_str(part);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn quoted_names_read_back(name in any::<String>()) {
            let text = quoted(&name);
            let mut cursor = Cursor::new(&text, "test");
            prop_assert_eq!(read_quoted(&mut cursor).expect("well formed"), name);
            prop_assert!(cursor.rest().is_empty());
        }
    }

    #[test]
    fn other_backslashes_stand_for_themselves() {
        let mut cursor = Cursor::new(r#""a\b" c"#, "test");
        assert_eq!(read_quoted(&mut cursor).expect("well formed"), "a\\b");
        let mut cursor = Cursor::new("\n\"a\\", "test");
        cursor.skip_white();
        let error = read_quoted(&mut cursor).expect_err("no end");
        assert_eq!(error.to_string(), "line 2: the string has no end");
    }
}
