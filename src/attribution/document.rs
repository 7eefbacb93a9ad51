//! A text as tokens with classes, cut into paragraphs, quotations and sentences: what all rules look at.

use std::ops::Range;

use super::lexicon::{self, Classes, lexicon};
use super::paragraphs::{self, Paragraph};
use super::quotes::{self, Quote};
use super::sentences::{self, Sentence};
use super::tokens::{self, Kind, Token};

/// Places of tokens.
pub(super) type Tokens = Range<usize>;

/// A text, ready for rules.
pub(super) struct Document<'t> {
    pub text: &'t str,
    pub tokens: Vec<Token>,
    pub paragraphs: Vec<Paragraph>,
    pub quotes: Vec<Quote>,
    pub sentences: Vec<Sentence>,
}

impl<'t> Document<'t> {
    pub fn read(text: &'t str) -> Self {
        let mut paragraphs = paragraphs::paragraphs(text);
        let mut tokens = tokens::tokens(text, &mut paragraphs);
        let quotes = quotes::mark(&mut tokens, &paragraphs, text);
        let sentences = sentences::split(&tokens, &paragraphs);
        Document {
            text,
            tokens,
            paragraphs,
            quotes,
            sentences,
        }
    }

    // What is asked of a token is asked of the place behind the last one too: a text may end anywhere.

    /// The characters of a token.
    pub fn word(&self, at: usize) -> &'t str {
        let token = self.tokens.get(at);
        token.map_or("", |token| &self.text[token.start as usize..token.end as usize])
    }

    /// The characters from the first to the last of some tokens.
    pub fn slice(&self, range: &Tokens) -> &'t str {
        match range.is_empty() {
            true => "",
            false => &self.text[self.tokens[range.start].start as usize..self.tokens[range.end - 1].end as usize],
        }
    }

    pub fn kind(&self, at: usize) -> Kind {
        self.tokens.get(at).map_or(Kind::End, |token| token.kind)
    }

    /// Whether the token is of one of the classes.
    pub fn is(&self, at: usize, classes: Classes) -> bool {
        self.tokens.get(at).is_some_and(|token| token.classes & classes != 0)
    }

    /// Whether the token is in one of the forms of a verb.
    pub fn has_form(&self, at: usize, forms: u8) -> bool {
        self.tokens.get(at).is_some_and(|token| token.forms & forms != 0)
    }

    pub fn is_word(&self, at: usize) -> bool {
        matches!(self.kind(at), Kind::Word | Kind::Number)
    }

    pub fn is_quoted(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(Token::is_quoted)
    }

    pub fn is_capital(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(Token::is_capital)
    }

    pub fn is_ed(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(Token::is_ed)
    }

    pub fn is_possessive(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(Token::is_possessive)
    }

    /// Whether the token, in lower case, is this ASCII word.
    pub fn reads(&self, at: usize, word: &str) -> bool {
        at < self.tokens.len() && self.word(at).eq_ignore_ascii_case(word)
    }

    /// Whether the token is a quotation mark that counts as one.
    pub fn is_mark(&self, at: usize) -> bool {
        matches!(self.kind(at), Kind::Open | Kind::Close)
    }

    /// Whether the token may be a finite verb. Without a tagger: auxiliaries, listed verbs, and words in -ed.
    pub fn is_finite(&self, at: usize) -> bool {
        let Some(token) = self.tokens.get(at) else {
            return false;
        };
        if token.kind != Kind::Word {
            return false;
        }
        if token.classes & (lexicon::AUX | lexicon::VERB) != 0 {
            return !(token.is_capital() && token.classes & lexicon::MONTH != 0);
        }
        if token.is_capital() {
            return false;
        }
        token.forms & (lexicon::THIRD | lexicon::PAST) != 0 && token.classes & lexicon::DOCUMENT == 0 || token.is_ed()
    }

    /// Whether the token surely has a tense: an infinitive does not count.
    pub fn is_tensed(&self, at: usize) -> bool {
        let word = self.word(at);
        self.is_finite(at)
            && (self.is(at, lexicon::AUX)
                || self.has_form(at, lexicon::PAST | lexicon::THIRD)
                || word.ends_with("ed")
                || word.ends_with('s'))
    }

    /// Whether some token of the range may be a finite verb.
    pub fn has_finite(&self, range: &Tokens) -> bool {
        range.clone().any(|at| {
            self.is_finite(at)
                && !(at > range.start
                    && self.is(at - 1, lexicon::DET | lexicon::POSSESSIVE)
                    && !self.is(at, lexicon::AUX))
        })
    }

    /// Whether the range has a word or a number.
    pub fn has_word(&self, range: &Tokens) -> bool {
        range.clone().any(|at| self.is_word(at))
    }

    /// The quotation that holds the token.
    pub fn quote_around(&self, at: usize) -> Option<&Quote> {
        let next = self.quotes.partition_point(|quote| quote.tokens.start <= at);
        let quote = &self.quotes[next.checked_sub(1)?];
        quote.tokens.contains(&at).then_some(quote)
    }

    /// The readings of the verb at a place, longest particles first.
    pub fn readings(&self, at: usize) -> &'static [lexicon::CueEntry] {
        lexicon().readings(self.tokens[at].verb)
    }
}
