//! What a model says of a column of texts.

use super::strings::Strings;
use crate::model::StanceClassifier;

/// The probabilities of each row.
pub(super) struct Scores {
    labels: usize,
    /// Texts × labels.
    probabilities: Vec<f64>,
    /// For each row the position of its text; nothing where it is null or blank.
    rows: Vec<Option<usize>>,
}

impl Scores {
    pub fn of(classifier: &StanceClassifier, texts: Strings<'_>) -> Self {
        let Strings { values, mut rows } = texts;
        for row in &mut rows {
            *row = row.filter(|&text| !values[text].trim().is_empty());
        }
        let labels = classifier.labels().len();
        let mut probabilities = Vec::with_capacity(values.len() * labels);
        // On this thread alone: DataFusion has one for each part of a table.
        let mut scorer = classifier.scorer();
        scorer.score(&values, |scored| probabilities.extend_from_slice(scored.probabilities));
        Scores {
            labels,
            probabilities,
            rows,
        }
    }

    /// The probability of each label, row by row.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Option<&[f64]>> {
        let of_text = move |text: usize| &self.probabilities[text * self.labels..][..self.labels];
        self.rows.iter().map(move |row| row.map(of_text))
    }
}
