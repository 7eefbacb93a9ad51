//! How good a model is: on a labelled file, and by cross-validation; which settings are best.

mod folds;
mod metrics;
mod out_of_fold;
pub mod quantification;
mod search;

use crate::dataset::LabelledStatements;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Prediction, ScoreCard, StanceClassifier};
use crate::train::TrainerValidParams;

pub use folds::stratified_folds;
pub use metrics::ConfusionMatrix;
pub use out_of_fold::{OutOfFold, out_of_fold};
pub use search::{Search, SearchGrid, SearchPoint, search};

/// A model's labels held against the true ones.
#[derive(Debug, Clone)]
pub struct Evaluation {
    /// How often which label was taken for which.
    pub confusion: ConfusionMatrix,
    /// The mean of `−ln p(true label)`, natural logarithm.
    pub log_loss: f64,
}

impl Evaluation {
    /// Compares predictions with the true labels, given as positions in the predictions' labels.
    fn new<'p>(labels: &[String], outcomes: impl ExactSizeIterator<Item = (usize, &'p Prediction)> + Clone) -> Self {
        let position = |name: &str| labels.iter().position(|l| l == name).unwrap_or(0);
        let pairs = outcomes.clone().map(|(truth, p)| (truth, position(p.label())));
        let loss = |(truth, prediction): (usize, &Prediction)| {
            let p = prediction.probabilities().nth(truth).map_or(0.0, |(_, p)| p);
            -p.max(f64::MIN_POSITIVE).ln()
        };
        let rows = outcomes.len().max(1);
        Evaluation {
            confusion: ConfusionMatrix::new(labels, pairs),
            log_loss: outcomes.map(loss).sum::<f64>() / rows as f64,
        }
    }

    /// The figures that a model's card keeps.
    pub fn score_card(&self, folds: usize, grouped_by: Option<&str>) -> ScoreCard {
        ScoreCard {
            folds,
            grouped_by: grouped_by.map(str::to_owned),
            accuracy: self.confusion.accuracy(),
            macro_f1: self.confusion.macro_f1(),
            per_label: self.confusion.per_label(),
        }
    }
}

/// Labels `data` with `classifier` and compares.
///
/// # Errors
/// [`ErrorKind::UnknownLabel`] if the data have a label that the model does not know.
pub fn evaluate(classifier: &StanceClassifier, data: &LabelledStatements) -> Result<Evaluation> {
    let known = classifier.labels();
    let positions = data
        .labels()
        .iter()
        .map(|label| {
            known.iter().position(|k| k == label).ok_or_else(|| {
                Error::from(ErrorKind::UnknownLabel {
                    label: label.clone(),
                    known: known.to_vec(),
                })
            })
        })
        .collect::<Result<Vec<usize>>>()?;
    let predictions = classifier.predict_batch(data.texts());
    let truths = data.targets().iter().map(|&target| positions[target]);
    Ok(Evaluation::new(known, truths.zip(&predictions)))
}

/// Fits `folds` models, each on all rows but one fold's, and compares what each says of the rows that it never saw.
///
/// [`out_of_fold`] gives the predictions themselves; arguments and errors are its own.
///
/// # Errors
/// Those of [`out_of_fold`].
pub fn cross_validate(
    trainer: &TrainerValidParams,
    data: &LabelledStatements,
    folds: usize,
    progress: impl Fn() + Sync,
) -> Result<Evaluation> {
    Ok(out_of_fold(trainer, data, folds, progress)?.evaluation())
}
