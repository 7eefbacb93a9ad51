//! How far a score would move if other rows of the same kind had been labelled: intervals by the bootstrap.

use std::fmt;
use std::iter::repeat_n;

use rayon::prelude::*;
use serde::{Serialize, Serializer};
use statrs::distribution::{ContinuousCDF, Normal};

use crate::train::SplitMix64;

/// Draws the rows anew, with replacement, again and again, and looks how much the scores differ (Efron 1979, "Bootstrap methods:
/// another look at the jackknife").
///
/// It takes rows to be independent of each other: where several come from the same article, the intervals are too narrow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrap {
    /// How often the rows are drawn anew; 0 gives no intervals.
    pub resamples: usize,
    /// The share of intervals that hold the true score, above 0 and below 1.
    pub level: f64,
    /// Where the random numbers start.
    pub seed: u64,
}

impl Default for Bootstrap {
    /// 2000 resamples, 95 percent.
    fn default() -> Self {
        Bootstrap {
            resamples: 2000,
            level: 0.95,
            seed: 0,
        }
    }
}

/// From where to where a score may well lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl fmt::Display for Interval {
    /// Both ends with three decimals.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} to {:.3}", self.low, self.high)
    }
}

impl Serialize for Interval {
    /// `[low, high]`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        [self.low, self.high].serialize(serializer)
    }
}

impl Bootstrap {
    /// An interval for each of the `statistics` of rows that are told apart by kind alone: `counts` says how many rows there are of each kind.
    /// To draw rows is then to draw kinds. `statistics` must give equally many finite values for any counts.
    ///
    /// The intervals are bias-corrected and accelerated ("BCa", Efron 1987, "Better bootstrap confidence intervals", equations 2.3 and 6.5), the
    /// acceleration taken from the jackknife, ends between two resamples by linear interpolation: scipy's
    /// `bootstrap(…, method="BCa")`. There is none where all resamples give the same value, as with a single row or with no error at all: such
    /// rows cannot tell how far the score would move.
    ///
    /// The same on any number of threads: each resample has random numbers of its own.
    pub fn intervals(&self, counts: &[u64], statistics: impl Fn(&[u64]) -> Vec<f64> + Sync) -> Vec<Option<Interval>> {
        let observed = statistics(counts);
        let kinds: Vec<usize> = counts
            .iter()
            .enumerate()
            .flat_map(|(kind, &count)| repeat_n(kind, count as usize))
            .collect();
        // Rows that are all of one kind give the same resample each time.
        if kinds.first() == kinds.last() || self.resamples == 0 {
            return vec![None; observed.len()];
        }
        let mut random = SplitMix64(self.seed);
        let starts: Vec<u64> = (0..self.resamples).map(|_| random.next()).collect();
        let draw = |start: u64| {
            let mut random = SplitMix64(start);
            let mut drawn = vec![0; counts.len()];
            for _ in 0..kinds.len() {
                drawn[kinds[random.below(kinds.len())]] += 1;
            }
            statistics(&drawn)
        };
        let resampled: Vec<Vec<f64>> = starts.into_par_iter().map(draw).collect();
        let left_out = leave_one_out(counts, &statistics);
        let interval = |(place, &observed): (usize, &f64)| {
            let mut values: Vec<f64> = resampled.iter().map(|values| values[place]).collect();
            values.sort_by(f64::total_cmp);
            let jackknife: Vec<(f64, f64)> = left_out.iter().map(|(rows, values)| (*rows, values[place])).collect();
            self.interval(observed, &values, &jackknife)
        };
        observed.iter().enumerate().map(interval).collect()
    }

    /// `values` ascending; `jackknife` as rows and the statistic without one of them.
    fn interval(&self, observed: f64, values: &[f64], jackknife: &[(f64, f64)]) -> Option<Interval> {
        if values.first() == values.last() {
            return None;
        }
        let below = values.partition_point(|&value| value < observed);
        let not_above = values.partition_point(|&value| value <= observed);
        let rank = (below + not_above) as f64 / (2 * values.len()) as f64;
        let tail = (1.0 - self.level) / 2.0;
        let acceleration = acceleration(jackknife);
        let normal = Normal::standard();
        let end = |share: f64| {
            // Where every resample lies on one side of what was observed, bias has no number: the plain percentile remains.
            if rank <= 0.0 || rank >= 1.0 {
                return share;
            }
            let bias = normal.inverse_cdf(rank);
            let reach = bias + normal.inverse_cdf(share);
            match 1.0 - acceleration * reach {
                stretch if stretch > 0.0 => normal.cdf(bias + reach / stretch),
                _ => share,
            }
        };
        Some(Interval {
            low: percentile(values, end(tail)),
            high: percentile(values, end(1.0 - tail)),
        })
    }
}

/// The statistics without one row, for each kind of row that there is, with the number of such rows.
fn leave_one_out(counts: &[u64], statistics: impl Fn(&[u64]) -> Vec<f64>) -> Vec<(f64, Vec<f64>)> {
    let mut counts = counts.to_vec();
    let mut left_out = Vec::new();
    for kind in 0..counts.len() {
        let rows = counts[kind];
        if rows > 0 {
            counts[kind] -= 1;
            left_out.push((rows as f64, statistics(&counts)));
            counts[kind] += 1;
        }
    }
    left_out
}

/// How fast the standard error changes with the score: a sixth of the skewness of the jackknife's values.
fn acceleration(jackknife: &[(f64, f64)]) -> f64 {
    let rows: f64 = jackknife.iter().map(|(rows, _)| rows).sum();
    let mean = jackknife.iter().map(|(rows, value)| rows * value).sum::<f64>() / rows;
    let moment = |power| -> f64 {
        jackknife
            .iter()
            .map(|(rows, value)| rows * (mean - value).powi(power))
            .sum()
    };
    match moment(2) {
        0.0 => 0.0,
        square => moment(3) / (6.0 * square.powf(1.5)),
    }
}

/// The value below which a share of the ascending `values` lies, by linear interpolation between two of them (definition 7 of Hyndman, Fan 1996; numpy's default).
pub(super) fn percentile(values: &[f64], share: f64) -> f64 {
    let place = share.clamp(0.0, 1.0) * (values.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(values.len() - 1);
    values[below] + (place - below as f64) * (values[above] - values[below])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn share(counts: &[u64]) -> Vec<f64> {
        vec![counts[0] as f64 / counts.iter().sum::<u64>().max(1) as f64]
    }

    /// scipy 1.17.1: `bootstrap((x,), mean, method="BCa", n_resamples=100000)` on 30 ones and 10 zeros, and on 95 ones and 5 zeros.
    #[test]
    fn intervals_are_those_of_scipy() {
        let bootstrap = Bootstrap {
            resamples: 20_000,
            ..Bootstrap::default()
        };
        for (counts, low, high) in [([30, 10], 0.6, 0.875), ([95, 5], 0.89, 0.98)] {
            let interval = bootstrap.intervals(&counts, share)[0].unwrap();
            // One row more or less, as in scipy itself from seed to seed.
            let row = 1.0 / counts.iter().sum::<u64>() as f64 + 1e-12;
            assert!(
                (interval.low - low).abs() <= row && (interval.high - high).abs() <= row,
                "{interval:?}"
            );
        }
    }

    /// scipy 1.17.1: `norm` and `numpy.percentile` put together as Efron's equations 2.3 and 6.5 say. Bias and skewness move both ends far.
    #[test]
    fn ends_are_corrected_for_bias_and_skewness() {
        let values: Vec<f64> = (0..=200).map(|i| (f64::from(i) / 200.0).powi(2)).collect();
        let bootstrap = Bootstrap {
            level: 0.9,
            ..Bootstrap::default()
        };
        let jackknife = [(1.0, 0.8), (5.0, 0.35), (3.0, 0.3)];
        let Interval { low, high } = bootstrap.interval(values[120], &values, &jackknife).unwrap();
        let (scipy_low, scipy_high) = (0.005367478124160733, 0.9248983962251346);
        assert!(
            (low - scipy_low).abs() < 1e-9 && (high - scipy_high).abs() < 1e-9,
            "{low} {high}"
        );
        assert_eq!(
            leave_one_out(&[2, 0, 1], |counts| vec![counts[0] as f64]),
            [(2.0, vec![1.0]), (1.0, vec![2.0])]
        );
    }

    /// Of a hundred samples whose true share is known, about 95 intervals must hold it.
    #[test]
    fn most_intervals_hold_the_truth() {
        let mut random = SplitMix64(3);
        let held = (0..400)
            .filter(|&seed| {
                let right = (0..100).filter(|_| random.below(10) < 8).count() as u64;
                let bootstrap = Bootstrap {
                    resamples: 500,
                    seed,
                    ..Bootstrap::default()
                };
                let interval = bootstrap.intervals(&[right, 100 - right], share)[0].unwrap();
                (interval.low..=interval.high).contains(&0.8)
            })
            .count();
        assert!((368..=392).contains(&held), "{held} of 400");
    }

    #[test]
    fn rows_that_cannot_tell_have_no_interval() {
        for counts in [[0, 0], [1, 0], [0, 1], [50, 0]] {
            assert_eq!(Bootstrap::default().intervals(&counts, share), [None]);
        }
        let none = Bootstrap {
            resamples: 0,
            ..Bootstrap::default()
        };
        assert_eq!(none.intervals(&[5, 5], share), [None]);
    }

    #[test]
    fn the_number_of_threads_does_not_matter() {
        let intervals = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| Bootstrap::default().intervals(&[70, 30], share))
        };
        assert_eq!(intervals(1), intervals(4));
    }

    proptest! {
        #[test]
        fn an_interval_lies_among_the_possible_values(a in 0u64..40, b in 0u64..40, seed in any::<u64>()) {
            let bootstrap = Bootstrap { resamples: 200, seed, ..Bootstrap::default() };
            if let Some(Interval { low, high }) = bootstrap.intervals(&[a, b], share)[0] {
                prop_assert!(0.0 <= low && low <= high && high <= 1.0, "{low} {high}");
            }
        }
    }
}
