//! Rows as lines of JSON, for all that reads records.

use std::io::{self, Read};

use arrow_json::WriterBuilder;
use arrow_json::writer::LineDelimited;

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
        let written = writer.write(&batch.columns).and_then(|()| writer.finish());
        self.encoded = writer.into_inner();
        written.map_err(|error| self.batches.format().unreadable(error))?;
        Ok(true)
    }
}

impl Read for Lines {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.place == self.encoded.len() {
            if !self.advance().map_err(|error| io::Error::other(error.to_string()))? {
                return Ok(0);
            }
        }
        let count = (&self.encoded[self.place..]).read(buffer)?;
        self.place += count;
        Ok(count)
    }
}
