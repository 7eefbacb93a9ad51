//! How good a model is: on a labelled file, and by cross-validation; which settings are best.

mod folds;
mod metrics;
mod search;

use crate::dataset::LabelledStatements;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Prediction, ScoreCard, StanceClassifier};
use crate::train::TrainerValidParams;

pub use folds::stratified_folds;
pub use metrics::ConfusionMatrix;
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
    fn new(labels: &[String], outcomes: &[(usize, Prediction)]) -> Self {
        let position = |name: &str| labels.iter().position(|l| l == name).unwrap_or(0);
        let pairs = outcomes
            .iter()
            .map(|(truth, prediction)| (*truth, position(prediction.label())));
        let loss = |(truth, prediction): &(usize, Prediction)| {
            let p = prediction.probabilities().nth(*truth).map_or(0.0, |(_, p)| p);
            -p.max(f64::MIN_POSITIVE).ln()
        };
        Evaluation {
            confusion: ConfusionMatrix::new(labels, pairs),
            log_loss: outcomes.iter().map(loss).sum::<f64>() / outcomes.len().max(1) as f64,
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
    let outcomes: Vec<_> = truths.zip(predictions).collect();
    Ok(Evaluation::new(known, &outcomes))
}

/// Fits `folds` models, each on all rows but one fold's, and compares what each says of the rows that it never saw.
///
/// Vocabulary and idf are learnt anew for every fold, so that nothing of the held-out rows leaks. `progress` is called after
/// each fold.
///
/// # Errors
/// If a label has fewer rows than there are folds, there are fewer groups than folds, or a fit fails.
pub fn cross_validate(
    trainer: &TrainerValidParams,
    data: &LabelledStatements,
    folds: usize,
    progress: impl Fn() + Sync,
) -> Result<Evaluation> {
    let fold_of_row = stratified_folds(data, folds, trainer.seed())?;
    let corpus = trainer.read(data);
    let fit_and_predict = |fold: usize| -> Result<Vec<(usize, usize, Prediction)>> {
        let (held_out, kept): (Vec<usize>, Vec<usize>) = (0..data.len()).partition(|&i| fold_of_row[i] == fold);
        let model = trainer.fit_corpus(&corpus.select(&kept), &data.select(&kept))?;
        let classifier = StanceClassifier::new(model);
        let predict = |i: usize| (i, data.targets()[i], classifier.predict(&data.texts()[i]));
        let outcomes = held_out.into_iter().map(predict).collect();
        progress();
        Ok(outcomes)
    };
    use rayon::prelude::*;
    let parts: Vec<_> = (0..folds).into_par_iter().map(fit_and_predict).collect::<Result<_>>()?;
    let mut outcomes: Vec<_> = parts.into_iter().flatten().collect();
    outcomes.sort_by_key(|(row, ..)| *row);
    let outcomes: Vec<_> = outcomes
        .into_iter()
        .map(|(_, truth, prediction)| (truth, prediction))
        .collect();
    Ok(Evaluation::new(data.labels(), &outcomes))
}
