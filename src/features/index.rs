//! A vocabulary made ready for looking up.

use std::hint::select_unpredictable;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::gather::Found;
use super::heads::Heads;
use super::prefetch::prefetch;
use super::table::{ABSENT, Hashed, Table};
use super::vocabulary::{NO_COLUMN, Vocabulary};
use crate::parallel::join;
use crate::text::{Analyzer, ENGLISH_STOP_WORDS, Form, ShortForm, ngrams};

/// The number of a word that the vocabulary does not have; it belongs to no term.
pub(crate) const UNKNOWN: u32 = ABSENT;
/// The number of a word that is passed over as if it were not there.
pub(crate) const SKIPPED: u32 = u32::MAX - 1;

/// Looks up words and n-grams of a vocabulary.
///
/// It numbers nodes by how frequent they are, so that what belongs to the frequent ones lies close together.
#[derive(Debug)]
pub(crate) struct VocabularyIndex {
    vocabulary: Arc<Vocabulary>,
    /// For each number of a node its column, or [`NO_COLUMN`].
    columns: Vec<u32>,
    /// For each word its number.
    numbers: Vec<u32>,
    heads: Heads,
    /// Forms that training met, and stop words: no need to stem them again.
    forms: Table<2, 3>,
    long_forms: FxHashMap<Box<str>, u32>,
    ngrams: Table<1, 5>,
    negations: Vec<u32>,
    /// A bit for each negation, by its number's remainder: hardly any other word needs a closer look.
    negation_bits: [u64; NEGATION_WORDS],
}

const NEGATION_WORDS: usize = 64;

/// Where the bit of a number is.
#[inline(always)]
fn negation_bit(number: u32) -> (usize, u32) {
    (number as usize / 64 % NEGATION_WORDS, number % 64)
}

/// A term in a sequence of words: the number of its node, and the positions of its first and its last word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Hit {
    pub node: u32,
    pub first: u32,
    pub last: u32,
}

/// A pair of words that may be a term.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Pair {
    key: Hashed<1>,
    first: u32,
    last: u32,
}

/// One number for the node of a beginning and the word behind it; sorts by the beginning first.
pub(crate) fn key(beginning: u32, word: u32) -> u64 {
    u64::from(beginning) << 32 | u64::from(word)
}

impl VocabularyIndex {
    /// Makes the tables. `idf` has one value for each column.
    pub fn new(vocabulary: Arc<Vocabulary>, idf: &[f32], analyzer: &Analyzer) -> Self {
        let stop_words: &[&str] = if analyzer.options().stop_words {
            ENGLISH_STOP_WORDS
        } else {
            &[]
        };
        let numbers = by_frequency(&vocabulary, idf);
        let mut columns = vec![NO_COLUMN; numbers.len()];
        for (&column, &number) in vocabulary.columns.iter().zip(&numbers) {
            columns[number as usize] = column;
        }
        let number = |node: u32| numbers[node as usize];
        let words = vocabulary.words.len();
        let fill_forms = || {
            let mut long_forms = FxHashMap::default();
            let number_of_form = numbers
                .iter()
                .zip(&vocabulary.form_counts)
                .flat_map(|(&number, &count)| std::iter::repeat_n(number, usize::from(count)));
            let skipped = stop_words.iter().map(|&word| (word, SKIPPED));
            let mut forms = Table::with_capacity(vocabulary.forms.len() + stop_words.len());
            let all = vocabulary.forms.iter().zip(number_of_form).chain(skipped);
            forms.extend(all.filter_map(|(form, number)| match Form::new(form) {
                Form::Short(ShortForm(key)) => Some((key, number)),
                Form::Long(form) => {
                    long_forms.insert(form.into(), number);
                    None
                }
            }));
            (forms, long_forms)
        };
        let fill_ngrams = || {
            let mut ngrams = Table::with_capacity(vocabulary.ngrams.len());
            let all = vocabulary.ngrams.iter().zip(&numbers[words..]);
            ngrams.extend(all.map(|(&(beginning, word), &node)| ([key(number(beginning), number(word))], node)));
            ngrams
        };
        let ((forms, long_forms), ngrams) = join(fill_forms, fill_ngrams);
        let negations = ngrams::NEGATIONS.iter().filter_map(|word| vocabulary.word(word));
        let negations: Vec<u32> = negations.map(number).collect();
        VocabularyIndex {
            columns,
            forms,
            long_forms,
            ngrams,
            negation_bits: negations.iter().fold([0; NEGATION_WORDS], |mut bits, number| {
                let (word, bit) = negation_bit(*number);
                bits[word] |= 1 << bit;
                bits
            }),
            negations,
            numbers: numbers[..words].to_vec(),
            heads: Heads::of(&vocabulary.words),
            vocabulary,
        }
    }

    /// For each number of a node its column, or [`NO_COLUMN`].
    pub fn columns(&self) -> &[u32] {
        &self.columns
    }

    /// The number of a stem, or [`UNKNOWN`].
    pub fn stem(&self, stem: &str) -> u32 {
        let word = self.heads.search(&self.vocabulary.words, stem);
        word.map_or(UNKNOWN, |word| self.numbers[word])
    }

    /// The terms.
    pub fn vocabulary(&self) -> &Arc<Vocabulary> {
        &self.vocabulary
    }

    /// A form with its hash.
    #[inline(always)]
    pub fn hash(&self, form: [u64; 2]) -> Hashed<2> {
        self.forms.hash(form)
    }

    /// Whether training may have met a form; if so, it will be asked for soon.
    #[inline(always)]
    pub fn ask(&self, form: Hashed<2>) -> bool {
        let may_be_known = self.forms.may_have(form);
        self.forms.prefetch_if(may_be_known, form);
        may_be_known
    }

    /// The number of a form if training met it, [`SKIPPED`] for a stop word, else [`UNKNOWN`].
    #[inline(always)]
    pub fn known(&self, asked: Hashed<2>) -> u32 {
        self.forms.get(asked)
    }

    /// The number of a folded form, [`SKIPPED`] for a stop word, else [`UNKNOWN`].
    pub fn word(&self, form: Form<'_>, analyzer: &Analyzer) -> u32 {
        let known = match form {
            Form::Short(ShortForm(key)) => self.known(self.forms.hash(key)),
            Form::Long(form) => self.long_forms.get(form).copied().unwrap_or(UNKNOWN),
        };
        match known {
            UNKNOWN => self.by_stem(form, analyzer),
            known => known,
        }
    }

    /// The number of a form by its stem.
    fn by_stem(&self, form: Form<'_>, analyzer: &Analyzer) -> u32 {
        let mut buffer = [0; ShortForm::LONGEST];
        self.stem(&analyzer.stem(form.spell(&mut buffer)))
    }

    /// The number of a form that training had not met, with the stems made so far.
    pub fn word_by_stem(&self, asked: Hashed<2>, analyzer: &Analyzer, stemmed: &mut MetForms) -> u32 {
        match stemmed.get(asked) {
            NOT_MET => {
                let number = self.by_stem(Form::Short(ShortForm(asked.key())), analyzer);
                stemmed.insert(asked, number);
                number
            }
            number => number,
        }
    }

    #[inline(always)]
    fn may_be_negation(&self, number: u32) -> bool {
        let (word, bit) = negation_bit(number);
        self.negation_bits[word] >> bit & 1 == 1
    }

    /// Adds the pairs of a sequence of words to `pairs`, to be sifted soon: pairs of neighbours, then of negations and what they reach over
    /// a gap.
    pub fn pair(&self, words: &[u32], longest: usize, negation_window: usize, pairs: &mut Found<'_, Pair>) {
        if longest < 2 {
            return;
        }
        let pair = |first: usize, last: usize| {
            let key = self.ngrams.hash([key(words[first], words[last])]);
            self.ngrams.prefetch_filter(key);
            let (first, last) = (first as u32, last as u32);
            (true, Pair { key, first, last })
        };
        pairs.extend((1..words.len()).map(|last| pair(last - 1, last)));
        if negation_window > 0 {
            for (i, word) in words.iter().enumerate() {
                if self.may_be_negation(*word) && self.negations.contains(word) {
                    pairs.extend(ngrams::negated_positions(i, words.len(), negation_window).map(|last| pair(i, last)));
                }
            }
        }
    }

    /// Adds the places of the pairs that may be terms to `candidates`, and says that they will be asked for soon.
    pub fn sift(&self, pairs: &[Pair], candidates: &mut Found<'_, u32>) {
        let before = candidates.count;
        let places = 0..pairs.len() as u32;
        candidates.extend(
            pairs
                .iter()
                .zip(places)
                .map(|(pair, i)| (self.ngrams.may_have(pair.key), i)),
        );
        for &i in &candidates.items[before..candidates.count] {
            self.ngrams.prefetch(pairs[i as usize].key);
        }
    }

    /// Adds the terms that stand in a sequence of words to `found`: all words, the terms of two words among the `candidates` of `pairs`, then those of
    /// three ….
    ///
    /// A length at a time, and with no branch on whether a term is there: so many look-ups are under way at once, where
    /// word by word each would wait for the memory that the one before it needs.
    pub fn find(&self, words: &[u32], pairs: &[Pair], candidates: &[u32], longest: usize, found: &mut Found<'_, Hit>) {
        let places = 0..words.len() as u32;
        found.extend(words.iter().zip(places).map(|(&node, first)| {
            let last = first;
            (node != UNKNOWN, Hit { node, first, last })
        }));
        let mut shorter = found.count..found.count;
        found.extend(candidates.iter().map(|&i| {
            let Pair { key, first, last } = pairs[i as usize];
            let node = self.ngrams.get(key);
            (node != ABSENT, Hit { node, first, last })
        }));
        for length in 3..=longest {
            shorter = shorter.end..found.count;
            found.reserve(shorter.len());
            for begun in shorter.clone() {
                let Hit { node, first, last } = found.items[begun];
                // What a negation reaches over a gap begins no longer term.
                let is_gapless = (last - first) as usize == length - 2;
                let last = last + 1;
                if let Some(&word) = words.get(last as usize)
                    && is_gapless
                {
                    let node = self.ngrams.get(self.ngrams.hash([key(node, word)]));
                    found.add(node != ABSENT, Hit { node, first, last });
                }
            }
        }
    }
}

/// A number for each node, the most frequent ones first: by the whole of 16 idf, which is as good as a sort and takes no time.
fn by_frequency(vocabulary: &Vocabulary, idf: &[f32]) -> Vec<u32> {
    const CLASSES: usize = 512;
    let class = |&column: &u32| match idf.get(column as usize) {
        Some(idf) => ((idf * 16.0) as usize).min(CLASSES - 1),
        None => 0,
    };
    let mut starts = [0; CLASSES];
    for column in &vocabulary.columns {
        starts[class(column)] += 1;
    }
    let mut next = 0;
    for start in &mut starts {
        next += std::mem::replace(start, next);
    }
    let number = |column| {
        let start = &mut starts[class(column)];
        *start += 1;
        *start - 1
    };
    vocabulary.columns.iter().map(number).collect()
}

/// The numbers of forms that were met; by default it keeps nothing. Each form has one place, which the next form that falls on it takes over:
/// bounded, and no text can slow it down. Changes no result.
#[derive(Debug, Clone, Default)]
pub(crate) struct MetForms {
    places: Vec<([u64; 2], u32)>,
}

/// The number of a form that was not met.
pub(crate) const NOT_MET: u32 = u32::MAX - 2;

impl MetForms {
    /// As many as stay close to the processor, where the tables of all forms do not: language uses few words most of the time.
    pub const LATELY: usize = 1 << 14;
    /// As many as are worth their memory where each is the work of a stemmer.
    pub const STEMMED: usize = 1 << 17;

    /// Room for so many forms, a power of two.
    pub fn kept(places: usize) -> Self {
        MetForms {
            places: vec![([u64::MAX; 2], NOT_MET); places],
        }
    }

    #[inline(always)]
    fn place(&self, form: Hashed<2>) -> usize {
        form.low_half() as usize & self.places.len().wrapping_sub(1)
    }

    /// Says that a form will be asked for soon.
    #[inline(always)]
    pub fn prefetch(&self, form: Hashed<2>) {
        prefetch(&self.places, self.place(form));
    }

    /// The number of a form, or [`NOT_MET`].
    #[inline(always)]
    pub fn get(&self, form: Hashed<2>) -> u32 {
        let (key, number) = match self.places.get(self.place(form)) {
            Some(&(key, number)) => (key, number),
            None => return NOT_MET,
        };
        let different = (key[0] ^ form.key()[0]) | (key[1] ^ form.key()[1]);
        select_unpredictable(different == 0, number, NOT_MET)
    }

    /// Keeps the number of a form.
    #[inline(always)]
    pub fn insert(&mut self, form: Hashed<2>, number: u32) {
        let place = self.place(form);
        if let Some(place) = self.places.get_mut(place) {
            *place = (form.key(), number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::gather::ByText;

    fn index() -> (VocabularyIndex, Analyzer) {
        let vocabulary = Vocabulary::new(
            ["internationalization", "negoti", "not", "will"].into_iter().collect(),
            ["internationalization", "negotiate", "negotiates", "not", "will"]
                .into_iter()
                .collect(),
            vec![1, 2, 1, 1],
            vec![(2, 1), (3, 2), (5, 1)],
            [true; 7],
        );
        let analyzer = Analyzer::new(Default::default());
        // The rarer a term, the higher its number; here they are in order.
        let idf = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
        (VocabularyIndex::new(Arc::new(vocabulary), &idf, &analyzer), analyzer)
    }

    #[test]
    fn words_are_found_by_form_and_by_stem() {
        let (index, analyzer) = index();
        for mut stemmed in [MetForms::default(), MetForms::kept(MetForms::STEMMED)] {
            for (form, word) in [
                ("negotiates", 1),
                ("negotiating", 1),
                ("negotiating", 1),
                ("the", UNKNOWN),
                ("the", UNKNOWN),
                ("internationalization", 0),
                ("internationalizations", UNKNOWN),
            ] {
                assert_eq!(index.word(Form::new(form), &analyzer), word, "{form}");
                if let Form::Short(short) = Form::new(form) {
                    assert_eq!(
                        index.word_by_stem(index.hash(short.0), &analyzer, &mut stemmed),
                        word,
                        "{form}"
                    );
                }
            }
        }
    }

    #[test]
    fn terms_of_all_lengths_are_found() {
        let (index, _) = index();
        let find = |words: &[u32], longest, window| -> Vec<(u32, u32, u32)> {
            let (mut pairs, mut candidates, mut hits) = (ByText::default(), ByText::default(), ByText::default());
            pairs.gather(|found| index.pair(words, longest, window, found));
            candidates.gather(|found| index.sift(pairs.all(), found));
            hits.gather(|found| index.find(words, pairs.all(), candidates.all(), longest, found));
            hits.all().iter().map(|h| (h.node, h.first, h.last)).collect()
        };
        let (negoti, not, will) = (1, 2, 3);
        assert_eq!(
            find(&[will, not, negoti], 3, 0),
            [(3, 0, 0), (2, 1, 1), (1, 2, 2), (5, 0, 1), (4, 1, 2), (6, 0, 2)]
        );
        assert_eq!(find(&[not, UNKNOWN, negoti], 2, 4), [(2, 0, 0), (1, 2, 2), (4, 0, 2)]);
        assert_eq!(find(&[not, negoti], 1, 4), [(2, 0, 0), (1, 1, 1)]);
        // `will not … negoti` is no `will not negoti`, and `not … will` begins nothing.
        assert_eq!(
            find(&[will, not, UNKNOWN, negoti], 3, 4),
            [(3, 0, 0), (2, 1, 1), (1, 3, 3), (5, 0, 1), (4, 1, 3)]
        );
        assert_eq!(find(&[UNKNOWN, UNKNOWN], 2, 4), []);
        assert_eq!(find(&[], 2, 4), []);
    }
}
