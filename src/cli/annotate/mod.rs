//! `demarche annotate`: one statement, one key, one saved label.

mod keys;
mod screen;
mod table;

use std::collections::BTreeSet;
use std::io::{self, IsTerminal};

use crossterm::event::{self, Event};

use super::args::{AnnotateArgs, CommonArgs, InputArgs, OnError};
use super::terminal;
use crate::annotation::Session;
use crate::error::{ErrorKind, Result};
use keys::{Keys, Request};
use screen::{Screen, View};
use table::Table;

pub fn run(args: &AnnotateArgs, common: &CommonArgs) -> Result<()> {
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        return Err(ErrorKind::InvalidParameter {
            name: "standard input or output",
            value: "not a terminal".to_owned(),
            must: "one: annotate shows a statement and waits for a key",
        }
        .into());
    }
    let input = InputArgs {
        text_column: args.text_column.clone(),
        input_format: None,
        delimiter: args.delimiter,
        encoding: None,
        on_error: OnError::Fail,
    };
    let classifier = super::load_model(args.model.as_deref())?;
    let mut table = Table::open(&args.file, &input, &args.label_column)?;
    let labels: Vec<String> = if args.labels.is_empty() {
        let given = table.labels().filter(|label| !label.is_empty());
        let all: BTreeSet<&str> = given.chain(classifier.labels().iter().map(String::as_str)).collect();
        all.into_iter().map(str::to_owned).collect()
    } else {
        args.labels.clone()
    };
    let keys = Keys::new(&labels)?;
    let mut session = Session::new(table.labels());
    let total = session.labels().len();

    if session.current().is_some() {
        let screen = Screen::enter()?;
        loop {
            let title = format!(
                "{} of {total} · {} labelled, {} skipped · {}",
                session.current().map_or(total, |statement| statement + 1),
                session.labelled(),
                session.skipped(),
                args.file.display()
            );
            match session.current() {
                Some(statement) => screen.show(&View {
                    title,
                    text: table.text(statement),
                    reason: table.reason(statement),
                    explanation: &classifier.explain(table.text(statement)),
                    keys: &keys,
                })?,
                None => screen.show_end(&title)?,
            }
            // Anything else than a key, such as a new size or a paste, draws the screen again.
            let Event::Key(key) = event::read()? else { continue };
            match keys.request(key) {
                Some(Request::Quit) => break,
                Some(Request::Label(label)) => {
                    if let Some(statement) = session.label(&labels[label]) {
                        table.set_label(statement, &labels[label])?;
                    }
                }
                Some(Request::Skip) => {
                    session.skip();
                }
                Some(Request::Undo) => {
                    if let Some(statement) = session.undo() {
                        table.set_label(statement, "")?;
                    }
                }
                None => {}
            }
        }
    }
    let note = match session.open() {
        0 => format!(
            "{} labelled; every row of {} has a label",
            session.labelled(),
            args.file.display()
        ),
        open => format!(
            "{} labelled, {} skipped, {open} without a label; the same command goes on from there",
            session.labelled(),
            session.skipped()
        ),
    };
    terminal::print_note(common.quiet, &note);
    Ok(())
}
