//! Records of CSV, TSV, JSONL and plain text, all read in the same way.

use std::borrow::Cow;
use std::io::Read;

use serde_json::{Map, Value};

use super::blocks::{Block, Blocks};
use super::delimited::{DelimitedReader, NotUtf8};
use crate::error::{Error, ErrorKind, Result};

/// How records are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordFormat {
    /// A header, then fields with this delimiter, quoted as RFC 4180 says.
    Delimited(u8),
    /// One JSON object in each line.
    JsonLines,
    /// One statement in each line; empty lines are passed over.
    Text,
}

impl RecordFormat {
    /// Comma-separated values.
    pub const CSV: RecordFormat = RecordFormat::Delimited(b',');
    /// Tab-separated values.
    pub const TSV: RecordFormat = RecordFormat::Delimited(b'\t');

    /// The format that a file's extension stands for: `csv`, `tsv`, `jsonl`, `ndjson`, `txt`, `text`.
    pub fn from_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "csv" => Some(RecordFormat::CSV),
            "tsv" | "tab" => Some(RecordFormat::TSV),
            "jsonl" | "ndjson" => Some(RecordFormat::JsonLines),
            "txt" | "text" => Some(RecordFormat::Text),
            _ => None,
        }
    }
}

/// One record with all its columns; it borrows what the block `'b` spells as it is.
#[derive(Debug, Clone, PartialEq)]
pub enum Record<'b> {
    /// As many fields as the header has.
    Fields(Vec<Cow<'b, str>>),
    /// A JSON object.
    Object(Map<String, Value>),
    /// A line of text.
    Line(Cow<'b, str>),
}

/// Where a record stands in its block, and how it is written there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'b> {
    /// Where it starts, in bytes of the block; [`Lines::at`](super::Lines::at) has the line.
    pub start: usize,
    /// Its bytes, without the line end.
    pub raw: &'b [u8],
}

/// A column, found once and then used for every record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    name: String,
    index: Option<usize>,
}

impl Column {
    /// A column of that name where there is no header to find it in.
    #[cfg(feature = "cli")]
    pub(crate) fn named(name: &str) -> Self {
        Column {
            name: name.to_owned(),
            index: None,
        }
    }

    /// A column of that name at a place that is known.
    #[cfg(feature = "cli")]
    pub(crate) fn at(index: usize, name: &str) -> Self {
        Column {
            name: name.to_owned(),
            index: Some(index),
        }
    }

    /// The name of the column.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// The records of one input.
#[derive(Debug)]
pub struct Records<R> {
    blocks: Blocks<R>,
    format: RecordFormat,
    /// The names of the columns of delimited records; `text` for plain text; none for JSONL, whose objects name their own.
    header: Vec<String>,
    /// What was left of the block with the header.
    first: Option<Block>,
}

impl<R: Read> Records<R> {
    /// Starts to read; a header is read at once.
    ///
    /// # Errors
    /// [`ErrorKind::Empty`] if a header is needed and there is nothing, [`ErrorKind::InvalidUtf8`] if it is not UTF-8, or
    /// if reading fails.
    pub fn new(reader: R, format: RecordFormat) -> Result<Self> {
        let delimiter = match format {
            RecordFormat::Delimited(delimiter) => Some(delimiter),
            _ => None,
        };
        let mut records = Records {
            blocks: Blocks::new(reader, delimiter),
            format,
            header: Vec::new(),
            first: None,
        };
        match format {
            RecordFormat::Delimited(delimiter) => records.read_header(delimiter)?,
            RecordFormat::Text => records.header = vec!["text".to_owned()],
            RecordFormat::JsonLines => {}
        }
        Ok(records)
    }

    fn read_header(&mut self, delimiter: u8) -> Result<()> {
        while let Some(block) = self.blocks.next_block()? {
            let mut reader = DelimitedReader::new(&block.bytes, delimiter);
            let mut header = Vec::new();
            let Some((place, spelling)) = reader.next(&mut header) else {
                continue;
            };
            let mut lines = block.lines();
            spelling.map_err(|_| Error::from(ErrorKind::InvalidUtf8).at_line(lines.at(place.start)))?;
            self.header = header.iter().map(|name| name.trim().to_owned()).collect();
            // What follows starts with the line end.
            let end = place.start + place.raw.len();
            self.first = Some(Block {
                line: lines.at(end),
                bytes: block.bytes[end..].to_vec(),
            });
            return Ok(());
        }
        Err(ErrorKind::Empty.into())
    }

    /// The names of the columns; empty for JSONL, whose objects name their own.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// How the records are written down.
    pub fn format(&self) -> RecordFormat {
        self.format
    }

    /// Finds a column.
    ///
    /// # Errors
    /// [`ErrorKind::MissingColumn`], with the columns that are there and the one that looks most like it.
    pub fn column(&self, name: &str) -> Result<Column> {
        let index = self.header.iter().position(|column| column == name);
        if index.is_none() && self.format != RecordFormat::JsonLines {
            return Err(missing_column(name, &self.header));
        }
        Ok(Column {
            name: name.to_owned(),
            index,
        })
    }

    /// The next records, unparsed; `None` at the end.
    ///
    /// # Errors
    /// If reading fails.
    pub fn next_block(&mut self) -> Result<Option<Block>> {
        match self.first.take() {
            Some(block) => Ok(Some(block)),
            None => self.blocks.next_block(),
        }
    }

    /// What is needed to parse blocks on other threads.
    pub fn parser(&self) -> BlockParser {
        BlockParser {
            format: self.format,
            header: self.header.clone(),
        }
    }

    /// Calls `each` with every record: its row (counted from 1), its line, and the record or what is wrong with it.
    ///
    /// # Errors
    /// If reading fails, or what `each` gives back.
    pub fn for_each(&mut self, mut each: impl FnMut(u64, u64, Result<&Record<'_>>) -> Result<()>) -> Result<()> {
        let parser = self.parser();
        let mut row = 0;
        while let Some(block) = self.next_block()? {
            let mut lines = block.lines();
            parser.for_each(&block, |place, record| {
                row += 1;
                each(row, lines.at(place.start), record.map(|record| &*record))
            })?;
        }
        Ok(())
    }
}

/// [`ErrorKind::MissingColumn`] with the column that looks most like the wanted one.
pub(crate) fn missing_column(name: &str, found: &[String]) -> Error {
    let likeness =
        |candidate: &&String| (strsim::jaro_winkler(&candidate.to_lowercase(), &name.to_lowercase()) * 1000.0) as u64;
    ErrorKind::MissingColumn {
        wanted: name.to_owned(),
        found: found.to_vec(),
        nearest: found
            .iter()
            .max_by_key(likeness)
            .filter(|c| likeness(c) >= 700)
            .cloned(),
    }
    .into()
}

/// Turns blocks into records.
#[derive(Debug, Clone)]
pub struct BlockParser {
    format: RecordFormat,
    header: Vec<String>,
}

impl BlockParser {
    /// The names of the columns; empty for JSONL.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Calls `each` with every record of a block: its place, and the record or what is wrong with it. `each` may keep the record and leave
    /// an old one in its stead, whose memory is used again.
    ///
    /// # Errors
    /// What `each` gives back; it ends the walk.
    pub fn for_each<'b, E>(
        &self,
        block: &'b Block,
        mut each: impl FnMut(Place<'b>, Result<&mut Record<'b>>) -> Result<(), E>,
    ) -> Result<(), E> {
        match self.format {
            RecordFormat::Delimited(delimiter) => self.for_each_delimited(block, delimiter, each),
            RecordFormat::JsonLines => lines(block).try_for_each(|(place, text)| match text.and_then(parse_object) {
                Ok(mut record) => each(place, Ok(&mut record)),
                Err(error) => each(place, Err(error)),
            }),
            RecordFormat::Text => lines(block).try_for_each(|(place, text)| match text {
                Ok(text) => each(place, Ok(&mut Record::Line(text.into()))),
                Err(error) => each(place, Err(error)),
            }),
        }
    }

    fn for_each_delimited<'b, E>(
        &self,
        block: &'b Block,
        delimiter: u8,
        mut each: impl FnMut(Place<'b>, Result<&mut Record<'b>>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut reader = DelimitedReader::new(&block.bytes, delimiter);
        // One list for all, so that a row allocates nothing.
        let mut fields = Vec::new();
        while let Some((place, spelling)) = reader.next(&mut fields) {
            let (expected, found) = (self.header.len(), fields.len());
            let wrong = match spelling {
                _ if found != expected => ErrorKind::FieldCount {
                    expected: expected as u64,
                    found: found as u64,
                }
                .into(),
                Err(NotUtf8 { field }) => Error::from(ErrorKind::InvalidUtf8).in_column(&self.header[field]),
                Ok(()) => {
                    let mut record = Record::Fields(fields);
                    each(place, Ok(&mut record))?;
                    fields = match record {
                        Record::Fields(fields) => fields,
                        _ => Vec::new(),
                    };
                    continue;
                }
            };
            each(place, Err(wrong))?;
        }
        Ok(())
    }
}

/// The lines of a block that are not blank.
fn lines(block: &Block) -> impl Iterator<Item = (Place<'_>, Result<&str>)> {
    let mut next = 0;
    block.bytes.split(|&b| b == b'\n').filter_map(move |line| {
        let raw = line.strip_suffix(b"\r").unwrap_or(line);
        let place = Place { start: next, raw };
        next += line.len() + 1;
        match std::str::from_utf8(raw) {
            Ok(text) if text.trim().is_empty() => None,
            Ok(text) => Some((place, Ok(text))),
            Err(_) => Some((place, Err(ErrorKind::InvalidUtf8.into()))),
        }
    })
}

fn parse_object(line: &str) -> Result<Record<'static>> {
    match serde_json::from_str::<Value>(line) {
        Ok(Value::Object(object)) => Ok(Record::Object(object)),
        Ok(other) => Err(ErrorKind::Json(format!("it is {}", kind_of(&other))).into()),
        Err(error) => Err(ErrorKind::Json(error.to_string()).into()),
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

impl Record<'_> {
    /// The value of a column as text. A JSON number or truth value is its own text, null is empty.
    ///
    /// # Errors
    /// If the column is missing in this record, or holds an array or an object.
    pub fn get(&self, column: &Column) -> Result<Cow<'_, str>> {
        match self {
            Record::Line(line) => Ok(Cow::Borrowed(line)),
            Record::Fields(fields) => {
                let field = column.index.and_then(|index| fields.get(index));
                Ok(Cow::Borrowed(field.map_or("", AsRef::as_ref)))
            }
            Record::Object(object) => match object.get(&column.name) {
                Some(Value::String(text)) => Ok(text.as_str().into()),
                Some(Value::Null) => Ok("".into()),
                Some(value @ (Value::Bool(_) | Value::Number(_))) => Ok(value.to_string().into()),
                Some(other) => {
                    let wrong = ErrorKind::WrongValue {
                        wanted: "a string",
                        found: kind_of(other).to_owned(),
                    };
                    Err(Error::from(wrong).in_column(&column.name))
                }
                None => {
                    let found: Vec<String> = object.keys().cloned().collect();
                    Err(missing_column(&column.name, &found))
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], format: RecordFormat) -> Vec<(u64, u64, Result<Record<'static>>)> {
        let mut records = Vec::new();
        let mut reader = Records::new(bytes, format).unwrap();
        reader
            .for_each(|row, line, record| {
                let owned = |text: &Cow<'_, str>| Cow::Owned(text.as_ref().to_owned());
                let record = record.map(|record| match record {
                    Record::Fields(fields) => Record::Fields(fields.iter().map(owned).collect()),
                    Record::Object(object) => Record::Object(object.clone()),
                    Record::Line(line) => Record::Line(owned(line)),
                });
                records.push((row, line, record));
                Ok(())
            })
            .unwrap();
        records
    }

    #[test]
    fn rows_and_lines_are_counted_apart() {
        let records = read(b"id,text\r\n1,\"two\r\nlines\"\r\n2,one\r\n", RecordFormat::CSV);
        assert_eq!(
            records.iter().map(|(row, line, _)| (*row, *line)).collect::<Vec<_>>(),
            [(1, 2), (2, 4)]
        );
    }

    #[test]
    fn a_short_row_and_bad_utf8_are_told_apart() {
        let records = read(b"id,text\n1\n2,\xff\n3,ok\n", RecordFormat::CSV);
        assert!(matches!(
            records[0].2.as_ref().unwrap_err().kind(),
            ErrorKind::FieldCount { expected: 2, found: 1 }
        ));
        let error = records[1].2.as_ref().unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::InvalidUtf8));
        assert_eq!(error.position().column.as_deref(), Some("text"));
        assert!(records[2].2.is_ok());
    }

    #[test]
    fn a_missing_column_names_the_nearest() {
        let records = Records::new(&b"id,Texts\n"[..], RecordFormat::CSV).unwrap();
        let error = records.column("text").unwrap_err().to_string();
        assert!(error.contains("`id`, `Texts`; did you mean `Texts`?"), "{error}");
    }

    #[test]
    fn json_lines_keep_their_values() {
        let records = read(
            b"{\"text\": \"a\", \"n\": 1}\n\n[1]\n{\"text\": [1]}\n",
            RecordFormat::JsonLines,
        );
        let text = Column {
            name: "text".into(),
            index: None,
        };
        assert_eq!(records[0].2.as_ref().unwrap().get(&text).unwrap(), "a");
        assert!(matches!(records[1].2.as_ref().unwrap_err().kind(), ErrorKind::Json(_)));
        assert_eq!(records[1].1, 3);
        assert!(records[2].2.as_ref().unwrap().get(&text).is_err());
    }
}
