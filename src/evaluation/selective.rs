//! Answers that are given only where the model is sure, and answers of several labels.

use serde::Serialize;

use super::OutOfFold;
use crate::model::{ConformalThresholds, Prediction};

/// One way of answering only where the confidence is high enough.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RiskCoverage {
    /// Answers are given from this confidence on.
    pub threshold: f64,
    /// The share of rows that are answered.
    pub coverage: f64,
    /// The share of these answers that are wrong.
    pub risk: f64,
}

/// What remains wrong if only the surest answers are given: one point for each confidence that occurs, the highest first, so that coverage rises
/// (El-Yaniv, Wiener 2010, "On the foundations of noise-free selective classification"; Geifman, El-Yaniv 2017, section 2). Outcomes are those of
/// [`log_loss`](super::log_loss).
pub fn risk_coverage<'p>(outcomes: impl IntoIterator<Item = (usize, &'p Prediction)>) -> Vec<RiskCoverage> {
    let mut rows: Vec<(f64, bool)> = outcomes
        .into_iter()
        .map(|(truth, prediction)| (prediction.confidence(), prediction.position() != truth))
        .collect();
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut answered, mut wrong) = (0, 0);
    rows.chunk_by(|a, b| a.0 == b.0)
        .map(|equals| {
            answered += equals.len();
            wrong += equals.iter().filter(|(_, wrong)| *wrong).count();
            RiskCoverage {
                threshold: equals[0].0,
                coverage: answered as f64 / rows.len() as f64,
                risk: wrong as f64 / answered as f64,
            }
        })
        .collect()
}

/// The point of a [`risk_coverage`] curve with the largest coverage whose answers are right at least as often as `precision` says; nothing if there is
/// none.
///
/// It was found on these rows: on new ones the precision lies about as often below as above.
pub fn threshold_for_precision(curve: &[RiskCoverage], precision: f64) -> Option<RiskCoverage> {
    let is_precise = |point: &&RiskCoverage| 1.0 - point.risk >= precision;
    curve.iter().rev().find(is_precise).copied()
}

/// The area under the curve: the mean risk over all coverages, 0 for a model that is never wrong (Geifman, Uziel, El-Yaniv 2019, "Bias-reduced
/// uncertainty estimation", equation 2). Each point counts for the coverage that it adds.
pub fn area_under_risk_coverage(curve: &[RiskCoverage]) -> f64 {
    let before = std::iter::once(0.0).chain(curve.iter().map(|point| point.coverage));
    let strip = |(point, before): (&RiskCoverage, f64)| (point.coverage - before) * point.risk;
    curve.iter().zip(before).map(strip).sum()
}

/// How prediction sets turn out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SetScore {
    /// The share of rows whose set holds the true label.
    pub coverage: f64,
    /// The mean number of labels in a set.
    pub mean_size: f64,
    /// The share of sets with exactly one label.
    pub single: f64,
}

/// Scores the sets of all labels that are at least as probable as `least_probability`, which
/// [`ConformalThresholds::least_probability`] gives for a coverage. All figures are 0 without rows.
pub fn score_sets<'p>(outcomes: impl IntoIterator<Item = (usize, &'p Prediction)>, least_probability: f64) -> SetScore {
    let (mut rows, mut covered, mut labels, mut single) = (0usize, 0usize, 0usize, 0usize);
    for (truth, prediction) in outcomes {
        let is_in = |p: &f64| *p >= least_probability;
        let size = prediction.proba().iter().filter(|p| is_in(p)).count();
        rows += 1;
        covered += usize::from(prediction.proba().get(truth).is_some_and(is_in));
        labels += size;
        single += usize::from(size == 1);
    }
    let share = |count: usize| count as f64 / rows.max(1) as f64;
    SetScore {
        coverage: share(covered),
        mean_size: share(labels),
        single: share(single),
    }
}

impl OutOfFold {
    /// The largest share of known words below which at most one row in a hundred lies, rounded down to six decimals; 0 without rows. Held-out rows meet new
    /// words as new text of their kind does.
    pub fn least_known_share(&self) -> f64 {
        let mut shares: Vec<f64> = self.predictions().iter().map(Prediction::known_share).collect();
        shares.sort_by(f64::total_cmp);
        let share = shares.get(shares.len() / 100).copied().unwrap_or(0.0);
        (share * 1e6).floor() / 1e6
    }

    /// Thresholds for prediction sets, from the probabilities that rows gave to their true labels. Meant for rows that are
    /// [calibrated](Self::calibrated) as the model is.
    pub fn conformal_thresholds(&self) -> ConformalThresholds {
        let of_truth = |(truth, prediction): (usize, &Prediction)| prediction.proba()[truth];
        ConformalThresholds::new(self.outcomes().map(of_truth).collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Predictions of the first of two labels, so sure.
    fn predictions(confidences: &[f64]) -> Vec<Prediction> {
        let labels: std::sync::Arc<[String]> = ["a", "b"].map(String::from).into();
        let of = |&p: &f64| Prediction::of(labels.clone(), vec![p, 1.0 - p]);
        confidences.iter().map(of).collect()
    }

    #[test]
    fn the_surest_are_answered_first() {
        let predictions = predictions(&[0.6, 0.9, 0.8, 0.9]);
        let curve = risk_coverage([0, 0, 1, 0].into_iter().zip(&predictions));
        let point = |threshold, coverage, risk| RiskCoverage {
            threshold,
            coverage,
            risk,
        };
        assert_eq!(
            curve,
            [point(0.9, 0.5, 0.0), point(0.8, 0.75, 1.0 / 3.0), point(0.6, 1.0, 0.25)]
        );
        assert_eq!(threshold_for_precision(&curve, 0.9), Some(curve[0]));
        assert_eq!(threshold_for_precision(&curve, 0.7), Some(curve[2]));
        assert_eq!(threshold_for_precision(&curve[1..], 0.9), None);
        assert!((area_under_risk_coverage(&curve) - (0.25 / 3.0 + 0.25 * 0.25)).abs() < 1e-15);
        assert!(risk_coverage([]).is_empty());
    }

    #[test]
    fn sets_are_counted() {
        let predictions = predictions(&[0.6, 0.9, 0.8, 0.95]);
        let score = score_sets([0, 0, 1, 1].into_iter().zip(&predictions), 0.15);
        assert_eq!((score.coverage, score.mean_size, score.single), (0.75, 1.5, 0.5));
        assert_eq!(score_sets([], 0.2).coverage, 0.0);
    }

    proptest! {
        #[test]
        fn a_curve_ends_with_all_rows_and_a_threshold_keeps_its_word(
            rows in prop::collection::vec((0usize..2, 0u32..6), 1..60),
            precision in 0.0..1.0f64,
        ) {
            let confidences: Vec<f64> = rows.iter().map(|row| 0.5 + f64::from(row.1) / 12.0).collect();
            let predictions = predictions(&confidences);
            let curve = risk_coverage(rows.iter().map(|row| row.0).zip(&predictions));
            prop_assert_eq!(curve.last().unwrap().coverage, 1.0);
            prop_assert!(curve.is_sorted_by(|a, b| a.threshold > b.threshold && a.coverage < b.coverage));
            if let Some(point) = threshold_for_precision(&curve, precision) {
                let answered: Vec<usize> =
                    rows.iter().zip(&confidences).filter(|(_, c)| **c >= point.threshold).map(|(row, _)| row.0).collect();
                let right = answered.iter().filter(|truth| **truth == 0).count();
                prop_assert!(right as f64 / answered.len() as f64 >= precision - 1e-12);
            }
        }
    }
}
