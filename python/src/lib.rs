//! The Python package `demarche`: a thin binding of the crate of the same name.
//!
//! | file | duty |
//! | --- | --- |
//! | `texts` | what Python calls a list of texts, as `&str`s that are not copied |
//! | `arrow` | the same from Arrow columns |
//! | `parameters` | keyword arguments to the trainer's options, and a model's card back to them |
//! | `classifier` | the class around a model: fit, predict, explain, save |
//! | `answers` | explanations and statements as dictionaries |
//! | `errors` | errors as exceptions |
//! | `threads` | work without the interpreter's lock, on threads that survive a fork |
#![deny(missing_docs)]

mod answers;
mod arrow;
mod classifier;
mod errors;
mod parameters;
mod texts;
mod threads;

use pyo3::prelude::*;

/// The compiled part of the package `demarche`.
#[pymodule]
mod _demarche {
    #[pymodule_export]
    use super::answers::extract;
    #[pymodule_export]
    use super::classifier::Classifier;
}
