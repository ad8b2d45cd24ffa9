//! The header of an npy file: a Python dictionary literal that says how the bytes after it are to be read.

use std::fmt::Write;

use super::fault::Fault;

type Result<T> = std::result::Result<T, Fault>;

/// What the header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    /// Element type as NumPy writes it: byte order, letter, size (`<f4`).
    pub(crate) descr: String,
    /// Whether the first index runs fastest.
    pub(crate) fortran_order: bool,
    /// Length of each dimension.
    pub(crate) shape: Vec<i64>,
}

/// What every npy file starts with.
pub(crate) const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// The data of a file that NumPy writes start at a multiple of this.
const ALIGNMENT: usize = 64;

/// NumPy leaves room for the first dimension to grow to this many digits, for files that are appended to.
const GROWTH_DIGITS: usize = 21;

impl Header {
    /// Reads the dictionary: exactly the three keys, in any order, with any white space.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let mut literal = Literal { text, position: 0 };
        literal.header().map_err(|expected| {
            let position = literal.position;
            Fault::Format(format!(
                "the npy header cannot be read at character {position}: expected {expected}"
            ))
        })
    }

    /// The bytes before the data, of version 1.0: those that NumPy writes, magic and padding included.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut shape = String::new();
        for length in &self.shape {
            // Writing to a string cannot fail.
            let _ = write!(shape, "{length}, ");
        }
        let shape = match self.shape.len() {
            1 => shape.trim_end(),
            _ => shape.trim_end_matches(", "),
        };
        let fortran_order = if self.fortran_order { "True" } else { "False" };
        let Self { descr, .. } = self;
        let mut text =
            format!("{{'descr': '{descr}', 'fortran_order': {fortran_order}, 'shape': ({shape}), }}");

        let growing = if self.fortran_order {
            self.shape.last()
        } else {
            self.shape.first()
        };
        let growth = growing.map_or(0, |length| GROWTH_DIGITS.saturating_sub(length.to_string().len()));
        let before = MAGIC.len() + 2 + size_of::<u16>();
        // NumPy pads by at least one byte, so a header that is aligned already grows by a whole step.
        let end = ((before + text.len() + growth + 1) / ALIGNMENT + 1) * ALIGNMENT;
        text.extend(std::iter::repeat_n(' ', end - before - text.len() - 1));
        text.push('\n');

        let mut bytes = MAGIC.to_vec();
        bytes.extend([1, 0]);
        // At most 64 dimensions of 19 digits: the length fits.
        bytes.extend((text.len() as u16).to_le_bytes());
        bytes.extend(text.into_bytes());
        bytes
    }
}

/// A cursor over a Python literal. Every method skips white space first, and on failure says what it expected.
struct Literal<'a> {
    text: &'a str,
    position: usize,
}

type Parsed<T> = std::result::Result<T, &'static str>;

impl<'a> Literal<'a> {
    fn header(&mut self) -> Parsed<Header> {
        let (mut descr, mut fortran_order, mut shape) = (None, None, None);
        self.token('{', "a dictionary")?;
        while !self.accept('}') {
            let start = self.position;
            let key = self.string("a key in quotes")?;
            self.token(':', "`:` after the key")?;
            let repeated = match key {
                "descr" => descr.replace(self.descr()?).is_some(),
                "fortran_order" => fortran_order.replace(self.boolean()?).is_some(),
                "shape" => shape.replace(self.shape()?).is_some(),
                _ => {
                    self.position = start;
                    return Err("one of the keys 'descr', 'fortran_order' and 'shape'");
                }
            };
            if repeated {
                self.position = start;
                return Err("each key once");
            }
            if !self.accept(',') {
                self.token('}', "`,` or `}` after the value")?;
                break;
            }
        }
        self.skip_space();
        if self.position < self.text.len() {
            return Err("nothing after the dictionary");
        }
        Ok(Header {
            descr: descr.ok_or("the key 'descr'")?,
            fortran_order: fortran_order.ok_or("the key 'fortran_order'")?,
            shape: shape.ok_or("the key 'shape'")?,
        })
    }

    fn descr(&mut self) -> Parsed<String> {
        self.string("one element type in quotes (structured types are not supported)")
            .map(str::to_owned)
    }

    fn boolean(&mut self) -> Parsed<bool> {
        self.skip_space();
        for (word, value) in [("True", true), ("False", false)] {
            if self.rest().starts_with(word) {
                self.position += word.len();
                return Ok(value);
            }
        }
        Err("`True` or `False`")
    }

    /// A tuple of lengths. One length alone needs the comma that makes it a tuple.
    fn shape(&mut self) -> Parsed<Vec<i64>> {
        let mut shape = Vec::new();
        self.token('(', "a tuple of lengths")?;
        while !self.accept(')') {
            shape.push(self.length()?);
            if !self.accept(',') {
                let expected = if shape.len() == 1 {
                    "`,` after the only length"
                } else {
                    "`,` or `)`"
                };
                if shape.len() == 1 || !self.accept(')') {
                    return Err(expected);
                }
                break;
            }
        }
        Ok(shape)
    }

    /// Digits, and the `L` that Python 2 wrote after a long integer.
    fn length(&mut self) -> Parsed<i64> {
        self.skip_space();
        let rest = self.rest();
        let n_digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let length = rest[..n_digits]
            .parse()
            .map_err(|_| "a length between 0 and 2^63 - 1")?;
        self.position += n_digits;
        if self.rest().starts_with('L') {
            self.position += 1;
        }
        Ok(length)
    }

    /// A string without escapes: none of the strings of a header needs one.
    fn string(&mut self, expected: &'static str) -> Parsed<&'a str> {
        self.skip_space();
        let rest = self.rest();
        let quote = rest
            .chars()
            .next()
            .filter(|c| matches!(c, '\'' | '"'))
            .ok_or(expected)?;
        let (content, _) = rest[1..].split_once(quote).ok_or(expected)?;
        if content.contains(['\\', '\n']) {
            return Err(expected);
        }
        self.position += content.len() + 2;
        Ok(content)
    }

    fn token(&mut self, token: char, expected: &'static str) -> Parsed<()> {
        if self.accept(token) { Ok(()) } else { Err(expected) }
    }

    fn accept(&mut self, token: char) -> bool {
        self.skip_space();
        let found = self.rest().starts_with(token);
        if found {
            self.position += token.len_utf8();
        }
        found
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.position += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r', '\x0c']).len();
    }

    fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header(shape: &[i64]) -> Header {
        Header {
            descr: "<f4".to_owned(),
            fortran_order: false,
            shape: shape.to_vec(),
        }
    }

    fn refused(text: &str) -> String {
        match Header::parse(text).expect_err("not a header") {
            Fault::Format(reason) => reason,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn order_of_keys_white_space_quotes_and_commas_do_not_matter() {
        for text in [
            "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }   \n",
            "{'shape': (3, 4,), 'descr': '<f4', 'fortran_order': False}",
            "{\"fortran_order\":False,\"shape\":(3L,4L),\"descr\":\"<f4\"}",
            "\t{ 'descr' :\n'<f4' ,\r\n'shape' : ( 3 , 4 ) , 'fortran_order' : False , } ",
        ] {
            assert_eq!(Header::parse(text).expect(text), header(&[3, 4]));
        }
    }

    #[test]
    fn what_is_not_a_header_is_refused_where_it_goes_wrong() {
        let at = |position, expected| {
            format!("the npy header cannot be read at character {position}: expected {expected}")
        };
        let cases = [
            ("", 0, "a dictionary"),
            ("{'shape': (3,), 'descr': '<f4'}", 31, "the key 'fortran_order'"),
            ("{'shape': (3,), 'shape': (3,)}", 16, "each key once"),
            ("{'shape': (3)}", 12, "`,` after the only length"),
            ("{'shape': (3, 4]}", 15, "`,` or `)`"),
            ("{'shape': (-3,)}", 11, "a length between 0 and 2^63 - 1"),
            (
                "{'shape': (9223372036854775808,)}",
                11,
                "a length between 0 and 2^63 - 1",
            ),
            ("{'shape': (,)}", 11, "a length between 0 and 2^63 - 1"),
            (
                "{'order': 1}",
                1,
                "one of the keys 'descr', 'fortran_order' and 'shape'",
            ),
            (
                "{'descr': 'a\\'",
                10,
                "one element type in quotes (structured types are not supported)",
            ),
            (
                "{'descr': [('x', '<f4')]}",
                10,
                "one element type in quotes (structured types are not supported)",
            ),
            ("{'fortran_order': 0}", 18, "`True` or `False`"),
            ("{'descr': '<f4' 'shape'}", 16, "`,` or `}` after the value"),
            ("{'descr': '<f4'", 15, "`,` or `}` after the value"),
            ("{descr: '<f4'}", 1, "a key in quotes"),
            ("{'descr' '<f4'}", 9, "`:` after the key"),
        ];
        for (text, position, expected) in cases {
            assert_eq!(refused(text), at(position, expected), "{text}");
        }
        let whole = "{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}";
        assert_eq!(
            refused(&format!("{whole} x")),
            at(whole.len() + 1, "nothing after the dictionary")
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again_and_the_data_are_aligned(
            shape in proptest::collection::vec(0_i64..=i64::MAX, 0..8),
            fortran_order: bool,
        ) {
            let written = Header { fortran_order, ..header(&shape) };
            let bytes = written.to_bytes();
            prop_assert_eq!(bytes.len() % ALIGNMENT, 0);
            let text = std::str::from_utf8(&bytes[MAGIC.len() + 4..]).expect("ASCII");
            prop_assert_eq!(Header::parse(text).expect("a header"), written);
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "[{}'\":,()\\[\\]\\\\ \n0-9LTFaé]{0,60}") {
            let _ = Header::parse(&text);
        }
    }
}
