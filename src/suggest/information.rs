//! What a label would teach a model: the Fisher information that it adds.

use crate::features::SparseRows;
use crate::model::Prediction;

/// The information at the start for each term: the penalty `α = 1/C` of the trainer's default C.
const PRIOR: f64 = 0.25;

/// How uncertain a label is to a model: its variance `Σₖ pₖ·(1 − pₖ)`, scaled to run from 0 (sure) to 1 (all of the labels as probable as each other).
///
/// The variance is what the Fisher information of logistic regression has in this place, its trace over the labels; it is Gini's impurity as well (Breiman, Friedman, Olshen
/// and Stone 1984, "Classification and regression trees", section 4.3).
pub(super) fn uncertainty(prediction: &Prediction) -> f64 {
    let labels = prediction.proba().len() as f64;
    let variance: f64 = prediction.proba().iter().map(|p| p * (1.0 - p)).sum();
    match labels > 1.0 {
        true => variance * labels / (labels - 1.0),
        false => 0.0,
    }
}

/// The diagonal of the Fisher information of what is labelled, against that of all statements.
#[derive(Debug)]
pub(super) struct Information {
    /// For each term `mₜ = Σᵢ xᵢₜ²` over the statements without labels: how much hangs on it.
    wanted: Vec<f64>,
    /// For each term `hₜ = α + Σⱼ uⱼ·xⱼₜ²` over what is labelled: how well it is known.
    known: Vec<f64>,
}

impl Information {
    /// What is wanted of `rows`; nothing is known yet.
    pub fn wanted(rows: &SparseRows) -> Self {
        let mut wanted = vec![0.0; rows.columns()];
        for row in 0..rows.rows() {
            for (column, value) in rows.entries(row) {
                wanted[column] += square(value);
            }
        }
        Information {
            known: vec![PRIOR; wanted.len()],
            wanted,
        }
    }

    /// Adds what a label of that row teaches.
    pub fn add(&mut self, rows: &SparseRows, row: usize, uncertainty: f64) {
        for (column, value) in rows.entries(row) {
            self.known[column] += uncertainty * square(value);
        }
    }

    /// How much less uncertain all statements would be with a label of that row: the sum of [`Self::term_gain`] over its terms.
    pub fn gain(&self, rows: &SparseRows, row: usize, uncertainty: f64) -> f64 {
        rows.entries(row)
            .map(|(column, value)| self.term_gain(column, value, uncertainty))
            .sum()
    }

    /// The part of one term: `mₜ · (1/hₜ − 1/(hₜ + u·xₜ²))`.
    pub fn term_gain(&self, column: usize, value: f32, uncertainty: f64) -> f64 {
        let known = self.known[column];
        self.wanted[column] * (1.0 / known - 1.0 / (known + uncertainty * square(value)))
    }
}

fn square(value: f32) -> f64 {
    f64::from(value) * f64::from(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_gain_is_the_difference_of_the_traces() {
        let mut rows = SparseRows::new(2);
        rows.push(&[0, 1], &[0.6, 0.8]);
        rows.push(&[1], &[1.0]);
        let mut information = Information::wanted(&rows);
        // m = (0.36, 0.64 + 1), h = 0.25
        let gain = 0.36 * (4.0 - 1.0 / 0.61) + 1.64 * (4.0 - 1.0 / 0.89);
        assert!((information.gain(&rows, 0, 1.0) - gain).abs() < 1e-6);
        information.add(&rows, 0, 1.0);
        let gain = 1.64 * (1.0 / 0.89 - 1.0 / 1.39);
        assert!((information.gain(&rows, 1, 0.5) - gain).abs() < 1e-6);
    }

    proptest! {
        /// Gains only shrink while labels come in, which is what lets the choice look again at the best alone.
        #[test]
        fn gains_never_grow(values in prop::collection::vec(0.01f32..1.0, 6), u in prop::collection::vec(0.0f64..1.0, 3)) {
            let mut rows = SparseRows::new(3);
            rows.push(&[0, 1], &values[..2]);
            rows.push(&[0, 2], &values[2..4]);
            rows.push(&[1, 2], &values[4..]);
            let mut information = Information::wanted(&rows);
            for added in 0..3 {
                let before: Vec<f64> = (0..3).map(|row| information.gain(&rows, row, u[row])).collect();
                information.add(&rows, added, u[added]);
                for row in 0..3 {
                    let after = information.gain(&rows, row, u[row]);
                    prop_assert!((0.0..=before[row] + 1e-12).contains(&after));
                }
            }
        }
    }
}
