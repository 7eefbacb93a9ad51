//! What every solver is given, and what it gives back.

use rayon::prelude::*;

use crate::features::SparseRows;

/// One fit in the form that solvers need.
pub(crate) struct Problem<'a> {
    pub rows: &'a SparseRows,
    pub targets: &'a [usize],
    pub classes: usize,
    /// One weight for each row; empty if every row counts one.
    pub weights: Vec<f64>,
}

impl Problem<'_> {
    pub fn weight(&self, i: usize) -> f64 {
        self.weights.get(i).copied().unwrap_or(1.0)
    }

    /// `Wᵀxᵢ` for every row, rows × classes; `coefficients` is columns × classes.
    pub fn scores(&self, coefficients: &[f64]) -> Vec<f64> {
        let classes = self.classes;
        let mut scores = vec![0.0; self.rows.rows() * classes];
        scores
            .par_chunks_exact_mut(classes)
            .enumerate()
            .for_each(|(i, scores)| {
                for (j, x) in self.rows.entries(i) {
                    let w = &coefficients[j * classes..][..classes];
                    scores.iter_mut().zip(w).for_each(|(s, w)| *s += f64::from(x) * w);
                }
            });
        scores
    }
}

/// What the solver found.
#[derive(Debug, Clone)]
pub(crate) struct Solution {
    /// Columns × classes, row-major.
    pub coefficients: Vec<f64>,
    /// One value for each class; they add up to zero.
    pub intercept: Vec<f64>,
    /// P at the solution.
    pub objective: f64,
    /// (P − D)/P, an upper bound on how far P lies above the optimum.
    pub relative_gap: f64,
    /// Sweeps over the rows.
    pub epochs: usize,
}

/// log Σ exp, row by row, without overflow.
pub(crate) fn log_sum_exp(scores: &[f64]) -> f64 {
    let max = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    max + libm::log(scores.iter().map(|s| libm::exp(s - max)).sum())
}
