//! Random order and random numbers that are the same everywhere.

use std::convert::Infallible;

use rand_distr::{Binomial, Distribution, Gamma};

/// Steele, Lea, Flood 2014: enough to shuffle and to simulate, the same everywhere.
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

    /// `count` items dealt out with chances in proportion to `weights`: one binomial number after another. Equal chances if all weights are 0.
    pub fn multinomial(&mut self, count: u64, weights: &[f64]) -> Vec<u64> {
        let mut left = count;
        let mut weight_left: f64 = weights.iter().sum();
        let mut dealt = vec![0; weights.len()];
        let last = weights.len().saturating_sub(1);
        for (place, &weight) in weights.iter().enumerate() {
            if left == 0 {
                break;
            }
            let chance = match weight_left > 0.0 {
                true => (weight / weight_left).clamp(0.0, 1.0),
                false => 1.0 / (weights.len() - place) as f64,
            };
            dealt[place] = match place == last {
                true => left,
                // The chance is a share, which is all that a binomial asks for.
                false => Binomial::new(left, chance).map_or(0, |binomial| binomial.sample(self)),
            };
            left -= dealt[place];
            weight_left -= weight;
        }
        dealt
    }

    /// Shares that sum to 1, from the Dirichlet distribution with positive `parameters`: gamma numbers divided by their sum (Devroye 1986, theorem XI.4.1).
    pub fn dirichlet(&mut self, parameters: &[f64]) -> Vec<f64> {
        let gamma = |&shape: &f64| {
            let gamma = Gamma::new(shape, 1.0).map_or(0.0, |gamma| gamma.sample(self));
            // Small shapes draw numbers too small to write down.
            gamma.max(f64::MIN_POSITIVE)
        };
        let mut drawn: Vec<f64> = parameters.iter().map(gamma).collect();
        let sum: f64 = drawn.iter().sum();
        drawn.iter_mut().for_each(|x| *x /= sum);
        drawn
    }
}

impl rand::TryRng for SplitMix64 {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.next() >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.next())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shuffling_keeps_every_item() {
        let mut items: Vec<usize> = (0..100).collect();
        SplitMix64(7).shuffle(&mut items);
        assert_ne!(items, (0..100).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn numbers_have_the_means_that_they_should() {
        let mut random = SplitMix64(3);
        let (mut dealt, mut shares) = ([0.0; 3], [0.0; 3]);
        for _ in 0..2000 {
            let drawn = random.multinomial(10, &[0.2, 0.0, 0.6]);
            assert_eq!(drawn.iter().sum::<u64>(), 10);
            dealt
                .iter_mut()
                .zip(drawn)
                .for_each(|(sum, x)| *sum += x as f64 / 2000.0);
            let drawn = random.dirichlet(&[1.0, 2.0, 5.0]);
            shares.iter_mut().zip(drawn).for_each(|(sum, x)| *sum += x / 2000.0);
        }
        // Standard errors are below 0.04 and 0.005.
        for (found, wanted) in dealt.iter().zip([2.5, 0.0, 7.5]) {
            assert!((found - wanted).abs() < 0.15, "{dealt:?}");
        }
        for (found, wanted) in shares.iter().zip([0.125, 0.25, 0.625]) {
            assert!((found - wanted).abs() < 0.02, "{shares:?}");
        }
        assert_eq!(random.multinomial(0, &[0.0, 0.0]), [0, 0]);
        assert_eq!(random.multinomial(9, &[0.0, 0.0]).iter().sum::<u64>(), 9);
    }
}
