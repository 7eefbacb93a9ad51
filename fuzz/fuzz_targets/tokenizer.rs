//! Two bytes of options, then text: tokens and words lie on character boundaries, in order, and options only leave words out.
#![no_main]

use demarche::statement::Characters;
use demarche::text::{Analyzer, AnalyzerOptions, Language, Word, is_stop_word, tokens};
use libfuzzer_sys::fuzz_target;

fn check_tokens(text: &str, contractions: bool) {
    let mut together = String::new();
    let mut last = 0;
    for token in tokens(text, contractions) {
        assert!(last <= token.start && !token.text.is_empty());
        assert_eq!(&text[token.start..token.end()], token.text);
        together.push_str(&text[last..token.start]);
        together.push_str(token.text);
        last = token.end();
    }
    together.push_str(&text[last..]);
    assert_eq!(together, text);
}

/// The words of a text: form, whether it may be a name, and place.
fn words(text: &str, options: AnalyzerOptions) -> Vec<(String, (usize, usize))> {
    let analyzer = Analyzer::new(options);
    let characters = Characters::of(text);
    let (mut words, mut last) = (Vec::new(), 0);
    analyzer.for_each_word(text, |Word { form, span, .. }| {
        assert!(last <= span.start && span.start < span.end);
        assert!(!span.of(text).is_empty());
        let counted = characters.span(span);
        assert_eq!(counted.end - counted.start, span.of(text).chars().count());
        last = span.end;
        analyzer.stem(form);
        words.push((form.to_owned(), (span.start, span.end)));
    });
    words
}

fuzz_target!(|data: &[u8]| {
    let [first, second, text @ ..] = data else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    for contractions in [false, true] {
        check_tokens(text, contractions);
    }
    let all = AnalyzerOptions {
        language: Language::ALL[usize::from(*second) % Language::ALL.len()],
        ..AnalyzerOptions::default()
    };
    let some = AnalyzerOptions {
        stop_words: first & 1 != 0,
        skip_names: first & 2 != 0,
        skip_numbers: first & 4 != 0,
        ..all.clone()
    };
    let stop_words = some.stop_words;
    let mut all = words(text, all).into_iter();
    for word in words(text, some) {
        assert!(!(stop_words && is_stop_word(&word.0)));
        assert!(
            all.any(|other| other == word),
            "{word:?} is there only if others are left out"
        );
    }
});
