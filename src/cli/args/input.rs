//! How inputs are read.

use clap::{Args, ValueEnum};

use super::values::invalid;
use crate::error::Result;

/// How inputs are read.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Input")]
pub struct InputArgs {
    /// The column that holds the statements
    #[arg(long, value_name = "NAME", default_value = "text")]
    pub text_column: String,
    /// How records are written down [default: by file extension, which Parquet and Arrow need, else by a look at the first line]
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub input_format: Option<InputFormat>,
    /// What separates the fields of CSV: one character, or `tab` [default: the one that the header uses]
    #[arg(long, value_name = "CHAR", value_parser = parse_delimiter)]
    pub delimiter: Option<u8>,
    /// How text is encoded: a WHATWG label such as windows-1252 or utf-16le, or utf-8-lossy to replace what cannot be
    /// read [default: utf-8; a byte order mark decides]
    #[arg(long, value_name = "NAME")]
    pub encoding: Option<String>,
    /// What to do with a row that cannot be used: stop, leave it out, or leave it out and name it
    #[arg(long, value_name = "WHAT", default_value_t = OnError::Fail, value_enum)]
    pub on_error: OnError,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum InputFormat {
    Csv,
    Tsv,
    Jsonl,
    /// One statement a line
    Text,
    /// Articles to find statements in: a file each, or one in each record of CSV or JSONL
    Article,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OnError {
    Fail,
    Skip,
    Report,
}

pub fn parse_delimiter(value: &str) -> Result<u8> {
    match value {
        "tab" | "\\t" => Ok(b'\t'),
        _ => match value.as_bytes() {
            [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Ok(*byte),
            _ => Err(invalid("the delimiter", value, "one ASCII character, or `tab`")),
        },
    }
}
