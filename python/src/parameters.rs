//! Keyword arguments to the trainer's options, and a model's card back to them. The names are scikit-learn's where it has them.

use std::collections::BTreeMap;

use demarche::evaluation::CalibrationMethod;
use demarche::features::{DocumentFrequency, TfidfOptions};
use demarche::model::ModelCard;
use demarche::text::{AnalyzerOptions, Language};
use demarche::train::{LabelWeight, Solver, TrainerParams, TrainerValidParams};
use demarche::{ErrorKind, Trainer};
use linfa::ParamGuard;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::errors::exception;

/// What `fit` needs to know.
pub struct Parameters {
    /// How the model is fitted.
    pub trainer: TrainerValidParams,
    /// Folds of cross-validation; 0 for none.
    pub folds: usize,
    /// How probabilities are calibrated on the rows that folds held out.
    pub calibration: CalibrationMethod,
}

impl Parameters {
    /// Reads the keyword arguments of the class `StanceClassifier`.
    ///
    /// # Errors
    /// `ParameterError` that names the parameter, its value and what it must be.
    pub fn of(values: &Bound<'_, PyDict>) -> PyResult<Self> {
        let values = Values(values);
        let language: String = values.get("language", "`none` or the name of a language")?;
        let stop_words = values.get_by("stop_words", "\"english\" or None", |value| {
            let name: Option<String> = value.extract().ok()?;
            name.as_deref()
                .is_none_or(|name| name == "english")
                .then_some(name.is_some())
        })?;
        let analyzer = AnalyzerOptions {
            stop_words,
            skip_names: values.get("skip_names", "True or False")?,
            skip_numbers: values.get("skip_numbers", "True or False")?,
            ..AnalyzerOptions::default()
        };
        let [shortest, longest] = values.get("ngram_range", "two whole numbers such as (1, 2)")?;
        let tfidf = TfidfOptions {
            ngram_range: (shortest, longest),
            min_df: values.get_by("min_df", FREQUENCY, document_frequency)?,
            max_df: values.get_by("max_df", FREQUENCY, document_frequency)?,
            max_features: values.get("max_features", "a whole number or None")?,
            sublinear_tf: values.get("sublinear_tf", "True or False")?,
            use_idf: values.get("use_idf", "True or False")?,
            negation_window: values.get("negation_window", "a whole number")?,
            ..TfidfOptions::default()
        };
        let label_weight = values.get_by(
            "class_weight",
            "\"balanced\", None, or a weight for each label",
            label_weight,
        )?;
        let seed: Option<u64> = values.get("random_state", "a whole number or None")?;
        let params: TrainerParams = Trainer::params()
            .analyzer(analyzer)
            .language(language.parse::<Language>().map_err(exception)?)
            .tfidf(tfidf)
            .c(values.get("C", "a number")?)
            .label_weight(label_weight)
            .solver(values.get_by("solver", "\"dual\" or \"linfa\"", solver)?)
            .tolerance(values.get("tol", "a number")?)
            .max_iterations(values.get("max_iter", "a whole number")?)
            .seed(seed.unwrap_or(0));
        Ok(Parameters {
            trainer: params.check().map_err(exception)?,
            folds: values.get("cv", "a number of folds, or 0")?,
            calibration: values.get_by("calibration", "\"temperature\", \"vector\" or None", calibration)?,
        })
    }
}

const FREQUENCY: &str = "a number of texts such as 2, or a share such as 0.9";

struct Values<'a, 'py>(&'a Bound<'py, PyDict>);

impl<'py> Values<'_, 'py> {
    fn get<T: FromPyObjectOwned<'py>>(&self, name: &'static str, must: &'static str) -> PyResult<T> {
        self.get_by(name, must, |value| value.extract().ok())
    }

    fn get_by<T>(
        &self,
        name: &'static str,
        must: &'static str,
        read: impl Fn(&Bound<'py, PyAny>) -> Option<T>,
    ) -> PyResult<T> {
        let value = self.0.as_any().get_item(name)?;
        read(&value).ok_or_else(|| {
            let value = value
                .repr()
                .map_or_else(|_| "a value without repr".to_owned(), |repr| repr.to_string());
            exception(ErrorKind::InvalidParameter { name, value, must }.into())
        })
    }
}

/// As in scikit-learn: an integer is a count, a float a share.
fn document_frequency(value: &Bound<'_, PyAny>) -> Option<DocumentFrequency> {
    let count = value.extract().map(DocumentFrequency::Count);
    count.or_else(|_| value.extract().map(DocumentFrequency::Share)).ok()
}

fn label_weight(value: &Bound<'_, PyAny>) -> Option<LabelWeight> {
    if value.is_none() {
        return Some(LabelWeight::Uniform);
    }
    if value.extract::<String>().is_ok_and(|name| name == "balanced") {
        return Some(LabelWeight::Balanced);
    }
    value.extract::<BTreeMap<String, f64>>().map(LabelWeight::Given).ok()
}

fn solver(value: &Bound<'_, PyAny>) -> Option<Solver> {
    let name: String = value.extract().ok()?;
    [Solver::Dual, Solver::Linfa]
        .into_iter()
        .find(|solver| solver.name() == name)
}

fn calibration(value: &Bound<'_, PyAny>) -> Option<CalibrationMethod> {
    match value.extract::<Option<String>>().ok()?.as_deref() {
        None => Some(CalibrationMethod::None),
        Some("temperature") => Some(CalibrationMethod::Temperature),
        Some("vector") => Some(CalibrationMethod::Vector),
        Some(_) => None,
    }
}

/// What a model's card tells of the keyword arguments that it was trained with.
pub fn of_card<'py>(py: Python<'py>, card: &ModelCard) -> PyResult<Bound<'py, PyDict>> {
    let (analyzer, tfidf) = (&card.analyzer, &card.vectorizer);
    let parameters = PyDict::new(py);
    parameters.set_item("C", card.classifier.c)?;
    parameters.set_item("ngram_range", tfidf.ngram_range)?;
    for (name, frequency) in [("min_df", tfidf.min_df), ("max_df", tfidf.max_df)] {
        match frequency {
            DocumentFrequency::Count(count) => parameters.set_item(name, count)?,
            DocumentFrequency::Share(share) => parameters.set_item(name, share)?,
        }
    }
    parameters.set_item("max_features", tfidf.max_features)?;
    parameters.set_item("sublinear_tf", tfidf.sublinear_tf)?;
    parameters.set_item("use_idf", tfidf.use_idf)?;
    parameters.set_item("stop_words", analyzer.stop_words.then_some("english"))?;
    match card.classifier.label_weight.as_str() {
        "balanced" => parameters.set_item("class_weight", "balanced")?,
        "uniform" => parameters.set_item("class_weight", py.None())?,
        // Weights by label are written for people only.
        _ => {}
    }
    parameters.set_item("solver", &card.classifier.solver)?;
    parameters.set_item("language", analyzer.language.name())?;
    parameters.set_item("skip_names", analyzer.skip_names)?;
    parameters.set_item("skip_numbers", analyzer.skip_numbers)?;
    parameters.set_item("negation_window", tfidf.negation_window)?;
    parameters.set_item("cv", card.cross_validation.as_ref().map_or(0, |scores| scores.folds))?;
    Ok(parameters)
}
