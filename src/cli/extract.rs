//! `demarche extract`: articles in, attributed statements out.

use serde_json::{Value, json};

use super::args::{CommonArgs, ExtractArgs, OnError};
use super::articles::{self, Article, Articles, Batch};
use super::input::{self, Problems};
use super::output::{Output, OutputFormat};
use super::pipeline;
use super::rows::delimited_writer;
use super::statements;
use super::terminal::{self, Progress};
use crate::attribution::{self, AttributedStatement};
use crate::error::{Error, Result};
use crate::statement::Characters;

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
    let mut problems = Problems::new(args.input.on_error, common.quiet);
    let job = Job {
        format,
        html: args.html,
        min_confidence: args.min_confidence,
        fails: args.input.on_error == OnError::Fail,
    };
    let mut stream = Articles::new(files, &args.input);
    let produce = move || stream.next_batch();
    let work = move |_: &mut (), batch: Batch| job.extract_all(batch);
    let mut shown = 0;
    pipeline::ordered(
        common.threads(),
        || (),
        produce,
        work,
        |mut done: Done| {
            let found = std::mem::take(&mut done.problems);
            progress.add(done.read - shown);
            shown = done.read;
            writer.write(done)?;
            found.into_iter().try_for_each(|error| problems.handle(error))?;
            writer.output.flush()
        },
    )?;
    writer.end()
}

/// What became of some articles.
#[derive(Default)]
struct Done {
    articles: Vec<Vec<u8>>,
    /// For tables.
    lines: Vec<Vec<String>>,
    notes: Vec<String>,
    problems: Vec<Error>,
    /// Whether the articles came out of records.
    from_records: bool,
    read: u64,
}

/// How articles are read and written.
struct Job {
    format: OutputFormat,
    html: bool,
    min_confidence: f64,
    /// Whether the first article that cannot be used ends it.
    fails: bool,
}

impl Job {
    fn extract_all(&self, batch: Batch) -> Done {
        let mut done = Done {
            read: batch.read,
            from_records: batch.from_records,
            ..Done::default()
        };
        for article in batch.articles {
            match article {
                Ok(article) => self.extract(article, &mut done),
                Err(error) => {
                    done.problems.push(error);
                    if self.fails {
                        break;
                    }
                }
            }
        }
        done
    }

    /// Extracts the statements of an article and writes them.
    fn extract(&self, mut article: Article, done: &mut Done) {
        done.notes.extend(article.prepare(self.html));
        let mut statements = attribution::extract(&article.text);
        statements.retain(|statement| statement.confidence >= self.min_confidence);
        let name = article.name();
        self.write(article.id, &name, &article.text, &statements, done);
    }

    fn write(&self, id: Value, name: &str, text: &str, statements: &[AttributedStatement], done: &mut Done) {
        let characters = Characters::of(text);
        match self.format {
            OutputFormat::Json | OutputFormat::Jsonl => {
                let statements: Vec<Value> = statements.iter().map(|s| statements::to_json(s, &characters)).collect();
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
                    // A vector takes every byte.
                    let fields = statements::fields(statement, name, &characters);
                    let confidence = format!("{:.2}", statement.confidence);
                    let _ = writer.write_record(fields.iter().map(|field| field.as_ref()).chain([confidence.as_str()]));
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
                    terminal::one_line(&statement.text),
                ]
            })),
        }
    }
}

fn delimited(format: OutputFormat) -> csv::Writer<Vec<u8>> {
    delimited_writer(format.delimiter().unwrap_or(b','))
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
            let _ = writer.write_record(statements::COLUMNS.iter().chain(&["confidence"]));
            return self.output.write(&writer.into_inner().unwrap_or_default());
        }
        Ok(())
    }

    fn write(&mut self, done: Done) -> Result<()> {
        self.several |= done.from_records;
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
