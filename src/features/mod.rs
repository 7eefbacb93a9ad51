//! Words → numbers: vocabulary, TF-IDF, sparse rows.

mod corpus;
mod rows;
mod tfidf;
mod vocabulary;

pub(crate) use tfidf::RowBuffer;

pub use corpus::Corpus;
pub use rows::SparseRows;
pub use tfidf::{DocumentFrequency, FittedTfidfVectorizer, TermUse, TfidfOptions, TfidfVectorizer, parse_ngram_range};
pub use vocabulary::Vocabulary;
