//! What kind of thing a source is called by.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::super::document::{Document, Tokens};
use super::super::lexicon::{
    ARTICLE, COORD, DET, DOCUMENT, MEDIA, NUMBER_WORD, ORG, PEOPLE, PERSON, PLACE, POSSESSIVE, PREP, PRONOUN,
};
use super::super::tokens::Kind;
use super::entities::{Entities, capital_run, last_name, person_name};
use super::{OtherKind, government};

/// A source, read.
#[derive(Debug)]
pub(super) enum Mention {
    Pronoun(usize),
    /// A person of the table.
    Person(usize),
    /// An organisation or a place by its name.
    Named(String),
    /// A description; its head noun.
    Role(usize),
}

static ROLES: LazyLock<FxHashMap<&str, &str>> = LazyLock::new(|| {
    let lines = include_str!("../rules/roles.tsv").lines();
    lines
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('\t'))
        .collect()
});

/// Reads a source.
pub(super) fn parse(document: &Document, source: &Tokens, entities: &Entities) -> Mention {
    let first = source.start;
    if source.len() == 1 && document.is(first, PRONOUN) {
        return Mention::Pronoun(first);
    }
    let core = before_modifier(document, source);
    if let Some(entity) = person_in(document, &core, entities) {
        return Mention::Person(entity);
    }
    // "Her host, Elna Varga": the name in apposition.
    if core.end < source.end && document.kind(core.end) == Kind::Comma && document.is_capital(core.end + 1) {
        let rest = core.end + 1..source.end;
        if let Some(entity) = person_in(document, &before_modifier(document, &rest), entities) {
            return Mention::Person(entity);
        }
    }
    let behind = source.end;
    if document.kind(behind) == Kind::Comma
        && document.is(document.head(&core), PERSON)
        && document.is_capital(behind + 1)
        && core.end == source.end
    {
        let run = capital_run(document, behind + 1);
        let closed = matches!(document.kind(run.end), Kind::Comma | Kind::Stop | Kind::End);
        if let Some(entity) = person_in(document, &run, entities).filter(|_| closed && run.len() >= 2) {
            return Mention::Person(entity);
        }
    }
    let head = document.head(&core);
    if document.is_capital(head) && !document.is(head, PERSON) || document.is(head, MEDIA) && document.is_capital(head)
    {
        return Mention::Named(canonical(document, &core));
    }
    Mention::Role(head)
}

/// The part of a phrase before its first comma, bracket or clause.
fn before_modifier(document: &Document, source: &Tokens) -> Tokens {
    let end = source.clone().skip(1).find(|&at| {
        matches!(document.kind(at), Kind::Comma | Kind::OpenBracket | Kind::Dash) || document.reads(at, "who")
    });
    source.start..end.unwrap_or(source.end)
}

/// The person that ends the phrase.
fn person_in(document: &Document, phrase: &Tokens, entities: &Entities) -> Option<usize> {
    // Up to the first preposition: "Varga of the ministry".
    let end = phrase
        .clone()
        .skip(1)
        .find(|&at| document.is(at, PREP) && !document.is_capital(at))
        .unwrap_or(phrase.end);
    let mut start = end;
    while start > phrase.start
        && document.kind(start - 1) == Kind::Word
        && (document.is_capital(start - 1) || document.is(start - 1, super::super::lexicon::PARTICLE))
        && !(start < end && document.is_possessive(start - 1))
    {
        start -= 1;
    }
    if start == end || document.is_possessive(end - 1) {
        return None;
    }
    let name = person_name(document, &(start..end))?;
    let entity = entities.by_last_name(&last_name(document, &name))?;
    Some(entity)
}

/// The two sides of `X and Y`, if both are names or roles.
pub(super) fn joint(document: &Document, source: &Tokens) -> Option<(Tokens, Tokens)> {
    let and = source.clone().find(|&at| document.reads(at, "and"))?;
    let right = and + 1..source.end;
    let mut left = source.start + usize::from(document.reads(source.start, "both"))..and;
    if left.end > left.start && document.kind(left.end - 1) == Kind::Comma {
        left.end -= 1;
    }
    let names = |side: &Tokens| {
        !side.is_empty() && document.is_capital(side.end - 1) && document.kind(side.start) == Kind::Word
    };
    let listed = source
        .clone()
        .any(|at| document.is(at, ORG | MEDIA) && document.is_capital(at));
    let prepositions = source
        .clone()
        .any(|at| document.is(at, PREP) && !document.is_capital(at));
    let full = |side: &Tokens| {
        document.is(side.start, super::super::lexicon::TITLE | PLACE) || side.len() >= 2 || side.len() == 1
    };
    (names(&left)
        && names(&right)
        && !listed
        && !prepositions
        && full(&left)
        && full(&right)
        && left.len() <= 4
        && right.len() <= 4)
        .then_some((left, right))
}

/// A word without a possessive ending.
pub(super) fn stem(word: &str) -> &str {
    let word = word
        .strip_suffix("'s")
        .or_else(|| word.strip_suffix("’s"))
        .unwrap_or(word);
    word.trim_end_matches(['\'', '’'])
}

/// The role under which a noun is filed.
pub(super) fn role_of(document: &Document, at: usize) -> String {
    let word = document.word(at).trim_end_matches('.').to_lowercase();
    let word = stem(&word);
    ROLES.get(word).copied().unwrap_or(word).to_owned()
}

/// Person, organisation or group, by the head noun.
pub(super) fn kind_of(document: &Document, head: usize) -> OtherKind {
    if document.is(head, PERSON) {
        return OtherKind::Person;
    }
    if document.is(head, PEOPLE) {
        return OtherKind::Group;
    }
    if document.is(head, ORG | MEDIA | PLACE | DOCUMENT) || document.is_capital(head) {
        return OtherKind::Organisation;
    }
    match document.word(head).ends_with('s') {
        true => OtherKind::Group,
        false => OtherKind::Person,
    }
}

/// `the ambassador`, `Belarus’s ambassador`: one person, described and known.
pub(super) fn is_definite_person(document: &Document, source: &Tokens) -> bool {
    let core = before_modifier(document, source);
    let head = document.head(&core);
    let known = document.reads(core.start, "the") || core.clone().any(|at| document.is_possessive(at));
    known
        && document.is(head, PERSON)
        && !document.is(core.start, ARTICLE | NUMBER_WORD) | document.reads(core.start, "the")
}

/// The words of some tokens with single spaces, without Markdown's emphasis, and no possessive at the end.
pub(super) fn words_of(document: &Document, range: &Tokens) -> String {
    let text = document.slice(range).replace(EMPHASIS, "");
    let text = stem(&text);
    match text.contains(['\n', '\t', '\u{a0}']) || text.contains("  ") {
        true => text.split_whitespace().collect::<Vec<_>>().join(" "),
        false => text.to_owned(),
    }
}

/// Marks of emphasis: no part of a name.
const EMPHASIS: [char; 3] = ['*', '_', '`'];

/// The canonical words of a source that no name is known for: without `the`, and with a small article.
pub(super) fn canonical(document: &Document, source: &Tokens) -> String {
    let mut range = source.clone();
    if range.len() > 1 && document.reads(range.start, "the") && document.is_capital(range.start + 1) {
        range.start += 1;
    }
    let words = words_of(document, &range);
    if range.len() == 1
        && document.is(range.start, PLACE)
        && let Some(whose) = government(&words)
    {
        return whose.to_owned();
    }
    let small =
        document.is(range.start, DET | POSSESSIVE | PRONOUN | COORD) && !document.tokens[range.start].is_upper();
    let mut chars = words.chars();
    match chars.next() {
        Some(first) if small || words.len() == 1 => first.to_lowercase().chain(chars).collect(),
        _ => words,
    }
}

/// A label in capitals as a name is written.
pub(super) fn in_title_case(label: &str) -> String {
    let words = label.split_whitespace().map(|word| {
        let mut chars = word.chars();
        let rest = |chars: std::str::Chars| chars.as_str().to_lowercase();
        chars
            .next()
            .map_or(String::new(), |first| first.to_string() + &rest(chars))
    });
    words.collect::<Vec<_>>().join(" ")
}
