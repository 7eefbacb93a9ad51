//! How the mix of labels moved.

use serde::Serialize;

use crate::evaluation::chi_squared_p_value;
use crate::model::Prediction;

/// Two mixes of labels, held against each other.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelDrift {
    /// The labels.
    pub labels: Vec<String>,
    /// Rows of each label in the first input and in the second.
    pub counts: Vec<(u64, u64)>,
    /// Pearson's statistic, χ².
    pub chi_squared: f64,
    /// Labels that occur, less one.
    pub degrees_of_freedom: usize,
    /// How often two samples of one mix would differ as much.
    pub p_value: f64,
    /// Whether a count is expected to be below 5: then the p-value is rough.
    pub few_rows: bool,
    /// Cramér's V, from 0 (the same mix) to 1 (no label in common). It shrinks where one input has many more rows than the other.
    pub cramers_v: f64,
    /// Cramér's V as if both inputs had as many rows: the size of the difference. 0.1 is small, 0.3 medium, 0.5 large (Cohen 1988, "Statistical power analysis for the behavioral
    /// sciences", section 7.2, whose `w` it is).
    pub balanced_cramers_v: f64,
}

/// Rows of each label.
pub(super) fn counts(predictions: &[Prediction], labels: &[String]) -> Vec<u64> {
    let count = |label: &String| predictions.iter().filter(|p| p.label() == label).count() as u64;
    labels.iter().map(count).collect()
}

/// The chi-squared test of homogeneity (Pearson 1900; without a correction for continuity) on two counts of the same labels, and Cramér's V (Cramér 1946, "Mathematical
/// methods of statistics", section 21.9):
///
/// ```text
/// χ² = Σᵢⱼ (nᵢⱼ − eᵢⱼ)² / eᵢⱼ        eᵢⱼ = nᵢ. n.ⱼ / n        V = √(χ² / n)
/// ```
///
/// With shares `p` and `q` of the labels, V for equal numbers of rows is `√(½ Σⱼ (pⱼ − qⱼ)² / (pⱼ + qⱼ))`.
///
/// Labels that occur on neither side are passed over.
///
/// # Panics
/// If the counts differ in length.
pub fn homogeneity(labels: &[String], a: &[u64], b: &[u64]) -> LabelDrift {
    assert!(a.len() == b.len() && labels.len() == a.len(), "a count for each label");
    let sums = [a.iter().sum::<u64>() as f64, b.iter().sum::<u64>() as f64];
    let total = sums[0] + sums[1];
    let mut chi_squared = 0.0;
    let mut occurring = 0usize;
    let mut few_rows = false;
    let mut balanced = 0.0;
    for (&a, &b) in a.iter().zip(b).filter(|(a, b)| **a + **b > 0) {
        occurring += 1;
        if sums.iter().all(|&sum| sum > 0.0) {
            let (p, q) = (a as f64 / sums[0], b as f64 / sums[1]);
            balanced += (p - q) * (p - q) / (p + q) / 2.0;
        }
        for (count, sum) in [(a, sums[0]), (b, sums[1])].into_iter().filter(|(_, sum)| *sum > 0.0) {
            let expected = sum * (a + b) as f64 / total;
            few_rows |= expected < 5.0;
            chi_squared += (count as f64 - expected).powi(2) / expected;
        }
    }
    let degrees_of_freedom = occurring.saturating_sub(1);
    LabelDrift {
        labels: labels.to_vec(),
        counts: a.iter().copied().zip(b.iter().copied()).collect(),
        chi_squared,
        degrees_of_freedom,
        p_value: chi_squared_p_value(chi_squared, degrees_of_freedom),
        few_rows,
        cramers_v: (chi_squared / total.max(1.0)).sqrt().min(1.0),
        balanced_cramers_v: balanced.sqrt().min(1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|i| format!("l{i}")).collect()
    }

    /// scipy 1.17.1: `chi2_contingency([[30, 50, 20], [45, 30, 75]], correction=False)`; V as `contingency.association(…, "cramer")`.
    #[test]
    fn the_figures_are_those_of_scipy() {
        let drift = homogeneity(&names(3), &[30, 50, 20], &[45, 30, 75]);
        assert!((drift.chi_squared - CHI_SQUARED).abs() < 1e-9, "{drift:?}");
        assert!((drift.p_value / P_VALUE - 1.0).abs() < 1e-6, "{drift:?}");
        assert!((drift.cramers_v - CRAMERS_V).abs() < 1e-9, "{drift:?}");
        assert!(drift.degrees_of_freedom == 2 && !drift.few_rows);
    }
    const CHI_SQUARED: f64 = 31.085526315789473;
    const P_VALUE: f64 = 1.7777215087305536e-07;
    const CRAMERS_V: f64 = 0.35262175948622043;

    #[test]
    fn the_same_mix_has_no_difference_and_another_all_of_it() {
        let same = homogeneity(&names(3), &[10, 0, 20], &[20, 0, 40]);
        assert_eq!((same.chi_squared, same.p_value, same.degrees_of_freedom), (0.0, 1.0, 1));
        let other = homogeneity(&names(2), &[10, 0], &[0, 10]);
        assert_eq!((other.cramers_v, other.balanced_cramers_v), (1.0, 1.0));
        // Equal numbers of rows: the same; a hundred times as many on one side: the size stays.
        let equal = homogeneity(&names(2), &[30, 70], &[60, 40]);
        assert!((equal.cramers_v - equal.balanced_cramers_v).abs() < 1e-12, "{equal:?}");
        let unequal = homogeneity(&names(2), &[3000, 7000], &[60, 40]);
        assert!(
            (unequal.balanced_cramers_v - equal.balanced_cramers_v).abs() < 1e-12,
            "{unequal:?}"
        );
        assert!(unequal.cramers_v < equal.cramers_v / 3.0, "{unequal:?}");
        let none = homogeneity(&names(1), &[3], &[4]);
        assert_eq!((none.cramers_v, none.p_value), (0.0, 1.0));
    }
}
