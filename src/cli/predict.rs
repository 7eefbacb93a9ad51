//! `demarche predict`: records in, the same records with a stance out, as a stream.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::answers::Answers;
use super::args::{CommonArgs, OnError, PredictArgs};
use super::articles::{self, Articles};
use super::columnar::{self, Batches};
use super::input::{self, Input, Problems};
use super::labeller::{Done, Job, Labeller, NOWHERE, Problem, Stop};
use super::output::{Output, RowFormat};
use super::pipeline;
use super::rows::{Layout, Rows};
use super::statements;
use super::terminal::{self, Progress};
use super::writer::Writer;
use crate::attribution;
use crate::dataset::{Block, Column, Place, Record, RecordFormat, Records};
use crate::error::{Error, Result};
use crate::model::{ScorerMemory, StanceClassifier};
use crate::statement::Characters;

pub fn run(args: &PredictArgs, common: &CommonArgs) -> Result<()> {
    let classifier = Arc::new(super::load_model(args.model.as_deref())?);
    let answers = Answers::new(&classifier, &args.answer)?;
    let format = RowFormat::choose(args.format, args.output.as_deref())?;
    let mut output = Output::open(args.output.as_deref())?;
    let mut writer = Writer::new(format);
    let standard_input = [PathBuf::from("-")];
    let inputs = match (args.text.is_empty(), args.inputs.is_empty()) {
        (false, _) => &[],
        (true, true) => &standard_input[..],
        (true, false) => &args.inputs[..],
    };
    let mut run = Run {
        args,
        common,
        model: LoadedModel { classifier, answers },
        progress: Progress::new(common.quiet, input::total_size(inputs), true),
        writer: &mut writer,
        output: &mut output,
    };
    if args.text.is_empty() {
        for path in inputs {
            run.predict_path(path, inputs.len() == 1)?;
        }
    } else {
        run.predict_texts()?;
    }
    drop(run);
    writer.end(&mut output)?;
    output.finish()
}

/// A model, and how it answers.
struct LoadedModel {
    classifier: Arc<StanceClassifier>,
    answers: Answers,
}

/// One request, and where its results go.
struct Run<'r> {
    args: &'r PredictArgs,
    common: &'r CommonArgs,
    model: LoadedModel,
    progress: Progress,
    writer: &'r mut Writer,
    output: &'r mut Output,
}

impl Run<'_> {
    /// Labels what one path holds; `is_only` if there is no other.
    fn predict_path(&mut self, path: &Path, is_only: bool) -> Result<()> {
        if articles::are_meant(path, &self.args.input) {
            return self.predict_articles(path);
        }
        if let RowFormat::Columnar(format) = self.writer.format
            && let Some(batches) = input::columns_of(path, &self.args.input)?
        {
            return self
                .predict_batches(path, batches, format, is_only)
                .map_err(|error| error.in_file(path));
        }
        let input = input::open(path, &self.args.input)?;
        self.predict_input(input).map_err(|error| error.in_file(path))
    }

    fn predict_texts(&mut self) -> Result<()> {
        let columns = ["text".to_owned()];
        let layout = Layout::new(
            RecordFormat::Text,
            &columns,
            &self.model.answers,
            None,
            self.writer.format,
        )?;
        let job = self.job(Column::named("text"), layout)?;
        for text in &self.args.text {
            note_outside_text(&job, text, self.common.quiet);
        }
        let mut labeller = Labeller::new(&job, 0, ScorerMemory::default());
        let place = Place { line: 1, raw: &[] };
        let records = self.args.text.iter().map(|text| Record::Line(text.clone()));
        let _ = records
            .into_iter()
            .try_for_each(|mut record| labeller.take(place, Ok(&mut record)));
        let (mut done, _) = labeller.finish();
        let problem = done.problems.pop();
        self.writer.write(done.rows, self.output)?;
        match problem {
            Some(problem) => Err(problem.error),
            None => Ok(()),
        }
    }

    fn predict_input(&mut self, input: Input) -> Result<()> {
        let args = self.args;
        let mut records = Records::new(input.reader, input.format)?;
        let text = records.column(&args.input.text_column)?;
        let speaker = records.column(&args.speaker_column).ok();
        let parser = records.parser();
        let mut first = None;
        let header = match input.columns {
            Some(columns) => columns,
            // The columns of JSONL are those of its first record.
            None if input.format == RecordFormat::JsonLines => {
                let mut header = Vec::new();
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
                header
            }
            None => records.header().to_vec(),
        };
        let format = self.writer.format;
        let layout = Layout::new(input.format, &header, &self.model.answers, speaker, format)?;
        let job = self.job(text, layout)?;
        let produce = move || match first.take() {
            Some(block) => Ok(Some(block)),
            None => records.next_block(),
        };
        let work = move |memory: &mut ScorerMemory, block: Block| job.label(&parser, &block, memory);
        self.label(&input.name, &input.read, produce, work)
    }

    /// Columns in, and the same columns out.
    fn predict_batches(
        &mut self,
        path: &Path,
        mut batches: Batches,
        format: columnar::Format,
        is_only: bool,
    ) -> Result<()> {
        let layout = Layout::of_batches(&batches, &self.model.answers, format, is_only)?;
        let job = self.job(Column::named(&self.args.input.text_column), layout)?;
        let read = batches.bytes_read();
        let produce = move || batches.next_batch();
        let work = move |memory: &mut ScorerMemory, batch| job.label_batch(batch, memory);
        self.label(path, &read, produce, work)
    }

    /// What workers need, after the output was begun.
    fn job(&mut self, text: Column, layout: Layout) -> Result<Job> {
        self.writer.begin(&layout, self.output)?;
        Ok(Job {
            classifier: self.model.classifier.clone(),
            text,
            layout,
            on_error: self.args.input.on_error,
        })
    }

    /// Labels blocks on all threads and writes them in order.
    fn label<B: Send + 'static>(
        &mut self,
        name: &Path,
        read: &AtomicU64,
        produce: impl FnMut() -> Result<Option<B>> + Send + 'static,
        work: impl Fn(&mut ScorerMemory, B) -> Done + Send + Sync + 'static,
    ) -> Result<()> {
        let mut problems = Problems::new(self.args.input.on_error, self.common.quiet);
        let (mut rows, mut outside, mut shown) = (0, 0, 0);
        let threads = self.common.threads();
        pipeline::ordered(threads, ScorerMemory::with_stems, produce, work, |done: Done| {
            outside += done.outside;
            self.writer.write(done.rows, self.output)?;
            for Problem { index, line, error } in done.problems {
                problems.handle(error.at_row(rows + index + 1, line).in_file(name))?;
            }
            rows += done.count;
            let bytes = read.load(Ordering::Relaxed);
            self.progress.add(bytes - shown);
            shown = bytes;
            self.output.flush()
        })?;
        note_outside(name, outside, rows, self.common.quiet);
        Ok(())
    }

    /// The statements of articles, each a row.
    fn predict_articles(&mut self, path: &Path) -> Result<()> {
        let (args, common) = (self.args, self.common);
        let mut stream = Articles::new(articles::files(&[path.to_owned()])?, &args.input);
        let header = statements::COLUMNS.map(str::to_owned);
        let format = self.writer.format;
        let speaker = Some(Column::at(1, "speaker"));
        let layout = Layout::new(RecordFormat::Text, &header, &self.model.answers, speaker, format)?;
        let job = self.job(Column::at(5, "text"), layout)?;
        let as_html = args.html;
        let mut problems = Problems::new(args.input.on_error, common.quiet);
        let produce = move || stream.next_batch();
        let work =
            move |memory: &mut ScorerMemory, batch: articles::Batch| label_articles(&job, batch, as_html, memory);
        let (mut shown, mut found, mut outside) = (0, 0, 0);
        pipeline::ordered(
            common.threads(),
            ScorerMemory::with_stems,
            produce,
            work,
            |done: DoneArticles| {
                for note in done.notes {
                    terminal::print_note(common.quiet, &note);
                }
                found += done.statements;
                outside += done.outside;
                self.progress.add(done.read - shown);
                shown = done.read;
                self.writer.write(done.rows, self.output)?;
                done.problems.into_iter().try_for_each(|error| problems.handle(error))?;
                self.output.flush()
            },
        )?;
        note_outside(path, outside, found, common.quiet);
        if args.input.input_format.is_none() && path.is_file() {
            let remark = format!(
                "{}: read as an article with {found} statements; --input-format text takes each line for a statement",
                path.display()
            );
            terminal::print_note(common.quiet, &remark);
        }
        Ok(())
    }
}

/// Says so if the model does not know enough of a statement.
fn note_outside_text(job: &Job, text: &str, quiet: bool) {
    let prediction = job.classifier.predict(text);
    if prediction.is_out_of_domain() && !text.trim().is_empty() {
        let remark = format!(
            "the model knows {:.0} % of the words of this statement, too little to go by: {}",
            100.0 * prediction.known_share(),
            terminal::one_line(text)
        );
        terminal::print_note(quiet, &remark);
    }
}

/// Says so if more than a few statements of an input are outside of what the model knows.
fn note_outside(name: &Path, outside: u64, rows: u64, quiet: bool) {
    const FEW: u64 = 3;
    if outside > FEW && outside * 20 > rows {
        let remark = format!(
            "{}: of {outside} of {rows} statements the model knows too few words to go by, as of another language or subject; --domain marks them",
            name.display()
        );
        terminal::print_note(quiet, &remark);
    }
}

/// What became of some articles.
struct DoneArticles {
    statements: u64,
    outside: u64,
    rows: Rows,
    notes: Vec<String>,
    problems: Vec<Error>,
    read: u64,
}

fn label_articles(job: &Job, batch: articles::Batch, as_html: bool, memory: &mut ScorerMemory) -> DoneArticles {
    let mut labeller = Labeller::new(job, 0, std::mem::take(memory));
    let (mut notes, mut problems) = (Vec::new(), Vec::new());
    for article in batch.articles {
        match article {
            Ok(mut article) => {
                notes.extend(article.prepare(as_html));
                let name = article.name();
                let characters = Characters::of(&article.text);
                for statement in attribution::extract(&article.text) {
                    let mut record = job.layout.statement(&statement, &article.id, &name, &characters);
                    let text = attribution::statement_text(&statement, &article.text).into_owned();
                    // Nothing can be wrong with a record of our own.
                    let _ = labeller.take_text(NOWHERE, &mut record, text);
                }
            }
            Err(error) => {
                problems.push(error);
                if job.on_error == OnError::Fail {
                    break;
                }
            }
        }
    }
    let (done, used) = labeller.finish();
    *memory = used;
    DoneArticles {
        statements: done.count,
        outside: done.outside,
        rows: done.rows,
        notes,
        problems,
        read: batch.read,
    }
}
