//! What can be typed, by kind of command.

mod articles;
mod audit;
mod evaluate;
mod explain;
mod generate;
mod input;
mod label;
mod predict;
mod shares;
mod train;
mod values;

use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use train::Given;
use values::parse_threads;

pub use articles::{ExtractArgs, ReportArgs};
pub use audit::AuditArgs;
pub use evaluate::{EvaluateArgs, ScoresFormat};
pub use explain::{ExplainArgs, ExplainFormat, InspectArgs};
pub use generate::GenerateArgs;
pub use input::{InputArgs, InputFormat, OnError};
pub use label::{AnnotateArgs, SuggestArgs};
pub use predict::{AnswerArgs, PredictArgs};
pub use shares::{CompareArgs, MethodName, PrevalenceArgs, PrevalenceFormat};
pub use train::TrainArgs;

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
            train.given = Given::new(matches);
        }
        Ok(arguments)
    }
}

/// The definition of the command line; what `generate` makes man pages and completions of.
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
    Generate(GenerateArgs),
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    Table,
    Json,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Trainer;

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
}
