//! The words of the field: a statement, who made it, and where it stands in its source.

use serde::{Deserialize, Serialize};

/// What one source is reported to have said: the unit that is labelled.
///
/// One sentence as a rule, at most three; see the codebook in `data/README.md`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The words.
    pub text: String,
    /// Who said them, where known.
    pub speaker: Option<String>,
}

impl Statement {
    /// A statement of an unknown speaker.
    pub fn new(text: impl Into<String>) -> Self {
        Statement {
            text: text.into(),
            speaker: None,
        }
    }
}

/// A half-open range of a text, in bytes; both ends lie on character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The part of `text` that the span covers.
    ///
    /// # Panics
    /// If the span does not lie inside `text`.
    pub fn of(self, text: &str) -> &str {
        &text[self.start..self.end]
    }
}

/// Offsets in characters for offsets in bytes: for readers whose strings are counted in characters, such as Python's.
///
/// ```
/// use demarche::statement::{Characters, Span};
/// let characters = Characters::of("Zoë said no.");
/// assert_eq!(characters.span(Span { start: 5, end: 9 }), Span { start: 4, end: 8 });
/// ```
#[derive(Debug, Clone)]
pub struct Characters<'t> {
    text: &'t str,
    /// The characters before every so many bytes.
    counts: Vec<usize>,
}

const STEP: usize = 256;

impl<'t> Characters<'t> {
    /// The characters of `text`, counted once.
    pub fn of(text: &'t str) -> Self {
        let mut counts = vec![0];
        for chunk in text.as_bytes().chunks(STEP) {
            counts.push(counts[counts.len() - 1] + count(chunk));
        }
        Characters { text, counts }
    }

    fn at(&self, byte: usize) -> usize {
        let chunk = byte / STEP;
        self.counts[chunk] + count(&self.text.as_bytes()[chunk * STEP..byte])
    }

    /// A span of bytes as one of characters.
    ///
    /// # Panics
    /// If the span does not lie inside the text.
    pub fn span(&self, span: Span) -> Span {
        Span {
            start: self.at(span.start),
            end: self.at(span.end),
        }
    }
}

/// The characters that begin in `bytes`.
fn count(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&b| (b as i8) >= -0x40).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_over_many_bytes() {
        let text = "é".repeat(1000) + "abc";
        let characters = Characters::of(&text);
        for (count, (byte, _)) in text.char_indices().enumerate() {
            assert_eq!(characters.at(byte), count);
        }
        assert_eq!(characters.at(text.len()), 1003);
    }
}
