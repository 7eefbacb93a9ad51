//! The page of explanations.

use askama::Template;

use super::STYLE;
use super::article::{Probability, UNSURE};
use crate::model::Evidence;
use crate::report::model::Model;
use crate::report::stances::{self, Look, capitalised, percent};
use crate::report::text::{plain_line, shown};
use crate::report::{ExplainedStatement, ExplanationPage, policy};

const MORE_STYLE: &str = include_str!("../templates/explanations.css");
/// The most terms that are shown of a statement.
const TERMS: usize = 20;

pub(crate) fn render(page: &ExplanationPage) -> String {
    let looks = stances::looks(&page.card.labels);
    let labels: Vec<Label> = page.card.labels.iter().zip(&looks).map(Label::of).collect();
    let statements = page.statements.iter().enumerate();
    let style = format!("{STYLE}{MORE_STYLE}");
    Page {
        title: plain_line(&page.title),
        policy: policy::content_security_policy(&style, None),
        style,
        statements: statements.map(|(at, s)| Statement::of(s, at + 1, &labels)).collect(),
        labels,
        model: Model::of(&page.model_name, &page.card),
    }
    .render()
    .expect("a string takes everything")
}

#[derive(Template)]
#[template(path = "explanations.html", config = "src/report/templates/askama.toml")]
struct Page {
    title: String,
    policy: String,
    style: String,
    labels: Vec<Label>,
    statements: Vec<Statement>,
    model: Model,
}

struct Label {
    name: String,
    title: String,
    look: Look,
}

struct Statement {
    number: usize,
    label: String,
    look: Look,
    unsure: bool,
    probabilities: Vec<Probability>,
    runs: Vec<Run>,
    terms: Vec<Term>,
    change: String,
}

/// Text, and the classes of a word that pushes; empty for others.
struct Run {
    text: String,
    class: String,
}

/// A row of the table.
struct Term {
    words: String,
    /// Whether it is no term but a sum.
    is_sum: bool,
    contributions: Vec<String>,
}

impl Label {
    fn of((name, &look): (&String, &Look)) -> Self {
        let name = plain_line(name);
        Label {
            title: capitalised(&name),
            name,
            look,
        }
    }
}

impl Statement {
    fn of(explained: &ExplainedStatement, number: usize, labels: &[Label]) -> Self {
        let explanation = &explained.explanation;
        let prediction = &explanation.prediction;
        let label = &labels[explanation.top()];
        let probability = |(_, p): (&str, f64)| Probability {
            shown: percent(p),
            value: format!("{p:.6}"),
        };
        let run = |piece: crate::report::Piece<'_>| Run {
            text: shown(piece.text),
            class: piece.push.map_or_else(String::new, |(label, level)| {
                format!("{} s{level}", labels[label].look.class)
            }),
        };
        Statement {
            number,
            label: label.name.clone(),
            look: label.look,
            unsure: (prediction.confidence() * 100.0).round() < UNSURE * 100.0,
            probabilities: prediction.probabilities().map(probability).collect(),
            runs: explained.pieces().into_iter().map(run).collect(),
            terms: terms(explained),
            change: match explanation.evidence.is_empty() {
                true => "The model knows none of these words: the probabilities are those of any text.".to_owned(),
                false => plain_line(&explained.change()),
            },
        }
    }
}

/// The strongest terms, the rest as one, the intercept, and the sum.
fn terms(explained: &ExplainedStatement) -> Vec<Term> {
    let explanation = &explained.explanation;
    let row = |words: String, is_sum: bool, numbers: &[f64]| Term {
        words,
        is_sum,
        contributions: numbers.iter().map(|number| format!("{number:+.2}")).collect(),
    };
    let term = |evidence: &Evidence| {
        let words = plain_line(&evidence.as_written(&explained.text));
        row(words, false, &evidence.contributions)
    };
    let (first, rest) = explanation.evidence.split_at(TERMS.min(explanation.evidence.len()));
    let mut terms: Vec<Term> = first.iter().map(term).collect();
    if !rest.is_empty() {
        let sum = |label: usize| rest.iter().map(|evidence| evidence.contributions[label]).sum();
        let sums: Vec<f64> = (0..explanation.intercept.len()).map(sum).collect();
        terms.push(row(format!("{} weaker terms", rest.len()), true, &sums));
    }
    terms.push(row("Any text".to_owned(), true, &explanation.intercept));
    terms.push(row("Sum: the logits".to_owned(), true, &explanation.logits()));
    terms
}
