//! Quotation marks: which tokens stand inside a quotation.
//!
//! A state machine for each paragraph, never one count for the article: an odd mark costs one paragraph. Curly marks
//! go by their direction, straight ones by the spaces around them; single marks count outside of double ones only, and
//! only where they are no apostrophe. A quotation that is open at the end of its paragraph holds to that end if the
//! next paragraph opens with a mark, as newspapers print long quotations.

use std::ops::Range;

use super::lexicon::APOSTROPHE;
use super::paragraphs::Paragraph;
use super::tokens::{Kind, Token};

/// A quotation: its tokens, marks included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Quote {
    pub tokens: Range<usize>,
    /// Whether the last token is a closing mark; an open quotation goes on in the next paragraph.
    pub closed: bool,
}

/// Finds the quotations, in order, and marks their tokens.
pub(super) fn mark(tokens: &mut [Token], paragraphs: &[Paragraph], text: &str) -> Vec<Quote> {
    let mut quotes = Vec::new();
    for (index, paragraph) in paragraphs.iter().enumerate() {
        let following = paragraphs.get(index + 1);
        let next = following
            .and_then(|p| tokens[p.tokens.clone()].first())
            .map(|token| token.kind);
        let is_last = following.is_none();
        let first = quotes.len();
        doubles(tokens, &paragraph.tokens, next, is_last, &mut quotes);
        for quote in &quotes[first..] {
            settle(tokens, quote);
        }
        let second = quotes.len();
        singles(tokens, &paragraph.tokens, next, text, &mut quotes);
        for quote in &quotes[second..] {
            settle(tokens, quote);
        }
        quotes[first..].sort_by_key(|quote| quote.tokens.start);
    }
    quotes
}

fn settle(tokens: &mut [Token], quote: &Quote) {
    for token in &mut tokens[quote.tokens.clone()] {
        token.set_quoted();
    }
    tokens[quote.tokens.start].kind = Kind::Open;
    if quote.closed {
        tokens[quote.tokens.end - 1].kind = Kind::Close;
    }
}

/// Whether the next token of the paragraph stands right behind, with no space between.
fn is_glued(tokens: &[Token], at: usize, end: usize) -> bool {
    at + 1 < end && !tokens[at + 1].is_spaced()
}

fn doubles(tokens: &[Token], range: &Range<usize>, next: Option<Kind>, is_last: bool, quotes: &mut Vec<Quote>) {
    // Where the quotation opened, and how many curly ones are open inside a straight one.
    let mut open: Option<usize> = None;
    let mut depth = 0usize;
    for at in range.clone() {
        let token = &tokens[at];
        let glued = is_glued(tokens, at, range.end);
        match (token.kind, open) {
            (Kind::Left, None) => open = Some(at),
            (Kind::Right, None) if token.is_spaced() && glued => open = Some(at),
            (Kind::Straight, None) => {
                let behind_word = at > range.start && matches!(tokens[at - 1].kind, Kind::Word | Kind::Number);
                if glued && (token.is_spaced() || !behind_word) {
                    open = Some(at);
                }
            }
            (Kind::Left, Some(start)) if tokens[start].kind == Kind::Straight => depth += 1,
            (Kind::Right, Some(_)) if depth > 0 => depth -= 1,
            (Kind::Right, Some(start)) => {
                quotes.push(Quote {
                    tokens: start..at + 1,
                    closed: true,
                });
                open = None;
            }
            (Kind::Straight, Some(start)) => {
                let reopens = token.is_spaced() && glued && at > range.start && !is_word_before(tokens, at);
                if reopens {
                    open = Some(at);
                } else {
                    quotes.push(Quote {
                        tokens: start..at + 1,
                        closed: true,
                    });
                    open = None;
                }
                depth = 0;
            }
            _ => {}
        }
    }
    if let Some(start) = open {
        let goes_on = matches!(next, Some(Kind::Left | Kind::Straight));
        if (goes_on || is_last) && start + 1 < range.end {
            quotes.push(Quote {
                tokens: start..range.end,
                closed: false,
            });
        }
    }
}

/// Whether a word stands before the mark, so that the text in front of it goes on.
fn is_word_before(tokens: &[Token], at: usize) -> bool {
    matches!(tokens[at - 1].kind, Kind::Word | Kind::Number)
}

fn singles(tokens: &mut [Token], range: &Range<usize>, next: Option<Kind>, text: &str, quotes: &mut Vec<Quote>) {
    let is_single = |kind: Kind| matches!(kind, Kind::SingleStraight | Kind::SingleLeft | Kind::SingleRight);
    let mut marks: Vec<usize> = Vec::new();
    for at in range.clone() {
        if is_single(tokens[at].kind) {
            match tokens[at].is_quoted() {
                true => tokens[at].kind = Kind::Other,
                false => marks.push(at),
            }
        }
    }
    let goes_on = matches!(next, Some(Kind::SingleStraight | Kind::SingleLeft));
    let mut place = 0;
    while place < marks.len() {
        let at = marks[place];
        place += 1;
        if !opens(tokens, at, range.end) {
            continue;
        }
        match closer(tokens, &marks[place..], range.end, text, goes_on) {
            Some(offset) => {
                quotes.push(Quote {
                    tokens: at..marks[place + offset] + 1,
                    closed: true,
                });
                place += offset + 1;
            }
            None if goes_on => {
                quotes.push(Quote {
                    tokens: at..range.end,
                    closed: false,
                });
                break;
            }
            None => break,
        }
    }
    for at in marks {
        tokens[at].kind = Kind::Apostrophe;
    }
}

fn opens(tokens: &[Token], at: usize, end: usize) -> bool {
    let token = &tokens[at];
    let before = at.checked_sub(1).map(|b| tokens[b].kind);
    let room = token.is_spaced() || matches!(before, Some(Kind::OpenBracket | Kind::Dash | Kind::Open));
    if !room || !is_glued(tokens, at, end) {
        return false;
    }
    let next = &tokens[at + 1];
    match next.kind {
        Kind::Word => next.classes & APOSTROPHE == 0,
        Kind::Ellipsis | Kind::OpenBracket => true,
        _ => false,
    }
}

/// Which of the marks behind an opening one closes it: the first after punctuation or after a word that is no plural, else
/// the first that could, which then follows a plural.
fn closer(tokens: &[Token], marks: &[usize], end: usize, text: &str, goes_on: bool) -> Option<usize> {
    let mut first = None;
    for (place, &at) in marks.iter().enumerate() {
        let token = &tokens[at];
        let behind_space = token.is_spaced();
        let followed_by_word = is_glued(tokens, at, end) && matches!(tokens[at + 1].kind, Kind::Word | Kind::Number);
        if behind_space && followed_by_word {
            if first.is_some() {
                break;
            }
            continue;
        }
        if behind_space || followed_by_word {
            continue;
        }
        let before = &tokens[at - 1];
        let plural = before.kind == Kind::Word && text[..before.end as usize].ends_with(['s', 'S']);
        if !plural {
            return Some(place);
        }
        first.get_or_insert(place);
    }
    first.filter(|_| !goes_on)
}

#[cfg(test)]
mod tests {
    use super::super::document::Document;

    fn quotes(text: &str) -> Vec<&str> {
        let document = Document::read(text);
        document
            .quotes
            .iter()
            .map(|quote| document.slice(&quote.tokens))
            .collect()
    }

    #[test]
    fn marks_of_every_kind_pair() {
        assert_eq!(
            quotes("He said \"no\" and “yes” and «maybe»."),
            ["\"no\"", "“yes”", "«maybe»"]
        );
        assert_eq!(quotes("They call it ``a step'' forward."), ["``a step''"]);
    }

    #[test]
    fn apostrophes_are_no_marks() {
        assert_eq!(
            quotes("The ministers' aide said it's the '90s and rock 'n' roll."),
            [""; 0]
        );
        assert_eq!(
            quotes("'It's the envoys' turn,' she said."),
            ["'It's the envoys' turn,'"]
        );
    }

    #[test]
    fn a_quotation_nests() {
        assert_eq!(
            quotes("\"He said “stop” twice,\" she said."),
            ["\"He said “stop” twice,\""]
        );
        assert_eq!(quotes("“He said ‘stop’ twice,” she said."), ["“He said ‘stop’ twice,”"]);
    }

    #[test]
    fn an_open_quotation_holds_if_the_next_paragraph_opens_with_a_mark() {
        let text = "“We leave today.\n\n“And we stay away,” he said.";
        assert_eq!(quotes(text), ["“We leave today.", "“And we stay away,”"]);
    }

    #[test]
    fn an_odd_mark_costs_one_paragraph() {
        let text = "He called it \"a step and left.\n\nShe said \"no\" twice.";
        assert_eq!(quotes(text), ["\"no\""]);
    }
}
