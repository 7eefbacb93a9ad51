//! What `explain` takes, and `inspect`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::{InputArgs, ReportFormat};
use crate::cli::output::OutputFormat;

/// Show which words pushed a statement to its stance, and what would change it
///
/// Every word or pair of words adds to each label's logit; together with what any text starts from they add up to it exactly (before
/// probabilities are calibrated, if the model does that). On a terminal each word has the colour of the label that it pushes to. Below
/// the table stand the fewest words without which the stance would be another: each such text is scored anew.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  demarche explain --text \"We will not negotiate under threats.\"\n  demarche explain data/quotes.csv -o page.html\n  demarche explain data/quotes.csv --format jsonl"
)]
pub struct ExplainArgs {
    /// CSV, TSV, JSONL, text, Parquet or Arrow; `.gz` and `.zst` are read through
    #[arg(value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,
    /// A statement to explain; may be given several times
    #[arg(long, value_name = "STATEMENT", conflicts_with = "inputs")]
    pub text: Vec<String>,
    /// The model [default: the one in the program]
    #[arg(long, short, value_name = "MODEL")]
    pub model: Option<PathBuf>,
    /// How many terms the table shows, the strongest ones; other formats have all
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub terms: usize,
    /// What a page of HTML is called
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// Where to write, whole or not at all [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// How to write [default: by the output's extension; else table on a terminal, csv on a pipe]
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub format: Option<ExplainFormat>,
    #[command(flatten)]
    pub input: InputArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExplainFormat {
    /// A row for each term
    Csv,
    Tsv,
    /// One JSON object for each statement
    Jsonl,
    /// One JSON array
    Json,
    /// A page that needs no network
    Html,
    /// For people
    Table,
}

impl ExplainFormat {
    /// As [`OutputFormat::choose`], with pages.
    pub fn choose(asked: Option<ExplainFormat>, output: Option<&Path>) -> Self {
        let extension = output.and_then(Path::extension).and_then(|e| e.to_str());
        let is_page = extension.is_some_and(|e| ["html", "htm"].contains(&e.to_ascii_lowercase().as_str()));
        match asked {
            Some(format) => format,
            None if is_page => ExplainFormat::Html,
            None => match OutputFormat::choose(None, output) {
                OutputFormat::Csv => ExplainFormat::Csv,
                OutputFormat::Tsv => ExplainFormat::Tsv,
                OutputFormat::Jsonl => ExplainFormat::Jsonl,
                OutputFormat::Json => ExplainFormat::Json,
                OutputFormat::Table => ExplainFormat::Table,
            },
        }
    }

    /// What separates fields, where there are such.
    pub fn delimiter(self) -> Option<u8> {
        match self {
            ExplainFormat::Csv => Some(b','),
            ExplainFormat::Tsv => Some(b'\t'),
            _ => None,
        }
    }
}

/// Show a model's card and its strongest words for each label
#[derive(Debug, Args)]
#[command(after_help = "Example: demarche inspect models/stance.demarche --terms 20")]
pub struct InspectArgs {
    /// The model [default: the one in the program]
    #[arg(value_name = "MODEL")]
    pub model: Option<PathBuf>,
    /// How many words to show for each label
    #[arg(long, value_name = "N", default_value_t = 15)]
    pub terms: usize,
    /// Where to write, whole or not at all [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// How to write
    #[arg(long, value_name = "FORMAT", default_value_t = ReportFormat::Table, value_enum)]
    pub format: ReportFormat,
}
