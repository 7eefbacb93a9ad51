//! Reading: batches of rows, one after the other.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::{ArrowError, DataType, Schema, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::file::metadata::ParquetMetaData;

use super::format::{Format, reading, reading_parquet};
use super::guard::guarded;
use super::lengths::check_lengths;
use super::lines::Lines;
use super::plan::{Plan, unfolded};
use crate::cli::answers::Answers;
use crate::cli::watched::open_file;
use crate::dataset::missing_column;
use crate::error::{Error, ErrorKind, Result};

/// So many rows are decoded and handed to a thread at a time: enough to be worth it, and little memory even where rows are wide.
const ROWS: usize = 2048;

/// The batches of one file, as a stream.
pub struct Batches {
    format: Format,
    is_stream: bool,
    source: Source,
    /// What is left of a batch that was too long.
    rest: Option<RecordBatch>,
    schema: SchemaRef,
    text: usize,
    rows: u64,
    progress: Progress,
}

type Source = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>;

/// The batches of a file, its columns, and how much there is: rows of Parquet or batches of Arrow, 0 if that is not known.
struct Opened {
    source: Source,
    schema: SchemaRef,
    total: u64,
}

/// Opens a file; `choose` says which of its columns are read, if not all.
fn open(
    mut file: File,
    format: Format,
    is_stream: bool,
    choose: impl Fn(&Schema) -> Result<Option<Vec<usize>>>,
) -> Result<Opened> {
    if format == Format::Parquet {
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(reading_parquet)?;
        let total = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
        let schema = builder.schema().clone();
        let places = choose(&schema)?;
        let mask = match &places {
            Some(places) => ProjectionMask::roots(builder.parquet_schema(), places.iter().copied()),
            None => ProjectionMask::all(),
        };
        let is_read = |leaf: usize| mask.leaf_included(leaf);
        check_codecs(builder.metadata(), is_read)?;
        let builder = builder.with_projection(mask).with_batch_size(ROWS);
        return Ok(Opened {
            source: Box::new(builder.build().map_err(reading_parquet)?),
            schema: chosen(schema, places.as_deref())?,
            total,
        });
    }
    check_lengths(&mut file, is_stream)?;
    let reader = BufReader::new(file);
    let (source, schema, total): (Source, _, _) = match is_stream {
        true => {
            let reader = StreamReader::try_new(reader, None).map_err(reading(format))?;
            let schema = reader.schema();
            (Box::new(reader), schema, 0)
        }
        false => {
            let reader = FileReader::try_new(reader, None).map_err(reading(format))?;
            let (schema, total) = (reader.schema(), reader.num_batches() as u64);
            (Box::new(reader), schema, total)
        }
    };
    let places = choose(&schema)?;
    Ok(Opened {
        schema: chosen(schema, places.as_deref())?,
        source: match places {
            Some(places) => Box::new(source.map(move |batch| batch?.project(&places))),
            None => source,
        },
        total,
    })
}

/// Says if columns that are read are compressed as this program does not know.
fn check_codecs(metadata: &ParquetMetaData, is_read: impl Fn(usize) -> bool) -> Result<()> {
    for group in metadata.row_groups() {
        let read = group.columns().iter().enumerate().filter(|(leaf, _)| is_read(*leaf));
        for (_, column) in read {
            let codec = match column.compression() {
                Compression::BROTLI(_) => "Brotli",
                Compression::LZO => "LZO",
                _ => continue,
            };
            let reason = format!("is compressed with {codec}; write it with snappy, gzip, zstd or LZ4");
            return Err(Format::Parquet.error(reason));
        }
    }
    Ok(())
}

fn chosen(schema: SchemaRef, places: Option<&[usize]>) -> Result<SchemaRef> {
    match places {
        Some(places) => Ok(Arc::new(schema.project(places).map_err(reading(Format::Arrow))?)),
        None => Ok(schema),
    }
}

/// How far reading is, in bytes of the file.
struct Progress {
    read: Arc<AtomicU64>,
    size: u64,
    /// As [`open`] gives it.
    total: u64,
    done: u64,
}

impl Batches {
    /// Opens a file whose column of statements has that name. Of the others only those are read that are `wanted`, if that is said.
    pub fn open(path: &Path, format: Format, text_column: &str, wanted: Option<&[&str]>) -> Result<Self> {
        let (mut file, metadata) = open_file(path)?;
        let size = metadata.len();
        let is_stream = format.check_marks(&mut file)?;
        let choose = |schema: &Schema| {
            let place = |name: &str| schema.index_of(name).map_err(|_| missing_column(name, &names(schema)));
            let text = place(text_column)?;
            let Some(wanted) = wanted else { return Ok(None) };
            let mut places = wanted.iter().map(|name| place(name)).collect::<Result<Vec<_>>>()?;
            places.push(text);
            places.sort_unstable();
            places.dedup();
            Ok(Some(places))
        };
        let Opened { source, schema, total } = guarded(format, || open(file, format, is_stream, choose))?;
        let text = schema
            .index_of(text_column)
            .map_err(|_| missing_column(text_column, &names(&schema)))?;
        let data_type = unfolded(schema.field(text).data_type());
        if !matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) {
            let wrong = ErrorKind::WrongValue {
                wanted: "a column of strings",
                found: format!("a column of {data_type}"),
            };
            return Err(Error::from(wrong).in_column(text_column));
        }
        Ok(Batches {
            format,
            is_stream,
            source,
            rest: None,
            schema,
            text,
            rows: 0,
            progress: Progress {
                read: Arc::default(),
                size,
                total,
                done: 0,
            },
        })
    }

    /// The names of the columns.
    pub fn header(&self) -> Vec<String> {
        names(&self.schema)
    }

    /// Bytes read so far, about.
    pub fn bytes_read(&self) -> Arc<AtomicU64> {
        self.progress.read.clone()
    }

    /// The columns of what comes out. An only input keeps its dictionaries; those of several may differ.
    pub fn plan(&self, answers: &Answers, output: Format, is_only: bool) -> Plan {
        // A file of Arrow has one dictionary for a column, where each row group of Parquet has its own, and each part of a stream may.
        let has_one = self.format == Format::Arrow && !self.is_stream && is_only;
        Plan::of_schema(&self.schema, answers, output == Format::Arrow && !has_one, is_only)
    }

    /// The rows as lines of JSON.
    pub fn into_lines(self) -> Box<dyn Read + Send> {
        Box::new(Lines::new(self))
    }

    /// The next rows; `None` at the end.
    pub fn next_batch(&mut self) -> Result<Option<Batch>> {
        let batch = match self.rest.take() {
            Some(batch) => batch,
            None => match self.decode_next() {
                Ok(Some(batch)) => {
                    let units = if self.format == Format::Parquet {
                        batch.num_rows()
                    } else {
                        1
                    };
                    self.progress.add(units as u64);
                    batch
                }
                Ok(None) => return Ok(None),
                Err(error) => return Err(error.at_row(self.rows + 1, None)),
            },
        };
        let rows = batch.num_rows().min(ROWS);
        if rows < batch.num_rows() {
            self.rest = Some(batch.slice(rows, batch.num_rows() - rows));
        }
        self.rows += rows as u64;
        let columns = batch.slice(0, rows);
        let text = unfold(columns.column(self.text)).map_err(reading(self.format))?;
        Ok(Some(Batch { columns, text }))
    }

    fn decode_next(&mut self) -> Result<Option<RecordBatch>> {
        let source = &mut self.source;
        guarded(self.format, || source.next().transpose().map_err(reading(self.format)))
    }

    pub fn format(&self) -> Format {
        self.format
    }
}

impl Progress {
    fn add(&mut self, units: u64) {
        self.done += units;
        if self.total > 0 {
            let share = self.done as f64 / self.total as f64;
            self.read.store((self.size as f64 * share) as u64, Ordering::Relaxed);
        }
    }
}

fn names(schema: &Schema) -> Vec<String> {
    schema.fields().iter().map(|field| field.name().clone()).collect()
}

/// A column whose values stand in a dictionary, with its values in their places; any other as it is.
pub fn unfold(column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    match column.as_any_dictionary_opt() {
        Some(dictionary) => arrow_select::take::take(dictionary.values().as_ref(), dictionary.keys(), None),
        None => Ok(column.clone()),
    }
}

/// Some rows.
pub struct Batch {
    pub columns: RecordBatch,
    /// The statements, in no dictionary.
    text: ArrayRef,
}

impl Batch {
    /// The statements; one that is null is empty.
    pub fn texts(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        match self.text.data_type() {
            DataType::LargeUtf8 => Box::new(self.text.as_string::<i64>().iter().map(Option::unwrap_or_default)),
            DataType::Utf8View => Box::new(self.text.as_string_view().iter().map(Option::unwrap_or_default)),
            // Checked when the file was opened.
            _ => Box::new(self.text.as_string::<i32>().iter().map(Option::unwrap_or_default)),
        }
    }
}
