//! Opening what the user named: standard input, compressed files, other encodings, and what kind of records they hold.

use std::io::{self, Cursor, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs::Encoding;
use encoding_rs_io::DecodeReaderBytesBuilder;

use super::args::{InputArgs, InputFormat, OnError};
use super::columnar::{self, Batches};
use super::compressed::Unpacked;
use super::terminal;
use super::watched::WatchedFile;
use crate::dataset::{
    Column, Columns, LabelledStatements, LabelledStatementsBuilder, Record, RecordFormat, Records, check_text,
};
use crate::error::{Error, ErrorKind, Result};

/// An input that is open.
pub struct Input {
    pub name: PathBuf,
    pub format: RecordFormat,
    pub reader: Box<dyn Read + Send>,
    /// Bytes read so far, as they lie on the disk.
    pub read: Arc<AtomicU64>,
    /// The columns of every record, if that is known beforehand.
    pub columns: Option<Vec<String>>,
}

/// How many bytes the inputs have on the disk; 0 if that cannot be known.
pub fn total_size(paths: &[PathBuf]) -> u64 {
    let sizes = paths
        .iter()
        .map(|path| std::fs::metadata(path).ok().filter(|m| m.is_file()).map(|m| m.len()));
    sizes.sum::<Option<u64>>().unwrap_or(0)
}

/// Counts what passes through.
struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Opens `path`; `-` is standard input.
pub fn open(path: &Path, args: &InputArgs) -> Result<Input> {
    open_for(path, args, None)
}

/// Opens `path`, of whose columns only the text and those `wanted` are needed, if that is said.
fn open_for(path: &Path, args: &InputArgs, wanted: Option<&[&str]>) -> Result<Input> {
    open_plain(path, args, wanted).map_err(|e| e.in_file(path))
}

/// The columns of a file that holds such, if `path` is meant to be one; of those beside the text only those `wanted`, if that is said.
pub fn columns_of(path: &Path, args: &InputArgs, wanted: Option<&[&str]>) -> Result<Option<Batches>> {
    if !matches!(args.input_format, None | Some(InputFormat::Article)) || path == Path::new("-") {
        return Ok(None);
    }
    let open = || match columnar::format_of(path)? {
        Some(format) => Batches::open(path, format, &args.text_column, wanted).map(Some),
        None => Ok(None),
    };
    open().map_err(|error| error.in_file(path))
}

fn open_plain(path: &Path, args: &InputArgs, wanted: Option<&[&str]>) -> Result<Input> {
    if let Some(batches) = columns_of(path, args, wanted)? {
        return Ok(Input {
            name: path.to_owned(),
            format: RecordFormat::JsonLines,
            read: batches.bytes_read(),
            columns: Some(batches.header()),
            reader: batches.into_lines(),
        });
    }
    let read = Arc::new(AtomicU64::new(0));
    let raw: Box<dyn Read + Send> = if path == Path::new("-") {
        if io::stdin().is_terminal() {
            return Err(ErrorKind::InvalidParameter {
                name: "the input",
                value: "a terminal".to_owned(),
                must: "a file, a pipe, or --text \"…\"",
            }
            .into());
        }
        Box::new(io::stdin())
    } else {
        Box::new(WatchedFile::open(path)?)
    };
    let counted = Counted {
        inner: raw,
        read: read.clone(),
    };
    let extension = |path: &Path| {
        path.extension()
            .and_then(|e| e.to_str())
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    let packed = read.clone();
    let (unpacked, inner): (Box<dyn Read + Send>, PathBuf) = match extension(path).as_str() {
        "gz" => (Box::new(Unpacked::gzip(counted, packed)), path.with_extension("")),
        "zst" => (Box::new(Unpacked::zstd(counted, packed)), path.with_extension("")),
        _ => (Box::new(counted), path.to_owned()),
    };
    let mut decoded = decode(unpacked, args.encoding.as_deref())?;
    let first = read_first_line(&mut decoded)?;
    columnar::refuse_columns(&first)?;
    let by_extension = RecordFormat::from_extension(&extension(&inner));
    let format = match (args.input_format, args.delimiter) {
        (None | Some(InputFormat::Csv), Some(delimiter)) => RecordFormat::Delimited(delimiter),
        (Some(InputFormat::Csv), None) => look_for_delimiter(&first, &args.text_column).unwrap_or(RecordFormat::CSV),
        (Some(InputFormat::Tsv), delimiter) => RecordFormat::Delimited(delimiter.unwrap_or(b'\t')),
        (Some(InputFormat::Jsonl), _) => RecordFormat::JsonLines,
        (Some(InputFormat::Text), _) => RecordFormat::Text,
        // The format of what holds the articles.
        (Some(InputFormat::Article), Some(delimiter)) => RecordFormat::Delimited(delimiter),
        (Some(InputFormat::Article), None) => match by_extension {
            Some(RecordFormat::CSV) => look_for_delimiter(&first, &args.text_column).unwrap_or(RecordFormat::CSV),
            Some(format) => format,
            None => RecordFormat::Text,
        },
        (None, None) => match by_extension {
            Some(RecordFormat::CSV) => look_for_delimiter(&first, &args.text_column).unwrap_or(RecordFormat::CSV),
            Some(format) => format,
            None => look_for_format(&first, &args.text_column),
        },
    };
    Ok(Input {
        name: path.to_owned(),
        format,
        reader: Box::new(Cursor::new(first).chain(decoded)),
        read,
        columns: None,
    })
}

fn decode(reader: Box<dyn Read + Send>, encoding: Option<&str>) -> Result<Box<dyn Read + Send>> {
    let mut builder = DecodeReaderBytesBuilder::new();
    match encoding {
        // Only a byte order mark changes anything: the bytes themselves are checked where the row is known.
        None => builder.utf8_passthru(true).strip_bom(true),
        Some("utf-8-lossy") => builder.encoding(Some(encoding_rs::UTF_8)),
        Some(name) => match Encoding::for_label(name.as_bytes()) {
            Some(encoding) => builder.encoding(Some(encoding)),
            None => {
                return Err(ErrorKind::InvalidParameter {
                    name: "the encoding",
                    value: name.to_owned(),
                    must: "utf-8, utf-8-lossy, or a WHATWG label such as windows-1252 or utf-16le",
                }
                .into());
            }
        },
    };
    Ok(Box::new(builder.build(reader)))
}

/// The fields of the first line if it were a header with this delimiter.
fn header_has(first: &[u8], delimiter: u8, column: &str) -> bool {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .delimiter(delimiter)
        .from_reader(first);
    let mut header = csv::ByteRecord::new();
    matches!(reader.read_byte_record(&mut header), Ok(true))
        && header.iter().any(|field| field.trim_ascii() == column.as_bytes())
}

/// Reads until the first line is whole, or looks long enough to be none.
fn read_first_line(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    const LONG_ENOUGH: usize = 1 << 16;
    let mut first = Vec::new();
    let mut buffer = [0; 4096];
    while first.len() < LONG_ENOUGH && !first.contains(&b'\n') {
        match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => first.extend_from_slice(&buffer[..count]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(first)
}

fn without_byte_order_mark(first: &[u8]) -> &[u8] {
    first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first)
}

/// The delimiter with which the first line has the column.
fn look_for_delimiter(first: &[u8], column: &str) -> Option<RecordFormat> {
    let first = without_byte_order_mark(first);
    let delimiter = [b',', b';', b'\t', b'|']
        .into_iter()
        .find(|&d| header_has(first, d, column));
    delimiter.map(RecordFormat::Delimited)
}

fn look_for_format(first: &[u8], column: &str) -> RecordFormat {
    if let Some(format) = look_for_delimiter(first, column) {
        return format;
    }
    match without_byte_order_mark(first).trim_ascii_start().first() {
        Some(b'{') => RecordFormat::JsonLines,
        _ => RecordFormat::Text,
    }
}

/// Decides what becomes of rows that cannot be used, and counts them.
pub struct Problems {
    policy: OnError,
    quiet: bool,
    left_out: u64,
}

impl Problems {
    pub fn new(policy: OnError, quiet: bool) -> Self {
        Problems {
            policy,
            quiet,
            left_out: 0,
        }
    }

    /// Ends the run, or notes the row and goes on.
    pub fn handle(&mut self, error: Error) -> Result<()> {
        let error = match &error.position().file {
            // Its rows stand on no lines.
            Some(file) if columnar::is_named(file) => error.without_line(),
            _ => error,
        };
        match self.policy {
            OnError::Fail => return Err(error),
            OnError::Skip => {}
            OnError::Report => terminal::print_note(false, &format!("left out: {error}")),
        }
        self.left_out += 1;
        Ok(())
    }
}

impl Drop for Problems {
    fn drop(&mut self) {
        if self.left_out > 0 {
            let rows = if self.left_out == 1 { "row" } else { "rows" };
            terminal::print_note(self.quiet, &format!("{} {rows} left out", self.left_out));
        }
    }
}

/// A statement of an input.
pub struct Statement<'r> {
    pub row: u64,
    pub line: u64,
    pub text: &'r str,
    pub record: &'r Record<'r>,
}

/// Calls `each` with every statement of an input and with where its records have `columns`. Rows without a statement, and those that `each` refuses, are problems; an
/// error of input or output ends the walk.
pub fn for_each_statement(
    path: &Path,
    args: &InputArgs,
    columns: &[&str],
    problems: &mut Problems,
    mut each: impl FnMut(Statement<'_>, &[Column]) -> Result<()>,
) -> Result<()> {
    let input = open_for(path, args, Some(columns))?;
    let read = || {
        let mut records = Records::new(input.reader, input.format)?;
        let text_column = records.column(&args.text_column)?;
        let columns: Vec<Column> = columns.iter().map(|name| records.column(name)).collect::<Result<_>>()?;
        records.for_each(|row, line, record| {
            let used = record.and_then(|record| {
                let text = &record.get(&text_column)?;
                check_text(text).map_err(|error| error.in_column(text_column.name()))?;
                each(
                    Statement {
                        row,
                        line,
                        text,
                        record,
                    },
                    &columns,
                )
            });
            used.or_else(|error| match error.kind() {
                ErrorKind::Io(_) => Err(error),
                _ => problems.handle(error.at_row(row, Some(line)).in_file(path)),
            })
        })
    };
    read().map_err(|error: Error| error.in_file(path))
}

/// Reads all rows of some labelled files.
pub fn read_labelled(
    paths: &[PathBuf],
    columns: &Columns,
    args: &InputArgs,
    quiet: bool,
) -> Result<LabelledStatements> {
    build_labelled(LabelledStatementsBuilder::default(), paths, columns, args, quiet, false)
}

/// Reads all rows of some labelled files into a builder that is set up. With `skip_unlabelled`, rows without a label are left out, with
/// a note.
pub fn build_labelled(
    mut builder: LabelledStatementsBuilder,
    paths: &[PathBuf],
    columns: &Columns,
    args: &InputArgs,
    quiet: bool,
    skip_unlabelled: bool,
) -> Result<LabelledStatements> {
    let mut problems = Problems::new(args.on_error, quiet);
    let more = columns.group.iter().chain(&columns.weight).chain(&columns.kept);
    let wanted: Vec<&str> = std::iter::once(&columns.label)
        .chain(more)
        .map(String::as_str)
        .collect();
    let mut unlabelled = 0;
    for path in paths {
        let input = open_for(path, args, Some(&wanted))?;
        let mut on_error = |error: Error| match error.kind() {
            ErrorKind::EmptyLabel if skip_unlabelled => {
                unlabelled += 1;
                Ok(())
            }
            _ => problems.handle(error.in_file(path)),
        };
        builder
            .read(input.reader, input.format, columns, &mut on_error)
            .map_err(|error| error.in_file(path))?;
    }
    if unlabelled > 0 {
        let rows = if unlabelled == 1 { "row" } else { "rows" };
        terminal::print_note(quiet, &format!("{unlabelled} {rows} without a label left out"));
    }
    builder.build().map_err(|error| match paths {
        [path] => error.in_file(path),
        _ => error,
    })
}
