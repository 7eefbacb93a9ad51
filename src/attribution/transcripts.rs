//! Transcripts: `MS. VARGA: …`, `Q: …`. A turn is what its label's speaker says, up to the next label.

use super::document::{Document, Tokens};
use super::frames::{Found, Shape};
use super::lexicon::{Frame, Strength};
use super::tokens::Kind;

/// The longest label, in tokens.
const LONGEST_LABEL: usize = 6;

/// The turns of a transcript; none if fewer than two paragraphs have a label.
pub(super) fn turns(document: &Document) -> Vec<Found> {
    let labels: Vec<Option<usize>> = document
        .paragraphs
        .iter()
        .map(|p| label_end(document, &p.tokens))
        .collect();
    let labelled = labels.iter().flatten().count();
    if labelled < 2 {
        return Vec::new();
    }
    // Where few paragraphs have a label, those without are the reporter's.
    let goes_on = labelled * 3 >= labels.len();
    let mut turns: Vec<Found> = Vec::new();
    let mut last = None;
    for (index, (paragraph, label)) in document.paragraphs.iter().zip(labels).enumerate() {
        match label {
            Some(colon) if colon + 1 < paragraph.tokens.end => {
                let start = paragraph.tokens.start + usize::from(document.is_mark(paragraph.tokens.start));
                let content = colon + 1..paragraph.tokens.end;
                turns.push(Found {
                    sentence: document.sentences.partition_point(|s| s.tokens.end <= colon),
                    content: vec![content],
                    cue: None,
                    source: Some(start..colon),
                    shape: Shape::Label,
                    frame: Frame::Say,
                    strength: Strength::Strong,
                    mention: None,
                    announces: false,
                });
                last = Some(index);
            }
            _ if goes_on && last.is_some_and(|last| last + 1 == index) && !is_aside(document, &paragraph.tokens) => {
                if let Some(turn) = turns.last_mut() {
                    turn.content.push(paragraph.tokens.clone());
                    last = Some(index);
                }
            }
            _ => {}
        }
    }
    turns
}

/// The colon behind a label in capitals at the start of a paragraph.
fn label_end(document: &Document, paragraph: &Tokens) -> Option<usize> {
    let start = paragraph.start + usize::from(document.is_mark(paragraph.start));
    let colon = (start..paragraph.end.min(start + LONGEST_LABEL + 1)).find(|&at| document.kind(at) == Kind::Colon)?;
    let is_label = |at: usize| {
        let token = &document.tokens[at];
        match token.kind {
            Kind::Word => token.is_upper() || token.is_capital() && token.end - token.start <= 2,
            Kind::Stop | Kind::Number | Kind::OpenBracket | Kind::CloseBracket => true,
            _ => false,
        }
    };
    (colon > start && document.kind(start) == Kind::Word && (start..colon).all(is_label)).then_some(colon)
}

/// `(CROSSTALK.)`
fn is_aside(document: &Document, paragraph: &Tokens) -> bool {
    let start = paragraph.start + usize::from(document.is_mark(paragraph.start));
    document.kind(start) == Kind::OpenBracket
}

/// Whether a label names a role in the exchange and nobody: `Q`, `QUESTION`, `A`.
pub(super) fn is_anonymous(label: &str) -> bool {
    ["q", "a", "question", "answer", "reporter", "moderator", "operator"]
        .iter()
        .any(|word| label.eq_ignore_ascii_case(word))
}
