//! Words too frequent to say much. Off by default, and never a negation.

/// English function words: articles, prepositions, pronouns, auxiliaries. `not`, `no`, `nor`, `never`, `neither`,
/// `without`, `against`, `but` and the modal verbs are left out on purpose: they turn a stance.
pub(crate) const ENGLISH: &[&str] = &[
    "a", "about", "after", "again", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "because",
    "been", "before", "being", "both", "by", "did", "do", "does", "doing", "during", "each", "for", "from", "further",
    "had", "has", "have", "having", "he", "her", "here", "hers", "him", "his", "how", "i", "in", "into", "is", "it",
    "its", "itself", "me", "more", "most", "my", "of", "on", "once", "or", "other", "our", "ours", "own", "s", "same",
    "she", "so", "some", "such", "than", "that", "the", "their", "theirs", "them", "then", "there", "these", "they",
    "this", "those", "through", "to", "too", "up", "very", "was", "we", "were", "what", "when", "where", "which",
    "while", "who", "whom", "why", "with", "you", "your", "yours",
];

/// Whether `word` (in lower case) is an English stop word.
///
/// ```
/// use demarche::text::is_stop_word;
/// assert!(is_stop_word("the"));
/// assert!(!is_stop_word("not"));
/// ```
pub fn is_stop_word(word: &str) -> bool {
    ENGLISH.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_keeps_negation() {
        assert!(ENGLISH.is_sorted());
        for word in [
            "not", "no", "nor", "never", "neither", "without", "but", "cannot", "against",
        ] {
            assert!(!is_stop_word(word), "{word}");
        }
    }
}
