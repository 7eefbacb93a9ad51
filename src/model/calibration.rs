//! Probabilities that mean what they say: what stands between logits and probabilities.

use serde::{Deserialize, Serialize};
use wide::f64x4;

/// How logits become probabilities. `q` is what softmax makes of the logits alone.
///
/// A calibration is fitted on held-out rows: [`OutOfFold::calibration`](crate::evaluation::OutOfFold::calibration).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "lowercase", deny_unknown_fields)]
#[non_exhaustive]
pub enum Calibration {
    /// The probabilities are `q`.
    #[default]
    None,
    /// Temperature scaling (Guo, Pleiss, Sun, Weinberger 2017, "On calibration of modern neural networks", section 4.2): `softmax(ln q / T)`. Above 1
    /// it makes predictions less sure, below 1 surer; it never changes a label.
    Temperature {
        /// `T`, above 0.
        temperature: f64,
    },
    /// Vector scaling (the same section): `softmax(a · ln q + b)`, with a scale and a shift for each label. It may change labels.
    Vector {
        /// `a`, each above 0.
        scales: Vec<f64>,
        /// `b`.
        shifts: Vec<f64>,
    },
}

impl Calibration {
    /// Whether it fits a model with so many labels.
    pub(crate) fn fits(&self, labels: usize) -> bool {
        /// Keeps products with logits finite.
        const LARGEST: f64 = 1e6;
        let is_scale = |&scale: &f64| (1.0 / LARGEST..=LARGEST).contains(&scale);
        match self {
            Calibration::None => true,
            Calibration::Temperature { temperature } => is_scale(temperature),
            Calibration::Vector { scales, shifts } => {
                scales.len() == labels
                    && shifts.len() == labels
                    && scales.iter().all(is_scale)
                    && shifts.iter().all(|shift| shift.abs() <= LARGEST)
            }
        }
    }

    /// Turns logits (or logarithms of probabilities: a constant added to all of them does not matter) into calibrated probabilities.
    ///
    /// # Panics
    /// If the calibration is for another number of labels.
    pub fn apply(&self, logits: &mut [f64]) {
        match self {
            Calibration::None => {}
            Calibration::Temperature { temperature } => logits.iter_mut().for_each(|logit| *logit /= temperature),
            Calibration::Vector { scales, shifts } => {
                assert_eq!((scales.len(), shifts.len()), (logits.len(), logits.len()));
                let max = largest(logits);
                let log_sum = max + logits.iter().map(|logit| (logit - max).exp()).sum::<f64>().ln();
                for ((logit, scale), shift) in logits.iter_mut().zip(scales).zip(shifts) {
                    *logit = scale * (*logit - log_sum) + shift;
                }
            }
        }
        softmax(logits);
    }
}

fn largest(logits: &[f64]) -> f64 {
    logits.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

/// Turns logits into probabilities.
pub(super) fn softmax(logits: &mut [f64]) {
    let max = largest(logits);
    logits.iter_mut().for_each(|logit| *logit -= max);
    exponentials(logits);
    let sum: f64 = logits.iter().sum();
    logits.iter_mut().for_each(|l| *l /= sum);
}

/// Takes the exponentials of `values`, several at once.
pub(crate) fn exponentials(values: &mut [f64]) {
    const LANES: usize = 4;
    for values in values.chunks_mut(LANES) {
        let value = |lane: usize| values.get(lane).copied().unwrap_or_default();
        let powers = f64x4::from([value(0), value(1), value(2), value(3)]).exp().to_array();
        values.iter_mut().zip(powers).for_each(|(value, power)| *value = power);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn calibration() -> impl Strategy<Value = Calibration> {
        let scale = 0.2..5.0f64;
        prop_oneof![
            Just(Calibration::None),
            scale
                .clone()
                .prop_map(|temperature| Calibration::Temperature { temperature }),
            (prop::collection::vec(scale, 3), prop::collection::vec(-2.0..2.0f64, 3))
                .prop_map(|(scales, shifts)| Calibration::Vector { scales, shifts }),
        ]
    }

    proptest! {
        #[test]
        fn probabilities_add_up_and_a_constant_does_not_matter(
            calibration in calibration(),
            logits in prop::collection::vec(-30.0..30.0f64, 3),
            constant in -50.0..50.0f64,
        ) {
            let mut one = logits.clone();
            calibration.apply(&mut one);
            prop_assert!((one.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            let mut other: Vec<f64> = logits.iter().map(|logit| logit + constant).collect();
            calibration.apply(&mut other);
            for (a, b) in one.iter().zip(&other) {
                prop_assert!((a - b).abs() < 1e-9, "{a} {b}");
            }
        }
    }

    #[test]
    fn a_temperature_divides_logits() {
        let mut half = [2.0, 0.0];
        Calibration::Temperature { temperature: 2.0 }.apply(&mut half);
        assert!((half[0] - 1.0 / (1.0 + (-1.0f64).exp())).abs() < 1e-15);
        let scales = vec![0.5, 0.5];
        let mut vector = [2.0, 0.0];
        Calibration::Vector {
            scales,
            shifts: vec![0.0, 0.0],
        }
        .apply(&mut vector);
        assert!((vector[0] - half[0]).abs() < 1e-15);
    }

    #[test]
    fn what_makes_no_sense_does_not_fit() {
        let temperature = |temperature| Calibration::Temperature { temperature };
        assert!(temperature(0.8).fits(3) && Calibration::None.fits(2));
        for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e300] {
            assert!(!temperature(wrong).fits(3), "{wrong}");
        }
        let vector = |scales: &[f64], shifts: &[f64]| Calibration::Vector {
            scales: scales.to_vec(),
            shifts: shifts.to_vec(),
        };
        assert!(vector(&[1.0, 2.0], &[0.0, -1.0]).fits(2));
        assert!(!vector(&[1.0, 2.0], &[0.0, -1.0]).fits(3));
        assert!(!vector(&[1.0, 2.0], &[0.0, f64::NAN]).fits(2));
    }
}
