//! The rows that a confidence threshold keeps.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal};

use super::{Interval, RiskCoverage};

/// What is kept at a threshold, and how often it is right.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct KeptRows {
    /// The confidence from which on predictions are kept.
    pub threshold: f64,
    /// How many are kept.
    pub rows: usize,
    /// Their share of all rows.
    pub coverage: f64,
    /// The share of them that are right.
    pub precision: f64,
    /// How far that may be off.
    pub interval: Interval,
}

impl KeptRows {
    /// The rows behind a point of a curve over `rows` rows in all.
    pub(super) fn new(point: &RiskCoverage, rows: usize, level: f64) -> Self {
        let kept = (point.coverage * rows as f64).round();
        let precision = 1.0 - point.risk;
        KeptRows {
            threshold: point.threshold,
            rows: kept as usize,
            coverage: point.coverage,
            precision,
            interval: wilson(precision, kept, level),
        }
    }

    /// The threshold with four decimals, rounded down: the rows that are kept have at least that confidence.
    pub fn shown_threshold(&self) -> String {
        format!("{:.4}", (self.threshold * 1e4).floor() / 1e4)
    }
}

/// The interval of a share of some rows (Wilson 1927, "Probable inference, the law of succession, and statistical inference").
fn wilson(share: f64, rows: f64, level: f64) -> Interval {
    let z = Normal::standard().inverse_cdf(0.5 + level / 2.0);
    let stretch = 1.0 + z * z / rows;
    let centre = share + z * z / (2.0 * rows);
    let reach = z * (share * (1.0 - share) / rows + (z / (2.0 * rows)).powi(2)).sqrt();
    Interval {
        low: ((centre - reach) / stretch).max(0.0),
        high: ((centre + reach) / stretch).min(1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy 1.17.1: `binomtest(40, 50).proportion_ci(method="wilson")`.
    #[test]
    fn the_interval_is_wilsons() {
        let point = RiskCoverage {
            threshold: 0.76699,
            coverage: 0.5,
            risk: 0.2,
        };
        let kept = KeptRows::new(&point, 100, 0.95);
        assert_eq!((kept.rows, kept.shown_threshold().as_str()), (50, "0.7669"));
        let Interval { low, high } = kept.interval;
        assert!((low - 0.669_628_940_677_745_8).abs() < 1e-12 && (high - 0.887_562_499_842_238_9).abs() < 1e-12);
    }

    #[test]
    fn no_share_is_below_nothing_or_above_everything() {
        for share in [0.0, 1.0] {
            let Interval { low, high } = wilson(share, 1.0, 0.95);
            assert!((0.0..=1.0).contains(&low) && low < high && high <= 1.0);
        }
    }
}
