//! `demarche compare`: whether two inputs differ.

use std::fmt::Write;
use std::path::Path;

use serde_json::json;

use super::args::{CommonArgs, CompareArgs, ReportFormat};
use super::articles;
use super::input::{self, Problems};
use super::output::Output;
use super::terminal;
use crate::drift::{self, Drift, DriftOptions, LabelDrift, TrainingDrift};
use crate::error::{Error, ErrorKind, Result};
use crate::evaluation::p_value;

pub fn run(args: &CompareArgs, common: &CommonArgs) -> Result<()> {
    if args.permutations == 0 {
        return Err(ErrorKind::InvalidParameter {
            name: "the number of permutations",
            value: "0".to_owned(),
            must: "at least 1; 999 gives p-values down to 0.001",
        }
        .into());
    }
    let classifier = super::load_model(args.model.as_deref())?;
    let mut output = Output::open(args.output.as_deref())?;
    let a = read(&args.a, args, common)?;
    match &args.b {
        Some(path) => {
            let b = read(path, args, common)?;
            let options = DriftOptions {
                permutations: args.permutations,
                terms: args.terms,
                seed: args.seed,
            };
            let drift = drift::compare(&classifier, &a, &b, &options)?;
            match args.format {
                ReportFormat::Table => output.print(&render(&drift))?,
                ReportFormat::Json => output.write(format!("{:#}\n", json!(drift)).as_bytes())?,
            }
        }
        None => {
            let drift = drift::compare_with_training(&classifier, &a).map_err(|error| match &args.model {
                Some(model) => error.in_file(model),
                None => error,
            })?;
            match args.format {
                ReportFormat::Table => output.print(&render_training(&drift))?,
                ReportFormat::Json => output.write(format!("{:#}\n", json!(drift)).as_bytes())?,
            }
        }
    }
    output.finish()
}

/// The statements of an input; of articles, those that are found in them.
fn read(path: &Path, args: &CompareArgs, common: &CommonArgs) -> Result<Vec<String>> {
    let mut texts = Vec::new();
    if articles::are_meant(path, &args.input) {
        for article in articles::read(&[path.to_owned()], &args.input, false, common.quiet)? {
            let statements = crate::attribution::extract(&article.text);
            let text = |statement| crate::attribution::statement_text(statement, &article.text).into_owned();
            texts.extend(statements.iter().map(text));
        }
    } else {
        let mut problems = Problems::new(args.input.on_error, common.quiet);
        input::for_each_statement(path, &args.input, &[], &mut problems, |statement, _| {
            texts.push(statement.text.to_owned());
            Ok(())
        })?;
    }
    match texts.is_empty() {
        true => Err(Error::from(ErrorKind::NoRows).in_file(path)),
        false => Ok(texts),
    }
}

fn degrees(count: usize) -> String {
    format!("{count} {} of freedom", if count == 1 { "degree" } else { "degrees" })
}

/// Words for the size of a difference, by the bounds of its scale.
fn size(x: f64, bounds: [f64; 3]) -> &'static str {
    let words = ["tiny", "small", "medium", "large"];
    words[bounds.iter().filter(|&&bound| x.abs() >= bound).count()]
}

fn render(drift: &Drift) -> String {
    let mut text = String::new();
    let (a, b) = drift.rows;
    let _ = writeln!(text, "A has {a} rows, B has {b}\n");
    labels(&mut text, &drift.labels);
    let confidence = &drift.confidence;
    let _ = writeln!(
        text,
        "confidence  median {:.3} and {:.3}; Kolmogorov–Smirnov distance {:.3}, {}; Cliff's delta {:+.3} ({})",
        confidence.medians.0,
        confidence.medians.1,
        confidence.distance,
        p_value(confidence.p_value),
        confidence.cliffs_delta,
        size(confidence.cliffs_delta, [0.147, 0.33, 0.474]),
    );
    let words = &drift.vocabulary;
    let _ = writeln!(
        text,
        "words       Jensen–Shannon divergence {:.3} bits, by chance {:.3}, {}",
        words.divergence,
        words.divergence_by_chance,
        p_value(words.p_value)
    );
    let _ = writeln!(
        text,
        "known       {:.1} % and {:.1} % of the words are known to the model, {}\n",
        100.0 * words.known_words.0,
        100.0 * words.known_words.1,
        p_value(words.known_words_p_value)
    );
    let (of_a, of_b): (Vec<_>, Vec<_>) = words.moved.iter().partition(|term| term.z_score > 0.0);
    let mut table = terminal::table(
        &["more in A", "A", "B", "z", "more in B", "A", "B", "z"],
        &[1, 2, 3, 5, 6, 7],
    );
    for row in 0..of_a.len().max(of_b.len()) {
        let cells = [&of_a, &of_b].map(|terms| match terms.get(row) {
            Some(term) => [
                terminal::one_line(&term.term),
                term.counts.0.to_string(),
                term.counts.1.to_string(),
                format!("{:+.1}", term.z_score),
            ],
            None => Default::default(),
        });
        table.add_row(cells.concat());
    }
    let _ = writeln!(text, "{table}");
    text
}

fn labels(text: &mut String, drift: &LabelDrift) {
    let share = |count: u64, all: u64| format!("{:.3}", count as f64 / all.max(1) as f64);
    let all = |side: fn(&(u64, u64)) -> u64| drift.counts.iter().map(side).sum::<u64>();
    let (all_a, all_b) = (all(|counts| counts.0), all(|counts| counts.1));
    let mut table = terminal::table(&["label", "A", "share", "B", "share"], &[1, 2, 3, 4]);
    for (label, &(a, b)) in drift.labels.iter().zip(&drift.counts) {
        table.add_row([
            terminal::coloured(label),
            a.to_string(),
            share(a, all_a),
            b.to_string(),
            share(b, all_b),
        ]);
    }
    let _ = writeln!(text, "{table}\n");
    let _ = writeln!(
        text,
        "labels      chi-squared {:.1} with {}, {}{}; Cramér's V {:.3}, with equal weights {:.3} ({})",
        drift.chi_squared,
        degrees(drift.degrees_of_freedom),
        p_value(drift.p_value),
        if drift.few_rows { " (rough: few rows)" } else { "" },
        drift.cramers_v,
        drift.balanced_cramers_v,
        size(drift.balanced_cramers_v, [0.1, 0.3, 0.5]),
    );
}

fn render_training(drift: &TrainingDrift) -> String {
    let mut text = String::new();
    let (a, b) = drift.rows;
    let _ = writeln!(
        text,
        "A has {a} rows, B are {b} rows of the model's training data, each held out once\n"
    );
    labels(&mut text, &drift.labels);
    let verdict = match drift.fit.is_misfit() {
        true => "they are of another kind than what the model was tested on",
        false => "nothing speaks against a mere change of the mix",
    };
    let _ = writeln!(
        text,
        "kind        chi-squared {:.1} with {}, {}, size {:.3}: {verdict}",
        drift.fit.chi_squared,
        degrees(drift.fit.degrees_of_freedom),
        p_value(drift.fit.p_value),
        drift.fit.size,
    );
    let _ = writeln!(
        text,
        "known       {:.1} % of the words are known to the model",
        100.0 * drift.known_words
    );
    text
}
