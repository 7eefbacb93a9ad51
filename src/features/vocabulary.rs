//! Terms and their columns.

use rustc_hash::FxHashMap;

use crate::text::{Analyzer, ENGLISH_STOP_WORDS};

/// The column of a node that is only the beginning of a longer term.
pub(crate) const NO_COLUMN: u32 = u32::MAX;

/// The terms of a vectorizer: plain data, sorted, so that models are reproducible.
///
/// Words are stems in ascending order. A term of several words is a node that points to the node of the term without its last
/// word, and to that word; nodes are sorted by length, then by these two numbers. The nodes `0..words` are the words.
/// Columns are given to nodes in their order.
#[derive(Debug, Clone, PartialEq)]
pub struct Vocabulary {
    pub(crate) words: Vec<Box<str>>,
    /// The forms in which training met the words, those of one word together, the most frequent one first.
    pub(crate) forms: Vec<Box<str>>,
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
        words: Vec<Box<str>>,
        forms: Vec<Box<str>>,
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
        self.spell(column, |word| &self.words[word])
    }

    /// The term of a column in words that people use: for each stem its most frequent form in the training data.
    ///
    /// # Panics
    /// If there is no such column.
    pub fn readable_term(&self, column: usize) -> String {
        self.spell(column, |word| &self.forms[self.first_forms[word] as usize])
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

/// A vocabulary made ready for looking up.
#[derive(Debug, Clone)]
pub(crate) struct VocabularyIndex {
    /// Forms that training met, and stop words: no need to stem them again.
    forms: FxHashMap<Box<str>, u32>,
    stems: FxHashMap<Box<str>, u32>,
    ngrams: FxHashMap<u64, u32>,
    negations: Vec<u32>,
}

/// What the stemmer made of forms that training had not met, so that each is stemmed once. Bounded; changes no result.
#[derive(Debug, Clone, Default)]
pub(crate) struct StemmedForms(FxHashMap<Box<str>, u32>);

impl StemmedForms {
    const CAPACITY: usize = 1 << 14;
}

/// The number of a word that the vocabulary does not have; it belongs to no term.
pub(crate) const UNKNOWN: u32 = u32::MAX;
/// The number of a word that is passed over as if it were not there.
pub(crate) const SKIPPED: u32 = u32::MAX - 1;

/// One number for the node of a beginning and the word behind it; sorts by the beginning first.
pub(crate) fn key(beginning: u32, word: u32) -> u64 {
    u64::from(beginning) << 32 | u64::from(word)
}

impl VocabularyIndex {
    pub fn new(vocabulary: &Vocabulary, analyzer: &Analyzer) -> Self {
        let first = vocabulary.words.len() as u32;
        let stems: FxHashMap<Box<str>, u32> = vocabulary.words.iter().cloned().zip(0..).collect();
        let word_of_form = vocabulary
            .form_counts
            .iter()
            .zip(0u32..)
            .flat_map(|(&count, word)| std::iter::repeat_n(word, usize::from(count)));
        let mut forms: FxHashMap<Box<str>, u32> = vocabulary.forms.iter().cloned().zip(word_of_form).collect();
        if analyzer.options().stop_words {
            forms.extend(ENGLISH_STOP_WORDS.iter().map(|&word| (word.into(), SKIPPED)));
        }
        let negations = crate::text::ngrams::NEGATIONS
            .iter()
            .filter_map(|&word| stems.get(word).copied())
            .collect();
        let pairs = vocabulary.ngrams.iter().map(|&(beginning, word)| key(beginning, word));
        VocabularyIndex {
            ngrams: pairs.zip(first..).collect(),
            forms,
            stems,
            negations,
        }
    }

    /// The number of a folded form, [`SKIPPED`] for a stop word, else [`UNKNOWN`].
    pub fn word(&self, form: &str, analyzer: &Analyzer, stemmed: &mut StemmedForms) -> u32 {
        if let Some(&word) = self.forms.get(form).or_else(|| stemmed.0.get(form)) {
            return word;
        }
        let word = self.stems.get(&*analyzer.stem(form)).copied().unwrap_or(UNKNOWN);
        if stemmed.0.len() == StemmedForms::CAPACITY {
            stemmed.0.clear();
        }
        stemmed.0.insert(form.into(), word);
        word
    }

    /// Whether the word turns what follows.
    pub fn is_negation(&self, word: u32) -> bool {
        self.negations.contains(&word)
    }

    /// Adds terms whose nodes are numbered from `first`.
    pub fn extend(&mut self, ngrams: &[(u32, u32)], first: u32) {
        let keys = ngrams.iter().map(|&(beginning, word)| key(beginning, word));
        self.ngrams.extend(keys.zip(first..));
    }

    /// The node of a term with one more word.
    pub fn ngram(&self, beginning: u32, word: u32) -> Option<u32> {
        self.ngrams.get(&key(beginning, word)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_spelt_from_their_nodes() {
        let vocabulary = Vocabulary::new(
            vec!["negoti".into(), "not".into(), "will".into()],
            vec!["negotiate".into(), "negotiates".into(), "not".into(), "will".into()],
            vec![2, 1, 1],
            vec![(1, 0), (2, 1), (4, 0)],
            [true, true, false, true, false, true],
        );
        assert_eq!(vocabulary.len(), 4);
        assert_eq!(vocabulary.term(0), "negoti");
        assert_eq!(vocabulary.readable_term(3), "will not negotiate");
        let analyzer = Analyzer::new(Default::default());
        let index = VocabularyIndex::new(&vocabulary, &analyzer);
        let mut stemmed = StemmedForms::default();
        for (form, word) in [
            ("negotiates", 0),
            ("negotiating", 0),
            ("negotiating", 0),
            ("the", UNKNOWN),
        ] {
            assert_eq!(index.word(form, &analyzer, &mut stemmed), word, "{form}");
        }
        assert_eq!(stemmed.0.len(), 2);
        assert_eq!(index.ngram(4, 0), Some(5));
        assert_eq!(index.ngram(0, 0), None);
        assert!(index.is_negation(1));
    }
}
