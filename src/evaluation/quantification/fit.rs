//! Whether any mix of labels explains the rows.

use serde::Serialize;

use super::cells::{Quantifier, Tally};
use super::mixture;
use crate::error::{ErrorKind, Result};
use crate::evaluation::chi_squared_p_value;

/// Cells with fewer expected rows are put together.
const FEWEST: f64 = 5.0;
/// A misfit below is none that matters.
const CLOSE: f64 = 0.05;

/// A test of what the correction assumes: that the rows are a mix of the labels' out-of-fold rows.
///
/// Pearson's chi-squared over the cells, with the most likely mix `p[c] = Σₖ πₖ θ[k][c]` and the uncertainty of the out-of-fold counts:
///
/// ```text
/// X² = Σ_c (n[c] − N p[c])² / (N p[c] + N² Σₖ πₖ² θ[k][c] / Mₖ)
/// ```
///
/// Each label costs a degree of freedom. A small p-value says that the texts are not quite of the kind that the model was tested on; a large one does not prove that they
/// are. In thousands of rows the smallest difference has a small p-value (a model fitted on all rows is a little surer than those of the folds), hence the size.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct MixtureFit {
    /// The statistic, `X²`.
    pub chi_squared: f64,
    /// Cells less labels; 0 if there are too few rows to test anything.
    pub degrees_of_freedom: usize,
    /// How often such rows would fit no better; 1 if nothing can be tested.
    pub p_value: f64,
    /// The size of the misfit for each degree of freedom, `√(max(X² − d, 0) / (d (N − 1)))`, the root mean square error of approximation (Steiger 1990, "Structural model
    /// evaluation and modification"). Below 0.05 is close (Browne, Cudeck 1993).
    pub size: f64,
}

impl MixtureFit {
    /// Whether the rows are of another kind than those that the model was tested on: p below 0.01, and a size that matters.
    pub fn is_misfit(&self) -> bool {
        self.p_value < 0.01 && self.size >= CLOSE
    }
}

impl Quantifier {
    /// Whether any mix of the labels explains the rows of a tally.
    ///
    /// # Errors
    /// [`ErrorKind::NoRows`] if the tally is empty.
    pub fn mixture_fit(&self, tally: &Tally) -> Result<MixtureFit> {
        match tally.rows() {
            0 => Err(ErrorKind::NoRows.into()),
            _ => Ok(test(self, tally)),
        }
    }
}

pub(super) fn test(quantifier: &Quantifier, tally: &Tally) -> MixtureFit {
    let cell_shares = quantifier.cell_shares();
    let counts: Vec<f64> = tally.counts().iter().map(|&n| n as f64).collect();
    let weights = mixture::of_cells(&cell_shares, &counts);
    let rows = tally.rows() as f64;
    let known: Vec<f64> = quantifier
        .counts()
        .iter()
        .map(|row| row.iter().sum::<u64>() as f64)
        .collect();
    let mut chi_squared = 0.0;
    let mut cells = 0;
    let (mut met, mut expected, mut variance) = (0.0, 0.0, 0.0);
    for (cell, count) in counts.iter().enumerate() {
        met += count;
        for (label, weight) in weights.iter().enumerate() {
            let share = cell_shares[label][cell];
            expected += rows * weight * share;
            variance += rows * weight * share + (rows * weight).powi(2) * share / known[label];
        }
        if expected >= FEWEST {
            chi_squared += (met - expected) * (met - expected) / variance;
            cells += 1;
            (met, expected, variance) = (0.0, 0.0, 0.0);
        }
    }
    let degrees_of_freedom = usize::saturating_sub(cells, quantifier.labels().len());
    let excess = (chi_squared - degrees_of_freedom as f64).max(0.0);
    MixtureFit {
        chi_squared,
        degrees_of_freedom,
        p_value: chi_squared_p_value(chi_squared, degrees_of_freedom),
        size: (excess / (degrees_of_freedom.max(1) as f64 * (rows - 1.0).max(1.0))).sqrt(),
    }
}
