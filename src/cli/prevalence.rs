//! `demarche prevalence`: how frequent each stance is, corrected for the model's own errors.

use std::path::{Path, PathBuf};

use super::args::{CommonArgs, MethodName, PrevalenceArgs, PrevalenceFormat};
use super::articles;
use super::input::{self, Problems};
use super::model_name;
use super::output::{Output, OutputFormat};
use super::shares;
use super::terminal;
use crate::dataset::{Column, Columns, Record};
use crate::error::{Error, ErrorKind, Result};
use crate::evaluation::quantification::{
    QuantificationMethod, QuantificationOptions, Quantifier, Tallies, Target, confusion_card,
};
use crate::evaluation::{p_value, predict_labelled};
use crate::model::StanceClassifier;
use crate::report::{Date, PrevalenceGroup, PrevalenceReport, ReportedArticle};

/// What rows are told apart by: the value of a column, and a month.
type Key = (Option<String>, Option<Date>);

/// Rows that are labelled in one go.
const BATCH: usize = 4096;

pub fn run(args: &PrevalenceArgs, common: &CommonArgs) -> Result<()> {
    let options = options(args);
    options.check()?;
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
    let report = report(args, options, &classifier, &tallies, labelled_rows).map_err(|error| match inputs {
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
        PrevalenceFormat::Table => output.print(&shares::table(&report))?,
        PrevalenceFormat::Csv => output.write(&shares::delimited(&report, b',')?)?,
        PrevalenceFormat::Tsv => output.write(&shares::delimited(&report, b'\t')?)?,
        PrevalenceFormat::Jsonl => {
            for line in shares::lines(&report) {
                output.write(format!("{line}\n").as_bytes())?;
            }
        }
        PrevalenceFormat::Json => output.write(format!("{:#}\n", shares::to_json(&report)).as_bytes())?,
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
    input::for_each_statement(path, &args.input, &names, problems, |statement, columns| {
        let (by, month) = columns.split_at(usize::from(args.by.is_some()));
        keys.push(key(statement.record, by.first(), month.first())?);
        texts.push(statement.text.to_owned());
        if texts.len() == BATCH {
            count(&mut keys, &mut texts);
        }
        Ok(())
    })?;
    count(&mut keys, &mut texts);
    Ok(())
}

fn key(record: &Record<'_>, by: Option<&Column>, month: Option<&Column>) -> Result<Key> {
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

fn options(args: &PrevalenceArgs) -> QuantificationOptions {
    QuantificationOptions {
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
    }
}

fn report(
    args: &PrevalenceArgs,
    options: QuantificationOptions,
    classifier: &StanceClassifier,
    tallies: &Tallies<'_, Key>,
    labelled_rows: Option<usize>,
) -> Result<PrevalenceReport> {
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
