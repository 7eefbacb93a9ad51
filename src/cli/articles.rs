//! The articles that the user named: files, folders, standard input, and what they hold.

use std::convert::Infallible;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;

use super::args::{InputArgs, InputFormat};
use super::input::{self, Input, Problems};
use super::{html, terminal};
use crate::attribution;
use crate::dataset::{Column, Record, RecordFormat, Records};
use crate::error::{Error, ErrorKind, Result};

/// The longest file that is read as one article, in bytes: 16 MiB.
const LONGEST_ARTICLE: u64 = 1 << 24;

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

fn extension(path: &Path) -> String {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    extension.to_ascii_lowercase()
}

/// The extension behind that of a compressed file.
fn inner_extension(path: &Path) -> String {
    match extension(path).as_str() {
        "gz" | "zst" => extension(&path.with_extension("")),
        other => other.to_owned(),
    }
}

fn is_article(path: &Path) -> bool {
    let hidden = path
        .file_name()
        .and_then(|name| name.to_str())
        .is_none_or(|name| name.starts_with('.'));
    !hidden && EXTENSIONS.contains(&inner_extension(path).as_str())
}

/// The name by which an article of a file is known.
fn name(path: &Path) -> String {
    match path.file_name() {
        Some(name) => name.to_string_lossy().into_owned(),
        None => path.display().to_string(),
    }
}

/// Whether a path is meant to be searched for statements: the user says so, or it is a folder, a page, Markdown, or a text file with
/// paragraphs in which somebody says something. Other text files hold a statement in each line.
pub fn are_meant(path: &Path, args: &InputArgs) -> bool {
    match args.input_format {
        Some(InputFormat::Article) => return true,
        Some(_) => return false,
        None => {}
    }
    match inner_extension(path).as_str() {
        _ if path.is_dir() => true,
        "md" | "markdown" | "html" | "htm" | "xhtml" => true,
        // What a pipe holds can be read only once.
        "txt" | "text" if path.is_file() => looks_like_article(path, args).unwrap_or(false),
        _ => false,
    }
}

fn looks_like_article(path: &Path, args: &InputArgs) -> Result<bool> {
    const ENOUGH: u64 = 1 << 16;
    let mut start = Vec::new();
    input::open(path, args)?.reader.take(ENOUGH).read_to_end(&mut start)?;
    let text = String::from_utf8_lossy(&start);
    let has_paragraphs = text.trim().lines().any(|line| line.trim().is_empty());
    Ok(html::is_html(&text) || has_paragraphs && !attribution::extract(&text).is_empty())
}

/// An article as it was found.
#[derive(Debug)]
pub struct Article {
    /// The record's id as it is written there, else the file's name.
    pub id: Value,
    pub title: Option<String>,
    /// As it is written in the record.
    pub date: Option<String>,
    pub text: String,
}

impl Article {
    /// The id in words.
    pub fn name(&self) -> String {
        match &self.id {
            Value::String(name) => name.clone(),
            other => other.to_string(),
        }
    }

    /// Makes the text fit to read: a page of HTML is stripped where that was asked for. Gives back what the user should know: that it looks like
    /// HTML, or like no English.
    pub fn prepare(&mut self, as_html: bool) -> Option<String> {
        if as_html {
            self.text = html::strip(&self.text);
        } else if html::is_html(&self.text) {
            return Some(format!(
                "{}: this looks like HTML; --html reads the text of the page",
                self.name()
            ));
        }
        if !self.text.trim().is_empty() && !attribution::is_english(&self.text) {
            return Some(format!(
                "{}: this does not look like English; nothing was extracted",
                self.name()
            ));
        }
        None
    }
}

/// The articles of some files, as a stream.
pub struct Articles {
    files: std::vec::IntoIter<PathBuf>,
    args: InputArgs,
    /// The file that is being read, if it has an article in each record.
    open: Option<ArticleRecords>,
    /// Bytes of the files read so far.
    read: u64,
}

/// A file with an article in each record.
struct ArticleRecords {
    path: PathBuf,
    records: Records<Box<dyn Read + Send>>,
    text: Column,
    id: Option<Column>,
    title: Option<Column>,
    date: Option<Column>,
    row: u64,
    read: Arc<AtomicU64>,
}

/// Some articles, or what is wrong with one of them, and how many bytes of input have been read so far.
pub struct Batch {
    pub articles: Vec<Result<Article>>,
    pub from_records: bool,
    pub read: u64,
}

impl Articles {
    pub fn new(files: Vec<PathBuf>, args: &InputArgs) -> Self {
        Articles {
            files: files.into_iter(),
            args: args.clone(),
            open: None,
            read: 0,
        }
    }

    /// The next few articles.
    pub fn next_batch(&mut self) -> Result<Option<Batch>> {
        loop {
            if let Some(mut open) = self.open.take() {
                let articles = open.next_articles().map_err(|error| error.in_file(&open.path))?;
                let read = self.read + open.read.load(Ordering::Relaxed);
                let Some(articles) = articles else {
                    self.read = read;
                    continue;
                };
                self.open = Some(open);
                return Ok(Some(Batch {
                    articles,
                    from_records: true,
                    read,
                }));
            }
            let Some(path) = self.files.next() else { return Ok(None) };
            let input = input::open(&path, &self.args)?;
            if input.format != RecordFormat::Text {
                self.open = Some(ArticleRecords::new(input, &self.args).map_err(|error| error.in_file(&path))?);
                continue;
            }
            let read = input.read.clone();
            let article = read_text(input).map_err(|error| error.in_file(&path))?;
            self.read += read.load(Ordering::Relaxed);
            return Ok(Some(Batch {
                articles: vec![Ok(article)],
                from_records: false,
                read: self.read,
            }));
        }
    }
}

impl ArticleRecords {
    fn new(input: Input, args: &InputArgs) -> Result<Self> {
        let records = Records::new(input.reader, input.format)?;
        let [id, title, date] = ["id", "title", "date"].map(|column| records.column(column).ok());
        Ok(ArticleRecords {
            path: input.name,
            text: records.column(&args.text_column)?,
            records,
            id,
            title,
            date,
            row: 0,
            read: input.read,
        })
    }

    fn next_articles(&mut self) -> Result<Option<Vec<Result<Article>>>> {
        let Some(block) = self.records.next_block()? else {
            return Ok(None);
        };
        let file = name(&self.path);
        let mut articles = Vec::new();
        let mut lines = block.lines();
        let walk = self.records.parser().for_each(&block, |place, record| {
            self.row += 1;
            let article = record.and_then(|record| {
                let id = match (&*record, &self.id) {
                    (Record::Object(object), _) => object.get("id").cloned(),
                    (_, Some(column)) => Some(record.get(column)?.into_owned().into()),
                    _ => None,
                };
                Ok(Article {
                    id: id
                        .filter(|id| !id.is_null())
                        .unwrap_or_else(|| format!("{file}:{}", self.row).into()),
                    title: value(record, self.title.as_ref()),
                    date: value(record, self.date.as_ref()),
                    text: record.get(&self.text)?.into_owned(),
                })
            });
            let line = lines.at(place.start);
            let in_place = |error: Error| error.at_row(self.row, Some(line)).in_file(&self.path);
            articles.push(article.map_err(in_place));
            Ok::<(), Infallible>(())
        });
        match walk {
            Ok(()) => Ok(Some(articles)),
            Err(never) => match never {},
        }
    }
}

/// Every article behind some paths; what cannot be used of them is said.
pub fn read(paths: &[PathBuf], args: &InputArgs, as_html: bool, quiet: bool) -> Result<Vec<Article>> {
    let mut problems = Problems::new(args.on_error, quiet);
    let mut stream = Articles::new(files(paths)?, args);
    let mut articles = Vec::new();
    while let Some(batch) = stream.next_batch()? {
        for article in batch.articles {
            match article {
                Ok(mut article) => {
                    if let Some(note) = article.prepare(as_html) {
                        terminal::print_note(quiet, &note);
                    }
                    articles.push(article);
                }
                Err(error) => problems.handle(error)?,
            }
        }
    }
    Ok(articles)
}

fn read_text(mut input: Input) -> Result<Article> {
    let mut bytes = Vec::new();
    input
        .reader
        .by_ref()
        .take(LONGEST_ARTICLE + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST_ARTICLE {
        return Err(ErrorKind::TooMany {
            what: "bytes in the article",
            limit: LONGEST_ARTICLE,
            remedy: "cut it into parts",
        }
        .into());
    }
    Ok(Article {
        id: name(&input.name).into(),
        title: None,
        date: None,
        text: String::from_utf8(bytes).map_err(|_| Error::from(ErrorKind::InvalidUtf8))?,
    })
}

/// What a record has in a column that it need not have.
fn value(record: &Record<'_>, column: Option<&Column>) -> Option<String> {
    let value = record.get(column?).ok()?;
    Some(value.into_owned()).filter(|value| !value.trim().is_empty())
}
