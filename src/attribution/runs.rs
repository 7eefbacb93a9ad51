//! Quotations without a cue of their own.
//!
//! A sentence that is wholly quoted, and that no reporting clause claims, belongs to the statement before it: as a further
//! piece, or, at the start of a paragraph behind indirect speech, as a statement of the same speaker. What a colon at the
//! end of a paragraph announces is the next paragraph.

use super::document::{Document, Tokens};
use super::frames::{Found, Shape};

/// Gives every unclaimed quotation to its statement; drops announcements that nothing follows.
pub(super) fn join(document: &Document, found: Vec<Found>) -> Vec<Found> {
    let mut joiner = Joiner {
        document,
        joined: Vec::with_capacity(found.len()),
        reach: 0,
        last: None,
    };
    let mut waiting = found.into_iter().peekable();
    for (index, sentence) in document.sentences.iter().enumerate() {
        let mut has_cue = false;
        while let Some(statement) = waiting.next_if(|statement| statement.sentence <= index) {
            joiner.add(statement, index);
            has_cue = true;
        }
        let claimed = waiting
            .peek()
            .and_then(|next| next.content.first())
            .is_some_and(|c| c.start <= sentence.tokens.start);
        if sentence.tokens.start < joiner.reach {
            joiner.last = Some(index);
        } else if !claimed && !has_cue {
            joiner.take(index);
        }
    }
    joiner.joined.retain(|statement| !statement.content.is_empty());
    joiner.joined
}

struct Joiner<'d, 't> {
    document: &'d Document<'t>,
    joined: Vec<Found>,
    /// Where the content of all statements so far ends.
    reach: usize,
    /// The sentence up to which the last statement reaches.
    last: Option<usize>,
}

impl Joiner<'_, '_> {
    fn add(&mut self, statement: Found, sentence: usize) {
        self.reach = self
            .reach
            .max(statement.content.last().map_or(0, |content| content.end));
        self.last = Some(sentence);
        self.joined.push(statement);
    }

    /// Gives a sentence that nothing claims to the statement before it, if it is adjacent and quoted or announced.
    fn take(&mut self, index: usize) {
        let document = self.document;
        let sentence = &document.sentences[index];
        let opens_paragraph = sentence.tokens.start == document.paragraphs[sentence.paragraph].tokens.start;
        let adjacent = self.last.is_some_and(|last| last + 1 >= index);
        let Some(statement) = self.joined.last_mut().filter(|_| adjacent) else {
            return;
        };
        let piece = match sentence.quoted {
            true => sentence.tokens.clone(),
            false if statement.announces && opens_paragraph => document.paragraphs[sentence.paragraph].tokens.clone(),
            false => return,
        };
        self.reach = piece.end;
        self.last = Some(index);
        let has_quote = statement.announces || statement.content.iter().any(|content| has_quote(document, content));
        if !has_quote && opens_paragraph {
            let run = Found {
                content: vec![piece],
                sentence: index,
                shape: Shape::Run,
                cue: None,
                ..statement.clone()
            };
            self.joined.push(run);
            return;
        }
        statement.announces = false;
        match statement.content.last_mut() {
            Some(last) if last.end == piece.start && !opens_paragraph => last.end = piece.end,
            _ => statement.content.push(piece),
        }
    }
}

fn has_quote(document: &Document, content: &Tokens) -> bool {
    content.clone().any(|at| document.is_quoted(at))
}
