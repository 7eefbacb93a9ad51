//! Choosing n-gram range, `min_df` and C by cross-validation.

use std::cmp::Ordering;

use linfa::ParamGuard;
use rayon::prelude::*;
use serde::Serialize;

use super::folds::stratified_folds;
use super::metrics::ConfusionMatrix;
use crate::dataset::LabelledStatements;
use crate::error::{ErrorKind, Result};
use crate::features::{Corpus, DocumentFrequency};
use crate::train::{TrainerParams, TrainerValidParams};

/// The settings that a [`search`] compares: every combination of these.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchGrid {
    /// Shortest and longest term, in words.
    pub ngram_ranges: Vec<(usize, usize)>,
    /// In how many statements a term must stand.
    pub min_dfs: Vec<DocumentFrequency>,
    /// The inverse of the penalty's strength.
    pub cs: Vec<f64>,
}

impl SearchGrid {
    /// C from 0.25 to 64, each four times the one before; terms of one, up to two, up to three words; in at least one, two, three
    /// statements, as far as the rarest label has as many rows outside of a fold: with fewer no term of its own would be left.
    pub fn for_data(data: &LabelledStatements, folds: usize) -> Self {
        let rarest = data.rows_per_label().into_values().min().unwrap_or(0);
        let trained_on = rarest - rarest.div_ceil(folds.max(1));
        let makes_sense = |&count: &u32| count == 1 || count as usize <= trained_on;
        SearchGrid {
            ngram_ranges: vec![(1, 1), (1, 2), (1, 3)],
            min_dfs: (1..=3).filter(makes_sense).map(DocumentFrequency::Count).collect(),
            cs: vec![0.25, 1.0, 4.0, 16.0, 64.0],
        }
    }

    /// How many vocabularies each fold needs: what [`search`] calls `progress` for.
    pub fn vocabularies(&self) -> usize {
        self.ngram_ranges.len() * self.min_dfs.len()
    }
}

/// One combination of settings and how good it was on rows that it never saw.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SearchPoint {
    /// Shortest and longest term, in words.
    pub ngram_range: (usize, usize),
    /// In how many statements a term must stand.
    pub min_df: DocumentFrequency,
    /// The inverse of the penalty's strength.
    pub c: f64,
    /// Macro-F1 of all held-out predictions together.
    pub macro_f1: f64,
    /// The standard error of the folds' macro-F1: their standard deviation (of the sample) divided by √folds.
    pub standard_error: f64,
    /// The mean of `−ln p(true label)` over all held-out rows.
    pub log_loss: f64,
}

impl SearchPoint {
    /// The options of `trainer` with the settings of this point.
    pub fn params(&self, trainer: &TrainerValidParams) -> TrainerParams {
        let (shortest, longest) = self.ngram_range;
        trainer
            .params()
            .ngram_range(shortest..=longest)
            .min_df(self.min_df)
            .c(self.c)
    }

    fn settings(&self) -> String {
        let (shortest, longest) = self.ngram_range;
        format!("C = {}, n-grams {shortest}-{longest}, min_df {}", self.c, self.min_df)
    }
}

/// All points of a grid, and the chosen one. Never empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    points: Vec<SearchPoint>,
    chosen: usize,
    within: usize,
}

impl Search {
    /// Sorts the points, best first, and chooses.
    fn new(mut points: Vec<SearchPoint>, rows: usize) -> Self {
        let simplicity = |a: &SearchPoint, b: &SearchPoint| by_simplicity(a, b, rows);
        points.sort_by(|a, b| b.macro_f1.total_cmp(&a.macro_f1).then_with(|| simplicity(a, b)));
        let threshold = points[0].macro_f1 - points[0].standard_error;
        let within = points.partition_point(|point| point.macro_f1 >= threshold);
        let chosen = (0..within)
            .min_by(|&a, &b| simplicity(&points[a], &points[b]))
            .unwrap_or(0);
        Search { points, chosen, within }
    }

    /// Every point, the highest macro-F1 first.
    pub fn points(&self) -> &[SearchPoint] {
        &self.points
    }

    /// The point with the highest macro-F1; of equal ones the simplest.
    pub fn best(&self) -> &SearchPoint {
        &self.points[0]
    }

    /// The simplest point within one standard error of the best.
    pub fn chosen(&self) -> &SearchPoint {
        &self.points[self.chosen]
    }

    /// The place of the chosen point in [`points`](Self::points).
    pub fn chosen_place(&self) -> usize {
        self.chosen
    }

    /// How many points lie within one standard error of the best, itself included.
    pub fn within_one_standard_error(&self) -> usize {
        self.within
    }

    /// What was chosen and why, in one sentence.
    pub fn reason(&self) -> String {
        let (best, chosen) = (self.best(), self.chosen());
        let score = |point: &SearchPoint| format!("macro-F1 {:.4} ± {:.4}", point.macro_f1, point.standard_error);
        if self.within == 1 {
            return format!(
                "chose {}: {}, the best of {}, and no other lies within one standard error",
                chosen.settings(),
                score(chosen),
                self.points.len()
            );
        }
        let among = format!(
            "the simplest of the {} (of {}) within one standard error of the best",
            self.within,
            self.points.len()
        );
        match self.chosen {
            0 => format!(
                "chose {}: {}, {among}, and the best itself",
                chosen.settings(),
                score(chosen)
            ),
            _ => format!(
                "chose {}: {}, {among} ({}: {})",
                chosen.settings(),
                score(chosen),
                best.settings(),
                score(best)
            ),
        }
    }
}

/// Smaller C first, then shorter n-grams, then larger `min_df`.
fn by_simplicity(a: &SearchPoint, b: &SearchPoint, rows: usize) -> Ordering {
    let lengths = |point: &SearchPoint| (point.ngram_range.1, point.ngram_range.1 - point.ngram_range.0);
    a.c.total_cmp(&b.c)
        .then_with(|| lengths(a).cmp(&lengths(b)))
        .then_with(|| b.min_df.of(rows).total_cmp(&a.min_df.of(rows)))
}

/// Cross-validates every combination of `grid` on the same folds, and chooses.
///
/// The score is the macro-F1 of all held-out predictions together. The choice follows the one standard error rule (Breiman, Friedman,
/// Olshen, Stone 1984, "Classification and regression trees", section 3.4.3; Hastie, Tibshirani, Friedman 2009, "The elements of statistical
/// learning", section 7.10): of all points with
///
/// ```text
/// F(point) ≥ F(best) − SE(best)        SE = s/√k, s² = Σⱼ (Fⱼ − F̄)² / (k − 1) over the k folds
/// ```
///
/// the simplest: the smallest C, then the shortest n-grams, then the largest `min_df`. What the folds cannot tell apart is decided for the model
/// that fits less closely. The score of the chosen point is slightly optimistic, because it was chosen by it.
///
/// Texts are read once; vocabulary and idf are learnt anew for each fold, n-gram range and `min_df`, and serve all C, which are
/// [one path](crate::train::LogisticRegressionValidParams::fit_path). Folds are those of [`cross_validate`](super::cross_validate). A
/// combination that leaves a fold without any term is left out. The result does not depend on the number of threads. `progress` is called
/// after each of [`vocabularies`](SearchGrid::vocabularies) × `folds` steps.
///
/// # Errors
/// If the grid is empty or has a value that makes no sense, folds cannot be made, every combination leaves no term, or a fit fails.
pub fn search(
    trainer: &TrainerValidParams,
    data: &LabelledStatements,
    folds: usize,
    grid: &SearchGrid,
    progress: impl Fn() + Sync,
) -> Result<Search> {
    let fold_of_row = stratified_folds(data, folds, trainer.seed())?;
    if grid.vocabularies() * grid.cs.len() == 0 {
        return Err(ErrorKind::InvalidParameter {
            name: "the grid",
            value: "empty".to_owned(),
            must: "at least one value of each setting",
        }
        .into());
    }
    let mut trainers = Vec::with_capacity(grid.vocabularies());
    for &(shortest, longest) in &grid.ngram_ranges {
        for &min_df in &grid.min_dfs {
            let params = trainer.params().ngram_range(shortest..=longest).min_df(min_df);
            trainers.push(params.check()?);
        }
    }
    let corpus = trainer.read(data)?;
    let folds: Vec<Fold> = (0..folds)
        .map(|fold| Fold::new(&corpus, data, &fold_of_row, fold))
        .collect();
    let steps: Vec<_> = trainers
        .iter()
        .flat_map(|t| folds.iter().map(move |fold| (t, fold)))
        .collect();
    let outcomes: Vec<Option<Vec<Outcome>>> = steps
        .into_par_iter()
        .map(|(trainer, fold)| {
            let outcomes = match fold.outcomes(trainer, data.labels(), &grid.cs) {
                Err(error) if matches!(error.kind(), ErrorKind::EmptyVocabulary) => Ok(None),
                outcomes => outcomes.map(Some),
            };
            progress();
            outcomes
        })
        .collect::<Result<_>>()?;
    let mut points = Vec::with_capacity(trainers.len() * grid.cs.len());
    for (trainer, outcomes) in trainers.iter().zip(outcomes.chunks_exact(folds.len())) {
        let Some(outcomes) = outcomes.iter().map(Option::as_ref).collect::<Option<Vec<_>>>() else {
            continue;
        };
        for (place, &c) in grid.cs.iter().enumerate() {
            let of_folds: Vec<&Outcome> = outcomes.iter().map(|outcomes| &outcomes[place]).collect();
            points.push(point(trainer, c, data.labels(), &of_folds));
        }
    }
    match points.is_empty() {
        true => Err(ErrorKind::EmptyVocabulary.into()),
        false => Ok(Search::new(points, data.len())),
    }
}

/// The rows of one fold, and all others.
struct Fold {
    kept: Corpus,
    targets: Vec<usize>,
    weights: Option<Vec<f64>>,
    held_out: Corpus,
    truths: Vec<usize>,
}

/// What one fit says of the rows of its fold.
struct Outcome {
    /// (truth, prediction).
    pairs: Vec<(usize, usize)>,
    /// Σ −ln p(true label).
    loss: f64,
}

impl Fold {
    fn new(corpus: &Corpus, data: &LabelledStatements, fold_of_row: &[usize], fold: usize) -> Self {
        let (held_out, kept): (Vec<usize>, Vec<usize>) = (0..data.len()).partition(|&i| fold_of_row[i] == fold);
        let targets = |rows: &[usize]| rows.iter().map(|&i| data.targets()[i]).collect();
        Fold {
            targets: targets(&kept),
            weights: data.weights().map(|w| kept.iter().map(|&i| w[i]).collect()),
            kept: corpus.select(&kept),
            truths: targets(&held_out),
            held_out: corpus.select(&held_out),
        }
    }

    /// Fits on what was kept, and predicts what was held out, for each of `cs`.
    fn outcomes(&self, trainer: &TrainerValidParams, labels: &[String], cs: &[f64]) -> Result<Vec<Outcome>> {
        let weights = self.weights.as_deref();
        let (vectorizer, path) = trainer.fit_path_corpus(&self.kept, labels, &self.targets, weights, cs)?;
        let rows = vectorizer.transform_corpus(&self.held_out);
        let outcome = |fitted: &crate::train::FittedLogisticRegression| {
            let probabilities = fitted.predict_proba(&rows);
            let mut outcome = Outcome {
                pairs: Vec::with_capacity(self.truths.len()),
                loss: 0.0,
            };
            for (p, &truth) in probabilities.outer_iter().zip(&self.truths) {
                // The first of equals, as in the classifier.
                let largest = (0..p.len()).rev().max_by(|&a, &b| p[a].total_cmp(&p[b]));
                outcome.pairs.push((truth, largest.unwrap_or(0)));
                outcome.loss -= libm::log(p[truth].max(f64::MIN_POSITIVE));
            }
            outcome
        };
        Ok(path.iter().map(outcome).collect())
    }
}

/// Puts the folds of one combination together.
fn point(trainer: &TrainerValidParams, c: f64, labels: &[String], folds: &[&Outcome]) -> SearchPoint {
    let score = |outcome: &&Outcome| ConfusionMatrix::new(labels, outcome.pairs.iter().copied()).macro_f1();
    let scores: Vec<f64> = folds.iter().map(score).collect();
    let count = scores.len() as f64;
    let mean = scores.iter().sum::<f64>() / count;
    let variance = scores.iter().map(|score| (score - mean) * (score - mean)).sum::<f64>() / (count - 1.0);
    let pairs = folds.iter().flat_map(|outcome| outcome.pairs.iter().copied());
    let confusion = ConfusionMatrix::new(labels, pairs);
    SearchPoint {
        ngram_range: trainer.tfidf().ngram_range,
        min_df: trainer.tfidf().min_df,
        c,
        macro_f1: confusion.macro_f1(),
        standard_error: (variance / count).sqrt(),
        log_loss: folds.iter().map(|outcome| outcome.loss).sum::<f64>() / confusion.total() as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::cross_validate;
    use crate::train::Trainer;

    fn point(c: f64, longest: usize, min_df: u32, macro_f1: f64, standard_error: f64) -> SearchPoint {
        SearchPoint {
            ngram_range: (1, longest),
            min_df: DocumentFrequency::Count(min_df),
            c,
            macro_f1,
            standard_error,
            log_loss: 1.0,
        }
    }

    #[test]
    fn the_simplest_within_one_standard_error_is_chosen() {
        let best = point(16.0, 3, 1, 0.80, 0.02);
        let chosen = point(1.0, 1, 3, 0.79, 0.05);
        let points = vec![
            point(0.25, 1, 3, 0.77, 0.01),
            point(1.0, 2, 3, 0.795, 0.01),
            point(1.0, 1, 2, 0.79, 0.01),
            chosen,
            best,
        ];
        let search = Search::new(points, 100);
        assert_eq!((search.best(), search.chosen()), (&best, &chosen));
        assert_eq!(search.within_one_standard_error(), 4);
        let reason = search.reason();
        assert!(reason.starts_with("chose C = 1, n-grams 1-1, min_df 3"), "{reason}");
        assert!(reason.contains("the 4 (of 5)") && reason.contains("C = 16"), "{reason}");
    }

    #[test]
    fn a_best_point_far_ahead_is_chosen() {
        let search = Search::new(vec![point(1.0, 1, 1, 0.5, 0.1), point(4.0, 1, 1, 0.8, 0.1)], 100);
        assert_eq!(search.chosen().c, 4.0);
        assert!(search.reason().contains("the best of 2"), "{}", search.reason());
    }

    #[test]
    fn a_point_has_the_scores_of_its_cross_validation() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/small.csv");
        let data = LabelledStatements::from_path(path, &crate::dataset::Columns::default()).unwrap();
        let trainer = Trainer::params().check().unwrap();
        let grid = SearchGrid {
            ngram_ranges: vec![(1, 1), (1, 2)],
            min_dfs: vec![DocumentFrequency::Count(1), DocumentFrequency::Count(u32::MAX)],
            cs: vec![4.0, 1.0],
        };
        let search = search(&trainer, &data, 3, &grid, || ()).unwrap();
        // The bound that no term can meet is left out.
        assert_eq!(search.points().len(), 4);
        for point in search.points() {
            let alone = cross_validate(&point.params(&trainer).check().unwrap(), &data, 3, || ()).unwrap();
            assert!((point.macro_f1 - alone.confusion.macro_f1()).abs() < 1e-12);
            assert!(
                (point.log_loss - alone.log_loss).abs() < 1e-3,
                "{point:?} {}",
                alone.log_loss
            );
        }
    }

    #[test]
    fn bounds_that_a_rare_label_cannot_meet_are_not_tried() {
        let data = LabelledStatements::from_pairs((0..12).map(|i| (i.to_string(), ["a", "b"][i / 9]))).unwrap();
        assert_eq!(SearchGrid::for_data(&data, 3).min_dfs.len(), 2);
    }
}
