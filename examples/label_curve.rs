//! How many labels does `suggest` save? A simulation on labelled data, whose labels are hidden until they are asked for.
//!
//! ```console
//! $ cargo run --release --example label_curve [SPLITS [SEEDS]]
//! ```
//!
//! **The measure** is the share of labels saved for the same score, `1 − n_suggested(F) / n_random(F)`, where `n(F)` is with how many labels the mean
//! curve of a split first reaches the macro-F1 `F`. Its inverse ratio `n_random / n_suggested` is the data efficiency of Mussmann and Liang 2018 ("On the
//! relationship between data efficiency and error for uncertainty sampling"). `F` is each score that random choice has with 500, 1000, … 3000 labels. All labels
//! count, those of the random start too.
//!
//! **The protocol**: `data/statements.csv` is cut into five stratified folds once, and each split holds another one out, so that no row is scored twice.
//! From the other four a model starts with 100 random labels and asks for 100 more at a time, as many as the command suggests by default. Both ways of choosing
//! start with the same labels, train with the default options and are scored on the same rows. A split's curve is the mean over several starts, made to
//! never fall by isotonic regression (pool adjacent violators; Barlow, Bartholomew, Bremner and Brunk 1972): a jagged curve reaches every score too early by
//! luck, which would flatter one side if the other were not treated alike.
//!
//! **The answer** is the mean over targets and splits with its standard error over splits. The splits' pools overlap, so the true error is somewhat larger (Bengio and
//! Grandvalet 2004, "No unbiased estimator of the variance of k-fold cross-validation").

use demarche::dataset::Columns;
use demarche::evaluation::{evaluate, stratified_folds};
use demarche::suggest::suggest;
use demarche::{LabelledStatements, Result, StanceClassifier, Trainer};
use linfa::ParamGuard;

const FOLDS: usize = 5;
/// Labels at the start, and in each batch.
const BATCH: usize = 100;
/// What random choice scores with so many labels is to be reached; points of its curve.
const TARGETS: [f64; 6] = [500.0, 1000.0, 1500.0, 2000.0, 2500.0, 3000.0];
/// Random labels go on behind the last target, where isotonic regression has no neighbour to level with.
const MOST_RANDOM: usize = 3600;
const MOST_SUGGESTED: usize = 3000;

/// Numbers of labels and the macro-F1 of each.
type Curve = Vec<(f64, f64)>;

fn main() -> Result<()> {
    let mut arguments = std::env::args()
        .skip(1)
        .map(|argument| argument.parse().expect("a number"));
    let splits = arguments.next().unwrap_or(FOLDS).clamp(1, FOLDS);
    let seeds = arguments.next().unwrap_or(2).max(1);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/statements.csv");
    let data = LabelledStatements::from_path(path, &Columns::default())?;
    let folds = stratified_folds(&data, FOLDS, 0)?;

    println!("split  random labels  macro-F1  suggested labels   saved");
    let mut of_splits = Vec::new();
    for split in 0..splits {
        let (held_out, pool): (Vec<usize>, Vec<usize>) = (0..data.len()).partition(|&row| folds[row] == split);
        let (random, suggested) = curves(&data.select(&pool), &data.select(&held_out), seeds)?;
        let mut sum = 0.0;
        for target in TARGETS {
            let score = score_at(&random, target);
            // The first number of labels with that score, which is less than the target on a level stretch.
            let labels = labels_for(&random, score).expect("the curve has that score");
            // A target that is not reached saves nothing, and costs at least what was asked for.
            let needed = labels_for(&suggested, score).unwrap_or(MOST_SUGGESTED as f64);
            let saved = 100.0 * (1.0 - needed / labels);
            sum += saved;
            println!("{split:>5}  {labels:>13.0}  {score:>8.3}  {needed:>16.0}  {saved:>4.1} %");
        }
        of_splits.push(sum / TARGETS.len() as f64);
        println!(
            "{split:>5}  {:>13}  {:>8}  {:>16}  {:>4.1} %",
            "mean", "", "", of_splits[split]
        );
    }
    let (mean, standard_error) = mean_and_standard_error(&of_splits);
    println!(
        "saved: {mean:.1} % in the mean, standard error {standard_error:.1} over {splits} splits of {seeds} starts each"
    );
    Ok(())
}

/// The mean curves of random and of suggested labels.
fn curves(pool: &LabelledStatements, held_out: &LabelledStatements, seeds: usize) -> Result<(Curve, Curve)> {
    let (mut random, mut suggested) = (Vec::new(), Vec::new());
    for seed in 0..seeds {
        let order = random_order(pool, seed);
        random.push(curve(pool, held_out, &order, MOST_RANDOM, |labelled, _| {
            Ok(order[labelled.len()..][..BATCH].to_vec())
        })?);
        suggested.push(curve(
            pool,
            held_out,
            &order,
            MOST_SUGGESTED,
            |labelled, classifier| {
                let mut is_labelled = vec![false; pool.len()];
                labelled.iter().for_each(|&row| is_labelled[row] = true);
                let open: Vec<usize> = (0..pool.len()).filter(|&row| !is_labelled[row]).collect();
                let texts = |rows: &[usize]| -> Vec<&String> { rows.iter().map(|&row| &pool.texts()[row]).collect() };
                let suggestions = suggest(classifier, &texts(&open), &texts(labelled), BATCH)?;
                Ok(suggestions.iter().map(|suggestion| open[suggestion.row]).collect())
            },
        )?);
    }
    Ok((isotonic(&mean_curve(&random)), isotonic(&mean_curve(&suggested))))
}

/// All rows in an order that looks random and is the same everywhere.
fn random_order(data: &LabelledStatements, seed: usize) -> Vec<usize> {
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
) -> Result<Curve> {
    let trainer = Trainer::params().check()?;
    let mut labelled = order[..BATCH].to_vec();
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

fn mean_curve(curves: &[Curve]) -> Curve {
    let count = curves.len() as f64;
    let at = |point: usize| curves.iter().map(|curve| curve[point].1).sum::<f64>() / count;
    curves[0]
        .iter()
        .enumerate()
        .map(|(point, (labels, _))| (*labels, at(point)))
        .collect()
}

/// The curve that never falls and has the least squared distance to this one: neighbours that fall are levelled to their mean.
fn isotonic(curve: &[(f64, f64)]) -> Curve {
    let mut levels: Vec<(f64, usize)> = Vec::new();
    for &(_, score) in curve {
        let mut level = (score, 1);
        while let Some((before, points)) = levels.pop_if(|(before, _)| *before >= level.0) {
            let all = points + level.1;
            level = ((before * points as f64 + level.0 * level.1 as f64) / all as f64, all);
        }
        levels.push(level);
    }
    let scores = levels
        .iter()
        .flat_map(|&(score, points)| std::iter::repeat_n(score, points));
    curve.iter().map(|(labels, _)| *labels).zip(scores).collect()
}

/// The score of a point of a curve.
fn score_at(curve: &[(f64, f64)], labels: f64) -> f64 {
    let point = curve.iter().find(|point| point.0 == labels);
    point.expect("the curve has that point").1
}

/// With how many labels a curve reaches a score for the first time.
fn labels_for(curve: &[(f64, f64)], score: f64) -> Option<f64> {
    let after = curve.iter().position(|point| point.1 >= score)?.max(1);
    let ((x0, y0), (x1, y1)) = (curve[after - 1], curve[after]);
    Some(x0 + (x1 - x0) * (score - y0) / (y1 - y0))
}

/// Of several values; the standard error of one alone is 0.
fn mean_and_standard_error(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / (count - 1.0).max(1.0) / count).sqrt())
}
