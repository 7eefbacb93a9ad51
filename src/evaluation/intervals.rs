//! Intervals for the scores of a confusion matrix.

use serde::Serialize;

use super::{Bootstrap, ConfusionMatrix, Interval};

/// How far each score of a [`ConfusionMatrix`] may be off. No interval: the rows cannot tell ([`Bootstrap::intervals`]).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScoreIntervals {
    /// Of [`ConfusionMatrix::accuracy`].
    pub accuracy: Option<Interval>,
    /// Of [`ConfusionMatrix::macro_f1`].
    pub macro_f1: Option<Interval>,
    /// Of [`ConfusionMatrix::balanced_accuracy`].
    pub balanced_accuracy: Option<Interval>,
    /// Of [`ConfusionMatrix::matthews_correlation`].
    pub matthews_correlation: Option<Interval>,
    /// Of [`ConfusionMatrix::cohen_kappa`].
    pub cohen_kappa: Option<Interval>,
    /// Of each label, in the order of the matrix.
    pub per_label: Vec<LabelIntervals>,
}

/// How far the scores of one label may be off.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LabelIntervals {
    /// Of the label's precision.
    pub precision: Option<Interval>,
    /// Of its recall.
    pub recall: Option<Interval>,
    /// Of its F1.
    pub f1: Option<Interval>,
}

impl ScoreIntervals {
    /// Resamples the rows that `matrix` counts.
    pub fn of(matrix: &ConfusionMatrix, bootstrap: &Bootstrap) -> Self {
        let labels = matrix.labels().len();
        let cells: Vec<u64> = matrix.counts().concat();
        let intervals = bootstrap.intervals(&cells, |cells| scores(&ConfusionMatrix::unnamed(cells, labels)));
        let label = |intervals: &[Option<Interval>]| LabelIntervals {
            precision: intervals[0],
            recall: intervals[1],
            f1: intervals[2],
        };
        ScoreIntervals {
            accuracy: intervals[0],
            macro_f1: intervals[1],
            balanced_accuracy: intervals[2],
            matthews_correlation: intervals[3],
            cohen_kappa: intervals[4],
            per_label: intervals[5..].chunks_exact(3).map(label).collect(),
        }
    }
}

impl ConfusionMatrix {
    /// The scores over all labels with the names that people know them by, each with its interval.
    pub fn named_scores(&self, intervals: &ScoreIntervals) -> [(&'static str, f64, Option<Interval>); 5] {
        [
            ("accuracy", self.accuracy(), intervals.accuracy),
            ("macro-F1", self.macro_f1(), intervals.macro_f1),
            (
                "balanced accuracy",
                self.balanced_accuracy(),
                intervals.balanced_accuracy,
            ),
            (
                "Matthews' correlation",
                self.matthews_correlation(),
                intervals.matthews_correlation,
            ),
            ("Cohen's kappa", self.cohen_kappa(), intervals.cohen_kappa),
        ]
    }
}

/// In the order in which [`ScoreIntervals::of`] takes them.
fn scores(matrix: &ConfusionMatrix) -> Vec<f64> {
    let mut scores = vec![
        matrix.accuracy(),
        matrix.macro_f1(),
        matrix.balanced_accuracy(),
        matrix.matthews_correlation(),
        matrix.cohen_kappa(),
    ];
    for label in 0..matrix.counts().len() {
        let score = matrix.label_score(label);
        scores.extend([score.precision, score.recall, score.f1]);
    }
    scores
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_interval_holds_its_score_and_more_rows_narrow_it() {
        let labels: Vec<String> = ["a", "b", "c"].map(String::from).to_vec();
        let matrix = |times: usize| {
            let pairs = [
                (0, 0),
                (0, 0),
                (0, 1),
                (1, 1),
                (1, 1),
                (1, 2),
                (2, 2),
                (2, 2),
                (2, 2),
                (2, 0),
            ];
            ConfusionMatrix::new(&labels, pairs.into_iter().cycle().take(10 * times))
        };
        let width = |interval: Option<Interval>| interval.map(|i| i.high - i.low).unwrap();
        let (few, many) = (matrix(4), matrix(64));
        let [of_few, of_many] = [&few, &many].map(|matrix| ScoreIntervals::of(matrix, &Bootstrap::default()));
        for (interval, score) in [
            (of_few.accuracy, few.accuracy()),
            (of_few.macro_f1, few.macro_f1()),
            (of_few.balanced_accuracy, few.balanced_accuracy()),
            (of_few.matthews_correlation, few.matthews_correlation()),
            (of_few.cohen_kappa, few.cohen_kappa()),
            (of_few.per_label[2].precision, few.label_score(2).precision),
            (of_few.per_label[2].recall, few.label_score(2).recall),
            (of_few.per_label[2].f1, few.label_score(2).f1),
        ] {
            let Interval { low, high } = interval.unwrap();
            assert!(low < score && score < high, "{low} {score} {high}");
        }
        // Sixteen times the rows: a quarter of the width.
        let ratio = width(of_few.macro_f1) / width(of_many.macro_f1);
        assert!((3.5..4.5).contains(&ratio), "{ratio}");
    }
}
