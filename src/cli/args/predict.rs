//! What `predict` takes.

use std::path::PathBuf;

use clap::Args;

use super::InputArgs;
use super::values::parse_share;
use crate::cli::output::OutputFormat;

/// Label statements: a stance, a confidence and a probability for each label
///
/// Keeps every column of the input and adds `stance`, `confidence` and `p_<label>`. Works as a stream: the first answers come before the
/// input ends, and memory does not grow. A text or Markdown file that is an article, a folder, and what `--input-format article` names are
/// searched for statements first, as `extract` does: then the columns are those of `extract`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  demarche predict data/quotes.csv\n  demarche predict --text \"We will respond with force.\"\n  demarche predict quotes.jsonl --format jsonl > labelled.jsonl\n  demarche predict data/quotes.csv --abstain-below 0.8 --coverage 0.9 --domain\n  demarche predict data/quotes.csv --explain\n  demarche predict data/article.txt"
)]
pub struct PredictArgs {
    /// CSV, TSV, JSONL, text, Parquet or Arrow; `.gz` and `.zst` are read through
    #[arg(value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,
    /// A statement to label; may be given several times
    #[arg(long, value_name = "STATEMENT", conflicts_with = "inputs")]
    pub text: Vec<String>,
    /// The model [default: the one in the program]
    #[arg(long, short, value_name = "MODEL")]
    pub model: Option<PathBuf>,
    /// Where to write, whole or not at all; `.parquet`, `.arrow` and `.feather` keep the types of columns [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// How to write [default: by the output's extension; else table on a terminal, csv on a pipe]
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub format: Option<OutputFormat>,
    /// The column of the speaker, shown in tables
    #[arg(long, value_name = "NAME", default_value = "speaker")]
    pub speaker_column: String,
    /// Articles are pages of HTML: read their text
    #[arg(long)]
    pub html: bool,
    #[command(flatten)]
    pub answer: AnswerArgs,
    #[command(flatten)]
    pub input: InputArgs,
}

/// How answers are given.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Answers")]
pub struct AnswerArgs {
    /// Leave `stance` empty (in JSON: null) where the confidence is below this share; `top` keeps the best guess
    #[arg(long, value_name = "SHARE", value_parser = parse_share)]
    pub abstain_below: Option<f64>,
    /// Add `set`: the labels that cannot be ruled out, of which the true one is one as often as this share says, 0.5 to 0.99
    ///
    /// That holds for statements like the training rows; of others the sets hold the true label less often. A set may have all labels, or,
    /// where the share is below the model's accuracy, none. In CSV labels are joined by `|`.
    #[arg(long, value_name = "SHARE")]
    pub coverage: Option<f64>,
    /// Add `known_terms`, the share of the words that the model knows, and `out_of_domain`, true where that is too little to go by
    #[arg(long)]
    pub domain: bool,
    /// Add a column `evidence`: the words that decided, with their push towards the stance
    #[arg(long)]
    pub explain: bool,
}
