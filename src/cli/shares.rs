//! Shares, written down: table, CSV, JSON.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::answers::rounded;
use super::terminal;
use crate::error::Result;
use crate::evaluation::quantification::{LabelShare, Prevalence};
use crate::report::{PrevalenceGroup, PrevalenceReport};

/// What is written down: the groups, or all rows where nothing cuts them.
fn parts(report: &PrevalenceReport) -> Vec<(Option<&PrevalenceGroup>, &Prevalence)> {
    match &report.groups[..] {
        [] => vec![(None, &report.all)],
        groups => groups.iter().map(|group| (Some(group), &group.prevalence)).collect(),
    }
}

/// The columns that name a group.
fn group_columns(report: &PrevalenceReport) -> Vec<&str> {
    let month = report.by_month.as_ref().map(|_| "month");
    report.by.as_deref().into_iter().chain(month).collect()
}

fn group_values(group: Option<&PrevalenceGroup>) -> Vec<String> {
    let name = group.and_then(|group| group.name.clone());
    name.into_iter()
        .chain(group.and_then(PrevalenceGroup::month_iso))
        .collect()
}

fn figure(x: f64) -> String {
    format!("{x:.6}")
}

/// A row for each label of each group.
pub fn delimited(report: &PrevalenceReport, delimiter: u8) -> Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
    let mut header = group_columns(report);
    header.extend(["label", "rows", "counted", "counted_share", "share", "low", "high"]);
    let io = |error: csv::Error| std::io::Error::other(error.to_string());
    writer.write_record(header).map_err(io)?;
    for (group, prevalence) in parts(report) {
        for share in &prevalence.shares {
            let mut row = group_values(group);
            row.extend([
                share.label.clone(),
                prevalence.rows.to_string(),
                share.counted.to_string(),
                figure(share.counted_share),
                figure(share.share),
                figure(share.low),
                figure(share.high),
            ]);
            writer.write_record(row).map_err(io)?;
        }
    }
    writer
        .into_inner()
        .map_err(|error| std::io::Error::other(error.to_string()).into())
}

/// The shares of one group, rounded as in CSV.
fn share_json(share: &LabelShare) -> Map<String, Value> {
    Map::from_iter([
        ("label".to_owned(), json!(share.label)),
        ("counted".to_owned(), json!(share.counted)),
        ("counted_share".to_owned(), rounded(share.counted_share)),
        ("share".to_owned(), rounded(share.share)),
        ("low".to_owned(), rounded(share.low)),
        ("high".to_owned(), rounded(share.high)),
    ])
}

fn group_json(report: &PrevalenceReport, group: Option<&PrevalenceGroup>) -> Map<String, Value> {
    let columns = group_columns(report).into_iter().map(str::to_owned);
    columns.zip(group_values(group).into_iter().map(Value::from)).collect()
}

/// An object for each label of each group.
pub fn lines(report: &PrevalenceReport) -> Vec<Value> {
    let mut lines = Vec::new();
    for (group, prevalence) in parts(report) {
        for share in &prevalence.shares {
            let mut line = group_json(report, group);
            line.insert("rows".to_owned(), json!(prevalence.rows));
            line.extend(share_json(share));
            lines.push(Value::Object(line));
        }
    }
    lines
}

/// Everything in one object.
pub fn to_json(report: &PrevalenceReport) -> Value {
    let prevalence = |prevalence: &Prevalence| {
        let shares: Vec<_> = prevalence.shares.iter().map(share_json).collect();
        json!({"rows": prevalence.rows, "shares": shares, "fit": prevalence.fit})
    };
    let group = |group: &PrevalenceGroup| {
        let mut object = group_json(report, Some(group));
        if let Value::Object(figures) = prevalence(&group.prevalence) {
            object.extend(figures);
        }
        object
    };
    json!({
        "method": report.options.method,
        "target": report.options.target,
        "level": report.options.level,
        "labelled_rows": report.labelled_rows,
        "all": prevalence(&report.all),
        "groups": report.groups.iter().map(group).collect::<Vec<_>>(),
    })
}

/// For people: the groups, then all rows.
pub fn table(report: &PrevalenceReport) -> String {
    let mut header = group_columns(report);
    let first = header.len();
    let level = format!("{} % interval", (report.options.level * 1000.0).round() / 10.0);
    header.extend(["label", "counted", "of all", "corrected", &level]);
    let numbers: Vec<usize> = (first + 1..first + 5).collect();
    let mut table = terminal::table(&header, &numbers);
    let mut add = |mut names: Vec<String>, prevalence: &Prevalence| {
        names.resize(first, String::new());
        for share in &prevalence.shares {
            let mut row: Vec<String> = names.iter().map(|name| terminal::one_line(name)).collect();
            row.push(terminal::coloured(&share.label));
            row.push(share.counted.to_string());
            row.push(format!("{:.3}", share.counted_share));
            row.push(format!("{:.3}", share.share));
            row.push(format!("{:.3} to {:.3}", share.low, share.high));
            table.add_row(row);
            // A name stands once.
            names.iter_mut().for_each(String::clear);
        }
    };
    for group in &report.groups {
        add(group_values(Some(group)), &group.prevalence);
    }
    let all = if first > 0 { vec!["all".to_owned()] } else { Vec::new() };
    add(all, &report.all);
    let mut text = String::new();
    let _ = writeln!(text, "{} rows\n\n{table}\n", report.all.rows);
    text.push_str(
        "Corrected as if statements of a label looked like those that the model was tested on, in another mix.\n",
    );
    text
}
