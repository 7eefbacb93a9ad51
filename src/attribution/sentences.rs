//! Where sentences end, with the quotations at hand.
//!
//! A full stop of an abbreviation ends nothing unless a word follows that opens sentences; after `?"` and `!"` a
//! reporting clause goes on. What a crate would make of it is measured in the documentation of the room.

use std::ops::Range;

use super::lexicon::{self, COORD, DET, Frame, PAST, PREP, PRONOUN, SUBORD, Strength, THIRD, TITLE, TITLE_STOP};
use super::paragraphs::Paragraph;
use super::tokens::{Kind, Token};

/// A sentence: its tokens, and what the rules ask first.
#[derive(Debug, Clone)]
pub(super) struct Sentence {
    pub tokens: Range<usize>,
    /// The paragraph that it stands in.
    pub paragraph: usize,
    /// Whether all its words stand in quotation marks.
    pub quoted: bool,
    /// Whether there is a word at all.
    pub wordy: bool,
}

/// The longest sentence, in tokens: what is longer is no sentence, and is cut, so that all rules have a bound.
const LONGEST: usize = 240;

/// Cuts every paragraph into sentences.
pub(super) fn split(tokens: &[Token], paragraphs: &[Paragraph]) -> Vec<Sentence> {
    let mut sentences = Vec::with_capacity(tokens.len() / 20 + paragraphs.len());
    for (index, paragraph) in paragraphs.iter().enumerate() {
        let end = paragraph.tokens.end;
        let mut start = paragraph.tokens.start;
        let mut at = start;
        while at < end {
            match sentence_end(tokens, at, end) {
                Some(next) => {
                    sentences.push(sentence(tokens, start..next, index));
                    start = next;
                    at = next;
                }
                None if at + 1 - start >= LONGEST => {
                    sentences.push(sentence(tokens, start..at + 1, index));
                    at += 1;
                    start = at;
                }
                None => at += 1,
            }
        }
        if start < end {
            sentences.push(sentence(tokens, start..end, index));
        }
    }
    sentences
}

fn sentence(tokens: &[Token], range: Range<usize>, paragraph: usize) -> Sentence {
    let mut words = tokens[range.clone()]
        .iter()
        .filter(|t| matches!(t.kind, Kind::Word | Kind::Number));
    let wordy = words.clone().next().is_some();
    Sentence {
        quoted: wordy && words.all(Token::is_quoted),
        wordy,
        tokens: range,
        paragraph,
    }
}

/// If the token ends a sentence: where the next one starts.
fn sentence_end(tokens: &[Token], at: usize, end: usize) -> Option<usize> {
    let token = &tokens[at];
    let mark = match token.kind {
        Kind::Stop | Kind::Question | Kind::Exclaim | Kind::Ellipsis => token.kind,
        Kind::Word if token.is_abbreviated() => Kind::Word,
        _ => return None,
    };
    let mut next = at + 1;
    let mut closed = false;
    while next < end {
        match tokens[next].kind {
            Kind::Close | Kind::CloseBracket => closed |= tokens[next].kind == Kind::Close,
            Kind::Stop | Kind::Question | Kind::Exclaim => {}
            Kind::Straight | Kind::Right | Kind::Apostrophe if !tokens[next].is_spaced() => {}
            _ => break,
        }
        next += 1;
    }
    if next >= end {
        return Some(end);
    }
    let follower = &tokens[next];
    if !follower.is_spaced() && follower.kind != Kind::Open {
        return None;
    }
    let opens = match follower.kind {
        Kind::Word => follower.is_capital(),
        Kind::Comma | Kind::Semicolon | Kind::Colon => false,
        Kind::Dash => false,
        _ => true,
    };
    if !opens {
        return None;
    }
    match mark {
        Kind::Word => ends_at_abbreviation(token, follower, closed).then_some(next),
        Kind::Ellipsis if !closed && follower.kind == Kind::Word && !is_opener(follower) => None,
        Kind::Question | Kind::Exclaim if closed && is_reporting(tokens, next, end) => None,
        _ => Some(next),
    }
}

fn is_opener(token: &Token) -> bool {
    token.classes & (DET | PRONOUN | COORD | SUBORD | PREP | lexicon::POSSESSIVE | lexicon::ADV | lexicon::WH) != 0
}

/// `… in the U.S. The …` ends a sentence, `… the U.S. Theatre …` cannot be told and does too; `Mr. The …` does not.
fn ends_at_abbreviation(token: &Token, follower: &Token, closed: bool) -> bool {
    closed
        || (token.classes & TITLE_STOP == 0 && token.end - token.start > 2)
            && (follower.kind == Kind::Open || is_opener(follower) && follower.classes & TITLE == 0)
}

/// Whether a short subject and a reporting verb follow, and then no clause: `?" Smith asked.`
fn is_reporting(tokens: &[Token], from: usize, end: usize) -> bool {
    for at in from..end.min(from + 8) {
        let token = &tokens[at];
        match token.kind {
            Kind::Word | Kind::Number => {}
            _ => return false,
        }
        if at > from && token.forms & (PAST | THIRD) != 0 && !token.is_capital() && takes_quotations(token) {
            return match tokens.get(at + 1) {
                Some(next) if at + 1 < end => {
                    !matches!(next.kind, Kind::Word) || next.classes & (PREP | lexicon::TIME | lexicon::ADDRESSEE) != 0
                }
                _ => true,
            };
        }
    }
    false
}

/// Whether a verb stands behind a quotation: `asked`, not `knew`.
fn takes_quotations(token: &Token) -> bool {
    lexicon::lexicon().readings(token.verb).iter().any(|reading| {
        reading.particles.is_empty()
            && reading.strength > Strength::Weak
            && !matches!(reading.frame, Frame::Object | Frame::Call)
    })
}

#[cfg(test)]
mod tests {
    use super::super::document::Document;

    fn sentences(text: &str) -> Vec<&str> {
        let document = Document::read(text);
        document.sentences.iter().map(|s| document.slice(&s.tokens)).collect()
    }

    #[test]
    fn abbreviations_end_nothing() {
        assert_eq!(
            sentences("Mr. Varga met Gen. A. B. Okoye at 5 p.m. on Monday. He left.").len(),
            2
        );
        assert_eq!(sentences("It was made in the U.S. The rest was not.").len(), 2);
        assert_eq!(sentences("The U.S. Senate voted.").len(), 1);
    }

    #[test]
    fn a_reporting_clause_belongs_to_its_question() {
        assert_eq!(sentences("“Where is it?” she asked. “Here!” Varga said.").len(), 2);
        assert_eq!(sentences("“Where is it?” Nobody knew.").len(), 2);
    }

    #[test]
    fn sentences_in_quotations_are_cut() {
        assert_eq!(
            sentences("“We go. We stay,” he said."),
            ["“We go.", "We stay,” he said."]
        );
    }
}
