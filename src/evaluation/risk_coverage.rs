//! How often predictions are right if only the surest ones are kept.

use serde::Serialize;

use super::{Interval, normal};
use crate::model::Prediction;

/// The predictions that are kept at a confidence threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CoveragePoint {
    /// The confidence from which on predictions are kept.
    pub threshold: f64,
    /// How many are kept.
    pub rows: usize,
    /// Their share of all rows.
    pub coverage: f64,
    /// The share of them that are right; what is missing to 1 is the risk.
    pub precision: f64,
}

impl CoveragePoint {
    /// The threshold with four decimals, rounded down: the rows that are kept have at least that confidence.
    pub fn shown_threshold(&self) -> String {
        format!("{:.4}", (self.threshold * 1e4).floor() / 1e4)
    }

    /// How far the precision may be off at a level such as 0.95 (Wilson 1927, "Probable inference, the law of succession, and statistical
    /// inference").
    pub fn interval(&self, level: f64) -> Interval {
        let rows = self.rows as f64;
        let z = normal::quantile(0.5 + level / 2.0);
        let stretch = 1.0 + z * z / rows;
        let centre = self.precision + z * z / (2.0 * rows);
        let reach = z * (self.precision * (1.0 - self.precision) / rows + (z / (2.0 * rows)).powi(2)).sqrt();
        Interval {
            low: ((centre - reach) / stretch).max(0.0),
            high: ((centre + reach) / stretch).min(1.0),
        }
    }
}

/// The curve of risk over coverage (El-Yaniv and Wiener 2010, "On the foundations of noise-free selective classification"): a point for
/// each confidence that occurs, the surest first. Rows of the same confidence are kept or left together.
#[derive(Debug, Clone, PartialEq)]
pub struct RiskCoverage {
    points: Vec<CoveragePoint>,
}

impl RiskCoverage {
    /// The curve of outcomes: for each row the position of its true label among the prediction's labels, and the prediction.
    pub fn new<'p>(outcomes: impl IntoIterator<Item = (usize, &'p Prediction)>) -> Self {
        let mut rows: Vec<(f64, bool)> = outcomes
            .into_iter()
            .map(|(truth, prediction)| (prediction.confidence(), prediction.position() == truth))
            .collect();
        rows.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut points: Vec<CoveragePoint> = Vec::new();
        let mut right = 0;
        for (place, &(threshold, is_right)) in rows.iter().enumerate() {
            right += usize::from(is_right);
            if points.last().is_some_and(|last| last.threshold == threshold) {
                points.pop();
            }
            let kept = place + 1;
            points.push(CoveragePoint {
                threshold,
                rows: kept,
                coverage: kept as f64 / rows.len() as f64,
                precision: right as f64 / kept as f64,
            });
        }
        RiskCoverage { points }
    }

    /// Every point, from the surest rows alone to all rows. Empty for no rows.
    pub fn points(&self) -> &[CoveragePoint] {
        &self.points
    }

    /// The highest threshold that keeps at least this share of the rows.
    pub fn at_coverage(&self, coverage: f64) -> Option<CoveragePoint> {
        let place = self.points.partition_point(|point| point.coverage < coverage);
        self.points.get(place).copied()
    }

    /// The threshold that keeps most rows while at least this share of them is right; none if no threshold does.
    ///
    /// It is chosen by the rows that it is judged by, so on others expect a little less; the fewer the rows, the less.
    pub fn for_precision(&self, precision: f64) -> Option<CoveragePoint> {
        self.points
            .iter()
            .rev()
            .find(|point| point.precision >= precision)
            .copied()
    }

    /// The mean risk over all coverages, from 0 to 1, the lower the better: the area under the curve of risk and coverage (Geifman, Uziel,
    /// El-Yaniv 2019, "Bias-reduced uncertainty estimation for deep neural classifiers", section 2). 0 for no rows.
    pub fn area(&self) -> f64 {
        let mut before = 0.0;
        let mut area = 0.0;
        for point in &self.points {
            area += (point.coverage - before) * (1.0 - point.precision);
            before = point.coverage;
        }
        area
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;

    /// A row for each confidence, with whether it is right.
    fn curve(rows: &[(f64, bool)]) -> RiskCoverage {
        let labels: Arc<[String]> = ["a", "b"].map(String::from).into();
        let predictions: Vec<Prediction> = rows
            .iter()
            .map(|(p, _)| Prediction::from_probabilities(labels.clone(), vec![*p, 1.0 - p]).unwrap())
            .collect();
        RiskCoverage::new(rows.iter().map(|(_, right)| usize::from(!right)).zip(&predictions))
    }

    #[test]
    fn the_surest_rows_come_first_and_equal_ones_together() {
        let curve = curve(&[(0.6, false), (0.9, true), (0.7, true), (0.7, false), (0.8, true)]);
        let seen: Vec<_> = curve
            .points()
            .iter()
            .map(|p| (p.threshold, p.rows, p.precision))
            .collect();
        assert_eq!(seen, [(0.9, 1, 1.0), (0.8, 2, 1.0), (0.7, 4, 0.75), (0.6, 5, 0.6)]);
        assert_eq!(curve.for_precision(0.9).unwrap().threshold, 0.8);
        assert_eq!(curve.for_precision(0.6).unwrap().coverage, 1.0);
        assert_eq!(curve.at_coverage(0.5).unwrap().rows, 4);
        assert!((curve.area() - (0.4 * 0.25 + 0.2 * 0.4)).abs() < 1e-12);
        assert!(self::curve(&[(0.9, false)]).for_precision(0.5).is_none());
        let nothing = self::curve(&[]);
        assert_eq!((nothing.at_coverage(1.0), nothing.area()), (None, 0.0));
    }

    /// scipy 1.17.1: `binomtest(40, 50).proportion_ci(method="wilson")`.
    #[test]
    fn the_interval_is_wilsons() {
        let point = CoveragePoint {
            threshold: 0.5,
            rows: 50,
            coverage: 1.0,
            precision: 0.8,
        };
        assert_eq!(
            CoveragePoint {
                threshold: 0.76699,
                ..point
            }
            .shown_threshold(),
            "0.7669"
        );
        let Interval { low, high } = point.interval(0.95);
        assert!(
            (low - 0.669_628_940_677_745_8).abs() < 1e-12 && (high - 0.887_562_499_842_238_9).abs() < 1e-12,
            "{low} {high}"
        );
    }

    proptest! {
        #[test]
        fn a_threshold_keeps_what_it_promises(rows in prop::collection::vec((50u32..=100, any::<bool>()), 1..80), wanted in 0.0f64..=1.0) {
            let rows: Vec<(f64, bool)> = rows.into_iter().map(|(p, right)| (f64::from(p) / 100.0, right && p > 50)).collect();
            let curve = curve(&rows);
            prop_assert_eq!(curve.points().last().unwrap().rows, rows.len());
            let shares = |threshold: f64| {
                let kept: Vec<bool> = rows.iter().filter(|row| row.0 >= threshold).map(|row| row.1).collect();
                (kept.len(), kept.iter().filter(|right| **right).count() as f64 / kept.len() as f64)
            };
            if let Some(point) = curve.for_precision(wanted) {
                // 0.5 is a tie, whose label is the first.
                if point.threshold > 0.5 {
                    prop_assert_eq!(shares(point.threshold), (point.rows, point.precision));
                }
                prop_assert!(point.precision >= wanted);
                let more = curve.points().iter().filter(|p| p.rows > point.rows);
                prop_assert!(more.into_iter().all(|p| p.precision < wanted));
            }
        }
    }
}
