//! What `demarche evaluate` found, for people and for programs.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::{evaluate, terminal};
use crate::evaluation::{Assessment, Comparison, GroupScores, Interval, ScoreIntervals, area_under_risk_coverage};

/// The most groups of a column that a table has; JSON has all of them.
const GROUPS: usize = 30;

/// The assessment for people.
pub fn render(assessment: &Assessment, model: &str, versus: &str) -> String {
    let mut parts = vec![
        evaluate::render(&assessment.evaluation),
        intervals_table(assessment),
        format!(
            "{}\n\n{}\n",
            assessment.calibration_in_words(),
            calibration_table(assessment)
        ),
        format!("If only the surest rows are kept:\n\n{}\n", coverage_table(assessment)),
    ];
    parts.extend(assessment.threshold_in_words().map(|words| words + "\n"));
    let groups = assessment.groups.iter();
    parts.extend(groups.map(|(column, groups)| groups_table(column, groups)));
    if let Some(comparison) = &assessment.comparison {
        parts.push(render_comparison(comparison, model, versus));
    }
    parts.join("\n")
}

fn intervals_table(assessment: &Assessment) -> String {
    let matrix = &assessment.evaluation.confusion;
    let title = format!("{} % intervals", 100.0 * assessment.bootstrap.level);
    let mut table = terminal::table(&[&title, "score", "from", "to"], &[1, 2, 3]);
    let mut row = |name: String, score: f64, interval: Option<Interval>| {
        let end = |end: fn(Interval) -> f64| interval.map_or("–".to_owned(), |i| format!("{:.3}", end(i)));
        table.add_row([name, format!("{score:.3}"), end(|i| i.low), end(|i| i.high)]);
    };
    for (name, score, interval) in matrix.named_scores(&assessment.intervals) {
        row(name.to_owned(), score, interval);
    }
    let labels = matrix.labels().iter().zip(&assessment.intervals.per_label);
    for (position, (label, intervals)) in labels.enumerate() {
        let score = matrix.label_score(position);
        let label = terminal::one_line(label);
        row(format!("precision of {label}"), score.precision, intervals.precision);
        row(format!("recall of {label}"), score.recall, intervals.recall);
        row(format!("F1 of {label}"), score.f1, intervals.f1);
    }
    format!("{table}\n")
}

fn calibration_table(assessment: &Assessment) -> String {
    let mut table = terminal::table(&["confidence", "right", "rows"], &[0, 1, 2]);
    for bin in &assessment.evaluation.calibration_curve {
        table.add_row([
            format!("{:.3}", bin.confidence),
            format!("{:.3}", bin.accuracy),
            bin.rows.to_string(),
        ]);
    }
    table.to_string()
}

fn coverage_table(assessment: &Assessment) -> String {
    let header = ["kept", "rows", "confidence from", "right", "from", "to"];
    let mut table = terminal::table(&header, &[0, 1, 2, 3, 4, 5]);
    for point in assessment.coverage_table() {
        let interval = point.interval;
        table.add_row([
            format!("{:.1} %", 100.0 * point.coverage),
            point.rows.to_string(),
            point.shown_threshold(),
            format!("{:.3}", point.precision),
            format!("{:.3}", interval.low),
            format!("{:.3}", interval.high),
        ]);
    }
    table.to_string()
}

fn groups_table(column: &str, groups: &[GroupScores]) -> String {
    let header = [
        &terminal::one_line(column),
        "rows",
        "macro-F1",
        "from – to",
        "accuracy",
        "from – to",
    ];
    let mut table = terminal::table(&header, &[1, 2, 3, 4, 5]);
    let ends =
        |interval: Option<Interval>| interval.map_or("–".to_owned(), |i| format!("{:.3} – {:.3}", i.low, i.high));
    for group in groups.iter().take(GROUPS) {
        table.add_row([
            match group.group.as_str() {
                "" => "(empty)".to_owned(),
                name => terminal::one_line(name),
            },
            group.confusion.total().to_string(),
            format!("{:.3}", group.confusion.macro_f1()),
            ends(group.intervals.macro_f1),
            format!("{:.3}", group.confusion.accuracy()),
            ends(group.intervals.accuracy),
        ]);
    }
    let more = match groups.len().saturating_sub(GROUPS) {
        0 => String::new(),
        more => format!("and {more} more: --format json has all\n"),
    };
    format!("{table}\n{more}")
}

fn render_comparison(comparison: &Comparison, first: &str, second: &str) -> String {
    let (first, second) = (terminal::one_line(first), terminal::one_line(second));
    let mut table = terminal::table(&["", &first, &second, "difference", "from", "to"], &[1, 2, 3, 4, 5]);
    let scores = [
        (
            "accuracy",
            comparison.first.accuracy(),
            comparison.second.accuracy(),
            comparison.accuracy,
        ),
        (
            "macro-F1",
            comparison.first.macro_f1(),
            comparison.second.macro_f1(),
            comparison.macro_f1,
        ),
    ];
    for (name, of_first, of_second, difference) in scores {
        let end = |end: fn(Interval) -> f64| {
            difference
                .interval
                .map_or("–".to_owned(), |i| format!("{:+.3}", end(i)))
        };
        table.add_row([
            name.to_owned(),
            format!("{of_first:.3}"),
            format!("{of_second:.3}"),
            format!("{:+.3}", difference.value),
            end(|i| i.low),
            end(|i| i.high),
        ]);
    }
    let mut text = String::new();
    let _ = writeln!(text, "{table}\n\n{}", comparison.verdict(&first, &second));
    text
}

/// The assessment for programs.
pub fn to_json(assessment: &Assessment) -> Value {
    let mut json = evaluate::to_json(&assessment.evaluation);
    let labels = assessment.evaluation.confusion.labels();
    json["level"] = json!(assessment.bootstrap.level);
    json["resamples"] = json!(assessment.bootstrap.resamples);
    json["intervals"] = intervals_to_json(labels, &assessment.intervals);
    json["risk_coverage"] = json!({
        "area": area_under_risk_coverage(&assessment.risk_coverage),
        "points": assessment.coverage_table(),
    });
    if let Some((precision, point)) = &assessment.threshold {
        json["threshold"] = json!({"wanted_precision": precision, "reached": point});
    }
    let group = |group: &GroupScores| {
        let mut json = json!({"group": group.group});
        if let (Some(into), Value::Object(scores)) = (json.as_object_mut(), evaluate::matrix_to_json(&group.confusion))
        {
            into.extend(scores);
        }
        json["intervals"] = intervals_to_json(labels, &group.intervals);
        json
    };
    if !assessment.groups.is_empty() {
        let columns = assessment.groups.iter();
        let columns = columns.map(|(column, groups)| (column.clone(), groups.iter().map(group).collect()));
        json["by"] = Value::Object(columns.collect());
    }
    if let Some(comparison) = &assessment.comparison {
        json["versus"] = json!({
            "first": evaluate::matrix_to_json(&comparison.first),
            "second": evaluate::matrix_to_json(&comparison.second),
            "both_right": comparison.both_right,
            "only_first_right": comparison.only_first,
            "only_second_right": comparison.only_second,
            "both_wrong": comparison.both_wrong,
            "mcnemar": comparison.mcnemar,
            "accuracy_difference": comparison.accuracy,
            "macro_f1_difference": comparison.macro_f1,
        });
    }
    json
}

/// With the labels' names.
fn intervals_to_json(labels: &[String], intervals: &ScoreIntervals) -> Value {
    let mut json = json!(intervals);
    let per_label = labels
        .iter()
        .cloned()
        .zip(intervals.per_label.iter().map(|label| json!(label)));
    json["per_label"] = Value::Object(per_label.collect::<Map<_, _>>());
    json
}
