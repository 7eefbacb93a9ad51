//! What `evaluate` takes.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::InputArgs;
use super::values::{invalid, parse_share};
use crate::error::Result;

/// Score a model on labelled statements
///
/// Tells how good the model is with 95 % intervals, which labels it takes for which, whether its probabilities mean what they say, and how often it is
/// right if only the surest rows are kept; on request for parts of the rows, and against a second model.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  demarche evaluate data/statements.csv --by form --by decade\n  demarche evaluate gold.csv --model mine.demarche --precision 0.9\n  demarche evaluate gold.csv --model mine.demarche --versus old.demarche\n  demarche evaluate gold.csv -o scores.html"
)]
pub struct EvaluateArgs {
    /// Labelled CSV, TSV, JSONL, Parquet or Arrow; `.gz` and `.zst` are read through
    #[arg(required = true, value_name = "DATA")]
    pub data: Vec<PathBuf>,
    /// The model [default: the one in the program]
    #[arg(long, short, value_name = "MODEL")]
    pub model: Option<PathBuf>,
    /// A second model, to label the same rows: which is better, and whether that is more than chance
    #[arg(long, value_name = "MODEL")]
    pub versus: Option<PathBuf>,
    /// Score the rows of each value of this column apart; may be given several times
    #[arg(long, value_name = "COLUMN")]
    pub by: Vec<String>,
    /// Look for the confidence from which on this share of the predictions is right
    #[arg(long, value_name = "SHARE", value_parser = parse_share, allow_negative_numbers = true)]
    pub precision: Option<f64>,
    /// How often rows are drawn anew for the intervals; 0 for no intervals
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = parse_resamples)]
    pub resamples: usize,
    /// Where the random numbers of the intervals start
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// The column that holds the labels
    #[arg(long, value_name = "NAME", default_value = "label")]
    pub label_column: String,
    /// Where to write, whole or not at all [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// How the scores are shown [default: by the output's extension; else table]
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub format: Option<ScoresFormat>,
    #[command(flatten)]
    pub input: InputArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScoresFormat {
    Table,
    Json,
    /// One page with charts that needs no network
    Html,
}

fn parse_resamples(value: &str) -> Result<usize> {
    match value.parse() {
        Ok(resamples) if resamples <= 1_000_000 => Ok(resamples),
        _ => Err(invalid("the number of resamples", value, "from 0 to 1000000")),
    }
}
