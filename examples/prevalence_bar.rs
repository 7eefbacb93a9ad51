//! How far shares of labels are off, and whether their intervals hold the truth: `cargo run --release --example prevalence_bar`.
//!
//! Half of `data/statements.csv` trains a model and gives the out-of-fold confusion; from the other half, which no model saw, rows are drawn without
//! replacement so that the labels have shares from the uniform Dirichlet distribution. Ten halves (five ways to cut) with fifty draws each are 500 resamples for each
//! size. The truth is the share among the rows drawn; for `population` it is the share that was drawn from. With another labelled file as argument the model is one of
//! all statements, and the rows drawn (with replacement, for there are few) are that file's: the other domain breaks the assumption.

use demarche::dataset::Columns;
use demarche::evaluation::quantification::{
    QuantificationMethod, QuantificationOptions, Quantifier, Target, adjusted_counts, expectation_maximization,
};
use demarche::evaluation::{CalibrationMethod, out_of_fold, predict_labelled, stratified_folds};
use demarche::{LabelledStatements, Prediction, StanceClassifier, Trainer};
use linfa::ParamGuard;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};
use rand_distr::{Distribution, Exp1};
use rayon::prelude::*;

const SIZES: [usize; 3] = [100, 500, 2000];

/// A model with what is known of its errors, and rows that it never saw.
struct Trial {
    quantifier: Quantifier,
    /// The mean probability of each label over the out-of-fold rows of each true label.
    mean_probabilities: Vec<Vec<f64>>,
    /// The labels' shares that the model was trained for.
    prior: Vec<f64>,
    held_out: Vec<(usize, Prediction)>,
    with_replacement: bool,
    seed: u64,
}

/// What one way of estimating makes of one resample.
struct Outcome {
    way: &'static str,
    errors: Vec<f64>,
    held: Vec<bool>,
    width: f64,
    misfit: bool,
}

fn main() -> demarche::Result<()> {
    let data = LabelledStatements::from_path("data/statements.csv", &Columns::default())?;
    let trials = match std::env::args().nth(1) {
        None => halves(&data)?,
        Some(path) => vec![trial(
            &data,
            &LabelledStatements::from_path(path, &Columns::default())?,
            true,
            0,
        )?],
    };
    let draws = 500 / trials.len();
    println!(
        "| rows | way | mean absolute error | of counting's | intervals that hold the truth | by label | mean width | called a misfit |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    for size in SIZES {
        let jobs: Vec<(&Trial, usize)> = trials.iter().flat_map(|t| (0..draws).map(move |d| (t, d))).collect();
        let outcomes: Vec<Vec<Outcome>> = jobs
            .into_par_iter()
            .map(|(trial, draw)| resample(trial, size, draw))
            .collect();
        print_table(size, data.labels(), &outcomes);
    }
    Ok(())
}

fn halves(data: &LabelledStatements) -> demarche::Result<Vec<Trial>> {
    let mut trials = Vec::new();
    for seed in 0..5 {
        let fold_of_row = stratified_folds(data, 2, seed)?;
        for held_out in 0..2 {
            let (train, rest): (Vec<usize>, Vec<usize>) = (0..data.len()).partition(|&i| fold_of_row[i] != held_out);
            trials.push(trial(
                &data.select(&train),
                &data.select(&rest),
                false,
                2 * seed + held_out as u64,
            )?);
        }
    }
    Ok(trials)
}

fn trial(
    train: &LabelledStatements,
    held_out: &LabelledStatements,
    with_replacement: bool,
    seed: u64,
) -> demarche::Result<Trial> {
    let trainer = Trainer::params().check()?;
    let out_of_fold = out_of_fold(&trainer, train, 5, || ())?;
    let mut model = trainer.fit(train)?;
    let evaluation = out_of_fold.calibrate(&mut model, CalibrationMethod::default())?;
    let classifier = StanceClassifier::new(model);
    let labels = classifier.labels();
    Ok(Trial {
        quantifier: Quantifier::new(labels, classifier.card().confusion.as_ref())?,
        mean_probabilities: evaluation.mean_probabilities,
        prior: vec![1.0 / labels.len() as f64; labels.len()],
        held_out: predict_labelled(&classifier, held_out)?,
        with_replacement,
        seed,
    })
}

fn resample(trial: &Trial, size: usize, draw: usize) -> Vec<Outcome> {
    let labels = trial.quantifier.labels().len();
    let mut random = Xoshiro256PlusPlus::seed_from_u64(trial.seed << 32 | (draw as u64) << 16 | size as u64);
    // Gamma(1) numbers over their sum are Dirichlet(1, …, 1).
    let gamma: Vec<f64> = (0..labels).map(|_| Exp1.sample(&mut random)).collect();
    let population: Vec<f64> = gamma.iter().map(|g: &f64| g / gamma.iter().sum::<f64>()).collect();
    let mut pools: Vec<Vec<&Prediction>> = vec![Vec::new(); labels];
    trial.held_out.iter().for_each(|(truth, p)| pools[*truth].push(p));
    let mut counts = vec![0.0; labels];
    let mut rows = Vec::new();
    for _ in 0..size {
        let at = uniform(&mut random);
        let mut label = 0;
        while label + 1 < labels && at >= population[..=label].iter().sum() {
            label += 1;
        }
        let place = (uniform(&mut random) * pools[label].len() as f64) as usize;
        counts[label] += 1.0 / size as f64;
        rows.push(match trial.with_replacement {
            true => pools[label][place],
            false => pools[label].swap_remove(place),
        });
    }
    let quantifier = &trial.quantifier;
    let tally = quantifier.tally(rows.iter().copied());
    let probabilities: Vec<Vec<f64>> = rows
        .iter()
        .map(|row| row.probabilities().map(|(_, p)| p).collect())
        .collect();
    let mean: Vec<f64> = (0..labels)
        .map(|label| probabilities.iter().map(|row| row[label]).sum::<f64>() / size as f64)
        .collect();

    let points = [
        (
            "probabilistic adjusted counts",
            adjusted_counts(&trial.mean_probabilities, &mean),
        ),
        (
            "expectation maximization over rows",
            expectation_maximization(&probabilities, &trial.prior),
        ),
    ];
    let ways = [
        ("adjusted", QuantificationMethod::Adjusted, Target::Rows),
        ("likelihood", QuantificationMethod::Likelihood, Target::Rows),
        ("posterior", QuantificationMethod::Posterior, Target::Rows),
        (
            "posterior, population",
            QuantificationMethod::Posterior,
            Target::Population,
        ),
    ];
    let mut outcomes = Vec::new();
    for (way, method, target) in ways {
        let options = QuantificationOptions {
            method,
            target,
            draws: 1000,
            ..QuantificationOptions::default()
        };
        let prevalence = quantifier.estimate(&tally, &options).expect("there are rows");
        let truth = if target == Target::Rows { &counts } else { &population };
        if outcomes.is_empty() {
            let counted: Vec<f64> = prevalence.shares.iter().map(|share| share.counted_share).collect();
            outcomes.push(Outcome::of_point("counting", &counted, &counts));
            outcomes.extend(
                points
                    .iter()
                    .map(|(way, shares)| Outcome::of_point(way, shares, &counts)),
            );
        }
        let shares = || prevalence.shares.iter().zip(truth);
        if target == Target::Population {
            let counted: Vec<f64> = prevalence.shares.iter().map(|share| share.counted_share).collect();
            outcomes.push(Outcome::of_point("counting, population", &counted, truth));
        }
        outcomes.push(Outcome {
            way,
            errors: shares().map(|(share, truth)| (share.share - truth).abs()).collect(),
            held: shares()
                .map(|(share, &truth)| share.low <= truth + 1e-9 && truth - 1e-9 <= share.high)
                .collect(),
            width: shares().map(|(share, _)| share.high - share.low).sum::<f64>() / labels as f64,
            misfit: prevalence.fit.is_misfit(),
        });
    }
    outcomes
}

fn uniform(random: &mut impl Rng) -> f64 {
    (random.next_u64() >> 11) as f64 / (1u64 << 53) as f64
}

impl Outcome {
    fn of_point(way: &'static str, shares: &[f64], truth: &[f64]) -> Self {
        Outcome {
            way,
            errors: shares
                .iter()
                .zip(truth)
                .map(|(share, truth)| (share - truth).abs())
                .collect(),
            held: Vec::new(),
            width: f64::NAN,
            misfit: false,
        }
    }
}

fn print_table(size: usize, labels: &[String], outcomes: &[Vec<Outcome>]) {
    let mut counting = f64::NAN;
    let counts_again = |way: usize| outcomes[0][way].way.starts_with("counting");
    for way in 0..outcomes[0].len() {
        let of_way = || outcomes.iter().map(|outcomes| &outcomes[way]);
        let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
        let error = mean(of_way().flat_map(|o| o.errors.iter().copied()).collect());
        if counts_again(way) {
            counting = error;
        }
        let name = of_way().next().map_or("", |o| o.way);
        let start = format!("| {size} | {name} | {error:.4} | {:.0} % |", 100.0 * error / counting);
        let held = |label: usize| {
            mean(
                of_way()
                    .filter_map(|o| o.held.get(label))
                    .map(|&h| f64::from(u8::from(h)))
                    .collect(),
            )
        };
        let held: Vec<f64> = (0..labels.len()).map(held).collect();
        if held[0].is_nan() {
            println!("{start} – | – | – | – |");
            continue;
        }
        let by_label: Vec<String> = held.iter().map(|h| format!("{:.1}", 100.0 * h)).collect();
        println!(
            "{start} {:.1} of 100 | {} | {:.3} | {:.1} % |",
            100.0 * mean(held.clone()),
            by_label.join(", "),
            mean(of_way().map(|o| o.width).collect()),
            100.0 * mean(of_way().map(|o| f64::from(u8::from(o.misfit))).collect()),
        );
    }
}
