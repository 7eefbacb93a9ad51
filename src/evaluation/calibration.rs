//! Whether probabilities mean what they say.
//!
//! All functions take outcomes: for each row the position of its true label among the prediction's labels, and the prediction.
//! [`OutOfFold::outcomes`](super::OutOfFold::outcomes) gives such pairs. Of no rows at all every score is 0.

use serde::Serialize;

use crate::model::Prediction;

/// The number of bins that [`Evaluation`](super::Evaluation) uses.
pub const CALIBRATION_BINS: usize = 15;

/// The mean of `−ln p(true label)`, natural logarithm: scikit-learn's `log_loss`. A probability of 0 counts as the smallest normal number.
pub fn log_loss<'p>(outcomes: impl IntoIterator<Item = (usize, &'p Prediction)>) -> f64 {
    mean(outcomes.into_iter().map(|(truth, prediction)| {
        let p = prediction.proba().get(truth).copied().unwrap_or(0.0);
        -p.max(f64::MIN_POSITIVE).ln()
    }))
}

/// The mean of `Σₖ (p(k) − y(k))²` over the labels, where `y` is 1 for the true label and else 0: from 0 to 2 (Brier 1950, "Verification of
/// forecasts expressed in terms of probability", equation 2). scikit-learn's `brier_score_loss` with `scale_by_half=False`.
pub fn brier_score<'p>(outcomes: impl IntoIterator<Item = (usize, &'p Prediction)>) -> f64 {
    mean(outcomes.into_iter().map(|(truth, prediction)| {
        let square = |(label, p): (usize, &f64)| (p - f64::from(u8::from(label == truth))).powi(2);
        prediction.proba().iter().enumerate().map(square).sum()
    }))
}

/// Rows of about the same confidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CalibrationBin {
    /// How many rows.
    pub rows: usize,
    /// The mean probability of the predicted labels.
    pub confidence: f64,
    /// The share of rows whose predicted label is the true one.
    pub accuracy: f64,
}

/// How often predictions are right by how sure they are: rows in the order of their confidence, cut into at most `bins` bins of equal mass.
///
/// Bins differ by one row at most, unless rows have the very same confidence: these stay in one bin, so that the curve does not depend on the order
/// of the rows. The bins are those of equal mass of Nixon et al. 2019, "Measuring calibration in deep learning", section 3.
pub fn calibration_curve<'p>(
    outcomes: impl IntoIterator<Item = (usize, &'p Prediction)>,
    bins: usize,
) -> Vec<CalibrationBin> {
    let mut rows: Vec<(f64, bool)> = outcomes
        .into_iter()
        .map(|(truth, prediction)| (prediction.confidence(), prediction.position() == truth))
        .collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut curve = Vec::with_capacity(bins);
    let mut start = 0;
    for bin in 1..=bins {
        let mut end = (bin * rows.len() / bins).max(start);
        while end > start && end < rows.len() && rows[end].0 == rows[end - 1].0 {
            end += 1;
        }
        let part = &rows[start..end];
        if !part.is_empty() {
            curve.push(CalibrationBin {
                rows: part.len(),
                confidence: mean(part.iter().map(|(confidence, _)| *confidence)),
                accuracy: mean(part.iter().map(|(_, right)| f64::from(u8::from(*right)))),
            });
        }
        start = end;
    }
    curve
}

/// How far confidence and accuracy lie apart: `Σ_b (n_b / n) · |accuracy(b) − confidence(b)|` over the bins of a [`calibration_curve`].
///
/// The error of the predicted label's probability (Guo et al. 2017, "On calibration of modern neural networks", equation 3), with the bins of
/// equal mass of Nixon et al. 2019. Of few rows it is above 0 for perfect probabilities too: with 20 rows in a bin that are right four times in five, by
/// about 0.07.
pub fn expected_calibration_error(curve: &[CalibrationBin]) -> f64 {
    let rows: usize = curve.iter().map(|bin| bin.rows).sum();
    let gap = |bin: &CalibrationBin| bin.rows as f64 * (bin.accuracy - bin.confidence).abs();
    curve.iter().map(gap).sum::<f64>() / rows.max(1) as f64
}

/// The mean probability of each label over the rows of each true label: `mean_probabilities(…)[truth][label]`, for `labels` labels. A label without rows
/// has zeros.
pub fn mean_probabilities<'p>(
    outcomes: impl IntoIterator<Item = (usize, &'p Prediction)>,
    labels: usize,
) -> Vec<Vec<f64>> {
    let mut sums = vec![vec![0.0; labels]; labels];
    let mut rows = vec![0usize; labels];
    for (truth, prediction) in outcomes {
        if let Some(sums) = sums.get_mut(truth) {
            rows[truth] += 1;
            sums.iter_mut().zip(prediction.proba()).for_each(|(sum, p)| *sum += p);
        }
    }
    for (sums, rows) in sums.iter_mut().zip(rows) {
        sums.iter_mut().for_each(|sum| *sum /= rows.max(1) as f64);
    }
    sums
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0usize), |(sum, count), value| (sum + value, count + 1));
    sum / count.max(1) as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn predictions(rows: &[[f64; 3]]) -> Vec<Prediction> {
        let labels: std::sync::Arc<[String]> = ["a", "b", "c"].map(String::from).into();
        rows.iter()
            .map(|p| Prediction::of(labels.clone(), p.to_vec()))
            .collect()
    }

    const ROWS: [[f64; 3]; 6] = [
        [0.7, 0.2, 0.1],
        [0.1, 0.6, 0.3],
        [0.3, 0.3, 0.4],
        [0.9, 0.05, 0.05],
        [0.2, 0.5, 0.3],
        [0.1, 0.1, 0.8],
    ];
    const TRUTHS: [usize; 6] = [0, 2, 2, 0, 1, 0];

    /// scikit-learn 1.9.1: `log_loss`, `brier_score_loss(…, scale_by_half=False)`.
    #[test]
    fn the_figures_are_those_of_scikit_learn() {
        let predictions = predictions(&ROWS);
        let outcomes = || TRUTHS.into_iter().zip(&predictions);
        assert!(
            (log_loss(outcomes()) - LOG_LOSS).abs() < 1e-12,
            "{}",
            log_loss(outcomes())
        );
        assert!(
            (brier_score(outcomes()) - BRIER).abs() < 1e-12,
            "{}",
            brier_score(outcomes())
        );
    }
    const LOG_LOSS: f64 = 0.929_671_878_225_106_8;
    const BRIER: f64 = 0.565_833_333_333_333_4;

    #[test]
    fn bins_have_equal_mass_and_the_error_is_their_weighted_gap() {
        let predictions = predictions(&ROWS);
        let curve = calibration_curve(TRUTHS.into_iter().zip(&predictions), 3);
        let figures: Vec<_> = curve.iter().map(|bin| (bin.rows, bin.accuracy)).collect();
        assert_eq!(figures, [(2, 1.0), (2, 0.5), (2, 0.5)]);
        // By hand: (0.45, 0.65, 0.85) against (1, 0.5, 0.5).
        assert!((expected_calibration_error(&curve) - (0.55 + 0.15 + 0.35) / 3.0).abs() < 1e-12);
        assert!(calibration_curve([], 15).is_empty());
        assert_eq!(expected_calibration_error(&[]), 0.0);
    }

    proptest! {
        #[test]
        fn the_order_of_the_rows_does_not_matter(rows in prop::collection::vec((0usize..3, 0usize..6), 0..60), bins in 1usize..20) {
            let predictions = predictions(&rows.iter().map(|row| ROWS[row.1]).collect::<Vec<_>>());
            let outcomes: Vec<_> = rows.iter().map(|row| row.0).zip(&predictions).collect();
            let curve = calibration_curve(outcomes.iter().copied(), bins);
            prop_assert_eq!(curve.iter().map(|bin| bin.rows).sum::<usize>(), rows.len());
            prop_assert!(curve.len() <= bins);
            let turned = calibration_curve(outcomes.iter().rev().copied(), bins);
            prop_assert!((expected_calibration_error(&curve) - expected_calibration_error(&turned)).abs() < 1e-12);
        }
    }
}
