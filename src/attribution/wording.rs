//! Which words of a statement a classifier reads.

use std::borrow::Cow;

use super::AttributedStatement;

/// The words that stand for `statement` before a classifier: what was said, without speaker and cue.
///
/// The one place that decides it, so that a statement has the same stance wherever it is shown. `article` is the text that
/// the statement was extracted from.
pub fn statement_text<'s>(statement: &'s AttributedStatement, _article: &'s str) -> Cow<'s, str> {
    Cow::Borrowed(&statement.text)
}
