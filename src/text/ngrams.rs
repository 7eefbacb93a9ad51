//! Neighbouring words put together.

/// The words that turn what follows them. Folded forms; "n't" and "cannot" read as `not` already.
pub const NEGATIONS: [&str; 7] = ["neither", "never", "no", "none", "nor", "not", "without"];

/// The positions of every n-gram of a sequence of `length` words that starts at `start`: first the word alone, then the
/// word with its next neighbour, and so on up to `longest`, as lengths.
///
/// With `n` words to a term a sequence of `l` words has `l - n + 1` of them.
pub fn lengths_at(start: usize, length: usize, longest: usize) -> std::ops::RangeInclusive<usize> {
    1..=longest.min(length - start)
}

/// The words up to `window` places behind a negation at `position`, without the next one, which the bigram has already.
///
/// "not going to negotiate" gives, with a window of 3, the pairs `not to` and `not negotiate`: a refusal looks the same
/// however many auxiliaries stand between (skip-grams: Guthrie et al. 2006; negation window: Pang, Lee, Vaithyanathan 2002).
pub fn negated_positions(position: usize, length: usize, window: usize) -> std::ops::Range<usize> {
    let first = (position + 2).min(length);
    first..(position + 1 + window).clamp(first, length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_stop_at_the_end() {
        assert_eq!(lengths_at(0, 5, 3), 1..=3);
        assert_eq!(lengths_at(4, 5, 3), 1..=1);
    }

    #[test]
    fn the_window_leaves_out_the_neighbour_and_stops_at_the_end() {
        assert_eq!(negated_positions(0, 9, 3), 2..4);
        assert_eq!(negated_positions(0, 9, 0), 2..2);
        assert_eq!(negated_positions(7, 9, 3), 9..9);
        assert_eq!(negated_positions(8, 9, 3), 9..9);
    }
}
