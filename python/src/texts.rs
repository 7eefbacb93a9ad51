//! What Python calls a list of texts, as `&str`s that are not copied.

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

/// So many objects before its turn an object is asked for.
const AHEAD: usize = 24;

/// Texts, kept alive by the Python objects or Arrow buffers that hold them.
pub struct Texts<'py> {
    /// What an error calls them.
    column: &'static str,
    values: Values<'py>,
}

enum Values<'py> {
    /// Objects that should be `str`s. A tuple never changes, whatever other threads do to the list that it was made of.
    Objects(Bound<'py, PyTuple>),
    Arrow(Column),
}

impl<'py> Texts<'py> {
    /// Takes hold of lists, tuples and other iterables of `str`, NumPy arrays, pandas and polars Series, and whatever has the Arrow C data interface.
    ///
    /// # Errors
    /// `DataError` if `values` are nothing of that kind, or a column of something else than texts.
    pub fn of(values: &Bound<'py, PyAny>, column: &'static str) -> PyResult<Self> {
        let values = Values::of(values, column)?;
        Ok(Texts { column, values })
    }

    /// The texts, in order.
    ///
    /// # Errors
    /// `DataError` with the row of the first value that is not a text.
    pub fn as_strs(&self) -> PyResult<Vec<&str>> {
        match &self.values {
            Values::Objects(objects) => {
                let mut texts = Vec::with_capacity(objects.len());
                let mut soon = objects.iter_borrowed().skip(AHEAD);
                for (row, object) in (1..).zip(objects.iter_borrowed()) {
                    if let Some(object) = soon.next() {
                        prefetch(&object);
                    }
                    let text = <&str>::extract(object);
                    let text = text.map_err(|_| exception(no_text(&object).at_row(row, None).in_column(self.column)));
                    texts.push(text?);
                }
                Ok(texts)
            }
            Values::Arrow(column) => Ok(column.as_strs()),
        }
    }
}

impl<'py> Values<'py> {
    fn of(values: &Bound<'py, PyAny>, column: &str) -> PyResult<Self> {
        let py = values.py();
        let in_column = |error: Error| exception(error.in_column(column));
        if values.is_instance_of::<PyString>() {
            return Err(in_column(wrong("a single text", SEVERAL_WANTED)));
        }
        if let Ok(list) = values.cast::<PyList>() {
            return Ok(Values::Objects(list.to_tuple()));
        }
        if let Ok(tuple) = values.cast::<PyTuple>() {
            return Ok(Values::Objects(tuple.clone()));
        }
        if let Some(dimensions) = values.getattr_opt(intern!(py, "ndim"))?
            && dimensions.extract::<usize>().is_ok_and(|dimensions| dimensions != 1)
        {
            let found = format!("a table of {dimensions} dimensions");
            return Err(in_column(wrong(&found, SEVERAL_WANTED)));
        }
        if let Some(arrow) = arrow::chunks(values).map_err(|error| unreadable(error, py, column))? {
            return Column::of(arrow).map(Values::Arrow).map_err(in_column);
        }
        // Arrays and Series give their values as a list faster than one by one.
        if let Some(to_list) = values.getattr_opt(intern!(py, "tolist"))? {
            return Values::of(&to_list.call0()?, column);
        }
        match values.try_iter() {
            Ok(items) => {
                let items: Vec<Bound<'_, PyAny>> = items.collect::<PyResult<_>>()?;
                PyTuple::new(py, items).map(Values::Objects)
            }
            Err(_) => Err(in_column(wrong(&name_of(values), SEVERAL_WANTED))),
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

/// Asks for the head of an object to be brought close, and does not wait for it: objects lie all over the memory, and one by one each would be waited for.
#[inline(always)]
fn prefetch(object: &Bound<'_, PyAny>) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let head: *const i8 = object.as_ptr().cast();
        // A `str` says 32 bytes behind its start how it is kept, in every second one behind a cache line's end.
        for place in [head, head.wrapping_add(32)] {
            // SAFETY: a prefetch neither reads nor faults, wherever the address points.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(place) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = object;
}

/// What is wrong with an object that gave no text.
fn no_text(object: &Bound<'_, PyAny>) -> Error {
    match object.cast::<PyString>() {
        // The one thing that a `str` has and UTF-8 has not.
        Ok(_) => wrong("a text with a lone surrogate code point", WANTED),
        Err(_) => wrong(&name_of(object), WANTED),
    }
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
    value.extract().map_err(|_| exception(no_text(value)))
}
