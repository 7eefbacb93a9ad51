//! Texts from Arrow columns, through the Arrow C data interface: no text is copied.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use demarche::{Error, ErrorKind};
use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;
use pyo3::{Borrowed, intern};
use pyo3_arrow::{PyArray, PyChunkedArray};

use crate::texts::{WANTED, wrong};

/// A column of texts without nulls, in chunks.
pub struct Column(Vec<ArrayRef>);

/// The chunks of an object that has the Arrow C data interface; nothing for all others.
///
/// pandas has the interface for columns of Python objects too, but copies them for it; without pyarrow it cannot use it at all.
pub fn chunks(values: &Bound<'_, PyAny>) -> PyResult<Option<Vec<ArrayRef>>> {
    let py = values.py();
    let dtype = values.getattr_opt(intern!(py, "dtype"))?;
    if dtype.is_some_and(|dtype| dtype.str().is_ok_and(|name| name == "object")) {
        return Ok(None);
    }
    let values: Borrowed<'_, '_, PyAny> = values.as_borrowed();
    if values.hasattr(intern!(py, "__arrow_c_stream__"))? {
        return match values.extract::<PyChunkedArray>() {
            Ok(column) => Ok(Some(column.chunks().to_vec())),
            Err(error) if error.is_instance_of::<PyImportError>(py) => Ok(None),
            Err(error) => Err(error),
        };
    }
    if values.hasattr(intern!(py, "__arrow_c_array__"))? {
        return Ok(Some(vec![values.extract::<PyArray>()?.into_inner().0]));
    }
    Ok(None)
}

impl Column {
    /// Checks that every value is a text.
    ///
    /// # Errors
    /// If a chunk has another type, a null, or text that is not UTF-8.
    pub fn of(chunks: Vec<ArrayRef>) -> Result<Self, Error> {
        let mut row = 0;
        for chunk in &chunks {
            if !holds_texts(chunk.data_type()) {
                return Err(wrong(
                    &format!("a column of the type {}", chunk.data_type()),
                    "a column of texts",
                ));
            }
            // Who made the buffers may have broken the promises that Rust's strings rest on.
            chunk
                .to_data()
                .validate_full()
                .map_err(|_| Error::from(ErrorKind::InvalidUtf8))?;
            if let Some(nulls) = chunk.logical_nulls().filter(|nulls| nulls.null_count() > 0)
                && let Some(place) = nulls.iter().position(|is_there| !is_there)
            {
                return Err(wrong("null", WANTED).at_row((row + place + 1) as u64, None));
            }
            row += chunk.len();
        }
        Ok(Column(chunks))
    }

    /// The texts, in order.
    pub fn as_strs(&self) -> Vec<&str> {
        let mut texts = Vec::with_capacity(self.0.iter().map(|chunk| chunk.len()).sum());
        self.0.iter().for_each(|chunk| push(chunk, &mut texts));
        texts
    }
}

fn holds_texts(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => holds_texts(values),
        _ => false,
    }
}

fn push<'c>(chunk: &'c dyn Array, texts: &mut Vec<&'c str>) {
    match chunk.data_type() {
        DataType::Utf8 => texts.extend(chunk.as_string::<i32>().iter().flatten()),
        DataType::LargeUtf8 => texts.extend(chunk.as_string::<i64>().iter().flatten()),
        DataType::Utf8View => texts.extend(chunk.as_string_view().iter().flatten()),
        // Categories.
        _ => {
            let dictionary = chunk.as_any_dictionary();
            let mut values = Vec::with_capacity(dictionary.values().len());
            push(dictionary.values(), &mut values);
            texts.extend(dictionary.normalized_keys().into_iter().map(|key| values[key]));
        }
    }
}
