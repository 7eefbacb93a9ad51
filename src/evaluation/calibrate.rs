//! Calibrations, fitted on what models say of rows that they never saw.

use rayon::prelude::*;

use super::quantification::confusion_card;
use super::{Evaluation, OutOfFold};
use crate::error::Result;
use crate::model::{Calibration, Model, Prediction};

/// Which [`Calibration`] is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum CalibrationMethod {
    /// None: probabilities stay what the regression says.
    None,
    /// Temperature scaling: one number, which never changes a label.
    #[default]
    Temperature,
    /// Vector scaling: a scale and a shift for each label.
    Vector,
}

impl OutOfFold {
    /// The calibration under which these rows have the smallest log-loss, given that their probabilities are not calibrated yet.
    ///
    /// Minimised is `Σᵢ −ln p(yᵢ) + ½ Σⱼ (θⱼ − θⱼ⁰)²` over the parameters `θ` (scales and shifts; of a temperature `1/T`), where `θ⁰` changes nothing:
    /// the log-loss of Guo et al. 2017 with a penalty of about one row, so that a handful of rows that are all right does not make a
    /// model certain of everything. Parameters are rounded to four decimals: what machines differ in, in the last digit of `exp`, must not show in a
    /// model file.
    pub fn calibration(&self, method: CalibrationMethod) -> Calibration {
        fit(&LogProbabilities::of(self.outcomes(), self.labels().len()), method)
    }

    /// The same rows with calibrated probabilities, cross-fitted: those of a fold by what was fitted on all others, so that no row had a part in
    /// its own calibration.
    pub fn calibrated(&self, method: CalibrationMethod) -> OutOfFold {
        let folds = self.folds().iter().max().map_or(0, |last| last + 1);
        let calibrations: Vec<Calibration> = (0..folds)
            .into_par_iter()
            .map(|fold| {
                let others = self.outcomes().zip(self.folds()).filter(|(_, of)| **of != fold);
                let others = others.map(|(outcome, _)| outcome);
                fit(&LogProbabilities::of(others, self.labels().len()), method)
            })
            .collect();
        let calibrated = |(prediction, &fold): (&Prediction, &usize)| prediction.calibrated(&calibrations[fold]);
        self.with_predictions(self.predictions().iter().zip(self.folds()).map(calibrated).collect())
    }

    /// Finds calibration, thresholds for prediction sets and the bounds of the domain, counts what rows were taken for, and puts all that into the card of
    /// `model`, which was fitted with the same options on all rows.
    /// Gives back the evaluation of the [calibrated](Self::calibrated) rows.
    ///
    /// # Errors
    /// If the model has another number of labels.
    pub fn calibrate(&self, model: &mut Model, method: CalibrationMethod) -> Result<Evaluation> {
        model.set_calibration(self.calibration(method))?;
        let calibrated = self.calibrated(method);
        model.set_conformal_thresholds(calibrated.conformal_thresholds());
        model.set_confusion(confusion_card(calibrated.labels(), calibrated.outcomes()));
        model.set_least_known_share(self.least_known_share())?;
        Ok(calibrated.evaluation())
    }
}

/// Rows × labels, row-major, and the true label of each row.
struct LogProbabilities {
    labels: usize,
    logs: Vec<f64>,
    truths: Vec<usize>,
}

impl LogProbabilities {
    fn of<'p>(outcomes: impl Iterator<Item = (usize, &'p Prediction)>, labels: usize) -> Self {
        let (mut logs, mut truths) = (Vec::new(), Vec::new());
        for (truth, prediction) in outcomes {
            logs.extend(prediction.log_probabilities());
            truths.push(truth);
        }
        LogProbabilities { labels, logs, truths }
    }

    fn rows(&self) -> impl Iterator<Item = (&[f64], usize)> {
        self.logs.chunks_exact(self.labels).zip(self.truths.iter().copied())
    }
}

fn fit(rows: &LogProbabilities, method: CalibrationMethod) -> Calibration {
    let rounded = |x: f64| (x * 1e4).round() / 1e4;
    let labels = rows.labels;
    match method {
        CalibrationMethod::None => Calibration::None,
        CalibrationMethod::Temperature => {
            let found = newton(vec![1.0], 1, |theta, all| temperature(rows, theta[0], all));
            Calibration::Temperature {
                temperature: rounded(1.0 / found[0]),
            }
        }
        CalibrationMethod::Vector => {
            let start = [vec![1.0; labels], vec![0.0; labels]].concat();
            let found = newton(start, labels, |theta, all| vector(rows, theta, all));
            let mut found: Vec<f64> = found.into_iter().map(rounded).collect();
            let shifts = found.split_off(labels);
            Calibration::Vector { scales: found, shifts }
        }
    }
}

/// A function's value, gradient and Hessian (row-major) at a point.
#[derive(Clone)]
struct Derivatives {
    value: f64,
    gradient: Vec<f64>,
    hessian: Vec<f64>,
}

/// Adds the log-loss at the inverse temperature `scale`: with `x = ln q` and `p = softmax(scale · x)` the first derivative is `E[x] − x(y)`, the second
/// `Var[x]`, both under `p`.
fn temperature(rows: &LogProbabilities, scale: f64, all: &mut Derivatives) {
    let mut p = vec![0.0; rows.labels];
    for (x, truth) in rows.rows() {
        p.iter_mut().zip(x).for_each(|(p, x)| *p = scale * x);
        all.value += to_probabilities(&mut p, truth);
        let mean: f64 = p.iter().zip(x).map(|(p, x)| p * x).sum();
        all.gradient[0] += mean - x[truth];
        all.hessian[0] += p.iter().zip(x).map(|(p, x)| p * (x - mean) * (x - mean)).sum::<f64>();
    }
}

/// Adds the log-loss with the scales and shifts `theta`: the gradient by label `k`'s logit is `p(k) − y(k)`, the Hessian `p(k)[j = k] − p(j)p(k)`.
fn vector(rows: &LogProbabilities, theta: &[f64], all: &mut Derivatives) {
    let labels = rows.labels;
    let size = 2 * labels;
    let mut p = vec![0.0; labels];
    for (x, truth) in rows.rows() {
        for (k, p) in p.iter_mut().enumerate() {
            *p = theta[k] * x[k] + theta[labels + k];
        }
        all.value += to_probabilities(&mut p, truth);
        for j in 0..labels {
            let by_logit = p[j] - f64::from(u8::from(j == truth));
            all.gradient[j] += by_logit * x[j];
            all.gradient[labels + j] += by_logit;
            for k in 0..labels {
                let by_both = p[j] * (f64::from(u8::from(j == k)) - p[k]);
                all.hessian[j * size + k] += by_both * x[j] * x[k];
                all.hessian[j * size + labels + k] += by_both * x[j];
                all.hessian[(labels + j) * size + k] += by_both * x[k];
                all.hessian[(labels + j) * size + labels + k] += by_both;
            }
        }
    }
}

/// Turns logits into probabilities; gives back `−ln p(truth)`.
fn to_probabilities(logits: &mut [f64], truth: usize) -> f64 {
    let max = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let of_truth = logits[truth] - max;
    logits.iter_mut().for_each(|logit| *logit = libm::exp(*logit - max));
    let sum: f64 = logits.iter().sum();
    logits.iter_mut().for_each(|p| *p /= sum);
    libm::log(sum) - of_truth
}

/// Minimises a convex function plus `½‖θ − start‖²` by Newton's method with backtracking (Boyd, Vandenberghe 2004, "Convex optimization",
/// algorithm 9.5). The first `scales` parameters stay between 1/20 and 20. `add` adds the function's derivatives to zeros.
fn newton(start: Vec<f64>, scales: usize, add: impl Fn(&[f64], &mut Derivatives)) -> Vec<f64> {
    const STEPS: usize = 50;
    let size = start.len();
    let derivatives = |theta: &[f64]| {
        let mut all = Derivatives {
            value: 0.0,
            gradient: vec![0.0; size],
            hessian: vec![0.0; size * size],
        };
        add(theta, &mut all);
        for j in 0..size {
            let distance = theta[j] - start[j];
            all.value += 0.5 * distance * distance;
            all.gradient[j] += distance;
            all.hessian[j * size + j] += 1.0;
        }
        all
    };
    let mut theta = start.clone();
    let mut here = derivatives(&theta);
    for _ in 0..STEPS {
        let step = solve(here.hessian.clone(), here.gradient.clone());
        let decrement: f64 = step.iter().zip(&here.gradient).map(|(s, g)| s * g).sum();
        if decrement.is_nan() || decrement <= 1e-9 {
            break;
        }
        let mut length = 1.0;
        let next = loop {
            let there: Vec<f64> = theta.iter().zip(&step).map(|(t, s)| t - length * s).collect();
            if there[..scales].iter().all(|scale| (0.05..=20.0).contains(scale)) {
                let found = derivatives(&there);
                if found.value <= here.value - 0.25 * length * decrement {
                    break Some((there, found));
                }
            }
            length /= 2.0;
            if length < 1e-6 {
                break None;
            }
        };
        let Some(next) = next else { break };
        (theta, here) = next;
    }
    theta
}

/// Solves `matrix · x = right` for a symmetric, positive definite matrix (row-major), by elimination.
fn solve(mut matrix: Vec<f64>, mut right: Vec<f64>) -> Vec<f64> {
    let size = right.len();
    for pivot in 0..size {
        for row in pivot + 1..size {
            let factor = matrix[row * size + pivot] / matrix[pivot * size + pivot];
            for column in pivot..size {
                matrix[row * size + column] -= factor * matrix[pivot * size + column];
            }
            right[row] -= factor * right[pivot];
        }
    }
    for row in (0..size).rev() {
        let known: f64 = (row + 1..size)
            .map(|column| matrix[row * size + column] * right[column])
            .sum();
        right[row] = (right[row] - known) / matrix[row * size + row];
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: [[f64; 3]; 6] = [
        [0.7, 0.2, 0.1],
        [0.1, 0.6, 0.3],
        [0.3, 0.3, 0.4],
        [0.9, 0.05, 0.05],
        [0.2, 0.5, 0.3],
        [0.1, 0.1, 0.8],
    ];

    fn rows(truths: &[usize], probabilities: &[[f64; 3]]) -> LogProbabilities {
        LogProbabilities {
            labels: 3,
            logs: probabilities.iter().flatten().map(|p| p.ln()).collect(),
            truths: truths.to_vec(),
        }
    }

    /// scipy 1.17's `minimize` (BFGS) on the objective as it is documented.
    #[test]
    fn the_minimum_is_that_of_scipy() {
        let truths = [
            0, 2, 2, 0, 1, 0, 0, 1, 2, 0, 1, 0, 0, 2, 1, 0, 1, 0, 0, 2, 0, 0, 1, 0, 0, 2, 2, 0, 1, 0,
        ];
        let rows = rows(&truths, &ROWS.repeat(5));
        assert_eq!(
            fit(&rows, CalibrationMethod::Temperature),
            Calibration::Temperature { temperature: 1.3047 }
        );
        let Calibration::Vector { scales, shifts } = fit(&rows, CalibrationMethod::Vector) else {
            panic!("vector scaling was asked for");
        };
        let expected = [0.629318, 1.501836, 0.578982, 0.218919, 0.366618, -0.585537];
        for (found, expected) in scales.iter().chain(&shifts).zip(expected) {
            assert!((found - expected).abs() <= 6e-5, "{scales:?} {shifts:?}");
        }
    }

    #[test]
    fn a_few_rows_that_are_all_right_make_no_model_certain() {
        let rows = rows(&[0, 1, 0, 2], &[ROWS[0], ROWS[1], ROWS[3], ROWS[5]]);
        let Calibration::Temperature { temperature } = fit(&rows, CalibrationMethod::Temperature) else {
            panic!("a temperature was asked for");
        };
        assert!((0.3..1.0).contains(&temperature), "{temperature}");
    }

    #[test]
    fn rows_that_are_all_wrong_and_no_rows_have_a_calibration() {
        for rows in [rows(&[2, 2, 2], &[[1.0 - 2e-300, 1e-300, 1e-300]; 3]), rows(&[], &[])] {
            for method in [
                CalibrationMethod::None,
                CalibrationMethod::Temperature,
                CalibrationMethod::Vector,
            ] {
                assert!(fit(&rows, method).fits(3), "{method:?}");
            }
        }
    }
}
