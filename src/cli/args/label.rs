//! What the commands on labelling by hand take: `suggest` and `annotate`.

use std::path::PathBuf;

use clap::Args;

use super::InputArgs;
use super::input::parse_delimiter;
use super::values::invalid;
use crate::cli::output::OutputFormat;
use crate::error::Result;

/// Choose the statements whose labels would teach a model most
///
/// Looks for statements that the model is torn about, that stand for many others, and that are unlike what is labelled or chosen already; never
/// twice nearly the same. Writes them with an empty column `label`, to fill in by `demarche annotate` or in a spreadsheet, with the model's
/// guess and the reason of the choice.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  demarche suggest data/quotes.csv -n 10\n  demarche suggest data/quotes.csv --labelled data/statements.csv -n 10 -o todo.csv"
)]
pub struct SuggestArgs {
    /// CSV, TSV, JSONL, text, Parquet or Arrow; rows that have a label already count as labelled; `.gz` and `.zst` are read through
    #[arg(value_name = "UNLABELLED")]
    pub inputs: Vec<PathBuf>,
    /// How many statements to suggest
    #[arg(long, short = 'n', value_name = "N", default_value_t = 100)]
    pub count: usize,
    /// What is labelled already: nothing like it is suggested, and without --model it is what a model is trained on
    #[arg(long, value_name = "DATA")]
    pub labelled: Vec<PathBuf>,
    /// The model [default: one trained on --labelled, else the one in the program]
    #[arg(long, short, value_name = "MODEL")]
    pub model: Option<PathBuf>,
    /// The column that holds the labels
    #[arg(long, value_name = "NAME", default_value = "label")]
    pub label_column: String,
    /// Where to write, whole or not at all [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// How to write [default: by the output's extension; else table on a terminal, csv on a pipe]
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub format: Option<OutputFormat>,
    #[command(flatten)]
    pub input: InputArgs,
}

/// Label the statements of a file by hand, one key each
///
/// Shows one statement after another with the model's guess and the words behind it, and waits for a key: a digit or a letter for each label, `s`
/// to skip, `u` to take the last answer back, `q` to stop. Every answer is saved at once into the column `label` of the file, which is added if it is
/// missing; the next call goes on where this one stopped.
#[derive(Debug, Args)]
#[command(after_help = "Example: demarche suggest data/quotes.csv -n 10 -o todo.csv && demarche annotate todo.csv")]
pub struct AnnotateArgs {
    /// CSV or TSV in UTF-8; only the labels in it are changed
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The labels to choose from, with commas [default: those of the model and of the file]
    #[arg(long, value_name = "LABELS", value_delimiter = ',', value_parser = parse_label)]
    pub labels: Vec<String>,
    /// The model that guesses [default: the one in the program]
    #[arg(long, short, value_name = "MODEL")]
    pub model: Option<PathBuf>,
    /// The column that holds the statements
    #[arg(long, value_name = "NAME", default_value = "text")]
    pub text_column: String,
    /// The column that holds the labels
    #[arg(long, value_name = "NAME", default_value = "label")]
    pub label_column: String,
    /// What separates the fields: one character, or `tab` [default: the one that the header uses]
    #[arg(long, value_name = "CHAR", value_parser = parse_delimiter)]
    pub delimiter: Option<u8>,
}

fn parse_label(value: &str) -> Result<String> {
    match value.trim() {
        "" => Err(invalid("a label", "empty", "a name, such as in --labels yes,no")),
        label => Ok(label.to_owned()),
    }
}
