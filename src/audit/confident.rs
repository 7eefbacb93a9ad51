//! Confident learning: which labels are probably wrong, and how many.
//!
//! After Northcutt, Jiang, Chuang 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels", Journal of Artificial Intelligence
//! Research 70, 1373–1411. `p̂(j; x)` is the probability of label `j` for row `x` that a model gives which has not seen the row, `X_i` are the
//! rows with the given label `i`, and `n` is the number of rows.
//!
//! | here | there |
//! | --- | --- |
//! | [`ConfidentJoint::counts`] | the confident joint `C[i][j]`, equation 1 |
//! | [`ConfidentJoint::thresholds`] | the threshold `t_j`, the mean of `p̂(j; x)` over `X_j`, equation 2 |
//! | [`ConfidentJoint::estimate`] | the joint distribution `Q̂[i][j]` of given and true labels, equation 3 |
//! | [`Prune`] | the methods 2 to 5 of section 3.2 |
//! | [`Rank`] | self-confidence, and the normalized margin that prune by noise rate sorts by |

use crate::error::{Error, ErrorKind, Result};

/// How given and true labels fall together, as far as confident predictions tell.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfidentJoint {
    thresholds: Vec<f64>,
    counts: Vec<Vec<u64>>,
    rows_per_label: Vec<u64>,
    /// The label that each row is confidently counted for, if any.
    confident: Vec<Option<usize>>,
}

/// Which rows are taken to be labelled wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Prune {
    /// Those that the confident joint counts off its diagonal (method 2).
    ConfidentJoint,
    /// Of the rows of each given label `i` the `n · Σ_{j≠i} Q̂[i][j]` with the lowest self-confidence (method 3, prune by class).
    Class,
    /// For each pair of labels the `n · Q̂[i][j]` rows of `X_i` with the largest margin `p̂(j; x) − p̂(i; x)` (method 4, prune by noise
    /// rate).
    NoiseRate,
    /// Those that both of the last two take (method 5): the fewest, and the surest. The default.
    #[default]
    Both,
}

/// What the rows are ranked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rank {
    /// `1 − p̂(given; x)`: how improbable the given label is. If one label in so many is wrong whatever the text says, and probabilities
    /// are right, then this is the order of the probability that a label is wrong. The default.
    #[default]
    SelfConfidence,
    /// `(1 + max_{j≠given} p̂(j; x) − p̂(given; x)) / 2`: how far another label is ahead of the given one.
    NormalizedMargin,
}

impl ConfidentJoint {
    /// Counts rows: `targets` has the given label of each as a position, `probabilities` a number for each row and label, row by row.
    ///
    /// # Errors
    /// [`ErrorKind::ShapeMismatch`] if there are not `labels` probabilities for each target.
    ///
    /// # Panics
    /// If a target is not below `labels`.
    pub fn new(targets: &[usize], probabilities: &[Vec<f64>], labels: usize) -> Result<Self> {
        let shape = |what, expected, found| ErrorKind::ShapeMismatch { what, expected, found };
        if targets.len() != probabilities.len() {
            return Err(Error::from(shape(
                "rows of probabilities",
                targets.len(),
                probabilities.len(),
            )));
        }
        if let Some(row) = probabilities.iter().find(|row| row.len() != labels) {
            return Err(Error::from(shape("probabilities of a row", labels, row.len())));
        }
        let mut rows_per_label = vec![0; labels];
        let mut sums = vec![0.0; labels];
        for (&target, row) in targets.iter().zip(probabilities) {
            rows_per_label[target] += 1;
            sums[target] += row[target];
        }
        // No row can reach the threshold of a label that no row has.
        let mean = |(&sum, &rows): (&f64, &u64)| if rows == 0 { f64::INFINITY } else { sum / rows as f64 };
        let thresholds: Vec<f64> = sums.iter().zip(&rows_per_label).map(mean).collect();
        let confident: Vec<Option<usize>> = probabilities
            .iter()
            .map(|row| {
                let above = (0..labels).filter(|&label| row[label] >= thresholds[label]);
                above.reduce(|best, label| if row[label] > row[best] { label } else { best })
            })
            .collect();
        let mut counts = vec![vec![0; labels]; labels];
        for (&given, &confident) in targets.iter().zip(&confident) {
            if let Some(likely) = confident {
                counts[given][likely] += 1;
            }
        }
        Ok(ConfidentJoint {
            thresholds,
            counts,
            rows_per_label,
            confident,
        })
    }

    /// For each label how probable it must be to count: what it is on average in rows that have it (equation 2); infinite for a label
    /// that no row has.
    pub fn thresholds(&self) -> &[f64] {
        &self.thresholds
    }

    /// `counts()[given][likely]`: rows with the label `given` whose most probable label, of those that reach their threshold, is `likely`
    /// (equation 1).
    pub fn counts(&self) -> &[Vec<u64>] {
        &self.counts
    }

    /// `n · Q̂`: how many rows with the label `given` are estimated to belong to `likely`. Each row of the counts is scaled to the number of
    /// rows with that label (equation 3; its denominator is then `n`).
    pub fn estimate(&self) -> Vec<Vec<f64>> {
        let labels = self.counts.len();
        let scale = |(given, counts): (usize, &Vec<u64>)| -> Vec<f64> {
            let (rows, counted) = (self.rows_per_label[given] as f64, counts.iter().sum::<u64>() as f64);
            match counted > 0.0 {
                true => counts.iter().map(|&count| count as f64 / counted * rows).collect(),
                // Nothing is known: all are taken to be right.
                false => (0..labels)
                    .map(|likely| if likely == given { rows } else { 0.0 })
                    .collect(),
            }
        };
        self.counts.iter().enumerate().map(scale).collect()
    }

    /// Rows that are estimated to have a wrong label: `n` times the sum of `Q̂` off its diagonal.
    pub fn wrong_labels(&self) -> f64 {
        let estimate = self.estimate();
        let off_diagonal = |(given, row): (usize, &Vec<f64>)| row.iter().sum::<f64>() - row[given];
        estimate.iter().enumerate().map(off_diagonal).sum()
    }

    /// For each row whether its label is taken to be wrong; arguments as for [`new`](Self::new), with the same rows.
    pub fn prune(&self, prune: Prune, targets: &[usize], probabilities: &[Vec<f64>]) -> Vec<bool> {
        match prune {
            Prune::ConfidentJoint => {
                let pairs = targets.iter().zip(&self.confident);
                pairs
                    .map(|(given, likely)| likely.is_some_and(|likely| likely != *given))
                    .collect()
            }
            Prune::Class => self.prune_by_class(targets, probabilities),
            Prune::NoiseRate => self.prune_by_noise_rate(targets, probabilities),
            Prune::Both => {
                let by_class = self.prune_by_class(targets, probabilities);
                let by_noise_rate = self.prune_by_noise_rate(targets, probabilities);
                by_class.iter().zip(by_noise_rate).map(|(&a, b)| a && b).collect()
            }
        }
    }

    fn prune_by_class(&self, targets: &[usize], probabilities: &[Vec<f64>]) -> Vec<bool> {
        let mut wrong = vec![false; targets.len()];
        for (given, row) in self.estimate().iter().enumerate() {
            let count = (row.iter().sum::<f64>() - row[given]).round() as usize;
            mark(&mut wrong, count, targets, given, |i| -probabilities[i][given]);
        }
        wrong
    }

    fn prune_by_noise_rate(&self, targets: &[usize], probabilities: &[Vec<f64>]) -> Vec<bool> {
        let mut wrong = vec![false; targets.len()];
        for (given, row) in self.estimate().iter().enumerate() {
            for likely in (0..row.len()).filter(|&likely| likely != given) {
                let margin = |i: usize| probabilities[i][likely] - probabilities[i][given];
                mark(&mut wrong, row[likely].round() as usize, targets, given, margin);
            }
        }
        wrong
    }
}

/// Marks the `count` rows of a given label that are largest by `key`, the first of equals.
fn mark(wrong: &mut [bool], count: usize, targets: &[usize], given: usize, key: impl Fn(usize) -> f64) {
    let mut rows: Vec<usize> = (0..targets.len()).filter(|&i| targets[i] == given).collect();
    rows.sort_by(|&a, &b| key(b).total_cmp(&key(a)));
    rows.into_iter().take(count).for_each(|i| wrong[i] = true);
}

impl Rank {
    /// How suspicious a row is, from 0 to 1: `probabilities` has a number for each label, `given` is the position of its label.
    ///
    /// # Panics
    /// If there is no such label.
    pub fn score(self, probabilities: &[f64], given: usize) -> f64 {
        match self {
            Rank::SelfConfidence => 1.0 - probabilities[given],
            Rank::NormalizedMargin => {
                let best = likely_label(probabilities, given).map_or(0.0, |label| probabilities[label]);
                (1.0 + best - probabilities[given]) / 2.0
            }
        }
    }
}

/// The most probable label other than the given one, the first of equals; `None` if there is no other.
pub(super) fn likely_label(probabilities: &[f64], given: usize) -> Option<usize> {
    let others = (0..probabilities.len()).filter(|&label| label != given);
    others.reduce(|best, label| {
        if probabilities[label] > probabilities[best] {
            label
        } else {
            best
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Six rows, computed by hand. t = ((.9 + .8 + .1) / 3, (.8 + .6 + .85) / 3) = (.6, .75).
    fn example() -> (Vec<usize>, Vec<Vec<f64>>) {
        let targets = vec![0, 0, 0, 1, 1, 1];
        let first = [0.9, 0.8, 0.1, 0.2, 0.4, 0.15];
        (targets, first.iter().map(|&p| vec![p, 1.0 - p]).collect())
    }

    #[test]
    fn the_joint_is_counted_as_equations_1_to_3_say() {
        let (targets, probabilities) = example();
        let joint = ConfidentJoint::new(&targets, &probabilities, 2).unwrap();
        assert!((joint.thresholds()[0] - 0.6).abs() < 1e-12 && (joint.thresholds()[1] - 0.75).abs() < 1e-12);
        // Row 5 (.4, .6) reaches no threshold; row 3 (.1, .9) is confidently of the other label.
        assert_eq!(joint.counts(), [[2, 1], [0, 2]]);
        assert_eq!(joint.estimate(), [[2.0, 1.0], [0.0, 3.0]]);
        assert_eq!(joint.wrong_labels(), 1.0);
        for prune in [Prune::ConfidentJoint, Prune::Class, Prune::NoiseRate, Prune::Both] {
            let wrong = joint.prune(prune, &targets, &probabilities);
            assert_eq!(wrong, [false, false, true, false, false, false], "{prune:?}");
        }
    }

    #[test]
    fn scores_are_shares() {
        assert_eq!(Rank::SelfConfidence.score(&[0.25, 0.5, 0.25], 0), 0.75);
        assert_eq!(Rank::NormalizedMargin.score(&[0.25, 0.5, 0.25], 0), 0.625);
        assert_eq!(Rank::NormalizedMargin.score(&[1.0, 0.0, 0.0], 0), 0.0);
        assert_eq!(likely_label(&[0.2, 0.4, 0.4], 1), Some(2));
    }

    #[test]
    fn shapes_are_checked_and_missing_labels_counted_for_nothing() {
        assert!(ConfidentJoint::new(&[0], &[], 2).is_err());
        assert!(ConfidentJoint::new(&[0], &[vec![1.0]], 2).is_err());
        let joint = ConfidentJoint::new(&[0, 0], &[vec![0.9, 0.1], vec![0.2, 0.8]], 2).unwrap();
        assert_eq!(joint.counts(), [[1, 0], [0, 0]]);
        assert_eq!(joint.wrong_labels(), 0.0);
    }
}
