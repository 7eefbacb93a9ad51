//! How the words moved.

use serde::Serialize;

use crate::error::Result;
use crate::features::Corpus;
use crate::model::StanceClassifier;
use crate::text::Analyzer;

/// How many words the prior of [`Words::moved`] weighs.
const PRIOR_WORDS: f64 = 1000.0;

/// Two vocabularies, held against each other.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VocabularyDrift {
    /// The Jensen–Shannon divergence of the two distributions of words, in bits: from 0 (the same) to 1 (no word in common).
    pub divergence: f64,
    /// Its mean if rows had been dealt out at random: few rows always differ. What is above it is drift.
    pub divergence_by_chance: f64,
    /// How often rows dealt out at random would differ as much.
    pub p_value: f64,
    /// The share of words that the model knows.
    pub known_words: (f64, f64),
    /// How often rows dealt out at random would differ as much in that.
    pub known_words_p_value: f64,
    /// The words that tell the inputs apart most surely, those of the first input first.
    pub moved: Vec<MovedTerm>,
}

/// A word that is more frequent in one input.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MovedTerm {
    /// The word, as the inputs write it most often.
    pub term: String,
    /// How often it stands in each.
    pub counts: (u64, u64),
    /// The logarithm of its odds in the first input, less that of its odds in the second.
    pub log_odds: f64,
    /// `log_odds` in standard errors: positive where the first input has more of it.
    pub z_score: f64,
}

/// The words of some texts.
pub(super) struct Words {
    corpus: Corpus,
    /// Text `i` has the words `words[starts[i]..starts[i + 1]]`.
    words: Vec<u32>,
    starts: Vec<usize>,
    /// For each word whether the model knows it.
    known: Vec<bool>,
    /// How often each word stands in all texts.
    all: Vec<u32>,
}

impl Words {
    /// Reads texts as the model does: with its stems, without the names, numbers and stop words that it leaves out.
    pub fn read(texts: &[&str], classifier: &StanceClassifier) -> Result<Self> {
        let corpus = Corpus::read(texts, &Analyzer::new(classifier.card().analyzer.clone()))?;
        let stems = 0..corpus.words().len();
        let known: Vec<bool> = stems
            .map(|stem| classifier.model().vocabulary().word(corpus.words().get(stem)).is_some())
            .collect();
        // A capitalized word at the start of a sentence is a name unless it is known in lower case.
        let mut is_word = known.clone();
        for token in (0..corpus.len()).flat_map(|text| corpus.text(text)) {
            is_word[token.word as usize] |= !token.maybe_name;
        }
        let mut words = Vec::new();
        let mut starts = vec![0];
        let mut all = vec![0; known.len()];
        for text in 0..corpus.len() {
            let read = corpus.text(text).map(|token| token.word);
            words.extend(read.filter(|&word| is_word[word as usize]));
            starts.push(words.len());
        }
        words.iter().for_each(|&word| all[word as usize] += 1);
        Ok(Words {
            corpus,
            words,
            starts,
            known,
            all,
        })
    }

    /// How often each word stands in the texts of the first input.
    fn counts(&self, in_a: &[bool]) -> Vec<u32> {
        let mut counts = vec![0; self.all.len()];
        for (text, _) in in_a.iter().enumerate().filter(|(_, is)| **is) {
            let words = &self.words[self.starts[text]..self.starts[text + 1]];
            words.iter().for_each(|&word| counts[word as usize] += 1);
        }
        counts
    }

    /// The Jensen–Shannon divergence with equal weights (Lin 1991, "Divergence measures based on the Shannon entropy", equation 3.4), in bits; 0 if a side has no words.
    pub fn divergence(&self, in_a: &[bool]) -> f64 {
        let counts = self.counts(in_a);
        let words_of_a = counts.iter().map(|&n| f64::from(n)).sum::<f64>();
        let words_of_b = self.words.len() as f64 - words_of_a;
        if words_of_a == 0.0 || words_of_b == 0.0 {
            return 0.0;
        }
        let part = |p: f64, q: f64| if p > 0.0 { p * (2.0 * p / (p + q)).log2() } else { 0.0 };
        let both = counts.iter().zip(&self.all).map(|(&a, &all)| {
            let (p, q) = (f64::from(a) / words_of_a, f64::from(all - a) / words_of_b);
            part(p, q) + part(q, p)
        });
        both.sum::<f64>() / 2.0
    }

    /// The share of words that the model knows in the first input and in the second; 0 where there are no words.
    pub fn known_shares(&self, in_a: &[bool]) -> (f64, f64) {
        let (mut known, mut all) = ([0.0, 0.0], [0.0, 0.0]);
        for (text, &is_in_a) in in_a.iter().enumerate() {
            let side = usize::from(!is_in_a);
            let words = &self.words[self.starts[text]..self.starts[text + 1]];
            known[side] += words.iter().filter(|&&word| self.known[word as usize]).count() as f64;
            all[side] += words.len() as f64;
        }
        (known[0] / f64::max(all[0], 1.0), known[1] / f64::max(all[1], 1.0))
    }

    /// How far these shares are apart.
    pub fn known_difference(&self, in_a: &[bool]) -> f64 {
        let (a, b) = self.known_shares(in_a);
        (a - b).abs()
    }

    /// The `count` words of each side that moved most, by the z-score of their log-odds with an informative Dirichlet prior (Monroe, Colaresi, Quinn 2008, "Fightin' words:
    /// lexical feature selection and evaluation for identifying the content of political conflict", equations 15–16, 19–20, 22). With `y` a word's count, `n` all words of an
    /// input, and the prior `α` the word's share in both inputs, as much as a thousand words (`α₀`):
    ///
    /// ```text
    /// δ = ln((yᴬ + α) / (nᴬ + α₀ − yᴬ − α)) − ln((yᴮ + α) / (nᴮ + α₀ − yᴮ − α))        z = δ / √(1/(yᴬ + α) + 1/(yᴮ + α))
    /// ```
    pub fn moved(&self, in_a: &[bool], count: usize) -> Vec<MovedTerm> {
        let counts = self.counts(in_a);
        let words_of_a: f64 = counts.iter().map(|&n| f64::from(n)).sum();
        let words = self.words.len() as f64;
        let term = |word: usize| {
            let (a, all) = (f64::from(counts[word]), f64::from(self.all[word]));
            let prior = PRIOR_WORDS * all / words;
            let odds = |count: f64, words: f64| ((count + prior) / (words + PRIOR_WORDS - count - prior)).ln();
            let log_odds = odds(a, words_of_a) - odds(all - a, words - words_of_a);
            let variance = 1.0 / (a + prior) + 1.0 / (all - a + prior);
            MovedTerm {
                term: self.corpus.forms(word).next().unwrap_or_default().to_owned(),
                counts: (u64::from(counts[word]), u64::from(self.all[word] - counts[word])),
                log_odds,
                z_score: log_odds / variance.sqrt(),
            }
        };
        let met = (0..self.all.len()).filter(|&word| self.all[word] > 0);
        // A text of nothing but one word has no odds.
        let mut terms: Vec<MovedTerm> = met.map(term).filter(|term| term.z_score.is_finite()).collect();
        terms.sort_by(|a, b| b.z_score.total_cmp(&a.z_score).then_with(|| a.term.cmp(&b.term)));
        let of_b = terms
            .partition_point(|term| term.z_score > 0.0)
            .max(terms.len().saturating_sub(count));
        let mut last = terms.split_off(of_b);
        last.retain(|term| term.z_score < 0.0);
        terms.retain(|term| term.z_score > 0.0);
        terms.truncate(count);
        // Of each side, what moved most comes first.
        last.reverse();
        terms.extend(last);
        terms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(texts: &[&str]) -> Words {
        Words::read(texts, &StanceClassifier::embedded()).unwrap()
    }

    #[test]
    fn the_same_words_do_not_diverge_and_others_do_by_one_bit() {
        let same = words(&["the talks failed", "the talks failed"]);
        assert!(same.divergence(&[true, false]).abs() < 1e-12);
        assert_eq!(same.moved(&[true, false], 5), []);
        let other = words(&["the talks failed", "we welcome their offer"]);
        assert!((other.divergence(&[true, false]) - 1.0).abs() < 1e-12);
    }

    /// scipy 1.17.1: `jensenshannon([3, 1, 0], [1, 1, 2], base=2) ** 2`.
    #[test]
    fn the_divergence_is_that_of_scipy() {
        let words = words(&["talks talks talks offer", "talks offer border border"]);
        assert!((words.divergence(&[true, false]) - 0.34436093777043364).abs() < 1e-12);
    }

    /// The formulas written out with numpy, for y = (3, 1), n = (4, 4), α₀ = 1000.
    #[test]
    fn words_move_by_their_log_odds() {
        let words = words(&["talks talks talks offer", "talks offer border border"]);
        let moved = words.moved(&[true, false], 5);
        let terms: Vec<&str> = moved.iter().map(|term| term.term.as_str()).collect();
        assert_eq!(terms, ["talks", "border"]);
        assert_eq!((moved[0].counts, moved[1].counts), ((3, 1), (0, 2)));
        assert!((moved[0].log_odds - 0.007968138029748972).abs() < 1e-9, "{moved:?}");
        assert!((moved[0].z_score - 0.126238797129383).abs() < 1e-9, "{moved:?}");
    }

    #[test]
    fn unknown_words_are_told_and_names_are_no_words() {
        let words = words(&["the talks zorbled frumiously", "Orlen welcomed the talks"]);
        let (a, b) = words.known_shares(&[true, false]);
        assert!(a < 0.5 && b == 1.0, "{a} {b}");
    }
}
