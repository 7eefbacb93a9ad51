//! What Python calls a list of texts, as `&str`s that are not copied.

use std::ops::Deref;

use demarche::{Error, ErrorKind};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::{PyList, PyString, PyTuple};

use crate::arrow::{self, Column};
use crate::errors::{exception, name_of};

/// What errors say is needed.
pub const WANTED: &str = "a text";
const SEVERAL_WANTED: &str = "a list, an array or a column of texts";

/// Texts that are kept alive by the Python objects or Arrow buffers that hold them.
pub enum Texts {
    /// `str`s.
    Strings(Vec<PyBackedStr>),
    /// An Arrow column.
    Column(Column),
}

impl Texts {
    /// Reads lists, tuples and other iterables of `str`, NumPy arrays, pandas and polars Series, and whatever has the Arrow C data interface; `column` is what an
    /// error calls them.
    ///
    /// # Errors
    /// `DataError` with the row of the first value that is not a text.
    pub fn of(values: &Bound<'_, PyAny>, column: &str) -> PyResult<Self> {
        let py = values.py();
        let in_column = |error: Error| exception(error.in_column(column));
        if values.is_instance_of::<PyString>() {
            return Err(in_column(wrong("a single text", SEVERAL_WANTED)));
        }
        if let Ok(list) = values.cast::<PyList>() {
            return strings(list.iter(), list.len()).map_err(|e| e.raise(column));
        }
        if let Ok(tuple) = values.cast::<PyTuple>() {
            return strings(tuple.iter(), tuple.len()).map_err(|e| e.raise(column));
        }
        if let Some(dimensions) = values.getattr_opt(intern!(py, "ndim"))?
            && dimensions.extract::<usize>().is_ok_and(|dimensions| dimensions != 1)
        {
            let found = format!("a table of {dimensions} dimensions");
            return Err(in_column(wrong(&found, SEVERAL_WANTED)));
        }
        if let Some(arrow) = arrow::chunks(values).map_err(|error| unreadable(error, py, column))? {
            return Column::of(arrow).map(Texts::Column).map_err(in_column);
        }
        // Arrays and Series give their values as a list faster than one by one.
        if let Some(to_list) = values.getattr_opt(intern!(py, "tolist"))? {
            return Texts::of(&to_list.call0()?, column);
        }
        match values.try_iter() {
            Ok(items) => {
                let items: Vec<Bound<'_, PyAny>> = items.collect::<PyResult<_>>()?;
                let count = items.len();
                strings(items.into_iter(), count).map_err(|e| e.raise(column))
            }
            Err(_) => Err(in_column(wrong(&name_of(values), SEVERAL_WANTED))),
        }
    }

    /// The texts, in order.
    pub fn as_strs(&self) -> Vec<&str> {
        match self {
            Texts::Strings(strings) => strings.iter().map(Deref::deref).collect(),
            Texts::Column(column) => column.as_strs(),
        }
    }
}

/// What the reader of an Arrow column did not understand is a fault of the data; what the column's own methods raised stays as it is.
fn unreadable(error: PyErr, py: Python<'_>, column: &str) -> PyErr {
    if !error.is_instance_of::<PyTypeError>(py) && !error.is_instance_of::<PyValueError>(py) {
        return error;
    }
    let found = format!("a column that cannot be read ({})", error.value(py));
    let refused = exception(wrong(&found, "a column of texts").in_column(column));
    refused.set_cause(py, Some(error));
    refused
}

/// An error whose column is not known yet.
struct InRow(Error);

impl InRow {
    fn raise(self, column: &str) -> PyErr {
        exception(self.0.in_column(column))
    }
}

fn strings<'py>(values: impl Iterator<Item = Bound<'py, PyAny>>, count: usize) -> Result<Texts, InRow> {
    let mut strings = Vec::with_capacity(count);
    for (row, value) in (1..).zip(values) {
        let at_row = |found: &str| InRow(wrong(found, WANTED).at_row(row, None));
        let string = value
            .cast_into::<PyString>()
            .map_err(|e| at_row(&name_of(&e.into_inner())))?;
        // The one thing that a `str` has and UTF-8 has not.
        let string = PyBackedStr::try_from(string).map_err(|_| at_row("a text with a lone surrogate code point"))?;
        strings.push(string);
    }
    Ok(Texts::Strings(strings))
}

/// A value of another kind than is needed.
pub fn wrong(found: &str, wanted: &'static str) -> Error {
    ErrorKind::WrongValue {
        wanted,
        found: found.to_owned(),
    }
    .into()
}

/// One text.
///
/// # Errors
/// `DataError` if it is none.
pub fn one(value: &Bound<'_, PyAny>) -> PyResult<PyBackedStr> {
    let string = value.cast::<PyString>();
    let string = string.map_err(|_| exception(wrong(&name_of(value), WANTED)))?;
    PyBackedStr::try_from(string.clone())
        .map_err(|_| exception(wrong("a text with a lone surrogate code point", WANTED)))
}
