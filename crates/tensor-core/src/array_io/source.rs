//! A stream of bytes whose length may be known, read with the checks that every format needs.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::fault::Fault;

type Result<T> = std::result::Result<T, Fault>;

/// Reads forward section by section: each section is announced with its length before its bytes are read.
///
/// Where the length of the stream is known, a section that does not fit is refused when it is announced, before
/// anyone reserves memory for it. Elsewhere (pipes, compressed streams) the end of the stream is met while
/// reading, and memory must grow with what was read.
pub(crate) struct Source<R> {
    reader: R,
    offset: u64,
    length: Option<u64>,
    section: Section,
}

/// A part of the file: what it holds, where it starts, how long it must be.
struct Section {
    what: String,
    start: u64,
    length: u64,
}

impl Source<File> {
    /// Opens a file. The length of a pipe or a device is not known.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        let length = metadata.is_file().then_some(metadata.len());
        Ok(Self::new(file, length))
    }
}

impl<R: Read> Source<R> {
    /// A stream at its beginning, of `length` bytes where that is known.
    pub(crate) fn new(reader: R, length: Option<u64>) -> Self {
        let section = Section {
            what: "the file".to_owned(),
            start: 0,
            length: length.unwrap_or(0),
        };
        Self {
            reader,
            offset: 0,
            length,
            section,
        }
    }

    /// Announces that the next `length` bytes hold `what`.
    pub(crate) fn section(&mut self, what: &str, length: u64) -> Result<()> {
        self.section = Section {
            what: what.to_owned(),
            start: self.offset,
            length,
        };
        match self.remaining() {
            Some(remaining) if remaining < length => Err(self.cut_short(remaining)),
            _ => Ok(()),
        }
    }

    /// Announces the last section: nothing may follow it.
    pub(crate) fn last_section(&mut self, what: &str, length: u64) -> Result<()> {
        self.section(what, length)?;
        match (self.length, self.remaining()) {
            (Some(total), Some(remaining)) if remaining > length => {
                let expected = self.offset + length;
                Err(Fault::Format(format!(
                    "too long: expected {expected} bytes in all, found {total}"
                )))
            }
            _ => Ok(()),
        }
    }

    /// The next bytes of the section.
    pub(crate) fn fill(&mut self, buffer: &mut [u8]) -> Result<()> {
        let found = read_full(&mut self.reader, buffer)?;
        self.offset += found as u64;
        if found < buffer.len() {
            return Err(self.cut_short(self.offset - self.section.start));
        }
        Ok(())
    }

    /// The next `N` bytes, a section of their own that holds `what`.
    pub(crate) fn array<const N: usize>(&mut self, what: &str) -> Result<[u8; N]> {
        self.section(what, N as u64)?;
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// The next `length` bytes, a section of their own that holds `what`.
    pub(crate) fn bytes(&mut self, what: &str, length: u64) -> Result<Vec<u8>> {
        self.section(what, length)?;
        let mut bytes = Vec::new();
        let found = self.reader.by_ref().take(length).read_to_end(&mut bytes)? as u64;
        self.offset += found;
        if found < length {
            return Err(self.cut_short(found));
        }
        Ok(bytes)
    }

    /// Checks that the stream is at its end.
    pub(crate) fn finish(&mut self) -> Result<()> {
        match read_full(&mut self.reader, &mut [0])? {
            0 => Ok(()),
            _ => Err(Fault::Format(format!(
                "too long: more bytes follow the end at byte {}",
                self.offset
            ))),
        }
    }

    /// How many bytes are left, where that is known.
    pub(crate) fn remaining(&self) -> Option<u64> {
        self.length.map(|length| length.saturating_sub(self.offset))
    }

    /// The rest of the stream.
    pub(crate) fn into_reader(self) -> R {
        self.reader
    }

    fn cut_short(&self, found: u64) -> Fault {
        let Section { what, start, length } = &self.section;
        Fault::Format(format!(
            "cut short in {what}: expected {length} bytes from byte {start}, found {found}"
        ))
    }
}

/// Fills `buffer` as far as the stream goes, and returns how far that is.
pub(crate) fn read_full(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(found) => filled += found,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a fault says, as it would follow the file's name.
    fn reason(fault: Fault) -> String {
        match fault {
            Fault::Format(reason) => reason,
            other => format!("{other:?}"),
        }
    }

    /// Gives one byte a call, interrupted before each.
    struct Drip<'a>(&'a [u8], bool);

    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let one = buffer.len().min(1);
            self.0.read(&mut buffer[..one])
        }
    }

    #[test]
    fn a_section_past_a_known_end_is_refused_before_it_is_read() {
        let mut source = Source::new(&[1_u8, 2, 3][..], Some(3));
        assert_eq!(source.array::<1>("the magic").expect("one byte is there"), [1]);
        let fault = source
            .section("the data", 1 << 60)
            .expect_err("two bytes are left");
        assert_eq!(
            reason(fault),
            "cut short in the data: expected 1152921504606846976 bytes from byte 1, found 2"
        );
    }

    #[test]
    fn an_unknown_end_is_met_while_reading() {
        let mut source = Source::new(Drip(&[1, 2, 3], false), None);
        assert_eq!(
            source.bytes("the header", 2).expect("two bytes are there"),
            [1, 2]
        );
        let fault = source.array::<4>("the data").expect_err("one byte is left");
        assert_eq!(
            reason(fault),
            "cut short in the data: expected 4 bytes from byte 2, found 1"
        );
    }

    #[test]
    fn bytes_after_the_last_section_are_refused() {
        let mut sized = Source::new(&[1_u8, 2, 3][..], Some(3));
        let fault = sized.last_section("the data", 2).expect_err("one byte too many");
        assert_eq!(reason(fault), "too long: expected 2 bytes in all, found 3");

        let mut unsized_stream = Source::new(&[1_u8, 2, 3][..], None);
        unsized_stream
            .last_section("the data", 2)
            .expect("the length is not known");
        unsized_stream.fill(&mut [0; 2]).expect("two bytes are there");
        let fault = unsized_stream.finish().expect_err("one byte too many");
        assert_eq!(reason(fault), "too long: more bytes follow the end at byte 2");
    }
}
