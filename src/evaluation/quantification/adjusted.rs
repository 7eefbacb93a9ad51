//! Adjusted counts: the confusion system solved on the simplex.

/// Steps, if the solution does not stand still before.
const MOST_STEPS: usize = 20_000;

/// Solves `q = Mᵀπ` for the true shares `π`: the point of the simplex (no share below 0, sum 1) with the least `‖Mᵀπ − q‖²`.
///
/// With `confusion[k][j]` the share of the rows of label `k` that were given label `j`, and `observed[j]` the share of rows given label `j`, these are
/// *adjusted counts* (Forman 2008, "Quantifying counts and costs via classification", section 2.2, there for two labels; the least squares of Hopkins,
/// King 2010, equation 4, for many). With the mean probability of `j` over the rows of `k` for the one, and over the rows at hand for the other, they are
/// *probabilistic adjusted counts* (Bella, Ferri, Hernández-Orallo, Ramírez-Quintana 2010, "Quantification via probability estimators", equation 7).
///
/// Solved by accelerated projected gradients (Beck, Teboulle 2009, "A fast iterative shrinkage-thresholding algorithm", equations 4.1–4.3, with restarts).
///
/// # Panics
/// If a row of `confusion` has another length than `observed`.
pub fn adjusted_counts(confusion: &[Vec<f64>], observed: &[f64]) -> Vec<f64> {
    let labels = confusion.len();
    assert!(
        confusion.iter().all(|row| row.len() == observed.len()),
        "each label has as many shares as there are predicted labels"
    );
    let residual = |shares: &[f64]| -> Vec<f64> {
        let predicted = |j: usize| confusion.iter().zip(shares).map(|(row, p)| row[j] * p).sum::<f64>() - observed[j];
        (0..observed.len()).map(predicted).collect()
    };
    let gradient = |residual: &[f64]| -> Vec<f64> {
        let dot = |row: &Vec<f64>| row.iter().zip(residual).map(|(m, r)| m * r).sum();
        confusion.iter().map(dot).collect()
    };
    // The trace bounds the largest eigenvalue of M Mᵀ.
    let steepness: f64 = confusion
        .iter()
        .flatten()
        .map(|m| m * m)
        .sum::<f64>()
        .max(f64::MIN_POSITIVE);
    let mut shares = vec![1.0 / labels as f64; labels];
    let mut ahead = shares.clone();
    let mut momentum = 1.0f64;
    for _ in 0..MOST_STEPS {
        let slope = gradient(&residual(&ahead));
        let target = ahead.iter().zip(&slope).map(|(p, g)| p - g / steepness).collect();
        let next = onto_simplex(target);
        let step: Vec<f64> = next.iter().zip(&shares).map(|(a, b)| a - b).collect();
        let uphill: f64 = slope.iter().zip(&step).map(|(g, s)| g * s).sum();
        if step.iter().all(|s| s.abs() < 1e-13) && ahead == shares {
            return next;
        }
        if uphill > 0.0 || step.iter().all(|s| s.abs() < 1e-13) {
            // The momentum carries past the minimum: start again from here.
            momentum = 1.0;
            ahead.clone_from(&next);
        } else {
            let grown = (1.0 + (1.0 + 4.0 * momentum * momentum).sqrt()) / 2.0;
            let factor = (momentum - 1.0) / grown;
            ahead = next.iter().zip(&step).map(|(p, s)| p + factor * s).collect();
            momentum = grown;
        }
        shares = next;
    }
    shares
}

/// The nearest point of the simplex (Duchi, Shalev-Shwartz, Singer, Chandra 2008, "Efficient projections onto the ℓ1-ball", figure 1).
fn onto_simplex(mut point: Vec<f64>) -> Vec<f64> {
    let mut sorted = point.clone();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let mut sum = 0.0;
    let mut excess = 0.0;
    for (place, x) in sorted.iter().enumerate() {
        sum += x;
        let candidate = (sum - 1.0) / (place + 1) as f64;
        if x - candidate > 0.0 {
            excess = candidate;
        }
    }
    point.iter_mut().for_each(|x| *x = (*x - excess).max(0.0));
    point
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn predicted(confusion: &[Vec<f64>], shares: &[f64]) -> Vec<f64> {
        let of = |j: usize| confusion.iter().zip(shares).map(|(row, p)| row[j] * p).sum();
        (0..shares.len()).map(of).collect()
    }

    #[test]
    fn two_labels_have_formans_solution() {
        // (observed − false positive rate) / (true positive rate − false positive rate)
        let confusion = [vec![0.8, 0.2], vec![0.1, 0.9]];
        let shares = adjusted_counts(&confusion, &[0.45, 0.55]);
        assert!((shares[0] - (0.45 - 0.1) / (0.8 - 0.1)).abs() < 1e-9, "{shares:?}");
        // What no mix explains is cut off at the rim.
        assert_eq!(adjusted_counts(&confusion, &[0.05, 0.95]), [0.0, 1.0]);
    }

    proptest! {
        #[test]
        fn a_mix_is_found_again(weights in prop::collection::vec(0.01f64..1.0, 4), noise in prop::collection::vec(0.0f64..0.1, 16)) {
            let sum: f64 = weights.iter().sum();
            let truth: Vec<f64> = weights.iter().map(|w| w / sum).collect();
            let confusion: Vec<Vec<f64>> = (0..4).map(|k| {
                let row: Vec<f64> = (0..4).map(|j| noise[4 * k + j] + if j == k { 0.6 } else { 0.0 }).collect();
                let sum: f64 = row.iter().sum();
                row.iter().map(|x| x / sum).collect()
            }).collect();
            let found = adjusted_counts(&confusion, &predicted(&confusion, &truth));
            for (found, truth) in found.iter().zip(&truth) {
                prop_assert!((found - truth).abs() < 1e-6, "{found} {truth}");
            }
        }

        #[test]
        fn the_projection_is_on_the_simplex(point in prop::collection::vec(-5.0f64..5.0, 1..8)) {
            let projected = onto_simplex(point);
            prop_assert!((projected.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            prop_assert!(projected.iter().all(|&x| x >= 0.0));
        }
    }
}
