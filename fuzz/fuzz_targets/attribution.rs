//! Text as an article: all spans lie on character boundaries, in order; the time is linear in the length.
#![no_main]

use std::time::Duration;

use demarche::attribution::{extract, is_english, statement_text};
use demarche::statement::Characters;
use harness::within;
use libfuzzer_sys::fuzz_target;

fn check(article: &str) {
    let characters = Characters::of(article);
    for statement in extract(article) {
        assert!(!statement.spans.is_empty());
        let (mut last, mut pieces) = (0, Vec::new());
        for span in &statement.spans {
            assert!(last <= span.start && span.start < span.end);
            last = span.end;
            pieces.push(span.of(article));
            characters.span(*span);
        }
        assert_eq!(statement.text, pieces.join(" "));
        let others = [Some(statement.sentence), statement.cue_span, statement.mention_span];
        for span in others.into_iter().flatten() {
            assert!(!span.of(article).is_empty());
        }
        let words = [
            (&statement.cue, statement.cue_span),
            (&statement.mention, statement.mention_span),
        ];
        for (words, span) in words {
            assert_eq!(words.as_deref(), span.map(|span| span.of(article)));
        }
        assert!(
            statement
                .speaker
                .as_ref()
                .is_none_or(|speaker| !speaker.trim().is_empty())
        );
        assert!((0.0..=1.0).contains(&statement.confidence));
        assert!(!statement_text(&statement, article).is_empty());
    }
}

/// An article of this length takes some milliseconds; one that takes so much longer takes more than linear time.
const LONG: usize = 1 << 16;
const LONGEST_TIME: Duration = Duration::from_millis(500);

/// The same again and again: whatever makes a search run far makes it run as far as the text goes.
fn check_time(article: &str) {
    let long = article.repeat((LONG / article.len()).max(1));
    within(LONGEST_TIME, || drop(extract(&long)));
}

fuzz_target!(|article: &str| {
    is_english(article);
    check(article);
    // Costs as much as many articles: for one in so many.
    let sum = article
        .bytes()
        .fold(0u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte));
    if !article.is_empty() && sum % 64 == 0 {
        check_time(article);
    }
});
