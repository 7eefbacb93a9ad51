//! What the model says of some rows, as columns.

use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Float64Builder, ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch, UInt64Array};
use arrow_schema::ArrowError;
use arrow_select::take::take;
use serde_json::Value;

use super::batches::Batch;
use super::plan::{Kept, Plan, member};
use crate::cli::answers::{Answer, Answers, Kind};

/// Rows with what the model says of them. Their own columns are texts, or stand in a batch beside them.
pub struct AnsweredRows {
    plan: Plan,
    texts: Vec<StringBuilder>,
    beside: Option<Beside>,
    stances: StringBuilder,
    confidences: Float64Builder,
    /// For each label.
    probabilities: Vec<Float64Builder>,
    more: Vec<Column>,
    evidence: StringBuilder,
}

/// The batch that rows are of.
struct Beside {
    batch: Batch,
    /// Where they stand in it, if they are not all of it.
    places: Option<UInt64Array>,
}

/// A column that was asked for.
enum Column {
    Label(StringBuilder),
    Labels(ListBuilder<StringBuilder>),
    Number(Float64Builder),
    Flag(BooleanBuilder),
}

impl AnsweredRows {
    pub fn new(plan: &Plan) -> Self {
        let texts = match plan.kept {
            Kept::Texts(count) => count,
            Kept::OfBatch { .. } => 0,
        };
        AnsweredRows {
            texts: (0..texts).map(|_| StringBuilder::new()).collect(),
            beside: None,
            stances: StringBuilder::new(),
            confidences: Float64Builder::new(),
            probabilities: (0..plan.labels).map(|_| Float64Builder::new()).collect(),
            more: plan.kinds.iter().map(Column::new).collect(),
            evidence: StringBuilder::new(),
            plan: plan.clone(),
        }
    }

    /// Adds a row's value in a column that is kept, where these are texts.
    pub fn keep(&mut self, column: usize, value: Option<&str>) {
        if let Some(column) = self.texts.get_mut(column) {
            column.append_option(value);
        }
    }

    /// Adds what the model says of a row.
    pub fn answer(&mut self, answers: &Answers, answer: &Answer<'_>) {
        let stance = answers.stance(answer).map(|stance| answers.labels[stance].as_str());
        self.stances.append_option(stance);
        self.confidences.append_value(answer.confidence());
        for (column, &p) in self.probabilities.iter_mut().zip(answer.probabilities) {
            column.append_value(p);
        }
        if !self.more.is_empty() {
            for (column, value) in self.more.iter_mut().zip(answers.values(answer)) {
                column.push(&value);
            }
        }
        if let Some(evidence) = answer.evidence {
            self.evidence.append_value(evidence.summary());
        }
    }

    /// Puts the batch beside the answers: they are of its first rows, `met` of them, without those left out.
    pub fn beside(&mut self, batch: Batch, met: u64, left_out: &[u64]) {
        let is_all = left_out.is_empty() && met == batch.columns.num_rows() as u64;
        let places = (!is_all).then(|| (0..met).filter(|place| !left_out.contains(place)).collect());
        self.beside = Some(Beside { batch, places });
    }

    /// All columns.
    pub fn into_columns(mut self) -> Result<RecordBatch, ArrowError> {
        let mut columns: Vec<ArrayRef> = match &self.beside {
            None => self.texts.iter_mut().map(|column| finished(column.finish())).collect(),
            Some(Beside { batch, places }) => {
                let kept = self.plan.kept.of(&batch.columns)?;
                match places {
                    None => kept,
                    Some(places) => {
                        let chosen = kept.iter().map(|column| take(column.as_ref(), places, None));
                        chosen.collect::<Result<_, _>>()?
                    }
                }
            }
        };
        columns.push(finished(self.stances.finish()));
        columns.push(finished(self.confidences.finish()));
        columns.extend(self.probabilities.iter_mut().map(|column| finished(column.finish())));
        columns.extend(self.more.iter_mut().map(Column::finish));
        if self.plan.explain {
            columns.push(finished(self.evidence.finish()));
        }
        RecordBatch::try_new(self.plan.schema, columns)
    }
}

fn finished(column: impl arrow_array::Array + 'static) -> ArrayRef {
    Arc::new(column)
}

impl Column {
    fn new(kind: &Kind) -> Self {
        match kind {
            Kind::Label => Column::Label(StringBuilder::new()),
            Kind::Labels => Column::Labels(ListBuilder::new(StringBuilder::new()).with_field(member())),
            Kind::Number => Column::Number(Float64Builder::new()),
            Kind::Flag => Column::Flag(BooleanBuilder::new()),
        }
    }

    fn push(&mut self, value: &Value) {
        match self {
            Column::Label(column) => column.append_option(value.as_str()),
            Column::Labels(column) => {
                let labels = value.as_array().into_iter().flatten();
                column.append_value(labels.map(Value::as_str));
            }
            Column::Number(column) => column.append_option(value.as_f64()),
            Column::Flag(column) => column.append_option(value.as_bool()),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Column::Label(column) => finished(column.finish()),
            Column::Labels(column) => finished(column.finish()),
            Column::Number(column) => finished(column.finish()),
            Column::Flag(column) => finished(column.finish()),
        }
    }
}
