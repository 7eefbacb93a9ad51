//! `demarche prevalence`: how frequent each stance is, corrected for the model's own errors.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::args::{CommonArgs, MethodName, PrevalenceArgs, PrevalenceFormat};
use super::articles;
use super::input::{self, Problems};
use super::model_name;
use super::output::{Output, OutputFormat};
use super::terminal;
use crate::dataset::{Column, Columns, Record};
use crate::error::{Error, ErrorKind, Result};
use crate::evaluation::predict_labelled;
use crate::evaluation::quantification::{
    LabelShare, Prevalence, QuantificationMethod, QuantificationOptions, Quantifier, Tallies, Target, confusion_card,
};
use crate::model::StanceClassifier;
use crate::report::{Date, PrevalenceGroup, PrevalenceReport, ReportedArticle, p_value};

/// What rows are told apart by: the value of a column, and a month.
type Key = (Option<String>, Option<Date>);

/// Rows that are labelled in one go.
const BATCH: usize = 4096;

pub fn run(args: &PrevalenceArgs, common: &CommonArgs) -> Result<()> {
    let classifier = super::load_model(args.model.as_deref())?;
    let (quantifier, labelled_rows) = quantifier(args, common, &classifier)?;
    let mut output = Output::open(args.output.as_deref())?;
    let mut tallies = Tallies::new(&quantifier);
    let standard_input = [PathBuf::from("-")];
    let inputs = match &args.inputs[..] {
        [] => &standard_input[..],
        inputs => inputs,
    };
    let mut problems = Problems::new(args.input.on_error, common.quiet);
    for path in inputs {
        match articles::are_meant(path, &args.input) {
            true => count_articles(path, args, common, &classifier, &mut tallies)?,
            false => count_records(path, args, &classifier, &mut tallies, &mut problems)?,
        }
    }
    let report = report(args, &classifier, &tallies, labelled_rows).map_err(|error| match inputs {
        [path] => error.in_file(path),
        _ => error,
    })?;
    if report.all.fit.is_misfit() {
        let note = format!(
            "these rows fit no mix of the labels as the model knows them ({}): they are of another kind than those that it was tested on, and shares and intervals may be wrong; label some hundred of them at random and give these with --labelled",
            p_value(report.all.fit.p_value)
        );
        terminal::print_note(common.quiet, &note);
    }
    match format(args) {
        PrevalenceFormat::Table => output.print(&table(&report))?,
        PrevalenceFormat::Csv => output.write(&delimited(&report, b',')?)?,
        PrevalenceFormat::Tsv => output.write(&delimited(&report, b'\t')?)?,
        PrevalenceFormat::Jsonl => {
            for line in lines(&report) {
                output.write(format!("{line}\n").as_bytes())?;
            }
        }
        PrevalenceFormat::Json => output.write(format!("{:#}\n", to_json(&report)).as_bytes())?,
        PrevalenceFormat::Html => output.write(report.to_html().as_bytes())?,
    }
    output.finish()
}

/// What is known of the model's errors, and the labelled rows that told it, if the user gave some.
fn quantifier(
    args: &PrevalenceArgs,
    common: &CommonArgs,
    classifier: &StanceClassifier,
) -> Result<(Quantifier, Option<usize>)> {
    if args.labelled.is_empty() {
        let known = Quantifier::new(classifier.labels(), classifier.card().confusion.as_ref());
        let quantifier = known.map_err(|error| match &args.model {
            Some(model) => error.in_file(model),
            None => error,
        })?;
        return Ok((quantifier, None));
    }
    let columns = Columns {
        text: args.input.text_column.clone(),
        label: args.label_column.clone(),
        ..Columns::default()
    };
    let at_labelled = |error: Error| match &args.labelled[..] {
        [path] => error.in_file(path).in_column(&args.label_column),
        _ => error,
    };
    let data = input::read_labelled(&args.labelled, &columns, &args.input, common.quiet)?;
    let rows = predict_labelled(classifier, &data).map_err(at_labelled)?;
    let outcomes = rows.iter().map(|(truth, prediction)| (*truth, prediction));
    let card = confusion_card(classifier.labels(), outcomes);
    let quantifier = Quantifier::new(classifier.labels(), Some(&card)).map_err(at_labelled)?;
    Ok((quantifier, Some(data.len())))
}

/// Labels the records of an input, a batch at a time.
fn count_records(
    path: &Path,
    args: &PrevalenceArgs,
    classifier: &StanceClassifier,
    tallies: &mut Tallies<'_, Key>,
    problems: &mut Problems,
) -> Result<()> {
    let (mut keys, mut texts): (Vec<Key>, Vec<String>) = (Vec::new(), Vec::new());
    let mut count = |keys: &mut Vec<Key>, texts: &mut Vec<String>| {
        let predictions = classifier.predict_batch(texts);
        keys.drain(..)
            .zip(&predictions)
            .for_each(|(key, p)| tallies.add(key, p));
        texts.clear();
    };
    let names: Vec<&str> = args.by.iter().chain(&args.by_month).map(String::as_str).collect();
    input::for_each_statement(path, &args.input, &names, problems, |statement, record, columns| {
        let (by, month) = columns.split_at(usize::from(args.by.is_some()));
        keys.push(key(record, by.first(), month.first())?);
        texts.push(statement.to_owned());
        if texts.len() == BATCH {
            count(&mut keys, &mut texts);
        }
        Ok(())
    })?;
    count(&mut keys, &mut texts);
    Ok(())
}

fn key(record: &Record, by: Option<&Column>, month: Option<&Column>) -> Result<Key> {
    let name = by.map(|column| record.get(column)).transpose()?;
    let month = month.map(|column| {
        let value = record.get(column)?;
        // A month alone is its first day.
        let date = Date::parse(&value).or_else(|| Date::parse(&format!("{}-01", value.trim())));
        let date = date.ok_or_else(|| ErrorKind::WrongValue {
            wanted: "a date such as 2024-03-05",
            found: format!("`{}`", terminal::one_line(&value)),
        });
        date.map(Date::month_start)
            .map_err(|kind| Error::from(kind).in_column(column.name()))
    });
    Ok((name.map(|name| name.trim().to_owned()), month.transpose()?))
}

/// Finds the statements of articles and labels them; they have a speaker, an id and a date.
fn count_articles(
    path: &Path,
    args: &PrevalenceArgs,
    common: &CommonArgs,
    classifier: &StanceClassifier,
    tallies: &mut Tallies<'_, Key>,
) -> Result<()> {
    let unknown = |name: &str, found: &[&str]| {
        Error::from(ErrorKind::MissingColumn {
            wanted: name.to_owned(),
            found: found.iter().map(|name| (*name).to_owned()).collect(),
            nearest: None,
        })
        .in_file(path)
    };
    if let Some(name) = args.by.as_deref().filter(|name| !["speaker", "id"].contains(name)) {
        return Err(unknown(name, &["speaker", "id"]));
    }
    if let Some(name) = args.by_month.as_deref().filter(|name| *name != "date") {
        return Err(unknown(name, &["date"]));
    }
    let mut undated = 0;
    for article in articles::read(&[path.to_owned()], &args.input, false, common.quiet)? {
        let name = article.name();
        let labelled = ReportedArticle::label(classifier, &name, article.text);
        let date = article.date.as_deref().and_then(Date::parse).or(labelled.date);
        if args.by_month.is_some() && date.is_none() {
            undated += 1;
            continue;
        }
        for statement in &labelled.statements {
            let by = args.by.as_deref().map(|by| match by {
                "id" => name.clone(),
                _ => statement.speaker().unwrap_or_default().to_owned(),
            });
            let month = args.by_month.as_ref().and(date).map(Date::month_start);
            tallies.add((by, month), statement.prediction());
        }
    }
    if undated > 0 {
        let articles = if undated == 1 { "article" } else { "articles" };
        terminal::print_note(common.quiet, &format!("{undated} {articles} without a date left out"));
    }
    Ok(())
}

fn report(
    args: &PrevalenceArgs,
    classifier: &StanceClassifier,
    tallies: &Tallies<'_, Key>,
    labelled_rows: Option<usize>,
) -> Result<PrevalenceReport> {
    let options = QuantificationOptions {
        method: match args.method {
            MethodName::Posterior => QuantificationMethod::Posterior,
            MethodName::Likelihood => QuantificationMethod::Likelihood,
            MethodName::Adjusted => QuantificationMethod::Adjusted,
        },
        target: match args.sample {
            true => Target::Population,
            false => Target::Rows,
        },
        level: args.level,
        seed: args.seed,
        ..QuantificationOptions::default()
    };
    let all = tallies.estimate_all(&options)?;
    let mut groups = Vec::new();
    if args.by.is_some() || args.by_month.is_some() {
        for ((name, month), prevalence) in tallies.estimate(&options)? {
            groups.push(PrevalenceGroup {
                name: name.clone(),
                month: *month,
                prevalence,
            });
        }
    }
    let title = args.title.clone().unwrap_or_else(|| match &args.inputs[..] {
        [path] if path != Path::new("-") => path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned(),
        _ => "Shares of stances".to_owned(),
    });
    Ok(PrevalenceReport {
        title,
        model_name: model_name(args.model.as_deref()),
        card: classifier.card().clone(),
        options,
        labelled_rows,
        by: args.by.clone(),
        by_month: args.by_month.clone(),
        all,
        groups,
    })
}

fn format(args: &PrevalenceArgs) -> PrevalenceFormat {
    let is_page = |path: &Path| {
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        ["html", "htm"].contains(&extension.to_ascii_lowercase().as_str())
    };
    match (args.format, args.output.as_deref()) {
        (Some(format), _) => format,
        (None, Some(path)) if is_page(path) => PrevalenceFormat::Html,
        (None, path) => match OutputFormat::choose(None, path) {
            OutputFormat::Csv => PrevalenceFormat::Csv,
            OutputFormat::Tsv => PrevalenceFormat::Tsv,
            OutputFormat::Jsonl => PrevalenceFormat::Jsonl,
            OutputFormat::Json => PrevalenceFormat::Json,
            OutputFormat::Table => PrevalenceFormat::Table,
        },
    }
}

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

fn delimited(report: &PrevalenceReport, delimiter: u8) -> Result<Vec<u8>> {
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
    let rounded = |x: f64| json!((x * 1e6).round() / 1e6);
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

fn lines(report: &PrevalenceReport) -> Vec<Value> {
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

fn to_json(report: &PrevalenceReport) -> Value {
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

fn table(report: &PrevalenceReport) -> String {
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
            let style = terminal::label_style(&share.label);
            row.push(format!("{style}{}{style:#}", terminal::one_line(&share.label)));
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
