//! The persons that an article names.

use rustc_hash::FxHashMap;

use super::super::document::{Document, Tokens};
use super::super::lexicon::{
    ADV, AUX, COORD, DAY, DET, DOCUMENT, FEMALE, FEMALE_NAME, MALE, MALE_NAME, MEDIA, MONTH, ORG, PARTICLE, PERSON,
    PLACE, POSSESSIVE, PREP, PRONOUN, REL, SUBORD, TITLE, WH,
};
use super::super::tokens::Kind;
use super::mentions;

/// A person's gender, as far as words give it away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gender {
    Male,
    Female,
}

/// A named person.
#[derive(Debug, Clone)]
pub(super) struct Entity {
    /// The fullest name met.
    pub name: String,
    pub gender: Option<Gender>,
    /// What the person is called: `minister`, `spokesperson`.
    pub roles: Vec<String>,
    words: usize,
    /// Where the person is named first.
    first: usize,
}

impl Entity {
    /// Whether the name is known in capitals only, as labels write it.
    pub fn is_shouted(&self) -> bool {
        !self.name.chars().any(char::is_lowercase)
    }
}

/// A place where a person is named.
#[derive(Debug, Clone, Copy)]
pub(super) struct NamedAt {
    pub token: usize,
    pub entity: usize,
}

/// All persons of an article, and where they are named.
#[derive(Debug, Default)]
pub(super) struct Entities {
    pub list: Vec<Entity>,
    mentions: Vec<NamedAt>,
    by_last_name: FxHashMap<String, usize>,
    /// The sentence of each statement's cue.
    pub cue_sentences: Vec<usize>,
}

/// Words that are part of no name although they have a capital.
const NO_NAME: u64 = DET | POSSESSIVE | PRONOUN | PREP | COORD | SUBORD | REL | WH | AUX | ADV | DAY | MONTH;

impl Entities {
    pub fn read(document: &Document) -> Self {
        let mut entities = Entities::default();
        let mut at = 0;
        while at < document.tokens.len() {
            if !document.is_capital(at) || document.kind(at) != Kind::Word {
                at += 1;
                continue;
            }
            let run = capital_run(document, at);
            entities.take(document, &run);
            at = run.end.max(at + 1);
        }
        entities
    }

    /// Files a run of capitalised words, if it names a person.
    fn take(&mut self, document: &Document, run: &Tokens) {
        let Some(name) = person_name(document, run) else {
            return;
        };
        let titled = name.start > run.start && document.is(name.start - 1, TITLE | PERSON)
            || name.start == run.start
                && run.start > 0
                && document.is(run.start - 1, TITLE | PERSON)
                && !document.is_capital(run.start - 1);
        let last = last_name(document, &name);
        let known = self.by_last_name.get(&last).copied();
        let words = name.len();
        let entity = match known {
            Some(entity) if words == 1 || self.fits(entity, document, &name) => entity,
            _ if words >= 2 || titled => {
                self.list.push(Entity {
                    name: String::new(),
                    gender: None,
                    roles: Vec::new(),
                    words: 0,
                    first: name.start,
                });
                self.list.len() - 1
            }
            _ => return,
        };
        self.by_last_name.insert(last, entity);
        self.mentions.push(NamedAt {
            token: name.start,
            entity,
        });
        let entity = &mut self.list[entity];
        if words > entity.words {
            entity.words = words;
            entity.name = mentions::words_of(document, &name);
        }
        if entity.gender.is_none() {
            entity.gender = gender(document, run, &name);
        }
        for role in roles(document, run, &name) {
            if !entity.roles.contains(&role) {
                entity.roles.push(role);
            }
        }
    }

    /// Whether a full name and an entity of the same last name are one: no different given names.
    fn fits(&self, entity: usize, document: &Document, name: &Tokens) -> bool {
        let entity = &self.list[entity];
        if entity.words == 1 {
            return true;
        }
        let given = document.word(name.start);
        let initial = |word: &str| word.chars().next();
        entity
            .name
            .split_whitespace()
            .next()
            .is_some_and(|known| known == given || initial(known) == initial(given))
    }

    /// The mentions before a token, in order.
    pub fn before(&self, token: usize) -> &[NamedAt] {
        &self.mentions[..self.mentions.partition_point(|m| m.token < token)]
    }

    /// The person of a last name.
    pub fn by_last_name(&self, last: &str) -> Option<usize> {
        self.by_last_name.get(last).copied()
    }

    /// The person with a role: the last one named before, else the first one named behind.
    pub fn with_role(&self, role: &str, token: usize, also_behind: bool) -> Option<usize> {
        let has = |m: &&NamedAt| self.list[m.entity].roles.iter().any(|r| r == role);
        let split = self.mentions.partition_point(|m| m.token < token);
        let before = self.mentions[..split].iter().rev().take(60).find(has);
        let behind = || self.mentions[split..].iter().take(20).find(has);
        before
            .or_else(|| if also_behind { behind() } else { None })
            .map(|m| m.entity)
    }

    /// Whether a source is the first place where the person is named.
    pub fn is_first_mention(&self, entity: usize, source: &Tokens) -> bool {
        source.contains(&self.list[entity].first)
    }
}

/// The run of capitalised words from `start`: initials and particles inside, brackets not.
pub(super) fn capital_run(document: &Document, start: usize) -> Tokens {
    let mut end = start + 1;
    while end < document.tokens.len() && end - start < 14 {
        let token = &document.tokens[end];
        if token.kind != Kind::Word || document.is_possessive(end - 1) {
            break;
        }
        let particle = document.is(end, PARTICLE) && !token.is_capital() && document.is_capital(end + 1);
        if !token.is_capital() && !particle {
            break;
        }
        end += 1;
    }
    start..end
}

/// The part of a run that is a person's name: what follows the last title.
pub(super) fn person_name(document: &Document, run: &Tokens) -> Option<Tokens> {
    let mut start = run.start;
    while start < run.end && document.is(start, NO_NAME) && !document.is(start, TITLE | MALE_NAME | FEMALE_NAME) {
        start += 1;
    }
    if let Some(title) = (start..run.end).rev().find(|&at| document.is(at, TITLE | PERSON)) {
        start = title + 1;
    }
    let name = start..run.end;
    let words = name.len();
    if words == 0 || words > 5 {
        return None;
    }
    let no_person = |at: usize| {
        document.is(at, ORG | MEDIA | PLACE | DOCUMENT | NO_NAME) && !document.is(at, MALE_NAME | FEMALE_NAME)
    };
    if name.clone().any(no_person)
        || document.is_capital(start)
            && document.tokens[start].is_upper()
            && words == 1
            && document.word(start).len() <= 5
    {
        return None;
    }
    let nation = document.is(run.end - 1, super::super::lexicon::PEOPLE);
    (!nation).then_some(name)
}

/// The last name in lower case, without a possessive.
pub(super) fn last_name(document: &Document, name: &Tokens) -> String {
    let mut last = name.end - 1;
    if name.len() > 1 && (document.reads(last, "jr.") || document.reads(last, "sr.")) {
        last -= 1;
    }
    mentions::stem(document.word(last)).to_lowercase()
}

fn gender(document: &Document, run: &Tokens, name: &Tokens) -> Option<Gender> {
    let before = run.start.saturating_sub(1)..name.start;
    for at in before.rev() {
        if document.is(at, MALE) {
            return Some(Gender::Male);
        }
        if document.is(at, FEMALE) {
            return Some(Gender::Female);
        }
    }
    if name.len() < 2 {
        return None;
    }
    match (document.is(name.start, MALE_NAME), document.is(name.start, FEMALE_NAME)) {
        (true, false) => Some(Gender::Male),
        (false, true) => Some(Gender::Female),
        _ => None,
    }
}

/// The roles before a name (`foreign minister`, `spokeswoman`) and in the apposition behind it.
fn roles(document: &Document, run: &Tokens, name: &Tokens) -> Vec<String> {
    let mut roles = Vec::new();
    let mut at = name.start;
    while at > 0 && name.start - at < 4 && document.is(at - 1, TITLE | PERSON) {
        roles.push(mentions::role_of(document, at - 1));
        at -= 1;
    }
    let _ = run;
    if document.kind(name.end) == Kind::Comma {
        let apposition = name.end + 1..(name.end + 10).min(document.tokens.len());
        let opens = document.is(apposition.start, DET | POSSESSIVE | PERSON | TITLE)
            || document.is_possessive(apposition.start)
            || document.is_capital(apposition.start);
        let noun = apposition
            .take_while(|&at| document.is_word(at) && !document.is(at, AUX | REL))
            .find(|&at| document.is(at, PERSON));
        if let Some(noun) = noun.filter(|_| opens) {
            roles.push(mentions::role_of(document, noun));
        }
    }
    roles
}
