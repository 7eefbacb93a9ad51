//! Which verbs of a sentence report speech, with whom and how: the candidates that [`frames`](super::frames) decides on.

use super::document::{Document, Tokens};
use super::lexicon::{
    ADV, AUX, BASE, BE, COORD, CueEntry, DET, DOCUMENT, Frame, ING, NEG, PAST, POSSESSIVE, PREP, REL, Strength, THIRD,
};
use super::tokens::Kind;

/// Where the source of a cue stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Subject {
    /// A noun phrase before the verb; the clause starts with it.
    Before(Tokens),
    /// A noun phrase behind the verb: `said Varga`.
    After(Tokens),
    /// None of its own: that of the cue or clause before (`… and warned`, `…, adding`).
    Shared,
    /// `who`: the noun phrase that the relative clause hangs on.
    Relative(Tokens),
}

/// A verb that may report.
#[derive(Debug, Clone)]
pub(super) struct Cue {
    pub verb: usize,
    /// Where the verb group, and where the whole reporting clause starts.
    pub group: usize,
    pub start: usize,
    /// Behind the verb and its particles.
    pub end: usize,
    pub subject: Subject,
    pub frame: Frame,
    pub strength: Strength,
    pub negated: bool,
}

impl Cue {
    /// The `who` or `which` of a relative clause.
    pub fn relative_pronoun(&self) -> Option<Tokens> {
        match &self.subject {
            Subject::Relative(phrase) if phrase.end < self.group => Some(self.group - 1..self.group),
            _ => None,
        }
    }
}

impl Document<'_> {
    /// The candidate at a verb outside of quotation marks; `floor` is where its clause can start at the earliest.
    pub fn cue_at(&self, verb: usize, floor: usize, limit: usize) -> Option<Cue> {
        let token = &self.tokens[verb];
        let name = token.is_capital() && verb > floor && !self.in_capitals(verb);
        if token.verb == 0 || token.is_quoted() || name {
            return None;
        }
        let (end, entry) = self.reading_at(verb, limit)?;
        if verb > floor && self.is_noun_place(verb, floor) {
            return None;
        }
        let group = self.verb_group(verb, floor);
        if group.infinitive {
            return None;
        }
        if group.passive {
            return None;
        }
        let bare_ing = token.forms & ING != 0 && !group.has_aux;
        let subject = match bare_ing {
            true => self.subject_of_participle(verb, group.start, floor)?,
            false => self.subject_of_finite(verb, group.start, end, floor, limit)?,
        };
        let start = match &subject {
            Subject::Before(phrase) | Subject::Relative(phrase) => phrase.start.min(group.start),
            _ => group.start,
        };
        Some(Cue {
            verb,
            group: group.start,
            start,
            end,
            subject,
            frame: entry.frame,
            strength: entry.strength,
            negated: group.negated,
        })
    }

    /// Whether the words around are all capitals, so that capitals say nothing.
    fn in_capitals(&self, at: usize) -> bool {
        let near = |at: usize| {
            self.tokens
                .get(at)
                .is_none_or(|t| t.kind != Kind::Word || t.is_upper() || t.end - t.start < 2)
        };
        at > 0 && near(at - 1) && near(at + 1) && near(at + 2)
    }

    /// The reading whose particles follow the verb.
    fn reading_at(&self, verb: usize, limit: usize) -> Option<(usize, &'static CueEntry)> {
        self.readings(verb).iter().find_map(|entry| {
            let mut at = verb + 1;
            for particle in &entry.particles {
                // An adverb may stand between: "called again for".
                if at < limit && !self.reads(at, particle) && self.is(at, ADV | super::lexicon::DAY) && at == verb + 1 {
                    at += 1;
                }
                if at >= limit || !self.reads(at, particle) {
                    return None;
                }
                at += 1;
            }
            Some((at, entry))
        })
    }

    /// Whether the word stands where a noun or an adjective does: behind a determiner, a possessive, a preposition.
    fn is_noun_place(&self, at: usize, floor: usize) -> bool {
        let before = at - 1;
        let forms = self.tokens[at].forms;
        if self.is_possessive(before) {
            return true;
        }
        if self.is(before, POSSESSIVE) || self.is(before, DET) && !self.stands_alone(before) {
            return forms != PAST || !self.is(before, DET) || self.is(before, super::lexicon::ARTICLE);
        }
        if self.is(before, PREP) && !self.reads(before, "to") && !self.is_capital_name_at(before, floor) {
            return !(forms & ING != 0 && ["by", "with", "for"].iter().any(|p| self.reads(before, p))
                || forms & PAST != 0);
        }
        let noun_form = forms & (THIRD | BASE) != 0 && forms & PAST == 0;
        // A noun that has a verb of its own: "remarks will", "calls were".
        if noun_form && self.is(at + 1, AUX) && !self.is_quoted(at + 1) && !self.is(at + 1, super::lexicon::CONTRACTION)
        {
            return true;
        }
        // A noun behind an adjective: "false claims", "repeated calls".
        noun_form
            && (self.tokens[before].is_ed() || self.tokens[before].forms == PAST)
            && self.kind(before) == Kind::Word
    }

    fn is_capital_name_at(&self, at: usize, floor: usize) -> bool {
        self.is_capital(at) && at > floor
    }

    /// Determiners that can be a subject: `some said`, `many warn`, `two said`.
    fn stands_alone(&self, at: usize) -> bool {
        [
            "some", "many", "others", "most", "few", "all", "both", "this", "that", "these", "those", "several",
            "another", "one", "two", "three", "other",
        ]
        .iter()
        .any(|word| self.reads(at, word))
    }

    /// The subject of a verb that can be finite.
    fn subject_of_finite(&self, verb: usize, group: usize, end: usize, floor: usize, limit: usize) -> Option<Subject> {
        let forms = self.tokens[verb].forms;
        let tensed = forms & (PAST | THIRD) != 0 || group < verb;
        if group == floor && !tensed {
            return None;
        }
        if group == floor {
            // A verb that opens the clause: inverted behind a quotation, else nothing.
            return self.inverted(end, floor, limit);
        }
        let before = group - 1;
        if self.is_quoted(before) {
            return match self.kind(before) {
                Kind::Close if tensed => self.inverted(end, floor, limit),
                _ => None,
            };
        }
        match self.kind(before) {
            Kind::Comma | Kind::Dash => {
                if !tensed {
                    return self.phrase_over_parenthesis(before, floor).map(Subject::Before);
                }
                if let Some(subject) = self.inverted_closely(end, before, floor, limit) {
                    return Some(subject);
                }
                if let Some(phrase) = self.phrase_over_parenthesis(before, floor) {
                    return Some(Subject::Before(phrase));
                }
                if let Some(subject) = self.inverted(end, floor, limit) {
                    return Some(subject);
                }
                (forms & (PAST | THIRD) != 0 && before > floor).then_some(Subject::Shared)
            }
            Kind::Word if self.is(before, REL) => self.relative(before, floor),
            Kind::Word if self.is(before, COORD) => Some(Subject::Shared).filter(|_| tensed),
            Kind::Word | Kind::Number | Kind::CloseBracket | Kind::Apostrophe => {
                let phrase = self.noun_phrase_before(group, floor)?;
                if !self.agrees(verb, group, &phrase) {
                    return None;
                }
                Some(Subject::Before(self.over_apposition(phrase, floor)))
            }
            _ => None,
        }
    }

    /// Whether the form of the verb fits the number of its subject; without an auxiliary a base form needs a plural.
    fn agrees(&self, verb: usize, group: usize, phrase: &Tokens) -> bool {
        let forms = self.tokens[verb].forms;
        if forms & PAST != 0 || (group..verb).any(|at| self.is(at, AUX) || self.reads(at, "to")) {
            return true;
        }
        let head = self.head(phrase);
        let determined = |words: &[&str]| words.iter().any(|w| self.reads(phrase.start, w));
        if forms & THIRD != 0
            && determined(&[
                "other", "these", "those", "many", "several", "such", "few", "various", "most",
            ])
        {
            return false;
        }
        let plural = self.word(head).ends_with('s')
            || phrase.clone().any(|at| self.reads(at, "and"))
            || [
                "those", "these", "some", "many", "most", "few", "several", "both", "all",
            ]
            .iter()
            .any(|w| self.reads(phrase.start, w))
            || self.is(head, super::lexicon::PEOPLE | super::lexicon::PLURAL | DET)
            || ["i", "you", "we", "they", "who", "police", "people"]
                .iter()
                .any(|w| self.reads(head, w));
        match forms & THIRD != 0 {
            true => {
                !plural
                    || self.is_capital(head)
                    || !self.word(head).ends_with('s')
                    || self.is(head, super::lexicon::MEDIA)
            }
            false => plural,
        }
    }

    /// `said Elna Varga` behind a comma or a quotation mark, with nothing behind it that makes it an object.
    fn inverted(&self, end: usize, floor: usize, limit: usize) -> Option<Subject> {
        if end == floor + 1 && floor > 0 && self.kind(floor) == Kind::Word && !self.is_quoted(floor.saturating_sub(1)) {
            return None;
        }
        let phrase = self.noun_phrase_after(end, limit)?;
        (self.can_speak(&phrase) && self.ends_reporting(phrase.end, limit)).then_some(Subject::After(phrase))
    }

    /// The same right behind a quotation, where no parenthesis can be meant.
    fn inverted_closely(&self, end: usize, comma: usize, floor: usize, limit: usize) -> Option<Subject> {
        let quoted = comma > floor && self.is_quoted(comma - 1);
        if !quoted || self.kind(comma) == Kind::Dash {
            return None;
        }
        self.inverted(end, floor, limit)
    }

    /// Whether what follows an inverted subject can end a reporting clause.
    fn ends_reporting(&self, at: usize, limit: usize) -> bool {
        at >= limit
            || match self.kind(at) {
                Kind::Word => {
                    self.is(
                        at,
                        PREP | REL | super::lexicon::TIME | super::lexicon::SUBORD | ADV | COORD,
                    ) || self.tokens[at].forms & ING != 0
                }
                Kind::Number => false,
                _ => true,
            }
    }

    /// `Varga, who said …`: the phrase that the relative clause hangs on.
    fn relative(&self, who: usize, floor: usize) -> Option<Subject> {
        if self.reads(who, "whom") && who >= floor + 2 && self.reads(who - 1, "of") {
            let mut start = who - 2;
            while start > floor && self.is(start - 1, DET) {
                start -= 1;
            }
            return Some(Subject::Relative(start..who + 1));
        }
        if !self.reads(who, "who") && !self.reads(who, "which") && !self.reads(who, "that") {
            return None;
        }
        let mut end = who;
        while end > floor && matches!(self.kind(end - 1), Kind::Comma | Kind::Dash) {
            end -= 1;
        }
        let phrase = self.noun_phrase_before(end, floor)?;
        self.surely_speaks(&phrase).then_some(Subject::Relative(phrase))
    }

    /// The subject of `saying`, `adding`, `accusing` without an auxiliary.
    fn subject_of_participle(&self, verb: usize, group: usize, floor: usize) -> Option<Subject> {
        if group == floor {
            return Some(Subject::Shared);
        }
        let before = group - 1;
        match self.kind(before) {
            Kind::Comma | Kind::Dash | Kind::Semicolon => Some(Subject::Shared),
            Kind::Close => Some(Subject::Shared),
            Kind::Word if self.reads(before, "as") => self.quoted_as_saying(before, floor),
            Kind::Word if self.is(before, COORD) || self.reads(before, "by") || self.reads(before, "while") => {
                Some(Subject::Shared)
            }
            Kind::Word if self.is(before, DOCUMENT | super::lexicon::OCCASION) && !self.is_capital(before) => {
                Some(Subject::Shared)
            }
            Kind::Word | Kind::CloseBracket => {
                // "with officials saying"
                let phrase = self.noun_phrase_before(group, floor)?;
                let with = phrase.start > floor && self.reads(phrase.start - 1, "with");
                (with && self.can_speak(&phrase)).then_some(Subject::Before(phrase))
            }
            _ => None,
        }
        .filter(|_| self.tokens[verb].forms & ING != 0)
    }

    /// `was quoted as saying`, `was quoted by the agency as saying`.
    fn quoted_as_saying(&self, as_: usize, floor: usize) -> Option<Subject> {
        let quoted = (floor.max(as_.saturating_sub(10))..as_)
            .rev()
            .find(|&at| self.reads(at, "quoted") || self.reads(at, "cited"))?;
        let group = self.verb_group(quoted, floor);
        if group.start > floor && self.is(group.start, BE) {
            return self.noun_phrase_before(group.start, floor).map(Subject::Before);
        }
        // "The agency quoted Varga as saying"
        let phrase = self.noun_phrase_after(quoted + 1, as_)?;
        Some(Subject::Before(phrase))
    }

    /// Whether a negation turns the verb into silence: `did not say`, `has not commented`.
    pub fn is_silence(&self, cue: &Cue) -> bool {
        cue.negated && (cue.group..cue.verb).any(|at| self.is(at, NEG))
    }
}
