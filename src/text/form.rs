//! Folded words, packed into two machine words where they fit.

/// A folded word of at most 16 bytes, filled up with zeros: compared and hashed at once, where a slice is walked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ShortForm(pub [u64; 2]);

impl ShortForm {
    /// The most bytes that fit.
    pub const LONGEST: usize = 16;

    /// Packs a folded word, unless it is too long.
    #[inline]
    pub fn new(form: &str) -> Option<Self> {
        let form = form.as_bytes();
        let length = form.len();
        let eight = |at: usize| u64::from_le_bytes(form[at..at + 8].try_into().expect("eight bytes"));
        let four = |at: usize| u64::from(u32::from_le_bytes(form[at..at + 4].try_into().expect("four bytes")));
        // The last bytes are read together with some that were read before, which are then shifted out.
        match length {
            0..4 => Some([
                form.iter().rev().fold(0, |packed, &byte| packed << 8 | u64::from(byte)),
                0,
            ]),
            4..8 => Some([four(0) | four(length - 4) << (8 * (length - 4)), 0]),
            8 => Some([eight(0), 0]),
            9..=Self::LONGEST => Some([eight(0), eight(length - 8) >> (8 * (Self::LONGEST - length))]),
            _ => None,
        }
        .map(ShortForm)
    }

    /// Packs and folds a word of ASCII letters that stands in `text`, unless it is too long.
    #[inline(always)]
    pub fn fold(text: &str, start: usize, end: usize) -> Option<Self> {
        /// In ASCII the bit that tells small letters from capitals.
        const SMALL: u64 = 0x2020_2020_2020_2020;
        let length = end - start;
        if length > Self::LONGEST {
            return None;
        }
        let [low, high] = MASKS[length];
        let ShortForm([first, second]) = match text.as_bytes()[start..].first_chunk::<{ Self::LONGEST }>() {
            Some(bytes) => {
                let both = u128::from_le_bytes(*bytes);
                ShortForm([both as u64 & low, (both >> 64) as u64 & high])
            }
            None => Self::new(&text[start..end])?,
        };
        Some(ShortForm([first | SMALL & low, second | SMALL & high]))
    }

    /// The word, written into `buffer`.
    pub fn unpack(self, buffer: &mut [u8; Self::LONGEST]) -> &str {
        buffer[..8].copy_from_slice(&self.0[0].to_le_bytes());
        buffer[8..].copy_from_slice(&self.0[1].to_le_bytes());
        let length = buffer.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        // Packed words are whole ones, so this is never empty for a word.
        std::str::from_utf8(&buffer[..length]).unwrap_or_default()
    }
}

/// The bytes of the first 0, 1, … 16 places.
const MASKS: [[u64; 2]; ShortForm::LONGEST + 1] = {
    let mut masks = [[0; 2]; ShortForm::LONGEST + 1];
    let mut length = 0;
    while length < ShortForm::LONGEST {
        masks[length + 1] = masks[length];
        masks[length + 1][length / 8] |= 0xff << (8 * (length % 8));
        length += 1;
    }
    masks
};

/// A folded word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form<'a> {
    /// As nearly all are.
    Short(ShortForm),
    /// Longer than fits into a [`ShortForm`].
    Long(&'a str),
}

impl<'a> Form<'a> {
    /// Packs a word if it is short.
    pub fn new(word: &'a str) -> Self {
        ShortForm::new(word).map_or(Form::Long(word), Form::Short)
    }

    /// The word as text, in `buffer` if need be.
    pub fn spell<'b>(self, buffer: &'b mut [u8; ShortForm::LONGEST]) -> &'b str
    where
        'a: 'b,
    {
        match self {
            Form::Short(form) => form.unpack(buffer),
            Form::Long(word) => word,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn packing_loses_nothing(word in "\\PC{0,20}") {
            match ShortForm::new(&word) {
                Some(form) => prop_assert_eq!(form.unpack(&mut [0; ShortForm::LONGEST]).to_owned(), word),
                None => prop_assert!(word.len() > ShortForm::LONGEST),
            }
        }

        #[test]
        fn folding_is_lower_case(before in "[a-z ]{0,9}", word in "[a-zA-Z]{1,18}", behind in "\\PC{0,18}") {
            let text = format!("{before}{word}{behind}");
            let folded = ShortForm::fold(&text, before.len(), before.len() + word.len());
            prop_assert_eq!(folded, ShortForm::new(&word.to_ascii_lowercase()));
        }
    }
}
