//! Two models on the same rows: is one better, and by how much?

use std::collections::BTreeMap;

use serde::Serialize;

use super::p_value::{chi_squared_p_value, p_value};
use super::{Bootstrap, ConfusionMatrix, Interval};

/// Below so many rows that only one model has right the binomial test is taken, else the chi-squared one.
const FEW: u64 = 25;

/// Two models held against the same labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// What the first model made of the rows.
    pub first: ConfusionMatrix,
    /// What the second model made of the same rows.
    pub second: ConfusionMatrix,
    /// Rows that both have right.
    pub both_right: u64,
    /// Rows that only the first has right.
    pub only_first: u64,
    /// Rows that only the second has right.
    pub only_second: u64,
    /// Rows that both have wrong.
    pub both_wrong: u64,
    /// Whether chance alone explains that one has more rows right than the other.
    pub mcnemar: McNemar,
    /// The accuracy of the second less that of the first.
    pub accuracy: Difference,
    /// The macro-F1 of the second less that of the first.
    pub macro_f1: Difference,
}

/// McNemar's test (1947, "Note on the sampling error of the difference between correlated proportions or percentages"): of two
/// models that are equally good, each has about half of the rows right that only one has right.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct McNemar {
    /// How the probability was found.
    pub test: McNemarTest,
    /// How probable a difference as large as this is, or larger, if the models are equally good.
    pub p_value: f64,
}

/// How McNemar's probability is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum McNemarTest {
    /// Exactly, by the binomial distribution.
    ExactBinomial,
    /// By chi-squared with Edwards' correction for continuity (1948): `(|b − c| − 1)² / (b + c)`.
    ChiSquared,
}

/// How much better the second model is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Difference {
    /// The second model's score less the first's.
    pub value: f64,
    /// How far that may be off: a bootstrap of the rows, each with what both models said of it.
    pub interval: Option<Interval>,
}

impl McNemar {
    /// How improbable a chance result must be before a difference is called one.
    const LEVEL: f64 = 0.05;

    /// The test, given how many rows only the one and only the other has right. Exact below 25 such rows.
    pub fn new(only_first: u64, only_second: u64) -> Self {
        let (fewer, rows) = (only_first.min(only_second), only_first + only_second);
        if rows >= FEW {
            let distance = only_first.abs_diff(only_second) as f64 - 1.0;
            return McNemar {
                test: McNemarTest::ChiSquared,
                p_value: chi_squared_p_value(distance.max(0.0).powi(2) / rows as f64, 1),
            };
        }
        // Twice the probability of so few heads or fewer in so many throws, as a sum of binomial coefficients.
        let mut coefficient = 1.0;
        let mut sum = 0.0;
        for heads in 0..=fewer {
            sum += coefficient;
            coefficient *= (rows - heads) as f64 / (heads + 1) as f64;
        }
        McNemar {
            test: McNemarTest::ExactBinomial,
            p_value: (2.0 * sum / 2f64.powi(rows as i32)).min(1.0),
        }
    }
}

impl Comparison {
    /// Compares what two models said of the same rows: truth, the first's and the second's prediction, as positions in `labels`.
    ///
    /// # Panics
    /// If a position is out of range.
    pub fn new(
        labels: &[String],
        rows: impl IntoIterator<Item = (usize, usize, usize)>,
        bootstrap: &Bootstrap,
    ) -> Self {
        let mut counted: BTreeMap<(usize, usize, usize), u64> = BTreeMap::new();
        for row in rows {
            *counted.entry(row).or_default() += 1;
        }
        let (kinds, counts): (Vec<_>, Vec<u64>) = counted.into_iter().unzip();
        let matrices = |counts: &[u64]| {
            let mut cells = [vec![0; labels.len().pow(2)], vec![0; labels.len().pow(2)]];
            for (&(truth, first, second), &count) in kinds.iter().zip(counts) {
                cells[0][truth * labels.len() + first] += count;
                cells[1][truth * labels.len() + second] += count;
            }
            cells.map(|cells| ConfusionMatrix::unnamed(&cells, labels.len()))
        };
        let differences = |counts: &[u64]| {
            let [first, second] = matrices(counts);
            vec![
                second.accuracy() - first.accuracy(),
                second.macro_f1() - first.macro_f1(),
            ]
        };
        let values = differences(&counts);
        let intervals = bootstrap.intervals(&counts, differences);
        let difference = |place: usize| Difference {
            value: values[place],
            interval: intervals[place],
        };
        let rows_where = |is: fn(bool, bool) -> bool| -> u64 {
            let kinds = kinds.iter().zip(&counts);
            kinds
                .filter(|((truth, first, second), _)| is(truth == first, truth == second))
                .map(|(_, count)| count)
                .sum()
        };
        let only_first = rows_where(|first, second| first && !second);
        let only_second = rows_where(|first, second| !first && second);
        let [first, second] = matrices(&counts).map(|matrix| matrix.named(labels));
        Comparison {
            first,
            second,
            both_right: rows_where(|first, second| first && second),
            only_first,
            only_second,
            both_wrong: rows_where(|first, second| !first && !second),
            mcnemar: McNemar::new(only_first, only_second),
            accuracy: difference(0),
            macro_f1: difference(1),
        }
    }
}

impl Comparison {
    /// What the comparison comes to, in a sentence with the models' names.
    pub fn verdict(&self, first: &str, second: &str) -> String {
        if self.only_first + self.only_second == 0 {
            return format!("{first} and {second} have the same rows right.");
        }
        let (better, worse, more, fewer) = match self.only_second >= self.only_first {
            true => (second, first, self.only_second, self.only_first),
            false => (first, second, self.only_first, self.only_second),
        };
        let p = p_value(self.mcnemar.p_value);
        let test = match self.mcnemar.test {
            McNemarTest::ExactBinomial => "McNemar's exact test",
            McNemarTest::ChiSquared => "McNemar's test",
        };
        let meaning = match self.mcnemar.p_value < McNemar::LEVEL {
            true => "chance alone hardly makes such a difference",
            false => "chance alone may make such a difference",
        };
        format!(
            "{better} has {more} rows right that {worse} has wrong, {worse} has {fewer} right that {better} has wrong: {meaning} ({test}, {p})."
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy 1.17.1: `binomtest(min(b, c), b + c).pvalue`; `chi2.sf((abs(b - c) - 1) ** 2 / (b + c), 1)`.
    #[test]
    fn the_test_is_that_of_scipy() {
        use McNemarTest::{ChiSquared, ExactBinomial};
        for (b, c, test, p) in [
            (0, 0, ExactBinomial, 1.0),
            (5, 5, ExactBinomial, 1.0),
            (1, 9, ExactBinomial, 0.021_484_375),
            (0, 10, ExactBinomial, 0.001_953_125),
            (17, 7, ExactBinomial, 0.063_914_656_639_099_13),
            (10, 15, ChiSquared, 0.423_710_797_166_793_6),
            (30, 30, ChiSquared, 1.0),
            (121, 59, ChiSquared, 5.450_094_825_427_117e-6),
        ] {
            for (b, c) in [(b, c), (c, b)] {
                let found = McNemar::new(b, c);
                assert!(
                    (found.p_value - p).abs() < 1e-12 && found.test == test,
                    "{b} {c}: {found:?}"
                );
            }
        }
    }

    #[test]
    fn a_better_model_is_seen_and_the_same_one_is_no_better() {
        let labels = ["a", "b", "c"].map(String::from);
        // The second has right what the first has, and half of the rest.
        let rows = (0..300).map(|i| {
            let truth = i % 3;
            let wrong = (truth + 1) % 3;
            match i % 10 {
                0..6 => (truth, truth, truth),
                6..8 => (truth, wrong, truth),
                _ => (truth, wrong, wrong),
            }
        });
        let bootstrap = Bootstrap::default();
        let comparison = Comparison::new(&labels, rows.clone(), &bootstrap);
        let counts = [
            comparison.both_right,
            comparison.only_first,
            comparison.only_second,
            comparison.both_wrong,
        ];
        assert_eq!(counts, [180, 0, 60, 60]);
        assert!((comparison.accuracy.value - 0.2).abs() < 1e-12);
        let Interval { low, high } = comparison.macro_f1.interval.unwrap();
        assert!(low > 0.1 && high < 0.3 && comparison.mcnemar.p_value < 1e-6);
        // Pairs of the same rows: narrower than two models apart would be.
        assert!(high - low < 0.12, "{low} {high}");

        let same = Comparison::new(&labels, rows.map(|(truth, first, _)| (truth, first, first)), &bootstrap);
        assert_eq!(
            (same.macro_f1.value, same.macro_f1.interval, same.mcnemar.p_value),
            (0.0, None, 1.0)
        );
        let empty = Comparison::new(&labels, [], &bootstrap);
        assert_eq!((empty.both_wrong, empty.mcnemar.p_value), (0, 1.0));
    }
}
