//! What to label next: the statements without a label whose labels would teach a model most.
//!
//! A statement is worth its label if the model is unsure about it, if much hangs on its words among the statements at hand, if what is labelled or
//! chosen already does not cover these words, and if it is typical, not an outlier. The first three are one figure, the diagonal of the Fisher information of logistic
//! regression. With `xᵢₜ` the TF-IDF value of term `t` in statement `i` (rows of length 1, terms of one word), and `uᵢ` the variance of the label that the model expects,
//! from 0 to 1 (`K/(K−1) · Σₖ pₖ·(1 − pₖ)` for K labels), a set S of labelled statements leaves
//!
//! ```text
//! F(S) = Σₜ mₜ / hₜ(S)      mₜ = Σᵢ xᵢₜ²   over the statements without labels
//!                           hₜ(S) = α + Σ_S uⱼ·xⱼₜ²   α = 1/4, the trainer's default penalty 1/C
//! ```
//!
//! which is the trace of `I_pool · I_S⁻¹`, its matrices taken as diagonal, each statement of the pool counted alike. It is the Fisher information ratio of Zhang and Oles 2000 ("A
//! probability analysis on the value of unlabeled data for classification problems"; Settles 2009, "Active learning literature survey", section 3.5), for batches of texts as in Hoi, Jin, Zhu
//! and Lyu 2006 ("Batch mode active learning and its application to medical image classification"; "Large-scale text categorization by batch mode active
//! learning"). Each step takes the statement with the greatest
//!
//! ```text
//! (F(S) − F(S ∪ i)) · √dᵢ      dᵢ = the mean cosine of statement i to the 20 most similar ones without labels, itself among them
//! ```
//!
//! The density `dᵢ` is that of Zhu, Wang, Yao and Tsou 2008 ("Active learning with sampling by uncertainty and density for word sense disambiguation and text classification"), its use as
//! a factor with an exponent the information density of Settles and Craven 2008 ("An analysis of active learning strategies for sequence labeling tasks", equation 13). In a pool of more than
//! 30,000 statements it is taken over every second, every third and so on, so that no more than 30,000 are met.
//!
//! What a statement is worth only falls while others are taken (diminishing returns), so only the
//! best have to be looked at again (Minoux 1978, "Accelerated greedy algorithms"), and the choice is the same as if all were. Of what each of these adds, `benches/README.md` has the figures.
//!
//! Left out are statements with a cosine of [`NEAR_DUPLICATE`] or more to a labelled or chosen one, those that differ from one in case and white space
//! alone, and those without a word that a model reads. The rows are sparse, and densities are asked for those alone that may be chosen: memory grows with the length of the texts.

mod information;
mod nearest;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::FxHashSet;

use crate::error::{ErrorKind, Result};
use crate::features::{DocumentFrequency, FittedTfidfVectorizer, SparseRows, TfidfOptions, TfidfVectorizer};
use crate::model::{Prediction, StanceClassifier};
use information::{Information, uncertainty};
use nearest::Nearest;

/// From this cosine of their TF-IDF rows on two statements count as nearly the same.
pub const NEAR_DUPLICATE: f64 = 0.9;

/// Over how many of the most similar statements a density is the mean.
const NEIGHBOURS: usize = 20;

/// Among how many statements these are looked for.
const MOST_COMPARED: usize = 30_000;

/// How many terms a reason names.
const TERMS: usize = 3;

/// A statement to label, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    /// Its position among the texts.
    pub row: usize,
    /// What the model says of it.
    pub prediction: Prediction,
    /// By how much its label lowers `F`, at the time of its choice.
    pub gain: f64,
    /// How typical it is: its mean cosine to the 20 most similar of the texts, itself among them; from 1/20 to 1.
    pub density: f64,
    /// The cosine to the most similar statement that is labelled or was suggested before; from 0 to [`NEAR_DUPLICATE`].
    pub similarity: f64,
    /// The terms that its label teaches most about, in words that people use.
    pub terms: Vec<String>,
}

impl Suggestion {
    /// The reason in words, such as `torn between warning 0.41 and neutral 0.38; teaches: sanctions, withdraw; likeness to the nearest 0.12`.
    pub fn reason(&self) -> String {
        let mut probabilities: Vec<(&str, f64)> = self.prediction.probabilities().collect();
        probabilities.sort_by(|a, b| b.1.total_cmp(&a.1));
        let guess = match probabilities[..] {
            [(first, p), (second, q), ..] if p - q < 0.3 => format!("torn between {first} {p:.2} and {second} {q:.2}"),
            _ => format!("{} {:.2}", self.prediction.label(), self.prediction.confidence()),
        };
        format!(
            "{guess}; teaches: {}; likeness to the nearest {:.2}",
            self.terms.join(", "),
            self.similarity
        )
    }
}

/// The `count` statements of `texts` whose labels would teach `classifier` most, the most worthwhile first; fewer if the others are left out.
///
/// `labelled` are the statements that have labels already. Deterministic, on any number of threads; of statements worth the same the first is taken.
///
/// ```
/// use demarche::StanceClassifier;
/// use demarche::suggest::suggest;
///
/// let texts = ["They might reconsider the offer.", "Talks resume on Monday.", "talks resume on  monday."];
/// let suggestions = suggest(&StanceClassifier::embedded(), &texts, &["They might reconsider the offer."], 10)?;
/// assert_eq!(suggestions.len(), 1);
/// assert_eq!(suggestions[0].row, 1);
/// # Ok::<(), demarche::Error>(())
/// ```
///
/// # Errors
/// If the classifier's options for reading texts make no sense.
pub fn suggest<T: AsRef<str> + Sync, L: AsRef<str> + Sync>(
    classifier: &StanceClassifier,
    texts: &[T],
    labelled: &[L],
    count: usize,
) -> Result<Vec<Suggestion>> {
    let options = TfidfOptions {
        min_df: DocumentFrequency::Count(1),
        sublinear_tf: true,
        ..TfidfOptions::default()
    };
    let vectorizer = TfidfVectorizer::new(classifier.card().analyzer.clone(), options)?;
    let (vectorizer, rows) = match vectorizer.fit_transform(texts) {
        Ok(fitted) => fitted,
        // Without a word there is nothing to learn.
        Err(error) if matches!(error.kind(), ErrorKind::EmptyVocabulary) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let predictions = classifier.predict_batch(texts);
    let mut choice = Choice::new(&rows, &predictions);
    choice.add_labelled(&vectorizer.transform(labelled), &classifier.predict_batch(labelled));

    let mut seen: FxHashSet<String> = labelled.iter().map(|text| folded(text.as_ref())).collect();
    let mut suggestions = Vec::new();
    while suggestions.len() < count
        && let Some((row, similarity)) = choice.next(|row| seen.insert(folded(texts[row].as_ref())))
    {
        suggestions.push(Suggestion {
            row,
            prediction: predictions[row].clone(),
            gain: choice.gain(row),
            density: choice.density.of(&rows, row),
            similarity,
            terms: choice.terms(row, &vectorizer),
        });
        choice.add(row);
    }
    Ok(suggestions)
}

/// A text without what spelling varies in: case and white space.
fn folded(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

/// How typical statements are of all.
struct Density {
    /// Every `step`-th row.
    nearest: Nearest,
    step: usize,
    /// Of each row, once it was asked for.
    known: Vec<Option<f64>>,
}

impl Density {
    fn new(rows: &SparseRows) -> Self {
        let step = rows.rows().div_ceil(MOST_COMPARED).max(1);
        let mut nearest = Nearest::new(rows.columns());
        for row in (0..rows.rows()).step_by(step) {
            nearest.add(rows.row(row));
        }
        Density {
            nearest,
            step,
            known: vec![None; rows.rows()],
        }
    }

    /// The mean cosine to the most similar rows, itself among them, so that it is never 0.
    fn of(&mut self, rows: &SparseRows, row: usize) -> f64 {
        let itself = row.is_multiple_of(self.step).then_some(row / self.step);
        *self.known[row].get_or_insert_with(|| {
            let others = self.nearest.sum_of_similarities(rows.row(row), itself, NEIGHBOURS - 1);
            (1.0 + others) / NEIGHBOURS as f64
        })
    }
}

/// Rows on their way to be chosen.
struct Choice<'r> {
    rows: &'r SparseRows,
    uncertainty: Vec<f64>,
    information: Information,
    density: Density,
    nearest: Nearest,
    /// The rows by the most that they can be worth, as the bits of a positive number, which sort like it; then by position.
    queue: BinaryHeap<(u64, Reverse<usize>)>,
}

impl<'r> Choice<'r> {
    fn new(rows: &'r SparseRows, predictions: &[Prediction]) -> Self {
        let uncertainty: Vec<f64> = predictions.iter().map(information::uncertainty).collect();
        Choice {
            rows,
            information: Information::wanted(rows),
            density: Density::new(rows),
            nearest: Nearest::new(rows.columns()),
            uncertainty,
            queue: BinaryHeap::new(),
        }
    }

    /// Takes note of labelled rows, of the same columns; then all others are queued.
    fn add_labelled(&mut self, labelled: &SparseRows, predictions: &[Prediction]) {
        for (row, prediction) in predictions.iter().enumerate() {
            self.nearest.add(labelled.row(row));
            self.information.add(labelled, row, uncertainty(prediction));
        }
        // A density of at most 1 is not known yet. A row without a word is worth nothing.
        let gains = (0..self.rows.rows()).map(|row| (self.gain(row), row));
        let queue = gains.filter(|(gain, _)| *gain > 0.0);
        self.queue = queue.map(|(gain, row)| (gain.to_bits(), Reverse(row))).collect();
    }

    /// The row worth most and its similarity to the nearest; `is_new` says whether its text was not met before.
    fn next(&mut self, mut is_new: impl FnMut(usize) -> bool) -> Option<(usize, f64)> {
        while let Some((bits, Reverse(row))) = self.queue.pop() {
            let worth = self.worth(row);
            if worth.to_bits() < bits {
                // Worth less than it could be: to be compared with the others again.
                self.queue.push((worth.to_bits(), Reverse(row)));
                continue;
            }
            if worth <= 0.0 {
                return None;
            }
            let similarity = self.nearest.similarity(self.rows.row(row));
            if similarity < NEAR_DUPLICATE && is_new(row) {
                return Some((row, similarity));
            }
        }
        None
    }

    /// Takes a row for labelled from here on.
    fn add(&mut self, row: usize) {
        self.nearest.add(self.rows.row(row));
        self.information.add(self.rows, row, self.uncertainty[row]);
    }

    fn gain(&self, row: usize) -> f64 {
        self.information.gain(self.rows, row, self.uncertainty[row])
    }

    /// What decides: the gain times the root of the density.
    fn worth(&mut self, row: usize) -> f64 {
        self.gain(row) * self.density.of(self.rows, row).sqrt()
    }

    /// The terms of a row that its label teaches most about.
    fn terms(&self, row: usize, vectorizer: &FittedTfidfVectorizer) -> Vec<String> {
        let gain = |column, value| self.information.term_gain(column, value, self.uncertainty[row]);
        let mut terms: Vec<(f64, usize)> = self
            .rows
            .entries(row)
            .map(|(column, value)| (gain(column, value), column))
            .collect();
        terms.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        terms
            .iter()
            .take(TERMS)
            .map(|&(_, column)| vectorizer.vocabulary().readable_term(column))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LabelledStatements, Trainer};
    use linfa::ParamGuard;

    fn classifier() -> StanceClassifier {
        let texts = [
            "we threaten force",
            "we threaten war",
            "we welcome talks",
            "we welcome peace",
        ];
        let data = LabelledStatements::from_pairs(texts.into_iter().zip(["w", "w", "c", "c"])).unwrap();
        StanceClassifier::new(
            Trainer::params()
                .min_df(DocumentFrequency::Count(1))
                .check()
                .unwrap()
                .fit(&data)
                .unwrap(),
        )
    }

    fn rows(texts: &[&str], labelled: &[&str], count: usize) -> Vec<usize> {
        let suggestions = suggest(&classifier(), texts, labelled, count).unwrap();
        suggestions.iter().map(|s| s.row).collect()
    }

    #[test]
    fn frequent_unknown_words_come_before_rare_and_known_ones() {
        let mut texts = vec!["they threaten force and war"; 1];
        texts.extend([
            "gardens bloom in spring",
            "sanctions begin",
            "harsh sanctions begin",
            "sanctions begin soon",
        ]);
        let chosen = rows(&texts, &["they threaten force and war again"], 5);
        assert!((2..=4).contains(&chosen[0]), "{chosen:?}");
        assert!(
            chosen
                .iter()
                .position(|&row| row == 0)
                .is_none_or(|place| place == chosen.len() - 1),
            "{chosen:?}"
        );
    }

    #[test]
    fn outliers_are_less_dense_and_not_the_first() {
        let texts = [
            "gardens bloom",
            "sanctions begin",
            "sanctions resume",
            "harsh sanctions",
        ];
        let chosen = suggest(&classifier(), &texts, &[] as &[&str], 4).unwrap();
        assert_ne!(chosen[0].row, 0, "{chosen:?}");
        for suggestion in &chosen {
            // An outlier has a cosine to itself alone, one of twenty.
            match suggestion.row {
                0 => assert!((suggestion.density - 0.05).abs() < 1e-6, "{chosen:?}"),
                _ => assert!(suggestion.density > 0.06, "{chosen:?}"),
            }
        }
    }

    #[test]
    fn duplicates_and_empty_statements_are_never_suggested() {
        let texts = [
            "Sanctions begin",
            "sanctions  BEGIN",
            "sanctions began 1999",
            "the of",
            "",
            "talks resume",
        ];
        let chosen = rows(&texts, &["Talks resume"], 9);
        assert_eq!(chosen, [0, 2]);
        assert!(rows(&["", "the"], &[], 3).is_empty());
        assert!(rows(&[], &[], 3).is_empty());
    }

    /// Looking at the best alone gives what looking at all at every step gives.
    #[test]
    fn the_choice_is_the_greedy_one() {
        let words = [
            "talks",
            "border",
            "sanctions",
            "force",
            "trade",
            "welcome",
            "threaten",
            "river",
            "offer",
            "water",
        ];
        let texts: Vec<String> = (0..60usize)
            .map(|i| [i % 10, i / 3 % 10, i / 7 % 10].map(|w| words[w]).join(" "))
            .collect();
        let classifier = classifier();
        let lazy: Vec<usize> = suggest(&classifier, &texts, &[] as &[&str], 12)
            .unwrap()
            .iter()
            .map(|s| s.row)
            .collect();

        let options = TfidfOptions {
            sublinear_tf: true,
            ..TfidfOptions::default()
        };
        let vectorizer = TfidfVectorizer::new(classifier.card().analyzer.clone(), options).unwrap();
        let (_, rows) = vectorizer.fit_transform(&texts).unwrap();
        let predictions = classifier.predict_batch(&texts);
        let mut choice = Choice::new(&rows, &predictions);
        let mut eager: Vec<usize> = Vec::new();
        while eager.len() < 12 {
            let is_open = |&row: &usize| choice.nearest.similarity(rows.row(row)) < NEAR_DUPLICATE;
            let open: Vec<usize> = (0..texts.len()).filter(is_open).collect();
            let worths: Vec<(f64, usize)> = open.into_iter().map(|row| (choice.worth(row), row)).collect();
            let best = worths.iter().max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
            let best = best.unwrap().1;
            eager.push(best);
            choice.add(best);
        }
        assert_eq!(lazy, eager);
    }
}
