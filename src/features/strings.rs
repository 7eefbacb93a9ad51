//! Many short strings in one piece of memory.

use std::ops::Range;

/// A list of strings that lie one behind the other: one allocation where `Vec<Box<str>>` has one for each string, which is
/// most of what reading a model would cost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Strings {
    text: String,
    /// Where each string ends in `text`.
    ends: Vec<u32>,
}

impl Strings {
    /// Cuts `text` at `ends`; `None` unless these ascend, lie on character boundaries and cover it all.
    pub fn cut(text: String, ends: Vec<u32>) -> Option<Self> {
        let whole = ends.last().map_or(0, |&end| end as usize) == text.len();
        let cuts = ends.iter().all(|&end| text.is_char_boundary(end as usize));
        (whole && cuts && ends.is_sorted()).then_some(Strings { text, ends })
    }

    /// Adds a string.
    ///
    /// # Panics
    /// If all of them together reach 4 GiB.
    pub fn push(&mut self, string: &str) {
        self.text.push_str(string);
        self.ends
            .push(u32::try_from(self.text.len()).expect("a vocabulary is smaller than 4 GiB"));
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// String `i`.
    ///
    /// # Panics
    /// If there is none.
    pub fn get(&self, i: usize) -> &str {
        let start = i.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.text[start..self.ends[i] as usize]
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|i| self.get(i))
    }

    /// The position of `string`, if the strings ascend.
    pub fn binary_search(&self, string: &str) -> Option<usize> {
        self.binary_search_in(0..self.len(), string)
    }

    /// The same among some of them.
    pub fn binary_search_in(&self, range: Range<usize>, string: &str) -> Option<usize> {
        let Range {
            start: mut low,
            end: mut high,
        } = range;
        while low < high {
            let middle = low + (high - low) / 2;
            match self.get(middle).cmp(string) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle),
            }
        }
        None
    }

    /// All strings without what is between them.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl<S: AsRef<str>> FromIterator<S> for Strings {
    fn from_iter<I: IntoIterator<Item = S>>(strings: I) -> Self {
        let mut all = Strings::default();
        strings.into_iter().for_each(|string| all.push(string.as_ref()));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_come_back_and_are_found() {
        let strings: Strings = ["", "ab", "z", "é"].into_iter().collect();
        assert_eq!(strings.iter().collect::<Vec<_>>(), ["", "ab", "z", "é"]);
        assert_eq!(strings.binary_search("é"), Some(3));
        assert_eq!(strings.binary_search("b"), None);
        assert_eq!(strings.binary_search("ab"), Some(1));
        let cut = |ends: &[u32]| Strings::cut(strings.text().to_owned(), ends.to_vec());
        assert_eq!(cut(&[0, 2, 3, 5]), Some(strings.clone()));
        for ends in [&[0, 2, 4, 5][..], &[2, 3], &[3, 2, 5], &[2, 3, 9], &[]] {
            assert_eq!(cut(ends), None, "{ends:?}");
        }
    }
}
