//! `demarche explain`: which words pushed a statement to its stance, and what would change it.

use std::fmt::Write;
use std::path::PathBuf;

use anstyle::{AnsiColor, Effects, Style};
use serde_json::{Value, json};

use super::answers::rounded;
use super::args::{CommonArgs, ExplainArgs, ExplainFormat};
use super::evidence::{Explained, by_label};
use super::input::{self, Problems};
use super::output::Output;
use super::rows::{delimited_writer, io_error};
use super::terminal;
use crate::dataset::check_text;
use crate::error::Result;
use crate::model::StanceClassifier;
use crate::report::{ExplainedStatement, ExplanationPage};
use crate::statement::Characters;

pub fn run(args: &ExplainArgs, common: &CommonArgs) -> Result<()> {
    let classifier = super::load_model(args.model.as_deref())?;
    let format = ExplainFormat::choose(args.format, args.output.as_deref());
    let mut output = Output::open(args.output.as_deref())?;
    let mut writer = Writer {
        classifier: &classifier,
        format,
        terms: args.terms,
        styles: label_styles(classifier.labels()),
        count: 0,
        kept: Vec::new(),
    };
    writer.begin(&mut output)?;
    for text in &args.text {
        check_text(text).map_err(|error| error.in_column("text"))?;
        writer.explain(text, &mut output)?;
    }
    if args.text.is_empty() {
        let standard_input = [PathBuf::from("-")];
        let inputs = if args.inputs.is_empty() {
            &standard_input[..]
        } else {
            &args.inputs
        };
        let mut problems = Problems::new(args.input.on_error, common.quiet);
        for path in inputs {
            input::for_each_statement(path, &args.input, &[], &mut problems, |statement, _| {
                writer.explain(statement.text, &mut output)
            })?;
        }
    }
    writer.end(
        &super::model_name(args.model.as_deref()),
        args.title.as_deref(),
        &mut output,
    )?;
    output.finish()
}

struct Writer<'c> {
    classifier: &'c StanceClassifier,
    format: ExplainFormat,
    terms: usize,
    styles: Vec<Style>,
    /// Statements so far.
    count: usize,
    /// Those that the page will show.
    kept: Vec<ExplainedStatement>,
}

impl Writer<'_> {
    fn begin(&self, output: &mut Output) -> Result<()> {
        let Some(delimiter) = self.format.delimiter() else {
            return Ok(());
        };
        let columns = ["statement", "stance", "confidence", "words", "term", "uses", "push"];
        let mut header: Vec<String> = columns.map(str::to_owned).into();
        header.extend(self.classifier.labels().iter().map(|label| format!("logit_{label}")));
        output.write(&record(delimiter, &[header])?)
    }

    fn explain(&mut self, text: &str, output: &mut Output) -> Result<()> {
        self.count += 1;
        let explained = ExplainedStatement::of(self.classifier, text);
        match self.format {
            ExplainFormat::Table => {
                let gap = if self.count > 1 { "\n\n" } else { "" };
                output.print(&format!("{gap}{}", self.table(&explained)))
            }
            ExplainFormat::Csv | ExplainFormat::Tsv => {
                let delimiter = self.format.delimiter().unwrap_or(b',');
                output.write(&record(delimiter, &self.fields(&explained))?)
            }
            ExplainFormat::Jsonl => output.write(format!("{}\n", self.to_json(&explained)).as_bytes()),
            ExplainFormat::Json => {
                let comma = if self.count > 1 { ",\n" } else { "[\n" };
                output.write(format!("{comma}{}", self.to_json(&explained)).as_bytes())
            }
            ExplainFormat::Html => {
                self.kept.push(explained);
                Ok(())
            }
        }
    }

    fn end(self, model_name: &str, title: Option<&str>, output: &mut Output) -> Result<()> {
        match self.format {
            ExplainFormat::Json if self.count == 0 => output.write(b"[]\n"),
            ExplainFormat::Json => output.write(b"\n]\n"),
            ExplainFormat::Html => {
                let title = title.map_or_else(|| page_title(&self.kept), str::to_owned);
                let page = ExplanationPage::new(title, model_name, self.classifier, self.kept);
                output.write(page.to_html().as_bytes())
            }
            _ => Ok(()),
        }
    }

    /// A row for each term, then one for the intercept, which every text has.
    fn fields(&self, explained: &ExplainedStatement) -> Vec<Vec<String>> {
        let explanation = &explained.explanation;
        let prediction = &explanation.prediction;
        let label = explanation.top();
        let row = |words: &str, term: &str, uses: usize, push: Option<f64>, numbers: &[f64]| {
            let mut fields = vec![
                self.count.to_string(),
                prediction.label().to_owned(),
                format!("{:.6}", prediction.confidence()),
                words.to_owned(),
                term.to_owned(),
                uses.to_string(),
                push.map_or_else(String::new, |push| format!("{push:.6}")),
            ];
            fields.extend(numbers.iter().map(|number| format!("{number:.6}")));
            fields
        };
        let mut rows: Vec<Vec<String>> = explanation
            .evidence
            .iter()
            .map(|evidence| {
                let written = evidence.as_written(&explained.text);
                let push = Some(evidence.push(label));
                row(
                    &written,
                    &evidence.term,
                    evidence.spans.len(),
                    push,
                    &evidence.contributions,
                )
            })
            .collect();
        rows.push(row("(intercept)", "", 0, None, &explanation.intercept));
        rows
    }

    fn to_json(&self, explained: &ExplainedStatement) -> Value {
        let labels = self.classifier.labels();
        let explanation = &explained.explanation;
        let prediction = &explanation.prediction;
        let probabilities = |prediction: &crate::Prediction| {
            let numbers: Vec<f64> = prediction.probabilities().map(|(_, p)| p).collect();
            by_label(labels, &numbers)
        };
        let evidence = Explained {
            explanation,
            text: &explained.text,
            is_shown: true,
        };
        let characters = Characters::of(&explained.text);
        let change = explained.counterfactual.as_ref().map(|change| {
            let spans = change.removed.iter().map(|&span| characters.span(span));
            json!({
                "removed": change.removed.iter().map(|span| span.of(&explained.text)).collect::<Vec<_>>(),
                "spans": spans.map(|s| [s.start, s.end]).collect::<Vec<_>>(),
                "text": change.text,
                "stance": change.prediction.label(),
                "confidence": rounded(change.prediction.confidence()),
                "probabilities": probabilities(&change.prediction),
                "is_smallest": change.is_smallest,
            })
        });
        json!({
            "text": explained.text,
            "stance": prediction.label(),
            "confidence": rounded(prediction.confidence()),
            "probabilities": probabilities(prediction),
            "logits": by_label(labels, &explanation.logits()),
            "intercept": by_label(labels, &explanation.intercept),
            "evidence": evidence.to_json(labels),
            "counterfactual": change,
        })
    }

    /// The statement in the colours of the labels, its strongest terms, and what would change its stance.
    fn table(&self, explained: &ExplainedStatement) -> String {
        let explanation = &explained.explanation;
        let labels = self.classifier.labels();
        let name = |label: usize| format!("{0}{1}{0:#}", self.styles[label], terminal::one_line(&labels[label]));
        let mut text = String::new();
        let mut ranked: Vec<(usize, f64)> = explanation
            .prediction
            .probabilities()
            .map(|(_, p)| p)
            .enumerate()
            .collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
        let ranked: Vec<String> = ranked
            .iter()
            .map(|&(label, p)| format!("{} {p:.2}", name(label)))
            .collect();
        let _ = writeln!(text, "{}\n\n{}\n", ranked.join("   "), self.coloured(explained));
        if explanation.evidence.is_empty() {
            text.push_str("The model knows none of these words: the probabilities are those of any text.\n");
            return text;
        }
        let names: Vec<String> = (0..labels.len()).map(name).collect();
        let mut header = vec!["words"];
        header.extend(names.iter().map(String::as_str));
        let numbers: Vec<usize> = (1..header.len()).collect();
        let mut table = terminal::table(&header, &numbers);
        let mut add = |words: String, numbers: &[f64]| {
            let numbers = numbers.iter().map(|number| format!("{number:+.2}"));
            table.add_row(std::iter::once(words).chain(numbers));
        };
        let (shown, rest) = explanation
            .evidence
            .split_at(self.terms.min(explanation.evidence.len()));
        for evidence in shown {
            let uses = match evidence.spans.len() {
                1 => String::new(),
                uses => format!(" ({uses} times)"),
            };
            let words = terminal::one_line(&evidence.as_written(&explained.text));
            add(words + &uses, &evidence.contributions);
        }
        if !rest.is_empty() {
            let sums = (0..labels.len()).map(|label| rest.iter().map(|e| e.contributions[label]).sum());
            add(format!("({} more)", rest.len()), &sums.collect::<Vec<f64>>());
        }
        add("(any text)".to_owned(), &explanation.intercept);
        add("(sum: the logits)".to_owned(), &explanation.logits());
        let _ = writeln!(text, "{table}\n\n{}", terminal::one_line(&explained.change()));
        text
    }

    /// The statement with each word in the colour of the label that it pushes to: bold for a strong push, faint for a weak one.
    fn coloured(&self, explained: &ExplainedStatement) -> String {
        let mut text = String::new();
        for piece in explained.pieces() {
            let style = match piece.push {
                None => Style::new(),
                Some((label, 3..)) => self.styles[label] | Effects::BOLD,
                Some((label, 2)) => self.styles[label] - Effects::BOLD,
                Some((label, _)) => (self.styles[label] - Effects::BOLD) | Effects::DIMMED,
            };
            let plain = piece
                .text
                .replace(|c: char| c.is_control() && !matches!(c, '\n' | '\t'), "");
            let _ = write!(text, "{style}{plain}{style:#}");
        }
        text
    }
}

/// What the page is called unless the user says.
fn page_title(explained: &[ExplainedStatement]) -> String {
    match explained {
        [one] => format!("Why {}?", one.explanation.prediction.label()),
        _ => format!("Why? {} statements explained", explained.len()),
    }
}

/// A colour for each label, for those of other models too.
fn label_styles(labels: &[String]) -> Vec<Style> {
    let mut others = [AnsiColor::Yellow, AnsiColor::Blue, AnsiColor::Magenta]
        .into_iter()
        .cycle();
    let style = |label: &String| match terminal::label_style(label) {
        plain if plain.is_plain() => others.next().unwrap_or(AnsiColor::Yellow).on_default(),
        style => style,
    };
    labels.iter().map(style).collect()
}

/// Rows of fields, one line each.
fn record(delimiter: u8, rows: &[Vec<String>]) -> Result<Vec<u8>> {
    let mut writer = delimited_writer(delimiter);
    for row in rows {
        writer.write_record(row).map_err(io_error)?;
    }
    writer.into_inner().map_err(|e| io_error(e.into_error().into()))
}
