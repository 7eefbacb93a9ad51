//! Words → numbers: vocabulary, TF-IDF, sparse rows.

mod corpus;
mod options;
mod rows;
mod tfidf;
mod vocabulary;

pub(crate) use tfidf::RowBuffer;

pub use corpus::Corpus;
pub use options::{DocumentFrequency, TfidfOptions, parse_ngram_range};
pub use rows::SparseRows;
pub use tfidf::{FittedTfidfVectorizer, TermUse, TfidfVectorizer};
pub use vocabulary::Vocabulary;
