//! What a person sees: colour, tables, progress, errors.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::Error;

/// One sentence on standard error. It may quote a file: what would steer the terminal is spelled out.
pub fn print_error(error: &Error) {
    let red = AnsiColor::Red.on_default().bold();
    let sentence = spelled_out(&error.to_string());
    let _ = writeln!(anstream::stderr(), "{red}error:{red:#} {sentence}");
}

/// A remark on standard error; it may quote a file, too.
pub fn print_note(quiet: bool, note: &str) {
    if !quiet {
        let _ = writeln!(anstream::stderr(), "{}", spelled_out(note));
    }
}

/// Warm colours for pressure, cool ones for its opposite; labels of other models stay plain.
pub fn label_style(label: &str) -> Style {
    match label {
        "warning" => AnsiColor::Red.on_default().bold(),
        "conciliatory" => AnsiColor::Green.on_default().bold(),
        "neutral" => AnsiColor::Cyan.on_default(),
        _ => Style::new(),
    }
}

/// A label in its colour, as a cell.
pub fn coloured(label: &str) -> String {
    let style = label_style(label);
    format!("{style}{}{style:#}", one_line(label))
}

/// A table that fits the terminal; `numbers` names the columns that align right.
pub fn table(header: &[&str], numbers: &[usize]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic);
    if !std::io::stdout().is_terminal() {
        table.set_width(100);
    }
    table.set_header(header);
    for &number in numbers {
        if let Some(column) = table.column_mut(number) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Text of others on one line, with everything that would steer the terminal or turn its letters round spelled out.
pub fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    spelled_out(&words.join(" "))
}

/// Text of others with everything that would steer the terminal or turn its letters round spelled out.
fn spelled_out(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            // Joiners, U+200C and U+200D, are part of Persian and Hindi words.
            '\u{61c}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}' => {
                escaped.extend(c.escape_unicode());
            }
            c if c.is_control() => escaped.extend(c.escape_unicode()),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A progress bar that shows itself on a terminal only, and only after half a second.
pub struct Progress {
    bar: ProgressBar,
    started: Instant,
}

impl Progress {
    /// Over `length` steps or bytes; of unknown length if 0.
    pub fn new(quiet: bool, length: u64, bytes: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden());
        let template = match (bytes, length) {
            (_, 0) => "{spinner} {bytes} read, {bytes_per_sec}",
            (true, _) => "{bar:30} {percent:>3} % of {total_bytes}, {bytes_per_sec}, {eta} left",
            (false, _) => "{bar:30} {pos} of {len}, {eta} left",
        };
        bar.set_style(ProgressStyle::with_template(template).expect("the templates are tested"));
        if quiet {
            bar.finish_and_clear();
        }
        Progress {
            bar,
            started: Instant::now(),
        }
    }

    /// Goes forward.
    pub fn add(&self, steps: u64) {
        if self.bar.is_hidden() && !self.bar.is_finished() && self.started.elapsed() > Duration::from_millis(500) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.inc(steps);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_is_spelled_out() {
        assert_eq!(
            one_line(" a\u{1b}[2J\r\nb\u{202e}\u{9b} é "),
            "a\\u{1b}[2J b\\u{202e}\\u{9b} é"
        );
    }

    #[test]
    fn every_template_is_valid() {
        for (length, bytes) in [(0, true), (10, true), (10, false)] {
            Progress::new(true, length, bytes).add(1);
        }
    }
}
