//! P-values: from a statistic, and as people read them.

use statrs::distribution::{ChiSquared, ContinuousCDF};

/// The probability that a chi-squared variable is `statistic` or more; 1 without degrees of freedom, where nothing can be tested.
pub(crate) fn chi_squared_p_value(statistic: f64, degrees_of_freedom: usize) -> f64 {
    match ChiSquared::new(degrees_of_freedom as f64) {
        Ok(distribution) if degrees_of_freedom > 0 => distribution.sf(statistic),
        _ => 1.0,
    }
}

/// A p-value with the digits that matter.
pub(crate) fn p_value(p: f64) -> String {
    match p {
        p if p < 0.0001 => "p < 0.0001".to_owned(),
        p if p < 0.01 => format!("p = {p:.4}"),
        p => format!("p = {p:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use statrs::distribution::Normal;

    use super::*;

    /// scipy 1.17.1: `norm.cdf(1)`, `norm.ppf(0.975)`, `norm.ppf(1e-6)`, `chi2.sf` of 3.84 with 1 degree of freedom, of 0 with 1, and of 30 with 4.
    #[test]
    fn the_figures_are_those_of_scipy() {
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-10, "{a} {b}");
        let normal = Normal::standard();
        close(normal.cdf(1.0), 0.841_344_746_068_542_9);
        close(normal.inverse_cdf(0.975), 1.959_963_984_540_054);
        close(normal.inverse_cdf(1e-6), -4.753_424_308_822_899);
        close(chi_squared_p_value(3.84, 1), 0.050_043_521_248_705_2);
        close(chi_squared_p_value(0.0, 1), 1.0);
        close(chi_squared_p_value(30.0, 4), 4.894437128029217e-06);
        assert_eq!(chi_squared_p_value(3.0, 0), 1.0);
    }

    #[test]
    fn digits_that_matter() {
        assert_eq!(
            [3e-9, 0.00312, 0.0499, 1.0].map(p_value),
            ["p < 0.0001", "p = 0.0031", "p = 0.05", "p = 1.00"]
        );
    }
}
