//! What stands for files of columns in a program without the feature `parquet`: types of which there is no value.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::cli::answers::{Answer, Answers};
use crate::error::{ErrorKind, Result};

/// No format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {}

pub type Writer = Absent;
pub type Plan = Absent;
pub type Batches = Absent;
pub type Batch = Absent;
pub type AnsweredRows = Absent;

/// Neither a reader nor a writer.
#[derive(Clone, Copy)]
pub struct Absent(Format);

/// [`ErrorKind::MissingFeature`] if the extension is one of a file of columns.
pub fn format_of(path: &Path) -> Result<Option<Format>> {
    match super::name_by_extension(path) {
        Some(what) => Err(ErrorKind::MissingFeature {
            what,
            feature: "parquet",
        }
        .into()),
        None => Ok(None),
    }
}

impl Format {
    pub fn plan(self, _: &[String], _: &Answers) -> Plan {
        match self {}
    }
}

impl Absent {
    pub fn open(_: &Path, format: Format, _: &str, _: Option<&[&str]>) -> Result<Self> {
        match format {}
    }

    pub fn new(_: &Self, format: Format) -> Result<Self> {
        match format {}
    }

    pub fn plan(&self, _: &Answers, _: Format, _: bool) -> Self {
        match self.0 {}
    }

    pub fn header(&self) -> Vec<String> {
        match self.0 {}
    }

    pub fn bytes_read(&self) -> Arc<AtomicU64> {
        match self.0 {}
    }

    pub fn into_lines(self) -> Box<dyn Read + Send> {
        match self.0 {}
    }

    pub fn next_batch(&mut self) -> Result<Option<Batch>> {
        match self.0 {}
    }

    pub fn texts(&self) -> std::iter::Empty<&str> {
        match self.0 {}
    }

    pub fn check(&self, _: &Plan) -> Result<()> {
        match self.0 {}
    }

    pub fn rows(&self) -> AnsweredRows {
        match self.0 {}
    }

    pub fn keep(&mut self, _: usize, _: Option<&str>) {
        match self.0 {}
    }

    pub fn answer(&mut self, _: &Answers, _: &Answer<'_>) {
        match self.0 {}
    }

    pub fn beside(&mut self, _: Batch, _: u64, _: &[u64]) {
        match self.0 {}
    }

    pub fn write(&mut self, _: AnsweredRows) -> Result<Vec<u8>> {
        match self.0 {}
    }

    pub fn finish(&mut self) -> Result<Vec<u8>> {
        match self.0 {}
    }
}
