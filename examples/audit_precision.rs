//! How many of the rows that an audit finds most suspicious were made wrong: labels of `data/statements.csv` are flipped at random, and the
//! audit has to find them.
//!
//! `cargo run --release --example audit_precision -- [SHARE [SEEDS]]`, by default 0.05 of the labels and three seeds.

use std::collections::BTreeSet;

use demarche::LabelledStatements;
use demarche::Trainer;
use demarche::audit::{Audit, AuditOptions, Rank, audit};
use demarche::dataset::Columns;

fn main() -> demarche::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let share: f64 = arguments.next().and_then(|a| a.parse().ok()).unwrap_or(0.05);
    let seeds: u64 = arguments.next().and_then(|a| a.parse().ok()).unwrap_or(3);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/statements.csv");
    let data = LabelledStatements::from_path(path, &Columns::default())?;
    let margin = AuditOptions {
        rank: Rank::NormalizedMargin,
        ..AuditOptions::default()
    };
    let as_training = AuditOptions {
        trainers: vec![Trainer::params()],
        folds: 5,
        repeats: 1,
        ..AuditOptions::default()
    };
    let all = [
        ("the default", AuditOptions::default()),
        ("ranked by normalized margin", margin),
        ("the trainer's own settings, five folds, once", as_training),
    ];
    println!("{} rows, {share} of the labels flipped, {seeds} seeds", data.len());
    println!(
        "precision: of so many rows as were flipped, the most suspicious; of the first fifth of these; of the suspects; and their recall"
    );
    for (name, options) in all {
        let mut sums = [0.0; 4];
        for seed in 0..seeds {
            let (flipped, wrong) = flip(&data, share, seed)?;
            let options = AuditOptions {
                seed,
                ..options.clone()
            };
            let scores = scores(&audit(&flipped, &options, || ())?, &wrong);
            println!("  {name}, seed {seed}: {}", shown(scores));
            sums.iter_mut()
                .zip(scores)
                .for_each(|(sum, score)| *sum += score / seeds as f64);
        }
        println!("{name}, mean: {}", shown(sums));
    }
    Ok(())
}

fn shown(scores: [f64; 4]) -> String {
    scores.map(|score| format!("{score:.3}")).join("  ")
}

/// The data with some labels changed to another one, all others alike, and which rows these are.
fn flip(data: &LabelledStatements, share: f64, seed: u64) -> demarche::Result<(LabelledStatements, BTreeSet<usize>)> {
    // A hash of seed and row is a random number that anybody can compute again.
    let number = |row: usize| {
        let hash = blake3::hash(format!("{seed} {row}").as_bytes());
        let bytes: [u8; 8] = hash.as_bytes()[..8].try_into().expect("a hash has 32 bytes");
        u64::from_le_bytes(bytes)
    };
    let mut order: Vec<usize> = (0..data.len()).collect();
    order.sort_by_key(|&row| number(row));
    let wrong: BTreeSet<usize> = order[..(share * data.len() as f64).round() as usize]
        .iter()
        .copied()
        .collect();
    let labels = data.labels();
    let label = |row: usize| {
        let shift = match wrong.contains(&row) {
            true => 1 + number(row + data.len()) as usize % (labels.len() - 1),
            false => 0,
        };
        &labels[(data.targets()[row] + shift) % labels.len()]
    };
    let pairs = data
        .texts()
        .iter()
        .enumerate()
        .map(|(row, text)| (text.as_str(), label(row)));
    Ok((LabelledStatements::from_pairs(pairs)?, wrong))
}

fn scores(audit: &Audit, wrong: &BTreeSet<usize>) -> [f64; 4] {
    let precision = |count: usize| {
        let hits = audit
            .rows
            .iter()
            .take(count)
            .filter(|row| wrong.contains(&row.row))
            .count();
        hits as f64 / count.max(1) as f64
    };
    let suspects = audit.suspects().count();
    let caught = audit.suspects().filter(|row| wrong.contains(&row.row)).count();
    [
        precision(wrong.len()),
        precision(wrong.len() / 5),
        caught as f64 / suspects.max(1) as f64,
        caught as f64 / wrong.len().max(1) as f64,
    ]
}
