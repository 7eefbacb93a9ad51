//! `demarche evaluate`: a model held against labelled statements.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::args::{CommonArgs, EvaluateArgs, ScoresFormat};
use super::output::Output;
use super::{assessment, input, terminal};
use crate::dataset::{Columns, LabelledStatementsBuilder};
use crate::error::{Error, Result};
use crate::evaluation::{Assessment, AssessmentOptions, Bootstrap, ConfusionMatrix, Evaluation};
use crate::model::StanceClassifier;
use crate::report::ScoreReport;

pub fn run(args: &EvaluateArgs, common: &CommonArgs) -> Result<()> {
    let classifier = super::load_model(args.model.as_deref())?;
    let versus = args.versus.as_deref().map(StanceClassifier::load).transpose()?;
    // Before the work: a place that cannot be written to is known at once.
    let mut output = Output::open(args.output.as_deref())?;
    let columns = Columns {
        text: args.input.text_column.clone(),
        label: args.label_column.clone(),
        kept: args.by.clone(),
        ..Columns::default()
    };
    let builder = LabelledStatementsBuilder::known_labels(classifier.labels());
    let data = input::build_labelled(builder, &args.data, &columns, &args.input, common.quiet, false)?;
    let options = AssessmentOptions {
        bootstrap: Bootstrap {
            resamples: args.resamples,
            seed: args.seed,
            ..Bootstrap::default()
        },
        by: args.by.clone(),
        precision: args.precision,
        versus: versus.as_ref(),
    };
    // The labels are known to the first model: what can be wrong is the second.
    let at_versus = |error: Error| match &args.versus {
        Some(path) => error.in_file(path),
        None => error,
    };
    let assessment = Assessment::new(&classifier, &data, &options).map_err(at_versus)?;
    let model_name = super::model_name(args.model.as_deref());
    let versus_name = args.versus.as_deref().map(|path| super::model_name(Some(path)));
    match format(args) {
        ScoresFormat::Table => {
            let versus = versus_name.unwrap_or_default();
            output.print(&assessment::render(&assessment, &model_name, &versus))?;
        }
        ScoresFormat::Json => output.write(format!("{:#}\n", assessment::to_json(&assessment)).as_bytes())?,
        ScoresFormat::Html => {
            let report = ScoreReport {
                data_name: data_name(&args.data),
                model_name,
                versus_name,
                card: classifier.card().clone(),
                assessment,
            };
            output.write(report.to_html().as_bytes())?;
        }
    }
    output.finish()
}

/// What the user asked for, else what the output's extension says.
fn format(args: &EvaluateArgs) -> ScoresFormat {
    let extension = args.output.as_deref().and_then(Path::extension);
    let by_extension = extension.and_then(|e| match e.to_str()?.to_ascii_lowercase().as_str() {
        "json" => Some(ScoresFormat::Json),
        "html" | "htm" => Some(ScoresFormat::Html),
        _ => None,
    });
    args.format.or(by_extension).unwrap_or(ScoresFormat::Table)
}

fn data_name(paths: &[PathBuf]) -> String {
    match paths {
        [path] if path == Path::new("-") => "standard input".to_owned(),
        [path] => super::file_name(path),
        _ => format!("{} files", paths.len()),
    }
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
        let mut row = vec![
            terminal::coloured(label),
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
pub fn to_json(evaluation: &Evaluation) -> Value {
    let mut scores = matrix_to_json(&evaluation.confusion);
    scores["log_loss"] = json!(evaluation.log_loss);
    scores["brier_score"] = json!(evaluation.brier_score);
    scores["calibration_error"] = json!(evaluation.expected_calibration_error());
    scores["calibration_curve"] = json!(evaluation.calibration_curve);
    scores
}

/// What a confusion matrix alone tells.
pub fn matrix_to_json(matrix: &ConfusionMatrix) -> Value {
    json!({
        "rows": matrix.total(),
        "accuracy": matrix.accuracy(),
        "macro_f1": matrix.macro_f1(),
        "balanced_accuracy": matrix.balanced_accuracy(),
        "matthews_correlation": matrix.matthews_correlation(),
        "cohen_kappa": matrix.cohen_kappa(),
        "per_label": matrix.per_label(),
        "labels": matrix.labels(),
        "confusion": matrix.counts(),
    })
}
