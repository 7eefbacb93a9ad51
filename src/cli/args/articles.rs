//! What the commands on articles take: `extract` and `report`.

use std::path::PathBuf;

use clap::Args;

use super::InputArgs;
use super::values::parse_share;
use crate::cli::output::OutputFormat;

/// Find who said what in news articles
///
/// Reads English articles as they come, headline, byline and footers included, and writes each attributed statement with its speaker, the
/// words for the speaker at that place, the verb that reports it, and where it stands, in characters of the article. As CSV it has one row
/// for each statement, which `demarche predict` labels.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  demarche extract data/article.txt\n  demarche extract data/article.txt | demarche predict\n  demarche extract articles/ --format jsonl -o statements.jsonl\n  demarche extract articles.jsonl --format jsonl"
)]
pub struct ExtractArgs {
    /// Text, Markdown, or JSONL or CSV with an article in each record; folders; `.gz` and `.zst` are read through
    #[arg(value_name = "ARTICLE")]
    pub articles: Vec<PathBuf>,
    /// Take the input for HTML and read its text; offsets are those of that text
    #[arg(long)]
    pub html: bool,
    /// Leave out statements that are less sure than that
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = parse_share, allow_negative_numbers = true)]
    pub min_confidence: f64,
    /// Where to write, whole or not at all [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// How to write: `json` is one object for a single text, a list for several articles [default: by the output's extension; else
    /// table on a terminal, csv on a pipe]
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub format: Option<OutputFormat>,
    #[command(flatten)]
    pub input: InputArgs,
}

/// Show articles with their statements and stances on one page
///
/// Finds who said what in English articles, labels each statement, and writes one HTML page that needs no network: the text with every
/// statement marked, what decided, who said how much, and a table that sorts, filters and exports. On a terminal, without `-o`, the same as
/// tables.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  demarche report data/article.txt -o page.html\n  demarche report data/article.txt\n  demarche report articles.jsonl --title \"The river talks\" -o talks.html"
)]
pub struct ReportArgs {
    /// Text, Markdown, or JSONL or CSV with an article in each record (`text`, and `id`, `title`, `date` if there are any); folders; `.gz`
    /// and `.zst` are read through
    #[arg(value_name = "ARTICLE")]
    pub articles: Vec<PathBuf>,
    /// Where to write the page, whole or not at all; `-` is standard output [default: tables on a terminal, the page on a pipe]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The model [default: the one in the program]
    #[arg(long, short, value_name = "MODEL")]
    pub model: Option<PathBuf>,
    /// What the page is called [default: the headline]
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// Take the input for HTML and read its text
    #[arg(long)]
    pub html: bool,
    /// Leave out statements that are less surely one than that
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = parse_share, allow_negative_numbers = true)]
    pub min_confidence: f64,
    #[command(flatten)]
    pub input: InputArgs,
}
