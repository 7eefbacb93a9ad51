//! A stream cut into blocks of whole records.
//!
//! Whatever a read brings is handed on as soon as it holds a whole record, so that a slow pipe is answered at once; a
//! fast one fills its blocks, which can then be parsed on several threads.

use std::io::{self, Read};

use memchr::{memchr, memchr_iter, memchr3, memrchr};

use crate::error::{ErrorKind, Result};

/// How much is asked for in one read.
const BLOCK: usize = 1 << 16;
/// The longest record that is read, in bytes: 16 MiB; longer ones are a missing quotation mark as a rule.
pub const LONGEST_RECORD: usize = 16 << 20;

/// Some whole records.
#[derive(Debug)]
pub struct Block {
    /// The bytes; the last record may lack its line end.
    pub bytes: Vec<u8>,
    /// The line of the input on which the block starts, counted from 1.
    pub line: u64,
}

impl Block {
    /// Its lines, to be counted.
    pub fn lines(&self) -> Lines<'_> {
        Lines {
            bytes: &self.bytes,
            counted: 0,
            line: self.line,
        }
    }
}

/// Counts lines as far as somebody asks: most records are never asked for.
#[derive(Debug, Clone)]
pub struct Lines<'b> {
    bytes: &'b [u8],
    /// So many bytes lie before the start, or inside, of `line`.
    counted: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of the input on which a byte of the block stands, counted from 1. Quick if bytes are asked for in their order.
    pub fn at(&mut self, byte: usize) -> u64 {
        let between = |from: usize, to: usize| memchr_iter(b'\n', &self.bytes[from..to]).count() as u64;
        match byte.checked_sub(self.counted) {
            Some(_) => self.line += between(self.counted, byte),
            None => self.line -= between(byte, self.counted),
        }
        self.counted = byte;
        self.line
    }
}

/// Cuts a stream into [`Block`]s.
#[derive(Debug)]
pub struct Blocks<R> {
    reader: R,
    /// The delimiter of fields, where a line end inside quotation marks ends no record.
    quoted: Option<u8>,
    /// What was read after the last whole record, and how much of it is known to hold none.
    rest: Vec<u8>,
    scanned: usize,
    quotes: Quotes,
    line: u64,
    started: bool,
    ended: bool,
}

impl<R: Read> Blocks<R> {
    /// Cuts at line ends; with `delimiter`, not inside quoted fields.
    pub fn new(reader: R, delimiter: Option<u8>) -> Self {
        Blocks {
            reader,
            quoted: delimiter,
            rest: Vec::new(),
            scanned: 0,
            quotes: Quotes::FieldStart,
            line: 1,
            started: false,
            ended: false,
        }
    }

    /// The next block, `None` at the end.
    ///
    /// # Errors
    /// If reading fails, or a record is longer than [`LONGEST_RECORD`].
    pub fn next_block(&mut self) -> Result<Option<Block>> {
        loop {
            if self.ended {
                let bytes = std::mem::take(&mut self.rest);
                return Ok((!bytes.is_empty()).then(|| self.block(bytes)));
            }
            let before = self.rest.len();
            // A record that memory cannot hold is an error with its line, not the end of the program.
            if let Err(error) = self.rest.try_reserve(BLOCK) {
                let error = io::Error::new(io::ErrorKind::OutOfMemory, error);
                return Err(crate::Error::from(error).at_line(self.line));
            }
            self.rest.resize(before + BLOCK, 0);
            let read = loop {
                match self.reader.read(&mut self.rest[before..]) {
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                    result => break result,
                }
            };
            self.rest.truncate(before + *read.as_ref().unwrap_or(&0));
            match read? {
                0 => {
                    self.ended = true;
                    continue;
                }
                _ if !self.started => {
                    // It may come in pieces.
                    if self.rest.len() < BYTE_ORDER_MARK.len() && BYTE_ORDER_MARK.starts_with(&self.rest) {
                        continue;
                    }
                    self.started = true;
                    strip_byte_order_mark(&mut self.rest);
                }
                _ => {}
            }
            if let Some(end) = self.last_record_end() {
                let rest = self.rest.split_off(end);
                let bytes = std::mem::replace(&mut self.rest, rest);
                self.scanned = self.rest.len();
                return Ok(Some(self.block(bytes)));
            }
            if self.rest.len() > LONGEST_RECORD {
                return Err(crate::Error::from(ErrorKind::RecordTooLong { limit: LONGEST_RECORD }).at_line(self.line));
            }
        }
    }

    fn block(&mut self, bytes: Vec<u8>) -> Block {
        let line = self.line;
        self.line += memchr_iter(b'\n', &bytes).count() as u64;
        Block { bytes, line }
    }

    /// The end of the last whole record in `rest`; remembers how far it looked.
    fn last_record_end(&mut self) -> Option<usize> {
        let new = &self.rest[self.scanned..];
        let Some(delimiter) = self.quoted else {
            let end = memrchr(b'\n', new).map(|i| self.scanned + i + 1);
            self.scanned = self.rest.len();
            return end;
        };
        // Up to the next quotation mark a line end ends a record; from there on the state counts, a line at a time.
        let mut end = None;
        let mut position = self.scanned;
        while position < self.rest.len() {
            if self.quotes == Quotes::FieldStart || self.quotes == Quotes::Unquoted {
                let marked = memchr(b'"', &self.rest[position..]).map_or(self.rest.len(), |i| position + i);
                if let Some(last) = memrchr(b'\n', &self.rest[position..marked]) {
                    position += last + 1;
                    self.quotes = Quotes::FieldStart;
                    end = Some(position);
                }
            }
            let line = &self.rest[position..];
            let (length, whole) = match memchr(b'\n', line) {
                Some(i) => (i + 1, true),
                None => (line.len(), false),
            };
            self.quotes = self.quotes.after(&line[..length], delimiter);
            position += length;
            if whole && !self.quotes.is_open() {
                self.quotes = Quotes::FieldStart;
                end = Some(position);
            }
        }
        self.scanned = position;
        end
    }
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

fn strip_byte_order_mark(bytes: &mut Vec<u8>) {
    if bytes.starts_with(BYTE_ORDER_MARK) {
        bytes.drain(..BYTE_ORDER_MARK.len());
    }
}

/// Where in a record of delimited fields a scan stands, as the csv crate understands quotation marks: one opens a quoted
/// field at the field's start only, a doubled one inside is a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quotes {
    FieldStart,
    Unquoted,
    Quoted,
    QuoteInQuoted,
}

impl Quotes {
    fn is_open(self) -> bool {
        self == Quotes::Quoted
    }

    fn after(self, bytes: &[u8], delimiter: u8) -> Self {
        let (mut state, mut rest) = (self, bytes);
        loop {
            // What may come next, and where.
            let next = match state {
                Quotes::Quoted => memchr(b'"', rest),
                Quotes::Unquoted => memchr3(delimiter, b'\n', b'\r', rest),
                Quotes::FieldStart | Quotes::QuoteInQuoted => (!rest.is_empty()).then_some(0),
            };
            let Some(next) = next else { return state };
            state = match (state, rest[next]) {
                (Quotes::Quoted, _) => Quotes::QuoteInQuoted,
                (Quotes::QuoteInQuoted | Quotes::FieldStart, b'"') => Quotes::Quoted,
                (_, b'\n' | b'\r') => Quotes::FieldStart,
                (_, byte) if byte == delimiter => Quotes::FieldStart,
                _ => Quotes::Unquoted,
            };
            rest = &rest[next + 1..];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Gives out a few bytes at a time, as a slow pipe does.
    struct Slow<'b>(&'b [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(buffer.len());
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn cut(bytes: &[u8], step: usize, delimiter: Option<u8>) -> Vec<Block> {
        let mut blocks = Blocks::new(Slow(bytes, step), delimiter);
        std::iter::from_fn(|| blocks.next_block().unwrap()).collect()
    }

    #[test]
    fn a_record_is_handed_on_as_soon_as_it_is_whole() {
        let blocks = cut(b"a,b\n1,\"x\ny\"\n2,5\" gun\n", 4, Some(b','));
        let texts: Vec<_> = blocks.iter().map(|b| std::str::from_utf8(&b.bytes).unwrap()).collect();
        assert_eq!(texts, ["a,b\n", "1,\"x\ny\"\n", "2,5\" gun\n"]);
        assert_eq!(blocks.iter().map(|b| b.line).collect::<Vec<_>>(), [1, 2, 4]);
    }

    #[test]
    fn lines_are_counted_in_any_order() {
        let block = Block {
            bytes: b"a\nb\n\nc".to_vec(),
            line: 7,
        };
        let mut lines = block.lines();
        assert_eq!([0, 2, 5, 1, 4, 6].map(|byte| lines.at(byte)), [7, 8, 10, 7, 9, 10]);
    }

    #[test]
    fn a_byte_order_mark_is_no_text() {
        for step in [1, 2, 3, 99] {
            assert_eq!(cut(b"\xef\xbb\xbftext\n", step, None)[0].bytes, b"text\n");
            // One is a mark; a second is what was written.
            assert_eq!(
                cut(b"\xef\xbb\xbf\xef\xbb\xbf\n", step, None)[0].bytes,
                b"\xef\xbb\xbf\n"
            );
            assert_eq!(cut(b"\xef\xbb", step, None).concat_bytes(), b"\xef\xbb");
        }
    }

    proptest! {
        /// Whatever the bytes and however they arrive, the records are those that the csv crate finds in the whole.
        #[test]
        fn cutting_changes_no_record(text in "[a,\"\n\r;]{0,60}", step in 1usize..9) {
            let parse = |bytes: &[u8]| -> Vec<csv::ByteRecord> {
                let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
                reader.byte_records().map(Result::unwrap).map(|mut r| { r.set_position(None); r }).collect()
            };
            let blocks = cut(text.as_bytes(), step, Some(b','));
            let parts: Vec<_> = blocks.iter().flat_map(|b| parse(&b.bytes)).collect();
            prop_assert_eq!(parts, parse(text.as_bytes()));
            prop_assert_eq!(blocks.concat_bytes(), text.as_bytes());
        }
    }

    trait Concat {
        fn concat_bytes(&self) -> Vec<u8>;
    }

    impl Concat for Vec<Block> {
        fn concat_bytes(&self) -> Vec<u8> {
            self.iter().flat_map(|b| b.bytes.iter().copied()).collect()
        }
    }
}
