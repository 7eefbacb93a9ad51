//! Term frequency × inverse document frequency: texts → sparse rows.
//!
//! The definitions are scikit-learn's (`TfidfVectorizer`), so that its documentation explains these:
//!
//! * `tf(t, d)`: how often term `t` stands in text `d`; with `sublinear_tf`, `1 + ln tf`.
//! * `idf(t) = ln((1 + n) / (1 + df(t))) + 1` with `smooth_idf`, else `ln(n / df(t)) + 1`; `n` training texts, `df(t)` of which have `t`.
//! * A row is `tf · idf`, divided by its Euclidean norm unless `l2_norm` is off.
//!
//! `idf` is fixed when the vectorizer is fitted: a row never depends on its neighbours.

use std::sync::Arc;

use super::corpus::Corpus;
use super::fitted::{FittedTfidfVectorizer, ln};
use super::learn::learn;
use super::options::TfidfOptions;
use super::rows::SparseRows;
use crate::error::Result;
use crate::text::{Analyzer, AnalyzerOptions};

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
    /// [`ErrorKind::EmptyVocabulary`](crate::ErrorKind::EmptyVocabulary) if no term is left.
    pub fn fit<T: AsRef<str> + Sync>(&self, texts: &[T]) -> Result<FittedTfidfVectorizer> {
        self.fit_transform(texts).map(|(fitted, _)| fitted)
    }

    /// Learns vocabulary and `idf` from `texts` and gives back their rows.
    ///
    /// # Errors
    /// [`ErrorKind::EmptyVocabulary`](crate::ErrorKind::EmptyVocabulary) if no term is left.
    pub fn fit_transform<T: AsRef<str> + Sync>(&self, texts: &[T]) -> Result<(FittedTfidfVectorizer, SparseRows)> {
        let corpus = Corpus::read(texts, &Analyzer::new(self.analyzer.clone()))?;
        self.fit_transform_corpus(&corpus)
    }

    /// The same for texts that have been read already, with an analyzer of the same options.
    ///
    /// # Errors
    /// [`ErrorKind::EmptyVocabulary`](crate::ErrorKind::EmptyVocabulary) if no term is left.
    pub fn fit_transform_corpus(&self, corpus: &Corpus) -> Result<(FittedTfidfVectorizer, SparseRows)> {
        let (vocabulary, document_frequencies) = learn(corpus, &self.options)?;
        let texts = corpus.len() as f64;
        let smooth = f64::from(u8::from(self.options.smooth_idf));
        let idf = |&df: &u32| match self.options.use_idf {
            true => (ln((smooth + texts) / (smooth + f64::from(df))) + 1.0) as f32,
            false => 1.0,
        };
        let fitted = FittedTfidfVectorizer::from_parts(
            self.analyzer.clone(),
            self.options.clone(),
            Arc::new(vocabulary),
            document_frequencies.iter().map(idf).collect(),
        );
        let rows = fitted.transform_corpus(corpus);
        Ok((fitted, rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
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
        let text = "not about to negotiate";
        assert_eq!(used.span.of(text), text);
        let words: Vec<&str> = used.words.iter().map(|word| word.of(text)).collect();
        assert_eq!(words, ["not", "negotiate"]);
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
