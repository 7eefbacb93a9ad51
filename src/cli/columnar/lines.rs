//! Rows as lines of JSON, for all that reads records.

use std::io::{self, Read};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowTimestampType, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_json::WriterBuilder;
use arrow_json::writer::LineDelimited;
use arrow_schema::{ArrowError, DataType, Field, Schema, TimeUnit};

use super::batches::Batches;
use crate::error::Result;

/// Encodes one batch at a time, when somebody reads.
pub struct Lines {
    batches: Batches,
    encoded: Vec<u8>,
    /// Bytes of `encoded` that were read.
    place: usize,
}

impl Lines {
    pub fn new(batches: Batches) -> Self {
        Lines {
            batches,
            encoded: Vec::new(),
            place: 0,
        }
    }

    /// Encodes the next rows; false at the end.
    fn advance(&mut self) -> Result<bool> {
        let Some(batch) = self.batches.next_batch()? else {
            return Ok(false);
        };
        let mut encoded = std::mem::take(&mut self.encoded);
        encoded.clear();
        self.place = 0;
        // A column is there in every row, also where it is null.
        let builder = WriterBuilder::new().with_explicit_nulls(true);
        let mut writer = builder.build::<_, LineDelimited>(encoded);
        let written = in_utc(&batch.columns)
            .and_then(|columns| writer.write(&columns))
            .and_then(|()| writer.finish());
        self.encoded = writer.into_inner();
        written.map_err(|error| self.batches.format().untold(error))?;
        Ok(true)
    }
}

/// The same rows with times of named zones in UTC, as they are stored: the rules of zones would need a data base.
fn in_utc(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let columns: Vec<ArrayRef> = batch.columns().iter().map(time_in_utc).collect();
    let schema = batch.schema();
    let fields = schema.fields().iter().zip(&columns);
    let fields: Vec<Field> = fields
        .map(|(field, column)| field.as_ref().clone().with_data_type(column.data_type().clone()))
        .collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

fn time_in_utc(column: &ArrayRef) -> ArrayRef {
    fn of<T: ArrowTimestampType>(column: &ArrayRef) -> ArrayRef {
        Arc::new(column.as_primitive::<T>().clone().with_timezone("+00:00"))
    }
    match column.data_type() {
        DataType::Timestamp(unit, Some(zone)) if !zone.starts_with(['+', '-']) => match unit {
            TimeUnit::Second => of::<TimestampSecondType>(column),
            TimeUnit::Millisecond => of::<TimestampMillisecondType>(column),
            TimeUnit::Microsecond => of::<TimestampMicrosecondType>(column),
            TimeUnit::Nanosecond => of::<TimestampNanosecondType>(column),
        },
        _ => column.clone(),
    }
}

impl Read for Lines {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.place == self.encoded.len() {
            if !self.advance().map_err(io::Error::other)? {
                return Ok(0);
            }
        }
        let count = (&self.encoded[self.place..]).read(buffer)?;
        self.place += count;
        Ok(count)
    }
}
