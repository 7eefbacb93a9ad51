//! `demarche audit`: what is wrong with labelled data.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::answers::rounded;
use super::args::{AuditArgs, CommonArgs};
use super::evidence::by_label;
use super::input::{self, Problems};
use super::output::{Output, OutputFormat};
use super::rows::{delimited_writer, io_error};
use super::terminal::{self, Progress};
use crate::audit::{self, Audit, AuditedRow, SimilarPair, different_words};
use crate::dataset::{Columns, LabelledStatements};
use crate::error::{Error, Result};

pub fn run(args: &AuditArgs, common: &CommonArgs) -> Result<()> {
    let columns = Columns {
        text: args.input.text_column.clone(),
        label: args.label_column.clone(),
        group: args.group_column.clone(),
        ..Columns::default()
    };
    let format = OutputFormat::choose(args.format, args.output.as_deref());
    let mut output = Output::open(args.output.as_deref())?;
    let data = input::read_labelled(&args.data, &columns, &args.input, common.quiet)?;
    let tests = read_tests(args, common)?;
    let at_data = |error: Error| match &args.data[..] {
        [path] => error.in_file(path),
        _ => error,
    };
    let options = args.options();
    let progress = Progress::new(common.quiet, options.steps() as u64, false);
    let audit = audit::audit(&data, &options, || progress.add(1)).map_err(at_data)?;
    drop(progress);
    let leaked = leaked(&data, &tests, options.similarity)?;

    let mut problems: Vec<Problem<'_>> = Vec::new();
    let top = args.top.unwrap_or(usize::MAX);
    let source = Source { args, data: &data };
    problems.extend(audit.suspects().take(top).map(|row| source.wrong_label(row)));
    problems.extend(audit.conflicts(&data).map(|pair| source.conflict(pair)));
    problems.extend(leaked.iter().map(|pair| source.leak(pair, &tests)));
    match format {
        OutputFormat::Csv | OutputFormat::Tsv => {
            output.write(&delimited(
                &problems,
                data.labels(),
                format.delimiter().unwrap_or(b','),
            )?)?;
        }
        OutputFormat::Jsonl => {
            for problem in &problems {
                output.write(format!("{}\n", problem.to_json(data.labels())).as_bytes())?;
            }
        }
        OutputFormat::Json => {
            let list: Value = problems.iter().map(|problem| problem.to_json(data.labels())).collect();
            output.write(format!("{list:#}\n").as_bytes())?;
        }
        OutputFormat::Table => output.print(&tables(&problems))?,
    }
    output.finish()?;
    terminal::print_note(common.quiet, &summary(&audit, &data, &problems));
    Ok(())
}

/// A row of a test file.
struct TestRow<'a> {
    file: &'a Path,
    row: u64,
    line: u64,
    text: String,
}

fn read_tests<'a>(args: &'a AuditArgs, common: &CommonArgs) -> Result<Vec<TestRow<'a>>> {
    let mut rows = Vec::new();
    let mut problems = Problems::new(args.input.on_error, common.quiet);
    for file in &args.test {
        input::for_each_statement(file, &args.input, &[], &mut problems, |statement, _| {
            rows.push(TestRow {
                file,
                row: statement.row,
                line: statement.line,
                text: statement.text.to_owned(),
            });
            Ok(())
        })?;
    }
    Ok(rows)
}

fn leaked(data: &LabelledStatements, tests: &[TestRow<'_>], similarity: f64) -> Result<Vec<SimilarPair>> {
    let texts: Vec<&str> = tests.iter().map(|row| row.text.as_str()).collect();
    audit::leaked_texts(data.texts(), &texts, similarity)
}

/// A row of the output.
struct Problem<'a> {
    /// `label`, `conflict` or `leak`.
    kind: &'static str,
    place: Place<'a>,
    /// The label of the row, where it is known.
    label: Option<&'a str>,
    /// The likely label, or that of the other row.
    likely: Option<&'a str>,
    /// How suspicious the row, or how similar the other one is.
    score: f64,
    probabilities: &'a [f64],
    reason: String,
    text: &'a str,
    /// The row that it is a duplicate of.
    other: Option<(Place<'a>, &'a str)>,
}

/// Where a row stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    file: &'a Path,
    row: u64,
    line: u64,
}

/// The data that problems are of.
struct Source<'a> {
    args: &'a AuditArgs,
    data: &'a LabelledStatements,
}

impl<'a> Source<'a> {
    fn place(&self, row: usize) -> Place<'a> {
        let origin = self.data.origins()[row];
        let file: &PathBuf = &self.args.data[origin.input];
        Place {
            file,
            row: origin.row,
            line: origin.line,
        }
    }

    fn label(&self, row: usize) -> &'a str {
        &self.data.labels()[self.data.targets()[row]]
    }

    fn wrong_label(&self, row: &'a AuditedRow) -> Problem<'a> {
        let words = row.reasons.iter().map(|r| format!("{} {:+.2}", r.words, r.push));
        Problem {
            kind: "label",
            place: self.place(row.row),
            label: Some(self.label(row.row)),
            likely: Some(&self.data.labels()[row.likely]),
            score: row.score,
            probabilities: &row.probabilities,
            reason: words.collect::<Vec<_>>().join("; "),
            text: &self.data.texts()[row.row],
            other: None,
        }
    }

    fn conflict(&self, pair: &SimilarPair) -> Problem<'a> {
        let (text, other) = (&self.data.texts()[pair.second], &self.data.texts()[pair.first]);
        Problem {
            kind: "conflict",
            place: self.place(pair.second),
            label: Some(self.label(pair.second)),
            likely: Some(self.label(pair.first)),
            score: pair.similarity,
            probabilities: &[],
            reason: difference(pair, text, other),
            text,
            other: Some((self.place(pair.first), other)),
        }
    }

    fn leak(&self, pair: &SimilarPair, tests: &'a [TestRow<'a>]) -> Problem<'a> {
        let test = &tests[pair.second];
        let other = &self.data.texts()[pair.first];
        Problem {
            kind: "leak",
            place: Place {
                file: test.file,
                row: test.row,
                line: test.line,
            },
            label: None,
            likely: None,
            score: pair.similarity,
            probabilities: &[],
            reason: difference(pair, &test.text, other),
            text: &test.text,
            other: Some((self.place(pair.first), other)),
        }
    }
}

/// How a text differs from the one that it is a duplicate of.
fn difference(pair: &SimilarPair, text: &str, other: &str) -> String {
    if pair.is_exact {
        return "the same words".to_owned();
    }
    let (here, there) = different_words(text, other);
    let side = |sign: &str, words: Vec<String>| words.iter().map(|word| format!("{sign}{word}")).collect::<Vec<_>>();
    let words = [side("+", here), side("−", there)].concat();
    match words.is_empty() {
        true => "the same words in another order".to_owned(),
        false => format!("differs by {}", words.join(" ")),
    }
}

impl Problem<'_> {
    fn fields(&self, labels: usize) -> Vec<String> {
        let mut fields = vec![
            self.kind.to_owned(),
            self.place.row.to_string(),
            self.place.file.display().to_string(),
            self.place.line.to_string(),
            self.label.unwrap_or_default().to_owned(),
            self.likely.unwrap_or_default().to_owned(),
            format!("{:.6}", self.score),
        ];
        fields.extend(self.probabilities.iter().map(|p| format!("{p:.6}")));
        fields.resize(fields.len() + labels - self.probabilities.len(), String::new());
        fields.extend([self.reason.clone(), self.text.to_owned()]);
        fields.extend(match &self.other {
            Some((place, text)) => [
                place.row.to_string(),
                place.file.display().to_string(),
                place.line.to_string(),
                (*text).to_owned(),
            ],
            None => Default::default(),
        });
        fields
    }

    fn to_json(&self, labels: &[String]) -> Value {
        let place = |place: &Place<'_>| json!({"row": place.row, "file": place.file, "line": place.line});
        let mut object = json!({"problem": self.kind});
        let mut set = |name: &str, value: Value| object[name] = value;
        set("row", self.place.row.into());
        set("file", self.place.file.display().to_string().into());
        set("line", self.place.line.into());
        set("label", self.label.into());
        set("likely", self.likely.into());
        set("score", rounded(self.score));
        if !self.probabilities.is_empty() {
            set("probabilities", by_label(labels, self.probabilities));
        }
        set("reason", self.reason.as_str().into());
        set("text", self.text.into());
        if let Some((other, text)) = &self.other {
            let mut value = place(other);
            value["text"] = (*text).into();
            set("other", value);
        }
        object
    }
}

fn delimited(problems: &[Problem<'_>], labels: &[String], delimiter: u8) -> Result<Vec<u8>> {
    let before = ["problem", "row", "file", "line", "label", "likely", "score"];
    let after = ["reason", "text", "other_row", "other_file", "other_line", "other_text"];
    let mut header: Vec<String> = before.map(str::to_owned).into();
    header.extend(labels.iter().map(|label| format!("p_{label}")));
    header.extend(after.map(str::to_owned));
    let mut writer = delimited_writer(delimiter);
    writer.write_record(&header).map_err(io_error)?;
    for problem in problems {
        writer.write_record(problem.fields(labels.len())).map_err(io_error)?;
    }
    writer.into_inner().map_err(|e| io_error(e.into_error().into()))
}

/// A table for each kind of problem that was met.
fn tables(problems: &[Problem<'_>]) -> String {
    let kinds = [
        ("label", "Labels that look wrong", "score"),
        ("conflict", "Duplicates with different labels", "same"),
        ("leak", "Test rows that stand in the data", "same"),
    ];
    let mut text = String::new();
    for (kind, title, score) in kinds {
        let of_kind: Vec<&Problem<'_>> = problems.iter().filter(|problem| problem.kind == kind).collect();
        if of_kind.is_empty() {
            continue;
        }
        let _ = writeln!(text, "{title}\n");
        let header = match kind {
            "leak" => vec!["where", score, "like", "why", "statement"],
            "conflict" => vec!["where", score, "like", "label", "other label", "why", "statement"],
            _ => vec!["where", score, "label", "likely", "why", "statement"],
        };
        let mut table = terminal::table(&header, &[1]);
        for problem in of_kind {
            let mut row = vec![problem.place.shown(), format!("{:.2}", problem.score)];
            row.extend(problem.other.as_ref().map(|(place, _)| place.shown()));
            row.extend(
                [problem.label, problem.likely]
                    .into_iter()
                    .flatten()
                    .map(terminal::coloured),
            );
            row.extend([terminal::one_line(&problem.reason), clipped(problem.text)]);
            table.add_row(row);
        }
        let _ = writeln!(text, "{table}\n");
    }
    if text.is_empty() {
        text.push_str("Nothing looks wrong.\n");
    }
    text
}

/// The beginning of a long statement; the other formats have the whole.
fn clipped(text: &str) -> String {
    const LONGEST: usize = 100;
    let line = terminal::one_line(text);
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

impl Place<'_> {
    /// The file's own name, without its folders, and the line.
    fn shown(&self) -> String {
        let name = self.file.file_name().unwrap_or(self.file.as_os_str());
        format!("{}:{}", terminal::one_line(&name.to_string_lossy()), self.line)
    }
}

/// What was found, in numbers.
fn summary(audit: &Audit, data: &LabelledStatements, problems: &[Problem<'_>]) -> String {
    let count = |kind: &str| problems.iter().filter(|problem| problem.kind == kind).count();
    let mut text = format!(
        "{} rows: about {:.0} labels are wrong or disputable; {} look wrong",
        data.len(),
        audit.joint.wrong_labels(),
        audit.suspects().count(),
    );
    if count("label") < audit.suspects().count() {
        let _ = write!(text, " ({} listed)", count("label"));
    }
    let _ = write!(
        text,
        "; {} duplicates, {} with different labels",
        audit.duplicates.len(),
        count("conflict")
    );
    if count("leak") > 0 {
        let _ = write!(text, "; {} test rows stand in the data", count("leak"));
    }
    text
}
