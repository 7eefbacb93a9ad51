//! Rows dealt out into folds.

use std::collections::BTreeMap;

use crate::dataset::LabelledStatements;
use crate::error::{ErrorKind, Result};
use crate::train::SplitMix64;

/// For each row its fold, `0..folds`: every fold gets about the same share of each label (stratified), and rows of the same
/// group, where groups are given, stay together.
///
/// Deterministic in `seed`. Groups are dealt out greedily, the largest first, each to the fold whose label counts it
/// evens out most: the idea of scikit-learn's `StratifiedGroupKFold`.
///
/// # Errors
/// If `folds` is below 2, a label has fewer rows than there are folds, or there are fewer groups than folds.
pub fn stratified_folds(data: &LabelledStatements, folds: usize, seed: u64) -> Result<Vec<usize>> {
    if folds < 2 {
        return Err(ErrorKind::InvalidParameter {
            name: "the number of folds",
            value: folds.to_string(),
            must: "at least 2, or 0 for no cross-validation",
        }
        .into());
    }
    for (label, rows) in data.rows_per_label() {
        if rows < folds {
            return Err(ErrorKind::TooFewRows { label, rows, folds }.into());
        }
    }
    let mut random = SplitMix64(seed);
    match data.groups() {
        None => Ok(deal_rows(data, folds, &mut random)),
        Some(groups) => deal_groups(data, groups, folds, &mut random),
    }
}

fn deal_rows(data: &LabelledStatements, folds: usize, random: &mut SplitMix64) -> Vec<usize> {
    let mut fold_of_row = vec![0; data.len()];
    // Each label goes on where the one before it stopped, so that folds differ by one row at most.
    let mut next = 0;
    for label in 0..data.labels().len() {
        let mut rows: Vec<usize> = (0..data.len()).filter(|&i| data.targets()[i] == label).collect();
        random.shuffle(&mut rows);
        for row in rows {
            fold_of_row[row] = next % folds;
            next += 1;
        }
    }
    fold_of_row
}

fn deal_groups(
    data: &LabelledStatements,
    groups: &[String],
    folds: usize,
    random: &mut SplitMix64,
) -> Result<Vec<usize>> {
    let labels = data.labels().len();
    let mut counts: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let mut totals = vec![0.0; labels];
    for (group, &target) in groups.iter().zip(data.targets()) {
        counts.entry(group).or_insert_with(|| vec![0.0; labels])[target] += 1.0;
        totals[target] += 1.0;
    }
    if counts.len() < folds {
        return Err(ErrorKind::TooFewGroups {
            groups: counts.len(),
            folds,
        }
        .into());
    }
    let mut order: Vec<(&str, Vec<f64>)> = counts.into_iter().collect();
    random.shuffle(&mut order);
    order.sort_by(|a, b| b.1.iter().sum::<f64>().total_cmp(&a.1.iter().sum()));
    let mut dealt = vec![vec![0.0; labels]; folds];
    let mut fold_of_group: BTreeMap<&str, usize> = BTreeMap::new();
    for (group, counts) in order {
        // How uneven the folds' shares of each label would be if the group went to `fold`.
        let unevenness = |fold: usize| -> f64 {
            (0..labels)
                .map(|label| {
                    let share = |f: usize| {
                        let more = if f == fold { counts[label] } else { 0.0 };
                        (dealt[f][label] + more) / f64::max(totals[label], 1.0)
                    };
                    (0..folds).map(|f| share(f) * share(f)).sum::<f64>()
                })
                .sum()
        };
        let fold = (0..folds)
            .min_by(|&a, &b| unevenness(a).total_cmp(&unevenness(b)))
            .expect("there are at least two folds");
        dealt[fold].iter_mut().zip(&counts).for_each(|(d, c)| *d += c);
        fold_of_group.insert(group, fold);
    }
    Ok(groups.iter().map(|group| fold_of_group[group.as_str()]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{Columns, LabelledStatementsBuilder, RecordFormat};

    fn data(rows: usize, groups: usize) -> LabelledStatements {
        let mut csv = String::from("text,label,group\n");
        for i in 0..rows {
            csv += &format!("t{i},{},{}\n", ["x", "y", "z"][i % 3], i % groups);
        }
        let columns = Columns {
            group: Some("group".into()),
            ..Columns::default()
        };
        let mut builder = LabelledStatementsBuilder::default();
        builder
            .read(csv.as_bytes(), RecordFormat::CSV, &columns, &mut Err)
            .unwrap();
        builder.build().unwrap()
    }

    #[test]
    fn labels_are_spread_evenly() {
        let data = LabelledStatements::from_pairs((0..31).map(|i| (i.to_string(), ["a", "b"][i % 2]))).unwrap();
        let folds = stratified_folds(&data, 5, 0).unwrap();
        for label in 0..2 {
            for fold in 0..5 {
                let count = (0..31)
                    .filter(|&i| data.targets()[i] == label && folds[i] == fold)
                    .count();
                assert!((2..=4).contains(&count), "{count}");
            }
        }
        assert_eq!(folds, stratified_folds(&data, 5, 0).unwrap());
        assert_ne!(folds, stratified_folds(&data, 5, 1).unwrap());
    }

    #[test]
    fn groups_stay_together() {
        let data = data(90, 10);
        let folds = stratified_folds(&data, 5, 0).unwrap();
        for i in 0..90 {
            assert_eq!(folds[i], folds[i % 10]);
        }
        assert!((0..5).all(|fold| folds.contains(&fold)));
        assert!(stratified_folds(&self::data(90, 3), 5, 0).is_err());
    }

    #[test]
    fn too_rare_a_label_is_named() {
        let data = LabelledStatements::from_pairs([("1", "a"), ("2", "a"), ("3", "b")]).unwrap();
        let error = stratified_folds(&data, 2, 0).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::TooFewRows { rows: 1, .. }));
    }
}
