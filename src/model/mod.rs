//! A fitted model as plain data ([`Model`]), compiled for prediction ([`StanceClassifier`]), and as a file.

mod calibration;
mod card;
mod classifier;
mod conformal;
mod counterfactual;
mod explanation;
pub mod file;
mod repeats;
mod scorer;

pub use calibration::Calibration;
#[cfg(feature = "train")]
pub(crate) use calibration::exponentials;
pub use card::{
    CellGroupCard, ClassifierCard, ConfusionCard, LabelScore, ModelCard, ProbabilityCard, ScoreCard, TrainingCard,
};
pub use classifier::{Prediction, StanceClassifier};
pub use conformal::ConformalThresholds;
#[cfg(feature = "cli")]
pub(crate) use conformal::prediction_set;
pub use counterfactual::Counterfactual;
pub use explanation::{Evidence, Explanation, WordContribution};
pub use scorer::Scorer;
#[cfg(any(feature = "train", feature = "datafusion"))]
pub(crate) use scorer::top;
#[cfg(feature = "cli")]
pub(crate) use scorer::{Scored, ScorerMemory};

use std::sync::Arc;

use crate::error::{ErrorKind, Result};
use crate::features::Vocabulary;

/// A trained model: plain data, to read, write, inspect and compare. [`StanceClassifier`] is what predicts.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub(crate) card: ModelCard,
    pub(crate) vocabulary: Arc<Vocabulary>,
    /// One value for each column.
    pub(crate) idf: Arc<[f32]>,
    /// Columns × labels, row-major.
    pub(crate) coefficients: Vec<f32>,
    /// One value for each label.
    pub(crate) intercept: Vec<f32>,
}

/// A term and its weight towards one label.
#[derive(Debug, Clone, PartialEq)]
pub struct TermWeight {
    /// The term in words that people use.
    pub term: String,
    /// What one unit of the term adds to the label's logit, less what it adds to the labels' mean.
    pub weight: f32,
}

impl Model {
    /// Puts a model together: `coefficients` are columns × labels, row-major, `intercept` has one value for each label.
    #[cfg(feature = "train")]
    pub(crate) fn new(
        card: ModelCard,
        vectorizer: &crate::features::FittedTfidfVectorizer,
        coefficients: Vec<f32>,
        intercept: Vec<f32>,
    ) -> Self {
        Model {
            card,
            vocabulary: vectorizer.shared_vocabulary().clone(),
            idf: vectorizer.shared_idf().clone(),
            coefficients,
            intercept,
        }
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// If the file cannot be read, is not a model, is too large, cut short, damaged or of a newer format.
    pub fn load(path: impl AsRef<std::path::Path>) -> Result<Self> {
        let path = path.as_ref();
        file::read(path)
            .and_then(|bytes| Model::from_bytes(&bytes))
            .map_err(|e| e.in_file(path))
    }

    /// Writes a model file: aside, then renamed, so that a failure leaves what was there.
    ///
    /// # Errors
    /// If the file cannot be written.
    #[cfg(feature = "train")]
    pub fn save(&self, path: impl AsRef<std::path::Path>) -> Result<()> {
        use std::io::Write;
        let path = path.as_ref();
        let write = || {
            let mut file = crate::atomic_file::AtomicFile::create(path)?;
            file.write_all(&self.to_bytes())?;
            file.commit()
        };
        write().map_err(|e| crate::Error::from(e).in_file(path))
    }

    /// What the model says of itself.
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// Notes how well held-out rows were labelled.
    pub fn set_cross_validation(&mut self, scores: ScoreCard) {
        self.card.cross_validation = Some(scores);
    }

    /// Notes what held-out rows were taken for.
    pub fn set_confusion(&mut self, confusion: ConfusionCard) {
        self.card.confusion = Some(confusion);
    }

    /// Notes how probable a label must be to stay in a prediction set.
    pub fn set_conformal_thresholds(&mut self, thresholds: ConformalThresholds) {
        self.card.conformal = Some(thresholds);
    }

    /// Notes of which share of known words on a text belongs to the domain, from 0 to 1.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidParameter`] for any other number.
    pub fn set_least_known_share(&mut self, share: f64) -> Result<()> {
        if !(0.0..=1.0).contains(&share) {
            return Err(ErrorKind::InvalidParameter {
                name: "the least share of known words",
                value: share.to_string(),
                must: "from 0 to 1",
            }
            .into());
        }
        self.card.least_known_share = Some(share);
        Ok(())
    }

    /// Sets how logits become probabilities; [`Calibration::None`] gives what the regression itself says.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidParameter`] if the calibration is for another number of labels, or has values that make no sense.
    pub fn set_calibration(&mut self, calibration: Calibration) -> Result<()> {
        if !calibration.fits(self.labels().len()) {
            return Err(ErrorKind::InvalidParameter {
                name: "the calibration",
                value: format!("{calibration:?}"),
                must: "one scale above 0 and one shift for each label, or one temperature above 0",
            }
            .into());
        }
        self.card.calibration = calibration;
        Ok(())
    }

    /// The labels, in the order of the probabilities.
    pub fn labels(&self) -> &[String] {
        &self.card.labels
    }

    /// The terms.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The `count` terms that speak most strongly for the label at position `label` of [`labels`](Self::labels).
    ///
    /// # Panics
    /// If there is no such label.
    pub fn strongest_terms(&self, label: usize, count: usize) -> Vec<TermWeight> {
        let labels = self.card.labels.len();
        assert!(label < labels, "there is no label {label}");
        let weight = |column: usize| {
            let weights = &self.coefficients[column * labels..][..labels];
            weights[label] - weights.iter().sum::<f32>() / labels as f32
        };
        let mut columns: Vec<(f32, usize)> = (0..self.vocabulary.len()).map(|c| (weight(c), c)).collect();
        columns.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        columns
            .into_iter()
            .take(count)
            .map(|(weight, column)| TermWeight {
                term: self.vocabulary.readable_term(column),
                weight,
            })
            .collect()
    }
}
