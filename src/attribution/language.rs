//! Whether a text is English: without English function words no rule means anything.

use super::document::Document;
use super::lexicon::{AUX, COORD, DET, FOREIGN, NEG, POSSESSIVE, PREP, PRONOUN, SUBORD};
use super::tokens::Kind;

/// Fewer words tell nothing.
const FEWEST: usize = 12;

/// Whether the text may be English: true in doubt.
pub(super) fn is_english(document: &Document) -> bool {
    let (mut words, mut english, mut foreign, mut other_script) = (0usize, 0usize, 0usize, 0usize);
    for token in document
        .tokens
        .iter()
        .filter(|token| token.kind == Kind::Word)
        .take(2000)
    {
        words += 1;
        english += usize::from(token.classes & (DET | PREP | PRONOUN | COORD | AUX | SUBORD | NEG | POSSESSIVE) != 0);
        foreign += usize::from(token.classes & FOREIGN != 0);
        other_script += usize::from(!document.text.as_bytes()[token.start as usize].is_ascii());
    }
    // Scripts without spaces have few words or, without a full stop that is known here, no prose at all.
    let doubtful = words < FEWEST && !is_in_another_script(document.text);
    doubtful || words > 0 && english * 100 >= words * 15 || foreign <= english && other_script * 3 < words
}

fn is_in_another_script(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).take(2000);
    let (ascii, other): (Vec<char>, Vec<char>) = letters.partition(char::is_ascii);
    other.len() > 2 * ascii.len()
}
