//! The words that decided.

use crate::model::Explanation;

/// A term and how it pushed the label that was given.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Word {
    pub term: String,
    /// What the term adds to the label's logit, less what it adds to the labels' mean: negative where it spoke against.
    pub push: f64,
}

/// Weaker terms decide nothing.
const LEAST: f64 = 0.05;

/// The terms that spoke most strongly for the predicted label, strongest first, then those against it.
pub(super) fn words(explanation: &Explanation, most_for: usize, most_against: usize) -> Vec<Word> {
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
                term: evidence.term.clone(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StanceClassifier;

    #[test]
    fn the_strongest_come_first_and_those_against_last() {
        let classifier = StanceClassifier::embedded();
        let explanation = classifier.explain("We thank them and are ready for talks, but rejected the demands.");
        let words = words(&explanation, 3, 1);
        assert!(words.len() <= 4 && words.windows(2).take(2).all(|pair| pair[0].push >= pair[1].push));
        assert_eq!(words.iter().filter(|word| word.push < 0.0).count(), 1);
    }

    #[test]
    fn a_text_without_known_words_has_none() {
        assert_eq!(words(&StanceClassifier::embedded().explain("qzx"), 5, 5), []);
    }
}
