//! The normal distribution, as far as intervals and tests need it.

use std::f64::consts::SQRT_2;

/// The probability that a standard normal variable is below `z`.
pub(super) fn cumulative(z: f64) -> f64 {
    0.5 * libm::erfc(-z / SQRT_2)
}

/// The value below which a standard normal variable stays with probability `p`, which lies between 0 and 1, both excluded.
pub(super) fn quantile(p: f64) -> f64 {
    // Beyond 38 the tail is no number any more. A hundred halvings leave no digit open.
    let (mut low, mut high) = (-38.0, 38.0);
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        match cumulative(middle) < p {
            true => low = middle,
            false => high = middle,
        }
    }
    0.5 * (low + high)
}

/// The probability that a chi-squared variable with one degree of freedom, the square of a standard normal one, is `square` or more.
pub(super) fn chi_squared_tail(square: f64) -> f64 {
    libm::erfc((square / 2.0).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy 1.17.1: `norm.cdf(1)`, `norm.ppf(0.975)`, `norm.ppf(1e-6)`, `chi2.sf(3.84, 1)`.
    #[test]
    fn the_figures_are_those_of_scipy() {
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        close(cumulative(1.0), 0.841_344_746_068_542_9);
        close(quantile(0.975), 1.959_963_984_540_054);
        close(quantile(1e-6), -4.753_424_308_822_899);
        close(chi_squared_tail(3.84), 0.050_043_521_248_705_2);
    }
}
