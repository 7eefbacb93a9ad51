//! Content that stands before its reporting clause, or around it.

use super::super::cues::{Cue, Subject};
use super::super::document::Tokens;
use super::super::lexicon::{ADV, COORD, Frame, ING, INTRO, PREP, REL, SUBORD};
use super::super::tokens::Kind;
use super::{Finder, Shape, Walk};

impl Finder<'_, '_> {
    /// Whether what stands before a reporting clause frames it, and is not what was said.
    pub(super) fn is_introduction(&self, left: &Tokens, right_empty: bool, quoted: bool, comma: bool) -> bool {
        let document = self.document;
        let wholly = quoted && document.is_quoted(left.start);
        !wholly && !right_empty && !comma && document.is(left.start, INTRO | PREP | SUBORD)
    }

    /// The text left of a reporting clause, from what is free to the comma or mark before the clause.
    pub(super) fn left_content(&self, walk: &Walk, cue: &Cue) -> Option<Tokens> {
        let document = self.document;
        if matches!(cue.subject, Subject::Shared | Subject::Relative(_)) || cue.start <= walk.free {
            return None;
        }
        let mut end = cue.start;
        // "Prices, as the minister said, rose"
        if end > walk.free + 1 && (document.reads(end - 1, "as") || document.reads(end - 1, "so")) {
            end -= 1;
        }
        let mark = document.kind(end - 1);
        let adjacent = match mark {
            Kind::Comma | Kind::Dash => {
                end -= 1;
                true
            }
            Kind::Close => true,
            Kind::Question | Kind::Exclaim | Kind::Ellipsis => true,
            _ => false,
        };
        if !adjacent || end <= walk.free {
            return None;
        }
        let start = self.start_of_left(walk, end);
        let range = start..end;
        document.has_word(&range).then_some(range)
    }

    /// Where content that ends before `end` starts: the free text of the sentence, and the whole of a quotation that
    /// began in an earlier sentence.
    pub(super) fn start_of_left(&self, walk: &Walk, end: usize) -> usize {
        let document = self.document;
        let mut start = walk.free;
        while start < end
            && !document.is_word(start)
            && !document.is_mark(start)
            && document.kind(start) != Kind::OpenBracket
        {
            start += 1;
        }
        if start < end
            && document.is_quoted(start)
            && let Some(quote) = document.quote_around(start)
            && quote.tokens.start < start
            && quote.tokens.start >= self.taken
        {
            return self.start_of_sentence_with(quote.tokens.start, walk);
        }
        start
    }

    /// A quotation that opens in the middle of an earlier sentence takes that sentence along.
    pub(super) fn start_of_sentence_with(&self, open: usize, walk: &Walk) -> usize {
        let sentences = &self.document.sentences;
        let index = sentences[..walk.sentence].partition_point(|s| s.tokens.end <= open);
        let sentence = &sentences[index];
        let inside = self
            .found
            .iter()
            .rev()
            .take_while(|f| f.sentence >= index)
            .any(|f| f.sentence == index);
        match inside || sentence.quoted {
            true => open,
            false => sentence.tokens.start.max(self.taken),
        }
    }

    /// The piece of content behind a reporting clause that interrupts it.
    pub(super) fn second_piece(&self, walk: &Walk, clause_end: usize, right: usize, quoted: bool) -> Option<Tokens> {
        let document = self.document;
        let mut at = right;
        while at < walk.end && matches!(document.kind(at), Kind::Comma | Kind::Colon | Kind::Dash) {
            at += 1;
        }
        if at >= walk.end {
            return None;
        }
        let open = if document.is(at, COORD) { at + 1 } else { at };
        if document.kind(open) == Kind::Open && open < walk.end {
            return Some(open..self.end_of_right(walk, open));
        }
        if quoted && let Some(open) = self.open_behind_aside(clause_end, walk.end) {
            return Some(open..self.end_of_right(walk, open));
        }
        // "The talks, he said, would go on": what follows the comma needs a verb and must not be a clause of its own.
        let comma = document.kind(right) == Kind::Comma;
        if quoted || !comma {
            return None;
        }
        let participle = document.has_form(at, ING)
            || document.word(at).ends_with("ing")
            || document.is(at, ADV) && document.word(at + 1).ends_with("ing");
        let aside = document.is(at, REL) && !document.reads(at, "that")
            || [
                "as",
                "when",
                "while",
                "after",
                "with",
                "during",
                "in",
                "on",
                "at",
                "according",
            ]
            .iter()
            .any(|w| document.reads(at, w));
        let range = at..self.end_of_right(walk, at);
        (document.is_word(at) && !participle && !aside && document.has_word(&range)).then_some(range)
    }

    /// `she said, speaking in Kelvana, “…”`: a quotation behind an aside that reports nothing itself.
    fn open_behind_aside(&self, from: usize, limit: usize) -> Option<usize> {
        let document = self.document;
        let open = (from..limit).find(|&at| document.kind(at) == Kind::Open)?;
        let introduced = matches!(document.kind(open - 1), Kind::Comma | Kind::Colon);
        let reports = (from..open).any(|at| {
            document
                .readings(at)
                .iter()
                .any(|r| matches!(r.frame, Frame::Say | Frame::Tell))
        });
        (introduced && !reports && document.quote_length(open, limit) > 2).then_some(open)
    }

    pub(super) fn content_first(
        &mut self,
        walk: &mut Walk,
        cue: &Cue,
        left: Tokens,
        second: Option<Tokens>,
        clause_end: usize,
    ) {
        let source = self.source(walk, cue);
        // A statement that waits for its end gives way: it holds this one.
        let mut content = vec![left.clone()];
        let shape = match second {
            Some(piece) => {
                walk.free = piece.end;
                content.push(piece);
                Shape::Around
            }
            None => {
                walk.free = clause_end;
                Shape::ContentFirst
            }
        };
        if let Some(pending) = walk.pending.take() {
            self.close(pending, left.start);
        }
        let open = shape == Shape::Around;
        self.push(walk, cue, source, content, shape);
        if open {
            walk.pending = Some(self.found.len() - 1);
        }
    }
}
