//! Texts that are the same, or nearly: a similarity join.
//!
//! Texts are compared by their words, folded and not stemmed. Two texts are equal if the same words stand in the same order; how
//! similar others are is the Jaccard index of their sets of words, `|A ∩ B| / |A ∪ B|` (Jaccard 1912).
//!
//! All pairs at or above a threshold `t` are found without comparing all: sets of that similarity share a word among the rarest
//! `|A| − ⌈t·|A|⌉ + 1` of each (prefix filter: Bayardo, Ma, Srikant 2007, "Scaling up all pairs similarity search"), and their sizes are
//! within `t` of each other. With words in the order of their frequency, few texts share such a word, and 100,000 texts take
//! about a second.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::error::{ErrorKind, Result};
use crate::text::{Analyzer, AnalyzerOptions, Language};

/// Two texts that are the same, or nearly.
#[derive(Debug, Clone, PartialEq)]
pub struct SimilarPair {
    /// The row of the one that comes first.
    pub first: usize,
    /// The row of the other; of the second list, where two lists were compared.
    pub second: usize,
    /// The Jaccard index of their words, 1 for equal texts.
    pub similarity: f64,
    /// Whether the same words stand in the same order.
    pub is_exact: bool,
}

/// So many similar texts are found of each at most; the next ones of the same kind are found by them no more. Without a bound, a
/// thousand variants of one text would make half a million pairs.
const MOST: usize = 32;

/// Finds texts that are equal, or similar at or above `threshold`, which is above 0 and at most 1. Of equal texts each is paired with the
/// first, and the first alone with texts that are similar. Pairs come in the order of their rows.
///
/// Texts without any word are left out. Of a text with more than 32 similar ones among those that come before it (in the order of their
/// length), no more are listed.
///
/// ```
/// use demarche::audit::similar_texts;
/// let texts = ["Talks will resume in May.", "Talks will resume in May!", "Talks will not resume in May.", "Nothing else."];
/// let pairs = similar_texts(&texts, 0.8)?;
/// assert!(pairs[0].is_exact && (pairs[0].first, pairs[0].second) == (0, 1));
/// assert_eq!((pairs[1].first, pairs[1].second), (0, 2));
/// assert_eq!(pairs[1].similarity, 5.0 / 6.0);
/// # Ok::<(), demarche::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::InvalidParameter`] if the threshold is out of range.
pub fn similar_texts<T: AsRef<str>>(texts: &[T], threshold: f64) -> Result<Vec<SimilarPair>> {
    check(threshold)?;
    let words = WordLists::read(texts.iter().map(AsRef::as_ref));
    let mut pairs = Vec::new();
    let unique = words.unique(|row, first| pairs.push(SimilarPair::exact(first, row)));
    let mut join = Join::new(&words, unique, threshold);
    for text in join.by_size() {
        let found = join.similar(text, |a, b, similarity| {
            pairs.push(SimilarPair::near(a.min(b), a.max(b), similarity));
        });
        if found < MOST {
            join.insert(text);
        }
    }
    pairs.sort_by_key(|pair| (pair.first, pair.second));
    Ok(pairs)
}

/// Finds texts of `others` that are equal to texts of `texts`, or similar at or above `threshold`: what a model has seen of the data
/// that it is to be scored on. `first` is a row of `texts`, `second` of `others`; each of `others` is paired with its most similar text,
/// the first of such, and at most once. Of a text with more than 32 similar ones the most similar of some 32 is named.
///
/// # Errors
/// [`ErrorKind::InvalidParameter`] if the threshold is not above 0 and at most 1.
pub fn leaked_texts<T: AsRef<str>, U: AsRef<str>>(
    texts: &[T],
    others: &[U],
    threshold: f64,
) -> Result<Vec<SimilarPair>> {
    check(threshold)?;
    let all = texts.iter().map(AsRef::as_ref).chain(others.iter().map(AsRef::as_ref));
    let words = WordLists::read(all);
    let split = texts.len();
    let mut best: Vec<Option<SimilarPair>> = vec![None; others.len()];
    // The rows of `others` with equal texts, by the first of them.
    let mut twins: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
    let unique = words.unique(|row, first| match row.checked_sub(split) {
        Some(second) if first < split => best[second] = Some(SimilarPair::exact(first, second)),
        Some(second) => twins.entry(first).or_default().push(second),
        None => {}
    });
    let mut join = Join::new(&words, unique, threshold);
    let (seen, asked): (Vec<usize>, Vec<usize>) = join.by_size().into_iter().partition(|&text| join.rows[text] < split);
    seen.into_iter().for_each(|text| join.insert(text));
    for text in asked {
        let row = join.rows[text];
        let mut nearest: Option<SimilarPair> = None;
        join.similar(text, |_, first, similarity| {
            let is_better = |old: &SimilarPair| (similarity, old.first) > (old.similarity, first);
            if nearest.as_ref().is_none_or(is_better) {
                nearest = Some(SimilarPair::near(first, row - split, similarity));
            }
        });
        for &second in twins.get(&row).into_iter().flatten() {
            best[second] = nearest.clone().map(|pair| SimilarPair { second, ..pair });
        }
        best[row - split] = nearest;
    }
    Ok(best.into_iter().flatten().collect())
}

/// The words that stand in one of two texts only, those of the first and those of the second, each in its order.
pub fn different_words(first: &str, second: &str) -> (Vec<String>, Vec<String>) {
    let (a, b) = (folded_words(first), folded_words(second));
    let only = |these: &[String], others: &[String]| {
        let others: BTreeSet<&String> = others.iter().collect();
        let mut seen = BTreeSet::new();
        let new = these.iter().filter(|word| !others.contains(word) && seen.insert(*word));
        new.cloned().collect()
    };
    (only(&a, &b), only(&b, &a))
}

/// For each row the number of its family: rows that are linked by pairs, however many. The number is that of the family's first row.
pub fn families(rows: usize, pairs: &[SimilarPair]) -> Vec<usize> {
    let mut parent: Vec<usize> = (0..rows).collect();
    fn root(parent: &mut [usize], mut row: usize) -> usize {
        while parent[row] != row {
            parent[row] = parent[parent[row]];
            row = parent[row];
        }
        row
    }
    for pair in pairs {
        let (a, b) = (root(&mut parent, pair.first), root(&mut parent, pair.second));
        parent[a.max(b)] = a.min(b);
    }
    (0..rows).map(|row| root(&mut parent, row)).collect()
}

fn check(threshold: f64) -> Result<()> {
    if threshold > 0.0 && threshold <= 1.0 {
        return Ok(());
    }
    Err(ErrorKind::InvalidParameter {
        name: "the similarity",
        value: threshold.to_string(),
        must: "above 0 and at most 1",
    }
    .into())
}

impl SimilarPair {
    fn exact(first: usize, second: usize) -> Self {
        SimilarPair {
            first,
            second,
            similarity: 1.0,
            is_exact: true,
        }
    }

    fn near(first: usize, second: usize, similarity: f64) -> Self {
        SimilarPair {
            first,
            second,
            similarity,
            is_exact: false,
        }
    }
}

fn reader() -> Analyzer {
    Analyzer::new(AnalyzerOptions {
        language: Language::None,
        ..AnalyzerOptions::default()
    })
}

fn folded_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    reader().for_each_word(text, |word| words.push(word.form.to_owned()));
    words
}

/// The words of each text, as numbers.
struct WordLists {
    /// In the order of the text.
    lists: Vec<Box<[u32]>>,
    /// In how many texts each word stands.
    frequencies: Vec<u32>,
}

impl WordLists {
    fn read<'t>(texts: impl Iterator<Item = &'t str>) -> Self {
        let analyzer = reader();
        let mut numbers: FxHashMap<String, u32> = FxHashMap::default();
        let mut frequencies: Vec<u32> = Vec::new();
        let mut last_text: Vec<usize> = Vec::new();
        let mut read = |(text, statement): (usize, &str)| {
            let mut list = Vec::new();
            analyzer.for_each_word(statement, |word| {
                let number = match numbers.get(word.form) {
                    Some(&number) => number,
                    None => {
                        let number = frequencies.len() as u32;
                        numbers.insert(word.form.to_owned(), number);
                        frequencies.push(0);
                        last_text.push(usize::MAX);
                        number
                    }
                };
                if last_text[number as usize] != text {
                    last_text[number as usize] = text;
                    frequencies[number as usize] += 1;
                }
                list.push(number);
            });
            list.into_boxed_slice()
        };
        let lists = texts.enumerate().map(&mut read).collect();
        WordLists { lists, frequencies }
    }

    /// The first of each kind of equal texts that have words; `twin` is told of the others, and which is the first.
    fn unique(&self, mut twin: impl FnMut(usize, usize)) -> Vec<usize> {
        let mut firsts: FxHashMap<&[u32], usize> = FxHashMap::default();
        let mut unique = Vec::new();
        for (row, list) in self.lists.iter().enumerate().filter(|(_, list)| !list.is_empty()) {
            match firsts.get(&list[..]) {
                Some(&first) => twin(row, first),
                None => {
                    firsts.insert(list, row);
                    unique.push(row);
                }
            }
        }
        unique
    }

    /// The different words of a text, the rarest first.
    fn set(&self, row: usize) -> Vec<u32> {
        let mut set = self.lists[row].to_vec();
        set.sort_unstable_by_key(|&word| (self.frequencies[word as usize], word));
        set.dedup();
        set
    }
}

/// An index of texts by their rarest words.
struct Join<'w> {
    words: &'w WordLists,
    /// The row of each text.
    rows: Vec<usize>,
    sets: Vec<Vec<u32>>,
    threshold: f64,
    index: FxHashMap<u32, Vec<usize>>,
    /// The text that each was last compared with.
    met: Vec<usize>,
}

impl<'w> Join<'w> {
    fn new(words: &'w WordLists, rows: Vec<usize>, threshold: f64) -> Self {
        Join {
            words,
            sets: rows.iter().map(|&row| words.set(row)).collect(),
            threshold,
            index: FxHashMap::default(),
            met: vec![usize::MAX; rows.len()],
            rows,
        }
    }

    /// All texts, the shortest first.
    fn by_size(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        order.sort_by_key(|&text| (self.sets[text].len(), self.rows[text]));
        order
    }

    /// How many words a set must share with one of `size` words at least.
    fn least(&self, size: usize) -> usize {
        (self.threshold * size as f64 - 1e-9).ceil().max(1.0) as usize
    }

    /// The words by which a text is found.
    fn prefix(&self, text: usize) -> &[u32] {
        let set = &self.sets[text];
        &set[..set.len() - self.least(set.len()) + 1]
    }

    /// Lets a text be found by others.
    fn insert(&mut self, text: usize) {
        for i in 0..self.prefix(text).len() {
            self.index.entry(self.sets[text][i]).or_default().push(text);
        }
    }

    /// Calls `each` with the row of `text`, that of each text of the index that is similar, and how similar it is. Gives back how many
    /// there are, at most [`MOST`].
    fn similar(&mut self, text: usize, mut each: impl FnMut(usize, usize, f64)) -> usize {
        let mut met = std::mem::take(&mut self.met);
        let set = &self.sets[text];
        let mut found = 0;
        let candidates = self
            .prefix(text)
            .iter()
            .filter_map(|word| self.index.get(word))
            .flatten();
        for &other in candidates {
            if found == MOST {
                break;
            }
            if std::mem::replace(&mut met[other], text) == text {
                continue;
            }
            let other_set = &self.sets[other];
            if other_set.len() < self.least(set.len()) || set.len() < self.least(other_set.len()) {
                continue;
            }
            let shared = shared(self.words, set, other_set);
            let similarity = shared as f64 / (set.len() + other_set.len() - shared) as f64;
            if similarity >= self.threshold {
                found += 1;
                each(self.rows[text], self.rows[other], similarity);
            }
        }
        self.met = met;
        found
    }
}

/// How many words two sets share, both in the order of [`WordLists::set`].
fn shared(words: &WordLists, a: &[u32], b: &[u32]) -> usize {
    let rank = |word: u32| (words.frequencies[word as usize], word);
    let (mut i, mut j, mut shared) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        match rank(a[i]).cmp(&rank(b[j])) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                shared += 1;
                i += 1;
                j += 1;
            }
        }
    }
    shared
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn jaccard(a: &str, b: &str) -> f64 {
        let (a, b): (BTreeSet<&str>, BTreeSet<&str>) = (a.split(' ').collect(), b.split(' ').collect());
        a.intersection(&b).count() as f64 / a.union(&b).count() as f64
    }

    fn texts() -> impl Strategy<Value = Vec<String>> {
        let word = prop::sample::select(vec!["a", "b", "c", "d", "e", "f", "g", "h"]);
        let text = prop::collection::vec(word, 1..7).prop_map(|words| words.join(" "));
        prop::collection::vec(text, 1..25)
    }

    proptest! {
        /// Against all pairs, compared one by one.
        #[test]
        fn no_similar_pair_is_missed(texts in texts(), threshold in 0.1f64..=1.0) {
            let found = similar_texts(&texts, threshold).unwrap();
            for pair in &found {
                let (a, b) = (&texts[pair.first], &texts[pair.second]);
                prop_assert!(pair.first < pair.second && pair.similarity >= threshold);
                prop_assert_eq!(pair.similarity, jaccard(a, b));
                prop_assert_eq!(pair.is_exact, a == b);
            }
            let first = |text: &String| texts.iter().position(|t| t == text).unwrap();
            for (j, b) in texts.iter().enumerate() {
                for (i, a) in texts[..j].iter().enumerate() {
                    let is_listed = found.iter().any(|pair| (pair.first, pair.second) == (i, j));
                    let expected = match a == b {
                        true => first(a) == i,
                        false => first(a) == i && first(b) == j && jaccard(a, b) >= threshold,
                    };
                    prop_assert_eq!(is_listed, expected, "{} {}", a, b);
                }
            }
        }

        #[test]
        fn each_leaked_text_is_found_with_its_nearest(texts in texts(), others in texts(), threshold in 0.1f64..=1.0) {
            let found = leaked_texts(&texts, &others, threshold).unwrap();
            for (second, other) in others.iter().enumerate() {
                let nearest = texts.iter().map(|text| jaccard(text, other)).fold(0.0, f64::max);
                let pair = found.iter().find(|pair| pair.second == second);
                prop_assert_eq!(pair.is_some(), nearest >= threshold);
                if let Some(pair) = pair {
                    prop_assert_eq!(pair.is_exact, texts.contains(other));
                    prop_assert!(pair.is_exact || pair.similarity == nearest);
                    prop_assert_eq!(pair.similarity, jaccard(&texts[pair.first], other));
                }
            }
        }
    }

    #[test]
    fn a_thousand_variants_make_no_million_pairs() {
        let texts: Vec<String> = (0..2000)
            .map(|i| format!("one two three four five six seven eight nine {i}"))
            .collect();
        let pairs = similar_texts(&texts, 0.8).unwrap();
        assert!(pairs.len() <= texts.len() * MOST);
        // All are linked all the same.
        assert!(families(texts.len(), &pairs).iter().all(|&family| family == 0));
    }

    #[test]
    fn what_differs_is_named() {
        let (a, b) = different_words("They will negotiate, they say.", "They will not talk.");
        assert_eq!(a, ["negotiate", "say"]);
        assert_eq!(b, ["not", "talk"]);
    }

    #[test]
    fn thresholds_out_of_range_are_refused() {
        for threshold in [0.0, -1.0, 1.1, f64::NAN] {
            assert!(similar_texts(&["a"], threshold).is_err());
        }
    }
}
