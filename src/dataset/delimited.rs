//! Delimited records, cut out of bytes: by looking for delimiters and quotation marks, and by csv-core where
//! these are not neat.

use std::borrow::Cow;
use std::ops::Range;

use csv_core::ReadRecordResult;
use memchr::{memchr, memchr_iter, memchr3};

use super::records::Place;

/// Reads the records of some bytes, one after another.
pub(super) struct DelimitedReader<'b> {
    bytes: &'b [u8],
    /// The same if it is UTF-8 as a whole, which saves looking at each field.
    text: Option<&'b str>,
    position: usize,
    delimiter: u8,
    /// For records that are not neat; made when the first one is met.
    core: Option<Box<csv_core::Reader>>,
    /// What csv-core writes into.
    output: Vec<u8>,
    ends: Vec<usize>,
}

/// The first field of a record that is not UTF-8; it is left empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotUtf8 {
    pub field: usize,
}

/// The fields of a record, as they are found.
struct Fields<'f, 'b> {
    fields: &'f mut Vec<Cow<'b, str>>,
    spelling: Result<(), NotUtf8>,
}

impl<'b> Fields<'_, 'b> {
    fn push(&mut self, field: Option<Cow<'b, str>>) {
        if field.is_none() && self.spelling.is_ok() {
            let field = self.fields.len();
            self.spelling = Err(NotUtf8 { field });
        }
        self.fields.push(field.unwrap_or_default());
    }

    fn push_owned(&mut self, field: Vec<u8>) {
        self.push(String::from_utf8(field).ok().map(Cow::Owned));
    }

    fn clear(&mut self) {
        self.fields.clear();
        self.spelling = Ok(());
    }
}

impl<'b> DelimitedReader<'b> {
    pub fn new(bytes: &'b [u8], delimiter: u8) -> Self {
        DelimitedReader {
            bytes,
            text: std::str::from_utf8(bytes).ok(),
            position: 0,
            delimiter,
            core: None,
            output: Vec::new(),
            ends: vec![0; 1 << 5],
        }
    }

    /// The next record; its fields are put into `fields`. Records without any byte are passed over, as the csv crate does.
    pub fn next(&mut self, fields: &mut Vec<Cow<'b, str>>) -> Option<(Place<'b>, Result<(), NotUtf8>)> {
        let rest = &self.bytes[self.position..];
        self.position += rest.iter().take_while(|byte| is_line_end(byte)).count();
        let start = self.position;
        let rest = &self.bytes[start..];
        if rest.is_empty() {
            return None;
        }
        let mut fields = Fields {
            fields,
            spelling: Ok(()),
        };
        fields.clear();
        // Without a quotation mark before its end a record is what lies between delimiters.
        let length = match memchr3(b'"', b'\n', b'\r', rest) {
            Some(marked) if rest[marked] == b'"' => match self.read_neatly_quoted(&mut fields) {
                Some(length) => length,
                None => {
                    fields.clear();
                    self.read_quoted(&mut fields)
                }
            },
            end => {
                let length = end.unwrap_or(rest.len());
                let mut field = 0;
                for delimiter in memchr_iter(self.delimiter, &rest[..length]) {
                    fields.push(self.spelt(field..delimiter));
                    field = delimiter + 1;
                }
                fields.push(self.spelt(field..length));
                length
            }
        };
        let raw = &rest[..length];
        self.position += length;
        Some((Place { start, raw }, fields.spelling))
    }

    /// A part of the rest as text, if it is UTF-8.
    fn spelt(&self, part: Range<usize>) -> Option<Cow<'b, str>> {
        let part = self.position + part.start..self.position + part.end;
        match self.text {
            Some(text) => text.get(part),
            None => std::str::from_utf8(&self.bytes[part]).ok(),
        }
        .map(Cow::Borrowed)
    }

    /// Reads a record in which each quoted field is one from its first to its last byte; gives back its length.
    fn read_neatly_quoted(&self, fields: &mut Fields<'_, 'b>) -> Option<usize> {
        let rest = &self.bytes[self.position..];
        let mut start = 0;
        loop {
            let field = &rest[start..];
            let end = match field.strip_prefix(b"\"") {
                Some(quoted) => start + 2 + self.read_field(start + 1, quoted, fields)?,
                None => {
                    let length = memchr3(self.delimiter, b'\n', b'\r', field).unwrap_or(field.len());
                    fields.push(self.spelt(start..start + length));
                    start + length
                }
            };
            match rest.get(end) {
                Some(&byte) if byte == self.delimiter => start = end + 1,
                Some(byte) if !is_line_end(byte) => return None,
                _ => return Some(end),
            }
        }
    }

    /// Adds the field up to its closing quotation mark; gives back where that stands, if there is one. `start` is where `quoted` stands
    /// in the rest.
    fn read_field(&self, start: usize, quoted: &[u8], fields: &mut Fields<'_, 'b>) -> Option<usize> {
        let mut end = memchr(b'"', quoted)?;
        if quoted.get(end + 1) != Some(&b'"') {
            fields.push(self.spelt(start..start + end));
            return Some(end);
        }
        let mut field = Vec::new();
        let mut from = 0;
        while quoted.get(end + 1) == Some(&b'"') {
            // One of the two stays.
            field.extend_from_slice(&quoted[from..=end]);
            from = end + 2;
            end = from + memchr(b'"', &quoted[from..])?;
        }
        field.extend_from_slice(&quoted[from..end]);
        fields.push_owned(field);
        Some(end)
    }

    /// Reads a record by the book; gives back its length.
    fn read_quoted(&mut self, fields: &mut Fields<'_, 'b>) -> usize {
        let rest = &self.bytes[self.position..];
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
            fields.push_owned(self.output[start..end].to_vec());
            start = end;
        }
        length
    }
}

fn is_line_end(byte: &u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The only record of `bytes`.
    fn only<'b>(bytes: &'b [u8]) -> (Vec<Cow<'b, str>>, Result<(), NotUtf8>) {
        let (mut reader, mut fields) = (DelimitedReader::new(bytes, b','), Vec::new());
        let (place, spelling) = reader.next(&mut fields).unwrap();
        assert_eq!((place.start, reader.next(&mut Vec::new())), (0, None));
        (fields, spelling)
    }

    proptest! {
        /// The records are those of the csv crate, and their bytes give the same fields again. `\u{1}` stands for a byte that is not UTF-8.
        #[test]
        fn records_are_those_of_the_csv_crate(text in "[ab,\"\n\r; \u{feff}\u{1}]{0,80}") {
            let bytes: Vec<u8> = text.bytes().map(|byte| if byte == 1 { 0xff } else { byte }).collect();
            // It looks for a byte order mark at the very start only.
            let theirs: Vec<csv::ByteRecord> = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader([b"\n", &bytes[..]].concat().as_slice())
                .byte_records().map(Result::unwrap).collect();
            let mut reader = DelimitedReader::new(&bytes, b',');
            let mut fields = Vec::new();
            let mut theirs = theirs.into_iter();
            while let Some((place, spelling)) = reader.next(&mut fields) {
                prop_assert_eq!(&bytes[place.start..place.start + place.raw.len()], place.raw);
                let expected = theirs.next().unwrap();
                prop_assert_eq!(fields.len(), expected.len());
                let is_utf8 = |field: &[u8]| std::str::from_utf8(field).is_ok();
                let wrong = expected.iter().position(|field| !is_utf8(field));
                prop_assert_eq!(spelling.err(), wrong.map(|field| NotUtf8 { field }));
                let readable = expected.iter().map(|field| if is_utf8(field) { field } else { b"" });
                prop_assert!(fields.iter().map(|field| field.as_bytes()).eq(readable));
                prop_assert_eq!(only(place.raw), (fields.clone(), spelling));
            }
            prop_assert_eq!(theirs.next(), None);
        }
    }

    #[test]
    fn a_byte_order_mark_inside_a_file_is_text() {
        for text in ["\u{feff}a,b", "\u{feff}a,\"b\"", "\u{feff}a,\"b\" c"] {
            assert_eq!(only(text.as_bytes()).0[0], "\u{feff}a");
        }
    }

    #[test]
    fn fields_are_borrowed_where_they_are_written_as_they_read() {
        let (fields, _) = only(b"a,\"b, c\",\"d \"\"e\"\"\"");
        assert_eq!(fields, ["a", "b, c", "d \"e\""]);
        let is_borrowed = |field: &Cow<'_, str>| matches!(field, Cow::Borrowed(_));
        assert_eq!(fields.iter().map(is_borrowed).collect::<Vec<_>>(), [true, true, false]);
    }

    #[test]
    fn a_delimiter_inside_a_character_panics_not() {
        let mut fields = Vec::new();
        let read = DelimitedReader::new("é,é".as_bytes(), 0xc3).next(&mut fields);
        assert_eq!(read.unwrap().1, Err(NotUtf8 { field: 1 }));
    }

    #[test]
    fn many_and_long_fields_find_room() {
        let text = format!("\"{}\"{}\n", "x".repeat(5000), ",\"y\"".repeat(100));
        let (fields, _) = only(text.as_bytes());
        assert_eq!((fields.len(), fields[0].len()), (101, 5000));
    }
}
