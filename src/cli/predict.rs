//! `demarche predict`: records in, the same records with a stance out, as a stream.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::answers::{Answer, Answers};
use super::args::{CommonArgs, OnError, PredictArgs};
use super::articles::{self, Articles, Batch};
use super::columnar::{self, Batches};
use super::evidence::Explained;
use super::input::{self, Input, Problems};
use super::output::{Output, RowFormat};
use super::pipeline;
use super::rows::{Layout, Rows, Writer};
use super::statements;
use super::terminal::{self, Progress};
use crate::attribution;
use crate::dataset::{Block, BlockParser, Column, Lines, Place, Record, RecordFormat, Records, check_text};
use crate::error::{Error, Result};
use crate::model::{Scored, Scorer, ScorerMemory, StanceClassifier};
use crate::statement::Characters;

pub fn run(args: &PredictArgs, common: &CommonArgs) -> Result<()> {
    let classifier = Arc::new(super::load_model(args.model.as_deref())?);
    let answers = Answers::new(&classifier, &args.answer)?;
    let model = LoadedModel { classifier, answers };
    let format = RowFormat::choose(args.format, args.output.as_deref())?;
    let mut output = Output::create(args.output.as_deref())?;
    let mut writer = Writer::new(format);
    if args.text.is_empty() {
        let standard_input = [PathBuf::from("-")];
        let inputs = if args.inputs.is_empty() {
            &standard_input[..]
        } else {
            &args.inputs
        };
        let progress = Progress::new(common.quiet, input::total_size(inputs), true);
        let request = Request {
            args,
            common,
            progress: &progress,
        };
        for path in inputs {
            if articles::are_meant(path, &args.input) {
                predict_articles(path, request, &model, &mut writer, &mut output)?;
            } else if let RowFormat::Columnar(format) = format
                && let Some(batches) = input::columns_of(path, &args.input, None)?
            {
                let layout = Layout::of_batches(&batches, &model.answers, format, inputs.len() == 1);
                layout
                    .and_then(|layout| {
                        predict_batches(path, batches, layout, request, &model, &mut writer, &mut output)
                    })
                    .map_err(|error| error.in_file(path))?;
            } else {
                let input = input::open(path, &args.input)?;
                predict_input(input, request, &model, &mut writer, &mut output).map_err(|error| error.in_file(path))?;
            }
        }
    } else {
        let columns = ["text".to_owned()];
        let layout = Layout::new(RecordFormat::Text, &columns, &model.answers, None, format)?;
        writer.begin(&layout, &mut output)?;
        let job = Job {
            classifier: model.classifier.clone(),
            text: Column::named("text"),
            layout,
            on_error: args.input.on_error,
        };
        for text in &args.text {
            note_outside_text(&job, text, common.quiet);
        }
        let mut labeller = Labeller::new(&job, 0, None, ScorerMemory::default());
        let mut records = args.text.iter().map(|text| Record::Line(text.into()));
        let _ = records.try_for_each(|mut record| labeller.take(NOWHERE, Ok(&mut record)));
        let (mut done, _) = labeller.finish();
        let problem = done.problems.pop();
        writer.write(done.rows, &mut output)?;
        if let Some(problem) = problem {
            return Err(problem.error);
        }
    }
    writer.end(&mut output)?;
    output.finish()
}

/// A model, and how it answers.
struct LoadedModel {
    classifier: Arc<StanceClassifier>,
    answers: Answers,
}

/// What the user asked for, and how far it is done.
#[derive(Clone, Copy)]
struct Request<'r> {
    args: &'r PredictArgs,
    common: &'r CommonArgs,
    progress: &'r Progress,
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

fn predict_input(
    input: Input,
    request: Request<'_>,
    model: &LoadedModel,
    writer: &mut Writer,
    output: &mut Output,
) -> Result<()> {
    let args = request.args;
    let read = input.read.clone();
    let mut records = Records::new(input.reader, input.format)?;
    let text = records.column(&args.input.text_column)?;
    let speaker = records.column(&args.speaker_column).ok();
    let parser = records.parser();
    let mut header = records.header().to_vec();
    let mut first = None;
    if let Some(columns) = input.columns {
        header = columns;
    } else if input.format == RecordFormat::JsonLines {
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
    let layout = Layout::new(input.format, &header, &model.answers, speaker, writer.format)?;
    writer.begin(&layout, output)?;
    let job = Arc::new(Job {
        classifier: model.classifier.clone(),
        text,
        layout,
        on_error: args.input.on_error,
    });

    let produce = move || match first.take() {
        Some(block) => Ok(Some(block)),
        None => records.next_block(),
    };
    let work = move |memory: &mut ScorerMemory, block: Block| job.label(&parser, &block, memory);
    label_blocks(&input.name, &read, request, writer, output, produce, work)
}

/// Columns in, and the same columns out.
fn predict_batches(
    path: &Path,
    mut batches: Batches,
    layout: Layout,
    request: Request<'_>,
    model: &LoadedModel,
    writer: &mut Writer,
    output: &mut Output,
) -> Result<()> {
    writer.begin(&layout, output)?;
    let job = Job {
        classifier: model.classifier.clone(),
        text: Column::named(&request.args.input.text_column),
        layout,
        on_error: request.args.input.on_error,
    };
    let read = batches.bytes_read();
    let produce = move || batches.next_batch();
    let work = move |memory: &mut ScorerMemory, batch| job.label_batch(batch, memory);
    label_blocks(path, &read, request, writer, output, produce, work)
}

/// Labels the blocks of an input on all threads, and writes them in order.
fn label_blocks<B: Send + 'static>(
    name: &Path,
    read: &AtomicU64,
    Request { args, common, progress }: Request<'_>,
    writer: &mut Writer,
    output: &mut Output,
    produce: impl FnMut() -> Result<Option<B>> + Send + 'static,
    work: impl Fn(&mut ScorerMemory, B) -> Done + Send + Sync + 'static,
) -> Result<()> {
    let mut problems = Problems::new(args.input.on_error, common.quiet);
    let mut rows = 0;
    let mut shown = 0;
    let threads = common.threads();
    let mut outside = 0;
    pipeline::ordered(threads, ScorerMemory::with_stems, produce, work, |done: Done| {
        outside += done.outside;
        writer.write(done.rows, output)?;
        for Problem { index, line, error } in done.problems {
            problems.handle(error.at_row(rows + index + 1, line).in_file(name))?;
        }
        rows += done.count;
        let bytes = read.load(Ordering::Relaxed);
        progress.add(bytes - shown);
        shown = bytes;
        output.flush()
    })?;
    note_outside(name, outside, rows, common.quiet);
    Ok(())
}

/// The statements of articles, each a row.
fn predict_articles(
    path: &Path,
    Request { args, common, progress }: Request<'_>,
    model: &LoadedModel,
    writer: &mut Writer,
    output: &mut Output,
) -> Result<()> {
    let mut stream = Articles::new(articles::files(&[path.to_owned()])?, &args.input);
    let header = statements::COLUMNS.map(str::to_owned);
    let format = writer.format;
    let speaker = Some(Column::at(1, "speaker"));
    let layout = Layout::new(RecordFormat::Text, &header, &model.answers, speaker, format)?;
    writer.begin(&layout, output)?;
    let job = Job {
        classifier: model.classifier.clone(),
        text: Column::at(5, "text"),
        layout,
        on_error: args.input.on_error,
    };
    let as_html = args.html;
    let mut problems = Problems::new(args.input.on_error, common.quiet);
    let produce = move || stream.next_batch();
    let work = move |memory: &mut ScorerMemory, batch: Batch| label_articles(&job, batch, as_html, memory);
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
            progress.add(done.read - shown);
            shown = done.read;
            writer.write(done.rows, output)?;
            done.problems.into_iter().try_for_each(|error| problems.handle(error))?;
            output.flush()
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

/// What became of some articles.
struct DoneArticles {
    statements: u64,
    outside: u64,
    rows: Rows,
    notes: Vec<String>,
    problems: Vec<Error>,
    read: u64,
}

fn label_articles(job: &Job, batch: Batch, as_html: bool, memory: &mut ScorerMemory) -> DoneArticles {
    let mut labeller = Labeller::new(job, 0, None, std::mem::take(memory));
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

/// What every worker needs to label a block.
struct Job {
    classifier: Arc<StanceClassifier>,
    text: Column,
    layout: Layout,
    /// Whether rows say why.
    on_error: OnError,
}

impl Job {
    fn label(&self, parser: &BlockParser, block: &Block, memory: &mut ScorerMemory) -> Done {
        // Labels and probabilities take about half as much again.
        let bytes = block.bytes.len() * 3 / 2;
        let mut labeller = Labeller::new(self, bytes, Some(block.lines()), std::mem::take(memory));
        let _ = parser.for_each(block, |place, record| labeller.take(place, record));
        let (done, used) = labeller.finish();
        *memory = used;
        done
    }

    /// Labels the rows of a batch, whose columns stay as they are.
    fn label_batch(&self, batch: columnar::Batch, memory: &mut ScorerMemory) -> Done {
        let mut labeller = Labeller::new(self, 0, None, std::mem::take(memory));
        let _ = batch
            .texts()
            .try_for_each(|text| labeller.take(NOWHERE, Ok(&mut Record::Line(text.into()))));
        let (mut done, used) = labeller.finish();
        *memory = used;
        let left_out: Vec<u64> = done.problems.iter().map(|problem| problem.index).collect();
        if let Rows::Columnar(rows) = &mut done.rows {
            rows.beside(batch, done.count, &left_out);
        }
        done
    }
}

/// What became of a block.
struct Done {
    /// Records that were met.
    count: u64,
    /// Records that are outside of what the model knows.
    outside: u64,
    rows: Rows,
    problems: Vec<Problem>,
}

/// A record that could not be labelled.
struct Problem {
    /// Its place in the block.
    index: u64,
    line: Option<u64>,
    error: Error,
}

/// The place of what was read from no block.
const NOWHERE: Place<'_> = Place { start: 0, raw: &[] };

/// The line of a record, if it is from a block.
fn line_of(lines: &mut Option<Lines<'_>>, place: Place<'_>) -> Option<u64> {
    Some(lines.as_mut()?.at(place.start))
}

/// Ends a walk over records early.
struct Stop;

/// Labels the records of a block, some at a time.
struct Labeller<'j, 'b> {
    job: &'j Job,
    scorer: Scorer<'j>,
    /// The lines of the block, if the records are from one.
    lines: Option<Lines<'b>>,
    /// Records that wait to be labelled, and behind them old ones whose memory is used again.
    waiting: Vec<Waiting<'b>>,
    count: usize,
    done: Done,
}

struct Waiting<'b> {
    record: Record<'b>,
    /// What is labelled, if that is not what the record shows.
    text: Option<String>,
    place: Place<'b>,
    index: u64,
}

impl<'j, 'b> Labeller<'j, 'b> {
    /// `bytes` is about how much will be written.
    fn new(job: &'j Job, bytes: usize, lines: Option<Lines<'b>>, memory: ScorerMemory) -> Self {
        Labeller {
            job,
            scorer: Scorer::new(&job.classifier, memory),
            lines,
            waiting: Vec::new(),
            count: 0,
            done: Done {
                count: 0,
                outside: 0,
                rows: job.layout.rows(bytes),
                problems: Vec::new(),
            },
        }
    }

    /// Takes a record over and labels it in time, or notes what is wrong with it.
    fn take(&mut self, place: Place<'b>, record: Result<&mut Record<'b>>) -> Result<(), Stop> {
        let index = self.done.count;
        self.done.count += 1;
        match record.and_then(|record| self.check(record).map(|()| record)) {
            Ok(record) => self.wait(place, index, record, None),
            Err(error) => {
                self.label_waiting()?;
                let line = line_of(&mut self.lines, place);
                self.problem(Problem { index, line, error })
            }
        }
    }

    /// Takes a record over and labels it by other words than those that are shown.
    fn take_text(&mut self, place: Place<'b>, record: &mut Record<'b>, text: String) -> Result<(), Stop> {
        let index = self.done.count;
        self.done.count += 1;
        self.wait(place, index, record, Some(text))
    }

    fn wait(
        &mut self,
        place: Place<'b>,
        index: u64,
        record: &mut Record<'b>,
        text: Option<String>,
    ) -> Result<(), Stop> {
        if self.count == self.waiting.len() {
            self.waiting.push(Waiting {
                record: Record::Line(Cow::default()),
                text: None,
                place,
                index,
            });
        }
        let waiting = &mut self.waiting[self.count];
        std::mem::swap(&mut waiting.record, record);
        (waiting.text, waiting.place, waiting.index) = (text, place, index);
        self.count += 1;
        match self.count == Scorer::TEXTS {
            true => self.label_waiting(),
            false => Ok(()),
        }
    }

    fn check(&self, record: &Record<'_>) -> Result<()> {
        let text = record.get(&self.job.text)?;
        check_text(&text).map_err(|error| error.in_column(self.job.text.name()))
    }

    fn problem(&mut self, problem: Problem) -> Result<(), Stop> {
        self.done.problems.push(problem);
        match self.job.on_error {
            OnError::Fail => Err(Stop),
            OnError::Skip | OnError::Report => Ok(()),
        }
    }

    fn label_waiting(&mut self) -> Result<(), Stop> {
        let waiting = &self.waiting[..std::mem::take(&mut self.count)];
        // Checked when the records were taken over.
        let texts = waiting.iter().map(|waiting| match &waiting.text {
            Some(text) => text.as_str().into(),
            None => waiting.record.get(&self.job.text).unwrap_or_default(),
        });
        let texts: Vec<_> = texts.collect();
        let mut rows = waiting.iter().zip(&texts);
        let mut problems = Vec::new();
        let Labeller {
            job,
            scorer,
            lines,
            done,
            ..
        } = self;
        scorer.score(
            &texts,
            |Scored {
                 probabilities, words, ..
             }| {
                let Some((waiting, text)) = rows.next() else { return };
                if job.on_error == OnError::Fail && !problems.is_empty() {
                    return;
                }
                let Waiting {
                    record,
                    text: other,
                    place,
                    index,
                } = waiting;
                let explanation = job.layout.answers.explain.then(|| job.classifier.explain(text));
                let answer = Answer {
                    top: crate::model::top(probabilities),
                    probabilities,
                    words,
                    evidence: explanation.as_ref().map(|explanation| Explained {
                        explanation,
                        text,
                        is_shown: other.is_none(),
                    }),
                };
                done.outside += u64::from(job.layout.answers.is_outside(words));
                if let Err(error) = job.layout.write(&mut done.rows, record, place.raw, text, answer) {
                    problems.push(Problem {
                        index: *index,
                        line: line_of(lines, *place),
                        error,
                    });
                }
            },
        );
        problems.into_iter().try_for_each(|problem| self.problem(problem))
    }

    /// What came of it, and the working memory.
    fn finish(mut self) -> (Done, ScorerMemory) {
        let _ = self.label_waiting();
        (self.done, self.scorer.into_memory())
    }
}
