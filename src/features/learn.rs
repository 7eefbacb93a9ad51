//! Which terms a vectorizer knows: the vocabulary, learnt from texts.

use super::corpus::Corpus;
use super::index::{UNKNOWN, key};
use super::options::TfidfOptions;
use super::strings::Strings;
use super::table::{ABSENT, Table};
use super::vocabulary::Vocabulary;
use crate::error::{ErrorKind, Result};
use crate::parallel::{in_chunks, map};
use crate::text::ngrams;

/// The most terms that are learnt from, those included that only begin longer ones: 2²⁷.
pub const MOST_TERMS: usize = 1 << 27;

/// The vocabulary of a corpus, and for each column the number of texts that have its term.
///
/// # Errors
/// [`ErrorKind::EmptyVocabulary`] if no term is left, [`ErrorKind::TooMany`] if there are more than [`MOST_TERMS`].
pub(super) fn learn(corpus: &Corpus, options: &TfidfOptions) -> Result<(Vocabulary, Vec<u32>)> {
    let at_least = options.min_df.of(corpus.len());
    let at_most = options.max_df.of(corpus.len());
    let (shortest, longest) = options.ngram_range;

    let words = KnownWords::of(corpus, at_least);
    let sequences = Sequences::new(corpus, &words);

    // Words first, then terms of two words, of three …: the beginning of a frequent term is frequent.
    let mut counts = sequences.count_words(words.corpus_words.len());
    let first = counts.len() as u32;
    let mut lengths = vec![1; counts.len()];
    let mut terms: Vec<(u32, u32)> = Vec::new();
    for length in 2..=longest {
        let beginnings = Beginnings::new(&terms, first);
        let negations: &[u32] = if length == 2 { &words.negations } else { &[] };
        let found = sequences.count_terms(length, &beginnings, negations, options, at_least);
        if counts.len() + found.len() > MOST_TERMS {
            return Err(ErrorKind::TooMany {
                what: "different terms",
                limit: MOST_TERMS as u64,
                remedy: "raise --min-df, or take shorter ones with --ngrams",
            }
            .into());
        }
        for (term, count) in found {
            terms.push(term);
            counts.push(count);
            lengths.push(length);
        }
    }

    let kept = |count: &Counts| f64::from(count.texts) >= at_least && f64::from(count.texts) <= at_most;
    let mut has_column: Vec<bool> = counts
        .iter()
        .zip(&lengths)
        .map(|(count, length)| kept(count) && *length >= shortest)
        .collect();
    if let Some(most) = options.max_features {
        let mut columns: Vec<usize> = (0..counts.len()).filter(|&node| has_column[node]).collect();
        columns.sort_by_key(|&node| (std::cmp::Reverse(counts[node].uses), node));
        columns.drain(..most.min(columns.len()));
        columns.into_iter().for_each(|node| has_column[node] = false);
    }
    let (terms, has_column, counts) = prune(first as usize, terms, has_column, counts);
    let document_frequencies: Vec<u32> = counts
        .iter()
        .zip(&has_column)
        .filter(|(_, has_column)| **has_column)
        .map(|(count, _)| count.texts)
        .collect();
    if document_frequencies.is_empty() {
        return Err(ErrorKind::EmptyVocabulary.into());
    }
    let (stems, forms, form_counts) = words.spell(corpus);
    let vocabulary = Vocabulary::new(stems, forms, form_counts, terms, has_column);
    Ok((vocabulary, document_frequencies))
}

/// The words of a corpus that enough texts have where they are no names for sure; the others are names or nothing.
struct KnownWords {
    /// The corpus's number of each known word, ascending.
    corpus_words: Vec<u32>,
    /// For each word of the corpus its number among the known ones, or [`UNKNOWN`].
    numbers: Vec<u32>,
    /// The numbers of the known words that turn what follows.
    negations: Vec<u32>,
}

impl KnownWords {
    fn of(corpus: &Corpus, at_least: f64) -> Self {
        let mut certain = WordCounter::new(corpus.words().len());
        for i in 0..corpus.len() {
            corpus
                .text(i)
                .filter(|token| !token.maybe_name)
                .for_each(|token| certain.count(token.word, i));
        }
        let is_known = |counts: &Counts| counts.texts > 0 && f64::from(counts.texts) >= at_least;
        let corpus_words: Vec<u32> = (0..)
            .zip(&certain.counts)
            .filter(|(_, counts)| is_known(counts))
            .map(|(word, _)| word)
            .collect();
        let mut numbers = vec![UNKNOWN; corpus.words().len()];
        for (&word, number) in corpus_words.iter().zip(0..) {
            numbers[word as usize] = number;
        }
        let negations = ngrams::NEGATIONS
            .iter()
            .filter_map(|word| corpus.words().binary_search(word))
            .map(|word| numbers[word])
            .filter(|&number| number != UNKNOWN)
            .collect();
        KnownWords {
            corpus_words,
            numbers,
            negations,
        }
    }

    /// Stems, forms and the number of forms of each stem.
    fn spell(&self, corpus: &Corpus) -> (Strings, Strings, Vec<u8>) {
        let (mut stems, mut forms, mut form_counts) = (Strings::default(), Strings::default(), Vec::new());
        for &word in &self.corpus_words {
            stems.push(corpus.words().get(word as usize));
            let kept = corpus.forms(word as usize).take(usize::from(u8::MAX));
            let before = forms.len();
            kept.for_each(|form| forms.push(form));
            form_counts.push((forms.len() - before) as u8);
        }
        (stems, forms, form_counts)
    }
}

/// How often a term was met.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    texts: u32,
    uses: u64,
}

/// Counts words, and the texts that have them.
struct WordCounter {
    counts: Vec<Counts>,
    last: Vec<usize>,
}

impl WordCounter {
    fn new(words: usize) -> Self {
        WordCounter {
            counts: vec![Counts::default(); words],
            last: vec![usize::MAX; words],
        }
    }

    fn count(&mut self, word: u32, text: usize) {
        let (counts, last) = (&mut self.counts[word as usize], &mut self.last[word as usize]);
        counts.uses += 1;
        counts.texts += u32::from(*last != text);
        *last = text;
    }
}

/// The texts as sequences of known words and [`UNKNOWN`]; what is a name is left out.
struct Sequences {
    words: Vec<u32>,
    /// Text `i` is `words[starts[i]..starts[i + 1]]`.
    starts: Vec<usize>,
}

impl Sequences {
    fn new(corpus: &Corpus, known: &KnownWords) -> Self {
        let (mut words, mut starts) = (Vec::new(), vec![0]);
        for i in 0..corpus.len() {
            corpus.push_text(i, &known.numbers, &mut words);
            starts.push(words.len());
        }
        Sequences { words, starts }
    }

    fn text(&self, i: usize) -> &[u32] {
        &self.words[self.starts[i]..self.starts[i + 1]]
    }

    fn len(&self) -> usize {
        self.starts.len() - 1
    }

    fn count_words(&self, words: usize) -> Vec<Counts> {
        let mut counter = WordCounter::new(words);
        for i in 0..self.len() {
            let known = self.text(i).iter().filter(|&&word| word != UNKNOWN);
            known.for_each(|&word| counter.count(word, i));
        }
        counter.counts
    }

    /// The terms of `length` words in at least `at_least` texts, in order, with their counts; uses are counted only if
    /// something depends on them.
    fn count_terms(
        &self,
        length: usize,
        beginnings: &Beginnings,
        negations: &[u32],
        options: &TfidfOptions,
        at_least: f64,
    ) -> Vec<((u32, u32), Counts)> {
        let count_uses = options.max_features.is_some();
        let collect = |texts: std::ops::Range<usize>| {
            let (mut keys, mut uses) = (Vec::new(), Vec::new());
            for i in texts {
                let start = keys.len();
                let sequence = self.text(i);
                for_each_term(sequence, length, beginnings, |beginning, word| {
                    keys.push(key(beginning, word))
                });
                if options.negation_window > 0 && !negations.is_empty() {
                    for_each_negated(sequence, options.negation_window, negations, |a, b| {
                        keys.push(key(a, b))
                    });
                }
                if count_uses {
                    uses.extend_from_slice(&keys[start..]);
                }
                let distinct = sort_and_dedup(&mut keys[start..]);
                keys.truncate(start + distinct);
            }
            (keys, uses)
        };
        let (keys, uses) = in_chunks(self.len(), collect).into_iter().unzip();
        let uses = met(uses, beginnings.nodes(), 1.0);
        let used = |term: &(u32, u32)| {
            let place = uses.binary_search_by_key(term, |(term, _)| *term);
            place.map_or(0, |place| uses[place].1)
        };
        met(keys, beginnings.nodes(), at_least)
            .into_iter()
            .map(|(term, texts)| {
                let uses = u64::from(used(&term));
                (term, Counts { texts, uses })
            })
            .collect()
    }
}

/// The terms that were met at least so many times, in order, with how often. `beginnings` is above every beginning.
///
/// There are many terms and few beginnings: terms are put in the order of their beginnings by counting, and what is left to sort
/// are the last words of one beginning at a time.
fn met(parts: Vec<Vec<u64>>, beginnings: u32, at_least: f64) -> Vec<((u32, u32), u32)> {
    /// Last words that are sorted in one go.
    const GROUP: usize = 1 << 16;
    let mut ends = vec![0usize; beginnings as usize];
    let beginning = |key: u64| (key >> 32) as usize;
    parts.iter().flatten().for_each(|&key| ends[beginning(key)] += 1);
    let mut total = 0;
    for end in &mut ends {
        // Where the beginning's words start; as they are filled in it moves to where they end.
        (*end, total) = (total, total + *end);
    }
    let mut words = vec![0u32; total];
    for part in parts {
        for key in part {
            let end = &mut ends[beginning(key)];
            words[*end] = key as u32;
            *end += 1;
        }
    }

    // Beginnings with their words, in groups of about the same size.
    let mut groups: Vec<Vec<(u32, &mut [u32])>> = vec![Vec::new()];
    let (mut rest, mut start, mut size) = (&mut words[..], 0, 0);
    for (&end, beginning) in ends.iter().zip(0..) {
        let words;
        (words, rest) = rest.split_at_mut(end - start);
        (start, size) = (end, size + words.len());
        if let Some(group) = groups.last_mut() {
            group.push((beginning, words));
        }
        if size > GROUP {
            size = 0;
            groups.push(Vec::new());
        }
    }
    let parts = map(groups, |group| {
        let mut terms = Vec::new();
        for (beginning, words) in group {
            words.sort_unstable();
            for run in words.chunk_by(|a, b| a == b) {
                if f64::from(run.len() as u32) >= at_least {
                    terms.push(((beginning, run[0]), run.len() as u32));
                }
            }
        }
        terms
    });
    parts.concat()
}

/// The nodes of the terms found so far.
struct Beginnings {
    nodes: Table<1, 5>,
    count: u32,
}

impl Beginnings {
    fn new(terms: &[(u32, u32)], first: u32) -> Self {
        let mut nodes = Table::with_capacity(terms.len());
        let entry = |(&(beginning, word), node): (&(u32, u32), u32)| ([key(beginning, word)], node);
        nodes.extend(terms.iter().zip(first..).map(entry));
        let count = first + terms.len() as u32;
        Beginnings { nodes, count }
    }

    /// How many nodes a term can begin with.
    fn nodes(&self) -> u32 {
        self.count
    }

    /// The node of a sequence of words, if it is known.
    fn node(&self, words: &[u32]) -> Option<u32> {
        let (&first, more) = words.split_first()?;
        let node = more.iter().fold(first, |node, &word| match node {
            ABSENT => ABSENT,
            node => self.nodes.get(self.nodes.hash([key(node, word)])),
        });
        (node != ABSENT).then_some(node)
    }
}

/// Calls `each` with (node of the beginning, last word) of every term of `length` words whose beginning is known.
fn for_each_term(sequence: &[u32], length: usize, beginnings: &Beginnings, mut each: impl FnMut(u32, u32)) {
    for window in sequence.windows(length) {
        let (&last, beginning) = window.split_last().expect("a window has a length");
        if last != UNKNOWN
            && let Some(node) = beginnings.node(beginning)
        {
            each(node, last);
        }
    }
}

/// Calls `each` with every negation and the known words that it reaches over a gap.
fn for_each_negated(sequence: &[u32], window: usize, negations: &[u32], mut each: impl FnMut(u32, u32)) {
    for (i, &word) in sequence.iter().enumerate() {
        if negations.contains(&word) {
            let reached = ngrams::negated_positions(i, sequence.len(), window).map(|j| sequence[j]);
            reached.filter(|&w| w != UNKNOWN).for_each(|w| each(word, w));
        }
    }
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
