//! Whether two sets of statements differ: in their labels, in their words, in how sure the model is.
//!
//! Each difference comes with a test and a size, because in many rows the smallest difference is certain, and in few a large one is not. The labels are the
//! model's; neither side needs any.
//!
//! ```
//! use demarche::StanceClassifier;
//! use demarche::drift::{DriftOptions, compare};
//!
//! let classifier = StanceClassifier::embedded();
//! let march = ["We warn them.", "They must withdraw.", "We will respond with force."];
//! let april = ["We welcome the talks.", "We thank our friends.", "We agreed to meet."];
//! let drift = compare(&classifier, &march, &april, &DriftOptions::default())?;
//! assert!(drift.labels.balanced_cramers_v > 0.5);
//! println!("p = {:.3}", drift.vocabulary.p_value);
//! # Ok::<(), demarche::Error>(())
//! ```
//!
//! | file | duty |
//! | --- | --- |
//! | `labels` | chi-squared test of homogeneity, Cramér's V |
//! | `confidence` | Kolmogorov–Smirnov distance, Cliff's delta |
//! | `vocabulary` | Jensen–Shannon divergence, known words, the terms that moved most |
//! | `permutation` | what the statistics would be if rows had been dealt out at random |

mod confidence;
mod labels;
mod permutation;
mod vocabulary;

use serde::Serialize;

pub use confidence::{ConfidenceDrift, cliffs_delta, kolmogorov_smirnov};
pub use labels::{LabelDrift, homogeneity};
pub use vocabulary::{MovedTerm, VocabularyDrift};

use crate::error::{ErrorKind, Result};
use crate::evaluation::quantification::{MixtureFit, Quantifier};
use crate::model::{Prediction, StanceClassifier};
use permutation::Permutations;

/// How two inputs are compared.
#[derive(Debug, Clone, PartialEq)]
pub struct DriftOptions {
    /// How often rows are dealt out at random: the smallest p-value is one in so many and one.
    pub permutations: usize,
    /// How many terms are told for each side.
    pub terms: usize,
    /// Where random order starts.
    pub seed: u64,
}

impl Default for DriftOptions {
    fn default() -> Self {
        DriftOptions {
            permutations: 999,
            terms: 10,
            seed: 0,
        }
    }
}

/// What differs between two inputs. The first figure of a pair is of the first input.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Drift {
    /// How many rows there are.
    pub rows: (usize, usize),
    /// How the mix of predicted labels moved.
    pub labels: LabelDrift,
    /// How sure the model is.
    pub confidence: ConfidenceDrift,
    /// How the words moved.
    pub vocabulary: VocabularyDrift,
}

/// Compares two sets of statements by what `classifier` says of them and by their words. The same input, options and version give the same figures on any number
/// of threads.
///
/// # Errors
/// [`ErrorKind::NoRows`] if one of them is empty.
pub fn compare<T: AsRef<str> + Sync>(
    classifier: &StanceClassifier,
    a: &[T],
    b: &[T],
    options: &DriftOptions,
) -> Result<Drift> {
    if a.is_empty() || b.is_empty() {
        return Err(ErrorKind::NoRows.into());
    }
    let texts: Vec<&str> = a.iter().chain(b).map(AsRef::as_ref).collect();
    let predictions = classifier.predict_batch(&texts);
    let (of_a, of_b) = predictions.split_at(a.len());
    let confidences: Vec<f64> = predictions.iter().map(Prediction::confidence).collect();
    let ranked = confidence::Ranked::new(&confidences);
    let words = vocabulary::Words::read(&texts, classifier)?;

    let permutations = Permutations {
        rows: texts.len(),
        first: a.len(),
        count: options.permutations,
        seed: options.seed,
    };
    let statistics = |in_a: &[bool]| Statistics {
        distance: ranked.distance(in_a),
        divergence: words.divergence(in_a),
        known: words.known_difference(in_a),
    };
    let met = statistics(&permutations.as_they_are());
    let by_chance = permutations.map(statistics);
    let p_value = |statistic: fn(&Statistics) -> f64| {
        let others = by_chance.iter().map(statistic);
        permutation::p_value(statistic(&met), others)
    };
    Ok(Drift {
        rows: (a.len(), b.len()),
        labels: homogeneity(
            classifier.labels(),
            &labels::counts(of_a, classifier.labels()),
            &labels::counts(of_b, classifier.labels()),
        ),
        confidence: ConfidenceDrift {
            medians: (
                confidence::median(&confidences[..a.len()]),
                confidence::median(&confidences[a.len()..]),
            ),
            distance: met.distance,
            p_value: p_value(|s| s.distance),
            cliffs_delta: cliffs_delta(&confidences[..a.len()], &confidences[a.len()..]),
        },
        vocabulary: VocabularyDrift {
            divergence: met.divergence,
            divergence_by_chance: by_chance.iter().map(|s| s.divergence).sum::<f64>() / by_chance.len().max(1) as f64,
            p_value: p_value(|s| s.divergence),
            known_words: words.known_shares(&permutations.as_they_are()),
            known_words_p_value: p_value(|s| s.known),
            moved: words.moved(&permutations.as_they_are(), options.terms),
        },
    })
}

/// What is asked of each way to deal out the rows.
struct Statistics {
    distance: f64,
    divergence: f64,
    known: f64,
}

/// What differs between an input and the rows that a model was tested on when it was trained.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrainingDrift {
    /// How many rows there are, and how many held-out rows the model's card counts.
    pub rows: (usize, usize),
    /// How the mix of predicted labels moved.
    pub labels: LabelDrift,
    /// Whether some mix of the model's labels explains the rows: labels may move while this stays, and then shares can be
    /// [corrected](crate::evaluation::quantification). A small p-value says that the texts are of another kind.
    pub fit: MixtureFit,
    /// The share of words that the model knows.
    pub known_words: f64,
}

/// Compares statements with what the model's card knows of held-out rows of its training data.
///
/// # Errors
/// [`ErrorKind::NoRows`] if there is no statement, and the errors of [`Quantifier::new`].
pub fn compare_with_training<T: AsRef<str> + Sync>(
    classifier: &StanceClassifier,
    texts: &[T],
) -> Result<TrainingDrift> {
    let quantifier = Quantifier::new(classifier.labels(), classifier.card().confusion.as_ref())?;
    let predictions = classifier.predict_batch(texts);
    let tally = quantifier.tally(&predictions);
    let fit = quantifier.mixture_fit(&tally)?;
    let known = quantifier.tally_of_evidence();
    let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
    let words = vocabulary::Words::read(&texts, classifier)?;
    Ok(TrainingDrift {
        rows: (texts.len(), known.rows() as usize),
        labels: homogeneity(
            classifier.labels(),
            &quantifier.counted(&tally),
            &quantifier.counted(&known),
        ),
        fit,
        known_words: words.known_shares(&vec![true; texts.len()]).0,
    })
}
