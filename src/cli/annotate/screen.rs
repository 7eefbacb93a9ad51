//! What the annotator sees: one statement, what the model makes of it, and the keys.

use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};
use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode, size};
use crossterm::{execute, queue};

use super::keys::Keys;
use crate::cli::evidence::Explained;
use crate::cli::terminal;
use crate::model::Explanation;

/// The terminal in the state that single keys need; put back when this is dropped, on errors and panics too.
pub struct Screen;

impl Screen {
    pub fn enter() -> io::Result<Self> {
        enable_raw_mode()?;
        let screen = Screen;
        execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, Hide)?;
        Ok(screen)
    }

    /// Shows a statement.
    pub fn show(&self, view: &View<'_>) -> io::Result<()> {
        self.draw(|width, height| view.lines(width, height))
    }

    /// Shows that there is nothing left to ask for.
    pub fn show_end(&self, title: &str) -> io::Result<()> {
        self.draw(|width, height| {
            let text = "That was the last one. All answers are saved.";
            let mut lines = wrapped("u undo   q quit", width);
            lines.splice(0..0, spaced(wrapped(text, width)));
            lines.splice(0..0, wrapped(&terminal::one_line(title), width));
            cut(lines, height)
        })
    }

    /// Draws lines that fit the size, which they are asked for.
    fn draw(&self, lines: impl FnOnce(usize, usize) -> Vec<String>) -> io::Result<()> {
        let (width, height) = size()?;
        let mut stdout = io::stdout().lock();
        queue!(stdout, Clear(ClearType::All))?;
        let coloured = anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never;
        for (row, line) in (0..).zip(lines(usize::from(width), usize::from(height))) {
            queue!(stdout, MoveTo(0, row))?;
            match coloured {
                true => write!(stdout, "{line}")?,
                false => write!(stdout, "{}", anstream::adapter::strip_str(&line))?,
            }
        }
        stdout.flush()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Nothing can be done about a terminal that is gone.
        let _ = execute!(io::stdout(), Show, DisableBracketedPaste, LeaveAlternateScreen);
        let _ = disable_raw_mode();
    }
}

/// What is to be seen.
pub struct View<'v> {
    pub title: String,
    pub text: &'v str,
    /// Why the statement was suggested; may be empty.
    pub reason: &'v str,
    pub explanation: &'v Explanation,
    pub keys: &'v Keys,
}

impl View<'_> {
    /// At most `height` lines of at most `width` columns. The keys come first in importance, then the statement, then what the model says.
    fn lines(&self, width: usize, height: usize) -> Vec<String> {
        let mut keys = self.keys(width);
        keys.truncate(height);
        let mut room = height - keys.len();
        let mut take = |lines: Vec<String>, least_left: usize| -> Vec<String> {
            let taken = cut(lines, room.saturating_sub(least_left));
            room -= taken.len();
            taken
        };
        let statement = take(spaced(wrapped(&terminal::one_line(self.text), width)), 1);
        let title = take(
            wrapped(&terminal::one_line(&self.title), width)
                .into_iter()
                .take(1)
                .collect(),
            0,
        );
        let guess = take(spaced(self.guess(width)), 0);
        [title, statement, guess, keys].concat()
    }

    /// The probabilities, the words behind them, and why the statement is asked for.
    fn guess(&self, width: usize) -> Vec<String> {
        let prediction = &self.explanation.prediction;
        let mut probabilities: Vec<(&str, f64)> = prediction.probabilities().collect();
        probabilities.sort_by(|a, b| b.1.total_cmp(&a.1));
        let probabilities = probabilities
            .iter()
            .map(|(label, p)| format!("{} {p:.2}", terminal::coloured(label)));
        let mut rows = vec![("guess", probabilities.collect::<Vec<_>>().join(", "))];
        let (explanation, text) = (self.explanation, self.text);
        let words = Explained {
            explanation,
            text,
            is_shown: true,
        }
        .summary();
        rows.push(match words.is_empty() {
            true => ("because", "the model knows none of these words well".to_owned()),
            false => ("because", terminal::one_line(&words)),
        });
        if !self.reason.trim().is_empty() {
            rows.push(("asked", terminal::one_line(self.reason)));
        }
        let mut table = plain_table(width);
        for (name, value) in rows {
            table.add_row([name, &value]);
        }
        lines_of(&table)
    }

    fn keys(&self, width: usize) -> Vec<String> {
        let mut table = plain_table(width);
        for keys in self.keys.labels() {
            table.add_row([keys.name(), terminal::coloured(&keys.label)]);
        }
        let mut lines = lines_of(&table);
        lines.extend(wrapped("s skip   u undo   q quit", width));
        lines
    }
}

fn plain_table(width: usize) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(width.max(1)).unwrap_or(u16::MAX));
    table
}

fn lines_of(table: &Table) -> Vec<String> {
    table.lines().collect()
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut table = plain_table(width);
    table.add_row([text]);
    lines_of(&table)
}

/// With an empty line behind.
fn spaced(mut lines: Vec<String>) -> Vec<String> {
    lines.push(String::new());
    lines
}

/// At most `most` lines, the last of which tells of those that are left out.
fn cut(mut lines: Vec<String>, most: usize) -> Vec<String> {
    while lines.len() > most && lines.last().is_some_and(|line| line.trim().is_empty()) {
        lines.pop();
    }
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            " …".clone_into(last);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StanceClassifier;

    fn view(text: &str, width: usize, height: usize) -> Vec<String> {
        let classifier = StanceClassifier::embedded();
        let keys = Keys::new(classifier.labels()).unwrap();
        let explanation = classifier.explain(text);
        let view = View {
            title: "1 of 9".to_owned(),
            text,
            reason: "",
            explanation: &explanation,
            keys: &keys,
        };
        let lines = view.lines(width, height);
        lines
            .iter()
            .map(|line| anstream::adapter::strip_str(line).to_string())
            .collect()
    }

    #[test]
    fn whatever_the_size_it_fits_and_the_keys_are_there() {
        let text = "The ministry welcomed the offer and agreed to talks. ".repeat(20);
        for (width, height) in [(80, 24), (24, 12), (14, 9), (200, 5), (3, 3), (1, 1), (0, 0)] {
            let lines = view(&text, width, height);
            assert!(lines.len() <= height, "{width} × {height}: {lines:#?}");
            if width >= 24 && height >= 5 {
                assert!(
                    lines.iter().all(|line| line.chars().count() <= width),
                    "{width} × {height}: {lines:#?}"
                );
                assert!(lines.iter().any(|line| line.contains("warning")), "{lines:#?}");
                assert!(lines.iter().any(|line| line.contains("quit")), "{lines:#?}");
            }
        }
    }

    #[test]
    fn a_long_statement_says_that_it_goes_on() {
        let lines = view(&"word ".repeat(2000), 40, 12);
        assert!(lines.iter().any(|line| line == " …"), "{lines:#?}");
        assert!(view("We agree.", 80, 24).iter().all(|line| line != " …"));
    }

    #[test]
    fn control_characters_are_shown_and_not_obeyed() {
        let lines = view("We \u{1b}[2Jagree\u{7}\nto \u{202e}talks", 80, 24).join("\n");
        assert!(lines.contains("We \\u{1b}[2Jagree\\u{7} to \\u{202e}talks"), "{lines}");
        assert!(!lines.contains(['\u{1b}', '\u{7}', '\u{202e}']));
    }
}
