//! A model compiled for prediction.

use std::path::Path;
use std::sync::Arc;

#[cfg(feature = "train")]
use super::Calibration;
use super::conformal::prediction_set;
use super::scorer::{NodeWeights, Scorer, ScorerMemory};
use super::{Model, ModelCard};
use crate::error::{ErrorKind, Result};
use crate::features::{FittedTfidfVectorizer, WordCounts};

/// The model that ships with the crate.
static EMBEDDED: &[u8] = include_bytes!("../../models/stance.demarche");

/// A [`Model`] ready to label statements; cheap to share between threads.
///
/// ```
/// use demarche::StanceClassifier;
///
/// let classifier = StanceClassifier::embedded();
/// let prediction = classifier.predict("They warned of serious consequences if the border is crossed again.");
/// assert_eq!(prediction.label(), "warning");
/// ```
#[derive(Debug)]
pub struct StanceClassifier {
    pub(super) model: Model,
    labels: Arc<[String]>,
    pub(super) vectorizer: FittedTfidfVectorizer,
    pub(super) weights: NodeWeights,
}

impl StanceClassifier {
    /// The model that ships with the crate, trained on `data/statements.csv`: English, with the labels `warning`,
    /// `conciliatory` and `neutral`.
    ///
    /// Making the look-up tables takes some milliseconds: keep the classifier.
    pub fn embedded() -> Self {
        Self::from_bytes(EMBEDDED).expect("the embedded model is tested at every build")
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// If the file cannot be read, is not a model, is cut short, damaged or of a newer format.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        Model::load(path).map(Self::new)
    }

    /// Reads a model from the bytes of a model file.
    ///
    /// # Errors
    /// If the bytes are not a model, are cut short, damaged or of a newer format.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Model::from_bytes(bytes).map(Self::new)
    }

    /// Compiles a model.
    pub fn new(model: Model) -> Self {
        let vectorizer = FittedTfidfVectorizer::from_parts(
            model.card.analyzer.clone(),
            model.card.vectorizer.clone(),
            model.vocabulary.clone(),
            model.idf.clone(),
        );
        StanceClassifier {
            weights: NodeWeights::new(&model, vectorizer.columns_of_hits()),
            labels: model.card.labels.clone().into(),
            vectorizer,
            model,
        }
    }

    /// The labels, in the order of the probabilities.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// What the model says of itself.
    pub fn card(&self) -> &ModelCard {
        &self.model.card
    }

    /// The model as plain data.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The label of `text`, and how sure the model is.
    pub fn predict(&self, text: &str) -> Prediction {
        Scorer::new(self, ScorerMemory::default()).predict(text)
    }

    /// The predictions of many texts, in their order, on all cores where the feature `parallel` is on.
    pub fn predict_batch<T: AsRef<str> + Sync>(&self, texts: &[T]) -> Vec<Prediction> {
        self.score_batch(texts, |scorer, texts, predictions| {
            scorer.predict_each(texts, |p| predictions.push(p));
        })
    }

    /// The [position](Prediction::position) of each text's most probable label, for many texts like [`predict_batch`](Self::predict_batch), and nothing to allocate
    /// for each text.
    pub fn predict_positions<T: AsRef<str> + Sync>(&self, texts: &[T]) -> Vec<usize> {
        self.score_batch(texts, |scorer, texts, positions| {
            scorer.score(texts, |scored| positions.push(super::scorer::top(scored.probabilities)));
        })
    }

    /// The [probabilities](Prediction::proba) of many texts like [`predict_batch`](Self::predict_batch), one row after the other: texts × labels numbers, and nothing
    /// to allocate for each text.
    ///
    /// ```
    /// # let classifier = demarche::StanceClassifier::embedded();
    /// let texts = ["We thank our hosts.", "They will pay for this."];
    /// let rows = classifier.predict_proba_batch(&texts);
    /// for (text, row) in texts.iter().zip(rows.chunks_exact(classifier.labels().len())) {
    ///     assert_eq!(classifier.predict(text).proba(), row);
    /// }
    /// ```
    pub fn predict_proba_batch<T: AsRef<str> + Sync>(&self, texts: &[T]) -> Vec<f64> {
        self.score_batch(texts, |scorer, texts, rows| {
            scorer.score(texts, |scored| rows.extend_from_slice(scored.probabilities));
        })
    }

    /// What `score` adds for some texts, for all of them in their order.
    fn score_batch<T: Sync, R: Send>(
        &self,
        texts: &[T],
        score: impl Fn(&mut Scorer<'_>, &[T], &mut Vec<R>) + Sync,
    ) -> Vec<R> {
        let score_all = |scorer: &mut Scorer<'_>, texts: &[T]| -> Vec<R> {
            let mut scores = Vec::with_capacity(texts.len());
            score(scorer, texts, &mut scores);
            scores
        };
        #[cfg(feature = "parallel")]
        {
            use rayon::prelude::*;
            const CHUNK: usize = 1024;
            let parts: Vec<_> = texts.par_chunks(CHUNK).map_init(|| self.scorer(), score_all).collect();
            let mut scores = Vec::with_capacity(parts.iter().map(Vec::len).sum());
            parts.into_iter().for_each(|mut part| scores.append(&mut part));
            scores
        }
        #[cfg(not(feature = "parallel"))]
        score_all(&mut self.scorer(), texts)
    }

    /// The probability of each label, in the order of [`labels`](Self::labels); they add up to 1. Also known as
    /// `predict_probabilities`.
    pub fn predict_proba(&self, text: &str) -> Vec<f64> {
        Scorer::new(self, ScorerMemory::default()).predict_proba(text).to_vec()
    }

    /// How probable a label must be to stay in a [set](Prediction::set) that has the true label with a probability of about `coverage`, from 0.5 to 0.99.
    /// [`ConformalThresholds`](super::ConformalThresholds) says what that promises and what not.
    ///
    /// ```
    /// # let classifier = demarche::StanceClassifier::embedded();
    /// let least = classifier.least_probability(0.9)?;
    /// let prediction = classifier.predict("The ministers will look at the proposals again.");
    /// println!("{:?}", prediction.set(least));
    /// # Ok::<(), demarche::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::NothingHeldOut`] if the model was trained without cross-validation, [`ErrorKind::InvalidParameter`] for another coverage.
    pub fn least_probability(&self, coverage: f64) -> Result<f64> {
        match &self.card().conformal {
            Some(thresholds) => thresholds.least_probability(coverage),
            None => Err(ErrorKind::NothingHeldOut {
                what: "prediction sets",
            }
            .into()),
        }
    }

    /// Of which share of known words on a text belongs to the domain; see [`Prediction::is_out_of_domain`]. 0 if the model was trained without
    /// cross-validation.
    pub fn least_known_share(&self) -> f64 {
        self.card().least_known_share.unwrap_or(0.0)
    }

    /// Something to label one text after another with: it keeps its working memory and the stems that it made.
    pub fn scorer(&self) -> Scorer<'_> {
        Scorer::new(self, ScorerMemory::with_stems())
    }

    /// The labels, to share.
    pub(super) fn shared_labels(&self) -> &Arc<[String]> {
        &self.labels
    }

    /// The coefficients of a column, one for each label.
    pub(super) fn coefficients(&self, column: u32) -> &[f32] {
        let labels = self.labels.len();
        &self.model.coefficients[column as usize * labels..][..labels]
    }
}

/// What a [`StanceClassifier`] says of one statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    pub(super) labels: Arc<[String]>,
    pub(super) probabilities: Vec<f64>,
    pub(super) top: usize,
    pub(super) known_terms: usize,
    pub(super) words: WordCounts,
    pub(super) is_out_of_domain: bool,
}

impl Prediction {
    /// What probabilities say.
    #[cfg(feature = "train")]
    pub(crate) fn of(labels: Arc<[String]>, probabilities: Vec<f64>) -> Self {
        Prediction {
            top: super::top(&probabilities),
            labels,
            probabilities,
            known_terms: 0,
            words: WordCounts::default(),
            is_out_of_domain: false,
        }
    }

    /// `ln p` of each label; a probability of 0 counts as the smallest normal number.
    #[cfg(feature = "train")]
    pub(crate) fn log_probabilities(&self) -> impl Iterator<Item = f64> {
        self.probabilities.iter().map(|p| libm::log(p.max(f64::MIN_POSITIVE)))
    }

    /// The same prediction with calibrated probabilities, given that they are not calibrated yet.
    #[cfg(feature = "train")]
    pub(crate) fn calibrated(&self, calibration: &Calibration) -> Self {
        let mut probabilities: Vec<f64> = self.log_probabilities().collect();
        calibration.apply(&mut probabilities);
        Prediction {
            top: super::top(&probabilities),
            probabilities,
            ..self.clone()
        }
    }

    /// The most probable label.
    pub fn label(&self) -> &str {
        &self.labels[self.top]
    }

    /// The probability of that label.
    pub fn confidence(&self) -> f64 {
        self.probabilities[self.top]
    }

    /// The position of the most probable label, the first of equals, among the model's labels.
    pub fn position(&self) -> usize {
        self.top
    }

    /// The probability of each label, in the order of the model's labels; they add up to 1.
    pub fn proba(&self) -> &[f64] {
        &self.probabilities
    }

    /// Every label with its probability, in the model's order.
    pub fn probabilities(&self) -> impl ExactSizeIterator<Item = (&str, f64)> {
        self.labels
            .iter()
            .map(String::as_str)
            .zip(self.probabilities.iter().copied())
    }

    /// What another program says of a row, to be scored in [`evaluation`](crate::evaluation): a probability for each of `labels`.
    ///
    /// # Errors
    /// If there are not as many probabilities as labels, none at all, or one that is not between 0 and 1.
    #[cfg(feature = "train")]
    pub fn from_probabilities(labels: Arc<[String]>, probabilities: Vec<f64>) -> Result<Self> {
        if labels.is_empty() || labels.len() != probabilities.len() {
            return Err(ErrorKind::ShapeMismatch {
                what: "probabilities",
                expected: labels.len().max(1),
                found: probabilities.len(),
            }
            .into());
        }
        match probabilities.iter().find(|p| !(0.0..=1.0).contains(*p)) {
            Some(wrong) => Err(ErrorKind::InvalidParameter {
                name: "the probability",
                value: wrong.to_string(),
                must: "from 0 to 1",
            }
            .into()),
            None => Ok(Prediction::of(labels, probabilities)),
        }
    }

    /// The labels that are at least so probable, the most probable first: a prediction set, where
    /// [`StanceClassifier::least_probability`] gives the bound for a coverage.
    pub fn set(&self, least_probability: f64) -> Vec<&str> {
        let set = prediction_set(&self.probabilities, least_probability);
        set.into_iter().map(|label| self.labels[label].as_str()).collect()
    }

    /// How many different terms of the text the model knows; with none, the probabilities are those of any text.
    pub fn known_terms(&self) -> usize {
        self.known_terms
    }

    /// The share of the text's words that the model knows, from 0 to 1. Words are all but names, numbers and stop words, as far as the model leaves
    /// these out; of no words at all the share is 0.
    pub fn known_share(&self) -> f64 {
        self.words.known_share()
    }

    /// Whether the text is outside of what the model knows, in another language or on another subject: the model knows none of its words, or a smaller
    /// share than of 99 in 100 held-out rows of its training data. The answer then means little. Text on another subject in common words is not
    /// noticed.
    pub fn is_out_of_domain(&self) -> bool {
        self.is_out_of_domain
    }
}
