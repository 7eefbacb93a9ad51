//! Where results go: standard output, or a file that appears whole or not at all.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use clap::ValueEnum;

use super::columnar;
use crate::atomic_file::AtomicFile;
use crate::error::{Error, ErrorKind, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    Csv,
    Tsv,
    /// One JSON object a line
    Jsonl,
    /// One JSON array
    Json,
    /// For people
    Table,
}

impl OutputFormat {
    /// What separates fields, where there are such.
    pub fn delimiter(self) -> Option<u8> {
        match self {
            OutputFormat::Csv => Some(b','),
            OutputFormat::Tsv => Some(b'\t'),
            OutputFormat::Jsonl | OutputFormat::Json | OutputFormat::Table => None,
        }
    }

    /// What the user asked for, else what the output's extension says, else what suits a terminal or a pipe.
    pub fn choose(asked: Option<OutputFormat>, output: Option<&Path>) -> Self {
        let by_extension = |path: &Path| match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "csv" => Some(OutputFormat::Csv),
            "tsv" | "tab" => Some(OutputFormat::Tsv),
            "jsonl" | "ndjson" => Some(OutputFormat::Jsonl),
            "json" => Some(OutputFormat::Json),
            _ => None,
        };
        asked.or_else(|| output.and_then(by_extension)).unwrap_or_else(|| {
            if output.is_none() && io::stdout().is_terminal() {
                OutputFormat::Table
            } else {
                OutputFormat::Csv
            }
        })
    }
}

/// How labelled rows are written: as text, or in columns with their types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowFormat {
    Text(OutputFormat),
    Columnar(columnar::Format),
}

impl RowFormat {
    /// As [`OutputFormat::choose`], with files of columns by their extension.
    ///
    /// # Errors
    /// If the program cannot write such files.
    pub fn choose(asked: Option<OutputFormat>, output: Option<&Path>) -> Result<Self> {
        let columnar = match (asked, output) {
            (None, Some(path)) => columnar::format_of(path).map_err(|error| error.in_file(path))?,
            _ => None,
        };
        Ok(match columnar {
            Some(format) => RowFormat::Columnar(format),
            None => RowFormat::Text(OutputFormat::choose(asked, output)),
        })
    }

    /// What separates fields, where there are such.
    pub fn delimiter(self) -> Option<u8> {
        match self {
            RowFormat::Text(format) => format.delimiter(),
            RowFormat::Columnar(_) => None,
        }
    }
}

/// An open output.
pub enum Output {
    Stdout(io::BufWriter<io::StdoutLock<'static>>),
    /// A file that is put in its place by [`Output::finish`].
    File(AtomicFile, std::path::PathBuf),
}

impl Output {
    /// Opens `path` for text; nothing or `-` is standard output.
    ///
    /// # Errors
    /// If it has the name of a file of columns, which text would not be; if it cannot be created.
    pub fn open(path: Option<&Path>) -> Result<Self> {
        match path {
            Some(path) if columnar::is_named(path) => Err(ErrorKind::InvalidParameter {
                name: "the output",
                value: path.display().to_string(),
                must: "a file of text, such as .csv or .jsonl: only predict writes Parquet and Arrow",
            }
            .into()),
            path => Output::create(path),
        }
    }

    /// Opens `path` for whatever its name says.
    pub fn create(path: Option<&Path>) -> Result<Self> {
        match path {
            None => Ok(Output::stdout()),
            Some(path) if path == Path::new("-") => Ok(Output::stdout()),
            Some(path) => {
                let file = AtomicFile::create(path).map_err(|e| Error::from(e).in_file(path))?;
                Ok(Output::File(file, path.to_owned()))
            }
        }
    }

    fn stdout() -> Self {
        Output::Stdout(io::BufWriter::with_capacity(1 << 16, io::stdout().lock()))
    }

    /// Writes what is ready.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Output::Stdout(stdout) => stdout.write_all(bytes).map_err(on_stdout),
            Output::File(file, path) => file.write_all(bytes).map_err(|e| Error::from(e).in_file(path)),
        }
    }

    /// Writes text for people; its colour is left out where it would not be seen.
    pub fn print(&mut self, text: &str) -> Result<()> {
        let coloured = match self {
            Output::Stdout(_) => anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never,
            Output::File(..) => false,
        };
        match coloured {
            true => self.write(text.as_bytes()),
            false => self.write(anstream::adapter::strip_str(text).to_string().as_bytes()),
        }
    }

    /// Hands on what is written so far.
    pub fn flush(&mut self) -> Result<()> {
        match self {
            Output::Stdout(stream) => stream.flush().map_err(on_stdout),
            Output::File(..) => Ok(()),
        }
    }

    /// Flushes, and puts a file in its place.
    pub fn finish(mut self) -> Result<()> {
        self.flush()?;
        match self {
            Output::Stdout(_) => Ok(()),
            Output::File(file, path) => file.commit().map_err(|e| Error::from(e).in_file(path)),
        }
    }
}

/// Says so, lest the input that is being read is blamed.
fn on_stdout(error: io::Error) -> Error {
    Error::from(error).in_file("standard output")
}
