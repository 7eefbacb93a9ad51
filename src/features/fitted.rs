//! Texts → TF-IDF rows, by what a vectorizer has learnt.

use std::hint::select_unpredictable;
use std::sync::Arc;

use super::corpus::Corpus;
use super::gather::{ByText, Found};
use super::index::{Hit, MetForms, NOT_MET, Pair, SKIPPED, UNKNOWN, VocabularyIndex};
use super::options::TfidfOptions;
use super::rows::SparseRows;
use super::table::Hashed;
use super::vocabulary::{NO_COLUMN, Vocabulary};
use crate::parallel::in_chunks;
use crate::statement::Span;
use crate::text::{Analyzer, AnalyzerOptions, Form, ShortForm, WordKind};

/// A vectorizer that has learnt its vocabulary and `idf`.
#[derive(Debug)]
pub struct FittedTfidfVectorizer {
    analyzer: Analyzer,
    options: TfidfOptions,
    idf: Arc<[f32]>,
    index: VocabularyIndex,
}

/// A term of a text: its column and the places of its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermUse {
    /// The column of the term.
    pub column: u32,
    /// From its first to its last character in the text.
    pub span: Span,
    /// Each of its words; between those of a negated pair others may stand.
    pub words: Vec<Span>,
}

impl FittedTfidfVectorizer {
    /// Puts a vectorizer together from what [`fit`](super::TfidfVectorizer::fit) learnt; `idf` has one value for each column.
    pub(crate) fn from_parts(
        analyzer: AnalyzerOptions,
        options: TfidfOptions,
        vocabulary: Arc<Vocabulary>,
        idf: Arc<[f32]>,
    ) -> Self {
        let analyzer = Analyzer::new(analyzer);
        let index = VocabularyIndex::new(vocabulary, &idf, &analyzer);
        FittedTfidfVectorizer {
            analyzer,
            options,
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
        self.index.vocabulary()
    }

    #[cfg(feature = "train")]
    pub(crate) fn shared_vocabulary(&self) -> &Arc<Vocabulary> {
        self.index.vocabulary()
    }

    /// The inverse document frequency of each column.
    pub fn idf(&self) -> &[f32] {
        &self.idf
    }

    #[cfg(feature = "train")]
    pub(crate) fn shared_idf(&self) -> &Arc<[f32]> {
        &self.idf
    }

    /// For each number that a hit may have its column, or [`NO_COLUMN`].
    pub(crate) fn columns_of_hits(&self) -> &[u32] {
        self.index.columns()
    }

    /// Finds the terms of `texts`. Allocates nothing once `reading` has grown. `soon` is called with the number of each hit as early as it is
    /// known, so that what belongs to it can be on its way from memory.
    ///
    /// In passes over all texts, so that what a later one needs from memory has come when it is asked for.
    pub(crate) fn read<'t>(&self, texts: impl IntoIterator<Item = &'t str>, reading: &mut Reading, soon: impl Fn(u32)) {
        let Reading {
            folded,
            met,
            stemmed,
            forms,
            missed,
            asked,
            unknown,
            words,
            pairs,
            candidates,
            hits,
        } = reading;
        let (longest, window) = (self.options.ngram_range.1, self.options.negation_window);
        forms.clear();
        missed.clear();
        asked.clear();
        unknown.clear();
        for text in texts {
            forms.gather(|forms| self.read_forms(text, folded, met, forms));
        }
        // Each list from here on holds places among all forms.
        missed.gather(|missed| self.recall(forms.all_mut(), met, missed));
        asked.gather(|asked| unknown.gather(|unknown| self.ask(forms.all(), missed.all(), asked, unknown)));
        unknown.gather(|unknown| self.look_up(forms.all_mut(), asked.all(), unknown));
        self.stem(forms.all_mut(), unknown.all(), stemmed);
        for &i in missed.all() {
            let form = &forms.all()[i as usize];
            met.insert(form.asked, form.number);
        }
        words.clear();
        pairs.clear();
        candidates.clear();
        for forms in forms.texts() {
            words.gather(|found| add_words(forms, found));
            for &word in words.last() {
                soon(select_unpredictable(word != UNKNOWN, word, 0));
            }
            pairs.gather(|found| self.index.pair(words.last(), longest, window, found));
        }
        for pairs in pairs.texts() {
            candidates.gather(|found| self.index.sift(pairs, found));
        }
        hits.clear();
        for ((words, pairs), candidates) in words.texts().zip(pairs.texts()).zip(candidates.texts()) {
            hits.gather(|found| self.index.find(words, pairs, candidates, longest, found));
            // Behind the words themselves.
            for hit in &hits.last()[known_words(words)..] {
                soon(hit.node);
            }
        }
    }

    // Each pass is kept a function of its own: together they have more in hand than a processor has registers.

    /// Cuts a text into forms.
    #[inline(never)]
    fn read_forms(&self, text: &str, folded: &mut String, met: &MetForms, forms: &mut Found<'_, AskedForm>) {
        self.analyzer.for_each_form(text, folded, &mut (self, met, forms), keep);
    }

    /// The number of a long word.
    #[cold]
    fn long_word(&self, form: Form<'_>) -> u32 {
        self.index.word(form, &self.analyzer)
    }

    /// Finds the numbers of forms that were met a short while ago, which most were; puts the others into `missed`.
    #[inline(never)]
    fn recall(&self, forms: &mut [AskedForm], met: &MetForms, missed: &mut Found<'_, u32>) {
        let places = 0..forms.len() as u32;
        missed.extend(forms.iter_mut().zip(places).map(|(form, i)| {
            let is_asked = form.number == NOT_MET;
            form.number = select_unpredictable(is_asked, met.get(form.asked), form.number);
            (form.number == NOT_MET, i)
        }));
    }

    /// Sorts out the forms that training may have met, and asks for them, and those that it has not.
    #[inline(never)]
    fn ask(&self, forms: &[AskedForm], missed: &[u32], asked: &mut Found<'_, u32>, unmet: &mut Found<'_, u32>) {
        unmet.reserve(missed.len());
        asked.extend(missed.iter().map(|&i| {
            let may_be_known = self.index.ask(forms[i as usize].asked);
            unmet.add(!may_be_known, i);
            (may_be_known, i)
        }));
    }

    /// Finds the numbers of forms that training may have met; puts the others into `unknown`.
    #[inline(never)]
    fn look_up(&self, forms: &mut [AskedForm], asked: &[u32], unknown: &mut Found<'_, u32>) {
        unknown.extend(asked.iter().map(|&i| {
            let form = &mut forms[i as usize];
            form.number = self.index.known(form.asked);
            (form.number == UNKNOWN, i)
        }));
    }

    /// Finds the numbers of forms that training had not met.
    #[inline(never)]
    fn stem(&self, forms: &mut [AskedForm], unknown: &[u32], stemmed: &mut MetForms) {
        for &i in unknown {
            stemmed.prefetch(forms[i as usize].asked);
        }
        for &i in unknown {
            let form = &mut forms[i as usize];
            form.number = self.index.word_by_stem(form.asked, &self.analyzer, stemmed);
        }
    }

    /// Adds the terms of one sequence of words to `hits`.
    fn find_terms(&self, words: &[u32], (pairs, candidates): &mut (ByText<Pair>, ByText<u32>), hits: &mut ByText<Hit>) {
        let (longest, window) = (self.options.ngram_range.1, self.options.negation_window);
        pairs.clear();
        candidates.clear();
        pairs.gather(|found| self.index.pair(words, longest, window, found));
        candidates.gather(|found| self.index.sift(pairs.all(), found));
        hits.gather(|found| self.index.find(words, pairs.all(), candidates.all(), longest, found));
    }

    /// The terms of `text` that the vocabulary has, in order of their first word, each as often as it stands there.
    pub fn term_uses(&self, text: &str) -> Vec<TermUse> {
        let (mut found, mut hits) = (Vec::new(), ByText::default());
        self.analyzer
            .for_each_form(text, &mut String::new(), &mut found, |found, form, kind, span| {
                let number = self.index.word(form, &self.analyzer);
                if stands_in_text(number, kind) {
                    found.push((number, span));
                }
            });
        let (words, spans): (Vec<u32>, Vec<Span>) = found.into_iter().unzip();
        self.find_terms(&words, &mut Default::default(), &mut hits);
        hits.all_mut().sort_by_key(|hit| (hit.first, hit.last));
        let term = |hit: &Hit| {
            let column = self.index.columns()[hit.node as usize];
            let (first, last) = (hit.first as usize, hit.last as usize);
            let length = self.vocabulary().words_of((column != NO_COLUMN).then_some(column)?);
            Some(TermUse {
                column,
                span: Span {
                    start: spans[first].start,
                    end: spans[last].end,
                },
                words: match last - first + 1 == length {
                    true => spans[first..=last].to_vec(),
                    false => vec![spans[first], spans[last]],
                },
            })
        };
        hits.all().iter().filter_map(term).collect()
    }

    /// The rows of `texts`.
    pub fn transform<T: AsRef<str> + Sync>(&self, texts: &[T]) -> SparseRows {
        let mut rows = SparseRows::new(self.idf.len());
        let (mut reading, mut row) = (Reading::default(), Row::default());
        for texts in texts.chunks(Reading::TEXTS) {
            self.read(texts.iter().map(AsRef::as_ref), &mut reading, |_| ());
            for hits in reading.hits() {
                self.weigh(hits, &mut row);
                rows.push(&row.columns, &row.values);
            }
        }
        rows
    }

    /// The same for texts that have been read already, with an analyzer of the same options.
    pub fn transform_corpus(&self, corpus: &Corpus) -> SparseRows {
        let numbers: Vec<u32> = corpus.words().iter().map(|word| self.index.stem(word)).collect();
        let parts = in_chunks(corpus.len(), |texts| {
            let mut rows = SparseRows::new(self.idf.len());
            let (mut words, mut row) = (Vec::new(), Row::default());
            let (mut pairs, mut hits) = (Default::default(), ByText::default());
            for i in texts {
                words.clear();
                hits.clear();
                corpus.push_text(i, &numbers, &mut words);
                self.find_terms(&words, &mut pairs, &mut hits);
                self.weigh(hits.all(), &mut row);
                rows.push(&row.columns, &row.values);
            }
            rows
        });
        SparseRows::concat(self.idf.len(), parts)
    }

    /// Turns the terms of a text into columns and values.
    fn weigh(&self, hits: &[Hit], row: &mut Row) {
        let Row { terms, columns, values } = row;
        terms.clear();
        let all = hits.iter().map(|hit| self.index.columns()[hit.node as usize]);
        terms.extend(all.filter(|&column| column != NO_COLUMN));
        terms.sort_unstable();
        columns.clear();
        values.clear();
        let mut squares = 0.0;
        for run in terms.chunk_by(|a, b| a == b) {
            let weight = self.options.term_frequency(run.len()) * f64::from(self.idf[run[0] as usize]);
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

/// Whether a word counts as one: it is no stop word, and no name, which is what an unknown word is where it may be one.
fn stands_in_text(number: u32, kind: WordKind) -> bool {
    (number != SKIPPED) & !((number == UNKNOWN) & (kind == WordKind::MaybeName))
}

/// Keeps a form to be asked for soon.
#[inline(always)]
fn keep(
    (vectorizer, met, forms): &mut (&FittedTfidfVectorizer, &MetForms, &mut Found<'_, AskedForm>),
    form: Form<'_>,
    kind: WordKind,
    _: Span,
) {
    let (asked, number) = match form {
        Form::Short(ShortForm(form)) => (vectorizer.index.hash(form), NOT_MET),
        Form::Long(_) => (Hashed::default(), vectorizer.long_word(form)),
    };
    met.prefetch(asked);
    forms.push(AskedForm { asked, number, kind });
}

/// Adds the words that count as such, by their numbers.
#[inline(never)]
fn add_words(forms: &[AskedForm], words: &mut Found<'_, u32>) {
    words.extend(
        forms
            .iter()
            .map(|form| (stands_in_text(form.number, form.kind), form.number)),
    );
}

/// How many of these words the vocabulary has: each is a hit.
fn known_words(words: &[u32]) -> usize {
    words.iter().map(|&word| usize::from(word != UNKNOWN)).sum()
}

/// A form of a text, on its way to a number.
#[derive(Debug, Clone, Copy, Default)]
struct AskedForm {
    asked: Hashed<2>,
    number: u32,
    kind: WordKind,
}

/// The words of a text without names, numbers and stop words, as far as the analyzer leaves these out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct WordCounts {
    pub all: usize,
    pub known: usize,
}

impl WordCounts {
    /// The share of the words that the model knows; 0 for a text without words.
    pub fn known_share(self) -> f64 {
        self.known as f64 / self.all.max(1) as f64
    }

    /// Whether the model knows none of the words, or a smaller share than `least`.
    #[inline]
    pub fn are_outside(self, least: f64) -> bool {
        self.known == 0 || (self.known as f64) < least * self.all as f64
    }
}

/// What [`FittedTfidfVectorizer::read`] works in, and the terms that it found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reading {
    folded: String,
    met: MetForms,
    stemmed: MetForms,
    forms: ByText<AskedForm>,
    missed: ByText<u32>,
    asked: ByText<u32>,
    unknown: ByText<u32>,
    words: ByText<u32>,
    pairs: ByText<Pair>,
    candidates: ByText<u32>,
    hits: ByText<Hit>,
}

impl Reading {
    /// How many texts are best read at once: enough to cover the time that memory takes, few enough to stay close.
    pub const TEXTS: usize = 8;

    /// One that keeps stems: worth its size for many texts.
    pub fn with_stems() -> Self {
        Reading {
            met: MetForms::kept(MetForms::LATELY),
            stemmed: MetForms::kept(MetForms::STEMMED),
            ..Reading::default()
        }
    }

    /// How many words that may be evidence each text has, and how many of them the vocabulary has, alone or in a longer term.
    pub fn word_counts(&self) -> impl ExactSizeIterator<Item = WordCounts> + Clone {
        self.words.texts().map(|words| WordCounts {
            all: words.len(),
            known: known_words(words),
        })
    }

    /// The terms of each text that was read.
    pub fn hits(&self) -> impl ExactSizeIterator<Item = &[Hit]> + Clone {
        self.hits.texts()
    }
}

/// A row in the making.
#[derive(Debug, Default)]
struct Row {
    /// The column of each term of the text, as often as it stands there.
    terms: Vec<u32>,
    columns: Vec<u32>,
    values: Vec<f32>,
}

impl TfidfOptions {
    /// What a term weighs that stands `uses` times in a text, before its `idf`.
    pub(crate) fn term_frequency(&self, uses: usize) -> f64 {
        match uses {
            0 | 1 => uses as f64,
            _ if self.sublinear_tf => 1.0 + ln(uses as f64),
            _ => uses as f64,
        }
    }
}

/// The natural logarithm, from libm where models are trained: the machine's own may differ in the last bit, and models
/// must not.
pub(super) fn ln(x: f64) -> f64 {
    #[cfg(feature = "train")]
    return libm::log(x);
    #[cfg(not(feature = "train"))]
    return x.ln();
}
