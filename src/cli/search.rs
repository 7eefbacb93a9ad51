//! `demarche train --search`: which settings to train with.

use std::fmt::Write;

use linfa::ParamGuard;
use serde_json::{Value, json};

use super::args::TrainArgs;
use super::terminal::{self, Progress};
use crate::dataset::LabelledStatements;
use crate::error::{ErrorKind, Result};
use crate::evaluation::{self, Search, SearchGrid};
use crate::train::TrainerValidParams;

/// The most rows that the table has.
const ROWS: usize = 15;

/// Refuses what leaves nothing to compare or nothing to compare by.
pub fn check(args: &TrainArgs) -> Result<()> {
    let invalid = |name, value: String, must| Err(ErrorKind::InvalidParameter { name, value, must }.into());
    if args.cv < 2 {
        return invalid(
            "--cv",
            format!("{} with --search", args.cv),
            "at least 2, such as --cv 5: settings are compared by cross-validation",
        );
    }
    let given = args.given;
    if given.c && given.ngrams && given.min_df {
        return invalid(
            "--search",
            "given with all of --c, --ngrams and --min-df".to_owned(),
            "given without at least one of them: there is nothing left to search",
        );
    }
    Ok(())
}

/// Compares settings; those that were given stay as they are. Gives back the trainer with the chosen ones.
pub fn run(
    args: &TrainArgs,
    trainer: &TrainerValidParams,
    data: &LabelledStatements,
    quiet: bool,
) -> Result<(Search, TrainerValidParams)> {
    let mut grid = SearchGrid::for_data(data, args.cv);
    if args.given.c {
        grid.cs = vec![args.model.c];
    }
    if args.given.ngrams {
        grid.ngram_ranges = vec![args.model.ngrams];
    }
    if args.given.min_df {
        grid.min_dfs = vec![args.model.min_df];
    }
    let progress = Progress::new(quiet, (grid.vocabularies() * args.cv) as u64, false);
    let search = evaluation::search(trainer, data, args.cv, &grid, || progress.add(1))?;
    let chosen = search.chosen().params(trainer).check()?;
    Ok((search, chosen))
}

/// The best points, and what was chosen and why.
pub fn render(search: &Search) -> String {
    let mut text = String::new();
    let header = ["", "C", "n-grams", "min_df", "macro-F1", "±", "log-loss"];
    let mut table = terminal::table(&header, &[1, 2, 3, 4, 5, 6]);
    let shown = |place: usize| place < ROWS - 1 || place == search.chosen_place().max(ROWS - 1);
    for (place, point) in search.points().iter().enumerate().filter(|(place, _)| shown(*place)) {
        let (shortest, longest) = point.ngram_range;
        table.add_row([
            if place == search.chosen_place() { "→" } else { "" }.to_owned(),
            point.c.to_string(),
            format!("{shortest}-{longest}"),
            point.min_df.to_string(),
            format!("{:.4}", point.macro_f1),
            format!("{:.4}", point.standard_error),
            format!("{:.4}", point.log_loss),
        ]);
    }
    let _ = writeln!(text, "{table}\n\n{}\n", search.reason());
    text
}

/// All points, for programs.
pub fn to_json(search: &Search) -> Value {
    json!({
        "chosen": search.chosen(),
        "reason": search.reason(),
        "within_one_standard_error": search.within_one_standard_error(),
        "points": search.points(),
    })
}
