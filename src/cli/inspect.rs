//! `demarche inspect`: what a model says of itself.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::args::{InspectArgs, ReportFormat};
use super::output::Output;
use super::terminal;
use crate::error::Result;
use crate::model::{Calibration, Model, TermWeight};
use crate::text::Language;

pub fn run(args: &InspectArgs) -> Result<()> {
    let classifier = super::load_model(args.model.as_deref())?;
    let model = classifier.model();
    let terms: Vec<(&str, Vec<TermWeight>)> = model
        .labels()
        .iter()
        .enumerate()
        .map(|(position, label)| (label.as_str(), model.strongest_terms(position, args.terms)))
        .collect();
    let mut output = Output::open(args.output.as_deref())?;
    match args.format {
        ReportFormat::Table => output.print(&render(model, &terms))?,
        ReportFormat::Json => {
            let terms: Map<String, Value> = terms
                .iter()
                .map(|(label, terms)| {
                    let list = terms.iter().map(|t| json!({"term": t.term, "weight": t.weight}));
                    ((*label).to_owned(), list.collect())
                })
                .collect();
            let report = json!({"card": model.card(), "strongest_terms": terms});
            output.write(format!("{report:#}\n").as_bytes())?;
        }
    }
    output.finish()
}

fn render(model: &Model, terms: &[(&str, Vec<TermWeight>)]) -> String {
    let card = model.card();
    let mut text = String::new();
    // A card may come from anybody.
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, "{name:<17} {}", terminal::one_line(&value));
    };
    line("labels", card.labels.join(", "));
    let rows = card
        .training
        .rows_per_label
        .iter()
        .map(|(label, rows)| format!("{rows} {label}"));
    line(
        "trained on",
        format!("{} rows ({})", card.training.rows, rows.collect::<Vec<_>>().join(", ")),
    );
    line("data fingerprint", card.training.fingerprint.chars().take(16).collect());
    let (shortest, longest) = card.vectorizer.ngram_range;
    let language = match card.analyzer.language {
        Language::None => "words as they are".to_owned(),
        language => format!("{language} stems"),
    };
    let analyzer = &card.analyzer;
    let left_out = [
        (analyzer.skip_names, "names"),
        (analyzer.skip_numbers, "numbers"),
        (analyzer.stop_words, "stop words"),
    ];
    let left_out: Vec<&str> = left_out.iter().filter(|(is, _)| *is).map(|(_, what)| *what).collect();
    let left_out = match left_out.is_empty() {
        true => String::new(),
        false => format!(", without {}", left_out.join(", ")),
    };
    line(
        "terms",
        format!(
            "{} of {shortest} to {longest} words, {language}{left_out}",
            card.features
        ),
    );
    let classifier = &card.classifier;
    let proof = classifier
        .relative_gap
        .map_or("".to_owned(), |gap| format!(", within {gap:.0e} of the optimum"));
    line(
        "classifier",
        format!(
            "multinomial logistic regression, C = {}, {} labels{proof}",
            classifier.c, classifier.label_weight
        ),
    );
    let calibration = match &card.calibration {
        Calibration::None => "none: probabilities are what the regression says".to_owned(),
        Calibration::Temperature { temperature } => format!("temperature {temperature}"),
        Calibration::Vector { .. } => "a scale and a shift for each label".to_owned(),
    };
    line("calibration", calibration);
    if let Some(thresholds) = &card.conformal
        && let Ok(least) = thresholds.least_probability(0.9)
    {
        line(
            "sets of 90 %",
            format!("the labels with a probability of at least {least:.3}"),
        );
    }
    if let Some(share) = card.least_known_share {
        line(
            "domain",
            format!("texts of which at least {:.0} % of the words are known", 100.0 * share),
        );
    }
    line("made by", format!("demarche {}", card.demarche));
    if let Some(scores) = &card.cross_validation {
        let grouped = scores
            .grouped_by
            .as_ref()
            .map_or(String::new(), |column| format!(", grouped by {column}"));
        let f1 = scores
            .per_label
            .iter()
            .map(|(label, score)| format!("{label} {:.3}", score.f1));
        line(
            "cross-validated",
            format!(
                "macro-F1 {:.3}, accuracy {:.3} ({} folds{grouped})",
                scores.macro_f1, scores.accuracy, scores.folds
            ),
        );
        line("F1 of each label", f1.collect::<Vec<_>>().join(", "));
        if let Some(probabilities) = &scores.probabilities {
            line(
                "probabilities",
                format!(
                    "calibration error {:.3}, log-loss {:.3}, Brier score {:.3}",
                    probabilities.calibration_error, probabilities.log_loss, probabilities.brier_score
                ),
            );
        }
    }
    text.push('\n');

    let titles: Vec<String> = terms.iter().map(|(label, _)| terminal::coloured(label)).collect();
    let header: Vec<&str> = titles.iter().flat_map(|title| [title.as_str(), ""]).collect();
    let numbers: Vec<usize> = (0..terms.len()).map(|i| 2 * i + 1).collect();
    let mut table = terminal::table(&header, &numbers);
    for row in 0..terms.iter().map(|(_, terms)| terms.len()).max().unwrap_or(0) {
        table.add_row(terms.iter().flat_map(|(_, terms)| match terms.get(row) {
            Some(term) => [terminal::one_line(&term.term), format!("{:+.2}", term.weight)],
            None => [String::new(), String::new()],
        }));
    }
    let _ = writeln!(text, "{table}");
    text
}
