//! The word lists of `rules/`, read once into one table: a word, its classes, and the cues it can be.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// A set of word classes, one bit for each.
pub(super) type Classes = u64;

/// Declares the classes with the names that the lists use.
macro_rules! classes {
    ($($name:ident = $written:literal),* $(,)?) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum Bit { $($name),* }
        $(pub(super) const $name: Classes = 1 << Bit::$name as u32;)*
        fn class_named(name: &str) -> Option<Classes> {
            match name { $($written => Some($name),)* _ => None }
        }
    };
}

classes! {
    DET = "det", ARTICLE = "article", POSSESSIVE = "possessive", PRONOUN = "pronoun", MASCULINE = "masculine",
    FEMININE = "feminine", NEUTER = "neuter", PLURAL = "plural", REL = "rel", WH = "wh", PREP = "prep",
    NP_PREP = "np_prep", AFTER_NOUN = "after_noun", COORD = "coord", SUBORD = "subord", BE = "be", HAVE = "have",
    DO = "do", MODAL = "modal", NEG = "neg", ADV = "adv", TIME = "time", DAY = "day", MONTH = "month",
    NUMBER_WORD = "number_word", VERB = "verb", CONTRACTION = "contraction", PERSON = "person", PEOPLE = "people",
    ORG = "org", DOCUMENT = "document", MEDIA = "media", ADDRESSEE = "addressee", OCCASION = "occasion",
    REPORT_NOUN = "report_noun", MALE = "male", FEMALE = "female", TITLE = "title", ABBREVIATION = "abbreviation",
    TITLE_STOP = "title_stop", PARTICLE = "particle", PLACE = "place", RAISING = "raising", INTRO = "intro",
    APOSTROPHE = "apostrophe", MALE_NAME = "male_name", FEMALE_NAME = "female_name", SPEECH_ACT = "speech_act", ATTITUDE = "attitude", GENERIC = "generic",
    NOT_SPEAKER = "not_speaker", STATIVE = "stative", FOREIGN = "foreign", PREDICATE = "predicate",
}

/// Any auxiliary.
pub(super) const AUX: Classes = BE | HAVE | DO | MODAL;

/// What stands behind a reporting verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Frame {
    Say,
    Tell,
    Ask,
    Object,
    Call,
    Quote,
}

/// How surely a verb is a cue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Strength {
    Weak,
    Fair,
    Strong,
}

/// One line of the list of cues.
#[derive(Debug)]
pub(super) struct CueEntry {
    pub particles: Vec<&'static str>,
    pub frame: Frame,
    pub strength: Strength,
}

/// A form of a verb.
pub(super) const BASE: u8 = 1;
pub(super) const THIRD: u8 = 2;
pub(super) const PAST: u8 = 4;
pub(super) const ING: u8 = 8;

/// What the lists know of a word.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Entry {
    pub classes: Classes,
    /// The verb's place in [`Lexicon::verbs`], plus one; 0 for none.
    pub verb: u16,
    /// The forms of the verb that the word can be.
    pub forms: u8,
}

/// All lists.
pub(super) struct Lexicon {
    words: FxHashMap<&'static [u8], Entry>,
    /// The readings of each verb, longest particles first.
    verbs: Vec<Vec<CueEntry>>,
    places: FxHashMap<&'static str, &'static str>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::read);

/// The longest word of the lists.
const LONGEST: usize = 24;

const LISTS: [&str; 6] = [
    include_str!("rules/function_words.tsv"),
    include_str!("rules/nouns.tsv"),
    include_str!("rules/titles.tsv"),
    include_str!("rules/names.tsv"),
    include_str!("rules/contexts.tsv"),
    include_str!("rules/demonyms.tsv"),
];

pub(super) fn lexicon() -> &'static Lexicon {
    &LEXICON
}

/// The lines of a list that are no comments, cut into columns.
fn rows(list: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    list.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split('\t').map(str::trim).collect())
}

/// Keeps a string made at start for the life of the program; the lists are read once.
fn keep(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

impl Lexicon {
    fn read() -> Self {
        let mut lexicon = Lexicon {
            words: FxHashMap::default(),
            verbs: Vec::new(),
            places: FxHashMap::default(),
        };
        for list in LISTS {
            for row in rows(list) {
                let class = class_named(row[0]).unwrap_or(0);
                for word in row.get(1).unwrap_or(&"").split_whitespace() {
                    lexicon.words.entry(word.as_bytes()).or_default().classes |= class;
                }
            }
        }
        for row in rows(include_str!("rules/places.tsv")) {
            if let [word, whose] = row[..] {
                lexicon.places.insert(word, whose);
                lexicon.words.entry(word.as_bytes()).or_default().classes |= PLACE;
            }
        }
        lexicon.read_cues(include_str!("rules/cues.tsv"));
        lexicon
    }

    fn read_cues(&mut self, list: &'static str) {
        let mut numbers: FxHashMap<&str, usize> = FxHashMap::default();
        for row in rows(list) {
            let [lemma, particles, frame, strength] = row[..4] else {
                continue;
            };
            let number = *numbers.entry(lemma).or_insert_with(|| {
                self.verbs.push(Vec::new());
                self.verbs.len() - 1
            });
            self.verbs[number].push(CueEntry {
                particles: particles.split_whitespace().filter(|&p| p != "-").collect(),
                frame: match frame {
                    "tell" => Frame::Tell,
                    "ask" => Frame::Ask,
                    "object" => Frame::Object,
                    "call" => Frame::Call,
                    "quote" => Frame::Quote,
                    _ => Frame::Say,
                },
                strength: match strength {
                    "strong" => Strength::Strong,
                    "fair" => Strength::Fair,
                    _ => Strength::Weak,
                },
            });
            let irregular = row.get(4).unwrap_or(&"").split_whitespace();
            for (form, word) in forms(lemma, irregular.collect()) {
                let entry = self.words.entry(word.as_bytes()).or_default();
                entry.verb = number as u16 + 1;
                entry.forms |= form;
            }
        }
        for readings in &mut self.verbs {
            readings.sort_by_key(|r| std::cmp::Reverse(r.particles.len()));
        }
    }

    /// What is known of a word in lower case.
    pub fn word(&self, lower: &[u8]) -> Entry {
        if lower.len() > LONGEST {
            return Entry::default();
        }
        self.words.get(lower).copied().unwrap_or_default()
    }

    /// The readings of a verb, longest particles first.
    pub fn readings(&self, verb: u16) -> &[CueEntry] {
        match verb {
            0 => &[],
            n => &self.verbs[n as usize - 1],
        }
    }

    /// The state whose government a capital stands for.
    pub fn government(&self, place: &str) -> Option<&'static str> {
        self.places.get(place).copied()
    }
}

/// The forms of a verb: base, third person, past and participle, -ing.
fn forms(lemma: &'static str, irregular: Vec<&'static str>) -> Vec<(u8, &'static str)> {
    let mut all = vec![(BASE, lemma)];
    if let [third, past, participle, ing, more @ ..] = &irregular[..] {
        all.extend([(THIRD, *third), (PAST, *past), (PAST, *participle), (ING, *ing)]);
        all.extend(
            more.iter()
                .map(|&form| (if form.ends_with("ing") { ING } else { PAST }, form)),
        );
        return all;
    }
    let stem = lemma.strip_suffix('e').unwrap_or(lemma);
    let sibilant = ["s", "x", "z", "sh", "ch"].iter().any(|end| lemma.ends_with(end));
    let consonant_y = lemma.ends_with('y') && !["ay", "ey", "oy", "uy"].iter().any(|end| lemma.ends_with(end));
    let (third, past) = match lemma {
        _ if consonant_y => {
            let stem = &lemma[..lemma.len() - 1];
            (format!("{stem}ies"), format!("{stem}ied"))
        }
        _ if sibilant => (format!("{lemma}es"), format!("{lemma}ed")),
        _ => (format!("{lemma}s"), format!("{stem}ed")),
    };
    let ing = if lemma.ends_with("ee") { lemma } else { stem };
    all.extend([
        (THIRD, keep(third)),
        (PAST, keep(past)),
        (ING, keep(format!("{ing}ing"))),
    ]);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_every_list_is_read() {
        for list in LISTS {
            for row in rows(list) {
                assert!(class_named(row[0]).is_some(), "no class is named {}", row[0]);
                assert_eq!(row.len(), 2, "{row:?}");
            }
        }
        for row in rows(include_str!("rules/cues.tsv")) {
            assert!(row.len() >= 4, "{row:?}");
            assert!(
                ["say", "tell", "ask", "object", "call", "quote"].contains(&row[2]),
                "{row:?}"
            );
            assert!(["strong", "fair", "weak"].contains(&row[3]), "{row:?}");
            let irregular = row.get(4).map_or(0, |forms| forms.split_whitespace().count());
            assert!(irregular == 0 || irregular >= 4, "{row:?}");
        }
    }

    #[test]
    fn verbs_have_their_forms() {
        let known = |word: &str, form: u8| lexicon().word(word.as_bytes()).forms & form != 0;
        assert!(known("said", PAST) && known("denies", THIRD) && known("urging", ING) && known("quipped", PAST));
        assert!(known("stresses", THIRD) && known("agreeing", ING) && !known("sayed", PAST));
    }

    #[test]
    fn capitals_stand_for_governments() {
        assert_eq!(lexicon().government("moscow"), Some("Russia"));
        assert_eq!(lexicon().government("springfield"), None);
    }
}
