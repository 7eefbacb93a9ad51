//! What models say of rows that they never saw.

use rayon::prelude::*;

use super::Evaluation;
use super::folds::stratified_folds;
use crate::dataset::LabelledStatements;
use crate::error::Result;
use crate::model::{Prediction, StanceClassifier};
use crate::train::TrainerValidParams;

/// Every row of a labelled set with what a model said of it that was fitted without it.
#[derive(Debug, Clone, PartialEq)]
pub struct OutOfFold {
    labels: Vec<String>,
    truths: Vec<usize>,
    folds: Vec<usize>,
    predictions: Vec<Prediction>,
}

impl OutOfFold {
    /// The labels, in the order of the probabilities.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The label that each row has, as a position in [`labels`](Self::labels).
    pub fn truths(&self) -> &[usize] {
        &self.truths
    }

    /// The fold that each row was held out in, from 0.
    pub fn folds(&self) -> &[usize] {
        &self.folds
    }

    /// What was said of each row, in the order of the rows.
    pub fn predictions(&self) -> &[Prediction] {
        &self.predictions
    }

    /// The true label of each row, as a position in [`labels`](Self::labels), with what was said of the row.
    pub fn outcomes(&self) -> impl ExactSizeIterator<Item = (usize, &Prediction)> + Clone {
        self.truths.iter().copied().zip(&self.predictions)
    }

    /// The same rows with other predictions.
    pub(super) fn with_predictions(&self, predictions: Vec<Prediction>) -> Self {
        OutOfFold {
            predictions,
            ..self.clone()
        }
    }

    /// The predictions held against the labels.
    pub fn evaluation(&self) -> Evaluation {
        Evaluation::new(&self.labels, self.outcomes())
    }
}

/// Fits `folds` models, each on all rows but one fold's, and asks each for the rows that it never saw.
///
/// Vocabulary and idf are learnt anew for every fold, so that nothing of the held-out rows leaks. `progress` is called after
/// each fold.
///
/// # Errors
/// If a label has fewer rows than there are folds, there are fewer groups than folds, or a fit fails.
pub fn out_of_fold(
    trainer: &TrainerValidParams,
    data: &LabelledStatements,
    folds: usize,
    progress: impl Fn() + Sync,
) -> Result<OutOfFold> {
    let fold_of_row = stratified_folds(data, folds, trainer.seed())?;
    let corpus = trainer.read(data)?;
    let fit_and_predict = |fold: usize| -> Result<Vec<(usize, Prediction)>> {
        let (held_out, kept): (Vec<usize>, Vec<usize>) = (0..data.len()).partition(|&i| fold_of_row[i] == fold);
        let model = trainer.fit_corpus(&corpus.select(&kept), &data.select(&kept))?;
        let classifier = StanceClassifier::new(model);
        let texts: Vec<&String> = held_out.iter().map(|&i| &data.texts()[i]).collect();
        let predictions = held_out.into_iter().zip(classifier.predict_batch(&texts)).collect();
        progress();
        Ok(predictions)
    };
    let parts: Vec<_> = (0..folds).into_par_iter().map(fit_and_predict).collect::<Result<_>>()?;
    let mut predictions: Vec<_> = parts.into_iter().flatten().collect();
    predictions.sort_by_key(|(row, _)| *row);
    Ok(OutOfFold {
        labels: data.labels().to_vec(),
        truths: data.targets().to_vec(),
        folds: fold_of_row,
        predictions: predictions.into_iter().map(|(_, prediction)| prediction).collect(),
    })
}
