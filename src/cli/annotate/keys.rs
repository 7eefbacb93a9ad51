//! Which key stands for what.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::error::{ErrorKind, Result};

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// The label at that position.
    Label(usize),
    Skip,
    Undo,
    Quit,
}

/// Letters with a meaning of their own.
const TAKEN: [char; 3] = ['s', 'u', 'q'];

/// The keys of some labels: digits for the first nine, and for each the first of its letters that is still free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys(Vec<LabelKeys>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelKeys {
    pub label: String,
    digit: Option<char>,
    letter: Option<char>,
}

impl Keys {
    /// # Errors
    /// If a label is left without any key.
    pub fn new(labels: &[String]) -> Result<Self> {
        let mut taken = TAKEN.to_vec();
        let mut keys = Vec::new();
        for (label, number) in labels.iter().zip(1..) {
            let digit = char::from_digit(number, 10);
            let letters = label.chars().flat_map(char::to_lowercase);
            let letter = letters.filter(|c| c.is_alphabetic()).find(|c| !taken.contains(c));
            taken.extend(letter);
            if digit.is_none() && letter.is_none() {
                return Err(ErrorKind::InvalidParameter {
                    name: "the list of labels",
                    value: format!("too long for one key each: no letter of `{label}` is free"),
                    must: "nine labels, or more that begin with different letters; name them with --labels",
                }
                .into());
            }
            keys.push(LabelKeys {
                label: label.clone(),
                digit,
                letter,
            });
        }
        Ok(Keys(keys))
    }

    /// Each label with its keys.
    pub fn labels(&self) -> &[LabelKeys] {
        &self.0
    }

    /// What a key asks for, if anything. Ctrl-C, Ctrl-D and Escape leave too.
    pub fn request(&self, key: KeyEvent) -> Option<Request> {
        if key.kind != KeyEventKind::Press {
            return None;
        }
        let pressed = match key.code {
            KeyCode::Esc => return Some(Request::Quit),
            KeyCode::Char('c' | 'd') if key.modifiers.contains(KeyModifiers::CONTROL) => return Some(Request::Quit),
            KeyCode::Backspace => return Some(Request::Undo),
            KeyCode::Char(c) if (key.modifiers - KeyModifiers::SHIFT).is_empty() => c.to_lowercase().next()?,
            _ => return None,
        };
        match pressed {
            's' => Some(Request::Skip),
            'u' => Some(Request::Undo),
            'q' => Some(Request::Quit),
            _ => {
                let is_pressed = |keys: &LabelKeys| [keys.digit, keys.letter].contains(&Some(pressed));
                self.0.iter().position(is_pressed).map(Request::Label)
            }
        }
    }
}

impl LabelKeys {
    /// The keys, for people: `1 w`.
    pub fn name(&self) -> String {
        let keys = [self.digit, self.letter].into_iter().flatten();
        keys.map(String::from).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(labels: &[&str]) -> Result<Keys> {
        Keys::new(&labels.iter().map(|label| (*label).to_owned()).collect::<Vec<_>>())
    }

    fn press(c: char) -> KeyEvent {
        KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)
    }

    #[test]
    fn a_label_has_its_digit_and_its_first_free_letter() {
        let keys = keys(&["conciliatory", "cool", "supportive"]).unwrap();
        let names: Vec<_> = keys.labels().iter().map(LabelKeys::name).collect();
        assert_eq!(names, ["1 c", "2 o", "3 p"]);
        assert_eq!(keys.request(press('O')), Some(Request::Label(1)));
        assert_eq!(keys.request(press('3')), Some(Request::Label(2)));
        assert_eq!(keys.request(press('s')), Some(Request::Skip));
        assert_eq!(keys.request(press('x')), None);
        let control = |c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL);
        assert_eq!(keys.request(control('c')), Some(Request::Quit));
        assert_eq!(keys.request(control('p')), None);
    }

    #[test]
    fn more_labels_than_keys_are_refused() {
        let labels: Vec<String> = (0..10).map(|i| i.to_string()).collect();
        assert!(Keys::new(&labels).is_err());
        assert!(Keys::new(&labels[..9]).is_ok());
    }
}
