//! Term frequency × inverse document frequency: texts → sparse rows.
//!
//! The definitions are scikit-learn's (`TfidfVectorizer`), so that its documentation explains these:
//!
//! * `tf(t, d)`: how often term `t` stands in text `d`; with `sublinear_tf`, `1 + ln tf`.
//! * `idf(t) = ln((1 + n) / (1 + df(t))) + 1` with `smooth_idf`, else `ln(n / df(t)) + 1`; `n` training texts, `df(t)` of which have `t`.
//! * A row is `tf · idf`, divided by its Euclidean norm unless `l2_norm` is off.
//!
//! `idf` is fixed when the vectorizer is fitted: a row never depends on its neighbours.

use super::corpus::Corpus;
use super::options::TfidfOptions;
use super::rows::SparseRows;
use super::vocabulary::{NO_COLUMN, SKIPPED, StemmedForms, UNKNOWN, Vocabulary, VocabularyIndex, key};
use crate::error::{ErrorKind, Result};
use crate::statement::Span;
use crate::text::{Analyzer, AnalyzerOptions, WordKind, ngrams};

/// Turns texts into TF-IDF rows, once [fitted](TfidfVectorizer::fit).
///
/// ```
/// use demarche::features::{TfidfOptions, TfidfVectorizer};
/// use demarche::text::AnalyzerOptions;
///
/// let vectorizer = TfidfVectorizer::new(AnalyzerOptions::default(), TfidfOptions::default())?;
/// let (fitted, rows) = vectorizer.fit_transform(&["talks resume", "talks collapse"])?;
/// assert_eq!((rows.rows(), rows.columns()), (2, 3));
/// assert_eq!(fitted.transform(&["talks resume"]).row(0), rows.row(0));
/// # Ok::<(), demarche::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct TfidfVectorizer {
    analyzer: AnalyzerOptions,
    options: TfidfOptions,
}

impl TfidfVectorizer {
    /// A vectorizer that reads texts as `analyzer` says and weighs terms as `options` say.
    ///
    /// # Errors
    /// If an option makes no sense.
    pub fn new(analyzer: AnalyzerOptions, options: TfidfOptions) -> Result<Self> {
        analyzer.check()?;
        options.check()?;
        Ok(TfidfVectorizer { analyzer, options })
    }

    /// Learns vocabulary and `idf` from `texts`.
    ///
    /// # Errors
    /// [`ErrorKind::EmptyVocabulary`] if no term is left.
    pub fn fit<T: AsRef<str> + Sync>(&self, texts: &[T]) -> Result<FittedTfidfVectorizer> {
        self.fit_transform(texts).map(|(fitted, _)| fitted)
    }

    /// Learns vocabulary and `idf` from `texts` and gives back their rows.
    ///
    /// # Errors
    /// [`ErrorKind::EmptyVocabulary`] if no term is left.
    pub fn fit_transform<T: AsRef<str> + Sync>(&self, texts: &[T]) -> Result<(FittedTfidfVectorizer, SparseRows)> {
        let corpus = Corpus::read(texts, &Analyzer::new(self.analyzer.clone()));
        self.fit_transform_corpus(&corpus)
    }

    /// The same for texts that have been read already, with an analyzer of the same options.
    ///
    /// # Errors
    /// [`ErrorKind::EmptyVocabulary`] if no term is left.
    pub fn fit_transform_corpus(&self, corpus: &Corpus) -> Result<(FittedTfidfVectorizer, SparseRows)> {
        let (vocabulary, document_frequencies) = self.learn(corpus)?;
        let texts = corpus.len() as f64;
        let smooth = f64::from(u8::from(self.options.smooth_idf));
        let idf = |&df: &u32| match self.options.use_idf {
            true => (ln((smooth + texts) / (smooth + f64::from(df))) + 1.0) as f32,
            false => 1.0,
        };
        let idf = document_frequencies.iter().map(idf).collect();
        let fitted = FittedTfidfVectorizer::from_parts(self.analyzer.clone(), self.options.clone(), vocabulary, idf);
        let rows = fitted.transform_corpus(corpus);
        Ok((fitted, rows))
    }

    /// The vocabulary, and for each column the number of texts that have its term.
    fn learn(&self, corpus: &Corpus) -> Result<(Vocabulary, Vec<u32>)> {
        let texts = corpus.len();
        let at_least = self.options.min_df.of(texts);
        let at_most = self.options.max_df.of(texts);
        let kept = |df: u32| f64::from(df) >= at_least && f64::from(df) <= at_most;
        let (shortest, longest) = self.options.ngram_range;

        // A word is known if enough texts have it where it is no name for sure; the others are names or nothing.
        let mut certain = TextCounter::new(corpus.words().len());
        for i in 0..texts {
            corpus
                .text(i)
                .filter(|t| !t.maybe_name)
                .for_each(|t| certain.count(t.word, i));
        }
        let mut number = 0;
        let numbers: Vec<u32> = (0..corpus.words().len())
            .map(|word| {
                let df = certain.texts[word];
                if df == 0 || f64::from(df) < at_least {
                    return UNKNOWN;
                }
                number += 1;
                number - 1
            })
            .collect();
        let (mut words, mut forms, mut form_counts) = (Vec::new(), Vec::new(), Vec::new());
        for (word, stem) in corpus
            .words()
            .iter()
            .enumerate()
            .filter(|(word, _)| numbers[*word] != UNKNOWN)
        {
            let all = corpus.forms(word);
            let kept = &all[..all.len().min(usize::from(u8::MAX))];
            words.push(stem.clone());
            forms.extend_from_slice(kept);
            form_counts.push(kept.len() as u8);
        }
        let vocabulary = Vocabulary::new(
            words,
            forms,
            form_counts,
            Vec::new(),
            std::iter::repeat_n(true, number as usize),
        );
        let mut index = VocabularyIndex::new(&vocabulary, &Analyzer::new(self.analyzer.clone()));
        let mut sequences: Vec<u32> = Vec::new();
        let mut ends = Vec::with_capacity(texts);
        for i in 0..texts {
            corpus
                .text(i)
                .for_each(|token| push_word(&mut sequences, numbers[token.word as usize], token.maybe_name));
            ends.push(sequences.len());
        }
        let sequence = |i: usize| &sequences[if i == 0 { 0 } else { ends[i - 1] }..ends[i]];

        // Words first, then terms of two words, of three …: the beginning of a frequent term is frequent.
        let mut counts: Vec<Counts> = Vec::new();
        let mut counter = TextCounter::new(number as usize);
        for i in 0..texts {
            sequence(i)
                .iter()
                .filter(|&&w| w != UNKNOWN)
                .for_each(|&w| counter.count(w, i));
        }
        counts.extend(
            counter
                .texts
                .iter()
                .zip(&counter.uses)
                .map(|(&texts, &uses)| Counts { texts, uses }),
        );
        let mut all: Vec<(u32, u32)> = Vec::new();
        for length in 2..=longest {
            let mut keys: Vec<u64> = Vec::new();
            let mut uses: Vec<u64> = Vec::new();
            for i in 0..texts {
                let start = keys.len();
                for_each_pair(
                    sequence(i),
                    length,
                    self.options.negation_window,
                    &index,
                    |beginning, word| {
                        keys.push(key(beginning, word));
                    },
                );
                if self.options.max_features.is_some() {
                    uses.extend_from_slice(&keys[start..]);
                }
                let distinct = sort_and_dedup(&mut keys[start..]);
                keys.truncate(start + distinct);
            }
            sort(&mut keys);
            sort(&mut uses);
            let first = all.len();
            for run in keys.chunk_by(|a, b| a == b) {
                if f64::from(run.len() as u32) < at_least {
                    continue;
                }
                let key = run[0];
                all.push(((key >> 32) as u32, key as u32));
                let used = uses.partition_point(|&k| k <= key) - uses.partition_point(|&k| k < key);
                counts.push(Counts {
                    texts: run.len() as u32,
                    uses: used as u64,
                });
            }
            index.extend(&all[first..], number + first as u32);
        }

        let length_of = lengths(number as usize, &all);
        let mut has_column: Vec<bool> = counts
            .iter()
            .zip(&length_of)
            .map(|(count, length)| kept(count.texts) && *length >= shortest)
            .collect();
        if let Some(most) = self.options.max_features {
            let mut columns: Vec<usize> = (0..counts.len()).filter(|&node| has_column[node]).collect();
            columns.sort_by_key(|&node| (std::cmp::Reverse(counts[node].uses), node));
            columns.drain(..most.min(columns.len()));
            columns.into_iter().for_each(|node| has_column[node] = false);
        }
        let (all, has_column, counts) = prune(number as usize, all, has_column, counts);
        let document_frequencies: Vec<u32> = counts
            .iter()
            .zip(&has_column)
            .filter(|(_, has_column)| **has_column)
            .map(|(count, _)| count.texts)
            .collect();
        if document_frequencies.is_empty() {
            return Err(ErrorKind::EmptyVocabulary.into());
        }
        let vocabulary = Vocabulary::new(
            vocabulary.words,
            vocabulary.forms,
            vocabulary.form_counts,
            all,
            has_column,
        );
        Ok((vocabulary, document_frequencies))
    }
}

/// How often a term was met.
#[derive(Debug, Clone, Copy)]
struct Counts {
    texts: u32,
    uses: u64,
}

/// Counts words, and the texts that have them.
struct TextCounter {
    texts: Vec<u32>,
    uses: Vec<u64>,
    last: Vec<usize>,
}

impl TextCounter {
    fn new(words: usize) -> Self {
        TextCounter {
            texts: vec![0; words],
            uses: vec![0; words],
            last: vec![usize::MAX; words],
        }
    }

    fn count(&mut self, word: u32, text: usize) {
        let word = word as usize;
        self.uses[word] += 1;
        if self.last[word] != text {
            self.last[word] = text;
            self.texts[word] += 1;
        }
    }
}

/// Adds a word to a sequence, unless it is a name: one that may be, and is not known in lower case.
fn push_word(sequence: &mut Vec<u32>, word: u32, maybe_name: bool) {
    if word != UNKNOWN || !maybe_name {
        sequence.push(word);
    }
}

/// Calls `each` with (node of the beginning, last word) of every term of `length` words whose beginning is known.
fn for_each_pair(
    sequence: &[u32],
    length: usize,
    negation_window: usize,
    index: &VocabularyIndex,
    mut each: impl FnMut(u32, u32),
) {
    for (i, window) in sequence.windows(length).enumerate() {
        let (&last, beginning) = window.split_last().expect("a window has a length");
        if last == UNKNOWN {
            continue;
        }
        let mut node = Some(beginning[0]).filter(|&word| word != UNKNOWN);
        for &word in &beginning[1..] {
            node = node.and_then(|node| index.ngram(node, word));
        }
        if let Some(node) = node {
            each(node, last);
        }
        if length == 2 && negation_window > 0 && index.is_negation(sequence[i]) {
            for j in ngrams::negated_positions(i, sequence.len(), negation_window) {
                if sequence[j] != UNKNOWN {
                    each(sequence[i], sequence[j]);
                }
            }
        }
    }
}

/// The number of words of each node.
fn lengths(words: usize, ngrams: &[(u32, u32)]) -> Vec<usize> {
    let mut lengths = vec![1; words];
    for &(beginning, _) in ngrams {
        lengths.push(lengths[beginning as usize] + 1);
    }
    lengths
}

/// Leaves out the terms that have no column and begin no term that has one, and numbers the rest anew.
fn prune(
    words: usize,
    ngrams: Vec<(u32, u32)>,
    has_column: Vec<bool>,
    counts: Vec<Counts>,
) -> (Vec<(u32, u32)>, Vec<bool>, Vec<Counts>) {
    let mut needed = has_column.clone();
    needed[..words].fill(true);
    for (ngram, &(beginning, _)) in ngrams.iter().enumerate().rev() {
        if needed[words + ngram] {
            needed[beginning as usize] = true;
        }
    }
    let mut number = 0;
    let numbers: Vec<u32> = needed
        .iter()
        .map(|&needed| {
            number += u32::from(needed);
            number.wrapping_sub(1)
        })
        .collect();
    let ngrams = ngrams
        .into_iter()
        .zip(&needed[words..])
        .filter(|(_, needed)| **needed)
        .map(|((beginning, word), _)| (numbers[beginning as usize], word))
        .collect();
    let keep = |i: &usize| needed[*i];
    let has_column = (0..needed.len()).filter(keep).map(|i| has_column[i]).collect();
    let counts = (0..needed.len()).filter(keep).map(|i| counts[i]).collect();
    (ngrams, has_column, counts)
}

/// Sorts, and moves the distinct values to the front; gives back their number.
fn sort_and_dedup(keys: &mut [u64]) -> usize {
    keys.sort_unstable();
    let mut distinct = 0;
    for i in 0..keys.len() {
        if i == 0 || keys[i] != keys[distinct - 1] {
            keys[distinct] = keys[i];
            distinct += 1;
        }
    }
    distinct
}

fn sort(keys: &mut [u64]) {
    #[cfg(feature = "parallel")]
    rayon::slice::ParallelSliceMut::par_sort_unstable(keys);
    #[cfg(not(feature = "parallel"))]
    keys.sort_unstable();
}

/// The natural logarithm, from libm where models are trained: the machine's own may differ in the last bit, and models
/// must not.
fn ln(x: f64) -> f64 {
    #[cfg(feature = "train")]
    return libm::log(x);
    #[cfg(not(feature = "train"))]
    return x.ln();
}

/// A vectorizer that has learnt its vocabulary and `idf`.
#[derive(Debug)]
pub struct FittedTfidfVectorizer {
    analyzer: Analyzer,
    options: TfidfOptions,
    vocabulary: Vocabulary,
    idf: Vec<f32>,
    index: VocabularyIndex,
}

/// A term of a text: its column and the places of its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TermUse {
    /// The column of the term.
    pub column: u32,
    /// From its first to its last character in the text.
    pub span: Span,
}

impl FittedTfidfVectorizer {
    /// Puts a vectorizer together from what [`fit`](TfidfVectorizer::fit) learnt; `idf` has one value for each column.
    pub(crate) fn from_parts(
        analyzer: AnalyzerOptions,
        options: TfidfOptions,
        vocabulary: Vocabulary,
        idf: Vec<f32>,
    ) -> Self {
        let analyzer = Analyzer::new(analyzer);
        let index = VocabularyIndex::new(&vocabulary, &analyzer);
        FittedTfidfVectorizer {
            analyzer,
            options,
            vocabulary,
            idf,
            index,
        }
    }

    /// The analyzer.
    pub fn analyzer(&self) -> &Analyzer {
        &self.analyzer
    }

    /// The options.
    pub fn options(&self) -> &TfidfOptions {
        &self.options
    }

    /// The terms.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The inverse document frequency of each column.
    pub fn idf(&self) -> &[f32] {
        &self.idf
    }

    /// Calls `each` with the number and the place of every word of `text` that is not left out.
    fn for_each_word(&self, text: &str, stemmed: &mut StemmedForms, mut each: impl FnMut(u32, Span)) {
        self.analyzer.for_each_form(text, |word| {
            let number = self.index.word(word.form, &self.analyzer, stemmed);
            let is_name = number == UNKNOWN && word.kind == WordKind::MaybeName;
            if number != SKIPPED && !is_name {
                each(number, word.span);
            }
        });
    }

    /// The terms of `text` that the vocabulary has, in order of their first word, each as often as it stands there.
    pub fn term_uses(&self, text: &str) -> Vec<TermUse> {
        let (mut words, mut spans) = (Vec::new(), Vec::new());
        self.for_each_word(text, &mut StemmedForms::default(), |word, span| {
            words.push(word);
            spans.push(span);
        });
        let mut uses = Vec::new();
        self.for_each_node(&words, |node, first, last| {
            let column = self.vocabulary.columns[node as usize];
            if column != NO_COLUMN {
                let span = Span {
                    start: spans[first].start,
                    end: spans[last].end,
                };
                uses.push(TermUse { column, span });
            }
        });
        uses
    }

    /// The rows of `texts`.
    pub fn transform<T: AsRef<str> + Sync>(&self, texts: &[T]) -> SparseRows {
        let mut rows = SparseRows::new(self.vocabulary.len());
        let mut buffer = RowBuffer::default();
        for text in texts {
            let (columns, values) = self.transform_text(text.as_ref(), &mut buffer);
            rows.push(columns, values);
        }
        rows
    }

    /// The row of one text: its columns, ascending, and their values. Allocates nothing once `buffer` has grown.
    pub(crate) fn transform_text<'b>(&self, text: &str, buffer: &'b mut RowBuffer) -> (&'b [u32], &'b [f32]) {
        buffer.words.clear();
        self.for_each_word(text, &mut buffer.stemmed, |word, _| buffer.words.push(word));
        self.weigh(buffer);
        (&buffer.columns, &buffer.values)
    }

    fn transform_corpus(&self, corpus: &Corpus) -> SparseRows {
        let numbers: Vec<u32> = corpus
            .words()
            .iter()
            .map(|word| match self.vocabulary.words.binary_search(word) {
                Ok(number) => number as u32,
                Err(_) => UNKNOWN,
            })
            .collect();
        let transform = |range: std::ops::Range<usize>| {
            let mut rows = SparseRows::new(self.vocabulary.len());
            let mut buffer = RowBuffer::default();
            for i in range {
                buffer.words.clear();
                for token in corpus.text(i) {
                    push_word(&mut buffer.words, numbers[token.word as usize], token.maybe_name);
                }
                self.weigh(&mut buffer);
                rows.push(&buffer.columns, &buffer.values);
            }
            rows
        };
        const CHUNK: usize = 2048;
        let ranges: Vec<_> = (0..corpus.len())
            .step_by(CHUNK)
            .map(|start| start..(start + CHUNK).min(corpus.len()))
            .collect();
        #[cfg(feature = "parallel")]
        let parts: Vec<SparseRows> = {
            use rayon::prelude::*;
            ranges.into_par_iter().map(transform).collect()
        };
        #[cfg(not(feature = "parallel"))]
        let parts: Vec<SparseRows> = ranges.into_iter().map(transform).collect();
        let mut rows = SparseRows::new(self.vocabulary.len());
        parts.iter().for_each(|part| rows.append(part));
        rows
    }

    /// Calls `each` with the node of every term in a sequence of words, and the positions of its first and last word.
    fn for_each_node(&self, words: &[u32], mut each: impl FnMut(u32, usize, usize)) {
        let longest = self.options.ngram_range.1;
        for (start, &word) in words.iter().enumerate() {
            if word == UNKNOWN {
                continue;
            }
            let mut node = word;
            each(node, start, start);
            for length in ngrams::lengths_at(start, words.len(), longest).skip(1) {
                let last = start + length - 1;
                match self.index.ngram(node, words[last]) {
                    Some(longer) => node = longer,
                    None => break,
                }
                each(node, start, last);
            }
            if longest >= 2 && self.options.negation_window > 0 && self.index.is_negation(word) {
                for last in ngrams::negated_positions(start, words.len(), self.options.negation_window) {
                    if let Some(pair) = self.index.ngram(word, words[last]) {
                        each(pair, start, last);
                    }
                }
            }
        }
    }

    /// Turns the buffer's words into columns and values.
    fn weigh(&self, buffer: &mut RowBuffer) {
        let RowBuffer {
            words,
            terms,
            columns,
            values,
            ..
        } = buffer;
        terms.clear();
        self.for_each_node(words, |node, _, _| {
            let column = self.vocabulary.columns[node as usize];
            if column != NO_COLUMN {
                terms.push(column);
            }
        });
        terms.sort_unstable();
        columns.clear();
        values.clear();
        let mut squares = 0.0;
        for run in terms.chunk_by(|a, b| a == b) {
            let tf = run.len() as f64;
            let tf = if self.options.sublinear_tf && run.len() > 1 {
                1.0 + ln(tf)
            } else {
                tf
            };
            let weight = tf * f64::from(self.idf[run[0] as usize]);
            squares += weight * weight;
            columns.push(run[0]);
            values.push(weight as f32);
        }
        if self.options.l2_norm && squares > 0.0 {
            let norm = squares.sqrt();
            values
                .iter_mut()
                .for_each(|value| *value = (f64::from(*value) / norm) as f32);
        }
    }
}

/// What [`FittedTfidfVectorizer::transform_text`] needs to work in, kept from text to text.
#[derive(Debug, Clone, Default)]
pub(crate) struct RowBuffer {
    words: Vec<u32>,
    /// The column of each term of the text, as often as it stands there.
    terms: Vec<u32>,
    columns: Vec<u32>,
    values: Vec<f32>,
    stemmed: StemmedForms,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::DocumentFrequency;

    const TEXTS: [&str; 4] = [
        "talks will not resume",
        "talks will resume tomorrow",
        "the talks collapsed",
        "no talks",
    ];

    fn vectorizer(options: TfidfOptions) -> TfidfVectorizer {
        TfidfVectorizer::new(AnalyzerOptions::default(), options).unwrap()
    }

    fn terms(fitted: &FittedTfidfVectorizer) -> Vec<String> {
        (0..fitted.vocabulary().len())
            .map(|c| fitted.vocabulary().term(c))
            .collect()
    }

    #[test]
    fn a_row_does_not_depend_on_its_neighbours() {
        let options = TfidfOptions {
            ngram_range: (1, 2),
            ..TfidfOptions::default()
        };
        let (fitted, rows) = vectorizer(options).fit_transform(&TEXTS).unwrap();
        for (i, text) in TEXTS.iter().enumerate() {
            assert_eq!(fitted.transform(&[text]).row(0), rows.row(i));
        }
    }

    #[test]
    fn bounds_leave_terms_out_and_keep_longer_ones() {
        let options = TfidfOptions {
            ngram_range: (1, 3),
            min_df: DocumentFrequency::Count(2),
            max_df: DocumentFrequency::Share(0.9),
            ..TfidfOptions::default()
        };
        let fitted = vectorizer(options).fit(&TEXTS).unwrap();
        assert_eq!(terms(&fitted), ["resum", "will", "talk will"]);
        let columns = fitted.term_uses("talks will go on").len();
        assert_eq!(columns, 2);
    }

    #[test]
    fn max_features_keeps_the_most_used() {
        let options = TfidfOptions {
            max_features: Some(2),
            ..TfidfOptions::default()
        };
        let fitted = vectorizer(options).fit(&TEXTS).unwrap();
        assert_eq!(terms(&fitted), ["resum", "talk"]);
    }

    #[test]
    fn a_negation_meets_its_verb_over_a_gap() {
        let options = TfidfOptions {
            ngram_range: (1, 2),
            negation_window: 3,
            ..TfidfOptions::default()
        };
        let fitted = vectorizer(options)
            .fit(&["we will not negotiate", "not about to negotiate"])
            .unwrap();
        let pair = terms(&fitted).iter().position(|t| t == "not negoti").unwrap() as u32;
        let uses = fitted.term_uses("not about to negotiate");
        let used = uses.iter().find(|u| u.column == pair).unwrap();
        assert_eq!(used.span.of("not about to negotiate"), "not about to negotiate");
    }

    #[test]
    fn unknown_capitalized_words_are_names_and_leave_no_trace() {
        let analyzer = AnalyzerOptions {
            skip_names: true,
            ..AnalyzerOptions::default()
        };
        let vectorizer = TfidfVectorizer::new(
            analyzer,
            TfidfOptions {
                ngram_range: (1, 2),
                ..TfidfOptions::default()
            },
        )
        .unwrap();
        let fitted = vectorizer
            .fit(&["Later Ivan met Boris Petrov later", "Boris met them"])
            .unwrap();
        let row = |text: &str| fitted.transform(&[text]);
        assert_eq!(row("Ann Lee met Kim"), row("Boris met Petrov"));
        assert_eq!(row("They met Ann Lee later"), row("they met later"));
        assert_ne!(row("Later met Kim"), row("Boris met Kim"));
    }

    #[test]
    fn nothing_left_is_an_error() {
        let options = TfidfOptions {
            min_df: DocumentFrequency::Count(9),
            ..TfidfOptions::default()
        };
        let error = vectorizer(options).fit(&TEXTS).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::EmptyVocabulary));
    }
}
