//! Who speaks: names, roles and pronouns resolved in reading order.
//!
//! One table of entities for the article, filled from all its names before the first statement is looked at, so that
//! "the prime minister" of a first sentence finds the name of the second. A full name stands for its last name, its titles
//! and its appositions; `he` and `she` for the last person that spoke or opened a sentence, by the gender of title, given name or
//! earlier pronoun; `it` and `they` for the last organisation and the last group; a capital for its government.

mod entities;
mod mentions;

use super::document::{Document, Tokens};
use super::frames::{Found, Shape};
use super::lexicon::{ARTICLE, FEMININE, MASCULINE, NEUTER, ORG, PEOPLE, PERSON, PLURAL, POSSESSIVE, lexicon};
use entities::{Entities, Gender};
use mentions::{Mention, parse};

/// Who is speaking, as far as it is known at some place of the article.
#[derive(Debug, Clone, PartialEq)]
enum Speaker {
    /// A named person of the table.
    Person(usize),
    /// A described person, an organisation, a place: by its canonical words.
    Other {
        name: String,
        kind: OtherKind,
        role: Option<String>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum OtherKind {
    Person,
    Organisation,
    Group,
}

/// The canonical name of each statement's speaker.
pub(super) fn resolve(document: &Document, found: &[Found]) -> Vec<Option<String>> {
    let mut entities = Entities::read(document);
    entities.cue_sentences = found.iter().map(|statement| statement.sentence).collect();
    let mut resolver = Resolver {
        document,
        entities,
        said: Vec::with_capacity(found.len()),
    };
    for statement in found {
        let speaker = statement.source.as_ref().and_then(|source| match statement.shape {
            Shape::Label => resolver.resolve_label(source),
            _ => resolver.resolve(source, statement),
        });
        resolver.said.push(speaker);
    }
    resolver.name_the_described(found);
    resolver
        .said
        .iter()
        .map(|speaker| speaker.as_ref().map(|s| resolver.name(s)))
        .collect()
}

struct Resolver<'d, 't> {
    document: &'d Document<'t>,
    entities: Entities,
    /// The speaker of each statement so far.
    said: Vec<Option<Speaker>>,
}

impl Resolver<'_, '_> {
    fn name(&self, speaker: &Speaker) -> String {
        match speaker {
            Speaker::Person(entity) => self.entities.list[*entity].name.clone(),
            Speaker::Other { name, .. } => name.clone(),
        }
    }

    fn resolve(&mut self, source: &Tokens, statement: &Found) -> Option<Speaker> {
        if let Some((left, right)) = mentions::joint(self.document, source) {
            return self.resolve_joint(&left, &right, statement);
        }
        match parse(self.document, source, &self.entities) {
            Mention::Pronoun(at) => self
                .resolve_pronoun(at, statement)
                .or_else(|| Some(self.described(source))),
            Mention::Person(entity) => Some(Speaker::Person(entity)),
            Mention::Named(name) => Some(Speaker::Other {
                kind: OtherKind::Organisation,
                name,
                role: None,
            }),
            Mention::Role(head) => Some(self.resolve_role(head, source, statement)),
        }
    }

    /// `MR. PRICE:`, and nobody for `Q:`.
    fn resolve_label(&self, label: &Tokens) -> Option<Speaker> {
        let words = mentions::words_of(self.document, label);
        if super::transcripts::is_anonymous(&words) {
            return None;
        }
        let last = mentions::stem(self.document.word(label.end - 1)).to_lowercase();
        match self.entities.by_last_name(&last) {
            Some(entity) if !self.entities.list[entity].is_shouted() => Some(Speaker::Person(entity)),
            _ => Some(Speaker::Other {
                name: mentions::in_title_case(&words),
                kind: OtherKind::Person,
                role: None,
            }),
        }
    }

    /// `Varga and Mr. Okoye said`
    fn resolve_joint(&mut self, left: &Tokens, right: &Tokens, statement: &Found) -> Option<Speaker> {
        let parts = [self.resolve(left, statement)?, self.resolve(right, statement)?];
        Some(Speaker::Other {
            name: format!("{} and {}", self.name(&parts[0]), self.name(&parts[1])),
            kind: OtherKind::Group,
            role: None,
        })
    }

    fn resolve_pronoun(&mut self, at: usize, statement: &Found) -> Option<Speaker> {
        let document = self.document;
        if document.is(at, MASCULINE) {
            return self
                .person_for(at, Gender::Male, statement, false)
                .map(|p| self.learn(p, Gender::Male));
        }
        if document.is(at, FEMININE) {
            return self
                .person_for(at, Gender::Female, statement, false)
                .map(|p| self.learn(p, Gender::Female));
        }
        let wanted = |kind: OtherKind| match kind {
            OtherKind::Organisation => document.is(at, NEUTER | PLURAL),
            OtherKind::Group => document.is(at, PLURAL),
            OtherKind::Person => false,
        };
        if !document.is(at, NEUTER | PLURAL) {
            return None;
        }
        // "Moscow, which …, has accused": nothing to find for "who" and "which", they are resolved by their clause.
        let said = self.said.iter().rev().flatten();
        let fits = |speaker: &&Speaker| matches!(speaker, Speaker::Other { kind, .. } if wanted(*kind));
        let mut candidates: Vec<&Speaker> = said.filter(fits).take(4).collect();
        if document.is(at, PLURAL) {
            candidates.sort_by_key(|s| {
                !matches!(
                    s,
                    Speaker::Other {
                        kind: OtherKind::Group,
                        ..
                    }
                )
            });
        }
        candidates.first().map(|&s| s.clone())
    }

    /// Remembers the gender that a pronoun gives away.
    fn learn(&mut self, speaker: Speaker, gender: Gender) -> Speaker {
        if let Speaker::Person(entity) = speaker {
            self.entities.list[entity].gender.get_or_insert(gender);
        }
        speaker
    }

    /// The person that a pronoun at `at` stands for.
    fn person_for(&self, at: usize, gender: Gender, statement: &Found, possessive: bool) -> Option<Speaker> {
        let document = self.document;
        let fits = |entity: usize| self.entities.list[entity].gender.is_none_or(|g| g == gender);
        let in_content = |token: usize| statement.content.iter().any(|c| c.contains(&token));
        let sentence = document.sentences.partition_point(|s| s.tokens.end <= at);
        let last = self
            .said
            .iter()
            .enumerate()
            .rev()
            .find_map(|(index, speaker)| Some((index, speaker.as_ref()?)));
        let mentions = self.entities.before(at);
        // A possessive takes the nearest name, also one inside of what is said.
        if possessive {
            let near = mentions
                .iter()
                .rev()
                .take(3)
                .find(|m| fits(m.entity) && !document.is_quoted(m.token));
            if let Some(mention) = near {
                return Some(Speaker::Person(mention.entity));
            }
        }
        // A name that opened a sentence since the last statement, or stands in this sentence outside of what is said.
        let since = last.and_then(|(index, _)| self.last_token(index)).unwrap_or(0);
        let opened = mentions
            .iter()
            .rev()
            .take_while(|m| m.token > since)
            .take(12)
            .find(|m| {
                let home = document.sentences.partition_point(|s| s.tokens.end <= m.token);
                let start = document.sentences.get(home).map_or(0, |s| s.tokens.start);
                let opens = m.token < start + 8 && !document.has_finite(&(start..m.token));
                fits(m.entity) && !document.is_quoted(m.token) && !in_content(m.token) && (home == sentence || opens)
            });
        if let Some(mention) = opened {
            return Some(Speaker::Person(mention.entity));
        }
        // The last person that spoke, named or described.
        for speaker in self.said.iter().rev().flatten().take(6) {
            match speaker {
                Speaker::Person(entity) if fits(*entity) => return Some(speaker.clone()),
                Speaker::Other {
                    kind: OtherKind::Person,
                    ..
                } => return Some(speaker.clone()),
                _ => {}
            }
        }
        let near = mentions
            .iter()
            .rev()
            .take(20)
            .find(|m| fits(m.entity) && !in_content(m.token));
        near.map(|m| Speaker::Person(m.entity))
    }

    /// The end of the sentence of a statement's cue.
    fn last_token(&self, index: usize) -> Option<usize> {
        let cue = self.entities.cue_sentences.get(index)?;
        self.document
            .sentences
            .get(*cue)
            .map(|s| s.tokens.end.saturating_sub(1))
    }

    fn resolve_role(&mut self, head: usize, source: &Tokens, statement: &Found) -> Speaker {
        let document = self.document;
        let role = mentions::role_of(document, head);
        let first = source.start;
        let definite = document.reads(first, "the")
            || document.is_possessive(first)
            || (source.start..head).any(|at| document.is_possessive(at));
        let own = document.is(first, POSSESSIVE);
        if own && let Some(name) = self.possessor(first, statement) {
            let rest = mentions::words_of(document, &(first + 1..source.end));
            return Speaker::Other {
                name: format!("{name}’s {rest}"),
                kind: mentions::kind_of(document, head),
                role: Some(role),
            };
        }
        let bare = !definite && !document.is(first, ARTICLE | super::lexicon::DET) && document.is(head, PERSON);
        if (definite || bare) && document.is(head, PERSON) {
            if let Some(entity) = self.entities.with_role(&role, source.start, definite) {
                return Speaker::Person(entity);
            }
            let spoke = self.said.iter().rev().flatten().take(8).find(|s| match s {
                Speaker::Other {
                    role: Some(r),
                    kind: OtherKind::Person,
                    ..
                } => *r == role,
                _ => false,
            });
            if let Some(speaker) = spoke {
                return speaker.clone();
            }
            // "the Kremlin leader", "the Republican": another word for a person just named.
            if definite
                && document.is(head, super::lexicon::GENERIC)
                && source.end == head + 1
                && let Some(speaker) = self.just_named(source.start)
            {
                return speaker;
            }
        }
        if definite && document.is(head, ORG | PEOPLE) && source.len() <= 2 {
            let spoke = self
                .said
                .iter()
                .rev()
                .flatten()
                .take(8)
                .find(|s| matches!(s, Speaker::Other { role: Some(r), .. } if *r == role));
            if let Some(speaker) = spoke {
                return speaker.clone();
            }
            let named = self.said.iter().rev().flatten().take(8).find(|s| matches!(s, Speaker::Other { name, kind: OtherKind::Organisation, .. } if name.to_lowercase().contains(&role)));
            if let Some(speaker) = named {
                return speaker.clone();
            }
        }
        self.described(source)
    }

    /// The last person named in this sentence or the one before, but for the one that spoke last in this sentence.
    fn just_named(&self, at: usize) -> Option<Speaker> {
        let document = self.document;
        let sentence = document.sentences.partition_point(|s| s.tokens.end <= at);
        let from = document
            .sentences
            .get(sentence.saturating_sub(1))
            .map_or(0, |s| s.tokens.start);
        let spoken_here = self.entities.cue_sentences.get(self.said.len().wrapping_sub(1)) == Some(&sentence);
        let last = self.said.last().and_then(Option::as_ref).filter(|_| spoken_here);
        let named = self.entities.before(at).iter().rev().take_while(|m| m.token >= from);
        let mut others = named
            .filter(|m| !document.is_quoted(m.token))
            .map(|m| Speaker::Person(m.entity));
        others.find(|s| Some(s) != last).or_else(|| {
            let spoke = self.said.iter().rev().flatten().take(2);
            spoke.into_iter().find(|s| matches!(s, Speaker::Person(_))).cloned()
        })
    }

    /// Whose spokesperson, lawyer, government: the name for `his`, `her`, `its`.
    fn possessor(&self, at: usize, statement: &Found) -> Option<String> {
        let document = self.document;
        let gender = match () {
            _ if document.is(at, MASCULINE) => Gender::Male,
            _ if document.is(at, FEMININE) => Gender::Female,
            _ => {
                let said = self.said.iter().rev().flatten().take(4);
                let mut organisations = said.filter(|s| {
                    matches!(
                        s,
                        Speaker::Other {
                            kind: OtherKind::Organisation,
                            ..
                        }
                    )
                });
                return organisations.next().map(|s| self.name(s));
            }
        };
        self.person_for(at, gender, statement, true).map(|s| self.name(&s))
    }

    /// A source that keeps its own words.
    fn described(&self, source: &Tokens) -> Speaker {
        let document = self.document;
        let head = document.head(source);
        Speaker::Other {
            name: mentions::canonical(document, source),
            kind: mentions::kind_of(document, head),
            role: Some(mentions::role_of(document, head)),
        }
    }

    /// News names whom it has just described: "The ambassador expressed surprise. “…,” Elna Varga said." A described person takes
    /// the name that first speaks next and that has no role of its own.
    fn name_the_described(&mut self, found: &[Found]) {
        for index in 0..self.said.len() {
            let is_described = matches!(
                &self.said[index],
                Some(Speaker::Other {
                    kind: OtherKind::Person,
                    ..
                })
            );
            let Some(source) = found[index].source.as_ref().filter(|_| is_described) else {
                continue;
            };
            if !mentions::is_definite_person(self.document, source) {
                continue;
            }
            let next = (index + 1..self.said.len().min(index + 3)).find_map(|next| match &self.said[next] {
                Some(Speaker::Person(entity)) => Some((next, *entity)),
                _ => None,
            });
            if let Some((next, entity)) = next {
                let new = found[next]
                    .source
                    .as_ref()
                    .is_some_and(|s| self.entities.is_first_mention(entity, s));
                if new && self.entities.list[entity].roles.is_empty() {
                    self.said[index] = Some(Speaker::Person(entity));
                }
            }
        }
    }
}

/// The government that a capital stands for.
fn government(word: &str) -> Option<&'static str> {
    lexicon().government(&word.to_lowercase())
}
