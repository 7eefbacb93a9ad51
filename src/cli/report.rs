//! `demarche report`: articles in, one page of HTML out, or the same as tables.

use std::io::IsTerminal;

use rayon::prelude::*;

use super::args::{CommonArgs, ReportArgs};
use super::articles::{self, Article};
use super::output::Output;
use super::terminal;
use crate::error::Result;
use crate::model::StanceClassifier;
use crate::report::{Date, Report, ReportedArticle};

/// A page that a browser may take long to show.
const LARGE: usize = 20 << 20;

pub fn run(args: &ReportArgs, common: &CommonArgs) -> Result<()> {
    let classifier = super::load_model(args.model.as_deref())?;
    // Before the work: a place that cannot be written to is known at once.
    let mut output = Output::open(args.output.as_deref())?;
    let read = articles::read(&args.articles, &args.input, args.html, common.quiet)?;
    let articles = label(read, &classifier, args.min_confidence);
    let title = args.title.clone().unwrap_or_else(|| title_of(&articles));
    let report = Report::new(title, super::model_name(args.model.as_deref()), &classifier, articles);
    if args.output.is_none() && std::io::stdout().is_terminal() {
        output.print(&tables(&report))?;
    } else {
        let page = report.to_html();
        if page.len() > LARGE {
            let megabytes = page.len() >> 20;
            let note = format!(
                "the page has {megabytes} MB, which browsers are slow to show; fewer articles make a smaller one"
            );
            terminal::print_note(common.quiet, &note);
        }
        output.write(page.as_bytes())?;
    }
    output.finish()
}

fn label(read: Vec<Article>, classifier: &StanceClassifier, min_confidence: f64) -> Vec<ReportedArticle> {
    let label = |article: Article| {
        let mut labelled = ReportedArticle::label(classifier, article.name(), article.text);
        labelled.title = article.title;
        labelled.date = article.date.as_deref().and_then(Date::parse).or(labelled.date);
        labelled
            .statements
            .retain(|statement| statement.attributed.confidence >= min_confidence);
        labelled
    };
    read.into_par_iter().map(label).collect()
}

/// What the page is called unless the user says.
fn title_of(articles: &[ReportedArticle]) -> String {
    match articles {
        [article] => article.headline().unwrap_or_else(|| article.name.clone()),
        _ => format!("Statements in {} articles", articles.len()),
    }
}

/// The report for a terminal: every statement, then every speaker.
fn tables(report: &Report) -> String {
    if report.statements().next().is_none() {
        return "No attributed statement was found.\n".to_owned();
    }
    let mut text = String::new();
    for article in report.articles.iter().filter(|article| !article.statements.is_empty()) {
        if report.articles.len() > 1 {
            let heading = article.headline().unwrap_or_else(|| article.name.clone());
            text.push_str(&format!("{}\n", terminal::one_line(&heading)));
        }
        text.push_str(&statements_table(article));
        text.push('\n');
    }
    text + &speakers_table(report)
}

fn statements_table(article: &ReportedArticle) -> String {
    let mut table = terminal::table(&["speaker", "stance", "sure", "statement"], &[2]);
    for statement in &article.statements {
        let prediction = statement.prediction();
        table.add_row([
            terminal::one_line(statement.speaker().unwrap_or_default()),
            terminal::coloured(prediction.label()),
            format!("{:.2}", prediction.confidence()),
            terminal::one_line(&statement.attributed.text),
        ]);
    }
    format!("{table}\n")
}

fn speakers_table(report: &Report) -> String {
    let titles: Vec<String> = report
        .card
        .labels
        .iter()
        .map(|label| terminal::coloured(label))
        .collect();
    let mut header = vec!["speaker", "statements"];
    header.extend(titles.iter().map(String::as_str));
    let numbers: Vec<usize> = (1..header.len()).collect();
    let mut table = terminal::table(&header, &numbers);
    for counts in report.speakers() {
        let name = counts.speaker.as_deref().unwrap_or("(no speaker named)");
        let mut row = vec![terminal::one_line(name), counts.total().to_string()];
        row.extend(counts.counts.iter().map(|count| match count {
            0 => "–".to_owned(),
            count => count.to_string(),
        }));
        table.add_row(row);
    }
    format!("{table}\n")
}
