//! The articles that the user named: files, folders, standard input, and what they hold.

use std::borrow::Cow;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::args::InputArgs;
use super::input::{self, Input, Problems};
use super::{html, terminal};
use crate::attribution;
use crate::dataset::{Column, Record, RecordFormat, Records};
use crate::error::{Error, ErrorKind, Result};

/// The extensions of articles that are looked for in folders.
const EXTENSIONS: [&str; 11] = [
    "txt", "text", "md", "markdown", "jsonl", "ndjson", "csv", "tsv", "html", "htm", "xhtml",
];

/// The files behind some paths, the files of a folder in the order of their names; standard input if there is none.
pub fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    if paths.is_empty() {
        return Ok(vec![PathBuf::from("-")]);
    }
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let before = files.len();
        collect(path, &mut files)?;
        if files.len() == before {
            return Err(ErrorKind::InvalidParameter {
                name: "the folder",
                value: path.display().to_string(),
                must: "one with articles: .txt, .md, .jsonl, .csv or .html files",
            }
            .into());
        }
    }
    Ok(files)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let in_folder = |error: std::io::Error| crate::Error::from(error).in_file(folder);
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(in_folder)? {
        entries.push(entry.map_err(in_folder)?.path());
    }
    entries.sort();
    for path in entries {
        let is_link = path.symlink_metadata().is_ok_and(|m| m.file_type().is_symlink());
        if path.is_dir() {
            // A link could lead back to where it stands.
            if !is_link {
                collect(&path, files)?;
            }
        } else if is_article(&path) {
            files.push(path);
        }
    }
    Ok(())
}

fn is_article(path: &Path) -> bool {
    let extension = |path: &Path| {
        path.extension()
            .and_then(|e| e.to_str())
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    let hidden = path
        .file_name()
        .and_then(|name| name.to_str())
        .is_none_or(|name| name.starts_with('.'));
    let inner = match extension(path).as_str() {
        "gz" | "zst" => extension(&path.with_extension("")),
        other => other.to_owned(),
    };
    !hidden && EXTENSIONS.contains(&inner.as_str())
}

/// The name by which an article of a file is known.
pub fn name(path: &Path) -> String {
    match path.file_name() {
        Some(name) => name.to_string_lossy().into_owned(),
        None => path.display().to_string(),
    }
}

/// An article as it was found.
#[derive(Debug)]
pub struct Article {
    /// The file, or the record's id.
    pub name: String,
    pub title: Option<String>,
    /// As it is written in the record.
    pub date: Option<String>,
    pub text: String,
}

/// Every article behind some paths; what cannot be used of them is said.
pub fn read(paths: &[PathBuf], args: &InputArgs, as_html: bool, quiet: bool) -> Result<Vec<Article>> {
    let mut articles = Vec::new();
    for path in files(paths)? {
        let input = input::open(&path, args)?;
        let before = articles.len();
        match input.format {
            RecordFormat::Text => read_text(input).map(|article| articles.push(article)),
            _ => read_records(input, args, quiet, &mut articles),
        }
        .map_err(|error| error.in_file(&path))?;
        for article in &mut articles[before..] {
            article.text = readable(&article.name, &article.text, as_html, quiet).into_owned();
        }
    }
    Ok(articles)
}

fn read_text(mut input: Input) -> Result<Article> {
    let mut bytes = Vec::new();
    input.reader.read_to_end(&mut bytes)?;
    Ok(Article {
        name: name(&input.name),
        title: None,
        date: None,
        text: String::from_utf8(bytes).map_err(|_| Error::from(ErrorKind::InvalidUtf8))?,
    })
}

fn read_records(input: Input, args: &InputArgs, quiet: bool, articles: &mut Vec<Article>) -> Result<()> {
    let file = name(&input.name);
    let mut records = Records::new(input.reader, input.format)?;
    let text = records.column(&args.text_column)?;
    let [id, title, date] = ["id", "title", "date"].map(|column| records.column(column).ok());
    let mut problems = Problems::new(args.on_error, quiet);
    records.for_each(|row, line, record| {
        let article = record.and_then(|record| {
            Ok(Article {
                name: value(record, id.as_ref()).unwrap_or_else(|| format!("{file}:{row}")),
                title: value(record, title.as_ref()),
                date: value(record, date.as_ref()),
                text: record.get(&text)?.into_owned(),
            })
        });
        match article {
            Ok(article) => articles.push(article),
            Err(error) => problems.handle(error.at_row(row, Some(line)).in_file(&input.name))?,
        }
        Ok(())
    })
}

/// What a record has in a column that it need not have.
fn value(record: &Record, column: Option<&Column>) -> Option<String> {
    let value = record.get(column?).ok()?;
    Some(value.into_owned()).filter(|value| !value.trim().is_empty())
}

/// The text to read; a page of HTML is stripped where that was asked for, and named where it was not.
fn readable<'t>(name: &str, text: &'t str, as_html: bool, quiet: bool) -> Cow<'t, str> {
    let text = match as_html {
        true => Cow::Owned(html::strip(text)),
        false => Cow::Borrowed(text),
    };
    if !as_html && html::is_html(&text) {
        let note = format!("{name}: this looks like HTML; --html reads the text of the page");
        terminal::print_note(quiet, &note);
    }
    if !text.trim().is_empty() && !attribution::is_english(&text) {
        let note = format!("{name}: this does not look like English; nothing was extracted");
        terminal::print_note(quiet, &note);
    }
    text
}
