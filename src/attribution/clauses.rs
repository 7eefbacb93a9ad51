//! What kind of clause or object stands at a place, and where it ends.

use super::document::{Document, Tokens};
use super::lexicon::{
    ADV, ARTICLE, AUX, BASE, COORD, DET, ING, INTRO, PAST, POSSESSIVE, PREP, PRONOUN, REL, SUBORD, THIRD, VERB,
};
use super::tokens::Kind;

impl Document<'_> {
    /// Where the object of a verb ends: before a clause that says something of its own.
    pub(super) fn end_of_object(&self, start: usize, end: usize) -> usize {
        for at in start + 1..end {
            if self.is_quoted(at) {
                continue;
            }
            let next = at + 1;
            let cuts = match self.kind(at) {
                Kind::Comma => {
                    self.is(next, REL) && !self.reads(next, "that")
                        || ["while", "although", "though", "as", "after", "when", "because"]
                            .iter()
                            .any(|w| self.reads(next, w))
                        || ["but", "yet"].iter().any(|w| self.reads(next, w))
                            && (self.clause_follows(next + 1, end)
                                || self.is_tensed(next + 1)
                                || self.is_tensed(next + 2))
                        || self.has_form(next, ING)
                        || self.word(next).ends_with("ing") && !self.is(next, PREP)
                        || self.is(next, ADV) && self.word(next + 1).ends_with("ing")
                        || self.reads(next, "and") && self.clause_follows(next + 1, end)
                        || self.clause_follows(next, end)
                }
                Kind::Dash | Kind::Semicolon => next < end,
                Kind::Word if self.is(at, COORD) => {
                    let verb = if self.is(next, ADV) { next + 1 } else { next };
                    verb < end && self.is_tensed(verb) && !self.is(at - 1, AUX)
                }
                Kind::Word => {
                    ["when", "while", "as", "after", "although", "though"]
                        .iter()
                        .any(|w| self.reads(at, w))
                        && self.clause_follows(next, end)
                        || self.reads(at, "while") && self.is(next, PREP)
                }
                _ => false,
            };
            if cuts {
                return at;
            }
        }
        end
    }

    /// Where a clause that opens a sentence ends: at the comma before the main clause.
    pub(super) fn end_of_subordinate(&self, start: usize, end: usize) -> usize {
        (start + 1..end)
            .find(|&at| self.kind(at) == Kind::Comma && !self.is_quoted(at) && self.clause_follows(at + 1, end))
            .unwrap_or(end)
    }

    /// Whether a subject and its verb follow.
    pub(super) fn clause_follows(&self, at: usize, end: usize) -> bool {
        let opens = self.is(at, DET | PRONOUN | POSSESSIVE) || self.is_capital(at);
        opens
            && !self.is(at, REL)
            && (at + 1..end.min(at + 9))
                .take_while(|&i| self.is_word(i) && !self.is(i, REL | SUBORD))
                .any(|i| self.is_finite(i) && !self.is(i - 1, DET | POSSESSIVE))
    }

    /// Whether there is something to say from `at` on: a word before the sentence, or a comma, ends.
    pub(super) fn has_content(&self, at: usize, limit: usize) -> bool {
        (at..limit).any(|i| self.is_word(i))
    }

    /// Whether a quotation opens here, or behind a comma or colon.
    pub(super) fn opens_quote(&self, at: usize, limit: usize) -> bool {
        let at = if matches!(self.kind(at), Kind::Comma | Kind::Colon) {
            at + 1
        } else {
            at
        };
        at < limit && self.kind(at) == Kind::Open
    }

    /// The words of the quotation that opens here.
    pub(super) fn quote_length(&self, at: usize, limit: usize) -> usize {
        let at = if matches!(self.kind(at), Kind::Comma | Kind::Colon) {
            at + 1
        } else {
            at
        };
        if at >= limit || self.kind(at) != Kind::Open {
            return 0;
        }
        self.quote_around(at)
            .map_or(0, |quote| quote.tokens.len().saturating_sub(2))
    }

    /// Whether a quotation opens inside the range.
    pub(super) fn has_open_quote(&self, range: &Tokens) -> bool {
        range.clone().any(|at| self.kind(at) == Kind::Open)
    }

    /// `called the plan a mistake`, `described it as`: a second noun phrase or `as`.
    pub(super) fn names_something(&self, range: &Tokens) -> bool {
        !self.is(range.start, PREP)
            && range.clone().skip(1).take(30).any(|at| {
                let second = self.is(at, ARTICLE)
                    && self.is_word(at - 1)
                    && !self.is(at - 1, PREP | COORD | VERB | AUX)
                    && self.tokens[at - 1].verb == 0;
                second || self.reads(at, "as")
            })
    }

    /// Whether a clause starts here: a subject, and a verb before the next comma.
    pub(super) fn opens_clause(&self, at: usize, limit: usize) -> bool {
        if at >= limit {
            return false;
        }
        let bound = ["of", "to", "about"].iter().any(|p| self.reads(at, p));
        if bound && !self.is_capital(at) && self.kind(at + 1) != Kind::Number {
            return false;
        }
        if self.is_quoted(at) {
            return true;
        }
        let mut words = 0;
        for i in at..limit.min(at + 30) {
            match self.kind(i) {
                Kind::Stop | Kind::Semicolon | Kind::Colon => return false,
                Kind::Comma if words > 12 => return false,
                Kind::Word | Kind::Number => {
                    words += 1;
                    if words > 1 && self.is_finite(i) {
                        return true;
                    }
                    if self.tokens[i].forms & (PAST | THIRD | BASE) != 0
                        && words > 1
                        && !self.is_capital(i)
                        && self.tokens[i].verb != 0
                        && !self.is(i - 1, DET | POSSESSIVE)
                    {
                        return true;
                    }
                }
                _ => {}
            }
        }
        false
    }

    /// `issued a set of demands`, `indicated support for`: a noun of the class among the first words of the object.
    pub(super) fn names_act(&self, at: usize, limit: usize, class: u64) -> bool {
        (at..limit.min(at + 7))
            .take_while(|&i| self.is_word(i) && !self.is(i, AUX))
            .any(|i| self.is(i, class))
    }

    /// `asked a waiter to sit down`: somebody, then an infinitive.
    pub(super) fn asks_to(&self, at: usize, limit: usize) -> bool {
        (at + 1..limit.min(at + 9))
            .take_while(|&i| self.is_word(i))
            .any(|i| self.reads(i, "to") || self.reads(i, "for"))
            && !self.is(at, PREP)
    }

    /// Whether no verb stands before the first comma, relative pronoun or infinitive: an object, no clause.
    pub(super) fn is_noun_object(&self, at: usize, limit: usize) -> bool {
        if self.is(at, PRONOUN) && !self.is(at, POSSESSIVE) {
            return false;
        }
        let ends = |i: usize| {
            !self.is_word(i) && !self.is_mark(i) && self.kind(i) != Kind::Apostrophe
                || self.is(i, REL) && i > at
                || self.is(i, COORD) && i + 1 < limit && self.is_tensed(i + 1)
        };
        let end = (at..limit).find(|&i| ends(i)).unwrap_or(limit);
        // "an envoy, whom nobody knew, said": the comma opens a parenthesis, and a verb follows it.
        if self.kind(end) == Kind::Comma && end + 1 < limit {
            let close = (end + 1..limit.min(end + 40)).find(|&i| self.kind(i) == Kind::Comma && !self.is_quoted(i));
            if close.is_some_and(|close| self.is_finite(close + 1)) {
                return false;
            }
        }
        !(at + 1..end).any(|i| self.is_finite(i) && !self.is(i - 1, DET | POSSESSIVE) && !self.reads(i - 1, "to"))
    }

    /// Whether a noun phrase starts here, as the object of a verb.
    pub(super) fn opens_object(&self, at: usize, limit: usize) -> bool {
        at < limit && self.is_word(at) && !self.is(at, PREP | COORD | SUBORD | AUX) && !self.reads(at, "that")
            || self.kind(at) == Kind::Open
            || self.reads(at, "to")
    }

    /// The first noun phrase of a sentence, before its first verb.
    pub(super) fn main_subject(&self, start: usize, limit: usize) -> Option<Tokens> {
        // Over an introduction up to one of its commas.
        if self.is(start, INTRO | PREP | SUBORD) || self.has_form(start, ING) || self.word(start).ends_with("ing") {
            let mut commas =
                (start..limit.min(start + 40)).filter(|&at| self.kind(at) == Kind::Comma && !self.is_quoted(at));
            return commas.find_map(|comma| self.first_subject(comma + 1, limit));
        }
        self.first_subject(start, limit)
    }

    /// The noun phrase before the first verb from `start` on.
    pub(super) fn first_subject(&self, start: usize, limit: usize) -> Option<Tokens> {
        let verb = (start..limit.min(start + 50)).find(|&at| {
            !self.is_quoted(at) && self.is_finite(at) && !(at > start && self.is(at - 1, DET | POSSESSIVE | PREP))
        });
        let verb = verb?;
        let group = self.verb_group(verb, start).start;
        if group > start && matches!(self.kind(group - 1), Kind::Comma | Kind::Dash) {
            return self.phrase_over_parenthesis(group - 1, start);
        }
        if group > start && self.is(group - 1, REL) {
            let mut end = group - 1;
            while end > start && self.kind(end - 1) == Kind::Comma {
                end -= 1;
            }
            return self.noun_phrase_before(end, start);
        }
        self.noun_phrase_before(group, start)
            .map(|p| self.over_apposition(p, start))
    }
}
