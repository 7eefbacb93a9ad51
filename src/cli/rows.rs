//! Labelled records, written down: the input's columns, then what the model says.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::answers::{Answer, Answers, cell, rounded, table_cell};
use super::columnar::{self, AnsweredRows, Batches, Plan};
use super::output::{OutputFormat, RowFormat};
use super::statements;
use crate::attribution::AttributedStatement;
use crate::dataset::{Column, Record, RecordFormat};
use crate::error::{Error, ErrorKind, Result};
use crate::statement::Characters;

/// Which columns rows have, and how they are written.
pub struct Layout {
    /// The input's columns that the output keeps.
    pub header: Vec<String>,
    /// Where these stand in a delimited record.
    kept: Vec<usize>,
    /// The columns that are added.
    pub added: Vec<String>,
    /// How answers are given.
    pub answers: Answers,
    /// The labels as fields, quoted where that is needed.
    fields: Vec<Vec<u8>>,
    format: RowFormat,
    /// The columns with their types, where these are written.
    pub plan: Option<Plan>,
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
        let format = match self.format {
            RowFormat::Text(format) => format,
            RowFormat::Columnar(_) => OutputFormat::Csv,
        };
        match format {
            OutputFormat::Csv | OutputFormat::Tsv if self.keeps_bytes => Rows::Appended(Vec::with_capacity(bytes)),
            OutputFormat::Csv => Rows::Delimited(Box::new(delimited_writer(b','))),
            OutputFormat::Tsv => Rows::Delimited(Box::new(delimited_writer(b'\t'))),
            OutputFormat::Jsonl | OutputFormat::Json => Rows::Json(Vec::new()),
            OutputFormat::Table => Rows::Table(Vec::new()),
        }
    }

    /// Adds a row: a record, the bytes that it was read from, its place in the block, its statement, and what the model says.
    pub fn write(
        &self,
        rows: &mut Rows,
        record: &Record,
        (raw, index): (&[u8], u64),
        text: &str,
        answer: Answer<'_>,
    ) -> Result<()> {
        match rows {
            Rows::Columnar(rows) => {
                rows.keep(self.kept(record)?);
                rows.answer(index, &self.answers, &answer);
                Ok(())
            }
            Rows::Appended(bytes) => self.append(raw, answer, bytes),
            Rows::Delimited(writer) => self.write_delimited(record, answer, writer),
            Rows::Json(bytes) => self.write_json(record, answer, bytes),
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
    ) -> Record {
        match self.format {
            RowFormat::Text(OutputFormat::Json | OutputFormat::Jsonl) => {
                let mut object = Map::from_iter([("id".to_owned(), id.clone())]);
                if let Value::Object(statement) = statements::to_json(statement, characters) {
                    object.extend(statement);
                }
                Record::Object(object)
            }
            _ => Record::Fields(
                statements::fields(statement, name, characters)
                    .iter()
                    .map(AsRef::as_ref)
                    .collect(),
            ),
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

    fn write_delimited(&self, record: &Record, answer: Answer<'_>, writer: &mut csv::Writer<Vec<u8>>) -> Result<()> {
        let mut write = |field: &[u8]| writer.write_field(field).map_err(io_error);
        for field in self.kept(record)? {
            write(field.unwrap_or_default().as_bytes())?;
        }
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

    /// The columns of a record that the output keeps, as text; none where there is no value.
    fn kept<'r>(&'r self, record: &'r Record) -> Result<Box<dyn Iterator<Item = Option<Cow<'r, str>>> + 'r>> {
        match record {
            Record::Fields(fields) => Ok(Box::new(self.kept.iter().map(|&i| Some(fields[i].into())))),
            Record::Line(line) => Ok(Box::new(std::iter::once(Some(line.into())))),
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
                let text = |name| match object.get(name)? {
                    Value::Null => None,
                    Value::String(text) => Some(text.into()),
                    value => Some(value.to_string().into()),
                };
                Ok(Box::new(self.header.iter().map(text)))
            }
        }
    }

    fn write_json(&self, record: &Record, answer: Answer<'_>, bytes: &mut Vec<u8>) -> Result<()> {
        let mut object = match record {
            Record::Object(object) => object.clone(),
            Record::Line(line) => Map::from_iter([("text".to_owned(), Value::from(line.as_str()))]),
            Record::Fields(fields) => {
                let pairs = self.header.iter().zip(&self.kept);
                pairs
                    .map(|(name, &i)| (name.clone(), Value::from(&fields[i])))
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
    let mut millionths = (p * 1e6 + 0.5) as u32;
    let mut digits = *b"0.000000";
    for place in (2..8).rev() {
        digits[place] = b'0' + (millionths % 10) as u8;
        millionths /= 10;
    }
    digits[0] = b'0' + (millionths % 10) as u8;
    digits
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

pub struct TableLine {
    pub stance: String,
    pub confidence: f64,
    /// What was asked for beside the stance.
    pub more: Vec<String>,
    pub speaker: String,
    pub text: String,
    /// The words that decided, if they were asked for.
    pub why: Option<String>,
}
