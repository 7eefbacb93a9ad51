//! The words that decided, as the command line writes them down.

use serde_json::{Map, Value, json};

use super::answers::rounded;
use crate::model::{Evidence, Explanation};
use crate::statement::Characters;

/// How many words are named where there is room for a few, for the stance and against it.
const FOR: usize = 5;
const AGAINST: usize = 2;
/// Weaker terms decide nothing.
const LEAST: f64 = 0.05;

/// An explanation and the text that it is of.
#[derive(Clone, Copy)]
pub struct Explained<'a> {
    pub explanation: &'a Explanation,
    pub text: &'a str,
    /// Whether that text is the one that is shown, so that places in it mean something.
    pub is_shown: bool,
}

impl Explained<'_> {
    /// The strongest words for the stance and then those against it, each with its push: `rejected +2.41; talks -0.38`.
    pub fn summary(self) -> String {
        let label = self.explanation.top();
        let strongest = self.explanation.strongest(label, FOR, AGAINST, LEAST);
        let word = |evidence: &Evidence| format!("{} {:+.2}", evidence.as_written(self.text), evidence.push(label));
        strongest.into_iter().map(word).collect::<Vec<_>>().join("; ")
    }

    /// Every term: as the text has it, where (in characters), and what it adds to each label's logit.
    pub fn to_json(self, labels: &[String]) -> Value {
        let characters = Characters::of(self.text);
        let term = |evidence: &Evidence| {
            let mut object = Map::new();
            object.insert("words".to_owned(), evidence.as_written(self.text).into());
            object.insert("term".to_owned(), evidence.term.as_str().into());
            if self.is_shown {
                let spans = evidence.spans.iter().map(|&span| characters.span(span));
                object.insert("spans".to_owned(), spans.map(|s| json!([s.start, s.end])).collect());
            }
            object.insert("contributions".to_owned(), by_label(labels, &evidence.contributions));
            Value::Object(object)
        };
        self.explanation.evidence.iter().map(term).collect()
    }
}

/// A number for each label, with six decimals.
pub fn by_label(labels: &[String], numbers: &[f64]) -> Value {
    let pairs = labels.iter().zip(numbers);
    let object: Map<String, Value> = pairs.map(|(label, &number)| (label.clone(), rounded(number))).collect();
    object.into()
}
