//! Words and numbers as they may stand on a page.

pub(super) fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{} {noun}s", thousands(count)),
    }
}

/// A number with a comma for each thousand.
pub(super) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut written = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            written.push(',');
        }
        written.push(digit);
    }
    written
}

pub(super) fn speaker_name(speaker: Option<&str>) -> String {
    speaker.map_or_else(|| "No speaker named".to_owned(), plain_line)
}

/// Text as it may stand on a page: control characters, which HTML forbids, are made visible.
pub(super) fn shown(text: &str) -> String {
    let is_forbidden = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    text.replace(is_forbidden, "\u{fffd}")
}

/// A name or title on one line, without characters that would turn what stands behind it around.
pub(super) fn plain_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let turns =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    words.join(" ").replace(|c: char| turns(c) || c.is_control(), "")
}
