//! The analyzer: text → words, each with its place in the text.
//!
//! A chain of small steps, each in a file of its own: [`tokens`] cuts the text, [`Analyzer`] folds the tokens (NFKC, lower
//! case), leaves out what must not become evidence (names, numbers, stop words), [`Stemmer`] reduces words to
//! stems, [`ngrams`] puts neighbours together. Options are plain data ([`AnalyzerOptions`]) and travel inside the model, so
//! that a text is read in the same way in training and ever after.

mod form;
mod letters;
pub mod ngrams;
mod stemmer;
mod stop_words;
mod tokenizer;

use std::borrow::Cow;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

pub(crate) use form::{Form, ShortForm};
pub use stemmer::{Language, Stemmer};
pub(crate) use stop_words::ENGLISH as ENGLISH_STOP_WORDS;
pub use stop_words::is_stop_word;
pub use tokenizer::{Token, TokenKind, Tokens, tokens};

use self::letters::{Beginnings, WINDOW};
use crate::error::{ErrorKind, Result};
use crate::statement::Span;

/// How a text is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnalyzerOptions {
    /// The stemmer's language. English also turns on the rules for `won't`, `U.S.` and the like.
    pub language: Language,
    /// Whether English stop words are dropped. Off by default: "will not" is made of two of them in most lists.
    pub stop_words: bool,
    /// Whether names are left out, so that countries and persons do not become evidence: a capitalized word inside a
    /// sentence is a name, and so is one at the start of a sentence unless training met it in lower case. The words on both
    /// sides of a name become neighbours. Meant for English; German capitalizes every noun.
    pub skip_names: bool,
    /// Whether numbers are left out.
    pub skip_numbers: bool,
}

impl Default for AnalyzerOptions {
    fn default() -> Self {
        AnalyzerOptions {
            language: Language::English,
            stop_words: false,
            skip_names: false,
            skip_numbers: false,
        }
    }
}

impl AnalyzerOptions {
    /// Checks that the options go together.
    ///
    /// # Errors
    /// If English stop words are asked for in another language.
    pub fn check(&self) -> Result<()> {
        if self.stop_words && !matches!(self.language, Language::English | Language::None) {
            return Err(ErrorKind::InvalidParameter {
                name: "stop words",
                value: format!("on, with the language {}", self.language),
                must: "off: the list of stop words is English",
            }
            .into());
        }
        Ok(())
    }
}

/// What is known of a word before training data are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum WordKind {
    /// A word as it stands.
    #[default]
    Plain,
    /// A capitalized word where any word would be capitalized: a name unless it is known in lower case.
    MaybeName,
}

/// A word of a text as [`Analyzer::for_each_word`] hands it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word<'a> {
    /// The folded form, not yet stemmed.
    pub form: &'a str,
    /// What is known of it.
    pub kind: WordKind,
    /// Where it stands in the text.
    pub span: Span,
}

/// Reads texts as its options say.
///
/// ```
/// use demarche::text::{Analyzer, AnalyzerOptions};
/// let analyzer = Analyzer::new(AnalyzerOptions::default());
/// let mut forms = Vec::new();
/// analyzer.for_each_word("Moscow won’t negotiate", |word| forms.push(word.form.to_owned()));
/// assert_eq!(forms, ["moscow", "will", "not", "negotiate"]);
/// ```
#[derive(Debug)]
pub struct Analyzer {
    options: AnalyzerOptions,
    stemmer: Stemmer,
}

impl Analyzer {
    /// An analyzer with these options.
    pub fn new(options: AnalyzerOptions) -> Self {
        let stemmer = Stemmer::new(options.language);
        Analyzer { options, stemmer }
    }

    /// The options.
    pub fn options(&self) -> &AnalyzerOptions {
        &self.options
    }

    /// The stem of a folded form.
    pub fn stem<'f>(&self, form: &'f str) -> Cow<'f, str> {
        self.stemmer.stem(form)
    }

    /// Calls `each` with every word of `text`, in order; what the options leave out is left out.
    pub fn for_each_word(&self, text: &str, mut each: impl FnMut(Word<'_>)) {
        self.for_each_form(text, &mut String::new(), &mut each, |each, form, kind, span| {
            let mut buffer = [0; ShortForm::LONGEST];
            let form = form.spell(&mut buffer);
            if !(self.options.stop_words && is_stop_word(form)) {
                each(Word { form, kind, span });
            }
        });
    }

    /// The same with stop words, for those who look words up anyhow; `each` is given `state`. Allocates nothing once `buffer` has grown.
    #[inline(always)]
    pub(crate) fn for_each_form<S>(
        &self,
        text: &str,
        buffer: &mut String,
        state: &mut S,
        each: impl Fn(&mut S, Form<'_>, WordKind, Span),
    ) {
        let mut state = (Names::new(text, self.options.skip_names), buffer, state);
        let tokens = tokens(text, self.options.language == Language::English);
        let word =
            |(names, buffer, state): &mut (Names<'_>, &mut String, &mut S), range: Range<usize>, opens_sentence| {
                let span = Span {
                    start: range.start,
                    end: range.end,
                };
                let is_capital = text.as_bytes()[span.start].is_ascii_uppercase();
                let Some(kind) = names.kind(is_capital, opens_sentence, || span.of(text)) else {
                    return;
                };
                match ShortForm::fold(text, span.start, span.end) {
                    Some(form) => each(state, Form::Short(form), kind, span),
                    None => hand_out(span.of(text), kind, span, buffer, &mut |form, kind, span| {
                        each(state, form, kind, span)
                    }),
                }
            };
        tokens.for_each_with(&mut state, word, |(names, buffer, state), token| {
            let span = Span {
                start: token.start,
                end: token.end(),
            };
            let is_name_like = token.kind == TokenKind::Word && token.reads_as.is_none() && token.is_capitalized();
            let kind = match token.kind {
                TokenKind::Number if self.options.skip_numbers => None,
                TokenKind::Mention if self.options.skip_names => None,
                _ => names.kind(is_name_like, token.opens_sentence, || token.text),
            };
            if let Some(kind) = kind {
                let word = token.reads_as.unwrap_or(token.text);
                hand_out(word, kind, span, buffer, &mut |form, kind, span| {
                    each(state, form, kind, span)
                });
            }
        });
    }
}

/// Folds a word and hands it out: the way of the few that are no short ASCII words.
#[inline(never)]
fn hand_out(
    word: &str,
    kind: WordKind,
    span: Span,
    buffer: &mut String,
    each: &mut dyn FnMut(Form<'_>, WordKind, Span),
) {
    fold(word, buffer);
    each(Form::new(buffer), kind, span);
}

/// Tells names from other words, as far as their looks go.
struct Names<'t> {
    text: &'t str,
    skip: bool,
    /// Where nearly everything is capitalized (headlines, SHOUTING), a capital says nothing. Found out when it matters.
    mostly_capitalized: Option<bool>,
}

impl<'t> Names<'t> {
    fn new(text: &'t str, skip: bool) -> Self {
        Names {
            text,
            skip,
            mostly_capitalized: None,
        }
    }

    /// What is known of a word; `None` for a name.
    #[inline(always)]
    fn kind<'w>(&mut self, capital: bool, opens_sentence: bool, word: impl FnOnce() -> &'w str) -> Option<WordKind> {
        if !(self.skip && capital) || word() == "I" {
            return Some(WordKind::Plain);
        }
        if opens_sentence || self.capitals_mean_nothing() {
            return Some(WordKind::MaybeName);
        }
        None
    }

    fn capitals_mean_nothing(&mut self) -> bool {
        *self
            .mostly_capitalized
            .get_or_insert_with(|| is_mostly_capitalized(self.text))
    }
}

/// Longer words are cut: no language has them, but garbage does.
const LONGEST_WORD: usize = 100;

/// Lower case, compatibility characters and typographic apostrophes made plain.
fn fold(token: &str, folded: &mut String) {
    folded.clear();
    if token.is_ascii() {
        folded.push_str(&token[..token.len().min(LONGEST_WORD)]);
        folded.make_ascii_lowercase();
    } else {
        let plain = |c| match c {
            '\u{2019}' | '\u{02bc}' => '\'',
            c => c,
        };
        folded.extend(token.nfkc().take(LONGEST_WORD).map(plain).flat_map(char::to_lowercase));
    }
}

/// Whether fewer than a third of the words begin in lower case.
fn is_mostly_capitalized(text: &str) -> bool {
    let mut beginnings = Beginnings::default();
    let mut rest = text;
    while !rest.is_empty() {
        // Up to a character boundary: a window that is not all ASCII is gone through by characters.
        let end = (1..=rest.len().min(WINDOW))
            .rev()
            .find(|&end| rest.is_char_boundary(end));
        let window = &rest[..end.unwrap_or(rest.len())];
        if !beginnings.count(window.as_bytes()) {
            for c in window.chars() {
                let letter = c.is_alphanumeric() || c == '\'' || c == '\u{2019}';
                if letter && !beginnings.inside {
                    beginnings.small += u32::from(c.is_lowercase());
                    beginnings.capital += u32::from(c.is_uppercase());
                }
                beginnings.inside = letter;
            }
        }
        rest = &rest[window.len()..];
    }
    u64::from(beginnings.small) * 2 < u64::from(beginnings.capital)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str, options: AnalyzerOptions) -> Vec<(String, WordKind)> {
        let mut words = Vec::new();
        Analyzer::new(options).for_each_word(text, |w| words.push((w.form.to_owned(), w.kind)));
        words
    }

    fn without_names(text: &str) -> Vec<(String, WordKind)> {
        words(
            text,
            AnalyzerOptions {
                skip_names: true,
                skip_numbers: true,
                ..AnalyzerOptions::default()
            },
        )
    }

    #[test]
    fn names_and_numbers_are_left_out_inside_a_sentence() {
        let words = without_names("Talks between Minsk and @kyiv lasted 3 hours, I think");
        let forms: Vec<_> = words.iter().map(|(w, _)| w.as_str()).collect();
        assert_eq!(forms, ["talks", "between", "and", "lasted", "hours", "i", "think"]);
        assert_eq!(words[0].1, WordKind::MaybeName);
    }

    #[test]
    fn capitals_prove_nothing_in_a_headline() {
        let kinds = without_names("Biden And Putin Trade Warnings");
        assert!(kinds.iter().all(|(_, kind)| *kind == WordKind::MaybeName));
    }

    #[test]
    fn full_width_and_ligatures_are_made_plain() {
        let words = words("ﬁre １２ O’Brien", AnalyzerOptions::default());
        let forms: Vec<_> = words.iter().map(|(w, _)| w.as_str()).collect();
        assert_eq!(forms, ["fire", "12", "o'brien"]);
    }

    #[test]
    fn stop_words_keep_the_negation() {
        let options = AnalyzerOptions {
            stop_words: true,
            ..AnalyzerOptions::default()
        };
        let forms: Vec<_> = words("The talks are not over", options)
            .into_iter()
            .map(|w| w.0)
            .collect();
        assert_eq!(forms, ["talks", "not", "over"]);
    }
}
