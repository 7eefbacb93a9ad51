//! What can be typed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use super::output::OutputFormat;
use crate::audit::{AuditOptions, Prune, Rank};
use crate::error::{ErrorKind, Result};
use crate::evaluation::CalibrationMethod;
use crate::features::{DocumentFrequency, TfidfOptions, parse_ngram_range};
use crate::text::{AnalyzerOptions, Language};
use crate::train::{LabelWeight, Solver, Trainer, TrainerParams};

/// Labels what governments say: warning, conciliatory or neutral.
///
/// Reads quotes from CSV, TSV, JSONL or plain text, adds a stance and how sure it is of it, and trains on your own labels in
/// about a second. Results go to standard output, everything else to standard error; `-` or nothing is standard input.
#[derive(Debug, Parser)]
#[command(
    name = "demarche",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub common: CommonArgs,
}

impl Arguments {
    /// What was typed.
    pub fn read() -> Result<Arguments, clap::Error> {
        Self::from_matches(&command().try_get_matches()?)
    }

    fn from_matches(matches: &ArgMatches) -> Result<Arguments, clap::Error> {
        let mut arguments = Self::from_arg_matches(matches).map_err(|error| error.format(&mut command()))?;
        if let (Command::Train(train), Some(("train", matches))) = (&mut arguments.command, matches.subcommand()) {
            let typed = |name| matches.value_source(name) == Some(ValueSource::CommandLine);
            train.given = Given {
                c: typed("c"),
                ngrams: typed("ngrams"),
                min_df: typed("min_df"),
            };
        }
        Ok(arguments)
    }
}

/// The definition of the command line, for man pages and completions.
pub fn command() -> clap::Command {
    Arguments::command()
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Train(TrainArgs),
    Predict(PredictArgs),
    Evaluate(EvaluateArgs),
    Explain(ExplainArgs),
    Extract(ExtractArgs),
    Report(ReportArgs),
    Audit(AuditArgs),
    Prevalence(PrevalenceArgs),
    Compare(CompareArgs),
    Inspect(InspectArgs),
    Suggest(SuggestArgs),
    Annotate(AnnotateArgs),
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Everywhere")]
pub struct CommonArgs {
    /// How many threads to use [default: all cores]; results do not depend on it
    #[arg(long, global = true, value_name = "N", value_parser = parse_threads)]
    pub threads: Option<usize>,
    /// Say nothing but results and errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Whether to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value_t = ColorChoice::Auto, value_enum)]
    pub color: ColorChoice,
}

impl CommonArgs {
    /// The threads to use.
    pub fn threads(&self) -> usize {
        self.threads
            .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    Always,
    Never,
}

impl ColorChoice {
    pub fn apply(self) {
        match self {
            ColorChoice::Auto => anstream::ColorChoice::Auto,
            ColorChoice::Always => anstream::ColorChoice::AlwaysAnsi,
            ColorChoice::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

/// How inputs are read.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Input")]
pub struct InputArgs {
    /// The column that holds the statements
    #[arg(long, value_name = "NAME", default_value = "text")]
    pub text_column: String,
    /// How records are written down [default: by file extension, which Parquet and Arrow need, else by a look at the first line]
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub input_format: Option<InputFormat>,
    /// What separates the fields of CSV: one character, or `tab` [default: the one that the header uses]
    #[arg(long, value_name = "CHAR", value_parser = parse_delimiter)]
    pub delimiter: Option<u8>,
    /// How text is encoded: a WHATWG label such as windows-1252 or utf-16le, or utf-8-lossy to replace what cannot be
    /// read [default: utf-8; a byte order mark decides]
    #[arg(long, value_name = "NAME")]
    pub encoding: Option<String>,
    /// What to do with a row that cannot be used: stop, leave it out, or leave it out and name it
    #[arg(long, value_name = "WHAT", default_value_t = OnError::Fail, value_enum)]
    pub on_error: OnError,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum InputFormat {
    Csv,
    Tsv,
    Jsonl,
    /// One statement a line
    Text,
    /// Articles to find statements in: a file each, or one in each record of CSV or JSONL
    Article,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OnError {
    Fail,
    Skip,
    Report,
}

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
    /// How many intervals of 1 are to hold the truth
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

/// Show a model's card and its strongest words for each label
#[derive(Debug, Args)]
#[command(after_help = "Example: demarche inspect stance.demarche --terms 20")]
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    Table,
    Json,
}

fn parse_threads(value: &str) -> Result<usize> {
    match value.parse() {
        Ok(threads) if (1..=1024).contains(&threads) => Ok(threads),
        _ => Err(invalid("the number of threads", value, "from 1 to 1024")),
    }
}

fn parse_resamples(value: &str) -> Result<usize> {
    match value.parse() {
        Ok(resamples) if resamples <= 1_000_000 => Ok(resamples),
        _ => Err(invalid("the number of resamples", value, "from 0 to 1000000")),
    }
}

fn parse_share(value: &str) -> Result<f64> {
    match value.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err(invalid("the share", value, "from 0 to 1")),
    }
}

fn parse_label(value: &str) -> Result<String> {
    match value.trim() {
        "" => Err(invalid("a label", "empty", "a name, such as in --labels yes,no")),
        label => Ok(label.to_owned()),
    }
}

fn parse_delimiter(value: &str) -> Result<u8> {
    match value {
        "tab" | "\\t" => Ok(b'\t'),
        _ => match value.as_bytes() {
            [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Ok(*byte),
            _ => Err(invalid("the delimiter", value, "one ASCII character, or `tab`")),
        },
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

fn invalid(name: &'static str, value: &str, must: &'static str) -> crate::Error {
    ErrorKind::InvalidParameter {
        name,
        value: value.to_owned(),
        must,
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn the_defaults_are_the_trainers() {
        let Command::Train(args) = Arguments::parse_from(["demarche", "train", "x.csv"]).command else {
            panic!("train is train");
        };
        assert_eq!(args.model.trainer(), Trainer::params());
    }

    #[test]
    fn what_was_typed_is_known() {
        let typed = ["demarche", "train", "x.csv", "-c", "4", "--min-df", "2"];
        let arguments = Arguments::from_matches(&command().get_matches_from(typed)).unwrap();
        let Command::Train(args) = arguments.command else {
            panic!("train is train");
        };
        let given = Given {
            c: true,
            ngrams: false,
            min_df: true,
        };
        assert_eq!(args.given, given);
    }

    #[test]
    fn weights_are_read() {
        let LabelWeight::Given(weights) = label_weight("a=2,b=0.5").unwrap() else {
            panic!()
        };
        assert_eq!(weights["b"], 0.5);
        assert!(label_weight("a").is_err());
    }
}
