//! Labels records, some at a time, and notes what is wrong with the others.

use std::sync::Arc;

use super::answers::Answer;
use super::args::OnError;
use super::columnar::Batch;
use super::evidence::Explained;
use super::rows::{Layout, Rows};
use crate::dataset::{Block, BlockParser, Column, Place, Record};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Scored, Scorer, ScorerMemory, StanceClassifier};

/// What every worker needs to label a block.
pub struct Job {
    pub classifier: Arc<StanceClassifier>,
    pub text: Column,
    pub layout: Layout,
    pub on_error: OnError,
}

impl Job {
    /// Labels the records of a block of text.
    pub fn label(&self, parser: &BlockParser, block: &Block, memory: &mut ScorerMemory) -> Done {
        // Labels and probabilities take about half as much again.
        let bytes = block.bytes.len() * 3 / 2;
        let mut labeller = Labeller::new(self, bytes, std::mem::take(memory));
        let _ = parser.for_each(block, |place, record| labeller.take(place, record));
        let (done, used) = labeller.finish();
        *memory = used;
        done
    }

    /// Labels the rows of a batch, whose columns stay as they are.
    pub fn label_batch(&self, batch: Batch, memory: &mut ScorerMemory) -> Done {
        let mut labeller = Labeller::new(self, 0, std::mem::take(memory));
        let _ = batch
            .texts()
            .try_for_each(|text| labeller.take(NOWHERE, Ok(&mut Record::Line(text.to_owned()))));
        let (mut done, used) = labeller.finish();
        *memory = used;
        if let Rows::Columnar(rows) = &mut done.rows {
            rows.beside(batch);
        }
        done
    }
}

/// What became of a block.
pub struct Done {
    /// Records that were met.
    pub count: u64,
    /// Records that are outside of what the model knows.
    pub outside: u64,
    pub rows: Rows,
    pub problems: Vec<Problem>,
}

/// A record that could not be labelled.
pub struct Problem {
    /// Its place in the block.
    pub index: u64,
    /// None where there are no lines.
    pub line: Option<u64>,
    pub error: Error,
}

/// The place of a record that was not read as a line of text.
pub const NOWHERE: Place<'static> = Place { line: 0, raw: &[] };

fn line_of(place: &Place<'_>) -> Option<u64> {
    Some(place.line).filter(|&line| line > 0)
}

/// Ends a walk over records early.
pub struct Stop;

/// Labels the records of a block, some at a time.
pub struct Labeller<'j, 'b> {
    job: &'j Job,
    scorer: Scorer<'j>,
    /// Records that wait to be labelled, and behind them old ones whose memory is used again.
    waiting: Vec<Waiting<'b>>,
    count: usize,
    done: Done,
}

struct Waiting<'b> {
    record: Record,
    /// What is labelled, if that is not what the record shows.
    text: Option<String>,
    place: Place<'b>,
    index: u64,
}

impl<'j, 'b> Labeller<'j, 'b> {
    /// `bytes` is about how much will be written.
    pub fn new(job: &'j Job, bytes: usize, memory: ScorerMemory) -> Self {
        Labeller {
            job,
            scorer: Scorer::new(&job.classifier, memory),
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
    pub fn take(&mut self, place: Place<'b>, record: Result<&mut Record>) -> Result<(), Stop> {
        let index = self.done.count;
        self.done.count += 1;
        match record.and_then(|record| self.check(record).map(|()| record)) {
            Ok(record) => self.wait(place, index, record, None),
            Err(error) => {
                self.label_waiting()?;
                let line = line_of(&place);
                self.problem(Problem { index, line, error })
            }
        }
    }

    /// Takes a record over and labels it by other words than those that are shown.
    pub fn take_text(&mut self, place: Place<'b>, record: &mut Record, text: String) -> Result<(), Stop> {
        let index = self.done.count;
        self.done.count += 1;
        self.wait(place, index, record, Some(text))
    }

    fn wait(&mut self, place: Place<'b>, index: u64, record: &mut Record, text: Option<String>) -> Result<(), Stop> {
        if self.count == self.waiting.len() {
            self.waiting.push(Waiting {
                record: Record::Line(String::new()),
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

    fn check(&self, record: &Record) -> Result<()> {
        match record.get(&self.job.text)?.trim().is_empty() {
            true => Err(Error::from(ErrorKind::EmptyText).in_column(self.job.text.name())),
            false => Ok(()),
        }
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
        let Labeller { job, scorer, done, .. } = self;
        scorer.score(
            texts.iter().map(AsRef::as_ref),
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
                if let Err(error) = job
                    .layout
                    .write(&mut done.rows, record, (place.raw, *index), text, answer)
                {
                    problems.push(Problem {
                        index: *index,
                        line: line_of(place),
                        error,
                    });
                }
            },
        );
        problems.into_iter().try_for_each(|problem| self.problem(problem))
    }

    /// What came of it, and the working memory.
    pub fn finish(mut self) -> (Done, ScorerMemory) {
        let _ = self.label_waiting();
        (self.done, self.scorer.into_memory())
    }
}
