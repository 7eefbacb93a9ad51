//! How many labels does `suggest` save? A simulation on labelled data, whose labels are hidden until they are asked for.
//!
//! ```console
//! $ cargo run --release --example label_curve [SPLITS [SEEDS]]
//! ```
//!
//! A fifth of `data/statements.csv` is held out to score on; from the rest a model starts with a few random labels and asks for more, a batch
//! at a time: those that `suggest` chooses, or random ones. Both start with the same labels.

use demarche::dataset::Columns;
use demarche::evaluation::{evaluate, stratified_folds};
use demarche::suggest::suggest;
use demarche::{LabelledStatements, Result, StanceClassifier, Trainer};
use linfa::ParamGuard;

/// Labels at the start, and in each batch.
const START: usize = 80;
const BATCH: usize = 50;
/// For so many random labels it is asked how many suggested ones do as well.
const COMPARED: [usize; 4] = [1000, 1500, 2000, 3000];

fn main() -> Result<()> {
    let mut arguments = std::env::args()
        .skip(1)
        .map(|argument| argument.parse().expect("a number"));
    let (splits, seeds) = (arguments.next().unwrap_or(2), arguments.next().unwrap_or(3));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/statements.csv");
    let data = LabelledStatements::from_path(path, &Columns::default())?;
    println!("split  random labels  macro-F1  suggested labels  saved");
    for split in 0..splits {
        let folds = stratified_folds(&data, 5, split)?;
        let (held_out, pool): (Vec<usize>, Vec<usize>) = (0..data.len()).partition(|&row| folds[row] == 0);
        let (held_out, pool) = (data.select(&held_out), data.select(&pool));
        let (mut random, mut suggested) = (Vec::new(), Vec::new());
        for seed in 0..seeds {
            let order = random_order(&pool, seed);
            random.push(curve(&pool, &held_out, &order, 3000, |labelled, _| {
                Ok(order[labelled.len()..][..BATCH].to_vec())
            })?);
            suggested.push(curve(&pool, &held_out, &order, 2500, |labelled, classifier| {
                let texts: Vec<&String> = labelled.iter().map(|&row| &pool.texts()[row]).collect();
                let suggestions = suggest(classifier, pool.texts(), &texts, BATCH)?;
                Ok(suggestions.iter().map(|suggestion| suggestion.row).collect())
            })?);
        }
        let (random, suggested) = (mean(&random), mean(&suggested));
        for labels in COMPARED {
            let score = score_at(&random, labels as f64);
            match labels_for(&suggested, score) {
                Some(needed) => {
                    let saved = 100.0 * (1.0 - needed / labels as f64);
                    println!("{split:>5}  {labels:>13}  {score:>8.3}  {needed:>16.0}  {saved:>3.0} %");
                }
                None => println!("{split:>5}  {labels:>13}  {score:>8.3}       not reached"),
            }
        }
    }
    Ok(())
}

/// All rows in an order that looks random and is the same everywhere.
fn random_order(data: &LabelledStatements, seed: u64) -> Vec<usize> {
    let mut rows: Vec<usize> = (0..data.len()).collect();
    rows.sort_by_cached_key(|&row| *blake3::hash(format!("{seed} {row}").as_bytes()).as_bytes());
    rows
}

/// The macro-F1 on `held_out` for each number of labels, while `choose` grows the labelled rows.
fn curve(
    pool: &LabelledStatements,
    held_out: &LabelledStatements,
    order: &[usize],
    most: usize,
    choose: impl Fn(&[usize], &StanceClassifier) -> Result<Vec<usize>>,
) -> Result<Vec<(f64, f64)>> {
    let trainer = Trainer::params().check()?;
    let mut labelled = order[..START].to_vec();
    let mut points = Vec::new();
    loop {
        let classifier = StanceClassifier::new(trainer.fit(&pool.select(&labelled))?);
        let score = evaluate(&classifier, held_out)?.confusion.macro_f1();
        points.push((labelled.len() as f64, score));
        if labelled.len() >= most {
            return Ok(points);
        }
        labelled.extend(choose(&labelled, &classifier)?);
    }
}

fn mean(curves: &[Vec<(f64, f64)>]) -> Vec<(f64, f64)> {
    let count = curves.len() as f64;
    let at = |point: usize| curves.iter().map(|curve| curve[point].1).sum::<f64>() / count;
    curves[0]
        .iter()
        .enumerate()
        .map(|(point, (labels, _))| (*labels, at(point)))
        .collect()
}

/// The score between two points of a curve.
fn score_at(curve: &[(f64, f64)], labels: f64) -> f64 {
    let after = curve
        .iter()
        .position(|point| point.0 >= labels)
        .expect("the curve is long enough")
        .max(1);
    let ((x0, y0), (x1, y1)) = (curve[after - 1], curve[after]);
    y0 + (y1 - y0) * (labels - x0) / (x1 - x0)
}

/// With how many labels a curve reaches a score for the first time.
fn labels_for(curve: &[(f64, f64)], score: f64) -> Option<f64> {
    let after = curve.iter().position(|point| point.1 >= score)?.max(1);
    let ((x0, y0), (x1, y1)) = (curve[after - 1], curve[after]);
    Some(x0 + (x1 - x0) * (score - y0) / (y1 - y0))
}
