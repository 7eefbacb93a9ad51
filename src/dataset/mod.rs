//! Labelled and unlabelled statements from CSV, TSV, JSONL and plain text. Every error knows its row.

mod blocks;
mod delimited;
mod records;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::Path;

pub use blocks::{Block, LONGEST_RECORD, Lines};
#[cfg(feature = "parquet")]
pub(crate) use records::missing_column;
pub use records::{BlockParser, Column, Place, Record, RecordFormat, Records};

use crate::error::{Error, ErrorKind, Result};

/// The longest text that is taken for a statement, in bytes: 8 MiB. What labels a text needs some forty times its size.
pub const LONGEST_TEXT: usize = 8 << 20;
/// The most labels that data may have; more of them are another column as a rule.
pub const MOST_LABELS: usize = 256;
/// The longest label, in bytes.
pub const LONGEST_LABEL: usize = 1000;

/// Which columns hold what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// The statement.
    pub text: String,
    /// Its label.
    pub label: String,
    /// What must not be torn apart by folds: an article, a speaker, a topic.
    pub group: Option<String>,
    /// How much the row counts.
    pub weight: Option<String>,
    /// More columns whose values are kept: [`LabelledStatements::kept`].
    pub kept: Vec<String>,
}

impl Default for Columns {
    /// `text` and `label`.
    fn default() -> Self {
        Columns {
            text: "text".to_owned(),
            label: "label".to_owned(),
            group: None,
            weight: None,
            kept: Vec::new(),
        }
    }
}

/// Where a row comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// The number of the input, from 0, in the order in which inputs were read.
    pub input: usize,
    /// The record of that input, counted from 1; a header is not counted.
    pub row: u64,
    /// The line on which the record starts, counted from 1; that of the record where there are no lines.
    pub line: u64,
}

/// Statements with their labels: what a model is trained and scored on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LabelledStatements {
    texts: Vec<String>,
    targets: Vec<usize>,
    origins: Vec<Origin>,
    /// Ascending.
    labels: Vec<String>,
    groups: Option<Vec<String>>,
    weights: Option<Vec<f64>>,
    kept: BTreeMap<String, Vec<String>>,
}

/// What to do with a record that cannot be used.
pub type OnError<'f> = dyn FnMut(Error) -> Result<()> + 'f;

/// Collects rows; labels get their numbers when all of them are known.
#[derive(Debug, Default)]
pub struct LabelledStatementsBuilder {
    texts: Vec<String>,
    labels: Vec<usize>,
    origins: Vec<Origin>,
    /// Inputs that were begun.
    inputs: usize,
    names: BTreeMap<String, usize>,
    groups: Option<Vec<String>>,
    weights: Option<Vec<f64>>,
    kept: BTreeMap<String, Vec<String>>,
    known: Option<Vec<String>>,
}

impl LabelledStatementsBuilder {
    /// Takes rows with one of these labels alone; another label is an error of its row.
    pub fn known_labels(labels: &[String]) -> Self {
        LabelledStatementsBuilder {
            known: Some(labels.to_vec()),
            ..LabelledStatementsBuilder::default()
        }
    }

    /// Adds the rows of one input. A row that cannot be used goes to `on_error`, which decides whether to go on.
    ///
    /// # Errors
    /// If reading fails, a column is missing, or what `on_error` gives back.
    pub fn read(
        &mut self,
        reader: impl Read,
        format: RecordFormat,
        columns: &Columns,
        on_error: &mut OnError<'_>,
    ) -> Result<()> {
        let input = self.inputs;
        self.inputs += 1;
        let mut records = Records::new(reader, format)?;
        let text = records.column(&columns.text)?;
        let label = records.column(&columns.label)?;
        let group = columns.group.as_deref().map(|name| records.column(name)).transpose()?;
        let weight = columns.weight.as_deref().map(|name| records.column(name)).transpose()?;
        let names: BTreeSet<&String> = columns.kept.iter().collect();
        let kept: Vec<Column> = names
            .into_iter()
            .map(|name| records.column(name))
            .collect::<Result<_>>()?;
        if group.is_some() && self.groups.is_none() {
            self.groups = Some(vec![String::new(); self.texts.len()]);
        }
        if weight.is_some() && self.weights.is_none() {
            self.weights = Some(vec![1.0; self.texts.len()]);
        }
        for column in &kept {
            let values = self.kept.entry(column.name().to_owned()).or_default();
            values.resize(self.texts.len(), String::new());
        }
        records.for_each(|row, line, record| {
            let used = record.and_then(|record| {
                let weight = weight.as_ref().map(|column| parse_weight(record, column)).transpose()?;
                let group = group.as_ref().map(|column| record.get(column)).transpose()?;
                let (statement, name) = (record.get(&text)?, record.get(&label)?);
                let values: Vec<_> = kept.iter().map(|column| record.get(column)).collect::<Result<_>>()?;
                let name = name.trim();
                check_row(&statement, name, text.name(), label.name())?;
                if let Some(known) = self.known.as_ref().filter(|known| !known.iter().any(|k| k == name)) {
                    let unknown = ErrorKind::UnknownLabel {
                        label: name.to_owned(),
                        known: known.clone(),
                    };
                    return Err(Error::from(unknown).in_column(label.name()));
                }
                for (column, value) in kept.iter().zip(values) {
                    if let Some(values) = self.kept.get_mut(column.name()) {
                        values.push(value.into_owned());
                    }
                }
                if let (Some(groups), Some(group)) = (&mut self.groups, group) {
                    groups.push(group.into_owned());
                }
                if let (Some(weights), Some(weight)) = (&mut self.weights, weight) {
                    weights.push(weight);
                }
                self.push(statement.into_owned(), name, Origin { input, row, line });
                Ok(())
            });
            used.or_else(|error| on_error(error.at_row(row, Some(line))))
        })
    }

    fn push(&mut self, text: String, label: &str, origin: Origin) {
        let number = match self.names.get(label) {
            Some(&number) => number,
            None => {
                let number = self.names.len();
                self.names.insert(label.to_owned(), number);
                number
            }
        };
        self.texts.push(text);
        self.labels.push(number);
        self.origins.push(origin);
    }

    /// All rows, with the labels in ascending order.
    ///
    /// # Errors
    /// [`ErrorKind::NoRows`] if there is none, [`ErrorKind::TooMany`] if there are more than [`MOST_LABELS`] labels.
    pub fn build(self) -> Result<LabelledStatements> {
        if self.texts.is_empty() {
            return Err(ErrorKind::NoRows.into());
        }
        if self.names.len() > MOST_LABELS {
            return Err(ErrorKind::TooMany {
                what: "different labels",
                limit: MOST_LABELS as u64,
                remedy: "name the column that holds the labels with --label-column",
            }
            .into());
        }
        let mut rank = vec![0; self.names.len()];
        for (sorted, number) in self.names.values().enumerate() {
            rank[*number] = sorted;
        }
        Ok(LabelledStatements {
            texts: self.texts,
            origins: self.origins,
            targets: self.labels.into_iter().map(|number| rank[number]).collect(),
            labels: self.names.into_keys().collect(),
            groups: self.groups,
            weights: self.weights,
            kept: self.kept,
        })
    }
}

/// Refuses a row whose text or label, trimmed already, is empty or too long.
fn check_row(text: &str, label: &str, in_text: &str, in_label: &str) -> Result<()> {
    check_text(text).map_err(|error| error.in_column(in_text))?;
    let wrong = match label.trim().len() {
        0 => ErrorKind::EmptyLabel,
        1..=LONGEST_LABEL => return Ok(()),
        length => ErrorKind::WrongValue {
            wanted: "a label of at most 1000 bytes",
            found: format!("one of {length} bytes"),
        },
    };
    Err(Error::from(wrong).in_column(in_label))
}

/// Refuses a text that is empty, or longer than [`LONGEST_TEXT`].
pub(crate) fn check_text(text: &str) -> Result<()> {
    if text.trim().is_empty() {
        return Err(ErrorKind::EmptyText.into());
    }
    if text.len() > LONGEST_TEXT {
        return Err(ErrorKind::TextTooLong { limit: LONGEST_TEXT }.into());
    }
    Ok(())
}

fn parse_weight(record: &Record<'_>, column: &Column) -> Result<f64> {
    let value = record.get(column)?;
    let weight = value.trim().parse().ok().filter(|&weight| is_weight(weight));
    weight.ok_or_else(|| wrong_weight(format!("`{value}`")).in_column(column.name()))
}

fn is_weight(weight: f64) -> bool {
    weight.is_finite() && weight >= 0.0
}

fn wrong_weight(found: String) -> Error {
    let wanted = "zero or a positive number";
    ErrorKind::WrongValue { wanted, found }.into()
}

impl LabelledStatements {
    /// Reads a file, whose format its extension tells (CSV if nothing does).
    ///
    /// # Errors
    /// If the file cannot be read, a column is missing, or a row cannot be used; the error names file, row and column.
    pub fn from_path(path: impl AsRef<Path>, columns: &Columns) -> Result<Self> {
        let path = path.as_ref();
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        let format = RecordFormat::from_extension(extension).unwrap_or(RecordFormat::CSV);
        let read = || {
            let mut builder = LabelledStatementsBuilder::default();
            builder.read(File::open(path)?, format, columns, &mut Err)?;
            builder.build()
        };
        read().map_err(|e: Error| e.in_file(path))
    }

    /// Statements and labels that are at hand.
    ///
    /// # Errors
    /// [`ErrorKind::EmptyText`], [`ErrorKind::TextTooLong`], [`ErrorKind::EmptyLabel`] or [`ErrorKind::WrongValue`] (a label longer than
    /// [`LONGEST_LABEL`]) with its row, [`ErrorKind::NoRows`] if there is none, [`ErrorKind::TooMany`] if there are more than [`MOST_LABELS`]
    /// labels.
    pub fn from_pairs<T: Into<String>, L: AsRef<str>>(pairs: impl IntoIterator<Item = (T, L)>) -> Result<Self> {
        let mut builder = LabelledStatementsBuilder::default();
        let Columns {
            text: in_text,
            label: in_label,
            ..
        } = Columns::default();
        for (place, (text, label)) in (1..).zip(pairs) {
            let (text, label) = (text.into(), label.as_ref());
            check_row(&text, label, &in_text, &in_label).map_err(|e| e.at_row(place, None))?;
            let origin = Origin {
                input: 0,
                row: place,
                line: place,
            };
            builder.push(text, label, origin);
        }
        builder.build()
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The statements.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Each row's label, as a position in [`labels`](Self::labels).
    pub fn targets(&self) -> &[usize] {
        &self.targets
    }

    /// The labels that occur, ascending.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Where each row comes from.
    pub fn origins(&self) -> &[Origin] {
        &self.origins
    }

    /// The same rows in other groups, one for each row.
    ///
    /// # Errors
    /// [`ErrorKind::ShapeMismatch`] if there is not one for each row.
    pub fn with_groups(mut self, groups: Vec<String>) -> Result<Self> {
        if groups.len() != self.len() {
            return Err(ErrorKind::ShapeMismatch {
                what: "groups",
                expected: self.len(),
                found: groups.len(),
            }
            .into());
        }
        self.groups = Some(groups);
        Ok(self)
    }

    /// The same rows with other weights, one for each row: how much the row counts.
    ///
    /// # Errors
    /// [`ErrorKind::ShapeMismatch`] if there is not one for each row, [`ErrorKind::WrongValue`] with its row if one is negative or not finite.
    pub fn with_weights(mut self, weights: Vec<f64>) -> Result<Self> {
        if weights.len() != self.len() {
            return Err(ErrorKind::ShapeMismatch {
                what: "weights",
                expected: self.len(),
                found: weights.len(),
            }
            .into());
        }
        if let Some((row, weight)) = (1..).zip(&weights).find(|(_, weight)| !is_weight(**weight)) {
            return Err(wrong_weight(format!("`{weight}`")).at_row(row, None));
        }
        self.weights = Some(weights);
        Ok(self)
    }

    /// Each row's group, if a column of groups was read.
    pub fn groups(&self) -> Option<&[String]> {
        self.groups.as_deref()
    }

    /// Each row's weight, if a column of weights was read.
    pub fn weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    /// Each row's value in a column of [`Columns::kept`], if that was read.
    pub fn kept(&self, column: &str) -> Option<&[String]> {
        self.kept.get(column).map(Vec::as_slice)
    }

    /// How many rows each label has.
    pub fn rows_per_label(&self) -> BTreeMap<String, usize> {
        let mut counts: BTreeMap<String, usize> = self.labels.iter().map(|label| (label.clone(), 0)).collect();
        for &target in &self.targets {
            *counts.entry(self.labels[target].clone()).or_default() += 1;
        }
        counts
    }

    /// BLAKE3 of texts, labels and weights, in order.
    pub fn fingerprint(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut add = |text: &str| {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        for (i, text) in self.texts.iter().enumerate() {
            add(text);
            add(&self.labels[self.targets[i]]);
            if let Some(weights) = &self.weights {
                add(&weights[i].to_string());
            }
        }
        hasher.finalize().to_hex().to_string()
    }

    /// The rows named by `rows`, in that order, with the same labels.
    ///
    /// # Panics
    /// If one of them does not exist.
    pub fn select(&self, rows: &[usize]) -> Self {
        LabelledStatements {
            texts: rows.iter().map(|&i| self.texts[i].clone()).collect(),
            targets: rows.iter().map(|&i| self.targets[i]).collect(),
            origins: rows.iter().map(|&i| self.origins[i]).collect(),
            labels: self.labels.clone(),
            groups: self
                .groups
                .as_ref()
                .map(|g| rows.iter().map(|&i| g[i].clone()).collect()),
            weights: self.weights.as_ref().map(|w| rows.iter().map(|&i| w[i]).collect()),
            kept: self
                .kept
                .iter()
                .map(|(name, values)| (name.clone(), rows.iter().map(|&i| values[i].clone()).collect()))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_numbered_in_ascending_order() {
        let data = LabelledStatements::from_pairs([("a", "z"), ("b", "y"), ("c", "z")]).unwrap();
        assert_eq!(data.labels(), ["y", "z"]);
        assert_eq!(data.targets(), [1, 0, 1]);
        assert_eq!(data.rows_per_label()["z"], 2);
        assert_ne!(data.fingerprint(), data.select(&[0, 1]).fingerprint());
    }

    #[test]
    fn pairs_and_their_weights_are_checked_row_by_row() {
        let pairs = |second: (&'static str, &'static str)| LabelledStatements::from_pairs([("a", "x"), second]);
        assert_eq!(
            pairs((" ", "y")).unwrap_err().to_string(),
            "row 2, column `text`: the text is empty; fill it in or leave such rows out with --on-error skip"
        );
        assert!(matches!(pairs(("b", "")).unwrap_err().kind(), ErrorKind::EmptyLabel));
        let weigh = |weights: &[f64]| pairs(("b", "y")).unwrap().with_weights(weights.to_vec());
        assert_eq!(weigh(&[0.0, 2.5]).unwrap().weights(), Some(&[0.0, 2.5][..]));
        assert_eq!(weigh(&[1.0]).unwrap_err().to_string(), "weights: 1 given, 2 needed");
        assert!(weigh(&[0.0, 0.0]).is_ok(), "that is for the trainer to refuse");
        for wrong in [-1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(weigh(&[1.0, wrong]).unwrap_err().position().row, Some(2));
        }
    }

    #[test]
    fn groups_and_weights_are_read_and_checked() {
        let columns = Columns {
            group: Some("topic".into()),
            weight: Some("w".into()),
            ..Columns::default()
        };
        let csv = "text,label,topic,w\na,x,t,2\nb,y,u,-1\n";
        let mut builder = LabelledStatementsBuilder::default();
        let mut errors = Vec::new();
        let mut on_error = |e| {
            errors.push(e);
            Ok(())
        };
        builder
            .read(csv.as_bytes(), RecordFormat::CSV, &columns, &mut on_error)
            .unwrap();
        let data = builder.build().unwrap();
        assert_eq!(data.weights(), Some(&[2.0][..]));
        assert_eq!(data.groups().unwrap(), ["t"]);
        assert_eq!(errors[0].position().row, Some(2));
        assert_eq!(errors[0].position().column.as_deref(), Some("w"));
    }

    #[test]
    fn columns_are_kept_row_by_row_and_labels_may_be_given() {
        let columns = Columns {
            kept: vec!["source".into(), "text".into(), "source".into()],
            ..Columns::default()
        };
        let mut builder = LabelledStatementsBuilder::known_labels(&["x".to_owned(), "y".to_owned()]);
        let mut errors = Vec::new();
        let mut on_error = |e| {
            errors.push(e);
            Ok(())
        };
        let csv = "text,label,source\na,x,wire\nb,z,blog\nc,y,\n";
        builder
            .read(csv.as_bytes(), RecordFormat::CSV, &columns, &mut on_error)
            .unwrap();
        let data = builder.build().unwrap();
        assert_eq!(data.kept("source").unwrap(), ["wire", ""]);
        assert_eq!(data.kept("text").unwrap(), data.texts());
        assert_eq!(data.select(&[1]).kept("text").unwrap(), ["c"]);
        assert!(data.kept("label").is_none());
        assert!(matches!(errors[0].kind(), ErrorKind::UnknownLabel { label, .. } if label == "z"));
        assert_eq!((errors.len(), errors[0].position().row), (1, Some(2)));
    }
}
