//! The analyzer: text → words, each with its place in the text.
//!
//! A chain of small steps, each in a file of its own: [`tokens`] cuts the text, [`Analyzer`] folds the tokens (NFKC, lower
//! case), leaves out what must not become evidence (names, numbers, stop words), [`Stemmer`] reduces words to
//! stems, [`ngrams`] puts neighbours together. Options are plain data ([`AnalyzerOptions`]) and travel inside the model, so
//! that a text is read in the same way in training and ever after.

pub mod ngrams;
mod stemmer;
mod stop_words;
mod tokenizer;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

pub use stemmer::{Language, Stemmer};
pub(crate) use stop_words::ENGLISH as ENGLISH_STOP_WORDS;
pub use stop_words::is_stop_word;
pub use tokenizer::{Token, TokenKind, Tokens, tokens};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WordKind {
    /// A word as it stands.
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
        self.for_each_form(text, |word| {
            if !(self.options.stop_words && is_stop_word(word.form)) {
                each(word);
            }
        });
    }

    /// The same with stop words, for those who look words up anyhow.
    pub(crate) fn for_each_form(&self, text: &str, mut each: impl FnMut(Word<'_>)) {
        let english = self.options.language == Language::English;
        // Where nearly everything is capitalized (headlines, SHOUTING), a capital says nothing.
        let capitals_mean_names = self.options.skip_names && !is_mostly_capitalized(text);
        let mut folded = String::new();
        for token in tokens(text, english) {
            let span = Span {
                start: token.start,
                end: token.end(),
            };
            let mut kind = WordKind::Plain;
            match token.kind {
                TokenKind::Number if self.options.skip_numbers => continue,
                TokenKind::Mention if self.options.skip_names => continue,
                TokenKind::Word
                    if self.options.skip_names
                        && token.reads_as.is_none()
                        && token.is_capitalized()
                        && token.text != "I" =>
                {
                    if capitals_mean_names && !token.opens_sentence {
                        continue;
                    }
                    kind = WordKind::MaybeName;
                }
                _ => {}
            }
            let form = match token.reads_as {
                Some(word) => word,
                None => {
                    fold(token.text, &mut folded);
                    folded.as_str()
                }
            };
            each(Word { form, kind, span });
        }
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
    let (mut lower, mut upper) = (0usize, 0usize);
    let mut inside = false;
    let mut count = |letter: bool, is_lower: bool, is_upper: bool| {
        let first = letter & !inside;
        lower += usize::from(first & is_lower);
        upper += usize::from(first & is_upper);
        inside = letter;
    };
    if text.is_ascii() {
        for b in text.bytes() {
            let (is_lower, is_upper) = (b.is_ascii_lowercase(), b.is_ascii_uppercase());
            count(
                is_lower | is_upper | b.is_ascii_digit() | (b == b'\''),
                is_lower,
                is_upper,
            );
        }
    } else {
        for c in text.chars() {
            let letter = c.is_alphanumeric() || c == '\'' || c == '\u{2019}';
            count(letter, c.is_lowercase(), c.is_uppercase());
        }
    }
    lower * 2 < upper
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
