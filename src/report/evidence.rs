//! The words that decided.

use crate::model::{Evidence, Explanation};

/// A term and how it pushed the label that was given.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Word {
    pub term: String,
    /// What the term adds to the label's logit, less what it adds to the labels' mean: negative where it spoke against.
    pub push: f64,
}

/// Weaker terms decide nothing.
const LEAST: f64 = 0.05;

/// The terms of `text` that spoke most strongly for the predicted label, strongest first, then those against it.
pub(crate) fn words(explanation: &Explanation, text: &str, most_for: usize, most_against: usize) -> Vec<Word> {
    let prediction = &explanation.prediction;
    let Some(label) = prediction
        .probabilities()
        .position(|(name, _)| name == prediction.label())
    else {
        return Vec::new();
    };
    let mut words: Vec<Word> = explanation
        .evidence
        .iter()
        .map(|evidence| {
            let mean = evidence.contributions.iter().sum::<f64>() / evidence.contributions.len() as f64;
            Word {
                term: as_written(evidence, text),
                push: evidence.contributions[label] - mean,
            }
        })
        .filter(|word| word.push.abs() >= LEAST)
        .collect();
    words.sort_by(|a, b| b.push.total_cmp(&a.push));
    let against = words.iter().filter(|word| word.push < 0.0).count();
    let (speak_for, speak_against) = words.split_at(words.len() - against);
    let strongest_against = speak_against.iter().rev().take(most_against);
    speak_for
        .iter()
        .take(most_for)
        .chain(strongest_against)
        .cloned()
        .collect()
}

/// The words of a term as the text has them; the model knows only their stems, and may name another word of the same stem.
fn as_written(evidence: &Evidence, text: &str) -> String {
    let written = evidence.spans.first().and_then(|span| text.get(span.start..span.end));
    let words = |term: &str| term.split_whitespace().count();
    // A pair may lie apart, with words between that decided nothing, or a mark.
    let is_plain = |written: &&str| written.chars().all(|c| c.is_alphanumeric() || " -'’".contains(c));
    match written.filter(|written| is_plain(written) && words(written) == words(&evidence.term)) {
        Some(written) => written.to_owned(),
        None => evidence.term.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StanceClassifier;

    #[test]
    fn the_strongest_come_first_and_those_against_last() {
        let classifier = StanceClassifier::embedded();
        let text = "We thank them and were pleased with the talks, but rejected the demands.";
        let words = words(&classifier.explain(text), text, 3, 1);
        assert!(words.len() <= 4 && words.windows(2).take(2).all(|pair| pair[0].push >= pair[1].push));
        assert_eq!(words.iter().filter(|word| word.push < 0.0).count(), 1);
        assert!(words.iter().all(|word| text.contains(&word.term)), "{words:?}");
    }

    #[test]
    fn a_text_without_known_words_has_none() {
        assert_eq!(words(&StanceClassifier::embedded().explain("qzx"), "qzx", 5, 5), []);
    }
}
