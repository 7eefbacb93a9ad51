//! The command line: files, terminals and flags, and no logic of its own.
//!
//! [`main`] maps the request to a function and its result to an exit code; nothing else exits or prints errors.

mod annotate;
mod answers;
mod args;
mod articles;
mod assessment;
mod audit;
mod columnar;
mod compare;
mod compressed;
mod evaluate;
mod evidence;
mod explain;
mod extract;
mod generate;
mod html;
mod input;
mod inspect;
mod output;
mod pipeline;
mod predict;
mod prevalence;
mod report;
mod rows;
mod search;
mod shares;
mod statements;
mod suggest;
mod terminal;
mod train;
mod watched;

use std::io;
use std::path::Path;
use std::process::ExitCode;

use crate::error::{Error, ErrorKind, Result};
use crate::model::StanceClassifier;
use args::{Arguments, Command};

pub use args::command;

/// How the program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// Done, or the reader of the output had enough.
    Success,
    /// Something failed; a sentence on stderr says what.
    Failure,
    /// The request makes no sense.
    Usage,
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        ExitCode::from(match status {
            ExitStatus::Success => 0,
            ExitStatus::Failure => 1,
            ExitStatus::Usage => 2,
        })
    }
}

/// Parses the arguments, runs the command, reports what went wrong.
pub fn main() -> ExitStatus {
    let arguments = match Arguments::read() {
        Ok(arguments) => arguments,
        Err(error) => {
            let status = if error.use_stderr() {
                ExitStatus::Usage
            } else {
                ExitStatus::Success
            };
            return match error.print() {
                Err(e) if e.kind() != io::ErrorKind::BrokenPipe => ExitStatus::Failure,
                _ => status,
            };
        }
    };
    arguments.common.color.apply();
    match run(&arguments) {
        Ok(()) => ExitStatus::Success,
        Err(error) if is_broken_pipe(&error) => ExitStatus::Success,
        Err(error) => {
            terminal::print_error(&error);
            match error.kind() {
                ErrorKind::InvalidParameter { .. } => ExitStatus::Usage,
                _ => ExitStatus::Failure,
            }
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let common = &arguments.common;
    start_threads(common.threads())?;
    match &arguments.command {
        Command::Train(args) => train::run(args, common),
        Command::Predict(args) => predict::run(args, common),
        Command::Evaluate(args) => evaluate::run(args, common),
        Command::Explain(args) => explain::run(args, common),
        Command::Extract(args) => extract::run(args, common),
        Command::Report(args) => report::run(args, common),
        Command::Audit(args) => audit::run(args, common),
        Command::Prevalence(args) => prevalence::run(args, common),
        Command::Compare(args) => compare::run(args, common),
        Command::Inspect(args) => inspect::run(args),
        Command::Suggest(args) => suggest::run(args, common),
        Command::Annotate(args) => annotate::run(args, common),
        Command::Generate(args) => generate::run(args),
    }
}

/// Starts the threads that share work; one is the main thread itself. Results are the same with any number.
fn start_threads(threads: usize) -> Result<()> {
    let mut pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    if threads == 1 {
        pool = pool.use_current_thread();
    }
    pool.build_global().map_err(|error| no_threads(&error))
}

/// The system refuses another thread.
fn no_threads(error: &dyn std::error::Error) -> Error {
    let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    io::Error::other(format!(
        "threads cannot be started: {cause}; work without more of them: --threads 1"
    ))
    .into()
}

/// The model that the user named, or the embedded one.
fn load_model(path: Option<&Path>) -> Result<StanceClassifier> {
    match path {
        Some(path) => StanceClassifier::load(path),
        None => Ok(StanceClassifier::embedded()),
    }
}

/// What readers may call that model.
fn model_name(path: Option<&Path>) -> String {
    match path {
        None => format!("the model in demarche {}", env!("CARGO_PKG_VERSION")),
        Some(path) => file_name(path),
    }
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// Whether the reader of our output went away, which is no error.
fn is_broken_pipe(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Io(e) if e.kind() == io::ErrorKind::BrokenPipe)
}
