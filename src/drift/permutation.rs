//! What statistics would be if rows had been dealt out at random.

use rayon::prelude::*;

use crate::train::SplitMix64;

/// Ways to deal out rows into a first input of fixed size and a second one.
pub(super) struct Permutations {
    /// Rows of both inputs.
    pub rows: usize,
    /// Rows of the first.
    pub first: usize,
    pub count: usize,
    pub seed: u64,
}

impl Permutations {
    /// Which rows are in the first input.
    pub fn as_they_are(&self) -> Vec<bool> {
        (0..self.rows).map(|row| row < self.first).collect()
    }

    /// The statistic of each way, in order; the same on any number of threads.
    pub fn map<S: Send>(&self, statistic: impl Fn(&[bool]) -> S + Sync) -> Vec<S> {
        // Each way has a generator of its own.
        let mut seeds = SplitMix64(self.seed);
        let seeds: Vec<u64> = (0..self.count).map(|_| seeds.next()).collect();
        let shuffled = |seed: u64| {
            let mut in_a = self.as_they_are();
            SplitMix64(seed).shuffle(&mut in_a);
            statistic(&in_a)
        };
        seeds.into_par_iter().map(shuffled).collect()
    }
}

/// The share of statistics that are at least as large as the one met, itself included (Phipson, Smyth 2010, "Permutation p-values should never be zero").
pub(super) fn p_value(met: f64, by_chance: impl Iterator<Item = f64>) -> f64 {
    let (mut larger, mut all) = (1.0, 1.0);
    for other in by_chance {
        all += 1.0;
        // Sums in another order differ in their last digits.
        larger += f64::from(u8::from(other >= met - 1e-12));
    }
    larger / all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_has_the_same_sizes() {
        let permutations = Permutations {
            rows: 20,
            first: 5,
            count: 50,
            seed: 1,
        };
        let ways = permutations.map(<[bool]>::to_vec);
        assert!(ways.iter().all(|way| way.iter().filter(|&&is| is).count() == 5));
        assert!(ways.iter().any(|way| *way != permutations.as_they_are()));
        assert_eq!(ways, permutations.map(<[bool]>::to_vec));
    }

    #[test]
    fn a_p_value_is_never_zero() {
        assert_eq!(p_value(2.0, [1.0; 9].into_iter()), 0.1);
        assert_eq!(p_value(1.0, [1.0; 9].into_iter()), 1.0);
    }
}
