//! Noun phrases and verb groups beside a verb, found by closed classes and punctuation.

use super::document::{Document, Tokens};
use super::lexicon::{
    ADV, ARTICLE, AUX, BE, COORD, DAY, DET, DOCUMENT, ING, MEDIA, MONTH, NEG, NOT_SPEAKER, NUMBER_WORD, OCCASION, ORG,
    PAST, PEOPLE, PERSON, PLACE, POSSESSIVE, PREP, PRONOUN, RAISING, REL, SUBORD, THIRD, TIME, TITLE, VERB, WH,
};
use super::tokens::Kind;

/// How far to look for the other end of a parenthesis, in tokens: with it, every search has a bound.
const FAR: usize = 70;

/// Nouns of sources.
pub(super) const SOURCE: u64 = PERSON | PEOPLE | ORG | MEDIA | PLACE | TITLE | DOCUMENT;

/// The verb group around a main verb: where it starts, and what kind it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct VerbGroup {
    pub start: usize,
    pub passive: bool,
    /// Whether the verb is an infinitive after `to` that does not report.
    pub infinitive: bool,
    pub has_aux: bool,
    pub negated: bool,
}

impl Document<'_> {
    /// Leftwards over auxiliaries, adverbs and days.
    pub fn verb_group(&self, verb: usize, floor: usize) -> VerbGroup {
        let mut group = VerbGroup {
            start: verb,
            passive: false,
            infinitive: false,
            has_aux: false,
            negated: false,
        };
        let past = self.tokens[verb].forms & PAST != 0;
        let mut at = verb;
        while at > floor && !self.is_quoted(at - 1) {
            let before = at - 1;
            if self.is(before, AUX)
                && !(self.is_capital(before) && at >= 2 && before > floor && self.is_capital(before - 1))
            {
                group.passive |= past && self.is(before, BE) && !group.has_aux;
                group.has_aux = true;
                group.negated |= self.is(before, NEG);
                at = before;
            } else if self.reads(before, "to") {
                match self.raising(before, floor) {
                    Some(start) => at = start,
                    None => {
                        group.infinitive = true;
                        break;
                    }
                }
            } else if let Some(start) = self.time_before(at, floor) {
                at = start;
            } else if self.is(before, ADV | NEG)
                && self.kind(before) == Kind::Word
                && !self.is_capital_inside(before, floor)
            {
                group.negated |= self.is(before, NEG);
                at = before;
            } else {
                break;
            }
        }
        group.start = at;
        group
    }

    fn is_capital_inside(&self, at: usize, floor: usize) -> bool {
        self.is_capital(at) && at > floor
    }

    /// `declined to`, `went on to`: where the verb before `to` stands.
    fn raising(&self, to: usize, floor: usize) -> Option<usize> {
        let mut at = to;
        for _ in 0..2 {
            if at == floor {
                return None;
            }
            at -= 1;
            if self.is(at, RAISING) {
                let at_pains = at > floor && self.reads(at - 1, "at");
                return Some(if at_pains { at - 1 } else { at });
            }
            if !self.is(at, ADV | PREP) {
                return None;
            }
        }
        None
    }

    /// A time that ends before `end`: `Thursday`, `on Thursday`, `this week`, `late on Monday`. Where it starts.
    fn time_before(&self, end: usize, floor: usize) -> Option<usize> {
        let last = end.checked_sub(1)?;
        if last < floor || !self.is(last, TIME | MONTH) || self.is_possessive(last) {
            // `on May 3`, `on December 17`
            let number = self.kind(last) == Kind::Number
                && last > floor
                && (self.is(last - 1, MONTH) || self.reads(last - 1, "in"));
            if !number {
                return None;
            }
        }
        let mut at = last;
        while at > floor {
            let before = at - 1;
            let part = self.is(before, TIME | MONTH)
                || self.kind(before) == Kind::Number
                || self.is(before, PREP) && ["on", "in", "at", "of"].iter().any(|p| self.reads(before, p))
                || ["this", "last", "the", "next", "a", "that", "same"]
                    .iter()
                    .any(|p| self.reads(before, p))
                || self.is(before, ADV) && self.is(before, TIME);
            if !part || self.is_quoted(before) {
                break;
            }
            at = before;
        }
        Some(at)
    }

    /// The noun phrase that ends before `end`, not further left than `floor`.
    pub fn noun_phrase_before(&self, end: usize, floor: usize) -> Option<Tokens> {
        let mut at = end;
        while at > floor && end - at < FAR {
            let before = at - 1;
            if self.is_quoted(before) {
                break;
            }
            match self.kind(before) {
                Kind::Word => {
                    if !self.can_extend(before, at, end, floor) {
                        break;
                    }
                    at = before;
                    if self.is(before, PRONOUN)
                        && !self.is(before, POSSESSIVE)
                        && !(before > floor && self.is(before - 1, PERSON | PEOPLE | ORG))
                    {
                        break;
                    }
                    let is_det = self.is(before, DET | POSSESSIVE) && !self.is_capital_name(before, floor);
                    if is_det && at > floor && !self.is(at - 1, PREP | DET | COORD) {
                        break;
                    }
                }
                Kind::Number | Kind::Apostrophe => at = before,
                Kind::Other if !self.tokens[before].is_spaced() => at = before,
                Kind::CloseBracket => match self.open_bracket(before, floor) {
                    Some(open) => at = open,
                    None => break,
                },
                Kind::Comma if at < end && self.is_listed(before, at, floor) => at = before,
                _ => break,
            }
        }
        self.trim_phrase(at..end, floor)
    }

    fn is_capital_name(&self, at: usize, floor: usize) -> bool {
        self.is_capital(at) && at > floor
    }

    /// Whether the word before `at` can belong to the noun phrase `at..end`.
    fn can_extend(&self, before: usize, at: usize, end: usize, floor: usize) -> bool {
        let empty = at == end;
        let capital_inside = self.is_capital(before) && before > floor;
        if self.is(before, REL | WH | SUBORD) && !capital_inside {
            return false;
        }
        if self.is(before, COORD) {
            return !empty
                && (self.reads(before, "and") || self.reads(before, "or"))
                && before > floor
                && self.is_word(before - 1)
                && !self.has_verb_in_clause(floor, before);
        }
        if capital_inside {
            return !self.is(before, DAY);
        }
        if self.is(before, PRONOUN) {
            return empty || self.is(before, POSSESSIVE) || at > floor && self.is_reduced_relative(at, floor);
        }
        if self.is(before, PREP) {
            let coordinated =
                before > floor && self.is(before - 1, COORD) && !self.has_verb_in_clause(floor, before - 1);
            return !empty
                && before > floor
                && (self.is_noun_like(before - 1) || coordinated || self.is_postmodifier(before - 1, floor));
        }
        if self.is_postmodifier(before, floor) && self.is(at, PREP) {
            return true;
        }
        if self.is(before, AUX | NEG)
            || self.is(before, TIME | DAY) && !self.is_possessive(before) && !self.is(before, DET)
        {
            return false;
        }
        if self.is(before, DET | POSSESSIVE) || self.is(before, SOURCE) {
            return true;
        }
        if self.is(before, ADV) {
            return false;
        }
        let verbal = self.tokens[before].forms & (PAST | THIRD | ING) != 0
            || self.tokens[before].is_ed()
            || self.is(before, VERB);
        if verbal {
            // An adjective of verbal form stands behind a determiner: "a retired general".
            if empty {
                // "the talks said": a noun that looks like a verb stands behind a determiner.
                let determined =
                    before > floor && (self.is(before - 1, DET | POSSESSIVE) || self.is_possessive(before - 1));
                return determined || self.is_reduced_relative(before, floor);
            }
            return before == floor
                || !self.is_word(before - 1)
                || self.is(before - 1, DET | POSSESSIVE)
                || self.is_possessive(before - 1);
        }
        true
    }

    /// `officials briefed on the plan`: a participle behind a person, with a preposition of its own.
    fn is_postmodifier(&self, at: usize, floor: usize) -> bool {
        at > floor
            && (self.tokens[at].forms == PAST || self.tokens[at].is_ed())
            && self.is(at - 1, PERSON | PEOPLE)
            && self.is(at + 1, PREP)
    }

    /// `the traders we met`: a verb whose object is the noun before its pronoun.
    fn is_reduced_relative(&self, at: usize, floor: usize) -> bool {
        at > floor + 1 && self.is(at - 1, PRONOUN) && self.is(at - 2, PERSON | PEOPLE | ORG)
    }

    /// A word that a prepositional phrase can hang on.
    fn is_noun_like(&self, at: usize) -> bool {
        self.is_word(at)
            && !self.is(at, AUX | PREP | SUBORD | NEG | COORD | REL)
            && (self.is_capital(at) || self.is(at, SOURCE) || !self.is_finite(at) && !self.is(at, ADV | TIME))
    }

    /// Whether a clause that ends before `end` has a verb, back to its start.
    pub fn has_verb_in_clause(&self, floor: usize, end: usize) -> bool {
        for at in (floor.max(end.saturating_sub(FAR))..end).rev() {
            if self.is_mark(at) || self.kind(at) == Kind::Semicolon {
                return false;
            }
            if self.is_finite(at) && !self.is_quoted(at) && !self.is_attributive(at, floor) {
                return true;
            }
        }
        false
    }

    /// A word of verbal form between a determiner and a noun.
    fn is_attributive(&self, at: usize, floor: usize) -> bool {
        at > floor && self.is(at - 1, DET | POSSESSIVE) && !self.is(at, AUX)
    }

    /// `X, Y and Z`, `X, Jr.`: whether a comma joins what a list holds.
    fn is_listed(&self, comma: usize, at: usize, floor: usize) -> bool {
        let oxford = self.reads(at, "and") && comma > floor && self.is_word(comma - 1);
        let junior = self.reads(at, "jr.") || self.reads(at, "sr.");
        junior || (oxford || self.is_name_in_list(comma, at, floor)) && !self.has_verb_in_clause(floor, comma)
    }

    /// `of France, Germany and Italy`, `France, Germany and Italy said`: whether a comma stands between the names of a list.
    fn is_name_in_list(&self, comma: usize, at: usize, floor: usize) -> bool {
        let joined = (at..at + 6)
            .take_while(|&i| self.is_word(i))
            .any(|i| self.reads(i, "and"));
        let mut start = comma;
        while start > floor && self.is_capital(start - 1) && self.kind(start - 1) == Kind::Word {
            start -= 1;
        }
        let opens = start == floor
            || self.kind(start - 1) == Kind::Comma
            || ["of", "including", "like"].iter().any(|w| self.reads(start - 1, w));
        joined && self.is_capital(at) && start < comma && opens && !self.is(start, PREP | SUBORD | ADV | DAY)
    }

    fn open_bracket(&self, close: usize, floor: usize) -> Option<usize> {
        (floor.max(close.saturating_sub(14))..close)
            .rev()
            .find(|&at| self.kind(at) == Kind::OpenBracket)
    }

    /// Drops what is no part of a noun phrase at its start, and rejects what cannot speak.
    fn trim_phrase(&self, range: Tokens, floor: usize) -> Option<Tokens> {
        let Tokens { mut start, end } = range;
        while start < end
            && (!self.is_word(start) && self.kind(start) != Kind::OpenBracket
                || self.is(start, COORD | SUBORD | NEG)
                || self.is(start, ADV) && !self.is(start, DET | SOURCE)
                || self.is(start, PREP) && !self.is_capital_name(start, floor))
        {
            start += 1;
        }
        // "In a radio interview Trump said": the name behind an occasion or a time is the subject.
        if (start > floor && self.is(start - 1, PREP) || start == floor && self.is(start, TIME))
            && let Some(name) = self.name_behind_occasion(start, end)
        {
            start = name;
        }
        let phrase = start..end;
        (start < end && self.can_speak(&phrase)).then_some(phrase)
    }

    fn name_behind_occasion(&self, start: usize, end: usize) -> Option<usize> {
        let occasion = (start..end).rev().find(|&at| {
            self.is(at, OCCASION | TIME | NUMBER_WORD) && !self.is_capital(at)
                || self.kind(at) == Kind::Number
                || self.is(at, MONTH | DAY)
        })?;
        (occasion + 1 < end).then_some(occasion + 1)
    }

    /// The head of a noun phrase: the last word before a modifier.
    pub fn head(&self, phrase: &Tokens) -> usize {
        let modifier = phrase.clone().skip(1).find(|&at| {
            self.is(at, PREP | REL) && !self.is_capital(at)
                || matches!(self.kind(at), Kind::Comma | Kind::OpenBracket | Kind::Dash)
        });
        let mut head = modifier.unwrap_or(phrase.end) - 1;
        while head > phrase.start && !self.is_word(head) {
            head -= 1;
        }
        head
    }

    /// Whether a phrase can be the source of a statement.
    pub fn can_speak(&self, phrase: &Tokens) -> bool {
        let head = self.head(phrase);
        if self.is(head, PRONOUN) && phrase.len() == 1 {
            return true;
        }
        if self.is(head, SOURCE) {
            return true;
        }
        if self.is(head, NOT_SPEAKER | TIME | PREP) || self.kind(head) == Kind::Number {
            return self.is_capital(head) && !self.is(head, NOT_SPEAKER | TIME);
        }
        if self.is_capital(head) {
            return !self.is(head, PREP | SUBORD | ADV | AUX | WH) || phrase.len() > 1;
        }
        let first = phrase.start;
        self.is(first, DET | POSSESSIVE)
            || self.is_possessive(first)
            || self.word(head).ends_with('s')
            || phrase.len() > 1
    }

    /// Whether the source is of a kind that surely speaks: a name, a pronoun, a person, an organisation.
    pub fn surely_speaks(&self, phrase: &Tokens) -> bool {
        let head = self.head(phrase);
        self.is(head, SOURCE | PRONOUN) || self.is_capital(head)
    }

    /// The source left of a parenthesis that ends with the comma or dash at `close`.
    pub fn phrase_over_parenthesis(&self, close: usize, floor: usize) -> Option<Tokens> {
        let mark = self.kind(close);
        let mut at = close;
        while at > floor && close - at < FAR {
            at -= 1;
            let kind = self.kind(at);
            if kind == Kind::Semicolon || kind == Kind::Colon && !self.is_quoted(at) {
                return None;
            }
            if kind != mark || self.is_quoted(at) || at + 1 >= close || !self.opens_parenthesis(at + 1) {
                continue;
            }
            let Some(phrase) = self.noun_phrase_before(at, floor) else {
                continue;
            };
            if self.is_clean_start(phrase.start, floor) {
                return Some(self.over_apposition(phrase, floor));
            }
        }
        None
    }

    /// How a parenthesis behind a noun starts.
    fn opens_parenthesis(&self, at: usize) -> bool {
        self.is(
            at,
            REL | DET | ARTICLE | POSSESSIVE | PREP | TITLE | PERSON | PEOPLE | ORG | ADV | WH | SUBORD,
        ) || self.kind(at) == Kind::Number
            || self.is_capital(at)
            || self.has_form(at, ING | PAST)
            || self.is_ed(at)
            || self.word(at).ends_with("ing")
    }

    /// Whether a noun phrase may be the subject of a clause: nothing before it that it depends on.
    pub fn is_clean_start(&self, start: usize, floor: usize) -> bool {
        if start <= floor {
            return true;
        }
        let before = start - 1;
        match self.kind(before) {
            Kind::Word => self.is(before, COORD | SUBORD | REL | ADV | TIME) || self.reads(before, "with"),
            Kind::Number => false,
            _ => true,
        }
    }

    /// `Elna Varga, a spokeswoman for …`: from an apposition to the name before it.
    pub fn over_apposition(&self, phrase: Tokens, floor: usize) -> Tokens {
        let Some(comma) = phrase.start.checked_sub(1) else {
            return phrase;
        };
        let apposed =
            self.is(phrase.start, ARTICLE | POSSESSIVE | NUMBER_WORD) || self.is(self.head(&phrase), PERSON | TITLE);
        if comma <= floor || self.kind(comma) != Kind::Comma || !apposed {
            return phrase;
        }
        match self.noun_phrase_before(comma, floor) {
            Some(name)
                if self.is_capital(self.head(&name))
                    && name.start <= floor + 2
                    && self.is_clean_start(name.start, floor)
                    && !self.is(name.start, PREP)
                    && self.tokens[name.start].forms & (PAST | ING) == 0
                    && !self.has_finite(&(floor..name.start)) =>
            {
                name
            }
            _ => phrase,
        }
    }

    /// The noun phrase from `start` up to its end before `limit`, if what follows is no verb of its own.
    pub fn noun_phrase_after(&self, start: usize, limit: usize) -> Option<Tokens> {
        let mut at = start;
        while at < limit && self.is(at, ADV) && !self.is(at, DET | TIME) && !self.is_capital(at) {
            at += 1;
        }
        let first = at;
        let opens = self.is_word(first)
            && (self.is(first, DET | POSSESSIVE | PRONOUN | SOURCE | NUMBER_WORD)
                || self.is_capital(first)
                || self.word(first).ends_with('s')
                || self.is_source_soon(first, limit))
            && !self.is(first, PREP | WH | SUBORD | TIME);
        if first >= limit || !opens {
            return None;
        }
        while at < limit && at - first < FAR {
            match self.kind(at) {
                Kind::Word | Kind::Number => {
                    let capital = self.is_capital(at);
                    if self.is(at, REL | SUBORD | DAY) && at > first
                        || self.is(at, TIME) && at > first && !capital && !self.is(at, DET)
                    {
                        break;
                    }
                    if self.is(at, PRONOUN) && !self.is(at, POSSESSIVE) {
                        if at == first {
                            at += 1;
                        }
                        break;
                    }
                    if self.is(at, PREP) && !capital && !self.binds(at, limit) {
                        break;
                    }
                    if self.is(at, COORD) && !(self.is(at + 1, DET | SOURCE) || self.is_capital(at + 1)) {
                        break;
                    }
                    if at > first && self.is(at, DET) && !self.is(at - 1, PREP | COORD | DET) && !capital {
                        break;
                    }
                    if at > first && !capital && self.is_finite(at) && !self.is(at, SOURCE) {
                        break;
                    }
                    if at > first && self.is(at, ADV) && !capital && !self.is(at, DET) {
                        break;
                    }
                    at += 1;
                }
                Kind::Apostrophe => at += 1,
                Kind::OpenBracket => match (at..limit.min(at + 14)).find(|&c| self.kind(c) == Kind::CloseBracket) {
                    Some(close) => at = close + 1,
                    None => break,
                },
                _ => break,
            }
        }
        (at > first).then_some(first..at)
    }

    /// `Western diplomats`, `top aides`: a source within a few words.
    fn is_source_soon(&self, first: usize, limit: usize) -> bool {
        (first..limit.min(first + 4))
            .take_while(|&at| self.is_word(at))
            .any(|at| self.is(at, SOURCE))
    }

    /// Whether a preposition ties what follows to the noun before it, not to the verb: `minister of`, `spokesman for`.
    fn binds(&self, at: usize, limit: usize) -> bool {
        if ["of", "for"].iter().any(|p| self.reads(at, p)) {
            return true;
        }
        if !["in", "at", "from", "with", "on"].iter().any(|p| self.reads(at, p)) {
            return false;
        }
        !(at + 1..limit.min(at + 6))
            .take_while(|&a| self.is_word(a) && !self.is(a, PREP))
            .any(|a| self.is(a, OCCASION | TIME | MONTH))
    }
}
