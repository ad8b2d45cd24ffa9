//! A place in a text, and what can be read from there.

use super::{FormatError, Problem};
use crate::Error;

/// A place in a text. It only moves forward, over whole characters; lines are counted when there is an error to report.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    format: &'static str,
}

/// Characters of a token that an error message shows.
const SHOWN: usize = 40;

impl<'a> Cursor<'a> {
    /// The start of a text, after a byte-order mark if there is one.
    pub(super) fn new(text: &'a str, format: &'static str) -> Self {
        let at = if text.starts_with('\u{feff}') { 3 } else { 0 };
        Self { text, at, format }
    }

    /// The place, as a number of bytes.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Goes back, or ahead, to a place that [`at`](Self::at) gave.
    pub(super) fn jump(&mut self, at: usize) {
        self.at = at;
    }

    /// The next byte.
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The rest of the text.
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// The text between two places.
    pub(super) fn slice(&self, from: usize, to: usize) -> &'a str {
        &self.text[from..to]
    }

    /// Whether the text goes on with `prefix`, which is then passed.
    pub(super) fn eat(&mut self, prefix: &str) -> bool {
        let is_there = self.text.as_bytes()[self.at..].starts_with(prefix.as_bytes());
        if is_there {
            self.at += prefix.len();
        }
        is_there
    }

    /// Passes all bytes up to the first that `stops`, and returns them. Only ASCII may stop it.
    pub(super) fn take_until(&mut self, stops: impl Fn(u8) -> bool) -> &'a str {
        let start = self.at;
        let bytes = &self.text.as_bytes()[start..];
        let len = bytes
            .iter()
            .position(|&byte| byte.is_ascii() && stops(byte))
            .unwrap_or(bytes.len());
        self.at += len;
        &self.text[start..self.at]
    }

    /// Passes all bytes up to the first that it does not `accept`, and returns them. It may accept ASCII only.
    pub(super) fn take_while(&mut self, accepts: impl Fn(u8) -> bool) -> &'a str {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii() && accepts(byte)) {
            self.at += 1;
        }
        &self.text[start..self.at]
    }

    /// Passes everything up to and with `end`, and returns what comes before it; nothing moves if there is no `end`.
    pub(super) fn take_through(&mut self, end: &str) -> Option<&'a str> {
        let found = self.rest().find(end)?;
        let before = &self.text[self.at..self.at + found];
        self.at += found + end.len();
        Some(before)
    }

    /// Passes ASCII white space.
    pub(super) fn skip_white(&mut self) {
        while self.peek().is_some_and(is_white) {
            self.at += 1;
        }
    }

    /// Passes white space and the comments `// …`, `/* … */` and, where `hash_lines`, lines that start with `#`.
    pub(super) fn skip_blank(&mut self, hash_lines: bool) -> Result<(), Error> {
        loop {
            self.skip_white();
            match self.peek() {
                Some(b'/') if self.eat("//") => self.skip_line(),
                Some(b'/') if self.eat("/*") => {
                    let start = self.at - 2;
                    if self.take_through("*/").is_none() {
                        return Err(self.error_at(start, Problem::Unterminated { what: "the comment" }));
                    }
                }
                Some(b'#') if hash_lines && self.is_at_line_start() => self.skip_line(),
                _ => return Ok(()),
            }
        }
    }

    /// Passes the rest of the line, without its end.
    pub(super) fn skip_line(&mut self) {
        self.take_until(|byte| byte == b'\n');
    }

    /// The line of a place, from 1.
    pub(super) fn line_at(&self, at: usize) -> usize {
        let before = &self.text.as_bytes()[..at.min(self.text.len())];
        1 + before.split(|&byte| byte == b'\n').skip(1).count()
    }

    /// An error at this place.
    pub(super) fn error(&self, problem: Problem) -> Error {
        self.error_at(self.at, problem)
    }

    /// An error at another place.
    pub(super) fn error_at(&self, at: usize, problem: Problem) -> Error {
        error(self.format, self.line_at(at), problem)
    }

    /// Says that something else was expected here, or anything at all.
    pub(super) fn unexpected(&self, expected: &'static str) -> Error {
        let Some(first) = self.rest().chars().next() else {
            return self.error(Problem::UnexpectedEnd { expected });
        };
        let is_word = |c: char| c.is_alphanumeric() || "_.-+".contains(c);
        let found = if is_word(first) {
            self.rest()
                .chars()
                .take_while(|&c| is_word(c))
                .take(SHOWN)
                .collect()
        } else {
            first.to_string()
        };
        self.error(Problem::Unexpected { found, expected })
    }

    /// Whether only white space comes before this place on its line.
    fn is_at_line_start(&self) -> bool {
        let before = &self.text.as_bytes()[..self.at];
        let blank = before.iter().rev().take_while(|&&byte| byte != b'\n');
        let mut blank = blank.filter(|&&byte| !is_white(byte) && !b"\xef\xbb\xbf".contains(&byte));
        blank.next().is_none()
    }
}

/// An error on a line.
pub(super) fn error(format: &'static str, line: usize, problem: Problem) -> Error {
    FormatError {
        format,
        line,
        problem,
    }
    .into()
}

/// White space of ASCII.
pub(super) fn is_white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0b' | b'\x0c')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_comments_are_passed() {
        let mut cursor = Cursor::new("\u{feff}# all\n // a\r\n/* b\n*/ x # y", "test");
        cursor.skip_blank(true).expect("no error");
        assert_eq!(cursor.rest(), "x # y");
        assert_eq!(cursor.line_at(cursor.at()), 4);
        assert_eq!(cursor.take_until(|byte| byte == b' '), "x");
        cursor.skip_blank(true).expect("no error");
        assert_eq!(cursor.rest(), "# y");
        assert_eq!(
            cursor.unexpected("a word").to_string(),
            "line 4: unexpected `#`: expected a word"
        );
    }

    #[test]
    fn errors_name_the_line_where_it_began() {
        let mut cursor = Cursor::new("\n\n/* b\n\n", "test");
        let error = cursor.skip_blank(false).expect_err("no end");
        assert_eq!(error.to_string(), "line 3: the comment has no end");
        let cursor = Cursor::new("", "test");
        assert_eq!(
            cursor.unexpected("a word").to_string(),
            "line 1: the text ends: expected a word"
        );
    }
}
