//! Intervals of point estimates.

use super::cells::{Quantifier, shares};
use super::{QuantificationOptions, Target};
use crate::train::SplitMix64;

/// Estimates from as many simulated data sets as `options` asks for: a parametric bootstrap (Efron, Tibshirani 1993, "An introduction to the bootstrap", section 6.5).
///
/// Out-of-fold counts are drawn anew for each label, and so are the rows at hand: as many of each label as `estimate` says (for the share of the population that number
/// is drawn too), spread over the cells as the label's rows are.
pub(super) fn sample(
    quantifier: &Quantifier,
    estimate: &[f64],
    rows: u64,
    options: &QuantificationOptions,
    point: impl Fn(&[Vec<f64>], &[f64]) -> Vec<f64>,
) -> Vec<Vec<f64>> {
    let mut random = SplitMix64(options.seed);
    let cell_shares = quantifier.cell_shares();
    let pseudo = quantifier.pseudo_counts();
    let known: Vec<u64> = quantifier.counts().iter().map(|row| row.iter().sum()).collect();
    let whole = largest_remainders(estimate, rows);
    let draw = |_| {
        let mut confusion = Vec::with_capacity(known.len());
        for (&rows, cell_shares) in known.iter().zip(&cell_shares) {
            let drawn = random.multinomial(rows, cell_shares).into_iter();
            confusion.push(shares(drawn.zip(&pseudo).map(|(m, a)| m as f64 + a).collect()));
        }
        let rows_of_labels = match options.target {
            Target::Rows => whole.clone(),
            Target::Population => random.multinomial(rows, estimate),
        };
        let mut counts = vec![0.0; quantifier.cells()];
        for (rows, cell_shares) in rows_of_labels.into_iter().zip(&cell_shares) {
            let drawn = random.multinomial(rows, cell_shares);
            counts.iter_mut().zip(drawn).for_each(|(sum, n)| *sum += n as f64);
        }
        point(&confusion, &counts)
    };
    (0..options.draws).map(draw).collect()
}

/// Shares as whole numbers that sum to `rows`.
fn largest_remainders(shares: &[f64], rows: u64) -> Vec<u64> {
    let exact: Vec<f64> = shares.iter().map(|share| share * rows as f64).collect();
    let mut whole: Vec<u64> = exact.iter().map(|x| x.floor() as u64).collect();
    let missing = rows.saturating_sub(whole.iter().sum()) as usize;
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|&a, &b| exact[b].fract().total_cmp(&exact[a].fract()));
    order
        .into_iter()
        .cycle()
        .take(missing)
        .for_each(|label| whole[label] += 1);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_sum_to_all_rows() {
        assert_eq!(largest_remainders(&[0.5, 0.26, 0.24], 10), [5, 3, 2]);
        assert_eq!(largest_remainders(&[1.0 / 3.0; 3], 2), [1, 1, 0]);
    }
}
