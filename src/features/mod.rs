//! Words → numbers: vocabulary, TF-IDF, sparse rows.

mod corpus;
mod fitted;
mod gather;
mod heads;
mod index;
mod learn;
mod options;
mod prefetch;
mod rows;
mod strings;
mod table;
mod tfidf;
mod vocabulary;

pub(crate) use fitted::{Reading, WordCounts};
pub(crate) use index::Hit;
pub(crate) use prefetch::prefetch;
pub(crate) use strings::Strings;
pub(crate) use vocabulary::NO_COLUMN;

pub use corpus::{Corpus, MOST_WORD_BYTES};
pub use fitted::{FittedTfidfVectorizer, TermUse};
pub use learn::MOST_TERMS;
pub use options::{DocumentFrequency, TfidfOptions, parse_ngram_range};
pub use rows::SparseRows;
pub use tfidf::TfidfVectorizer;
pub use vocabulary::Vocabulary;
