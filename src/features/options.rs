//! What can be chosen of a [`TfidfVectorizer`](super::TfidfVectorizer), and what makes sense.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};

/// A bound on the number of texts that have a term.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DocumentFrequency {
    /// So many texts.
    Count(u32),
    /// This share of the texts, from 0 to 1.
    Share(f64),
}

impl DocumentFrequency {
    /// In how many of so many texts.
    pub(crate) fn of(self, texts: usize) -> f64 {
        match self {
            DocumentFrequency::Count(count) => f64::from(count),
            DocumentFrequency::Share(share) => share * texts as f64,
        }
    }
}

impl std::str::FromStr for DocumentFrequency {
    type Err = Error;

    /// A whole number is a count, a number with a point a share.
    fn from_str(value: &str) -> Result<Self> {
        if let Ok(count) = value.parse() {
            return Ok(DocumentFrequency::Count(count));
        }
        match value.parse() {
            Ok(share) if (0.0..=1.0).contains(&share) => Ok(DocumentFrequency::Share(share)),
            _ => Err(ErrorKind::InvalidParameter {
                name: "document frequency",
                value: value.to_owned(),
                must: "a number of texts such as 2, or a share such as 0.9",
            }
            .into()),
        }
    }
}

impl std::fmt::Display for DocumentFrequency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            DocumentFrequency::Count(count) => write!(f, "{count}"),
            DocumentFrequency::Share(share) => write!(f, "{share:?}"),
        }
    }
}

/// The options of a [`TfidfVectorizer`](super::TfidfVectorizer): scikit-learn's names and defaults where they exist.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TfidfOptions {
    /// Shortest and longest term, in words.
    pub ngram_range: (usize, usize),
    /// Terms in fewer texts are left out.
    pub min_df: DocumentFrequency,
    /// Terms in more texts are left out.
    pub max_df: DocumentFrequency,
    /// Only so many terms are kept, the most frequent ones; of equally frequent ones the first in order.
    pub max_features: Option<usize>,
    /// Whether `1 + ln tf` stands for `tf`.
    pub sublinear_tf: bool,
    /// Whether rare terms weigh more; without it `idf` is 1.
    pub use_idf: bool,
    /// Whether `idf` counts one text more that has every term.
    pub smooth_idf: bool,
    /// Whether rows are divided by their Euclidean norm.
    pub l2_norm: bool,
    /// How many words behind a negation are paired with it even if others stand between; 0 for none. Not in scikit-learn;
    /// see [`negated_positions`](crate::text::ngrams::negated_positions).
    pub negation_window: usize,
}

impl Default for TfidfOptions {
    fn default() -> Self {
        TfidfOptions {
            ngram_range: (1, 1),
            min_df: DocumentFrequency::Count(1),
            max_df: DocumentFrequency::Share(1.0),
            max_features: None,
            sublinear_tf: false,
            use_idf: true,
            smooth_idf: true,
            l2_norm: true,
            negation_window: 0,
        }
    }
}

/// The longest term that can be asked for; longer ones have never helped and multiply the vocabulary.
const LONGEST_TERM: usize = 5;

impl TfidfOptions {
    /// Checks that every option makes sense.
    ///
    /// # Errors
    /// Names the option, its value and what it must be.
    pub fn check(&self) -> Result<()> {
        let invalid = |name, value: String, must| Err(ErrorKind::InvalidParameter { name, value, must }.into());
        let (shortest, longest) = self.ngram_range;
        if shortest == 0 || shortest > longest || longest > LONGEST_TERM {
            return invalid(
                "the n-gram range",
                format!("{shortest}-{longest}"),
                "from 1 to 5 words, the shorter end first",
            );
        }
        for (name, bound) in [("min_df", self.min_df), ("max_df", self.max_df)] {
            if let DocumentFrequency::Share(share) = bound
                && !(0.0..=1.0).contains(&share)
            {
                return invalid(name, share.to_string(), "a share from 0 to 1");
            }
        }
        if self.max_features == Some(0) {
            return invalid("max_features", "0".to_owned(), "at least 1");
        }
        if self.negation_window > 10 {
            return invalid(
                "the negation window",
                self.negation_window.to_string(),
                "at most 10 words",
            );
        }
        Ok(())
    }
}

/// Reads `1-2` or `2`: shortest and longest term.
///
/// # Errors
/// If it is neither, or the range is empty.
pub fn parse_ngram_range(value: &str) -> Result<RangeInclusive<usize>> {
    let parsed = match value.split_once('-') {
        Some((shortest, longest)) => shortest.trim().parse().ok().zip(longest.trim().parse().ok()),
        None => value.trim().parse().ok().map(|n| (n, n)),
    };
    match parsed {
        Some((shortest, longest)) if 1 <= shortest && shortest <= longest && longest <= LONGEST_TERM => {
            Ok(shortest..=longest)
        }
        _ => Err(ErrorKind::InvalidParameter {
            name: "the n-gram range",
            value: value.to_owned(),
            must: "such as 1-2, from 1 to 5 words, the shorter end first",
        }
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read() {
        assert_eq!(parse_ngram_range("1-2").unwrap(), 1..=2);
        assert_eq!(parse_ngram_range("3").unwrap(), 3..=3);
        assert!(parse_ngram_range("2-1").is_err());
        assert!(parse_ngram_range("0-1").is_err());
    }
}
