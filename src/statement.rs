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
