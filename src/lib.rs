//! Labels what governments say: **warning**, **conciliatory** or **neutral**.
//!
//! ```
//! use demarche::StanceClassifier;
//!
//! let classifier = StanceClassifier::embedded();
//! let prediction = classifier.predict("Moscow is ready to resume the talks, the ministry said.");
//! assert_eq!(prediction.label(), "conciliatory");
//! ```
//!
//! A tokenizer, a Snowball stemmer and a TF-IDF vectorizer feed a multinomial logistic model. The model that ships with the
//! crate is trained on statements of diplomacy; [`Trainer`] makes one from your own labelled CSV, with labels of any
//! names, in about a second:
//!
//! ```
//! # #[cfg(feature = "train")] {
//! use demarche::dataset::Columns;
//! use demarche::{LabelledStatements, StanceClassifier, Trainer};
//! use linfa::ParamGuard;
//!
//! # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/small.csv");
//! let data = LabelledStatements::from_path(path, &Columns::default())?;
//! let model = Trainer::params().c(10.0).check()?.fit(&data)?;
//! # let path = std::env::temp_dir().join("doctest.demarche");
//! model.save(&path)?;
//!
//! let classifier = StanceClassifier::load(&path)?;
//! for (label, probability) in classifier.predict("The ministry rejected the offer.").probabilities() {
//!     println!("{label} {probability:.2}");
//! }
//! # }
//! # Ok::<(), demarche::Error>(())
//! ```
//!
//! # The rooms
//!
//! Data moves one way; nothing knows anything to its right.
//!
//! ```text
//! CSV / JSONL / text ─► dataset ─────┐
//! article ────────────► attribution ─┴► text ─► features ─► model ─► prediction ─► report
//!                       who said what   tokens  TF-IDF      weights                one page
//! labelled statements ──────────────────────────────────► train ─► Model ─► file
//! ```
//!
//! | room | duty |
//! | --- | --- |
//! | [`text`] | tokens, stems, n-grams |
//! | [`features`] | vocabulary, TF-IDF, sparse rows |
//! | [`model`] | [`Model`] is plain data; [`StanceClassifier`] is that model compiled; the model file |
//! | [`train`] | [`Trainer`], and [`LogisticRegression`](train::LogisticRegression) for sparse rows behind linfa's traits |
//! | [`evaluation`] | scores with intervals, parts of the rows, two models; folds, cross-validation; shares of labels corrected for errors |
//! | [`audit`] | labels that look wrong, duplicates, leakage |
//! | [`drift`] | whether two inputs differ in labels, words, confidence |
//! | [`suggest`](mod@suggest) | which statements to label next |
//! | [`annotation`] | labelling by hand: what is asked for, answered, taken back |
//! | [`attribution`] | an article to attributed statements: who said what |
//! | [`dataset`] | labelled and unlabelled CSV, TSV, JSONL, text; every error has its row |
//! | [`report`] | articles, statements and stances as one page of HTML; scores as another |
//! | `sql` | `stance(text)` in SQL, over CSV and Parquet, through DataFusion |
//! | [`statement`], [`error`] | the words of the field; what can go wrong, and where |
//!
//! # Features
//!
//! `default = ["cli", "train"]`. A program that only predicts turns both off (`default-features = false`) and carries neither linfa
//! nor clap; `parallel` lets [`StanceClassifier::predict_batch`] use all cores; `parquet` lets the command line read and write Parquet and Arrow IPC;
//! `datafusion` adds the room `sql`.
#![cfg_attr(not(all(feature = "train", feature = "cli")), allow(rustdoc::broken_intra_doc_links))]
#![deny(missing_docs)]

pub mod annotation;
#[cfg(feature = "train")]
mod atomic_file;
pub mod attribution;
#[cfg(feature = "train")]
pub mod audit;
#[cfg(feature = "cli")]
pub mod cli;
pub mod dataset;
#[cfg(feature = "train")]
pub mod drift;
pub mod error;
#[cfg(feature = "train")]
pub mod evaluation;
pub mod features;
pub mod model;
mod parallel;
#[cfg(feature = "cli")]
pub mod report;
#[cfg(feature = "datafusion")]
pub mod sql;
pub mod statement;
#[cfg(feature = "train")]
pub mod suggest;
pub mod text;
#[cfg(feature = "train")]
pub mod train;

pub use attribution::AttributedStatement;
pub use dataset::LabelledStatements;
pub use error::{Error, ErrorKind, Position, Result};
pub use model::{Counterfactual, Explanation, Model, ModelCard, Prediction, StanceClassifier};
pub use statement::{Span, Statement};
#[cfg(feature = "train")]
pub use train::Trainer;

/// The README's examples, which run with the other doc tests.
#[cfg(all(doctest, feature = "train"))]
#[doc = include_str!("../README.md")]
struct Readme;
