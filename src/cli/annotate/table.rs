//! The file that is annotated: read once, and written anew after every answer.

use std::fs::{self, Metadata};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::atomic_file::AtomicFile;
use crate::cli::args::InputArgs;
use crate::cli::input;
use crate::cli::rows::delimited_writer;
use crate::dataset::{Column, Record, RecordFormat, Records};
use crate::error::{Error, ErrorKind, Result};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Delimited rows, kept as they were written: only labels change.
#[derive(Debug)]
pub struct Table {
    path: PathBuf,
    delimiter: u8,
    line_end: &'static [u8],
    has_mark: bool,
    header: Vec<String>,
    /// Where the labels stand; the column is added on the right if there was none.
    label: usize,
    rows: Vec<Row>,
    /// How the file looked when it was read or written last.
    seen: Seen,
}

#[derive(Debug)]
struct Row {
    /// The record, without its line end.
    raw: Vec<u8>,
    text: String,
    label: String,
    /// Why `suggest` chose it, if the file says so.
    reason: String,
}

#[derive(Debug, PartialEq, Eq)]
struct Seen {
    bytes: u64,
    modified: Option<SystemTime>,
}

impl From<Metadata> for Seen {
    fn from(metadata: Metadata) -> Self {
        Seen {
            bytes: metadata.len(),
            modified: metadata.modified().ok(),
        }
    }
}

impl Table {
    /// Reads a file of CSV or TSV.
    pub fn open(path: &Path, args: &InputArgs, label_column: &str) -> Result<Self> {
        read(path, args, label_column).map_err(|error| error.in_file(path))
    }

    /// The statement of a row.
    pub fn text(&self, row: usize) -> &str {
        &self.rows[row].text
    }

    /// Why a row was suggested; empty if the file does not say.
    pub fn reason(&self, row: usize) -> &str {
        &self.rows[row].reason
    }

    /// The label of each row; empty where there is none.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().map(|row| row.label.as_str())
    }

    /// Gives a row a label, and writes the file: aside, then renamed.
    ///
    /// # Errors
    /// If another program has changed the file since, or writing fails.
    pub fn set_label(&mut self, row: usize, label: &str) -> Result<()> {
        self.rows[row].label = label.to_owned();
        self.rows[row].raw = self.with_label(&self.rows[row])?;
        self.save().map_err(|error| error.in_file(&self.path))
    }

    /// The record of a row with its label.
    fn with_label(&self, row: &Row) -> Result<Vec<u8>> {
        let mut fields: Vec<&str> = Vec::new();
        let mut reader = csv::ReaderBuilder::new();
        reader.has_headers(false).flexible(true).delimiter(self.delimiter);
        let record = reader.from_reader(&row.raw[..]).into_records().next();
        let record = record.transpose().map_err(io::Error::other)?.unwrap_or_default();
        fields.extend(record.iter());
        fields[self.label] = &row.label;
        record_bytes(&fields, self.delimiter)
    }

    fn save(&mut self) -> Result<()> {
        let before = fs::metadata(&self.path)?;
        let permissions = before.permissions();
        if Seen::from(before) != self.seen {
            return Err(ErrorKind::Io(io::Error::other(
                "another program has changed the file; the last answer is not saved, start again to go on from what is there",
            ))
            .into());
        }
        let mut file = AtomicFile::create(&self.path)?;
        if self.has_mark {
            file.write_all(BYTE_ORDER_MARK)?;
        }
        let header: Vec<&str> = self.header.iter().map(String::as_str).collect();
        file.write_all(&record_bytes(&header, self.delimiter)?)?;
        file.write_all(self.line_end)?;
        for row in &self.rows {
            file.write_all(&row.raw)?;
            file.write_all(self.line_end)?;
        }
        file.commit()?;
        fs::set_permissions(&self.path, permissions)?;
        self.seen = fs::metadata(&self.path)?.into();
        Ok(())
    }
}

fn read(path: &Path, args: &InputArgs, label_column: &str) -> Result<Table> {
    let wrong = |found: &str| ErrorKind::InvalidParameter {
        name: "the file to annotate",
        value: found.to_owned(),
        must: "CSV or TSV in UTF-8, as `demarche suggest -o` writes it: the answers are written back into it",
    };
    if path == Path::new("-") {
        return Err(wrong("standard input").into());
    }
    let RecordFormat::Delimited(delimiter) = input::open(path, args)?.format else {
        return Err(wrong("not in rows and columns").into());
    };
    let seen = fs::metadata(path)?.into();
    let bytes = fs::read(path)?;
    if std::str::from_utf8(&bytes).is_err() {
        return Err(wrong("compressed, or in another encoding").into());
    }
    let content = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes);
    let first_line = memchr::memchr(b'\n', content).map_or(content, |end| &content[..end]);

    let mut records = Records::new(content, RecordFormat::Delimited(delimiter))?;
    let text = records.column(&args.text_column)?;
    let reason = records.column("reason").ok();
    let mut header = records.header().to_vec();
    let found = header.iter().position(|name| name == label_column);
    let label = found.unwrap_or(header.len());
    if found.is_none() {
        header.push(label_column.to_owned());
    }
    let labels = Column::at(label, label_column);
    let parser = records.parser();
    let mut rows = Vec::new();
    while let Some(block) = records.next_block()? {
        let mut lines = block.lines();
        parser.for_each(&block, |place, record| {
            let row = |record: &Record<'_>| -> Result<Row> {
                let mut raw = place.raw.to_vec();
                if found.is_none() {
                    raw.push(delimiter);
                }
                Ok(Row {
                    raw,
                    text: record.get(&text)?.into_owned(),
                    label: record.get(&labels)?.trim().to_owned(),
                    reason: reason
                        .as_ref()
                        .map_or(Ok("".into()), |column| record.get(column))?
                        .into_owned(),
                })
            };
            let number = rows.len() as u64 + 1;
            let row = record
                .and_then(|record| row(record))
                .map_err(|e| e.at_row(number, Some(lines.at(place.start))))?;
            rows.push(row);
            Ok::<(), Error>(())
        })?;
    }
    if rows.is_empty() {
        return Err(ErrorKind::NoRows.into());
    }
    Ok(Table {
        path: path.to_owned(),
        delimiter,
        line_end: if first_line.ends_with(b"\r") { b"\r\n" } else { b"\n" },
        has_mark: content.len() < bytes.len(),
        header,
        label,
        rows,
        seen,
    })
}

/// A record without its line end.
fn record_bytes(fields: &[&str], delimiter: u8) -> Result<Vec<u8>> {
    let mut writer = delimited_writer(delimiter);
    writer.write_record(fields).map_err(io::Error::other)?;
    let mut bytes = writer.into_inner().map_err(|e| e.into_error())?;
    bytes.pop();
    Ok(bytes)
}
