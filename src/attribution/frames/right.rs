//! Content that follows its cue: whether it is any, and where it ends.

use super::super::cues::{Cue, Subject};
use super::super::lexicon::{ADV, ATTITUDE, COORD, Frame, ING, MEDIA, REL, SPEECH_ACT, SUBORD, Strength, TIME, WH};
use super::super::tokens::Kind;
use super::{Finder, Found, Shape, Walk};

impl Finder<'_, '_> {
    pub(super) fn cue_first(&mut self, walk: &mut Walk, cue: &Cue, right: usize) {
        let document = self.document;
        let boundary = self.clause_boundary(walk, cue);
        if let Some(pending) = walk.pending {
            let Some(boundary) = boundary else {
                // Inside of what someone else says; what an agency reports is somebody's statement all the same.
                if self.is_relayed(pending)
                    && matches!(cue.subject, Subject::Before(_))
                    && cue.strength == Strength::Strong
                {
                    self.nested(walk, cue, right);
                }
                return;
            };
            let start = self.found[pending].content.last().map_or(walk.start, |c| c.start);
            if boundary <= start {
                return;
            }
        }
        if cue.frame == Frame::Call && cue.start > walk.start && document.reads(cue.start - 1, "what") {
            return;
        }
        let announces = document.kind(right.saturating_sub(1)) == Kind::Colon && right >= walk.end
            || right < walk.end && document.kind(right) == Kind::Colon && !document.has_word(&(right..walk.end));
        if !announces && !self.accepts_right(walk, cue, right) {
            return;
        }
        if announces && !matches!(cue.frame, Frame::Say | Frame::Quote | Frame::Ask | Frame::Tell) {
            return;
        }
        if let (Some(pending), Some(boundary)) = (walk.pending.take(), boundary) {
            self.close(pending, boundary);
        }
        let source = self.source(walk, cue);
        if announces {
            self.push(walk, cue, source, Vec::new(), Shape::CueFirst);
            if let Some(last) = self.found.last_mut() {
                last.announces = true;
            }
            return;
        }
        let start = document.skip_that(right, walk.end);
        let mut end = self.end_of_right(walk, start);
        let has_object = matches!(cue.frame, Frame::Object | Frame::Call)
            || !document.is_quoted(right) && start == right && document.is_noun_object(right, walk.end);
        if has_object {
            end = document.end_of_object(start, end);
        }
        if self.is_subordinate(walk, cue) {
            end = document.end_of_subordinate(start, end);
        }
        let is_object_of_relative =
            cue.start > walk.start && document.is(cue.start - 1, REL) && !document.reads(cue.start - 1, "that");
        if is_object_of_relative {
            end = (start..end)
                .find(|&at| document.kind(at) == Kind::Comma && !document.is_quoted(at))
                .unwrap_or(end);
        } else if let Subject::Relative(_) = cue.subject {
            end = self.end_of_relative(start, end);
        }
        walk.free = end;
        let content = start..end;
        self.push(walk, cue, source, vec![content], Shape::CueFirst);
        walk.pending = Some(self.found.len() - 1);
    }

    /// Whether a statement is what news media report: `Reuters reported that …`.
    pub(super) fn is_relayed(&self, pending: usize) -> bool {
        let source = self.found[pending].source.as_ref();
        source.is_some_and(|source| self.document.is(self.document.head(source), MEDIA))
    }

    /// A statement inside of another one.
    pub(super) fn nested(&mut self, walk: &mut Walk, cue: &Cue, right: usize) {
        let document = self.document;
        let (Subject::Before(source), true) = (
            &cue.subject,
            !document.is_noun_object(right, walk.end) && self.accepts_right(walk, cue, right),
        ) else {
            return;
        };
        let start = document.skip_that(right, walk.end);
        let content = start..self.end_of_right(walk, start);
        self.found.push(Found {
            sentence: walk.sentence,
            content: vec![content],
            cue: Some(cue.group..cue.end),
            source: Some(source.clone()),
            shape: Shape::CueFirst,
            frame: cue.frame,
            strength: cue.strength,
            mention: None,
            announces: false,
        });
    }

    /// Where content that starts at `start` ends, if nothing cuts it: with the sentence, or with the quotation open there.
    pub(super) fn end_of_right(&self, walk: &Walk, start: usize) -> usize {
        let document = self.document;
        let mut end = walk.end;
        let last = end - 1;
        if document.is_quoted(last) {
            if let Some(quote) = document.quote_around(last)
                && quote.tokens.start >= start
            {
                return end.max(quote.tokens.end);
            }
            return end;
        }
        while end > start
            && !document.is_quoted(end - 1)
            && !document.is_word(end - 1)
            && document.kind(end - 1) != Kind::CloseBracket
        {
            end -= 1;
        }
        end
    }

    /// `While Varga said …, the talks …`: whether the cue stands in a clause that opens the sentence and is not its main one.
    pub(super) fn is_subordinate(&self, walk: &Walk, cue: &Cue) -> bool {
        let document = self.document;
        let before = cue.start.wrapping_sub(1);
        cue.start > walk.start
            && cue.start <= walk.start + 3
            && document.is(before, SUBORD)
            && !document.reads(before, "so")
    }

    /// A relative clause ends at the next comma outside of quotation marks, if the sentence goes on.
    pub(super) fn end_of_relative(&self, start: usize, end: usize) -> usize {
        let document = self.document;
        let comma = (start..end).find(|&at| document.kind(at) == Kind::Comma && !document.is_quoted(at));
        match comma {
            Some(comma) if document.is_finite(comma + 1) => comma,
            _ => end,
        }
    }

    /// Where the clause of a cue starts, if it is a clause of its own and not one inside of what is being said.
    pub(super) fn clause_boundary(&self, walk: &Walk, cue: &Cue) -> Option<usize> {
        let document = self.document;
        let mut at = cue.start;
        let mut boundary = None;
        if let Subject::Shared = cue.subject {
            // "and warned": a clause of the same speaker.
        }
        while at > walk.start && cue.start - at < 6 {
            let before = at - 1;
            if document.is_quoted(before) {
                if document.kind(before) == Kind::Close {
                    boundary = Some(at);
                }
                break;
            }
            match document.kind(before) {
                Kind::Comma | Kind::Semicolon | Kind::Dash => boundary = Some(before),
                Kind::Word if document.is(before, COORD) => boundary = Some(before),
                Kind::Word
                    if ["while", "though", "although", "whereas", "even"]
                        .iter()
                        .any(|w| document.reads(before, w)) =>
                {
                    boundary = Some(before)
                }
                Kind::Word if document.is(before, ADV | TIME) && boundary.is_none() => {}
                _ => break,
            }
            at = before;
        }
        boundary
    }

    /// Whether what follows the cue is a statement.
    pub(super) fn accepts_right(&self, walk: &Walk, cue: &Cue, right: usize) -> bool {
        let document = self.document;
        if !document.has_content(right, walk.end)
            || document.kind(right) == Kind::Comma && !document.opens_quote(right, walk.end)
        {
            return false;
        }
        if cue.negated && document.is_silence(cue) && !matches!(cue.frame, Frame::Say | Frame::Tell) {
            return false;
        }
        let content = right..walk.end;
        let that = document.reads(right, "that") && !document.is_quoted(right);
        let vague = document.reads(right, "when") || document.reads(right, "where");
        let wh =
            document.is(right, WH) && !document.is_quoted(right) && (!vague || cue.negated || cue.frame != Frame::Say);
        let quote = document.opens_quote(right, walk.end);
        let sure = match &cue.subject {
            Subject::Before(phrase) | Subject::After(phrase) | Subject::Relative(phrase) => {
                document.surely_speaks(phrase)
            }
            Subject::Shared => walk.source.is_some() || document.main_subject(walk.start, cue.group).is_some(),
        };
        if matches!(cue.subject, Subject::Shared) && !sure {
            return false;
        }
        let clause = || document.opens_clause(right, walk.end);
        let object = || that || document.opens_object(right, walk.end);
        let participle = document.tokens[cue.verb].forms & ING != 0 && matches!(cue.subject, Subject::Shared);
        let shared_finite = matches!(cue.subject, Subject::Shared) && !participle;
        match (cue.frame, cue.strength) {
            (Frame::Say | Frame::Tell, Strength::Strong) => {
                that || wh
                    || quote
                    || clause()
                    || document.opens_object(right, walk.end)
                        && sure
                        && (!shared_finite || walk.source.is_some())
                        && !(shared_finite && cue.frame == Frame::Tell)
            }
            (Frame::Say | Frame::Tell, Strength::Fair) => {
                (that || quote || clause() || wh && !participle) && (sure || that)
                    || sure && document.names_act(right, walk.end, ATTITUDE)
                    || sure && !shared_finite && !participle && document.word(right).ends_with("ing")
            }
            (Frame::Say | Frame::Tell, Strength::Weak) => {
                sure && (that && !shared_finite || quote && document.quote_length(right, walk.end) > 5)
            }
            (Frame::Quote, _) => quote && document.quote_length(right, walk.end) > 3,
            (Frame::Ask, _) => quote || wh || sure && document.asks_to(right, walk.end),
            (Frame::Object, Strength::Strong) => {
                sure && (object()
                    || clause()
                    || quote
                    || document.has_form(right, ING)
                    || document.word(right).ends_with("ing"))
            }
            (Frame::Object, Strength::Fair) => {
                sure && (!shared_finite || walk.source.is_some()) && (object() || quote || clause())
            }
            (Frame::Object, Strength::Weak) => {
                sure && !shared_finite
                    && (document.has_open_quote(&content) || document.names_act(right, walk.end, SPEECH_ACT | ATTITUDE))
            }
            (Frame::Call, _) => {
                sure && (document.has_open_quote(&content)
                    || cue.strength == Strength::Strong && object()
                    || document.names_something(&content))
            }
        }
    }
}
