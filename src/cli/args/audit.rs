//! What `audit` takes.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::InputArgs;
use crate::audit::{AuditOptions, Prune, Rank};
use crate::cli::output::OutputFormat;

/// Find labels that look wrong, duplicates that contradict each other, and test rows that training has seen
///
/// Each row is judged by models that were fitted without it. Rows whose label these contradict are listed, the most suspicious first,
/// with the likely label and the words that speak for it; then texts that are the same or nearly and have different labels; then, with
/// `--test`, rows of test files that stand in the data too, or nearly. Look at each before you change anything: hard cases look like errors.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  demarche audit data/statements.csv --top 20\n  demarche audit train.csv --test test.csv -o problems.csv"
)]
pub struct AuditArgs {
    /// Labelled CSV, TSV, JSONL, Parquet or Arrow; `.gz` and `.zst` are read through
    #[arg(required = true, value_name = "DATA")]
    pub data: Vec<PathBuf>,
    /// A file that models are to be tested on, labelled or not: are its rows among the data?
    #[arg(long, value_name = "FILE")]
    pub test: Vec<PathBuf>,
    /// List at most so many labels that look wrong
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
    /// From which share of common words on two texts are nearly the same: words that both have, of all that one of them has
    #[arg(long, value_name = "SHARE", default_value_t = AuditOptions::default().similarity, allow_negative_numbers = true)]
    pub similarity: f64,
    /// Which labels are taken to be wrong
    #[arg(long, value_name = "METHOD", default_value_t = PruneName::Both, value_enum)]
    pub prune: PruneName,
    /// What suspicious rows are ranked by
    #[arg(long, value_name = "SCORE", default_value_t = RankName::SelfConfidence, value_enum)]
    pub rank: RankName,
    /// Folds: each row is judged by models that were fitted without its fold
    #[arg(long, value_name = "FOLDS", default_value_t = AuditOptions::default().folds)]
    pub cv: usize,
    /// How often that is repeated with other folds
    #[arg(long, value_name = "N", default_value_t = AuditOptions::default().repeats)]
    pub repeats: usize,
    /// Where random order starts
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// The column that holds the labels
    #[arg(long, value_name = "NAME", default_value = "label")]
    pub label_column: String,
    /// A column whose equal values stay in one fold: article, speaker, topic
    #[arg(long, value_name = "NAME")]
    pub group_column: Option<String>,
    /// Where to write, whole or not at all [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// How to write [default: by the output's extension; else table on a terminal, csv on a pipe]
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub format: Option<OutputFormat>,
    #[command(flatten)]
    pub input: InputArgs,
}

impl AuditArgs {
    pub fn options(&self) -> AuditOptions {
        AuditOptions {
            folds: self.cv,
            repeats: self.repeats,
            similarity: self.similarity,
            prune: match self.prune {
                PruneName::ConfidentJoint => Prune::ConfidentJoint,
                PruneName::Class => Prune::Class,
                PruneName::NoiseRate => Prune::NoiseRate,
                PruneName::Both => Prune::Both,
            },
            rank: match self.rank {
                RankName::SelfConfidence => Rank::SelfConfidence,
                RankName::NormalizedMargin => Rank::NormalizedMargin,
            },
            seed: self.seed,
            ..AuditOptions::default()
        }
    }
}

/// The methods of Northcutt, Jiang and Chuang 2021.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PruneName {
    /// Rows that are confidently of another label: the most
    ConfidentJoint,
    /// Of each label those that have it least probably, as many as are estimated to be wrong
    Class,
    /// For each pair of labels those where the other is furthest ahead, as many as are estimated to be wrong
    NoiseRate,
    /// Those that `class` and `noise-rate` agree on: the fewest
    Both,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RankName {
    /// How improbable the given label is
    SelfConfidence,
    /// How far another label is ahead of the given one
    NormalizedMargin,
}
