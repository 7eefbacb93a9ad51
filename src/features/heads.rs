//! Words in ascending order, found quickly.

use super::strings::Strings;

/// The first eight bytes of each word: a search goes through these, which lie side by side, and looks at few of the words themselves.
#[derive(Debug)]
pub(super) struct Heads(Vec<u64>);

impl Heads {
    /// Of words that ascend.
    pub fn of(words: &Strings) -> Self {
        Heads(words.iter().map(head).collect())
    }

    /// The position of `word` among the `words` that these are the heads of.
    pub fn search(&self, words: &Strings, word: &str) -> Option<usize> {
        let head = head(word);
        let first = self.0.partition_point(|&other| other < head);
        let same = self.0[first..].partition_point(|&other| other == head);
        words.binary_search_in(first..first + same, word)
    }
}

/// Orders words as their bytes do, as far as it goes.
fn head(word: &str) -> u64 {
    let mut bytes = [0; 8];
    let length = word.len().min(8);
    bytes[..length].copy_from_slice(&word.as_bytes()[..length]);
    u64::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_word_is_found_and_no_other(words in prop::collection::btree_set("[ab\0é]{0,12}", 0..60), other in "[ab\0é]{0,12}") {
            let sorted: Strings = words.iter().collect();
            let heads = Heads::of(&sorted);
            for word in words.iter().chain([&other]) {
                prop_assert_eq!(heads.search(&sorted, word), sorted.binary_search(word));
            }
        }
    }
}
