//! `demarche evaluate`: a model held against labelled statements.

use std::fmt::Write;

use serde_json::json;

use super::args::{CommonArgs, EvaluateArgs, ReportFormat};
use super::input;
use super::output::Output;
use super::terminal;
use crate::dataset::Columns;
use crate::error::Result;
use crate::evaluation::{self, Evaluation};

pub fn run(args: &EvaluateArgs, common: &CommonArgs) -> Result<()> {
    let classifier = super::load_model(args.model.as_deref())?;
    let columns = Columns {
        text: args.input.text_column.clone(),
        label: args.label_column.clone(),
        ..Columns::default()
    };
    let data = input::read_labelled(&args.data, &columns, &args.input, common.quiet)?;
    let evaluation = evaluation::evaluate(&classifier, &data).map_err(|error| match &args.data[..] {
        [path] => error.in_file(path).in_column(&args.label_column),
        _ => error.in_column(&args.label_column),
    })?;
    let mut output = Output::open(args.output.as_deref())?;
    match args.format {
        ReportFormat::Table => output.print(&render(&evaluation))?,
        ReportFormat::Json => output.write(format!("{:#}\n", to_json(&evaluation)).as_bytes())?,
    }
    output.finish()
}

/// Scores for people: the overall figures, one line for each label, the confusion matrix.
pub fn render(evaluation: &Evaluation) -> String {
    let matrix = &evaluation.confusion;
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{} rows   accuracy {:.3}   macro-F1 {:.3}   balanced accuracy {:.3}   Matthews {:.3}   log-loss {:.3}\n",
        matrix.total(),
        matrix.accuracy(),
        matrix.macro_f1(),
        matrix.balanced_accuracy(),
        matrix.matthews_correlation(),
        evaluation.log_loss,
    );
    let labels = matrix.labels();
    let mut header = vec!["label", "precision", "recall", "F1", "rows"];
    let predicted: Vec<String> = labels.iter().map(|label| format!("→ {label}")).collect();
    header.extend(predicted.iter().map(String::as_str));
    let numbers: Vec<usize> = (1..header.len()).collect();
    let mut table = terminal::table(&header, &numbers);
    for (position, label) in labels.iter().enumerate() {
        let score = matrix.label_score(position);
        let style = terminal::label_style(label);
        let mut row = vec![
            format!("{style}{label}{style:#}"),
            format!("{:.3}", score.precision),
            format!("{:.3}", score.recall),
            format!("{:.3}", score.f1),
            score.support.to_string(),
        ];
        row.extend(matrix.counts()[position].iter().map(u64::to_string));
        table.add_row(row);
    }
    let _ = writeln!(text, "{table}");
    text
}

/// The same for programs.
pub fn to_json(evaluation: &Evaluation) -> serde_json::Value {
    let matrix = &evaluation.confusion;
    json!({
        "rows": matrix.total(),
        "accuracy": matrix.accuracy(),
        "macro_f1": matrix.macro_f1(),
        "balanced_accuracy": matrix.balanced_accuracy(),
        "matthews_correlation": matrix.matthews_correlation(),
        "log_loss": evaluation.log_loss,
        "brier_score": evaluation.brier_score,
        "calibration_error": evaluation.expected_calibration_error(),
        "calibration_curve": evaluation.calibration_curve,
        "per_label": matrix.per_label(),
        "labels": matrix.labels(),
        "confusion": matrix.counts(),
    })
}
