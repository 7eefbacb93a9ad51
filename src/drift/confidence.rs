//! How sure the model is.

use serde::Serialize;

/// Two sets of confidences, held against each other.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConfidenceDrift {
    /// The medians.
    pub medians: (f64, f64),
    /// The Kolmogorov–Smirnov distance: how far the shares of rows below some confidence differ at most, from 0 to 1.
    pub distance: f64,
    /// How often rows dealt out at random would be as far apart.
    pub p_value: f64,
    /// How often a row of the first input is surer than one of the second, less how often it is less sure, from −1 to 1. 0.15 is small, 0.33 medium, 0.47 large (Romano
    /// et al. 2006, "Appropriate statistics for ordinal level data").
    pub cliffs_delta: f64,
}

/// Values of two inputs in ascending order.
pub(super) struct Ranked {
    /// Row numbers, equal values together.
    runs: Vec<Vec<usize>>,
}

impl Ranked {
    pub fn new(values: &[f64]) -> Self {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
        let runs = order.chunk_by(|&a, &b| values[a] == values[b]).map(<[usize]>::to_vec);
        Ranked { runs: runs.collect() }
    }

    /// `max |F(x) − G(x)|` over the distribution functions of the rows in `a` and the others.
    pub fn distance(&self, in_a: &[bool]) -> f64 {
        let first = in_a.iter().filter(|&&is| is).count() as f64;
        let second = in_a.len() as f64 - first;
        let (mut below_a, mut below_b, mut most) = (0.0, 0.0, 0.0f64);
        for run in &self.runs {
            let of_a = run.iter().filter(|&&row| in_a[row]).count() as f64;
            below_a += of_a;
            below_b += run.len() as f64 - of_a;
            most = most.max((below_a / first - below_b / second).abs());
        }
        most
    }
}

/// The two-sample Kolmogorov–Smirnov distance, `max |F(x) − G(x)|` (Smirnov 1939). NaN if a side is empty.
pub fn kolmogorov_smirnov(a: &[f64], b: &[f64]) -> f64 {
    if a.is_empty() || b.is_empty() {
        return f64::NAN;
    }
    let mut in_a = vec![true; a.len()];
    in_a.resize(a.len() + b.len(), false);
    Ranked::new(&[a, b].concat()).distance(&in_a)
}

/// Cliff's delta, `(#(a > b) − #(a < b)) / (|a| |b|)` (Cliff 1993, "Dominance statistics: ordinal analyses to answer ordinal questions"). NaN if a side is empty.
pub fn cliffs_delta(a: &[f64], b: &[f64]) -> f64 {
    let mut sorted = b.to_vec();
    sorted.sort_by(f64::total_cmp);
    let difference = |x: &f64| {
        let below = sorted.partition_point(|y| y < x) as f64;
        let above = (sorted.len() - sorted.partition_point(|y| y <= x)) as f64;
        below - above
    };
    a.iter().map(difference).sum::<f64>() / (a.len() as f64 * b.len() as f64)
}

/// The middle value; of an even number, the mean of the two in the middle.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        length if length % 2 == 1 => sorted[middle],
        _ => (sorted[middle - 1] + sorted[middle]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: [f64; 6] = [0.4, 0.5, 0.5, 0.7, 0.9, 0.95];
    const B: [f64; 5] = [0.35, 0.4, 0.45, 0.5, 0.8];

    /// scipy 1.17.1: `ks_2samp(a, b).statistic`; delta from `mannwhitneyu(a, b).statistic` as 2U / (6 · 5) − 1.
    #[test]
    fn the_figures_are_those_of_scipy() {
        assert!((kolmogorov_smirnov(&A, &B) - 0.43333333333333335).abs() < 1e-12);
        assert!((cliffs_delta(&A, &B) - 0.5).abs() < 1e-12);
        assert_eq!(median(&B), 0.45);
        assert_eq!(median(&A), 0.6);
    }

    #[test]
    fn apart_is_one_and_equal_is_nothing() {
        assert_eq!(kolmogorov_smirnov(&[1.0, 2.0], &[3.0]), 1.0);
        assert_eq!(cliffs_delta(&[1.0, 2.0], &[3.0]), -1.0);
        assert_eq!(kolmogorov_smirnov(&A, &A), 0.0);
        assert_eq!(cliffs_delta(&A, &A), 0.0);
    }
}
