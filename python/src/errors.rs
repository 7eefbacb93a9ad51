//! Errors as exceptions, in the words of the command line.

use demarche::{Error, ErrorKind};
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;

/// The exception for `error`: what the operating system refused is an `OSError`, all else a class of `demarche`.
pub fn exception(error: Error) -> PyErr {
    let class = match error.kind() {
        ErrorKind::Io(io) => return os_error(&error, io),
        ErrorKind::ModelEmpty
        | ErrorKind::NotAModel
        | ErrorKind::ModelTruncated { .. }
        | ErrorKind::ModelDamaged(_)
        | ErrorKind::ModelVersion { .. } => "ModelError",
        ErrorKind::InvalidParameter { .. } | ErrorKind::DenseTooLarge { .. } | ErrorKind::EmptyVocabulary => {
            "ParameterError"
        }
        _ => "DataError",
    };
    Python::attach(|py| {
        let made = py.import("demarche._errors").and_then(|module| {
            let exception = module.getattr(class)?.call1((error.to_string(),))?;
            if class == "DataError" {
                exception.setattr("row", error.position().row)?;
            }
            Ok(exception)
        });
        made.map_or_else(|failed| failed, PyErr::from_value)
    })
}

/// Python chooses the class by the number: `FileNotFoundError`, `PermissionError` …
fn os_error(error: &Error, io: &std::io::Error) -> PyErr {
    match (io.raw_os_error(), &error.position().file) {
        (Some(number), Some(file)) => PyOSError::new_err((number, io.to_string(), file.as_os_str().to_owned())),
        (Some(number), None) => PyOSError::new_err((number, io.to_string())),
        (None, _) => PyOSError::new_err(error.to_string()),
    }
}

/// What a value is, as an error calls it.
pub fn name_of(value: &Bound<'_, PyAny>) -> String {
    if value.is_none() {
        return "None".to_owned();
    }
    if value.extract::<f64>().is_ok_and(f64::is_nan) {
        return "NaN".to_owned();
    }
    match value.get_type().name() {
        Ok(name) => format!("of the type {name}"),
        Err(_) => "of an unknown type".to_owned(),
    }
}
