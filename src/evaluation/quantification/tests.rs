use std::sync::Arc;

use super::*;
use crate::model::{ConfusionCard, Prediction};
use crate::train::SplitMix64;

fn labels() -> Vec<String> {
    ["a", "b", "c"].map(str::to_owned).into()
}

fn prediction(probabilities: [f64; 3]) -> Prediction {
    Prediction::of(Arc::from(labels()), probabilities.to_vec())
}

/// A prediction such as a model might make of a row of label `truth`: right in about four of five, and surer where it is right.
fn simulated(random: &mut SplitMix64, truth: usize) -> Prediction {
    let mut parameters = [1.0; 3];
    parameters[truth] = 3.5;
    let drawn = random.dirichlet(&parameters);
    prediction([drawn[0], drawn[1], drawn[2]])
}

fn simulated_rows(seed: u64, counts: [usize; 3]) -> Vec<(usize, Prediction)> {
    let mut random = SplitMix64(seed);
    let truths = (0..3).flat_map(|label| vec![label; counts[label]]);
    truths.map(|truth| (truth, simulated(&mut random, truth))).collect()
}

fn card(rows: &[(usize, Prediction)]) -> ConfusionCard {
    confusion_card(&labels(), rows.iter().map(|(truth, p)| (*truth, p)))
}

fn quantifier(rows: &[(usize, Prediction)]) -> Quantifier {
    Quantifier::new(&labels(), Some(&card(rows))).unwrap()
}

fn with(method: QuantificationMethod, target: Target) -> QuantificationOptions {
    QuantificationOptions {
        method,
        target,
        draws: 400,
        ..QuantificationOptions::default()
    }
}

const METHODS: [QuantificationMethod; 3] = [
    QuantificationMethod::Posterior,
    QuantificationMethod::Likelihood,
    QuantificationMethod::Adjusted,
];

#[test]
fn few_rows_give_the_confusion_matrix_and_many_give_bins() {
    let few = card(&simulated_rows(1, [10, 10, 10]));
    assert_eq!(few.groups.len(), 3);
    assert!(
        few.groups
            .iter()
            .all(|group| group.bounds.is_empty() && group.second.is_none())
    );
    let many = card(&simulated_rows(1, [1000, 1000, 1000]));
    assert_eq!(many.groups.len(), 6);
    assert!(many.groups.iter().all(|group| group.bounds.len() == 4));
    assert_eq!(
        many.counts
            .iter()
            .map(|row| row.iter().sum::<u64>())
            .collect::<Vec<_>>(),
        [1000; 3]
    );
    let cells = (0..30).map(|cell| many.counts.iter().map(|row| row[cell]).sum::<u64>());
    // A bin holds a fifth of its group.
    assert!(cells.into_iter().all(|rows| (40..250).contains(&rows)));
}

#[test]
fn a_cell_is_the_label_the_second_and_the_bin() {
    let quantifier = quantifier(&simulated_rows(1, [1000, 1000, 1000]));
    // Groups of each label: those with the smaller second label, then the rest; five bins each.
    assert_eq!(quantifier.cell(&prediction([1.0, 0.0, 0.0])), 4);
    assert_eq!(quantifier.cell(&prediction([0.998, 0.0005, 0.0015])), 9);
    assert_eq!(quantifier.cell(&prediction([0.30, 0.35, 0.35])), 15);
    assert_eq!(quantifier.cell(&prediction([0.33, 0.32, 0.35])), 20);
    let tally = quantifier.tally(&[prediction([1.0, 0.0, 0.0]), prediction([0.0, 0.0, 1.0])]);
    assert_eq!((tally.rows(), quantifier.counted(&tally)), (2, vec![1, 0, 1]));
}

#[test]
fn every_method_finds_a_shifted_mix() {
    let quantifier = quantifier(&simulated_rows(1, [2000, 2000, 2000]));
    let rows = simulated_rows(2, [1600, 100, 300]);
    let tally = quantifier.tally(rows.iter().map(|(_, p)| p));
    for method in METHODS {
        let found = quantifier.estimate(&tally, &with(method, Target::Rows)).unwrap();
        let share = |label: usize| &found.shares[label];
        assert!((found.shares.iter().map(|s| s.share).sum::<f64>() - 1.0).abs() < 1e-9);
        for (label, truth) in [0.8, 0.05, 0.15].into_iter().enumerate() {
            assert!((share(label).share - truth).abs() < 0.025, "{method:?} {found:?}");
            assert!(
                share(label).low <= truth && truth <= share(label).high,
                "{method:?} {found:?}"
            );
        }
        // Plain counting is far off.
        assert!(share(1).counted_share > 0.1, "{found:?}");
        assert!(!found.fit.is_misfit(), "{:?}", found.fit);
        let population = quantifier.estimate(&tally, &with(method, Target::Population)).unwrap();
        let width = |p: &Prevalence| p.shares[0].high - p.shares[0].low;
        assert!(width(&population) > 1.1 * width(&found), "{method:?}");
        assert_eq!(found, quantifier.estimate(&tally, &with(method, Target::Rows)).unwrap());
    }
}

/// Fails if intervals are too short, too long, or in the wrong place: of 300 mixes drawn at random, the share of intervals that hold the truth has a
/// standard error of 1.3 percentage points.
#[test]
fn intervals_hold_the_truth_as_often_as_they_say() {
    let (mut held, mut all) = (0, 0);
    let (mut error, mut counting) = (0.0, 0.0);
    let mut random = SplitMix64(5);
    for trial in 0..300 {
        // The evidence is scarce, so that its own uncertainty matters.
        let quantifier = quantifier(&simulated_rows(1000 + trial, [150, 150, 150]));
        let mix = random.dirichlet(&[1.0; 3]);
        let counts = random.multinomial(200, &mix);
        let rows = simulated_rows(2000 + trial, [counts[0], counts[1], counts[2]].map(|n| n as usize));
        let tally = quantifier.tally(rows.iter().map(|(_, p)| p));
        let found = quantifier
            .estimate(&tally, &with(QuantificationMethod::Posterior, Target::Rows))
            .unwrap();
        for (share, &count) in found.shares.iter().zip(&counts) {
            let truth = count as f64 / 200.0;
            held += u32::from(share.low <= truth + 1e-9 && truth - 1e-9 <= share.high);
            error += (share.share - truth).abs();
            counting += (share.counted_share - truth).abs();
            all += 1;
        }
    }
    let coverage = f64::from(held) / f64::from(all);
    assert!((0.92..0.98).contains(&coverage), "{coverage}");
    assert!(error < 0.5 * counting, "{error} {counting}");
}

#[test]
fn rows_of_another_kind_are_told() {
    let quantifier = quantifier(&simulated_rows(1, [2000, 2000, 2000]));
    // A model that is hardly ever sure.
    let unsure: Vec<Prediction> = (0..500)
        .map(|i| prediction([0.34 + 0.0001 * f64::from(i % 9), 0.33, 0.32]))
        .collect();
    let fit = quantifier.mixture_fit(&quantifier.tally(&unsure)).unwrap();
    assert!(fit.is_misfit() && fit.size > 0.1, "{fit:?}");
    // Too few rows to say anything.
    let fit = quantifier.mixture_fit(&quantifier.tally(&unsure[..3])).unwrap();
    assert_eq!((fit.p_value, fit.degrees_of_freedom, fit.is_misfit()), (1.0, 0, false));
}

#[test]
fn groups_are_estimated_as_if_alone() {
    let quantifier = quantifier(&simulated_rows(1, [500, 500, 500]));
    let rows = simulated_rows(3, [40, 10, 10]);
    let mut tallies = Tallies::new(&quantifier);
    for (at, (_, p)) in rows.iter().enumerate() {
        tallies.add(at % 2, p);
    }
    let options = with(QuantificationMethod::Posterior, Target::Rows);
    let groups = tallies.estimate(&options).unwrap();
    let alone = quantifier.tally(rows.iter().step_by(2).map(|(_, p)| p));
    assert_eq!(groups[0], (&0, quantifier.estimate(&alone, &options).unwrap()));
    let all = quantifier.tally(rows.iter().map(|(_, p)| p));
    assert_eq!(
        tallies.estimate_all(&options).unwrap(),
        quantifier.estimate(&all, &options).unwrap()
    );
}

#[test]
fn one_row_is_no_certainty() {
    let quantifier = quantifier(&simulated_rows(1, [500, 500, 500]));
    let tally = quantifier.tally(&[prediction([0.7, 0.2, 0.1])]);
    for method in METHODS {
        let found = quantifier.estimate(&tally, &with(method, Target::Population)).unwrap();
        assert!(
            found.shares.iter().all(|s| s.low <= s.share && s.share <= s.high),
            "{found:?}"
        );
    }
    let found = quantifier
        .estimate(&tally, &with(QuantificationMethod::Posterior, Target::Population))
        .unwrap();
    assert!(found.shares[0].high - found.shares[0].low > 0.5, "{found:?}");
}

#[test]
fn what_cannot_be_used_is_an_error() {
    let rows = simulated_rows(1, [50, 50, 50]);
    let good = card(&rows);
    let kind = |card: Option<&ConfusionCard>| format!("{:?}", Quantifier::new(&labels(), card).unwrap_err().kind());
    assert_eq!(kind(None), "NoConfusion");
    let damages: [fn(&mut ConfusionCard); 7] = [
        |card| card.groups[0].predicted = 9,
        |card| card.groups[0].second = Some(9),
        |card| card.groups[0].bounds.push(0.5),
        |card| {
            card.groups.pop();
        },
        |card| {
            card.counts.pop();
        },
        |card| card.counts[0][0] = u64::MAX,
        |card| card.groups[0].bounds = vec![0.9, 0.1],
    ];
    for damage in damages {
        let mut card = good.clone();
        damage(&mut card);
        assert!(kind(Some(&card)).starts_with("ModelDamaged"), "{card:?}");
    }
    let mut empty = good.clone();
    empty.counts[1].fill(0);
    assert!(kind(Some(&empty)).contains("LabelWithoutRows"));

    let quantifier = Quantifier::new(&labels(), Some(&good)).unwrap();
    assert!(
        quantifier
            .estimate(&quantifier.empty_tally(), &QuantificationOptions::default())
            .is_err()
    );
    let tally = quantifier.tally(rows.iter().map(|(_, p)| p));
    for options in [
        QuantificationOptions {
            level: 1.0,
            ..QuantificationOptions::default()
        },
        QuantificationOptions {
            draws: 1,
            ..QuantificationOptions::default()
        },
    ] {
        assert!(quantifier.estimate(&tally, &options).is_err());
    }
}
