//! Explanations and statements as dictionaries, with the keys of the command line's JSON. Places are characters, as Python counts.

use demarche::attribution::{self, AttributedStatement, statement_text};
use demarche::statement::Characters;
use demarche::{Counterfactual, Explanation, Prediction, Span};
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyDict, PyList};

use crate::texts;
use crate::threads::detached;

/// Who said what in an English news article.
#[pyfunction]
pub fn extract<'py>(py: Python<'py>, article: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
    let article = texts::one(article)?;
    let statements = detached(py, || attribution::extract(&article))?;
    let places = Places(Characters::of(&article));
    let statements: Vec<_> = statements
        .iter()
        .map(|s| statement(py, s, &article, &places))
        .collect::<PyResult<_>>()?;
    PyList::new(py, statements)
}

fn statement<'py>(
    py: Python<'py>,
    statement: &AttributedStatement,
    article: &str,
    places: &Places<'_>,
) -> PyResult<Bound<'py, PyDict>> {
    let spans = places.of(&statement.spans);
    let dict = PyDict::new(py);
    dict.set_item("speaker", &statement.speaker)?;
    dict.set_item("mention", &statement.mention)?;
    dict.set_item("cue", &statement.cue)?;
    dict.set_item("kind", statement.kind.name())?;
    dict.set_item("text", &statement.text)?;
    dict.set_item("start", spans.first().map(|span| span.0))?;
    dict.set_item("end", spans.last().map(|span| span.1))?;
    dict.set_item("spans", spans)?;
    dict.set_item("confidence", statement.confidence)?;
    dict.set_item("statement_text", statement_text(statement, article))?;
    Ok(dict)
}

/// Why `text` has its stance, and what would change it.
pub fn explanation<'py>(
    py: Python<'py>,
    text: &str,
    labels: &[String],
    explanation: &Explanation,
    counterfactual: Option<&Counterfactual>,
) -> PyResult<Bound<'py, PyDict>> {
    let places = Places(Characters::of(text));
    let by_label = |numbers: &[f64]| labels.iter().zip(numbers.iter().copied()).into_py_dict(py);
    let evidence: Vec<_> = explanation
        .evidence
        .iter()
        .map(|evidence| {
            let term = PyDict::new(py);
            term.set_item("words", evidence.as_written(text))?;
            term.set_item("term", &evidence.term)?;
            term.set_item("spans", places.of(&evidence.spans))?;
            term.set_item("contributions", by_label(&evidence.contributions)?)?;
            Ok(term)
        })
        .collect::<PyResult<_>>()?;
    let change = counterfactual
        .map(|change| {
            let dict = PyDict::new(py);
            let removed: Vec<&str> = change.removed.iter().map(|span| span.of(text)).collect();
            dict.set_item("removed", removed)?;
            dict.set_item("spans", places.of(&change.removed))?;
            dict.set_item("text", &change.text)?;
            set_prediction(&dict, &change.prediction)?;
            dict.set_item("is_smallest", change.is_smallest)?;
            PyResult::Ok(dict)
        })
        .transpose()?;
    let dict = PyDict::new(py);
    dict.set_item("text", text)?;
    set_prediction(&dict, &explanation.prediction)?;
    dict.set_item("logits", by_label(&explanation.logits())?)?;
    dict.set_item("intercept", by_label(&explanation.intercept)?)?;
    dict.set_item("evidence", evidence)?;
    dict.set_item("counterfactual", change)?;
    Ok(dict)
}

fn set_prediction(dict: &Bound<'_, PyDict>, prediction: &Prediction) -> PyResult<()> {
    dict.set_item("stance", prediction.label())?;
    dict.set_item("confidence", prediction.confidence())?;
    dict.set_item("probabilities", prediction.probabilities().into_py_dict(dict.py())?)
}

/// Spans in characters.
struct Places<'t>(Characters<'t>);

impl Places<'_> {
    fn of(&self, spans: &[Span]) -> Vec<(usize, usize)> {
        let in_characters = spans.iter().map(|&span| self.0.span(span));
        in_characters.map(|span| (span.start, span.end)).collect()
    }
}
