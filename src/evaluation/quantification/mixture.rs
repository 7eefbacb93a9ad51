//! Weights of a mixture by expectation maximization.

use super::cells::shares;

const MOST_STEPS: usize = 10_000;
/// No weight moves further than that in the last step.
const TOLERANCE: f64 = 1e-10;

/// The weights `π` of the labels that maximise `Σᵢ wᵢ log Σₖ πₖ L[i][k]`, by expectation maximization from equal weights.
///
/// Each item is `(wᵢ, L[i])`: how often something was met, and how likely it is under each label, up to a factor of its own. The objective is concave. Items that
/// are impossible under every label are passed over.
///
/// ```text
/// rᵢₖ = πₖ L[i][k] / Σⱼ πⱼ L[i][j]        πₖ ← Σᵢ wᵢ rᵢₖ / Σᵢ wᵢ
/// ```
pub fn mixture_weights<'l>(
    labels: usize,
    items: impl IntoIterator<Item = (f64, &'l [f64]), IntoIter: Clone>,
) -> Vec<f64> {
    let items = items.into_iter();
    let mut weights = vec![1.0 / labels as f64; labels];
    for _ in 0..MOST_STEPS {
        let mut next = vec![0.0; labels];
        for (count, likelihoods) in items.clone() {
            let all: f64 = weights.iter().zip(likelihoods).map(|(p, l)| p * l).sum();
            if all > 0.0 {
                let factor = count / all;
                let parts = weights.iter().zip(likelihoods);
                next.iter_mut()
                    .zip(parts)
                    .for_each(|(next, (p, l))| *next += factor * p * l);
            }
        }
        if next.iter().sum::<f64>() <= 0.0 {
            return weights;
        }
        let next = shares(next);
        let still = next.iter().zip(&weights).all(|(a, b)| (a - b).abs() < TOLERANCE);
        weights = next;
        if still {
            break;
        }
    }
    weights
}

/// Shares by expectation maximization over rows (Saerens, Latinne, Decaestecker 2002, "Adjusting the outputs of a classifier to new a priori probabilities", equations
/// 2.8–2.9): maximum likelihood with `p(k | xᵢ) / pₖ` for the likelihood of a row.
///
/// `probabilities` are what a model says of each row, `prior` the labels' shares that it was trained for (equal ones if its labels were balanced). The result is as good as the probabilities
/// are calibrated (Alexandari, Kundaje, Shrikumar 2020, "Maximum likelihood with bias-corrected calibration is hard-to-beat at label shift adaptation").
///
/// # Panics
/// If a row has another number of probabilities than `prior`.
pub fn expectation_maximization(probabilities: &[Vec<f64>], prior: &[f64]) -> Vec<f64> {
    let likelihood = |row: &Vec<f64>| -> Vec<f64> {
        assert_eq!(row.len(), prior.len(), "a row has a probability for each label");
        row.iter().zip(prior).map(|(p, prior)| p / prior).collect()
    };
    let likelihoods: Vec<Vec<f64>> = probabilities.iter().map(likelihood).collect();
    mixture_weights(prior.len(), likelihoods.iter().map(|row| (1.0, &row[..])))
}

/// Maximum likelihood over cells: `cell_shares[k][c]` of each label, `counts[c]` rows.
pub(super) fn of_cells(cell_shares: &[Vec<f64>], counts: &[f64]) -> Vec<f64> {
    let likelihoods = |cell: usize| -> Vec<f64> { cell_shares.iter().map(|row| row[cell]).collect() };
    let likelihoods: Vec<Vec<f64>> = (0..counts.len()).map(likelihoods).collect();
    mixture_weights(
        cell_shares.len(),
        counts.iter().copied().zip(likelihoods.iter().map(Vec::as_slice)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saerens_algorithm_recovers_a_shift() {
        // A score x of 0 or 1 with p(1 | a) = 0.8, p(1 | b) = 0.3; trained on equal shares, met with 0.9 of a.
        let posterior = |x: usize| {
            let (a, b) = if x == 1 { (0.8, 0.3) } else { (0.2, 0.7) };
            vec![a / (a + b), b / (a + b)]
        };
        // 0.9 · 0.8 + 0.1 · 0.3 of the rows have a 1.
        let rows: Vec<Vec<f64>> = (0..1000).map(|i| posterior(usize::from(i < 750))).collect();
        let shares = expectation_maximization(&rows, &[0.5, 0.5]);
        assert!((shares[0] - 0.9).abs() < 1e-6, "{shares:?}");
    }

    #[test]
    fn what_no_label_explains_is_passed_over() {
        assert_eq!(of_cells(&[vec![0.0, 1.0], vec![0.0, 0.0]], &[3.0, 2.0]), [1.0, 0.0]);
        assert_eq!(of_cells(&[vec![0.0], vec![0.0]], &[3.0]), [0.5, 0.5]);
    }
}
