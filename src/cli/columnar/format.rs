//! The formats, and what can be wrong with a file of one.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use arrow_schema::ArrowError;
use parquet::errors::ParquetError;

use crate::cli::terminal;
use crate::error::{Error, ErrorKind, Result};

/// How columns are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Parquet,
    /// Arrow IPC, of which version 2 of Feather is another name.
    Arrow,
}

/// The format that a file's extension stands for.
pub fn format_of(path: &Path) -> Result<Option<Format>> {
    Ok(super::name_by_extension(path).map(|name| match name {
        super::PARQUET => Format::Parquet,
        _ => Format::Arrow,
    }))
}

impl Format {
    pub fn name(self) -> &'static str {
        match self {
            Format::Parquet => super::PARQUET,
            Format::Arrow => super::ARROW,
        }
    }

    /// An error of such a file: what goes behind `the … file`.
    pub fn error(self, reason: impl Into<String>) -> Error {
        ErrorKind::Columnar {
            format: self.name(),
            reason: reason.into(),
        }
        .into()
    }

    /// The library's complaint about what it reads.
    pub fn unreadable(self, complaint: impl ToString) -> Error {
        let complaint = terminal::one_line(&complaint.to_string());
        self.error(format!(
            "cannot be read ({complaint}); write it again or restore it from a copy"
        ))
    }

    /// The library's complaint about what it is to write.
    pub fn unwritable(self, complaint: impl ToString) -> Error {
        let complaint = terminal::one_line(&complaint.to_string());
        self.error(format!("cannot be written ({complaint}); write CSV or JSONL"))
    }

    /// The library's complaint about what it is to write as text.
    pub fn untold(self, complaint: impl ToString) -> Error {
        let complaint = terminal::one_line(&complaint.to_string());
        self.error(format!(
            "has a column that cannot be written as text ({complaint}); leave it out, or predict -o out.parquet"
        ))
    }

    /// Says what is wrong with a file that is empty, of another kind, or cut short, before a library looks into it. Arrow that was written as a
    /// stream has neither a mark in front nor one at the end: true.
    pub fn check_marks(self, file: &mut File) -> Result<bool> {
        let mark = match self {
            Format::Parquet => super::PARQUET_MARK,
            Format::Arrow => super::ARROW_MARK,
        };
        let length = file.metadata()?.len();
        if length == 0 {
            return Err(self.error("is empty; write it again or restore it from a copy"));
        }
        let begins = starts_with(file, 0, mark)?;
        let ends = starts_with(file, length.saturating_sub(mark.len() as u64), mark)?;
        // A stream's first message: a mark that goes on, then its length.
        let is_stream = self == Format::Arrow && !begins && starts_with(file, 0, &[0xff; 4])?;
        file.seek(SeekFrom::Start(0))?;
        match (begins, ends) {
            (true, true) => Ok(false),
            (true, false) => Err(self.error("is cut short: its end is missing; copy it again or write it again")),
            _ if is_stream => Ok(true),
            _ if self == Format::Arrow && starts_with(file, 0, b"FEA1")? => {
                Err(self.error("is of version 1 of Feather; write it again as version 2"))
            }
            _ => Err(self
                .error("is none: it does not begin as one; give it the extension of what it holds, or write it again")),
        }
    }
}

fn starts_with(file: &mut File, place: u64, mark: &[u8]) -> Result<bool> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(place))?;
    file.take(mark.len() as u64).read_to_end(&mut bytes)?;
    Ok(bytes == mark)
}

/// What the libraries report while they read.
pub fn reading(format: Format) -> impl Fn(ArrowError) -> Error {
    move |error| match error {
        ArrowError::IoError(_, error) => error.into(),
        ArrowError::ParquetError(complaint) => format.unreadable(without_kind(&complaint)),
        other => format.unreadable(other),
    }
}

/// The same of Parquet's own.
pub fn reading_parquet(error: ParquetError) -> Error {
    Format::Parquet.unreadable(without_kind(&error.to_string()))
}

fn without_kind(complaint: &str) -> &str {
    complaint.strip_prefix("Parquet error: ").unwrap_or(complaint)
}
