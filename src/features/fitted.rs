//! Texts → TF-IDF rows, by what a vectorizer has learnt.

use std::hint::select_unpredictable;
use std::sync::Arc;

use super::corpus::Corpus;
use super::gather::{ByText, Found};
use super::index::{Candidate, Hit, SKIPPED, StemmedForms, UNKNOWN, VocabularyIndex};
use super::options::TfidfOptions;
use super::rows::SparseRows;
use super::table::Hashed;
use super::vocabulary::{NO_COLUMN, Vocabulary};
use crate::parallel::in_chunks;
use crate::statement::Span;
use crate::text::{Analyzer, AnalyzerOptions, Form, WordKind};

/// A vectorizer that has learnt its vocabulary and `idf`.
#[derive(Debug)]
pub struct FittedTfidfVectorizer {
    analyzer: Analyzer,
    options: TfidfOptions,
    idf: Arc<[f32]>,
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

    /// Finds the terms of `texts`. Allocates nothing once `reading` has grown.
    ///
    /// In three passes over all texts, so that what a later one needs from memory has come when it is asked for.
    pub(crate) fn read<'t>(&self, texts: impl IntoIterator<Item = &'t str>, reading: &mut Reading) {
        let Reading {
            folded,
            stemmed,
            forms,
            asked,
            unknown,
            words,
            candidates,
            hits,
        } = reading;
        let (longest, window) = (self.options.ngram_range.1, self.options.negation_window);
        forms.clear();
        asked.clear();
        unknown.clear();
        for text in texts {
            forms.gather(|forms| self.read_forms(text, folded, forms));
        }
        // Each list from here on holds places among all forms.
        asked.gather(|asked| unknown.gather(|unknown| sift(forms.all(), asked, unknown)));
        unknown.gather(|unknown| self.look_up(forms.all_mut(), asked.all(), unknown));
        self.stem(forms.all_mut(), unknown.all(), stemmed);
        words.clear();
        candidates.clear();
        for forms in forms.texts() {
            words.gather(|found| add_words(forms, found));
            candidates.gather(|found| self.index.find_candidates(words.last(), longest, window, found));
        }
        hits.clear();
        for (words, candidates) in words.texts().zip(candidates.texts()) {
            hits.gather(|found| self.index.find(words, candidates, longest, found));
        }
    }

    // Each pass is kept a function of its own: together they have more in hand than a processor has registers.

    /// Cuts a text into forms, and asks for them.
    #[inline(never)]
    fn read_forms(&self, text: &str, folded: &mut String, forms: &mut Found<'_, AskedForm>) {
        let mut asking = (self, forms);
        self.analyzer.for_each_form(text, folded, &mut asking, ask);
    }

    /// Finds the numbers of forms that training may have met; puts the others into `unknown`.
    #[inline(never)]
    fn look_up(&self, forms: &mut [AskedForm], asked: &[u32], unknown: &mut Found<'_, u32>) {
        unknown.reserve(asked.len());
        for &i in asked {
            let form = &mut forms[i as usize];
            form.number = self.index.known(form.asked);
            unknown.add(form.number == UNKNOWN, i);
        }
    }

    /// Finds the numbers of forms that training had not met.
    #[inline(never)]
    fn stem(&self, forms: &mut [AskedForm], unknown: &[u32], stemmed: &mut StemmedForms) {
        for &i in unknown {
            stemmed.prefetch(forms[i as usize].asked);
        }
        for &i in unknown {
            let form = &mut forms[i as usize];
            form.number = self.index.word_by_stem(form.asked, &self.analyzer, stemmed);
        }
    }

    /// Adds the terms of one sequence of words to `hits`.
    fn find_terms(&self, words: &[u32], candidates: &mut ByText<Candidate>, hits: &mut ByText<Hit>) {
        let (longest, window) = (self.options.ngram_range.1, self.options.negation_window);
        candidates.clear();
        candidates.gather(|found| self.index.find_candidates(words, longest, window, found));
        hits.gather(|found| self.index.find(words, candidates.all(), longest, found));
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
        self.find_terms(&words, &mut ByText::default(), &mut hits);
        hits.all_mut().sort_by_key(|hit| (hit.first, hit.last));
        let term = |hit: &Hit| TermUse {
            column: self.index.columns()[hit.node as usize],
            span: Span {
                start: spans[hit.first as usize].start,
                end: spans[hit.last as usize].end,
            },
        };
        hits.all()
            .iter()
            .map(term)
            .filter(|term| term.column != NO_COLUMN)
            .collect()
    }

    /// The rows of `texts`.
    pub fn transform<T: AsRef<str> + Sync>(&self, texts: &[T]) -> SparseRows {
        let mut rows = SparseRows::new(self.idf.len());
        let (mut reading, mut row) = (Reading::default(), Row::default());
        for texts in texts.chunks(Reading::TEXTS) {
            self.read(texts.iter().map(AsRef::as_ref), &mut reading);
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
            let (mut candidates, mut hits) = (ByText::default(), ByText::default());
            for i in texts {
                words.clear();
                hits.clear();
                corpus.push_text(i, &numbers, &mut words);
                self.find_terms(&words, &mut candidates, &mut hits);
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

/// Asks for a form.
#[inline(always)]
fn ask(
    (vectorizer, forms): &mut (&FittedTfidfVectorizer, &mut Found<'_, AskedForm>),
    form: Form<'_>,
    kind: WordKind,
    _: Span,
) {
    let (asked, number) = match form {
        Form::Short(form) => {
            let (asked, may_be_known) = vectorizer.index.ask(form);
            (asked, select_unpredictable(may_be_known, ASKED, UNMET))
        }
        Form::Long(_) => (Hashed::default(), vectorizer.index.word(form, &vectorizer.analyzer)),
    };
    forms.reserve(1);
    forms.add(true, AskedForm { asked, number, kind });
}

/// Adds the words that count as such, by their numbers.
#[inline(never)]
fn add_words(forms: &[AskedForm], words: &mut Found<'_, u32>) {
    words.reserve(forms.len());
    for form in forms {
        words.add(stands_in_text(form.number, form.kind), form.number);
    }
}

/// Sorts out the forms that training may have met and those that it has not.
#[inline(never)]
fn sift(forms: &[AskedForm], asked: &mut Found<'_, u32>, unmet: &mut Found<'_, u32>) {
    asked.reserve(forms.len());
    unmet.reserve(forms.len());
    for (form, i) in forms.iter().zip(0..) {
        asked.add(form.number == ASKED, i);
        unmet.add(form.number == UNMET, i);
    }
}

/// The number of a form that is still to be looked up.
const ASKED: u32 = u32::MAX - 2;
/// The number of a form that training has not met, and that is still to be stemmed.
const UNMET: u32 = u32::MAX - 3;

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
    stemmed: StemmedForms,
    forms: ByText<AskedForm>,
    asked: ByText<u32>,
    unknown: ByText<u32>,
    words: ByText<u32>,
    candidates: ByText<Candidate>,
    hits: ByText<Hit>,
}

impl Reading {
    /// How many texts are best read at once: enough to cover the time that memory takes, few enough to stay close.
    pub const TEXTS: usize = 8;

    /// One that keeps stems: worth its size for many texts.
    pub fn with_stems() -> Self {
        Reading {
            stemmed: StemmedForms::kept(),
            ..Reading::default()
        }
    }

    /// The terms of all texts that were read.
    pub fn all_hits(&self) -> &[Hit] {
        self.hits.all()
    }

    /// How many words that may be evidence each text has, and how many of them the vocabulary has, alone or in a longer term.
    pub fn word_counts(&self) -> impl ExactSizeIterator<Item = WordCounts> + Clone {
        self.words.texts().map(|words| WordCounts {
            all: words.len(),
            known: words.iter().map(|&word| usize::from(word != UNKNOWN)).sum(),
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
