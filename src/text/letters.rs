//! Which bytes of a text are letters, 64 of them at a time.

use std::ops::Range;

use wide::{CmpEq, CmpGt, CmpLt, i8x16};

/// How many bytes are looked at together: one for each bit of a mask.
pub(super) const WINDOW: usize = 64;

/// What makes a capital letter behind it prove nothing, as far as it is ASCII.
pub(super) const SENTENCE_OPENERS: [u8; 9] = *b".!?:;\"([\n";
/// What makes the word behind it no mere word.
const SIGNS: [u8; 2] = *b"@$";
/// With these behind it a word may go on; with digits and with parts of characters beyond ASCII too.
const JOINTS: [u8; 3] = *b"'.:";

/// One bit for each byte of a window, the first byte in the lowest bit. Behind the end of a text all are zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Letters {
    /// `a`–`z`, `A`–`Z`.
    pub letters: u64,
    /// What may begin a word, a number or a mention: these, `0`–`9`, parts of characters beyond ASCII, and signs.
    pub begins: u64,
    openers: u64,
    goes_on: u64,
}

/// Words of letters alone. A bit where each starts, and one behind its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct MereWords {
    starts: u64,
    ends: u64,
}

impl MereWords {
    pub fn is_empty(self) -> bool {
        self.ends == 0
    }
}

impl Iterator for MereWords {
    type Item = Range<usize>;

    #[inline(always)]
    fn next(&mut self) -> Option<Range<usize>> {
        if self.ends == 0 {
            return None;
        }
        let word = self.starts.trailing_zeros() as usize..self.ends.trailing_zeros() as usize;
        self.starts &= self.starts - 1;
        self.ends &= self.ends - 1;
        Some(word)
    }
}

impl Letters {
    /// Looks at the first bytes of `text`.
    pub fn of(text: &[u8]) -> Self {
        let mut found = Letters::default();
        sixteens(text, |bytes, place| {
            let (letter, digit) = (letter(bytes), digit(bytes));
            found.letters |= mask(letter) << place;
            found.begins |= mask(letter | digit | bytes | any_of(bytes, SIGNS)) << place;
            found.openers |= mask(any_of(bytes, SENTENCE_OPENERS)) << place;
            found.goes_on |= mask(digit | bytes | any_of(bytes, JOINTS)) << place;
        });
        found
    }

    /// The mere words from place `from` of the window on, up to what needs a closer look: what begins no such word, a word that may go on, or
    /// the end of the window.
    #[inline(always)]
    pub fn mere_words(&self, from: usize) -> MereWords {
        let rest = !below(from);
        let letters = self.letters & rest;
        let ends = letters << 1 & !letters;
        let others = self.begins & !letters & rest | ends & self.goes_on;
        MereWords {
            starts: letters & !(letters << 1),
            // Those below the first of the others.
            ends: ends & others.wrapping_sub(1) & !others,
        }
    }

    /// Whether a sentence opener stands in a part of the window.
    #[inline(always)]
    pub fn have_opener(&self, part: Range<usize>) -> bool {
        self.openers & below(part.end) & !below(part.start) != 0
    }
}

/// A bit for each place before `place`.
#[inline(always)]
fn below(place: usize) -> u64 {
    1u64.checked_shl(place as u32).unwrap_or(0).wrapping_sub(1)
}

/// How many words begin with a small letter and how many with a capital, in text that is all ASCII; digits and apostrophes belong
/// to words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Beginnings {
    pub small: u32,
    pub capital: u32,
    /// Whether the text ended inside a word, or the one before it did.
    pub inside: bool,
}

impl Beginnings {
    /// Counts on through a window of ASCII text; gives back whether it is one.
    pub fn count(&mut self, window: &[u8]) -> bool {
        let (mut word, mut letters, mut small, mut foreign) = (0, 0, 0, 0);
        sixteens(window, |bytes, place| {
            let letter = letter(bytes);
            word |= mask(letter | digit(bytes) | any_of(bytes, [b'\''])) << place;
            letters |= mask(letter) << place;
            small |= mask(letter & bytes.cmp_gt(i8x16::splat(b'Z' as i8))) << place;
            foreign |= mask(bytes) << place;
        });
        if foreign != 0 {
            return false;
        }
        let first = word & !(word << 1 | u64::from(self.inside));
        self.small += (first & small).count_ones();
        self.capital += (first & letters & !small).count_ones();
        if let Some(last) = window.len().min(WINDOW).checked_sub(1) {
            self.inside = word >> last & 1 == 1;
        }
        true
    }
}

/// Calls `each` with 16 bytes at a time of the window at the start of `text`, and the place of the first one.
#[inline(always)]
fn sixteens(text: &[u8], mut each: impl FnMut(i8x16, usize)) {
    let mut copy = [0; WINDOW];
    let window = match text.first_chunk::<WINDOW>() {
        Some(window) => window,
        None => {
            copy[..text.len()].copy_from_slice(text);
            &copy
        }
    };
    for (i, bytes) in window.as_chunks::<16>().0.iter().enumerate() {
        each(i8x16::from(bytes.map(|byte| byte as i8)), 16 * i);
    }
}

// Bytes are compared as signed numbers: those beyond ASCII are negative, and so outside of every range.

#[inline(always)]
fn any_of<const N: usize>(bytes: i8x16, members: [u8; N]) -> i8x16 {
    let equal = |member: u8| bytes.cmp_eq(i8x16::splat(member as i8));
    members.into_iter().fold(i8x16::ZERO, |any, member| any | equal(member))
}

#[inline(always)]
fn within(bytes: i8x16, first: u8, last: u8) -> i8x16 {
    bytes.cmp_gt(i8x16::splat(first as i8 - 1)) & bytes.cmp_lt(i8x16::splat(last as i8 + 1))
}

#[inline(always)]
fn letter(bytes: i8x16) -> i8x16 {
    within(bytes | i8x16::splat(0x20), b'a', b'z')
}

#[inline(always)]
fn digit(bytes: i8x16) -> i8x16 {
    within(bytes, b'0', b'9')
}

/// The top bit of each byte.
#[inline(always)]
fn mask(bytes: i8x16) -> u64 {
    u64::from(bytes.move_mask() as u16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(text: &[u8], is: impl Fn(u8) -> bool) -> u64 {
        let bits = text.iter().take(WINDOW).zip(0..);
        bits.map(|(&byte, i)| u64::from(is(byte)) << i).sum()
    }

    proptest! {
        #[test]
        fn masks_are_those_of_a_byte_by_byte_look(text in prop::collection::vec(any::<u8>(), 0..80)) {
            let found = Letters::of(&text);
            prop_assert_eq!(found.letters, plain(&text, |b| b.is_ascii_alphabetic()));
            let is_part = |b: u8| b.is_ascii_alphanumeric() || !b.is_ascii();
            prop_assert_eq!(found.begins, plain(&text, |b| is_part(b) || SIGNS.contains(&b)));
            prop_assert_eq!(found.openers, plain(&text, |b| SENTENCE_OPENERS.contains(&b)));
            prop_assert_eq!(found.goes_on, plain(&text, |b| !b.is_ascii_alphabetic() && (is_part(b) || JOINTS.contains(&b))));
        }

        #[test]
        fn mere_words_go_up_to_what_is_none(text in "[a-cA-C ,.é5$]{0,80}", from in 0usize..WINDOW) {
            let window = &text.as_bytes()[..text.len().min(WINDOW)];
            let found = Letters::of(text.as_bytes());
            let mut expected = Vec::new();
            let mut place = from;
            while let Some(start) = (place..window.len()).find(|&i| found.begins >> i & 1 == 1) {
                let length = window[start..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
                let end = start + length;
                let is_joined = end < WINDOW && (found.begins | found.goes_on) >> end & 1 == 1;
                if length == 0 || end == WINDOW || is_joined {
                    break;
                }
                expected.push(start..end);
                place = end;
            }
            prop_assert_eq!(found.mere_words(from).collect::<Vec<_>>(), expected);
            let opener = window.get(from..).unwrap_or_default().iter().position(|byte| SENTENCE_OPENERS.contains(byte));
            prop_assert_eq!(found.have_opener(from..WINDOW), opener.is_some());
            prop_assert!(!found.have_opener(from..from + opener.unwrap_or(0)));
        }

        #[test]
        fn beginnings_are_counted_across_windows(text in "[ -~]{0,200}") {
            let mut counted = Beginnings::default();
            prop_assert!(text.as_bytes().chunks(WINDOW).all(|window| counted.count(window)));
            let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '\''));
            let first: Vec<char> = words.filter_map(|word| word.chars().next()).collect();
            prop_assert_eq!(counted.small as usize, first.iter().filter(|c| c.is_ascii_lowercase()).count());
            prop_assert_eq!(counted.capital as usize, first.iter().filter(|c| c.is_ascii_uppercase()).count());
        }
    }
}
