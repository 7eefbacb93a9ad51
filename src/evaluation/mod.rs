//! How good a model is: on a labelled file, and by cross-validation; which settings are best.

mod assessment;
mod bootstrap;
mod calibrate;
mod calibration;
mod comparison;
mod folds;
mod groups;
mod intervals;
mod kept;
mod metrics;
mod out_of_fold;
mod p_value;
pub mod quantification;
mod search;
mod selective;

use crate::dataset::LabelledStatements;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Prediction, ProbabilityCard, ScoreCard, StanceClassifier};
use crate::train::TrainerValidParams;

pub use assessment::{Assessment, AssessmentOptions};
pub use bootstrap::{Bootstrap, Interval};
pub use calibrate::CalibrationMethod;
pub use calibration::{
    CALIBRATION_BINS, CalibrationBin, brier_score, calibration_curve, expected_calibration_error, log_loss,
    mean_probabilities,
};
pub use comparison::{Comparison, Difference, McNemar, McNemarTest};
pub use folds::stratified_folds;
pub use groups::{GroupScores, scores_by_group};
pub use intervals::{LabelIntervals, ScoreIntervals};
pub use kept::KeptRows;
pub use metrics::ConfusionMatrix;
pub use out_of_fold::{OutOfFold, out_of_fold};
pub(crate) use p_value::chi_squared_p_value;
#[cfg(feature = "cli")]
pub(crate) use p_value::p_value;
pub use search::{Search, SearchGrid, SearchPoint, search};
pub use selective::{
    RiskCoverage, SetScore, area_under_risk_coverage, risk_coverage, score_sets, threshold_for_precision,
};

/// A model's labels held against the true ones.
#[derive(Debug, Clone)]
pub struct Evaluation {
    /// How often which label was taken for which.
    pub confusion: ConfusionMatrix,
    /// The mean of `−ln p(true label)`: [`log_loss`].
    pub log_loss: f64,
    /// The mean squared distance of the probabilities from the truth, 0 to 2: [`brier_score`].
    pub brier_score: f64,
    /// How often predictions are right by how sure they are: [`calibration_curve`] with [`CALIBRATION_BINS`].
    pub calibration_curve: Vec<CalibrationBin>,
    /// The mean probability of each label over the rows of each true label: [`mean_probabilities`].
    pub mean_probabilities: Vec<Vec<f64>>,
}

impl Evaluation {
    /// Compares predictions with the true labels, given as positions in the predictions' labels, which are `labels`.
    ///
    /// # Panics
    /// If a position is out of range.
    pub fn new<'p>(labels: &[String], outcomes: impl Iterator<Item = (usize, &'p Prediction)> + Clone) -> Self {
        let pairs = outcomes
            .clone()
            .map(|(truth, prediction)| (truth, prediction.position()));
        Evaluation {
            confusion: ConfusionMatrix::new(labels, pairs),
            log_loss: log_loss(outcomes.clone()),
            brier_score: brier_score(outcomes.clone()),
            calibration_curve: calibration_curve(outcomes.clone(), CALIBRATION_BINS),
            mean_probabilities: mean_probabilities(outcomes, labels.len()),
        }
    }

    /// How far confidence and accuracy lie apart, 0 to 1: [`expected_calibration_error`] of the curve.
    pub fn expected_calibration_error(&self) -> f64 {
        expected_calibration_error(&self.calibration_curve)
    }

    /// The figures that a model's card keeps; those of probabilities rounded to six decimals, so that cards are equal on machines whose `exp` differs in
    /// its last digit.
    pub fn score_card(&self, folds: usize, grouped_by: Option<&str>) -> ScoreCard {
        ScoreCard {
            folds,
            grouped_by: grouped_by.map(str::to_owned),
            accuracy: self.confusion.accuracy(),
            macro_f1: self.confusion.macro_f1(),
            per_label: self.confusion.per_label(),
            probabilities: Some(ProbabilityCard {
                calibration_error: rounded(self.expected_calibration_error()),
                log_loss: rounded(self.log_loss),
                brier_score: rounded(self.brier_score),
                confusion: self.confusion.counts().to_vec(),
                mean_probabilities: self
                    .mean_probabilities
                    .iter()
                    .map(|row| row.iter().copied().map(rounded).collect())
                    .collect(),
            }),
        }
    }
}

fn rounded(x: f64) -> f64 {
    (x * 1e6).round() / 1e6
}

/// Labels `data` with `classifier` and compares.
///
/// # Errors
/// [`ErrorKind::UnknownLabel`] if the data have a label that the model does not know.
pub fn evaluate(classifier: &StanceClassifier, data: &LabelledStatements) -> Result<Evaluation> {
    let outcomes = predict_labelled(classifier, data)?;
    let outcomes = outcomes.iter().map(|(truth, prediction)| (*truth, prediction));
    Ok(Evaluation::new(classifier.labels(), outcomes))
}

/// Labels `data` with `classifier`: each row's own label, as a position in the model's labels, and what the model says.
///
/// # Errors
/// [`ErrorKind::UnknownLabel`] if the data have a label that the model does not know.
pub fn predict_labelled(classifier: &StanceClassifier, data: &LabelledStatements) -> Result<Vec<(usize, Prediction)>> {
    let known = classifier.labels();
    let positions = positions_of_labels(known, data)?;
    let truths = data.targets().iter().map(|&target| positions[target]);
    Ok(truths.zip(classifier.predict_batch(data.texts())).collect())
}

/// Where each label of the data stands among those that a model knows.
fn positions_of_labels(known: &[String], data: &LabelledStatements) -> Result<Vec<usize>> {
    let position = |label: &String| {
        known.iter().position(|k| k == label).ok_or_else(|| {
            Error::from(ErrorKind::UnknownLabel {
                label: label.clone(),
                known: known.to_vec(),
            })
        })
    };
    data.labels().iter().map(position).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Three rows, the second of which is taken for the first label; every figure by hand.
    #[test]
    fn a_card_keeps_what_an_evaluation_says() {
        let names = ["a", "b"].map(String::from);
        let labels: std::sync::Arc<[String]> = names.clone().into();
        let predictions = [0.8, 0.6, 0.3].map(|p| Prediction::of(labels.clone(), vec![p, 1.0 - p]));
        let evaluation = Evaluation::new(&names, [0, 1, 1].into_iter().zip(&predictions));
        assert!((evaluation.expected_calibration_error() - (0.2 + 0.6 + 0.3) / 3.0).abs() < 1e-12);

        let card = evaluation.score_card(3, Some("topic"));
        assert_eq!((card.folds, card.grouped_by.as_deref()), (3, Some("topic")));
        assert_eq!((card.accuracy, card.macro_f1), (2.0 / 3.0, 2.0 / 3.0));
        assert_eq!(card.per_label["b"].recall, 0.5);
        let figures = card.probabilities.unwrap();
        assert_eq!(figures.calibration_error, 0.366_667);
        assert_eq!(figures.log_loss, 0.498_703);
        assert_eq!(figures.brier_score, 0.326_667);
        assert_eq!(figures.confusion, [[1, 0], [1, 1]]);
        assert_eq!(figures.mean_probabilities, [[0.8, 0.2], [0.45, 0.55]]);
    }
}
