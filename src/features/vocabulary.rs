//! Terms and their columns.

use super::strings::Strings;

/// The column of a node that is only the beginning of a longer term.
pub(crate) const NO_COLUMN: u32 = u32::MAX;

/// The terms of a vectorizer: plain data, sorted, so that models are reproducible.
///
/// Words are stems in ascending order. A term of several words is a node that points to the node of the term without its last
/// word, and to that word; nodes are sorted by length, then by these two numbers. The nodes `0..words` are the words.
/// Columns are given to nodes in their order.
#[derive(Debug, Clone, PartialEq)]
pub struct Vocabulary {
    pub(crate) words: Strings,
    /// The forms in which training met the words, those of one word together, the most frequent one first.
    pub(crate) forms: Strings,
    /// How many forms each word has, at least one.
    pub(crate) form_counts: Vec<u8>,
    /// For each word the place of its first form.
    first_forms: Vec<u32>,
    /// For each term of two words or more: the node of its beginning and its last word.
    pub(crate) ngrams: Vec<(u32, u32)>,
    /// For each node its column or [`NO_COLUMN`].
    pub(crate) columns: Vec<u32>,
    /// For each column its node.
    pub(crate) nodes: Vec<u32>,
}

impl Vocabulary {
    /// Puts the parts together; columns follow from `has_column`, which has one entry for each node.
    pub(crate) fn new(
        words: Strings,
        forms: Strings,
        form_counts: Vec<u8>,
        ngrams: Vec<(u32, u32)>,
        has_column: impl IntoIterator<Item = bool>,
    ) -> Self {
        let mut nodes = Vec::new();
        let columns = has_column
            .into_iter()
            .zip(0..)
            .map(|(has_column, node)| {
                if !has_column {
                    return NO_COLUMN;
                }
                nodes.push(node);
                nodes.len() as u32 - 1
            })
            .collect();
        let first_forms = form_counts
            .iter()
            .scan(0, |next, &count| {
                let first = *next;
                *next += u32::from(count);
                Some(first)
            })
            .collect();
        Vocabulary {
            first_forms,
            words,
            forms,
            form_counts,
            ngrams,
            columns,
            nodes,
        }
    }

    /// For each node whether it has a column.
    pub(crate) fn has_column(&self) -> impl Iterator<Item = bool> + '_ {
        self.columns.iter().map(|&column| column != NO_COLUMN)
    }

    /// The number of a stem.
    pub(crate) fn word(&self, stem: &str) -> Option<u32> {
        self.words.binary_search(stem).map(|word| word as u32)
    }

    /// The number of columns.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no column.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The term of a column as the vectorizer knows it: stems, separated by blanks.
    ///
    /// # Panics
    /// If there is no such column.
    pub fn term(&self, column: usize) -> String {
        self.spell(column, |word| self.words.get(word))
    }

    /// The term of a column in words that people use: for each stem its most frequent form in the training data.
    ///
    /// # Panics
    /// If there is no such column.
    pub fn readable_term(&self, column: usize) -> String {
        self.spell(column, |word| self.forms.get(self.first_forms[word] as usize))
    }

    /// How many words the term of a column has.
    pub(crate) fn words_of(&self, column: u32) -> usize {
        let mut node = self.nodes[column as usize] as usize;
        let mut words = 1;
        while let Some(ngram) = node.checked_sub(self.words.len()) {
            node = self.ngrams[ngram].0 as usize;
            words += 1;
        }
        words
    }

    fn spell<'v>(&'v self, column: usize, spelling: impl Fn(usize) -> &'v str) -> String {
        let mut words = Vec::new();
        let mut node = self.nodes[column] as usize;
        while let Some(ngram) = node.checked_sub(self.words.len()) {
            let (beginning, last) = self.ngrams[ngram];
            words.push(spelling(last as usize));
            node = beginning as usize;
        }
        words.push(spelling(node));
        words.reverse();
        words.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_spelt_from_their_nodes() {
        let vocabulary = Vocabulary::new(
            ["negoti", "not", "will"].into_iter().collect(),
            ["negotiate", "negotiates", "not", "will"].into_iter().collect(),
            vec![2, 1, 1],
            vec![(1, 0), (2, 1), (4, 0)],
            [true, true, false, true, false, true],
        );
        assert_eq!(vocabulary.len(), 4);
        assert_eq!(vocabulary.term(0), "negoti");
        assert_eq!(vocabulary.readable_term(3), "will not negotiate");
        assert_eq!(vocabulary.word("not"), Some(1));
    }
}
