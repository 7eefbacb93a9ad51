//! What the templates show, and nothing that they would have to work out.

mod article;
mod charts;
mod model;
pub(super) mod prevalence;
mod text;

use askama::Template;

use super::stances::{self, Look, capitalised, percent};
use super::{Report, policy, timeline};
use article::{Article, Statement, UNSURE};
use charts::{Speaker, Timeline};
use model::Model;
pub(crate) use text::p_value;
use text::{counted, plain_line};

const STYLE: &str = include_str!("../templates/page.css");
const SCRIPT: &str = include_str!("../templates/page.js");

/// So many speakers are shown at once.
const SPEAKERS: usize = 8;
/// More articles than that are folded.
const UNFOLDED: usize = 3;
pub(super) fn render(report: &Report) -> String {
    Page::of(report).render().expect("a string takes everything")
}

#[derive(Template)]
#[template(path = "page.html", config = "src/report/templates/askama.toml")]
struct Page {
    title: String,
    policy: String,
    style: &'static str,
    script: &'static str,
    summary: String,
    labels: Vec<Label>,
    speakers: Vec<Speaker>,
    more_speakers: Vec<Speaker>,
    timeline: Option<Timeline>,
    articles: Vec<Article>,
    with_dates: bool,
    unsure: String,
    model: Model,
}

/// A label and how many statements have it.
struct Label {
    /// As the model calls it.
    name: String,
    title: String,
    look: Look,
    count: usize,
}

impl Page {
    fn of(report: &Report) -> Self {
        let looks = stances::looks(&report.card.labels);
        let labels = labels(report, &looks);
        let mut speakers = charts::speakers(report.speakers(), &looks);
        let summary = summary(report, speakers.len());
        let more_speakers = speakers.split_off(speakers.len().min(SPEAKERS));
        Page {
            title: plain_line(&report.title),
            policy: policy::content_security_policy(STYLE, Some(SCRIPT)),
            style: STYLE,
            script: SCRIPT,
            summary,
            speakers,
            more_speakers,
            timeline: timeline::of(report).map(|found| Timeline::of(found, &labels, &looks)),
            articles: articles(report, &looks),
            with_dates: report.articles.len() > 1 && report.articles.iter().any(|article| article.date.is_some()),
            unsure: percent(UNSURE),
            labels,
            model: Model::of(&report.model_name, &report.card),
        }
    }

    fn several(&self) -> bool {
        self.articles.len() > 1
    }
}

fn labels(report: &Report, looks: &[Look]) -> Vec<Label> {
    let count = |name: &str| report.statements().filter(|s| s.prediction().label() == name).count();
    let labels = report.card.labels.iter().zip(looks);
    labels
        .map(|(name, &look)| Label {
            name: plain_line(name),
            title: capitalised(&plain_line(name)),
            look,
            count: count(name),
        })
        .collect()
}

fn summary(report: &Report, speakers: usize) -> String {
    let statements = report.statements().count();
    let articles = report.articles.len();
    match statements {
        0 => format!("No attributed statement was found in {}.", counted(articles, "article")),
        _ => format!(
            "{} by {} in {}.",
            counted(statements, "attributed statement"),
            counted(speakers, "speaker"),
            counted(articles, "article")
        ),
    }
}

fn articles(report: &Report, looks: &[Look]) -> Vec<Article> {
    let mut number = 0;
    let open = report.articles.len() <= UNFOLDED;
    let articles = report.articles.iter().enumerate();
    articles
        .map(|(at, article)| {
            let statements: Vec<Statement> = article
                .statements
                .iter()
                .map(|statement| {
                    number += 1;
                    Statement::of(statement, &article.text, number, &report.card.labels, looks)
                })
                .collect();
            Article::of(article, at + 1, open, statements)
        })
        .collect()
}
