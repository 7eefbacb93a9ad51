//! The same fit by linfa-logistic, on dense rows: for small data, and the oracle of the tests.
//!
//! linfa-logistic 0.8 takes dense arrays only, knows no row weights, and says nothing of how it ended. Its `log_sum_exp`
//! subtracts the maximum of the whole matrix, which is harmless for rows of norm 1 and moderate α.

use linfa::traits::Fit;
use linfa_logistic::MultiLogisticRegression;
use ndarray::{Array1, Array2};

use super::problem::{Problem, Solution, log_sum_exp};
use crate::error::{ErrorKind, Result};

/// The largest dense array that is allowed, in bytes; L-BFGS needs several of it.
pub const DENSE_LIMIT: u64 = 1_000_000_000;

pub(crate) fn solve(problem: &Problem<'_>, alpha: f64, tolerance: f64, max_iterations: usize) -> Result<Solution> {
    let (rows, columns) = (problem.rows.rows(), problem.rows.columns());
    let bytes = 8 * rows as u64 * columns as u64;
    if bytes > DENSE_LIMIT {
        return Err(ErrorKind::DenseTooLarge {
            rows,
            columns,
            bytes,
            limit: DENSE_LIMIT,
        }
        .into());
    }
    if !problem.weights.is_empty() {
        return Err(ErrorKind::InvalidParameter {
            name: "the solver",
            value: "linfa, with weights for classes or rows".to_owned(),
            must: "`dual` where weights are used: linfa-logistic knows none",
        }
        .into());
    }
    let mut dense = Array2::zeros((rows, columns));
    for i in 0..rows {
        for (j, x) in problem.rows.entries(i) {
            dense[[i, j]] = f64::from(x);
        }
    }
    let dataset = linfa::Dataset::new(dense, Array1::from_vec(problem.targets.to_vec()));
    let fitted = MultiLogisticRegression::default()
        .alpha(alpha)
        .max_iterations(max_iterations as u64)
        .gradient_tolerance(tolerance)
        .fit(&dataset)?;

    // linfa's classes are the labels that occur, in its own order.
    let classes = problem.classes;
    let mut coefficients = vec![0.0; columns * classes];
    let mut intercept = vec![f64::NEG_INFINITY; classes];
    for (theirs, &class) in fitted.classes().iter().enumerate() {
        for j in 0..columns {
            coefficients[j * classes + class] = fitted.params()[[j, theirs]];
        }
        intercept[class] = fitted.intercept()[theirs];
    }
    // A class without rows gets an intercept far below the others: finite, so that a model file can hold it.
    let lowest = intercept.iter().copied().filter(|b| b.is_finite()).fold(0.0, f64::min);
    intercept
        .iter_mut()
        .filter(|b| !b.is_finite())
        .for_each(|b| *b = lowest - 50.0);

    let scores = problem.scores(&coefficients);
    let norm: f64 = coefficients.iter().map(|w| w * w).sum();
    let loss: f64 = scores
        .chunks_exact(classes)
        .zip(problem.targets)
        .map(|(scores, &class)| {
            let shifted: Vec<f64> = scores.iter().zip(&intercept).map(|(s, b)| s + b).collect();
            log_sum_exp(&shifted) - shifted[class]
        })
        .sum();
    Ok(Solution {
        coefficients,
        intercept,
        objective: loss + 0.5 * alpha * norm,
        relative_gap: f64::NAN,
        epochs: max_iterations,
    })
}
