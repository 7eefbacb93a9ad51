//! Scores of parts of the rows: which kind of text, source or time a model is good at.

use std::collections::BTreeMap;

use super::{Bootstrap, ConfusionMatrix, ScoreIntervals};

/// The rows that share a value, and how well they were labelled.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupScores {
    /// The value.
    pub group: String,
    /// How often which label was taken for which.
    pub confusion: ConfusionMatrix,
    /// How far the scores may be off; with few rows: far.
    pub intervals: ScoreIntervals,
}

/// Scores the rows of each group apart; the largest group comes first, of equal ones the first by name.
///
/// `rows` are group, truth and prediction, the latter two as positions in `labels`.
///
/// # Panics
/// If a position is out of range.
pub fn scores_by_group<'g>(
    labels: &[String],
    rows: impl IntoIterator<Item = (&'g str, usize, usize)>,
    bootstrap: &Bootstrap,
) -> Vec<GroupScores> {
    let mut groups: BTreeMap<&str, Vec<(usize, usize)>> = BTreeMap::new();
    for (group, truth, prediction) in rows {
        groups.entry(group).or_default().push((truth, prediction));
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    // Stable: names stay in order.
    groups.sort_by_key(|(_, pairs)| std::cmp::Reverse(pairs.len()));
    let score = |(group, pairs): (&str, Vec<(usize, usize)>)| {
        let confusion = ConfusionMatrix::new(labels, pairs);
        GroupScores {
            group: group.to_owned(),
            intervals: ScoreIntervals::of(&confusion, bootstrap),
            confusion,
        }
    };
    groups.into_iter().map(score).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_scored_apart_the_largest_first() {
        let labels = ["a", "b"].map(String::from);
        let rows = [
            ("wire", 0, 0),
            ("blog", 0, 1),
            ("wire", 1, 1),
            ("wire", 1, 0),
            ("", 0, 0),
        ];
        let groups = scores_by_group(&labels, rows, &Bootstrap::default());
        let seen: Vec<_> = groups
            .iter()
            .map(|g| (g.group.as_str(), g.confusion.total(), g.confusion.accuracy()))
            .collect();
        assert_eq!(seen, [("wire", 3, 2.0 / 3.0), ("", 1, 1.0), ("blog", 1, 0.0)]);
        assert!(groups[0].intervals.accuracy.is_some());
        // One row tells nothing of others.
        assert!(groups[1].intervals.accuracy.is_none() && groups[1].intervals.per_label[0].f1.is_none());
    }
}
