//! Writing: batches become bytes, a group of rows at a time.

use arrow_ipc::writer::FileWriter;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use super::answers::AnsweredRows;
use super::format::Format;
use super::plan::Plan;
use crate::error::{ErrorKind, Result};

/// A row group waits in memory until it has so many rows or bytes.
const ROWS: usize = 1 << 17;
const BYTES: usize = 1 << 26;

/// Turns rows into the bytes of a file.
pub struct Writer {
    format: Format,
    plan: Plan,
    encoder: Encoder,
}

enum Encoder {
    Parquet(Box<ArrowWriter<Vec<u8>>>),
    Arrow(Box<FileWriter<Vec<u8>>>),
}

impl Encoder {
    /// The bytes that are ready.
    fn take(&mut self) -> Vec<u8> {
        std::mem::take(match self {
            Encoder::Parquet(writer) => writer.inner_mut(),
            Encoder::Arrow(writer) => writer.get_mut(),
        })
    }
}

impl Writer {
    pub fn new(plan: &Plan, format: Format) -> Result<Self> {
        let encoder = match format {
            Format::Parquet => {
                let properties = WriterProperties::builder()
                    // What every reader of Parquet knows.
                    .set_compression(Compression::SNAPPY)
                    .set_max_row_group_row_count(Some(ROWS))
                    .set_max_row_group_bytes(Some(BYTES))
                    .build();
                let writer = ArrowWriter::try_new(Vec::new(), plan.schema.clone(), Some(properties))
                    .map_err(|error| format.unwritable(error))?;
                Encoder::Parquet(Box::new(writer))
            }
            // Not compressed: others map such files into memory.
            Format::Arrow => {
                let writer = FileWriter::try_new(Vec::new(), &plan.schema).map_err(|error| format.unwritable(error))?;
                Encoder::Arrow(Box::new(writer))
            }
        };
        let plan = plan.clone();
        Ok(Writer { format, plan, encoder })
    }

    /// Says if rows of another plan cannot stand in the same file.
    pub fn check(&self, plan: &Plan) -> Result<()> {
        if self.plan.is_same(plan) {
            return Ok(());
        }
        Err(ErrorKind::WrongValue {
            wanted: "the same columns and types in every input (or --format jsonl)",
            found: format!(
                "an input with {} after one with {}",
                plan.columns(),
                self.plan.columns()
            ),
        }
        .into())
    }

    /// Adds rows, and gives back the bytes that are ready.
    pub fn write(&mut self, rows: AnsweredRows) -> Result<Vec<u8>> {
        let format = self.format;
        let batch = rows.into_columns().map_err(|error| format.unwritable(error))?;
        if batch.num_rows() == 0 {
            return Ok(Vec::new());
        }
        match &mut self.encoder {
            Encoder::Parquet(writer) => writer.write(&batch).map_err(|error| format.unwritable(error))?,
            Encoder::Arrow(writer) => writer.write(&batch).map_err(|error| format.unwritable(error))?,
        }
        Ok(self.encoder.take())
    }

    /// The bytes at the end.
    pub fn finish(&mut self) -> Result<Vec<u8>> {
        let format = self.format;
        match &mut self.encoder {
            Encoder::Parquet(writer) => drop(writer.finish().map_err(|error| format.unwritable(error))?),
            Encoder::Arrow(writer) => writer.finish().map_err(|error| format.unwritable(error))?,
        }
        Ok(self.encoder.take())
    }
}
