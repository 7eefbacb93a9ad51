//! What the commands on shares of stances take: `prevalence` and `compare`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::values::parse_share;
use super::{InputArgs, ReportFormat};

/// Say how frequent each stance is, corrected for the model's own errors, with intervals
///
/// Counting predicted labels is biased: the rarer of two labels that the model takes for each other gains. The model's card knows from cross-validation what is taken
/// for what, and how surely; the shares are those that explain the predictions best, and the intervals hold both the chance of errors and how well these are known. Assumed is that
/// statements of one label look like those that the model was tested on, and only the mix differs. For texts of another kind that is wrong, and no interval tells by how
/// much: then label a few hundred rows of them at random and give them with --labelled.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  demarche prevalence data/quotes.csv\n  demarche prevalence data/quotes.csv --by-month date --format csv\n  demarche prevalence data/quotes.csv --by speaker --by-month date -o shares.html\n  demarche prevalence new.csv --labelled sample.csv"
)]
pub struct PrevalenceArgs {
    /// CSV, TSV, JSONL, text, Parquet or Arrow; `.gz` and `.zst` are read through
    #[arg(value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,
    /// Give shares for each value of a column
    #[arg(long, value_name = "COLUMN")]
    pub by: Option<String>,
    /// Give shares for each month of a column of dates (2024-03-05, 2024-03, 5 March 2024)
    #[arg(long, value_name = "COLUMN")]
    pub by_month: Option<String>,
    /// Rows are a random sample: give shares of what they were drawn from, with wider intervals
    #[arg(long)]
    pub sample: bool,
    /// Labelled rows such as the input's, from which to learn what is taken for what [default: what the model's card knows]
    #[arg(long, value_name = "FILE")]
    pub labelled: Vec<PathBuf>,
    /// The column that holds the labels of these rows
    #[arg(long, value_name = "NAME", default_value = "label")]
    pub label_column: String,
    /// How shares are corrected
    #[arg(long, value_name = "NAME", default_value = "posterior", value_enum)]
    pub method: MethodName,
    /// The share of intervals that is to hold the truth
    #[arg(long, value_name = "SHARE", default_value_t = 0.95, value_parser = parse_share, allow_negative_numbers = true)]
    pub level: f64,
    /// Where random numbers start
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// The model [default: the one in the program]
    #[arg(long, short, value_name = "MODEL")]
    pub model: Option<PathBuf>,
    /// What the page is called [default: the input's name]
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// Where to write, whole or not at all; `.html` is a page with charts [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// How to write [default: by the output's extension; else table on a terminal, csv on a pipe]
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub format: Option<PrevalenceFormat>,
    #[command(flatten)]
    pub input: InputArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MethodName {
    /// The Bayesian mean, with the smallest error
    Posterior,
    /// The most likely shares, without a prior
    Likelihood,
    /// The confusion matrix alone
    Adjusted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PrevalenceFormat {
    Csv,
    Tsv,
    /// One JSON object for each label and group
    Jsonl,
    /// One JSON object
    Json,
    /// For people
    Table,
    /// A page with charts
    Html,
}

/// Say whether two inputs differ: in labels, in words, in how sure the model is
///
/// For each it gives a test and the size of the difference, because in many rows the smallest difference is certain. Labels are the model's, so neither input needs any.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  demarche compare march.csv april.csv\n  demarche compare data/article.txt data/quotes.csv --terms 5\n  demarche compare data/quotes.csv"
)]
pub struct CompareArgs {
    /// What is compared: CSV, TSV, JSONL, text, Parquet or Arrow; `.gz` and `.zst` are read through
    #[arg(value_name = "A")]
    pub a: PathBuf,
    /// What it is compared with [default: what the model's card knows of its training data, and of held-out rows of them]
    #[arg(value_name = "B")]
    pub b: Option<PathBuf>,
    /// How many of the words that moved most to show for each side
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub terms: usize,
    /// How often rows are shuffled to test the difference of words
    #[arg(long, value_name = "N", default_value_t = 999)]
    pub permutations: usize,
    /// Where random numbers start
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// The model [default: the one in the program]
    #[arg(long, short, value_name = "MODEL")]
    pub model: Option<PathBuf>,
    /// Where to write, whole or not at all [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// How to write
    #[arg(long, value_name = "FORMAT", default_value_t = ReportFormat::Table, value_enum)]
    pub format: ReportFormat,
    #[command(flatten)]
    pub input: InputArgs,
}
