//! Text to tokens, by rules made for quotations from the news.
//!
//! | text | tokens | why |
//! | --- | --- | --- |
//! | `Russia's`, `Russia’s`, `Russians'` | `Russia`, `Russia`, `Russians` | the possessive says nothing about a stance |
//! | `won't`, `can't`, `cannot`, `doesn’t` | `wo`+`n't` … read as `will` `not`, `can` `not`, `can` `not`, `does` `not` | a refusal must look the same however it is spelt |
//! | `we'll`, `they've`, `I'd` | `we` `will`, `they` `have`, `I` `would` | same |
//! | `cease-fire`, `anti-Moscow` | `cease` `fire`, `anti` `Moscow` | a hyphen is spelling, the pair is a bigram anyhow |
//! | `U.S.`, `D.C.` | `U.S`, `D.C` | one word, and not the pronoun *us* |
//! | `No. 10`, `no. 5` | `No` read as `number`, `10` | not the negation |
//! | `$1.5bn`, `10,000`, `5%`, `1990s` | one token each, of kind number | |
//! | `O'Brien`, `D’Souza` | one token each | |
//! | `“no”`, `'no'`, `«нет»` | `no`, `no`, `нет` | quotation marks are no part of a word |
//! | `外交部`, `Київ`, `é` written as `e` + accent | one token each | letters and marks of any script hold together |
//! | `https://x.org/a`, `www.x.org` | none | an address is not something that was said |
//! | `@state`, `#Minsk` | `state` (a mention), `Minsk` | |
//!
//! The clitics are English (the Penn Treebank's convention: Marcus, Santorini, Marcinkiewicz 1993); for other languages
//! an apostrophe just separates.

use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use super::letters::{Letters, MereWords, SENTENCE_OPENERS, WINDOW};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A word.
    Word,
    /// A number, with its currency sign, per-cent sign or letters (`20th`, `5bn`).
    Number,
    /// A user's handle, without the `@`.
    Mention,
}

/// A stretch of the text that counts as one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'t> {
    /// The characters as written.
    pub text: &'t str,
    /// Where they start, in bytes of the text.
    pub start: usize,
    /// What the token is.
    pub kind: TokenKind,
    /// The word that the token stands for, where that is not the one written: `not` for `n't`.
    pub reads_as: Option<&'static str>,
    /// Whether a capital letter here may be due to the place: start of text or sentence, after a colon or an opening quote.
    pub opens_sentence: bool,
}

impl Token<'_> {
    /// One past the last byte.
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Whether the first letter is a capital.
    pub fn is_capitalized(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_uppercase)
    }
}

/// The tokens of `text`, in order; `contractions` turns on the English rules for apostrophes, `cannot` and `No.`
///
/// ```
/// use demarche::text::tokens;
/// let words: Vec<_> = tokens("\"We won't,\" the U.S. envoy said.", true).map(|t| t.reads_as.unwrap_or(t.text)).collect();
/// assert_eq!(words, ["We", "will", "not", "the", "U.S", "envoy", "said"]);
/// ```
pub fn tokens(text: &str, contractions: bool) -> Tokens<'_> {
    Tokens {
        text,
        position: 0,
        opens_sentence: true,
        pending: None,
        contractions,
    }
}

/// The iterator behind [`tokens`].
#[derive(Debug, Clone)]
pub struct Tokens<'t> {
    text: &'t str,
    position: usize,
    opens_sentence: bool,
    /// The second half of a contraction.
    pending: Option<Token<'t>>,
    contractions: bool,
}

/// The words that an apostrophe can hang onto another, without the possessive, which is dropped.
const CLITICS: [(&str, &str); 5] = [
    ("ll", "will"),
    ("re", "are"),
    ("ve", "have"),
    ("m", "am"),
    ("d", "would"),
];

/// Verbs that lose letters before `n't`.
const CLIPPED: [(&str, &str); 3] = [("wo", "will"), ("ca", "can"), ("sha", "shall")];

/// Two words in one.
const CANNOT: &str = "cannot";

/// Titles whose full stop ends no sentence.
const TITLES: [&str; 20] = [
    "adm", "amb", "capt", "col", "dr", "fr", "gen", "gov", "hon", "jr", "lt", "maj", "mr", "mrs", "ms", "prof", "rep",
    "rev", "sen", "sgt",
];

const LONGEST_TITLE: usize = 4;

fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}' | '\u{02bc}')
}

fn is_currency(c: char) -> bool {
    matches!(c, '$' | '€' | '£' | '¥' | '₹' | '₽')
}

/// Characters after which a capital letter proves nothing.
fn opens_sentence(c: char) -> bool {
    match u8::try_from(c) {
        Ok(byte) if byte.is_ascii() => SENTENCE_OPENERS.contains(&byte),
        _ => matches!(c, '“' | '”' | '„' | '«' | '»' | '‘' | '–' | '—' | '…' | '•' | '。'),
    }
}

impl<'t> Tokens<'t> {
    /// Reads to the end. Mere words, which most are, are found quickly and handed to `word` as a range, with whether they open a
    /// sentence; all others are handed to `other`. Both are given `state`.
    #[inline(always)]
    pub(super) fn for_each_with<S>(
        mut self,
        state: &mut S,
        word: impl Fn(&mut S, Range<usize>, bool),
        other: impl Fn(&mut S, Token<'t>),
    ) {
        let bytes = self.text.as_bytes();
        // What is known of the bytes from `window` on.
        let mut window = 0;
        let mut letters = Letters::of(bytes);
        let mut mere_words = MereWords::default();
        loop {
            // Kept here, not in `self`, to stay in registers.
            let mut position = self.position;
            let mut opens_sentence = self.opens_sentence;
            'words: loop {
                let (start, end, behind);
                if let Some(place) = mere_words.next() {
                    opens_sentence |= letters.have_opener(position - window..place.start);
                    (start, end) = (window + place.start, window + place.end);
                    behind = end;
                } else {
                    if position - window >= WINDOW {
                        window = position;
                        letters = Letters::of(&bytes[window..]);
                    }
                    let from = position - window;
                    mere_words = letters.mere_words(from);
                    if !mere_words.is_empty() {
                        continue;
                    }
                    let begins = letters.begins >> from;
                    let at = from + (begins.trailing_zeros() as usize).min(WINDOW - from);
                    opens_sentence |= letters.have_opener(from..at);
                    start = window + at;
                    position = start.min(bytes.len());
                    if position == bytes.len() {
                        return;
                    }
                    if begins == 0 {
                        continue;
                    }
                    // The first byte that is no letter, if the window has it.
                    let length = (!(letters.letters >> at)).trailing_zeros() as usize;
                    end = start + length;
                    if at + length >= WINDOW {
                        if at == 0 {
                            break 'words;
                        }
                        window = start;
                        letters = Letters::of(&bytes[window..]);
                        continue;
                    }
                    // It may go on, else it would be among the mere words.
                    match self.ends_all_the_same(start, end) {
                        Some(place) => behind = place,
                        None => break 'words,
                    }
                }
                if self.is_cannot(start, end) {
                    position = start;
                    mere_words = MereWords::default();
                    break 'words;
                }
                word(state, start..end, opens_sentence);
                opens_sentence = false;
                position = behind;
            }
            self.position = position;
            self.opens_sentence = opens_sentence;
            let first = self.closer_look();
            let second = self.pending.take();
            first.into_iter().chain(second).for_each(|token| other(state, token));
        }
    }

    /// Where to go on behind a word with a full stop or an apostrophe behind it, if the word is a mere one: it ends a sentence, or
    /// is a possessive.
    #[inline(always)]
    fn ends_all_the_same(&self, start: usize, end: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        match bytes.get(end)? {
            // Longer than any title, `www` and `No.`
            b'.' if end - start > LONGEST_TITLE => Some(end),
            b'\'' if self.contractions && matches!(bytes.get(end + 1), Some(b's' | b'S')) => match bytes.get(end + 2) {
                Some(byte) if byte.is_ascii_alphanumeric() || !byte.is_ascii() => None,
                _ => Some(end + 2),
            },
            _ => None,
        }
    }

    #[inline(always)]
    fn is_cannot(&self, start: usize, end: usize) -> bool {
        let bytes = self.text.as_bytes();
        // No branch on the length alone, which cannot be foreseen.
        let may_be = (end - start == CANNOT.len()) & (bytes[start] | 0x20 == b'c') & (bytes[end - 1] | 0x20 == b't');
        may_be && self.contractions && self.text[start..end].eq_ignore_ascii_case(CANNOT)
    }

    /// Reads on from the position, a character at least; gives back the token that was met, if one was.
    #[inline(never)]
    fn closer_look(&mut self) -> Option<Token<'t>> {
        let c = self.rest().chars().next()?;
        let start = self.position;
        if c.is_ascii_digit() {
            return Some(self.number(start));
        }
        if is_word_char(c) {
            return self.word();
        }
        self.position += c.len_utf8();
        let next = self.rest().chars().next();
        if is_currency(c) && next.is_some_and(|c| c.is_ascii_digit()) {
            return Some(self.number(start));
        }
        if c == '@' && next.is_some_and(is_word_char) {
            let end = self.word_end(self.position);
            let start = std::mem::replace(&mut self.position, end);
            return Some(self.token(start, end, TokenKind::Mention, None));
        }
        self.opens_sentence |= opens_sentence(c);
        None
    }

    fn rest(&self) -> &'t str {
        &self.text[self.position..]
    }

    /// The end of the run of word characters that starts at `from`.
    fn word_end(&self, from: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut end = from;
        loop {
            while bytes.get(end).is_some_and(u8::is_ascii_alphanumeric) {
                end += 1;
            }
            match self.text[end..].chars().next() {
                Some(c) if !c.is_ascii() && is_word_char(c) => end += c.len_utf8(),
                _ => return end,
            }
        }
    }

    fn token(&mut self, start: usize, end: usize, kind: TokenKind, reads_as: Option<&'static str>) -> Token<'t> {
        let opens_sentence = std::mem::replace(&mut self.opens_sentence, false);
        Token {
            text: &self.text[start..end],
            start,
            kind,
            reads_as,
            opens_sentence,
        }
    }

    /// A number: digits with inner separators, the sign before, the letters or per-cent sign behind.
    fn number(&mut self, start: usize) -> Token<'t> {
        let bytes = self.text.as_bytes();
        let mut end = self.position;
        loop {
            end = self.word_end(end);
            let separated = matches!(bytes.get(end), Some(b'.' | b',' | b':' | b'/'))
                && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
            if !separated {
                break;
            }
            end += 1;
        }
        if bytes.get(end) == Some(&b'%') {
            end += 1;
        }
        self.position = end;
        self.token(start, end, TokenKind::Number, None)
    }

    /// `U.S.`, `D.C.`: letters with a full stop after each; `None` if the text at `start` is nothing of the kind.
    fn initials(&self, start: usize) -> Option<usize> {
        let mut end = start;
        let mut letters = 0;
        loop {
            let mut chars = self.text[end..].chars();
            match (chars.next(), chars.next()) {
                (Some(c), Some('.')) if c.is_alphabetic() => end += c.len_utf8() + 1,
                _ => break,
            }
            letters += 1;
        }
        // A letter right behind means that the last "initial" began a word.
        let broken = self.text[end..].chars().next().is_some_and(is_word_char);
        (letters >= 2 && !broken).then_some(end)
    }

    fn word(&mut self) -> Option<Token<'t>> {
        let start = self.position;
        let maybe_initials =
            self.text.as_bytes().get(start + 1) == Some(&b'.') || !self.text.as_bytes()[start].is_ascii();
        if let Some(end) = maybe_initials.then(|| self.initials(start)).flatten() {
            self.position = end;
            return Some(self.token(start, end - 1, TokenKind::Word, None));
        }
        let end = self.word_end(start);
        let word = &self.text[start..end];
        let behind = &self.text[end..];
        if behind.starts_with("://") || (behind.starts_with('.') && word.eq_ignore_ascii_case("www")) {
            let length = behind.find(char::is_whitespace).unwrap_or(behind.len());
            self.position = end + length;
            return None;
        }
        self.position = end;
        if !self.contractions {
            return Some(self.token(start, end, TokenKind::Word, None));
        }
        if word.eq_ignore_ascii_case(CANNOT) {
            let verb = self.token(start, start + 3, TokenKind::Word, None);
            self.pending = Some(self.token(start + 3, end, TokenKind::Word, None));
            return Some(verb);
        }
        if let Some(apostrophe) = behind.chars().next().filter(|&c| is_apostrophe(c)) {
            return Some(self.contraction(start, end, apostrophe.len_utf8()));
        }
        if behind.starts_with('.') {
            let numbered = || behind[1..].trim_start().starts_with(|c: char| c.is_ascii_digit());
            if (word.eq_ignore_ascii_case("no") || word.eq_ignore_ascii_case("nos")) && numbered() {
                self.position = end + 1;
                return Some(self.token(start, end, TokenKind::Word, Some("number")));
            }
            let mut folded = [0; LONGEST_TITLE];
            let is_title = word.len() <= LONGEST_TITLE && {
                let folded = &mut folded[..word.len()];
                folded.copy_from_slice(word.as_bytes());
                folded.make_ascii_lowercase();
                TITLES.iter().any(|t| t.as_bytes() == folded)
            };
            let is_initial = word.len() == 1 && word.starts_with(char::is_uppercase);
            if is_title || is_initial {
                self.position = end + 1;
            }
        }
        Some(self.token(start, end, TokenKind::Word, None))
    }

    /// A word with an apostrophe behind it.
    fn contraction(&mut self, start: usize, end: usize, apostrophe: usize) -> Token<'t> {
        let word = &self.text[start..end];
        let tail_start = end + apostrophe;
        let tail_end = self.word_end(tail_start);
        let tail = &self.text[tail_start..tail_end];
        if tail.eq_ignore_ascii_case("s") {
            self.position = tail_end;
            return self.token(start, end, TokenKind::Word, None);
        }
        if tail.eq_ignore_ascii_case("t") && word.ends_with(['n', 'N']) {
            self.position = tail_end;
            let verb_end = end - 1;
            let verb = &self.text[start..verb_end];
            let reads_as = CLIPPED
                .iter()
                .find(|(clipped, _)| verb.eq_ignore_ascii_case(clipped))
                .map(|(_, full)| *full);
            if verb.is_empty() {
                return self.token(verb_end, tail_end, TokenKind::Word, Some("not"));
            }
            let verb = self.token(start, verb_end, TokenKind::Word, reads_as);
            self.pending = Some(self.token(verb_end, tail_end, TokenKind::Word, Some("not")));
            return verb;
        }
        if let Some((_, full)) = CLITICS.iter().find(|(c, _)| tail.eq_ignore_ascii_case(c)) {
            self.position = tail_end;
            let head = self.token(start, end, TokenKind::Word, None);
            self.pending = Some(self.token(end, tail_end, TokenKind::Word, Some(full)));
            return head;
        }
        if word.chars().count() == 1 && tail.starts_with(char::is_uppercase) {
            self.position = tail_end;
            return self.token(start, tail_end, TokenKind::Word, None);
        }
        self.token(start, end, TokenKind::Word, None)
    }
}

impl<'t> Iterator for Tokens<'t> {
    type Item = Token<'t>;

    fn next(&mut self) -> Option<Token<'t>> {
        let mut token = self.pending.take();
        while token.is_none() && self.position < self.text.len() {
            token = self.closer_look();
        }
        token
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<&str> {
        tokens(text, true).map(|t| t.reads_as.unwrap_or(t.text)).collect()
    }

    #[test]
    fn the_table_above_is_true() {
        assert_eq!(words("Russia's Russia’s Russians'"), ["Russia", "Russia", "Russians"]);
        assert_eq!(
            words("won't can't cannot doesn’t"),
            ["will", "not", "can", "not", "can", "not", "does", "not"]
        );
        assert_eq!(words("we'll they've I'd"), ["we", "will", "they", "have", "I", "would"]);
        assert_eq!(words("cease-fire anti-Moscow"), ["cease", "fire", "anti", "Moscow"]);
        assert_eq!(words("the U.S. in D.C."), ["the", "U.S", "in", "D.C"]);
        assert_eq!(words("No. 10, no. 5, no!"), ["number", "10", "number", "5", "no"]);
        assert_eq!(
            words("$1.5bn 10,000 5% 1990s 3/4"),
            ["$1.5bn", "10,000", "5%", "1990s", "3/4"]
        );
        assert_eq!(words("O'Brien D’Souza"), ["O'Brien", "D’Souza"]);
        assert_eq!(words("“no” 'no' «нет»"), ["no", "no", "нет"]);
        assert_eq!(words("外交部 Київ cafe\u{301}"), ["外交部", "Київ", "cafe\u{301}"]);
        assert_eq!(
            words("see https://x.org/a?b=c and www.x.org now"),
            ["see", "and", "now"]
        );
        assert_eq!(words("@state on #Minsk"), ["state", "on", "Minsk"]);
    }

    #[test]
    fn capitals_are_doubtful_where_a_sentence_may_start() {
        let doubtful: Vec<_> = tokens("Moscow and Mr. Lavrov said: \"Nothing.\" Then J. Doe left", true)
            .filter(|t| t.opens_sentence)
            .map(|t| t.text)
            .collect();
        assert_eq!(doubtful, ["Moscow", "Nothing", "Then"]);
    }

    #[test]
    fn without_contractions_an_apostrophe_separates() {
        let french: Vec<_> = tokens("l'Europe n'a pas", false).map(|t| t.text).collect();
        assert_eq!(french, ["l", "Europe", "n", "a", "pas"]);
    }

    /// The tokens that [`Tokens::for_each_with`] finds.
    fn quick_tokens<'t>(text: &'t str, contractions: bool) -> Vec<Token<'t>> {
        let mut found = Vec::new();
        let word = |found: &mut Vec<Token<'t>>, range: Range<usize>, opens_sentence| {
            found.push(Token {
                text: &text[range.clone()],
                start: range.start,
                kind: TokenKind::Word,
                reads_as: None,
                opens_sentence,
            });
        };
        tokens(text, contractions).for_each_with(&mut found, word, |found, token| found.push(token));
        found
    }

    proptest! {
        #[test]
        fn the_quick_way_finds_what_the_long_way_finds(
            text in "[a-zA-Z ,'’.:@$€0-9éД\"(-]{0,150}|[a-z]{50,140} [A-Z]{60,70}.?|(cannot |Cannot, |no\\. ?5|www\\.x |a://b |it's|'S|gen\\. |talks\\.X|talks'so|é's ){0,9}",
            contractions: bool,
        ) {
            prop_assert_eq!(quick_tokens(&text, contractions), tokens(&text, contractions).collect::<Vec<_>>());
        }

        #[test]
        fn tokens_are_slices_in_order(text in "(?s).{0,200}", contractions: bool) {
            let mut last = 0;
            for token in tokens(&text, contractions) {
                prop_assert!(token.start >= last);
                prop_assert_eq!(&text[token.start..token.end()], token.text);
                prop_assert!(!token.text.is_empty());
                last = token.end();
            }
        }

        #[test]
        fn apostrophes_dots_and_digits_in_any_order_do_no_harm(text in "[a-zA-Z0-9'’.,$@:/%n t-]{0,80}") {
            let count = tokens(&text, true).count();
            prop_assert!(count <= text.len());
        }
    }
}
