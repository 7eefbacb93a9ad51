//! A byte for the format, one for the length of reads, then a file: from its bytes to probabilities and what they come from. `a` is an article.
#![no_main]

use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use demarche::attribution::{extract, statement_text};
use demarche::dataset::Records;
use demarche::model::Scorer;
use demarche::{Prediction, StanceClassifier};
use harness::{SlowReader, check_probabilities, format_of, within};
use libfuzzer_sys::fuzz_target;

/// Far more than files of some kilobytes take.
const LONGEST_TIME: Duration = Duration::from_secs(2);

static CLASSIFIER: LazyLock<StanceClassifier> = LazyLock::new(StanceClassifier::embedded);
static SCORER: LazyLock<Mutex<Scorer<'static>>> = LazyLock::new(|| Mutex::new(CLASSIFIER.scorer()));

/// The statements of a file, in the column `text` or else the first one.
fn statements(format: u8, reader: SlowReader<'_>) -> Vec<String> {
    if format == b'a' {
        let Ok(article) = std::str::from_utf8(reader.bytes) else {
            return Vec::new();
        };
        let statements = extract(article);
        return statements
            .iter()
            .map(|statement| statement_text(statement, article).into_owned())
            .collect();
    }
    let Ok(mut records) = Records::new(reader, format_of(format)) else {
        return Vec::new();
    };
    let first = records.header().first().cloned().unwrap_or_default();
    let Ok(column) = records.column("text").or_else(|_| records.column(&first)) else {
        return Vec::new();
    };
    let mut texts = Vec::new();
    let walk = records.for_each(|_, _, record| {
        if let Ok(text) = record.and_then(|record| Ok(record.get(&column)?.into_owned())) {
            texts.push(text);
        }
        Ok(())
    });
    walk.expect("reading from memory does not fail");
    texts
}

fn check(prediction: &Prediction) {
    check_probabilities(prediction.proba());
    assert!(CLASSIFIER.labels().iter().any(|label| label == prediction.label()));
    assert_eq!(prediction.confidence(), prediction.proba()[prediction.position()]);
    assert!(prediction.proba().iter().all(|&p| p <= prediction.confidence()));
    assert!((0.0..=1.0).contains(&prediction.known_share()));
    let least = CLASSIFIER
        .least_probability(0.9)
        .expect("the shipped model was cross-validated");
    assert!(
        prediction
            .set(least)
            .iter()
            .all(|label| CLASSIFIER.labels().iter().any(|other| other == label))
    );
}

fn check_explanation(text: &str, prediction: &Prediction) {
    let explanation = CLASSIFIER.explain(text);
    assert_eq!(&explanation.prediction, prediction);
    assert_eq!(explanation.evidence.len(), prediction.known_terms());
    let mut probabilities = explanation.logits();
    CLASSIFIER.card().calibration.apply(&mut probabilities);
    for (p, expected) in probabilities.iter().zip(prediction.proba()) {
        assert!((p - expected).abs() < 1e-5, "{p} for {expected}");
    }
    let places = explanation.evidence.iter().flat_map(|evidence| &evidence.spans);
    for span in places.copied().chain(explanation.words().iter().map(|word| word.span)) {
        assert!(!span.of(text).is_empty());
    }
    for evidence in &explanation.evidence {
        assert_eq!(evidence.spans.len(), evidence.words.len());
        assert!(!evidence.as_written(text).is_empty());
    }
    // Scores up to so many texts: for short ones, not too often.
    if text.len() > 80 || text.len() % 8 != 0 {
        return;
    }
    if let Some(without) = CLASSIFIER.counterfactual(text) {
        check(&without.prediction);
        assert_ne!(without.prediction.label(), prediction.label());
    }
}

fn check_all(texts: &[String]) {
    // Kept from one file to the next, which must not matter.
    let mut scorer = SCORER.lock().expect("a panic ends it all");
    let alone: Vec<_> = texts.iter().map(|text| CLASSIFIER.predict(text)).collect();
    for (text, prediction) in texts.iter().zip(&alone) {
        check(prediction);
        assert_eq!(&scorer.predict(text), prediction);
    }
    if texts.len() > 1 {
        assert_eq!(CLASSIFIER.predict_batch(texts), alone);
    }
    let explained = texts.iter().zip(&alone).take(2);
    explained.for_each(|(text, prediction)| check_explanation(text, prediction));
}

fuzz_target!(|data: &[u8]| {
    let [format, step, bytes @ ..] = data else { return };
    let step = usize::from(*step).max(1);
    let texts = statements(*format, SlowReader { bytes, step });
    within(LONGEST_TIME, || check_all(&texts));
});
