//! Columns of strings in all the ways in which Arrow keeps them.

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, Result, internal_err};

use super::unplannable;
use crate::error::ErrorKind;

/// The strings of a column; those of a dictionary once, however often they are used.
#[derive(Debug, Default)]
pub(super) struct Strings<'a> {
    pub values: Vec<&'a str>,
    /// For each row the position of its value; nothing for null.
    pub rows: Vec<Option<usize>>,
}

impl<'a> Strings<'a> {
    /// # Errors
    /// If the column is none of strings, which [`must_be_strings`] sees to.
    pub fn of(column: &'a dyn Array) -> Result<Self> {
        match column.data_type() {
            DataType::Null => Ok(Strings {
                values: Vec::new(),
                rows: vec![None; column.len()],
            }),
            DataType::Utf8 => Ok(column.as_string::<i32>().iter().collect()),
            DataType::LargeUtf8 => Ok(column.as_string::<i64>().iter().collect()),
            DataType::Utf8View => Ok(column.as_string_view().iter().collect()),
            DataType::Dictionary(..) => Strings::of_dictionary(column),
            other => internal_err!("a column of strings was expected, not one of the type {other}"),
        }
    }

    fn of_dictionary(column: &'a dyn Array) -> Result<Self> {
        let dictionary = column.as_any_dictionary();
        let entries = Strings::of(dictionary.values())?;
        let mut used = Strings {
            values: Vec::new(),
            rows: vec![None; column.len()],
        };
        // `normalized_keys` panics at a dictionary without entries.
        if !entries.rows.is_empty() {
            let keys = dictionary.normalized_keys();
            let mut positions = vec![None; entries.values.len()];
            for (row, key) in keys.into_iter().enumerate() {
                if dictionary.keys().is_valid(row)
                    && let Some(entry) = entries.rows[key]
                {
                    used.rows[row] = Some(*positions[entry].get_or_insert_with(|| {
                        used.values.push(entries.values[entry]);
                        used.values.len() - 1
                    }));
                }
            }
        }
        Ok(used)
    }
}

impl<'a> FromIterator<Option<&'a str>> for Strings<'a> {
    fn from_iter<I: IntoIterator<Item = Option<&'a str>>>(column: I) -> Self {
        let mut strings = Strings::default();
        for value in column {
            strings.rows.push(value.map(|value| {
                strings.values.push(value);
                strings.values.len() - 1
            }));
        }
        strings
    }
}

/// Looks at the type of an argument before a query runs; null and parameters that have no value yet are of the type `Null`.
///
/// # Errors
/// If it is no type of strings. `wanted` is what the error says is needed.
pub(super) fn must_be_strings(
    function: &str,
    argument: &DataType,
    wanted: &'static str,
) -> Result<(), DataFusionError> {
    match argument {
        DataType::Null => Ok(()),
        DataType::Dictionary(_, values) if values.is_string() => Ok(()),
        other if other.is_string() => Ok(()),
        other => Err(unplannable(
            function,
            ErrorKind::WrongValue {
                wanted,
                found: format!("of the type {other}"),
            },
        )),
    }
}
