//! Stances in SQL: `stance()` and `stance_proba()` for [DataFusion](https://datafusion.apache.org), over CSV, Parquet, folders of either, or tables of
//! a program's own. With the feature `datafusion`.
//!
//! ```
//! use std::sync::Arc;
//!
//! use demarche::StanceClassifier;
//! use demarche::sql::datafusion::prelude::{CsvReadOptions, SessionContext};
//!
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! let context = SessionContext::new();
//! demarche::sql::register(&context, Arc::new(StanceClassifier::embedded()));
//!
//! context.register_csv("quotes", "data/quotes.csv", CsvReadOptions::new()).await?;
//! let surest = "
//!     SELECT speaker, round(stance_proba(text, 'warning') * 100) AS warning
//!     FROM quotes
//!     WHERE stance(text) = 'warning' AND stance_proba(text, 'warning') > 0.8
//!     ORDER BY warning DESC, speaker LIMIT 3";
//! let surest = context.sql(surest).await?;
//! assert_eq!(surest.clone().count().await?, 3);
//! surest.show().await?;
//! # Ok::<(), datafusion::error::DataFusionError>(())
//! # }).unwrap();
//! ```
//!
//! | function | is |
//! | --- | --- |
//! | `stance(text)` | the most probable label, `Utf8` |
//! | `stance_proba(text, label)` | the probability of that label, `Float64`; `label` is a value or a column |
//! | `stance_proba(text)` | the probability of each label, a struct with a `Float64` for each label, in the model's order: `stance_proba(text)['warning']` |
//!
//! All are null where the text is null or blank, and where the label is null. Texts are `Utf8`, `LargeUtf8`, `Utf8View` or dictionaries of these, whose values
//! are labelled once a batch however often they are used. Answers are those of [`StanceClassifier::predict`](crate::StanceClassifier::predict), to the last bit, for
//! any number of partitions. A call that a list of a query repeats word for word is worked out once; each other call reads its texts again, so conditions that cost
//! less come first: `WHERE decade = '1980s' AND stance(text) = 'warning'`.
//!
//! Wrong arguments are errors before a row is read: another type, another number, a label that the model does not know. Labels that come from a column are
//! checked as the query runs.

mod proba;
mod scores;
mod shared;
mod stance;
mod strings;

use std::sync::Arc;

/// The version of DataFusion that this module is for, and with it `datafusion::arrow` and `datafusion::parquet`.
#[doc(no_inline)]
pub use datafusion;
use datafusion::common::DataFusionError;
use datafusion::logical_expr::{ScalarUDF, Signature, TypeSignature, Volatility};
use datafusion::prelude::SessionContext;

use self::proba::StanceProba;
use self::stance::Stance;
use crate::error::Error;
use crate::model::StanceClassifier;

/// Gives `context` the functions [`stance`] and [`stance_proba`]; those of an earlier classifier are replaced.
pub fn register(context: &SessionContext, classifier: Arc<StanceClassifier>) {
    context.register_udf(stance(classifier.clone()));
    context.register_udf(stance_proba(classifier));
}

/// `stance(text)`: the most probable label of each text; null for a text that is null or blank.
///
/// ```
/// use std::sync::Arc;
///
/// use demarche::StanceClassifier;
/// use demarche::sql::datafusion::prelude::{col, lit};
/// use demarche::sql::stance;
///
/// // Without SQL, for a DataFrame.
/// let stance = stance(Arc::new(StanceClassifier::embedded()));
/// let warnings = stance.call(vec![col("text")]).eq(lit("warning"));
/// assert_eq!(warnings.to_string(), r#"stance(text) = Utf8("warning")"#);
/// ```
pub fn stance(classifier: Arc<StanceClassifier>) -> ScalarUDF {
    Stance::new(classifier).into()
}

/// `stance_proba(text, label)`: the probability of a label for each text, from 0 to 1; and `stance_proba(text)`: the probabilities of all labels as a struct.
/// Null for a text that is null or blank, and for a label that is null.
pub fn stance_proba(classifier: Arc<StanceClassifier>) -> ScalarUDF {
    StanceProba::new(classifier).into()
}

/// Arguments are looked at by the functions themselves: what DataFusion says of wrong ones names no remedy.
fn any_arguments() -> Signature {
    Signature::one_of(
        vec![TypeSignature::Nullary, TypeSignature::VariadicAny],
        Volatility::Immutable,
    )
}

/// What keeps a query from being planned.
fn unplannable(function: &str, error: impl Into<Error>) -> DataFusionError {
    DataFusionError::Plan(format!("{function}: {}", error.into()))
}
