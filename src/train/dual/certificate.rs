//! The proof of how close a point is to the optimum.

use super::row::softmax;
use super::{LANES, State};
use crate::parallel::in_chunks;
use crate::train::problem::{Problem, Solution};

impl State<'_> {
    /// The solution at the present weights, and a proven bound on its relative distance from the optimum.
    ///
    /// For the upper end the intercept is moved to the optimum for these weights, by Newton's method. For the lower end
    /// the dual point must meet its constraint, which it does only nearly: it is mixed with a constant distribution, `p′ = (1 − θ)p + θr`,
    /// with `r` and the smallest `θ` such that `Σ cᵢp′ᵢ = Σ cᵢe_yᵢ`. Entropy is concave and `W` linear in `p`, so
    ///
    /// ```text
    /// D(p′) ≥ (1−θ)·Σ cᵢH(pᵢ) + θ·H(r)·Σ cᵢ − (α/2)·[(1−θ)²‖W‖² + 2θ(1−θ)·W·W(r) + θ²‖W(r)‖²]
    /// α·W·W(r) = Σ cᵢ (e_yᵢ − r)·(Wᵀxᵢ)      ‖W(r)‖ ≤ (√2/α)·Σ cᵢ‖xᵢ‖
    /// ```
    pub(super) fn certificate(&self, epochs: usize) -> Solution {
        let (problem, alpha) = (self.problem, self.alpha);
        let classes = problem.classes;
        let coefficients = self.unpadded_coefficients();
        let scores = self.scores();
        let intercept = optimal_intercept(problem, &scores, &self.intercept, &self.label_mass);
        let norm: f64 = coefficients.iter().map(|w| w * w).sum();

        let violation = self.violation();
        let theta = (0..classes)
            .map(|k| {
                if violation[k] > 0.0 {
                    violation[k] / self.dual_mass[k]
                } else {
                    0.0
                }
            })
            .fold(0.0, f64::max);
        let mixed: Vec<f64> = (0..classes)
            .map(|k| {
                if theta > 0.0 {
                    (self.dual_mass[k] - violation[k] / theta).max(0.0) / self.mass
                } else {
                    0.0
                }
            })
            .collect();
        let sums = sum_over_rows(problem, 4, |i, sums, shifted, p| {
            let weight = problem.weight(i);
            let s = &scores[i * classes..][..classes];
            shift(s, &intercept, shifted);
            let target = problem.targets[i];
            let at_target = shifted[target];
            let mean: f64 = mixed.iter().zip(s).map(|(r, s)| r * s).sum();
            let (p_dual, log_p_dual) = (&self.dual[i * classes..], &self.log_dual[i * classes..]);
            let entropy: f64 = p_dual[..classes]
                .iter()
                .zip(log_p_dual)
                .map(|(p, log_p)| -p * log_p)
                .sum();
            sums[0] += weight * (softmax(shifted, p) - at_target);
            sums[1] += weight * entropy;
            sums[2] += weight * (s[target] - mean);
            sums[3] += weight * self.squared_norms[i].sqrt();
        });
        let (loss, entropies, cross, norms) = (sums[0], sums[1], sums[2], sums[3]);
        let objective = loss + 0.5 * alpha * norm;
        let far = 2.0 * norms * norms / alpha;
        let dual = (1.0 - theta) * entropies + theta * self.mass * entropy(&mixed)
            - 0.5
                * (alpha * (1.0 - theta) * (1.0 - theta) * norm
                    + 2.0 * theta * (1.0 - theta) * cross
                    + theta * theta * far);
        Solution {
            coefficients,
            intercept,
            objective,
            relative_gap: ((objective - dual) / objective.max(f64::MIN_POSITIVE)).max(0.0),
            epochs,
        }
    }
}

impl State<'_> {
    /// `Wᵀxᵢ` for every row, rows × classes.
    fn scores(&self) -> Vec<f64> {
        let classes = self.problem.classes;
        let parts = in_chunks(self.problem.rows.rows(), |range| {
            let mut scores = Vec::with_capacity(range.len() * classes);
            let mut lanes = vec![[0.0; LANES]; self.groups];
            for i in range {
                self.bring_close(i + 1);
                self.multiply(i, &mut lanes);
                scores.extend_from_slice(&lanes.as_flattened()[..classes]);
            }
            scores
        });
        parts.concat()
    }
}

/// Adds up `width` values of each row, on all cores and always in the same order. `add` is given a row, the sums, and two
/// buffers with a place for each class.
fn sum_over_rows(
    problem: &Problem<'_>,
    width: usize,
    add: impl Fn(usize, &mut [f64], &mut [f64], &mut [f64]) + Send + Sync,
) -> Vec<f64> {
    let parts = in_chunks(problem.rows.rows(), |range| {
        let mut sums = vec![0.0; width];
        let (mut scores, mut p) = (vec![0.0; problem.classes], vec![0.0; problem.classes]);
        range.for_each(|i| add(i, &mut sums, &mut scores, &mut p));
        sums
    });
    parts.into_iter().fold(vec![0.0; width], |mut sums, part| {
        sums.iter_mut().zip(part).for_each(|(s, p)| *s += p);
        sums
    })
}

/// Leaves scores + intercept in `shifted`.
fn shift(scores: &[f64], intercept: &[f64], shifted: &mut [f64]) {
    let both = scores.iter().zip(intercept);
    shifted
        .iter_mut()
        .zip(both)
        .for_each(|(shifted, (s, b))| *shifted = s + b);
}

fn entropy(p: &[f64]) -> f64 {
    p.iter().map(|&p| if p > 0.0 { -p * libm::log(p) } else { 0.0 }).sum()
}

/// The intercept that minimises the loss for fixed `scores`, by Newton's method with halved steps; adds up to zero.
fn optimal_intercept(problem: &Problem<'_>, scores: &[f64], start: &[f64], label_mass: &[f64]) -> Vec<f64> {
    let classes = problem.classes;
    let mass: f64 = label_mass.iter().sum();
    let mut intercept = start.to_vec();
    for _ in 0..20 {
        // The gradient, then the Hessian.
        let mut sums = sum_over_rows(problem, classes + classes * classes, |i, sums, shifted, p| {
            let weight = problem.weight(i);
            shift(&scores[i * classes..][..classes], &intercept, shifted);
            softmax(shifted, p);
            let (gradient, hessian) = sums.split_at_mut(classes);
            for k in 0..classes {
                gradient[k] += weight * p[k];
                hessian[k * classes + k] += weight * p[k];
                for l in 0..classes {
                    hessian[k * classes + l] -= weight * p[k] * p[l];
                }
            }
        });
        let mut hessian = sums.split_off(classes);
        let gradient: Vec<f64> = sums.iter().zip(label_mass).map(|(p, n)| p - n).collect();
        let largest = gradient.iter().fold(0.0f64, |m, g| m.max(g.abs()));
        // What the objective could still gain is of the order of the square.
        if largest <= 1e-9 * mass {
            break;
        }
        // The Hessian is singular along (1, …, 1); the ridge holds that direction still.
        (0..classes * classes).for_each(|kl| hessian[kl] += 1e-9 * mass / classes as f64);
        let step = solve_symmetric(hessian, gradient, classes);
        let longest = step.iter().fold(0.0f64, |m, s| m.max(s.abs()));
        let scale = if longest > 2.0 { 2.0 / longest } else { 1.0 };
        intercept.iter_mut().zip(step).for_each(|(b, s)| *b -= scale * s);
    }
    let mean = intercept.iter().sum::<f64>() / classes as f64;
    intercept.iter_mut().for_each(|b| *b -= mean);
    intercept
}

/// Gaussian elimination with pivoting for a handful of unknowns.
fn solve_symmetric(mut a: Vec<f64>, mut b: Vec<f64>, n: usize) -> Vec<f64> {
    for column in 0..n {
        let pivot = (column..n)
            .max_by(|&i, &j| a[i * n + column].abs().total_cmp(&a[j * n + column].abs()))
            .unwrap_or(column);
        for k in 0..n {
            a.swap(column * n + k, pivot * n + k);
        }
        b.swap(column, pivot);
        let divisor = a[column * n + column];
        if divisor == 0.0 {
            continue;
        }
        for i in column + 1..n {
            let factor = a[i * n + column] / divisor;
            for k in column..n {
                a[i * n + k] -= factor * a[column * n + k];
            }
            b[i] -= factor * b[column];
        }
    }
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|k| a[i * n + k] * b[k]).sum();
        let divisor = a[i * n + i];
        b[i] = if divisor == 0.0 { 0.0 } else { (b[i] - known) / divisor };
    }
    b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_system_is_solved() {
        let x = solve_symmetric(vec![0.0, 2.0, 1.0, 1.0], vec![4.0, 3.0], 2);
        assert!((x[0] - 1.0).abs() < 1e-12 && (x[1] - 2.0).abs() < 1e-12);
    }
}
