//! Where content starts behind a reporting verb: over its addressee, days, occasions and asides.

use super::cues::Cue;
use super::document::Document;
use super::lexicon::{
    ADDRESSEE, ADV, ARTICLE, BE, COORD, DAY, DET, Frame, ING, MEDIA, MONTH, NUMBER_WORD, OCCASION, ORG, PERSON,
    POSSESSIVE, PREP, PRONOUN, REL, SUBORD, TIME, TITLE, WH,
};
use super::phrases::SOURCE;
use super::tokens::Kind;

impl Document<'_> {
    /// Behind a reporting clause's subject: its apposition, and where and when it was said.
    pub(super) fn over_tail(&self, at: usize, limit: usize) -> usize {
        if self.kind(at) != Kind::Comma || at + 1 >= limit {
            return at;
        }
        let apposed = self.is(at + 1, ARTICLE | POSSESSIVE | REL | NUMBER_WORD | PERSON | TITLE)
            || self.kind(at + 1) == Kind::Number
            || self.is_capital(at + 1) && self.kind(at + 1) == Kind::Word;
        if !apposed {
            return at;
        }
        let end = (at + 1..limit).find(|&i| {
            self.kind(i) == Kind::Comma && !self.is_quoted(i)
                || self.kind(i) == Kind::Open
                || matches!(self.kind(i), Kind::Stop | Kind::Semicolon | Kind::Colon)
        });
        end.unwrap_or(limit)
    }

    /// Where the content behind a reporting verb starts: over the addressee, days, occasions, a colon.
    pub(super) fn content_start(&self, from: usize, cue: &Cue, limit: usize) -> usize {
        let mut at = from;
        if cue.frame == Frame::Tell || self.is_told(cue, at) {
            at = self.over_addressee(at, limit);
        }
        let says = matches!(cue.frame, Frame::Say | Frame::Tell | Frame::Quote | Frame::Ask);
        loop {
            let next = self.over_adverbial(at, limit, says);
            if next == at {
                break;
            }
            at = next;
        }
        if self.kind(at) == Kind::Comma && !self.opens_quote(at, limit) {
            at = self.over_aside(at, limit);
        }
        if matches!(self.kind(at), Kind::Comma | Kind::Colon) && self.opens_quote(at, limit) {
            at += 1;
        }
        if self.kind(at) == Kind::Colon {
            at += 1;
        }
        at
    }

    /// `said, referring to the dam, “…”`, `insists, most recently on Monday, that …`: over what stands between commas.
    pub(super) fn over_aside(&self, comma: usize, limit: usize) -> usize {
        if self
            .tokens
            .get(comma + 1)
            .is_some_and(|t| t.forms & ING != 0 && t.verb != 0)
            && !self.reads(comma + 1, "referring")
        {
            return comma;
        }
        let close = (comma + 1..limit.min(comma + 26)).find(|&at| self.kind(at) == Kind::Comma && !self.is_quoted(at));
        match close {
            Some(close) if self.opens_quote(close, limit) => close,
            Some(close) if self.reads(close + 1, "that") && close + 2 < limit => close + 1,
            Some(close) if self.is(comma + 1, PREP) && self.clause_follows(close + 1, limit) => close + 1,
            _ => comma,
        }
    }

    /// Verbs that may name whom they address: `warned Moscow that`, `promised voters that`.
    pub(super) fn is_told(&self, cue: &Cue, at: usize) -> bool {
        cue.frame == Frame::Ask && self.is(at, ADDRESSEE) && !self.reads(at + 1, "to")
    }

    pub(super) fn over_addressee(&self, from: usize, limit: usize) -> usize {
        let mut at = from;
        while at < limit && at - from < 24 {
            match self.kind(at) {
                Kind::Word | Kind::Number => {
                    let timed = self.is(at, TIME | DAY)
                        && !self.is_possessive(at)
                        && (!self.is_capital(at) || at > from && !self.is_capital(at - 1));
                    if at > from
                        && (self.is(at, WH | PRONOUN) || self.reads(at, "that") || timed || self.reads(at, "to"))
                    {
                        break;
                    }
                    if at > from && self.is(at, DET | POSSESSIVE) && !self.is(at - 1, PREP | COORD | DET) {
                        break;
                    }
                    if at > from && self.is(at, PREP) && !["of", "for", "at", "from"].iter().any(|p| self.reads(at, p))
                    {
                        break;
                    }
                    // "told reporters Moscow was", "told CNN officials were"
                    if at > from && self.is(at - 1, ADDRESSEE) && !self.is_capital(at - 1) && !self.is(at, PREP | COORD)
                    {
                        break;
                    }
                    if at > from
                        && self.is(at - 1, MEDIA)
                        && self.is_capital(at - 1)
                        && !self.is_capital(at)
                        && !self.is(at, PREP | COORD | PERSON | MEDIA | OCCASION | ORG)
                    {
                        break;
                    }
                    if at > from && self.is_finite(at) && !self.is_capital(at) {
                        break;
                    }
                    at += 1;
                }
                Kind::Apostrophe => at += 1,
                _ => break,
            }
        }
        at
    }

    /// Over one adverb, day or occasion behind a reporting verb.
    pub(super) fn over_adverbial(&self, at: usize, limit: usize, says: bool) -> usize {
        if at >= limit || self.is_quoted(at) || !self.is_word(at) {
            return at;
        }
        if self.is(at, WH) || self.reads(at, "that") && !self.is(at + 1, TIME) {
            return at;
        }
        if self.is(at, DAY) && !self.is_possessive(at) {
            let mut at = at + 1;
            while at < limit && self.is(at, TIME) && !self.is_possessive(at) && !self.is_capital(at) {
                at += 1;
            }
            return at;
        }
        if self.is(at, ADV) && !self.is(at, DET) && says && !self.opens_clause_after(at, limit) {
            return at + 1;
        }
        let timed = ["this", "last", "next", "earlier", "late"]
            .iter()
            .any(|w| self.reads(at, w))
            && self.is(at + 1, TIME | MONTH);
        if timed {
            return at + 2;
        }
        if self.is(at, PREP | SUBORD) && says {
            return self.over_occasion(at, limit);
        }
        at
    }

    /// `only two`, `there is`, `now is`: an adverb that belongs to the clause, not to the verb.
    pub(super) fn opens_clause_after(&self, at: usize, limit: usize) -> bool {
        [
            "there", "only", "even", "just", "almost", "nearly", "so", "perhaps", "maybe", "now", "once", "however",
        ]
        .iter()
        .any(|w| self.reads(at, w))
            && at + 1 < limit
            && !matches!(self.kind(at + 1), Kind::Comma | Kind::Colon)
    }

    /// `in a statement`, `on Tuesday`, `at a rally in Ohio`, `to reporters`.
    pub(super) fn over_occasion(&self, at: usize, limit: usize) -> usize {
        let plain = [
            "in",
            "on",
            "at",
            "during",
            "to",
            "by",
            "after",
            "before",
            "via",
            "through",
            "from",
            "following",
            "of",
            "with",
            "about",
            "for",
            "when",
            "while",
            "as",
        ]
        .iter()
        .any(|p| self.reads(at, p));
        if !plain {
            return at;
        }
        let mut end = at + 1;
        let mut fits = false;
        let mut nouns = 0;
        while end < limit && end - at < 16 {
            match self.kind(end) {
                Kind::Word | Kind::Number => {
                    if self.is_quoted(end)
                        || self.reads(end, "that")
                        || self.is(end, WH | PRONOUN) && !self.is(end, POSSESSIVE)
                    {
                        break;
                    }
                    if nouns > 0 && (self.is(end, DET | POSSESSIVE) || self.is(end, PREP)) && !(self.is(end - 1, PREP))
                    {
                        break;
                    }
                    if nouns > 0 && self.is(end, DAY) && !self.is(end - 1, PREP) {
                        fits = true;
                        end += 1;
                        break;
                    }
                    if self.is_finite(end) && !self.is_capital(end) && nouns > 0 {
                        // The noun before is the subject of a clause: no occasion unless something else came first.
                        return at;
                    }
                    fits |=
                        self.is(end, OCCASION | TIME | MONTH | DAY) || self.is(end, ADDRESSEE) && self.reads(at, "to");
                    let lower_after_occasion = nouns > 0
                        && self.is(end - 1, OCCASION | TIME | MONTH)
                        && self.is_capital(end)
                        && !self.is_capital(end - 1);
                    if lower_after_occasion {
                        break;
                    }
                    if !self.is(end, DET | POSSESSIVE) {
                        nouns += 1;
                    }
                    end += 1;
                }
                Kind::Apostrophe => end += 1,
                _ => break,
            }
        }
        let at_end = end >= limit
            || matches!(
                self.kind(end),
                Kind::Stop
                    | Kind::Comma
                    | Kind::Colon
                    | Kind::Question
                    | Kind::Exclaim
                    | Kind::Open
                    | Kind::Dash
                    | Kind::Semicolon
            );
        let link = [
            "of", "with", "about", "for", "from", "by", "after", "when", "while", "as", "at", "in", "on",
        ]
        .iter()
        .any(|p| self.reads(at, p));
        let follows_occasion = at > 0 && self.is(at - 1, OCCASION) || at > 1 && link && at_end;
        match nouns > 0 && (fits || follows_occasion && link || at_end && link) {
            true => end,
            false => at,
        }
    }

    /// Behind a leading `that`.
    pub(super) fn skip_that(&self, at: usize, limit: usize) -> usize {
        let mut at = at;
        while at < limit && self.kind(at) == Kind::Comma {
            at += 1;
        }
        match self.reads(at, "that") && !self.is_quoted(at) && !self.is(at + 1, BE) && at + 1 < limit {
            true if self.kind(at + 1) == Kind::Comma => at + 2,
            true => at + 1,
            false => at,
        }
    }

    /// Whether what follows a reporting verb only tells when or where it was said.
    pub(super) fn is_tail(&self, at: usize) -> bool {
        let tail = [
            "when",
            "as",
            "while",
            "after",
            "before",
            "during",
            "in",
            "on",
            "at",
            "by",
            "with",
            "to",
            "of",
            "from",
            "following",
            "through",
            "about",
        ];
        !self.is_quoted(at) && tail.iter().any(|w| self.reads(at, w))
    }

    /// `according to Varga, a lawyer, and two others`: whether a comma belongs to the source.
    pub(super) fn is_listed_source(&self, comma: usize, limit: usize) -> bool {
        comma + 1 < limit
            && self.reads(comma + 1, "and")
            && self.is(comma + 2, DET | SOURCE)
            && !self.has_finite(&(comma + 1..limit))
    }
}
