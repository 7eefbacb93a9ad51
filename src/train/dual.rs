//! Dual coordinate descent for multinomial logistic regression on sparse rows.
//!
//! The problem, with rows `xᵢ`, classes `yᵢ` and row weights `cᵢ`:
//!
//! ```text
//! P(W, b) = Σᵢ cᵢ · −log softmax(Wᵀxᵢ + b)[yᵢ] + (α/2)·‖W‖²
//! ```
//!
//! Its dual has a distribution `pᵢ` over the classes for each row (Yu, Huang, Lin 2011, "Dual coordinate descent methods for
//! logistic regression and maximum entropy models", section 5), `H` being the entropy:
//!
//! ```text
//! W(p) = (1/α)·Σᵢ cᵢ (e_yᵢ − pᵢ) xᵢ          D(p) = −(α/2)·‖W(p)‖² + Σᵢ cᵢ H(pᵢ)   subject to Σᵢ cᵢ (pᵢ − e_yᵢ) = 0
//! ```
//!
//! One step takes a row and moves its `pᵢ` to the maximum with all others fixed, keeping `W = W(p)` up to date; a row
//! touches the columns that it has and no others. The constraint, `v(p) = Σᵢ cᵢ (pᵢ − e_yᵢ) = 0`, is the intercept's: it is met
//! by the method of multipliers (Hestenes 1969; the proximal point method on `b`). Within an epoch `b = m − σ·v(p)` with a fixed `m`,
//! so that the intercept is one more column that every row has; after an epoch `m ← b`.
//!
//! Every dual point that meets the constraint is a lower bound, `D(p) ≤ P*`, so the fit ends with a proof: the relative duality
//! gap `(P − D)/P`, computed in [`certificate`].

use super::problem::{Problem, Solution, log_sum_exp};

/// Rows that keep their order when epochs shuffle: neighbours share cache lines.
const BLOCK: usize = 64;
/// How stiffly the constraint is held within an epoch, in units of the loss's curvature along the intercept: σ = 20 / Σᵢ cᵢ p(1 − p),
/// but no more than one column of ones would have. With less the intercept creeps, with more it couples all rows and every
/// step gets shorter.
const STIFFNESS: f64 = 20.0;

/// Solves `problem` until the relative duality gap is at most `tolerance`, or for `max_epochs`.
pub(crate) fn solve(problem: &Problem<'_>, tolerance: f64, max_epochs: usize, seed: u64) -> Solution {
    let mut state = State::new(problem);
    let mut order: Vec<usize> = (0..problem.rows.rows().div_ceil(BLOCK)).collect();
    let mut random = SplitMix64(seed);
    let mut best = None;
    for epoch in 1..=max_epochs {
        random.shuffle(&mut order);
        let estimate = state.sweep(&order, epoch == 1);
        // The estimate is of weights that moved meanwhile: good enough to know when proving is worth its pass.
        if estimate <= 2.0 * tolerance || epoch == max_epochs {
            let (solution, gap) = state.certificate(epoch);
            best = Some(solution);
            if gap <= tolerance {
                break;
            }
        }
    }
    best.unwrap_or_else(|| state.certificate(0).0)
}

struct State<'p> {
    problem: &'p Problem<'p>,
    /// W(p), columns × classes.
    coefficients: Vec<f64>,
    intercept: Vec<f64>,
    /// p, rows × classes.
    dual: Vec<f64>,
    /// Σᵢ cᵢ pᵢ.
    dual_mass: Vec<f64>,
    /// Σᵢ cᵢ e_yᵢ.
    label_mass: Vec<f64>,
    /// Σᵢ cᵢ.
    mass: f64,
    squared_norms: Vec<f64>,
    /// σ.
    stiffness: f64,
}

impl<'p> State<'p> {
    fn new(problem: &'p Problem<'p>) -> Self {
        let classes = problem.classes;
        let rows = problem.rows;
        let mut dual = vec![0.0; rows.rows() * classes];
        let mut label_mass = vec![0.0; classes];
        for (i, &class) in problem.targets.iter().enumerate() {
            dual[i * classes + class] = 1.0;
            label_mass[class] += problem.weight(i);
        }
        let mass: f64 = label_mass.iter().sum();
        let squared_norm = |i| rows.row(i).1.iter().map(|&v| f64::from(v) * f64::from(v)).sum();
        State {
            problem,
            coefficients: vec![0.0; rows.columns() * classes],
            intercept: vec![0.0; classes],
            dual,
            dual_mass: label_mass.clone(),
            mass,
            label_mass,
            squared_norms: (0..rows.rows()).map(squared_norm).collect(),
            stiffness: (STIFFNESS / (0.25 * mass)).min(1.0 / problem.alpha),
        }
    }

    /// Visits every row once; gives back an estimate of the relative gap.
    fn sweep(&mut self, order: &[usize], first: bool) -> f64 {
        let rows = self.problem.rows.rows();
        let (mut primal, mut gap, mut curvature) = (0.0, 0.0, 0.0);
        let mut scratch = Scratch::new(self.problem.classes);
        for &block in order {
            for i in block * BLOCK..((block + 1) * BLOCK).min(rows) {
                let (row_loss, row_gap) = self.visit(i, first, &mut scratch);
                curvature += self.problem.weight(i) * scratch.p.iter().map(|p| p * (1.0 - p)).sum::<f64>()
                    / scratch.p.len() as f64;
                primal += row_loss;
                gap += row_gap;
            }
        }
        // m ← b, and with it b ← m − σ·v.
        let violation = self.violation();
        self.intercept
            .iter_mut()
            .zip(&violation)
            .for_each(|(b, v)| *b -= self.stiffness * v);
        self.stiffness = (STIFFNESS / curvature).min(1.0 / self.problem.alpha);
        let violation: f64 = violation.iter().map(|v| v.abs()).sum();
        let norm: f64 = self.coefficients.iter().map(|w| w * w).sum();
        (gap + violation) / (primal + 0.5 * self.problem.alpha * norm)
    }

    /// Moves the distribution of row `i` to its optimum. Gives back the row's loss before the move, and by how much it
    /// exceeds the row's share in the dual.
    fn visit(&mut self, i: usize, first: bool, scratch: &mut Scratch) -> (f64, f64) {
        let classes = self.problem.classes;
        let weight = self.problem.weight(i);
        if weight == 0.0 {
            return (0.0, 0.0);
        }
        let (indices, values) = self.problem.rows.row(i);
        let Scratch { scores, target, p } = scratch;
        scores.copy_from_slice(&self.intercept);
        for (&j, &x) in indices.iter().zip(values) {
            let x = f64::from(x);
            let w = &self.coefficients[j as usize * classes..][..classes];
            scores.iter_mut().zip(w).for_each(|(s, w)| *s += x * w);
        }
        let old = &mut self.dual[i * classes..][..classes];
        let log_sum = log_sum_exp(scores);
        let loss = log_sum - scores[self.problem.targets[i]];
        // Fenchel–Young: how far p is from softmax(scores).
        let dual_value: f64 = old.iter().zip(&*scores).map(|(&p, s)| p * s).sum::<f64>() + entropy(old);
        let row_gap = log_sum - dual_value;

        let q = weight * (self.squared_norms[i] / self.problem.alpha + self.stiffness);
        for ((t, s), &mut p) in target.iter_mut().zip(&*scores).zip(old.iter_mut()) {
            *t = s + q * p;
        }
        if first {
            p.iter_mut()
                .zip(&*scores)
                .for_each(|(p, s)| *p = libm::exp(s - log_sum));
        } else {
            p.copy_from_slice(old);
        }
        maximise(target, q, p);
        let step = weight / self.problem.alpha;
        for (k, mass) in self.dual_mass.iter_mut().enumerate() {
            let moved = weight * (p[k] - old[k]);
            *mass += moved;
            self.intercept[k] -= self.stiffness * moved;
            // `target` has served; it carries the move of W now.
            target[k] = step * (old[k] - p[k]);
        }
        old.copy_from_slice(p);
        for (&j, &x) in indices.iter().zip(values) {
            let x = f64::from(x);
            let w = &mut self.coefficients[j as usize * classes..][..classes];
            w.iter_mut().zip(&*target).for_each(|(w, t)| *w += x * t);
        }
        (weight * loss, weight * row_gap)
    }

    /// Σᵢ cᵢ (pᵢ − e_yᵢ): zero at the optimum.
    fn violation(&self) -> Vec<f64> {
        self.dual_mass
            .iter()
            .zip(&self.label_mass)
            .map(|(p, n)| p - n)
            .collect()
    }

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
    fn certificate(&self, epochs: usize) -> (Solution, f64) {
        let problem = self.problem;
        let (classes, alpha) = (problem.classes, problem.alpha);
        let rows = problem.rows.rows();
        let scores = problem.scores(&self.coefficients);
        let row_scores = |i: usize| &scores[i * classes..][..classes];
        let intercept = optimal_intercept(problem, &scores, &self.intercept, &self.label_mass);
        let norm: f64 = self.coefficients.iter().map(|w| w * w).sum();
        let mut loss = 0.0;
        let mut shifted = vec![0.0; classes];
        for i in 0..rows {
            let s = row_scores(i);
            (0..classes).for_each(|k| shifted[k] = s[k] + intercept[k]);
            loss += problem.weight(i) * (log_sum_exp(&shifted) - shifted[problem.targets[i]]);
        }
        let objective = loss + 0.5 * alpha * norm;

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
        let (mut entropies, mut cross, mut norms) = (0.0, 0.0, 0.0);
        for i in 0..rows {
            let weight = problem.weight(i);
            let s = row_scores(i);
            entropies += weight * entropy(&self.dual[i * classes..][..classes]);
            let mean: f64 = mixed.iter().zip(s).map(|(r, s)| r * s).sum();
            cross += weight * (s[problem.targets[i]] - mean);
            norms += weight * self.squared_norms[i].sqrt();
        }
        let far = 2.0 * norms * norms / alpha;
        let dual = (1.0 - theta) * entropies + theta * self.mass * entropy(&mixed)
            - 0.5
                * (alpha * (1.0 - theta) * (1.0 - theta) * norm
                    + 2.0 * theta * (1.0 - theta) * cross
                    + theta * theta * far);
        let relative_gap = ((objective - dual) / objective.max(f64::MIN_POSITIVE)).max(0.0);
        let solution = Solution {
            coefficients: self.coefficients.clone(),
            intercept,
            objective,
            relative_gap,
            epochs,
        };
        (solution, relative_gap)
    }
}

/// The intercept that minimises the loss for fixed `scores`, by Newton's method with halved steps; adds up to zero.
fn optimal_intercept(problem: &Problem<'_>, scores: &[f64], start: &[f64], label_mass: &[f64]) -> Vec<f64> {
    let classes = problem.classes;
    let rows = problem.rows.rows();
    let mass: f64 = label_mass.iter().sum();
    let mut intercept = start.to_vec();
    let mut shifted = vec![0.0; classes];
    for _ in 0..20 {
        let mut gradient: Vec<f64> = label_mass.iter().map(|n| -n).collect();
        let mut hessian = vec![0.0; classes * classes];
        for i in 0..rows {
            let weight = problem.weight(i);
            let s = &scores[i * classes..][..classes];
            (0..classes).for_each(|k| shifted[k] = s[k] + intercept[k]);
            let log_sum = log_sum_exp(&shifted);
            shifted.iter_mut().for_each(|s| *s = libm::exp(*s - log_sum));
            for k in 0..classes {
                gradient[k] += weight * shifted[k];
                hessian[k * classes + k] += weight * shifted[k];
                for l in 0..classes {
                    hessian[k * classes + l] -= weight * shifted[k] * shifted[l];
                }
            }
        }
        let largest = gradient.iter().fold(0.0f64, |m, g| m.max(g.abs()));
        if largest <= 1e-12 * mass {
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

/// Buffers of one visit.
struct Scratch {
    scores: Vec<f64>,
    target: Vec<f64>,
    p: Vec<f64>,
}

impl Scratch {
    fn new(classes: usize) -> Self {
        let zeros = vec![0.0; classes];
        Scratch {
            scores: zeros.clone(),
            target: zeros.clone(),
            p: zeros,
        }
    }
}

/// Finds the distribution with `log pₖ + q·pₖ + τ = aₖ` for some τ, starting from `p`: Newton's method in (log p, τ).
fn maximise(a: &[f64], q: f64, p: &mut [f64]) {
    // z = log p lives in p's place until the end.
    let mut tau = 0.0;
    let floor = -700.0;
    for (p, a) in p.iter_mut().zip(a) {
        let z = if *p > 1e-300 { libm::log(*p) } else { floor };
        tau += *p * (a - z - q * *p);
        *p = z;
    }
    for _ in 0..50 {
        let (mut sum, mut weighted, mut slope) = (0.0, 0.0, 0.0);
        let mut worst = 0.0f64;
        for (&z, a) in p.iter().zip(a) {
            let value = libm::exp(z);
            let residual = z + q * value + tau - a;
            let d = value / (1.0 + q * value);
            sum += value;
            weighted += d * residual;
            slope += d;
            worst = worst.max(residual.abs());
        }
        let off = sum - 1.0;
        if off.abs() < 1e-12 && worst < 1e-10 {
            break;
        }
        let d_tau = (off - weighted) / slope;
        for (z, a) in p.iter_mut().zip(a) {
            let value = libm::exp(*z);
            let residual = *z + q * value + tau - a;
            *z = (*z - (residual + d_tau) / (1.0 + q * value)).clamp(floor, 0.0);
        }
        tau += d_tau;
    }
    let mut sum = 0.0;
    for z in p.iter_mut() {
        *z = libm::exp(*z);
        sum += *z;
    }
    p.iter_mut().for_each(|p| *p /= sum);
}

fn entropy(p: &[f64]) -> f64 {
    p.iter().map(|&p| if p > 0.0 { -p * libm::log(p) } else { 0.0 }).sum()
}

/// Steele, Lea, Flood 2014: enough to shuffle, the same everywhere.
pub(crate) struct SplitMix64(pub u64);

impl SplitMix64 {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    /// Fisher–Yates.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_row_problem_is_solved(
            a in prop::collection::vec(-30.0f64..30.0, 2..6),
            q in 1e-6f64..500.0,
        ) {
            let mut p = vec![1.0 / a.len() as f64; a.len()];
            maximise(&a, q, &mut p);
            prop_assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            // All taus agree where p is not at the floor.
            let taus: Vec<f64> = p.iter().zip(&a).filter(|(p, _)| **p > 1e-200).map(|(p, a)| a - p.ln() - q * p).collect();
            for t in &taus {
                prop_assert!((t - taus[0]).abs() < 1e-6, "{taus:?} {p:?}");
            }
        }
    }

    #[test]
    fn a_small_system_is_solved() {
        let x = solve_symmetric(vec![0.0, 2.0, 1.0, 1.0], vec![4.0, 3.0], 2);
        assert!((x[0] - 1.0).abs() < 1e-12 && (x[1] - 2.0).abs() < 1e-12);
    }

    #[test]
    fn shuffling_keeps_every_item() {
        let mut items: Vec<usize> = (0..100).collect();
        SplitMix64(7).shuffle(&mut items);
        assert_ne!(items, (0..100).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
