//! `demarche extract`: articles in, attributed statements out.

use std::io::Read;
use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::args::{CommonArgs, ExtractArgs, OnError};
use super::input::{self, Input, Problems};
use super::output::{Output, OutputFormat};
use super::terminal::{self, Progress};
use super::{articles, html, pipeline};
use crate::attribution::{self, AttributedStatement};
use crate::dataset::{Block, Column, Record, RecordFormat, Records};
use crate::error::{Error, ErrorKind, Result};
use crate::statement::Span;

/// The columns of delimited output.
const COLUMNS: [&str; 9] = [
    "id",
    "speaker",
    "mention",
    "cue",
    "kind",
    "text",
    "start",
    "end",
    "confidence",
];

pub fn run(args: &ExtractArgs, common: &CommonArgs) -> Result<()> {
    let format = OutputFormat::choose(args.format, args.output.as_deref());
    let files = articles::files(&args.articles)?;
    let mut writer = Writer {
        output: Output::open(args.output.as_deref())?,
        format,
        several: files.len() > 1,
        written: 0,
        quiet: common.quiet,
    };
    writer.begin()?;
    let progress = Progress::new(common.quiet, input::total_size(&files), true);
    for path in &files {
        let input = input::open(path, &args.input)?;
        let read = input.read.clone();
        match input.format {
            RecordFormat::Text => {
                let done = extract_text(input, args, format).map_err(|error| error.in_file(path))?;
                writer.write(done)?;
                progress.add(read.load(Ordering::Relaxed));
            }
            _ => extract_records(input, args, common, &mut writer, &progress).map_err(|error| error.in_file(path))?,
        }
    }
    writer.end()
}

/// A file that is one article.
fn extract_text(mut input: Input, args: &ExtractArgs, format: OutputFormat) -> Result<Done> {
    let mut bytes = Vec::new();
    input.reader.read_to_end(&mut bytes)?;
    let text = String::from_utf8(bytes).map_err(|_| Error::from(ErrorKind::InvalidUtf8))?;
    let name = articles::name(&input.name);
    let mut done = Done::default();
    Job::new(args, format).extract(name.clone().into(), &name, &text, &mut done);
    Ok(done)
}

/// A file with an article in each record, as a stream.
fn extract_records(
    input: Input,
    args: &ExtractArgs,
    common: &CommonArgs,
    writer: &mut Writer,
    progress: &Progress,
) -> Result<()> {
    writer.several = true;
    let read = input.read.clone();
    let mut records = Records::new(input.reader, input.format)?;
    let text = records.column(&args.input.text_column)?;
    let id = records.column("id").ok();
    let parser = records.parser();
    let job = Job::new(args, writer.format);
    let name = articles::name(&input.name);
    let mut problems = Problems::new(args.input.on_error, common.quiet);
    let fails = args.input.on_error == OnError::Fail;
    let (mut rows, mut shown) = (0, 0);
    let threads = common
        .threads
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    // The row of a record without an id is known once the blocks before it are.
    let mut first_row = 0u64;
    let produce = move || {
        let block = records.next_block()?;
        Ok(block.map(|block| {
            let row = first_row;
            first_row += count_records(&block);
            (row, block)
        }))
    };
    let file = name.clone();
    let work = move |_: &mut (), (first, block): (u64, Block)| {
        let mut done = Done::default();
        let _ = parser.for_each(&block, |line, record| {
            done.rows += 1;
            let row = first + done.rows;
            let result =
                record.and_then(|record| job.extract_record(record, &text, id.as_ref(), &file, row, &mut done));
            match result {
                Err(error) => {
                    done.problems.push((done.rows - 1, line, error));
                    if fails { Err(()) } else { Ok(()) }
                }
                Ok(()) => Ok(()),
            }
        });
        done
    };
    pipeline::ordered(threads, produce, work, |mut done: Done| {
        let block_rows = done.rows;
        let found = std::mem::take(&mut done.problems);
        writer.write(done)?;
        for (index, line, error) in found {
            problems.handle(error.at_row(rows + index + 1, Some(line)).in_file(&input.name))?;
        }
        rows += block_rows;
        let bytes = read.load(Ordering::Relaxed);
        progress.add(bytes - shown);
        shown = bytes;
        writer.output.flush()
    })
}

/// How many records a block of JSONL has; of other formats an upper bound, which only names articles without an id.
fn count_records(block: &Block) -> u64 {
    block
        .bytes
        .split(|&b| b == b'\n')
        .filter(|line| !line.trim_ascii().is_empty())
        .count() as u64
}

/// What became of some articles.
#[derive(Default)]
struct Done {
    rows: u64,
    articles: Vec<Vec<u8>>,
    /// For tables.
    lines: Vec<Vec<String>>,
    notes: Vec<String>,
    /// Place in the block, line of the input, what is wrong.
    problems: Vec<(u64, u64, Error)>,
}

/// How an article is read and written.
#[derive(Clone)]
struct Job {
    format: OutputFormat,
    html: bool,
    min_confidence: f64,
}

impl Job {
    fn new(args: &ExtractArgs, format: OutputFormat) -> Self {
        Job {
            format,
            html: args.html,
            min_confidence: args.min_confidence,
        }
    }

    fn extract_record(
        &self,
        record: &Record,
        text: &Column,
        id: Option<&Column>,
        file: &str,
        row: u64,
        done: &mut Done,
    ) -> Result<()> {
        let body = record.get(text)?;
        let id = match (record, id) {
            (Record::Object(object), _) => object.get("id").cloned(),
            (_, Some(column)) => Some(record.get(column)?.into_owned().into()),
            _ => None,
        };
        let id = id
            .filter(|id| !id.is_null())
            .unwrap_or_else(|| format!("{file}:{row}").into());
        let name = match &id {
            Value::String(name) => name.clone(),
            other => other.to_string(),
        };
        self.extract(id, &name, &body, done);
        Ok(())
    }

    /// Extracts the statements of an article and writes them.
    fn extract(&self, id: Value, name: &str, text: &str, done: &mut Done) {
        let stripped;
        let text = match (self.html, html::is_html(text)) {
            (true, _) => {
                stripped = html::strip(text);
                &stripped
            }
            (false, true) => {
                done.notes.push(format!(
                    "{name}: this looks like HTML; --html reads the text of the page"
                ));
                text
            }
            (false, false) => text,
        };
        let mut statements = attribution::extract(text);
        if statements.is_empty() && !attribution::is_english(text) {
            done.notes.push(format!(
                "{name}: this does not look like English; nothing was extracted"
            ));
        }
        statements.retain(|statement| statement.confidence >= self.min_confidence);
        self.write(id, name, text, &statements, done);
    }

    fn write(&self, id: Value, name: &str, text: &str, statements: &[AttributedStatement], done: &mut Done) {
        let characters = Characters::of(text);
        match self.format {
            OutputFormat::Json | OutputFormat::Jsonl => {
                let statements: Vec<Value> = statements.iter().map(|s| to_json(s, &characters)).collect();
                let article = json!({"id": id, "statements": statements});
                let written = match self.format {
                    OutputFormat::Json => format!("{article:#}"),
                    _ => format!("{article}\n"),
                };
                done.articles.push(written.into_bytes());
            }
            OutputFormat::Csv | OutputFormat::Tsv => {
                let mut writer = delimited(self.format);
                for statement in statements {
                    let span = outer(statement, &characters);
                    // A vector takes every byte.
                    let _ = writer.write_record([
                        name,
                        statement.speaker.as_deref().unwrap_or_default(),
                        statement.mention.as_deref().unwrap_or_default(),
                        statement.cue.as_deref().unwrap_or_default(),
                        statement.kind.name(),
                        &statement.text,
                        &span.start.to_string(),
                        &span.end.to_string(),
                        &format!("{:.2}", statement.confidence),
                    ]);
                }
                done.articles.push(writer.into_inner().unwrap_or_default());
            }
            OutputFormat::Table => done.lines.extend(statements.iter().map(|statement| {
                let speaker = statement.speaker.clone().unwrap_or_default();
                let cue = statement.cue.clone().unwrap_or_default();
                vec![
                    speaker,
                    cue,
                    statement.kind.name().to_owned(),
                    one_line(&statement.text),
                ]
            })),
        }
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn delimited(format: OutputFormat) -> csv::Writer<Vec<u8>> {
    let delimiter = if format == OutputFormat::Tsv { b'\t' } else { b',' };
    csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new())
}

fn to_json(statement: &AttributedStatement, characters: &Characters) -> Value {
    let span = outer(statement, characters);
    let spans: Vec<[usize; 2]> = statement
        .spans
        .iter()
        .map(|&s| characters.span(s))
        .map(|s| [s.start, s.end])
        .collect();
    json!({
        "speaker": statement.speaker,
        "mention": statement.mention,
        "cue": statement.cue,
        "kind": statement.kind,
        "text": statement.text,
        "start": span.start,
        "end": span.end,
        "spans": spans,
        "confidence": statement.confidence,
    })
}

/// From the first character of a statement to its last.
fn outer(statement: &AttributedStatement, characters: &Characters) -> Span {
    let ends = (statement.spans.first(), statement.spans.last());
    let (start, end) = match ends {
        (Some(first), Some(last)) => (first.start, last.end),
        _ => (0, 0),
    };
    characters.span(Span { start, end })
}

/// Offsets in characters for offsets in bytes: a count at every so many bytes.
struct Characters<'t> {
    text: &'t str,
    counts: Vec<usize>,
}

const STEP: usize = 256;

impl<'t> Characters<'t> {
    fn of(text: &'t str) -> Self {
        let is_start = |b: &&u8| (**b as i8) >= -0x40;
        let mut counts = vec![0];
        for chunk in text.as_bytes().chunks(STEP) {
            counts.push(counts[counts.len() - 1] + chunk.iter().filter(is_start).count());
        }
        Characters { text, counts }
    }

    fn at(&self, byte: usize) -> usize {
        let chunk = byte / STEP;
        let rest = &self.text.as_bytes()[chunk * STEP..byte];
        self.counts[chunk] + rest.iter().filter(|&&b| (b as i8) >= -0x40).count()
    }

    fn span(&self, span: Span) -> Span {
        Span {
            start: self.at(span.start),
            end: self.at(span.end),
        }
    }
}

/// Puts articles after one another, with what goes around them.
struct Writer {
    output: Output,
    format: OutputFormat,
    /// Whether JSON is a list, and notes name their article.
    several: bool,
    written: usize,
    quiet: bool,
}

impl Writer {
    fn begin(&mut self) -> Result<()> {
        if matches!(self.format, OutputFormat::Csv | OutputFormat::Tsv) {
            let mut writer = delimited(self.format);
            let _ = writer.write_record(COLUMNS);
            return self.output.write(&writer.into_inner().unwrap_or_default());
        }
        Ok(())
    }

    fn write(&mut self, done: Done) -> Result<()> {
        for note in &done.notes {
            terminal::print_note(self.quiet, note);
        }
        for article in &done.articles {
            if self.format == OutputFormat::Json {
                let before: &[u8] = match (self.several, self.written) {
                    (false, _) => b"",
                    (true, 0) => b"[\n",
                    (true, _) => b",\n",
                };
                self.output.write(before)?;
            }
            self.written += 1;
            self.output.write(article)?;
        }
        if !done.lines.is_empty() {
            let mut table = terminal::table(&["speaker", "cue", "kind", "statement"], &[]);
            for line in done.lines {
                table.add_row(line);
            }
            self.output.print(&format!("{table}\n"))?;
        }
        Ok(())
    }

    fn end(mut self) -> Result<()> {
        if self.format == OutputFormat::Json {
            let end: &[u8] = match (self.several, self.written) {
                (false, _) => b"\n",
                (true, 0) => b"[]\n",
                (true, _) => b"\n]\n",
            };
            self.output.write(end)?;
        }
        self.output.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_over_many_bytes() {
        let text = "é".repeat(1000) + "abc";
        let characters = Characters::of(&text);
        for (count, (byte, _)) in text.char_indices().enumerate() {
            assert_eq!(characters.at(byte), count);
        }
        assert_eq!(characters.at(text.len()), 1003);
    }
}
