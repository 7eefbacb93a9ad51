//! What the model says of one statement, and what is added to it on request.

use serde_json::Value;

use super::args::AnswerArgs;
use super::evidence::Explained;
use crate::error::Result;
use crate::features::WordCounts;
use crate::model::{StanceClassifier, prediction_set};

/// What the model says of one statement.
#[derive(Clone, Copy)]
pub struct Answer<'a> {
    /// The position of the most probable label among the labels.
    pub top: usize,
    pub probabilities: &'a [f64],
    pub words: WordCounts,
    /// Why, if that was asked for.
    pub evidence: Option<Explained<'a>>,
}

impl Answer<'_> {
    pub fn confidence(&self) -> f64 {
        self.probabilities[self.top]
    }
}

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Label,
    /// A list.
    Labels,
    Number,
    Flag,
}

/// How answers are given.
#[derive(Clone)]
pub struct Answers {
    pub labels: Vec<String>,
    abstain_below: Option<f64>,
    /// How probable a label must be to stay in a set.
    least_probability: Option<f64>,
    domain: bool,
    /// Whether the words that decided are told.
    pub explain: bool,
    least_known_share: f64,
}

impl Answers {
    pub fn new(classifier: &StanceClassifier, args: &AnswerArgs) -> Result<Self> {
        let bound = |coverage| classifier.least_probability(coverage);
        Ok(Answers {
            labels: classifier.labels().to_vec(),
            abstain_below: args.abstain_below,
            least_probability: args.coverage.map(bound).transpose()?,
            domain: args.domain,
            explain: args.explain,
            least_known_share: classifier.least_known_share(),
        })
    }

    /// The position of the stance, unless the model is not sure enough to give one.
    #[inline]
    pub fn stance(&self, answer: &Answer<'_>) -> Option<usize> {
        match self.abstain_below {
            Some(least) if answer.confidence() < least => None,
            _ => Some(answer.top),
        }
    }

    /// Whether the statement is outside of what the model knows.
    #[inline]
    pub fn is_outside(&self, words: WordCounts) -> bool {
        words.are_outside(self.least_known_share)
    }

    /// The names of all columns that are added.
    pub fn header(&self) -> Vec<String> {
        let mut header = vec!["stance".to_owned(), "confidence".to_owned()];
        header.extend(self.labels.iter().map(|label| format!("p_{label}")));
        header.extend(self.columns().into_iter().map(str::to_owned));
        if self.explain {
            header.push("evidence".to_owned());
        }
        header
    }

    /// The columns that come behind the probabilities, and what stands in them.
    pub fn added(&self) -> Vec<(&'static str, Kind)> {
        let columns = [
            (self.abstain_below.is_some(), ("top", Kind::Label)),
            (self.least_probability.is_some(), ("set", Kind::Labels)),
            (self.domain, ("known_terms", Kind::Number)),
            (self.domain, ("out_of_domain", Kind::Flag)),
        ];
        columns
            .into_iter()
            .filter(|(is, _)| *is)
            .map(|(_, column)| column)
            .collect()
    }

    /// Their names.
    pub fn columns(&self) -> Vec<&'static str> {
        self.added().into_iter().map(|(name, _)| name).collect()
    }

    /// What stands in these columns.
    pub fn values(&self, answer: &Answer<'_>) -> Vec<Value> {
        let mut values = Vec::new();
        if self.abstain_below.is_some() {
            values.push(self.labels[answer.top].as_str().into());
        }
        if let Some(least) = self.least_probability {
            let set = prediction_set(answer.probabilities, least);
            values.push(set.into_iter().map(|k| self.labels[k].as_str()).collect());
        }
        if self.domain {
            values.push(rounded(answer.words.known_share()));
            values.push(self.is_outside(answer.words).into());
        }
        values
    }
}

/// A number with six decimals at most.
pub fn rounded(p: f64) -> Value {
    Value::from((p * 1e6).round() / 1e6)
}

/// A value as a cell: the members of a list are joined by `|`.
pub fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(cell).collect::<Vec<_>>().join("|"),
        Value::Number(number) => number
            .as_f64()
            .map_or_else(|| number.to_string(), |p| format!("{p:.6}")),
        other => other.to_string(),
    }
}

/// The same for people.
pub fn table_cell(value: &Value) -> String {
    value.as_f64().map_or_else(|| cell(value), |p| format!("{p:.2}"))
}
