//! What `train` takes: the data, and what kind of model to fit.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{ArgMatches, Args, ValueEnum};

use super::values::invalid;
use super::{InputArgs, ReportFormat};
use crate::error::Result;
use crate::evaluation::CalibrationMethod;
use crate::features::{DocumentFrequency, TfidfOptions, parse_ngram_range};
use crate::text::{AnalyzerOptions, Language};
use crate::train::{LabelWeight, Solver, Trainer, TrainerParams};

/// Train a model on labelled statements
///
/// Reads a statement and a label from each row, prints cross-validated scores, then fits on all rows and writes the model. The same data
/// and options give the same file, byte for byte.
#[derive(Debug, Args)]
#[command(after_help = "Example: demarche train data/statements.csv -o stance.demarche --cv 5")]
pub struct TrainArgs {
    /// Labelled CSV, TSV, JSONL, Parquet or Arrow; `.gz` and `.zst` are read through
    #[arg(required = true, value_name = "DATA")]
    pub data: Vec<PathBuf>,
    /// Where to write the model; `-` is standard output
    #[arg(long, short, value_name = "FILE", default_value = "stance.demarche")]
    pub output: PathBuf,
    /// The column that holds the labels
    #[arg(long, value_name = "NAME", default_value = "label")]
    pub label_column: String,
    /// Leave out rows without a label, such as those of `suggest` that are not labelled yet, and say how many
    #[arg(long)]
    pub skip_unlabelled: bool,
    /// A column whose equal values stay in one fold: article, speaker, topic
    #[arg(long, value_name = "NAME")]
    pub group_column: Option<String>,
    /// A column that says how much each row counts
    #[arg(long, value_name = "NAME")]
    pub weight_column: Option<String>,
    /// Folds of cross-validation; 0 for none
    #[arg(long, value_name = "FOLDS", default_value_t = 5)]
    pub cv: usize,
    /// How probabilities are calibrated on the rows that folds held out; with --cv 0 they are not
    #[arg(long, value_name = "METHOD", default_value = "temperature", value_enum)]
    pub calibration: CalibrationName,
    /// Choose --c, --ngrams and --min-df by cross-validation; those given stay as they are
    ///
    /// Of all combinations within one standard error of the best macro-F1 the simplest is chosen: smaller C, then shorter n-grams, then
    /// larger min-df. The scores of the chosen one are slightly optimistic, because it was chosen by them: --holdout tells what to expect.
    #[arg(long)]
    pub search: bool,
    /// Which settings were typed.
    #[arg(skip)]
    pub given: Given,
    /// Another labelled file to score the model on
    #[arg(long, value_name = "FILE")]
    pub holdout: Vec<PathBuf>,
    /// How the scores are printed
    #[arg(long, value_name = "FORMAT", default_value_t = ReportFormat::Table, value_enum)]
    pub format: ReportFormat,
    /// Tell about phases, their time, and how close to the optimum the fit came
    #[arg(long, short)]
    pub verbose: bool,
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub model: ModelArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CalibrationName {
    /// One number that makes all predictions surer or less sure
    Temperature,
    /// A scale and a shift for each label; may change labels
    Vector,
    /// What the regression says
    None,
}

impl CalibrationName {
    pub fn method(self) -> CalibrationMethod {
        match self {
            CalibrationName::Temperature => CalibrationMethod::Temperature,
            CalibrationName::Vector => CalibrationMethod::Vector,
            CalibrationName::None => CalibrationMethod::None,
        }
    }
}

/// Which of the settings that can be searched were typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Given {
    pub c: bool,
    pub ngrams: bool,
    pub min_df: bool,
}

impl Given {
    /// What of it was typed, and is not a default.
    pub fn new(matches: &ArgMatches) -> Given {
        let typed = |name| matches.value_source(name) == Some(ValueSource::CommandLine);
        Given {
            c: typed("c"),
            ngrams: typed("ngrams"),
            min_df: typed("min_df"),
        }
    }
}

/// What kind of model to fit.
#[derive(Debug, Args)]
#[command(next_help_heading = "Model")]
pub struct ModelArgs {
    /// The stemmer's language, or `none`
    #[arg(long, value_name = "NAME", default_value = "english")]
    pub language: Language,
    /// Let stop words (`the`, `of`; never negations) be evidence
    #[arg(long)]
    pub keep_stop_words: bool,
    /// Let names of countries and persons be evidence
    #[arg(long)]
    pub keep_names: bool,
    /// Let each number be a term of its own
    #[arg(long)]
    pub keep_numbers: bool,
    /// Shortest and longest term, in words
    #[arg(long, value_name = "FROM-TO", default_value = "1-2", value_parser = ngram_range)]
    pub ngrams: (usize, usize),
    /// Leave out terms in fewer statements: a number, or a share with a point
    #[arg(long, value_name = "N", default_value = "2")]
    pub min_df: DocumentFrequency,
    /// Leave out terms in more statements: a number, or a share with a point
    #[arg(long, value_name = "N", default_value = "1.0")]
    pub max_df: DocumentFrequency,
    /// Keep only so many terms, the most frequent ones
    #[arg(long, value_name = "N")]
    pub max_features: Option<usize>,
    /// Weigh rare terms no more than frequent ones
    #[arg(long)]
    pub no_idf: bool,
    /// Count a term that stands n times n times, not 1 + ln n times
    #[arg(long)]
    pub linear_tf: bool,
    /// Pair a negation with so many words behind it
    #[arg(long, value_name = "WORDS", default_value_t = 4)]
    pub negation_window: usize,
    /// The inverse of the penalty on weights: larger fits closer
    #[arg(long, short, value_name = "C", default_value_t = 4.0, allow_negative_numbers = true)]
    pub c: f64,
    /// How much the rows of each label count: balanced, uniform, or weights such as warning=2,neutral=1
    #[arg(long, value_name = "WEIGHTS", default_value = "balanced", value_parser = label_weight)]
    pub class_weight: LabelWeight,
    /// Which solver finds the optimum
    #[arg(long, value_name = "NAME", default_value = "dual", value_enum)]
    pub solver: SolverName,
    /// When to stop: the proven relative distance from the optimum (for linfa: the norm of the gradient)
    #[arg(long, value_name = "SHARE", default_value_t = 1e-5)]
    pub tolerance: f64,
    /// When to stop in any case: sweeps over the rows (for linfa: steps)
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub max_iterations: usize,
    /// Where random order (of folds and sweeps) starts
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SolverName {
    /// Dual coordinate descent on sparse rows
    Dual,
    /// linfa-logistic's L-BFGS on dense rows, for small data
    Linfa,
}

impl ModelArgs {
    pub fn trainer(&self) -> TrainerParams {
        Trainer::params()
            .analyzer(AnalyzerOptions {
                language: self.language,
                stop_words: !self.keep_stop_words && self.language == Language::English,
                skip_names: !self.keep_names && self.language == Language::English,
                skip_numbers: !self.keep_numbers,
            })
            .tfidf(TfidfOptions {
                ngram_range: self.ngrams,
                min_df: self.min_df,
                max_df: self.max_df,
                max_features: self.max_features,
                sublinear_tf: !self.linear_tf,
                use_idf: !self.no_idf,
                negation_window: self.negation_window,
                ..TfidfOptions::default()
            })
            .c(self.c)
            .label_weight(self.class_weight.clone())
            .solver(match self.solver {
                SolverName::Dual => Solver::Dual,
                SolverName::Linfa => Solver::Linfa,
            })
            .tolerance(self.tolerance)
            .max_iterations(self.max_iterations)
            .seed(self.seed)
    }
}

fn ngram_range(value: &str) -> Result<(usize, usize)> {
    parse_ngram_range(value).map(|range| (*range.start(), *range.end()))
}

fn label_weight(value: &str) -> Result<LabelWeight> {
    match value {
        "balanced" => return Ok(LabelWeight::Balanced),
        "uniform" => return Ok(LabelWeight::Uniform),
        _ => {}
    }
    let pair = |part: &str| {
        let (label, weight) = part.rsplit_once('=')?;
        Some((label.trim().to_owned(), weight.trim().parse().ok()?))
    };
    let weights: Option<BTreeMap<String, f64>> = value.split(',').map(pair).collect();
    weights.map(LabelWeight::Given).ok_or_else(|| {
        invalid(
            "the class weight",
            value,
            "balanced, uniform, or such as warning=2,neutral=1",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_read() {
        let LabelWeight::Given(weights) = label_weight("a=2,b=0.5").unwrap() else {
            panic!()
        };
        assert_eq!(weights["b"], 0.5);
        assert!(label_weight("a").is_err());
    }
}
