//! An article, its statements and their details.

use crate::attribution::{blocks::Role, statement_text};
use crate::model::Evidence;
use crate::report::layout::{self, LaidBlock, Piece};
use crate::report::stances::{Look, percent};
use crate::report::text::{plain_line, shown, speaker_name};
use crate::report::{ReportedArticle, ReportedStatement};

/// Below this probability a stance carries a question mark.
pub(super) const UNSURE: f64 = 0.6;
/// The most words that are shown for and against a stance.
const WORDS_FOR: usize = 5;
const WORDS_AGAINST: usize = 2;
/// Weaker terms decide nothing.
const LEAST: f64 = 0.05;

pub(super) struct Article {
    pub number: usize,
    pub name: String,
    pub heading: String,
    pub date: Option<Day>,
    pub open: bool,
    pub blocks: Vec<Paragraph>,
    pub statements: Vec<Statement>,
}

pub(super) struct Day {
    pub iso: String,
    pub shown: String,
}

pub(super) struct Paragraph {
    pub tag: &'static str,
    pub class: &'static str,
    pub pieces: Vec<Run>,
}

/// Text and what it is.
pub(super) struct Run {
    pub text: String,
    /// Classes of a highlight; empty for plain text.
    pub class: String,
    /// Numbers of the statements whose words it is.
    pub statements: String,
    /// Numbers of the statements whose speaker or cue it is.
    pub attribution: String,
    pub ends: Vec<Chip>,
}

/// The sign behind a statement.
pub(super) struct Chip {
    pub number: usize,
    pub look: Look,
    pub unsure: bool,
    pub name: String,
}

pub(super) struct Statement {
    pub number: usize,
    pub speaker: Option<String>,
    pub mention: String,
    pub cue: String,
    pub kind: &'static str,
    pub text: String,
    pub label: String,
    pub look: Look,
    pub sure: String,
    pub confidence: String,
    pub unsure: bool,
    pub probabilities: Vec<Probability>,
    pub words: Vec<Word>,
}

/// As people read it, and exactly.
pub(super) struct Probability {
    pub shown: String,
    pub value: String,
}

pub(super) struct Word {
    pub term: String,
    /// Below zero if it speaks against the stance.
    pub push: String,
    /// The first of those.
    pub parted: bool,
}

impl Article {
    pub fn of(article: &ReportedArticle, number: usize, open: bool, statements: Vec<Statement>) -> Self {
        let mut blocks = layout::lay_out(article);
        let headline = article.headline();
        if let (Some(first), Some(headline)) = (blocks.first(), &headline)
            && first.role == Role::Headline
            && text_of(first).split_whitespace().eq(headline.split_whitespace())
        {
            // It stands above the article already.
            blocks.remove(0);
        }
        Article {
            number,
            name: plain_line(&article.name),
            heading: plain_line(headline.as_ref().unwrap_or(&article.name)),
            date: article.date.map(|date| Day {
                iso: date.iso(),
                shown: date.to_string(),
            }),
            open,
            blocks: blocks.iter().map(|block| Paragraph::of(block, &statements)).collect(),
            statements,
        }
    }
}

fn text_of(block: &LaidBlock) -> String {
    block.pieces.iter().map(|piece| piece.text.as_str()).collect()
}

impl Paragraph {
    fn of(block: &LaidBlock, statements: &[Statement]) -> Self {
        let (tag, class) = match block.role {
            Role::Headline => ("p", "headline"),
            Role::Heading => ("h4", "subhead"),
            Role::Prose => ("p", "prose"),
            Role::Aside => ("p", "aside"),
        };
        Paragraph {
            tag,
            class,
            pieces: block.pieces.iter().map(|piece| Run::of(piece, statements)).collect(),
        }
    }
}

impl Run {
    fn of(piece: &Piece, statements: &[Statement]) -> Self {
        let numbers = |places: &[usize]| {
            let numbers: Vec<String> = places.iter().map(|&at| statements[at].number.to_string()).collect();
            numbers.join(" ")
        };
        let class = match &piece.content[..] {
            [] => String::new(),
            [one] => statements[*one].look.class.to_owned(),
            [inner, ..] => format!("{} shared", statements[*inner].look.class),
        };
        Run {
            text: shown(&piece.text),
            class,
            statements: numbers(&piece.content),
            attribution: numbers(&piece.attribution),
            ends: piece.ends.iter().map(|&at| Chip::of(&statements[at])).collect(),
        }
    }
}

impl Chip {
    fn of(statement: &Statement) -> Self {
        let speaker = speaker_name(statement.speaker.as_deref());
        let Statement {
            number, label, sure, ..
        } = statement;
        Chip {
            number: *number,
            look: statement.look,
            unsure: statement.unsure,
            name: format!("Statement {number}: {label}, {sure}, {speaker}"),
        }
    }
}

impl Statement {
    pub fn of(reported: &ReportedStatement, article: &str, number: usize, labels: &[String], looks: &[Look]) -> Self {
        let attributed = &reported.attributed;
        let prediction = reported.prediction();
        let label = prediction.label();
        let at = labels.iter().position(|name| name == label).unwrap_or(0);
        let probability = |(_, p): (&str, f64)| Probability {
            shown: percent(p),
            value: format!("{p:.6}"),
        };
        Statement {
            number,
            speaker: reported.speaker().map(plain_line),
            mention: attributed.mention.as_deref().map(plain_line).unwrap_or_default(),
            cue: attributed.cue.as_deref().map(plain_line).unwrap_or_default(),
            kind: attributed.kind.name(),
            text: shown(&attributed.text),
            label: plain_line(label),
            look: looks[at],
            sure: percent(prediction.confidence()),
            confidence: format!("{:.6}", prediction.confidence()),
            // Of the rounded figure, so that what is shown agrees with the sign.
            unsure: (prediction.confidence() * 100.0).round() < UNSURE * 100.0,
            probabilities: prediction.probabilities().map(probability).collect(),
            words: words(reported, article),
        }
    }
}

/// The words that decided; those against the stance are last.
fn words(reported: &ReportedStatement, article: &str) -> Vec<Word> {
    let read = statement_text(&reported.attributed, article);
    let label = reported.explanation.top();
    let strongest = reported.explanation.strongest(label, WORDS_FOR, WORDS_AGAINST, LEAST);
    let parting = strongest.iter().position(|evidence| evidence.push(label) < 0.0);
    let word = |(at, evidence): (usize, &Evidence)| Word {
        term: plain_line(&evidence.as_written(&read)),
        push: format!("{:.1}", evidence.push(label)),
        parted: Some(at) == parting,
    };
    strongest.into_iter().enumerate().map(word).collect()
}
