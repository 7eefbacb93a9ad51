//! The inner loop of prediction: text → terms → logits → probabilities.

use super::Model;
use super::classifier::{Prediction, StanceClassifier};
use super::repeats::{Repeat, Repeats};
use crate::features::{Hit, NO_COLUMN, Reading, WordCounts, prefetch};

/// Numbers that are computed with at once.
const LANES: usize = 4;

/// What each node of the vocabulary adds to the logits: its coefficients and, as one class more, its `idf`, so that one read
/// from memory brings all that is needed. A node without a column has zeros.
#[derive(Debug)]
pub(super) struct NodeWeights {
    classes: usize,
    /// Groups of lanes for each node.
    groups: usize,
    lanes: Vec<[f32; LANES]>,
    /// By how much the term frequency, and its square, grow with the first, second … use of a term.
    rises: Vec<(f64, f64)>,
}

impl NodeWeights {
    /// Term frequencies that are computed beforehand.
    const RISES: usize = 16;

    /// `columns` has the column of each number of a hit.
    pub fn new(model: &Model, columns: &[u32]) -> Self {
        let classes = model.labels().len();
        let groups = (classes + 1).div_ceil(LANES);
        let mut lanes = vec![[0.0; LANES]; columns.len() * groups];
        for (lanes, &column) in lanes.chunks_exact_mut(groups).zip(columns) {
            if column != NO_COLUMN {
                let (column, lanes) = (column as usize, lanes.as_flattened_mut());
                lanes[..classes].copy_from_slice(&model.coefficients[column * classes..][..classes]);
                lanes[classes] = model.idf[column];
            }
        }
        let mut weights = NodeWeights {
            classes,
            groups,
            lanes,
            rises: Vec::new(),
        };
        weights.rises = (0..Self::RISES).map(|before| rise(model, before)).collect();
        weights
    }

    /// Adds up what the terms of a text give, `Σ (tf(n) − tf(n − 1)) · idf · lanes`, in `sums`; gives back the square of the row's norm. `rise` tells
    /// of term frequencies that are not computed beforehand.
    fn add_up(
        &self,
        hits: &[Hit],
        repeats: &[Repeat],
        sums: &mut Vec<[f64; LANES]>,
        rise: impl Fn(usize) -> (f64, f64),
    ) -> f64 {
        sums.clear();
        sums.extend((0..self.groups).map(|group| self.sum(hits, group)));
        // The idf is one class more, and so has been squared.
        let mut squares = sums.as_flattened()[self.classes];
        for repeat in repeats {
            let (rise, rise_of_square) = match self.rises.get(repeat.before) {
                Some(&rise) => rise,
                None => rise(repeat.before),
            };
            let lanes = self.lanes_of(hits[repeat.hit]).as_flattened();
            let idf = f64::from(lanes[self.classes]);
            for (sum, &weight) in sums.as_flattened_mut().iter_mut().zip(lanes) {
                *sum += (rise - 1.0) * idf * f64::from(weight);
            }
            squares += (rise_of_square - 1.0) * idf * idf;
        }
        squares
    }

    /// `Σ idf · lanes`: what terms give at their first use, at which the term frequency and its square rise by 1.
    #[inline(never)]
    fn sum(&self, hits: &[Hit], group: usize) -> [f64; LANES] {
        let mut sum = [0.0; LANES];
        let all = self.lanes.as_flattened();
        for hit in hits {
            let first = hit.node as usize * self.groups;
            let idf = f64::from(all[first * LANES + self.classes]);
            let lanes = &self.lanes[first + group];
            (0..LANES).for_each(|k| sum[k] += idf * f64::from(lanes[k]));
        }
        sum
    }

    fn lanes_of(&self, hit: Hit) -> &[[f32; LANES]] {
        &self.lanes[hit.node as usize * self.groups..][..self.groups]
    }

    /// The number of different terms with a column.
    fn different_terms(&self, hits: &[Hit], repeats: &[Repeat]) -> usize {
        let has_column = |hit: Hit| self.lanes_of(hit).as_flattened()[self.classes] > 0.0;
        let uses = hits.iter().filter(|hit| has_column(**hit)).count();
        uses - repeats.iter().filter(|repeat| has_column(hits[repeat.hit])).count()
    }
}

/// What one use more adds to the term frequency and to its square.
fn rise(model: &Model, before: usize) -> (f64, f64) {
    let (old, new) = (
        model.card.vectorizer.term_frequency(before),
        model.card.vectorizer.term_frequency(before + 1),
    );
    (new - old, new * new - old * old)
}

/// A [`StanceClassifier`] at work on one thread: allocates nothing per text once it is warm.
///
/// ```
/// # let classifier = demarche::StanceClassifier::embedded();
/// let mut scorer = classifier.scorer();
/// for text in ["We thank our hosts.", "They will pay for this."] {
///     let sum: f64 = scorer.predict_proba(text).iter().sum();
///     assert!((sum - 1.0).abs() < 1e-12);
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Scorer<'c> {
    classifier: &'c StanceClassifier,
    memory: ScorerMemory,
}

/// What a scorer finds of one text.
pub(crate) struct Scored<'s> {
    /// The probability of each label.
    pub probabilities: &'s [f64],
    hits: &'s [Hit],
    repeats: &'s [Repeat],
    /// How many words the text has, and how many of them the model knows.
    pub words: WordCounts,
}

/// What a scorer works in. It belongs to one classifier: it holds stems by their number there.
#[derive(Debug, Clone, Default)]
pub(crate) struct ScorerMemory {
    reading: Reading,
    repeats: Repeats,
    sums: Vec<[f64; LANES]>,
    probabilities: Vec<f64>,
}

impl ScorerMemory {
    /// A memory that also keeps stems: worth its size for many texts.
    pub fn with_stems() -> Self {
        ScorerMemory {
            reading: Reading::with_stems(),
            ..ScorerMemory::default()
        }
    }
}

impl<'c> Scorer<'c> {
    /// How many texts are best scored at once.
    pub(crate) const TEXTS: usize = Reading::TEXTS;

    /// A scorer that goes on with the memory of an earlier one of the same classifier.
    pub(crate) fn new(classifier: &'c StanceClassifier, memory: ScorerMemory) -> Self {
        Scorer { classifier, memory }
    }

    /// The label of `text`, and how sure the model is.
    pub fn predict(&mut self, text: &str) -> Prediction {
        let mut prediction = None;
        self.predict_each(&[text], |p| prediction = Some(p));
        prediction.expect("a text has a prediction")
    }

    /// The predictions of `texts`, in order: quicker than one by one.
    pub(crate) fn predict_each<T: AsRef<str>>(&mut self, texts: &[T], mut each: impl FnMut(Prediction)) {
        let labels = self.classifier.shared_labels();
        let least_known_share = self.classifier.least_known_share();
        self.score(texts, |scored| {
            each(Prediction {
                labels: labels.clone(),
                top: top(scored.probabilities),
                probabilities: scored.probabilities.to_vec(),
                known_terms: self.classifier.weights.different_terms(scored.hits, scored.repeats),
                words: scored.words,
                is_out_of_domain: scored.words.are_outside(least_known_share),
            });
        });
    }

    /// The probability of each label, in the order of the classifier's labels; they add up to 1.
    pub fn predict_proba(&mut self, text: &str) -> &[f64] {
        self.score(&[text], |_| ());
        &self.memory.probabilities
    }

    /// The working memory, for the next scorer.
    #[cfg(feature = "cli")]
    pub(crate) fn into_memory(self) -> ScorerMemory {
        self.memory
    }

    /// Calls `each` with what is found of every text, in order; scores [`TEXTS`](Self::TEXTS) of them at once.
    pub(crate) fn score<T: AsRef<str>>(&mut self, texts: &[T], mut each: impl FnMut(Scored<'_>)) {
        for texts in texts.chunks(Self::TEXTS) {
            self.score_together(texts, &mut each);
        }
    }

    /// Scores a few texts.
    ///
    /// With the use of term `t` for the `n`th time, `Wᵀx` before it is divided by the row's norm grows by
    /// `(tf(n) − tf(n − 1)) · idf(t) · w(t)`, and the norm's square by `(tf(n)² − tf(n − 1)²) · idf(t)²`: no row is made, and
    /// nothing is sorted. The order of the sum differs from that of [`transform`](crate::features::FittedTfidfVectorizer::transform)
    /// times the coefficients; the result differs in the eighth digit.
    fn score_together<T: AsRef<str>>(&mut self, texts: &[T], each: &mut impl FnMut(Scored<'_>)) {
        let classifier = self.classifier;
        let weights = &classifier.weights;
        let ScorerMemory {
            reading,
            repeats,
            sums,
            probabilities,
        } = &mut self.memory;
        let soon = |node: u32| prefetch(&weights.lanes, node as usize * weights.groups);
        classifier
            .vectorizer
            .read(texts.iter().map(AsRef::as_ref), reading, soon);
        let l2_norm = classifier.card().vectorizer.l2_norm;
        let calibration = &classifier.card().calibration;
        for (hits, words) in reading.hits().zip(reading.word_counts()) {
            let repeats = repeats.find(hits);
            let squares = weights.add_up(hits, repeats, sums, |before| rise(classifier.model(), before));
            let norm = if l2_norm && squares > 0.0 { squares.sqrt() } else { 1.0 };
            let intercept = classifier.model().intercept.iter();
            let logit = |(sum, &b): (&f64, &f32)| sum / norm + f64::from(b);
            probabilities.clear();
            probabilities.extend(sums.as_flattened().iter().zip(intercept).map(logit));
            calibration.apply(probabilities);
            each(Scored {
                probabilities,
                hits,
                repeats,
                words,
            });
        }
    }
}

/// The position of the largest, the first of equals.
pub(crate) fn top(probabilities: &[f64]) -> usize {
    let larger = |best: usize, i: usize| {
        if probabilities[i] > probabilities[best] {
            i
        } else {
            best
        }
    };
    (1..probabilities.len()).fold(0, larger)
}

#[cfg(all(test, feature = "train"))]
mod tests {
    use linfa::ParamGuard;
    use proptest::prelude::*;

    use super::*;
    use crate::dataset::LabelledStatements;
    use crate::features::{DocumentFrequency, TfidfOptions};
    use crate::train::Trainer;

    /// Words that make terms, repeat themselves, turn others, are names, or are unknown.
    fn words() -> impl Strategy<Value = String> {
        let word = prop::sample::select(vec![
            "talks",
            "talk",
            "will",
            "not",
            "never",
            "resume",
            "Moscow",
            "The",
            "the",
            "collapse",
            "we",
            "sanctions",
            "unknownword",
            "internationalization",
            "3",
            "won't",
            "U.S.",
            "café",
            "no",
        ]);
        prop::collection::vec(word, 0..40).prop_map(|words| words.join(" "))
    }

    /// Rows of the vectorizer times the coefficients.
    fn plainly(classifier: &StanceClassifier, text: &str) -> (Vec<f64>, usize) {
        let rows = classifier.vectorizer.transform(&[text]);
        let classes = classifier.labels().len();
        let mut logits: Vec<f64> = classifier.model().intercept.iter().map(|&b| f64::from(b)).collect();
        for (column, value) in rows.entries(0) {
            let weights = &classifier.model().coefficients[column * classes..][..classes];
            logits
                .iter_mut()
                .zip(weights)
                .for_each(|(l, &w)| *l += f64::from(value) * f64::from(w));
        }
        classifier.card().calibration.apply(&mut logits);
        (logits, rows.row(0).0.len())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Many texts at once, one text, and rows times coefficients: the same probabilities.
        #[test]
        fn the_quick_way_is_the_plain_way(
            training in prop::collection::vec(words(), 12..20),
            texts in prop::collection::vec(words(), 1..20),
            classes in 2usize..7,
            longest in 1usize..4,
            negation_window in 0usize..5,
            flags in prop::array::uniform4(any::<bool>()),
        ) {
            let [sublinear_tf, l2_norm, use_idf, many] = flags;
            let pairs = training.iter().enumerate().map(|(i, text)| (format!("{text} talks"), format!("label {}", i % classes)));
            let data = LabelledStatements::from_pairs(pairs).unwrap();
            let tfidf = TfidfOptions {
                ngram_range: (1, longest),
                min_df: DocumentFrequency::Count(if many { 1 } else { 2 }),
                sublinear_tf,
                l2_norm,
                use_idf,
                negation_window,
                ..TfidfOptions::default()
            };
            let classifier = StanceClassifier::new(Trainer::params().tfidf(tfidf).check().unwrap().fit(&data).unwrap());
            let together = classifier.predict_batch(&texts);
            let mut scorer = classifier.scorer();
            for (text, predicted) in texts.iter().zip(together) {
                let (expected, known_terms) = plainly(&classifier, text);
                prop_assert_eq!(predicted.known_terms(), known_terms);
                let alone = scorer.predict_proba(text).to_vec();
                prop_assert_eq!(&alone, &predicted.probabilities);
                for (p, q) in alone.iter().zip(&expected) {
                    prop_assert!((p - q).abs() < 1e-6, "{text}: {p} {q}");
                }
            }
        }
    }
}
