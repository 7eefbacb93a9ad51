//! Attributions without an active verb: `Okoye's claim that …`, `a warning from the ministry that …`, `was accused of …`.

use super::document::{Document, Tokens};
use super::lexicon::{COORD, Frame, POSSESSIVE, PREP, REL, REPORT_NOUN, SUBORD, Strength};
use super::tokens::Kind;

/// What was found: source, cue, content.
pub(super) struct Nominal {
    pub source: Option<Tokens>,
    pub cue: Tokens,
    pub content: Vec<Tokens>,
}

impl Document<'_> {
    /// A noun of speech with a source of its own and a clause behind it.
    pub fn noun_cue(&self, noun: usize, floor: usize, limit: usize) -> Option<Nominal> {
        if !self.is(noun, REPORT_NOUN) || self.is_capital(noun) {
            return None;
        }
        let that = (noun + 1..limit.min(noun + 9)).find(|&at| self.reads(at, "that") || !self.is_word(at))?;
        if !self.reads(that, "that") || self.is_quoted(that) || that + 1 >= limit {
            return None;
        }
        let (source, start) = match self.possessor_of(noun, floor) {
            Some(source) if that == noun + 1 => (source, noun),
            _ => (self.agent_between(noun + 1, that)?, noun),
        };
        let end = self.end_of_embedded(that + 1, limit);
        let content = that + 1..end;
        Some(Nominal {
            source: Some(source),
            cue: start..noun + 1,
            content: vec![content],
        })
    }

    /// `Okoye's repeated claim`, `his claim`: the possessor.
    fn possessor_of(&self, noun: usize, floor: usize) -> Option<Tokens> {
        let owner = (floor.max(noun.saturating_sub(3))..noun)
            .rev()
            .find(|&at| self.is_possessive(at) || self.is(at, POSSESSIVE))?;
        if self.is(owner, POSSESSIVE) && !self.is_possessive(owner) {
            return Some(owner..owner + 1);
        }
        self.noun_phrase_before(owner + 1, floor)
    }

    /// `from the ministry`, `by Okoye` between a noun and its clause.
    fn agent_between(&self, from: usize, that: usize) -> Option<Tokens> {
        let is_agent = from < that && ["from", "by", "of"].iter().any(|p| self.reads(from, p));
        let source = is_agent.then(|| self.noun_phrase_after(from + 1, that)).flatten()?;
        (source.end == that && self.surely_speaks(&source)).then_some(source)
    }

    /// Where a clause inside of another one ends: before the second verb that nothing joins to the first.
    fn end_of_embedded(&self, start: usize, limit: usize) -> usize {
        let mut verbs = 0;
        let mut joined = false;
        let mut in_group = false;
        for at in start..limit {
            if self.is_quoted(at) {
                continue;
            }
            if !self.is_word(at) && self.kind(at) != Kind::Apostrophe {
                if matches!(self.kind(at), Kind::Comma | Kind::Semicolon | Kind::Dash | Kind::Stop) && verbs > 0 {
                    return at;
                }
                continue;
            }
            joined |= self.is(at, COORD | SUBORD | REL) || self.reads(at, "to");
            let verb = at > start && self.is_tensed(at) && !self.is(at - 1, super::lexicon::DET | POSSESSIVE | PREP);
            let anew = self.is(at, super::lexicon::AUX)
                && !self.is(at - 1, super::lexicon::AUX | super::lexicon::ADV | super::lexicon::NEG);
            if verb && (!in_group || anew) {
                verbs += 1;
                if verbs > 1 && !joined {
                    return at;
                }
                joined = false;
            }
            in_group = verb || in_group && self.is(at, super::lexicon::ADV | super::lexicon::NEG);
        }
        limit
    }

    /// `Okoye was accused of lying by Varga`, `Okoye has been criticised for …`: a verb of blame in the passive.
    pub fn passive_cue(&self, verb: usize, floor: usize, limit: usize) -> Option<Nominal> {
        let blames = self
            .readings(verb)
            .iter()
            .any(|r| r.particles.is_empty() && r.frame == Frame::Object && r.strength == Strength::Strong);
        if !blames || self.tokens[verb].forms & super::lexicon::PAST == 0 || self.is_quoted(verb) {
            return None;
        }
        let group = self.verb_group(verb, floor);
        if !group.passive || group.infinitive || group.start == floor {
            return None;
        }
        let patient = match self.kind(group.start - 1) {
            Kind::Comma | Kind::Dash => self.phrase_over_parenthesis(group.start - 1, floor)?,
            _ => self.noun_phrase_before(group.start, floor)?,
        };
        let charged = ["of", "for", "as"].iter().any(|p| self.reads(verb + 1, p));
        let end = self.end_of_embedded(verb + 1, limit);
        let agent = (verb + 1..end).find_map(|at| {
            let phrase = self
                .reads(at, "by")
                .then(|| self.noun_phrase_after(at + 1, end))
                .flatten()?;
            self.surely_speaks(&phrase).then_some((at, phrase))
        });
        let rest = match &agent {
            Some((by, phrase)) if *by == verb + 1 => phrase.end..end,
            Some((by, _)) => verb + 1..*by,
            None => verb + 1..end,
        };
        if !charged && agent.is_none() {
            return None;
        }
        let mut content = vec![patient];
        if self.has_word(&rest) {
            content.push(rest);
        }
        Some(Nominal {
            source: agent.map(|(_, phrase)| phrase),
            cue: group.start..verb + 1,
            content,
        })
    }
}
