//! `demarche predict`: records in, the same records with a stance out, as a stream.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::{Map, Value};

use super::args::{CommonArgs, OnError, PredictArgs};
use super::input::{self, Input, Problems};
use super::output::{Output, OutputFormat};
use super::pipeline;
use super::terminal::{self, Progress};
use crate::dataset::{Block, BlockParser, Column, Record, RecordFormat, Records};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Scorer, ScorerMemory, StanceClassifier};

pub fn run(args: &PredictArgs, common: &CommonArgs) -> Result<()> {
    let classifier = Arc::new(super::load_model(args.model.as_deref())?);
    let format = OutputFormat::choose(args.format, args.output.as_deref());
    let mut output = Output::open(args.output.as_deref())?;
    let mut writer = Writer {
        format,
        first: true,
        header: None,
    };
    if args.text.is_empty() {
        let standard_input = [PathBuf::from("-")];
        let inputs = if args.inputs.is_empty() {
            &standard_input[..]
        } else {
            &args.inputs
        };
        let progress = Progress::new(common.quiet, input::total_size(inputs), true);
        for path in inputs {
            let input = input::open(path, &args.input)?;
            predict_input(input, args, common, &classifier, &mut writer, &mut output, &progress)
                .map_err(|error| error.in_file(path))?;
        }
    } else {
        let lines: Vec<Record> = args.text.iter().map(|text| Record::Line(text.clone())).collect();
        let job = Job::new(
            vec!["text".to_owned()],
            Column::named("text"),
            None,
            args,
            &classifier,
            format,
        );
        writer.begin(&job, &mut output)?;
        let mut done = job.label(&lines);
        let problem = done.problems.pop();
        writer.write(done, &mut output)?;
        if let Some((_, _, error)) = problem {
            return Err(error);
        }
    }
    writer.end(&mut output)?;
    output.finish()
}

fn predict_input(
    input: Input,
    args: &PredictArgs,
    common: &CommonArgs,
    classifier: &Arc<StanceClassifier>,
    writer: &mut Writer,
    output: &mut Output,
    progress: &Progress,
) -> Result<()> {
    let read = input.read.clone();
    let mut records = Records::new(input.reader, input.format)?;
    let text = records.column(&args.input.text_column)?;
    let speaker = records.column(&args.speaker_column).ok();
    let parser = records.parser();
    let mut header = records.header().to_vec();
    let mut first = None;
    if input.format == RecordFormat::JsonLines {
        // The columns of JSONL are those of its first record.
        first = records.next_block()?;
        if let Some(block) = &first {
            let _ = parser.for_each(block, |_, record| match record {
                Ok(Record::Object(object)) => {
                    header = object.keys().cloned().collect();
                    Err(Stop)
                }
                _ => Ok(()),
            });
        }
    }
    let job = Arc::new(Job::new(header, text, speaker, args, classifier, writer.format));
    writer.begin(&job, output)?;

    let mut problems = Problems::new(args.input.on_error, common.quiet);
    let mut rows = 0;
    let mut shown = 0;
    let threads = common
        .threads
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let produce = move || match first.take() {
        Some(block) => Ok(Some(block)),
        None => records.next_block(),
    };
    let work = move |memory: &mut ScorerMemory, block: Block| job.label_block(&parser, &block, memory);
    pipeline::ordered(threads, produce, work, |mut done: Done| {
        let block_rows = done.rows;
        let found = std::mem::take(&mut done.problems);
        writer.write(done, output)?;
        for (index, line, error) in found {
            problems.handle(error.at_row(rows + index + 1, Some(line)).in_file(&input.name))?;
        }
        rows += block_rows;
        let bytes = read.load(Ordering::Relaxed);
        progress.add(bytes - shown);
        shown = bytes;
        output.flush()
    })
}

/// What every worker needs to label a block.
struct Job {
    classifier: Arc<StanceClassifier>,
    /// The input's columns that the output keeps.
    header: Vec<String>,
    /// Where these stand in a delimited record.
    kept: Vec<usize>,
    /// The columns that are added.
    added: Vec<String>,
    text: Column,
    speaker: Option<Column>,
    format: OutputFormat,
    on_error: OnError,
}

/// What became of a block.
#[derive(Default)]
struct Done {
    rows: u64,
    bytes: Vec<u8>,
    /// For tables.
    lines: Vec<TableLine>,
    /// Place in the block, line of the input, what is wrong.
    problems: Vec<(u64, u64, Error)>,
}

struct TableLine {
    stance: String,
    confidence: f64,
    speaker: String,
    text: String,
}

impl Job {
    fn new(
        header: Vec<String>,
        text: Column,
        speaker: Option<Column>,
        args: &PredictArgs,
        classifier: &Arc<StanceClassifier>,
        format: OutputFormat,
    ) -> Self {
        let mut added = vec!["stance".to_owned(), "confidence".to_owned()];
        added.extend(classifier.labels().iter().map(|label| format!("p_{label}")));
        // Columns of an earlier prediction are replaced.
        let kept: Vec<usize> = (0..header.len()).filter(|&i| !added.contains(&header[i])).collect();
        Job {
            classifier: classifier.clone(),
            header: kept.iter().map(|&i| header[i].clone()).collect(),
            kept,
            added,
            text,
            speaker,
            format,
            on_error: args.input.on_error,
        }
    }

    fn label_block(&self, parser: &BlockParser, block: &Block, memory: &mut ScorerMemory) -> Done {
        let mut labeller = Labeller::new(self, std::mem::take(memory));
        let _ = parser.for_each(block, |line, record| labeller.take(line, record));
        labeller.done(memory)
    }

    fn label(&self, records: &[Record]) -> Done {
        let mut labeller = Labeller::new(self, ScorerMemory::default());
        let _ = records.iter().try_for_each(|record| labeller.take(1, Ok(record)));
        labeller.done(&mut ScorerMemory::default())
    }

    fn write_delimited(&self, record: &Record, answer: Answer<'_>, writer: &mut csv::Writer<Vec<u8>>) -> Result<()> {
        let mut write = |field: &str| writer.write_field(field).map_err(io_error);
        match record {
            Record::Fields(fields) => {
                for &i in &self.kept {
                    write(&fields[i])?;
                }
            }
            Record::Line(line) => write(line)?,
            Record::Object(object) => {
                for name in &self.header {
                    match object.get(name) {
                        None | Some(Value::Null) => write("")?,
                        Some(Value::String(text)) => write(text)?,
                        Some(value) => write(&value.to_string())?,
                    }
                }
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
            }
        }
        write(answer.stance)?;
        write(decimals(answer.confidence(), &mut [0; 8]))?;
        for &p in answer.probabilities {
            write(decimals(p, &mut [0; 8]))?;
        }
        writer.write_record(None::<&[u8]>).map_err(io_error)
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
        for name in ["stance", "confidence", "probabilities"] {
            object.shift_remove(name);
        }
        let rounded = |p: f64| Value::from((p * 1e6).round() / 1e6);
        object.insert("stance".to_owned(), answer.stance.into());
        object.insert("confidence".to_owned(), rounded(answer.confidence()));
        let labels = self.classifier.labels().iter().zip(answer.probabilities);
        let probabilities: Map<String, Value> = labels.map(|(label, &p)| (label.clone(), rounded(p))).collect();
        object.insert("probabilities".to_owned(), probabilities.into());
        if self.format == OutputFormat::Json {
            bytes.extend(b",\n");
        }
        serde_json::to_writer(&mut *bytes, &object).map_err(|e| Error::from(ErrorKind::Json(e.to_string())))?;
        if self.format == OutputFormat::Jsonl {
            bytes.push(b'\n');
        }
        Ok(())
    }
}

fn io_error(error: csv::Error) -> Error {
    std::io::Error::other(error.to_string()).into()
}

/// A probability with six decimals.
fn decimals(p: f64, buffer: &mut [u8; 8]) -> &str {
    let mut millionths = (p * 1e6).round() as u32;
    for place in (2..8).rev() {
        buffer[place] = b'0' + (millionths % 10) as u8;
        millionths /= 10;
    }
    buffer[0] = b'0' + (millionths % 10) as u8;
    buffer[1] = b'.';
    std::str::from_utf8(buffer).expect("digits and a point")
}

/// What the model says of one statement.
#[derive(Clone, Copy)]
struct Answer<'a> {
    stance: &'a str,
    top: usize,
    probabilities: &'a [f64],
}

impl Answer<'_> {
    fn confidence(&self) -> f64 {
        self.probabilities[self.top]
    }
}

/// Ends a walk over records early.
struct Stop;

/// Labels the records of a block, one after another.
struct Labeller<'j> {
    job: &'j Job,
    scorer: Scorer<'j>,
    writer: RowWriter,
    done: Done,
}

impl<'j> Labeller<'j> {
    fn new(job: &'j Job, memory: ScorerMemory) -> Self {
        Labeller {
            job,
            scorer: job.classifier.scorer_with(memory),
            writer: RowWriter::new(job.format),
            done: Done::default(),
        }
    }

    /// Labels a record, or notes what is wrong with it.
    fn take(&mut self, line: u64, record: Result<&Record>) -> Result<(), Stop> {
        let result = record.and_then(|record| self.label(record));
        self.done.rows += 1;
        if let Err(error) = result {
            self.done.problems.push((self.done.rows - 1, line, error));
            if self.job.on_error == OnError::Fail {
                return Err(Stop);
            }
        }
        Ok(())
    }

    fn label(&mut self, record: &Record) -> Result<()> {
        let text = record.get(&self.job.text)?;
        if text.trim().is_empty() {
            return Err(Error::from(ErrorKind::EmptyText).in_column(self.job.text.name()));
        }
        let probabilities = self.scorer.predict_proba(&text);
        let top = crate::model::top(probabilities);
        let answer = Answer {
            stance: &self.job.classifier.labels()[top],
            top,
            probabilities,
        };
        match &mut self.writer {
            RowWriter::Delimited(writer) => self.job.write_delimited(record, answer, writer),
            RowWriter::Json(bytes) => self.job.write_json(record, answer, bytes),
            RowWriter::Table => {
                let speaker = self.job.speaker.as_ref().and_then(|column| record.get(column).ok());
                self.done.lines.push(TableLine {
                    stance: answer.stance.to_owned(),
                    confidence: answer.confidence(),
                    speaker: speaker.unwrap_or_default().into_owned(),
                    text: text.into_owned(),
                });
                Ok(())
            }
        }
    }

    /// What came of it; the working memory goes back.
    fn done(self, memory: &mut ScorerMemory) -> Done {
        *memory = self.scorer.into_memory();
        Done {
            bytes: self.writer.into_bytes(),
            ..self.done
        }
    }
}

/// Collects the rows of a block in the output's format.
enum RowWriter {
    Delimited(Box<csv::Writer<Vec<u8>>>),
    Json(Vec<u8>),
    Table,
}

impl RowWriter {
    fn new(format: OutputFormat) -> Self {
        let delimited = |delimiter| {
            let builder = csv::WriterBuilder::new()
                .delimiter(delimiter)
                .flexible(true)
                .from_writer(Vec::new());
            RowWriter::Delimited(Box::new(builder))
        };
        match format {
            OutputFormat::Csv => delimited(b','),
            OutputFormat::Tsv => delimited(b'\t'),
            OutputFormat::Jsonl | OutputFormat::Json => RowWriter::Json(Vec::new()),
            OutputFormat::Table => RowWriter::Table,
        }
    }

    fn into_bytes(self) -> Vec<u8> {
        match self {
            RowWriter::Delimited(writer) => writer.into_inner().expect("a vector takes every byte"),
            RowWriter::Json(bytes) => bytes,
            RowWriter::Table => Vec::new(),
        }
    }
}

/// Puts blocks after one another, with what goes around them.
struct Writer {
    format: OutputFormat,
    first: bool,
    header: Option<Vec<String>>,
}

impl Writer {
    /// Writes a header before the first input, and checks that later ones have the same.
    fn begin(&mut self, job: &Job, output: &mut Output) -> Result<()> {
        if !matches!(self.format, OutputFormat::Csv | OutputFormat::Tsv) {
            return Ok(());
        }
        if let Some(header) = &self.header {
            if *header == job.header {
                return Ok(());
            }
            return Err(ErrorKind::WrongValue {
                wanted: "the same columns in every input (or --format jsonl)",
                found: format!(
                    "an input with the columns {} after one with {}",
                    job.header.join(","),
                    header.join(",")
                ),
            }
            .into());
        }
        let mut rows = RowWriter::new(self.format);
        if let RowWriter::Delimited(writer) = &mut rows {
            writer
                .write_record(job.header.iter().chain(&job.added))
                .map_err(io_error)?;
        }
        self.header = Some(job.header.clone());
        output.write(&rows.into_bytes())
    }

    fn write(&mut self, done: Done, output: &mut Output) -> Result<()> {
        match self.format {
            OutputFormat::Json if !done.bytes.is_empty() => {
                let comma = if self.first { &b"[\n"[..] } else { b",\n" };
                self.first = false;
                output.write(comma)?;
                output.write(&done.bytes[2..])
            }
            OutputFormat::Table if !done.lines.is_empty() => output.print(&render(&done.lines)),
            _ => output.write(&done.bytes),
        }
    }

    fn end(&self, output: &mut Output) -> Result<()> {
        match (self.format, self.first) {
            (OutputFormat::Json, true) => output.write(b"[]\n"),
            (OutputFormat::Json, false) => output.write(b"\n]\n"),
            _ => Ok(()),
        }
    }
}

fn render(lines: &[TableLine]) -> String {
    let with_speaker = lines.iter().any(|line| !line.speaker.is_empty());
    let header: &[&str] = if with_speaker {
        &["stance", "sure", "speaker", "statement"]
    } else {
        &["stance", "sure", "statement"]
    };
    let mut table = terminal::table(header, &[1]);
    for line in lines {
        let style = terminal::label_style(&line.stance);
        let mut row = vec![
            format!("{style}{}{style:#}", line.stance),
            format!("{:.2}", line.confidence),
        ];
        if with_speaker {
            row.push(line.speaker.clone());
        }
        row.push(line.text.clone());
        table.add_row(row);
    }
    format!("{table}\n")
}
