//! What is wrong with labelled data: labels that look wrong, duplicates that contradict each other, and test rows that training has
//! seen.
//!
//! ```
//! use demarche::LabelledStatements;
//! use demarche::audit::{AuditOptions, audit};
//! use demarche::dataset::Columns;
//!
//! # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/small.csv");
//! let data = LabelledStatements::from_path(path, &Columns::default())?;
//! let options = AuditOptions { folds: 3, ..AuditOptions::default() };
//! let audit = audit(&data, &options, || ())?;
//! assert_eq!(audit.rows.len(), data.len());
//! assert!(audit.rows[0].score >= audit.rows[1].score);
//! # Ok::<(), demarche::Error>(())
//! ```
//!
//! | file | duty |
//! | --- | --- |
//! | `confident` | confident learning: which labels, and how many, are probably wrong |
//! | `duplicates` | texts that are the same or nearly, in one set or across two |

mod confident;
mod duplicates;

use linfa::ParamGuard;

pub use confident::{ConfidentJoint, Prune, Rank};
pub use duplicates::{SimilarPair, different_words, families, leaked_texts, similar_texts};

use crate::dataset::LabelledStatements;
use crate::error::{ErrorKind, Result};
use crate::evaluation::out_of_fold;
use crate::model::StanceClassifier;
use crate::train::{LabelWeight, Trainer, TrainerParams, TrainerValidParams};

/// How labels are audited.
#[derive(Debug, Clone)]
pub struct AuditOptions {
    /// The models whose probabilities are averaged. Each is fitted [`repeats`](Self::repeats) × [`folds`](Self::folds) times.
    pub trainers: Vec<TrainerParams>,
    /// Into how many folds rows are dealt out: each row is judged by models that were fitted without its fold.
    pub folds: usize,
    /// How often that is repeated, each time with other folds.
    pub repeats: usize,
    /// From which Jaccard index on two texts are near duplicates. These stay in one fold, so that none speaks for another.
    pub similarity: f64,
    /// Which rows are taken to be labelled wrong.
    pub prune: Prune,
    /// What rows are ranked by.
    pub rank: Rank,
    /// Where random order starts.
    pub seed: u64,
}

impl Default for AuditOptions {
    /// Two trainers, both with terms of up to three words and every row counted once: the words that training leaves out by default (stop
    /// words, names, numbers) are left out by one of them and kept by the other. Ten folds, twice; near duplicates from 0.8 on.
    fn default() -> Self {
        let trainer = Trainer::params().ngram_range(1..=3).label_weight(LabelWeight::Uniform);
        let all_words = crate::text::AnalyzerOptions::default();
        AuditOptions {
            trainers: vec![trainer.clone(), trainer.analyzer(all_words)],
            folds: 10,
            repeats: 2,
            similarity: 0.8,
            prune: Prune::default(),
            rank: Rank::default(),
            seed: 0,
        }
    }
}

/// What an audit found.
#[derive(Debug, Clone)]
pub struct Audit {
    /// All rows, the most suspicious first.
    pub rows: Vec<AuditedRow>,
    /// How many labels are wrong, and for which other.
    pub joint: ConfidentJoint,
    /// Texts that are the same or nearly.
    pub duplicates: Vec<SimilarPair>,
}

/// A row and what models say of it that were fitted without it.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditedRow {
    /// Its place in the data, from 0.
    pub row: usize,
    /// The label that it has, as a position in the labels.
    pub given: usize,
    /// The most probable other label.
    pub likely: usize,
    /// How suspicious it is, from 0 to 1: see [`Rank`].
    pub score: f64,
    /// Whether its label is taken to be wrong: see [`Prune`].
    pub is_suspect: bool,
    /// The mean probability of each label.
    pub probabilities: Vec<f64>,
    /// For a suspect, the words that speak most strongly for the likely label against the given one.
    pub reasons: Vec<Reason>,
}

/// A word or pair of words that speaks for another label.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// The words as the text has them.
    pub words: String,
    /// What they add to the logit of the likely label, less what they add to that of the given one; above 0.
    pub push: f64,
}

/// The most reasons that are given for a suspect.
const REASONS: usize = 3;

impl Audit {
    /// The rows whose label is taken to be wrong, the most suspicious first.
    pub fn suspects(&self) -> impl Iterator<Item = &AuditedRow> {
        self.rows.iter().filter(|row| row.is_suspect)
    }

    /// The duplicates that have different labels in `data`, which are the data of the audit.
    pub fn conflicts<'a>(&'a self, data: &'a LabelledStatements) -> impl Iterator<Item = &'a SimilarPair> {
        let targets = data.targets();
        self.duplicates
            .iter()
            .filter(|pair| targets[pair.first] != targets[pair.second])
    }
}

/// Audits labelled statements. `progress` is called after each of the [`steps`](AuditOptions::steps).
///
/// Each row is judged by models that saw neither it nor its near duplicates nor, if the data have groups, its group: the mean of the
/// probabilities of all trainers and repeats. What that says of the labels is [confident learning](ConfidentJoint). The reasons come from one more model of the
/// first trainer, fitted without the suspects. The same on any number of threads.
///
/// # Errors
/// If an option makes no sense, a label has fewer rows than there are folds, there are fewer groups than folds, or a fit fails.
pub fn audit(data: &LabelledStatements, options: &AuditOptions, progress: impl Fn() + Sync) -> Result<Audit> {
    options.check()?;
    let duplicates = similar_texts(data.texts(), options.similarity)?;
    let grouped = grouped(data, &duplicates)?;
    let probabilities = options.probabilities(&grouped, &progress)?;
    let labels = data.labels().len();
    let joint = ConfidentJoint::new(data.targets(), &probabilities, labels)?;
    let is_suspect = joint.prune(options.prune, data.targets(), &probabilities);
    let mut rows: Vec<AuditedRow> = Vec::with_capacity(data.len());
    for (row, (probabilities, &given)) in probabilities.into_iter().zip(data.targets()).enumerate() {
        let likely = confident::likely_label(&probabilities, given).unwrap_or(given);
        rows.push(AuditedRow {
            row,
            given,
            likely,
            score: options.rank.score(&probabilities, given),
            // The given label may be the most probable one and still be pruned: nothing speaks against it then.
            is_suspect: is_suspect[row] && probabilities[likely] > probabilities[given],
            probabilities,
            reasons: Vec::new(),
        });
    }
    rows.sort_by(|a, b| b.score.total_cmp(&a.score));
    explain(&mut rows, data, &options.trainer(0, 0)?)?;
    progress();
    Ok(Audit {
        rows,
        joint,
        duplicates,
    })
}

impl AuditOptions {
    /// How often [`audit`] reports progress.
    pub fn steps(&self) -> usize {
        self.trainers.len() * self.repeats * self.folds + 1
    }

    fn check(&self) -> Result<()> {
        let counts = [
            ("the number of trainers", self.trainers.len()),
            ("the number of repeats", self.repeats),
        ];
        match counts.into_iter().find(|(_, count)| *count == 0) {
            None => Ok(()),
            Some((name, _)) => Err(ErrorKind::InvalidParameter {
                name,
                value: "0".to_owned(),
                must: "at least 1",
            }
            .into()),
        }
    }

    fn trainer(&self, place: usize, repeat: usize) -> Result<TrainerValidParams> {
        let seed = self.seed.wrapping_add(repeat as u64);
        self.trainers[place].clone().seed(seed).check()
    }

    /// The mean probability of each row and label over all trainers and repeats.
    fn probabilities(&self, data: &LabelledStatements, progress: &(impl Fn() + Sync)) -> Result<Vec<Vec<f64>>> {
        let mut mean = vec![vec![0.0; data.labels().len()]; data.len()];
        let share = 1.0 / (self.trainers.len() * self.repeats) as f64;
        for repeat in 0..self.repeats {
            for place in 0..self.trainers.len() {
                let said = out_of_fold(&self.trainer(place, repeat)?, data, self.folds, progress)?;
                for (mean, prediction) in mean.iter_mut().zip(said.predictions()) {
                    let pairs = mean.iter_mut().zip(prediction.probabilities());
                    pairs.for_each(|(mean, (_, p))| *mean += share * p);
                }
            }
        }
        Ok(mean)
    }
}

/// The data with duplicates in one group, and with what was in one group before.
fn grouped(data: &LabelledStatements, duplicates: &[SimilarPair]) -> Result<LabelledStatements> {
    if duplicates.is_empty() {
        return Ok(data.clone());
    }
    let mut links = duplicates.to_vec();
    if let Some(groups) = data.groups() {
        let mut order: Vec<usize> = (0..data.len()).collect();
        order.sort_by_key(|&row| &groups[row]);
        let same = order.windows(2).filter(|pair| groups[pair[0]] == groups[pair[1]]);
        links.extend(same.map(|pair| SimilarPair {
            first: pair[0],
            second: pair[1],
            similarity: 0.0,
            is_exact: false,
        }));
    }
    let families = families(data.len(), &links);
    data.clone()
        .with_groups(families.iter().map(usize::to_string).collect())
}

/// Finds the reasons of the suspects, by a model that saw none of them.
fn explain(rows: &mut [AuditedRow], data: &LabelledStatements, trainer: &TrainerValidParams) -> Result<()> {
    let mut kept = vec![true; data.len()];
    rows.iter()
        .filter(|row| row.is_suspect)
        .for_each(|row| kept[row.row] = false);
    let kept: Vec<usize> = (0..data.len()).filter(|&row| kept[row]).collect();
    let rest = data.select(&kept);
    // Nothing is explained where hardly anything is left to learn from.
    if kept.len() == data.len() || rest.rows_per_label().values().any(|&rows| rows == 0) {
        return Ok(());
    }
    let classifier = StanceClassifier::new(trainer.fit(&rest)?);
    for row in rows.iter_mut().filter(|row| row.is_suspect) {
        let text = &data.texts()[row.row];
        let explanation = classifier.explain(text);
        let push = |contributions: &[f64]| contributions[row.likely] - contributions[row.given];
        let mut reasons: Vec<Reason> = explanation
            .evidence
            .iter()
            .map(|evidence| Reason {
                words: evidence.as_written(text).into_owned(),
                push: push(&evidence.contributions),
            })
            .filter(|reason| reason.push > 0.0)
            .collect();
        reasons.sort_by(|a, b| b.push.total_cmp(&a.push));
        reasons.truncate(REASONS);
        row.reasons = reasons;
    }
    Ok(())
}
