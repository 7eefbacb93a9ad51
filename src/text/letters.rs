//! Which bytes of a text are letters, 64 of them at a time.

use wide::{CmpEq, CmpGt, CmpLt, i8x16};

/// How many bytes are looked at together: one for each bit of a mask.
pub(super) const WINDOW: usize = 64;

/// One bit for each byte of a window, the first byte in the lowest bit. Behind the end of a text all are zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Letters {
    /// `a`–`z`, `A`–`Z`.
    pub letters: u64,
    /// What may begin a word or a number: these, `0`–`9`, and parts of characters beyond ASCII.
    pub begins: u64,
}

impl Letters {
    /// Looks at the first bytes of `text`.
    pub fn of(text: &[u8]) -> Self {
        let mut found = Letters::default();
        sixteens(text, |bytes, place| {
            let letter = letter(bytes);
            found.letters |= mask(letter) << place;
            found.begins |= mask(letter | digit(bytes) | bytes) << place;
        });
        found
    }
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
            word |= mask(letter | digit(bytes) | bytes.cmp_eq(i8x16::splat(b'\'' as i8))) << place;
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
            prop_assert_eq!(found.begins, plain(&text, |b| b.is_ascii_alphanumeric() || !b.is_ascii()));
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
