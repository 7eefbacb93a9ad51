//! Shares and their uncertainty at once: Gibbs sampling.

use super::cells::{Quantifier, Tally, shares};
use super::mixture;
use super::{QuantificationOptions, Target};
use crate::train::SplitMix64;

/// Draws before the first that counts; the chain starts at the maximum of the likelihood.
const WARM_UP: usize = 200;

/// Draws from the posterior of the shares, given the tally and the out-of-fold counts; each sums to 1.
///
/// Priors are uniform for the shares, `π ~ Dirichlet(1, …, 1)`, and the pseudo-counts `a` of [`Quantifier::pseudo_counts`] for cells. With `z[k][c]` the rows in cell `c` whose
/// true label is `k` (Diebolt, Robert 1994, "Estimation of finite mixture distributions through Bayesian sampling", section 3, for multinomial components):
///
/// ```text
/// z[·][c] ~ Multinomial(n[c], ∝ πₖ θ[k][c])
/// π ~ Dirichlet(1 + Σ_c z[k][c])        θₖ ~ Dirichlet(a + m[k] + z[k])
/// ```
///
/// The shares of the population are `π`, those of the rows `Σ_c z[k][c] / N`.
pub(super) fn sample(quantifier: &Quantifier, tally: &Tally, options: &QuantificationOptions) -> Vec<Vec<f64>> {
    let labels = quantifier.labels().len();
    let mut random = SplitMix64(options.seed);
    let pseudo = quantifier.pseudo_counts();
    let known: Vec<Vec<f64>> = quantifier
        .counts()
        .iter()
        .map(|row| row.iter().zip(&pseudo).map(|(&m, a)| m as f64 + a).collect())
        .collect();
    let mut cell_shares = quantifier.cell_shares();
    let counts: Vec<f64> = tally.counts().iter().map(|&n| n as f64).collect();
    let mut population = mixture::of_cells(&cell_shares, &counts);
    let mut draws = Vec::with_capacity(options.draws);
    for draw in 0..WARM_UP + options.draws {
        let mut parameters = known.clone();
        let mut rows = vec![0u64; labels];
        for (cell, &count) in tally.counts().iter().enumerate().filter(|(_, count)| **count > 0) {
            let weights: Vec<f64> = population
                .iter()
                .zip(&cell_shares)
                .map(|(p, row)| p * row[cell])
                .collect();
            for (label, drawn) in random.multinomial(count, &weights).into_iter().enumerate() {
                parameters[label][cell] += drawn as f64;
                rows[label] += drawn;
            }
        }
        let with_prior: Vec<f64> = rows.iter().map(|&z| 1.0 + z as f64).collect();
        population = random.dirichlet(&with_prior);
        for (shares, parameters) in cell_shares.iter_mut().zip(&parameters) {
            *shares = random.dirichlet(parameters);
        }
        if draw >= WARM_UP {
            draws.push(match options.target {
                Target::Population => population.clone(),
                Target::Rows => shares(rows.iter().map(|&z| z as f64).collect()),
            });
        }
    }
    draws
}
