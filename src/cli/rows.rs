//! Labelled records, written down: the input's columns, then what the model says.

use serde_json::{Map, Value};

use super::answers::{Answer, Answers, cell, rounded, table_cell};
use super::columnar::{self, AnsweredRows, Batches, Plan};
use super::output::{Output, OutputFormat, RowFormat};
use super::statements;
use super::terminal;
use crate::attribution::AttributedStatement;
use crate::dataset::{Column, Record, RecordFormat};
use crate::error::{Error, ErrorKind, Result};
use crate::statement::Characters;

/// Which columns rows have, and how they are written.
pub struct Layout {
    /// The input's columns that the output keeps.
    header: Vec<String>,
    /// Where these stand in a delimited record.
    kept: Vec<usize>,
    /// The columns that are added.
    added: Vec<String>,
    /// How answers are given.
    pub answers: Answers,
    /// The labels as fields, quoted where that is needed.
    fields: Vec<Vec<u8>>,
    format: RowFormat,
    /// The columns with their types, where these are written.
    plan: Option<Plan>,
    /// Whether a row begins with the bytes of the record, since all of them are kept.
    keeps_bytes: bool,
    /// The column of the speaker, for tables.
    speaker: Option<Column>,
}

impl Layout {
    pub fn new(
        input: RecordFormat,
        header: &[String],
        answers: &Answers,
        speaker: Option<Column>,
        format: RowFormat,
    ) -> Result<Self> {
        let added = answers.header();
        // Columns of an earlier prediction are replaced.
        let kept: Vec<usize> = (0..header.len()).filter(|&i| !added.contains(&header[i])).collect();
        let delimiter = format.delimiter();
        let field = |label: &String| quoted(label, delimiter.unwrap_or(b','));
        let names: Vec<String> = kept.iter().map(|&i| header[i].clone()).collect();
        Ok(Layout {
            plan: match format {
                RowFormat::Columnar(format) => Some(format.plan(&names, answers)),
                RowFormat::Text(_) => None,
            },
            header: names,
            keeps_bytes: kept.len() == header.len() && delimiter.is_some_and(|d| input == RecordFormat::Delimited(d)),
            kept,
            added,
            fields: answers.labels.iter().map(field).collect::<Result<_>>()?,
            answers: answers.clone(),
            format,
            speaker,
        })
    }

    /// Rows whose columns keep their types; `is_only` if no other input has a part in the output.
    pub fn of_batches(batches: &Batches, answers: &Answers, output: columnar::Format, is_only: bool) -> Result<Self> {
        let format = RowFormat::Columnar(output);
        let layout = Layout::new(RecordFormat::Text, &batches.header(), answers, None, format)?;
        Ok(Layout {
            plan: Some(batches.plan(answers, output, is_only)),
            ..layout
        })
    }

    /// A writer for rows of this kind, of about as many bytes as said.
    pub fn rows(&self, bytes: usize) -> Rows {
        if let Some(plan) = &self.plan {
            return Rows::Columnar(Box::new(plan.rows()));
        }
        match self.format {
            RowFormat::Text(OutputFormat::Jsonl | OutputFormat::Json) => Rows::Json(Vec::new()),
            RowFormat::Text(OutputFormat::Table) => Rows::Table(Vec::new()),
            _ if self.keeps_bytes => Rows::Appended(Vec::with_capacity(bytes)),
            _ => Rows::Delimited(Box::new(delimited_writer(self.format.delimiter().unwrap_or(b',')))),
        }
    }

    /// Adds a row: a record, the bytes that it was read from, its statement, and what the model says.
    pub fn write(
        &self,
        rows: &mut Rows,
        record: &Record<'_>,
        raw: &[u8],
        text: &str,
        answer: Answer<'_>,
    ) -> Result<()> {
        match rows {
            Rows::Appended(bytes) => self.append(raw, answer, bytes),
            Rows::Delimited(writer) => self.write_delimited(record, answer, writer),
            Rows::Json(bytes) => self.write_json(record, answer, bytes),
            Rows::Columnar(rows) => {
                let mut column = 0;
                self.for_each_kept(record, |value| {
                    rows.keep(column, value);
                    column += 1;
                    Ok(())
                })?;
                rows.answer(&self.answers, &answer);
                Ok(())
            }
            Rows::Table(lines) => {
                let speaker = self.speaker.as_ref().and_then(|column| record.get(column).ok());
                lines.push(TableLine {
                    stance: self.stance(&answer).to_owned(),
                    confidence: answer.confidence(),
                    more: self.answers.values(&answer).iter().map(table_cell).collect(),
                    speaker: speaker.unwrap_or_default().into_owned(),
                    text: text.to_owned(),
                    why: answer.evidence.map(|evidence| evidence.summary()),
                });
                Ok(())
            }
        }
    }

    /// A statement of an article as a record of this kind.
    pub fn statement(
        &self,
        statement: &AttributedStatement,
        id: &Value,
        name: &str,
        characters: &Characters<'_>,
    ) -> Record<'static> {
        match self.format {
            RowFormat::Text(OutputFormat::Json | OutputFormat::Jsonl) => {
                let mut object = Map::from_iter([("id".to_owned(), id.clone())]);
                if let Value::Object(statement) = statements::to_json(statement, characters) {
                    object.extend(statement);
                }
                Record::Object(object)
            }
            _ => {
                let fields = statements::fields(statement, name, characters);
                Record::Fields(fields.map(|field| field.into_owned().into()).into())
            }
        }
    }

    /// The stance; nothing where the model is not sure enough.
    fn stance(&self, answer: &Answer<'_>) -> &str {
        self.answers
            .stance(answer)
            .map_or("", |stance| &self.answers.labels[stance])
    }

    fn append(&self, raw: &[u8], answer: Answer<'_>, bytes: &mut Vec<u8>) -> Result<()> {
        let delimiter = self.format.delimiter().unwrap_or(b',');
        bytes.extend_from_slice(raw);
        bytes.push(delimiter);
        if let Some(stance) = self.answers.stance(&answer) {
            bytes.extend_from_slice(&self.fields[stance]);
        }
        for p in std::iter::once(answer.confidence()).chain(answer.probabilities.iter().copied()) {
            bytes.push(delimiter);
            bytes.extend_from_slice(&decimals(p));
        }
        for value in self.answers.values(&answer) {
            bytes.push(delimiter);
            bytes.extend(quoted(&cell(&value), delimiter)?);
        }
        if let Some(evidence) = answer.evidence {
            bytes.push(delimiter);
            bytes.extend(quoted(&evidence.summary(), delimiter)?);
        }
        bytes.push(b'\n');
        Ok(())
    }

    fn write_delimited(
        &self,
        record: &Record<'_>,
        answer: Answer<'_>,
        writer: &mut csv::Writer<Vec<u8>>,
    ) -> Result<()> {
        let mut write = |field: &[u8]| writer.write_field(field).map_err(io_error);
        self.for_each_kept(record, |value| write(value.unwrap_or_default().as_bytes()))?;
        write(self.stance(&answer).as_bytes())?;
        write(&decimals(answer.confidence()))?;
        for &p in answer.probabilities {
            write(&decimals(p))?;
        }
        for value in self.answers.values(&answer) {
            write(cell(&value).as_bytes())?;
        }
        if let Some(evidence) = answer.evidence {
            write(evidence.summary().as_bytes())?;
        }
        writer.write_record(None::<&[u8]>).map_err(io_error)
    }

    /// Calls `each` with every column of a record that the output keeps, as text; none where there is no value.
    fn for_each_kept(&self, record: &Record<'_>, mut each: impl FnMut(Option<&str>) -> Result<()>) -> Result<()> {
        match record {
            Record::Fields(fields) => self.kept.iter().try_for_each(|&i| each(Some(&fields[i]))),
            Record::Line(line) => each(Some(line)),
            Record::Object(object) => {
                let unknown = object
                    .keys()
                    .find(|key| !self.header.contains(key) && !self.added.contains(key));
                if let Some(key) = unknown {
                    return Err(ErrorKind::WrongValue {
                        wanted: "the same columns in every record (or --format jsonl)",
                        found: format!("a record with the new column `{key}`"),
                    }
                    .into());
                }
                self.header.iter().try_for_each(|name| match object.get(name) {
                    None | Some(Value::Null) => each(None),
                    Some(Value::String(text)) => each(Some(text)),
                    Some(value) => each(Some(&value.to_string())),
                })
            }
        }
    }

    fn write_json(&self, record: &Record<'_>, answer: Answer<'_>, bytes: &mut Vec<u8>) -> Result<()> {
        let mut object = match record {
            Record::Object(object) => object.clone(),
            Record::Line(line) => Map::from_iter([("text".to_owned(), Value::from(line.as_ref()))]),
            Record::Fields(fields) => {
                let pairs = self.header.iter().zip(&self.kept);
                pairs
                    .map(|(name, &i)| (name.clone(), Value::from(&*fields[i])))
                    .collect()
            }
        };
        let more = self.answers.columns();
        for name in ["stance", "confidence", "probabilities"].iter().chain(&more) {
            object.shift_remove(*name);
        }
        let stance = self
            .answers
            .stance(&answer)
            .map(|stance| self.answers.labels[stance].as_str());
        object.insert("stance".to_owned(), stance.into());
        object.insert("confidence".to_owned(), rounded(answer.confidence()));
        let labels = self.answers.labels.iter().zip(answer.probabilities);
        let probabilities: Map<String, Value> = labels.map(|(label, &p)| (label.clone(), rounded(p))).collect();
        object.insert("probabilities".to_owned(), probabilities.into());
        object.extend(more.into_iter().map(str::to_owned).zip(self.answers.values(&answer)));
        if let Some(evidence) = answer.evidence {
            object.shift_remove("evidence");
            object.insert("evidence".to_owned(), evidence.to_json(&self.answers.labels));
        }
        if self.format == RowFormat::Text(OutputFormat::Json) {
            bytes.extend(b",\n");
        }
        serde_json::to_writer(&mut *bytes, &object).map_err(|e| Error::from(ErrorKind::Json(e.to_string())))?;
        if self.format == RowFormat::Text(OutputFormat::Jsonl) {
            bytes.push(b'\n');
        }
        Ok(())
    }
}

/// A field, quoted where that is needed.
fn quoted(field: &str, delimiter: u8) -> Result<Vec<u8>> {
    if field.is_empty() {
        // As the only field of a record it would be quoted.
        return Ok(Vec::new());
    }
    // A whole record: the closing quote is written with what comes behind it.
    let mut writer = delimited_writer(delimiter);
    writer.write_record([field]).map_err(io_error)?;
    let mut bytes = writer.into_inner().map_err(|e| io_error(e.into_error().into()))?;
    bytes.pop();
    Ok(bytes)
}

/// A writer of fields into memory.
pub fn delimited_writer(delimiter: u8) -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .from_writer(Vec::new())
}

/// An error of the csv crate's writer.
pub fn io_error(error: csv::Error) -> Error {
    std::io::Error::other(error.to_string()).into()
}

/// A probability with six decimals.
fn decimals(p: f64) -> [u8; 8] {
    let millionths = (p * 1e6 + 0.5) as u32;
    // Each part by itself, so that none waits for the one before it.
    let digit = |unit: u32| b'0' + (millionths / unit % 10) as u8;
    [
        digit(1_000_000),
        b'.',
        digit(100_000),
        digit(10_000),
        digit(1_000),
        digit(100),
        digit(10),
        digit(1),
    ]
}

/// Rows that are ready.
pub enum Rows {
    /// Delimited, each appended to the bytes of its record.
    Appended(Vec<u8>),
    Delimited(Box<csv::Writer<Vec<u8>>>),
    Json(Vec<u8>),
    Table(Vec<TableLine>),
    Columnar(Box<AnsweredRows>),
}

impl Rows {
    fn into_bytes(self) -> Vec<u8> {
        match self {
            Rows::Delimited(writer) => writer.into_inner().expect("a vector takes every byte"),
            Rows::Appended(bytes) | Rows::Json(bytes) => bytes,
            Rows::Table(_) | Rows::Columnar(_) => Vec::new(),
        }
    }
}

pub struct TableLine {
    stance: String,
    confidence: f64,
    /// What was asked for beside the stance.
    more: Vec<String>,
    speaker: String,
    text: String,
    /// The words that decided, if they were asked for.
    why: Option<String>,
}

/// Puts blocks after one another, with what goes around them.
pub struct Writer {
    pub format: RowFormat,
    first: bool,
    header: Option<Vec<String>>,
    /// Where columns are written.
    columns: Option<columnar::Writer>,
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
        output.write(&Rows::Delimited(Box::new(writer)).into_bytes())
    }

    fn begin_columns(&mut self, plan: &Plan, format: columnar::Format) -> Result<()> {
        match &self.columns {
            None => self.columns = Some(columnar::Writer::new(plan, format)?),
            Some(writer) => writer.check(plan)?,
        }
        Ok(())
    }

    pub fn write(&mut self, rows: Rows, output: &mut Output) -> Result<()> {
        if let Rows::Table(lines) = &rows {
            return if lines.is_empty() {
                Ok(())
            } else {
                output.print(&render(lines, &self.more))
            };
        }
        let bytes = match (rows, &mut self.columns) {
            (Rows::Columnar(rows), Some(writer)) => writer.write(*rows)?,
            (rows, _) => rows.into_bytes(),
        };
        match self.format {
            RowFormat::Text(OutputFormat::Json) if !bytes.is_empty() => {
                let comma = if self.first { &b"[\n"[..] } else { b",\n" };
                self.first = false;
                output.write(comma)?;
                output.write(&bytes[2..])
            }
            _ => output.write(&bytes),
        }
    }

    pub fn end(&mut self, output: &mut Output) -> Result<()> {
        match (self.format, self.first) {
            (RowFormat::Text(OutputFormat::Json), true) => output.write(b"[]\n"),
            (RowFormat::Text(OutputFormat::Json), false) => output.write(b"\n]\n"),
            _ => match &mut self.columns {
                Some(writer) => output.write(&writer.finish()?),
                None => Ok(()),
            },
        }
    }
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
