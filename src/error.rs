//! What can go wrong, and where.
//!
//! An [`Error`] is a kind and, for data, a [`Position`]: file, row, line and column. Its `Display` is one sentence
//! that starts with the place and ends with the remedy.

use std::fmt;
use std::path::{Path, PathBuf};

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error with the place where it happened.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    position: Position,
}

/// Where in the user's data an error was met. Every part is optional.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Position {
    /// The file, as the user named it; `-` is standard input.
    pub file: Option<PathBuf>,
    /// The record, counted from 1; a header is not counted.
    pub row: Option<u64>,
    /// The line of the file on which the record starts, counted from 1.
    pub line: Option<u64>,
    /// The name of the column.
    pub column: Option<String>,
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Reading or writing failed.
    #[error("{0}")]
    Io(#[source] std::io::Error),
    /// The bytes are not UTF-8.
    #[error(
        "the text is not valid UTF-8; say how it is encoded (--encoding windows-1252) or replace what cannot be read (--encoding utf-8-lossy)"
    )]
    InvalidUtf8,
    /// A column that is needed is not there.
    #[error(
        "there is no column `{wanted}`; the columns are {}{}",
        list(found),
        suggestion(nearest)
    )]
    MissingColumn {
        /// The name that was asked for.
        wanted: String,
        /// The names that are there.
        found: Vec<String>,
        /// The name that looks most like the wanted one.
        nearest: Option<String>,
    },
    /// A record has more or fewer fields than the header.
    #[error("the row has {found} {}, the header has {expected}; a comma or a quotation mark is probably missing", if *found == 1 { "field" } else { "fields" })]
    FieldCount {
        /// Fields in the header.
        expected: u64,
        /// Fields in the row.
        found: u64,
    },
    /// A line of JSONL is not a JSON object.
    #[error("the line is not a JSON object ({0}); each line must hold one object such as {{\"text\": \"…\"}}")]
    Json(String),
    /// A value is of a kind that cannot be used.
    #[error("the value is {found}, {wanted} is needed")]
    WrongValue {
        /// What is needed.
        wanted: &'static str,
        /// What was met.
        found: String,
    },
    /// A file of columns, Parquet or Arrow IPC, cannot be read or written.
    #[error("the {format} file {reason}")]
    Columnar {
        /// `Parquet` or `Arrow IPC`.
        format: &'static str,
        /// What is wrong with it, and the remedy.
        reason: String,
    },
    /// The program was built without a feature that is needed.
    #[error(
        "this demarche was built without {what}; install it again with `cargo install --path . --features {feature}`, or convert the data to CSV"
    )]
    MissingFeature {
        /// What it cannot do.
        what: &'static str,
        /// The feature of the crate that can.
        feature: &'static str,
    },
    /// There is nothing in the data.
    #[error("the data are empty; a header such as `text,label` and at least one row are needed")]
    Empty,
    /// There is a header and nothing below it.
    #[error("there are no rows below the header")]
    NoRows,
    /// A statement without any text.
    #[error("the text is empty; fill it in or leave such rows out with --on-error skip")]
    EmptyText,
    /// A row without a label.
    #[error(
        "the label is empty; fill it in, or leave such rows out with --on-error skip, or in train with --skip-unlabelled"
    )]
    EmptyLabel,
    /// A record is longer than the reader is willing to hold.
    #[error("the record is longer than {limit} bytes; a closing quotation mark or a line end is probably missing")]
    RecordTooLong {
        /// The ceiling in bytes.
        limit: usize,
    },
    /// A text is longer than any statement.
    #[error(
        "the text is longer than {limit} bytes, as no statement is; cut it, or leave such rows out with --on-error skip"
    )]
    TextTooLong {
        /// The ceiling in bytes.
        limit: usize,
    },
    /// There is more of something than this crate takes.
    #[error("there are more than {limit} {what}; {remedy}")]
    TooMany {
        /// What was counted.
        what: &'static str,
        /// The ceiling.
        limit: u64,
        /// What to do.
        remedy: &'static str,
    },
    /// A label that the model does not know.
    #[error(
        "the label `{label}` is unknown to the model, whose labels are {}; correct it or train a model on these labels",
        list(known)
    )]
    UnknownLabel {
        /// The label that was met.
        label: String,
        /// The labels of the model.
        known: Vec<String>,
    },
    /// The model does not know what it takes for what.
    #[error(
        "the model's card does not tell what it takes for what; train it again with --cv 5, or give labelled rows with --labelled"
    )]
    NoConfusion,
    /// A label of the model has no row from which its errors could be learnt.
    #[error("no row has the label `{label}`, so that nothing is known of what it is taken for; add some")]
    LabelWithoutRows {
        /// The label.
        label: String,
    },
    /// All rows have the same label.
    #[error("every row has the label `{label}`; a classifier needs at least two labels")]
    OneLabel {
        /// The only label.
        label: String,
    },
    /// A label is too rare for cross-validation.
    #[error("the label `{label}` has {rows} {}, fewer than the {folds} folds of cross-validation; add rows, or use --cv {rows} or --cv 0", if *rows == 1 { "row" } else { "rows" })]
    TooFewRows {
        /// The label.
        label: String,
        /// Its rows.
        rows: usize,
        /// The folds asked for.
        folds: usize,
    },
    /// There are fewer groups than folds.
    #[error("the rows fall into {groups} {}, fewer than the {folds} folds of cross-validation; use fewer folds", if *groups == 1 { "group" } else { "groups" })]
    TooFewGroups {
        /// Distinct groups.
        groups: usize,
        /// The folds asked for.
        folds: usize,
    },
    /// No term is left after `min_df`, `max_df` and stop words.
    #[error("no term is left to learn from; lower --min-df, raise --max-df or turn stop words off")]
    EmptyVocabulary,
    /// A model was asked for what only rows that were held out in its training could tell.
    #[error("the model was trained without cross-validation, which {what} need; train it with --cv 5")]
    NothingHeldOut {
        /// What was asked for.
        what: &'static str,
    },
    /// A parameter has a value that makes no sense.
    #[error("{name} is {value}; it must be {must}")]
    InvalidParameter {
        /// The parameter.
        name: &'static str,
        /// Its value.
        value: String,
        /// What is allowed.
        must: &'static str,
    },
    /// Arrays that belong together differ in length.
    #[error("{what}: {found} given, {expected} needed")]
    ShapeMismatch {
        /// What was counted.
        what: &'static str,
        /// The length that is needed.
        expected: usize,
        /// The length that was given.
        found: usize,
    },
    /// The dense solver would need too much memory.
    #[error("the solver linfa needs a dense array of {rows} × {columns} values ({} MB), more than its bound of {} MB; use --solver dual, or keep fewer terms with --min-df or --max-features", .bytes / 1_000_000, .limit / 1_000_000)]
    DenseTooLarge {
        /// Rows of the array.
        rows: usize,
        /// Columns of the array.
        columns: usize,
        /// Bytes that the array would take.
        bytes: u64,
        /// The bound in bytes.
        limit: u64,
    },
    /// The file is empty.
    #[error("the model file is empty; train it again or restore it from a copy")]
    ModelEmpty,
    /// The file does not start like a model file.
    #[error("this is not a demarche model file; name a file that `demarche train -o` wrote")]
    NotAModel,
    /// The file ends before its own lengths say.
    #[error("the model file is cut short ({found} bytes of {expected}); copy it again or train it again")]
    ModelTruncated {
        /// Bytes that the file announces.
        expected: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// The file was altered after it was written.
    #[error("the model file is damaged ({0}); copy it again or train it again")]
    ModelDamaged(&'static str),
    /// The file is of a format that this version does not read.
    #[error(
        "the model file has format version {found}, this demarche reads up to version {supported}; install a newer demarche or train the model again"
    )]
    ModelVersion {
        /// The file's format version.
        found: u32,
        /// The newest that this crate reads.
        supported: u32,
    },
    /// linfa refused or failed.
    #[cfg(feature = "train")]
    #[error("linfa: {0}")]
    Linfa(#[source] linfa::Error),
    /// linfa-logistic refused or failed.
    #[cfg(feature = "train")]
    #[error("linfa-logistic: {0}")]
    LinfaLogistic(#[source] linfa_logistic::error::Error),
}

/// Names in one sentence: a file that is no CSV has thousands of columns, or one that is the whole file.
fn list(names: &[String]) -> String {
    const MOST: usize = 30;
    const LONGEST: usize = 100;
    let shorten = |name: &String| match name.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("`{}…`", &name[..end]),
        None => format!("`{name}`"),
    };
    let shown: Vec<String> = names.iter().take(MOST).map(shorten).collect();
    match names.len() {
        0 => "none".to_owned(),
        1..=MOST => shown.join(", "),
        count => format!("{} and {} more", shown.join(", "), count - MOST),
    }
}

fn suggestion(nearest: &Option<String>) -> String {
    nearest
        .as_ref()
        .map_or_else(String::new, |n| format!("; did you mean `{n}`?"))
}

impl Error {
    /// What went wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// Where it went wrong.
    pub fn position(&self) -> &Position {
        &self.0.position
    }

    /// Names the file, unless one is named already.
    pub fn in_file(mut self, file: impl AsRef<Path>) -> Self {
        self.0.position.file.get_or_insert_with(|| file.as_ref().to_owned());
        self
    }

    /// Names the row (counted from 1, header not counted) and the line on which it starts.
    pub fn at_row(mut self, row: u64, line: Option<u64>) -> Self {
        let position = &mut self.0.position;
        position.row.get_or_insert(row);
        position.line = position.line.or(line);
        self
    }

    /// Names the line, counted from 1, where the row is not known.
    pub fn at_line(mut self, line: u64) -> Self {
        self.0.position.line.get_or_insert(line);
        self
    }

    /// Names no line, where the data have none.
    #[cfg(feature = "cli")]
    pub(crate) fn without_line(mut self) -> Self {
        self.0.position.line = None;
        self
    }

    /// Names the column.
    pub fn in_column(mut self, column: &str) -> Self {
        self.0.position.column.get_or_insert_with(|| column.to_owned());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position {
            file,
            row,
            line,
            column,
        } = self.position();
        let mut place = Vec::new();
        if let Some(file) = file {
            place.push(match file.to_str() {
                Some("-") => "standard input".to_owned(),
                _ => file.display().to_string(),
            });
        }
        match (row, line) {
            (Some(row), Some(line)) => place.push(format!("row {row} (line {line})")),
            (Some(row), None) => place.push(format!("row {row}")),
            (None, Some(line)) => place.push(format!("line {line}")),
            (None, None) => {}
        }
        if let Some(column) = column {
            place.push(format!("column `{column}`"));
        }
        if !place.is_empty() {
            write!(f, "{}: ", place.join(", "))?;
        }
        write!(f, "{}", self.kind())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(self.kind())
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Error(Box::new(Inner {
            kind,
            position: Position::default(),
        }))
    }
}

impl From<std::io::Error> for Error {
    /// An error of this crate that a reader handed on comes out as it was.
    fn from(error: std::io::Error) -> Self {
        match error.downcast::<Error>() {
            Ok(error) => error,
            Err(error) => ErrorKind::Io(error).into(),
        }
    }
}

/// linfa's traits ask for this conversion.
#[cfg(feature = "train")]
impl From<linfa::Error> for Error {
    fn from(error: linfa::Error) -> Self {
        ErrorKind::Linfa(error).into()
    }
}

#[cfg(feature = "train")]
impl From<linfa_logistic::error::Error> for Error {
    fn from(error: linfa_logistic::error::Error) -> Self {
        ErrorKind::LinfaLogistic(error).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_its_place_and_the_remedy() {
        let error = Error::from(ErrorKind::EmptyText)
            .in_column("text")
            .at_row(3, Some(5))
            .in_file("quotes.csv");
        assert_eq!(
            error.to_string(),
            "quotes.csv, row 3 (line 5), column `text`: the text is empty; fill it in or leave such rows out with --on-error skip"
        );
        assert_eq!(error.position().row, Some(3));
    }

    #[test]
    fn a_list_of_names_stays_a_sentence() {
        let names: Vec<String> = (0..1000).map(|i| i.to_string()).collect();
        assert!(list(&names).ends_with("`29` and 970 more"));
        assert_eq!(list(&names[..2]), "`0`, `1`");
        assert_eq!(list(&["é".repeat(1000)]).chars().count(), 103);
        assert_eq!(list(&[]), "none");
    }

    #[test]
    fn the_innermost_place_wins() {
        let error = Error::from(ErrorKind::NoRows).in_file("inner.csv").in_file("outer.csv");
        assert_eq!(error.position().file.as_deref(), Some(Path::new("inner.csv")));
    }
}
