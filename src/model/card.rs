//! What a model says of itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Calibration, ConformalThresholds};
use crate::features::TfidfOptions;
use crate::text::AnalyzerOptions;

/// Who made a model, from what, how, and how good it is. Plain data; stored in the model file as readable JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ModelCard {
    /// The version of this crate that trained the model.
    pub demarche: String,
    /// The labels, in the order of the probabilities.
    pub labels: Vec<String>,
    /// The number of terms.
    pub features: usize,
    /// How texts are read.
    pub analyzer: AnalyzerOptions,
    /// How terms are weighed.
    pub vectorizer: TfidfOptions,
    /// How the weights were found.
    pub classifier: ClassifierCard,
    /// How logits become probabilities; fitted on held-out rows. Models of before there was one have none.
    #[serde(default)]
    pub calibration: Calibration,
    /// What the model was trained on.
    pub training: TrainingCard,
    /// Scores on rows that were held out, one fold after another.
    pub cross_validation: Option<ScoreCard>,
    /// What held-out rows of each label were taken for, and how surely: what shares of labels are corrected with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confusion: Option<ConfusionCard>,
    /// How probable a label must be to stay in a prediction set, from the same rows.
    #[serde(default)]
    pub conformal: Option<ConformalThresholds>,
    /// A text of which the model knows a smaller share of the words is outside of its domain: the largest share below which at most one in a hundred of the
    /// same rows lies.
    #[serde(default)]
    pub least_known_share: Option<f64>,
}

/// How the weights were found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClassifierCard {
    /// `dual` or `linfa`.
    pub solver: String,
    /// The inverse of the penalty's strength.
    pub c: f64,
    /// `balanced`, `uniform` or the weights.
    pub label_weight: String,
    /// The value of the objective at the solution.
    pub objective: f64,
    /// A proven bound on how far the objective lies above the optimum, as a share; absent where the solver proves nothing.
    pub relative_gap: Option<f64>,
    /// Sweeps over the rows.
    pub iterations: usize,
}

/// What a model was trained on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TrainingCard {
    /// Rows in all.
    pub rows: usize,
    /// Rows of each label.
    pub rows_per_label: BTreeMap<String, usize>,
    /// BLAKE3 of texts, labels and weights in order: equal exactly if the training data are.
    pub fingerprint: String,
}

/// What held-out rows were taken for, counted by *cell*: the predicted label, the label that came second, and a bin of confidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConfusionCard {
    /// The cells by group, in order; a group has one cell more than it has bounds.
    pub groups: Vec<CellGroupCard>,
    /// `counts[truth][cell]`: how many held-out rows of each label, in the model's order, fell into each cell.
    pub counts: Vec<Vec<u64>>,
}

/// Cells with the same predicted and second label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CellGroupCard {
    /// The predicted label, as a position in the model's labels.
    pub predicted: usize,
    /// The label that came second; nothing for all that no other group names.
    pub second: Option<usize>,
    /// Where one bin of confidence ends and the next begins, ascending; a confidence equal to a bound is above it.
    pub bounds: Vec<f64>,
}

/// Scores on held-out rows, from 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScoreCard {
    /// The number of folds.
    pub folds: usize,
    /// The column whose values were never torn apart by folds, if one was named.
    pub grouped_by: Option<String>,
    /// The share of rows labelled right.
    pub accuracy: f64,
    /// The mean of the labels' F1.
    pub macro_f1: f64,
    /// Figures of each label.
    pub per_label: BTreeMap<String, LabelScore>,
    /// What probabilities are worth and who is taken for whom. Models of before there was calibration have none.
    #[serde(default)]
    pub probabilities: Option<ProbabilityCard>,
}

/// What the probabilities of held-out rows are worth, calibrated by other rows, and who is taken for whom.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProbabilityCard {
    /// The expected calibration error: how far confidence and accuracy lie apart, from 0 to 1.
    pub calibration_error: f64,
    /// The mean of `−ln p(true label)`.
    pub log_loss: f64,
    /// The mean squared distance from the truth, from 0 to 2.
    pub brier_score: f64,
    /// `confusion[truth][prediction]`: rows, in the order of the labels.
    pub confusion: Vec<Vec<u64>>,
    /// `mean_probabilities[truth][label]`: the mean probability of each label over the rows of each true label.
    pub mean_probabilities: Vec<Vec<f64>>,
}

/// How well one label is found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LabelScore {
    /// The share of the rows given this label that deserve it.
    pub precision: f64,
    /// The share of the rows that deserve this label that are given it.
    pub recall: f64,
    /// The harmonic mean of both.
    pub f1: f64,
    /// The rows that deserve this label.
    pub support: usize,
}
