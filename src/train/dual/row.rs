//! The problem of one row: the distribution that is best while all others stand still.

use crate::model::exponentials;

/// The logarithm of a probability that has vanished.
pub(super) const FLOOR: f64 = -700.0;

/// Finds the distribution with `log pₖ + q·pₖ + τ = aₖ` for some τ: Newton's method in (log p, τ). Starts from `p` and its
/// logarithm and leaves the answer in both.
pub(super) fn maximise(a: &[f64], q: f64, p: &mut [f64], log_p: &mut [f64]) {
    // Near the answer Newton's method squares what is left, so a step this short is the last one that changes a digit.
    const SHORT: f64 = 1e-4;
    let mut tau: f64 = p
        .iter()
        .zip(&*log_p)
        .zip(a)
        .map(|((&p, z), a)| p * (a - z - q * p))
        .sum();
    let mut sum = 1.0;
    for _ in 0..50 {
        let (mut weighted, mut slope) = (0.0, 0.0);
        for ((&p, z), a) in p.iter().zip(&*log_p).zip(a) {
            let d = p / (1.0 + q * p);
            weighted += d * (z + q * p + tau - a);
            slope += d;
        }
        let tau_step = (sum - 1.0 - weighted) / slope;
        let mut longest = 0.0f64;
        for ((p, z), a) in p.iter().zip(log_p.iter_mut()).zip(a) {
            let residual = *z + q * *p + tau - a;
            let next = (*z - (residual + tau_step) / (1.0 + q * *p)).clamp(FLOOR, 0.0);
            longest = longest.max((next - *z).abs());
            *z = next;
        }
        sum = exp(log_p, p);
        tau += tau_step;
        if longest < SHORT {
            break;
        }
    }
    let off = sum - 1.0;
    let log_sum = if off.abs() < 1e-8 { off } else { libm::log(sum) };
    p.iter_mut().zip(log_p).for_each(|(p, z)| {
        *p /= sum;
        *z -= log_sum;
    });
}

/// Leaves softmax(scores) in `p`; gives back log Σ exp(scores).
pub(super) fn softmax(scores: &mut [f64], p: &mut [f64]) -> f64 {
    let max = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // Below the floor it makes no difference to a sum of at least one.
    scores.iter_mut().for_each(|score| *score = (*score - max).max(FLOOR));
    let sum = exp(scores, p);
    p.iter_mut().for_each(|p| *p /= sum);
    max + libm::log(sum)
}

/// Leaves the exponentials of `from` in `to`; gives back their sum.
fn exp(from: &[f64], to: &mut [f64]) -> f64 {
    to.copy_from_slice(from);
    exponentials(to);
    to.iter().sum()
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
            let mut log_p: Vec<f64> = p.iter().map(|p| p.ln()).collect();
            maximise(&a, q, &mut p, &mut log_p);
            prop_assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            prop_assert!(p.iter().zip(&log_p).all(|(p, z)| (p - z.exp()).abs() < 1e-12));
            // All taus agree where p is not at the floor.
            let taus: Vec<f64> = p.iter().zip(&a).filter(|(p, _)| **p > 1e-200).map(|(p, a)| a - p.ln() - q * p).collect();
            for t in &taus {
                prop_assert!((t - taus[0]).abs() < 1e-6, "{taus:?} {p:?}");
            }
        }
    }
}
