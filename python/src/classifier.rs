//! The class around a model: fit, predict, explain, save.

use std::path::PathBuf;

use demarche::{Error, ErrorKind};
use demarche::{LabelledStatements, StanceClassifier, evaluation};
use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyDict, PyType};

use crate::answers;
use crate::errors::exception;
use crate::parameters::{self, Parameters};
use crate::texts::{self, Texts};
use crate::threads::detached;

/// A model ready to label texts: what the Python class `StanceClassifier` holds once it is fitted or loaded.
#[pyclass(frozen, module = "demarche._demarche")]
pub struct Classifier {
    classifier: StanceClassifier,
}

#[pymethods]
impl Classifier {
    /// Reads the bytes of a model file.
    #[new]
    fn new(py: Python<'_>, model: PyBackedBytes) -> PyResult<Self> {
        let read = detached(py, || StanceClassifier::from_bytes(&model))?;
        Ok(Classifier {
            classifier: read.map_err(exception)?,
        })
    }

    /// The model that ships with the package.
    #[staticmethod]
    fn embedded(py: Python<'_>) -> PyResult<Self> {
        let classifier = detached(py, StanceClassifier::embedded)?;
        Ok(Classifier { classifier })
    }

    /// Reads a model file.
    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        let read = detached(py, || StanceClassifier::load(&path))?;
        Ok(Classifier {
            classifier: read.map_err(exception)?,
        })
    }

    /// Fits a model; `parameters` are all those of `StanceClassifier`.
    #[staticmethod]
    fn fit(
        py: Python<'_>,
        parameters: &Bound<'_, PyDict>,
        texts: &Bound<'_, PyAny>,
        labels: &Bound<'_, PyAny>,
        weights: Option<Vec<f64>>,
    ) -> PyResult<Self> {
        let parameters = Parameters::of(parameters)?;
        let (texts, labels) = (Texts::of(texts, "text")?, Texts::of(labels, "label")?);
        let (texts, labels) = (texts.as_strs()?, labels.as_strs()?);
        let fitted = detached(py, || fit(&parameters, &texts, &labels, weights))?;
        Ok(Classifier {
            classifier: fitted.map_err(exception)?,
        })
    }

    /// Writes a model file.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        detached(py, || self.classifier.model().save(&path))?.map_err(exception)
    }

    /// The bytes of a model file.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = detached(py, || self.classifier.model().to_bytes())?;
        Ok(PyBytes::new(py, &bytes))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyType>, (Bound<'py, PyBytes>,))> {
        Ok((slf.get_type(), (slf.get().to_bytes(slf.py())?,)))
    }

    /// The labels, in the order of the probabilities.
    fn labels(&self) -> &[String] {
        self.classifier.labels()
    }

    /// What the model says of itself, as JSON.
    fn card(&self) -> String {
        serde_json::json!(self.classifier.card()).to_string()
    }

    /// What the card tells of the parameters.
    fn parameters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        parameters::of_card(py, self.classifier.card())
    }

    /// The position of each text's label among the labels.
    fn predict<'py>(&self, py: Python<'py>, texts: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray1<i64>>> {
        let texts = Texts::of(texts, "text")?;
        let texts = texts.as_strs()?;
        let positions = detached(py, || self.classifier.predict_positions(&texts))?;
        // What NumPy indexes with.
        let positions = positions.into_iter().map(|position| position as i64).collect();
        Ok(PyArray1::from_vec(py, positions))
    }

    /// The probability of each label: texts × labels.
    fn predict_proba<'py>(&self, py: Python<'py>, texts: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let texts = Texts::of(texts, "text")?;
        let texts = texts.as_strs()?;
        let probabilities = detached(py, || self.classifier.predict_proba_batch(&texts))?;
        PyArray1::from_vec(py, probabilities).reshape([texts.len(), self.classifier.labels().len()])
    }

    /// Why a text has its stance, and what would change it.
    fn explain<'py>(&self, py: Python<'py>, text: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
        let text = texts::one(text)?;
        let explained = detached(py, || {
            (self.classifier.explain(&text), self.classifier.counterfactual(&text))
        })?;
        answers::explanation(py, &text, self.classifier.labels(), &explained.0, explained.1.as_ref())
    }
}

/// What `demarche train` does between reading and writing.
fn fit(
    parameters: &Parameters,
    texts: &[&str],
    labels: &[&str],
    weights: Option<Vec<f64>>,
) -> Result<StanceClassifier, Error> {
    if texts.len() != labels.len() {
        let (what, expected, found) = ("labels", texts.len(), labels.len());
        return Err(ErrorKind::ShapeMismatch { what, expected, found }.into());
    }
    let mut data = LabelledStatements::from_pairs(texts.iter().copied().zip(labels))?;
    if let Some(weights) = weights {
        data = data.with_weights(weights)?;
    }
    let mut model = parameters.trainer.fit(&data)?;
    if parameters.folds > 0 {
        let held_out = evaluation::out_of_fold(&parameters.trainer, &data, parameters.folds, || ())?;
        let scores = held_out.calibrate(&mut model, parameters.calibration)?;
        model.set_cross_validation(scores.score_card(parameters.folds, None));
    }
    Ok(StanceClassifier::new(model))
}
