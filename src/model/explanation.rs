//! Why a statement got its label: what each of its words adds to each label's logit.
//!
//! The model is linear in its terms, so the explanation is exact and no estimate. With the TF-IDF row `x` of the text, the
//! coefficients `W` and the intercept `b`, the contribution of term `t` to label `k` is `x_t · W_tk`, and
//!
//! ```text
//! logit_k = b_k + Σ_t x_t · W_tk
//! ```
//!
//! Where a model calibrates its probabilities, that happens after this sum: contributions add up to the logits before
//! calibration, while the probabilities of the [`Prediction`] are those that `predict` gives.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use super::classifier::{Prediction, StanceClassifier};
use crate::features::TermUse;
use crate::statement::Span;

/// Why a statement got its probabilities: contributions that add up to the logits.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// What was predicted.
    pub prediction: Prediction,
    /// Each label's logit before any word is read.
    pub intercept: Vec<f64>,
    /// The terms of the text, the one that tells the labels apart most first.
    pub evidence: Vec<Evidence>,
}

/// One term's part in a prediction.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evidence {
    /// The term in words that people use, though perhaps not in those of the text: see [`as_written`](Self::as_written).
    pub term: String,
    /// Where it stands in the text, from its first word to its last.
    pub spans: Vec<Span>,
    /// The words that make it up in each of these places; between those of a negated pair others may stand.
    pub words: Vec<Vec<Span>>,
    /// What it adds to each label's logit.
    pub contributions: Vec<f64>,
}

/// A word of a text and its part in a prediction.
#[derive(Debug, Clone, PartialEq)]
pub struct WordContribution {
    /// Where it stands in the text.
    pub span: Span,
    /// What it adds to each label's logit: its own term, and its share of each longer term that it belongs to.
    pub contributions: Vec<f64>,
}

impl StanceClassifier {
    /// Which words of `text` pushed to which label, and how hard. Takes time in proportion to the text.
    ///
    /// ```
    /// let classifier = demarche::StanceClassifier::embedded();
    /// let text = "They rejected the offer.";
    /// let explanation = classifier.explain(text);
    /// assert_eq!(explanation.evidence[0].as_written(text), "rejected");
    /// let warning = explanation.top();
    /// assert!(explanation.evidence[0].push(warning) > 0.0);
    /// ```
    pub fn explain(&self, text: &str) -> Explanation {
        let mut uses: BTreeMap<u32, Vec<TermUse>> = BTreeMap::new();
        for term in self.vectorizer.term_uses(text) {
            uses.entry(term.column).or_default().push(term);
        }
        let row = self.vectorizer.transform(&[text]);
        let (columns, values) = row.row(0);
        let evidence = |(&column, &value): (&u32, &f32)| {
            let uses = uses.remove(&column).unwrap_or_default();
            let contribution = |&w: &f32| f64::from(value) * f64::from(w);
            Evidence {
                term: self.model.vocabulary.readable_term(column as usize),
                spans: uses.iter().map(|term| term.span).collect(),
                words: uses.into_iter().map(|term| term.words).collect(),
                contributions: self.coefficients(column).iter().map(contribution).collect(),
            }
        };
        let mut evidence: Vec<Evidence> = columns.iter().zip(values).map(evidence).collect();
        evidence.sort_by(|a, b| b.reach().total_cmp(&a.reach()));
        Explanation {
            prediction: self.predict(text),
            intercept: self.model.intercept.iter().map(|&b| f64::from(b)).collect(),
            evidence,
        }
    }
}

impl Explanation {
    /// Each label's logit: intercept plus all contributions.
    pub fn logits(&self) -> Vec<f64> {
        let mut logits = self.intercept.clone();
        self.evidence
            .iter()
            .for_each(|evidence| add(&mut logits, &evidence.contributions, 1.0));
        logits
    }

    /// The position of the predicted label among the labels.
    pub fn top(&self) -> usize {
        self.prediction.top
    }

    /// The words of the text that are evidence, in order. What a term adds is shared out evenly over the places where it stands and
    /// over its words there, so that the words add up to the logits as the terms do.
    pub fn words(&self) -> Vec<WordContribution> {
        let mut words: BTreeMap<Span, Vec<f64>> = BTreeMap::new();
        for evidence in &self.evidence {
            for place in &evidence.words {
                let share = 1.0 / (evidence.words.len() * place.len()) as f64;
                for &word in place {
                    let sums = words.entry(word).or_insert_with(|| vec![0.0; self.intercept.len()]);
                    add(sums, &evidence.contributions, share);
                }
            }
        }
        let word = |(span, contributions)| WordContribution { span, contributions };
        words.into_iter().map(word).collect()
    }

    /// The terms that speak most strongly for the label at position `label`, strongest first, at most `most_for` of them, then those that
    /// speak most strongly against it, at most `most_against`. Terms whose [push](Evidence::push) is weaker than `least` are left out.
    ///
    /// # Panics
    /// If there is no such label.
    pub fn strongest(&self, label: usize, most_for: usize, most_against: usize, least: f64) -> Vec<&Evidence> {
        let mut strong: Vec<(f64, &Evidence)> = self.evidence.iter().map(|e| (e.push(label), e)).collect();
        strong.retain(|(push, _)| push.abs() >= least);
        strong.sort_by(|a, b| b.0.total_cmp(&a.0));
        let (for_it, against) = strong.split_at(strong.partition_point(|(push, _)| *push > 0.0));
        let against = against.iter().rev().take(most_against);
        for_it.iter().take(most_for).chain(against).map(|(_, e)| *e).collect()
    }
}

impl Evidence {
    /// How hard the term pushes towards the label at position `label`: what it adds to that label's logit, less what it adds to the
    /// labels' mean; negative where it speaks against.
    ///
    /// # Panics
    /// If there is no such label.
    pub fn push(&self, label: usize) -> f64 {
        push(&self.contributions, label)
    }

    /// The term as `text`, which it is evidence of, has it. The model knows stems only, and may name another word of the same stem. An
    /// ellipsis stands for what lies between its words: stop words and names, and whatever stands between a negation and what it negates.
    pub fn as_written<'t>(&'t self, text: &'t str) -> Cow<'t, str> {
        let Some((span, words)) = self.spans.first().zip(self.words.first()) else {
            return self.term.as_str().into();
        };
        let is_plain = |between: &str| between.chars().all(|c| c.is_whitespace() || "-'’".contains(c));
        let between = |pair: &[Span]| text.get(pair[0].end..pair[1].start).is_some_and(is_plain);
        match text.get(span.start..span.end) {
            Some(written) if words.windows(2).all(between) => written.into(),
            _ => {
                let words: Vec<&str> = words.iter().filter_map(|w| text.get(w.start..w.end)).collect();
                words.join(" … ").into()
            }
        }
    }

    /// How far apart the term pushes the labels.
    fn reach(&self) -> f64 {
        let max = self.contributions.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let min = self.contributions.iter().copied().fold(f64::INFINITY, f64::min);
        max - min
    }
}

impl WordContribution {
    /// The position of the label that the word pushes to most, and how hard, as [`Evidence::push`] measures it.
    pub fn strongest_push(&self) -> (usize, f64) {
        let label = super::scorer::top(&self.contributions);
        (label, push(&self.contributions, label))
    }
}

fn push(contributions: &[f64], label: usize) -> f64 {
    contributions[label] - contributions.iter().sum::<f64>() / contributions.len() as f64
}

fn add(sums: &mut [f64], more: &[f64], factor: f64) {
    sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += factor * more);
}

#[cfg(test)]
mod tests {
    #[cfg(feature = "train")]
    use proptest::prelude::*;

    use super::*;

    fn explain(text: &str) -> Explanation {
        StanceClassifier::embedded().explain(text)
    }

    #[test]
    fn terms_are_named_by_the_words_of_the_text() {
        let text = "We will never, ever negotiate; talks - any talks - are over.";
        let explanation = explain(text);
        let written: Vec<_> = explanation.evidence.iter().map(|e| e.as_written(text)).collect();
        for term in ["never … negotiate", "talks", "negotiate"] {
            assert!(written.iter().any(|w| w == term), "{term} is missing in {written:?}");
        }
        let talks = explanation
            .evidence
            .iter()
            .find(|e| e.as_written(text) == "talks")
            .unwrap();
        assert_eq!(talks.spans.len(), 2);
    }

    #[test]
    fn the_strongest_come_first_and_those_against_last() {
        let text = "We thank them and were pleased with the talks, but rejected the demands.";
        let explanation = explain(text);
        let pushes: Vec<f64> = explanation.strongest(0, 3, 1, 0.05).iter().map(|e| e.push(0)).collect();
        assert_eq!(pushes.len(), 4);
        assert!(pushes[..3].windows(2).all(|pair| pair[0] >= pair[1]) && pushes[2] > 0.0 && pushes[3] < 0.0);
        let weakest = explanation.evidence.iter().map(|e| e.push(0)).fold(0.0, f64::min);
        assert_eq!(pushes[3], weakest);
    }

    #[test]
    fn a_text_without_known_words_has_no_evidence() {
        for text in ["", "qzx", "…"] {
            let explanation = explain(text);
            assert_eq!(explanation.evidence, []);
            assert_eq!(explanation.logits(), explanation.intercept);
            assert_eq!(explanation.words(), []);
        }
    }

    /// A model whose probabilities are not calibrated.
    #[cfg(feature = "train")]
    fn plain_model() -> StanceClassifier {
        use linfa::ParamGuard;
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/small.csv");
        let data = crate::LabelledStatements::from_path(file, &crate::dataset::Columns::default()).unwrap();
        let params = crate::Trainer::params().min_df(crate::features::DocumentFrequency::Count(1));
        StanceClassifier::new(params.check().unwrap().fit(&data).unwrap())
    }

    #[cfg(feature = "train")]
    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn contributions_add_up_to_the_logits(
            words in prop::collection::vec(
                prop::sample::select(vec![
                    "will", "not", "never", "negotiate", "talks", "welcomed", "warned", "the", "Moscow", "border", "ready", "qzx", "won't",
                    "rejected", "offer", ",", ".", "“", "12", "ministry", "İstanbul",
                ]),
                0..40,
            )
        ) {
            thread_local!(static CLASSIFIER: StanceClassifier = plain_model());
            let text = words.join(" ");
            CLASSIFIER.with(|classifier| {
                let explanation = classifier.explain(&text);
                let logits = explanation.logits();
                let mut by_word = explanation.intercept.clone();
                for word in explanation.words() {
                    prop_assert!(text.get(word.span.start..word.span.end).is_some_and(|w| !w.contains(' ')));
                    add(&mut by_word, &word.contributions, 1.0);
                }
                for (a, b) in logits.iter().zip(&by_word) {
                    prop_assert!((a - b).abs() < 1e-9, "words {by_word:?}, terms {logits:?}");
                }
                // The scorer makes no row and knows nothing of evidence; its probabilities are those of the same logits.
                let sum: f64 = logits.iter().map(|logit| logit.exp()).sum();
                for (logit, p) in logits.iter().zip(classifier.predict_proba(&text)) {
                    prop_assert!((logit.exp() / sum - p).abs() < 1e-6, "{text:?}: {logits:?}");
                }
                Ok(())
            })?;
        }
    }
}
