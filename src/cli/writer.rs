//! Labelled rows of one or several inputs, put into one output.

use super::columnar::{self, Plan};
use super::output::{Output, OutputFormat, RowFormat};
use super::rows::{Layout, Rows, TableLine, delimited_writer, io_error};
use super::terminal;
use crate::error::{ErrorKind, Result};

/// Puts blocks after one another, with what goes around them.
pub struct Writer {
    pub format: RowFormat,
    first: bool,
    header: Option<Vec<String>>,
    /// Where columns are written: which, and into what.
    columns: Option<(Plan, columnar::Writer)>,
    /// The columns of a table that were asked for.
    more: Vec<&'static str>,
}

impl Writer {
    pub fn new(format: RowFormat) -> Self {
        Writer {
            format,
            first: true,
            header: None,
            columns: None,
            more: Vec::new(),
        }
    }

    /// Writes a header before the first input, and checks that later ones have the same.
    pub fn begin(&mut self, layout: &Layout, output: &mut Output) -> Result<()> {
        self.more = layout.answers.columns();
        if let (RowFormat::Columnar(format), Some(plan)) = (self.format, &layout.plan) {
            return self.begin_columns(plan, format);
        }
        let Some(delimiter) = self.format.delimiter() else {
            return Ok(());
        };
        if let Some(header) = &self.header {
            if *header == layout.header {
                return Ok(());
            }
            return Err(ErrorKind::WrongValue {
                wanted: "the same columns in every input (or --format jsonl)",
                found: format!(
                    "an input with the columns {} after one with {}",
                    layout.header.join(","),
                    header.join(",")
                ),
            }
            .into());
        }
        let mut writer = delimited_writer(delimiter);
        writer
            .write_record(layout.header.iter().chain(&layout.added))
            .map_err(io_error)?;
        self.header = Some(layout.header.clone());
        output.write(&delimited_bytes(writer))
    }

    /// Remembers the columns of the first input, and checks that later ones have the same.
    fn begin_columns(&mut self, plan: &Plan, format: columnar::Format) -> Result<()> {
        match &self.columns {
            None => self.columns = Some((plan.clone(), columnar::Writer::new(plan, format)?)),
            Some((first, _)) if first.is_same(plan) => {}
            Some((first, _)) => {
                return Err(ErrorKind::WrongValue {
                    wanted: "the same columns and types in every input (or --format jsonl)",
                    found: format!("an input with {} after one with {}", plan.columns(), first.columns()),
                }
                .into());
            }
        }
        Ok(())
    }

    pub fn write(&mut self, rows: Rows, output: &mut Output) -> Result<()> {
        match rows {
            Rows::Table(lines) if lines.is_empty() => Ok(()),
            Rows::Table(lines) => output.print(&render(&lines, &self.more)),
            Rows::Appended(bytes) => output.write(&bytes),
            Rows::Delimited(writer) => output.write(&delimited_bytes(*writer)),
            Rows::Json(bytes) if self.format == RowFormat::Text(OutputFormat::Json) && !bytes.is_empty() => {
                let comma = if self.first { &b"[\n"[..] } else { b",\n" };
                self.first = false;
                output.write(comma)?;
                output.write(&bytes[2..])
            }
            Rows::Json(bytes) => output.write(&bytes),
            Rows::Columnar(rows) => match &mut self.columns {
                Some((_, writer)) => output.write(&writer.write(*rows)?),
                None => Ok(()),
            },
        }
    }

    pub fn end(&mut self, output: &mut Output) -> Result<()> {
        match (self.format, self.first) {
            (RowFormat::Text(OutputFormat::Json), true) => output.write(b"[]\n"),
            (RowFormat::Text(OutputFormat::Json), false) => output.write(b"\n]\n"),
            _ => match &mut self.columns {
                Some((_, writer)) => output.write(&writer.finish()?),
                None => Ok(()),
            },
        }
    }
}

fn delimited_bytes(writer: csv::Writer<Vec<u8>>) -> Vec<u8> {
    writer.into_inner().expect("a vector takes every byte")
}

fn render(lines: &[TableLine], more: &[&str]) -> String {
    let with_speaker = lines.iter().any(|line| !line.speaker.is_empty());
    let with_evidence = lines.iter().any(|line| line.why.is_some());
    let mut header = [&["stance", "sure"], more].concat();
    let columns = [("speaker", with_speaker), ("statement", true), ("why", with_evidence)];
    header.extend(columns.iter().filter(|(_, shown)| *shown).map(|(name, _)| *name));
    let mut table = terminal::table(&header, &[1]);
    for line in lines {
        let mut row = vec![terminal::coloured(&line.stance), format!("{:.2}", line.confidence)];
        row.extend_from_slice(&line.more);
        if with_speaker {
            row.push(line.speaker.clone());
        }
        row.push(line.text.clone());
        row.extend(line.why.clone());
        table.add_row(row);
    }
    format!("{table}\n")
}
