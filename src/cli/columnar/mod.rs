//! Parquet and Arrow IPC (Feather): columns in and columns out, with their types.
//!
//! ```text
//! file ─► Batches ─┬─► Lines: JSON, a batch at a time ─► the records that every command reads
//!                  └─► Batch ─► labels (predict) ─► AnsweredRows ─► Writer ─► file
//! ```
//!
//! A file is decoded some thousand rows at a time, of those columns alone that are wanted ([`Batches::open`]); what is written waits for a
//! row group at most ([`Writer`]): memory depends neither on how many rows there are nor on how they are grouped, but for a file of Arrow,
//! whose batches are read whole. `predict` from such a file to such a file hands the input's columns on untouched; a [`Plan`] says which
//! columns come out. What a library makes of damaged bytes is an error like any other (`guard`).
//!
//! All of it needs the feature `parquet`; without it the same names stand for nothing, and [`format_of`] says how to get it.

#[cfg(not(feature = "parquet"))]
mod absent;
#[cfg(feature = "parquet")]
mod answers;
#[cfg(feature = "parquet")]
mod batches;
#[cfg(feature = "parquet")]
mod format;
#[cfg(feature = "parquet")]
mod guard;
#[cfg(feature = "parquet")]
mod lengths;
#[cfg(feature = "parquet")]
mod lines;
#[cfg(feature = "parquet")]
mod plan;
#[cfg(feature = "parquet")]
mod writer;

#[cfg(not(feature = "parquet"))]
pub use absent::{AnsweredRows, Batch, Batches, Format, Plan, Writer, format_of};
#[cfg(feature = "parquet")]
pub use answers::AnsweredRows;
#[cfg(feature = "parquet")]
pub use batches::{Batch, Batches};
#[cfg(feature = "parquet")]
pub use format::{Format, format_of};
#[cfg(feature = "parquet")]
pub use plan::Plan;
#[cfg(feature = "parquet")]
pub use writer::Writer;

use std::path::Path;

use crate::error::{Error, ErrorKind, Result};

/// Whether a path is that of a file of columns.
pub fn is_named(path: &Path) -> bool {
    name_by_extension(path).is_some()
}

/// What a file of columns is called, if its extension is one of such a file.
fn name_by_extension(path: &Path) -> Option<&'static str> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "parquet" | "pq" => Some(PARQUET),
        "arrow" | "feather" | "ipc" => Some(ARROW),
        _ => None,
    }
}

const PARQUET: &str = "Parquet";
const ARROW: &str = "Arrow IPC";

/// What files begin and end with.
const PARQUET_MARK: &[u8] = b"PAR1";
const ARROW_MARK: &[u8] = b"ARROW1";

/// Refuses an input of text that begins as a file of columns does.
pub fn refuse_columns(first: &[u8]) -> Result<()> {
    let (format, extensions) = if first.starts_with(PARQUET_MARK) {
        (PARQUET, ".parquet")
    } else if first.starts_with(ARROW_MARK) {
        (ARROW, ".arrow or .feather")
    } else {
        return Ok(());
    };
    let reason = format!("is taken for text; name it with the extension {extensions} (it cannot be read from a pipe)");
    Err(Error::from(ErrorKind::Columnar { format, reason }))
}
