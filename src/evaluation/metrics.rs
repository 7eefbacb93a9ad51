//! Scores of predicted labels. The definitions are scikit-learn's (`sklearn.metrics`), with its convention that a ratio without
//! a denominator is 0.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::LabelScore;

/// How often each label was predicted for each true label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfusionMatrix {
    labels: Vec<String>,
    /// `counts[truth][prediction]`.
    counts: Vec<Vec<u64>>,
}

fn ratio(numerator: f64, denominator: f64) -> f64 {
    if denominator == 0.0 {
        0.0
    } else {
        numerator / denominator
    }
}

impl ConfusionMatrix {
    /// Counts pairs of (truth, prediction), each a position in `labels`.
    ///
    /// # Panics
    /// If a position is out of range.
    pub fn new(labels: &[String], pairs: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut counts = vec![vec![0; labels.len()]; labels.len()];
        for (truth, prediction) in pairs {
            counts[truth][prediction] += 1;
        }
        ConfusionMatrix {
            labels: labels.to_vec(),
            counts,
        }
    }

    /// A matrix of `size` labels whose names do not matter, from its cells row by row.
    pub(super) fn unnamed(cells: &[u64], size: usize) -> Self {
        ConfusionMatrix {
            labels: Vec::new(),
            counts: cells.chunks_exact(size.max(1)).map(<[u64]>::to_vec).collect(),
        }
    }

    pub(super) fn named(self, labels: &[String]) -> Self {
        ConfusionMatrix {
            labels: labels.to_vec(),
            ..self
        }
    }

    /// The labels.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// `counts()[truth][prediction]`.
    pub fn counts(&self) -> &[Vec<u64>] {
        &self.counts
    }

    /// All rows.
    pub fn total(&self) -> u64 {
        self.counts.iter().flatten().sum()
    }

    fn right(&self, label: usize) -> f64 {
        self.counts[label][label] as f64
    }

    fn support(&self, label: usize) -> f64 {
        self.counts[label].iter().sum::<u64>() as f64
    }

    fn predicted(&self, label: usize) -> f64 {
        self.counts.iter().map(|row| row[label]).sum::<u64>() as f64
    }

    /// The share of rows labelled right.
    pub fn accuracy(&self) -> f64 {
        let right: f64 = (0..self.counts.len()).map(|label| self.right(label)).sum();
        ratio(right, self.total() as f64)
    }

    /// Precision, recall and F1 of the label at a position.
    ///
    /// # Panics
    /// If there is no such label.
    pub fn label_score(&self, label: usize) -> LabelScore {
        let (right, support, predicted) = (self.right(label), self.support(label), self.predicted(label));
        LabelScore {
            precision: ratio(right, predicted),
            recall: ratio(right, support),
            f1: ratio(2.0 * right, support + predicted),
            support: support as usize,
        }
    }

    /// The scores of every label by name.
    pub fn per_label(&self) -> BTreeMap<String, LabelScore> {
        let scores = (0..self.counts.len()).map(|label| self.label_score(label));
        self.labels.iter().cloned().zip(scores).collect()
    }

    /// The mean F1 of the labels that occur, as truth or as prediction.
    pub fn macro_f1(&self) -> f64 {
        let occurs = |&label: &usize| self.support(label) + self.predicted(label) > 0.0;
        let scores: Vec<f64> = (0..self.counts.len())
            .filter(occurs)
            .map(|label| self.label_score(label).f1)
            .collect();
        ratio(scores.iter().sum(), scores.len() as f64)
    }

    /// The mean recall of the labels that occur as truth.
    pub fn balanced_accuracy(&self) -> f64 {
        let occurs = |&label: &usize| self.support(label) > 0.0;
        let scores: Vec<f64> = (0..self.counts.len())
            .filter(occurs)
            .map(|label| self.label_score(label).recall)
            .collect();
        ratio(scores.iter().sum(), scores.len() as f64)
    }

    /// Matthews' correlation for any number of labels (Gorodkin 2004, "Comparing two K-category assignments by a K-category
    /// correlation coefficient").
    pub fn matthews_correlation(&self) -> f64 {
        let total = self.total() as f64;
        let labels = 0..self.counts.len();
        let right: f64 = labels.clone().map(|label| self.right(label)).sum();
        let dot: f64 = labels
            .clone()
            .map(|label| self.support(label) * self.predicted(label))
            .sum();
        let truths: f64 = labels.clone().map(|label| self.support(label).powi(2)).sum();
        let predictions: f64 = labels.map(|label| self.predicted(label).powi(2)).sum();
        let square = total * total;
        ratio(right * total - dot, ((square - truths) * (square - predictions)).sqrt())
    }

    /// How much oftener truth and prediction agree than chance would have it, as a share of what chance leaves: 1 is always, 0 as often as
    /// by chance (Cohen 1960, "A coefficient of agreement for nominal scales", equation 1).
    pub fn cohen_kappa(&self) -> f64 {
        let total = self.total() as f64;
        let labels = 0..self.counts.len();
        let by_chance = labels
            .map(|label| self.support(label) * self.predicted(label))
            .sum::<f64>();
        let by_chance = ratio(by_chance, total * total);
        ratio(self.accuracy() - by_chance, 1.0 - by_chance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scikit-learn 1.9.1 on y_true = [0,0,0,1,1,2,2,2,2,0], y_pred = [0,1,0,1,1,2,0,2,1,2].
    #[test]
    fn the_figures_are_those_of_scikit_learn() {
        let truth = [0, 0, 0, 1, 1, 2, 2, 2, 2, 0];
        let prediction = [0, 1, 0, 1, 1, 2, 0, 2, 1, 2];
        let labels: Vec<String> = ["a", "b", "c"].map(String::from).to_vec();
        let matrix = ConfusionMatrix::new(&labels, truth.into_iter().zip(prediction));
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} {b}");
        close(matrix.accuracy(), 0.6);
        close(matrix.macro_f1(), 0.603_174_603_174_603_2);
        close(matrix.balanced_accuracy(), 0.666_666_666_666_666_6);
        close(matrix.matthews_correlation(), 0.430_820_218_427_664_55);
        close(matrix.cohen_kappa(), 0.411_764_705_882_352_9);
        close(matrix.label_score(1).precision, 0.5);
        assert_eq!(matrix.label_score(2).support, 4);
    }

    #[test]
    fn a_label_without_rows_does_not_divide_by_zero() {
        let labels: Vec<String> = ["a", "b"].map(String::from).to_vec();
        let matrix = ConfusionMatrix::new(&labels, [(0, 0)]);
        assert_eq!(matrix.macro_f1(), 1.0);
        assert_eq!((matrix.matthews_correlation(), matrix.cohen_kappa()), (0.0, 0.0));
        assert_eq!(ConfusionMatrix::new(&labels, []).accuracy(), 0.0);
    }
}
