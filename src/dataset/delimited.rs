//! Delimited records, cut out of bytes: by looking for delimiters and quotation marks, and by csv-core where
//! these are not neat.

use csv_core::ReadRecordResult;
use memchr::{memchr, memchr_iter, memchr3};

use super::blocks::Block;
use super::records::Place;

/// Reads the records of some bytes, one after another.
pub(super) struct DelimitedReader<'b> {
    bytes: &'b [u8],
    position: usize,
    /// The line of the input at the position.
    line: u64,
    delimiter: u8,
    /// For records that are not neat; made when the first one is met.
    core: Option<Box<csv_core::Reader>>,
    /// What csv-core writes into, and a field without the quotation marks that double its own.
    output: Vec<u8>,
    ends: Vec<usize>,
}

impl<'b> DelimitedReader<'b> {
    /// `bytes` start on `line`.
    pub fn new(bytes: &'b [u8], line: u64, delimiter: u8) -> Self {
        DelimitedReader {
            bytes,
            position: 0,
            line,
            delimiter,
            core: None,
            output: Vec::new(),
            ends: vec![0; 1 << 5],
        }
    }

    /// The next record; its fields are put into `fields`. Records without any byte are passed over, as the csv crate does.
    pub fn next(&mut self, fields: &mut csv::ByteRecord) -> Option<Place<'b>> {
        let rest = &self.bytes[self.position..];
        let blank = rest.iter().take_while(|byte| is_line_end(byte)).count();
        let (blank, rest) = rest.split_at(blank);
        self.line += line_feeds(blank);
        self.position += blank.len();
        if rest.is_empty() {
            return None;
        }
        fields.clear();
        let line = self.line;
        // Without a quotation mark before its end a record is what lies between delimiters.
        let raw = match memchr3(b'"', b'\n', b'\r', rest) {
            Some(marked) if rest[marked] == b'"' => {
                let raw = match self.read_neatly_quoted(rest, fields) {
                    Some(raw) => raw,
                    None => {
                        fields.clear();
                        self.read_quoted(rest, fields)
                    }
                };
                self.line += line_feeds(raw);
                raw
            }
            end => {
                let raw = &rest[..end.unwrap_or(rest.len())];
                let mut start = 0;
                for delimiter in memchr_iter(self.delimiter, raw) {
                    fields.push_field(&raw[start..delimiter]);
                    start = delimiter + 1;
                }
                fields.push_field(&raw[start..]);
                raw
            }
        };
        self.position += raw.len();
        Some(Place { line, raw })
    }

    /// What follows the records that were read; it starts with the line end of the last one.
    pub fn rest(&self) -> Block {
        Block {
            bytes: self.bytes[self.position..].to_vec(),
            line: self.line,
        }
    }

    /// The record at the start of `rest` if each quoted field is one from its first to its last byte.
    fn read_neatly_quoted(&mut self, rest: &'b [u8], fields: &mut csv::ByteRecord) -> Option<&'b [u8]> {
        let mut position = 0;
        loop {
            let field = &rest[position..];
            let length = match field.strip_prefix(b"\"") {
                Some(quoted) => 2 + self.push_quoted(quoted, fields)?,
                None => {
                    let length = memchr3(self.delimiter, b'\n', b'\r', field).unwrap_or(field.len());
                    fields.push_field(&field[..length]);
                    length
                }
            };
            let end = position + length;
            match rest.get(end) {
                Some(&byte) if byte == self.delimiter => position = end + 1,
                Some(byte) if !is_line_end(byte) => return None,
                _ => return Some(&rest[..end]),
            }
        }
    }

    /// Adds the field up to its closing quotation mark; gives back where that stands, if there is one.
    fn push_quoted(&mut self, quoted: &[u8], fields: &mut csv::ByteRecord) -> Option<usize> {
        let mut end = memchr(b'"', quoted)?;
        if quoted.get(end + 1) != Some(&b'"') {
            fields.push_field(&quoted[..end]);
            return Some(end);
        }
        self.output.clear();
        let mut start = 0;
        while quoted.get(end + 1) == Some(&b'"') {
            // One of the two stays.
            self.output.extend_from_slice(&quoted[start..=end]);
            start = end + 2;
            end = start + memchr(b'"', &quoted[start..])?;
        }
        self.output.extend_from_slice(&quoted[start..end]);
        fields.push_field(&self.output);
        Some(end)
    }

    /// The record at the start of `rest`, by the book.
    fn read_quoted(&mut self, rest: &'b [u8], fields: &mut csv::ByteRecord) -> &'b [u8] {
        let build = || Box::new(csv_core::ReaderBuilder::new().delimiter(self.delimiter).build());
        let core = self.core.get_or_insert_with(build);
        core.reset();
        self.output.resize(self.output.capacity().max(1 << 10), 0);
        // At the very start it would take a byte order mark away, which is text in any record: a line end is passed over.
        core.read_record(b"\n", &mut self.output, &mut self.ends);
        let (mut read, mut written, mut ended) = (0, 0, 0);
        let length = loop {
            let input = &rest[read..];
            let (output, ends) = (&mut self.output[written..], &mut self.ends[ended..]);
            let (result, more_read, more_written, more_ended) = core.read_record(input, output, ends);
            read += more_read;
            written += more_written;
            ended += more_ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.output.resize(2 * self.output.len(), 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(2 * self.ends.len(), 0),
                // Asked with nothing more, it takes what it has for the last record; else it has read a line end.
                ReadRecordResult::Record | ReadRecordResult::End if input.is_empty() => break read,
                ReadRecordResult::Record | ReadRecordResult::End => break read - 1,
            }
        };
        let mut start = 0;
        for &end in &self.ends[..ended] {
            fields.push_field(&self.output[start..end]);
            start = end;
        }
        &rest[..length]
    }
}

fn is_line_end(byte: &u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

fn line_feeds(bytes: &[u8]) -> u64 {
    memchr_iter(b'\n', bytes).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The records are those of the csv crate, and their bytes give the same fields again.
        #[test]
        fn records_are_those_of_the_csv_crate(text in "[ab,\"\n\r; \u{feff}]{0,80}") {
            // It looks for a byte order mark at the very start only.
            let theirs: Vec<Vec<Vec<u8>>> = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(format!("\n{text}").as_bytes())
                .byte_records().map(|r| r.unwrap().iter().map(<[u8]>::to_vec).collect()).collect();
            let mut reader = DelimitedReader::new(text.as_bytes(), 1, b',');
            let mut fields = csv::ByteRecord::new();
            let mut ours: Vec<Vec<Vec<u8>>> = Vec::new();
            while let Some(place) = reader.next(&mut fields) {
                ours.push(fields.iter().map(<[u8]>::to_vec).collect());
                let mut again = csv::ByteRecord::new();
                DelimitedReader::new(place.raw, 1, b',').next(&mut again);
                prop_assert_eq!(&again, &fields);
            }
            prop_assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn a_byte_order_mark_inside_a_file_is_text() {
        for text in ["\u{feff}a,b", "\u{feff}a,\"b\"", "\u{feff}a,\"b\" c"] {
            let mut fields = csv::ByteRecord::new();
            DelimitedReader::new(text.as_bytes(), 2, b',')
                .next(&mut fields)
                .unwrap();
            assert_eq!(&fields[0], "\u{feff}a".as_bytes());
        }
    }

    #[test]
    fn many_and_long_fields_find_room() {
        let text = format!("\"{}\"{}\n", "x".repeat(5000), ",\"y\"".repeat(100));
        let mut fields = csv::ByteRecord::new();
        let mut reader = DelimitedReader::new(text.as_bytes(), 7, b',');
        let raw = text.trim_end().as_bytes();
        assert_eq!(reader.next(&mut fields), Some(Place { line: 7, raw }));
        assert_eq!((fields.len(), fields[0].len()), (101, 5000));
        assert_eq!(reader.next(&mut fields), None);
    }
}
