//! Words, numbers and marks, each with what the lists know of it.

use super::lexicon::{self, Classes, Entry, lexicon};
use super::paragraphs::Paragraph;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    Word,
    Number,
    Comma,
    /// A full stop that is no part of an abbreviation.
    Stop,
    Question,
    Exclaim,
    Ellipsis,
    Colon,
    Semicolon,
    Dash,
    OpenBracket,
    CloseBracket,
    /// Quotation marks as written; [`quotes`](super::quotes) turns those that count into [`Kind::Open`] and [`Kind::Close`].
    Straight,
    Left,
    Right,
    SingleStraight,
    SingleLeft,
    SingleRight,
    /// A single mark that is no quotation mark.
    Apostrophe,
    /// The first mark of a quotation.
    Open,
    /// The last mark of a quotation.
    Close,
    Other,
    /// Behind the last token.
    End,
}

const CAPITAL: u8 = 1;
const POSSESSIVE: u8 = 2;
const QUOTED: u8 = 4;
const ABBREVIATED: u8 = 8;
const SPACED: u8 = 16;
const ED: u8 = 32;
const UPPER: u8 = 64;

/// A token: its bytes, its kind, and its classes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub start: u32,
    pub end: u32,
    pub classes: Classes,
    pub verb: u16,
    pub forms: u8,
    pub kind: Kind,
    flags: u8,
}

impl Token {
    pub fn is_capital(&self) -> bool {
        self.flags & CAPITAL != 0
    }
    /// Whether all letters are capitals, and there are at least two.
    pub fn is_upper(&self) -> bool {
        self.flags & UPPER != 0
    }
    pub fn is_possessive(&self) -> bool {
        self.flags & POSSESSIVE != 0
    }
    pub fn is_quoted(&self) -> bool {
        self.flags & QUOTED != 0
    }
    /// Whether the token ends with the full stop of an abbreviation.
    pub fn is_abbreviated(&self) -> bool {
        self.flags & ABBREVIATED != 0
    }
    /// Whether white space (or the start of a paragraph) stands before.
    pub fn is_spaced(&self) -> bool {
        self.flags & SPACED != 0
    }
    /// Whether the word is unknown, in lower case, and ends like a past tense.
    pub fn is_ed(&self) -> bool {
        self.flags & ED != 0
    }
    pub fn set_quoted(&mut self) {
        self.flags |= QUOTED;
    }
}

/// What a byte is to the lexer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Byte {
    Letter,
    Digit,
    Space,
    Mark,
    High,
}

const BYTES: [Byte; 256] = {
    let mut table = [Byte::Mark; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' => Byte::Letter,
            b'0'..=b'9' => Byte::Digit,
            b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c => Byte::Space,
            0x80..=0xff => Byte::High,
            _ => Byte::Mark,
        };
        byte += 1;
    }
    table
};

/// The tokens of all paragraphs of prose, which learn where theirs are.
pub(super) fn tokens(text: &str, paragraphs: &mut [Paragraph]) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(text.len() / 5);
    for paragraph in paragraphs {
        let first = tokens.len();
        let mut lexer = Lexer {
            text,
            bytes: text.as_bytes(),
            at: paragraph.start,
            end: paragraph.end,
            spaced: true,
            tokens: &mut tokens,
        };
        lexer.run(&paragraph.masked);
        paragraph.tokens = first..tokens.len();
    }
    tokens
}

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    end: usize,
    spaced: bool,
    tokens: &'a mut Vec<Token>,
}

impl Lexer<'_> {
    fn run(&mut self, masked: &[std::ops::Range<usize>]) {
        let mut masked = masked.iter().peekable();
        while self.at < self.end {
            if let Some(range) = masked.peek()
                && self.at >= range.start
            {
                self.spaced |= self.bytes.get(range.start) == Some(&b'<');
                self.at = self.at.max(range.end);
                masked.next();
                continue;
            }
            let limit = masked.peek().map_or(self.end, |range| range.start.min(self.end));
            self.next(limit);
        }
    }

    /// Reads a token, which ends before `limit`.
    fn next(&mut self, limit: usize) {
        let start = self.at;
        match BYTES[self.bytes[start] as usize] {
            Byte::Space => {
                self.at += 1;
                self.spaced = true;
            }
            Byte::Letter => self.word(start, limit),
            Byte::Digit => self.number(start, limit),
            Byte::Mark => self.mark(start, limit),
            Byte::High => self.high(start, limit),
        }
    }

    /// The character at a byte.
    fn char(&self, at: usize) -> Option<char> {
        self.text.get(at..self.end)?.chars().next()
    }

    /// The end of the run of letters and digits from `at`.
    fn run_of_letters(&self, mut at: usize, limit: usize) -> usize {
        while at < limit {
            match BYTES[self.bytes[at] as usize] {
                Byte::Letter | Byte::Digit => at += 1,
                Byte::High => match self.char(at) {
                    Some(c) if c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c) => {
                        at += c.len_utf8()
                    }
                    Some('\u{ad}') => at += 2,
                    _ => break,
                },
                _ => break,
            }
        }
        at.min(limit)
    }

    /// The apostrophe at `at`, if there is one: its length.
    fn apostrophe(&self, at: usize) -> Option<usize> {
        match self.bytes.get(at)? {
            b'\'' => Some(1),
            0xe2 if self.bytes[at..].starts_with("’".as_bytes()) => Some(3),
            _ => None,
        }
    }

    fn word(&mut self, start: usize, limit: usize) {
        let mut end = self.run_of_letters(start, limit);
        loop {
            // A hyphen, an apostrophe, an ampersand or a full stop holds letters together.
            let joint = match self.bytes.get(end) {
                Some(b'-' | b'&') => Some(1),
                Some(b'.') if end - start == 1 || self.bytes[start..end].contains(&b'.') => Some(1),
                _ => self.apostrophe(end),
            };
            let Some(joint) = joint else { break };
            let next = self.run_of_letters((end + joint).min(limit), limit);
            if next <= end + joint {
                break;
            }
            // Letters with full stops between them are single letters.
            if self.bytes[end] == b'.' && next - end > 2 {
                break;
            }
            end = next;
        }
        self.push_word(start, end, limit);
    }

    fn push_word(&mut self, start: usize, mut end: usize, limit: usize) {
        let word = &self.text[start..end];
        let (entry, stem, clitic) = look_up(word);
        let mut flags = 0;
        let first = word.chars().next().unwrap_or(' ');
        if first.is_uppercase() {
            flags |= CAPITAL;
            if word.len() > 1 && !word.bytes().any(|b| b.is_ascii_lowercase()) {
                flags |= UPPER;
            }
        }
        let mut classes = entry.classes;
        match clitic {
            Clitic::Possessive if classes & lexicon::CONTRACTION != 0 => classes |= lexicon::BE,
            Clitic::Possessive => flags |= POSSESSIVE,
            Clitic::Negated => classes |= lexicon::DO | lexicon::NEG,
            Clitic::Verb => classes |= lexicon::MODAL,
            Clitic::None => {}
        }
        // A capital letter: a name of a month, never the modal verb.
        if flags & CAPITAL != 0 && classes & lexicon::MONTH != 0 && !self.starts_sentence() {
            classes &= !(lexicon::MODAL | lexicon::VERB);
        }
        if flags & CAPITAL == 0 && entry.verb == 0 && classes == 0 && stem.len() > 3 {
            if stem.ends_with("ly") {
                classes |= lexicon::ADV;
            } else if stem.ends_with("ed") && !stem.ends_with("eed") && !stem.contains('-') {
                flags |= ED;
            }
        }
        let followed_by_stop = self.bytes.get(end) == Some(&b'.') && end < limit;
        if followed_by_stop && clitic == Clitic::None && is_abbreviation(word, first, classes) {
            end += 1;
            flags |= ABBREVIATED;
        }
        self.push(start, end, Kind::Word, flags, Entry { classes, ..entry });
    }

    fn starts_sentence(&self) -> bool {
        !matches!(
            self.tokens.last().map(|token| token.kind),
            Some(Kind::Word | Kind::Number | Kind::Comma)
        )
    }

    fn number(&mut self, start: usize, limit: usize) {
        let mut end = self.run_of_letters(start, limit);
        while let Some(b'.' | b',' | b'-' | b'/' | b':') = self.bytes.get(end) {
            let next = self.run_of_letters((end + 1).min(limit), limit);
            if next <= end + 1 || !self.bytes[end + 1].is_ascii_alphanumeric() {
                break;
            }
            end = next;
        }
        self.push(start, end, Kind::Number, 0, Entry::default());
    }

    fn mark(&mut self, start: usize, limit: usize) {
        let run = |byte: u8| self.bytes[start..limit].iter().take_while(|&&b| b == byte).count();
        let (kind, length) = match self.bytes[start] {
            b',' => (Kind::Comma, 1),
            b'.' => match run(b'.') {
                1 if self.is_spaced_ellipsis(start, limit) => (Kind::Ellipsis, 5),
                1 => (Kind::Stop, 1),
                dots => (Kind::Ellipsis, dots),
            },
            b'?' => (Kind::Question, 1),
            b'!' => (Kind::Exclaim, 1),
            b':' => (Kind::Colon, 1),
            b';' => (Kind::Semicolon, 1),
            b'(' | b'[' | b'{' => (Kind::OpenBracket, 1),
            b')' | b']' | b'}' => (Kind::CloseBracket, 1),
            b'-' => match run(b'-') {
                1 if self.spaced && self.bytes.get(start + 1).is_some_and(u8::is_ascii_whitespace) => (Kind::Dash, 1),
                1 => (Kind::Other, 1),
                dashes => (Kind::Dash, dashes),
            },
            b'"' => match run(b'"') {
                1 => (Kind::Straight, 1),
                // More than a nested pair is an ornament.
                marks @ 2..=3 => {
                    for at in 0..marks - 1 {
                        self.push(start + at, start + at + 1, Kind::Straight, 0, Entry::default());
                    }
                    (Kind::Straight, 1)
                }
                marks => (Kind::Other, marks),
            },
            b'\'' if run(b'\'') == 2 => (Kind::Straight, 2),
            b'`' if run(b'`') == 2 => (Kind::Left, 2),
            b'\'' => (Kind::SingleStraight, 1),
            b'`' => (Kind::SingleLeft, 1),
            _ => (Kind::Other, 1),
        };
        let start = if kind == Kind::Straight && length == 1 {
            self.at
        } else {
            start
        };
        self.push(start, start + length, kind, 0, Entry::default());
    }

    /// `. . .`
    fn is_spaced_ellipsis(&self, start: usize, limit: usize) -> bool {
        start + 5 <= limit && self.bytes[start..].starts_with(b". . .")
    }

    fn high(&mut self, start: usize, limit: usize) {
        let Some(c) = self.char(start) else {
            self.at = self.end;
            return;
        };
        let kind = match c {
            '“' | '„' | '«' | '‟' => Kind::Left,
            '”' | '»' => Kind::Right,
            '‘' | '‚' | '‹' => Kind::SingleLeft,
            '’' | '›' => Kind::SingleRight,
            '—' | '–' | '―' | '‒' => Kind::Dash,
            '…' => Kind::Ellipsis,
            _ if c.is_alphabetic() => return self.word(start, limit),
            _ if c.is_numeric() => return self.number(start, limit),
            _ if c.is_whitespace() || c == '\u{feff}' || c == '\u{200b}' => {
                self.at += c.len_utf8();
                self.spaced = true;
                return;
            }
            _ => Kind::Other,
        };
        self.push(start, start + c.len_utf8(), kind, 0, Entry::default());
    }

    fn push(&mut self, start: usize, end: usize, kind: Kind, flags: u8, entry: Entry) {
        self.tokens.push(Token {
            start: start as u32,
            end: end as u32,
            classes: entry.classes,
            verb: entry.verb,
            forms: entry.forms,
            kind,
            flags: flags | if self.spaced { SPACED } else { 0 },
        });
        self.spaced = false;
        self.at = end;
    }
}

/// What hangs onto a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Clitic {
    None,
    /// `'s`
    Possessive,
    /// `n't`
    Negated,
    /// `'ll`, `'re`, `'ve`, `'d`, `'m`
    Verb,
}

/// The entry of a word, its stem without a clitic, and the clitic.
fn look_up(word: &str) -> (Entry, &str, Clitic) {
    let (stem, clitic) = split_clitic(word);
    let mut lower = [0; 24];
    if stem.len() > lower.len() {
        return (Entry::default(), stem, clitic);
    }
    let lower = &mut lower[..stem.len()];
    lower.copy_from_slice(stem.as_bytes());
    lower.make_ascii_lowercase();
    (lexicon().word(lower), stem, clitic)
}

fn split_clitic(word: &str) -> (&str, Clitic) {
    let bytes = word.as_bytes();
    let Some(at) = memchr::memchr2(b'\'', 0xe2, bytes) else {
        return (word, Clitic::None);
    };
    let at = match bytes[at] {
        b'\'' => at,
        _ => match word.find('’') {
            Some(at) => at,
            None => return (word, Clitic::None),
        },
    };
    let behind = word[at..].trim_start_matches(['\'', '’']);
    match behind {
        "s" | "S" => (&word[..at], Clitic::Possessive),
        "t" | "T" if word[..at].ends_with(['n', 'N']) => (&word[..at - 1], Clitic::Negated),
        "ll" | "re" | "ve" | "d" | "m" => (&word[..at], Clitic::Verb),
        _ => (word, Clitic::None),
    }
}

/// Whether the full stop behind a word belongs to it.
fn is_abbreviation(word: &str, first: char, classes: Classes) -> bool {
    if classes & lexicon::ABBREVIATION != 0 {
        // "no." and "in." in lower case, "may." and "wash." end sentences.
        return first.is_uppercase() || matches!(word, "vs" | "etc" | "e.g" | "i.e" | "a.m" | "p.m");
    }
    // Initials, and letters with full stops between them.
    let mut chars = word.chars();
    (chars.next().is_some() && chars.next().is_none() && first.is_uppercase() && first != 'I') || word.contains('.')
}
