//! Attributed statements as the command line writes them down.

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::attribution::AttributedStatement;
use crate::statement::{Characters, Span};

/// The columns of a statement in delimited output; `start` and `end` are characters of the article.
pub const COLUMNS: [&str; 8] = ["id", "speaker", "mention", "cue", "kind", "text", "start", "end"];

/// The fields of a statement of the article `id`, in the order of [`COLUMNS`].
pub fn fields<'s>(
    statement: &'s AttributedStatement,
    id: &'s str,
    characters: &Characters<'_>,
) -> [Cow<'s, str>; COLUMNS.len()] {
    let span = outer(statement, characters);
    let optional = |field: &'s Option<String>| Cow::Borrowed(field.as_deref().unwrap_or_default());
    [
        id.into(),
        optional(&statement.speaker),
        optional(&statement.mention),
        optional(&statement.cue),
        statement.kind.name().into(),
        statement.text.as_str().into(),
        span.start.to_string().into(),
        span.end.to_string().into(),
    ]
}

/// A statement as an object, without who wrote the article.
pub fn to_json(statement: &AttributedStatement, characters: &Characters<'_>) -> Value {
    let span = outer(statement, characters);
    let spans: Vec<[usize; 2]> = statement
        .spans
        .iter()
        .map(|&s| characters.span(s))
        .map(|s| [s.start, s.end])
        .collect();
    json!({
        "speaker": statement.speaker,
        "mention": statement.mention,
        "cue": statement.cue,
        "kind": statement.kind,
        "text": statement.text,
        "start": span.start,
        "end": span.end,
        "spans": spans,
        "confidence": statement.confidence,
    })
}

/// From the first character of a statement to its last.
fn outer(statement: &AttributedStatement, characters: &Characters<'_>) -> Span {
    let ends = (statement.spans.first(), statement.spans.last());
    let (start, end) = match ends {
        (Some(first), Some(last)) => (first.start, last.end),
        _ => (0, 0),
    };
    characters.span(Span { start, end })
}
