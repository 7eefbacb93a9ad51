//! Prediction sets: labels that cannot be ruled out at a stated coverage.

use serde::{Deserialize, Serialize};

use crate::error::{ErrorKind, Result};

/// How probable a label must be to stay in the set of a stated coverage: quantiles of the probabilities of the true labels of held-out rows.
///
/// The score is that of "least ambiguous set-valued classifiers" (Sadinle, Lei, Wasserman 2019): a set has the labels with `p ≥ t`, and of `n` held-out
/// rows `t` is the `⌊(1 − coverage) · (n + 1)⌋`-th smallest probability of a true label, as in split conformal prediction. The probabilities come from
/// folds (cross-conformal prediction, Vovk 2015; Barber, Candès, Ramdas, Tibshirani 2021), the sets from the model that is fitted on all rows, which is what
/// Barber et al. call the jackknife without the plus.
///
/// What holds: new statements that are drawn like the training rows have their true label in the set about as often as stated. What does not:
/// there is no guarantee for few rows (only the split form has one), none for a single label or kind of source, and none at all for text unlike the training
/// rows. A set may hold all labels, which says that the model cannot tell; where coverage is below the model's accuracy it may be empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConformalThresholds {
    /// For coverages of 0.50, 0.51 … 0.99.
    thresholds: Vec<f64>,
}

impl ConformalThresholds {
    const LEAST: usize = 50;
    const MOST: usize = 99;

    /// From the probabilities that held-out rows gave to their true labels, in any order. Thresholds are rounded down to six decimals.
    #[cfg(feature = "train")]
    pub(crate) fn new(mut of_truths: Vec<f64>) -> Self {
        of_truths.sort_by(f64::total_cmp);
        let threshold = |percent: usize| {
            let place = (100 - percent) * (of_truths.len() + 1) / 100;
            let threshold = place.checked_sub(1).map_or(0.0, |place| of_truths[place]);
            (threshold * 1e6).floor() / 1e6
        };
        ConformalThresholds {
            thresholds: (Self::LEAST..=Self::MOST).map(threshold).collect(),
        }
    }

    /// Whether it makes sense.
    pub(crate) fn fits(&self) -> bool {
        self.thresholds.len() == Self::MOST - Self::LEAST + 1
            && self.thresholds.iter().all(|p| (0.0..=1.0).contains(p))
            && self.thresholds.is_sorted_by(|a, b| a >= b)
    }

    /// How probable a label must at least be to stay in a set of this `coverage`, from 0.5 to 0.99 in steps of 0.01; anything between is rounded up.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidParameter`] for any other coverage.
    pub fn least_probability(&self, coverage: f64) -> Result<f64> {
        let percent = coverage * 100.0;
        // 0.57 · 100 is a little more than 57.
        let percent = (percent - 1e-9).ceil();
        if !(Self::LEAST as f64..=Self::MOST as f64).contains(&percent) || coverage < 0.5 {
            return Err(ErrorKind::InvalidParameter {
                name: "the coverage",
                value: coverage.to_string(),
                must: "a share from 0.5 to 0.99",
            }
            .into());
        }
        Ok(self.thresholds[percent as usize - Self::LEAST])
    }
}

/// The positions of the labels that are at least so probable, the most probable first.
pub(crate) fn prediction_set(probabilities: &[f64], least_probability: f64) -> Vec<usize> {
    let mut set: Vec<usize> = (0..probabilities.len())
        .filter(|&label| probabilities[label] >= least_probability)
        .collect();
    set.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
    set
}

#[cfg(all(test, feature = "train"))]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_the_order_statistic_of_split_conformal() {
        // p(true label) = 0.01, 0.02 … 0.99: of 99 rows, 10 % of 100 is the tenth smallest.
        let thresholds = ConformalThresholds::new((1..100).rev().map(|i| f64::from(i) / 100.0).collect());
        assert!(thresholds.fits());
        let least = |coverage| thresholds.least_probability(coverage).unwrap();
        assert_eq!(least(0.9), 0.1);
        assert_eq!(least(0.57), 0.43);
        assert_eq!(least(0.895), 0.1);
        assert_eq!((least(0.5), least(0.99)), (0.5, 0.01));
        for wrong in [0.0, 0.499, 0.991, 1.0, 90.0, -0.9, f64::NAN] {
            assert!(thresholds.least_probability(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn few_rows_rule_nothing_out() {
        let thresholds = ConformalThresholds::new(vec![0.9, 0.8]);
        assert_eq!(thresholds.least_probability(0.9).unwrap(), 0.0);
        assert_eq!(
            ConformalThresholds::new(Vec::new()).least_probability(0.5).unwrap(),
            0.0
        );
    }
}
