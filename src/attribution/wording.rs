//! Which words of a statement a classifier reads.

use std::borrow::Cow;

use super::AttributedStatement;

/// The words that stand for `statement` before a classifier: the whole sentence where it reports nothing else, else speaker, cue and
/// content in that order, as a clause. `article` is the text that the statement was extracted from.
///
/// The one place that decides it, so that a statement has the same stance wherever it is shown. Measured with the shipped model on
/// 419 labelled sentences of the news that report one statement each, macro-F1: content alone 0.60 (`accuse`, `welcome` and `reject` are
/// gone with the cue), cue and content 0.71, speaker, cue and content 0.71, the whole sentence 0.72.
///
/// ```
/// use demarche::attribution::{extract, statement_text};
/// let article = "Envoys met on Monday. The ministry rejected the offer, while the embassy in Oslo welcomed the new talks.";
/// let texts: Vec<_> = extract(article).iter().map(|s| statement_text(s, article).into_owned()).collect();
/// assert_eq!(texts, ["The ministry rejected the offer", "the embassy in Oslo welcomed the new talks"]);
/// ```
pub fn statement_text<'a>(statement: &AttributedStatement, article: &'a str) -> Cow<'a, str> {
    match article.get(statement.sentence.start..statement.sentence.end) {
        Some(sentence) if !statement.shares_sentence => sentence.into(),
        _ => {
            let parts = [&statement.mention, &statement.cue].into_iter().flatten();
            let parts: Vec<&str> = parts.chain([&statement.text]).map(String::as_str).collect();
            parts.join(" ").into()
        }
    }
}
