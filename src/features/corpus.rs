//! Texts as sequences of word numbers: read once, fitted as often as one likes (folds, grids).

use std::cmp::Reverse;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::index::{SKIPPED, UNKNOWN};
use super::strings::Strings;
use crate::error::{ErrorKind, Result};
use crate::text::{Analyzer, Form, ShortForm, WordKind, is_stop_word};

/// Rows that are read in one go; a constant, so that the result never depends on the number of threads.
const CHUNK: usize = 8192;

/// The most bytes that the distinct words of all texts take together: 1 GiB, so that their numbers and places fit into 31 bits.
pub const MOST_WORD_BYTES: u64 = 1 << 30;

/// Texts after the analyzer: each distinct stem once, each text as a list of numbers into them.
///
/// The words are sorted, so that the same texts always give the same corpus.
#[derive(Debug, Clone)]
pub struct Corpus {
    words: Arc<CorpusWords>,
    /// The texts, one after another: the word's number, shifted left, and a bit that says whether it may be a name.
    tokens: Vec<u32>,
    /// Text `i` is `tokens[starts[i]..starts[i + 1]]`.
    starts: Vec<usize>,
}

/// What the texts of a corpus are made of.
#[derive(Debug)]
struct CorpusWords {
    /// Distinct stems in ascending order.
    stems: Strings,
    /// Their forms, those of one stem together, its most frequent one first.
    forms: Strings,
    /// Stem `i` has the forms `form_starts[i]..form_starts[i + 1]`.
    form_starts: Vec<usize>,
}

/// One word of one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CorpusToken {
    pub word: u32,
    pub maybe_name: bool,
}

/// What a chunk of texts looks like before the words of all chunks are put together.
struct Chunk {
    forms: Vec<(String, u32)>,
    tokens: Vec<u32>,
    lengths: Vec<usize>,
}

impl Corpus {
    /// Reads `texts` with `analyzer`.
    ///
    /// # Errors
    /// [`ErrorKind::TooMany`] if their distinct words take more than [`MOST_WORD_BYTES`].
    pub fn read<T: AsRef<str> + Sync>(texts: &[T], analyzer: &Analyzer) -> Result<Self> {
        #[cfg(feature = "parallel")]
        let chunks: Vec<Chunk> = {
            use rayon::prelude::*;
            let read = |texts| Chunk::read(texts, analyzer);
            texts.par_chunks(CHUNK).map(read).collect()
        };
        #[cfg(not(feature = "parallel"))]
        let chunks: Vec<Chunk> = texts.chunks(CHUNK).map(|texts| Chunk::read(texts, analyzer)).collect();

        // Every distinct form with its number of uses.
        let mut numbers: FxHashMap<String, u32> = FxHashMap::default();
        let mut forms: Vec<(String, u32)> = Vec::new();
        let mut numbered: Vec<(Vec<u32>, Chunk)> = Vec::with_capacity(chunks.len());
        for mut chunk in chunks {
            let mut map = Vec::with_capacity(chunk.forms.len());
            for (form, count) in chunk.forms.drain(..) {
                let number = *numbers.entry(form).or_insert_with_key(|form| {
                    forms.push((form.clone(), 0));
                    forms.len() as u32 - 1
                });
                let uses = &mut forms[number as usize].1;
                *uses = uses.saturating_add(count);
                map.push(number);
            }
            numbered.push((map, chunk));
        }
        drop(numbers);
        check_size(&forms)?;

        // Their stems, sorted; the forms of one stem by frequency, then in order.
        let mut stems: Vec<(String, Reverse<u32>, u32)> = Vec::with_capacity(forms.len());
        for (number, (form, count)) in forms.iter().enumerate() {
            stems.push((analyzer.stem(form).into_owned(), Reverse(*count), number as u32));
        }
        stems.sort_unstable_by(|a, b| {
            let form = |entry: &(String, Reverse<u32>, u32)| forms[entry.2 as usize].0.as_str();
            (&a.0, a.1, form(a)).cmp(&(&b.0, b.1, form(b)))
        });
        let mut word_of_form = vec![0u32; forms.len()];
        let mut words = CorpusWords {
            stems: Strings::default(),
            forms: Strings::default(),
            form_starts: Vec::new(),
        };
        for (place, run) in stems.chunk_by(|a, b| a.0 == b.0).scan(0, |place, run| {
            *place += run.len();
            Some((*place - run.len(), run))
        }) {
            words.stems.push(&run[0].0);
            words.form_starts.push(place);
            for (_, _, number) in run {
                words.forms.push(&forms[*number as usize].0);
                word_of_form[*number as usize] = words.stems.len() as u32 - 1;
            }
        }
        words.form_starts.push(stems.len());

        let mut tokens = Vec::with_capacity(numbered.iter().map(|(_, c)| c.tokens.len()).sum());
        let mut starts = vec![0];
        for (map, chunk) in numbered {
            let mut end = tokens.len();
            tokens.extend(chunk.tokens.iter().map(|token| {
                let form = map[(token >> 1) as usize];
                word_of_form[form as usize] << 1 | (token & 1)
            }));
            starts.extend(chunk.lengths.iter().map(|length| {
                end += length;
                end
            }));
        }
        Ok(Corpus {
            words: Arc::new(words),
            tokens,
            starts,
        })
    }

    /// The number of texts.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there are no texts.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The distinct stems, ascending.
    pub(crate) fn words(&self) -> &Strings {
        &self.words.stems
    }

    /// The forms of a word that the texts use, the most frequent one first.
    pub(crate) fn forms(&self, word: usize) -> impl Iterator<Item = &str> {
        let range = self.words.form_starts[word]..self.words.form_starts[word + 1];
        range.map(|form| self.words.forms.get(form))
    }

    /// The words of text `i`.
    pub(crate) fn text(&self, i: usize) -> impl ExactSizeIterator<Item = CorpusToken> + '_ {
        self.tokens[self.starts[i]..self.starts[i + 1]]
            .iter()
            .map(|token| CorpusToken {
                word: token >> 1,
                maybe_name: token & 1 == 1,
            })
    }

    /// Adds text `i` to a sequence, each word by the number that `numbers` has for it. A word that may be a name and has none is
    /// one, and left out.
    pub(super) fn push_text(&self, i: usize, numbers: &[u32], sequence: &mut Vec<u32>) {
        for token in self.text(i) {
            let number = numbers[token.word as usize];
            if number != UNKNOWN || !token.maybe_name {
                sequence.push(number);
            }
        }
    }

    /// The texts named by `rows`, in that order, over the same words.
    ///
    /// # Panics
    /// If one of them does not exist.
    pub fn select(&self, rows: &[usize]) -> Corpus {
        let mut selected = Corpus {
            words: self.words.clone(),
            tokens: Vec::new(),
            starts: vec![0],
        };
        for &i in rows {
            selected
                .tokens
                .extend_from_slice(&self.tokens[self.starts[i]..self.starts[i + 1]]);
            selected.starts.push(selected.tokens.len());
        }
        selected
    }
}

impl Chunk {
    fn read<T: AsRef<str>>(texts: &[T], analyzer: &Analyzer) -> Chunk {
        let mut chunk = Chunk {
            forms: Vec::new(),
            tokens: Vec::new(),
            lengths: Vec::with_capacity(texts.len()),
        };
        let (short, long) = (FxHashMap::default(), FxHashMap::default());
        let mut state: (&mut Chunk, FxHashMap<ShortForm, u32>, FxHashMap<Box<str>, u32>) = (&mut chunk, short, long);
        let mut folded = String::new();
        for text in texts {
            let before = state.0.tokens.len();
            analyzer.for_each_form(
                text.as_ref(),
                &mut folded,
                &mut state,
                |(chunk, short, long), form, kind, _| {
                    let known = match form {
                        Form::Short(form) => short.get(&form).copied(),
                        Form::Long(form) => long.get(form).copied(),
                    };
                    let number = known.unwrap_or_else(|| {
                        let number = chunk.number_of_new(form, analyzer);
                        match form {
                            Form::Short(form) => short.insert(form, number),
                            Form::Long(form) => long.insert(form.into(), number),
                        };
                        number
                    });
                    if number != SKIPPED {
                        let uses = &mut chunk.forms[number as usize].1;
                        *uses = uses.saturating_add(1);
                        let maybe_name = u32::from(kind == WordKind::MaybeName);
                        chunk.tokens.push(number << 1 | maybe_name);
                    }
                },
            );
            let tokens = state.0.tokens.len() - before;
            state.0.lengths.push(tokens);
        }
        chunk
    }

    /// Numbers a form that is met for the first time, unless it is left out.
    fn number_of_new(&mut self, form: Form<'_>, analyzer: &Analyzer) -> u32 {
        let mut buffer = [0; ShortForm::LONGEST];
        let form = form.spell(&mut buffer);
        if analyzer.options().stop_words && is_stop_word(form) {
            return SKIPPED;
        }
        self.forms.push((form.to_owned(), 0));
        self.forms.len() as u32 - 1
    }
}

/// Refuses more distinct words than their numbers can count.
fn check_size(forms: &[(String, u32)]) -> Result<()> {
    // Forms are not empty: as many bytes are no more forms.
    match forms.iter().map(|(form, _)| form.len() as u64).sum() {
        0..=MOST_WORD_BYTES => Ok(()),
        _ => Err(ErrorKind::TooMany {
            what: "bytes of distinct words",
            limit: MOST_WORD_BYTES,
            remedy: "train on fewer texts",
        }
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::AnalyzerOptions;

    #[test]
    fn words_are_sorted_stems_with_their_commonest_form() {
        let texts = ["threats threatened", "threats are threats"];
        let corpus = Corpus::read(&texts, &Analyzer::new(AnalyzerOptions::default())).unwrap();
        let words: Vec<_> = corpus.words().iter().collect();
        assert_eq!(words, ["are", "threat", "threaten"]);
        assert_eq!(corpus.forms(1).collect::<Vec<_>>(), ["threats"]);
        assert_eq!(corpus.text(1).map(|t| t.word).collect::<Vec<_>>(), [1, 0, 1]);
        assert_eq!(corpus.select(&[1]).text(0).count(), 3);
    }

    #[test]
    fn the_order_of_chunks_leaves_no_trace() {
        let texts: Vec<String> = (0..CHUNK + 5).map(|i| format!("word{} common", i % 7)).collect();
        let corpus = Corpus::read(&texts, &Analyzer::new(AnalyzerOptions::default())).unwrap();
        assert_eq!(corpus.len(), texts.len());
        assert_eq!(corpus.words().len(), 8);
        assert!(corpus.words().iter().is_sorted());
    }
}
