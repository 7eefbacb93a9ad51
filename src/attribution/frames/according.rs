//! `According to …`, and a colon before a quotation.

use super::super::lexicon::{COORD, DOCUMENT, Frame, INTRO, ORG, PEOPLE, PERSON, PREP, PRONOUN, SUBORD, Strength};
use super::super::tokens::Kind;
use super::{Finder, Found, Shape, Walk};

impl Finder<'_, '_> {
    /// `According to X, content` and `content, according to X`; gives back where to go on.
    pub(super) fn according(&mut self, walk: &mut Walk, at: usize) -> usize {
        let document = self.document;
        let from = at + 2;
        let mut end = from;
        while end < walk.end
            && (document.kind(end) != Kind::Comma || document.is_listed_source(end, walk.end))
            && document.kind(end) != Kind::Semicolon
            && document.kind(end) != Kind::Dash
            && !document.is_quoted(end)
        {
            end += 1;
        }
        let source = from..end;
        if !document.has_word(&source) {
            return from;
        }
        let mut source_end = source.end;
        while source_end > source.start
            && !document.is_word(source_end - 1)
            && document.kind(source_end - 1) != Kind::CloseBracket
        {
            source_end -= 1;
        }
        let source = source.start..source_end;
        let opens = at <= walk.start + 1 || document.is(at - 1, COORD | SUBORD);
        let goes_on = document.kind(end) == Kind::Comma && document.has_finite(&(end..walk.end));
        let leading =
            opens || goes_on && !document.has_finite(&(walk.free..at)) && document.is(walk.free, INTRO | PREP);
        let mut content = Vec::new();
        if leading {
            let start = end + 1;
            if start < walk.end && document.has_finite(&(start..walk.end)) {
                let stop = self.end_of_right(walk, start);
                content.push(start..stop);
            }
        } else {
            let mut stop = at;
            while stop > walk.start && !document.is_word(stop - 1) && document.kind(stop - 1) != Kind::Close {
                stop -= 1;
            }
            let start = match walk.pending {
                Some(pending) => {
                    self.close(pending, stop);
                    walk.start
                }
                None => walk.free,
            };
            let start = self.start_of_left(
                &Walk {
                    free: start,
                    source: None,
                    ..*walk
                },
                stop,
            );
            if start < stop {
                content.push(start..stop);
            }
            let next = end + 1;
            if next < walk.end
                && document.kind(end) == Kind::Comma
                && !document.has_finite(&(start..stop))
                && document.has_word(&(next..walk.end))
            {
                content.push(next..self.end_of_right(walk, next));
            }
        }
        if content.is_empty() {
            return end;
        }
        if let Some(pending) = walk.pending.take()
            && leading
        {
            self.close(pending, at);
        }
        let pending = leading || content.len() > 1;
        walk.source = Some(source.clone());
        walk.free = content.last().map_or(end, |c| c.end).max(end);
        self.taken = self.taken.max(walk.free);
        self.found.push(Found {
            sentence: walk.sentence,
            content,
            cue: Some(at..from),
            source: Some(source),
            shape: Shape::According,
            frame: Frame::Say,
            strength: Strength::Strong,
            mention: None,
            announces: false,
        });
        if pending {
            walk.pending = Some(self.found.len() - 1);
        }
        end.max(from)
    }

    /// `Varga was blunt: “…”`: a colon before a quotation, and a subject that can speak.
    pub(super) fn colon(&mut self, walk: &Walk) {
        let document = self.document;
        let colon = (walk.start..walk.end).find(|&at| document.kind(at) == Kind::Colon && !document.is_quoted(at));
        let Some(colon) = colon else { return };
        let open = colon + 1;
        if document.kind(open) != Kind::Open || document.quote_length(open, walk.end) < 4 {
            return;
        }
        let Some(source) = document.main_subject(walk.start, colon) else {
            return;
        };
        let head = document.head(&source);
        if !document.is_capital(head) && !document.is(head, PERSON | PEOPLE | PRONOUN | DOCUMENT | ORG) {
            return;
        }
        let content = open..self.end_of_right(walk, open);
        self.taken = content.end;
        self.found.push(Found {
            sentence: walk.sentence,
            content: vec![content],
            cue: Some(colon..colon + 1),
            source: Some(source),
            shape: Shape::Colon,
            frame: Frame::Quote,
            strength: Strength::Fair,
            mention: None,
            announces: false,
        });
    }
}
