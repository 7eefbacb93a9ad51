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
//! by the method of multipliers (Hestenes 1969; the proximal point method on `b`). Every step keeps `b = m − σ·v(p)`, so that the
//! intercept is one more column that every row has; every few thousand rows `m` moves on by `−μσ·v(p)`. `μ` grows while `v` keeps
//! its direction and shrinks when it turns round: with `μ = 1` once an epoch the intercept alone took twice as many epochs as all
//! other columns.
//!
//! Every dual point that meets the constraint is a lower bound, `D(p) ≤ P*`, so the fit ends with a proof: the relative duality
//! gap `(P − D)/P`, computed in [`certificate`].

mod certificate;
mod row;

use super::problem::{Problem, Solution};
use super::random::SplitMix64;
use crate::features::prefetch;
use crate::parallel::in_chunks;
use row::{FLOOR, maximise};

/// Rows that keep their order when epochs shuffle: neighbours share cache lines.
const BLOCK: usize = 64;
/// How stiffly the constraint is held from step to step, in units of the loss's curvature along the intercept: σ = 20 / Σᵢ cᵢ p(1 − p),
/// but no more than one column of ones would have. With more it couples all rows and every step gets shorter.
const STIFFNESS: f64 = 20.0;
/// After how many blocks the multiplier moves; with few rows more often.
const MULTIPLIER_BLOCKS: usize = 64;
/// How often in an epoch the multiplier moves at least.
const MULTIPLIER_STEPS: usize = 8;
/// By how much the multiplier's steps grow while the violation keeps its direction, and shrink when it turns round.
const GROWTH: f64 = 1.3;
const SHRINKAGE: f64 = 0.6;
/// The longest step of the multiplier.
const LONGEST_STEP: f64 = 4.0;
/// The weights of a column are kept in groups of so many classes, the last one filled up with zeros: a group never lies across two
/// cache lines and is computed at once.
const LANES: usize = 4;
/// How far above the tolerance a sweep's estimate may lie where the proof is tried. The estimate is of rows as they stood when they were
/// visited; what the sweep itself gained is missing in it.
const EAGERNESS: f64 = 4.0;
/// A value for each class of a group.
type Lanes = [f64; LANES];

/// Solves `problem` for each of `alphas` in turn until the relative duality gap is at most `tolerance`, or for `max_epochs`
/// each. Every solution starts from the one before it: alphas that lie close together cost little.
pub(crate) fn solve_path(
    problem: &Problem<'_>,
    alphas: &[f64],
    tolerance: f64,
    max_epochs: usize,
    seed: u64,
) -> Vec<Solution> {
    let mut state = State::new(problem, alphas.first().copied().unwrap_or(1.0));
    let solve = |&alpha: &f64| {
        state.rescale(alpha);
        state.solve(tolerance, max_epochs, seed)
    };
    alphas.iter().map(solve).collect()
}

struct State<'p> {
    problem: &'p Problem<'p>,
    alpha: f64,
    /// Groups of classes.
    groups: usize,
    /// W(p), columns × groups.
    coefficients: Vec<Lanes>,
    intercept: Vec<f64>,
    /// p, rows × classes, and its logarithm.
    dual: Vec<f64>,
    log_dual: Vec<f64>,
    /// Σᵢ cᵢ pᵢ.
    dual_mass: Vec<f64>,
    /// Σᵢ cᵢ e_yᵢ.
    label_mass: Vec<f64>,
    /// Σᵢ cᵢ.
    mass: f64,
    squared_norms: Vec<f64>,
    /// σ.
    stiffness: f64,
    /// μ, and v where it last moved the multiplier.
    multiplier_step: f64,
    last_violation: Vec<f64>,
}

impl<'p> State<'p> {
    fn new(problem: &'p Problem<'p>, alpha: f64) -> Self {
        let classes = problem.classes;
        let rows = problem.rows;
        let groups = classes.div_ceil(LANES);
        let mut dual = vec![0.0; rows.rows() * classes];
        let mut log_dual = vec![FLOOR; rows.rows() * classes];
        let mut label_mass = vec![0.0; classes];
        for (i, &class) in problem.targets.iter().enumerate() {
            dual[i * classes + class] = 1.0;
            log_dual[i * classes + class] = 0.0;
            label_mass[class] += problem.weight(i);
        }
        let mass: f64 = label_mass.iter().sum();
        let squared_norm = |i| -> f64 { rows.row(i).1.iter().map(|&v| f64::from(v) * f64::from(v)).sum() };
        let squared_norms = in_chunks(rows.rows(), |range| range.map(squared_norm).collect::<Vec<_>>());
        State {
            problem,
            alpha,
            groups,
            coefficients: vec![[0.0; LANES]; rows.columns() * groups],
            intercept: vec![0.0; classes],
            dual,
            log_dual,
            dual_mass: label_mass.clone(),
            mass,
            label_mass,
            squared_norms: squared_norms.concat(),
            stiffness: (STIFFNESS / (0.25 * mass)).min(1.0 / alpha),
            multiplier_step: 1.0,
            last_violation: vec![0.0; classes],
        }
    }

    /// Goes over to another α with the same dual point.
    fn rescale(&mut self, alpha: f64) {
        let ratio = self.alpha / alpha;
        self.coefficients
            .as_flattened_mut()
            .iter_mut()
            .for_each(|w| *w *= ratio);
        self.stiffness = self.stiffness.min(1.0 / alpha);
        self.alpha = alpha;
    }

    fn solve(&mut self, tolerance: f64, max_epochs: usize, seed: u64) -> Solution {
        let mut order: Vec<usize> = (0..self.problem.rows.rows().div_ceil(BLOCK)).collect();
        let mut random = SplitMix64(seed);
        for epoch in 1..=max_epochs {
            random.shuffle(&mut order);
            let estimate = self.sweep(&order);
            // Good enough to know when proving is worth its pass.
            if estimate <= EAGERNESS * tolerance {
                let solution = self.certificate(epoch);
                if solution.relative_gap <= tolerance {
                    return solution;
                }
            }
        }
        self.certificate(max_epochs)
    }

    /// Visits every row once; gives back an estimate of the relative gap.
    fn sweep(&mut self, order: &[usize]) -> f64 {
        let rows = self.problem.rows.rows();
        let mut scratch = Scratch::new(self.problem.classes, self.groups);
        let mut sums = Sums::default();
        for part in order.chunks(order.len().div_ceil(MULTIPLIER_STEPS).min(MULTIPLIER_BLOCKS)) {
            for &block in part {
                for i in block * BLOCK..((block + 1) * BLOCK).min(rows) {
                    self.bring_close(i + 1);
                    self.visit(i, &mut scratch, &mut sums);
                }
            }
            self.move_multiplier();
        }
        self.stiffness = (STIFFNESS * self.problem.classes as f64 / sums.curvature).min(1.0 / self.alpha);
        let violation: f64 = self.violation().iter().map(|v| v.abs()).sum();
        let norm: f64 = self.coefficients.as_flattened().iter().map(|w| w * w).sum();
        let objective = sums.entropy + 0.5 * self.alpha * norm;
        (sums.gap + violation) / objective
    }

    /// m ← m − μσ·v.
    fn move_multiplier(&mut self) {
        let violation = self.violation();
        let product = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
        let agreement = product(&violation, &self.last_violation);
        let squares = product(&violation, &violation) * product(&self.last_violation, &self.last_violation);
        if agreement > 0.5 * squares.sqrt() {
            self.multiplier_step = (self.multiplier_step * GROWTH).min(LONGEST_STEP);
        } else if agreement < 0.0 {
            self.multiplier_step *= SHRINKAGE;
        }
        let step = self.multiplier_step * self.stiffness;
        self.intercept
            .iter_mut()
            .zip(&violation)
            .for_each(|(b, v)| *b -= step * v);
        self.last_violation = violation;
    }

    /// Asks for the weights that row `i` needs, if there is one.
    fn bring_close(&self, i: usize) {
        if i < self.problem.rows.rows() {
            for &j in self.problem.rows.row(i).0 {
                (0..self.groups).for_each(|group| prefetch(&self.coefficients, j as usize * self.groups + group));
            }
        }
    }

    /// Leaves `Wᵀxᵢ` in `scores`. The places behind the last class stay zero.
    fn multiply(&self, i: usize, scores: &mut [Lanes]) {
        let (indices, values) = self.problem.rows.row(i);
        for (group, scores) in scores.iter_mut().enumerate() {
            // By value, so that it stays in registers: what is waited for are the weights.
            let mut sum = [0.0; LANES];
            for (&j, &x) in indices.iter().zip(values) {
                let (w, x) = (&self.coefficients[j as usize * self.groups + group], f64::from(x));
                (0..LANES).for_each(|k| sum[k] += x * w[k]);
            }
            *scores = sum;
        }
    }

    /// Moves the distribution of row `i` to its optimum.
    fn visit(&mut self, i: usize, scratch: &mut Scratch, sums: &mut Sums) {
        let classes = self.problem.classes;
        let weight = self.problem.weight(i);
        if weight == 0.0 {
            return;
        }
        let (indices, values) = self.problem.rows.row(i);
        let Scratch {
            lanes,
            target,
            off,
            old,
        } = scratch;
        self.multiply(i, lanes);
        let scores = lanes.as_flattened_mut();
        let p = &mut self.dual[i * classes..][..classes];
        let log_p = &mut self.log_dual[i * classes..][..classes];
        old.copy_from_slice(p);
        let q = weight * (self.squared_norms[i] / self.alpha + self.stiffness);
        for k in 0..classes {
            let score = scores[k] + self.intercept[k];
            off[k] = log_p[k] - score;
            target[k] = score + q * p[k];
        }
        maximise(target, q, p, log_p);
        let step = weight / self.alpha;
        let (mut mean, mut square) = (0.0, 0.0);
        for k in 0..classes {
            mean += p[k] * off[k];
            square += p[k] * off[k] * off[k];
            let moved = p[k] - old[k];
            self.dual_mass[k] += weight * moved;
            self.intercept[k] -= self.stiffness * weight * moved;
            sums.entropy -= weight * p[k] * log_p[k];
            sums.curvature += weight * p[k] * (1.0 - p[k]);
            // The scores have served; their places carry the move of W now.
            scores[k] = -step * moved;
        }
        // To second order, what log p was off the scores up to a constant makes up the row's gap (Fenchel–Young).
        sums.gap += weight * 0.5 * (square - mean * mean);
        for (group, &lanes) in lanes.iter().enumerate() {
            for (&j, &x) in indices.iter().zip(values) {
                let (w, x) = (&mut self.coefficients[j as usize * self.groups + group], f64::from(x));
                (0..LANES).for_each(|k| w[k] += x * lanes[k]);
            }
        }
    }

    /// Σᵢ cᵢ (pᵢ − e_yᵢ): zero at the optimum.
    fn violation(&self) -> Vec<f64> {
        self.dual_mass
            .iter()
            .zip(&self.label_mass)
            .map(|(p, n)| p - n)
            .collect()
    }

    /// W, columns × classes.
    fn unpadded_coefficients(&self) -> Vec<f64> {
        let columns = self.coefficients.chunks_exact(self.groups);
        columns
            .flat_map(|w| w.as_flattened()[..self.problem.classes].iter().copied())
            .collect()
    }
}

/// What a sweep adds up over its rows, each as it stood when it was visited.
#[derive(Default)]
struct Sums {
    /// Half the mean square of what log p is off.
    gap: f64,
    /// Σ cᵢH(pᵢ).
    entropy: f64,
    /// Σ cᵢ Σₖ p(1 − p).
    curvature: f64,
}

/// Buffers of one visit.
struct Scratch {
    lanes: Vec<Lanes>,
    target: Vec<f64>,
    off: Vec<f64>,
    old: Vec<f64>,
}

impl Scratch {
    fn new(classes: usize, groups: usize) -> Self {
        Scratch {
            lanes: vec![[0.0; LANES]; groups],
            target: vec![0.0; classes],
            off: vec![0.0; classes],
            old: vec![0.0; classes],
        }
    }
}
