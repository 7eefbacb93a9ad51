//! Quotations without a cue of their own: they go on the statement before them, over paragraphs too.

use super::document::Document;
use super::frames::Found;

/// Gives every sentence that is wholly quoted, and that no statement holds, to the statement before it.
pub(super) fn join(document: &Document, found: Vec<Found>) -> Vec<Found> {
    let mut joined: Vec<Found> = Vec::with_capacity(found.len());
    let mut waiting = found.into_iter().peekable();
    // Where the content of what is joined so far ends, and the sentence up to which it reaches.
    let mut reach = 0;
    let mut last_sentence: Option<usize> = None;
    for (index, sentence) in document.sentences.iter().enumerate() {
        // A statement that starts before this sentence ends is next in line.
        while waiting.peek().is_some_and(|f| f.sentence <= index) {
            if let Some(statement) = waiting.next() {
                reach = reach.max(statement.content.last().map_or(0, |c| c.end));
                last_sentence = Some(index);
                joined.push(statement);
            }
        }
        if !sentence.quoted || sentence.tokens.start < reach {
            if sentence.tokens.start < reach {
                last_sentence = Some(index);
            }
            continue;
        }
        // Taken by a reporting clause that follows.
        if waiting.peek().is_some_and(|f| f.content.first().is_some_and(|c| c.start <= sentence.tokens.start)) {
            continue;
        }
        let adjacent = last_sentence.is_some_and(|last| last + 1 >= index);
        let Some(statement) = joined.last_mut() else { continue };
        if !adjacent {
            continue;
        }
        match statement.content.last_mut() {
            Some(last) if last.end == sentence.tokens.start => last.end = sentence.tokens.end,
            _ => statement.content.push(sentence.tokens.clone()),
        }
        statement.announces = false;
        reach = sentence.tokens.end;
        last_sentence = Some(index);
    }
    joined.retain(|statement| !statement.content.is_empty());
    joined
}
