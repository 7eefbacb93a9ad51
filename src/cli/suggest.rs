//! `demarche suggest`: rows without a label in, those worth labelling out.

use std::path::{Path, PathBuf};

use linfa::ParamGuard;
use serde_json::{Map, Value};

use super::answers::rounded;
use super::args::{CommonArgs, SuggestArgs};
use super::input::{self, Problems};
use super::output::{Output, OutputFormat};
use super::rows::delimited_writer;
use super::terminal;
use crate::dataset::{Columns, LabelledStatementsBuilder, OnError, Record, RecordFormat, Records, check_text};
use crate::error::{Error, ErrorKind, Result};
use crate::model::StanceClassifier;
use crate::suggest::{Suggestion, suggest};
use crate::train::Trainer;

/// What is added behind the input's columns, after the label.
const ADDED: [&str; 3] = ["guess", "confidence", "reason"];

pub fn run(args: &SuggestArgs, common: &CommonArgs) -> Result<()> {
    if args.count == 0 {
        return Err(ErrorKind::InvalidParameter {
            name: "-n",
            value: "0".to_owned(),
            must: "at least 1",
        }
        .into());
    }
    let columns = Columns {
        text: args.input.text_column.clone(),
        label: args.label_column.clone(),
        ..Columns::default()
    };
    let labelled = match args.labelled.is_empty() {
        true => None,
        false => Some(input::build_labelled(
            LabelledStatementsBuilder::default(),
            &args.labelled,
            &columns,
            &args.input,
            common.quiet,
            true,
        )?),
    };
    let classifier = match (&args.model, &labelled) {
        (None, Some(labelled)) => {
            let at_data = |error: Error| match &args.labelled[..] {
                [path] => error.in_file(path),
                _ => error,
            };
            StanceClassifier::new(Trainer::params().check()?.fit(labelled).map_err(at_data)?)
        }
        (model, _) => super::load_model(model.as_deref())?,
    };
    let pool = Pool::read(args, &columns, common.quiet)?;
    let mut known = pool.labelled;
    known.extend(labelled.iter().flat_map(|labelled| labelled.texts().iter().cloned()));
    let suggestions = suggest(&classifier, &pool.texts, &known, args.count)?;

    let mut output = Output::open(args.output.as_deref())?;
    let table = Table {
        header: &pool.header,
        rows: &pool.rows,
        texts: &pool.texts,
        label: &args.label_column,
    };
    match OutputFormat::choose(args.format, args.output.as_deref()) {
        OutputFormat::Csv => output.write(&table.delimited(&suggestions, b',')?)?,
        OutputFormat::Tsv => output.write(&table.delimited(&suggestions, b'\t')?)?,
        OutputFormat::Jsonl => {
            for object in table.objects(&suggestions) {
                output.write(format!("{object}\n").as_bytes())?;
            }
        }
        OutputFormat::Json => {
            let objects: Value = table.objects(&suggestions).collect();
            output.write(format!("{objects:#}\n").as_bytes())?;
        }
        OutputFormat::Table => output.print(&table.render(&suggestions))?,
    }
    output.finish()?;
    if suggestions.len() < args.count {
        let note = format!(
            "{} suggested of {} statements without a label; the others are nearly the same as these or as labelled ones, or have no word to learn from",
            suggestions.len(),
            pool.texts.len()
        );
        terminal::print_note(common.quiet, &note);
    }
    Ok(())
}

/// All rows without a label.
struct Pool {
    /// The input's columns that the output keeps.
    header: Vec<String>,
    rows: Vec<Row>,
    texts: Vec<String>,
    /// The statements of rows that have a label.
    labelled: Vec<String>,
}

struct Row {
    /// The file, where there are several.
    file: Option<PathBuf>,
    number: u64,
    /// The values of the columns, by their positions in the header.
    values: Vec<(usize, Value)>,
}

impl Row {
    fn value(&self, column: usize) -> &Value {
        let value = self.values.iter().find(|(at, _)| *at == column);
        value.map_or(&Value::Null, |(_, value)| value)
    }
}

impl Pool {
    fn read(args: &SuggestArgs, columns: &Columns, quiet: bool) -> Result<Self> {
        let standard_input = [PathBuf::from("-")];
        let inputs = match args.inputs.is_empty() {
            true => &standard_input[..],
            false => &args.inputs,
        };
        let mut pool = Pool {
            header: Vec::new(),
            rows: Vec::new(),
            texts: Vec::new(),
            labelled: Vec::new(),
        };
        let mut problems = Problems::new(args.input.on_error, quiet);
        for path in inputs {
            let file = (inputs.len() > 1).then(|| path.clone());
            let mut on_error = |error: Error| problems.handle(error.in_file(path));
            pool.add(path, file, args, columns, &mut on_error)
                .map_err(|error| error.in_file(path))?;
        }
        match pool.texts.is_empty() && pool.labelled.is_empty() {
            true => Err(Error::from(ErrorKind::NoRows).in_file(&inputs[0])),
            false => Ok(pool),
        }
    }

    fn add(
        &mut self,
        path: &Path,
        file: Option<PathBuf>,
        args: &SuggestArgs,
        columns: &Columns,
        on_error: &mut OnError<'_>,
    ) -> Result<()> {
        let input = input::open(path, &args.input)?;
        let mut records = Records::new(input.reader, input.format)?;
        let text_name = match input.format {
            RecordFormat::Text => "text",
            _ => &columns.text,
        };
        let text = records.column(text_name)?;
        let label = records.column(&columns.label).ok();
        // Columns of earlier suggestions are replaced.
        let is_kept = |name: &str| name != columns.label && !ADDED.contains(&name) && !["file", "row"].contains(&name);
        let places: Vec<Option<usize>> = records
            .header()
            .to_vec()
            .iter()
            .map(|name| is_kept(name).then(|| self.column(name)))
            .collect();
        records.for_each(|number, line, record| {
            let mut add = |record: &Record<'_>| -> Result<()> {
                let statement = record.get(&text)?.into_owned();
                check_text(&statement).map_err(|error| error.in_column(text.name()))?;
                let given = label.as_ref().and_then(|label| record.get(label).ok());
                if given.is_some_and(|label| !label.trim().is_empty()) {
                    self.labelled.push(statement);
                    return Ok(());
                }
                let values: Vec<(usize, Value)> = match record {
                    Record::Line(line) => vec![(self.column(text_name), line.as_ref().into())],
                    Record::Fields(fields) => {
                        let kept = places
                            .iter()
                            .zip(fields)
                            .filter_map(|(&place, field)| Some((place?, field.as_ref().into())));
                        kept.collect()
                    }
                    Record::Object(object) => {
                        let kept = object.iter().filter(|(name, _)| is_kept(name));
                        kept.map(|(name, value)| (self.column(name), value.clone())).collect()
                    }
                };
                self.rows.push(Row {
                    file: file.clone(),
                    number,
                    values,
                });
                self.texts.push(statement);
                Ok(())
            };
            let added = record.and_then(&mut add);
            added.or_else(|error| on_error(error.at_row(number, Some(line))))
        })
    }

    /// The position of a column, which is added if it is new.
    fn column(&mut self, name: &str) -> usize {
        match self.header.iter().position(|known| known == name) {
            Some(position) => position,
            None => {
                self.header.push(name.to_owned());
                self.header.len() - 1
            }
        }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

/// Suggestions as rows: where from, the input's columns, an empty label, what the model guesses, and why.
struct Table<'t> {
    header: &'t [String],
    rows: &'t [Row],
    texts: &'t [String],
    label: &'t str,
}

impl Table<'_> {
    fn has_files(&self) -> bool {
        self.rows.iter().any(|row| row.file.is_some())
    }

    fn header(&self) -> Vec<&str> {
        let mut header = match self.has_files() {
            true => vec!["file", "row"],
            false => vec!["row"],
        };
        header.extend(self.header.iter().map(String::as_str));
        header.push(self.label);
        header.extend(ADDED);
        header
    }

    fn fields(&self, suggestion: &Suggestion) -> Vec<String> {
        let row = &self.rows[suggestion.row];
        let mut fields = Vec::new();
        if self.has_files() {
            fields.push(
                row.file
                    .as_ref()
                    .map_or_else(String::new, |file| file.display().to_string()),
            );
        }
        fields.push(row.number.to_string());
        fields.extend((0..self.header.len()).map(|column| plain(row.value(column))));
        fields.push(String::new());
        fields.push(suggestion.prediction.label().to_owned());
        fields.push(format!("{:.6}", suggestion.prediction.confidence()));
        fields.push(suggestion.reason());
        fields
    }

    fn delimited(&self, suggestions: &[Suggestion], delimiter: u8) -> Result<Vec<u8>> {
        let mut writer = delimited_writer(delimiter);
        writer.write_record(self.header()).map_err(std::io::Error::other)?;
        for suggestion in suggestions {
            writer
                .write_record(self.fields(suggestion))
                .map_err(std::io::Error::other)?;
        }
        Ok(writer.into_inner().map_err(|e| e.into_error())?)
    }

    fn objects(&self, suggestions: &[Suggestion]) -> impl Iterator<Item = Value> {
        suggestions.iter().map(|suggestion| {
            let fields = self.header().into_iter().zip(self.fields(suggestion));
            let mut object: Map<String, Value> = fields
                .map(|(name, value)| (name.to_owned(), Value::from(value)))
                .collect();
            let row = &self.rows[suggestion.row];
            for (column, value) in &row.values {
                object.insert(self.header[*column].clone(), value.clone());
            }
            object.insert("row".to_owned(), row.number.into());
            object.insert("confidence".to_owned(), rounded(suggestion.prediction.confidence()));
            object.into()
        })
    }

    fn render(&self, suggestions: &[Suggestion]) -> String {
        let mut table = terminal::table(&["row", "guess", "sure", "statement", "reason"], &[0, 2]);
        for suggestion in suggestions {
            let label = suggestion.prediction.label();
            table.add_row([
                self.rows[suggestion.row].number.to_string(),
                terminal::coloured(label),
                format!("{:.2}", suggestion.prediction.confidence()),
                terminal::one_line(&self.texts[suggestion.row]),
                terminal::one_line(&suggestion.reason()),
            ]);
        }
        format!("{table}\n")
    }
}
